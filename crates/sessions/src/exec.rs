//! Commands: run one program, give it its input, keep what it prints.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use berth_kernel::Errno;
use berth_kernel::file::{File, FileKind, Interest};
use berth_kernel::limits::PIPE_CAPACITY_BYTES;
use berth_kernel::machine::{Group, Machine};
use berth_kernel::pipe::pipe;
use berth_kernel::process::{ExitStatus, Process};
use berth_kernel::signal::Signal;
use berth_kernel::vfs::{Base, Namespace};
use berth_wasi::{Runtime, Spawn};

use crate::environ::{self, Environ, SHELL};
use crate::error::{Error, Fault, Invalid, Result};
use crate::limits::{
    EXEC_ARGUMENTS_MAX, EXEC_OUTPUT_BYTES_MAX, EXEC_STDIN_BYTES_MAX, EXEC_TIMEOUT_DEFAULT,
    EXEC_TIMEOUT_MAX, OUTPUT_PIECE_BYTES,
};
use crate::mounts::HOME;
use crate::request::check_text;

/// Exit code of a command that took too long, as `timeout(1)` has it.
pub const TIMED_OUT_CODE: u8 = 124;
/// Exit code of a command whose program is not there, as shells have it.
const NOT_FOUND_CODE: u8 = 127;
/// Exit code of a command whose program cannot run, as shells have it.
const NOT_EXECUTABLE_CODE: u8 = 126;

/// What to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Text for `bash -c`.
    Shell(String),
    /// A program, searched in the session's `PATH` unless it has a `/`, and its arguments.
    Arguments(Vec<String>),
}

/// A command somebody wants to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExecRequest {
    /// What to run.
    pub command: Command,
    /// Its standard input.
    pub stdin: Vec<u8>,
    /// Its working directory, relative to the home; the home if absent.
    pub cwd: Option<String>,
    /// Variables on top of the session's.
    pub environ: BTreeMap<String, String>,
    /// How long it may take; [`EXEC_TIMEOUT_DEFAULT`] if absent.
    pub timeout: Option<Duration>,
}

impl ExecRequest {
    /// A command without input, in the home.
    pub fn new(command: Command) -> Self {
        Self {
            command,
            stdin: Vec::new(),
            cwd: None,
            environ: BTreeMap::new(),
            timeout: None,
        }
    }
}

/// How a command ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExecResult {
    /// Its exit code; 128 + the signal that ended it; [`TIMED_OUT_CODE`]; 127 or 126 when it could
    /// not be started.
    pub exit_code: u8,
    /// What it wrote to its standard output, at most [`EXEC_OUTPUT_BYTES_MAX`].
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error, at most [`EXEC_OUTPUT_BYTES_MAX`].
    pub stderr: Vec<u8>,
    /// It wrote more than was kept.
    pub truncated: bool,
    /// It took too long, and its whole process group was killed.
    pub timed_out: bool,
    /// How long it took.
    pub duration: Duration,
}

/// A request without a fault.
pub(crate) struct CheckedExec {
    request: ExecRequest,
    timeout: Duration,
}

/// Judges a request, and tells everything that is wrong with it.
pub(crate) fn check(request: ExecRequest) -> std::result::Result<CheckedExec, Invalid> {
    let mut invalid = Invalid::default();
    match &request.command {
        Command::Shell(text) => {
            invalid.take("command", check_text(text));
        }
        Command::Arguments(arguments) => {
            let program = arguments.first().is_some_and(|program| !program.is_empty());
            if !program || arguments.len() > EXEC_ARGUMENTS_MAX {
                invalid.add("argv", Fault::Arguments);
            } else if arguments.iter().any(|argument| argument.contains('\0')) {
                invalid.add("argv", Fault::Nul);
            }
        }
    }
    if request.stdin.len() > EXEC_STDIN_BYTES_MAX {
        invalid.add("stdin", Fault::InputTooLong);
    }
    invalid.take("environ", environ::check(&request.environ));
    let timeout = request.timeout.unwrap_or(EXEC_TIMEOUT_DEFAULT);
    if timeout.is_zero() || timeout > EXEC_TIMEOUT_MAX {
        invalid.add(
            "timeout_seconds",
            Fault::OutOfRange {
                least: 1,
                most: EXEC_TIMEOUT_MAX.as_secs(),
            },
        );
    }
    invalid.or(CheckedExec { request, timeout })
}

/// Kills a command's process group unless it was disarmed: whoever waits for it may go away.
struct Killer {
    machine: Arc<Machine>,
    process: Arc<Process>,
    armed: bool,
}

impl Killer {
    fn kill(&self) {
        // ESRCH: it has ended by itself.
        let _ = self.machine.signal_group(self.process.pid(), Signal::KILL);
    }
}

impl Drop for Killer {
    fn drop(&mut self) {
        if self.armed {
            self.kill();
        }
    }
}

/// Runs a command to its end. When the future is dropped, the command is killed.
///
/// What the command leaves running in the background goes on, without its output: the answer does
/// not wait for it.
pub(crate) async fn run(
    runtime: &Runtime,
    machine: &Arc<Machine>,
    session_environ: &Environ,
    checked: CheckedExec,
) -> Result<ExecResult> {
    let CheckedExec { request, timeout } = checked;
    let start = Instant::now();
    let environ = session_environ.with(&request.environ);
    let cwd = working_directory(machine, request.cwd.as_deref()).await?;
    let (path, argv) = match request.command {
        Command::Shell(text) => (
            SHELL.as_bytes().to_vec(),
            vec!["bash".to_owned(), "-c".to_owned(), text],
        ),
        Command::Arguments(argv) => match find_program(machine, &environ, &cwd, &argv[0]).await {
            Some(path) => (path, argv),
            None => {
                return Ok(not_started(
                    &argv[0],
                    NOT_FOUND_CODE,
                    "command not found",
                    start,
                ));
            }
        },
    };
    let program = argv[0].clone();

    let (stdin, stdin_write) = pipe();
    let (stdout_read, stdout) = pipe();
    let (stderr_read, stderr) = pipe();
    let spawn = Spawn {
        path,
        argv: argv.into_iter().map(String::into_bytes).collect(),
        environ: environ.strings(),
        cwd,
        descriptors: vec![(0, stdin), (1, stdout), (2, stderr)],
        tty: None,
        group: Group::New,
        foreground: false,
    };
    let process = match runtime.spawn(machine, spawn).await {
        Ok(process) => process,
        Err(errno) => return could_not_start(errno, &program, &*stderr_read, start),
    };
    let mut killer = Killer {
        machine: Arc::clone(machine),
        process: Arc::clone(&process),
        armed: true,
    };

    let (mut output, mut errors) = (Capture::default(), Capture::default());
    let (status, timed_out) = {
        let transfers = async {
            tokio::join!(
                write_all(stdin_write, &request.stdin),
                output.drain(&*stdout_read),
                errors.drain(&*stderr_read)
            );
            // It has closed everything; what counts is its end.
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            ended = end_of(&killer, timeout) => ended,
            never = transfers => match never {},
        }
    };
    killer.armed = false;
    // What it wrote before it ended is in the pipes.
    output.take_rest(&*stdout_read);
    errors.take_rest(&*stderr_read);
    Ok(ExecResult {
        exit_code: if timed_out {
            TIMED_OUT_CODE
        } else {
            status.shell_code()
        },
        truncated: output.truncated || errors.truncated,
        stdout: output.kept,
        stderr: errors.kept,
        timed_out,
        duration: start.elapsed(),
    })
}

/// Waits for the end of a command, kills it when it takes too long, and tells which it was.
async fn end_of(command: &Killer, timeout: Duration) -> (ExitStatus, bool) {
    match tokio::time::timeout(timeout, command.process.exited()).await {
        Ok(status) => (status, false),
        Err(_) => {
            command.kill();
            (command.process.exited().await, true)
        }
    }
}

/// Gives a command its input; one that does not want it is left alone. Dropping `to` ends the input.
async fn write_all(to: Arc<dyn File>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match to.try_write(None, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::Again) => wait(&*to, Interest::Write).await,
            Err(_) => return,
        }
    }
}

async fn wait(file: &dyn File, interest: Interest) {
    if let Some(ready) = file.ready(interest) {
        ready.await;
    }
}

/// What is kept of an output.
#[derive(Default)]
struct Capture {
    kept: Vec<u8>,
    truncated: bool,
}

impl Capture {
    fn take(&mut self, bytes: &[u8]) {
        let room = EXEC_OUTPUT_BYTES_MAX - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.truncated |= bytes.len() > room;
    }

    /// Reads to the end. What is more than is kept is read, too: the program does not hang.
    async fn drain(&mut self, from: &dyn File) {
        let mut buffer = vec![0; OUTPUT_PIECE_BYTES];
        loop {
            match from.try_read(None, &mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    self.take(&buffer[..count]);
                    // One that prints for ever must not keep this thread from everybody else.
                    tokio::task::yield_now().await;
                }
                Err(Errno::Again) => wait(from, Interest::Read).await,
                Err(_) => return,
            }
        }
    }

    /// Reads what is there: at most what a pipe holds, because what runs in the background may go on
    /// writing.
    fn take_rest(&mut self, from: &dyn File) {
        let mut buffer = vec![0; PIPE_CAPACITY_BYTES];
        let mut total = 0;
        while total < PIPE_CAPACITY_BYTES {
            match from.try_read(None, &mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    self.take(&buffer[..count]);
                    total += count;
                }
            }
        }
    }
}

/// The directory `cwd` means, links resolved.
async fn working_directory(machine: &Arc<Machine>, cwd: Option<&str>) -> Result<Vec<u8>> {
    let Some(cwd) = cwd.filter(|cwd| !cwd.is_empty()) else {
        return Ok(HOME.as_bytes().to_vec());
    };
    let missing = || {
        Error::invalid(
            "cwd",
            Fault::Directory {
                path: cwd.to_owned(),
            },
        )
    };
    let wanted = cwd.as_bytes().to_vec();
    look(machine, move |namespace| {
        let path = namespace.canonical(None, Base::Path(HOME.as_bytes()), &wanted)?;
        let stat = namespace.stat(None, Base::Root, &path, true)?;
        if stat.kind == FileKind::Directory {
            Ok(path)
        } else {
            Err(Errno::NotDirectory)
        }
    })
    .await
    .map_err(|_| missing())
}

/// Where the program called `name` is (`execvp(3)`).
async fn find_program(
    machine: &Arc<Machine>,
    environ: &Environ,
    cwd: &[u8],
    name: &str,
) -> Option<Vec<u8>> {
    let search = environ.get("PATH").unwrap_or_default().to_owned();
    let (cwd, name) = (cwd.to_vec(), name.to_owned());
    look(machine, move |namespace| {
        let candidates: Vec<String> = if name.contains('/') {
            vec![name.clone()]
        } else {
            search
                .split(':')
                .map(|directory| {
                    if directory.is_empty() {
                        name.clone()
                    } else {
                        format!("{directory}/{name}")
                    }
                })
                .collect()
        };
        for candidate in candidates {
            let base = Base::Path(&cwd);
            // A name with a slash is taken as it is, so that a script sees it as it was given; what is
            // wrong with it is found out by starting it.
            let fits = |kind| kind == FileKind::Regular || candidate == name;
            if let Ok(stat) = namespace.stat(None, base, candidate.as_bytes(), true)
                && fits(stat.kind)
            {
                return Ok(candidate.into_bytes());
            }
        }
        Err(Errno::NoEntry)
    })
    .await
    .ok()
}

/// Looks at the session's files, where looking may wait for a disk.
async fn look<T: Send + 'static>(
    machine: &Arc<Machine>,
    work: impl FnOnce(&Namespace) -> berth_kernel::Result<T> + Send + 'static,
) -> berth_kernel::Result<T> {
    let namespace = Arc::clone(machine.namespace());
    tokio::task::spawn_blocking(move || work(&namespace))
        .await
        .unwrap_or(Err(Errno::Canceled))
}

/// A command that never ran, as a shell would tell it.
fn not_started(program: &str, exit_code: u8, reason: &str, start: Instant) -> ExecResult {
    ExecResult {
        exit_code,
        stdout: Vec::new(),
        stderr: format!("{program}: {reason}\n").into_bytes(),
        truncated: false,
        timed_out: false,
        duration: start.elapsed(),
    }
}

/// What the kernel refused to start. `stderr`: where a broken module's fault was told.
fn could_not_start(
    errno: Errno,
    program: &str,
    stderr: &dyn File,
    start: Instant,
) -> Result<ExecResult> {
    let (code, reason) = match errno {
        Errno::Again | Errno::NoMemory => return Err(Error::of_spawn(errno)),
        Errno::NoEntry => (NOT_FOUND_CODE, "no such file or directory"),
        Errno::NoExec => (NOT_EXECUTABLE_CODE, "not a program"),
        Errno::Access => (NOT_EXECUTABLE_CODE, "permission denied"),
        Errno::TooBig => (NOT_EXECUTABLE_CODE, "too many arguments"),
        Errno::Loop => (NOT_EXECUTABLE_CODE, "too many interpreters or links"),
        _ => (NOT_EXECUTABLE_CODE, "cannot be started"),
    };
    let mut result = not_started(program, code, reason, start);
    let mut told = Capture::default();
    told.take_rest(stderr);
    if !told.kept.is_empty() {
        result.stderr = told.kept;
    }
    Ok(result)
}

/// Runs a session's startup command and tells its exit code; what it prints goes to `print`. When the future is
/// dropped, the command is killed.
pub(crate) async fn run_startup(
    runtime: &Runtime,
    machine: &Arc<Machine>,
    environ: &Environ,
    text: &str,
    print: impl Fn(&[u8]),
) -> Result<u8> {
    // No input: what asks for some gets the end of it.
    let (stdin, _) = pipe();
    let (read, write) = pipe();
    let spawn = Spawn {
        path: SHELL.as_bytes().to_vec(),
        argv: vec![b"bash".to_vec(), b"-c".to_vec(), text.as_bytes().to_vec()],
        environ: environ.strings(),
        cwd: HOME.as_bytes().to_vec(),
        descriptors: vec![(0, stdin), (1, Arc::clone(&write)), (2, write)],
        tty: None,
        group: Group::New,
        foreground: false,
    };
    let process = runtime
        .spawn(machine, spawn)
        .await
        .map_err(Error::of_spawn)?;
    let mut killer = Killer {
        machine: Arc::clone(machine),
        process: Arc::clone(&process),
        armed: true,
    };
    let mut buffer = vec![0; OUTPUT_PIECE_BYTES];
    let mut ended = None;
    loop {
        match read.try_read(None, &mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                print(&buffer[..count]);
                tokio::task::yield_now().await;
            }
            Err(Errno::Again) if ended.is_some() => break,
            Err(Errno::Again) => tokio::select! {
                () = wait(&*read, Interest::Read) => {}
                status = process.exited() => ended = Some(status),
            },
            Err(_) => break,
        }
    }
    let status = match ended {
        Some(status) => status,
        None => process.exited().await,
    };
    killer.armed = false;
    Ok(status.shell_code())
}
