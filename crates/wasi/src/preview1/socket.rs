//! Sockets as preview1 has them: those a process is given (through the process door, or inherited).

use std::sync::Arc;

use berth_kernel::file::{File, FileKind, Flags, Interest};
use berth_kernel::net::Shutdown;
use berth_kernel::{Errno, Result};

use super::descriptor::file;
use super::io;
use crate::memory::{GuestCaller, view};

/// `riflags::recv_peek`.
const RECEIVE_PEEK: u32 = 1;
/// `sdflags::rd`.
const SHUTDOWN_RECEIVE: u32 = 1;
/// `sdflags::wr`.
const SHUTDOWN_SEND: u32 = 2;

/// `EBADF` for no descriptor, `ENOTSOCK` for what is no socket.
fn socket(caller: &GuestCaller<'_>, fd: u32) -> Result<Arc<dyn File>> {
    let file = file(caller, fd)?;
    match file.kind() {
        FileKind::SocketDatagram | FileKind::SocketStream => Ok(file),
        _ => Err(Errno::NotSocket),
    }
}

pub async fn sock_accept(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    flags: u32,
    out: u32,
) -> Result<()> {
    let file = socket(caller, fd)?;
    let listener = file.as_listener().ok_or(Errno::Invalid)?;
    let stream = loop {
        match listener.accept() {
            Err(Errno::Again) if !file.flags().has(Flags::NONBLOCK) => {
                caller.data().rests();
                let process = Arc::clone(&caller.data().process);
                process.wait_ready(&*file, Interest::Read).await?;
            }
            accepted => break accepted?,
        }
    };
    stream.set_flags(Flags(flags as u16))?;
    let fd = caller.data().process.descriptors().insert(stream)?;
    view(caller)?.0.write_u32(out, fd)
}

pub async fn sock_recv(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    iovecs: u32,
    count: u32,
    flags: u32,
    size: u32,
    out: u32,
) -> Result<()> {
    socket(caller, fd)?;
    if flags & RECEIVE_PEEK != 0 {
        return Err(Errno::NotSupported);
    }
    io::fd_read(caller, fd, iovecs, count, size).await?;
    let (mut memory, _) = view(caller)?;
    memory.write(out, &0_u16.to_le_bytes())
}

pub async fn sock_send(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    iovecs: u32,
    count: u32,
    _flags: u32,
    out: u32,
) -> Result<()> {
    socket(caller, fd)?;
    io::fd_write(caller, fd, iovecs, count, out).await
}

pub fn sock_shutdown(caller: &mut GuestCaller<'_>, fd: u32, how: u32) -> Result<()> {
    let file = socket(caller, fd)?;
    let stream = file.as_stream().ok_or(Errno::NotConnected)?;
    stream.shutdown(match how {
        SHUTDOWN_RECEIVE => Shutdown::Receive,
        SHUTDOWN_SEND => Shutdown::Send,
        3 => Shutdown::Both,
        _ => return Err(Errno::Invalid),
    });
    Ok(())
}
