//! `cp`.

use std::ffi::OsString;
use std::fs;

use berth_guest::FileType;
use berth_multicall::{
    Options, bytes, joined, os_string, print_help, quoted, reason, text, usage_error,
};
use lexopt::Arg::{Long, Short, Value};

use super::backup::Backup;
use super::copier::{Copier, Follow, Make, Overwrite, Rules};
use super::{Target, inside, without_slashes};

const HELP: &str = "\
Usage: cp [OPTION]... [-T] SOURCE DEST
  or:  cp [OPTION]... SOURCE... DIRECTORY
  or:  cp [OPTION]... -t DIRECTORY SOURCE...
Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.

  -a, --archive                same as -dR --preserve=all
      --attributes-only        don't copy the file data, just the attributes
      --backup[=CONTROL]       make a backup of each existing destination file
  -b                           like --backup but does not accept an argument
  -d                           same as --no-dereference --preserve=links
  -f, --force                  if an existing destination file cannot be opened, remove it and try again
  -i, --interactive            prompt before overwrite (overrides a previous -n option)
  -H                           follow command-line symbolic links in SOURCE
  -l, --link                   hard link files instead of copying
  -L, --dereference            always follow symbolic links in SOURCE
  -n, --no-clobber             do not overwrite an existing file (overrides a previous -i option)
  -P, --no-dereference         never follow symbolic links in SOURCE
  -p                           same as --preserve=mode,ownership,timestamps
      --preserve[=ATTR_LIST]   preserve: mode, ownership, timestamps, links, context, xattr, all
      --no-preserve=ATTR_LIST  don't preserve the specified attributes
      --parents                use full source file name under DIRECTORY
  -R, -r, --recursive          copy directories recursively
      --reflink[=WHEN], --sparse=WHEN   accepted; every copy is a plain one
      --remove-destination     remove each existing destination file before attempting to open it
      --strip-trailing-slashes remove any trailing slashes from each SOURCE argument
  -s, --symbolic-link          make symbolic links instead of copying
  -S, --suffix=SUFFIX          override the usual backup suffix
  -t, --target-directory=DIRECTORY  copy all SOURCE arguments into DIRECTORY
  -T, --no-target-directory    treat DEST as a normal file
  -u, --update                 copy only when the SOURCE file is newer than the destination file
                                 or when the destination file is missing
  -v, --verbose                explain what is being done
  -x, --one-file-system        stay on this file system

A session has one user, so ownership is what it is.
";

const LONG: &[&str] = &[
    "archive",
    "attributes-only",
    "backup",
    "copy-contents",
    "dereference",
    "force",
    "interactive",
    "link",
    "no-clobber",
    "no-dereference",
    "no-preserve",
    "no-target-directory",
    "one-file-system",
    "parents",
    "preserve",
    "recursive",
    "reflink",
    "remove-destination",
    "sparse",
    "strip-trailing-slashes",
    "suffix",
    "symbolic-link",
    "target-directory",
    "update",
    "verbose",
    "help",
    "version",
];

struct Request {
    rules: Rules,
    follow: Option<Follow>,
    target: Target,
    parents: bool,
    backup: Option<Option<String>>,
    suffix: Option<String>,
    operands: Vec<Vec<u8>>,
}

/// `cp`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let request = match parse(arguments) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error("cp", &error, 1),
    };
    match run(request) {
        Ok(code) | Err(code) => code,
    }
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    let mut request = Request {
        rules: Rules {
            program: "cp",
            recursive: false,
            follow: Follow::Always,
            overwrite: Overwrite::Always,
            make: Make::Copy,
            preserve_mode: false,
            plain_mode: true,
            preserve_times: false,
            preserve_links: false,
            update: false,
            force: false,
            remove_destination: false,
            one_file_system: false,
            verbose: false,
            backup: None,
        },
        follow: None,
        target: Target::default(),
        parents: false,
        backup: None,
        suffix: None,
        operands: Vec::new(),
    };
    let rules = &mut request.rules;
    let mut strip = false;
    let mut options = Options::new(arguments, LONG);
    while let Some(argument) = options.next()? {
        match argument {
            Short('a') | Long("archive") => {
                (rules.recursive, request.follow) = (true, Some(Follow::Never));
                keep(rules, "all", true)?;
            }
            Long("attributes-only") => rules.make = Make::AttributesOnly,
            Long("backup") => {
                request.backup = Some(options.optional_value().map(|word| text(bytes(&word))))
            }
            Short('b') => request.backup = Some(None),
            Short('d') => {
                request.follow = Some(Follow::Never);
                rules.preserve_links = true;
            }
            Short('f') | Long("force") => rules.force = true,
            Short('i') | Long("interactive") => rules.overwrite = Overwrite::Ask,
            Short('n') | Long("no-clobber") => rules.overwrite = Overwrite::Never,
            Short('H') => request.follow = Some(Follow::Named),
            Short('L') | Long("dereference") => request.follow = Some(Follow::Always),
            Short('P') | Long("no-dereference") => request.follow = Some(Follow::Never),
            Short('l') | Long("link") => rules.make = Make::HardLink,
            Short('s') | Long("symbolic-link") => rules.make = Make::SymbolicLink,
            Short('p') => keep(rules, "mode,ownership,timestamps", true)?,
            Long("preserve") => {
                let list = options.optional_value().map(|word| text(bytes(&word)));
                keep(
                    rules,
                    list.as_deref().unwrap_or("mode,ownership,timestamps"),
                    true,
                )?;
            }
            Long("no-preserve") => keep(rules, &text(bytes(&options.value()?)), false)?,
            Long("parents") => request.parents = true,
            Short('R' | 'r') | Long("recursive") => rules.recursive = true,
            Long("reflink") => drop(options.optional_value()),
            Long("sparse") => drop(options.value()?),
            Short('Z') | Long("copy-contents") => {}
            Long("remove-destination") => rules.remove_destination = true,
            Long("strip-trailing-slashes") => strip = true,
            Short('S') | Long("suffix") => {
                request.suffix = Some(text(bytes(&options.value()?)));
                request.backup.get_or_insert(None);
            }
            Short('t') | Long("target-directory") => {
                request.target.directory = Some(bytes(&options.value()?).to_vec())
            }
            Short('T') | Long("no-target-directory") => request.target.plain = true,
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
            Short('x') | Long("one-file-system") => rules.one_file_system = true,
            Long("help") => return Ok(Err(print_help("cp", HELP))),
            Long("version") => {
                let version = concat!("cp (Berth) ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(Err(print_help("cp", version)));
            }
            Value(word) => request.operands.push(bytes(&word).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    if strip {
        for operand in &mut request.operands {
            *operand = without_slashes(operand).to_vec();
        }
    }
    Ok(Ok(request))
}

/// `--preserve` and `--no-preserve`.
fn keep(rules: &mut Rules, list: &str, on: bool) -> Result<(), lexopt::Error> {
    for word in list.split(',') {
        match word {
            "mode" => {
                rules.preserve_mode = on;
                rules.plain_mode = on;
            }
            "timestamps" => rules.preserve_times = on,
            "links" => rules.preserve_links = on,
            "ownership" | "context" | "xattr" => {}
            "all" => {
                (rules.preserve_mode, rules.plain_mode) = (on, on);
                (rules.preserve_times, rules.preserve_links) = (on, on);
            }
            _ => {
                let option = if on { "--preserve" } else { "--no-preserve" };
                return Err(format!("invalid argument '{word}' for '{option}'").into());
            }
        }
    }
    Ok(())
}

fn run(mut request: Request) -> Result<i32, i32> {
    let by_default = if request.rules.recursive || request.rules.make == Make::HardLink {
        Follow::Never
    } else {
        Follow::Always
    };
    request.rules.follow = request.follow.unwrap_or(by_default);
    if let Some(control) = &request.backup {
        let backup = Backup::new(control.as_deref(), request.suffix.take());
        request.rules.backup =
            backup.map_err(|what| berth_multicall::usage_error_text("cp", &what, 1))?;
    }
    let (sources, target, is_directory) = request.target.resolve("cp", request.operands)?;
    let mut copier = Copier::new(request.rules);
    if request.parents && !is_directory {
        return Err(berth_multicall::usage_error_text(
            "cp",
            "with --parents, the destination must be a directory",
            1,
        ));
    }
    for source in &sources {
        let to = if request.parents {
            match make_parents(&copier, source, &target) {
                Ok(()) => joined(&target, strip_root(without_slashes(source))),
                Err(what) => {
                    copier.fail(&what);
                    continue;
                }
            }
        } else if is_directory {
            inside(&target, source)
        } else {
            target.clone()
        };
        copier.copy_named(source, &to);
    }
    Ok(copier.code())
}

fn strip_root(path: &[u8]) -> &[u8] {
    let start = path.iter().position(|byte| *byte != b'/');
    &path[start.unwrap_or(path.len())..]
}

/// Makes the directories around `source` below `target`.
fn make_parents(copier: &Copier, source: &[u8], target: &[u8]) -> Result<(), String> {
    let source = without_slashes(source);
    for (at, _) in source.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
        let part = &source[..at];
        if part.is_empty() || part.ends_with(b"/") {
            continue;
        }
        let to = joined(target, strip_root(part));
        if fs::metadata(os_string(&to[..])).is_ok() {
            continue;
        }
        let found = berth_guest::status(part, true).map_err(|error| {
            format!(
                "failed to get attributes of {}: {}",
                quoted(part),
                reason(&error)
            )
        })?;
        if found.file_type != FileType::Directory {
            return Err(format!("{} is not a directory", quoted(part)));
        }
        fs::create_dir(os_string(&to[..])).map_err(|error| {
            format!("cannot make directory {}: {}", quoted(&to), reason(&error))
        })?;
        let _ = berth_guest::set_mode(&to, true, found.mode);
        if copier.rules.verbose {
            println!("{} -> {}", text(part), text(&to));
        }
    }
    Ok(())
}
