//! A small HTTP/1.1 client for the programs of a session: `curl` is a command line in front of it, and whoever only
//! wants a file calls [`get`] or [`open`].
//!
//! One connection carries one request. TLS is the host's (`berth_guest::TlsConnection`).

#![forbid(unsafe_code)]

mod body;
mod error;
mod exchange;
mod fetch;
mod transport;
mod url;

pub use body::Body;
pub use error::{Error, Result};
pub use exchange::{Headers, Request, Response, Upload, send};
pub use fetch::{Download, Progress, get, is_redirect, open, redirected};
pub use transport::{Options, Transport};
pub use url::Url;
