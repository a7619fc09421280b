//! `jobs`, `fg`, `bg`, `wait`, `kill`, `disown`, `suspend`

use berth_guest::{Pid, WaitOptions};

use super::USAGE_STATUS;
use crate::descriptors::error_text;
use crate::jobs::State;
use crate::shell::{Outcome, Shell, Unwind};
use crate::signals::{self, Event, SIGCONT, SIGSTOP, SIGTERM};

/// Lists jobs.
pub fn jobs(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "lnprsx") else {
        return Ok(USAGE_STATUS);
    };
    let operands = options.operands.to_vec();
    let (long, pids) = (options.has('l'), options.has('p'));
    let (running, stopped, changed) = (options.has('r'), options.has('s'), options.has('n'));
    shell.reap();
    if !shell.mode.interactive {
        // Nobody was going to be told; what has ended is over.
        let ended = shell
            .jobs
            .list()
            .iter()
            .filter(|job| matches!(job.state(), State::Exited(_) | State::Killed(_)));
        let ended: Vec<u32> = ended.map(|job| job.number).collect();
        ended.into_iter().for_each(|number| shell.settle(number));
    }
    let mut status = 0;
    let mut numbers = Vec::new();
    if operands.is_empty() {
        numbers.extend(shell.jobs.list().iter().map(|job| job.number));
    }
    for operand in &operands {
        match shell.jobs.find(operand) {
            Ok(number) => numbers.push(number),
            Err(reason) => {
                shell.complain(words, &format!("{operand}: {reason}"));
                status = 1;
            }
        }
    }
    for number in numbers {
        let Some(job) = shell.jobs.get(number) else {
            continue;
        };
        let state = job.state();
        if (running && state != State::Running)
            || (stopped && !matches!(state, State::Stopped(_)))
            || (changed && job.told)
        {
            continue;
        }
        if pids {
            let pid = job.processes.first().map_or(0, |process| process.pid);
            shell.print_line(&pid.to_string());
        } else if let Some(line) = shell.job_line(number, long) {
            shell.print_line(&line);
        }
        shell.settle(number);
    }
    Ok(status)
}

/// The job an argument means, or the current one; told when there is none.
fn job_argument(shell: &Shell, words: &[String], argument: Option<&String>) -> Option<u32> {
    let (text, found) = match argument {
        Some(text) => {
            let spec = if text.starts_with('%') {
                text.clone()
            } else {
                format!("%{text}")
            };
            (text.as_str(), shell.jobs.find(&spec))
        }
        None => ("current", shell.jobs.current().ok_or("no such job")),
    };
    match found {
        Ok(number) => Some(number),
        Err(reason) => {
            shell.complain(words, &format!("{text}: {reason}"));
            None
        }
    }
}

/// Brings a job to the foreground.
pub fn fg(shell: &mut Shell, words: &[String]) -> Outcome {
    if !shell.job_control() {
        shell.complain(words, "no job control");
        return Ok(1);
    }
    let Some(number) = job_argument(shell, words, words.get(1)) else {
        return Ok(1);
    };
    let command = shell
        .jobs
        .get(number)
        .map(|job| job.command.clone())
        .unwrap_or_default();
    shell.print_line(&command);
    shell.flush();
    Ok(shell.resume(number, true))
}

/// Lets a stopped job go on in the background.
pub fn bg(shell: &mut Shell, words: &[String]) -> Outcome {
    if !shell.job_control() {
        shell.complain(words, "no job control");
        return Ok(1);
    }
    let operands: Vec<Option<&String>> = if words.len() > 1 {
        words.iter().skip(1).map(Some).collect()
    } else {
        vec![None]
    };
    let mut status = 0;
    for operand in operands {
        let Some(number) = job_argument(shell, words, operand) else {
            status = 1;
            continue;
        };
        let command = shell
            .jobs
            .get(number)
            .map(|job| job.command.clone())
            .unwrap_or_default();
        shell.print_line(&format!("[{number}]+ {command} &"));
        status = shell.resume(number, false);
    }
    Ok(status)
}

/// Waits for children.
pub fn wait(shell: &mut Shell, words: &[String]) -> Outcome {
    let result = wait_for(shell, words);
    shell.forget_ended_coprocess();
    result
}

fn wait_for(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "fnp:") else {
        return Ok(USAGE_STATUS);
    };
    let operands = options.operands.to_vec();
    let variable = options.value('p').map(str::to_owned);
    if options.has('n') {
        return wait_for_next(shell, &operands, variable.as_deref());
    }
    if operands.is_empty() {
        for pid in shell.jobs.running() {
            if let Waited::Interrupted(status) = wait_for_child(shell, pid)? {
                return Ok(status);
            }
        }
        shell.tell_of_jobs();
        let numbers: Vec<u32> = shell.jobs.list().iter().map(|job| job.number).collect();
        numbers.into_iter().for_each(|number| shell.settle(number));
        return Ok(0);
    }
    let mut status = 0;
    for operand in &operands {
        let pids = match targets(shell, words, operand) {
            Some(pids) => pids,
            None => {
                let number = operand.starts_with('%') || operand.parse::<Pid>().is_ok();
                status = if number { 127 } else { 1 };
                continue;
            }
        };
        for pid in pids {
            status = match wait_for_child(shell, pid)? {
                Waited::Ended(status) => status,
                Waited::Interrupted(status) => return Ok(status),
            };
            if let Some(variable) = &variable {
                shell
                    .assign(variable, &pid.to_string(), false)
                    .map_err(|refused| refused.or(Unwind::Discard(1)))?;
            }
        }
    }
    Ok(status)
}

/// The processes an argument of `wait` means.
fn targets(shell: &Shell, words: &[String], operand: &str) -> Option<Vec<Pid>> {
    if operand.starts_with('%') {
        return match shell.jobs.find(operand) {
            Ok(number) => shell
                .jobs
                .get(number)
                .map(|job| job.processes.iter().map(|process| process.pid).collect()),
            Err(reason) => {
                shell.complain(words, &format!("{operand}: {reason}"));
                None
            }
        };
    }
    match operand.parse::<Pid>() {
        Ok(pid) if shell.jobs.knows(pid) => Some(vec![pid]),
        Ok(pid) => {
            shell.complain(words, &format!("pid {pid} is not a child of this shell"));
            None
        }
        Err(_) => {
            shell.complain(words, &format!("`{operand}': not a pid or valid job spec"));
            None
        }
    }
}

/// How waiting ended.
enum Waited {
    /// The child did, with this status.
    Ended(i32),
    /// A trapped signal did; the status of `wait`.
    Interrupted(i32),
}

/// Waits for one child; a trapped signal ends the waiting.
fn wait_for_child(shell: &mut Shell, pid: Pid) -> Result<Waited, Unwind> {
    loop {
        if let Some(status) = shell.jobs.ended_status(pid) {
            shell.tell_of_jobs();
            if let Some(number) = shell.jobs.of_process(pid) {
                shell.settle(number);
            }
            return Ok(Waited::Ended(status));
        }
        match berth_guest::wait(pid, WaitOptions::default()) {
            Ok(Some((pid, status))) => shell.note_child(pid, status),
            Ok(None) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                if let Some(status) = interrupted(shell)? {
                    return Ok(Waited::Interrupted(status));
                }
            }
            Err(_) => return Ok(Waited::Ended(127)),
        }
    }
}

/// A signal arrived while waiting: its trap runs, and `wait` ends with the status it gives.
fn interrupted(shell: &mut Shell) -> Result<Option<i32>, Unwind> {
    shell.traps.collect();
    let signal = shell.traps.first_pending();
    shell.poll_signals()?;
    Ok(signal.map(|signal| 128 + i32::from(signal)))
}

/// `wait -n`
fn wait_for_next(shell: &mut Shell, operands: &[String], variable: Option<&str>) -> Outcome {
    let wanted: Option<Vec<Pid>> = if operands.is_empty() {
        None
    } else {
        Some(
            operands
                .iter()
                .filter_map(|operand| targets(shell, &["wait".to_owned()], operand))
                .flatten()
                .collect(),
        )
    };
    let is_wanted = |pid: Pid| wanted.as_ref().is_none_or(|wanted| wanted.contains(&pid));
    let mut finished = shell
        .jobs
        .list()
        .iter()
        .flat_map(|job| &job.processes)
        .filter(|process| {
            matches!(process.state, State::Exited(_) | State::Killed(_)) && is_wanted(process.pid)
        });
    let mut done = finished.next().map(|process| process.pid);
    while done.is_none() {
        if !shell.jobs.running().iter().any(|pid| is_wanted(*pid)) {
            return Ok(127);
        }
        match berth_guest::wait(-1, WaitOptions::default()) {
            Ok(Some((pid, status))) => {
                shell.note_child(pid, status);
                done = is_wanted(pid).then_some(pid);
            }
            Ok(None) => {}
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                if let Some(status) = interrupted(shell)? {
                    return Ok(status);
                }
            }
            Err(_) => return Ok(127),
        }
    }
    let pid = done.unwrap_or(0);
    let status = shell.jobs.ended_status(pid).unwrap_or(127);
    shell.tell_of_jobs();
    if let Some(number) = shell.jobs.of_process(pid) {
        shell.settle(number);
    }
    shell.jobs.forget(pid);
    if let Some(variable) = variable {
        shell
            .assign(variable, &pid.to_string(), false)
            .map_err(|refused| refused.or(Unwind::Discard(1)))?;
    }
    Ok(status)
}

/// Sends signals.
pub fn kill(shell: &mut Shell, words: &[String]) -> Outcome {
    // Who has ended is not there any more.
    shell.reap();
    let mut signal = Some(SIGTERM);
    let mut index = 1;
    while let Some(word) = words.get(index) {
        let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
            break;
        };
        index += 1;
        match option {
            "-" => break,
            "l" | "L" => return list_signals(shell, words, words.get(index..).unwrap_or_default()),
            "s" | "n" => {
                let Some(name) = words.get(index) else {
                    shell.complain(words, &format!("{word}: option requires an argument"));
                    return Ok(1);
                };
                signal = parse_signal(name);
                if signal.is_none() {
                    shell.complain(words, &format!("{name}: invalid signal specification"));
                    return Ok(1);
                }
                index += 1;
            }
            name => {
                let name = name
                    .strip_prefix('s')
                    .filter(|rest| parse_signal(rest).is_some())
                    .unwrap_or(name);
                signal = parse_signal(name);
                if signal.is_none() {
                    shell.complain(words, &format!("{name}: invalid signal specification"));
                    return Ok(1);
                }
                if words.get(index).is_some_and(|word| word == "--") {
                    index += 1;
                }
                break;
            }
        }
    }
    let operands = words.get(index..).unwrap_or_default();
    if operands.is_empty() {
        shell.write_error("kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n");
        return Ok(USAGE_STATUS);
    }
    let signal = signal.unwrap_or(SIGTERM);
    let mut status = 0;
    for operand in operands {
        if !send(shell, words, operand, signal) {
            status = 1;
        }
    }
    Ok(status)
}

/// A signal by number (0 too) or name.
fn parse_signal(text: &str) -> Option<u8> {
    match Event::parse(text) {
        Some(Event::Exit) => Some(0),
        Some(Event::Signal(signal)) => Some(signal),
        _ => None,
    }
}

fn send(shell: &mut Shell, words: &[String], operand: &str, signal: u8) -> bool {
    let target = if operand.starts_with('%') {
        match shell.jobs.find(operand) {
            Ok(number) => {
                let job = shell.jobs.get(number);
                let group = job.and_then(|job| job.group);
                let first = job
                    .and_then(|job| job.processes.first())
                    .map(|process| process.pid);
                match (group, first) {
                    (Some(group), _) => -group,
                    (None, Some(pid)) => pid,
                    (None, None) => return false,
                }
            }
            Err(reason) => {
                shell.complain(words, &format!("{operand}: {reason}"));
                return false;
            }
        }
    } else {
        match operand.parse::<Pid>() {
            Ok(pid) => pid,
            Err(_) => {
                let reason = if operand.is_empty() {
                    "`': not a pid or valid job spec".to_owned()
                } else {
                    format!("{operand}: arguments must be process or job IDs")
                };
                shell.complain(words, &reason);
                return false;
            }
        }
    };
    match berth_guest::kill(target, signal) {
        Ok(()) => {
            // A stopped job could not act on it.
            let group = if target < 0 { -target } else { target };
            let stopped =
                shell.jobs.list().iter().any(|job| {
                    job.group == Some(group) && matches!(job.state(), State::Stopped(_))
                });
            if stopped && !matches!(signal, 0 | SIGSTOP | SIGCONT | signals::SIGTSTP) {
                let _ = berth_guest::kill(target, SIGCONT);
            }
            true
        }
        Err(error) => {
            shell.complain(words, &format!("({operand}) - {}", error_text(&error)));
            false
        }
    }
}

fn list_signals(shell: &mut Shell, words: &[String], operands: &[String]) -> Outcome {
    if operands.is_empty() {
        for row in (1..=31_u8).collect::<Vec<_>>().chunks(5) {
            let cells: Vec<String> = row
                .iter()
                .map(|signal| format!("{signal:2}) SIG{}", signals::signal_name(*signal)))
                .collect();
            shell.print_line(&cells.join("\t"));
        }
        return Ok(0);
    }
    let mut status = 0;
    for operand in operands {
        // A status above 128 is that of a command a signal ended.
        match operand.parse::<u16>() {
            Ok(number) => {
                let signal = if number > 128 { number - 128 } else { number };
                match u8::try_from(signal)
                    .ok()
                    .filter(|signal| (1..=31).contains(signal))
                {
                    Some(signal) => shell.print_line(&signals::signal_name(signal)),
                    None if signal == 0 => shell.print_line("EXIT"),
                    None => {
                        shell.complain(words, &format!("{operand}: invalid signal specification"));
                        status = 1;
                    }
                }
            }
            Err(_) => match parse_signal(operand) {
                Some(signal) => shell.print_line(&signal.to_string()),
                None => {
                    shell.complain(words, &format!("{operand}: invalid signal specification"));
                    status = 1;
                }
            },
        }
    }
    Ok(status)
}

/// Forgets jobs, which go on.
pub fn disown(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "ahr") else {
        return Ok(USAGE_STATUS);
    };
    let (all, keep, running) = (options.has('a'), options.has('h'), options.has('r'));
    let operands = options.operands.to_vec();
    let mut numbers = Vec::new();
    let mut status = 0;
    if all || (running && operands.is_empty()) {
        let wanted = shell
            .jobs
            .list()
            .iter()
            .filter(|job| !running || job.state() == State::Running);
        numbers.extend(wanted.map(|job| job.number));
    } else if operands.is_empty() {
        numbers.extend(job_argument(shell, words, None));
    }
    for operand in &operands {
        let found = match operand.parse::<Pid>() {
            Ok(pid) => shell.jobs.of_process(pid).ok_or("no such job"),
            Err(_) => shell.jobs.find(operand),
        };
        match found {
            Ok(number) => numbers.push(number),
            Err(reason) => {
                shell.complain(words, &format!("{operand}: {reason}"));
                status = 1;
            }
        }
    }
    for number in numbers {
        if keep {
            if let Some(job) = shell.jobs.get_mut(number) {
                job.keep_on_hangup = true;
            }
        } else {
            shell.jobs.remove(number);
        }
    }
    Ok(status)
}

/// Stops the shell itself.
pub fn suspend(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "f") else {
        return Ok(USAGE_STATUS);
    };
    if !shell.job_control() && !options.has('f') {
        shell.complain(words, "cannot suspend: no job control");
        return Ok(1);
    }
    if shell.mode.login && !options.has('f') {
        shell.complain(words, "cannot suspend a login shell");
        return Ok(1);
    }
    match berth_guest::kill(berth_guest::getpid(), SIGSTOP) {
        Ok(()) => Ok(0),
        Err(_) => Ok(1),
    }
}
