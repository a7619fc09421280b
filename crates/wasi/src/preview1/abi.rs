//! Layouts and bits of preview1 (`wasi_snapshot_preview1.witx`).

use berth_kernel::file::{File, FileKind, Flags, SetTime, Stat};
use berth_kernel::{Errno, Result};

/// `lookupflags::symlink_follow`.
pub const LOOKUP_FOLLOW: u32 = 1;

/// `rights`: what a descriptor may be used for.
pub mod rights {
    #![allow(missing_docs, reason = "the names are the witx file's")]
    pub const FD_DATASYNC: u64 = 1;
    pub const FD_READ: u64 = 1 << 1;
    pub const FD_SEEK: u64 = 1 << 2;
    pub const FD_FDSTAT_SET_FLAGS: u64 = 1 << 3;
    pub const FD_SYNC: u64 = 1 << 4;
    pub const FD_TELL: u64 = 1 << 5;
    pub const FD_WRITE: u64 = 1 << 6;
    pub const FD_ADVISE: u64 = 1 << 7;
    pub const FD_ALLOCATE: u64 = 1 << 8;
    pub const FD_READDIR: u64 = 1 << 14;
    /// `path_create_directory` up to `path_filestat_set_times` without `path_filestat_set_size`, which no
    /// function takes, and the three path rights above.
    pub const PATHS: u64 = 0x37_be00 | 1 << 24 | 1 << 25 | 1 << 26;
    pub const FD_FILESTAT_GET: u64 = 1 << 21;
    pub const FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
    pub const FD_FILESTAT_SET_TIMES: u64 = 1 << 23;
    pub const POLL_FD_READWRITE: u64 = 1 << 27;
    /// Everything but sockets'.
    pub const ALL: u64 = (1 << 28) - 1;
}

/// The rights a descriptor on `file` has, and those that files opened through it may have.
pub fn rights_of(file: &dyn File) -> (u64, u64) {
    use rights::{
        FD_ADVISE, FD_ALLOCATE, FD_DATASYNC, FD_FDSTAT_SET_FLAGS, FD_FILESTAT_GET,
        FD_FILESTAT_SET_SIZE, FD_FILESTAT_SET_TIMES, FD_READ, FD_READDIR, FD_SEEK, FD_SYNC,
        FD_TELL, FD_WRITE, PATHS, POLL_FD_READWRITE,
    };
    let always =
        FD_FDSTAT_SET_FLAGS | FD_SYNC | FD_FILESTAT_GET | FD_FILESTAT_SET_TIMES | FD_DATASYNC;
    if file.kind() == FileKind::Directory {
        return (always | PATHS | FD_READDIR, rights::ALL);
    }
    let mut base = always | POLL_FD_READWRITE;
    if file.readable() {
        base |= FD_READ;
    }
    if file.writable() {
        base |= FD_WRITE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE;
    }
    if file.seekable() {
        base |= FD_SEEK | FD_TELL | FD_ADVISE;
    }
    (base, 0)
}

/// Bytes of a `filestat`.
pub const FILESTAT_BYTES: usize = 64;

/// A `filestat`.
pub fn filestat(stat: &Stat) -> [u8; FILESTAT_BYTES] {
    let mut out = [0; FILESTAT_BYTES];
    let mut put = |at: usize, value: u64| out[at..at + 8].copy_from_slice(&value.to_le_bytes());
    put(0, stat.device);
    put(8, stat.inode);
    put(16, stat.kind as u64);
    put(24, stat.links);
    put(32, stat.size);
    put(40, stat.accessed_ns);
    put(48, stat.modified_ns);
    put(56, stat.changed_ns);
    out
}

/// Bytes of a `dirent`, without the name behind it.
pub const DIRENT_BYTES: usize = 24;

/// A `dirent`.
pub fn dirent(
    next_cookie: u64,
    inode: u64,
    name_length: usize,
    kind: FileKind,
) -> [u8; DIRENT_BYTES] {
    let mut out = [0; DIRENT_BYTES];
    out[..8].copy_from_slice(&next_cookie.to_le_bytes());
    out[8..16].copy_from_slice(&inode.to_le_bytes());
    out[16..20].copy_from_slice(&(name_length as u32).to_le_bytes());
    out[20] = kind as u8;
    out
}

/// `fdflags`, or `EINVAL` for bits that there are not.
pub fn fdflags(raw: u32) -> Result<Flags> {
    u16::try_from(raw)
        .ok()
        .filter(|&bits| bits < 32)
        .map(Flags)
        .ok_or(Errno::Invalid)
}

/// `fstflags`: which times to set, and to what.
pub fn set_times(accessed: u64, modified: u64, flags: u32) -> Result<(SetTime, SetTime)> {
    let one = |time: u64, to: u32, now: u32| match (flags & to != 0, flags & now != 0) {
        (true, true) => Err(Errno::Invalid),
        (true, false) => Ok(SetTime::To(time)),
        (false, true) => Ok(SetTime::Now),
        (false, false) => Ok(SetTime::Keep),
    };
    if flags >= 16 {
        return Err(Errno::Invalid);
    }
    Ok((one(accessed, 1, 2)?, one(modified, 4, 8)?))
}

/// Preview1's signal numbers are Linux's without 16 (`SIGSTKFLT`).
pub fn signal(raw: u32) -> Option<u32> {
    match raw {
        0..=15 => Some(raw),
        16..=30 => Some(raw + 1),
        _ => None,
    }
}
