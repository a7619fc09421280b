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

/// A lock on a file; the numbers are Linux's `LOCK_*`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Lock {
    /// Several may have it.
    Shared = 1,
    /// One has it alone.
    Exclusive = 2,
    /// None any more.
    None = 8,
}

impl Lock {
    /// The argument of `flock(2)`.
    pub(crate) fn operation(self, wait: bool) -> u32 {
        const NONBLOCK: u32 = 4;
        self as u32 | if wait { 0 } else { NONBLOCK }
    }
}

/// No limit.
pub const UNLIMITED: u64 = u64::MAX;

/// What a process is limited in; the numbers are Linux's `RLIMIT_*`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Resource {
    /// Seconds of CPU time.
    Cpu = 0,
    /// Bytes of a file that is written.
    FileSize = 1,
    /// Bytes of the data segment.
    Data = 2,
    /// Bytes of the stack.
    Stack = 3,
    /// Bytes of a core file.
    Core = 4,
    /// Bytes in memory.
    Resident = 5,
    /// Processes.
    Processes = 6,
    /// Descriptors.
    Descriptors = 7,
    /// Bytes locked in memory.
    Locked = 8,
    /// Bytes of the address space.
    AddressSpace = 9,
    /// File locks.
    FileLocks = 10,
    /// Signals that wait.
    Signals = 11,
    /// Bytes of message queues.
    Queues = 12,
    /// How far the niceness may go.
    Nice = 13,
    /// Real-time priority.
    Priority = 14,
    /// Microseconds of real-time scheduling without a wait.
    RealTime = 15,
}

/// A limit of a process; [`UNLIMITED`] is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// What holds.
    pub soft: u64,
    /// What it may be raised to.
    pub hard: u64,
}
