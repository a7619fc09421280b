//! Named pipes and locks: `mkfifo`, `mknod`, `flock`.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::time::{Duration, Instant};

use berth_guest::Lock;
use berth_multicall::{
    complain, environment, mode, os_string, quoted, reason, run_instead, text, usage_error_text,
};

use berth_multicall::takes::{Given, Takes, read};

/// Permission bits of a new file, before the umask.
const NEW_MODE: u32 = 0o666;

const MKFIFO: Takes = Takes {
    name: "mkfifo",
    help: "\
Usage: mkfifo [-m MODE] NAME...
Make named pipes. Folders have none: make them in the home, in /tmp or below $TMPDIR.

  -m, --mode=MODE  set the permission bits, as chmod does
",
    letters: "m:Z",
    long: &[("mode", 'm'), ("context", 'Z')],
    code: 1,
    command: false,
};

/// `mkfifo`.
pub fn mkfifo(arguments: Vec<OsString>) -> i32 {
    let given = match read(&MKFIFO, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return usage_error_text("mkfifo", "missing operand", 1);
    }
    make("mkfifo", &given, &given.operands)
}

const MKNOD: Takes = Takes {
    name: "mknod",
    help: "\
Usage: mknod [-m MODE] NAME p
Make a named pipe. Devices cannot be made in a session.

  -m, --mode=MODE  set the permission bits, as chmod does
",
    letters: "m:Z",
    long: &[("mode", 'm'), ("context", 'Z')],
    code: 1,
    command: false,
};

/// `mknod`.
pub fn mknod(arguments: Vec<OsString>) -> i32 {
    let given = match read(&MKNOD, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    match &given.operands[..] {
        [] => usage_error_text("mknod", "missing operand", 1),
        [name] => {
            let what = format!("missing operand after {}", quoted(name));
            usage_error_text("mknod", &what, 1)
        }
        [name, kind] if kind == b"p" => make("mknod", &given, std::slice::from_ref(name)),
        [name, kind, ..] if matches!(&kind[..], b"b" | b"c" | b"u") => {
            complain(
                "mknod",
                format_args!("{}: Operation not permitted", text(name)),
            );
            1
        }
        [_, kind, ..] => {
            let what = format!("invalid device type {}", quoted(kind));
            usage_error_text("mknod", &what, 1)
        }
    }
}

fn make(program: &str, given: &Given, names: &[Vec<u8>]) -> i32 {
    let wanted = match given.text('m') {
        None => None,
        Some(wanted) => match mode::parse(&wanted, NEW_MODE, false, 0) {
            Some(bits) => Some(bits),
            None => {
                complain(program, format_args!("invalid mode"));
                return 1;
            }
        },
    };
    let mut code = 0;
    for name in names {
        let made = berth_guest::make_fifo(name, NEW_MODE).and_then(|()| match wanted {
            Some(bits) => berth_guest::set_mode(name, true, bits),
            None => Ok(()),
        });
        if let Err(error) = made {
            let why = match error.kind() {
                ErrorKind::PermissionDenied => {
                    "Operation not permitted (folders have no named pipes; /tmp has)".to_owned()
                }
                _ => reason(&error),
            };
            complain(
                program,
                format_args!("cannot create fifo {}: {why}", quoted(name)),
            );
            code = 1;
        }
    }
    code
}

const FLOCK: Takes = Takes {
    name: "flock",
    help: "\
Usage: flock [OPTION]... FILE COMMAND [ARGUMENT]...
       flock [OPTION]... FILE -c COMMAND-LINE
       flock [OPTION]... DESCRIPTOR
Run a command while holding a lock on a file, or lock an open file of the shell's.

  -s, --shared              get a shared lock
  -x, -e, --exclusive       get an exclusive lock; this is usual
  -u, --unlock              give a lock back
  -n, --nb, --nonblock      fail rather than wait
  -w, --timeout=SECONDS     wait no longer than this
  -E, --conflict-exit-code=CODE  exit code when there is no lock; 1 if not given
  -o, --close               the command does not inherit the lock
  -F, --no-fork, --verbose  accepted
",
    letters: "sxeunw:E:oFv",
    long: &[
        ("shared", 's'),
        ("exclusive", 'x'),
        ("unlock", 'u'),
        ("nonblock", 'n'),
        ("nb", 'n'),
        ("timeout", 'w'),
        ("wait", 'w'),
        ("conflict-exit-code", 'E'),
        ("close", 'o'),
        ("no-fork", 'F'),
        ("verbose", 'v'),
    ],
    code: 64,
    command: true,
};
/// How often a lock that somebody has is tried, when there is a limit to the wait.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);
/// A file that cannot be opened, as `sysexits.h` has it.
const EXIT_NO_INPUT: i32 = 66;
/// The lock could not be had for a reason of the system's.
const EXIT_OS_ERROR: i32 = 71;

/// `flock`.
pub fn flock(arguments: Vec<OsString>) -> i32 {
    let given = match read(&FLOCK, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let conflict = match given.text('E').map(|code| code.parse::<u8>()) {
        None => 1,
        Some(Ok(code)) => i32::from(code),
        Some(Err(_)) => return usage_error_text("flock", "invalid exit code", 64),
    };
    let limit = match given.text('w').map(|seconds| seconds.parse::<f64>()) {
        None => None,
        Some(Ok(seconds)) if seconds >= 0.0 && seconds.is_finite() => {
            Some(Duration::from_secs_f64(seconds))
        }
        Some(_) => return usage_error_text("flock", "invalid timeout value", 64),
    };
    let limit = if given.has('n') {
        Some(Duration::ZERO)
    } else {
        limit
    };
    let lock = if given.has('u') {
        Lock::None
    } else if given.has('s') {
        Lock::Shared
    } else {
        Lock::Exclusive
    };
    let Some((file, command)) = given.operands.split_first() else {
        return usage_error_text("flock", "not enough arguments", 64);
    };
    if command.is_empty() {
        let Ok(fd) = text(file).parse::<RawFd>() else {
            let what = format!("bad file descriptor: '{}'", text(file));
            return usage_error_text("flock", &what, 64);
        };
        let fd = match berth_guest::duplicate(fd) {
            Ok(fd) => fd,
            Err(error) => {
                complain("flock", format_args!("{fd}: {}", reason(&error)));
                return EXIT_NO_INPUT;
            }
        };
        return tell(acquire(fd.as_fd(), lock, limit), file, conflict);
    }
    let path = os_string(file.clone());
    let opened = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(&path)
        // What may only be read can be locked as well.
        .or_else(|_| OpenOptions::new().read(true).open(&path));
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            complain(
                "flock",
                format_args!("cannot open lock file {}: {}", text(file), reason(&error)),
            );
            return EXIT_NO_INPUT;
        }
    };
    let code = tell(acquire(opened.as_fd(), lock, limit), file, conflict);
    if code != 0 {
        return code;
    }
    let words: Vec<OsString> = match command {
        [option, line] if option == b"-c" || option == b"--command" => {
            let shell = std::env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into());
            vec![shell, "-c".into(), os_string(line.clone())]
        }
        words => words.iter().map(|word| os_string(word.clone())).collect(),
    };
    // This process stays and keeps the lock, whatever the command does with what it inherits.
    run_instead("flock", &words, &environment(), EXIT_OS_ERROR)
}

fn acquire(fd: BorrowedFd<'_>, lock: Lock, limit: Option<Duration>) -> io::Result<()> {
    let Some(limit) = limit else {
        return loop {
            match berth_guest::lock_file(fd, lock, true) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                done => break done,
            }
        };
    };
    let deadline = Instant::now() + limit;
    loop {
        match berth_guest::lock_file(fd, lock, false) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < deadline => {
                std::thread::sleep(RETRY_INTERVAL.min(deadline - Instant::now()));
            }
            done => return done,
        }
    }
}

fn tell(locked: io::Result<()>, file: &[u8], conflict: i32) -> i32 {
    match locked {
        Ok(()) => 0,
        Err(error) if error.kind() == ErrorKind::WouldBlock => conflict,
        Err(error) => {
            complain("flock", format_args!("{}: {}", text(file), reason(&error)));
            EXIT_OS_ERROR
        }
    }
}
