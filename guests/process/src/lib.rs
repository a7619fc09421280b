//! Starting programs with the face of `std::process`.
//!
//! The standard library cannot start anything under WASI. A program that somebody else keeps, and that was written for
//! it, is built for sessions with `use berth_process as process` in its place: the names, the defaults and the ends are
//! the same, and the process door does the work. What is not here nobody has asked for yet.

#![forbid(unsafe_code)]

mod child;
mod command;
mod status;
mod stdio;

use std::io;
use std::path::Path;

pub use std::process::{ExitCode, Termination, abort, exit, id};

pub use child::{Child, Output};
pub use command::Command;
pub use status::ExitStatus;
pub use stdio::{ChildStderr, ChildStdin, ChildStdout, Stdio};

/// Tells the C library where this process is: it believes it starts in `/`. To be called first in `main`.
///
/// A program that uses the process door and does not call it takes relative paths for paths from `/`.
pub fn init() {
    // When the working directory is gone, there is none to tell of; each use of it will say so.
    let _ = berth_guest::init();
}

/// Sets a file's permission bits, which Rust's standard library knows none of under WASI.
///
/// # Errors
/// There is no such file, or it may not be changed.
pub fn set_mode(path: impl AsRef<Path>, mode: u32) -> io::Result<()> {
    berth_guest::set_mode(berth_multicall::path_bytes(path.as_ref()), true, mode)
}
