//! `chmod`, and `chown` and `chgrp`, which say what they cannot do.

use std::ffi::OsString;
use std::fs;

use berth_guest::FileType;
use berth_multicall::{bytes, complain, joined, mode, os_string, reason, text, usage_error_text};

use berth_multicall::takes::{Given, Takes, read};

const CHMOD: Takes = Takes {
    name: "chmod",
    help: "\
Usage: chmod [OPTION]... MODE[,MODE]... FILE...
       chmod [OPTION]... --reference=RFILE FILE...
Change the mode of each FILE to MODE.

  -c, --changes          like verbose but report only when a change is made
  -f, --silent, --quiet  suppress most error messages
  -v, --verbose          output a diagnostic for every file processed
      --reference=RFILE  use RFILE's mode instead of MODE values
  -R, --recursive        change files and directories recursively

Each MODE is of the form '[ugoa]*([-+=]([rwxXst]*|[ugo]))+|[-+=][0-7]+'.
Here a directory's owner always keeps its own rights, set-user-id and set-group-id cannot be set,
and a mount point stays as it is.
",
    letters: "cfvRrwxXstugoa",
    long: &[
        ("changes", 'c'),
        ("quiet", 'f'),
        ("silent", 'f'),
        ("verbose", 'v'),
        ("recursive", 'R'),
    ],
    code: 1,
    command: false,
};

/// `chmod`.
pub fn chmod(mut arguments: Vec<OsString>) -> i32 {
    let mut reference = None;
    let mut wanted = None;
    // `-x` and `-w,+r` look like options and are modes.
    arguments.retain(|argument| {
        let word = bytes(argument);
        if let Some(file) = word.strip_prefix(b"--reference=") {
            reference = Some(file.to_vec());
            return false;
        }
        let is_mode =
            wanted.is_none() && word.len() > 1 && word[0] == b'-' && b"rwxXst".contains(&word[1]);
        if is_mode {
            wanted = Some(text(word));
        }
        !is_mode
    });
    let mut given = match read(&CHMOD, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if let Some(file) = reference {
        match berth_guest::mode(&file, true) {
            Ok(mode) => wanted = Some(format!("{mode:o}")),
            Err(error) => {
                complain(
                    "chmod",
                    format_args!(
                        "failed to get attributes of '{}': {}",
                        text(&file),
                        reason(&error)
                    ),
                );
                return 1;
            }
        }
    }
    if wanted.is_none() && !given.operands.is_empty() {
        wanted = Some(text(&given.operands.remove(0)));
    }
    let Some(wanted) = wanted else {
        return usage_error_text("chmod", "missing operand", 1);
    };
    if given.operands.is_empty() {
        return usage_error_text("chmod", &format!("missing operand after '{wanted}'"), 1);
    }
    if mode::parse(&wanted, 0, false, 0).is_none() {
        return usage_error_text("chmod", &format!("invalid mode: '{wanted}'"), 1);
    }
    let umask = berth_guest::umask(0);
    berth_guest::umask(umask);
    let mut fine = true;
    for file in std::mem::take(&mut given.operands) {
        fine &= change(&file, &wanted, umask, &given, true);
    }
    i32::from(!fine)
}

fn change(file: &[u8], wanted: &str, umask: u32, given: &Given, named: bool) -> bool {
    let failed = |what: &str, why: &str| {
        if !given.has('f') {
            complain("chmod", format_args!("{what} '{}': {why}", text(file)));
        }
        false
    };
    let status = match berth_guest::status(file, named) {
        Ok(status) => status,
        Err(error) => return failed("cannot access", &reason(&error)),
    };
    if status.file_type == FileType::Link {
        return true;
    }
    let directory = status.file_type == FileType::Directory;
    let Some(new) = mode::parse(wanted, status.mode, directory, umask) else {
        return false;
    };
    let mut fine = true;
    if new != status.mode
        && let Err(error) = berth_guest::set_mode(file, true, new)
    {
        fine = failed("changing permissions of", &reason(&error));
    }
    let changed = new != status.mode;
    if fine && (given.has('v') || (given.has('c') && changed)) {
        let letters = |mode| mode::letters(status.file_type, mode)[1..].to_owned();
        let (name, before) = (text(file), status.mode);
        if changed {
            println!(
                "mode of '{name}' changed from {before:04o} ({}) to {new:04o} ({})",
                letters(before),
                letters(new)
            );
        } else {
            println!(
                "mode of '{name}' retained as {before:04o} ({})",
                letters(before)
            );
        }
    }
    if directory && given.has('R') {
        match fs::read_dir(os_string(file)) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    let child = joined(file, bytes(&entry.file_name()));
                    fine &= change(&child, wanted, umask, given, false);
                }
            }
            Err(error) => fine = failed("cannot read directory", &reason(&error)),
        }
    }
    fine
}

const CHOWN: Takes = Takes {
    name: "chown",
    help: "\
Usage: chown [OPTION]... [OWNER][:[GROUP]] FILE...
Change the owner of each FILE. A session has one user, who owns everything in it: what is the case already is no
error, and everything else is refused.

  -R, --recursive  also everything below
  -f, --silent     suppress most error messages
  -v, --verbose    output a diagnostic for every file processed
",
    letters: "RfvchHLP",
    long: &[("recursive", 'R'), ("silent", 'f'), ("quiet", 'f'), ("verbose", 'v'), ("changes", 'c'), ("no-dereference", 'h')],
    code: 1,
    command: false,
};

/// `chown`.
pub fn chown(arguments: Vec<OsString>) -> i32 {
    own(&CHOWN, arguments)
}

/// `chgrp`.
pub fn chgrp(arguments: Vec<OsString>) -> i32 {
    own(
        &Takes {
            name: "chgrp",
            help: "\
Usage: chgrp [OPTION]... GROUP FILE...
Change the group of each FILE. A session has one user with one group: what is the case already is no error, and
everything else is refused.

  -R, --recursive  also everything below
  -f, --silent     suppress most error messages
",
            ..CHOWN
        },
        arguments,
    )
}

fn own(takes: &Takes, arguments: Vec<OsString>) -> i32 {
    let given = match read(takes, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let [owner, files @ ..] = &given.operands[..] else {
        return usage_error_text(takes.name, "missing operand", 1);
    };
    if files.is_empty() {
        return usage_error_text(
            takes.name,
            &format!("missing operand after '{}'", text(owner)),
            1,
        );
    }
    let owner = text(owner);
    let (user, group) = match (takes.name, owner.split_once([':', '.'])) {
        ("chgrp", _) => ("", owner.as_str()),
        (_, Some((user, group))) => (user, group),
        _ => (owner.as_str(), ""),
    };
    for (name, file, kind) in [
        (user, "/etc/passwd", "user"),
        (group, "/etc/group", "group"),
    ] {
        if !name.is_empty() && mode::id_of(file, name).is_none() {
            complain(takes.name, format_args!("invalid {kind}: '{owner}'"));
            return 1;
        }
    }
    let mut code = 0;
    for file in files {
        let why = match berth_guest::status(file, true) {
            Err(error) => format!("cannot access '{}': {}", text(file), reason(&error)),
            Ok(status) => {
                let same_user =
                    user.is_empty() || mode::id_of("/etc/passwd", user) == Some(status.user);
                let same_group =
                    group.is_empty() || mode::id_of("/etc/group", group) == Some(status.group);
                if same_user && same_group {
                    continue;
                }
                format!(
                    "changing ownership of '{}': Operation not permitted (a session has one user)",
                    text(file)
                )
            }
        };
        code = 1;
        if !given.has('f') {
            complain(takes.name, format_args!("{why}"));
        }
    }
    code
}
