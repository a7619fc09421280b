//! Walking through trees and testing what is there.

use std::cell::{Cell, OnceCell};
use std::fs;

use berth_guest::{FileType, Status};
use berth_multicall::{Output, bytes, complain, joined, os_string, reason, text};
use berth_pattern::{GlobOptions, glob_matches};

use super::expression::{Bits, Expression, Request, Which};

/// Directories within directories; deeper ones are not entered.
const DEPTH_MAX: usize = 1024;

/// A file that was found.
pub struct Entry<'a> {
    pub path: Vec<u8>,
    pub root: &'a [u8],
    pub depth: usize,
    /// As its directory told it, without a look at the file.
    known_type: Option<FileType>,
    follow: bool,
    status: OnceCell<Option<Status>>,
}

impl<'a> Entry<'a> {
    fn new(
        path: Vec<u8>,
        root: &'a [u8],
        depth: usize,
        known_type: Option<FileType>,
        follow: bool,
    ) -> Self {
        Self {
            path,
            root,
            depth,
            known_type,
            follow,
            status: OnceCell::new(),
        }
    }

    /// The last part of the path.
    pub fn name(&self) -> &[u8] {
        let trimmed = match self.path.iter().rposition(|byte| *byte != b'/') {
            Some(last) => &self.path[..=last],
            None => return &self.path[..self.path.len().min(1)],
        };
        trimmed
            .rsplit(|byte| *byte == b'/')
            .next()
            .unwrap_or(trimmed)
    }

    /// The directory it is in.
    pub fn directory(&self) -> &[u8] {
        match self.path.iter().rposition(|byte| *byte == b'/') {
            Some(0) => b"/",
            Some(slash) => &self.path[..slash],
            None => b".",
        }
    }

    pub fn status(&self) -> Option<&Status> {
        self.status
            .get_or_init(|| {
                let found = berth_guest::status(&self.path, self.follow);
                // A link that leads nowhere is itself.
                found
                    .or_else(|_| berth_guest::status(&self.path, false))
                    .ok()
            })
            .as_ref()
    }

    pub fn file_type(&self) -> Option<FileType> {
        match self.known_type {
            Some(FileType::Link) if self.follow => self.status().map(|status| status.file_type),
            Some(known) => Some(known),
            None => self.status().map(|status| status.file_type),
        }
    }
}

/// A walk.
pub struct Walk<'a> {
    pub request: &'a Request,
    pub out: Output,
    pub failed: Cell<bool>,
    pruned: bool,
    quit: bool,
}

/// Walks through all roots; returns the exit code.
pub fn run(request: &Request) -> i32 {
    let mut walk = Walk {
        request,
        out: Output::stdout(),
        failed: Cell::new(false),
        pruned: false,
        quit: false,
    };
    for root in &request.roots {
        if walk.quit {
            break;
        }
        let follow = request.follow || request.follow_roots;
        let entry = Entry::new(root.clone(), root, 0, None, follow);
        if entry.status().is_none() {
            let error = berth_guest::status(root, false).err();
            let why = error.map_or_else(String::new, |error| reason(&error));
            walk.complain(root, &why);
            continue;
        }
        let device = entry.status().map_or(0, |status| status.device);
        walk.visit(&entry, device, &mut Vec::new());
    }
    walk.finish();
    i32::from(walk.failed.get())
}

impl<'a> Walk<'a> {
    pub fn complain(&self, path: &[u8], what: &str) {
        self.failed.set(true);
        complain(
            "find",
            format_args!("\u{2018}{}\u{2019}: {what}", text(path)),
        );
    }

    fn visit(&mut self, entry: &Entry<'_>, device: u64, above: &mut Vec<(u64, u64)>) {
        let request = self.request;
        let shown = entry.depth >= request.depth_min;
        self.pruned = false;
        if shown && !request.depth_first {
            self.test(&request.expression, entry);
        }
        if self.quit {
            return;
        }
        let pruned = std::mem::take(&mut self.pruned) && !request.depth_first;
        if !pruned
            && entry.depth < request.depth_max
            && entry.file_type() == Some(FileType::Directory)
        {
            self.enter(entry, device, above);
        }
        if self.quit {
            return;
        }
        if shown && request.depth_first {
            self.test(&request.expression, entry);
        }
    }

    fn enter(&mut self, entry: &Entry<'_>, device: u64, above: &mut Vec<(u64, u64)>) {
        let request = self.request;
        if above.len() >= DEPTH_MAX {
            self.complain(&entry.path, "too many levels of directories");
            return;
        }
        let here = if request.follow || request.same_device {
            let Some(status) = entry.status() else { return };
            if request.same_device && status.device != device {
                return;
            }
            let here = (status.device, status.inode);
            if request.follow && above.contains(&here) {
                self.complain(&entry.path, "File system loop detected");
                return;
            }
            here
        } else {
            (0, 0)
        };
        let entries = match fs::read_dir(os_string(entry.path.clone())) {
            Ok(entries) => entries,
            Err(error) => {
                self.complain(&entry.path, &reason(&error));
                return;
            }
        };
        above.push(here);
        // Read to its end first: what happens to the files must not change what is listed.
        let listed: Vec<_> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let known = entry.file_type().ok().and_then(known_type);
                Some((bytes(&entry.file_name()).to_vec(), known))
            })
            .collect();
        for (name, known) in listed {
            let path = joined(&entry.path, &name);
            let child = Entry::new(path, entry.root, entry.depth + 1, known, request.follow);
            self.visit(&child, device, above);
            if self.quit {
                break;
            }
        }
        above.pop();
    }

    /// Tests a file, and does to it what the expression says.
    fn test(&mut self, expression: &Expression, entry: &Entry<'_>) -> bool {
        match expression {
            Expression::And(all) => all.iter().all(|one| !self.quit && self.test(one, entry)),
            Expression::Or(all) => all.iter().any(|one| !self.quit && self.test(one, entry)),
            Expression::List(all) => {
                let mut last = true;
                for one in all {
                    last = self.test(one, entry);
                }
                last
            }
            Expression::Not(one) => !self.test(one, entry),
            Expression::True => true,
            Expression::False => false,
            Expression::Name(pattern, ignore_case) => glob(pattern, entry.name(), *ignore_case),
            Expression::Path(pattern, ignore_case) => glob(pattern, &entry.path, *ignore_case),
            Expression::LinkName(pattern, ignore_case) => {
                entry.known_type.is_none_or(|known| known == FileType::Link)
                    && fs::read_link(os_string(entry.path.clone()))
                        .is_ok_and(|target| glob(pattern, bytes(target.as_os_str()), *ignore_case))
            }
            Expression::Regex(pattern) => pattern.is_match(&entry.path),
            Expression::Type(types, through) => {
                let file_type = if *through {
                    berth_guest::status(&entry.path, !self.request.follow)
                        .or_else(|_| berth_guest::status(&entry.path, false))
                        .ok()
                        .map(|status| status.file_type)
                } else {
                    entry.file_type()
                };
                file_type.is_some_and(|file_type| types.contains(&file_type))
            }
            Expression::Empty => match entry.file_type() {
                Some(FileType::Directory) => fs::read_dir(os_string(entry.path.clone()))
                    .is_ok_and(|mut entries| entries.next().is_none()),
                Some(FileType::Regular) => entry.status().is_some_and(|status| status.size == 0),
                _ => false,
            },
            Expression::Access(bit) => entry.status().is_some_and(|status| {
                let shift = if status.user == user() { 6 } else { 0 };
                status.mode >> shift & bit != 0 || (user() == 0 && *bit != 1)
            }),
            Expression::Prune => {
                self.pruned = true;
                true
            }
            Expression::Quit => {
                self.quit = true;
                true
            }
            Expression::Size(..)
            | Expression::Age(..)
            | Expression::Newer(..)
            | Expression::Perm(_)
            | Expression::User(_)
            | Expression::Group(_)
            | Expression::UserNumber(_)
            | Expression::GroupNumber(_)
            | Expression::Nobody
            | Expression::Links(_)
            | Expression::Inode(_)
            | Expression::SameFile(..) => entry
                .status()
                .is_some_and(|status| known(expression, status, self.request.now)),
            action => self.act(action, entry),
        }
    }
}

/// Tests what only a look at the file tells.
fn known(expression: &Expression, status: &Status, now: i64) -> bool {
    let time = |which| match which {
        Which::Accessed => status.accessed,
        Which::Changed => status.changed,
        Which::Modified => status.modified,
    };
    match expression {
        Expression::Size(amount, unit) => amount.holds(status.size.div_ceil(*unit)),
        Expression::Age(which, amount, unit) => {
            let age = u64::try_from(now - time(*which).0).unwrap_or(0);
            // Minutes are rounded up, days are cut off.
            let units = if *unit == 60 {
                age.div_ceil(*unit)
            } else {
                age / unit
            };
            amount.holds(units)
        }
        Expression::Newer(which, than) => time(*which) > *than,
        Expression::Perm(Bits::Exactly(mode)) => status.mode == *mode,
        Expression::Perm(Bits::All(mode)) => status.mode & mode == *mode,
        Expression::Perm(Bits::Any(mode)) => *mode == 0 || status.mode & mode != 0,
        Expression::User(id) => status.user == *id,
        Expression::Group(id) => status.group == *id,
        Expression::UserNumber(amount) => amount.holds(u64::from(status.user)),
        Expression::GroupNumber(amount) => amount.holds(u64::from(status.group)),
        Expression::Links(amount) => amount.holds(status.links),
        Expression::Inode(amount) => amount.holds(status.inode),
        Expression::SameFile(device, inode) => (status.device, status.inode) == (*device, *inode),
        _ => false,
    }
}

fn glob(pattern: &[u8], name: &[u8], ignore_case: bool) -> bool {
    let options = GlobOptions {
        ignore_case,
        ..GlobOptions::default()
    };
    glob_matches(pattern, name, options)
}

fn known_type(file_type: fs::FileType) -> Option<FileType> {
    if file_type.is_dir() {
        Some(FileType::Directory)
    } else if file_type.is_file() {
        Some(FileType::Regular)
    } else if file_type.is_symlink() {
        Some(FileType::Link)
    } else {
        None
    }
}

/// Who this process is.
fn user() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(1000)
}
