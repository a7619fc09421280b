//! The core utilities of a session: many programs in one module, told apart by `argv[0]`.
//!
//! `/usr/bin/ls` is a symbolic link to `/usr/bin/coreutils`; the kernel starts the module with the link's name in
//! `argv[0]`. `coreutils NAME ARGUMENTS…` does the same by hand and `coreutils --list` prints all names.
//!
//! Most programs are uutils' crates. Those in [`own`] are ours because they need what plain WASI lacks: they start
//! programs, ask the terminal, or ask who the user is.

#![deny(unsafe_code)]

mod dispatch;
mod own;
mod programs;

use std::io::{self, Write};

fn main() {
    // Without this every relative path would be taken from `/`, where the C library believes to be. Rather no
    // program at all than one that removes the wrong files.
    if let Err(error) = berth_guest::init() {
        own::complain(
            "coreutils",
            format_args!("cannot find the working directory: {}", own::reason(&error)),
        );
        std::process::exit(1);
    }
    #[cfg(target_os = "wasi")]
    name_temporary_directory();
    let code = dispatch::run(std::env::args_os().collect());
    std::process::exit(flushed(code))
}

/// `std::env::temp_dir` panics on WASI, which knows no such directory; a session has one.
#[cfg(target_os = "wasi")]
fn name_temporary_directory() {
    let directory = std::env::var_os("TMPDIR").filter(|named| !named.is_empty());
    let directory = directory.unwrap_or_else(|| "/tmp".into());
    // Nobody has set it before.
    let _ = tempfile::env::override_temp_dir(std::path::Path::new(&directory));
}

/// The exit code once everything written has arrived: a failed write must not look like success.
fn flushed(code: i32) -> i32 {
    match io::stdout().flush() {
        Err(error) if code == 0 => {
            own::complain(
                "coreutils",
                format_args!("write error: {}", own::reason(&error)),
            );
            1
        }
        _ => code,
    }
}
