//! The volume: where folders are directories on the server.
//!
//! ```text
//! <volumes>/default/<folder id>/   a folder's files
//! <volumes>/default/.new/<id>      a folder whose row is being written
//! <volumes>/default/.uploads/<key> one file per upload under way: which folder, which directory
//! ```
//!
//! Everything is reached from one handle of `default`, and the only names ever joined to it are ids. The directories
//! above a folder are closed to everybody but the server's own user.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use berth_store::FolderId;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, fsync, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;

use crate::tree;

/// The one volume there is, as the API names it.
pub const DEFAULT_VOLUME: &str = "local:default";

/// Its directory below `<data>/volumes`.
const DIRECTORY: &str = "default";
const NEW: &str = ".new";
const UPLOADS: &str = ".uploads";
/// How often a folder that is not empty yet is emptied again.
const REMOVAL_ATTEMPTS: usize = 3;
/// Rights of the directories above folders.
const PRIVATE: Mode = Mode::RWXU;
/// Rights of a folder itself, as sessions see them. Nobody else gets past the directories above.
const FOLDER: Mode = Mode::from_raw_mode(0o755);

/// Handles of the volume's directories.
#[derive(Debug)]
pub struct Volume {
    folders: OwnedFd,
    new: OwnedFd,
    uploads: OwnedFd,
}

impl Volume {
    /// Opens the volume below `volumes`, and makes what is not there yet.
    pub fn open(volumes: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(volumes)?;
        let volumes = open_directory(CWD, volumes)?;
        let folders = make_and_open(&volumes, DIRECTORY)?;
        let new = make_and_open(&folders, NEW)?;
        let uploads = make_and_open(&folders, UPLOADS)?;
        Ok(Self {
            folders,
            new,
            uploads,
        })
    }

    /// Where uploads under way are noted.
    pub fn uploads(&self) -> &OwnedFd {
        &self.uploads
    }

    /// The first half of making a folder: its directory, out of sight.
    pub fn prepare(&self, id: FolderId) -> io::Result<()> {
        let name = id.to_string();
        mkdirat(&self.new, name.as_str(), FOLDER)?;
        Ok(fsync(&self.new)?)
    }

    /// The second half: the directory appears where it belongs, and a power cut cannot undo it.
    pub fn publish(&self, id: FolderId) -> io::Result<()> {
        let name = id.to_string();
        renameat(&self.new, name.as_str(), &self.folders, name.as_str())?;
        Ok(fsync(&self.folders)?)
    }

    /// Instead of the second half: the directory goes.
    pub fn abandon(&self, id: FolderId) -> io::Result<()> {
        match unlinkat(&self.new, id.to_string().as_str(), AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Folders whose making was broken off between the halves.
    pub fn unfinished(&self) -> io::Result<Vec<FolderId>> {
        let mut found = Vec::new();
        for entry in Dir::read_from(&self.new)? {
            if let Ok(Ok(id)) = entry?.file_name().to_str().map(str::parse) {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Opens a folder's directory.
    pub fn folder(&self, id: FolderId) -> io::Result<OwnedFd> {
        open_directory(&self.folders, id.to_string().as_str())
    }

    /// Removes a folder's directory and all it holds. That there is none is success.
    pub fn remove(&self, id: FolderId) -> io::Result<()> {
        let name = CString::new(id.to_string())?;
        for _ in 1..REMOVAL_ATTEMPTS {
            match tree::remove(self.folders.as_fd(), &name) {
                // An upload that had begun before put something there.
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                done => return done,
            }
        }
        tree::remove(self.folders.as_fd(), &name)
    }
}

fn make_and_open(parent: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    match mkdirat(parent, name, PRIVATE) {
        Ok(()) => fsync(parent)?,
        Err(Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    open_directory(parent, name)
}

fn open_directory(parent: impl AsFd, path: impl rustix::path::Arg) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(parent, path, flags, Mode::empty())?)
}
