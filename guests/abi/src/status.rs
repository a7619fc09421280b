//! What is known about a file: `stat(2)`, with the permission bits that preview1 does not carry.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

/// The one user of a session, who owns everything in it.
#[cfg(target_os = "wasi")]
const SESSION_USER_ID: u32 = 1000;
/// Unit of [`Status::blocks`] in bytes.
pub const BLOCK_BYTES: u64 = 512;

/// Type of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FileType {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A character device, terminals among them.
    CharacterDevice,
    /// A block device.
    BlockDevice,
    /// A pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// A moment, in seconds since the epoch and nanoseconds.
pub type Time = (i64, u32);

/// What is known about a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status {
    /// Its type.
    pub file_type: FileType,
    /// Permission bits (`0o7777`).
    pub mode: u32,
    /// Hard links.
    pub links: u64,
    /// Who owns it.
    pub user: u32,
    /// Its group.
    pub group: u32,
    /// Length in bytes.
    pub size: u64,
    /// Room it takes, in units of [`BLOCK_BYTES`].
    pub blocks: u64,
    /// Serial number.
    pub inode: u64,
    /// Which file system it is on.
    pub device: u64,
    /// Last access.
    pub accessed: Time,
    /// Last change of the contents.
    pub modified: Time,
    /// Last change of what is known about it.
    pub changed: Time,
}

/// What is known about the file at a path, relative to the working directory; `follow`: of what a symbolic link leads
/// to.
///
/// # Errors
/// `ENOENT` and its like.
pub fn status(path: &[u8], follow: bool) -> io::Result<Status> {
    let c_path = CString::new(path)?;
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: the path ends in NUL; `stat` is plain data that the call fills.
    let stat = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        if libc::fstatat(libc::AT_FDCWD, c_path.as_ptr(), &raw mut stat, flags) != 0 {
            return Err(io::Error::last_os_error());
        }
        stat
    };
    Ok(from(&stat, || crate::mode(path, follow)))
}

/// The same for an open file.
///
/// # Errors
/// `EBADF`.
pub fn fd_status(fd: BorrowedFd<'_>) -> io::Result<Status> {
    // SAFETY: `stat` is plain data that the call fills.
    let stat = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        if libc::fstat(fd.as_raw_fd(), &raw mut stat) != 0 {
            return Err(io::Error::last_os_error());
        }
        stat
    };
    Ok(from(&stat, || crate::fd_mode(fd)))
}

#[allow(
    clippy::unnecessary_cast,
    reason = "the types differ from one platform to the other"
)]
fn from(stat: &libc::stat, mode: impl FnOnce() -> io::Result<u32>) -> Status {
    let file_type = match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG => FileType::Regular,
        libc::S_IFDIR => FileType::Directory,
        libc::S_IFLNK => FileType::Link,
        libc::S_IFBLK => FileType::BlockDevice,
        #[cfg(unix)]
        libc::S_IFSOCK => FileType::Socket,
        #[cfg(unix)]
        libc::S_IFIFO => FileType::Fifo,
        libc::S_IFCHR => FileType::CharacterDevice,
        // preview1 has no number for a pipe.
        _ => FileType::Fifo,
    };
    let size = u64::try_from(stat.st_size).unwrap_or(0);
    #[cfg(unix)]
    let (user, group, blocks) = (
        stat.st_uid,
        stat.st_gid,
        u64::try_from(stat.st_blocks).unwrap_or(0),
    );
    #[cfg(target_os = "wasi")]
    let (user, group, blocks) = (
        SESSION_USER_ID,
        SESSION_USER_ID,
        // Whole pages, as nearly every file system has it.
        size.div_ceil(8 * BLOCK_BYTES) * 8,
    );
    #[allow(
        clippy::unnecessary_cast,
        reason = "nlink_t and others are narrower on some machines"
    )]
    Status {
        file_type,
        // A link has no permissions of its own, whatever a read-only mount makes of them.
        mode: match file_type {
            FileType::Link => 0o777,
            _ => mode().unwrap_or(0),
        },
        links: stat.st_nlink as u64,
        user,
        group,
        size,
        blocks,
        inode: stat.st_ino as u64,
        device: stat.st_dev as u64,
        #[cfg(unix)]
        accessed: (stat.st_atime, stat.st_atime_nsec as u32),
        #[cfg(unix)]
        modified: (stat.st_mtime, stat.st_mtime_nsec as u32),
        #[cfg(unix)]
        changed: (stat.st_ctime, stat.st_ctime_nsec as u32),
        #[cfg(target_os = "wasi")]
        accessed: (stat.st_atim.tv_sec as i64, stat.st_atim.tv_nsec as u32),
        #[cfg(target_os = "wasi")]
        modified: (stat.st_mtim.tv_sec as i64, stat.st_mtim.tv_nsec as u32),
        #[cfg(target_os = "wasi")]
        changed: (stat.st_ctim.tv_sec as i64, stat.st_ctim.tv_nsec as u32),
    }
}

/// Makes a symbolic link at `path` that says `target`.
///
/// # Errors
/// `EEXIST` and its like.
pub fn symlink(target: &[u8], path: &[u8]) -> io::Result<()> {
    let (target, path) = (CString::new(target)?, CString::new(path)?);
    // SAFETY: both end in NUL and are only read.
    match unsafe { libc::symlink(target.as_ptr(), path.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sets when the file at a path was accessed and modified last; `follow`: the one that a symbolic link leads to.
///
/// # Errors
/// `ENOENT`, `EACCES` and their like.
pub fn set_times(path: &[u8], follow: bool, accessed: Time, modified: Time) -> io::Result<()> {
    let path = CString::new(path)?;
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let times = [timespec(accessed), timespec(modified)];
    // SAFETY: the path ends in NUL; both are only read.
    match unsafe { libc::utimensat(libc::AT_FDCWD, path.as_ptr(), times.as_ptr(), flags) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[allow(
    clippy::unnecessary_cast,
    reason = "the types differ from one platform to the other"
)]
fn timespec((seconds, nanoseconds): Time) -> libc::timespec {
    // SAFETY: plain data; some platforms have more fields than these two.
    let mut spec: libc::timespec = unsafe { std::mem::zeroed() };
    spec.tv_sec = seconds as libc::time_t;
    spec.tv_nsec = nanoseconds as _;
    spec
}
