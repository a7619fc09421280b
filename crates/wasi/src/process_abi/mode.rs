//! Permission bits and room, which preview1's `filestat` has no fields for.
//!
//! Paths are absolute or relative to the working directory; `follow` is 0 or 1: what a symbolic link leads to.

use std::sync::Arc;

use berth_kernel::vfs::Base;
use berth_kernel::{Errno, Result};

use crate::guest::Guest;
use crate::memory::{GuestCaller, view};

/// `fstat(2)`: writes the permission bits (`0o7777`) at `out`.
pub fn fd_get_mode(caller: &mut GuestCaller<'_>, fd: u32, out: u32) -> Result<()> {
    let file = Arc::clone(caller.data().process.descriptors().get(fd)?);
    let mode = file.stat()?.mode;
    view(caller)?.0.write_u32(out, mode)
}

/// `fchmod(2)`.
pub fn fd_set_mode(caller: &mut GuestCaller<'_>, fd: u32, mode: u32) -> Result<()> {
    let file = Arc::clone(caller.data().process.descriptors().get(fd)?);
    file.set_mode(checked(mode)?)
}

/// `stat(2)` or `lstat(2)`: writes the permission bits (`0o7777`) at `out`.
pub fn path_get_mode(
    caller: &mut GuestCaller<'_>,
    path: u32,
    length: u32,
    follow: u32,
    out: u32,
) -> Result<()> {
    let path = view(caller)?.0.bytes(path, length)?.to_vec();
    let mode = of(caller.data(), &path, follow != 0)?;
    view(caller)?.0.write_u32(out, mode)
}

/// The permission bits of what is at a guest's path.
pub fn of(guest: &Guest, path: &[u8], follow: bool) -> Result<u32> {
    let process = &guest.process;
    let cwd = process.cwd();
    let namespace = guest.machine.namespace();
    let stat = namespace.stat(Some(process), Base::Path(&cwd), path, follow)?;
    Ok(stat.mode)
}

/// `fchmodat(2)`.
pub fn path_set_mode(
    caller: &mut GuestCaller<'_>,
    path: u32,
    length: u32,
    follow: u32,
    mode: u32,
) -> Result<()> {
    let path = view(caller)?.0.bytes(path, length)?.to_vec();
    set(caller.data(), &path, follow != 0, mode)
}

/// Changes the permission bits of what is at a guest's path.
pub fn set(guest: &Guest, path: &[u8], follow: bool, mode: u32) -> Result<()> {
    let process = &guest.process;
    let cwd = process.cwd();
    let namespace = guest.machine.namespace();
    namespace.set_mode(
        Some(process),
        Base::Path(&cwd),
        path,
        follow,
        checked(mode)?,
    )
}

/// `statvfs(3)`: writes four `u64` at `out`: bytes there may be, bytes used, names there may be, names used.
pub fn path_get_space(
    caller: &mut GuestCaller<'_>,
    path: u32,
    length: u32,
    out: u32,
) -> Result<()> {
    let path = view(caller)?.0.bytes(path, length)?.to_vec();
    let process = Arc::clone(&caller.data().process);
    let cwd = process.cwd();
    let space = caller
        .data()
        .machine
        .namespace()
        .space(Some(&process), Base::Path(&cwd), &path)?;
    let mut memory = view(caller)?.0;
    let numbers = [
        space.limit.bytes,
        space.used.bytes,
        space.limit.names,
        space.used.names,
    ];
    for (index, number) in (0..).zip(numbers) {
        let at = out.checked_add(index * 8).ok_or(Errno::Fault)?;
        memory.write_u64(at, number)?;
    }
    Ok(())
}

/// A mode is twelve bits.
fn checked(mode: u32) -> Result<u32> {
    if mode & !0o7777 == 0 {
        Ok(mode)
    } else {
        Err(Errno::Invalid)
    }
}
