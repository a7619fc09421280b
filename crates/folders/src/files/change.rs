//! Making directories, moving, removing.

use berth_kernel::Errno;
use berth_kernel::file::FileKind;
use berth_kernel::vfs::Base;

use super::precondition::Precondition;
use super::removal::remove_tree;
use super::upload::{DIRECTORY_MODE, base};
use super::{FileError, FileInfo, FilePath, FileResult, Files, Inner};
use crate::shared::lock;

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
        let above = self.directory(&above)?;
        let failed = |errno| FileError::at(path, errno);
        let from = base(&above).map_err(failed)?;
        {
            let _one_at_a_time = lock(&self.shared.replacing);
            let stat = self.stat(path, false)?;
            precondition.check(Some(&FileInfo::from(stat).version))?;
            if stat.kind != FileKind::Directory {
                return self.namespace.unlink(None, from, name).map_err(failed);
            }
        }
        let done = match self.namespace.remove_directory(None, from, name) {
            Err(Errno::NotEmpty) if recursive => remove_tree(&self.namespace, &above, name),
            done => done,
        };
        done.map_err(failed)
    }
}
