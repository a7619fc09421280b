//! Programs that run a command: `timeout`, `nohup`, `nice`, `time`, `watch`.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use berth_guest::{Group, SignalAction, WaitOptions, WaitStatus};
use berth_multicall::{
    End, Exit, Piped, complain, environment, open_descriptors, reason, run_instead,
    spawn_shell_piped, start, text, time, usage_error_text, wait_for,
};

use crate::signals;
use berth_multicall::takes::{Takes, read};

/// `timeout` and its like failed themselves.
const EXIT_FAILURE: i32 = 125;
/// The command took too long.
const EXIT_TIMED_OUT: i32 = 124;
const SIGHUP: u8 = 1;
const SIGKILL: u8 = 9;
const SIGCONT: u8 = 18;
/// How often a running command is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

const TIMEOUT: Takes = Takes {
    name: "timeout",
    help: "\
Usage: timeout [OPTION] DURATION COMMAND [ARG]...
Start COMMAND, and kill it if still running after DURATION.

      --preserve-status  exit with the same status as COMMAND, even when the command times out
      --foreground       allow COMMAND to read from the terminal
  -k, --kill-after=DURATION  also send a KILL signal if COMMAND is still running
  -s, --signal=SIGNAL    specify the signal to be sent on timeout
  -v, --verbose          diagnose to stderr any signal sent upon timeout

DURATION is a floating point number with an optional suffix: 's' for seconds (the default),
'm' for minutes, 'h' for hours or 'd' for days.  A duration of 0 disables the timeout.
",
    letters: "k:s:vpf",
    long: &[
        ("preserve-status", 'p'),
        ("foreground", 'f'),
        ("kill-after", 'k'),
        ("signal", 's'),
        ("verbose", 'v'),
    ],
    code: EXIT_FAILURE,
    command: true,
};

fn duration(word: &str) -> Option<Duration> {
    let (number, factor) = match word.chars().last()? {
        's' => (&word[..word.len() - 1], 1.0),
        'm' => (&word[..word.len() - 1], 60.0),
        'h' => (&word[..word.len() - 1], 3600.0),
        'd' => (&word[..word.len() - 1], 86_400.0),
        _ => (word, 1.0),
    };
    let seconds: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(seconds * factor).ok()
}

/// `timeout`.
pub fn timeout(arguments: Vec<OsString>) -> i32 {
    let given = match read(&TIMEOUT, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [limit, command @ ..] = &given.operands[..] else {
        return usage_error_text("timeout", "missing operand", EXIT_FAILURE);
    };
    if command.is_empty() {
        return usage_error_text("timeout", "missing operand", EXIT_FAILURE);
    }
    let invalid = |word: &str| {
        usage_error_text(
            "timeout",
            &format!("invalid time interval '{word}'"),
            EXIT_FAILURE,
        )
    };
    let Some(limit) = duration(&text(limit)) else {
        return invalid(&text(limit));
    };
    let kill_after = match given.text('k').map(|word| (duration(&word), word)) {
        Some((None, word)) => return invalid(&word),
        Some((after, _)) => after,
        None => None,
    };
    let name = given.text('s').unwrap_or_else(|| "TERM".to_owned());
    let Some(signal) = signals::number(&name) else {
        return usage_error_text("timeout", &format!("{name}: invalid signal"), EXIT_FAILURE);
    };
    let pid = match start(command, &environment(), &open_descriptors(), Group::Inherit) {
        Ok(pid) => pid,
        Err(error) => {
            let (why, code) = Exit::of(&error);
            complain(
                "timeout",
                format_args!("failed to run command '{}': {why}", text(&command[0])),
            );
            return code;
        }
    };
    let mut deadline = (!limit.is_zero()).then(|| Instant::now() + limit);
    let mut timed_out = false;
    let mut next = signal;
    loop {
        let waited = berth_guest::wait(
            pid,
            WaitOptions {
                no_hang: deadline.is_some(),
                ..WaitOptions::default()
            },
        );
        let end = match waited {
            Ok(Some((_, WaitStatus::Exited(code)))) => Some(End::Exited(code)),
            Ok(Some((_, WaitStatus::Signalled(signal)))) => Some(End::Signalled(signal)),
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
            Err(error) => {
                complain(
                    "timeout",
                    format_args!("error waiting for command: {}", reason(&error)),
                );
                return EXIT_FAILURE;
            }
        };
        if let Some(end) = end {
            if timed_out && !given.has('p') {
                return if end == End::Signalled(SIGKILL) {
                    128 + i32::from(SIGKILL)
                } else {
                    EXIT_TIMED_OUT
                };
            }
            return end.code();
        }
        let Some(due) = deadline else { continue };
        let left = due.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            std::thread::sleep(left.min(LOOK_INTERVAL));
            continue;
        }
        if given.has('v') {
            let shown = signals::NAMES
                .iter()
                .find(|(number, _)| *number == next)
                .map_or("?", |(_, name)| name);
            complain(
                "timeout",
                format_args!("sending signal {shown} to command '{}'", text(&command[0])),
            );
        }
        timed_out = true;
        let _ = berth_guest::kill(pid, next);
        let _ = berth_guest::kill(pid, SIGCONT);
        next = SIGKILL;
        deadline = kill_after.map(|after| Instant::now() + after);
    }
}

const NOHUP: Takes = Takes {
    name: "nohup",
    help: "\
Usage: nohup COMMAND [ARG]...
Run COMMAND, ignoring hangup signals. Output to a terminal goes to nohup.out.
",
    letters: "",
    long: &[],
    code: EXIT_FAILURE,
    command: true,
};

/// `nohup`.
pub fn nohup(arguments: Vec<OsString>) -> i32 {
    let given = match read(&NOHUP, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return usage_error_text("nohup", "missing operand", EXIT_FAILURE);
    }
    let mut descriptors = open_descriptors();
    let mut keep = Vec::new();
    let mut redirect = |fd: i32, file: File| {
        descriptors.retain(|(child, _)| *child != fd);
        descriptors.push((fd, file.as_fd().as_raw_fd()));
        keep.push(file);
    };
    if io::stdin().is_terminal()
        && let Ok(null) = File::open("/dev/null")
    {
        redirect(0, null);
    }
    if io::stdout().is_terminal() {
        match OpenOptions::new()
            .append(true)
            .create(true)
            .open("nohup.out")
        {
            Ok(file) => {
                complain(
                    "nohup",
                    format_args!("ignoring input and appending output to 'nohup.out'"),
                );
                let copy = berth_guest::dup(file.as_fd(), 0).map(File::from);
                redirect(1, file);
                if io::stderr().is_terminal()
                    && let Ok(copy) = copy
                {
                    redirect(2, copy);
                }
            }
            Err(error) => {
                complain(
                    "nohup",
                    format_args!("failed to open 'nohup.out': {}", reason(&error)),
                );
                return EXIT_FAILURE;
            }
        }
    }
    let _ = berth_guest::set_signal_action(SIGHUP, SignalAction::Ignore);
    match start(
        &given.operands,
        &environment(),
        &descriptors,
        Group::Inherit,
    ) {
        Ok(pid) => wait_for(pid).map_or(EXIT_FAILURE, End::repeat),
        Err(error) => {
            let (why, code) = Exit::of(&error);
            complain(
                "nohup",
                format_args!(
                    "failed to run command '{}': {why}",
                    text(&given.operands[0])
                ),
            );
            code
        }
    }
}

const NICE: Takes = Takes {
    name: "nice",
    help: "\
Usage: nice [-n N] [COMMAND [ARG]...]
Run COMMAND. A session has no priorities: its processes share its part of the machine, and the number is accepted
and does nothing.
",
    letters: "n:",
    long: &[("adjustment", 'n')],
    code: EXIT_FAILURE,
    command: true,
};

/// `nice`.
pub fn nice(arguments: Vec<OsString>) -> i32 {
    let given = match read(&NICE, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        println!("0");
        return 0;
    }
    let command: Vec<_> = given
        .operands
        .iter()
        .map(|word| berth_multicall::os_string(&word[..]))
        .collect();
    run_instead("nice", &command, &environment(), EXIT_FAILURE)
}

const TIME: Takes = Takes {
    name: "time",
    help: "\
Usage: time [-p] COMMAND [ARG]...
Run COMMAND, then print how long it took. Time on the processor is not known to it: only the shell's own `time` is
told that.

  -p  print in POSIX format
",
    letters: "p",
    long: &[("portability", 'p')],
    code: EXIT_FAILURE,
    command: true,
};

/// `time`.
pub fn time_program(arguments: Vec<OsString>) -> i32 {
    let given = match read(&TIME, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return usage_error_text("time", "missing command", EXIT_FAILURE);
    }
    let began = Instant::now();
    let end = match start(
        &given.operands,
        &environment(),
        &open_descriptors(),
        Group::Inherit,
    )
    .and_then(wait_for)
    {
        Ok(end) => end,
        Err(error) => {
            let (why, code) = Exit::of(&error);
            complain(
                "time",
                format_args!("cannot run {}: {why}", text(&given.operands[0])),
            );
            return code;
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    if given.has('p') {
        eprintln!("real {seconds:.2}");
    } else {
        eprintln!("real\t{}m{:.3}s", (seconds / 60.0) as u64, seconds % 60.0);
    }
    end.code()
}

const WATCH: Takes = Takes {
    name: "watch",
    help: "\
Usage: watch [OPTION]... COMMAND
Run COMMAND again and again, and show its output on a full screen. ^C ends it.

  -n, --interval=SECONDS  seconds to wait between updates
  -t, --no-title          turn off the header
  -g, --chgexit           exit when the output changes
  -e, --errexit           exit if the command has a non-zero exit
  -x, --exec              pass the command as it is, not through sh -c
",
    letters: "n:tgexdcb",
    long: &[
        ("interval", 'n'),
        ("no-title", 't'),
        ("chgexit", 'g'),
        ("errexit", 'e'),
        ("exec", 'x'),
        ("differences", 'd'),
        ("color", 'c'),
        ("beep", 'b'),
    ],
    code: 1,
    command: true,
};

/// `watch`.
pub fn watch(arguments: Vec<OsString>) -> i32 {
    let given = match read(&WATCH, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return usage_error_text("watch", "no command", 1);
    }
    let seconds: f64 = given
        .text('n')
        .and_then(|word| word.parse().ok())
        .unwrap_or(2.0);
    let interval = Duration::from_secs_f64(seconds.clamp(0.1, 86_400.0));
    let command = given.operands.join(&b' ');
    let mut before: Option<Vec<u8>> = None;
    loop {
        let (output, end) = match output(&command) {
            Ok(done) => done,
            Err(error) => {
                complain("watch", format_args!("{}", reason(&error)));
                return 1;
            }
        };
        let size = berth_guest::tty_window_size(io::stdout().as_fd());
        let (rows, columns) = size.map_or((24, 80), |size| {
            (usize::from(size.rows), usize::from(size.columns))
        });
        let mut screen = b"\x1b[H\x1b[J".to_vec();
        let mut lines = rows;
        if !given.has('t') {
            let left = format!("Every {seconds:.1}s: {}", text(&command));
            let right = time::Moment::at(time::now()).format("%c");
            let gap = columns
                .saturating_sub(left.chars().count() + right.len())
                .max(1);
            screen.extend(format!("{left}{}{right}\r\n\r\n", " ".repeat(gap)).into_bytes());
            lines = lines.saturating_sub(2);
        }
        let shown = output.split(|byte| *byte == b'\n').take(lines);
        screen.extend(shown.collect::<Vec<_>>().join(&b"\r\n"[..]));
        let mut stdout = io::stdout();
        if stdout
            .write_all(&screen)
            .and_then(|()| stdout.flush())
            .is_err()
        {
            return 1;
        }
        if given.has('e') && end.code() != 0 {
            return end.code();
        }
        if given.has('g') && before.as_ref().is_some_and(|before| *before != output) {
            return 0;
        }
        before = Some(output);
        std::thread::sleep(interval);
    }
}

fn output(command: &[u8]) -> io::Result<(Vec<u8>, End)> {
    let (pid, pipe) = spawn_shell_piped(command, Piped::Output)?;
    let mut output = Vec::new();
    File::from(pipe).read_to_end(&mut output)?;
    Ok((output, wait_for(pid)?))
}
