//! The backend in a session: the imports of the module `berth`.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::wasi::ffi::OsStringExt;
use std::time::Duration;

use crate::imports::{self, DescriptorPair, WaitResult};
use crate::{
    ApplyWhen, Group, Limit, Lock, Pid, Resource, Signal, SignalAction, SignalSet, Space,
    SpawnRequest, TerminalAttributes, TlsError, TlsOptions, WaitOptions, WaitStatus, WindowSize,
};

/// First guess of a working directory's length.
const CWD_GUESS_BYTES: usize = 512;
/// Sent to a process in the background that changes the terminal.
const SIGTTOU: Signal = 22;

/// 0 is success, all else a preview1 errno.
fn check(errno: i32) -> io::Result<()> {
    if errno == 0 {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(errno))
    }
}

/// Tells the C library where this process is: it believes it starts in `/`. To be called first in `main`.
///
/// # Errors
/// When the working directory is gone.
pub fn init() -> io::Result<()> {
    std::env::set_current_dir(OsString::from_vec(getcwd()?))
}

/// The working directory, as the kernel knows it: absolute, without symbolic links.
///
/// # Errors
/// `ENOENT` when it was removed.
pub fn getcwd() -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; CWD_GUESS_BYTES];
    loop {
        let mut length = 0;
        // SAFETY: the buffer is writable for the length given with it, and the kernel writes no more.
        let errno = unsafe { imports::getcwd(buffer.as_mut_ptr(), buffer.len(), &raw mut length) };
        if length > buffer.len() {
            buffer.resize(length, 0);
            continue;
        }
        check(errno)?;
        buffer.truncate(length);
        return Ok(buffer);
    }
}

/// Changes the working directory, for the kernel and for the C library.
///
/// # Errors
/// `ENOENT`, `ENOTDIR`, `EACCES` and the like.
pub fn chdir(path: &[u8]) -> io::Result<()> {
    // SAFETY: pointer and length are those of one live slice, which the kernel only reads.
    check(unsafe { imports::chdir(path.as_ptr(), path.len()) })?;
    init()
}

/// Starts a program.
///
/// # Errors
/// `ENOENT` no such file; `EACCES` not a regular file; `ENOEXEC` neither a module nor `#!`; `EAGAIN` too
/// many processes; `E2BIG` arguments and environment too long.
pub fn spawn(request: &SpawnRequest<'_>) -> io::Result<Pid> {
    let arguments = joined(request.arguments);
    let environment = joined(request.environment);
    let descriptors = pairs(request.descriptors);
    let flags = if request.foreground {
        imports::FLAG_FOREGROUND
    } else {
        0
    };
    let mut pid = 0;
    // SAFETY: every pointer is that of a live slice and comes with its length (a count for the descriptors,
    // whose layout is `repr(C)`); the kernel only reads them, and writes one u32 to `pid`.
    check(unsafe {
        imports::spawn(
            request.program.as_ptr(),
            request.program.len(),
            arguments.as_ptr(),
            arguments.len(),
            environment.as_ptr(),
            environment.len(),
            std::ptr::null(),
            0,
            descriptors.as_ptr(),
            descriptors.len(),
            request.group.encode(),
            flags,
            &raw mut pid,
        )
    })?;
    Ok(pid as Pid)
}

/// Becomes another program, with the number, parent, group, directory and ignored signals of this process. It gets the
/// descriptors of the pairs (its own, the caller's) and no others. Comes back only when it failed, and nothing has
/// changed then.
///
/// # Errors
/// As for [`spawn`], and `EINTR` when a caught signal arrived.
pub fn exec(
    program: &[u8],
    arguments: &[Vec<u8>],
    environment: &[Vec<u8>],
    descriptors: &[(RawFd, RawFd)],
) -> io::Error {
    let arguments = joined(arguments);
    let environment = joined(environment);
    let descriptors = pairs(descriptors);
    // SAFETY: every pointer is that of a live slice and comes with its length (a count for the descriptors,
    // whose layout is `repr(C)`); the kernel only reads them.
    let errno = unsafe {
        imports::exec(
            program.as_ptr(),
            program.len(),
            arguments.as_ptr(),
            arguments.len(),
            environment.as_ptr(),
            environment.len(),
            descriptors.as_ptr(),
            descriptors.len(),
        )
    };
    io::Error::from_raw_os_error(errno)
}

fn pairs(descriptors: &[(RawFd, RawFd)]) -> Vec<DescriptorPair> {
    descriptors
        .iter()
        .map(|(child, parent)| DescriptorPair {
            child: *child as u32,
            parent: *parent as u32,
        })
        .collect()
}

/// Each string followed by NUL, one after the other.
fn joined(strings: &[Vec<u8>]) -> Vec<u8> {
    let mut all = Vec::with_capacity(strings.iter().map(|string| string.len() + 1).sum());
    for string in strings {
        all.extend_from_slice(string);
        all.push(0);
    }
    all
}

/// Runs `body` in a new process that is a copy of this one, and exits it with the status `body` returns.
///
/// The copy has this process's memory and descriptors as they are now; it never returns into the caller's
/// frames. Values moved into `body` are dropped here and live on in the child.
///
/// # Errors
/// `EAGAIN` too many processes.
pub fn fork<F: FnOnce() -> i32>(group: Group, foreground: bool, body: F) -> io::Result<Pid> {
    /// What the child runs: takes the box over and never comes back.
    extern "C" fn run<F: FnOnce() -> i32>(argument: *mut u8) {
        // SAFETY: `argument` is the box made below; this is the child's copy of it, used once.
        let body = unsafe { Box::from_raw(argument.cast::<F>()) };
        std::process::exit(body());
    }
    let argument = Box::into_raw(Box::new(body));
    let entry = run::<F> as extern "C" fn(*mut u8) as usize;
    let flags = if foreground {
        imports::FLAG_FOREGROUND
    } else {
        0
    };
    let mut pid = 0;
    // SAFETY: the kernel calls `berth_fork_entry(entry, argument)` in the child only, where both are valid
    // because its memory and table are copies of ours; here it writes one u32 to `pid`.
    let result = check(unsafe {
        imports::fork(entry, argument.cast(), group.encode(), flags, &raw mut pid)
    });
    // SAFETY: made by `Box::into_raw` above; the parent's copy was not used by anybody else.
    drop(unsafe { Box::from_raw(argument) });
    result.map(|()| pid as Pid)
}

/// Where the kernel enters a forked child.
#[unsafe(no_mangle)]
extern "C" fn berth_fork_entry(entry: usize, argument: *mut u8) {
    // SAFETY: `entry` is the address `fork` gave, of a function with exactly this signature; a function
    // pointer is its index in the module's table, which is the same in the child.
    let run = unsafe { std::mem::transmute::<usize, extern "C" fn(*mut u8)>(entry) };
    run(argument);
}

/// Waits for a child to change. `None` when `no_hang` is set and nothing happened.
///
/// `target` is as for `waitpid(2)`: a pid, 0 for the own group, -1 for all, `-group`.
///
/// # Errors
/// `ECHILD` no such child, `EINTR` a caught signal arrived.
pub fn wait(target: i32, options: WaitOptions) -> io::Result<Option<(Pid, WaitStatus)>> {
    let mut bits = 0;
    if options.no_hang {
        bits |= imports::WAIT_NO_HANG;
    }
    if options.stopped {
        bits |= imports::WAIT_STOPPED;
    }
    if options.continued {
        bits |= imports::WAIT_CONTINUED;
    }
    let mut result = WaitResult::default();
    // SAFETY: the kernel writes one `WaitResult`, whose layout is `repr(C)`.
    check(unsafe { imports::wait(target, bits, &raw mut result) })?;
    if result.pid == 0 {
        return Ok(None);
    }
    let value = result.value as u8;
    let status = match result.kind {
        0 => WaitStatus::Exited(value),
        1 => WaitStatus::Signalled(value),
        2 => WaitStatus::Stopped(value),
        _ => WaitStatus::Continued,
    };
    Ok(Some((result.pid as Pid, status)))
}

/// Sends a signal as `kill(2)` does; signal 0 only asks whether it could be sent.
///
/// # Errors
/// `ESRCH` nobody there, `EINVAL` no such signal.
pub fn kill(target: i32, signal: Signal) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { imports::kill(target, u32::from(signal)) })
}

/// Makes a pipe: the end to read, the end to write.
///
/// # Errors
/// `EMFILE` too many descriptors.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (mut read, mut write) = (0, 0);
    // SAFETY: the kernel writes one u32 to each.
    check(unsafe { imports::pipe(&raw mut read, &raw mut write) })?;
    // SAFETY: both were just made for us and nobody else owns them.
    Ok(unsafe {
        (
            OwnedFd::from_raw_fd(read as RawFd),
            OwnedFd::from_raw_fd(write as RawFd),
        )
    })
}

/// A new descriptor, not below `minimum`, for the same open file.
///
/// # Errors
/// `EBADF`, `EMFILE`.
pub fn dup(fd: BorrowedFd<'_>, minimum: RawFd) -> io::Result<OwnedFd> {
    let mut new = 0;
    // SAFETY: the kernel writes one u32.
    check(unsafe { imports::dup(fd.as_raw_fd() as u32, minimum as u32, &raw mut new) })?;
    // SAFETY: just made for us and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(new as RawFd) })
}

/// Makes `target` another name of the open file of `fd`; what was open there is closed.
///
/// # Errors
/// `EBADF`.
pub fn dup_to(fd: BorrowedFd<'_>, target: RawFd) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { imports::dup_to(fd.as_raw_fd() as u32, target as u32) })
}

/// Own process id.
pub fn getpid() -> Pid {
    // SAFETY: no arguments, cannot fail.
    unsafe { imports::getpid() as Pid }
}

/// Process id of the parent.
pub fn getppid() -> Pid {
    // SAFETY: no arguments, cannot fail.
    unsafe { imports::getppid() as Pid }
}

/// Process group of a process, 0 for the own one.
///
/// # Errors
/// `ESRCH`.
pub fn getpgid(pid: Pid) -> io::Result<Pid> {
    let mut group = 0;
    // SAFETY: the kernel writes one u32.
    check(unsafe { imports::getpgid(pid as u32, &raw mut group) })?;
    Ok(group as Pid)
}

/// Moves a process to a group; 0 as `pid` is the caller, 0 as `group` a new one led by it.
///
/// # Errors
/// `ESRCH`, `EPERM`.
pub fn setpgid(pid: Pid, group: Pid) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { imports::setpgid(pid as u32, group as u32) })
}

/// Attributes of the terminal behind a descriptor.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn tty_attributes(fd: BorrowedFd<'_>) -> io::Result<TerminalAttributes> {
    let mut attributes = TerminalAttributes {
        input: 0,
        output: 0,
        control: 0,
        local: 0,
        control_characters: [0; 32],
    };
    // SAFETY: the kernel writes one `TerminalAttributes`, whose layout is `repr(C)`.
    check(unsafe { imports::tty_get_attributes(fd.as_raw_fd() as u32, &raw mut attributes) })?;
    Ok(attributes)
}

/// Changes them.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn set_tty_attributes(
    fd: BorrowedFd<'_>,
    attributes: &TerminalAttributes,
    when: ApplyWhen,
) -> io::Result<()> {
    let when = match when {
        ApplyWhen::Now => 0,
        ApplyWhen::Drained => 1,
        ApplyWhen::Flushed => 2,
    };
    without_background_stop(|| {
        // SAFETY: the kernel reads one `TerminalAttributes`, whose layout is `repr(C)`.
        check(unsafe { imports::tty_set_attributes(fd.as_raw_fd() as u32, attributes, when) })
    })
}

/// Size of the terminal behind a descriptor.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn tty_window_size(fd: BorrowedFd<'_>) -> io::Result<WindowSize> {
    let mut size = WindowSize {
        rows: 0,
        columns: 0,
    };
    // SAFETY: the kernel writes one `WindowSize`, whose layout is `repr(C)`.
    check(unsafe { imports::tty_get_winsize(fd.as_raw_fd() as u32, &raw mut size) })?;
    Ok(size)
}

/// Changes it.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn set_tty_window_size(fd: BorrowedFd<'_>, size: WindowSize) -> io::Result<()> {
    // SAFETY: the kernel reads one `WindowSize`, whose layout is `repr(C)`.
    check(unsafe { imports::tty_set_winsize(fd.as_raw_fd() as u32, &raw const size) })
}

/// The terminal's foreground group.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn tty_foreground(fd: BorrowedFd<'_>) -> io::Result<Pid> {
    let mut group = 0;
    // SAFETY: the kernel writes one u32.
    check(unsafe { imports::tty_get_foreground(fd.as_raw_fd() as u32, &raw mut group) })?;
    Ok(group as Pid)
}

/// Changes it.
///
/// # Errors
/// `ENOTTY` not a terminal, `EPERM` no such group in this session.
pub fn set_tty_foreground(fd: BorrowedFd<'_>, group: Pid) -> io::Result<()> {
    without_background_stop(|| {
        // SAFETY: no pointers.
        check(unsafe { imports::tty_set_foreground(fd.as_raw_fd() as u32, group as u32) })
    })
}

/// With `SIGTTOU` ignored, so that a shell in the background can take its terminal back. The door has no mask of
/// blocked signals; nothing else runs in this process meanwhile.
fn without_background_stop<T>(call: impl FnOnce() -> T) -> T {
    let before = set_signal_action(SIGTTOU, SignalAction::Ignore);
    let result = call();
    if let Ok(before) = before {
        let _ = set_signal_action(SIGTTOU, before);
    }
    result
}

/// Says what a signal shall do; returns what it did.
///
/// # Errors
/// `EINVAL` for a number that is none and for `SIGKILL` and `SIGSTOP`.
pub fn set_signal_action(signal: Signal, action: SignalAction) -> io::Result<SignalAction> {
    let code = match action {
        SignalAction::Default => 0,
        SignalAction::Ignore => 1,
        SignalAction::Catch => 2,
    };
    let mut previous = 0;
    // SAFETY: the kernel writes one u32.
    check(unsafe { imports::signal_action(u32::from(signal), code, &raw mut previous) })?;
    Ok(match previous {
        1 => SignalAction::Ignore,
        2 => SignalAction::Catch,
        _ => SignalAction::Default,
    })
}

/// The signals that are ignored.
pub fn ignored_signals() -> SignalSet {
    let mut bits = 0;
    // SAFETY: the kernel writes one u64. It cannot fail; if it did, the set stays empty.
    unsafe { imports::signal_ignored(&raw mut bits) };
    SignalSet(bits)
}

/// A limit of this process.
///
/// # Errors
/// None here; the host's call could fail.
pub fn limit(resource: Resource) -> io::Result<Limit> {
    let mut pair = [0; 2];
    // SAFETY: the kernel writes two u64.
    check(unsafe { imports::limit_get(resource as u32, &raw mut pair) })?;
    Ok(Limit {
        soft: pair[0],
        hard: pair[1],
    })
}

/// Changes it, for the children to come as well.
///
/// # Errors
/// `EPERM` when the hard limit would rise, `EINVAL` when the soft one is above it.
pub fn set_limit(resource: Resource, limit: Limit) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { imports::limit_set(resource as u32, limit.soft, limit.hard) })
}

/// The caught signals that arrived since the last call.
pub fn take_signals() -> SignalSet {
    let mut bits = 0;
    // SAFETY: the kernel writes one u64. It cannot fail; if it did, the set stays empty.
    unsafe { imports::signal_take(&raw mut bits) };
    SignalSet(bits)
}

/// Sets the file mode creation mask; returns the one before.
pub fn umask(mask: u32) -> u32 {
    let mut previous = 0;
    // SAFETY: the kernel writes one u32.
    unsafe { imports::umask(mask, &raw mut previous) };
    previous
}

/// Permission bits (`0o7777`) of what is at a path, relative to the working directory; `follow`: of what a symbolic
/// link leads to.
///
/// # Errors
/// `ENOENT` and its like.
pub fn mode(path: &[u8], follow: bool) -> io::Result<u32> {
    let mut mode = 0;
    // SAFETY: pointer and length are those of one live slice; the kernel writes one u32.
    check(unsafe {
        imports::path_get_mode(path.as_ptr(), path.len(), u32::from(follow), &raw mut mode)
    })?;
    Ok(mode)
}

/// Changes them.
///
/// # Errors
/// `EROFS` on a read-only mount, `EPERM` for a mount point, `ENOENT` and its like.
pub fn set_mode(path: &[u8], follow: bool, mode: u32) -> io::Result<()> {
    // SAFETY: pointer and length are those of one live slice, which the kernel only reads.
    check(unsafe { imports::path_set_mode(path.as_ptr(), path.len(), u32::from(follow), mode) })
}

/// Makes a named pipe (`mkfifo(3)`).
///
/// # Errors
/// `EEXIST`, `EROFS` on a read-only mount, `ENOENT` and its like.
pub fn make_fifo(path: &[u8], mode: u32) -> io::Result<()> {
    // SAFETY: pointer and length are those of one live slice, which the kernel only reads.
    check(unsafe { imports::path_create_fifo(path.as_ptr(), path.len(), mode) })
}

/// Takes or gives back a lock on a whole file (`flock(2)`).
///
/// # Errors
/// `WouldBlock` when somebody else has it and nobody wants to wait, `EINTR`, `ENOTSUP` for what is no regular file.
pub fn lock_file(fd: BorrowedFd<'_>, lock: Lock, wait: bool) -> io::Result<()> {
    let operation = lock.operation(wait);
    // SAFETY: no pointers.
    check(unsafe { imports::fd_lock(fd.as_raw_fd() as u32, operation) })
}

/// Permission bits (`0o7777`) of an open file.
///
/// # Errors
/// `EBADF`.
pub fn fd_mode(fd: BorrowedFd<'_>) -> io::Result<u32> {
    let mut mode = 0;
    // SAFETY: the kernel writes one u32.
    check(unsafe { imports::fd_get_mode(fd.as_raw_fd() as u32, &raw mut mode) })?;
    Ok(mode)
}

/// Changes them.
///
/// # Errors
/// As [`set_mode`].
pub fn set_fd_mode(fd: BorrowedFd<'_>, mode: u32) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { imports::fd_set_mode(fd.as_raw_fd() as u32, mode) })
}

/// How much room the file system of a path has.
///
/// # Errors
/// `ENOENT` and its like.
pub fn space(path: &[u8]) -> io::Result<Space> {
    let mut numbers = [0; 4];
    // SAFETY: pointer and length are those of one live slice; the kernel writes four u64.
    check(unsafe { imports::path_get_space(path.as_ptr(), path.len(), &raw mut numbers) })?;
    let [bytes_limit, bytes_used, names_limit, names_used] = numbers;
    Ok(Space {
        bytes_limit,
        bytes_used,
        names_limit,
        names_used,
    })
}

/// Connects to a host; see [`crate::Connection::open`].
pub fn tcp_connect(host: &str, port: u16, timeout: Option<Duration>) -> io::Result<OwnedFd> {
    let timeout_ms = timeout.map_or(0, |timeout| {
        u32::try_from(timeout.as_millis())
            .unwrap_or(u32::MAX)
            .max(1)
    });
    let mut fd = 0;
    // SAFETY: the pointers are to live values, with their lengths.
    check(unsafe {
        imports::tcp_connect(
            host.as_ptr(),
            host.len(),
            port.into(),
            timeout_ms,
            &raw mut fd,
        )
    })?;
    // SAFETY: the kernel has just made it, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Longest text of an address or a failure.
const TEXT_BYTES: usize = 1024;

/// The address of a connection's other side.
pub fn peer_address(fd: BorrowedFd<'_>) -> io::Result<String> {
    let mut text = [0; TEXT_BYTES];
    let mut length = 0;
    // SAFETY: the pointers are to live values, with their lengths.
    check(unsafe {
        imports::socket_address(
            fd.as_raw_fd() as u32,
            1,
            text.as_mut_ptr(),
            text.len(),
            &raw mut length,
        )
    })?;
    Ok(shown(&text, length))
}

/// The text that was written, of which `length` is the whole.
fn shown(text: &[u8], length: u32) -> String {
    String::from_utf8_lossy(&text[..text.len().min(length as usize)]).into_owned()
}

/// The host's TLS engine for one connection.
#[derive(Debug)]
pub struct TlsEngine(u32);

impl TlsEngine {
    /// An engine for a connection to `host`.
    pub fn open(host: &str, options: &TlsOptions) -> io::Result<Self> {
        let mut number = 0;
        // SAFETY: the pointers are to live values, with their lengths.
        check(unsafe {
            imports::tls_open(
                host.as_ptr(),
                host.len(),
                options.any_certificate.into(),
                options.roots.as_ptr(),
                options.roots.len(),
                std::ptr::null(),
                0,
                &raw mut number,
            )
        })?;
        Ok(Self(number))
    }

    /// Whether the handshake is under way.
    pub fn is_handshaking(&self) -> io::Result<bool> {
        let mut state = [0; 2];
        // SAFETY: the pointer is to a live value.
        check(unsafe { imports::tls_state(self.0, &raw mut state) })?;
        Ok(state[0] & 1 != 0)
    }

    /// Hands over what the other side sent.
    pub fn receive(&self, bytes: &[u8]) -> io::Result<()> {
        // SAFETY: the pointer is to live bytes of that length.
        check(unsafe { imports::tls_receive(self.0, bytes.as_ptr(), bytes.len()) })
    }

    /// Takes what the other side shall get.
    pub fn send(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        // SAFETY: the pointers are to live values, with their lengths.
        check(unsafe {
            imports::tls_send(self.0, buffer.as_mut_ptr(), buffer.len(), &raw mut count)
        })?;
        Ok(count as usize)
    }

    /// Reads plaintext.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        // SAFETY: the pointers are to live values, with their lengths.
        check(unsafe {
            imports::tls_read(self.0, buffer.as_mut_ptr(), buffer.len(), &raw mut count)
        })?;
        Ok(count as usize)
    }

    /// Writes plaintext.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut count = 0;
        // SAFETY: the pointers are to live values, with their lengths.
        check(unsafe { imports::tls_write(self.0, bytes.as_ptr(), bytes.len(), &raw mut count) })?;
        Ok(count as usize)
    }

    /// Version, cipher suite and protocol, a line each.
    pub fn describe(&self) -> io::Result<String> {
        let mut text = [0; TEXT_BYTES];
        let mut length = 0;
        // SAFETY: the pointers are to live values, with their lengths.
        check(unsafe {
            imports::tls_describe(self.0, text.as_mut_ptr(), text.len(), &raw mut length)
        })?;
        Ok(shown(&text, length))
    }

    /// Why it failed.
    pub fn failure(&self) -> TlsError {
        let mut text = [0; TEXT_BYTES];
        let mut found = [0; 2];
        // SAFETY: the pointers are to live values, with their lengths.
        let asked = check(unsafe {
            imports::tls_failure(self.0, text.as_mut_ptr(), text.len(), &raw mut found)
        });
        match (asked, found) {
            (Err(error), _) => error.into(),
            (Ok(()), [0, length]) => TlsError::Protocol(shown(&text, length)),
            (Ok(()), [code, length]) => TlsError::Certificate(code, shown(&text, length)),
        }
    }
}

impl Drop for TlsEngine {
    fn drop(&mut self) {
        // SAFETY: no pointers.
        unsafe { imports::tls_close(self.0) };
    }
}
