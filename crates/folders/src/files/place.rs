//! Where a file is to be that does not exist yet, or is to be replaced.

use std::sync::Arc;

use berth_kernel::file::{File, FileKind};
use berth_kernel::vfs::Base;

use super::precondition::Precondition;
use super::{FileError, FileInfo, FilePath, FileResult, Inner};

/// Permission bits of a new file.
const FILE_MODE: u32 = 0o644;

/// Where a file is to be.
pub(super) struct Place {
    pub path: FilePath,
    /// The nearest directory above it that exists.
    pub directory: Arc<dyn File>,
    /// What is to be made below that.
    pub missing: Vec<Vec<u8>>,
    pub name: Vec<u8>,
    pub mode: u32,
}

impl Inner {
    /// The place of the file at `path`; a link there is followed.
    pub(super) fn find_place(
        &self,
        path: &FilePath,
        precondition: &Precondition,
    ) -> FileResult<Place> {
        let current = match self.stat(path, false) {
            Ok(stat) => Some(stat),
            Err(FileError::NotFound(_)) => None,
            Err(error) => return Err(error),
        };
        match current.map(|stat| stat.kind) {
            None | Some(FileKind::Regular) => {}
            Some(FileKind::Directory) if path.is_root() => return Err(FileError::IsFolder),
            Some(FileKind::Directory) => return Err(FileError::IsDirectory(path.to_string())),
            Some(FileKind::SymbolicLink) => return self.find_place_behind(path, precondition),
            Some(_) => return Err(FileError::NotRegular(path.to_string())),
        }
        precondition.check(current.map(|stat| FileInfo::from(stat).version).as_ref())?;

        let Some((mut above, name)) = path.parent().zip(path.name()) else {
            return Err(FileError::IsFolder);
        };
        let mut missing = Vec::new();
        let directory = loop {
            match (
                self.directory(&above),
                above.parent().zip(above.name().map(<[u8]>::to_vec)),
            ) {
                (Err(FileError::NotFound(_)), Some((next, name))) => {
                    missing.insert(0, name);
                    above = next;
                }
                (opened, _) => break opened?,
            }
        };
        let mode = current.map_or(FILE_MODE, |stat| stat.mode & 0o777);
        Ok(Place {
            path: path.clone(),
            directory,
            missing,
            name: name.to_vec(),
            mode,
        })
    }

    /// The place of what the link at `path` leads to.
    fn find_place_behind(&self, path: &FilePath, precondition: &Precondition) -> FileResult<Place> {
        let dead = |_| FileError::DeadLink(path.to_string());
        let real = self
            .namespace
            .canonical(None, Base::Root, path.as_bytes())
            .map_err(dead)?;
        let real = FilePath::new(&real).map_err(|_| FileError::DeadLink(path.to_string()))?;
        match self.stat(&real, false)?.kind {
            // Changed since it was resolved.
            FileKind::SymbolicLink => Err(FileError::Busy(path.to_string())),
            _ => self.find_place(&real, precondition),
        }
    }
}
