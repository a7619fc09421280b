//! Writing a file: whole or not at all.
//!
//! The bytes go into a hidden file with a name nobody can guess, in the directory where the file is to be (or in the
//! nearest one above it that exists). When all of them are on the disk it is renamed into its place; until then, and
//! if anything goes wrong, what was there before is untouched.

use std::sync::Arc;

use berth_kernel::Errno;
use berth_kernel::file::{File, FileKind, Flags};
use berth_kernel::vfs::{Base, OpenHow};
use tokio::task::JoinHandle;

use super::precondition::Precondition;
use super::sweep::Uploading;
use super::{FileError, FileInfo, FilePath, FileResult, Files, Inner, run};
use crate::shared::lock;

/// Bytes that are collected before they are written. While they are, as many more are collected.
const WRITE_BYTES: usize = 1 << 20;
/// Bytes after which the disk is told to begin, so that it works while more come and not only at the end.
const FLUSH_BYTES: u64 = 32 << 20;
/// Permission bits of a new directory.
pub(super) const DIRECTORY_MODE: u32 = 0o755;

/// What an upload did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Whether there was nothing before.
    pub created: bool,
    /// The file as it is now.
    pub info: FileInfo,
}

/// A file being written. Dropping it before [`Upload::finish`] leaves everything as it was.
pub struct Upload {
    temporary: Temporary,
    /// Names of directories that are still to be made below the temporary file's, and the file's own.
    missing: Vec<Vec<u8>>,
    name: Vec<u8>,
    /// For messages.
    path: FilePath,
    precondition: Precondition,
    collected: Vec<u8>,
    /// The write under way; it hands its buffer back.
    writing: Option<JoinHandle<FileResult<Vec<u8>>>>,
    /// The disk at work, and how many bytes came since it began.
    flushing: Option<JoinHandle<FileResult<()>>>,
    unflushed_bytes: u64,
}

/// A file that is to be removed unless it finds its place.
struct Temporary {
    inner: Arc<Inner>,
    directory: Arc<dyn File>,
    file: Arc<dyn File>,
    /// Its name; taken when it is removed.
    uploading: Option<Uploading>,
    placed: bool,
}

impl Files {
    /// Begins to write the file at `path`; a link there is followed. Missing directories on the way are made when the
    /// file takes its place. The precondition is looked at now, to spare a useless upload, and again then.
    ///
    /// # Errors
    /// [`FileError::ReadOnly`], [`FileError::IsDirectory`], [`FileError::NotDirectory`], [`FileError::DeadLink`],
    /// [`FileError::PreconditionFailed`] and their like.
    pub async fn write(&self, path: &FilePath, precondition: Precondition) -> FileResult<Upload> {
        let path = path.clone();
        self.run(move |inner| inner.begin_upload(&path, precondition))
            .await
    }
}

impl Upload {
    /// Takes the next bytes. Waits when the disk is slower than they come.
    ///
    /// # Errors
    /// [`FileError::QuotaExceeded`], [`FileError::DiskFull`].
    pub async fn write(&mut self, mut bytes: &[u8]) -> FileResult<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(WRITE_BYTES - self.collected.len()));
            self.collected.extend_from_slice(now);
            bytes = later;
            if self.collected.len() == WRITE_BYTES {
                self.write_collected().await?;
            }
        }
        Ok(())
    }

    /// Puts the file into its place. When this answers, file and name are on the disk.
    ///
    /// # Errors
    /// Those of [`Upload::write`] and [`Files::write`].
    pub async fn finish(mut self) -> FileResult<Written> {
        self.write_collected().await?;
        self.written().await?;
        self.flushed().await?;
        run(move || self.place()).await
    }

    async fn write_collected(&mut self) -> FileResult<()> {
        if self.collected.is_empty() {
            return Ok(());
        }
        let free = self.written().await?;
        self.flush().await?;
        let full = std::mem::replace(&mut self.collected, free);
        let (file, path) = (Arc::clone(&self.temporary.file), self.path.clone());
        self.writing = Some(tokio::task::spawn_blocking(move || {
            write_all(&*file, &full).map_err(|errno| FileError::at(&path, errno))?;
            let mut free = full;
            free.clear();
            Ok(free)
        }));
        Ok(())
    }

    /// Begins to bring what was written to the disk, if it is much and the disk is idle.
    async fn flush(&mut self) -> FileResult<()> {
        self.unflushed_bytes += self.collected.len() as u64;
        let idle = self.flushing.as_ref().is_none_or(JoinHandle::is_finished);
        if idle && self.unflushed_bytes > FLUSH_BYTES {
            self.flushed().await?;
            self.unflushed_bytes = 0;
            let (file, path) = (Arc::clone(&self.temporary.file), self.path.clone());
            self.flushing = Some(tokio::task::spawn_blocking(move || {
                file.sync(true).map_err(|errno| FileError::at(&path, errno))
            }));
        }
        Ok(())
    }

    /// Waits for the disk. The host tells an error of it once, so that nobody else would hear of it.
    async fn flushed(&mut self) -> FileResult<()> {
        match self.flushing.take() {
            Some(flushing) => flushing.await.unwrap_or(Err(FileError::Stopping)),
            None => Ok(()),
        }
    }

    /// Waits for the write under way, and gives an empty buffer.
    async fn written(&mut self) -> FileResult<Vec<u8>> {
        match self.writing.take() {
            Some(writing) => writing.await.unwrap_or(Err(FileError::Stopping)),
            None => Ok(Vec::with_capacity(WRITE_BYTES)),
        }
    }

    fn place(mut self) -> FileResult<Written> {
        let failed = |errno| FileError::at(&self.path, errno);
        self.temporary.file.sync(false).map_err(failed)?;

        let inner = Arc::clone(&self.temporary.inner);
        let mut made = Made {
            inner: &inner,
            directories: vec![Arc::clone(&self.temporary.directory)],
            names: Vec::new(),
        };
        let created = {
            let _one_at_a_time = lock(&inner.shared.replacing);
            made.make(&self.missing).map_err(failed)?;
            self.place_in(made.last()).map_err(|error| match error {
                PlaceError::Host(errno) => failed(errno),
                PlaceError::Told(error) => error,
            })?
        };
        self.temporary.placed = true;
        made.keep().map_err(failed)?;
        let info = self.temporary.file.stat().map_err(failed)?.into();
        Ok(Written { created, info })
    }

    /// Renames the temporary file into its place in `directory`, and tells whether nothing was there.
    fn place_in(&self, directory: &Arc<dyn File>) -> Result<bool, PlaceError> {
        let namespace = &self.temporary.inner.namespace;
        let to = base(directory)?;
        let current = match namespace.stat(None, to, &self.name, false) {
            Ok(stat) if stat.kind == FileKind::Regular => Some(FileInfo::from(stat).version),
            Ok(stat) if stat.kind == FileKind::Directory => return Err(Errno::IsDirectory.into()),
            // It was no such thing when the upload began.
            Ok(_) => return Err(Errno::Busy.into()),
            Err(Errno::NoEntry) => None,
            Err(errno) => return Err(errno.into()),
        };
        self.precondition
            .check(current.as_ref())
            .map_err(PlaceError::Told)?;

        let (from, temporary) = (base(&self.temporary.directory)?, self.temporary.name());
        if self.precondition.is_absence() {
            // Unlike a rename, a link fails when a program in a session was faster.
            match namespace.link(None, from, temporary, false, to, &self.name) {
                Err(Errno::Exists) => return Err(PlaceError::Told(FileError::PreconditionFailed)),
                done => done?,
            }
            namespace.unlink(None, from, temporary)?;
        } else {
            namespace.rename(None, from, temporary, to, &self.name)?;
        }
        Ok(current.is_none())
    }
}

enum PlaceError {
    Host(Errno),
    Told(FileError),
}

impl From<Errno> for PlaceError {
    fn from(errno: Errno) -> Self {
        Self::Host(errno)
    }
}

/// Directories made for a file, to be removed again if it does not come.
struct Made<'a> {
    inner: &'a Inner,
    /// The one that was there, and each one below it.
    directories: Vec<Arc<dyn File>>,
    /// For each of them but the last, the name of the next one in it, if that was made here.
    names: Vec<Option<Vec<u8>>>,
}

impl Made<'_> {
    fn make(&mut self, names: &[Vec<u8>]) -> Result<(), Errno> {
        let how = OpenHow {
            directory: true,
            ..OpenHow::READ
        };
        for name in names {
            let above = base(self.last())?;
            let made =
                match self
                    .inner
                    .namespace
                    .create_directory(None, above, name, DIRECTORY_MODE)
                {
                    Ok(()) => Some(name.clone()),
                    Err(Errno::Exists) => None,
                    Err(errno) => return Err(errno),
                };
            let next = self.inner.namespace.open(None, above, name, &how);
            self.names.push(made);
            self.directories.push(next?);
        }
        Ok(())
    }

    fn last(&self) -> &Arc<dyn File> {
        // There is always the first.
        &self.directories[self.directories.len() - 1]
    }

    /// Brings every new name to the disk, the file's own included.
    fn keep(mut self) -> Result<(), Errno> {
        self.names.clear();
        self.directories
            .iter()
            .try_for_each(|directory| directory.sync(false))
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        for (directory, name) in self.directories.iter().zip(&self.names).rev() {
            if let (Ok(above), Some(name)) = (base(directory), name) {
                // It stays if somebody put something there meanwhile.
                let _ = self.inner.namespace.remove_directory(None, above, name);
            }
        }
    }
}

impl Inner {
    fn begin_upload(
        self: &Arc<Self>,
        path: &FilePath,
        precondition: Precondition,
    ) -> FileResult<Upload> {
        self.require_writable()?;
        let place = self.find_place(path, &precondition)?;
        let failed = |errno| FileError::at(&place.path, errno);
        let directory = place
            .directory
            .as_directory()
            .ok_or(Errno::NotDirectory)
            .map_err(failed)?;
        let uploading = Uploading::begin(&self.shared, self.notes.as_ref(), directory.path())
            .map_err(failed)?;
        let how = OpenHow {
            read: false,
            write: true,
            create: true,
            exclusive: true,
            truncate: false,
            directory: false,
            flags: Flags::default(),
            follow: false,
            mode: place.mode,
        };
        let file = self
            .namespace
            .open(None, Base::Directory(directory), uploading.name(), &how)
            .map_err(failed)?;
        Ok(Upload {
            temporary: Temporary {
                inner: Arc::clone(self),
                directory: place.directory,
                file,
                uploading: Some(uploading),
                placed: false,
            },
            missing: place.missing,
            name: place.name,
            path: place.path,
            precondition,
            collected: Vec::new(),
            writing: None,
            flushing: None,
            unflushed_bytes: 0,
        })
    }

    /// Whether `name` is the temporary file of an upload under way.
    pub(super) fn is_being_uploaded(&self, name: &[u8]) -> bool {
        self.shared.is_being_uploaded(name)
    }
}

impl Temporary {
    fn name(&self) -> &[u8] {
        self.uploading.as_ref().map_or(b"", Uploading::name)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let Some(uploading) = self.uploading.take().filter(|_| !self.placed) else {
            return;
        };
        let (inner, directory) = (Arc::clone(&self.inner), Arc::clone(&self.directory));
        let remove = move || {
            let Ok(above) = base(&directory) else { return };
            match inner.namespace.unlink(None, above, uploading.name()) {
                Ok(()) | Err(Errno::NoEntry) => {}
                // The note stays, and the next start sweeps.
                Err(_) => uploading.leave_note(),
            }
        };
        // Freeing a large file's blocks takes its time.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

/// The directory behind an open file, as a place to start from.
pub(super) fn base(directory: &Arc<dyn File>) -> Result<Base<'_>, Errno> {
    directory
        .as_directory()
        .map(Base::Directory)
        .ok_or(Errno::NotDirectory)
}

fn write_all(file: &dyn File, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match file.try_write(None, bytes)? {
            0 => return Err(Errno::Io),
            written => bytes = &bytes[written..],
        }
    }
    Ok(())
}
