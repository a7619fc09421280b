//! Open directories.

use crate::file::{File, FileKind, Stat};
use crate::{Errno, Result};

/// One name of a directory, as `fd_readdir` tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'a> {
    /// Where a listing goes on after this entry.
    pub next_cookie: u64,
    /// Serial number of the file.
    pub inode: u64,
    /// Its type.
    pub kind: FileKind,
    /// Its name, bytes without `/` and NUL.
    pub name: &'a [u8],
}

/// An open directory.
pub struct Directory {
    path: Vec<u8>,
}

impl Directory {
    /// The guest path it was opened by, links resolved.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// Hands the entries from `cookie` (0: the first) on to `each`, until that answers `false`: the
    /// entry it refused comes first next time.
    pub fn read(&self, _cookie: u64, _each: &mut dyn FnMut(Entry<'_>) -> bool) -> Result<()> {
        Err(Errno::NotImplemented)
    }
}

impl File for Directory {
    fn stat(&self) -> Result<Stat> {
        Err(Errno::NotImplemented)
    }

    fn kind(&self) -> FileKind {
        FileKind::Directory
    }

    fn readable(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        false
    }

    fn as_directory(&self) -> Option<&Directory> {
        Some(self)
    }

    fn describe(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }
}
