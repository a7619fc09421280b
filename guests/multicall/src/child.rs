//! Programs that start programs: `env`, `timeout`, `xargs`, `find -exec` and their like.
//!
//! A process cannot replace its program here, so whoever would `exec` starts the program, hands on the signals meant
//! for it, and ends as it ended.

use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

#[cfg(unix)]
use std::os::unix::ffi::OsStringExt;
#[cfg(target_os = "wasi")]
use std::os::wasi::ffi::OsStringExt;

use berth_guest::{Group, Pid, Signal, SignalAction, SpawnRequest, WaitOptions, WaitStatus};

use crate::bytes::{bytes, joined, search_path};
use crate::message::{complain, reason};

/// The program is there but cannot be started.
const EXIT_CANNOT_START: i32 = 126;
/// There is no such program.
const EXIT_NOT_FOUND: i32 = 127;
/// Added to a signal's number when dying of it was not possible.
const EXIT_SIGNALLED: i32 = 128;
/// Where programs are sought when there is no `PATH`.
const DEFAULT_PATH: &[u8] = b"/usr/local/bin:/usr/bin:/bin";
/// What runs command text.
const SHELL: &[u8] = b"/bin/sh";

/// Where the kernel lists a process's descriptors.
const DESCRIPTORS: &str = "/proc/self/fd";
/// The descriptor of `/`, which the kernel gives every program itself.
#[cfg(target_os = "wasi")]
const PREOPEN: RawFd = 3;
/// No descriptor has a special meaning on the host.
#[cfg(unix)]
const PREOPEN: RawFd = -1;
/// `ENOEXEC`: text without a line that names its interpreter.
#[cfg(target_os = "wasi")]
const NO_EXEC: i32 = 45;
/// `ENOEXEC` on the host.
#[cfg(unix)]
const NO_EXEC: i32 = 8;

const SIGHUP: Signal = 1;
const SIGINT: Signal = 2;
const SIGQUIT: Signal = 3;
const SIGUSR1: Signal = 10;
const SIGUSR2: Signal = 12;
const SIGTERM: Signal = 15;
/// Signals somebody sends to this process and means the program.
const FORWARDED: [Signal; 4] = [SIGHUP, SIGUSR1, SIGUSR2, SIGTERM];
/// Signals the terminal sends to the whole group: the program has them already and decides what they do.
const LEFT_TO_THE_PROGRAM: [Signal; 2] = [SIGINT, SIGQUIT];

/// How a program ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// With this exit code.
    Exited(u8),
    /// By this signal.
    Signalled(Signal),
}

/// What is said when a program is not there, or cannot be started.
#[derive(Clone, Copy, Debug)]
pub struct Exit;

impl Exit {
    /// The reason and the exit code of a program that did not start, as a shell has them.
    pub fn of(error: &io::Error) -> (String, i32) {
        match error.kind() {
            ErrorKind::NotFound => ("No such file or directory".to_owned(), EXIT_NOT_FOUND),
            _ => (reason(error), EXIT_CANNOT_START),
        }
    }
}

impl End {
    /// The exit code a shell would see.
    pub fn code(self) -> i32 {
        match self {
            Self::Exited(code) => i32::from(code),
            Self::Signalled(signal) => EXIT_SIGNALLED + i32::from(signal),
        }
    }

    /// Ends this process in the same way: returns the code, or dies of the signal.
    pub fn repeat(self) -> i32 {
        if let Self::Signalled(signal) = self {
            // Whoever waits for this process shall see the same end. SIGKILL has no action to set.
            let _ = berth_guest::set_signal_action(signal, SignalAction::Default);
            let _ = berth_guest::kill(berth_guest::getpid(), signal);
        }
        self.code()
    }
}

/// This process's environment as `NAME=VALUE` strings.
pub fn environment() -> Vec<Vec<u8>> {
    std::env::vars_os()
        .map(|(name, value)| [&name.into_vec()[..], b"=", &value.into_vec()].concat())
        .collect()
}

/// Starts the first program of that name in the `PATH` of `environment`.
///
/// # Errors
/// `NotFound`, `PermissionDenied` and what the kernel says.
pub fn start(
    arguments: &[Vec<u8>],
    environment: &[Vec<u8>],
    descriptors: &[(RawFd, RawFd)],
    group: Group,
) -> io::Result<Pid> {
    let name = arguments.first().map(Vec::as_slice).unwrap_or_default();
    let path = environment
        .iter()
        .find_map(|variable| variable.strip_prefix(b"PATH="))
        .unwrap_or(DEFAULT_PATH);
    let mut refusal = io::Error::from(ErrorKind::NotFound);
    for program in candidates(name, path) {
        let request = |program: &[u8], arguments: &[Vec<u8>]| {
            berth_guest::spawn(&SpawnRequest {
                program,
                arguments,
                environment,
                descriptors,
                group,
                foreground: false,
            })
        };
        match request(&program, arguments) {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            // The search goes on, but this is what to say when it finds nothing better.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => refusal = error,
            Err(error) if error.raw_os_error() == Some(NO_EXEC) => {
                let mut through = vec![SHELL.to_vec(), program.clone()];
                through.extend_from_slice(&arguments[1..]);
                return request(SHELL, &through);
            }
            result => return result,
        }
    }
    Err(refusal)
}

/// The paths a program of this name may have, in the order to try.
fn candidates(name: &[u8], path: &[u8]) -> Vec<Vec<u8>> {
    if name.contains(&b'/') {
        return vec![name.to_vec()];
    }
    if name.is_empty() {
        return Vec::new();
    }
    search_path(path)
        .map(|directory| joined(directory, name))
        .collect()
}

/// Where a program of this name is, by this process's `PATH`.
pub fn find_program(name: &[u8]) -> Option<Vec<u8>> {
    let path = std::env::var_os("PATH");
    let path = path.as_deref().map_or(DEFAULT_PATH, bytes);
    candidates(name, path).into_iter().find(|candidate| {
        fs::metadata(crate::os_string(candidate.clone())).is_ok_and(|found| found.is_file())
    })
}

/// Every open descriptor, each to be the same in the program.
pub fn open_descriptors() -> Vec<(RawFd, RawFd)> {
    let number = |entry: io::Result<DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    let Ok(entries) = fs::read_dir(DESCRIPTORS) else {
        return vec![(0, 0), (1, 1), (2, 2)];
    };
    let listed: Vec<RawFd> = entries.filter_map(number).collect();
    // The listing's own descriptor is in it, and closed by now.
    let is_open = |fd: &RawFd| fs::symlink_metadata(format!("{DESCRIPTORS}/{fd}")).is_ok();
    listed
        .into_iter()
        .filter(|fd| *fd != PREOPEN && is_open(fd))
        .map(|fd| (fd, fd))
        .collect()
}

/// Catches what must not end this process before its program. What was ignored stays ignored.
pub fn catch_signals(program: &str) {
    for signal in FORWARDED.into_iter().chain(LEFT_TO_THE_PROGRAM) {
        match berth_guest::set_signal_action(signal, SignalAction::Catch) {
            Ok(SignalAction::Ignore) => {
                // It was just set, so it can be set again.
                let _ = berth_guest::set_signal_action(signal, SignalAction::Ignore);
            }
            Ok(_) => {}
            Err(error) => complain(
                program,
                format_args!("cannot catch signal {signal}: {}", reason(&error)),
            ),
        }
    }
}

/// Waits for the program's end, handing on signals meanwhile.
///
/// # Errors
/// It is no child of this process.
pub fn wait_for(pid: Pid) -> io::Result<End> {
    loop {
        match berth_guest::wait(pid, WaitOptions::default()) {
            Ok(Some((_, WaitStatus::Exited(code)))) => return Ok(End::Exited(code)),
            Ok(Some((_, WaitStatus::Signalled(signal)))) => return Ok(End::Signalled(signal)),
            Ok(_) => {} // stopped or continued: not the end
            Err(error) if error.kind() == ErrorKind::Interrupted => {
                let arrived = berth_guest::take_signals();
                for signal in FORWARDED
                    .into_iter()
                    .filter(|signal| arrived.contains(*signal))
                {
                    // It may have ended by now; then there is nobody to tell.
                    let _ = berth_guest::kill(pid, signal);
                }
            }
            Err(error) => return Err(error),
        }
    }
}

/// Runs a command to its end, in this process's place; returns its exit code, or dies of the signal it died of.
pub fn run_instead(
    program: &str,
    command: &[OsString],
    environment: &[Vec<u8>],
    failure: i32,
) -> i32 {
    // Caught before the program exists: a signal in between must not orphan it.
    catch_signals(program);
    let arguments: Vec<_> = command
        .iter()
        .map(|argument| bytes(argument).to_vec())
        .collect();
    match start(&arguments, environment, &open_descriptors(), Group::Inherit) {
        Ok(pid) => match wait_for(pid) {
            Ok(end) => end.repeat(),
            Err(error) => {
                complain(program, format_args!("cannot wait: {}", reason(&error)));
                failure
            }
        },
        Err(error) => {
            let name = command.first().map(OsString::as_os_str).unwrap_or_default();
            let (reason, code) = Exit::of(&error);
            complain(program, format_args!("'{}': {reason}", name.display()));
            code
        }
    }
}

/// Runs a command with this process's standard descriptors, `stdin` in place of the first where it is given.
///
/// # Errors
/// It cannot be started; [`Exit::of`] tells the code.
pub fn run(arguments: &[Vec<u8>], stdin: Option<BorrowedFd<'_>>) -> io::Result<End> {
    let stdin = stdin.map_or(0, |fd| fd.as_raw_fd());
    let pid = start(
        arguments,
        &environment(),
        &[(0, stdin), (1, 1), (2, 2)],
        Group::Inherit,
    )?;
    wait_for(pid)
}

/// Which end of a pipe the shell's command has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piped {
    /// Its standard input: what is written to the pipe.
    Input,
    /// Its standard output: what can be read from the pipe.
    Output,
}

/// Starts command text in the shell.
///
/// # Errors
/// There is no shell, or no room for another process.
pub fn spawn_shell(command: &[u8]) -> io::Result<Pid> {
    shell(command, &[(0, 0), (1, 1), (2, 2)])
}

/// Starts command text in the shell with a pipe to it or from it; returns this end of the pipe.
///
/// # Errors
/// As [`spawn_shell`].
pub fn spawn_shell_piped(command: &[u8], piped: Piped) -> io::Result<(Pid, OwnedFd)> {
    let (read, write) = berth_guest::pipe()?;
    let (pid, ours) = match piped {
        Piped::Input => {
            let pid = shell(command, &[(0, read.as_fd().as_raw_fd()), (1, 1), (2, 2)])?;
            (pid, write)
        }
        Piped::Output => {
            let pid = shell(command, &[(0, 0), (1, write.as_fd().as_raw_fd()), (2, 2)])?;
            (pid, read)
        }
    };
    Ok((pid, ours))
}

fn shell(command: &[u8], descriptors: &[(RawFd, RawFd)]) -> io::Result<Pid> {
    let arguments = [b"sh".to_vec(), b"-c".to_vec(), command.to_vec()];
    berth_guest::spawn(&SpawnRequest {
        program: SHELL,
        arguments: &arguments,
        environment: &environment(),
        descriptors,
        group: Group::Inherit,
        foreground: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_decides_where_a_program_is() {
        assert_eq!(
            candidates(b"ls", b"/a:/b/:"),
            [b"/a/ls".to_vec(), b"/b/ls".to_vec(), b"./ls".to_vec()]
        );
        assert_eq!(candidates(b"./ls", b"/a"), [b"./ls".to_vec()]);
        assert!(candidates(b"", b"/a").is_empty());
    }

    #[test]
    fn a_command_ends_as_its_program_ends() {
        let run = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
            run(&words, None)
        };
        assert_eq!(run(&["sh", "-c", "exit 7"]).unwrap(), End::Exited(7));
        assert_eq!(run(&["sh", "-c", "kill -9 $$"]).unwrap(), End::Signalled(9));
        let missing = run(&["no-such-program"]).unwrap_err();
        assert_eq!(Exit::of(&missing).1, EXIT_NOT_FOUND);
    }
}
