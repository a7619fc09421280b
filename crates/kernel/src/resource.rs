//! Limits of one process (`getrlimit(2)`): those a shell's `ulimit` shows and lowers.
//!
//! The session's own limits come first and cannot be raised from inside; these only take away from them. A child
//! inherits them. What is enforced: processes, descriptors, memory, CPU time and the size of files. The others are kept
//! and shown, as programs expect, and change nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::machine::Limits;
use crate::{Errno, Result};

/// No limit.
pub const UNLIMITED: u64 = u64::MAX;
/// Kinds of limits there are.
const COUNT: usize = 16;
/// What a program's stack may take, as it is shown; the engine's own limit holds whatever is set here.
const STACK_BYTES: u64 = 8 << 20;
/// Memory that could be locked, as it is shown.
const LOCKED_BYTES: u64 = 8 << 20;
/// Bytes of message queues, as it is shown.
const QUEUES_BYTES: u64 = 819_200;

/// A limit's kind, numbered as `RLIMIT_*` of Linux.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resource(usize);

impl Resource {
    /// Seconds of CPU time.
    pub const CPU: Self = Self(0);
    /// Bytes of a file that is written.
    pub const FILE_SIZE: Self = Self(1);
    /// Bytes of the data segment.
    pub const DATA: Self = Self(2);
    const STACK: Self = Self(3);
    const CORE: Self = Self(4);
    /// Processes.
    pub const PROCESSES: Self = Self(6);
    /// Descriptors.
    pub const DESCRIPTORS: Self = Self(7);
    const LOCKED: Self = Self(8);
    /// Bytes of the address space.
    pub const ADDRESS_SPACE: Self = Self(9);
    const SIGNALS: Self = Self(11);
    const QUEUES: Self = Self(12);
    const NICE: Self = Self(13);
    const PRIORITY: Self = Self(14);

    /// A kind by its number, or `EINVAL`.
    pub fn new(number: u32) -> Result<Self> {
        usize::try_from(number)
            .ok()
            .filter(|number| *number < COUNT)
            .map(Self)
            .ok_or(Errno::Invalid)
    }
}

/// The limits of one process. Words, since some are looked at on every write.
pub struct Resources {
    /// What holds; never above `hard`.
    soft: [AtomicU64; COUNT],
    /// What the soft limit may be raised to. It can only sink.
    hard: [AtomicU64; COUNT],
}

impl Resources {
    /// Those of the first process of a session.
    pub fn of(session: &Limits) -> Self {
        let new = Self {
            soft: std::array::from_fn(|_| AtomicU64::new(UNLIMITED)),
            hard: std::array::from_fn(|_| AtomicU64::new(UNLIMITED)),
        };
        let processes = session.processes_max as u64;
        let descriptors = session.descriptors_max as u64;
        for (resource, soft, hard) in [
            (Resource::STACK, STACK_BYTES, UNLIMITED),
            (Resource::CORE, 0, UNLIMITED),
            (Resource::PROCESSES, processes, processes),
            (Resource::DESCRIPTORS, descriptors, descriptors),
            (Resource::LOCKED, LOCKED_BYTES, LOCKED_BYTES),
            (Resource::SIGNALS, processes, processes),
            (Resource::QUEUES, QUEUES_BYTES, QUEUES_BYTES),
            (Resource::NICE, 0, 0),
            (Resource::PRIORITY, 0, 0),
        ] {
            new.store(resource, soft, hard);
        }
        new
    }

    /// A child's.
    pub fn inherited(&self) -> Self {
        let copy = |words: &[AtomicU64; COUNT]| {
            std::array::from_fn(|index| AtomicU64::new(words[index].load(Ordering::Relaxed)))
        };
        Self {
            soft: copy(&self.soft),
            hard: copy(&self.hard),
        }
    }

    fn store(&self, resource: Resource, soft: u64, hard: u64) {
        self.soft[resource.0].store(soft, Ordering::Relaxed);
        self.hard[resource.0].store(hard, Ordering::Relaxed);
    }

    /// What holds.
    pub fn soft(&self, resource: Resource) -> u64 {
        self.soft[resource.0].load(Ordering::Relaxed)
    }

    /// What it may be raised to.
    pub fn hard(&self, resource: Resource) -> u64 {
        self.hard[resource.0].load(Ordering::Relaxed)
    }

    /// Sets both. `EINVAL` when the soft limit is above the hard one, `EPERM` when the hard limit would rise.
    pub fn set(&self, resource: Resource, soft: u64, hard: u64) -> Result<()> {
        if soft > hard {
            return Err(Errno::Invalid);
        }
        if hard > self.hard(resource) {
            return Err(Errno::NotPermitted);
        }
        self.store(resource, soft, hard);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_sinks_for_good_and_a_soft_one_comes_back() {
        let limits = Resources::of(&Limits::default());
        let resource = Resource::DESCRIPTORS;
        let most = limits.hard(resource);
        assert_eq!(limits.set(resource, 10, most), Ok(()));
        assert_eq!(limits.set(resource, most, most), Ok(()));
        assert_eq!(limits.set(resource, 10, 20), Ok(()));
        assert_eq!(limits.set(resource, 21, 20), Err(Errno::Invalid));
        assert_eq!(limits.set(resource, 10, 21), Err(Errno::NotPermitted));
        let child = limits.inherited();
        assert_eq!((child.soft(resource), child.hard(resource)), (10, 20));
    }

    #[test]
    fn a_number_beyond_the_kinds_is_none() {
        assert_eq!(Resource::new(9), Ok(Resource::ADDRESS_SPACE));
        assert_eq!(Resource::new(16), Err(Errno::Invalid));
    }
}
