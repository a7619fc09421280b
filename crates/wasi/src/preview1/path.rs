//! Paths: everything that names a file below a descriptor.

use std::sync::Arc;

use berth_kernel::descriptor::PREOPEN;
use berth_kernel::file::File;
use berth_kernel::process::Process;
use berth_kernel::vfs::{Base, Namespace, OpenHow};
use berth_kernel::{Errno, Result};

use super::abi::{self, LOOKUP_FOLLOW, rights};
use super::descriptor::file;
use crate::cwd;
use crate::memory::{GuestCaller, view};

/// Where a path starts, and everything that resolving it needs.
struct Place {
    namespace: Arc<Namespace>,
    process: Arc<Process>,
    directory: Arc<dyn File>,
    path: Vec<u8>,
    /// A working directory that the kernel keeps for the guest, if `path` starts there.
    cwd: Option<Vec<u8>>,
}

impl Place {
    /// Reads a path out of the guest's memory. `creates`: its last component may be missing.
    fn read(
        caller: &mut GuestCaller<'_>,
        fd: u32,
        path: u32,
        length: u32,
        creates: bool,
    ) -> Result<Self> {
        let directory = file(caller, fd)?;
        if directory.as_directory().is_none() {
            return Err(Errno::NotDirectory);
        }
        let (memory, guest) = view(caller)?;
        let path = memory.bytes(path, length)?.to_vec();
        let mut place = Self {
            namespace: Arc::clone(guest.machine.namespace()),
            process: Arc::clone(&guest.process),
            directory,
            path,
            cwd: None,
        };
        if fd == PREOPEN && !guest.program.knows_process_door {
            place.cwd = cwd::kept(&place.namespace, &place.process, &place.path, creates);
        }
        Ok(place)
    }

    fn base(&self) -> Base<'_> {
        match (&self.cwd, self.directory.as_directory()) {
            (Some(cwd), _) => Base::Path(cwd),
            (None, Some(directory)) => Base::Directory(directory),
            (None, None) => Base::Root,
        }
    }

    fn process(&self) -> Option<&Process> {
        Some(&self.process)
    }
}

pub fn path_create_directory(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    path: u32,
    length: u32,
) -> Result<()> {
    let place = Place::read(caller, fd, path, length, true)?;
    let mode = 0o777 & !place.process.umask();
    place
        .namespace
        .create_directory(place.process(), place.base(), &place.path, mode)
}

pub fn path_filestat_get(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    flags: u32,
    path: u32,
    length: u32,
    out: u32,
) -> Result<()> {
    let place = Place::read(caller, fd, path, length, false)?;
    let stat = place.namespace.stat(
        place.process(),
        place.base(),
        &place.path,
        flags & LOOKUP_FOLLOW != 0,
    )?;
    view(caller)?.0.write(out, &abi::filestat(&stat))
}

#[allow(clippy::too_many_arguments, reason = "preview1's signature")]
pub fn path_filestat_set_times(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    flags: u32,
    path: u32,
    length: u32,
    accessed: u64,
    modified: u64,
    times: u32,
) -> Result<()> {
    let (accessed, modified) = abi::set_times(accessed, modified, times)?;
    let place = Place::read(caller, fd, path, length, false)?;
    let follow = flags & LOOKUP_FOLLOW != 0;
    place.namespace.set_times(
        place.process(),
        place.base(),
        &place.path,
        follow,
        accessed,
        modified,
    )
}

#[allow(clippy::too_many_arguments, reason = "preview1's signature")]
pub fn path_link(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    flags: u32,
    path: u32,
    length: u32,
    to: u32,
    to_path: u32,
    to_length: u32,
) -> Result<()> {
    let from = Place::read(caller, fd, path, length, false)?;
    let to = Place::read(caller, to, to_path, to_length, true)?;
    let follow = flags & LOOKUP_FOLLOW != 0;
    from.namespace.link(
        from.process(),
        from.base(),
        &from.path,
        follow,
        to.base(),
        &to.path,
    )
}

#[allow(clippy::too_many_arguments, reason = "preview1's signature")]
pub async fn path_open(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    flags: u32,
    path: u32,
    length: u32,
    open: u32,
    base: u64,
    _inheriting: u64,
    fdflags: u32,
    out: u32,
) -> Result<()> {
    if open >= 16 {
        return Err(Errno::Invalid);
    }
    let (create, directory) = (open & 1 != 0, open & 2 != 0);
    let place = Place::read(caller, fd, path, length, create)?;
    let how = OpenHow {
        read: base & (rights::FD_READ | rights::FD_READDIR) != 0,
        // Rights to allocate and to set sizes are often asked for by the dozen; a directory that is to be
        // written to is `EISDIR`.
        write: base & rights::FD_WRITE != 0
            || !directory && base & (rights::FD_ALLOCATE | rights::FD_FILESTAT_SET_SIZE) != 0,
        create,
        exclusive: open & 4 != 0,
        truncate: open & 8 != 0,
        directory,
        flags: abi::fdflags(fdflags)?,
        follow: flags & LOOKUP_FOLLOW != 0,
        mode: 0o666 & !place.process.umask(),
    };
    let opened = place
        .namespace
        .open(place.process(), place.base(), &place.path, &how)?;
    let process = place.process;
    if let Some(wait) = opened.opening() {
        caller.data().rests();
        process.interruptible(wait).await?;
    }
    let fd = process.descriptors().insert(opened)?;
    view(caller)?.0.write_u32(out, fd)
}

pub fn path_readlink(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    path: u32,
    length: u32,
    buffer: u32,
    size: u32,
    out: u32,
) -> Result<()> {
    let place = Place::read(caller, fd, path, length, false)?;
    let target = place
        .namespace
        .read_link(place.process(), place.base(), &place.path)?;
    // As readlink(2): what does not fit is cut.
    let fits = target.len().min(size as usize);
    let (mut memory, _) = view(caller)?;
    memory.write(buffer, &target[..fits])?;
    memory.write_u32(out, fits as u32)
}

pub fn path_remove_directory(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    path: u32,
    length: u32,
) -> Result<()> {
    let place = Place::read(caller, fd, path, length, false)?;
    place
        .namespace
        .remove_directory(place.process(), place.base(), &place.path)
}

pub fn path_rename(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    path: u32,
    length: u32,
    to: u32,
    to_path: u32,
    to_length: u32,
) -> Result<()> {
    let from = Place::read(caller, fd, path, length, false)?;
    let to = Place::read(caller, to, to_path, to_length, true)?;
    from.namespace
        .rename(from.process(), from.base(), &from.path, to.base(), &to.path)
}

pub fn path_symlink(
    caller: &mut GuestCaller<'_>,
    target: u32,
    target_length: u32,
    fd: u32,
    path: u32,
    length: u32,
) -> Result<()> {
    let target = view(caller)?.0.bytes(target, target_length)?.to_vec();
    let place = Place::read(caller, fd, path, length, true)?;
    place
        .namespace
        .symlink(place.process(), &target, place.base(), &place.path)
}

pub fn path_unlink_file(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    path: u32,
    length: u32,
) -> Result<()> {
    let place = Place::read(caller, fd, path, length, false)?;
    place
        .namespace
        .unlink(place.process(), place.base(), &place.path)
}
