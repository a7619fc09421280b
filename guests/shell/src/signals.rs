//! Signals: their names, what traps say about them, when those run.

use std::collections::BTreeMap;

use berth_guest::{Pid, Signal, SignalAction, SignalSet};

use crate::shell::{Shell, Unwind};

/// Names without `SIG`, by number from 1; the numbers are Linux's.
const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

/// `^C`
pub const SIGINT: Signal = 2;
/// `^\`
pub const SIGQUIT: Signal = 3;
/// A write that nobody reads.
pub const SIGPIPE: Signal = 13;
/// A child ended or stopped.
pub const SIGCHLD: Signal = 17;
/// The polite end.
pub const SIGTERM: Signal = 15;
/// Not to be caught.
pub const SIGSTOP: Signal = 19;
/// Goes on.
pub const SIGCONT: Signal = 18;
/// `^Z`
pub const SIGTSTP: Signal = 20;
/// Background read.
pub const SIGTTIN: Signal = 21;
/// Background write.
pub const SIGTTOU: Signal = 22;
/// The terminal has a new size.
pub const SIGWINCH: Signal = 28;
/// The terminal is gone.
pub const SIGHUP: Signal = 1;

/// What a trap waits for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Event {
    /// The end of the shell.
    Exit,
    /// A signal.
    Signal(Signal),
    /// Before every simple command.
    Debug,
    /// After a command that failed.
    Err,
    /// After a function or sourced file.
    Return,
}

impl Event {
    /// By number, by name with or without `SIG`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<u8>() {
            return match number {
                0 => Some(Self::Exit),
                1..=31 => Some(Self::Signal(number)),
                _ => None,
            };
        }
        let name = text.to_uppercase();
        match name.as_str() {
            "EXIT" => Some(Self::Exit),
            "DEBUG" => Some(Self::Debug),
            "ERR" => Some(Self::Err),
            "RETURN" => Some(Self::Return),
            _ => signal_by_name(&name).map(Self::Signal),
        }
    }

    /// As `trap -p` shows it.
    pub fn name(self) -> String {
        match self {
            Self::Exit => "EXIT".to_owned(),
            Self::Debug => "DEBUG".to_owned(),
            Self::Err => "ERR".to_owned(),
            Self::Return => "RETURN".to_owned(),
            Self::Signal(signal) => format!("SIG{}", signal_name(signal)),
        }
    }
}

/// A signal's name without `SIG`.
pub fn signal_name(signal: Signal) -> String {
    NAMES
        .get(usize::from(signal).wrapping_sub(1))
        .map_or_else(|| signal.to_string(), |name| (*name).to_owned())
}

/// A signal by its name with or without `SIG`, in upper case.
pub fn signal_by_name(name: &str) -> Option<Signal> {
    let name = name.strip_prefix("SIG").unwrap_or(name);
    let index = NAMES.iter().position(|known| *known == name)?;
    u8::try_from(index + 1).ok()
}

/// What bash prints about a command a signal ended; nothing for some.
pub fn description(signal: Signal) -> &'static str {
    match signal {
        1 => "Hangup",
        2 => "Interrupt",
        3 => "Quit",
        4 => "Illegal instruction",
        5 => "Trace/breakpoint trap",
        6 => "Aborted",
        7 => "Bus error",
        8 => "Floating point exception",
        9 => "Killed",
        10 => "User defined signal 1",
        11 => "Segmentation fault",
        12 => "User defined signal 2",
        13 => "Broken pipe",
        14 => "Alarm clock",
        15 => "Terminated",
        19 => "Stopped (signal)",
        20 => "Stopped",
        21 => "Stopped (tty input)",
        22 => "Stopped (tty output)",
        24 => "CPU time limit exceeded",
        25 => "File size limit exceeded",
        31 => "Bad system call",
        _ => "Unknown signal",
    }
}

/// The traps of a shell.
#[derive(Debug, Default)]
pub struct Traps {
    actions: BTreeMap<Event, String>,
    /// Shown by `trap` in a child although they are gone there.
    inherited: BTreeMap<Event, String>,
    /// Signals that arrived and whose traps have not run.
    pending: Vec<Signal>,
    /// Traps that run now; they do not run inside themselves.
    running: Vec<Event>,
    /// Children whose end was seen and for which the trap of `CHLD` has not run: it runs once for each.
    children_ended: u32,
    /// `CHLD` arrived, which has a trap: there may be children to be waited for.
    child_changed: bool,
    /// A signal arrived that ends this shell, which caught it to run the trap of its end first.
    ending: Option<Signal>,
    /// Signals that end the shell are caught.
    catches_endings: bool,
    /// What `^C` did before this shell began to wait for a program.
    held: Option<SignalAction>,
    /// `^C` arrived and nobody has acted on it.
    pub interrupted: bool,
    /// The `^C` is on a line of its own already.
    pub interruption_shown: bool,
    /// The window has a new size and the editor does not know.
    pub resized: bool,
    /// The terminal is gone, or this shell is asked to act as if it were.
    pub hungup: bool,
    /// Signals that were ignored when a shell without a person began: they stay so, and `trap` shows them.
    ignored_at_entry: SignalSet,
    /// This shell is interactive and keeps some signals from its person's programs.
    interactive: bool,
}

impl Traps {
    /// The action of an event.
    pub fn get(&self, event: Event) -> Option<&String> {
        self.actions.get(&event)
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Whether an action runs now.
    pub fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// Forgets what was inherited for show.
    pub fn forget_inherited(&mut self) {
        self.inherited.clear();
    }

    /// All of them, in order, for `trap` to show.
    pub fn shown(&self) -> Vec<(Event, String)> {
        let mut actions = self.inherited.clone();
        let ignored = self.ignored_at_entry.iter();
        actions.extend(ignored.map(|signal| (Event::Signal(signal), String::new())));
        actions.extend(
            self.actions
                .iter()
                .map(|(event, action)| (*event, action.clone())),
        );
        actions.into_iter().collect()
    }

    /// Sets the action of an event; an empty one ignores it. For a signal, tells the kernel.
    pub fn set(&mut self, event: Event, action: String) {
        self.inherited.clear();
        if self.was_ignored_at_entry(event) {
            return;
        }
        if let Event::Signal(signal) = event {
            let what = if action.is_empty() && signal == SIGCHLD {
                // Children of one who ignores it leave no status, and a shell wants that.
                SignalAction::Default
            } else if action.is_empty() {
                SignalAction::Ignore
            } else {
                SignalAction::Catch
            };
            // KILL and STOP cannot be caught; bash accepts the trap all the same.
            let _ = berth_guest::set_signal_action(signal, what);
        }
        self.actions.insert(event, action);
        if event == Event::Exit && !self.catches_endings {
            self.catches_endings = true;
            self.update_endings();
        }
    }

    /// Catches the signals that would end the shell, or no longer.
    fn update_endings(&self) {
        for signal in ENDING {
            let event = Event::Signal(signal);
            if !self.actions.contains_key(&event) && !self.was_ignored_at_entry(event) {
                self.default_action(signal);
            }
        }
    }

    /// Takes an action of no signal away for a while.
    pub fn take(&mut self, event: Event) -> Option<String> {
        self.actions.remove(&event)
    }

    /// Puts back what was taken, unless there is something new.
    pub fn put_back(&mut self, taken: Vec<(Event, String)>) {
        for (event, action) in taken {
            self.actions.entry(event).or_insert(action);
        }
    }

    /// Takes an action away: the signal does again what it did without a trap.
    pub fn reset(&mut self, event: Event) {
        self.inherited.clear();
        if self.was_ignored_at_entry(event) {
            return;
        }
        self.actions.remove(&event);
        match event {
            Event::Signal(signal) => self.default_action(signal),
            Event::Exit if std::mem::take(&mut self.catches_endings) => self.update_endings(),
            _ => {}
        }
    }

    /// Takes note of what whoever started this shell wants ignored: a script cannot change that.
    pub fn keep_ignored(&mut self) {
        self.ignored_at_entry = berth_guest::ignored_signals();
    }

    fn was_ignored_at_entry(&self, event: Event) -> bool {
        matches!(event, Event::Signal(signal) if self.ignored_at_entry.contains(signal))
    }

    fn default_action(&self, signal: Signal) {
        let kept = self.interactive && INTERACTIVE.contains(&signal);
        let action = if kept || (self.catches_endings && ENDING.contains(&signal)) {
            SignalAction::Catch
        } else {
            SignalAction::Default
        };
        // As in `set`.
        let _ = berth_guest::set_signal_action(signal, action);
    }

    /// An interactive shell is not ended or stopped by what its person types to the programs it runs.
    pub fn become_interactive(&mut self) {
        self.interactive = true;
        for signal in INTERACTIVE {
            self.default_action(signal);
        }
    }

    /// In a forked child: traps are gone but those of events that are `kept`, what was ignored stays ignored.
    pub fn become_child(&mut self, kept: impl Fn(Event) -> bool) {
        let interactive = std::mem::take(&mut self.interactive);
        let actions = std::mem::take(&mut self.actions);
        if !actions.is_empty() {
            self.inherited = actions;
        }
        self.pending.clear();
        self.running.clear();
        self.interrupted = false;
        self.let_go();
        self.ending = None;
        self.children_ended = 0;
        if interactive {
            INTERACTIVE
                .iter()
                .for_each(|signal| self.default_action(*signal));
        }
        for (event, action) in &self.inherited {
            match event {
                Event::Signal(signal) if action.is_empty() => {
                    self.actions.insert(Event::Signal(*signal), String::new());
                }
                Event::Signal(signal) => self.default_action(*signal),
                event if kept(*event) => {
                    self.actions.insert(*event, action.clone());
                }
                _ => {}
            }
        }
        // Last: what is ignored is known now, and stays so.
        if std::mem::take(&mut self.catches_endings) {
            self.update_endings();
        }
    }

    /// A child's end was seen.
    pub fn child_ended(&mut self) {
        let event = Event::Signal(SIGCHLD);
        let trapped = self.get(event).is_some_and(|action| !action.is_empty());
        if trapped && !self.running.contains(&event) {
            self.children_ended += 1;
        }
    }

    /// In a background child: `^C` and `^\` are not for it.
    pub fn ignore_keyboard(&self) {
        for signal in [SIGINT, SIGQUIT] {
            // These can be ignored.
            let _ = berth_guest::set_signal_action(signal, SignalAction::Ignore);
        }
    }

    /// `^C` does again what it did before the shell waited; whether that was something else.
    fn let_go(&mut self) -> bool {
        let Some(action) = self.held.take() else {
            return false;
        };
        // As it was.
        let _ = berth_guest::set_signal_action(SIGINT, action);
        true
    }

    /// Whether this signal ends the shell, after the trap of its end.
    pub fn ends(&self, signal: Signal) -> bool {
        self.catches_endings && !self.actions.contains_key(&Event::Signal(signal))
    }

    /// Asks the kernel what has arrived.
    pub fn collect(&mut self) {
        for signal in berth_guest::take_signals().iter() {
            match signal {
                SIGWINCH => self.resized = true,
                SIGINT => self.interrupted = true,
                SIGHUP => self.hungup = true,
                _ => {}
            }
            if signal == SIGCHLD {
                // What counts is how many have ended, and that is known when they are waited for.
                self.child_changed = self.actions.contains_key(&Event::Signal(signal));
            } else if self.actions.contains_key(&Event::Signal(signal)) {
                self.pending.push(signal);
            } else if ENDING.contains(&signal)
                && !(self.interactive && INTERACTIVE.contains(&signal))
            {
                self.ending = Some(signal);
            }
        }
    }

    /// The signal whose trap runs next.
    pub fn first_pending(&self) -> Option<Signal> {
        self.pending.first().copied()
    }
}

/// Signals an interactive shell catches for itself. It catches them rather than ignoring them, because what a
/// program ignores stays ignored in the programs it starts.
const INTERACTIVE: [Signal; 8] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH,
];

/// Signals that end a shell without a trap for them.
const ENDING: [Signal; 17] = [
    SIGHUP, SIGINT, 4, 5, 6, 7, 8, 10, 11, 12, SIGPIPE, 14, SIGTERM, 24, 25, 26, 31,
];

impl Shell {
    /// Before a script starts a program it will wait for: `^C` is for that program then. One that deals with it
    /// lives on, and so does the script.
    pub(crate) fn hold_interruption(&mut self) {
        let traps = &mut self.traps;
        let trapped = traps.actions.contains_key(&Event::Signal(SIGINT));
        if traps.interactive || trapped || traps.held.is_some() {
            return;
        }
        match berth_guest::set_signal_action(SIGINT, SignalAction::Catch) {
            Ok(SignalAction::Ignore) => {
                // As it was.
                let _ = berth_guest::set_signal_action(SIGINT, SignalAction::Ignore);
            }
            Ok(action) => traps.held = Some(action),
            Err(_) => {}
        }
    }

    /// A `^C` that came between the hold and the programs' start was meant for them, and they were not there to get it.
    /// One that came just after it they get twice, which does no harm: the second is the same signal.
    pub(crate) fn hand_on_held(&mut self, programs: &[Pid]) {
        if self.traps.held.is_none() {
            return;
        }
        self.traps.collect();
        if self.traps.ending == Some(SIGINT) {
            for pid in programs {
                // One that has ended needs none.
                let _ = berth_guest::kill(*pid, SIGINT);
            }
        }
    }

    /// The program has ended; `interrupted` when `^C` did it, and then it ends the shell too.
    pub(crate) fn release_interruption(&mut self, interrupted: bool) {
        if !self.traps.let_go() {
            return;
        }
        self.traps.collect();
        if self.traps.ending == Some(SIGINT) && !interrupted {
            self.traps.ending = None;
            self.traps.interrupted = false;
        }
    }

    /// Ends a shell that was waiting when the signal came: there `$?` is still that of the command before.
    pub(crate) fn end_while_waiting(&mut self) {
        if self.is_ending() {
            // Nothing is left to be told.
            let _ = self.end_by_signal();
        }
    }

    /// Whether a signal that ends the shell at once has arrived while it waits for a program.
    pub(crate) fn ends_waiting(&mut self) -> bool {
        self.traps.collect();
        self.traps.ending.is_some_and(|signal| signal != SIGINT)
    }

    /// Whether a signal that ends the shell has arrived.
    pub(crate) fn is_ending(&mut self) -> bool {
        self.traps.collect();
        self.traps.ending.is_some()
    }

    /// Ends the shell by a signal that has arrived and ends it, after the trap of its end.
    pub(crate) fn end_by_signal(&mut self) -> Result<(), Unwind> {
        let Some(signal) = self.traps.ending.take() else {
            return Ok(());
        };
        self.run_exit_trap(self.status);
        self.flush();
        // The process goes; what follows is for a signal that came to be ignored.
        let _ = berth_guest::set_signal_action(signal, SignalAction::Default);
        let _ = berth_guest::kill(berth_guest::getpid(), signal);
        Err(Unwind::Exit(128 + i32::from(signal)))
    }

    /// Runs the traps of signals that have arrived; called between commands.
    ///
    /// # Errors
    /// `^C` at an interactive shell drops the command line; what a trap does with `exit` and `return`.
    pub fn poll_signals(&mut self) -> Result<(), Unwind> {
        // Held for a program that could not be started.
        self.traps.let_go();
        self.traps.collect();
        self.end_by_signal()?;
        if std::mem::take(&mut self.traps.child_changed) {
            self.reap();
        }
        for _ in 0..std::mem::take(&mut self.traps.children_ended) {
            self.run_trap(Event::Signal(SIGCHLD))?;
        }
        while !self.traps.pending.is_empty() {
            let signal = self.traps.pending.remove(0);
            if signal == SIGINT {
                self.traps.interrupted = false;
            }
            self.run_trap(Event::Signal(signal))?;
        }
        if self.traps.hungup && self.mode.interactive && !self.is_child {
            return Err(Unwind::Exit(128 + i32::from(SIGHUP)));
        }
        if self.is_interrupted() {
            self.traps.interrupted = false;
            if !std::mem::take(&mut self.traps.interruption_shown) {
                self.write_error("\n");
            }
            return Err(Unwind::Discard(128 + i32::from(SIGINT)));
        }
        Ok(())
    }

    /// `^C` was typed, and drops the command line as soon as signals are looked at.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.traps.interrupted && self.mode.interactive && !self.is_child
    }

    /// Runs the trap of `DEBUG`, if there is one; true when the command that follows is not to run.
    ///
    /// # Errors
    /// What the action does with `exit`; under `extdebug`, the end of the function when it says so.
    pub(crate) fn debug_trap_skips(&mut self) -> Result<bool, Unwind> {
        if std::mem::take(&mut self.debugged) || self.traps.get(Event::Debug).is_none() {
            return Ok(false);
        }
        /// The trap's status that ends the running function.
        const RETURN_STATUS: i32 = 2;
        let status = match self.run_trap(Event::Debug) {
            Err(Unwind::Return(status)) => status,
            other => other?,
        };
        if !self.shopt.get("extdebug") {
            return Ok(false);
        }
        if status == RETURN_STATUS && !self.frames.is_empty() {
            return Err(Unwind::Return(0));
        }
        Ok(status != 0)
    }

    /// Runs the action of an event, if it has one, and gives its status; `$?` is the same afterwards.
    ///
    /// # Errors
    /// What the action does with `exit` and `return`.
    pub fn run_trap(&mut self, event: Event) -> Result<i32, Unwind> {
        let Some(action) = self
            .traps
            .get(event)
            .filter(|action| !action.is_empty())
            .cloned()
        else {
            return Ok(0);
        };
        // The trap of `DEBUG` is not to be debugged.
        let silent = event == Event::Return && self.traps.running.contains(&Event::Debug);
        if self.traps.running.contains(&event) || silent {
            return Ok(0);
        }
        self.traps.running.push(event);
        let (status, line) = (self.status, self.line);
        let pipe_status = self.pipe_status.clone();
        // Those about a command know its line; in the others lines are those of the action.
        let (first_line, what) = match event {
            Event::Debug => (line, "debug trap"),
            Event::Err => (line, "error trap"),
            Event::Return => (line, "return trap"),
            _ => (1, "trap"),
        };
        let outer = self.trap_status.replace(status);
        let result = self.run_text(&action, first_line, what);
        self.trap_status = outer;
        self.status = status;
        self.line = line;
        self.pipe_status = pipe_status;
        self.traps.running.pop();
        match result {
            Err(Unwind::Discard(status)) | Ok(status) => Ok(status),
            Err(other) => Err(other),
        }
    }

    /// Runs the trap of the end, once; gives the status the shell ends with.
    pub fn run_exit_trap(&mut self, status: i32) -> i32 {
        self.status = status;
        if self.traps.running.contains(&Event::Exit) {
            return status;
        }
        let Some(action) = self.traps.get(Event::Exit).cloned() else {
            return status;
        };
        self.traps.running.push(Event::Exit);
        let outer = self.trap_status.replace(status);
        let result = self.run_text(&action, 1, "exit trap");
        self.trap_status = outer;
        self.traps.running.pop();
        // One that was set meanwhile is not for this end any more.
        self.traps.reset(Event::Exit);
        match result {
            Err(Unwind::Exit(status) | Unwind::Return(status)) => status,
            _ => status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_known_by_number_and_by_either_name() {
        for text in ["2", "INT", "SIGINT", "sigint"] {
            assert_eq!(Event::parse(text), Some(Event::Signal(SIGINT)), "{text}");
        }
        assert_eq!(Event::parse("EXIT"), Some(Event::Exit));
        assert_eq!(Event::parse("0"), Some(Event::Exit));
        assert_eq!(Event::parse("NOSUCH"), None);
        assert_eq!(Event::parse("99"), None);
        assert_eq!(signal_name(15), "TERM");
    }
}
