//! Children: which there are, what became of them, and who has the terminal.

use std::collections::BTreeMap;
use std::os::fd::AsFd;

use berth_guest::{ApplyWhen, Pid, TerminalAttributes, WaitOptions, WaitStatus};

use crate::shell::Shell;
use crate::signals::{SIGCONT, SIGINT, SIGPIPE, SIGTERM, description};

/// Statuses of ended background processes kept for `wait`; the oldest go first.
const REMEMBERED_MAX: usize = 1024;

/// What a process does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It runs.
    Running,
    /// A signal stopped it.
    Stopped(u8),
    /// It ended by itself.
    Exited(i32),
    /// A signal ended it.
    Killed(u8),
}

impl State {
    /// The status `$?` shows.
    pub fn status(self) -> i32 {
        match self {
            Self::Running => 0,
            Self::Stopped(signal) | Self::Killed(signal) => 128 + i32::from(signal),
            Self::Exited(status) => status,
        }
    }

    fn ended(self) -> bool {
        matches!(self, Self::Exited(_) | Self::Killed(_))
    }
}

/// One process of a job.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its id.
    pub pid: Pid,
    /// What it does, as far as is known.
    pub state: State,
}

/// A pipeline that was put into the background or stopped.
#[derive(Clone, Debug)]
pub struct Job {
    /// Number for `%n`.
    pub number: u32,
    /// Its process group; `None` without job control.
    pub group: Option<Pid>,
    /// Its processes, first to last.
    pub processes: Vec<Process>,
    /// As typed.
    pub command: String,
    /// The person has been told of its present state.
    pub told: bool,
    /// Attributes of the terminal when it was stopped.
    pub attributes: Option<TerminalAttributes>,
    /// `disown -h`
    pub keep_on_hangup: bool,
}

impl Job {
    /// What the job as a whole does: it runs while one process runs.
    pub fn state(&self) -> State {
        if let Some(process) = self
            .processes
            .iter()
            .find(|process| process.state == State::Running)
        {
            return process.state;
        }
        if let Some(process) = self
            .processes
            .iter()
            .find(|process| matches!(process.state, State::Stopped(_)))
        {
            return process.state;
        }
        self.processes
            .last()
            .map_or(State::Exited(0), |process| process.state)
    }

    /// How `jobs` calls the state.
    pub fn shown_state(&self) -> String {
        match self.state() {
            State::Running => "Running".to_owned(),
            State::Stopped(signal) => description(signal).to_owned(),
            State::Exited(0) => "Done".to_owned(),
            State::Exited(status) => format!("Exit {status}"),
            State::Killed(signal) => description(signal).to_owned(),
        }
    }
}

/// All children the shell knows of.
#[derive(Debug, Default)]
pub struct Jobs {
    jobs: Vec<Job>,
    /// Order of use, the current job last.
    recent: Vec<u32>,
    /// Ended background processes nobody has waited for.
    statuses: BTreeMap<Pid, i32>,
    /// Running processes that belong to no job.
    loose: Vec<Pid>,
    /// `$!`
    pub last_background: Option<Pid>,
    /// Attributes of the terminal at the prompt, given back after programs.
    pub terminal_attributes: Option<TerminalAttributes>,
}

impl Jobs {
    /// All jobs, by number.
    pub fn list(&self) -> &[Job] {
        &self.jobs
    }

    /// A job by number.
    pub fn get(&self, number: u32) -> Option<&Job> {
        self.jobs.iter().find(|job| job.number == number)
    }

    /// The same, to change.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.number == number)
    }

    /// Adds a job; returns its number.
    pub fn add(&mut self, group: Option<Pid>, processes: Vec<Process>, command: String) -> u32 {
        let number = self.jobs.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        let job = Job {
            number,
            group,
            processes,
            command,
            told: true,
            attributes: None,
            keep_on_hangup: false,
        };
        self.jobs.push(job);
        self.use_now(number);
        number
    }

    /// Makes a job the current one.
    pub fn use_now(&mut self, number: u32) {
        self.recent.retain(|known| *known != number);
        self.recent.push(number);
    }

    /// Forgets a job.
    pub fn remove(&mut self, number: u32) {
        self.jobs.retain(|job| job.number != number);
        self.recent.retain(|known| *known != number);
    }

    /// Forgets all jobs: in a child they are not its own.
    pub fn clear(&mut self) {
        self.jobs.clear();
        self.recent.clear();
        self.statuses.clear();
        self.loose.clear();
    }

    /// A process without a job whose status may be asked for.
    pub fn remember(&mut self, pid: Pid) {
        self.loose.push(pid);
    }

    /// The current job (`%+`): the last stopped one, else the last.
    pub fn current(&self) -> Option<u32> {
        self.ranked().first().copied()
    }

    /// The one before it (`%-`).
    pub fn previous(&self) -> Option<u32> {
        let ranked = self.ranked();
        ranked.get(1).or(ranked.first()).copied()
    }

    fn ranked(&self) -> Vec<u32> {
        let stopped = |number: &u32| {
            self.get(*number)
                .is_some_and(|job| matches!(job.state(), State::Stopped(_)))
        };
        let newest_first = || self.recent.iter().rev().copied();
        newest_first()
            .filter(stopped)
            .chain(newest_first().filter(|number| !stopped(number)))
            .collect()
    }

    /// `%1`, `%+`, `%-`, `%name`, `%?text`; an error says why it is none.
    ///
    /// # Errors
    /// `no such job` or `ambiguous job spec`.
    pub fn find(&self, text: &str) -> Result<u32, &'static str> {
        let missing = "no such job";
        let Some(name) = text.strip_prefix('%') else {
            return Err(missing);
        };
        match name {
            "" | "%" | "+" => return self.current().ok_or(missing),
            "-" => return self.previous().ok_or(missing),
            _ => {}
        }
        if let Ok(number) = name.parse::<u32>() {
            return self.get(number).map(|job| job.number).ok_or(missing);
        }
        let fits = |job: &&Job| match name.strip_prefix('?') {
            Some(part) => job.command.contains(part),
            None => job.command.starts_with(name),
        };
        let mut fitting = self.jobs.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(job), None) => Ok(job.number),
            (Some(_), Some(_)) => Err("ambiguous job spec"),
            _ => Err(missing),
        }
    }

    /// The job a process belongs to.
    pub fn of_process(&self, pid: Pid) -> Option<u32> {
        self.jobs
            .iter()
            .find(|job| job.processes.iter().any(|process| process.pid == pid))
            .map(|job| job.number)
    }

    /// Whether a process is or was a child.
    pub fn knows(&self, pid: Pid) -> bool {
        self.statuses.contains_key(&pid)
            || self.loose.contains(&pid)
            || self.of_process(pid).is_some()
    }

    /// The status of an ended process, if it is known.
    pub fn ended_status(&self, pid: Pid) -> Option<i32> {
        if let Some(status) = self.statuses.get(&pid) {
            return Some(*status);
        }
        let processes = self.jobs.iter().flat_map(|job| &job.processes);
        processes
            .filter(|process| process.pid == pid && process.state.ended())
            .map(|process| process.state.status())
            .next()
    }

    /// Notes what happened to a child.
    pub fn record(&mut self, pid: Pid, status: WaitStatus) {
        let state = state_of(status);
        for job in &mut self.jobs {
            if let Some(process) = job.processes.iter_mut().find(|process| process.pid == pid) {
                process.state = state;
                job.told = false;
                return;
            }
        }
        if state.ended() {
            self.loose.retain(|known| *known != pid);
            while self.statuses.len() >= REMEMBERED_MAX {
                self.statuses.pop_first();
            }
            self.statuses.insert(pid, state.status());
        }
    }

    /// Forgets the status of a process that was waited for.
    pub fn forget(&mut self, pid: Pid) {
        self.statuses.remove(&pid);
    }

    /// Running children of any kind.
    pub fn running(&self) -> Vec<Pid> {
        let of_jobs = self
            .jobs
            .iter()
            .flat_map(|job| &job.processes)
            .filter(|process| process.state == State::Running)
            .map(|process| process.pid);
        of_jobs.chain(self.loose.iter().copied()).collect()
    }
}

/// What the kernel reports, as a state.
pub fn state_of(status: WaitStatus) -> State {
    match status {
        WaitStatus::Exited(code) => State::Exited(i32::from(code)),
        WaitStatus::Signalled(signal) => State::Killed(signal),
        WaitStatus::Stopped(signal) => State::Stopped(signal),
        WaitStatus::Continued => State::Running,
    }
}

impl Shell {
    /// Waits for a child that belongs to no job and gives its status. Caught signals do not shorten it.
    pub fn wait_for(&mut self, pid: Pid) -> i32 {
        self.hand_on_held(&[pid]);
        self.hold_interruption();
        let state = loop {
            match berth_guest::wait(pid, WaitOptions::default()) {
                Ok(Some((_, status))) => {
                    self.traps.child_ended();
                    break state_of(status);
                }
                Err(error)
                    if error.kind() == std::io::ErrorKind::Interrupted && !self.ends_waiting() => {}
                Ok(None) | Err(_) => break State::Exited(127),
            }
        };
        let interrupted = state == State::Killed(SIGINT);
        self.release_interruption(interrupted);
        self.end_while_waiting();
        if interrupted && self.mode.interactive {
            self.traps.interrupted = true;
        }
        state.status()
    }

    /// A `^C` that came while a job was being started reached the shell, whose terminal it still was: it is meant for
    /// the job.
    fn hand_on_interruption(&mut self, group: Pid) {
        self.traps.collect();
        if self.is_interrupted() {
            // A job that has ended needs none.
            let _ = berth_guest::kill(-group, SIGINT);
        }
    }

    /// Waits until every process of a pipeline has ended or the job is stopped. Gives the statuses of all of
    /// them. A stopped one becomes a job.
    pub fn wait_for_pipeline(
        &mut self,
        group: Option<Pid>,
        pids: &[Pid],
        command: impl FnOnce() -> String,
    ) -> Vec<i32> {
        let options = WaitOptions {
            stopped: group.is_some(),
            ..WaitOptions::default()
        };
        let mut processes: Vec<Process> = pids
            .iter()
            .map(|pid| Process {
                pid: *pid,
                state: State::Running,
            })
            .collect();
        match group {
            Some(group) => self.hand_on_interruption(group),
            None => self.hand_on_held(pids),
        }
        self.hold_interruption();
        for process in &mut processes {
            loop {
                match berth_guest::wait(process.pid, options) {
                    Ok(Some((_, status))) => {
                        process.state = state_of(status);
                        if process.state != State::Running {
                            self.traps.child_ended();
                            break;
                        }
                    }
                    Err(error)
                        if error.kind() == std::io::ErrorKind::Interrupted
                            && !self.ends_waiting() => {}
                    Ok(None) | Err(_) => {
                        process.state = State::Exited(127);
                        break;
                    }
                }
            }
        }
        let interrupted = processes
            .last()
            .is_some_and(|process| process.state == State::Killed(SIGINT));
        self.release_interruption(interrupted);
        self.end_while_waiting();
        let statuses: Vec<i32> = processes
            .iter()
            .map(|process| process.state.status())
            .collect();
        let stopped = processes
            .iter()
            .any(|process| matches!(process.state, State::Stopped(_)));
        let killed = processes.iter().find_map(|process| match process.state {
            State::Killed(signal) => Some(signal),
            _ => None,
        });
        if let Some(group) = group {
            let attributes = self.take_terminal(killed.is_some() || stopped);
            if stopped {
                let number = self.jobs.add(Some(group), processes, command());
                if let Some(job) = self.jobs.get_mut(number) {
                    job.attributes = attributes;
                    job.told = true;
                }
                self.write_error("\n");
                self.show_job(number);
                return statuses;
            }
        }
        self.tell_of_death(&processes, command);
        self.tell_of_jobs();
        statuses
    }

    /// Says why a command in the foreground ended, when a signal did it that its person did not send.
    fn tell_of_death(&mut self, processes: &[Process], command: impl FnOnce() -> String) {
        let last = processes.last().map(|process| process.state);
        let Some(State::Killed(signal)) = last else {
            return;
        };
        match signal {
            SIGPIPE => {}
            SIGINT => {
                if self.mode.interactive && !self.is_child {
                    self.write_error("\n");
                    self.traps.interrupted = true;
                    self.traps.interruption_shown = true;
                }
            }
            _ if self.mode.interactive || signal == SIGTERM => {
                self.write_error(&format!("{}\n", description(signal)))
            }
            _ => {
                let pid = processes.last().map_or(0, |process| process.pid);
                self.error(&format!(
                    "{pid:>5} {:<23} {}",
                    description(signal),
                    command()
                ));
            }
        }
    }

    /// After a job in the foreground: the shell has the terminal again. Attributes a program left behind
    /// are kept when it ended properly, else the shell's are put back. Gives those it left.
    pub fn take_terminal(&mut self, restore: bool) -> Option<TerminalAttributes> {
        let terminal = self
            .descriptors
            .get(0)
            .or_else(|| self.descriptors.get(2))?;
        let group = berth_guest::getpgid(0).ok()?;
        // A shell whose terminal went away finds out when it reads.
        let _ = berth_guest::set_tty_foreground(terminal.as_fd(), group);
        let left = berth_guest::tty_attributes(terminal.as_fd()).ok();
        match (restore, self.jobs.terminal_attributes) {
            (true, Some(attributes)) => {
                let _ = berth_guest::set_tty_attributes(
                    terminal.as_fd(),
                    &attributes,
                    ApplyWhen::Drained,
                );
            }
            _ => self.jobs.terminal_attributes = left.or(self.jobs.terminal_attributes),
        }
        left
    }

    /// Notes, without waiting, what has happened to children.
    pub fn reap(&mut self) {
        let options = WaitOptions {
            no_hang: true,
            stopped: self.job_control(),
            continued: self.job_control(),
        };
        while let Ok(Some((pid, status))) = berth_guest::wait(-1, options) {
            self.note_child(pid, status);
        }
    }

    /// Notes what has happened to a child that was waited for.
    pub(crate) fn note_child(&mut self, pid: Pid, status: WaitStatus) {
        if status != WaitStatus::Continued {
            self.traps.child_ended();
        }
        self.jobs.record(pid, status);
    }

    /// Before a prompt, and whenever the shell has waited: tells a person what has become of background jobs, and forgets
    /// those that ended.
    pub fn tell_of_jobs(&mut self) {
        if self.mode.interactive && !self.is_child {
            let lines = self.changed_jobs();
            if !lines.is_empty() {
                self.write_error(&lines);
            }
        }
    }

    /// A line for every job that changed since its person was told.
    pub fn changed_jobs(&mut self) -> String {
        self.reap();
        let changed: Vec<u32> = self
            .jobs
            .jobs
            .iter()
            .filter(|job| !job.told)
            .map(|job| job.number)
            .collect();
        let mut lines = String::new();
        for number in changed {
            if let Some(line) = self.job_line(number, false) {
                lines.push_str(&line);
                lines.push('\n');
            }
            self.settle(number);
        }
        lines
    }

    /// A job was told of: it is forgotten when it has ended, its last status kept for `wait`.
    pub fn settle(&mut self, number: u32) {
        let Some(job) = self.jobs.get_mut(number) else {
            return;
        };
        job.told = true;
        if !job.state().ended() {
            return;
        }
        if let (State::Killed(signal), false) = (job.state(), self.mode.interactive)
            && !matches!(signal, SIGINT | SIGTERM | SIGPIPE)
        {
            let Some(job) = self.jobs.get(number) else {
                return;
            };
            let pid = job.processes.last().map_or(0, |process| process.pid);
            self.error(&format!(
                "{pid:>5} {:<23} {}",
                description(signal),
                job.command
            ));
        }
        let Some(job) = self.jobs.get(number) else {
            return;
        };
        let ended: Vec<(Pid, i32)> = job
            .processes
            .iter()
            .map(|process| (process.pid, process.state.status()))
            .collect();
        self.jobs.remove(number);
        self.jobs.statuses.extend(ended);
        while self.jobs.statuses.len() > REMEMBERED_MAX {
            self.jobs.statuses.pop_first();
        }
    }

    /// One line about a job on standard error.
    pub fn show_job(&mut self, number: u32) {
        if let Some(line) = self.job_line(number, false) {
            self.write_error(&format!("{line}\n"));
        }
    }

    /// One line about a job, with its process id when `long`.
    pub fn job_line(&self, number: u32, long: bool) -> Option<String> {
        let job = self.jobs.get(number)?;
        let mark = if self.jobs.current() == Some(number) {
            '+'
        } else if self.jobs.previous() == Some(number) {
            '-'
        } else {
            ' '
        };
        let state = job.shown_state();
        let ampersand = if job.state() == State::Running {
            " &"
        } else {
            ""
        };
        let command = &job.command;
        let label = format!("[{number}]{mark}");
        Some(if long {
            let pid = job
                .group
                .or(job.processes.first().map(|process| process.pid))
                .unwrap_or(0);
            format!("{label} {pid:>5} {state:<23} {command}{ampersand}")
        } else {
            format!("{label}  {state:<23} {command}{ampersand}")
        })
    }

    /// Lets a job go on, in the foreground or background.
    pub fn resume(&mut self, number: u32, foreground: bool) -> i32 {
        let Some(job) = self.jobs.get_mut(number) else {
            return 1;
        };
        for process in &mut job.processes {
            if matches!(process.state, State::Stopped(_)) {
                process.state = State::Running;
            }
        }
        let (group, attributes, command) = (job.group, job.attributes, job.command.clone());
        let pids: Vec<Pid> = job
            .processes
            .iter()
            .filter(|process| !process.state.ended())
            .map(|process| process.pid)
            .collect();
        let Some(group) = group else { return 1 };
        self.jobs.use_now(number);
        if !foreground {
            // It may have ended meanwhile; that is told at the next prompt.
            let _ = berth_guest::kill(-group, SIGCONT);
            return 0;
        }
        self.jobs.remove(number);
        if let Some(terminal) = self.descriptors.get(0) {
            if let Some(attributes) = attributes {
                let _ = berth_guest::set_tty_attributes(
                    terminal.as_fd(),
                    &attributes,
                    ApplyWhen::Drained,
                );
            }
            let _ = berth_guest::set_tty_foreground(terminal.as_fd(), group);
        }
        let _ = berth_guest::kill(-group, SIGCONT);
        self.wait_for_pipeline(Some(group), &pids, || command)
            .last()
            .copied()
            .unwrap_or(0)
    }
}
