//! The process door: what a shell needs and preview1 does not have.
//!
//! Imports of module `berth`, for core modules that know them. Every function but the `getpid`
//! family answers a preview1 error number. Structures are little-endian; their layouts stand at the
//! functions. The guests' side of this file is `guests/abi`.

mod descriptor;
mod directory;
mod file;
mod fork;
pub mod mode;
mod network;
mod process;
mod resource;
mod signal;
mod tty;

pub use network::tls_options;
pub use process::group;
pub use signal::send;
pub use tty::in_foreground;

use wasmtime::Linker;

use crate::guest::Guest;
use crate::memory::GuestCaller;
use crate::preview1::{answer, link_async, link_sync};
use crate::program::PROCESS_DOOR;
use crate::run::Replaced;

/// Puts the door into `linker`.
pub fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    link_sync! { linker, PROCESS_DOOR,
        descriptor::pipe(read: u32, write: u32);
        descriptor::dup(fd: u32, minimum: u32, out: u32);
        descriptor::dup_to(fd: u32, target: u32);
        directory::chdir(path: u32, length: u32);
        directory::getcwd(buffer: u32, size: u32, out: u32);
        directory::umask(new: u32, out: u32);
        file::path_create_fifo(path: u32, length: u32, mode: u32);
        mode::fd_get_mode(fd: u32, out: u32);
        mode::fd_set_mode(fd: u32, mode: u32);
        mode::path_get_mode(path: u32, length: u32, follow: u32, out: u32);
        mode::path_set_mode(path: u32, length: u32, follow: u32, mode: u32);
        mode::path_get_space(path: u32, length: u32, out: u32);
        network::tcp_listen(port: u32, backlog: u32, out: u32);
        network::socket_address(fd: u32, peer: u32, buffer: u32, size: u32, out: u32);
        network::tls_open(
            name: u32, name_length: u32, flags: u32, roots: u32, roots_length: u32, protocols: u32,
            protocols_length: u32, out: u32
        );
        network::tls_receive(connection: u32, bytes: u32, length: u32);
        network::tls_send(connection: u32, buffer: u32, size: u32, out: u32);
        network::tls_read(connection: u32, buffer: u32, size: u32, out: u32);
        network::tls_write(connection: u32, bytes: u32, length: u32, out: u32);
        network::tls_state(connection: u32, out: u32);
        network::tls_describe(connection: u32, buffer: u32, size: u32, out: u32);
        network::tls_failure(connection: u32, buffer: u32, size: u32, out: u32);
        network::tls_finish(connection: u32);
        network::tls_close(connection: u32);
        process::getpgid(pid: u32, out: u32);
        process::setpgid(pid: u32, group: u32);
        resource::limit_get(resource: u32, out: u32);
        resource::limit_set(resource: u32, soft: u64, hard: u64);
        signal::signal_action(signal: u32, action: u32, out: u32);
        signal::signal_ignored(out: u32);
        signal::signal_take(out: u32);
        tty::tty_get_attributes(fd: u32, out: u32);
        tty::tty_get_winsize(fd: u32, out: u32);
        tty::tty_set_winsize(fd: u32, size: u32);
        tty::tty_get_foreground(fd: u32, out: u32);
    }
    link_async! { linker, PROCESS_DOOR,
        process::spawn(
            path: u32, path_length: u32, argv: u32, argv_length: u32, environ: u32, environ_length: u32,
            cwd: u32, cwd_length: u32, descriptors: u32, count: u32, group: i32, flags: u32, out: u32
        );
        process::wait(pid: i32, options: u32, out: u32);
        file::fd_lock(fd: u32, operation: u32);
        fork::fork(entry: u32, argument: u32, group: i32, flags: u32, out: u32);
        network::tcp_connect(name: u32, length: u32, port: u32, timeout_ms: u32, out: u32);
        signal::kill(pid: i32, signal: u32);
        tty::tty_set_attributes(fd: u32, attributes: u32, when: u32);
        tty::tty_set_foreground(fd: u32, group: u32);
    }
    linker.func_wrap_async(
        PROCESS_DOOR,
        "exec",
        |mut caller: GuestCaller<'_>,
         (path, path_length, argv, argv_length, environ, environ_length, descriptors, count): (
            u32,
            u32,
            u32,
            u32,
            u32,
            u32,
            u32,
            u32,
        )| {
            Box::new(async move {
                let result = process::exec(
                    &mut caller,
                    path,
                    path_length,
                    argv,
                    argv_length,
                    environ,
                    environ_length,
                    descriptors,
                    count,
                );
                match result.await {
                    // The store is on its way out: the trap takes what comes next to the task that runs the process.
                    Ok(successor) => Err(wasmtime::Error::new(Replaced(Box::new(successor)))),
                    Err(errno) => answer(&caller, Err(errno)),
                }
            })
        },
    )?;
    linker.func_wrap(PROCESS_DOOR, "getpid", |caller: GuestCaller<'_>| {
        caller.data().process.pid()
    })?;
    linker.func_wrap(PROCESS_DOOR, "getppid", |caller: GuestCaller<'_>| {
        caller.data().process.parent()
    })?;
    Ok(())
}
