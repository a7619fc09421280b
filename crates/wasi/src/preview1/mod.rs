//! The preview1 door: all 46 functions of `wasi_snapshot_preview1` over the kernel's own tables.
//!
//! Source: `wasi_snapshot_preview1.witx`. A function that can wait is asynchronous and ends with
//! `EINTR` when a signal comes; the others run to their end on the guest's thread.

mod abi;
mod arguments;
mod clock;
mod descriptor;
mod io;
mod path;
mod poll;
mod process;
mod socket;

use berth_kernel::Result;
use berth_kernel::process::{ExitStatus, Verdict};
use wasmtime::Linker;

use crate::guest::{Ended, Guest};
use crate::memory::GuestCaller;

const MODULE: &str = "wasi_snapshot_preview1";

/// What a function answers a guest: 0 or the error's number. A guest that a signal has ended
/// meanwhile does not come back from the call.
pub fn answer(caller: &GuestCaller<'_>, result: Result<()>) -> wasmtime::Result<u32> {
    match result {
        Ok(()) => Ok(0),
        Err(errno) => match caller.data().process.verdict() {
            Verdict::Die(signal) => Err(wasmtime::Error::new(Ended(ExitStatus::Signal(signal)))),
            _ => Ok(errno.raw().into()),
        },
    }
}

/// Links functions that run to their end.
macro_rules! link_sync {
    ($linker:ident, $module:expr, $( $place:ident :: $name:ident ( $($argument:ident : $type:ty),* ) ;)*) => {$(
        $linker.func_wrap(
            $module,
            stringify!($name),
            |mut caller: $crate::memory::GuestCaller<'_>, $($argument: $type),*| {
                let result = $place::$name(&mut caller, $($argument),*);
                $crate::preview1::answer(&caller, result)
            },
        )?;
    )*};
}

/// Links functions that can wait.
macro_rules! link_async {
    ($linker:ident, $module:expr, $( $place:ident :: $name:ident ( $($argument:ident : $type:ty),* ) ;)*) => {$(
        $linker.func_wrap_async(
            $module,
            stringify!($name),
            |mut caller: $crate::memory::GuestCaller<'_>, ($($argument,)*): ($($type,)*)| {
                Box::new(async move {
                    let result = $place::$name(&mut caller, $($argument),*).await;
                    $crate::preview1::answer(&caller, result)
                })
            },
        )?;
    )*};
}

pub(crate) use {link_async, link_sync};

/// Puts the door into `linker`.
pub fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    link_sync! { linker, MODULE,
        arguments::args_get(argv: u32, buffer: u32);
        arguments::args_sizes_get(count: u32, size: u32);
        arguments::environ_get(environ: u32, buffer: u32);
        arguments::environ_sizes_get(count: u32, size: u32);
        clock::clock_res_get(clock: u32, out: u32);
        clock::clock_time_get(clock: u32, precision: u64, out: u32);
        descriptor::fd_advise(fd: u32, offset: u64, length: u64, advice: u32);
        descriptor::fd_allocate(fd: u32, offset: u64, length: u64);
        descriptor::fd_close(fd: u32);
        descriptor::fd_datasync(fd: u32);
        descriptor::fd_fdstat_get(fd: u32, out: u32);
        descriptor::fd_fdstat_set_flags(fd: u32, flags: u32);
        descriptor::fd_fdstat_set_rights(fd: u32, base: u64, inheriting: u64);
        descriptor::fd_filestat_get(fd: u32, out: u32);
        descriptor::fd_filestat_set_size(fd: u32, size: u64);
        descriptor::fd_filestat_set_times(fd: u32, accessed: u64, modified: u64, flags: u32);
        descriptor::fd_prestat_get(fd: u32, out: u32);
        descriptor::fd_prestat_dir_name(fd: u32, path: u32, length: u32);
        descriptor::fd_readdir(fd: u32, buffer: u32, length: u32, cookie: u64, out: u32);
        descriptor::fd_renumber(from: u32, to: u32);
        descriptor::fd_seek(fd: u32, offset: i64, whence: u32, out: u32);
        descriptor::fd_sync(fd: u32);
        descriptor::fd_tell(fd: u32, out: u32);
        path::path_create_directory(fd: u32, path: u32, length: u32);
        path::path_filestat_get(fd: u32, flags: u32, path: u32, length: u32, out: u32);
        path::path_filestat_set_times(fd: u32, flags: u32, path: u32, length: u32, accessed: u64, modified: u64, times: u32);
        path::path_link(fd: u32, flags: u32, path: u32, length: u32, to: u32, to_path: u32, to_length: u32);
        path::path_readlink(fd: u32, path: u32, length: u32, buffer: u32, size: u32, out: u32);
        path::path_remove_directory(fd: u32, path: u32, length: u32);
        path::path_rename(fd: u32, path: u32, length: u32, to: u32, to_path: u32, to_length: u32);
        path::path_symlink(target: u32, target_length: u32, fd: u32, path: u32, length: u32);
        path::path_unlink_file(fd: u32, path: u32, length: u32);
        process::proc_raise(signal: u32);
        socket::sock_shutdown(fd: u32, how: u32);
    }
    link_async! { linker, MODULE,
        io::fd_read(fd: u32, iovecs: u32, count: u32, out: u32);
        io::fd_write(fd: u32, iovecs: u32, count: u32, out: u32);
        io::fd_pread(fd: u32, iovecs: u32, count: u32, offset: u64, out: u32);
        io::fd_pwrite(fd: u32, iovecs: u32, count: u32, offset: u64, out: u32);
        path::path_open(fd: u32, flags: u32, path: u32, length: u32, open: u32, base: u64, inheriting: u64, fdflags: u32, out: u32);
        poll::poll_oneoff(subscriptions: u32, events: u32, count: u32, out: u32);
        process::random_get(buffer: u32, length: u32);
        process::sched_yield();
        socket::sock_accept(fd: u32, flags: u32, out: u32);
        socket::sock_recv(fd: u32, iovecs: u32, count: u32, flags: u32, size: u32, out: u32);
        socket::sock_send(fd: u32, iovecs: u32, count: u32, flags: u32, out: u32);
    }
    linker.func_wrap(
        MODULE,
        "proc_exit",
        |_: GuestCaller<'_>, code: u32| -> wasmtime::Result<()> {
            // The low byte, as `exit(3)` has it.
            Err(wasmtime::Error::new(Ended(ExitStatus::Code(code as u8))))
        },
    )?;
    Ok(())
}
