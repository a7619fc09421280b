//! Signals: numbers, default actions and what a process does about each (`signal(7)`).

/// A signal number, Linux's on x86-64; 1 to 31.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Signal(u8);

/// Highest signal number there is here; real-time signals are left out.
pub const SIGNAL_MAX: u8 = 31;

macro_rules! signals {
    ($($name:ident = $number:literal, $doc:literal;)*) => {
        impl Signal {
            $(#[doc = $doc] pub const $name: Self = Self($number);)*

            /// The name with its `SIG`, or `SIG<n>` for one without a name here.
            pub fn name(self) -> String {
                match self.0 {
                    $($number => concat!("SIG", stringify!($name)).to_owned(),)*
                    other => format!("SIG{other}"),
                }
            }
        }
    };
}

signals! {
    HUP = 1, "The terminal is gone.";
    INT = 2, "`^C`.";
    QUIT = 3, "`^\\`.";
    ILL = 4, "Illegal instruction.";
    TRAP = 5, "Trace trap.";
    ABRT = 6, "`abort(3)`; a guest that trapped on purpose.";
    BUS = 7, "Bus error.";
    FPE = 8, "Arithmetic error.";
    KILL = 9, "Cannot be caught.";
    USR1 = 10, "For the program's own use.";
    SEGV = 11, "Memory access out of bounds.";
    USR2 = 12, "For the program's own use.";
    PIPE = 13, "Write to a pipe that nobody reads.";
    ALRM = 14, "Alarm clock.";
    TERM = 15, "Polite request to end.";
    CHLD = 17, "A child ended or stopped.";
    CONT = 18, "Go on if stopped.";
    STOP = 19, "Stop; cannot be caught.";
    TSTP = 20, "`^Z`.";
    TTIN = 21, "Background read from the terminal.";
    TTOU = 22, "Background write to the terminal.";
    URG = 23, "Urgent data.";
    XCPU = 24, "CPU limit.";
    XFSZ = 25, "File size limit.";
    VTALRM = 26, "Virtual alarm clock.";
    PROF = 27, "Profiling timer.";
    WINCH = 28, "The window has a new size.";
    IO = 29, "I/O possible.";
    PWR = 30, "Power failure.";
    SYS = 31, "Bad system call.";
}

/// What happens when nobody caught the signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DefaultAction {
    /// The process ends.
    Terminate,
    /// Nothing.
    Ignore,
    /// The process stops.
    Stop,
    /// A stopped process goes on.
    Continue,
}

impl Signal {
    /// A signal by its number; `None` for 0 and for numbers above [`SIGNAL_MAX`].
    pub fn new(number: u32) -> Option<Self> {
        u8::try_from(number)
            .ok()
            .filter(|n| (1..=SIGNAL_MAX).contains(n))
            .map(Self)
    }

    /// The signals of a set of bits, lowest first.
    pub fn in_bits(bits: u64) -> impl Iterator<Item = Self> {
        (1..=SIGNAL_MAX)
            .map(Self)
            .filter(move |signal| bits & signal.bit() != 0)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The signal as a bit of a set.
    pub fn bit(self) -> u64 {
        1 << self.0
    }

    /// Default action (`signal(7)`).
    pub fn default_action(self) -> DefaultAction {
        match self {
            Self::CHLD | Self::URG | Self::WINCH => DefaultAction::Ignore,
            Self::STOP | Self::TSTP | Self::TTIN | Self::TTOU => DefaultAction::Stop,
            Self::CONT => DefaultAction::Continue,
            _ => DefaultAction::Terminate,
        }
    }

    /// `SIGKILL` and `SIGSTOP` cannot be caught or ignored.
    pub fn is_fixed(self) -> bool {
        matches!(self, Self::KILL | Self::STOP)
    }
}

/// What a process wants done about a signal; the numbers are the process door's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Disposition {
    /// The default action.
    #[default]
    Default = 0,
    /// Nothing.
    Ignore = 1,
    /// It is recorded, and waits end with `EINTR`.
    Catch = 2,
}

impl Disposition {
    /// The disposition by its number at the process door.
    pub fn from_raw(raw: u32) -> Option<Self> {
        match raw {
            0 => Some(Self::Default),
            1 => Some(Self::Ignore),
            2 => Some(Self::Catch),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_linuxes_and_out_of_range_ones_are_refused() {
        assert_eq!(Signal::new(9), Some(Signal::KILL));
        assert_eq!(Signal::new(0), None);
        assert_eq!(Signal::new(32), None);
        assert_eq!(Signal::new(u32::MAX), None);
        assert_eq!(Signal::INT.name(), "SIGINT");
    }
}
