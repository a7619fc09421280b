//! The one address inside the sessions' network at which the server itself answers.
//!
//! It is no way out: nothing is dialled, no policy is asked, and sessions without one reach it as well. What answers is
//! given a connection of the kernel's pipes and nothing else; what it lets through is its own to decide.

use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;

use berth_kernel::net::HostStream;

/// The host's name, in the domain that is kept for private use.
pub const SERVICE_NAME: &str = "berth.internal";
/// Its address: the one IPv4 has for what is never on a wire (RFC 7600), so that no host's is hidden behind it.
pub const SERVICE_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 0, 8));
/// Its port, on which HTTP is spoken.
pub const SERVICE_PORT: u16 = 80;

/// Answers the connections that sessions make to [`SERVICE_NAME`].
pub trait Service: Send + Sync {
    /// Answers one connection until it ends. Runs on the gateway's threads.
    fn answer(&self, stream: HostStream) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}
