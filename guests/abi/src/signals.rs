//! Signal numbers and sets. The numbers are Linux's on both backends.

/// A signal number, 1 to 31.
pub type Signal = u8;

/// What happens when a signal arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignalAction {
    /// The signal's default action.
    Default,
    /// Nothing.
    Ignore,
    /// It is recorded for [`take_signals`](crate::take_signals), and a blocked call returns `EINTR`.
    Catch,
}

/// A set of signals as bits: bit `n` is signal `n`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SignalSet(pub u64);

impl SignalSet {
    /// Adds one.
    pub fn insert(&mut self, signal: Signal) {
        self.0 |= 1 << signal;
    }

    /// Takes one out.
    pub fn remove(&mut self, signal: Signal) {
        self.0 &= !(1 << signal);
    }

    /// Whether it is in.
    pub fn contains(self, signal: Signal) -> bool {
        self.0 & (1 << signal) != 0
    }

    /// Whether none is in.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in the set, lowest first.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        (1..=31).filter(move |signal| self.contains(*signal))
    }
}
