//! The network of one session: a loopback of its own, and a way out if somebody gives it one.
//!
//! `127.0.0.1` inside a session is never the host's: its listeners and connections are made of the
//! kernel's pipes, here in memory. Everything else goes through [`Outside`], which a gateway implements;
//! without one there is no outside. A connection to the outside is the same [`Stream`] as one to a
//! neighbour process, only that the host holds its other end.

mod host;
mod listener;
mod loopback;
mod stream;

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

pub use host::HostStream;
pub use listener::Listener;
pub use loopback::{Loopback, Port};
pub use stream::{Shutdown, Stream};

use crate::file::File;
use crate::limits::HOST_NAME_MAX_BYTES;
use crate::{Errno, Result};

/// The name every machine has for itself.
const LOCALHOST: &str = "localhost";

/// An answer that takes its time. Dropping it gives up.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The way out of a session. What it refuses is `EACCES`.
pub trait Outside: Send + Sync {
    /// The addresses of a host. `ENOENT`: there is no such host; `EAGAIN`: nobody could tell.
    fn resolve(&self, name: &str) -> Answer<Vec<IpAddr>>;

    /// A connection to an address, seen from `local`.
    fn connect(&self, local: SocketAddr, to: SocketAddr) -> Answer<Arc<Stream>>;

    /// What somebody downloaded before and has this SHA-256, to read. `ENOENT`: it is not kept.
    fn find_download(&self, _digest: Digest) -> Answer<Arc<dyn File>> {
        Box::pin(async { Err(Errno::NoEntry) })
    }

    /// Keeps what was downloaded for those who come after. `ENOTSUP`: nothing is kept here.
    fn keep_download(&self, _file: Arc<dyn File>) -> Answer<()> {
        Box::pin(async { Err(Errno::NotSupported) })
    }
}

/// A SHA-256.
pub type Digest = [u8; 32];

/// The network of one session.
pub struct Network {
    hostname: String,
    loopback: Arc<Loopback>,
    outside: Option<Arc<dyn Outside>>,
}

impl Network {
    /// The network of a machine called `hostname`.
    pub fn new(hostname: &str, outside: Option<Arc<dyn Outside>>) -> Self {
        Self {
            hostname: hostname.to_owned(),
            loopback: Loopback::new(),
            outside,
        }
    }

    /// Its loopback.
    pub fn loopback(&self) -> &Arc<Loopback> {
        &self.loopback
    }

    /// The addresses of a host: of this machine, of a literal, or of what the outside knows.
    pub fn resolve(&self, name: &str) -> Answer<Vec<IpAddr>> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = literal.parse::<IpAddr>() {
            return Box::pin(async move { Ok(vec![address]) });
        }
        let lower = name.to_ascii_lowercase();
        if lower == LOCALHOST || lower.ends_with(".localhost") || name == self.hostname {
            return Box::pin(async { Ok(vec![Ipv4Addr::LOCALHOST.into()]) });
        }
        if name.is_empty() || name.len() > HOST_NAME_MAX_BYTES {
            return Box::pin(async { Err(Errno::Invalid) });
        }
        match &self.outside {
            Some(outside) => outside.resolve(&lower),
            None => Box::pin(async { Err(Errno::Access) }),
        }
    }

    /// What is kept of downloads with this SHA-256.
    pub fn find_download(&self, digest: Digest) -> Answer<Arc<dyn File>> {
        match &self.outside {
            Some(outside) => outside.find_download(digest),
            None => Box::pin(async { Err(Errno::NoEntry) }),
        }
    }

    /// Offers what was downloaded to all sessions.
    pub fn keep_download(&self, file: Arc<dyn File>) -> Answer<()> {
        match &self.outside {
            Some(outside) => outside.keep_download(file),
            None => Box::pin(async { Err(Errno::NotSupported) }),
        }
    }

    /// A connection to an address; `port`: the caller's own end, if it is bound already.
    pub fn connect(&self, port: Option<&Port>, to: SocketAddr) -> Answer<Arc<Stream>> {
        let to = SocketAddr::new(to.ip().to_canonical(), to.port());
        if is_own(to.ip()) {
            let connected = self.loopback.connect(port, to);
            return Box::pin(async { connected });
        }
        let Some(outside) = &self.outside else {
            return Box::pin(async { Err(Errno::NetworkUnreachable) });
        };
        let number = port.map_or_else(|| self.loopback.next_number(), Port::number);
        outside.connect(SocketAddr::new(own_address(to.ip()), number), to)
    }
}

/// Whether an address is the session's own machine. The unspecified address is, as on Linux.
pub fn is_own(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_unspecified(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unspecified(),
    }
}

/// What a session sees as its own address in a connection to `peer`. The host's address is none of its
/// business.
fn own_address(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => Ipv4Addr::new(10, 0, 2, 15).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 15).into(),
    }
}
