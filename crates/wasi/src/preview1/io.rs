//! Reading and writing: try, wait for readiness, try again.

use std::sync::Arc;

use berth_kernel::file::{File, FileKind, Flags, Interest};
use berth_kernel::signal::Signal;
use berth_kernel::{Errno, Result};

use super::descriptor::file;
use crate::limits;
use crate::memory::{GuestCaller, view};

/// The largest part of a transfer that is done in one go.
fn piece(length: u32) -> u32 {
    length.min(limits::TRANSFER_BYTES as u32)
}

fn check_count(count: u32) -> Result<()> {
    if count > limits::IOVECS_MAX {
        Err(Errno::Invalid)
    } else {
        Ok(())
    }
}

/// Waits until `file` is worth trying again.
async fn wait(caller: &GuestCaller<'_>, file: &dyn File, interest: Interest) -> Result<()> {
    caller.data().rests();
    let process = Arc::clone(&caller.data().process);
    process.wait_ready(file, interest).await
}

/// Lets others run in the middle of a long transfer; `EINTR` if the guest is to end.
async fn breathe(caller: &GuestCaller<'_>) -> Result<()> {
    caller
        .data()
        .process
        .interruptible(tokio::task::yield_now())
        .await
}

pub async fn fd_read(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    iovecs: u32,
    count: u32,
    out: u32,
) -> Result<()> {
    check_count(count)?;
    let file = file(caller, fd)?;
    if !file.readable() {
        return Err(Errno::BadDescriptor);
    }
    let mut total: u32 = 0;
    'all: for index in 0..count {
        let (mut pointer, mut left) = view(caller)?.0.iovec(iovecs, index)?;
        while left > 0 {
            let size = piece(left);
            let got = {
                let (mut memory, guest) = view(caller)?;
                file.try_read(Some(&guest.process), memory.bytes_mut(pointer, size)?)
            };
            match got {
                Ok(got) => {
                    // No device answers more than it was given room for.
                    let got = got as u32;
                    total = total.saturating_add(got);
                    if got < size {
                        break 'all;
                    }
                    pointer = pointer.saturating_add(got);
                    left -= got;
                }
                Err(Errno::Again) if total > 0 => break 'all,
                Err(Errno::Again) if !file.flags().has(Flags::NONBLOCK) => {
                    wait(caller, &*file, Interest::Read).await?;
                    continue;
                }
                Err(_) if total > 0 => break 'all,
                Err(errno) => return Err(errno),
            }
            // What has come is handed over rather than lost to a signal.
            if left > 0 && breathe(caller).await.is_err() {
                break 'all;
            }
        }
        // Only a file hands out more at once without waiting: a second buffer of a pipe or a
        // terminal would wait for what need not come.
        if total > 0
            && !matches!(file.kind(), FileKind::Regular)
            && index + 1 < count
            && file.readiness().bytes == 0
        {
            break;
        }
    }
    view(caller)?.0.write_u32(out, total)
}

pub async fn fd_write(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    iovecs: u32,
    count: u32,
    out: u32,
) -> Result<()> {
    check_count(count)?;
    let file = file(caller, fd)?;
    if !file.writable() {
        return Err(Errno::BadDescriptor);
    }
    let mut total: u32 = 0;
    'all: for index in 0..count {
        let (mut pointer, mut left) = view(caller)?.0.iovec(iovecs, index)?;
        while left > 0 {
            let size = piece(left);
            let put = {
                let (memory, guest) = view(caller)?;
                file.try_write(Some(&guest.process), memory.bytes(pointer, size)?)
            };
            match put {
                Ok(put) => {
                    total = total.saturating_add(put as u32);
                    pointer = pointer.saturating_add(put as u32);
                    left -= put as u32;
                }
                Err(Errno::Again) if file.flags().has(Flags::NONBLOCK) => {
                    if total > 0 {
                        break 'all;
                    }
                    return Err(Errno::Again);
                }
                Err(Errno::Again) => match wait(caller, &*file, Interest::Write).await {
                    Ok(()) => continue,
                    Err(_) if total > 0 => break 'all,
                    Err(errno) => return Err(errno),
                },
                Err(errno) => {
                    if errno == Errno::BrokenPipe {
                        raise(caller, Signal::PIPE);
                    }
                    if total > 0 {
                        break 'all;
                    }
                    return Err(errno);
                }
            }
            if left > 0 && breathe(caller).await.is_err() {
                break 'all;
            }
        }
    }
    view(caller)?.0.write_u32(out, total)
}

/// Sends a signal to the calling guest itself.
pub fn raise(caller: &GuestCaller<'_>, signal: Signal) {
    let guest = caller.data();
    let _ = guest.machine.signal(guest.process.pid(), signal);
}

pub async fn fd_pread(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    iovecs: u32,
    count: u32,
    mut offset: u64,
    out: u32,
) -> Result<()> {
    check_count(count)?;
    let file = file(caller, fd)?;
    if !file.readable() {
        return Err(Errno::BadDescriptor);
    }
    let mut total: u32 = 0;
    'all: for index in 0..count {
        let (mut pointer, mut left) = view(caller)?.0.iovec(iovecs, index)?;
        while left > 0 {
            let size = piece(left);
            let got = file.read_at(view(caller)?.0.bytes_mut(pointer, size)?, offset)? as u32;
            total = total.saturating_add(got);
            offset = offset.saturating_add(got.into());
            if got < size {
                break 'all;
            }
            pointer = pointer.saturating_add(got);
            left -= got;
            if left > 0 && breathe(caller).await.is_err() {
                break 'all;
            }
        }
    }
    view(caller)?.0.write_u32(out, total)
}

pub async fn fd_pwrite(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    iovecs: u32,
    count: u32,
    mut offset: u64,
    out: u32,
) -> Result<()> {
    check_count(count)?;
    let file = file(caller, fd)?;
    if !file.writable() {
        return Err(Errno::BadDescriptor);
    }
    let mut total: u32 = 0;
    'all: for index in 0..count {
        let (mut pointer, mut left) = view(caller)?.0.iovec(iovecs, index)?;
        while left > 0 {
            let mut size = piece(left);
            if matches!(file.kind(), FileKind::Regular) {
                size = match caller.data().process.writable_bytes(offset, size as usize) {
                    Ok(room) => room as u32,
                    Err(_) if total > 0 => break 'all,
                    Err(errno) => return Err(errno),
                };
            }
            let put = match file.write_at(view(caller)?.0.bytes(pointer, size)?, offset) {
                Ok(put) => put as u32,
                Err(_) if total > 0 => break 'all,
                Err(errno) => return Err(errno),
            };
            total = total.saturating_add(put);
            offset = offset.saturating_add(put.into());
            pointer = pointer.saturating_add(put);
            left -= put;
            if put < size {
                break 'all;
            }
            if left > 0 && breathe(caller).await.is_err() {
                break 'all;
            }
        }
    }
    view(caller)?.0.write_u32(out, total)
}
