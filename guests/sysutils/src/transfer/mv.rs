//! `mv`.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};

use berth_guest::{FileType, Status};
use berth_multicall::{
    Options, bytes, joined, os_string, print_help, quoted, reason, text, usage_error,
};
use lexopt::Arg::{Long, Short, Value};

use super::backup::Backup;
use super::copier::{Copier, Follow, Make, Overwrite, Rules, described_mode, names_in};
use super::{Target, confirmed, inside, without_slashes};

const HELP: &str = "\
Usage: mv [OPTION]... [-T] SOURCE DEST
  or:  mv [OPTION]... SOURCE... DIRECTORY
  or:  mv [OPTION]... -t DIRECTORY SOURCE...
Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.

      --backup[=CONTROL]       make a backup of each existing destination file
  -b                           like --backup but does not accept an argument
  -f, --force                  do not prompt before overwriting
  -i, --interactive            prompt before overwrite
  -n, --no-clobber             do not overwrite an existing file
If you specify more than one of -i, -f, -n, only the final one takes effect.
      --strip-trailing-slashes remove any trailing slashes from each SOURCE argument
  -S, --suffix=SUFFIX          override the usual backup suffix
  -t, --target-directory=DIRECTORY  move all SOURCE arguments into DIRECTORY
  -T, --no-target-directory    treat DEST as a normal file
  -u, --update                 move only when the SOURCE file is newer than the destination file
                                 or when the destination file is missing
  -v, --verbose                explain what is being done

From one folder to another everything is copied and then removed.
";

const LONG: &[&str] = &[
    "backup",
    "force",
    "interactive",
    "no-clobber",
    "no-target-directory",
    "strip-trailing-slashes",
    "suffix",
    "target-directory",
    "update",
    "verbose",
    "help",
    "version",
];

struct Mover {
    /// For what is on another file system; its rules are the mover's too.
    copier: Copier,
    /// `-f` was the last word about overwriting.
    forced: bool,
    backup: Option<Backup>,
    verbose: bool,
    made: Vec<Vec<u8>>,
}

/// `mv`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(Ok(code)) | Ok(Err(code)) => code,
        Err(error) => usage_error("mv", &error, 1),
    }
}

fn run(arguments: Vec<OsString>) -> Result<Result<i32, i32>, lexopt::Error> {
    let mut rules = Rules {
        program: "mv",
        recursive: true,
        follow: Follow::Never,
        overwrite: Overwrite::Always,
        make: Make::Copy,
        preserve_mode: true,
        plain_mode: true,
        preserve_times: true,
        preserve_links: true,
        update: false,
        force: true,
        remove_destination: true,
        one_file_system: false,
        verbose: false,
        backup: None,
    };
    let mut target = Target::default();
    let (mut forced, mut strip) = (false, false);
    let (mut backup, mut suffix) = (None, None);
    let mut operands = Vec::new();
    let mut options = Options::new(arguments, LONG);
    while let Some(argument) = options.next()? {
        match argument {
            Long("backup") => {
                backup = Some(options.optional_value().map(|word| text(bytes(&word))))
            }
            Short('b') => backup = Some(None),
            Short('f') | Long("force") => (forced, rules.overwrite) = (true, Overwrite::Always),
            Short('i') | Long("interactive") => (forced, rules.overwrite) = (false, Overwrite::Ask),
            Short('n') | Long("no-clobber") => {
                (forced, rules.overwrite) = (false, Overwrite::Never)
            }
            Long("strip-trailing-slashes") => strip = true,
            Short('S') | Long("suffix") => {
                suffix = Some(text(bytes(&options.value()?)));
                backup.get_or_insert(None);
            }
            Short('t') | Long("target-directory") => {
                target.directory = Some(bytes(&options.value()?).to_vec())
            }
            Short('T') | Long("no-target-directory") => target.plain = true,
            Short('u') => rules.update = true,
            Long("update") => match options.optional_value().as_deref().map(bytes) {
                None | Some(b"older") => rules.update = true,
                Some(b"all") => rules.update = false,
                Some(b"none") => rules.overwrite = Overwrite::Never,
                Some(word) => {
                    return Err(format!("invalid argument {} for '--update'", quoted(word)).into());
                }
            },
            Short('v') | Long("verbose") => rules.verbose = true,
            Short('Z') => {}
            Long("help") => return Ok(Err(print_help("mv", HELP))),
            Long("version") => {
                let version = concat!("mv (Berth) ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(Err(print_help("mv", version)));
            }
            Value(word) => operands.push(bytes(&word).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    if strip {
        for operand in &mut operands {
            *operand = without_slashes(operand).to_vec();
        }
    }
    let backup = match backup.map(|control| Backup::new(control.as_deref(), suffix)) {
        None => None,
        Some(Ok(backup)) => backup,
        Some(Err(what)) => return Err(what.into()),
    };
    let (sources, target, is_directory) = match target.resolve("mv", operands) {
        Ok(resolved) => resolved,
        Err(code) => return Ok(Err(code)),
    };
    let mut mover = Mover {
        verbose: rules.verbose,
        copier: Copier::new(rules),
        forced,
        backup,
        made: Vec::new(),
    };
    for source in &sources {
        let to = if is_directory {
            inside(&target, source)
        } else {
            target.clone()
        };
        mover.shift(source, &to);
    }
    Ok(Ok(mover.copier.code()))
}

impl Mover {
    fn shift(&mut self, source: &[u8], to: &[u8]) {
        let found = match berth_guest::status(source, false) {
            Ok(found) => found,
            Err(error) => {
                let what = format!("cannot stat {}: {}", quoted(source), reason(&error));
                return self.copier.fail(&what);
            }
        };
        let kept = match berth_guest::status(to, false) {
            Ok(there) => match self.make_way(source, &found, to, &there) {
                Some(kept) => kept,
                None => return,
            },
            Err(_) => None,
        };
        match fs::rename(os_string(source), os_string(to)) {
            Ok(()) => {
                self.made.push(to.to_vec());
                let backup = kept.map_or(String::new(), |kept| {
                    format!(" (backup: {})", quoted(&kept))
                });
                self.tell(&format!(
                    "renamed {} -> {}{backup}",
                    quoted(source),
                    quoted(to)
                ));
            }
            Err(error) if error.kind() == ErrorKind::CrossesDevices => self.carry(source, to),
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                self.copier.fail(&format!(
                    "cannot move {} to a subdirectory of itself, {}",
                    quoted(source),
                    quoted(to)
                ));
            }
            Err(error) => {
                let what = format!(
                    "cannot move {} to {}: {}",
                    quoted(source),
                    quoted(to),
                    reason(&error)
                );
                self.copier.fail(&what);
            }
        }
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
        let rules = &self.copier.rules;
        let is_directory = found.file_type == FileType::Directory;
        let there_is_directory = there.file_type == FileType::Directory;
        if rules.overwrite == Overwrite::Never
            || rules.update && !is_directory && there.modified >= found.modified
        {
            return None;
        }
        if (found.device, found.inode) == (there.device, there.inode) {
            self.copier.fail(&format!(
                "{} and {} are the same file",
                quoted(source),
                quoted(to)
            ));
            return None;
        }
        if is_directory && !there_is_directory {
            self.copier.fail(&format!(
                "cannot overwrite non-directory {} with directory {}",
                quoted(to),
                quoted(source)
            ));
            return None;
        }
        if !is_directory && there_is_directory {
            self.copier.fail(&format!(
                "cannot overwrite directory {} with non-directory",
                quoted(to)
            ));
            return None;
        }
        if self.made.iter().any(|made| made == to) {
            self.copier.fail(&format!(
                "will not overwrite just-created {} with {}",
                quoted(to),
                quoted(source)
            ));
            return None;
        }
        let question = match rules.overwrite {
            Overwrite::Ask => Some(format!("mv: overwrite {}? ", quoted(to))),
            _ if !self.forced
                && there.file_type == FileType::Regular
                && there.mode & 0o200 == 0
                && io::stdin().is_terminal() =>
            {
                let bits = described_mode(there);
                Some(format!(
                    "mv: replace {}, overriding mode {bits}? ",
                    quoted(to)
                ))
            }
            _ => None,
        };
        if question.is_some_and(|question| !confirmed(&question)) {
            return None;
        }
        if let Some(backup) = &self.backup {
            return match backup.keep(to) {
                Ok(kept) => Some(Some(kept)),
                Err(error) => {
                    let what = format!("cannot backup {}: {}", quoted(to), reason(&error));
                    self.copier.fail(&what);
                    None
                }
            };
        }
        Some(None)
    }

    /// To another file system: a copy, and then the source goes.
    fn carry(&mut self, source: &[u8], to: &[u8]) {
        let is_empty_directory = fs::remove_dir(os_string(to));
        if let Err(error) = is_empty_directory
            && error.kind() == ErrorKind::DirectoryNotEmpty
        {
            let what = format!(
                "inter-device move failed: {} to {}; unable to remove target: {}",
                quoted(source),
                quoted(to),
                reason(&error)
            );
            return self.copier.fail(&what);
        }
        if !self.copier.copy_named(source, to) {
            return;
        }
        self.made.push(to.to_vec());
        if let Err((path, error)) = self.remove(source) {
            let what = format!("cannot remove {}: {}", quoted(&path), reason(&error));
            self.copier.fail(&what);
        }
    }

    fn remove(&self, path: &[u8]) -> Result<(), (Vec<u8>, io::Error)> {
        let named = |error| (path.to_vec(), error);
        let found = berth_guest::status(path, false).map_err(named)?;
        if found.file_type != FileType::Directory {
            fs::remove_file(os_string(path)).map_err(named)?;
            self.tell(&format!("removed {}", quoted(path)));
            return Ok(());
        }
        for name in names_in(path).map_err(named)? {
            self.remove(&joined(path, &name))?;
        }
        fs::remove_dir(os_string(path)).map_err(named)?;
        self.tell(&format!("removed directory {}", quoted(path)));
        Ok(())
    }

    fn tell(&self, what: &str) {
        if self.verbose {
            let _ = writeln!(io::stdout(), "{what}");
        }
    }
}
