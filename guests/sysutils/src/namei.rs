//! `namei`: a path, step by step.

use std::ffi::OsString;
use std::fs;
use std::io;

use berth_guest::{FileType, Status};
use berth_multicall::takes::{Given, Takes, read};
use berth_multicall::{
    complain, mode, os_string, path_bytes, print, reason, text, usage_error_text,
};

use crate::space::mounts;

/// Links that are followed in one path (`SYMLOOP_MAX` of util-linux).
const LINKS_MAX: usize = 20;

const TAKES: Takes = Takes {
    name: "namei",
    help: "\
Usage: namei [OPTION]... PATH...
Follow each path to its end and print what every part of it is.

  -l, --long         as -m -o -v
  -m, --modes        print the permission bits
  -n, --nosymlinks   do not follow symbolic links
  -o, --owners       print the owner and the group
  -v, --vertical     align modes and owners
  -x, --mountpoints  print D for the directories that something is mounted on
",
    letters: "lmnovxh",
    long: &[
        ("long", 'l'),
        ("modes", 'm'),
        ("nosymlinks", 'n'),
        ("owners", 'o'),
        ("vertical", 'v'),
        ("mountpoints", 'x'),
    ],
    code: 1,
    command: false,
};

/// One part of a path.
struct Step {
    name: Vec<u8>,
    /// How many links led here.
    level: usize,
    found: io::Result<Status>,
    target: Option<Vec<u8>>,
    mounted: bool,
}

/// A walk along a path.
struct Walk {
    steps: Vec<Step>,
    links: usize,
    follow: bool,
    /// Paths that something is mounted on, where that is to be shown.
    mounts: Vec<String>,
}

/// `namei`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.has('h') {
        return berth_multicall::print_help("namei", TAKES.help);
    }
    if given.operands.is_empty() {
        return usage_error_text("namei", "pathname argument is missing", 1);
    }
    let (mut code, mut widths) = (0, [0, 0]);
    for path in &given.operands {
        let mut walk = Walk {
            steps: Vec::new(),
            links: 0,
            follow: !given.has('n'),
            mounts: match given.has('x') {
                true => mounts().into_iter().map(|mount| mount.path).collect(),
                false => Vec::new(),
            },
        };
        let whole = walk.along(path, &mut Vec::new(), 0);
        if whole.is_err() {
            complain(
                "namei",
                format_args!("{}: exceeded limit of symlinks", text(path)),
            );
        }
        let mut shown = format!("f: {}\n", text(path)).into_bytes();
        show(&walk.steps, &given, &mut widths, &mut shown);
        code |= print("namei", &shown);
        code |= i32::from(!whole.unwrap_or(false));
    }
    code
}

/// More than [`LINKS_MAX`].
struct TooManyLinks;

impl Walk {
    /// Goes along a path from the directory `at`, which becomes where it leads; false where it leads nowhere.
    fn along(&mut self, path: &[u8], at: &mut Vec<u8>, level: usize) -> Result<bool, TooManyLinks> {
        if path.starts_with(b"/") {
            *at = b"/".to_vec();
            if !self.step(b"/", at.clone(), level)? {
                return Ok(false);
            }
        }
        for name in path
            .split(|byte| *byte == b'/')
            .filter(|name| !name.is_empty())
        {
            let next = if at.is_empty() {
                name.to_vec()
            } else {
                berth_multicall::joined(at, name)
            };
            if !self.step(name, next.clone(), level)? {
                return Ok(false);
            }
            let target = self.steps.last().and_then(|step| step.target.clone());
            match target.filter(|_| self.follow) {
                None => *at = next,
                Some(target) => {
                    // A link is read in the directory it is in.
                    if !self.along(&target, at, level + 1)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn step(&mut self, name: &[u8], path: Vec<u8>, level: usize) -> Result<bool, TooManyLinks> {
        let found = berth_guest::status(&path, false);
        let is_link = found
            .as_ref()
            .is_ok_and(|status| status.file_type == FileType::Link);
        let target = match is_link {
            true => fs::read_link(os_string(&path[..]))
                .ok()
                .map(|target| path_bytes(&target).to_vec()),
            false => None,
        };
        if target.is_some() && self.follow {
            self.links += 1;
        }
        let is_there = found.is_ok();
        let mounted = !self.mounts.is_empty()
            && fs::canonicalize(os_string(path))
                .is_ok_and(|real| self.mounts.iter().any(|mount| real == *mount));
        self.steps.push(Step {
            name: name.to_vec(),
            level,
            found,
            target,
            mounted,
        });
        if self.links > LINKS_MAX {
            return Err(TooManyLinks);
        }
        Ok(is_there)
    }
}

/// Prints the steps of one path. `widths` are those of users and groups so far: columns only become wider.
fn show(steps: &[Step], given: &Given, widths: &mut [usize; 2], out: &mut Vec<u8>) {
    let long = given.has('l');
    let modes = long || given.has('m');
    let owners = long || given.has('o');
    let vertical = long || given.has('v');
    let names: Vec<(String, String)> = steps
        .iter()
        .map(|step| match (&step.found, owners) {
            (Ok(status), true) => (
                mode::name_of("/etc/passwd", status.user),
                mode::name_of("/etc/group", status.group),
            ),
            _ => Default::default(),
        })
        .collect();
    for (user, group) in &names {
        *widths = [widths[0].max(user.len()), widths[1].max(group.len())];
    }
    let [user_width, group_width] = *widths;
    for (step, (user, group)) in steps.iter().zip(&names) {
        let indent = "  ".repeat(step.level);
        let (mut what, end) = match &step.found {
            Err(error) => (" ".to_owned(), format!(" - {}", reason(error))),
            Ok(status) => {
                let letters = mode::letters(status.file_type, status.mode);
                let target = step.target.as_ref();
                let end = target.map(|target| format!(" -> {}", text(target)));
                (letters, end.unwrap_or_default())
            }
        };
        if step.mounted && what.starts_with('d') {
            what.replace_range(..1, "D");
        }
        let width = if modes { 10 } else { 1 };
        what.truncate(width);
        let mut line = format!("{what:<width$}");
        if owners {
            line += &format!(" {user:<user_width$} {group:<group_width$}");
        }
        let line = match vertical {
            true => line + &indent,
            false => format!("{indent} {line}"),
        };
        out.extend(line.bytes());
        out.push(b' ');
        out.extend_from_slice(&step.name);
        out.extend(end.bytes());
        out.push(b'\n');
    }
}
