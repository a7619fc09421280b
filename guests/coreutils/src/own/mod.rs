//! The programs of our own.

pub mod clear;
pub mod devices;
pub mod env;
pub mod identity;
mod split_string;
pub mod stty;
mod terminal_modes;
pub mod which;

use std::ffi::{OsStr, OsString};
use std::fmt::Arguments;
use std::io::{self, Write};

#[cfg(unix)]
use std::os::unix::ffi::{OsStrExt, OsStringExt};
#[cfg(target_os = "wasi")]
use std::os::wasi::ffi::{OsStrExt, OsStringExt};

/// Says on standard error what went wrong. Who closed standard error does not want to know.
pub fn complain(program: &str, message: Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{program}: {message}");
}

/// An error in words, without the number that Rust adds.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Writes to standard output; returns the exit code: 0, or 1 with a complaint.
fn print(program: &str, text: &[u8]) -> i32 {
    match io::stdout().write_all(text) {
        Ok(()) => 0,
        Err(error) => {
            complain(program, format_args!("write error: {}", reason(&error)));
            1
        }
    }
}

/// Complains about the command line; returns the exit code given for that.
fn usage_error(program: &str, error: &lexopt::Error, code: i32) -> i32 {
    complain(
        program,
        format_args!("{error}\nTry '{program} --help' for more information."),
    );
    code
}

/// The bytes of an argument. They are what the kernel passed; no encoding is assumed.
fn bytes(text: &OsStr) -> &[u8] {
    text.as_bytes()
}

/// An argument of these bytes.
fn os_string(bytes: Vec<u8>) -> OsString {
    OsString::from_vec(bytes)
}

/// The directories of a `PATH`. An empty one means the working directory.
fn search_path(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b':').map(|directory| {
        if directory.is_empty() {
            b"."
        } else {
            directory
        }
    })
}

/// A name below a directory.
fn joined(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = directory.to_vec();
    if !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}
