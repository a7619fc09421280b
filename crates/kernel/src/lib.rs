//! The kernel: what a session's programs stand on.
//!
//! File system, descriptors, pipes, terminals, processes, signals and limits, without a line about
//! WebAssembly: the doors through which guests come in (`berth-wasi`) call down into this crate, and
//! nothing here reaches back up. Everything that may wait is expressed as *try, then wait for
//! readiness* ([`file::File`]), so that a door decides how to wait and when to be interrupted.
//!
//! Architecture invariant: no guest string is ever joined to a host path. A host file is reached
//! only through the directory handle of a mount ([`vfs`]).

pub mod descriptor;
pub mod errno;
mod fifo;
pub mod file;
pub mod limits;
pub mod machine;
pub mod net;
pub mod pipe;
pub mod process;
pub mod resource;
pub mod signal;
pub mod tty;
pub mod vfs;

pub use errno::{Errno, Result};
