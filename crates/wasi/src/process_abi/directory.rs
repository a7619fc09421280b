//! Working directory and umask.

use std::sync::Arc;

use berth_kernel::file::FileKind;
use berth_kernel::vfs::Base;
use berth_kernel::{Errno, Result};

use crate::memory::{GuestCaller, view};

/// `chdir(2)`.
pub fn chdir(caller: &mut GuestCaller<'_>, path: u32, length: u32) -> Result<()> {
    let path = view(caller)?.0.bytes(path, length)?.to_vec();
    let process = Arc::clone(&caller.data().process);
    let namespace = caller.data().machine.namespace();
    let cwd = process.cwd();
    let real = namespace.canonical(Some(&process), Base::Path(&cwd), &path)?;
    if namespace
        .stat(Some(&process), Base::Root, &real, true)?
        .kind
        != FileKind::Directory
    {
        return Err(Errno::NotDirectory);
    }
    process.set_cwd(real);
    Ok(())
}

/// `getcwd(3)` without a NUL: the length is written at `out` in any case, `ERANGE` if `size` bytes
/// do not take it.
pub fn getcwd(caller: &mut GuestCaller<'_>, buffer: u32, size: u32, out: u32) -> Result<()> {
    let cwd = caller.data().process.cwd();
    let (mut memory, _) = view(caller)?;
    memory.write_u32(out, cwd.len() as u32)?;
    if cwd.len() > size as usize {
        return Err(Errno::Range);
    }
    memory.write(buffer, &cwd)
}

/// `umask(2)`: writes the old one at `out`.
pub fn umask(caller: &mut GuestCaller<'_>, new: u32, out: u32) -> Result<()> {
    let old = caller.data().process.set_umask(new);
    view(caller)?.0.write_u32(out, old)
}
