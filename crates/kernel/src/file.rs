//! Open file descriptions: what a descriptor refers to.
//!
//! Operations never block. What cannot go on answers [`Errno::Again`], and [`File::ready`] tells
//! when it is worth trying again. A door loops *try, wait, try* and ends the wait when a signal
//! comes; host code (the terminal, `exec`) uses the same two calls.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;

use crate::process::Process;
use crate::{Errno, Result};

/// A future that borrows what it waits for.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Type of a file, numbered as preview1's `filetype`. A FIFO has no number there and is `Unknown`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum FileKind {
    /// Anything else, pipes among it.
    Unknown = 0,
    /// A block device.
    BlockDevice = 1,
    /// A character device; terminals are these.
    CharacterDevice = 2,
    /// A directory.
    Directory = 3,
    /// A regular file.
    Regular = 4,
    /// A datagram socket.
    SocketDatagram = 5,
    /// A stream socket.
    SocketStream = 6,
    /// A symbolic link.
    SymbolicLink = 7,
}

/// What `fd_filestat_get` and `path_filestat_get` tell. Times in nanoseconds since the epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stat {
    /// Which mount or device the file is on; equal for all files of one mount.
    pub device: u64,
    /// Serial number within the device.
    pub inode: u64,
    /// Type of the file.
    pub kind: FileKind,
    /// Permission bits (`0o7777`).
    pub mode: u32,
    /// Hard links.
    pub links: u64,
    /// Length in bytes.
    pub size: u64,
    /// Last access.
    pub accessed_ns: u64,
    /// Last change of the contents.
    pub modified_ns: u64,
    /// Last change of the inode.
    pub changed_ns: u64,
}

/// Descriptor flags, the bits of preview1's `fdflags`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags(pub u16);

impl Flags {
    /// Writes go to the end.
    pub const APPEND: Self = Self(1);
    /// Data reaches the disk before a write answers.
    pub const DSYNC: Self = Self(2);
    /// Never wait: answer `EAGAIN`.
    pub const NONBLOCK: Self = Self(4);
    /// Reads are as synchronised as writes.
    pub const RSYNC: Self = Self(8);
    /// Data and inode reach the disk before a write answers.
    pub const SYNC: Self = Self(16);

    /// Whether all bits of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Where a seek counts from, numbered as preview1's `whence`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whence {
    /// From the start.
    Set,
    /// From the current offset.
    Current,
    /// From the end.
    End,
}

/// What a wait is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interest {
    /// Something to read, or end of file.
    Read,
    /// Room to write, or nobody to read it.
    Write,
}

/// What an operation on a file could do now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Readiness {
    /// A read would not answer `EAGAIN`.
    pub readable: bool,
    /// A write would not answer `EAGAIN`.
    pub writable: bool,
    /// The other side is gone.
    pub hangup: bool,
    /// Bytes that could be read at once, where that is known.
    pub bytes: u64,
}

/// An advisory lock (`flock(2)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lock {
    /// Several may have it.
    Shared,
    /// One has it alone.
    Exclusive,
    /// None any more.
    None,
}

/// New time stamp for `set_times`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetTime {
    /// Leave it.
    Keep,
    /// The host's clock.
    Now,
    /// Nanoseconds since the epoch.
    To(u64),
}

/// An open file description (POSIX 3.258): shared by every descriptor that was duplicated or
/// inherited from the one that opened it.
///
/// `process` is the guest process that asks, `None` when the host asks; only terminals look at it
/// (background reads and writes). The provided methods answer what a file without the capability
/// answers: `EINVAL`, `ESPIPE`, `ENOTDIR` and their like.
pub trait File: Any + Send + Sync {
    /// Type, attributes and length.
    fn stat(&self) -> Result<Stat>;

    /// Type of the file, without asking the host.
    fn kind(&self) -> FileKind;

    /// Whether it was opened for reading.
    fn readable(&self) -> bool;

    /// Whether it was opened for writing.
    fn writable(&self) -> bool;

    /// Current flags.
    fn flags(&self) -> Flags {
        Flags::default()
    }

    /// Changes `APPEND` and `NONBLOCK`; others are kept as they were opened (`fcntl(2)`, `F_SETFL`).
    fn set_flags(&self, _flags: Flags) -> Result<()> {
        Ok(())
    }

    /// Reads at the offset. 0 is end of file.
    fn try_read(&self, _process: Option<&Process>, _buffer: &mut [u8]) -> Result<usize> {
        Err(Errno::BadDescriptor)
    }

    /// Writes at the offset.
    fn try_write(&self, _process: Option<&Process>, _bytes: &[u8]) -> Result<usize> {
        Err(Errno::BadDescriptor)
    }

    /// Reads at `offset` without moving the offset.
    fn read_at(&self, _buffer: &mut [u8], _offset: u64) -> Result<usize> {
        Err(Errno::IllegalSeek)
    }

    /// Writes at `offset` without moving the offset.
    fn write_at(&self, _bytes: &[u8], _offset: u64) -> Result<usize> {
        Err(Errno::IllegalSeek)
    }

    /// Moves the offset and tells the new one.
    fn seek(&self, _offset: i64, _whence: Whence) -> Result<u64> {
        Err(Errno::IllegalSeek)
    }

    /// Whether `seek` means something; a character device that cannot seek is a terminal to a guest.
    fn seekable(&self) -> bool {
        false
    }

    /// Sets the length.
    fn set_size(&self, _size: u64) -> Result<()> {
        Err(Errno::Invalid)
    }

    /// Makes sure that `offset .. offset + length` exists (`posix_fallocate(3)`).
    fn allocate(&self, _offset: u64, _length: u64) -> Result<()> {
        Err(Errno::Invalid)
    }

    /// Brings the data, and the inode unless `data_only`, to the disk.
    fn sync(&self, _data_only: bool) -> Result<()> {
        Ok(())
    }

    /// Sets time stamps.
    fn set_times(&self, _accessed: SetTime, _modified: SetTime) -> Result<()> {
        Err(Errno::Invalid)
    }

    /// Sets permission bits (`fchmod(2)`).
    fn set_mode(&self, _mode: u32) -> Result<()> {
        Err(Errno::NotPermitted)
    }

    /// What could be done now. Files are always ready.
    fn readiness(&self) -> Readiness {
        Readiness {
            readable: true,
            writable: true,
            hangup: false,
            bytes: 1,
        }
    }

    /// Resolves when `interest` is worth trying again. May wake without cause, never sleeps through
    /// one. `None`: always ready.
    fn ready(&self, _interest: Interest) -> Option<Wait<'_>> {
        None
    }

    /// Resolves when whoever opened it may go on: a FIFO is open once its other side is (`fifo(7)`). `None`: at once.
    fn opening(&self) -> Option<Wait<'_>> {
        None
    }

    /// Takes or gives back an advisory lock on the whole file (`flock(2)`), without waiting: `EAGAIN` while somebody
    /// else has one that excludes it.
    fn lock(&self, _lock: Lock) -> Result<()> {
        Err(Errno::NotSupported)
    }

    /// The directory, if it is one.
    fn as_directory(&self) -> Option<&crate::vfs::Directory> {
        None
    }

    /// The terminal, if it is one.
    fn as_tty(&self) -> Option<&std::sync::Arc<crate::tty::Tty>> {
        None
    }

    /// The connected socket, if it is one.
    fn as_stream(&self) -> Option<&crate::net::Stream> {
        None
    }

    /// The listening socket, if it is one.
    fn as_listener(&self) -> Option<&crate::net::Listener> {
        None
    }

    /// What `/proc/<pid>/fd` shows as the link's target: a guest path, or `pipe:[n]`.
    fn describe(&self) -> String;
}
