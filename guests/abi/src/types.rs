//! What the calls about processes take and return.

use std::os::fd::RawFd;

/// A process id; the kernel's `u32`, kept signed as in POSIX because groups are written as negatives.
pub type Pid = i32;

/// Which process group a new child belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Group {
    /// The caller's.
    #[default]
    Inherit,
    /// A new one, led by the child.
    New,
    /// An existing one.
    Join(Pid),
}

impl Group {
    /// As the door encodes it: -1 inherit, 0 new, above 0 join.
    pub fn encode(self) -> i32 {
        match self {
            Self::Inherit => -1,
            Self::New => 0,
            Self::Join(group) => group,
        }
    }
}

/// Everything a new program needs to know. Signals the caller catches have their default action in the
/// child; those it ignores stay ignored.
#[derive(Clone, Copy, Debug)]
pub struct SpawnRequest<'a> {
    /// Path of the program, absolute or relative to the caller's working directory. `PATH` is not searched.
    pub program: &'a [u8],
    /// Its arguments, the first of which is its own name. No NUL inside.
    pub arguments: &'a [Vec<u8>],
    /// `NAME=value` strings. No NUL inside.
    pub environment: &'a [Vec<u8>],
    /// Pairs of (descriptor of the child, descriptor of the caller). The child has no others.
    pub descriptors: &'a [(RawFd, RawFd)],
    /// Its process group.
    pub group: Group,
    /// Make its group the terminal's foreground group before it runs.
    pub foreground: bool,
}

/// Which changes of a child [`wait`](crate::wait) reports, and whether it waits for one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WaitOptions {
    /// Return at once when nothing happened yet.
    pub no_hang: bool,
    /// Report stopped children too.
    pub stopped: bool,
    /// Report continued children too.
    pub continued: bool,
}

/// How much fits into the file system of a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Space {
    /// Bytes there may be.
    pub bytes_limit: u64,
    /// Bytes there are.
    pub bytes_used: u64,
    /// Names there may be.
    pub names_limit: u64,
    /// Names there are.
    pub names_used: u64,
}

/// What happened to a child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WaitStatus {
    /// It ended with this code, 0 to 255.
    Exited(u8),
    /// A signal ended it.
    Signalled(crate::Signal),
    /// A signal stopped it.
    Stopped(crate::Signal),
    /// It goes on.
    Continued,
}
