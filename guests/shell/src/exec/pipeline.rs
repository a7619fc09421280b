//! Pipelines, background commands and the children they run in.

use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use berth_guest::{Group, Pid, SignalAction};

use crate::cpu_time::{CpuTime, POSIX_TIME_FORMAT, TIME_FORMAT};
use crate::jobs::{Process, State};
use crate::options::SetOption;
use crate::parse::ast::{AndOr, Command, CommandKind, List, Pipeline, TimeFormat};
use crate::parse::print;
use crate::shell::{Outcome, Shell, Unwind};
use crate::signals::{Event, SIGINT, SIGQUIT};

impl Shell {
    /// Runs one pipeline.
    ///
    /// # Errors
    /// What takes another way than to the next command.
    pub(crate) fn run_pipeline(&mut self, pipeline: &Pipeline) -> Outcome {
        let Some(format) = pipeline.timed else {
            return self.run_untimed(pipeline);
        };
        let start = (Instant::now(), crate::cpu_time::used());
        let result = self.run_untimed(pipeline);
        self.show_time(format, start.0.elapsed(), crate::cpu_time::used() - start.1);
        result
    }

    fn run_untimed(&mut self, pipeline: &Pipeline) -> Outcome {
        self.redirection_refused = false;
        let status = if pipeline.negated {
            self.tolerating(|shell| shell.run_commands(&pipeline.commands))?
        } else {
            self.run_commands(&pipeline.commands)?
        };
        if pipeline.negated {
            // As in bash, `!` does not turn around the failure of what never ran.
            let refused = std::mem::take(&mut self.redirection_refused);
            let single = pipeline.commands.len() == 1;
            return Ok(if refused && single {
                status
            } else {
                i32::from(status == 0)
            });
        }
        if status != 0 && counts_as_failure(&pipeline.commands) {
            self.after_failure(status)?;
        }
        Ok(status)
    }

    fn run_commands(&mut self, commands: &[Command]) -> Outcome {
        match commands {
            [] => Ok(0),
            [only] => {
                let status = self.run_command(only)?;
                if !matches!(only.kind, CommandKind::Group(_) | CommandKind::If { .. }) {
                    self.pipe_status.clear();
                    self.pipe_status.push(status);
                }
                Ok(status)
            }
            _ => self.run_stages(commands),
        }
    }

    /// Runs several commands at the same time, each reading what the one before it writes.
    fn run_stages(&mut self, commands: &[Command]) -> Outcome {
        let job_control = self.job_control();
        let last_here = self.shopt.get("lastpipe") && !job_control;
        let mut pids = Vec::with_capacity(commands.len());
        let mut group = if job_control {
            Group::New
        } else {
            Group::Inherit
        };
        let mut input: Option<OwnedFd> = None;
        let mut last_status = None;
        self.hold_interruption();
        for (index, command) in commands.iter().enumerate() {
            let last = index + 1 == commands.len();
            // Messages and traps see the line of the last command.
            self.line = (command.line + 1).saturating_sub(self.first_line).max(1);
            // What is a simple command is announced here, before it has a process of its own.
            let simple = matches!(command.kind, CommandKind::Simple(_));
            if simple && self.traps.get(Event::Debug).is_some() {
                self.note_command(|| print::command(command));
                self.debugged = false;
                self.debug_trap_skips()?;
                self.debugged = true;
            }
            if last && last_here {
                last_status = Some(self.run_last_here(command, input.take())?);
                break;
            }
            let (next, output) = if last {
                (None, None)
            } else {
                let (read, write) = berth_guest::pipe().map_err(|error| self.no_process(&error))?;
                (Some(read), Some(write))
            };
            let pid = self.start_stage(
                command,
                input.take(),
                output,
                next,
                group,
                job_control,
                &mut input,
            )?;
            if job_control && index == 0 {
                group = Group::Join(pid);
            }
            pids.push(pid);
        }
        let group_id = if job_control {
            pids.first().copied()
        } else {
            None
        };
        let text = || {
            commands
                .iter()
                .map(print::command)
                .collect::<Vec<_>>()
                .join(" | ")
        };
        self.debugged = false;
        let mut statuses = self.wait_for_pipeline(group_id, &pids, text);
        statuses.extend(last_status);
        let status = if self.option(SetOption::PipeFail) {
            statuses
                .iter()
                .rev()
                .find(|status| **status != 0)
                .copied()
                .unwrap_or(0)
        } else {
            statuses.last().copied().unwrap_or(0)
        };
        self.pipe_status = statuses;
        Ok(status)
    }

    /// Starts one command of a pipeline in a process of its own. The end the next command reads is handed
    /// back through `next_input`.
    #[expect(
        clippy::too_many_arguments,
        reason = "the two ends, and how the process is to be started"
    )]
    fn start_stage(
        &mut self,
        command: &Command,
        input: Option<OwnedFd>,
        output: Option<OwnedFd>,
        mut next: Option<OwnedFd>,
        group: Group,
        foreground: bool,
        next_input: &mut Option<OwnedFd>,
    ) -> Result<Pid, Unwind> {
        let mut descriptors = self.descriptors.clone();
        if let Some(input) = input {
            descriptors.set(0, Rc::new(input));
        }
        if let Some(output) = output {
            descriptors.set(1, Rc::new(output));
        }
        if let Some(pid) = self.start_directly(command, descriptors.clone(), group, foreground)? {
            *next_input = next;
            return Ok(pid);
        }
        let pid = berth_guest::fork(group, foreground, || {
            // The next command's end: as long as this process holds it, its own writes never fail.
            next = None;
            // `jobs | cat` tells of those of this shell.
            let jobs = lists_jobs(command).then(|| std::mem::take(&mut self.jobs));
            self.become_child();
            if let Some(jobs) = jobs {
                self.jobs = jobs;
            }
            self.loops = 0;
            self.descriptors = descriptors;
            self.run_as_child(|shell| shell.run_command_in_child(command))
        });
        *next_input = next;
        pid.map_err(|error| self.no_process(&error))
    }

    /// The last command of a pipeline in this shell (`lastpipe`).
    fn run_last_here(&mut self, command: &Command, input: Option<OwnedFd>) -> Outcome {
        let before = self.descriptors.get(0);
        if let Some(input) = input {
            self.descriptors.set(0, Rc::new(input));
        }
        let result = self.run_command(command);
        match before {
            Some(file) => self.descriptors.set(0, file),
            None => self.descriptors.close(0),
        }
        result
    }

    /// Starts `... &` and goes on. Without job control it does not hear what the keyboard tells the others.
    pub(crate) fn run_background(&mut self, and_or: &AndOr) -> Outcome {
        if self.job_control() {
            return self.start_background(and_or);
        }
        let ignore = |signal| berth_guest::set_signal_action(signal, SignalAction::Ignore);
        let before = [SIGINT, SIGQUIT].map(|signal| (signal, ignore(signal)));
        let result = self.start_background(and_or);
        for (signal, action) in before {
            if let Ok(action) = action {
                // What was set before can be set again.
                let _ = berth_guest::set_signal_action(signal, action);
            }
        }
        result
    }

    fn start_background(&mut self, and_or: &AndOr) -> Outcome {
        let job_control = self.job_control();
        let group = if job_control {
            Group::New
        } else {
            Group::Inherit
        };
        let mut descriptors = self.descriptors.clone();
        if !job_control
            && !self.input_redirected
            && let Ok(null) = std::fs::File::open("/dev/null")
        {
            descriptors.set(0, Rc::new(OwnedFd::from(null)));
        }
        let mut direct = None;
        if and_or.rest.is_empty()
            && !and_or.first.negated
            && and_or.first.timed.is_none()
            && let [command] = and_or.first.commands.as_slice()
        {
            direct = self.start_directly(lone(command), descriptors.clone(), group, false)?;
        }
        let pid = match direct {
            Some(pid) => pid,
            None => berth_guest::fork(group, false, || {
                self.become_child();
                self.loops = 0;
                if !job_control {
                    self.traps.ignore_keyboard();
                }
                self.descriptors = descriptors;
                self.run_as_child(|shell| shell.run_and_or_in_child(and_or))
            })
            .map_err(|error| self.no_process(&error))?,
        };
        self.jobs.last_background = Some(pid);
        let process = Process {
            pid,
            state: State::Running,
        };
        let number = self.jobs.add(
            job_control.then_some(pid),
            vec![process],
            print::and_or(and_or),
        );
        if self.mode.interactive && !self.is_child {
            self.write_error(&format!("[{number}] {pid}\n"));
        }
        self.pipe_status = vec![0];
        Ok(0)
    }

    /// Runs `( ... )`.
    pub(crate) fn run_subshell(&mut self, command: &Command, list: &List) -> Outcome {
        let job_control = self.job_control();
        let group = if job_control {
            Group::New
        } else {
            Group::Inherit
        };
        self.check_stack()?;
        self.hold_interruption();
        let pid = berth_guest::fork(group, job_control, || {
            self.become_child();
            self.loops = 0;
            self.run_as_child(|shell| shell.run_list(list))
        });
        let pid = pid.map_err(|error| self.no_process(&error))?;
        let group = job_control.then_some(pid);
        Ok(self
            .wait_for_pipeline(group, &[pid], || print::command(command))
            .pop()
            .unwrap_or(0))
    }

    /// In a child made for this command alone: `( ... )` needs no further one.
    pub(crate) fn run_command_in_child(&mut self, command: &Command) -> Outcome {
        let CommandKind::Subshell(list) = &command.kind else {
            self.becomes_program = matches!(command.kind, CommandKind::Simple(_))
                && self.traps.get(Event::Exit).is_none();
            let result = self.run_command(command);
            self.becomes_program = false;
            return result;
        };
        match self.redirect(&command.redirects) {
            Ok(_) => self.run_list_in_child(list),
            Err(failure) => self.redirect_failed(failure),
        }
    }

    /// In a child made for this and-or list alone.
    pub(crate) fn run_and_or_in_child(&mut self, and_or: &AndOr) -> Outcome {
        match (and_or.first.commands.as_slice(), and_or.rest.is_empty()) {
            ([command], true) if !and_or.first.negated && and_or.first.timed.is_none() => {
                self.run_command_in_child(command)
            }
            _ => self.run_and_or(and_or),
        }
    }

    /// In a child made for this list alone.
    pub(crate) fn run_list_in_child(&mut self, list: &List) -> Outcome {
        match list.items.as_slice() {
            [item] if !item.background => self.run_and_or_in_child(&item.and_or),
            _ => self.run_list(list),
        }
    }

    /// In a forked child: what belongs to the parent only is gone.
    pub(crate) fn become_child(&mut self) {
        self.is_child = true;
        self.trap_status = None;
        self.subshell_level += 1;
        self.options.set(SetOption::Monitor, false);
        let (debug, error) = (
            self.option(SetOption::FuncTrace),
            self.option(SetOption::ErrTrace),
        );
        self.traps.become_child(|event| match event {
            Event::Debug | Event::Return => debug,
            Event::Err => error,
            _ => false,
        });
        self.jobs.clear();
        self.held.clear();
    }

    /// In a forked child: runs its commands to the status the process ends with.
    pub(crate) fn run_as_child(&mut self, run: impl FnOnce(&mut Self) -> Outcome) -> i32 {
        let status = match run(self) {
            Ok(status) | Err(Unwind::Exit(status) | Unwind::Return(status)) => status,
            Err(Unwind::Discard(status) | Unwind::Abandon(status)) => status,
            Err(Unwind::Fatal(status)) => status,
            Err(Unwind::Break(_) | Unwind::Continue(_)) => 0,
        };
        // What came while its last program ran.
        let status = match self.poll_signals() {
            Err(Unwind::Exit(status)) => status,
            _ => status,
        };
        self.end_while_waiting();
        let status = if self.traps.get(Event::Exit).is_some() {
            self.run_exit_trap(status)
        } else {
            status
        };
        self.flush();
        status & 0xFF
    }

    /// What `time` prints.
    fn show_time(&mut self, format: TimeFormat, real: Duration, cpu: CpuTime) {
        let wanted = match format {
            TimeFormat::Posix => Some(POSIX_TIME_FORMAT),
            TimeFormat::Shell => self.setting("TIMEFORMAT"),
        };
        let default = if self.posix() {
            POSIX_TIME_FORMAT
        } else {
            TIME_FORMAT
        };
        match crate::cpu_time::show(wanted.unwrap_or(default), real, cpu) {
            Ok(text) => self.write_error(&text),
            Err(letter) => self.error(&format!("TIMEFORMAT: `{letter}': invalid format character")),
        }
    }
}

/// The command in `( ... )` when there is just one: a process of its own is all it asks for.
fn lone(command: &Command) -> &Command {
    match &command.kind {
        CommandKind::Subshell(list) if command.redirects.is_empty() => {
            match list.items.as_slice() {
                [item] => item.single_command().map_or(command, lone),
                _ => command,
            }
        }
        _ => command,
    }
}

/// Whether this is the builtin `jobs`.
fn lists_jobs(command: &Command) -> bool {
    match &command.kind {
        CommandKind::Simple(simple) => {
            simple.words.first().and_then(|word| word.literal()) == Some("jobs")
        }
        _ => false,
    }
}

/// Whether the failure of these commands counts by itself. That of a loop or group is that of a command in
/// it, which has been looked at already.
pub(super) fn counts_as_failure(commands: &[Command]) -> bool {
    match commands {
        [only] => matches!(
            only.kind,
            CommandKind::Simple(_)
                | CommandKind::Subshell(_)
                | CommandKind::Arithmetic(_)
                | CommandKind::Test(_)
        ),
        _ => true,
    }
}
