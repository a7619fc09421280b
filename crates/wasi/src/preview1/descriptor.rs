//! Descriptors: everything about them that does not move data.

use std::sync::Arc;

use berth_kernel::file::{File, FileKind, Whence};
use berth_kernel::{Errno, Result};

use super::abi;
use crate::limits;
use crate::memory::{GuestCaller, view};

/// The description behind a descriptor.
pub fn file(caller: &GuestCaller<'_>, fd: u32) -> Result<Arc<dyn File>> {
    caller.data().process.file(fd)
}

pub fn fd_advise(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    _offset: u64,
    _length: u64,
    advice: u32,
) -> Result<()> {
    let file = file(caller, fd)?;
    if advice > 5 {
        return Err(Errno::Invalid);
    }
    match file.kind() {
        FileKind::Directory => Err(Errno::BadDescriptor),
        // Advice is taken note of; the host's own read-ahead does well without it.
        _ if file.seekable() => Ok(()),
        _ => Err(Errno::IllegalSeek),
    }
}

pub fn fd_allocate(caller: &mut GuestCaller<'_>, fd: u32, offset: u64, length: u64) -> Result<()> {
    let file = file(caller, fd)?;
    if !file.writable() {
        return Err(Errno::BadDescriptor);
    }
    let end = offset.saturating_add(length);
    caller.data().process.check_file_size(end)?;
    file.allocate(offset, length)
}

pub fn fd_close(caller: &mut GuestCaller<'_>, fd: u32) -> Result<()> {
    let removed = caller.data().process.descriptors().remove(fd)?;
    drop(removed);
    Ok(())
}

pub fn fd_datasync(caller: &mut GuestCaller<'_>, fd: u32) -> Result<()> {
    file(caller, fd)?.sync(true)
}

pub fn fd_sync(caller: &mut GuestCaller<'_>, fd: u32) -> Result<()> {
    file(caller, fd)?.sync(false)
}

pub fn fd_fdstat_get(caller: &mut GuestCaller<'_>, fd: u32, out: u32) -> Result<()> {
    let file = file(caller, fd)?;
    let (base, inheriting) = abi::rights_of(&*file);
    let mut fdstat = [0; 24];
    fdstat[0] = file.kind() as u8;
    fdstat[2..4].copy_from_slice(&file.flags().0.to_le_bytes());
    fdstat[8..16].copy_from_slice(&base.to_le_bytes());
    fdstat[16..24].copy_from_slice(&inheriting.to_le_bytes());
    view(caller)?.0.write(out, &fdstat)
}

pub fn fd_fdstat_set_flags(caller: &mut GuestCaller<'_>, fd: u32, flags: u32) -> Result<()> {
    file(caller, fd)?.set_flags(abi::fdflags(flags)?)
}

/// Rights were given up by the interface's own successors: they cannot be changed, and a guest learns
/// that by one errno whatever it asks for, as it does from wasmtime.
pub fn fd_fdstat_set_rights(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    _base: u64,
    _inheriting: u64,
) -> Result<()> {
    file(caller, fd)?;
    Err(Errno::NotSupported)
}

pub fn fd_filestat_get(caller: &mut GuestCaller<'_>, fd: u32, out: u32) -> Result<()> {
    let stat = file(caller, fd)?.stat()?;
    view(caller)?.0.write(out, &abi::filestat(&stat))
}

pub fn fd_filestat_set_size(caller: &mut GuestCaller<'_>, fd: u32, size: u64) -> Result<()> {
    let file = file(caller, fd)?;
    if !file.writable() {
        return Err(Errno::Invalid);
    }
    caller.data().process.check_file_size(size)?;
    file.set_size(size)
}

pub fn fd_filestat_set_times(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
) -> Result<()> {
    let (accessed, modified) = abi::set_times(accessed, modified, flags)?;
    file(caller, fd)?.set_times(accessed, modified)
}

/// There is one preopen: the root directory under its own number.
fn preopen(caller: &GuestCaller<'_>, fd: u32) -> Result<()> {
    let file = file(caller, fd)?;
    let is_root = file
        .as_directory()
        .is_some_and(|directory| directory.path() == b"/");
    if fd == berth_kernel::descriptor::PREOPEN && is_root {
        Ok(())
    } else {
        Err(Errno::BadDescriptor)
    }
}

pub fn fd_prestat_get(caller: &mut GuestCaller<'_>, fd: u32, out: u32) -> Result<()> {
    preopen(caller, fd)?;
    let mut prestat = [0; 8];
    prestat[4] = 1;
    view(caller)?.0.write(out, &prestat)
}

pub fn fd_prestat_dir_name(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    path: u32,
    length: u32,
) -> Result<()> {
    preopen(caller, fd)?;
    if length < 1 {
        return Err(Errno::NameTooLong);
    }
    view(caller)?.0.write(path, b"/")
}

pub fn fd_readdir(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    buffer: u32,
    length: u32,
    cookie: u64,
    out: u32,
) -> Result<()> {
    let file = file(caller, fd)?;
    let directory = file.as_directory().ok_or(Errno::NotDirectory)?;
    let (mut memory, _) = view(caller)?;
    let room = memory.bytes_mut(buffer, length.min(limits::READDIR_BYTES_MAX))?;
    let mut used = 0;
    directory.read(cookie, &mut |entry| {
        let header = abi::dirent(entry.next_cookie, entry.inode, entry.name.len(), entry.kind);
        // An entry that does not fit is cut; a full buffer tells the guest that there is more.
        for part in [&header[..], entry.name] {
            let fits = part.len().min(room.len() - used);
            room[used..used + fits].copy_from_slice(&part[..fits]);
            used += fits;
        }
        used < room.len()
    })?;
    memory.write_u32(out, used as u32)
}

pub fn fd_renumber(caller: &mut GuestCaller<'_>, from: u32, to: u32) -> Result<()> {
    let closed = caller.data().process.descriptors().renumber(from, to)?;
    drop(closed);
    Ok(())
}

pub fn fd_seek(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    offset: i64,
    whence: u32,
    out: u32,
) -> Result<()> {
    let whence = match whence {
        0 => Whence::Set,
        1 => Whence::Current,
        2 => Whence::End,
        _ => return Err(Errno::Invalid),
    };
    let file = file(caller, fd)?;
    // preview1 knows no offset in a directory: `fd_readdir` takes a cookie.
    if file.kind() == FileKind::Directory {
        return Err(Errno::IsDirectory);
    }
    let offset = file.seek(offset, whence)?;
    view(caller)?.0.write_u64(out, offset)
}

pub fn fd_tell(caller: &mut GuestCaller<'_>, fd: u32, out: u32) -> Result<()> {
    fd_seek(caller, fd, 0, 1, out)
}
