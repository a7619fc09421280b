//! Uploads under way, and what a crash leaves of them.
//!
//! Before an upload makes its temporary file it leaves a note beside the folders: a symbolic link named by the upload's
//! key, which says `<folder id><directory>`. A link, because it is made and filled in one step; nothing ever follows
//! it. The next start reads the notes and removes the files they tell of.

use std::io;
use std::sync::Arc;

use berth_kernel::Errno;
use berth_kernel::vfs::{Base, Namespace};
use berth_store::FolderId;
use rustix::fs::{AtFlags, Dir, readlinkat, symlinkat, unlinkat};
use uuid::Uuid;

use super::FilePath;
use crate::error::Result;
use crate::folders::Folders;
use crate::open::namespace;
use crate::shared::{Shared, lock};
use crate::volume::Volume;

/// Names of temporary files begin so.
const PREFIX: &str = ".berth-upload-";

/// Where the uploads to one folder are noted.
#[derive(Clone)]
pub(crate) struct UploadNotes {
    pub volume: Arc<Volume>,
    pub folder: FolderId,
}

/// An upload under way: the name of its temporary file, known to everybody who lists the directory, and its note.
pub(super) struct Uploading {
    shared: Arc<Shared>,
    name: Vec<u8>,
    note: Option<(Arc<Volume>, String)>,
}

impl Uploading {
    /// Chooses a name for a temporary file in `directory`, a path from the top of the folder.
    pub fn begin(
        shared: &Arc<Shared>,
        notes: Option<&UploadNotes>,
        directory: &[u8],
    ) -> std::result::Result<Self, Errno> {
        let key = Uuid::new_v4().simple().to_string();
        let name = format!("{PREFIX}{key}").into_bytes();
        let note = match notes {
            Some(UploadNotes { volume, folder }) => {
                let target = [folder.to_string().as_bytes(), directory].concat();
                symlinkat(target, volume.uploads(), key.as_str())?;
                Some((Arc::clone(volume), key))
            }
            None => None,
        };
        lock(&shared.uploading).insert(name.clone());
        Ok(Self {
            shared: Arc::clone(shared),
            name,
            note,
        })
    }

    /// The temporary file's name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Leaves the note for the next start.
    pub fn leave_note(mut self) {
        self.note = None;
    }
}

impl Drop for Uploading {
    fn drop(&mut self) {
        lock(&self.shared.uploading).remove(&self.name);
        if let Some((volume, key)) = self.note.take() {
            // A note of nothing is removed by the next start.
            let _ = unlinkat(volume.uploads(), key.as_str(), AtFlags::empty());
        }
    }
}

impl Shared {
    /// Whether `name` is the temporary file of an upload under way.
    pub(super) fn is_being_uploaded(&self, name: &[u8]) -> bool {
        name.starts_with(PREFIX.as_bytes()) && lock(&self.uploading).contains(name)
    }
}

impl Folders {
    /// Removes what uploads left that a crash cut off.
    pub(crate) async fn sweep_uploads(&self) -> Result<()> {
        self.on_volume(|volume| {
            for entry in Dir::read_from(volume.uploads())? {
                let entry = entry?;
                let key = entry.file_name();
                if key == c"." || key == c".." {
                    continue;
                }
                match sweep(volume, key) {
                    Ok(()) => unlinkat(volume.uploads(), key, AtFlags::empty())?,
                    Err(error) => {
                        tracing::warn!(?key, %error, "an upload's rest stays until the next start")
                    }
                }
            }
            Ok(())
        })
        .await
    }
}

/// Removes the temporary file that the note `key` tells of. That there is none is success, as is a note that tells
/// nothing.
fn sweep(volume: &Volume, key: &std::ffi::CStr) -> io::Result<()> {
    let note = match readlinkat(volume.uploads(), key, Vec::new()) {
        Ok(note) => note.into_bytes(),
        // No link, so not ours.
        Err(rustix::io::Errno::INVAL) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let (folder, directory) = note.split_at(
        note.iter()
            .position(|&byte| byte == b'/')
            .unwrap_or(note.len()),
    );
    let folder: Option<FolderId> = std::str::from_utf8(folder)
        .ok()
        .and_then(|id| id.parse().ok());
    let name = [PREFIX.as_bytes(), key.to_bytes()].concat();
    let path = FilePath::new(directory).and_then(|directory| directory.join(&name));
    let (Some(folder), Ok(path)) = (folder, path) else {
        return Ok(());
    };
    let root = match volume.folder(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        root => root?,
    };
    let namespace: Arc<Namespace> = namespace(Arc::new(root), None).map_err(io::Error::other)?;
    match namespace.unlink(None, Base::Root, path.as_bytes()) {
        Ok(()) | Err(Errno::NoEntry | Errno::NotDirectory) => Ok(()),
        Err(errno) => Err(io::Error::other(errno)),
    }
}
