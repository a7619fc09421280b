//! The way to a server: directly or through a proxy, plain or through TLS.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use berth_guest::{Connection, TlsConnection, TlsError, TlsOptions};

use crate::error::{Error, Result, receive};
use crate::url::Url;

/// Bytes of a proxy's answer before it is given up.
const PROXY_ANSWER_MAX_BYTES: usize = 16 << 10;

/// How connections are made.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How long a connection may take to be made.
    pub connect_timeout: Option<Duration>,
    /// When everything must be done.
    pub deadline: Option<Instant>,
    /// What TLS takes.
    pub tls: TlsOptions,
    /// The proxy; `None` for none.
    pub proxy: Option<Url>,
}

/// A connection to a server.
#[derive(Debug)]
pub enum Transport {
    /// Without TLS.
    Plain(Connection),
    /// Through TLS.
    Tls(Box<TlsConnection>),
}

impl Transport {
    /// Connects to the server of a URL.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn open(url: &Url, options: &Options) -> Result<Self> {
        let next = options.proxy.as_ref().unwrap_or(url);
        let mut connection = connect(next, options)?;
        connection.set_deadline(options.deadline);
        if !url.tls {
            return Ok(Self::Plain(connection));
        }
        if let Some(proxy) = &options.proxy {
            tunnel(&mut connection, url, proxy)?;
        }
        let opened = TlsConnection::open(connection, &url.host, &options.tls);
        let tls = opened.map_err(|error| match error {
            TlsError::Certificate(_, reason) => Error::Certificate(reason),
            TlsError::Protocol(reason) => Error::Tls(reason),
            TlsError::Io(error) if error.kind() == io::ErrorKind::TimedOut => Error::Timeout,
            TlsError::Io(error) => Error::Tls(error.to_string()),
        })?;
        Ok(Self::Tls(Box::new(tls)))
    }

    /// The other side's address.
    pub fn peer(&mut self) -> Option<String> {
        match self {
            Self::Plain(connection) => connection.peer().ok(),
            Self::Tls(connection) => connection.below().peer().ok(),
        }
    }

    /// Version and cipher suite, if TLS is spoken.
    pub fn tls(&self) -> Option<(String, String)> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(connection) => connection.describe().ok(),
        }
    }
}

fn connect(to: &Url, options: &Options) -> Result<Connection> {
    let left = options
        .deadline
        .map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let timeout = match (options.connect_timeout, left) {
        (Some(timeout), Some(left)) => Some(timeout.min(left)),
        (timeout, left) => timeout.or(left),
    };
    if timeout.is_some_and(|timeout| timeout.is_zero()) {
        return Err(Error::Timeout);
    }
    Connection::open(&to.host, to.port, timeout).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => Error::Timeout,
        io::ErrorKind::NotFound | io::ErrorKind::WouldBlock => Error::Host(to.host.clone()),
        kind => Error::Connect {
            authority: format!("{} port {}", to.host, to.port),
            reason: match kind {
                io::ErrorKind::PermissionDenied => {
                    "this session may not (the server's egress policy)".to_owned()
                }
                io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
                _ => error.to_string(),
            },
        },
    })
}

fn tunnel(connection: &mut Connection, url: &Url, proxy: &Url) -> Result<()> {
    let to = format!("{}:{}", url.bracketed(), url.port);
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    if let Some(credentials) = &proxy.credentials {
        let encoded = crate::exchange::base64(credentials.as_bytes());
        request.push_str(&format!("Proxy-Authorization: Basic {encoded}\r\n"));
    }
    request.push_str("\r\n");
    connection
        .write_all(request.as_bytes())
        .map_err(Error::Send)?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if answer.len() >= PROXY_ANSWER_MAX_BYTES
            || connection.read(&mut byte).map_err(receive)? == 0
        {
            return Err(Error::Proxy("that is none".to_owned()));
        }
        answer.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') {
        Ok(())
    } else {
        Err(Error::Proxy(status.to_owned()))
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(connection) => connection.read(buffer),
            Self::Tls(connection) => connection.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(connection) => connection.write(bytes),
            Self::Tls(connection) => connection.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(connection) => connection.flush(),
            Self::Tls(connection) => connection.flush(),
        }
    }
}
