//! The way out of sessions: one gateway for all guests.
//!
//! A guest has no socket of the host. It asks for a name or an address; the gateway looks at the session's
//! [`Policy`], resolves, checks *the address that it is about to dial*, dials it itself and carries the bytes
//! between the host's socket and a pair of the kernel's pipes. What is refused by name is refused by literal and
//! after a redirect, since every connection comes through here; and a name that resolves differently the second time
//! (DNS rebinding) gains nothing, since names are never what is checked.
//!
//! TLS is made by the host as well, as an engine without a socket ([`tls`]): the guest moves ciphertext between its
//! connection and the engine. So it works over every connection a guest can have (also one through a proxy, or one
//! that is not blocking), guests carry no cryptography and no list of authorities, and the host's store of
//! certificates is the only one to keep.
//!
//! Architecture invariant: nothing here runs on the threads that serve people, and every buffer has a limit.

#![forbid(unsafe_code)]

pub mod address;
mod connector;
mod downloads;
mod egress;
mod gateway;
pub mod limits;
mod outer;
mod policy;
mod proxy;
mod service;
pub mod tls;

pub use berth_kernel::net::HostStream;
pub use downloads::Downloads;
pub use egress::Egress;
pub use gateway::{Gateway, GatewayOptions};
pub use ipnet::IpNet;
pub use policy::{HostPattern, ParsePatternError, ParsePolicyError, Policy, Rules};
pub use service::{SERVICE_ADDRESS, SERVICE_NAME, SERVICE_PORT, Service};
