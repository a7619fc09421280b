//! The host's end of a connection, as tokio wants it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::{Shutdown, Stream};
use crate::Errno;
use crate::file::{File, Interest};

/// A wait that owns what it waits for.
type OwnWait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection's end that the host holds. Dropping it closes the connection.
pub struct HostStream {
    stream: Arc<Stream>,
    reading: Option<OwnWait>,
    writing: Option<OwnWait>,
}

impl HostStream {
    /// The host's use of an end.
    pub fn new(stream: Arc<Stream>) -> Self {
        Self {
            stream,
            reading: None,
            writing: None,
        }
    }

    /// The end itself.
    pub fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }
}

fn wait(stream: &Arc<Stream>, interest: Interest) -> OwnWait {
    let stream = Arc::clone(stream);
    Box::pin(async move {
        if let Some(ready) = stream.ready(interest) {
            ready.await;
        }
    })
}

fn io_error(errno: Errno) -> io::Error {
    let kind = match errno {
        Errno::BrokenPipe => io::ErrorKind::BrokenPipe,
        Errno::ConnectionReset => io::ErrorKind::ConnectionReset,
        Errno::TimedOut => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, errno)
}

impl AsyncRead for HostStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if let Some(reading) = &mut self.reading {
                ready!(reading.as_mut().poll(context));
                self.reading = None;
            }
            match self.stream.try_read(None, buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(Errno::Again) => self.reading = Some(wait(&self.stream, Interest::Read)),
                Err(errno) => return Poll::Ready(Err(io_error(errno))),
            }
        }
    }
}

impl AsyncWrite for HostStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            if let Some(writing) = &mut self.writing {
                ready!(writing.as_mut().poll(context));
                self.writing = None;
            }
            match self.stream.try_write(None, bytes) {
                Ok(count) => return Poll::Ready(Ok(count)),
                Err(Errno::Again) => self.writing = Some(wait(&self.stream, Interest::Write)),
                Err(errno) => return Poll::Ready(Err(io_error(errno))),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.shutdown(Shutdown::Send);
        Poll::Ready(Ok(()))
    }
}
