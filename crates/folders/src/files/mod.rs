//! The files of a folder, reached by capability.
//!
//! [`Files`] holds a namespace of the kernel with the folder's directory mounted at `/`. Every path is resolved there,
//! as it would be in a session: links are followed inside the folder, an absolute link starts at the folder's top,
//! and nothing ever leaves it. Sessions hand their own namespace to [`Files::of`], so that there is one way to move
//! files over HTTP.
//!
//! Calls are asynchronous and do their work on threads that may block; one that is dropped midway still ends what it
//! began, except that an [`Upload`] which was not finished leaves nothing.

mod archive;
mod change;
mod error;
mod list;
mod path;
mod place;
mod precondition;
mod read;
mod removal;
mod sweep;
mod upload;

use std::fmt;
use std::sync::Arc;

use berth_kernel::file::{File, FileKind, Stat};
use berth_kernel::vfs::{Base, GuestPath, Namespace, OpenHow};
use tokio::sync::Semaphore;

pub use archive::{ARCHIVE_PATHS_MAX, Archive, ArchiveFormat, ZIP_ENTRIES_MAX};
pub use error::{FileError, FileResult};
pub use list::{ListedFile, PAGE_FILES_MAX};
pub use path::{FilePath, PathError};
pub use precondition::{Precondition, Tags};
pub use read::{CHUNK_BYTES, Chunks, OpenFile};
pub use upload::{Upload, Written};

pub(crate) use sweep::UploadNotes;

use crate::mount::OpenFolder;
use crate::shared::Shared;

/// File operations that block at the same time, over all folders. More wait their turn.
const OPERATIONS_AT_ONCE_MAX: usize = 64;

static OPERATIONS: Semaphore = Semaphore::const_new(OPERATIONS_AT_ONCE_MAX);

/// The files that one person sees in one folder or session. Cheap to clone.
#[derive(Clone)]
pub struct Files {
    inner: Arc<Inner>,
}

struct Inner {
    namespace: Arc<Namespace>,
    /// Whether the caller may change anything.
    writable: bool,
    /// Shared by all who change files of this folder.
    shared: Arc<Shared>,
    /// Where uploads are noted, so that one cut off by a crash is swept; a session's own files need none.
    notes: Option<UploadNotes>,
}

/// A folder as a session sees it.
#[derive(Debug, Clone)]
pub struct MountedFolder<'a> {
    /// Where it is mounted.
    pub path: GuestPath,
    /// The folder.
    pub folder: &'a OpenFolder,
    /// The directory in the folder that is mounted; its top for all of it.
    pub subpath: FilePath,
}

/// Type of a file, as the API names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A FIFO, a socket or a device: it can be removed, and nothing else.
    Other,
}

/// What is known about a file without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileInfo {
    /// What it is.
    pub kind: Kind,
    /// Its length; 0 for a directory.
    pub size_bytes: u64,
    /// When its contents last changed, in nanoseconds since 1970 UTC.
    pub modified_ns: u64,
    /// Permission bits (`0o7777`).
    pub mode: u32,
    /// What tells these contents from others of the same file.
    pub version: Version,
}

/// Tells one state of a file from every other: changes whenever the file is replaced, written to or cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    inode: u64,
    size: u64,
    modified_ns: u64,
}

impl Files {
    /// The files of `namespace`, such as a session's. `writable`: whether the caller may change them, as far as the
    /// mounts allow.
    pub fn of(namespace: Arc<Namespace>, writable: bool) -> Self {
        Self::with(namespace, writable, Arc::default(), None)
    }

    /// The files of a session in which `mounted` are mounted: as [`Files::of`], and what an upload into one of these leaves
    /// when the server is killed is swept at the next start.
    pub fn of_session(namespace: Arc<Namespace>, mounted: &[MountedFolder<'_>]) -> Self {
        Self::with(
            namespace,
            true,
            Arc::default(),
            UploadNotes::of_mounts(mounted),
        )
    }

    pub(crate) fn with(
        namespace: Arc<Namespace>,
        writable: bool,
        shared: Arc<Shared>,
        notes: Option<UploadNotes>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                namespace,
                writable,
                shared,
                notes,
            }),
        }
    }

    /// What is at `path`, links followed.
    ///
    /// # Errors
    /// [`FileError::NotFound`] and its like.
    pub async fn stat(&self, path: &FilePath) -> FileResult<FileInfo> {
        let path = path.clone();
        self.run(move |inner| inner.stat(&path, true).map(FileInfo::from))
            .await
    }

    /// Runs `work` where it may block, when it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Inner>) -> FileResult<T> + Send + 'static,
    ) -> FileResult<T> {
        let inner = Arc::clone(&self.inner);
        run(move || work(&inner)).await
    }
}

/// Runs `work` where it may block, when it is its turn.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> FileResult<T> + Send + 'static,
) -> FileResult<T> {
    // Never closed.
    let turn = OPERATIONS.acquire().await;
    let done = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        work()
    });
    // Fails only when the runtime shuts down before the work began, or when the work panicked.
    done.await.unwrap_or(Err(FileError::Stopping))
}

impl Inner {
    /// Attributes of what is at `path`.
    fn stat(&self, path: &FilePath, follow: bool) -> FileResult<Stat> {
        self.namespace
            .stat(None, Base::Root, path.as_bytes(), follow)
            .map_err(|errno| FileError::at(path, errno))
    }

    /// The directory at `path`, links followed.
    fn directory(&self, path: &FilePath) -> FileResult<Arc<dyn File>> {
        let how = OpenHow {
            directory: true,
            ..OpenHow::READ
        };
        self.namespace
            .open(None, Base::Root, path.as_bytes(), &how)
            .map_err(|errno| FileError::at(path, errno))
    }

    /// Refuses a caller who may only look.
    fn require_writable(&self) -> FileResult<()> {
        if self.writable {
            Ok(())
        } else {
            Err(FileError::ReadOnly)
        }
    }
}

impl From<FileKind> for Kind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Regular => Self::File,
            FileKind::Directory => Self::Directory,
            FileKind::SymbolicLink => Self::Link,
            _ => Self::Other,
        }
    }
}

impl From<Stat> for FileInfo {
    fn from(stat: Stat) -> Self {
        let kind = Kind::from(stat.kind);
        Self {
            kind,
            size_bytes: if kind == Kind::Directory {
                0
            } else {
                stat.size
            },
            modified_ns: stat.modified_ns,
            mode: stat.mode,
            version: Version {
                inode: stat.inode,
                size: stat.size,
                modified_ns: stat.modified_ns,
            },
        }
    }
}

/// Three numbers that go into an entity tag as they are.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}-{:x}", self.inode, self.size, self.modified_ns)
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("writable", &self.inner.writable)
            .finish_non_exhaustive()
    }
}
