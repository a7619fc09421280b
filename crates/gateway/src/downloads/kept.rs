//! A download that is kept, as a session reads it.

use std::fs::File as HostFile;
use std::os::unix::fs::FileExt as _;
use std::sync::{Mutex, PoisonError};

use berth_kernel::file::{File, FileKind, Stat, Whence};
use berth_kernel::process::Process;
use berth_kernel::{Errno, Result};

use crate::connector::errno;

/// Nobody writes to it, and only its owner is there.
const MODE: u32 = 0o400;

/// A download that is open for reading; it stays readable when it is let go.
pub struct Kept {
    file: HostFile,
    bytes: u64,
    offset: Mutex<u64>,
}

impl Kept {
    /// `file` has so many bytes.
    pub fn new(file: HostFile, bytes: u64) -> Self {
        Self {
            file,
            bytes,
            offset: Mutex::new(0),
        }
    }
}

impl File for Kept {
    fn stat(&self) -> Result<Stat> {
        // Where the host keeps it, and since when, is none of a session's business.
        Ok(Stat {
            device: 0,
            inode: 0,
            kind: FileKind::Regular,
            mode: MODE,
            links: 1,
            size: self.bytes,
            accessed_ns: 0,
            modified_ns: 0,
            changed_ns: 0,
        })
    }

    fn kind(&self) -> FileKind {
        FileKind::Regular
    }

    fn readable(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        false
    }

    fn try_read(&self, _process: Option<&Process>, buffer: &mut [u8]) -> Result<usize> {
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.read_at(buffer, *offset)?;
        *offset += read as u64;
        Ok(read)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        self.file
            .read_at(buffer, offset)
            .map_err(|error| errno(&error))
    }

    fn seek(&self, offset: i64, whence: Whence) -> Result<u64> {
        let mut current = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        let from = match whence {
            Whence::Set => 0,
            Whence::Current => *current,
            Whence::End => self.bytes,
        };
        *current = from.checked_add_signed(offset).ok_or(Errno::Invalid)?;
        Ok(*current)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn describe(&self) -> String {
        "download".to_owned()
    }
}
