//! `poll_oneoff`: waiting for descriptors and clocks at once.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use berth_kernel::file::{File, Interest, Readiness, Wait};
use berth_kernel::{Errno, Result};

use super::clock::Clock;
use crate::limits;
use crate::memory::{GuestCaller, Memory, view};

/// Bytes of a `subscription`.
const SUBSCRIPTION_BYTES: u32 = 48;
/// Bytes of an `event`.
const EVENT_BYTES: usize = 32;
/// `subclockflags::subscription_clock_abstime`.
const ABSOLUTE: u16 = 1;

enum What {
    /// When the deadline lies ahead, in nanoseconds of the clock.
    Clock { clock: Clock, deadline_ns: u64 },
    /// A descriptor, or the error that looking it up gave.
    File {
        file: Result<Arc<dyn File>>,
        interest: Interest,
    },
    /// A clock there is not.
    Broken(Errno),
}

struct Subscription {
    userdata: u64,
    tag: u8,
    what: What,
}

/// What came of one subscription.
struct Event {
    userdata: u64,
    tag: u8,
    error: u16,
    bytes: u64,
    hangup: bool,
}

impl Event {
    fn encode(&self) -> [u8; EVENT_BYTES] {
        let mut out = [0; EVENT_BYTES];
        out[..8].copy_from_slice(&self.userdata.to_le_bytes());
        out[8..10].copy_from_slice(&self.error.to_le_bytes());
        out[10] = self.tag;
        out[16..24].copy_from_slice(&self.bytes.to_le_bytes());
        out[24] = self.hangup.into();
        out
    }
}

pub async fn poll_oneoff(
    caller: &mut GuestCaller<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    out: u32,
) -> Result<()> {
    if count == 0 || count > limits::SUBSCRIPTIONS_MAX {
        return Err(Errno::Invalid);
    }
    let wanted = (0..count)
        .map(|index| read(caller, subscriptions, index))
        .collect::<Result<Vec<_>>>()?;
    let happened = loop {
        let happened: Vec<Event> = wanted
            .iter()
            .filter_map(|subscription| look(caller, subscription))
            .collect();
        if !happened.is_empty() {
            break happened;
        }
        sleep(caller, &wanted).await?;
    };
    let (mut memory, _) = view(caller)?;
    for (index, event) in happened.iter().enumerate() {
        let at = (index * EVENT_BYTES) as u32;
        memory.write(events.checked_add(at).ok_or(Errno::Fault)?, &event.encode())?;
    }
    memory.write_u32(out, happened.len() as u32)
}

fn read(caller: &mut GuestCaller<'_>, array: u32, index: u32) -> Result<Subscription> {
    let at = array
        .checked_add(index * SUBSCRIPTION_BYTES)
        .ok_or(Errno::Fault)?;
    let subscription = {
        let (memory, _) = view(caller)?;
        let mut bytes = [0; SUBSCRIPTION_BYTES as usize];
        bytes.copy_from_slice(memory.bytes(at, SUBSCRIPTION_BYTES)?);
        bytes
    };
    let mut copy = subscription;
    let memory = Memory::of(&mut copy);
    let (userdata, tag) = (memory.u64(0)?, subscription[8]);
    let what = match tag {
        0 => match Clock::new(memory.u32(16)?) {
            Ok(clock) => {
                let timeout_ns = memory.u64(24)?;
                let deadline_ns = if memory.u16(40)? & ABSOLUTE != 0 {
                    timeout_ns
                } else {
                    clock.now_ns(caller).saturating_add(timeout_ns)
                };
                What::Clock { clock, deadline_ns }
            }
            Err(errno) => What::Broken(errno),
        },
        1 | 2 => What::File {
            file: caller.data().process.file(memory.u32(16)?),
            interest: if tag == 1 {
                Interest::Read
            } else {
                Interest::Write
            },
        },
        _ => return Err(Errno::Invalid),
    };
    Ok(Subscription {
        userdata,
        tag,
        what,
    })
}

/// What of a subscription has happened by now.
fn look(caller: &GuestCaller<'_>, subscription: &Subscription) -> Option<Event> {
    let event = |error: u16, readiness: Readiness| Event {
        userdata: subscription.userdata,
        tag: subscription.tag,
        error,
        bytes: readiness.bytes,
        hangup: readiness.hangup,
    };
    match &subscription.what {
        What::Broken(errno) => Some(event(errno.raw(), Readiness::default())),
        What::Clock { clock, deadline_ns } => {
            (clock.now_ns(caller) >= *deadline_ns).then(|| event(0, Readiness::default()))
        }
        What::File {
            file: Err(errno), ..
        } => Some(event(errno.raw(), Readiness::default())),
        What::File {
            file: Ok(file),
            interest,
        } => {
            let readiness = file.readiness();
            let (may, ready) = match interest {
                Interest::Read => (file.readable(), readiness.readable),
                Interest::Write => (file.writable(), readiness.writable),
            };
            if !may {
                return Some(event(Errno::BadDescriptor.raw(), Readiness::default()));
            }
            (ready || readiness.hangup).then(|| event(0, readiness))
        }
    }
}

/// Sleeps until something may have happened; `EINTR` when a signal comes first.
async fn sleep(caller: &GuestCaller<'_>, wanted: &[Subscription]) -> Result<()> {
    caller.data().rests();
    let mut waits: Vec<Wait<'_>> = Vec::new();
    let mut nearest: Option<Duration> = None;
    for subscription in wanted {
        match &subscription.what {
            What::Clock { clock, deadline_ns } => {
                let left = Duration::from_nanos(deadline_ns.saturating_sub(clock.now_ns(caller)));
                // CPU time stands still while the guest sleeps: such a clock is looked at in turns.
                let left = if *clock == Clock::Cpu {
                    left.max(limits::TICK)
                } else {
                    left
                };
                nearest = Some(nearest.map_or(left, |nearest| nearest.min(left)));
            }
            What::File {
                file: Ok(file),
                interest,
            } => match file.ready(*interest) {
                Some(wait) => waits.push(wait),
                None => return Ok(()),
            },
            _ => return Ok(()),
        }
    }
    if let Some(left) = nearest {
        waits.push(Box::pin(tokio::time::sleep(left)));
    }
    let process = Arc::clone(&caller.data().process);
    process
        .interruptible(poll_fn(|context| {
            let any = waits
                .iter_mut()
                .any(|wait: &mut Pin<Box<_>>| wait.as_mut().poll(context).is_ready());
            if any { Poll::Ready(()) } else { Poll::Pending }
        }))
        .await
}
