//! What can go wrong with a file.

use berth_kernel::Errno;

use super::path::FilePath;

/// `Result` with [`FileError`].
pub type FileResult<T> = Result<T, FileError>;

/// What can go wrong with a file. Every text but that of [`FileError::Failed`] is meant for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Nothing is there.
    #[error("there is nothing at {0:?}")]
    NotFound(String),
    /// Something on the way, or the thing itself, is a directory only by wish.
    #[error("{0:?} is no directory, or lies below a file")]
    NotDirectory(String),
    /// A directory is where a file should be.
    #[error("{0:?} is a directory")]
    IsDirectory(String),
    /// A device, a FIFO or a socket: these are never opened.
    #[error("{0:?} is neither a file nor a directory")]
    NotRegular(String),
    /// A directory is to be removed that holds something.
    #[error("{0:?} is not empty; ask for recursive removal to remove all it holds")]
    NotEmpty(String),
    /// Something is there already.
    #[error("{0:?} exists already; it is not replaced")]
    Exists(String),
    /// A symbolic link leads nowhere, in circles, or was put there while it was being looked at.
    #[error("the symbolic link at {0:?} leads nowhere inside of the folder")]
    DeadLink(String),
    /// A name is one the disk cannot keep, or the whole path is too long.
    #[error("the name is too long or not possible on this disk: {0:?}")]
    BadName(String),
    /// A directory cannot be moved into itself.
    #[error("{0:?} cannot be moved into itself")]
    IntoItself(String),
    /// The folder itself can be listed and archived only.
    #[error("this is the folder itself; name something in it")]
    IsFolder,
    /// The caller may only look.
    #[error("you may read this folder, not change it")]
    ReadOnly,
    /// The file is not, or is no longer, the one the caller has seen.
    #[error("the file has changed meanwhile, or does not exist, or exists; look again")]
    PreconditionFailed,
    /// The folder's limit is reached.
    #[error("the folder is full: its quota is used up")]
    QuotaExceeded,
    /// The disk is full.
    #[error("the server's disk is full")]
    DiskFull,
    /// More paths than one request may name.
    #[error("name at most {max} paths at a time")]
    TooManyPaths {
        /// The limit.
        max: usize,
    },
    /// A zip file would get more entries than it may have.
    #[error("there are more than {max} files; ask for a tar, or for less at a time")]
    TooManyEntries {
        /// The limit.
        max: usize,
    },
    /// The file became shorter while it was read.
    #[error("the file changed while it was read")]
    ChangedWhileRead,
    /// Somebody changes the same place at the same time, again and again.
    #[error("{0:?} is being changed by somebody else; try again")]
    Busy(String),
    /// The server's own user may not read or change it: somebody took the right away from outside.
    #[error("the server may not open {0:?}: its permission bits on the server forbid it")]
    Denied(String),
    /// From one mount of a session to another nothing is moved.
    #[error("{0:?} lies in another mount: copy there instead")]
    OtherMount(String),
    /// More is open than the host allows.
    #[error("the server has too many files open; try again in a moment")]
    Overloaded,
    /// The server stops, and does not begin anything new.
    #[error("the server is stopping; try again in a moment")]
    Stopping,
    /// The host failed. For the log.
    #[error("{path:?}: {errno}")]
    Failed {
        /// What it was about.
        path: String,
        /// What the kernel said.
        errno: Errno,
    },
}

impl FileError {
    /// What `errno` means for `path`.
    pub(crate) fn at(path: &FilePath, errno: Errno) -> Self {
        let shown = path.display().into_owned();
        match errno {
            Errno::NoEntry => Self::NotFound(shown),
            Errno::NotDirectory => Self::NotDirectory(shown),
            Errno::IsDirectory => Self::IsDirectory(shown),
            Errno::NotEmpty => Self::NotEmpty(shown),
            Errno::Exists => Self::Exists(shown),
            Errno::Loop => Self::DeadLink(shown),
            Errno::NameTooLong | Errno::IllegalSequence => Self::BadName(shown),
            Errno::ReadOnly => Self::ReadOnly,
            Errno::Quota => Self::QuotaExceeded,
            Errno::NoSpace | Errno::FileTooBig => Self::DiskFull,
            Errno::Access | Errno::NotPermitted => Self::Denied(shown),
            Errno::CrossDevice => Self::OtherMount(shown),
            Errno::DescriptorLimit | Errno::FileTableFull | Errno::NoMemory => Self::Overloaded,
            Errno::Busy => Self::Busy(shown),
            Errno::NoDeviceOrAddress => Self::NotRegular(shown),
            errno => Self::Failed { path: shown, errno },
        }
    }
}
