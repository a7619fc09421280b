//! Uploads under way, and what a crash leaves of them.
//!
//! Before an upload makes its temporary file it leaves a note beside the folders: a symbolic link named by the upload's
//! key, which says `<folder id><directory>`. A link, because it is made and filled in one step; nothing ever follows
//! it. The next start reads the notes and removes the files they tell of.

use std::io;
use std::sync::Arc;

use berth_kernel::Errno;
use berth_kernel::vfs::{Base, GuestPath, Namespace};
use berth_store::FolderId;
use rustix::fs::{AtFlags, Dir, readlinkat, symlinkat, unlinkat};
use uuid::Uuid;

use super::{FilePath, MountedFolder};
use crate::error::Result;
use crate::folders::Folders;
use crate::open::namespace;
use crate::shared::{Shared, lock};
use crate::volume::Volume;

/// Names of temporary files begin so.
const PREFIX: &str = ".berth-upload-";

/// Where uploads are noted, by the folder they go to.
#[derive(Clone)]
pub(crate) struct UploadNotes {
    volume: Arc<Volume>,
    places: Vec<Place>,
}

/// A folder, or a directory in it, as somebody sees it.
#[derive(Clone)]
struct Place {
    /// Where it is seen.
    path: GuestPath,
    folder: FolderId,
    /// The directory in the folder that is seen there.
    subpath: FilePath,
}

impl UploadNotes {
    /// For somebody who sees nothing but `folder`.
    pub fn of_folder(volume: &Arc<Volume>, folder: FolderId) -> Self {
        let place = Place {
            path: GuestPath::root(),
            folder,
            subpath: FilePath::root(),
        };
        Self {
            volume: Arc::clone(volume),
            places: vec![place],
        }
    }

    /// For somebody who sees these folders among other things; `None` for none.
    pub fn of_mounts(mounted: &[MountedFolder<'_>]) -> Option<Self> {
        let places = mounted.iter().map(|mounted| Place {
            path: mounted.path.clone(),
            folder: mounted.folder.id,
            subpath: mounted.subpath.clone(),
        });
        Some(Self {
            volume: Arc::clone(mounted.first()?.folder.volume()),
            places: places.collect(),
        })
    }

    /// What to note of an upload to `directory`; `None` when that is in no folder.
    fn text(&self, directory: &[u8]) -> Option<Vec<u8>> {
        let directory = GuestPath::new(directory).ok()?;
        let place = self
            .places
            .iter()
            .find(|place| directory.starts_with(&place.path))?;
        let mut text = place.folder.to_string().into_bytes();
        for name in place
            .subpath
            .names()
            .chain(directory.parts().skip(place.path.parts().count()))
        {
            text.push(b'/');
            text.extend_from_slice(name);
        }
        Some(text)
    }
}

/// An upload under way: the name of its temporary file, known to everybody who lists the directory, and its note.
pub(super) struct Uploading {
    shared: Arc<Shared>,
    name: Vec<u8>,
    note: Option<(Arc<Volume>, String)>,
}

impl Uploading {
    /// Chooses a name for a temporary file in `directory`, a path as `notes` know it.
    pub fn begin(
        shared: &Arc<Shared>,
        notes: Option<&UploadNotes>,
        directory: &[u8],
    ) -> std::result::Result<Self, Errno> {
        let key = Uuid::new_v4().simple().to_string();
        let name = format!("{PREFIX}{key}").into_bytes();
        let note = match notes.and_then(|notes| Some((notes, notes.text(directory)?))) {
            Some((UploadNotes { volume, .. }, text)) => {
                symlinkat(text, volume.uploads(), key.as_str())?;
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
