//! Directories against directories.

use std::fs;
use std::io::Write;

use berth_guest::FileType;
use berth_multicall::{Output, bytes, joined, os_string, text};
use berth_pattern::{GlobOptions, glob_matches};

use super::{EXIT_TROUBLE, Request, files, trouble};

/// Directories within directories that are compared.
const DEPTH_MAX: usize = 512;

/// Compares what is in two directories; returns the exit code.
pub fn compare(request: &Request, one: &[u8], other: &[u8], out: &mut Output, depth: usize) -> i32 {
    let list = |directory: &[u8]| -> std::io::Result<Vec<Vec<u8>>> {
        let mut names: Vec<_> = fs::read_dir(os_string(directory))?
            .flatten()
            .map(|entry| bytes(&entry.file_name()).to_vec())
            .filter(|name| {
                let mut globs = request.exclude.iter();
                !globs.any(|glob| glob_matches(glob, name, GlobOptions::default()))
            })
            .collect();
        names.sort();
        Ok(names)
    };
    let (left, right) = match (list(one), list(other)) {
        (Ok(left), Ok(right)) => (left, right),
        (Err(error), _) => return trouble(one, &error),
        (_, Err(error)) => return trouble(other, &error),
    };
    let mut all: Vec<&Vec<u8>> = left.iter().chain(&right).collect();
    all.sort();
    all.dedup();
    let mut code = 0;
    for name in all {
        let (old, new) = (joined(one, name), joined(other, name));
        let (in_left, in_right) = (
            left.binary_search(name).is_ok(),
            right.binary_search(name).is_ok(),
        );
        if in_left && in_right
            || request.new_file && (request.recursive || !is_directory(&old) && !is_directory(&new))
        {
            code = code.max(pair(request, (&old, in_left), (&new, in_right), out, depth));
            continue;
        }
        let directory = if in_left { one } else { other };
        let _ = writeln!(out, "Only in {}: {}", text(directory), text(name));
        code = code.max(1);
    }
    code
}

fn is_directory(path: &[u8]) -> bool {
    fs::metadata(os_string(path)).is_ok_and(|found| found.is_dir())
}

fn is_special(path: &[u8]) -> bool {
    fs::metadata(os_string(path)).is_ok_and(|found| !found.is_file())
}

/// Two files of which one has no content to compare: opening a FIFO would wait for whoever writes it.
fn unlike(old: &[u8], new: &[u8], out: &mut Output) -> i32 {
    let kind = |path: &[u8]| match berth_guest::status(path, true)
        .map(|status| (status.file_type, status.size))
    {
        Ok((FileType::Directory, _)) => "directory",
        Ok((FileType::Fifo, _)) => "fifo",
        Ok((FileType::Socket, _)) => "socket",
        Ok((FileType::CharacterDevice, _)) => "character special file",
        Ok((FileType::BlockDevice, _)) => "block special file",
        Ok((_, 0)) => "regular empty file",
        _ => "regular file",
    };
    let _ = writeln!(
        out,
        "File {} is a {} while file {} is a {}",
        text(old),
        kind(old),
        text(new),
        kind(new)
    );
    1
}

fn pair(
    request: &Request,
    (old, in_left): (&[u8], bool),
    (new, in_right): (&[u8], bool),
    out: &mut Output,
    depth: usize,
) -> i32 {
    match (is_directory(old), is_directory(new)) {
        (true, true) if !request.recursive => {
            let _ = writeln!(
                out,
                "Common subdirectories: {} and {}",
                text(old),
                text(new)
            );
            0
        }
        (true, true) if depth < DEPTH_MAX => compare(request, old, new, out, depth + 1),
        (true, true) => EXIT_TROUBLE,
        (left, right)
            if in_left && in_right && (left != right || is_special(old) || is_special(new)) =>
        {
            unlike(old, new, out)
        }
        (true, false) | (false, true) => {
            // With -N a directory that is missing is an empty one.
            let (there, missing) = if in_left { (old, new) } else { (new, old) };
            let mut code = 0;
            for entry in fs::read_dir(os_string(there))
                .into_iter()
                .flatten()
                .flatten()
            {
                let name = bytes(&entry.file_name()).to_vec();
                let (a, b) = (joined(there, &name), joined(missing, &name));
                let (old, new) = if in_left { (&a, &b) } else { (&b, &a) };
                code = code.max(pair(
                    request,
                    (old, in_left),
                    (new, in_right),
                    out,
                    depth + 1,
                ));
            }
            code
        }
        (false, false) => headed(request, old, new, out),
    }
}

/// Compares two files, with the command that would do it as a heading.
fn headed(request: &Request, old: &[u8], new: &[u8], out: &mut Output) -> i32 {
    let same = fs::read(os_string(old)).ok() == fs::read(os_string(new)).ok();
    let has_nul = |path: &[u8]| fs::read(os_string(path)).is_ok_and(|content| content.contains(&0));
    if !same && !request.brief && (request.text || !(has_nul(old) || has_nul(new))) {
        let options: String = request
            .options
            .iter()
            .map(|option| format!(" {option}"))
            .collect();
        // Nothing is printed where nothing counts as different.
        let mut probe = Vec::new();
        if let (Ok(a), Ok(b)) = (read(old), read(new)) {
            probe = super::script::Script::of(&a, &b, request.comparison).changes;
        }
        if !probe.is_empty() {
            let _ = writeln!(out, "diff{options} {} {}", text(old), text(new));
        }
    }
    files(request, old, new, out)
}

fn read(path: &[u8]) -> std::io::Result<Vec<u8>> {
    match fs::read(os_string(path)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read,
    }
}
