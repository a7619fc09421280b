//! `tree`: directories as a drawing.

use std::ffi::OsString;
use std::fs;
use std::io::{IsTerminal, Write};

use berth_guest::FileType;
use berth_multicall::{
    Options, Output, bytes, joined, mode, number, os_string, print_help, text, usage_error,
};
use berth_pattern::{GlobOptions, glob_matches};
use lexopt::Arg::{Long, Short, Value};

const HELP: &str = "\
Usage: tree [-adfhiplsC] [-L level] [-I pattern] [-P pattern] [--noreport] [directory ...]
List directories as a tree.

  -a  all files, hidden ones too    -d  directories only       -f  full paths
  -i  no drawing                    -L  descend so many levels -s  sizes   -h  readable sizes
  -p  permissions                   -F  append / and * signs   -C  colors always   -n  never
  -I  leave out what matches        -P  only what matches      --noreport  no count at the end
  --dirsfirst  directories before files
";

/// Directories within directories that are shown.
const DEPTH_MAX: usize = 512;

#[derive(Default)]
struct Tree {
    all: bool,
    only_directories: bool,
    full: bool,
    plain: bool,
    sizes: bool,
    modes: bool,
    signs: bool,
    color: bool,
    first: bool,
    levels: Option<usize>,
    exclude: Vec<Vec<u8>>,
    include: Vec<Vec<u8>>,
    directories: usize,
    files: usize,
}

/// `tree`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(code) => code,
        Err(error) => usage_error("tree", &error, 1),
    }
}

fn run(arguments: Vec<OsString>) -> Result<i32, lexopt::Error> {
    let mut tree = Tree {
        color: std::io::stdout().is_terminal(),
        ..Tree::default()
    };
    let (mut roots, mut report) = (Vec::new(), true);
    let mut parser = Options::new(arguments, &["help", "version", "noreport", "dirsfirst"]);
    while let Some(argument) = parser.next()? {
        let globs = |value: OsString| {
            bytes(&value)
                .split(|byte| *byte == b'|')
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        };
        match argument {
            Short('a') => tree.all = true,
            Short('d') => tree.only_directories = true,
            Short('f') => tree.full = true,
            Short('i') => tree.plain = true,
            Short('s' | 'h') => tree.sizes = true,
            Short('p') => tree.modes = true,
            Short('F') => tree.signs = true,
            Short('C') => tree.color = true,
            Short('n') => tree.color = false,
            Short('L') => tree.levels = Some(number(&parser.value()?, "level")?),
            Short('I') => tree.exclude.extend(globs(parser.value()?)),
            Short('P') => tree.include.extend(globs(parser.value()?)),
            Short('l' | 'x' | 'N' | 'q' | 'v' | 'r' | 't' | 'u' | 'g' | 'D') => {}
            Long("noreport") => report = false,
            Long("dirsfirst") => tree.first = true,
            Long("help") => return Ok(print_help("tree", HELP)),
            Long("version") => {
                return Ok(print_help(
                    "tree",
                    concat!("tree (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                ));
            }
            Value(root) => roots.push(bytes(&root).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    if roots.is_empty() {
        roots.push(b".".to_vec());
    }
    let mut out = Output::stdout();
    let mut code = 0;
    for root in roots {
        if fs::read_dir(os_string(&root[..])).is_err() {
            code = 2;
            let _ = writeln!(out, "{}  [error opening dir]", text(&root));
            continue;
        }
        let _ = writeln!(out, "{}", tree.painted(&root, &text(&root)));
        tree.below(&root, &mut String::new(), 1, &mut out);
    }
    if report {
        let plural = |count: usize, one: &str, many: &str| {
            format!("{count} {}", if count == 1 { one } else { many })
        };
        let directories = plural(tree.directories, "directory", "directories");
        let files = if tree.only_directories {
            String::new()
        } else {
            format!(", {}", plural(tree.files, "file", "files"))
        };
        let _ = writeln!(out, "\n{directories}{files}");
    }
    let _ = out.flush();
    Ok(code)
}

impl Tree {
    fn below(&mut self, path: &[u8], prefix: &mut String, depth: usize, out: &mut Output) {
        if depth > DEPTH_MAX || self.levels.is_some_and(|levels| depth > levels) {
            return;
        }
        let mut entries: Vec<(Vec<u8>, bool, bool)> = fs::read_dir(os_string(path))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| {
                let kind = entry.file_type();
                let directory = kind.as_ref().is_ok_and(|kind| kind.is_dir());
                (
                    bytes(&entry.file_name()).to_vec(),
                    directory,
                    kind.is_ok_and(|kind| kind.is_symlink()),
                )
            })
            .filter(|(name, directory, _)| self.wanted(name, *directory))
            .collect();
        entries.sort();
        if self.first {
            entries.sort_by_key(|(_, directory, _)| !directory);
        }
        let count = entries.len();
        for (index, (name, directory, link)) in entries.into_iter().enumerate() {
            let last = index + 1 == count;
            let child = joined(path, &name);
            let shown = if self.full { text(&child) } else { text(&name) };
            let mut line = if self.plain {
                String::new()
            } else {
                format!(
                    "{prefix}{}",
                    if last {
                        "\u{2514}\u{2500}\u{2500} "
                    } else {
                        "\u{251c}\u{2500}\u{2500} "
                    }
                )
            };
            if self.sizes || self.modes {
                let status = berth_guest::status(&child, false).ok();
                let mut facts = Vec::new();
                if self.modes {
                    facts.push(status.map_or(String::new(), |status| {
                        mode::letters(status.file_type, status.mode)
                    }));
                }
                if self.sizes {
                    facts.push(format!("{:>11}", status.map_or(0, |status| status.size)));
                }
                line.push_str(&format!("[{}]  ", facts.join(" ")));
            }
            line.push_str(&self.painted(&child, &shown));
            if self.signs && directory {
                line.push('/');
            }
            if link && let Ok(target) = fs::read_link(os_string(&child[..])) {
                line.push_str(&format!(" -> {}", target.display()));
            }
            let _ = writeln!(out, "{line}");
            if directory {
                self.directories += 1;
                let length = prefix.len();
                prefix.push_str(if last {
                    "    "
                } else {
                    "\u{2502}\u{a0}\u{a0} "
                });
                self.below(&child, prefix, depth + 1, out);
                prefix.truncate(length);
            } else {
                self.files += 1;
            }
        }
    }

    fn wanted(&self, name: &[u8], directory: bool) -> bool {
        let matches = |globs: &[Vec<u8>]| {
            globs
                .iter()
                .any(|glob| glob_matches(glob, name, GlobOptions::default()))
        };
        (self.all || !name.starts_with(b"."))
            && (directory || !self.only_directories)
            && !matches(&self.exclude)
            && (directory || self.include.is_empty() || matches(&self.include))
    }

    fn painted(&self, path: &[u8], shown: &str) -> String {
        if !self.color {
            return shown.to_owned();
        }
        let Ok(status) = berth_guest::status(path, false) else {
            return shown.to_owned();
        };
        let code = match status.file_type {
            FileType::Directory => "01;34",
            FileType::Link => "01;36",
            _ if status.mode & 0o111 != 0 => "01;32",
            _ => return shown.to_owned(),
        };
        format!("\x1b[{code}m{shown}\x1b[0m")
    }
}
