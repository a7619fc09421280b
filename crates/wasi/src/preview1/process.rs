//! The calling process itself, and randomness.

use berth_kernel::signal::Signal;
use berth_kernel::{Errno, Result};

use super::{abi, io};
use crate::limits;
use crate::memory::{GuestCaller, view};

pub fn proc_raise(caller: &mut GuestCaller<'_>, signal: u32) -> Result<()> {
    match abi::signal(signal).ok_or(Errno::Invalid)? {
        0 => Ok(()),
        number => {
            io::raise(caller, Signal::new(number).ok_or(Errno::Invalid)?);
            // Makes the door look at the verdict: a raised SIGTERM does not come back.
            match caller.data().process.verdict() {
                berth_kernel::process::Verdict::Die(_) => Err(Errno::Interrupted),
                _ => Ok(()),
            }
        }
    }
}

pub async fn sched_yield(caller: &mut GuestCaller<'_>) -> Result<()> {
    let process = std::sync::Arc::clone(&caller.data().process);
    match process.interruptible(tokio::task::yield_now()).await {
        // A caught signal is no reason to fail; one that ends the guest is.
        Err(errno) if !matches!(process.verdict(), berth_kernel::process::Verdict::Run) => {
            Err(errno)
        }
        _ => Ok(()),
    }
}

pub async fn random_get(
    caller: &mut GuestCaller<'_>,
    mut buffer: u32,
    mut length: u32,
) -> Result<()> {
    view(caller)?.0.bytes(buffer, length)?;
    while length > 0 {
        let size = length.min(limits::TRANSFER_BYTES as u32);
        {
            let (mut memory, _) = view(caller)?;
            let mut bytes = memory.bytes_mut(buffer, size)?;
            while !bytes.is_empty() {
                let got =
                    rustix::rand::getrandom(&mut *bytes, rustix::rand::GetRandomFlags::empty())?;
                bytes = &mut bytes[got..];
            }
        }
        buffer = buffer.saturating_add(size);
        length -= size;
        if length > 0 {
            sched_yield(caller).await?;
        }
    }
    Ok(())
}
