//! The host's side: the only place where a name reaches the host's file system.
//!
//! Every call takes a directory handle and a path that stays below it: [`open_below`] lets the host
//! refuse whatever leaves the handle or passes a link, the others take one single name.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, ResolveFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT,
};
use rustix::io::Errno as HostErrno;

use super::mount::Mounted;
use crate::file::{FileKind, Flags, SetTime, Stat};
use crate::limits::PATH_MAX_BYTES;
use crate::{Errno, Result};

/// Attempts at one host call that answers `EINTR` or `EAGAIN` (an `openat2` beside a rename).
const ATTEMPTS_MAX: usize = 16;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A directory handle: a mount's or an open directory's own, or one opened on the way.
pub(super) enum Handle<'a> {
    Borrowed(BorrowedFd<'a>),
    Owned(OwnedFd),
}

impl AsFd for Handle<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Borrowed(fd) => *fd,
            Self::Owned(fd) => fd.as_fd(),
        }
    }
}

/// Opens `path`, which is relative and without `..`, below `handle`.
///
/// A link anywhere on the way, or as last component unless `O_PATH` is asked for, is `ELOOP`.
/// Nothing ever waits: a FIFO or device that was put there from outside opens at once or not at all.
pub(super) fn open_below(
    handle: impl AsFd,
    path: &[u8],
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd> {
    let handle = handle.as_fd();
    let mut flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    if !flags.contains(OFlags::PATH) {
        flags |= OFlags::NONBLOCK | OFlags::NOCTTY;
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    for _ in 1..ATTEMPTS_MAX {
        match rustix::fs::openat2(handle, path, flags, mode, resolve) {
            Err(HostErrno::INTR | HostErrno::AGAIN) => {}
            done => return Ok(done?),
        }
    }
    // Whatever goes on there, it is no reason to wait for readiness.
    Err(Errno::Busy)
}

/// A handle for looking at what is at `path`: nothing is opened, a link is not followed.
pub(super) fn look_below(handle: impl AsFd, path: &[u8]) -> Result<OwnedFd> {
    open_below(handle, path, OFlags::PATH, Mode::empty())
}

/// A handle of the directory at `path`, for operations on names in it.
pub(super) fn directory_below(handle: impl AsFd, path: &[u8]) -> Result<OwnedFd> {
    open_below(
        handle,
        path,
        OFlags::PATH | OFlags::DIRECTORY,
        Mode::empty(),
    )
}

/// What a link says. `ENAMETOOLONG` for one longer than a path may be.
pub(super) fn link_target(link: &OwnedFd) -> Result<Vec<u8>> {
    let target = rustix::fs::readlinkat(link, c"", Vec::new())?.into_bytes();
    if target.len() > PATH_MAX_BYTES {
        Err(Errno::NameTooLong)
    } else {
        Ok(target)
    }
}

/// Type of what `name`, one single component, is in `parent`; `None` if there is nothing.
pub(super) fn kind_of(parent: impl AsFd, name: &[u8]) -> Result<Option<FileKind>> {
    match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(kind(&stat))),
        Err(HostErrno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Type of a file in the kernel's terms.
pub(super) fn kind(stat: &rustix::fs::Stat) -> FileKind {
    kind_of_type(FileType::from_raw_mode(stat.st_mode))
}

/// Type of a file in the kernel's terms.
pub(super) fn kind_of_type(kind: FileType) -> FileKind {
    match kind {
        FileType::RegularFile => FileKind::Regular,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::SymbolicLink,
        FileType::CharacterDevice => FileKind::CharacterDevice,
        FileType::BlockDevice => FileKind::BlockDevice,
        FileType::Socket => FileKind::SocketStream,
        FileType::Fifo | FileType::Unknown => FileKind::Unknown,
    }
}

/// Attributes as a guest sees them below `mount`.
#[allow(clippy::unnecessary_cast)] // The host's types differ from one architecture to another.
pub(super) fn guest_stat(mount: &Mounted, stat: &rustix::fs::Stat) -> Stat {
    Stat {
        device: mount.device(stat.st_dev),
        inode: stat.st_ino,
        kind: kind(stat),
        mode: stat.st_mode & mount.mode_mask(),
        links: stat.st_nlink as u64,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        accessed_ns: nanoseconds(stat.st_atime as i64, stat.st_atime_nsec as u64),
        modified_ns: nanoseconds(stat.st_mtime as i64, stat.st_mtime_nsec as u64),
        changed_ns: nanoseconds(stat.st_ctime as i64, stat.st_ctime_nsec as u64),
    }
}

/// Nanoseconds since the epoch; a time before it is the epoch.
fn nanoseconds(seconds: i64, nanos: u64) -> u64 {
    u64::try_from(seconds)
        .unwrap_or(0)
        .saturating_mul(NANOS_PER_SECOND)
        .saturating_add(nanos)
}

/// Time stamps as the host wants them.
pub(super) fn timestamps(accessed: SetTime, modified: SetTime) -> Timestamps {
    let one = |time| match time {
        SetTime::Keep => Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        SetTime::Now => Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        },
        SetTime::To(ns) => Timespec {
            tv_sec: (ns / NANOS_PER_SECOND) as i64,
            tv_nsec: (ns % NANOS_PER_SECOND) as _,
        },
    };
    Timestamps {
        last_access: one(accessed),
        last_modification: one(modified),
    }
}

/// The host's flags for a guest's descriptor flags. `NONBLOCK` has no meaning for regular files.
pub(super) fn descriptor_flags(flags: Flags) -> OFlags {
    let mut host = OFlags::empty();
    if flags.has(Flags::APPEND) {
        host |= OFlags::APPEND;
    }
    if flags.has(Flags::DSYNC) {
        host |= OFlags::DSYNC;
    }
    if flags.has(Flags::SYNC) || flags.has(Flags::RSYNC) {
        host |= OFlags::SYNC;
    }
    host
}

/// Whether two handles are of the same file.
pub(super) fn same_file(one: impl AsFd, other: impl AsFd) -> bool {
    match (rustix::fs::fstat(one), rustix::fs::fstat(other)) {
        (Ok(one), Ok(other)) => one.st_dev == other.st_dev && one.st_ino == other.st_ino,
        _ => false,
    }
}

/// Where the host says that a directory is now. Only good for a guess: it may have moved since, and
/// the text is never opened as it stands.
pub(super) fn path_hint(directory: impl AsFd) -> Option<Vec<u8>> {
    use std::os::fd::AsRawFd;
    let number = directory.as_fd().as_raw_fd();
    let link = format!("/proc/self/fd/{number}");
    Some(
        rustix::fs::readlinkat(rustix::fs::CWD, link, Vec::new())
            .ok()?
            .into_bytes(),
    )
}
