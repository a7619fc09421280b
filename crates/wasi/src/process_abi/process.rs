//! Starting processes, waiting for them, groups.

use std::sync::Arc;

use berth_kernel::descriptor::PREOPEN;
use berth_kernel::file::File;
use berth_kernel::machine::{Change, Group, Which};
use berth_kernel::process::ExitStatus;
use berth_kernel::{Errno, Result, limits as kernel_limits};

use crate::guest::Guest;
use crate::limits;
use crate::memory::{GuestCaller, Memory, view};
use crate::run::Successor;
use crate::spawn::{self, Spawn};

/// Flag of `spawn` and `fork`: make the child's group the terminal's foreground group.
const FOREGROUND: u32 = 1;

/// Reads the group argument of `spawn` and `fork`.
pub fn group(raw: i32) -> Result<Group> {
    match raw {
        -1 => Ok(Group::Inherit),
        0 => Ok(Group::New),
        group => u32::try_from(group)
            .map(Group::Join)
            .map_err(|_| Errno::Invalid),
    }
}

/// Reads the flags of `spawn` and `fork`: whether the child's group comes to the foreground.
pub fn foreground(flags: u32) -> Result<bool> {
    if flags & !FOREGROUND != 0 {
        Err(Errno::Invalid)
    } else {
        Ok(flags & FOREGROUND != 0)
    }
}

/// Starts a program. `descriptors` points to `count` pairs `{child: u32, parent: u32}`; the child
/// gets these and the preopened root. Writes the pid at `out`.
#[allow(clippy::too_many_arguments, reason = "the door's signature")]
pub async fn spawn(
    caller: &mut GuestCaller<'_>,
    path: u32,
    path_length: u32,
    argv: u32,
    argv_length: u32,
    environ: u32,
    environ_length: u32,
    cwd: u32,
    cwd_length: u32,
    descriptors: u32,
    count: u32,
    group_raw: i32,
    flags: u32,
    out: u32,
) -> Result<()> {
    if argv_length as usize + environ_length as usize > kernel_limits::ARGUMENTS_MAX_BYTES {
        return Err(Errno::TooBig);
    }
    let foreground = foreground(flags)?;
    let group = group(group_raw)?;
    let (memory, guest) = view(caller)?;
    let pairs = named(&memory, guest, descriptors, count)?;
    let spawn = Spawn {
        path: memory.bytes(path, path_length)?.to_vec(),
        argv: memory.strings(argv, argv_length)?,
        environ: memory.strings(environ, environ_length)?,
        cwd: memory.bytes(cwd, cwd_length)?.to_vec(),
        descriptors: pairs,
        tty: None,
        group,
        foreground,
    };
    let (shared, machine, parent) = (
        Arc::clone(&guest.shared),
        Arc::clone(&guest.machine),
        Arc::clone(&guest.process),
    );
    // Compiling may take a while: ^C does not wait for it. The compiler's work is kept all the same.
    let child = parent
        .interruptible(spawn::spawn(&shared, &machine, Some(&parent), spawn))
        .await??;
    view(caller)?.0.write_u32(out, child.pid())
}

/// `execve(2)`: the caller becomes another program, and does not come back. `descriptors` is as for [`spawn`]: what is
/// not named is closed. Whatever would make a spawn fail is found before anything is given up.
#[allow(clippy::too_many_arguments, reason = "the door's signature")]
pub async fn exec(
    caller: &mut GuestCaller<'_>,
    path: u32,
    path_length: u32,
    argv: u32,
    argv_length: u32,
    environ: u32,
    environ_length: u32,
    descriptors: u32,
    count: u32,
) -> Result<Successor> {
    if argv_length as usize + environ_length as usize > kernel_limits::ARGUMENTS_MAX_BYTES {
        return Err(Errno::TooBig);
    }
    let (memory, guest) = view(caller)?;
    let pairs = named(&memory, guest, descriptors, count)?;
    let path = memory.bytes(path, path_length)?.to_vec();
    let argv = memory.strings(argv, argv_length)?;
    let environ = memory.strings(environ, environ_length)?;
    let (shared, machine, process) = (
        Arc::clone(&guest.shared),
        Arc::clone(&guest.machine),
        Arc::clone(&guest.process),
    );
    process
        .interruptible(spawn::exec(
            &shared, &machine, &process, path, argv, environ, pairs,
        ))
        .await?
}

/// The files of an array of `count` pairs `{child: u32, parent: u32}`, under the numbers of the new program.
fn named(
    memory: &Memory<'_>,
    guest: &Guest,
    array: u32,
    count: u32,
) -> Result<Vec<(u32, Arc<dyn File>)>> {
    if count > limits::SPAWN_DESCRIPTORS_MAX {
        return Err(Errno::Invalid);
    }
    let mut pairs = Vec::with_capacity(count as usize);
    for index in 0..count {
        // An array of pairs is laid out as an array of iovecs is.
        let (child, parent) = memory.iovec(array, index)?;
        if parent == PREOPEN {
            return Err(Errno::Invalid);
        }
        pairs.push((child, guest.process.file(parent)?));
    }
    Ok(pairs)
}

/// `waitpid(2)`. Writes `{pid: u32, kind: u32, value: u32}` at `out`; `pid` is 0 when `NOHANG` found
/// nothing.
pub async fn wait(caller: &mut GuestCaller<'_>, pid: i32, options: u32, out: u32) -> Result<()> {
    const NOHANG: u32 = 1;
    const UNTRACED: u32 = 2;
    const CONTINUED: u32 = 4;
    if options & !(NOHANG | UNTRACED | CONTINUED) != 0 {
        return Err(Errno::Invalid);
    }
    let (machine, process) = (
        Arc::clone(&caller.data().machine),
        Arc::clone(&caller.data().process),
    );
    let which = match pid {
        -1 => Which::Any,
        0 => Which::Group(process.group()),
        group if group < 0 => Which::Group(group.unsigned_abs()),
        pid => Which::Pid(pid.unsigned_abs()),
    };
    let (stopped, continued) = (options & UNTRACED != 0, options & CONTINUED != 0);
    let change = match machine.try_wait(&process, which, stopped, continued)? {
        None if options & NOHANG == 0 => {
            caller.data().rests();
            Some(machine.wait(&process, which, stopped, continued).await?)
        }
        change => change,
    };
    let (pid, kind, value) = match change {
        None => (0, 0, 0),
        Some((pid, Change::Ended(ExitStatus::Code(code)))) => (pid, 0, code.into()),
        Some((pid, Change::Ended(ExitStatus::Signal(signal)))) => (pid, 1, signal.number().into()),
        Some((pid, Change::Stopped(signal))) => (pid, 2, signal.number().into()),
        Some((pid, Change::Continued)) => (pid, 3, 0),
    };
    let (mut memory, _) = view(caller)?;
    for (at, word) in [(0, pid), (4, kind), (8, value)] {
        memory.write_u32(out.checked_add(at).ok_or(Errno::Fault)?, word)?;
    }
    Ok(())
}

/// `getpgid(2)`; 0 asks for the caller's own.
pub fn getpgid(caller: &mut GuestCaller<'_>, pid: u32, out: u32) -> Result<()> {
    let guest = caller.data();
    let group = match pid {
        0 => guest.process.group(),
        pid => guest.machine.find(pid).ok_or(Errno::NoProcess)?.group(),
    };
    view(caller)?.0.write_u32(out, group)
}

/// `setpgid(2)`.
pub fn setpgid(caller: &mut GuestCaller<'_>, pid: u32, group: u32) -> Result<()> {
    let guest = caller.data();
    guest.machine.set_group(&guest.process, pid, group)
}
