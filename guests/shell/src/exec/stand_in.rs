//! Standing in for a program: WASI has no `execve(2)`, so where bash's process becomes the program this one starts it,
//! hands on what it is sent, and ends as the program ends.

use berth_guest::{Pid, Signal, SignalAction, WaitOptions};

use crate::jobs::{State, state_of};
use crate::shell::Shell;
use crate::signals::{
    Event, SIGALRM, SIGHUP, SIGKILL, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU, SIGXFSZ,
};

/// Signals that are handed on. Those of the keyboard are not: they go to the whole group, and the program with it.
const HANDED_ON: [Signal; 7] = [SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGXCPU, SIGXFSZ];

impl Shell {
    /// Before the program starts: signals are kept for it. Gives what to undo when it cannot be started.
    pub(crate) fn begin_to_stand_in(&mut self) -> Vec<(Signal, SignalAction)> {
        let mut before = Vec::with_capacity(HANDED_ON.len());
        for signal in HANDED_ON {
            match berth_guest::set_signal_action(signal, SignalAction::Catch) {
                // What is ignored stays ignored, here and in the program; nothing else can fail.
                Ok(SignalAction::Ignore) => {
                    let _ = berth_guest::set_signal_action(signal, SignalAction::Ignore);
                }
                Ok(action) => before.push((signal, action)),
                Err(_) => {}
            }
        }
        before
    }

    /// The program could not be started: this is a shell as before.
    pub(crate) fn give_up_standing_in(&mut self, before: Vec<(Signal, SignalAction)>) {
        for (signal, action) in before {
            // What was set before can be set again.
            let _ = berth_guest::set_signal_action(signal, action);
        }
    }

    /// Waits for the program that was started; gives the status to end with, or ends by the signal that ended the program.
    pub(crate) fn stand_in_for(&mut self, pid: Pid) -> i32 {
        // Nothing of this shell is left to be run.
        self.traps.take(Event::Exit);
        self.hand_on_held(&[pid]);
        let state = loop {
            match berth_guest::wait(pid, WaitOptions::default()) {
                Ok(Some((_, status))) => match state_of(status) {
                    State::Running | State::Stopped(_) => {}
                    state => break state,
                },
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                    for signal in berth_guest::take_signals().iter() {
                        if HANDED_ON.contains(&signal) {
                            // It may have ended already.
                            let _ = berth_guest::kill(pid, signal);
                        }
                    }
                }
                Ok(None) | Err(_) => break State::Exited(super::external::NOT_FOUND_STATUS),
            }
        };
        if let State::Killed(signal) = state {
            if signal != SIGKILL {
                let _ = berth_guest::set_signal_action(signal, SignalAction::Default);
            }
            let _ = berth_guest::kill(berth_guest::getpid(), signal);
        }
        state.status()
    }
}
