//! Copying one thing, and everything below it.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;

use berth_guest::{FileType, Status};
use berth_multicall::{complain, joined, mode, os_string, path_bytes, quoted, reason};

use super::backup::Backup;
use super::{Identity, confirmed};

/// Bytes read at a time.
const COPY_BUFFER_BYTES: usize = 128 * 1024;
/// Permission bits that the creation mask takes from.
const PERMISSION_BITS: u32 = 0o777;
/// A directory that is being filled can be written, whatever its bits will be.
const OWNER_BITS: u32 = 0o700;

/// Which symbolic links are followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follow {
    /// None.
    Never,
    /// Those that were named.
    Named,
    /// All.
    Always,
}

/// What happens when the destination is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Overwrite {
    /// It is overwritten.
    #[default]
    Always,
    /// The user is asked.
    Ask,
    /// It stays.
    Never,
}

/// What is made of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Make {
    /// A copy.
    #[default]
    Copy,
    /// Another name for it.
    HardLink,
    /// A symbolic link to it.
    SymbolicLink,
    /// An empty file with its attributes.
    AttributesOnly,
}

/// How to copy.
pub struct Rules {
    /// `cp` or `mv`.
    pub program: &'static str,
    pub recursive: bool,
    pub follow: Follow,
    pub overwrite: Overwrite,
    pub make: Make,
    pub preserve_mode: bool,
    /// With `preserve_mode` unset: whether a new file gets its source's permissions at all.
    pub plain_mode: bool,
    pub preserve_times: bool,
    pub preserve_links: bool,
    /// Only what is newer than the destination, or missing there.
    pub update: bool,
    /// A destination that cannot be opened is removed.
    pub force: bool,
    /// Every destination is removed first.
    pub remove_destination: bool,
    /// Nothing of another file system.
    pub one_file_system: bool,
    pub verbose: bool,
    pub backup: Option<Backup>,
}

/// Copies under one set of rules, and remembers what it made.
pub struct Copier {
    pub rules: Rules,
    umask: u32,
    /// Files with several names that were copied, and where to.
    copied: HashMap<Identity, Vec<u8>>,
    /// Directories that were made: they are not copied into themselves.
    directories: HashSet<Identity>,
    /// Destinations that were made: two sources do not overwrite each other.
    made: HashSet<Vec<u8>>,
    /// The source that was named, and where it goes.
    named: (Vec<u8>, Vec<u8>),
    failed: bool,
}

/// A source directory and those around it, innermost first.
struct Around<'a> {
    identity: Identity,
    outer: Option<&'a Around<'a>>,
}

impl Around<'_> {
    fn contains(&self, identity: Identity) -> bool {
        self.identity == identity || self.outer.is_some_and(|outer| outer.contains(identity))
    }
}

fn identity(status: &Status) -> Identity {
    (status.device, status.inode)
}

impl Copier {
    /// A copier that has copied nothing yet.
    pub fn new(rules: Rules) -> Self {
        let umask = berth_guest::umask(0);
        berth_guest::umask(umask);
        Self {
            rules,
            umask,
            copied: HashMap::new(),
            directories: HashSet::new(),
            made: HashSet::new(),
            named: (Vec::new(), Vec::new()),
            failed: false,
        }
    }

    /// The exit code so far.
    pub fn code(&self) -> i32 {
        i32::from(self.failed)
    }

    /// Says that something went wrong.
    pub fn fail(&mut self, what: &str) {
        complain(self.rules.program, format_args!("{what}"));
        self.failed = true;
    }

    fn fail_with(&mut self, what: &str, error: &io::Error) {
        self.fail(&format!("{what}: {}", reason(error)));
    }

    /// Copies what was named; false if anything of it is missing in the destination.
    pub fn copy_named(&mut self, source: &[u8], to: &[u8]) -> bool {
        let before = std::mem::take(&mut self.failed);
        self.named = (source.to_vec(), to.to_vec());
        self.copy(source, to, true, None);
        let done = !self.failed;
        self.failed |= before;
        done
    }

    fn copy(&mut self, source: &[u8], to: &[u8], named: bool, around: Option<&Around<'_>>) {
        let follow = match self.rules.follow {
            Follow::Never => false,
            Follow::Named => named,
            Follow::Always => true,
        };
        let found = match berth_guest::status(source, follow) {
            Ok(found) => found,
            Err(error) => {
                return self.fail_with(&format!("cannot stat {}", quoted(source)), &error);
            }
        };
        let is_directory = found.file_type == FileType::Directory;
        if is_directory && !self.rules.recursive {
            return self.fail(&format!(
                "-r not specified; omitting directory {}",
                quoted(source)
            ));
        }
        let there = berth_guest::status(to, false).ok();
        let kept = match &there {
            Some(there) => match self.make_way(source, &found, to, there) {
                Some(kept) => kept,
                None => return,
            },
            None => None,
        };
        if is_directory {
            return self.copy_directory(source, &found, to, around);
        }
        self.made.insert(to.to_vec());
        let several = found.links > 1 || follow;
        if self.rules.preserve_links {
            // What is moved has lost its other names by the time the last of them comes.
            if (several || self.rules.program == "mv")
                && let Some(first) = self.copied.get(&identity(&found)).cloned()
            {
                let _ = fs::remove_file(os_string(to));
                if let Err(error) = fs::hard_link(os_string(&first[..]), os_string(to)) {
                    let what = format!(
                        "cannot create hard link {} to {}",
                        quoted(to),
                        quoted(&first)
                    );
                    self.fail_with(&what, &error);
                }
                return;
            }
            if several {
                self.copied.insert(identity(&found), to.to_vec());
            }
        }
        self.tell(source, to, kept.as_deref());
        self.make_file(source, &found, to);
    }

    /// Looks at what is in the destination's place. `None`: nothing is to be done. Otherwise the name of its backup, if
    /// it got one.
    fn make_way(
        &mut self,
        source: &[u8],
        found: &Status,
        to: &[u8],
        there: &Status,
    ) -> Option<Option<Vec<u8>>> {
        let rules = &self.rules;
        let is_directory = found.file_type == FileType::Directory;
        let behind = berth_guest::status(to, true).ok();
        let there_is_directory = behind
            .is_some_and(|behind| behind.file_type == FileType::Directory)
            && (there.file_type == FileType::Directory || is_directory);
        if is_directory && there_is_directory {
            return Some(None);
        }
        if is_directory {
            self.fail(&format!(
                "cannot overwrite non-directory {} with directory {}",
                quoted(to),
                quoted(source)
            ));
            return None;
        }
        if there_is_directory {
            self.fail(&format!(
                "cannot overwrite directory {} with non-directory",
                quoted(to)
            ));
            return None;
        }
        if rules.overwrite == Overwrite::Never
            || rules.update && (behind.unwrap_or(*there)).modified >= found.modified
        {
            return None;
        }
        let writes_through = found.file_type != FileType::Link && rules.make == Make::Copy;
        let same = identity(there) == identity(found)
            || writes_through && behind.is_some_and(|behind| identity(&behind) == identity(found));
        if same && !(rules.remove_destination || rules.backup.is_some()) {
            // A hard link to itself is what was asked for.
            if rules.make == Make::HardLink
                || rules.preserve_links && source != to && found.links > 1
            {
                return None;
            }
            self.fail(&format!(
                "{} and {} are the same file",
                quoted(source),
                quoted(to)
            ));
            return None;
        }
        if self.made.contains(to) {
            self.fail(&format!(
                "will not overwrite just-created {} with {}",
                quoted(to),
                quoted(source)
            ));
            return None;
        }
        if rules.overwrite == Overwrite::Ask
            && !confirmed(&format!("{}: overwrite {}? ", rules.program, quoted(to)))
        {
            // As GNU's: a refusal is no success of the whole, since version 9.2; Debian's 9.1 is silent.
            return None;
        }
        if let Some(backup) = &rules.backup {
            return match backup.keep(to) {
                Ok(kept) => Some(Some(kept)),
                Err(error) => {
                    self.fail_with(&format!("cannot backup {}", quoted(to)), &error);
                    None
                }
            };
        }
        let replaced = rules.remove_destination
            || found.file_type == FileType::Link
            || rules.force && rules.make != Make::Copy
            || rules.preserve_links && there.links > 1;
        if replaced && let Err(error) = fs::remove_file(os_string(to)) {
            self.fail_with(&format!("cannot remove {}", quoted(to)), &error);
            return None;
        }
        if !replaced && writes_through && there.file_type == FileType::Link && behind.is_none() {
            self.fail(&format!(
                "not writing through dangling symlink {}",
                quoted(to)
            ));
            return None;
        }
        Some(None)
    }

    fn tell(&self, source: &[u8], to: &[u8], kept: Option<&[u8]>) {
        if !self.rules.verbose {
            return;
        }
        let verb = if self.rules.program == "mv" {
            "copied "
        } else {
            ""
        };
        let backup = kept.map_or(String::new(), |kept| format!(" (backup: {})", quoted(kept)));
        let _ = writeln!(
            io::stdout(),
            "{verb}{} -> {}{backup}",
            quoted(source),
            quoted(to)
        );
    }

    fn copy_directory(
        &mut self,
        source: &[u8],
        found: &Status,
        to: &[u8],
        around: Option<&Around<'_>>,
    ) {
        if around.is_some_and(|around| around.contains(identity(found))) {
            return self.fail(&format!(
                "cannot copy cyclic symbolic link {}",
                quoted(source)
            ));
        }
        if self.directories.contains(&identity(found)) {
            return self.fail(&format!(
                "cannot copy a directory, {}, into itself, {}",
                quoted(&self.named.0),
                quoted(&self.named.1)
            ));
        }
        let is_new = match fs::create_dir(os_string(to)) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(error) => {
                return self.fail_with(&format!("cannot create directory {}", quoted(to)), &error);
            }
        };
        if is_new {
            if self.rules.verbose && self.rules.program == "mv" {
                let _ = writeln!(io::stdout(), "created directory {}", quoted(to));
            } else {
                self.tell(source, to, None);
            }
            let bits = found.mode & PERMISSION_BITS & !self.umask;
            let _ = berth_guest::set_mode(to, true, bits | OWNER_BITS);
            if let Ok(made) = berth_guest::status(to, true) {
                self.directories.insert(identity(&made));
            }
        }
        let around = Around {
            identity: identity(found),
            outer: around,
        };
        match names_in(source) {
            Ok(names) => {
                for name in names {
                    let child = joined(source, &name);
                    let other = self.rules.one_file_system
                        && berth_guest::status(&child, false)
                            .is_ok_and(|child| child.device != found.device);
                    if !other {
                        self.copy(&child, &joined(to, &name), false, Some(&around));
                    }
                }
            }
            Err(error) => self.fail_with(&format!("cannot access {}", quoted(source)), &error),
        }
        let result = self.settle(found, to, is_new);
        if let Err(error) = result {
            self.fail_with(&format!("preserving attributes of {}", quoted(to)), &error);
        }
    }

    fn make_file(&mut self, source: &[u8], found: &Status, to: &[u8]) {
        let made = match (self.rules.make, found.file_type) {
            (Make::HardLink, _) => {
                fs::hard_link(os_string(source), os_string(to)).map_err(|error| {
                    (
                        format!(
                            "cannot create hard link {} to {}",
                            quoted(to),
                            quoted(source)
                        ),
                        error,
                    )
                })
            }
            (Make::SymbolicLink, _) => {
                if !source.starts_with(b"/") && to.contains(&b'/') && !to.starts_with(b"./") {
                    return self.fail(&format!(
                        "{}: can make relative symbolic links only in current directory",
                        berth_multicall::text(to)
                    ));
                }
                berth_guest::symlink(source, to).map_err(|error| {
                    (
                        format!(
                            "cannot create symbolic link {} to {}",
                            quoted(to),
                            quoted(source)
                        ),
                        error,
                    )
                })
            }
            (_, FileType::Link) => fs::read_link(os_string(source))
                .map_err(|error| {
                    (
                        format!("cannot read symbolic link {}", quoted(source)),
                        error,
                    )
                })
                .and_then(|target| {
                    berth_guest::symlink(path_bytes(&target), to).map_err(|error| {
                        (format!("cannot create symbolic link {}", quoted(to)), error)
                    })
                })
                .map(|()| {
                    if self.rules.preserve_times {
                        let _ = berth_guest::set_times(to, false, found.accessed, found.modified);
                    }
                }),
            // A copy of one, and not of what somebody may write to it.
            (_, FileType::Fifo) if self.rules.recursive => {
                berth_guest::make_fifo(to, found.mode & PERMISSION_BITS)
                    .map_err(|error| (format!("cannot create fifo {}", quoted(to)), error))
            }
            _ => self.copy_contents(source, found, to),
        };
        if let Err((what, error)) = made {
            self.fail_with(&what, &error);
        }
    }

    fn copy_contents(
        &self,
        source: &[u8],
        found: &Status,
        to: &[u8],
    ) -> Result<(), (String, io::Error)> {
        let said = |verb: &str, name: &[u8]| {
            let what = format!("{verb} {}", quoted(name));
            move |error| (what, error)
        };
        let mut from = File::open(os_string(source))
            .map_err(said("cannot open", source))
            .map_err(|(what, error)| (format!("{what} for reading"), error))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let (mut out, is_new) = match options.open(os_string(to)) {
            Ok(out) => (out, true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let again = OpenOptions::new()
                    .write(true)
                    .truncate(true)
                    .open(os_string(to));
                match again {
                    Ok(out) => (out, false),
                    Err(_) if self.rules.force => {
                        fs::remove_file(os_string(to)).map_err(said("cannot remove", to))?;
                        let out = options.open(os_string(to));
                        (out.map_err(said("cannot create regular file", to))?, true)
                    }
                    Err(error) => return Err(said("cannot create regular file", to)(error)),
                }
            }
            Err(_) if to.ends_with(b"/") => {
                let error = io::Error::new(ErrorKind::NotADirectory, "Not a directory");
                return Err(said("cannot create regular file", to)(error));
            }
            Err(error) => return Err(said("cannot create regular file", to)(error)),
        };
        if self.rules.make == Make::Copy {
            let mut buffer = vec![0; COPY_BUFFER_BYTES];
            loop {
                let read = match from.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => read,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => return Err(said("error reading", source)(error)),
                };
                out.write_all(&buffer[..read])
                    .map_err(said("error writing", to))?;
            }
        }
        let is_plain = found.file_type == FileType::Regular;
        if self.rules.preserve_mode {
            let _ = berth_guest::set_fd_mode(out.as_fd(), found.mode);
        } else if is_new && is_plain && self.rules.plain_mode {
            let bits = found.mode & PERMISSION_BITS & !self.umask;
            berth_guest::set_fd_mode(out.as_fd(), bits)
                .map_err(said("setting permissions for", to))?;
        }
        drop(out);
        if self.rules.preserve_times {
            berth_guest::set_times(to, true, found.accessed, found.modified)
                .map_err(said("preserving times for", to))?;
        }
        Ok(())
    }

    /// Gives a filled directory the attributes that were asked for.
    fn settle(&self, found: &Status, to: &[u8], is_new: bool) -> io::Result<()> {
        if self.rules.preserve_mode {
            // A mount point keeps its own; nobody is hurt by that.
            let _ = berth_guest::set_mode(to, true, found.mode);
        } else if is_new && self.rules.plain_mode {
            berth_guest::set_mode(to, true, found.mode & PERMISSION_BITS & !self.umask)?;
        } else if is_new {
            berth_guest::set_mode(to, true, PERMISSION_BITS & !self.umask)?;
        }
        if self.rules.preserve_times {
            let _ = berth_guest::set_times(to, true, found.accessed, found.modified);
        }
        Ok(())
    }
}

/// The names in a directory.
pub fn names_in(directory: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(os_string(directory))? {
        names.push(berth_multicall::bytes(&entry?.file_name()).to_vec());
    }
    Ok(names)
}

/// Permission bits as a question shows them: `0444 (r--r--r--)`.
pub fn described_mode(status: &Status) -> String {
    let letters = mode::letters(status.file_type, status.mode);
    format!("{:04o} ({})", status.mode, &letters[1..])
}
