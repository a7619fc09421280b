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
    /// Waits for the program that was started; gives the status to end with, or ends by the signal that ended the program.
    pub(crate) fn stand_in_for(&mut self, pid: Pid) -> i32 {
        // Nothing of this shell is left to be run.
        self.traps.take(Event::Exit);
        for signal in HANDED_ON {
            // What is ignored stays ignored, here and in the program; nothing else can fail.
            if let Ok(SignalAction::Ignore) =
                berth_guest::set_signal_action(signal, SignalAction::Catch)
            {
                let _ = berth_guest::set_signal_action(signal, SignalAction::Ignore);
            }
        }
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
