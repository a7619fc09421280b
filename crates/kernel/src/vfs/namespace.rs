//! The namespace: what a path means in a session.

use std::os::fd::OwnedFd;
use std::sync::{Arc, OnceLock, Weak};

use super::directory::Directory;
use super::mount::Mount;
use super::path::GuestPath;
use crate::file::{File, Flags, SetTime, Stat};
use crate::machine::Machine;
use crate::process::Process;
use crate::{Errno, Result};

/// What a namespace has beside its mounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NamespaceOptions {
    /// `/dev`.
    pub devices: bool,
    /// `/proc`.
    pub proc: bool,
}

/// Where a relative path starts.
#[derive(Clone, Copy)]
pub enum Base<'a> {
    /// The session's root.
    Root,
    /// A working directory: a guest path as [`Namespace::canonical`] tells it.
    Path(&'a [u8]),
    /// An open directory (`openat(2)`).
    Directory(&'a Directory),
}

impl<'a> From<&'a GuestPath> for Base<'a> {
    fn from(path: &'a GuestPath) -> Self {
        Self::Path(path.as_bytes())
    }
}

/// How to open a file (`open(2)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenHow {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Make it if it is not there.
    pub create: bool,
    /// With `create`: it must not be there (`O_EXCL`).
    pub exclusive: bool,
    /// Cut it to length 0.
    pub truncate: bool,
    /// It must be a directory.
    pub directory: bool,
    /// `APPEND`, `NONBLOCK`, `SYNC` and their like.
    pub flags: Flags,
    /// Follow a symbolic link as last component; otherwise one there is `ELOOP`.
    pub follow: bool,
    /// Permission bits of a new file, the umask already taken away.
    pub mode: u32,
}

impl OpenHow {
    /// For reading, links followed.
    pub const READ: Self = Self {
        read: true,
        write: false,
        create: false,
        exclusive: false,
        truncate: false,
        directory: false,
        flags: Flags(0),
        follow: true,
        mode: 0o644,
    };
}

/// The tree of files a session sees; shared by all its processes. The mount table does not change.
pub struct Namespace {
    machine: OnceLock<Weak<Machine>>,
}

#[allow(unused_variables)]
impl Namespace {
    /// A namespace of `mounts`.
    pub fn new(mounts: Vec<Mount>, options: NamespaceOptions) -> Result<Arc<Self>> {
        Err(Errno::NotImplemented)
    }

    /// Tells it whose processes `/proc` shows. The first call counts.
    pub fn attach(&self, machine: Weak<Machine>) {
        let _ = self.machine.set(machine);
    }

    /// Opens a file or directory.
    pub fn open(&self, process: Option<&Process>, base: Base<'_>, path: &[u8], how: &OpenHow) -> Result<Arc<dyn File>> {
        Err(Errno::NotImplemented)
    }

    /// Opens a regular file for the program loader, read-only, links followed.
    pub fn host_file(&self, process: Option<&Process>, base: Base<'_>, path: &[u8]) -> Result<(OwnedFd, Stat)> {
        Err(Errno::NotImplemented)
    }

    /// Attributes of a file.
    pub fn stat(&self, process: Option<&Process>, base: Base<'_>, path: &[u8], follow: bool) -> Result<Stat> {
        Err(Errno::NotImplemented)
    }

    /// Sets time stamps.
    pub fn set_times(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        follow: bool,
        accessed: SetTime,
        modified: SetTime,
    ) -> Result<()> {
        Err(Errno::NotImplemented)
    }

    /// Makes a directory; `mode` as in [`OpenHow::mode`].
    pub fn create_directory(&self, process: Option<&Process>, base: Base<'_>, path: &[u8], mode: u32) -> Result<()> {
        Err(Errno::NotImplemented)
    }

    /// Removes an empty directory.
    pub fn remove_directory(&self, process: Option<&Process>, base: Base<'_>, path: &[u8]) -> Result<()> {
        Err(Errno::NotImplemented)
    }

    /// Removes a name that is not a directory's.
    pub fn unlink(&self, process: Option<&Process>, base: Base<'_>, path: &[u8]) -> Result<()> {
        Err(Errno::NotImplemented)
    }

    /// Renames; what is at the new name is replaced.
    pub fn rename(
        &self,
        process: Option<&Process>,
        from: Base<'_>,
        from_path: &[u8],
        to: Base<'_>,
        to_path: &[u8],
    ) -> Result<()> {
        Err(Errno::NotImplemented)
    }

    /// Makes a second name; `follow`: of what a symbolic link at `from_path` leads to.
    pub fn link(
        &self,
        process: Option<&Process>,
        from: Base<'_>,
        from_path: &[u8],
        follow: bool,
        to: Base<'_>,
        to_path: &[u8],
    ) -> Result<()> {
        Err(Errno::NotImplemented)
    }

    /// Makes a symbolic link at `path` that says `target`.
    pub fn symlink(&self, process: Option<&Process>, target: &[u8], base: Base<'_>, path: &[u8]) -> Result<()> {
        Err(Errno::NotImplemented)
    }

    /// What a symbolic link says.
    pub fn read_link(&self, process: Option<&Process>, base: Base<'_>, path: &[u8]) -> Result<Vec<u8>> {
        Err(Errno::NotImplemented)
    }

    /// The real guest path of what is there, all links resolved (`realpath(3)`).
    pub fn canonical(&self, process: Option<&Process>, base: Base<'_>, path: &[u8]) -> Result<Vec<u8>> {
        Err(Errno::NotImplemented)
    }
}
