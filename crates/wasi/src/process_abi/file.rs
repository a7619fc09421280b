//! Files that preview1 cannot make, and locks on files.

use std::sync::Arc;
use std::time::Duration;

use berth_kernel::file::Lock;
use berth_kernel::vfs::Base;
use berth_kernel::{Errno, Result};

use crate::memory::{GuestCaller, view};

/// First and longest pause before a lock that somebody has is tried again: the host's `flock(2)` can wait only by
/// holding up a thread.
const LOCK_PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(100)];

/// Bits of the operation, as in `flock(2)`.
const SHARED: u32 = 1;
const EXCLUSIVE: u32 = 2;
const NONBLOCK: u32 = 4;
const UNLOCK: u32 = 8;

/// `mkfifo(3)` at a path that is absolute or relative to the working directory; the umask is taken away from `mode`.
pub fn path_create_fifo(
    caller: &mut GuestCaller<'_>,
    path: u32,
    length: u32,
    mode: u32,
) -> Result<()> {
    let path = view(caller)?.0.bytes(path, length)?.to_vec();
    let guest = caller.data();
    let process = &guest.process;
    let cwd = process.cwd();
    let mode = mode & !process.umask();
    let namespace = guest.machine.namespace();
    namespace.create_fifo(Some(process), Base::Path(&cwd), &path, mode)
}

/// `flock(2)`.
pub async fn fd_lock(caller: &mut GuestCaller<'_>, fd: u32, operation: u32) -> Result<()> {
    let process = Arc::clone(&caller.data().process);
    let file = Arc::clone(process.descriptors().get(fd)?);
    let lock = match operation & !NONBLOCK {
        SHARED => Lock::Shared,
        EXCLUSIVE => Lock::Exclusive,
        UNLOCK => Lock::None,
        _ => return Err(Errno::Invalid),
    };
    let [mut pause, longest] = LOCK_PAUSES;
    loop {
        match file.lock(lock) {
            Err(Errno::Again) if operation & NONBLOCK == 0 => {}
            done => return done,
        }
        caller.data().rests();
        process.interruptible(tokio::time::sleep(pause)).await?;
        pause = (pause * 2).min(longest);
    }
}
