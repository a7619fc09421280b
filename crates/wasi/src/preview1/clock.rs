//! Clocks.

use berth_kernel::{Errno, Result};
use rustix::time::{ClockId, Timespec, clock_getres, clock_gettime};

use crate::limits::TICK;
use crate::memory::{GuestCaller, view};

/// A preview1 `clockid`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// The time of day.
    Realtime,
    /// Time since some point, never going back.
    Monotonic,
    /// CPU time of the process; its threads are one.
    Cpu,
}

impl Clock {
    /// A clock by its number.
    pub fn new(raw: u32) -> Result<Self> {
        match raw {
            0 => Ok(Self::Realtime),
            1 => Ok(Self::Monotonic),
            2 | 3 => Ok(Self::Cpu),
            _ => Err(Errno::Invalid),
        }
    }

    fn host(self) -> Option<ClockId> {
        match self {
            Self::Realtime => Some(ClockId::Realtime),
            Self::Monotonic => Some(ClockId::Monotonic),
            Self::Cpu => None,
        }
    }

    /// Nanoseconds it shows. CPU time is counted in ticks.
    pub fn now_ns(self, caller: &GuestCaller<'_>) -> u64 {
        match self.host() {
            Some(id) => nanoseconds(clock_gettime(id)),
            None => caller
                .data()
                .process
                .ticks()
                .saturating_mul(TICK.as_nanos() as u64),
        }
    }
}

fn nanoseconds(time: Timespec) -> u64 {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}

pub fn clock_res_get(caller: &mut GuestCaller<'_>, clock: u32, out: u32) -> Result<()> {
    let resolution = match Clock::new(clock)?.host() {
        Some(id) => nanoseconds(clock_getres(id)),
        None => TICK.as_nanos() as u64,
    };
    view(caller)?.0.write_u64(out, resolution)
}

pub fn clock_time_get(
    caller: &mut GuestCaller<'_>,
    clock: u32,
    _precision: u64,
    out: u32,
) -> Result<()> {
    let now = Clock::new(clock)?.now_ns(caller);
    view(caller)?.0.write_u64(out, now)
}
