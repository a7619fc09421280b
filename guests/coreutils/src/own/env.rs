//! `env`: a program with another environment, or the environment itself.
//!
//! A process cannot replace its program here, so `env` starts the program, hands on the signals meant for it, and
//! ends as it ended.

use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::os::fd::RawFd;

use berth_guest::{Group, Pid, Signal, SignalAction, SpawnRequest, WaitOptions, WaitStatus};
use lexopt::prelude::*;

use super::split_string::split;
use super::{bytes, complain, joined, os_string, print, reason, search_path, usage_error};

const HELP: &[u8] = b"\
Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]
Set each NAME to VALUE in the environment and run COMMAND; without one, print the environment.

  -i, --ignore-environment  start with an empty environment; - does the same
  -0, --null                end each line of the printed environment with NUL
  -u, --unset=NAME          remove NAME from the environment
  -C, --chdir=DIR           run COMMAND in DIR
  -S, --split-string=S      split S into arguments; for #! lines
";
/// `env` itself failed.
const EXIT_FAILURE: i32 = 125;
/// The program is there but cannot be started.
const EXIT_CANNOT_START: i32 = 126;
/// There is no such program.
const EXIT_NOT_FOUND: i32 = 127;
/// Added to a signal's number when dying of it was not possible.
const EXIT_SIGNALLED: i32 = 128;
/// Where programs are sought when there is no `PATH`.
const DEFAULT_PATH: &[u8] = b"/usr/local/bin:/usr/bin:/bin";

/// Where the kernel lists a process's descriptors.
const DESCRIPTORS: &str = "/proc/self/fd";
/// The descriptor of `/`, which the kernel gives every program itself.
const PREOPEN: RawFd = 3;

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

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    ignore_environment: bool,
    end_with_nul: bool,
    unset: Vec<OsString>,
    directory: Option<OsString>,
    /// `NAME=VALUE`.
    assignments: Vec<OsString>,
    command: Vec<OsString>,
}

/// `env`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    if arguments
        .get(1)
        .is_some_and(|argument| argument == "--help")
    {
        return print("env", HELP);
    }
    let request = match parse(arguments) {
        Ok(request) => request,
        Err(error) => return usage_error("env", &error, EXIT_FAILURE),
    };
    let inherited =
        std::env::vars_os().map(|(name, value)| (bytes(&name).to_vec(), bytes(&value).to_vec()));
    let environment = environment(&request, inherited.collect());
    if request.command.is_empty() {
        if request.directory.is_some() {
            complain(
                "env",
                format_args!("must specify command with --chdir (-C)"),
            );
            return EXIT_FAILURE;
        }
        return print(
            "env",
            &listing(&environment, if request.end_with_nul { 0 } else { b'\n' }),
        );
    }
    if request.end_with_nul {
        complain(
            "env",
            format_args!("cannot specify --null (-0) with command"),
        );
        return EXIT_FAILURE;
    }
    if let Some(directory) = &request.directory
        && let Err(error) = berth_guest::chdir(bytes(directory))
    {
        complain(
            "env",
            format_args!(
                "cannot change directory to '{}': {}",
                directory.display(),
                reason(&error)
            ),
        );
        return EXIT_FAILURE;
    }
    run(&request.command, &environment)
}

/// Reads the command line. What follows the command belongs to it.
fn parse(arguments: Vec<OsString>) -> Result<Request, lexopt::Error> {
    let mut request = Request::default();
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('i') | Long("ignore-environment") => request.ignore_environment = true,
            Short('0') | Long("null") => request.end_with_nul = true,
            Short('u') | Long("unset") => request.unset.push(parser.value()?),
            Short('C') | Long("chdir") => request.directory = Some(parser.value()?),
            Short('S') | Long("split-string") => {
                let text = parser.value()?;
                let variable = |name: &[u8]| {
                    std::env::var_os(os_string(name.to_vec())).map(|value| bytes(&value).to_vec())
                };
                let words = split(bytes(&text), variable).map_err(|error| error.to_string())?;
                let mut spliced = vec![OsString::from("env")];
                spliced.extend(words.into_iter().map(os_string));
                spliced.extend(parser.raw_args()?);
                parser = lexopt::Parser::from_iter(spliced);
            }
            Value(first) => {
                let mut rest = std::iter::once(first).chain(parser.raw_args()?).peekable();
                if rest.next_if(|argument| argument == "-").is_some() {
                    request.ignore_environment = true;
                }
                while let Some(assignment) =
                    rest.next_if(|argument| bytes(argument).contains(&b'='))
                {
                    request.assignments.push(assignment);
                }
                request.command = rest.collect();
                break;
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(request)
}

/// The environment asked for, as `NAME=VALUE` strings.
fn environment(request: &Request, inherited: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<Vec<u8>> {
    let mut variables = if request.ignore_environment {
        Vec::new()
    } else {
        inherited
    };
    for name in &request.unset {
        variables.retain(|(known, _)| known != bytes(name));
    }
    for assignment in &request.assignments {
        let mut parts = bytes(assignment).splitn(2, |byte| *byte == b'=');
        let (name, value) = (
            parts.next().unwrap_or_default().to_vec(),
            parts.next().unwrap_or_default().to_vec(),
        );
        match variables.iter_mut().find(|(known, _)| *known == name) {
            Some(variable) => variable.1 = value,
            None => variables.push((name, value)),
        }
    }
    variables
        .into_iter()
        .map(|(name, value)| [&name[..], b"=", &value].concat())
        .collect()
}

fn listing(environment: &[Vec<u8>], terminator: u8) -> Vec<u8> {
    let mut text = Vec::new();
    for variable in environment {
        text.extend_from_slice(variable);
        text.push(terminator);
    }
    text
}

/// How a program ended.
enum End {
    Exited(u8),
    Signalled(Signal),
}

/// Runs the command to its end; returns its exit code, or dies of the signal it died of.
fn run(command: &[OsString], environment: &[Vec<u8>]) -> i32 {
    // Caught before the program exists: a signal in between must not orphan it.
    catch_signals();
    let pid = match start(command, environment) {
        Ok(pid) => pid,
        Err(error) => {
            let name = command.first().map(OsString::as_os_str).unwrap_or_default();
            let (reason, code) = match error.kind() {
                ErrorKind::NotFound => ("No such file or directory".to_owned(), EXIT_NOT_FOUND),
                _ => (reason(&error), EXIT_CANNOT_START),
            };
            complain("env", format_args!("'{}': {reason}", name.display()));
            return code;
        }
    };
    match wait_for(pid) {
        Ok(End::Exited(code)) => i32::from(code),
        Ok(End::Signalled(signal)) => {
            // Whoever waits for this process shall see the same end. SIGKILL has no action to set.
            let _ = berth_guest::set_signal_action(signal, SignalAction::Default);
            let _ = berth_guest::kill(berth_guest::getpid(), signal);
            EXIT_SIGNALLED + i32::from(signal)
        }
        Err(error) => {
            complain("env", format_args!("cannot wait: {}", reason(&error)));
            EXIT_FAILURE
        }
    }
}

/// Starts the first program of that name in the new environment's `PATH`.
fn start(command: &[OsString], environment: &[Vec<u8>]) -> io::Result<Pid> {
    let name = bytes(command.first().map(OsString::as_os_str).unwrap_or_default());
    let path = environment
        .iter()
        .find_map(|variable| variable.strip_prefix(b"PATH="))
        .unwrap_or(DEFAULT_PATH);
    let arguments: Vec<_> = command
        .iter()
        .map(|argument| bytes(argument).to_vec())
        .collect();
    let descriptors = open_descriptors();
    let mut refusal = io::Error::from(ErrorKind::NotFound);
    for program in candidates(name, path) {
        let started = berth_guest::spawn(&SpawnRequest {
            program: &program,
            arguments: &arguments,
            environment,
            descriptors: &descriptors,
            group: Group::Inherit,
            foreground: false,
        });
        match started {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            // The search goes on, but this is what to say when it finds nothing better.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => refusal = error,
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

/// Every open descriptor, each to be the same in the program.
fn open_descriptors() -> Vec<(RawFd, RawFd)> {
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
fn catch_signals() {
    for signal in FORWARDED.into_iter().chain(LEFT_TO_THE_PROGRAM) {
        match berth_guest::set_signal_action(signal, SignalAction::Catch) {
            Ok(SignalAction::Ignore) => {
                // It was just set, so it can be set again.
                let _ = berth_guest::set_signal_action(signal, SignalAction::Ignore);
            }
            Ok(_) => {}
            Err(error) => complain(
                "env",
                format_args!("cannot catch signal {signal}: {}", reason(&error)),
            ),
        }
    }
}

/// Waits for the program's end, handing on signals meanwhile.
fn wait_for(pid: Pid) -> io::Result<End> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Request {
        parse(
            std::iter::once("env")
                .chain(line.iter().copied())
                .map(OsString::from)
                .collect(),
        )
        .unwrap()
    }

    fn variables(request: &Request) -> Vec<String> {
        let inherited = vec![
            (b"A".to_vec(), b"1".to_vec()),
            (b"B".to_vec(), b"2".to_vec()),
        ];
        let environment = environment(request, inherited);
        environment
            .into_iter()
            .map(|variable| String::from_utf8(variable).unwrap())
            .collect()
    }

    #[test]
    fn assignments_change_and_add() {
        assert_eq!(variables(&parsed(&["A=x=y", "C="])), ["A=x=y", "B=2", "C="]);
        assert_eq!(variables(&parsed(&["-u", "A", "--unset=Z"])), ["B=2"]);
    }

    #[test]
    fn an_empty_environment_can_be_asked_for_in_two_ways() {
        assert_eq!(variables(&parsed(&["-i", "C=3"])), ["C=3"]);
        assert_eq!(variables(&parsed(&["-", "C=3"])), ["C=3"]);
    }

    #[test]
    fn what_follows_the_command_belongs_to_it() {
        let request = parsed(&["A=1", "ls", "-i", "B=2", "--", "-u"]);
        assert_eq!(request.command, ["ls", "-i", "B=2", "--", "-u"]);
        assert!(!request.ignore_environment);
    }

    #[test]
    fn a_script_line_can_hold_options_assignments_and_arguments() {
        // As the kernel starts `#!/usr/bin/env -S -i A=1 prog -x "y z"`.
        let request = parsed(&[r#"-S -i A=1 prog -x "y z""#, "./script", "arg"]);
        assert!(request.ignore_environment);
        assert_eq!(request.assignments, ["A=1"]);
        assert_eq!(request.command, ["prog", "-x", "y z", "./script", "arg"]);
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert!(parse(vec!["env".into(), "-z".into()]).is_err());
        assert!(parse(vec!["env".into(), "-S'".into()]).is_err());
    }

    #[test]
    fn the_new_path_decides_where_a_program_is() {
        assert_eq!(
            candidates(b"ls", b"/a:/b/:"),
            [b"/a/ls".to_vec(), b"/b/ls".to_vec(), b"./ls".to_vec()]
        );
        assert_eq!(candidates(b"./ls", b"/a"), [b"./ls".to_vec()]);
        assert!(candidates(b"", b"/a").is_empty());
    }

    #[test]
    fn the_listing_has_one_variable_a_line() {
        let environment = environment(&parsed(&["-i", "A=1", "B=2"]), Vec::new());
        assert_eq!(listing(&environment, b'\n'), b"A=1\nB=2\n");
        assert_eq!(listing(&environment, 0), b"A=1\0B=2\0");
    }
}
