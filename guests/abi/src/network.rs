//! Connections to hosts, plain and through TLS.
//!
//! In a session both are the process door's: the host connects, and TLS is an engine of the host's that ciphertext is
//! moved through. Elsewhere a connection is the machine's own, and there is no TLS.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::backend;
use crate::descriptors;

/// Bytes of ciphertext moved in one go.
const PIECE_BYTES: usize = 32 << 10;

/// A connection to a host.
#[derive(Debug)]
pub struct Connection {
    fd: OwnedFd,
    /// Reads fail with `ETIMEDOUT` from here on.
    deadline: Option<Instant>,
}

impl Connection {
    /// Connects to a host by name or address.
    ///
    /// # Errors
    /// `ENOENT`: there is no such host; `EAGAIN`: nobody could tell; `EACCES`: the session may not; `ETIMEDOUT`, and
    /// what the network gives.
    pub fn open(host: &str, port: u16, timeout: Option<Duration>) -> io::Result<Self> {
        Ok(Self {
            fd: backend::tcp_connect(host, port, timeout)?,
            deadline: None,
        })
    }

    /// The other side's address and port, as text.
    ///
    /// # Errors
    /// When it is not known.
    pub fn peer(&self) -> io::Result<String> {
        backend::peer_address(self.fd.as_fd())
    }

    /// Until when reads may wait.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !descriptors::wait_readable(self.fd.as_fd(), left)? {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        descriptors::read(self.fd.as_fd(), buffer)
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        descriptors::write(self.fd.as_fd(), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How a TLS connection is to be made.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// Take any certificate.
    pub any_certificate: bool,
    /// Certificates (PEM) that are trusted beside the server's own.
    pub roots: Vec<u8>,
}

/// Why there is no TLS connection.
#[derive(Debug)]
pub enum TlsError {
    /// The certificate is not accepted; OpenSSL's number for it, and words.
    Certificate(u32, String),
    /// Anything else that TLS found wrong.
    Protocol(String),
    /// The connection below it failed.
    Io(io::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(_, reason) => write!(f, "{reason}"),
            Self::Protocol(reason) => f.write_str(reason),
            Self::Io(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for TlsError {}

impl From<io::Error> for TlsError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Io(error) => error,
            error => Self::other(error),
        }
    }
}

/// A connection to a host through TLS.
#[derive(Debug)]
pub struct TlsConnection {
    below: Connection,
    engine: backend::TlsEngine,
    buffer: Vec<u8>,
}

impl TlsConnection {
    /// Shakes hands with `host` over a connection.
    ///
    /// # Errors
    /// A certificate that is not accepted, and what goes wrong on the way.
    pub fn open(below: Connection, host: &str, options: &TlsOptions) -> Result<Self, TlsError> {
        let engine = backend::TlsEngine::open(host, options)?;
        let mut tls = Self {
            below,
            engine,
            buffer: vec![0; PIECE_BYTES],
        };
        loop {
            tls.send()?;
            if !tls.engine.is_handshaking()? {
                return Ok(tls);
            }
            if !tls.receive()? {
                return Err(TlsError::Protocol(
                    "the connection was closed during the handshake".to_owned(),
                ));
            }
        }
    }

    /// The connection below.
    pub fn below(&mut self) -> &mut Connection {
        &mut self.below
    }

    /// Version and cipher suite.
    ///
    /// # Errors
    /// When the engine is gone.
    pub fn describe(&self) -> io::Result<(String, String)> {
        let text = self.engine.describe()?;
        let mut lines = text.lines().map(str::to_owned);
        Ok((
            lines.next().unwrap_or_default(),
            lines.next().unwrap_or_default(),
        ))
    }

    fn send(&mut self) -> io::Result<()> {
        loop {
            let count = self.engine.send(&mut self.buffer)?;
            if count == 0 {
                return Ok(());
            }
            self.below.write_all(&self.buffer[..count])?;
        }
    }

    /// False at the end of the connection.
    fn receive(&mut self) -> Result<bool, TlsError> {
        let count = self.below.read(&mut self.buffer)?;
        if count == 0 {
            return Ok(false);
        }
        if self.engine.receive(&self.buffer[..count]).is_err() {
            let failure = self.engine.failure();
            // The other side is told why, if it can be.
            let _ = self.send();
            return Err(failure);
        }
        Ok(true)
    }
}

impl AsFd for TlsConnection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.below.as_fd()
    }
}

impl Read for TlsConnection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.engine.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
            self.send()?;
            if !self.receive()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl Write for TlsConnection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE_BYTES)];
        loop {
            match self.engine.write(piece) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.send()?,
                Err(error) => return Err(error),
                Ok(count) => {
                    self.send()?;
                    return Ok(count);
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}
