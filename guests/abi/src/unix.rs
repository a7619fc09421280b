//! The backend on the development machine: the same functions over the host's own calls.
//!
//! Its one purpose is to run and test a guest natively, beside the programs it imitates. It serves a
//! program with one thread, as guests are.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{
    ApplyWhen, Group, Limit, Lock, Pid, Resource, Signal, SignalAction, SignalSet, Space,
    SpawnRequest, TerminalAttributes, WaitOptions, WaitStatus, WindowSize,
};

/// Caught signals not taken yet, as bits.
static PENDING: AtomicU64 = AtomicU64::new(0);
/// Exit status of a child whose program could not be started; the caller learns the errno by a pipe.
const EXEC_FAILED_STATUS: i32 = 127;
/// The lowest descriptor used while a child's descriptors are moved into place.
const SCRATCH_DESCRIPTOR_MIN: RawFd = 100;

/// -1 is failure with `errno`, all else success.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

/// Makes a write that nobody reads end this process again: Rust's runtime has turned that off.
///
/// # Errors
/// Never.
pub fn init() -> io::Result<()> {
    // SAFETY: no handler, only the default action.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    Ok(())
}

/// The working directory.
///
/// # Errors
/// `ENOENT` when it was removed.
pub fn getcwd() -> io::Result<Vec<u8>> {
    Ok(std::env::current_dir()?.into_os_string().into_vec())
}

/// Changes the working directory.
///
/// # Errors
/// `ENOENT`, `ENOTDIR`, `EACCES` and the like.
pub fn chdir(path: &[u8]) -> io::Result<()> {
    std::env::set_current_dir(std::ffi::OsString::from_vec(path.to_vec()))
}

fn c_strings(strings: &[Vec<u8>]) -> io::Result<Vec<CString>> {
    strings
        .iter()
        .map(|string| Ok(CString::new(string.as_slice())?))
        .collect()
}

fn null_terminated(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings
        .iter()
        .map(|string| string.as_ptr())
        .chain([std::ptr::null()])
        .collect()
}

/// Starts a program.
///
/// # Errors
/// What `execve(2)` gives.
pub fn spawn(request: &SpawnRequest<'_>) -> io::Result<Pid> {
    let program = CString::new(request.program)?;
    let arguments = c_strings(request.arguments)?;
    let arguments = null_terminated(&arguments);
    let environment = c_strings(request.environment)?;
    let environment = null_terminated(&environment);
    let (mut error_read, error_write) = pipe()?;
    let pid = fork(request.group, request.foreground, || {
        let error =
            place_descriptors(request.descriptors, Some(error_write.as_raw_fd())).map(|error_fd| {
                default_caught_signals();
                // SAFETY: all three are NUL-terminated and live; on success it does not return.
                unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
                (error_fd, io::Error::last_os_error())
            });
        let (moved, error) = match error {
            Ok(pair) => pair,
            Err(error) => (None, error),
        };
        let error_fd = moved.as_ref().unwrap_or(&error_write).as_raw_fd();
        let code = error.raw_os_error().unwrap_or(libc::EIO).to_ne_bytes();
        // SAFETY: the buffer is live for its length.
        unsafe { libc::write(error_fd, code.as_ptr().cast(), code.len()) };
        EXEC_FAILED_STATUS
    })?;
    drop(error_write);
    match read_errno(&mut error_read) {
        None => Ok(pid),
        Some(errno) => {
            // SAFETY: a null status pointer is allowed; this child is ours and has ended.
            unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
            Err(io::Error::from_raw_os_error(errno))
        }
    }
}

/// Becomes another program. It gets the descriptors of the pairs (its own, the caller's) and no others; comes back only
/// when it failed, and nothing has changed then.
///
/// # Errors
/// What `execve(2)` gives.
pub fn exec(
    program: &[u8],
    arguments: &[Vec<u8>],
    environment: &[Vec<u8>],
    descriptors: &[(RawFd, RawFd)],
) -> io::Error {
    let ready = || -> io::Result<_> {
        let program = CString::new(program)?;
        let (arguments, environment) = (c_strings(arguments)?, c_strings(environment)?);
        let before = Places::remember(descriptors)?;
        Ok((program, arguments, environment, before))
    };
    let (program, arguments, environment, before) = match ready() {
        Ok(ready) => ready,
        Err(error) => return error,
    };
    let error = match place_descriptors(descriptors, None) {
        Ok(_) => {
            let (arguments, environment) =
                (null_terminated(&arguments), null_terminated(&environment));
            // SAFETY: all three are NUL-terminated and live; on success it does not return.
            unsafe { libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
            io::Error::last_os_error()
        }
        Err(error) => error,
    };
    before.put_back();
    error
}

/// What was open under the numbers that a new program is given, should it not start.
struct Places(Vec<(RawFd, Option<(OwnedFd, libc::c_int)>)>);

impl Places {
    fn remember(wanted: &[(RawFd, RawFd)]) -> io::Result<Self> {
        let numbers: BTreeSet<RawFd> = (0..3).chain(wanted.iter().map(|pair| pair.0)).collect();
        let mut places = Vec::with_capacity(numbers.len());
        for number in numbers {
            // SAFETY: no pointers.
            let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
            let copy = match flags {
                -1 => None,
                flags => {
                    let copy = dup_raw(number, SCRATCH_DESCRIPTOR_MIN)?;
                    // SAFETY: just made for us and nobody else owns it.
                    Some((unsafe { OwnedFd::from_raw_fd(copy) }, flags))
                }
            };
            places.push((number, copy));
        }
        Ok(Self(places))
    }

    fn put_back(self) {
        for (number, copy) in self.0 {
            // SAFETY: no pointers; these numbers were taken from whoever owns them and go back to the same files.
            unsafe {
                match copy {
                    Some((copy, flags)) => {
                        libc::dup2(copy.as_raw_fd(), number);
                        libc::fcntl(number, libc::F_SETFD, flags);
                    }
                    None => {
                        libc::close(number);
                    }
                }
            }
        }
    }
}

/// The errno the child wrote, or `None` when its program started and the pipe closed by itself.
fn read_errno(pipe: &mut OwnedFd) -> Option<i32> {
    let mut code = [0; 4];
    loop {
        // SAFETY: the buffer is live for its length.
        let count = unsafe { libc::read(pipe.as_raw_fd(), code.as_mut_ptr().cast(), code.len()) };
        match count {
            4 => return Some(i32::from_ne_bytes(code)),
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return None,
        }
    }
}

/// Exactly the wanted descriptors in their places, all others closed on exec. Returns where the error pipe is now.
fn place_descriptors(
    wanted: &[(RawFd, RawFd)],
    error_pipe: Option<RawFd>,
) -> io::Result<Option<OwnedFd>> {
    // Out of the way first, so that no move overwrites one that is still needed.
    let aside = |fd| {
        let copy = dup_raw(fd, SCRATCH_DESCRIPTOR_MIN)?;
        // SAFETY: just made for us and nobody else owns it.
        io::Result::Ok(unsafe { OwnedFd::from_raw_fd(copy) })
    };
    let error_pipe = error_pipe.map(aside).transpose()?;
    let mut moved = Vec::with_capacity(wanted.len());
    for (child, parent) in wanted {
        moved.push((*child, aside(*parent)?));
    }
    for fd in 0..3 {
        // SAFETY: closing a number that is not open only fails.
        unsafe { libc::close(fd) };
    }
    for (child, parent) in moved {
        // SAFETY: no pointers. The copy made by dup2 has no close-on-exec flag.
        check(unsafe { libc::dup2(parent.as_raw_fd(), child) })?;
    }
    Ok(error_pipe)
}

/// A copy with close-on-exec set.
fn dup_raw(fd: RawFd, minimum: RawFd) -> io::Result<RawFd> {
    // SAFETY: no pointers.
    check(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, minimum) })
}

/// In a child about to become another program.
fn default_caught_signals() {
    // execve(2) itself sets caught signals to default and leaves ignored ones; only the mask is ours.
    // SAFETY: sigset_t is plain data, filled by sigemptyset before use.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
    }
}

/// Runs `body` in a new process that is a copy of this one, and exits it with the status `body` returns.
///
/// # Errors
/// `EAGAIN` too many processes.
pub fn fork<F: FnOnce() -> i32>(group: Group, foreground: bool, body: F) -> io::Result<Pid> {
    let parent_group = match group {
        Group::Inherit => None,
        Group::New => Some(0),
        Group::Join(group) => Some(group),
    };
    // SAFETY: this program has one thread, so the child may do what the parent may.
    let pid = check(unsafe { libc::fork() })?;
    if pid == 0 {
        if let Some(group) = parent_group {
            // SAFETY: no pointers.
            unsafe { libc::setpgid(0, group) };
        }
        if foreground {
            take_terminal();
        }
        let status = body();
        // SAFETY: no destructor of the parent's frames may run here, hence not `std::process::exit`'s
        // caller-side unwinding but the bare call.
        unsafe { libc::_exit(status) };
    }
    if let Some(group) = parent_group {
        // Both sides do it, so that neither has to wait for the other. It fails when the child is gone.
        // SAFETY: no pointers.
        unsafe { libc::setpgid(pid, group) };
    }
    Ok(pid)
}

/// In a child: its group becomes the foreground group of the controlling terminal.
fn take_terminal() {
    let Ok(terminal) = std::fs::File::open("/dev/tty") else {
        return;
    };
    use std::os::fd::AsFd;
    // SAFETY: no arguments.
    let group = unsafe { libc::getpgrp() };
    // A child without a terminal runs all the same.
    let _ = set_tty_foreground(terminal.as_fd(), group);
}

/// Waits for a child to change. `None` when `no_hang` is set and nothing happened.
///
/// # Errors
/// `ECHILD` no such child, `EINTR` a caught signal arrived.
pub fn wait(target: i32, options: WaitOptions) -> io::Result<Option<(Pid, WaitStatus)>> {
    let mut bits = 0;
    if options.no_hang {
        bits |= libc::WNOHANG;
    }
    if options.stopped {
        bits |= libc::WUNTRACED;
    }
    if options.continued {
        bits |= libc::WCONTINUED;
    }
    let mut raw = 0;
    // SAFETY: one int is written.
    let pid = check(unsafe { libc::waitpid(target, &raw mut raw, bits) })?;
    if pid == 0 {
        return Ok(None);
    }
    let status = if libc::WIFEXITED(raw) {
        WaitStatus::Exited(libc::WEXITSTATUS(raw) as u8)
    } else if libc::WIFSIGNALED(raw) {
        WaitStatus::Signalled(libc::WTERMSIG(raw) as u8)
    } else if libc::WIFSTOPPED(raw) {
        WaitStatus::Stopped(libc::WSTOPSIG(raw) as u8)
    } else {
        WaitStatus::Continued
    };
    Ok(Some((pid, status)))
}

/// Sends a signal as `kill(2)` does.
///
/// # Errors
/// `ESRCH` nobody there, `EINVAL` no such signal.
pub fn kill(target: i32, signal: Signal) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::kill(target, i32::from(signal)) }).map(drop)
}

/// Makes a pipe: the end to read, the end to write.
///
/// # Errors
/// `EMFILE` too many descriptors.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: two ints are written.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: both were just made for us and nobody else owns them.
    Ok(unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) })
}

/// A new descriptor, not below `minimum`, for the same open file.
///
/// # Errors
/// `EBADF`, `EMFILE`.
pub fn dup(fd: BorrowedFd<'_>, minimum: RawFd) -> io::Result<OwnedFd> {
    let new = dup_raw(fd.as_raw_fd(), minimum)?;
    // SAFETY: just made for us and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(new) })
}

/// Makes `target` another name of the open file of `fd`; what was open there is closed.
///
/// # Errors
/// `EBADF`.
pub fn dup_to(fd: BorrowedFd<'_>, target: RawFd) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::dup2(fd.as_raw_fd(), target) }).map(drop)
}

/// Own process id.
pub fn getpid() -> Pid {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::getpid() }
}

/// Process id of the parent.
pub fn getppid() -> Pid {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::getppid() }
}

/// Process group of a process, 0 for the own one.
///
/// # Errors
/// `ESRCH`.
pub fn getpgid(pid: Pid) -> io::Result<Pid> {
    // SAFETY: no pointers.
    check(unsafe { libc::getpgid(pid) })
}

/// Moves a process to a group; 0 as `pid` is the caller, 0 as `group` a new one led by it.
///
/// # Errors
/// `ESRCH`, `EPERM`.
pub fn setpgid(pid: Pid, group: Pid) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::setpgid(pid, group) }).map(drop)
}

/// `struct termios` as the host has it now.
fn host_attributes(fd: BorrowedFd<'_>) -> io::Result<libc::termios> {
    // SAFETY: termios is plain data; tcgetattr fills it or fails.
    unsafe {
        let mut host: libc::termios = std::mem::zeroed();
        check(libc::tcgetattr(fd.as_raw_fd(), &raw mut host))?;
        Ok(host)
    }
}

/// Attributes of the terminal behind a descriptor.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn tty_attributes(fd: BorrowedFd<'_>) -> io::Result<TerminalAttributes> {
    let host = host_attributes(fd)?;
    Ok(TerminalAttributes {
        input: host.c_iflag,
        output: host.c_oflag,
        control: host.c_cflag,
        local: host.c_lflag,
        control_characters: host.c_cc,
    })
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
    let mut host = host_attributes(fd)?;
    host.c_iflag = attributes.input;
    host.c_oflag = attributes.output;
    host.c_cflag = attributes.control;
    host.c_lflag = attributes.local;
    host.c_cc = attributes.control_characters;
    let when = match when {
        ApplyWhen::Now => libc::TCSANOW,
        ApplyWhen::Drained => libc::TCSADRAIN,
        ApplyWhen::Flushed => libc::TCSAFLUSH,
    };
    without_background_stop(|| {
        // SAFETY: `host` is a live termios that tcgetattr filled.
        check(unsafe { libc::tcsetattr(fd.as_raw_fd(), when, &raw const host) })
    })
    .map(drop)
}

/// Size of the terminal behind a descriptor.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn tty_window_size(fd: BorrowedFd<'_>) -> io::Result<WindowSize> {
    let mut size = libc::winsize {
        ws_row: 0,
        ws_col: 0,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: this request writes one winsize.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) })?;
    Ok(WindowSize {
        rows: size.ws_row,
        columns: size.ws_col,
    })
}

/// Changes it.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn set_tty_window_size(fd: BorrowedFd<'_>, size: WindowSize) -> io::Result<()> {
    let size = libc::winsize {
        ws_row: size.rows,
        ws_col: size.columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: this request reads one winsize.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }).map(drop)
}

/// The terminal's foreground group.
///
/// # Errors
/// `ENOTTY` not a terminal.
pub fn tty_foreground(fd: BorrowedFd<'_>) -> io::Result<Pid> {
    // SAFETY: no pointers.
    check(unsafe { libc::tcgetpgrp(fd.as_raw_fd()) })
}

/// Changes it.
///
/// # Errors
/// `ENOTTY` not a terminal, `EPERM` no such group in this session.
pub fn set_tty_foreground(fd: BorrowedFd<'_>, group: Pid) -> io::Result<()> {
    // SAFETY: no pointers.
    without_background_stop(|| check(unsafe { libc::tcsetpgrp(fd.as_raw_fd(), group) })).map(drop)
}

/// With `SIGTTOU` blocked, so that a shell in the background can take its terminal back.
fn without_background_stop<T>(call: impl FnOnce() -> T) -> T {
    // SAFETY: both sets are plain data, filled before they are read.
    unsafe {
        let mut blocked: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut blocked);
        libc::sigaddset(&raw mut blocked, libc::SIGTTOU);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const blocked, &raw mut before);
        let result = call();
        libc::sigprocmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        result
    }
}

extern "C" fn record(signal: libc::c_int) {
    PENDING.fetch_or(1 << signal, Ordering::Relaxed);
}

/// Says what a signal shall do; returns what it did.
///
/// # Errors
/// `EINVAL` for a number that is none and for `SIGKILL` and `SIGSTOP`.
pub fn set_signal_action(signal: Signal, action: SignalAction) -> io::Result<SignalAction> {
    let handler = match action {
        SignalAction::Default => libc::SIG_DFL,
        SignalAction::Ignore => libc::SIG_IGN,
        SignalAction::Catch => record as extern "C" fn(libc::c_int) as libc::sighandler_t,
    };
    // SAFETY: sigaction is plain data; the handler does one atomic store, which is safe in a handler.
    let before = unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        let mut old: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = handler;
        libc::sigemptyset(&raw mut new.sa_mask);
        check(libc::sigaction(
            i32::from(signal),
            &raw const new,
            &raw mut old,
        ))?;
        old.sa_sigaction
    };
    Ok(match before {
        libc::SIG_DFL => SignalAction::Default,
        libc::SIG_IGN => SignalAction::Ignore,
        _ => SignalAction::Catch,
    })
}

/// The signals that are ignored.
pub fn ignored_signals() -> SignalSet {
    let mut ignored = SignalSet::default();
    for signal in 1..=31 {
        // SAFETY: sigaction is plain data that the call fills; nothing is changed.
        let found = unsafe {
            let mut now: libc::sigaction = std::mem::zeroed();
            libc::sigaction(i32::from(signal), std::ptr::null(), &raw mut now) == 0
                && now.sa_sigaction == libc::SIG_IGN
        };
        if found {
            ignored.insert(signal);
        }
    }
    ignored
}

/// A limit of this process.
///
/// # Errors
/// What `getrlimit(2)` gives.
pub fn limit(resource: Resource) -> io::Result<Limit> {
    let mut host = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the call writes one rlimit.
    check(unsafe { libc::getrlimit(resource as libc::__rlimit_resource_t, &raw mut host) })?;
    Ok(Limit {
        soft: host.rlim_cur,
        hard: host.rlim_max,
    })
}

/// Changes it, for the children to come as well.
///
/// # Errors
/// `EPERM` when the hard limit would rise, `EINVAL` when the soft one is above it.
pub fn set_limit(resource: Resource, limit: Limit) -> io::Result<()> {
    let host = libc::rlimit {
        rlim_cur: limit.soft,
        rlim_max: limit.hard,
    };
    // SAFETY: the call reads one rlimit.
    check(unsafe { libc::setrlimit(resource as libc::__rlimit_resource_t, &raw const host) })
        .map(drop)
}

/// The caught signals that arrived since the last call.
pub fn take_signals() -> SignalSet {
    SignalSet(PENDING.swap(0, Ordering::Relaxed))
}

/// Makes a named pipe (`mkfifo(3)`).
///
/// # Errors
/// As the host says.
pub fn make_fifo(path: &[u8], mode: u32) -> io::Result<()> {
    let path = CString::new(path)?;
    // SAFETY: a string that ends in a zero byte.
    match unsafe { libc::mkfifo(path.as_ptr(), mode as libc::mode_t) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Takes or gives back a lock on a whole file (`flock(2)`).
///
/// # Errors
/// As the host says.
pub fn lock_file(fd: BorrowedFd<'_>, lock: Lock, wait: bool) -> io::Result<()> {
    let operation = lock.operation(wait);
    // SAFETY: no pointers.
    match unsafe { libc::flock(fd.as_raw_fd(), operation as i32) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sets the file mode creation mask; returns the one before.
pub fn umask(mask: u32) -> u32 {
    // SAFETY: no pointers, cannot fail.
    unsafe { libc::umask(mask as libc::mode_t) }
}

/// Permission bits (`0o7777`) of what is at a path; `follow`: of what a symbolic link leads to.
///
/// # Errors
/// `ENOENT` and its like.
pub fn mode(path: &[u8], follow: bool) -> io::Result<u32> {
    let path = std::ffi::OsStr::from_bytes(path);
    let metadata = if follow {
        std::fs::metadata(path)
    } else {
        std::fs::symlink_metadata(path)
    };
    Ok(metadata?.permissions().mode() & 0o7777)
}

/// Changes them. The host has no way to change a symbolic link's own.
///
/// # Errors
/// `EPERM`, `ENOENT` and its like.
pub fn set_mode(path: &[u8], _follow: bool, mode: u32) -> io::Result<()> {
    std::fs::set_permissions(
        std::ffi::OsStr::from_bytes(path),
        std::fs::Permissions::from_mode(mode),
    )
}

/// Permission bits (`0o7777`) of an open file.
///
/// # Errors
/// `EBADF`.
pub fn fd_mode(fd: BorrowedFd<'_>) -> io::Result<u32> {
    // SAFETY: `stat` is plain data that the call fills.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        check(libc::fstat(fd.as_raw_fd(), &raw mut stat))?;
        Ok(stat.st_mode & 0o7777)
    }
}

/// Changes them.
///
/// # Errors
/// As [`set_mode`].
pub fn set_fd_mode(fd: BorrowedFd<'_>, mode: u32) -> io::Result<()> {
    // SAFETY: no pointers.
    check(unsafe { libc::fchmod(fd.as_raw_fd(), mode as libc::mode_t) }).map(drop)
}

/// How much room the file system of a path has.
///
/// # Errors
/// `ENOENT` and its like.
pub fn space(path: &[u8]) -> io::Result<Space> {
    let path = CString::new(path)?;
    // SAFETY: the path ends in NUL; `statvfs` is plain data that the call fills.
    unsafe {
        let mut room: libc::statvfs = std::mem::zeroed();
        check(libc::statvfs(path.as_ptr(), &raw mut room))?;
        Ok(Space {
            bytes_limit: room.f_blocks * room.f_frsize,
            bytes_used: (room.f_blocks - room.f_bfree) * room.f_frsize,
            names_limit: room.f_files,
            names_used: room.f_files - room.f_ffree,
        })
    }
}

/// Connects to a host; see [`crate::Connection::open`].
pub fn tcp_connect(
    host: &str,
    port: u16,
    timeout: Option<std::time::Duration>,
) -> io::Result<OwnedFd> {
    use std::net::{TcpStream, ToSocketAddrs as _};
    let mut last = io::ErrorKind::NotFound.into();
    for address in (host, port).to_socket_addrs()? {
        let connected = match timeout {
            Some(timeout) => TcpStream::connect_timeout(&address, timeout),
            None => TcpStream::connect(address),
        };
        match connected {
            Ok(stream) => return Ok(stream.into()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The address of a connection's other side.
pub fn peer_address(fd: BorrowedFd<'_>) -> io::Result<String> {
    let stream = std::net::TcpStream::from(fd.try_clone_to_owned()?);
    Ok(stream.peer_addr()?.to_string())
}

/// There is no TLS outside of a session.
#[derive(Debug)]
pub enum TlsEngine {}

impl TlsEngine {
    /// Refuses.
    pub fn open(_host: &str, _options: &crate::TlsOptions) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Never called.
    pub fn is_handshaking(&self) -> io::Result<bool> {
        match *self {}
    }

    /// Never called.
    pub fn receive(&self, _bytes: &[u8]) -> io::Result<()> {
        match *self {}
    }

    /// Never called.
    pub fn send(&self, _buffer: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    /// Never called.
    pub fn read(&self, _buffer: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    /// Never called.
    pub fn write(&self, _bytes: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    /// Never called.
    pub fn describe(&self) -> io::Result<String> {
        match *self {}
    }

    /// Never called.
    pub fn failure(&self) -> crate::TlsError {
        match *self {}
    }
}
