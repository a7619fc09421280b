//! The HTTP face of Berth.
//!
//! A handler reads: who asks ([`Caller`](berth_accounts::Caller) as an argument), what they ask ([`extract`]), call
//! the domain, shape the answer. No rule lives here. Whatever goes wrong leaves as a [`problem::Problem`]; what only
//! the log may see stays in the log.
//!
//! * [`server`]: what a running server holds; [`serve()`]: connections, and stopping.
//! * [`app`]: the router, and what surrounds every request.
//! * [`routes`]: one module a resource. To add one: write `routes/x.rs` with `pub fn routes() -> OpenApiRouter<App>`,
//!   and name it in [`routes::api`].

#![forbid(unsafe_code)]

pub mod app;
pub mod auth;
pub mod config;
mod content;
pub mod data_directory;
pub mod extract;
mod headers;
mod inside;
pub mod metrics;
mod observe;
pub mod page;
pub mod problem;
pub mod routes;
pub mod serve;
pub mod server;
pub mod tickets;

pub use berth_gateway::{GatewayOptions, HostPattern, IpNet, Policy, Rules};
pub use config::{PublicOrigin, ServerConfig};
pub use serve::serve;
pub use server::{App, Server, StartError, Started};
