//! What a session starts from: the catalogue of environments.
//!
//! An environment is a read-only root file system with its programs. It comes inside the binary (build.rs embeds
//! the guests) and is written into the data directory once per content, under a name that carries the content's
//! hash; see [`materialise`]. The kernel mounts that directory, by its handle, at `/` of every session.
//!
//! Nothing here knows sessions, people or folders.

#![forbid(unsafe_code)]

mod base;
mod environment;
mod error;
mod guests;
mod image;
mod materialise;
mod names;
mod python;

pub use environment::{Environment, Environments};
pub use error::{Error, Result};
pub use guests::{Archive, Guest, Python};
pub use names::NamesError;
