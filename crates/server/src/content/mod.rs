//! People's files over HTTP: what every route needs that reads or writes them, a folder's as well as a session's.
//!
//! The domain ([`berth_folders::Files`]) moves the bytes; here is what HTTP says about them: ranges, entity tags,
//! conditions, and what a browser is told so that no file runs as a page of ours.

pub(crate) mod conditions;
mod disposition;
pub(crate) mod entry;
mod media_type;
mod problems;
pub(crate) mod range;
pub(crate) mod read;
pub(crate) mod wire_path;
pub(crate) mod write;
