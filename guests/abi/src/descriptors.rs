//! Plain reading and writing of descriptors, the same on both backends.

use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Descriptors looked at by [`adopt_inherited`]: those a person writes as one digit.
const INHERITED_MAX: RawFd = 9;
/// The preopened `/` of a WASI program; it belongs to the C library.
#[cfg(target_os = "wasi")]
const PREOPEN: RawFd = 3;

/// Takes over what the program was started with, as pairs of number and descriptor. Only the first call
/// gets anything; nobody else may use these numbers then.
pub fn adopt_inherited() -> Vec<(RawFd, OwnedFd)> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Vec::new();
    }
    (0..=INHERITED_MAX)
        .filter(|fd| !is_preopen(*fd) && is_open(*fd))
        .map(|fd| {
            close_on_exec(fd);
            // SAFETY: it is open, and this function hands each number out once.
            (fd, unsafe { OwnedFd::from_raw_fd(fd) })
        })
        .collect()
}

#[cfg(target_os = "wasi")]
fn is_preopen(fd: RawFd) -> bool {
    fd == PREOPEN
}

#[cfg(unix)]
fn is_preopen(_: RawFd) -> bool {
    false
}

/// A program started later gets exactly the descriptors it shall have.
#[cfg(unix)]
fn close_on_exec(fd: RawFd) {
    if fd > 2 {
        // SAFETY: no pointers; it fails only for a number that is not open.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

#[cfg(target_os = "wasi")]
fn close_on_exec(_: RawFd) {}

/// Whether a number is an open descriptor.
pub fn is_open(fd: RawFd) -> bool {
    // SAFETY: no pointers.
    unsafe { libc::fcntl(fd, libc::F_GETFL) >= 0 }
}

/// The descriptor as a file for one call; never closed by it.
fn borrowed_file(fd: BorrowedFd<'_>) -> ManuallyDrop<std::fs::File> {
    // SAFETY: the descriptor is open as long as `fd` lives, which is longer than this call; ManuallyDrop
    // keeps it from being closed here.
    ManuallyDrop::new(unsafe { std::fs::File::from_raw_fd(fd.as_raw_fd()) })
}

/// Reads what is there, at least one byte; 0 at the end.
///
/// # Errors
/// `EINTR` when a caught signal arrived, and what the file gives.
pub fn read(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<usize> {
    io::Read::read(&mut &*borrowed_file(fd), buffer)
}

/// Writes some of the bytes; returns how many.
///
/// # Errors
/// `EPIPE` nobody reads, `EINTR` a caught signal arrived, and what the file gives.
pub fn write(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    io::Write::write(&mut &*borrowed_file(fd), bytes)
}

/// Moves the place where the next read begins back by some bytes.
///
/// # Errors
/// `ESPIPE` for a pipe or terminal.
pub fn rewind_by(fd: BorrowedFd<'_>, bytes: usize) -> io::Result<()> {
    let back = i64::try_from(bytes).unwrap_or(i64::MAX);
    io::Seek::seek(&mut &*borrowed_file(fd), io::SeekFrom::Current(-back)).map(drop)
}

/// Waits until a read would not block, or until time is up; true when it would not.
///
/// # Errors
/// `EINTR` when a caught signal arrived.
pub fn wait_readable(fd: BorrowedFd<'_>, timeout: Duration) -> io::Result<bool> {
    let milliseconds = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    let mut entry = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one live entry.
    match unsafe { libc::poll(&raw mut entry, 1, milliseconds) } {
        -1 => Err(io::Error::last_os_error()),
        ready => Ok(ready > 0),
    }
}

/// A duplicate of a descriptor that somebody names by its number.
///
/// # Errors
/// `EBADF`.
pub fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    if !is_open(number) {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: it is open, and nothing is closed while it is borrowed.
    crate::dup(unsafe { BorrowedFd::borrow_raw(number) }, 0)
}

/// Waits until one of two descriptors can be read, and says which can (`poll(2)`).
///
/// # Errors
/// `Interrupted` when a signal was caught; a descriptor that cannot be asked.
pub fn wait_either_readable(fds: [BorrowedFd<'_>; 2]) -> io::Result<[bool; 2]> {
    let mut entries = fds.map(|fd| libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    });
    // SAFETY: two live entries.
    match unsafe { libc::poll(entries.as_mut_ptr(), 2, -1) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(entries.map(|entry| entry.revents != 0)),
    }
}
