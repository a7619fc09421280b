//! `rename`, as util-linux has it: a piece of every name exchanged.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use berth_multicall::{bytes, complain, os_string, path_bytes, reason, text, usage_error_text};

use berth_multicall::takes::{Takes, read};

const RENAME: Takes = Takes {
    name: "rename",
    help: "\
Usage: rename [OPTION]... EXPRESSION REPLACEMENT FILE...
Exchange the first EXPRESSION in every file's name for REPLACEMENT.

  -v, --verbose       say what is done
  -n, --no-act        do nothing
  -a, --all           exchange every EXPRESSION
  -l, --last          exchange the last one
  -s, --symlink       exchange in where a symbolic link leads
  -o, --no-overwrite  leave files that are there
  -i, --interactive   is the same as -o where nobody can answer
",
    letters: "vnalsoi",
    long: &[
        ("verbose", 'v'),
        ("no-act", 'n'),
        ("all", 'a'),
        ("last", 'l'),
        ("symlink", 's'),
        ("no-overwrite", 'o'),
        ("interactive", 'i'),
    ],
    code: 1,
    command: false,
};
/// Nothing was renamed.
const EXIT_NOTHING: i32 = 4;
/// Some were renamed and some could not be.
const EXIT_SOME: i32 = 2;

/// `rename`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let given = match read(&RENAME, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [expression, replacement, files @ ..] = &given.operands[..] else {
        return usage_error_text("rename", "not enough arguments", 1);
    };
    let (mut done, mut failed) = (0, 0);
    for file in files {
        let path = PathBuf::from(os_string(file.clone()));
        let link = given.has('s');
        let old = if link {
            match fs::read_link(&path) {
                Ok(target) => bytes(target.as_os_str()).to_vec(),
                Err(error) => {
                    complain(
                        "rename",
                        format_args!("{}: not accessible: {}", text(file), reason(&error)),
                    );
                    failed += 1;
                    continue;
                }
            }
        } else {
            file.clone()
        };
        let Some(new) = exchanged(
            &old,
            expression,
            replacement,
            given.has('a'),
            given.has('l'),
        ) else {
            continue;
        };
        let target = Path::new(&os_string(new.clone())).to_path_buf();
        if !link && (given.has('o') || given.has('i')) && fs::symlink_metadata(&target).is_ok() {
            if given.has('v') {
                println!("Skipping existing file: `{}'", text(&new));
            }
            continue;
        }
        let renamed = match (given.has('n'), link) {
            (true, _) => Ok(()),
            (_, true) => {
                fs::remove_file(&path).and_then(|()| berth_guest::symlink(&new, path_bytes(&path)))
            }
            _ => fs::rename(&path, &target),
        };
        match renamed {
            Ok(()) => {
                done += 1;
                if given.has('v') {
                    println!("`{}' -> `{}'", text(&old), text(&new));
                }
            }
            Err(error) => {
                failed += 1;
                complain(
                    "rename",
                    format_args!(
                        "{}: rename to {} failed: {}",
                        text(&old),
                        text(&new),
                        reason(&error)
                    ),
                );
            }
        }
    }
    match (done, failed) {
        (0, 0) => EXIT_NOTHING,
        (_, 0) => 0,
        (0, _) => 1,
        _ => EXIT_SOME,
    }
}

/// The name with the expression exchanged; nothing when it is not in it. Only the last part of a path counts, unless
/// the expression has a slash itself.
fn exchanged(
    name: &[u8],
    expression: &[u8],
    replacement: &[u8],
    all: bool,
    last: bool,
) -> Option<Vec<u8>> {
    let start = match name.iter().rposition(|byte| *byte == b'/') {
        Some(slash) if !expression.contains(&b'/') => slash + 1,
        _ => 0,
    };
    let (directory, base) = name.split_at(start);
    let mut places: Vec<usize> = Vec::new();
    if expression.is_empty() {
        places.push(0);
    } else {
        let mut at = 0;
        while let Some(found) = base[at..]
            .windows(expression.len())
            .position(|window| window == expression)
        {
            places.push(at + found);
            at += found + expression.len();
        }
    }
    match (all && !expression.is_empty(), last) {
        (true, _) => {}
        (_, true) => drop(places.drain(..places.len().saturating_sub(1))),
        _ => places.truncate(1),
    }
    if places.is_empty() {
        return None;
    }
    let mut new = directory.to_vec();
    let mut at = 0;
    for place in places {
        new.extend_from_slice(&base[at..place]);
        new.extend_from_slice(replacement);
        at = place + expression.len();
    }
    new.extend_from_slice(&base[at..]);
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::exchanged;

    fn with(name: &str, expression: &str, new: &str, all: bool, last: bool) -> Option<String> {
        exchanged(
            name.as_bytes(),
            expression.as_bytes(),
            new.as_bytes(),
            all,
            last,
        )
        .map(|name| String::from_utf8(name).unwrap())
    }

    #[test]
    fn the_first_the_last_or_all() {
        assert_eq!(with("a.b.c", ".", "_", false, false).unwrap(), "a_b.c");
        assert_eq!(with("a.b.c", ".", "_", false, true).unwrap(), "a.b_c");
        assert_eq!(with("a.b.c", ".", "", true, false).unwrap(), "abc");
        assert_eq!(
            with("x.d/a.txt", ".", "_", true, false).unwrap(),
            "x.d/a_txt"
        );
        assert_eq!(with("a", "", "b-", false, false).unwrap(), "b-a");
        assert_eq!(with("a", "x", "y", false, false), None);
    }
}
