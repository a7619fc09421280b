//! How a program ended.

use std::fmt;

use berth_guest::Signal;
use berth_multicall::End;

/// How a program ended: with a code, or by a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitStatus(pub(crate) End);

impl ExitStatus {
    /// Whether it ended with the code 0.
    pub fn success(&self) -> bool {
        self.code() == Some(0)
    }

    /// Its exit code, unless a signal ended it.
    pub fn code(&self) -> Option<i32> {
        match self.0 {
            End::Exited(code) => Some(i32::from(code)),
            End::Signalled(_) => None,
        }
    }

    /// The signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        match self.0 {
            End::Exited(_) => None,
            End::Signalled(signal) => Some(i32::from(signal)),
        }
    }
}

impl Default for ExitStatus {
    fn default() -> Self {
        Self(End::Exited(0))
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            End::Exited(code) => write!(f, "exit status: {code}"),
            End::Signalled(signal) => write!(f, "signal: {signal} ({})", name(signal)),
        }
    }
}

/// What people call the signals that usually end programs.
fn name(signal: Signal) -> &'static str {
    match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        6 => "SIGABRT",
        9 => "SIGKILL",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => "",
    }
}
