//! Sending, catching and taking signals.

use std::sync::Arc;

use berth_kernel::machine::Machine;
use berth_kernel::process::{Process, Verdict};
use berth_kernel::signal::{Disposition, Signal};
use berth_kernel::{Errno, Result};

use crate::guest::Resting;
use crate::memory::{GuestCaller, view};

/// `kill(2)`. Signal 0 only tests.
pub async fn kill(caller: &mut GuestCaller<'_>, pid: i32, signal: u32) -> Result<()> {
    let (machine, process) = (
        Arc::clone(&caller.data().machine),
        Arc::clone(&caller.data().process),
    );
    let resting = caller.data().resting();
    send(&machine, &process, &resting, pid, signal).await
}

/// Sends a signal on behalf of `process`. What reaches the sender itself takes effect before this
/// comes back, as POSIX has it for `kill()`: a process that stops itself stops here.
pub async fn send(
    machine: &Machine,
    process: &Process,
    resting: &Resting,
    pid: i32,
    signal: u32,
) -> Result<()> {
    let Some(signal) = Signal::new(signal) else {
        if signal != 0 {
            return Err(Errno::Invalid);
        }
        let there = match pid {
            0 | -1 => true,
            pid if pid < 0 => machine.has_group(pid.unsigned_abs()),
            pid => machine.find(pid.unsigned_abs()).is_some(),
        };
        return if there { Ok(()) } else { Err(Errno::NoProcess) };
    };
    match pid {
        0 => machine.signal_group(process.group(), signal)?,
        -1 => machine.signal_where(signal, |other| other.pid() != process.pid())?,
        pid if pid < 0 => machine.signal_group(pid.unsigned_abs(), signal)?,
        pid => machine.signal(pid.unsigned_abs(), signal)?,
    }
    if process.verdict() == Verdict::Stop {
        resting.rests();
        process.resumed().await;
    }
    // A process that ended itself does not come back from the call.
    match process.verdict() {
        Verdict::Die(_) => Err(Errno::Interrupted),
        _ => Ok(()),
    }
}

/// `sigaction(2)`, as far as it goes without handlers: 0 default, 1 ignore, 2 catch. Writes the old
/// one at `out`.
pub fn signal_action(
    caller: &mut GuestCaller<'_>,
    signal: u32,
    action: u32,
    out: u32,
) -> Result<()> {
    let signal = Signal::new(signal).ok_or(Errno::Invalid)?;
    let action = Disposition::from_raw(action).ok_or(Errno::Invalid)?;
    let old = caller.data().process.set_disposition(signal, action)?;
    view(caller)?.0.write_u32(out, old as u32)
}

/// Tells which signals are ignored: writes them as a `u64` of bits `1 << signal` at `out`.
pub fn signal_ignored(caller: &mut GuestCaller<'_>, out: u32) -> Result<()> {
    let (mut memory, guest) = view(caller)?;
    memory.write_u64(out, guest.process.ignored_bits())
}

/// Takes the caught signals that are pending: writes them as a `u64` of bits `1 << signal` at `out`.
pub fn signal_take(caller: &mut GuestCaller<'_>, out: u32) -> Result<()> {
    let (mut memory, guest) = view(caller)?;
    memory.write_u64(out, 0)?;
    memory.write_u64(out, guest.process.take_pending())
}
