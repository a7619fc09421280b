//! What is said on standard error.

use std::fmt::Arguments;
use std::io::{self, Write};

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
