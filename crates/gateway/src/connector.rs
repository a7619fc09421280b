//! Dialling an address that was checked, and carrying bytes.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use berth_kernel::Errno;
use berth_kernel::net::{HostStream, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::limits::{CONNECT_TIMEOUT, COPY_BUFFER_BYTES, LINGER};
use crate::outer::{Outer, ProxyTls};
use crate::proxy::{self, Proxy};

/// Dials, through the proxy if there is one.
pub async fn dial(to: SocketAddr, proxy: Option<&Proxy>, tls: &ProxyTls) -> Result<Outer, Errno> {
    let dialled = async {
        let Some(proxy) = proxy else {
            return Ok(Box::new(at_once(TcpStream::connect(to).await?)) as Outer);
        };
        let stream = at_once(TcpStream::connect(&proxy.authority).await?);
        let mut outer = tls.reach(proxy, stream).await.inspect_err(|error| {
            tracing::warn!(proxy = proxy.authority, %error, "the proxy cannot be used");
        })?;
        proxy::tunnel(&mut outer, proxy, to).await?;
        Ok(outer)
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, dialled).await {
        Ok(Ok(outer)) => Ok(outer),
        Ok(Err(error)) => Err(errno(&error)),
        Err(_) => Err(Errno::TimedOut),
    }
}

/// What a guest writes at once goes at once.
fn at_once(stream: TcpStream) -> TcpStream {
    let _ = stream.set_nodelay(true);
    stream
}

/// The kernel's number for an error of the host's.
pub fn errno(error: &io::Error) -> Errno {
    if let Some(host) = rustix::io::Errno::from_io_error(error) {
        return host.into();
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Errno::ConnectionRefused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => Errno::ConnectionReset,
        io::ErrorKind::BrokenPipe => Errno::BrokenPipe,
        io::ErrorKind::TimedOut => Errno::TimedOut,
        _ => Errno::Io,
    }
}

/// What a session has moved, and may.
pub struct Meter {
    moved: AtomicU64,
    limit: u64,
}

impl Meter {
    /// Nothing moved yet.
    pub fn new(limit: u64) -> Self {
        Self {
            moved: AtomicU64::new(0),
            limit,
        }
    }

    /// Bytes so far.
    pub fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        let before = self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
        if before + bytes as u64 > self.limit {
            Err(rustix::io::Errno::DQUOT.into())
        } else {
            Ok(())
        }
    }

    /// Whether the session has moved all it may.
    pub fn is_spent(&self) -> bool {
        self.moved() >= self.limit
    }
}

/// Carries bytes until both sides are done, one breaks, or time is up.
pub async fn carry(outer: Outer, inner: Arc<Stream>, meter: Arc<Meter>, lifetime: Duration) {
    let mut outer = Metered { outer, meter };
    let mut host = HostStream::new(Arc::clone(&inner));
    let copied = async {
        let copy = tokio::io::copy_bidirectional_with_sizes(
            &mut host,
            &mut outer,
            COPY_BUFFER_BYTES,
            COPY_BUFFER_BYTES,
        );
        let gone = async {
            inner.parted().await;
            tokio::time::sleep(LINGER).await;
        };
        tokio::select! {
            copied = copy => copied.map(drop),
            () = gone => Ok(()),
        }
    };
    match tokio::time::timeout(lifetime, copied).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => inner.fail(errno(&error)),
        Err(_) => inner.fail(Errno::TimedOut),
    }
}

/// The host's side, counted.
struct Metered {
    outer: Outer,
    meter: Arc<Meter>,
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.outer).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = polled {
            self.meter.count(buffer.filled().len() - before)?;
        }
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.outer).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = polled {
            self.meter.count(count)?;
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.outer).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.outer).poll_shutdown(context)
    }
}
