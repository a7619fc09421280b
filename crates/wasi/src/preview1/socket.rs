//! Sockets: preview1 can only use those it is given, and a session gives none.

use berth_kernel::file::FileKind;
use berth_kernel::{Errno, Result};

use super::descriptor::file;
use crate::memory::GuestCaller;

/// `EBADF` for no descriptor, `ENOTSOCK` for what is no socket, `ENOTSUP` for a socket that some
/// later door may bring.
fn refuse(caller: &GuestCaller<'_>, fd: u32) -> Result<()> {
    match file(caller, fd)?.kind() {
        FileKind::SocketDatagram | FileKind::SocketStream => Err(Errno::NotSupported),
        _ => Err(Errno::NotSocket),
    }
}

pub fn sock_accept(caller: &mut GuestCaller<'_>, fd: u32, _flags: u32, _out: u32) -> Result<()> {
    refuse(caller, fd)
}

pub fn sock_recv(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    _iovecs: u32,
    _count: u32,
    _flags: u32,
    _size: u32,
    _out: u32,
) -> Result<()> {
    refuse(caller, fd)
}

pub fn sock_send(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    _iovecs: u32,
    _count: u32,
    _flags: u32,
    _out: u32,
) -> Result<()> {
    refuse(caller, fd)
}

pub fn sock_shutdown(caller: &mut GuestCaller<'_>, fd: u32, _how: u32) -> Result<()> {
    refuse(caller, fd)
}
