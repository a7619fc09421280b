//! Making directories, moving, removing.

use std::sync::Arc;

use berth_kernel::Errno;
use berth_kernel::file::{File, FileKind};
use berth_kernel::vfs::{Base, OpenHow};

use super::precondition::Precondition;
use super::upload::{DIRECTORY_MODE, base};
use super::{FileError, FileInfo, FilePath, FileResult, Files, Inner};
use crate::shared::lock;

/// Levels that are held open while a directory is removed. What lies deeper is moved up to the top, where its turn
/// comes later.
const REMOVAL_DEPTH_MAX: usize = 32;
/// Names that are read at a time while a directory is removed.
const REMOVAL_NAMES: usize = 1024;

impl Files {
    /// Makes the directory at `path`; with `parents` also those above it, and then it may be there already. Tells whether
    /// it was made.
    ///
    /// # Errors
    /// [`FileError::Exists`], [`FileError::NotFound`] for a missing parent, and their like.
    pub async fn make_directory(&self, path: &FilePath, parents: bool) -> FileResult<bool> {
        let path = path.clone();
        self.run(move |inner| inner.make_directory(&path, parents))
            .await
    }

    /// Moves what is at `from`, a link itself, to `to`, where nothing may be yet.
    ///
    /// # Errors
    /// [`FileError::Exists`], [`FileError::IntoItself`], [`FileError::NotFound`] and their like.
    pub async fn rename(&self, from: &FilePath, to: &FilePath) -> FileResult<()> {
        let (from, to) = (from.clone(), to.clone());
        self.run(move |inner| inner.rename(&from, &to)).await
    }

    /// Removes what is at `path`, a link itself; a directory that holds something only if `recursive`. A recursive
    /// removal that fails midway has removed a part.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::NotEmpty`], [`FileError::PreconditionFailed`] and their like.
    pub async fn remove(
        &self,
        path: &FilePath,
        recursive: bool,
        precondition: Precondition,
    ) -> FileResult<()> {
        let path = path.clone();
        self.run(move |inner| inner.remove(&path, recursive, &precondition))
            .await
    }
}

impl Inner {
    fn make_directory(&self, path: &FilePath, parents: bool) -> FileResult<bool> {
        self.require_writable()?;
        let Some(above) = path.parent() else {
            return if parents {
                Ok(false)
            } else {
                Err(FileError::Exists(path.to_string()))
            };
        };
        let failed = |errno| FileError::at(path, errno);
        let directory = match self.directory(&above) {
            Err(FileError::NotFound(_)) if parents => {
                self.make_directory(&above, true)?;
                self.directory(&above)
            }
            opened => opened,
        }?;
        match self
            .namespace
            .create_directory(None, Base::Root, path.as_bytes(), DIRECTORY_MODE)
        {
            Ok(()) => {}
            Err(Errno::Exists) if parents && self.stat(path, true)?.kind == FileKind::Directory => {
                return Ok(false);
            }
            Err(errno) => return Err(failed(errno)),
        }
        directory.sync(false).map_err(failed)?;
        Ok(true)
    }

    fn rename(&self, from: &FilePath, to: &FilePath) -> FileResult<()> {
        self.require_writable()?;
        let (Some(above_from), Some(above_to)) = (from.parent(), to.parent()) else {
            return Err(FileError::IsFolder);
        };
        {
            let _one_at_a_time = lock(&self.shared.replacing);
            let moved = self.stat(from, false)?;
            match self.stat(to, false) {
                Ok(_) => return Err(FileError::Exists(to.to_string())),
                Err(FileError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
            if to.is_within(from) {
                return Err(FileError::IntoItself(from.to_string()));
            }
            let done = match moved.kind {
                FileKind::Directory => self.namespace.rename(
                    None,
                    Base::Root,
                    from.as_bytes(),
                    Base::Root,
                    to.as_bytes(),
                ),
                _ => self.move_by_link(from, to),
            };
            done.map_err(|errno| match errno {
                Errno::Exists => FileError::Exists(to.to_string()),
                // Through a link into itself.
                Errno::Invalid => FileError::IntoItself(from.to_string()),
                errno => FileError::at(to, errno),
            })?;
        }
        for above in [&above_to, &above_from] {
            self.directory(above)?
                .sync(false)
                .map_err(|errno| FileError::at(above, errno))?;
        }
        Ok(())
    }

    /// Unlike a rename, a link fails when a program in a session was faster.
    fn move_by_link(&self, from: &FilePath, to: &FilePath) -> Result<(), Errno> {
        self.namespace.link(
            None,
            Base::Root,
            from.as_bytes(),
            false,
            Base::Root,
            to.as_bytes(),
        )?;
        self.namespace.unlink(None, Base::Root, from.as_bytes())
    }

    fn remove(
        &self,
        path: &FilePath,
        recursive: bool,
        precondition: &Precondition,
    ) -> FileResult<()> {
        self.require_writable()?;
        let Some((above, name)) = path.parent().zip(path.name()) else {
            return Err(FileError::IsFolder);
        };
        let _one_at_a_time = lock(&self.shared.replacing);
        let stat = self.stat(path, false)?;
        precondition.check(Some(&FileInfo::from(stat).version))?;
        let above = self.directory(&above)?;
        let failed = |errno| FileError::at(path, errno);
        if stat.kind != FileKind::Directory {
            let from = base(&above).map_err(failed)?;
            return self.namespace.unlink(None, from, name).map_err(failed);
        }
        let from = base(&above).map_err(failed)?;
        match self.namespace.remove_directory(None, from, name) {
            Err(Errno::NotEmpty) if recursive => Removal {
                inner: self,
                moved: 0,
            }
            .remove(&above, name)
            .map_err(failed),
            done => done.map_err(failed),
        }
    }
}

/// The removal of a directory and all it holds. Memory and handles are bounded whatever it looks like.
struct Removal<'a> {
    inner: &'a Inner,
    /// How many directories were moved to the top, for names that do not meet.
    moved: u64,
}

impl Removal<'_> {
    fn remove(&mut self, above: &Arc<dyn File>, name: &[u8]) -> Result<(), Errno> {
        let top = self.open(above, name)?;
        self.empty(&top, &top, 0)?;
        gone(
            self.inner
                .namespace
                .remove_directory(None, base(above)?, name),
        )
    }

    /// Empties `directory`, which lies `depth` levels below `top`.
    fn empty(
        &mut self,
        top: &Arc<dyn File>,
        directory: &Arc<dyn File>,
        depth: usize,
    ) -> Result<(), Errno> {
        loop {
            let names = self.names(directory)?;
            if names.is_empty() {
                return Ok(());
            }
            for name in names {
                self.remove_name(top, directory, &name, depth)?;
            }
        }
    }

    /// Some of the names in `directory`; none when there are none.
    fn names(&self, directory: &Arc<dyn File>) -> Result<Vec<Vec<u8>>, Errno> {
        let mut names = Vec::new();
        directory
            .as_directory()
            .ok_or(Errno::NotDirectory)?
            .read(0, &mut |entry| {
                if !matches!(entry.name, b"." | b"..") {
                    names.push(entry.name.to_vec());
                }
                names.len() < REMOVAL_NAMES
            })?;
        Ok(names)
    }

    fn remove_name(
        &mut self,
        top: &Arc<dyn File>,
        directory: &Arc<dyn File>,
        name: &[u8],
        depth: usize,
    ) -> Result<(), Errno> {
        let namespace = &self.inner.namespace;
        match namespace.unlink(None, base(directory)?, name) {
            Err(Errno::IsDirectory | Errno::NotPermitted) => {}
            done => return gone(done),
        }
        match namespace.remove_directory(None, base(directory)?, name) {
            Err(Errno::NotEmpty) => {}
            done => return gone(done),
        }
        if depth >= REMOVAL_DEPTH_MAX {
            return self.move_to_top(top, directory, name);
        }
        match self.open(directory, name) {
            Ok(child) => self.empty(top, &child, depth + 1)?,
            done => return gone(done.map(drop)),
        }
        gone(
            self.inner
                .namespace
                .remove_directory(None, base(directory)?, name),
        )
    }

    fn move_to_top(
        &mut self,
        top: &Arc<dyn File>,
        directory: &Arc<dyn File>,
        name: &[u8],
    ) -> Result<(), Errno> {
        loop {
            self.moved += 1;
            let there = format!(".berth-removed-{}", self.moved).into_bytes();
            match self
                .inner
                .namespace
                .rename(None, base(directory)?, name, base(top)?, &there)
            {
                Err(Errno::NotEmpty | Errno::Exists | Errno::NotDirectory) => {}
                done => return gone(done),
            }
        }
    }

    fn open(&self, above: &Arc<dyn File>, name: &[u8]) -> Result<Arc<dyn File>, Errno> {
        let how = OpenHow {
            directory: true,
            follow: false,
            ..OpenHow::READ
        };
        self.inner.namespace.open(None, base(above)?, name, &how)
    }
}

/// Somebody else was faster: what matters is that it is gone.
fn gone(done: Result<(), Errno>) -> Result<(), Errno> {
    match done {
        Err(Errno::NoEntry) => Ok(()),
        done => done,
    }
}
