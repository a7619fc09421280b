//! What can go wrong on the way to an answer.

use std::io;

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong on the way to an answer.
#[derive(Debug)]
pub enum Error {
    /// The text is no URL that this client can follow; says why.
    Url(String),
    /// The host has no address.
    Host(String),
    /// No connection could be made.
    Connect {
        /// To what.
        authority: String,
        /// Why not.
        reason: String,
    },
    /// The proxy refused the tunnel.
    Proxy(String),
    /// TLS failed.
    Tls(String),
    /// The server's certificate is not accepted.
    Certificate(String),
    /// Time was up.
    Timeout,
    /// The answer is none of HTTP's.
    Answer(String),
    /// Nothing was answered.
    Empty,
    /// The body ended too early.
    Partial,
    /// Sending failed.
    Send(io::Error),
    /// Receiving failed.
    Receive(io::Error),
    /// What was received could not be kept.
    Write(io::Error),
    /// Redirected more often than is followed.
    TooManyRedirects,
    /// The server answered, and not with what was asked for.
    Status(u16),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Url(why) | Self::Tls(why) | Self::Answer(why) => f.write_str(why),
            Self::Host(host) => write!(f, "Could not resolve host: {host}"),
            Self::Connect { authority, reason } => {
                write!(f, "Failed to connect to {authority}: {reason}")
            }
            Self::Proxy(why) => write!(f, "CONNECT tunnel failed, response {why}"),
            Self::Certificate(why) => write!(f, "SSL certificate problem: {why}"),
            Self::Timeout => f.write_str("Operation timed out"),
            Self::Empty => f.write_str("Empty reply from server"),
            Self::Partial => f.write_str("transfer closed with outstanding read data remaining"),
            Self::Send(error) => write!(f, "Send failure: {error}"),
            Self::Receive(error) => write!(f, "Recv failure: {error}"),
            Self::Write(error) => write!(f, "Failure writing output: {error}"),
            Self::TooManyRedirects => f.write_str("Maximum redirects followed"),
            Self::Status(status) => write!(f, "The requested URL returned error: {status}"),
        }
    }
}

impl std::error::Error for Error {}

/// A failed read: time that was up is told apart.
pub(crate) fn receive(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => Error::Timeout,
        io::ErrorKind::UnexpectedEof => Error::Partial,
        _ => Error::Receive(error),
    }
}
