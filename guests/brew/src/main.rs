//! `brew`: programs for WASI, installed without root and kept in a folder.
//!
//! The words, the places and the habits are Homebrew's: `Cellar/<name>/<version>` holds what was installed, `opt/<name>`
//! leads to the version in use, and the links in `bin` lead through `opt`. That link is what installing comes down to:
//! everything before it prepares what nobody sees, it is swung by one rename, and whatever is cut off leaves either
//! the old state or the new one (`install`). Formulae, index and bottles are `berth-tap`'s.

#![deny(unsafe_code)]

mod command;
mod commands;
mod elsewhere;
mod failure;
mod files;
mod install;
mod installed;
mod links;
mod lock;
mod output;
mod places;
mod receipt;
mod taps;

use berth_multicall::{complain, reason};

fn main() {
    if let Err(error) = berth_guest::init() {
        complain(
            "brew",
            format_args!("cannot find the working directory: {}", reason(&error)),
        );
        std::process::exit(1);
    }
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    std::process::exit(command::run(&places::Places::of_session(), &words))
}
