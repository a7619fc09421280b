//! The loopback network of one session: ports, and who listens on them.
//!
//! There is one set of ports for all of the machine's own addresses and both families: what listens on
//! `[::]:8000` answers at `127.0.0.1:8000`.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Semaphore;

use super::is_own;
use super::listener::Listener;
use super::stream::Stream;
use crate::limits::{LOOPBACK_CONNECTIONS_MAX, LOOPBACK_PORTS_MAX};
use crate::{Errno, Result};

/// Ports that are given to whoever does not ask for one (`net.ipv4.ip_local_port_range`).
const EPHEMERAL: std::ops::RangeInclusive<u16> = 32_768..=60_999;

/// The loopback network of one session.
pub struct Loopback {
    /// Bound ports, and their listener if there is one.
    ports: Mutex<BTreeMap<u16, Weak<Listener>>>,
    next: AtomicU16,
    /// Places for connections.
    places: Arc<Semaphore>,
}

impl Loopback {
    /// A network that nobody uses.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            ports: Mutex::default(),
            next: AtomicU16::new(*EPHEMERAL.start()),
            places: Arc::new(Semaphore::new(LOOPBACK_CONNECTIONS_MAX)),
        })
    }

    fn ports(&self) -> MutexGuard<'_, BTreeMap<u16, Weak<Listener>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next number for an end that nobody will look for.
    pub(super) fn next_number(&self) -> u16 {
        let step = |next| {
            Some(if next >= *EPHEMERAL.end() {
                *EPHEMERAL.start()
            } else {
                next + 1
            })
        };
        self.next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
            .unwrap_or(*EPHEMERAL.start())
    }

    /// Takes a port; 0 for any. `EADDRINUSE`, `EADDRNOTAVAIL` for an address that is not this machine's,
    /// `ENOBUFS` when too many are taken.
    pub fn bind(self: &Arc<Self>, address: SocketAddr) -> Result<Arc<Port>> {
        if !is_own(address.ip()) {
            return Err(Errno::AddressNotAvailable);
        }
        let mut ports = self.ports();
        if ports.len() >= LOOPBACK_PORTS_MAX {
            return Err(Errno::NoBuffers);
        }
        let number = match address.port() {
            // There are fewer taken than there are to choose from.
            0 => loop {
                let number = self.next_number();
                if !ports.contains_key(&number) {
                    break number;
                }
            },
            number if ports.contains_key(&number) => return Err(Errno::AddressInUse),
            number => number,
        };
        ports.insert(number, Weak::new());
        Ok(Arc::new(Port {
            address: SocketAddr::new(address.ip(), number),
            loopback: Arc::clone(self),
        }))
    }

    /// Begins to listen on a port.
    pub fn listen(&self, port: &Arc<Port>, backlog: Option<usize>) -> Arc<Listener> {
        let listener = Arc::new(Listener::new(Arc::clone(port), backlog));
        self.ports()
            .insert(port.number(), Arc::downgrade(&listener));
        listener
    }

    /// A connection to whoever listens on a port: the asking end. `ECONNREFUSED` if nobody does.
    pub fn connect(&self, from: Option<&Port>, to: SocketAddr) -> Result<Arc<Stream>> {
        let listener = self.ports().get(&to.port()).and_then(Weak::upgrade);
        let listener = listener.ok_or(Errno::ConnectionRefused)?;
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Errno::NoBuffers)?;
        let address = specified(to.ip());
        let number = from.map_or_else(|| self.next_number(), Port::number);
        let (near, far) = Stream::pair(
            SocketAddr::new(address, number),
            SocketAddr::new(address, to.port()),
            Some(place),
        );
        listener.offer(far)?;
        Ok(near)
    }
}

/// The loopback address for the unspecified one.
fn specified(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        address => address,
    }
}

/// A port that is taken until this is dropped.
pub struct Port {
    address: SocketAddr,
    loopback: Arc<Loopback>,
}

impl Port {
    /// The address it was bound with, and its number.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.loopback.ports().remove(&self.number());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::File as _;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_connection_carries_bytes_both_ways_and_ends() {
        let loopback = Loopback::new();
        let port = loopback.bind(at("127.0.0.1:8000")).unwrap();
        assert_eq!(
            loopback.connect(None, at("127.0.0.1:8000")).err(),
            Some(Errno::ConnectionRefused)
        );
        let listener = loopback.listen(&port, None);
        assert!(!listener.readiness().readable);
        let near = loopback.connect(None, at("127.0.0.1:8000")).unwrap();
        assert!(listener.readiness().readable);
        let far = listener.accept().unwrap();
        assert_eq!((near.peer(), near.local()), (far.local(), far.peer()));
        near.try_write(None, b"ping").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(far.try_read(None, &mut buffer), Ok(4));
        assert_eq!(far.try_read(None, &mut buffer), Err(Errno::Again));
        near.shutdown(super::super::Shutdown::Send);
        assert_eq!(far.try_read(None, &mut buffer), Ok(0));
        assert_eq!(far.try_write(None, b"pong"), Ok(4));
        assert_eq!(near.try_read(None, &mut buffer), Ok(4));
        drop(far);
        assert_eq!(near.try_read(None, &mut buffer), Ok(0));
    }

    #[test]
    fn a_broken_connection_tells_why_after_the_last_byte() {
        let (near, far) = Stream::pair(at("10.0.2.15:1"), at("192.0.2.1:2"), None);
        far.try_write(None, b"x").unwrap();
        far.fail(Errno::ConnectionReset);
        let mut buffer = [0; 8];
        assert_eq!(near.try_read(None, &mut buffer), Ok(1));
        assert_eq!(
            near.try_read(None, &mut buffer),
            Err(Errno::ConnectionReset)
        );
        assert_eq!(near.try_write(None, b"x"), Err(Errno::ConnectionReset));
    }

    #[test]
    fn a_port_is_taken_once_whatever_the_address_and_free_again_when_it_is_closed() {
        let loopback = Loopback::new();
        let port = loopback.bind(at("[::]:8000")).unwrap();
        assert_eq!(
            loopback.bind(at("127.0.0.1:8000")).err(),
            Some(Errno::AddressInUse)
        );
        let listener = loopback.listen(&port, None);
        assert!(loopback.connect(None, at("127.0.0.1:8000")).is_ok());
        drop(port);
        assert_eq!(
            loopback.bind(at("127.0.0.1:8000")).err(),
            Some(Errno::AddressInUse)
        );
        drop(listener);
        assert!(loopback.bind(at("127.0.0.1:8000")).is_ok());
        assert_eq!(
            loopback.bind(at("192.0.2.1:80")).err(),
            Some(Errno::AddressNotAvailable)
        );
    }

    #[test]
    fn a_full_queue_refuses_and_connections_have_a_limit() {
        let loopback = Loopback::new();
        let port = loopback.bind(at("127.0.0.1:0")).unwrap();
        let listener = loopback.listen(&port, Some(2));
        let mut held = vec![
            loopback.connect(None, port.address()).unwrap(),
            loopback.connect(None, port.address()).unwrap(),
        ];
        assert_eq!(
            loopback.connect(None, port.address()).err(),
            Some(Errno::ConnectionRefused)
        );
        let refused = loop {
            while let Ok(far) = listener.accept() {
                held.push(far);
            }
            match loopback.connect(None, port.address()) {
                Ok(near) => held.push(near),
                Err(errno) => break errno,
            }
        };
        assert_eq!(refused, Errno::NoBuffers);
        assert_eq!(held.len(), 2 * LOOPBACK_CONNECTIONS_MAX);
        drop(held);
        assert!(loopback.connect(None, port.address()).is_ok());
    }
}
