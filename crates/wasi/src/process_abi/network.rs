//! Connections and TLS for core modules, which have no `wasi:sockets`.
//!
//! A connected socket is a descriptor: `fd_read`, `fd_write` and `poll_oneoff` work on it, `sock_shutdown` closes one
//! direction, `sock_accept` takes from one that listens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use berth_gateway::tls::TlsOptions;
use berth_kernel::file::File;
use berth_kernel::net::Stream;
use berth_kernel::{Errno, Result};

use crate::guest::Guest;
use crate::memory::{GuestCaller, view};

/// Flags of `tls_open`: any certificate is good.
const ANY_CERTIFICATE: u32 = 1;
/// Flags of `tls_open`: a certificate for any name is good.
const ANY_NAME: u32 = 2;

/// The options that `flags` name.
pub fn tls_options<'a>(
    flags: u32,
    roots: &'a [u8],
    protocols: &'a [Vec<u8>],
) -> Result<TlsOptions<'a>> {
    if flags & !(ANY_CERTIFICATE | ANY_NAME) != 0 {
        return Err(Errno::Invalid);
    }
    Ok(TlsOptions {
        any_certificate: flags & ANY_CERTIFICATE != 0,
        any_name: flags & ANY_NAME != 0,
        roots,
        protocols,
    })
}

/// Connects to a host by name or literal, and writes the descriptor at `out`. Its addresses are tried in turn.
/// `timeout_ms` 0: as long as it takes. `ENOENT`: there is no such host; `EAGAIN`: nobody could tell; `EACCES`: the
/// session may not.
pub async fn tcp_connect(
    caller: &mut GuestCaller<'_>,
    name: u32,
    length: u32,
    port: u32,
    timeout_ms: u32,
    out: u32,
) -> Result<()> {
    let port = u16::try_from(port).map_err(|_| Errno::Invalid)?;
    let name = {
        let (memory, _) = view(caller)?;
        String::from_utf8(memory.bytes(name, length)?.to_vec()).map_err(|_| Errno::Invalid)?
    };
    let guest = caller.data();
    guest.rests();
    let (machine, process) = (Arc::clone(&guest.machine), Arc::clone(&guest.process));
    let connected = async {
        let mut last = Errno::HostUnreachable;
        for address in machine.network().resolve(&name).await? {
            let to = SocketAddr::new(address, port);
            match machine.network().connect(None, to).await {
                Ok(stream) => return Ok(stream),
                Err(errno) => last = errno,
            }
        }
        Err(last)
    };
    let stream = if timeout_ms == 0 {
        process.interruptible(connected).await??
    } else {
        let timeout = Duration::from_millis(timeout_ms.into());
        let timed = tokio::time::timeout(timeout, connected);
        let timed = process.interruptible(timed).await?;
        timed.map_err(|_| Errno::TimedOut)??
    };
    insert(caller, stream, out)
}

/// Listens on a port of the session's loopback, 0 for any, and writes the descriptor at `out`.
pub fn tcp_listen(caller: &mut GuestCaller<'_>, port: u32, backlog: u32, out: u32) -> Result<()> {
    let port = u16::try_from(port).map_err(|_| Errno::Invalid)?;
    let machine = Arc::clone(&caller.data().machine);
    let loopback = machine.network().loopback();
    let bound = loopback.bind(SocketAddr::from(([0, 0, 0, 0], port)))?;
    let listener = loopback.listen(&bound, Some(backlog as usize));
    insert(caller, listener, out)
}

fn insert(caller: &mut GuestCaller<'_>, file: Arc<dyn File>, out: u32) -> Result<()> {
    let fd = caller.data().process.descriptors().insert(file)?;
    view(caller)?.0.write_u32(out, fd)
}

/// The address of a socket as text, `127.0.0.1:80` or `[::1]:80`: its own, or with `peer` the other side's. Writes as
/// much as fits in the buffer, and the whole length at `out`.
pub fn socket_address(
    caller: &mut GuestCaller<'_>,
    fd: u32,
    peer: u32,
    buffer: u32,
    size: u32,
    out: u32,
) -> Result<()> {
    let file = caller.data().process.file(fd)?;
    let address = match (file.as_stream(), file.as_listener()) {
        (Some(stream), _) if peer != 0 => Stream::peer(stream),
        (Some(stream), _) => stream.local(),
        (None, Some(_)) if peer != 0 => return Err(Errno::NotConnected),
        (None, Some(listener)) => listener.local(),
        (None, None) => return Err(Errno::NotSocket),
    };
    put(caller, address.to_string().as_bytes(), buffer, size, out)
}

/// Writes as much of `bytes` as fits, and their whole length at `out`.
fn put(caller: &mut GuestCaller<'_>, bytes: &[u8], buffer: u32, size: u32, out: u32) -> Result<()> {
    let (mut memory, _) = view(caller)?;
    let fits = bytes.len().min(size as usize);
    memory.write(buffer, &bytes[..fits])?;
    memory.write_u32(out, bytes.len() as u32)
}

/// Begins a TLS connection to the host that `name` says, and writes its number at `out`. `flags`: 1 takes any
/// certificate, 2 one for any name. `roots`: certificates (PEM) that are trusted beside the server's own.
#[allow(clippy::too_many_arguments, reason = "the door's signature")]
pub fn tls_open(
    caller: &mut GuestCaller<'_>,
    name: u32,
    name_length: u32,
    flags: u32,
    roots: u32,
    roots_length: u32,
    protocols: u32,
    protocols_length: u32,
    out: u32,
) -> Result<()> {
    let (mut memory, guest) = view(caller)?;
    let number = {
        let protocols = memory.strings(protocols, protocols_length)?;
        let roots = memory.bytes(roots, roots_length)?;
        let options = tls_options(flags, roots, &protocols)?;
        let Guest { tls, shared, .. } = guest;
        tls.open(&shared.tls, memory.bytes(name, name_length)?, &options)?
    };
    memory.write_u32(out, number)
}

/// Hands over ciphertext that the other side sent. `EPROTO`: the connection has failed; what `tls_send` still has is
/// for the other side to know.
pub fn tls_receive(
    caller: &mut GuestCaller<'_>,
    connection: u32,
    bytes: u32,
    length: u32,
) -> Result<()> {
    let (memory, guest) = view(caller)?;
    guest.tls.receive(connection, memory.bytes(bytes, length)?)
}

/// Takes ciphertext for the other side, and writes its length at `out`.
pub fn tls_send(
    caller: &mut GuestCaller<'_>,
    connection: u32,
    buffer: u32,
    size: u32,
    out: u32,
) -> Result<()> {
    let (mut memory, guest) = view(caller)?;
    let count = guest
        .tls
        .send(connection, memory.bytes_mut(buffer, size)?)?;
    memory.write_u32(out, count as u32)
}

/// Reads plaintext, and writes its length at `out`: 0 at the end. `EAGAIN` before more ciphertext comes.
pub fn tls_read(
    caller: &mut GuestCaller<'_>,
    connection: u32,
    buffer: u32,
    size: u32,
    out: u32,
) -> Result<()> {
    let (mut memory, guest) = view(caller)?;
    let count = guest
        .tls
        .read(connection, memory.bytes_mut(buffer, size)?)?;
    memory.write_u32(out, count as u32)
}

/// Writes plaintext, and the length that was taken at `out`. `EAGAIN` before what waits is sent.
pub fn tls_write(
    caller: &mut GuestCaller<'_>,
    connection: u32,
    bytes: u32,
    length: u32,
    out: u32,
) -> Result<()> {
    let (mut memory, guest) = view(caller)?;
    let count = guest.tls.write(connection, memory.bytes(bytes, length)?)?;
    memory.write_u32(out, count as u32)
}

/// Writes `{bits: u32, pending: u32}` at `out`. Bits: 1 the handshake is under way, 2 there is something to send;
/// `pending`: bytes that could be read at once.
pub fn tls_state(caller: &mut GuestCaller<'_>, connection: u32, out: u32) -> Result<()> {
    let (mut memory, guest) = view(caller)?;
    let (bits, pending) = guest.tls.state(connection)?;
    memory.write_u32(out, bits)?;
    memory.write_u32(out.checked_add(4).ok_or(Errno::Fault)?, pending)
}

/// What was agreed on, as text of three lines: version, cipher suite, protocol (ALPN).
pub fn tls_describe(
    caller: &mut GuestCaller<'_>,
    connection: u32,
    buffer: u32,
    size: u32,
    out: u32,
) -> Result<()> {
    let (version, cipher, protocol) = view(caller)?.1.tls.describe(connection)?;
    let text = [version, cipher, protocol].join(&b'\n');
    put(caller, &text, buffer, size, out)
}

/// Why it failed: writes `{code: u32, length: u32}` at `out` and the words in the buffer. The code is OpenSSL's for a
/// fault of the certificate, else 0.
pub fn tls_failure(
    caller: &mut GuestCaller<'_>,
    connection: u32,
    buffer: u32,
    size: u32,
    out: u32,
) -> Result<()> {
    let (code, reason) = view(caller)?.1.tls.failure(connection)?;
    view(caller)?.0.write_u32(out, code)?;
    let length_at = out.checked_add(4).ok_or(Errno::Fault)?;
    put(caller, reason.as_bytes(), buffer, size, length_at)
}

/// Says that nothing more will be sent; `tls_send` has the words for it.
pub fn tls_finish(caller: &mut GuestCaller<'_>, connection: u32) -> Result<()> {
    caller.data_mut().tls.finish(connection)
}

/// Forgets a TLS connection. The socket is not its concern.
pub fn tls_close(caller: &mut GuestCaller<'_>, connection: u32) -> Result<()> {
    caller.data_mut().tls.close(connection)
}
