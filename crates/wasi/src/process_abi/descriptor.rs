//! Pipes and duplicates.

use std::sync::Arc;

use berth_kernel::{Result, pipe as kernel_pipe};

use crate::memory::{GuestCaller, view};

/// `pipe(2)`: writes the two descriptors at `read` and `write`.
pub fn pipe(caller: &mut GuestCaller<'_>, read: u32, write: u32) -> Result<()> {
    let (reader, writer) = kernel_pipe::pipe();
    let process = Arc::clone(&caller.data().process);
    let (mut memory, _) = view(caller)?;
    let mut descriptors = process.descriptors();
    let reader = descriptors.insert(reader)?;
    let writer = match descriptors.insert(writer) {
        Ok(writer) => writer,
        Err(errno) => {
            descriptors.remove(reader)?;
            return Err(errno);
        }
    };
    memory.write_u32(read, reader)?;
    memory.write_u32(write, writer)
}

/// `fcntl(2)` with `F_DUPFD`.
pub fn dup(caller: &mut GuestCaller<'_>, fd: u32, minimum: u32, out: u32) -> Result<()> {
    let copy = {
        let mut descriptors = caller.data().process.descriptors();
        let file = Arc::clone(descriptors.get(fd)?);
        descriptors.insert_from(minimum, file)?
    };
    view(caller)?.0.write_u32(out, copy)
}

/// `dup2(2)`.
pub fn dup_to(caller: &mut GuestCaller<'_>, fd: u32, target: u32) -> Result<()> {
    let closed = {
        let mut descriptors = caller.data().process.descriptors();
        let file = Arc::clone(descriptors.get(fd)?);
        if fd == target {
            None
        } else {
            descriptors.replace(target, file)?
        }
    };
    drop(closed);
    Ok(())
}
