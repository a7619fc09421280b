//! `curl` and `wget`: they say what is missing until sessions have a way out.

use std::ffi::OsString;

use berth_multicall::{bytes, print_help, text};

/// curl's code for a host that cannot be resolved.
const EXIT_NO_HOST: i32 = 6;

/// `curl`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let words: Vec<String> = arguments.iter().map(|word| text(bytes(word))).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        return print_help(
            "curl",
            "Usage: curl [options...] <url>\nA session has no network yet: this program says so and ends with 6.\n",
        );
    }
    let url = words.iter().skip(1).rfind(|word| !word.starts_with('-'));
    let host = url.map_or("", |url| {
        let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        rest.split(['/', ':', '?']).next().unwrap_or(rest)
    });
    eprintln!("curl: (6) Could not resolve host: {host} (this session has no network)");
    EXIT_NO_HOST
}
