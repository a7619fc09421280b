//! `which`: where the shell would find a program.

use std::ffi::OsString;

use lexopt::prelude::*;

use super::{bytes, joined, os_string, print, search_path, usage_error};

const HELP: &[u8] =
    b"Usage: which [-a] NAME...\nPrint where in PATH each program is; with -a, all places.\n";
/// Bad command line.
const EXIT_USAGE: i32 = 2;

/// `which [-a] NAME...`; 0 when all were found, 1 when one was not.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let mut all = false;
    let mut names = Vec::new();
    let mut parser = lexopt::Parser::from_iter(arguments);
    loop {
        match parser.next() {
            Ok(Some(Short('a') | Long("all"))) => all = true,
            Ok(Some(Long("help"))) => return print("which", HELP),
            Ok(Some(Value(name))) => names.push(name),
            Ok(Some(other)) => return usage_error("which", &other.unexpected(), EXIT_USAGE),
            Err(error) => return usage_error("which", &error, EXIT_USAGE),
            Ok(None) => break,
        }
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut code = 0;
    for name in &names {
        let found = places(bytes(name), bytes(&path), is_program);
        if found.is_empty() {
            code = 1;
        }
        for place in found.iter().take(if all { found.len() } else { 1 }) {
            let mut line = place.clone();
            line.push(b'\n');
            if print("which", &line) != 0 {
                return 1;
            }
        }
    }
    code
}

/// Every path at which a program of this name is, in the order of `path`. A name with `/` is its own path.
fn places(name: &[u8], path: &[u8], is_program: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
    let candidates: Vec<_> = if name.contains(&b'/') {
        vec![name.to_vec()]
    } else {
        search_path(path)
            .map(|directory| joined(directory, name))
            .collect()
    };
    candidates
        .into_iter()
        .filter(|candidate| is_program(candidate))
        .collect()
}

/// WASI has no execute permission: every regular file may be started.
fn is_program(path: &[u8]) -> bool {
    std::fs::metadata(os_string(path.to_vec())).is_ok_and(|metadata| metadata.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exists(path: &[u8]) -> bool {
        [&b"/usr/local/bin/ls"[..], b"/usr/bin/ls", b"./tool"].contains(&path)
    }

    #[test]
    fn a_program_is_where_path_first_has_it() {
        let found = places(b"ls", b"/nowhere:/usr/local/bin:/usr/bin/", exists);
        assert_eq!(
            found,
            [b"/usr/local/bin/ls".to_vec(), b"/usr/bin/ls".to_vec()]
        );
        assert!(places(b"missing", b"/usr/bin", exists).is_empty());
    }

    #[test]
    fn an_empty_part_of_path_is_the_working_directory() {
        assert_eq!(places(b"tool", b"/usr/bin:", exists), [b"./tool".to_vec()]);
    }

    #[test]
    fn a_name_with_a_slash_is_not_searched() {
        assert_eq!(places(b"./tool", b"/usr/bin", exists), [b"./tool".to_vec()]);
        assert!(places(b"bin/ls", b"/usr", |path| path == b"/usr/bin/ls").is_empty());
    }
}
