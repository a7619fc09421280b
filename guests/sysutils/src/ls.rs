//! `ls`, `dir` and `vdir`: what is in directories.
//!
//! Not uutils': on this target that one can know neither modes nor owners.

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use berth_guest::{FileType, Status};
use berth_multicall::time::{Moment, now};
use berth_multicall::{Output, bytes, complain, joined, mode, os_string, reason, text};
use berth_pattern::{GlobOptions, glob_matches};

use crate::space::human;
use berth_multicall::takes::{Given, Takes, read};

const TAKES: Takes = Takes {
    name: "ls",
    help: "\
Usage: ls [OPTION]... [FILE]...
List information about the FILEs (the current directory by default).

  -a, --all                  do not ignore entries starting with .
  -A, --almost-all           do not list implied . and ..
  -B, --ignore-backups       do not list implied entries ending with ~
  -b, --escape               print C-style escapes for nongraphic characters
  -C                         list entries by columns
  -c                         with -lt: sort by, and show, ctime
      --color[=WHEN]         color the output WHEN: always, auto or never
  -d, --directory            list directories themselves, not their contents
  -F, --classify             append indicator (one of */=>@|) to entries
  -f                         list all entries in directory order
      --full-time            like -l --time-style=full-iso
  -G, --no-group             in a long listing, don't print group names
  -g                         like -l, but do not list owner
      --group-directories-first
  -h, --human-readable       with -l and -s, print sizes like 1K 234M 2G etc.
  -H, -L, --dereference      show what symbolic links lead to
  -I, --ignore=PATTERN       do not list implied entries matching shell PATTERN
  -i, --inode                print the index number of each file
  -k, --kibibytes            default to 1024-byte blocks
  -l                         use a long listing format
  -m                         fill width with a comma separated list of entries
  -N, --literal              print entry names without quoting
  -n, --numeric-uid-gid      like -l, but list numeric user and group IDs
  -o                         like -l, but do not list group information
  -p                         append / indicator to directories
  -Q, --quote-name           enclose entry names in double quotes
  -q, --hide-control-chars   print ? instead of nongraphic characters
  -r, --reverse              reverse order while sorting
  -R, --recursive            list subdirectories recursively
  -S                         sort by file size, largest first
  -s, --size                 print the allocated size of each file, in blocks
      --sort=WORD            none, size, time, version, extension, name
  -t                         sort by time, newest first
      --time=WORD            atime, ctime, mtime
      --time-style=STYLE     full-iso, long-iso, iso, locale, +FORMAT
  -U                         do not sort; list entries in directory order
  -u                         with -lt: sort by, and show, access time
  -v                         natural sort of (version) numbers within text
  -w, --width=COLS           set output width to COLS
  -X                         sort alphabetically by entry extension
  -x                         list entries by lines instead of by columns
  -1                         list one file per line
",
    letters: "aABbCcdDFfGghHLI:ikKlmNnopQqrRSsE:tT:UuVvw:XxY:y:z1e",
    long: &[
        ("all", 'a'),
        ("almost-all", 'A'),
        ("ignore-backups", 'B'),
        ("escape", 'b'),
        ("directory", 'd'),
        ("classify", 'F'),
        ("file-type", 'K'),
        ("full-time", 'e'),
        ("no-group", 'G'),
        ("group-directories-first", 'D'),
        ("human-readable", 'h'),
        ("si", 'V'),
        ("dereference", 'L'),
        ("ignore", 'I'),
        ("hide", 'I'),
        ("inode", 'i'),
        ("kibibytes", 'k'),
        ("literal", 'N'),
        ("numeric-uid-gid", 'n'),
        ("quote-name", 'Q'),
        ("hide-control-chars", 'q'),
        ("show-control-chars", 'N'),
        ("reverse", 'r'),
        ("recursive", 'R'),
        ("size", 's'),
        ("sort", 'E'),
        ("time", 'T'),
        ("time-style", 'Y'),
        ("width", 'w'),
        ("format", 'y'),
        ("zero", 'z'),
    ],
    code: 2,
    command: false,
};

/// Files older or newer than this show their year.
const RECENT_SECONDS: i64 = 31_556_952 / 2;
/// Directories within directories that `-R` enters.
const DEPTH_MAX: usize = 1024;

/// `ls`.
pub fn ls(arguments: Vec<OsString>) -> i32 {
    main(arguments, None)
}

/// `dir`: `ls -C -b`.
pub fn dir(arguments: Vec<OsString>) -> i32 {
    main(arguments, Some('C'))
}

/// `vdir`: `ls -l -b`.
pub fn vdir(arguments: Vec<OsString>) -> i32 {
    main(arguments, Some('l'))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Long,
    Columns,
    Across,
    Commas,
    Lines,
}

struct Entry {
    name: Vec<u8>,
    path: Vec<u8>,
    file_type: Option<FileType>,
    status: Option<Status>,
    target: Option<Vec<u8>>,
}

struct Lister<'a> {
    given: &'a Given,
    layout: Layout,
    color: bool,
    terminal: bool,
    sort: char,
    time: char,
    width: usize,
    style: String,
    out: Output,
    code: i32,
    now: i64,
}

fn main(mut arguments: Vec<OsString>, preset: Option<char>) -> i32 {
    // `--color` takes its value only behind `=`, as `--classify` and `--hyperlink` do.
    let mut color_word = "never".to_owned();
    let mut operands_only = false;
    arguments.retain_mut(|argument| {
        let word = text(bytes(argument));
        operands_only |= word == "--";
        if operands_only {
            return true;
        }
        if let Some(when) = word
            .strip_prefix("--color")
            .or_else(|| word.strip_prefix("--colour"))
        {
            color_word = when.strip_prefix('=').unwrap_or("always").to_owned();
            return false;
        }
        if let Some(when) = word.strip_prefix("--classify=") {
            let on = when == "always" || when == "auto" && io::stdout().is_terminal();
            *argument = OsString::from("-F");
            return on;
        }
        !word.starts_with("--hyperlink")
            && !word.starts_with("--indicator-style")
            && !word.starts_with("--quoting-style")
    });
    let mut given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if let Some(letter) = preset {
        given.letters.insert(0, (letter, None));
        given.letters.insert(0, ('b', None));
    }
    let terminal = io::stdout().is_terminal();
    let mut lister = Lister {
        layout: if terminal {
            Layout::Columns
        } else {
            Layout::Lines
        },
        color: match color_word.as_str() {
            "always" | "yes" | "force" => true,
            "auto" | "tty" | "if-tty" => terminal,
            _ => false,
        },
        terminal,
        sort: 'n',
        time: 'm',
        width: width(&given),
        style: given.text('Y').unwrap_or_default(),
        out: Output::stdout(),
        code: 0,
        now: now(),
        given: &given,
    };
    lister.settle();
    lister.run();
    let flushed = lister.out.flush();
    match flushed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain("ls", format_args!("write error: {}", reason(&error)));
            2
        }
        _ => lister.code,
    }
}

fn width(given: &Given) -> usize {
    if let Some(width) = given.text('w').and_then(|word| word.parse::<usize>().ok()) {
        return if width == 0 { usize::MAX } else { width };
    }
    if let Ok(size) = berth_guest::tty_window_size(io::stdout().as_fd())
        && size.columns > 0
    {
        return usize::from(size.columns);
    }
    std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok())
        .unwrap_or(80)
}

impl Lister<'_> {
    /// The last option of each kind counts.
    fn settle(&mut self) {
        for (letter, value) in &self.given.letters {
            let word = value.as_deref().map(text).unwrap_or_default();
            match letter {
                'l' | 'g' | 'n' | 'o' | 'e' => self.layout = Layout::Long,
                'C' => self.layout = Layout::Columns,
                'x' => self.layout = Layout::Across,
                'm' => self.layout = Layout::Commas,
                '1' | 'z' if self.layout != Layout::Long => self.layout = Layout::Lines,
                'y' => {
                    self.layout = match word.as_str() {
                        "long" | "verbose" => Layout::Long,
                        "across" | "horizontal" => Layout::Across,
                        "commas" => Layout::Commas,
                        "single-column" => Layout::Lines,
                        _ => Layout::Columns,
                    }
                }
                'S' | 't' | 'U' | 'X' | 'v' => self.sort = *letter,
                'f' => self.sort = 'U',
                'c' => self.time = 'c',
                'u' => self.time = 'a',
                'E' => {
                    self.sort = match word.as_str() {
                        "size" => 'S',
                        "time" => 't',
                        "none" => 'U',
                        "extension" => 'X',
                        "version" => 'v',
                        _ => 'n',
                    }
                }
                'T' => {
                    self.time = match word.as_str() {
                        "atime" | "access" | "use" => 'a',
                        "ctime" | "status" => 'c',
                        _ => 'm',
                    }
                }
                _ => {}
            }
        }
        if self.given.has('e') {
            self.style = "full-iso".to_owned();
        }
        // `-c` and `-u` sort by that time unless times are only shown.
        if self.sort == 'n'
            && self.layout != Layout::Long
            && (self.given.has('c') || self.given.has('u'))
        {
            self.sort = 't';
        }
    }

    fn run(&mut self) {
        let roots = if self.given.operands.is_empty() {
            vec![b".".to_vec()]
        } else {
            self.given.operands.clone()
        };
        let (mut files, mut directories) = (Vec::new(), Vec::new());
        for root in &roots {
            let long = self.layout == Layout::Long || self.given.has('F') || self.given.has('d');
            let follow = self.given.has('L') || self.given.has('H') || !long;
            let status =
                berth_guest::status(root, follow).or_else(|_| berth_guest::status(root, false));
            match status {
                Ok(status) => {
                    let entry = self.entry(root.clone(), root.clone(), Some(status));
                    if status.file_type == FileType::Directory && !self.given.has('d') {
                        directories.push(entry);
                    } else {
                        files.push(entry);
                    }
                }
                Err(error) => {
                    self.code = 2;
                    complain(
                        "ls",
                        format_args!("cannot access '{}': {}", text(root), reason(&error)),
                    );
                }
            }
        }
        self.sorted(&mut files);
        self.sorted(&mut directories);
        let headed = roots.len() > 1 || self.given.has('R');
        let mut first = files.is_empty();
        if !files.is_empty() {
            self.print(&files, false);
        }
        for directory in directories {
            self.directory(&directory.path, headed, &mut first, 0);
        }
    }

    fn directory(&mut self, path: &[u8], headed: bool, first: &mut bool, depth: usize) {
        let mut entries = match self.contents(path) {
            Ok(entries) => entries,
            Err(error) => {
                self.code = if depth == 0 { 2 } else { self.code.max(1) };
                complain(
                    "ls",
                    format_args!("cannot open directory '{}': {}", text(path), reason(&error)),
                );
                return;
            }
        };
        if !*first {
            let _ = self.out.write_all(b"\n");
        }
        *first = false;
        if headed {
            let _ = writeln!(self.out, "{}:", text(path));
        }
        self.sorted(&mut entries);
        self.print(&entries, true);
        if self.given.has('R') && depth < DEPTH_MAX {
            for entry in entries {
                let dots = matches!(&entry.name[..], b"." | b"..");
                if entry.file_type == Some(FileType::Directory) && !dots {
                    self.directory(&entry.path, headed, first, depth + 1);
                }
            }
        }
    }

    fn contents(&mut self, path: &[u8]) -> io::Result<Vec<Entry>> {
        let all = self.given.has('a') || self.given.has('f');
        let hidden = all || self.given.has('A');
        let ignored: Vec<_> = self
            .given
            .letters
            .iter()
            .filter(|(letter, _)| *letter == 'I')
            .filter_map(|(_, value)| value.clone())
            .collect();
        let mut entries = Vec::new();
        let listed = fs::read_dir(os_string(path))?;
        if all {
            for name in [&b"."[..], b".."] {
                entries.push(self.entry(name.to_vec(), joined(path, name), None));
            }
        }
        for found in listed {
            let found = found?;
            let name = bytes(&found.file_name()).to_vec();
            let skipped = (name.starts_with(b".") && !hidden)
                || (self.given.has('B') && name.ends_with(b"~"))
                || ignored
                    .iter()
                    .any(|glob| glob_matches(glob, &name, GlobOptions::default()));
            if skipped {
                continue;
            }
            let known = found.file_type().ok().and_then(|kind| {
                if kind.is_dir() {
                    Some(FileType::Directory)
                } else if kind.is_file() {
                    Some(FileType::Regular)
                } else {
                    None
                }
            });
            let path = joined(path, &name);
            let needs_status = self.needs_status() || known.is_none();
            let mut entry = if needs_status {
                self.entry(name, path, None)
            } else {
                Entry {
                    name,
                    path,
                    file_type: known,
                    status: None,
                    target: None,
                }
            };
            if entry.file_type.is_none() {
                entry.file_type = known;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Whether a look at every file is needed, rather than its name and type.
    fn needs_status(&self) -> bool {
        self.layout == Layout::Long
            || self.color
            || matches!(self.sort, 'S' | 't')
            || ['F', 'i', 's', 'L']
                .into_iter()
                .any(|letter| self.given.has(letter))
    }

    fn entry(&mut self, name: Vec<u8>, path: Vec<u8>, status: Option<Status>) -> Entry {
        let status = match status {
            Some(status) => Some(status),
            None => {
                let found = berth_guest::status(&path, self.given.has('L'));
                match found.or_else(|_| berth_guest::status(&path, false)) {
                    Ok(status) => Some(status),
                    Err(error) => {
                        self.code = self.code.max(1);
                        complain(
                            "ls",
                            format_args!("cannot access '{}': {}", text(&path), reason(&error)),
                        );
                        None
                    }
                }
            }
        };
        let file_type = status.map(|status| status.file_type);
        let target = (file_type == Some(FileType::Link))
            .then(|| fs::read_link(os_string(&path[..])).ok())
            .flatten()
            .map(|target| bytes(target.as_os_str()).to_vec());
        Entry {
            name,
            path,
            file_type,
            status,
            target,
        }
    }

    fn time_of(&self, entry: &Entry) -> (i64, u32) {
        entry.status.map_or((0, 0), |status| match self.time {
            'a' => status.accessed,
            'c' => status.changed,
            _ => status.modified,
        })
    }

    fn sorted(&self, entries: &mut [Entry]) {
        let size = |entry: &Entry| entry.status.map_or(0, |status| status.size);
        let extension = |entry: &Entry| match entry.name.iter().rposition(|byte| *byte == b'.') {
            Some(at) => entry.name[at..].to_vec(),
            None => Vec::new(),
        };
        match self.sort {
            'U' => {}
            'S' => entries.sort_by(|one, other| {
                size(other)
                    .cmp(&size(one))
                    .then_with(|| one.name.cmp(&other.name))
            }),
            't' => entries.sort_by(|one, other| {
                self.time_of(other)
                    .cmp(&self.time_of(one))
                    .then_with(|| one.name.cmp(&other.name))
            }),
            'X' => entries.sort_by(|one, other| {
                extension(one)
                    .cmp(&extension(other))
                    .then_with(|| one.name.cmp(&other.name))
            }),
            'v' => entries.sort_by(|one, other| natural(&one.name, &other.name)),
            _ => entries.sort_by(|one, other| one.name.cmp(&other.name)),
        }
        if self.given.has('r') {
            entries.reverse();
        }
        if self.given.has('D') {
            entries.sort_by_key(|entry| entry.file_type != Some(FileType::Directory));
        }
    }

    fn print(&mut self, entries: &[Entry], directory: bool) {
        let written = match self.layout {
            Layout::Long => self.long(entries, directory),
            Layout::Lines => self.lines(entries, directory),
            Layout::Commas => self.commas(entries),
            Layout::Columns | Layout::Across => self.columns(entries, directory),
        };
        if written.is_err() {
            // Nobody reads any more; that is told when all is flushed.
            self.code = 2;
        }
    }

    /// A name as it is shown, with its color and sign, and how wide it is.
    fn shown(&self, entry: &Entry) -> (String, usize) {
        let name = self.quoted(&entry.name);
        let mut width = display_width(&name);
        let mut out = match self.color.then(|| color(entry)).flatten() {
            Some(code) => format!("\x1b[{code}m{name}\x1b[0m"),
            None => name,
        };
        let long_link = self.layout == Layout::Long && entry.target.is_some();
        if let Some(sign) = self.sign(entry).filter(|_| !long_link) {
            out.push(sign);
            width += 1;
        }
        (out, width)
    }

    fn sign(&self, entry: &Entry) -> Option<char> {
        let classify = self.given.has('F');
        match entry.file_type? {
            FileType::Directory if classify || self.given.has('p') || self.given.has('K') => {
                Some('/')
            }
            FileType::Link if classify || self.given.has('K') => Some('@'),
            FileType::Fifo if classify => Some('|'),
            FileType::Socket if classify => Some('='),
            FileType::Regular
                if classify && entry.status.is_some_and(|status| status.mode & 0o111 != 0) =>
            {
                Some('*')
            }
            _ => None,
        }
    }

    fn quoted(&self, name: &[u8]) -> String {
        let name = text(name);
        if self.given.has('Q') {
            return format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        }
        if self.given.has('b') {
            return name
                .replace('\\', "\\\\")
                .replace(' ', "\\ ")
                .replace('\n', "\\n")
                .replace('\t', "\\t");
        }
        if !self.terminal || self.given.has('N') {
            return if self.given.has('q') {
                name.replace(char::is_control, "?")
            } else {
                name
            };
        }
        let plain = |letter: char| {
            letter.is_alphanumeric()
                || "-_./+:@%,~^=".contains(letter)
                || !letter.is_ascii() && !letter.is_control()
        };
        if !name.is_empty() && name.chars().all(plain) && !name.starts_with('~') {
            name
        } else if name.chars().any(char::is_control) {
            format!("''$'{}'", name.escape_default())
        } else if name.contains('\'') && !name.contains(['"', '$', '`', '\\']) {
            format!("\"{name}\"")
        } else {
            format!("'{}'", name.replace('\'', "'\\''"))
        }
    }

    /// Inode and blocks, where they are asked for.
    fn lead(&self, entry: &Entry, widths: (usize, usize)) -> String {
        let mut lead = String::new();
        if self.given.has('i') {
            let inode = entry
                .status
                .map_or("?".to_owned(), |status| status.inode.to_string());
            lead.push_str(&format!("{inode:>width$} ", width = widths.0));
        }
        if self.given.has('s') {
            lead.push_str(&format!(
                "{:>width$} ",
                self.blocks(entry),
                width = widths.1
            ));
        }
        lead
    }

    fn blocks(&self, entry: &Entry) -> String {
        let bytes = entry
            .status
            .map_or(0, |status| status.blocks * berth_guest::BLOCK_BYTES);
        if self.given.has('h') {
            human(bytes, 1024)
        } else {
            (bytes / 1024).to_string()
        }
    }

    fn lead_widths(&self, entries: &[Entry]) -> (usize, usize) {
        let inode = entries
            .iter()
            .filter_map(|entry| entry.status)
            .map(|status| status.inode.to_string().len())
            .max();
        let blocks = entries.iter().map(|entry| self.blocks(entry).len()).max();
        (inode.unwrap_or(1), blocks.unwrap_or(1))
    }

    fn total(&mut self, entries: &[Entry]) -> io::Result<()> {
        let bytes: u64 = entries
            .iter()
            .filter_map(|entry| entry.status)
            .map(|status| status.blocks * berth_guest::BLOCK_BYTES)
            .sum();
        let total = if self.given.has('h') {
            human(bytes, 1024)
        } else {
            (bytes / 1024).to_string()
        };
        writeln!(self.out, "total {total}")
    }

    fn lines(&mut self, entries: &[Entry], directory: bool) -> io::Result<()> {
        if directory && self.given.has('s') {
            self.total(entries)?;
        }
        let widths = self.lead_widths(entries);
        let end = if self.given.has('z') { '\0' } else { '\n' };
        for entry in entries {
            let (name, _) = self.shown(entry);
            let lead = self.lead(entry, widths);
            if self.terminal
                || self.color
                || self.given.has('Q')
                || self.given.has('b')
                || self.given.has('q')
            {
                write!(self.out, "{lead}{name}{end}")?;
            } else {
                // As the bytes they are.
                self.out.write_all(lead.as_bytes())?;
                self.out.write_all(&entry.name)?;
                let sign = self.sign(entry).map(String::from).unwrap_or_default();
                write!(self.out, "{sign}{end}")?;
            }
        }
        Ok(())
    }

    fn commas(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut column = 0;
        for (index, entry) in entries.iter().enumerate() {
            let (name, width) = self.shown(entry);
            let comma = if index + 1 < entries.len() { "," } else { "" };
            if index > 0 {
                if column + width + 2 > self.width {
                    self.out.write_all(b"\n")?;
                    column = 0;
                } else {
                    self.out.write_all(b" ")?;
                    column += 1;
                }
            }
            write!(self.out, "{name}{comma}")?;
            column += width + 1;
        }
        self.out.write_all(b"\n")
    }

    fn columns(&mut self, entries: &[Entry], directory: bool) -> io::Result<()> {
        if directory && self.given.has('s') {
            self.total(entries)?;
        }
        if entries.is_empty() {
            return Ok(());
        }
        let lead_widths = self.lead_widths(entries);
        let cells: Vec<(String, usize)> = entries
            .iter()
            .map(|entry| {
                let (name, width) = self.shown(entry);
                let lead = self.lead(entry, lead_widths);
                let lead_width = lead.len();
                (lead + &name, width + lead_width)
            })
            .collect();
        let across = self.layout == Layout::Across;
        let count = cells.len();
        let place = |row: usize, column: usize, rows: usize, columns: usize| {
            if across {
                row * columns + column
            } else {
                column * rows + row
            }
        };
        let mut best = (count, vec![0]);
        for columns in (1..=count.min(self.width / 3 + 1)).rev() {
            let rows = count.div_ceil(columns);
            let widths: Vec<usize> = (0..columns)
                .map(|column| {
                    (0..rows)
                        .filter_map(|row| cells.get(place(row, column, rows, columns)))
                        .map(|cell| cell.1)
                        .max()
                        .unwrap_or(0)
                })
                .collect();
            let used = widths.iter().filter(|width| **width > 0).count();
            if widths.iter().sum::<usize>() + 2 * (used.max(1) - 1) <= self.width || columns == 1 {
                best = (rows, widths);
                break;
            }
        }
        let (rows, widths) = best;
        for row in 0..rows {
            let mut line = String::new();
            let mut pending = 0;
            for (column, width) in widths.iter().enumerate() {
                let Some((cell, cell_width)) = cells.get(place(row, column, rows, widths.len()))
                else {
                    continue;
                };
                line.push_str(&" ".repeat(pending));
                line.push_str(cell);
                pending = width + 2 - cell_width;
            }
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn long(&mut self, entries: &[Entry], directory: bool) -> io::Result<()> {
        if directory {
            self.total(entries)?;
        }
        let numeric = self.given.has('n');
        let user = |status: &Status| {
            if numeric {
                status.user.to_string()
            } else {
                mode::name_of("/etc/passwd", status.user)
            }
        };
        let group = |status: &Status| {
            if numeric {
                status.group.to_string()
            } else {
                mode::name_of("/etc/group", status.group)
            }
        };
        let human_sizes = self.given.has('h');
        let si = self.given.has('V');
        let size = |status: &Status| {
            if si {
                human(status.size, 1000)
            } else if human_sizes {
                human(status.size, 1024)
            } else {
                status.size.to_string()
            }
        };
        let mut names: Vec<(u32, u32, String, String)> = Vec::new();
        let mut rows: Vec<Option<[String; 5]>> = Vec::new();
        for entry in entries {
            rows.push(entry.status.as_ref().map(|status| {
                let known = names
                    .iter()
                    .position(|(user, group, ..)| (*user, *group) == (status.user, status.group));
                let known = known.unwrap_or_else(|| {
                    names.push((status.user, status.group, user(status), group(status)));
                    names.len() - 1
                });
                let (.., user, group) = &names[known];
                [
                    mode::letters(status.file_type, status.mode),
                    status.links.to_string(),
                    user.clone(),
                    group.clone(),
                    size(status),
                ]
            }));
        }
        let width = |column: usize| {
            rows.iter()
                .flatten()
                .map(|row| row[column].len())
                .max()
                .unwrap_or(1)
        };
        let widths: Vec<usize> = (0..5).map(width).collect();
        let lead_widths = self.lead_widths(entries);
        let (no_user, no_group) = (
            self.given.has('g'),
            self.given.has('G') || self.given.has('o'),
        );
        for (entry, row) in entries.iter().zip(&rows) {
            let mut line = self.lead(entry, lead_widths);
            match row {
                Some([letters, links, user, group, size]) => {
                    line.push_str(&format!("{letters} {links:>width$} ", width = widths[1]));
                    if !no_user {
                        line.push_str(&format!("{user:<width$} ", width = widths[2]));
                    }
                    if !no_group {
                        line.push_str(&format!("{group:<width$} ", width = widths[3]));
                    }
                    line.push_str(&format!("{size:>width$} ", width = widths[4]));
                    line.push_str(&self.date(self.time_of(entry)));
                }
                None => line.push_str("?????????? ? ? ? ?            ?"),
            }
            line.push(' ');
            line.push_str(&self.shown(entry).0);
            if let Some(target) = &entry.target {
                line.push_str(&format!(" -> {}", self.quoted(target)));
            }
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn date(&self, time: (i64, u32)) -> String {
        let moment = Moment::at(time.0);
        let recent = self.now >= time.0 && self.now - time.0 < RECENT_SECONDS;
        match self.style.as_str() {
            "full-iso" => format!("{}.{:09} +0000", moment.format("%F %T"), time.1),
            "long-iso" => moment.format("%F %R"),
            "iso" if recent => moment.format("%m-%d %R"),
            "iso" => moment.format("%F "),
            style if style.starts_with('+') => moment.format(&style[1..]),
            _ if recent => moment.format("%b %e %R"),
            _ => moment.format("%b %e  %Y"),
        }
    }
}

/// The color of a name, as `dircolors` has it by default.
fn color(entry: &Entry) -> Option<&'static str> {
    Some(match entry.file_type? {
        FileType::Directory => "01;34",
        FileType::Link if fs::metadata(os_string(&entry.path[..])).is_err() => "40;31;01",
        FileType::Link => "01;36",
        FileType::Fifo => "40;33",
        FileType::Socket => "01;35",
        FileType::CharacterDevice | FileType::BlockDevice => "40;33;01",
        FileType::Regular if entry.status.is_some_and(|status| status.mode & 0o111 != 0) => "01;32",
        FileType::Regular => {
            let name = text(&entry.name).to_ascii_lowercase();
            let extension = name
                .rsplit_once('.')
                .map(|(_, extension)| extension.to_owned())?;
            match extension.as_str() {
                "tar" | "tgz" | "gz" | "zip" | "xz" | "zst" | "bz2" | "7z" | "rar" | "deb"
                | "rpm" | "jar" => "01;31",
                "jpg" | "jpeg" | "gif" | "png" | "bmp" | "svg" | "webp" | "mp4" | "mkv"
                | "webm" | "avi" | "mov" => "01;35",
                "mp3" | "flac" | "ogg" | "wav" | "m4a" | "opus" => "00;36",
                _ => return None,
            }
        }
    })
}

/// Columns that a text takes on a terminal.
pub fn display_width(text: &str) -> usize {
    text.chars()
        .map(|character| match u32::from(character) {
            0x300..=0x36f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x1f300..=0x1f64f
            | 0x1f900..=0x1f9ff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

/// Numbers within names by their value.
fn natural(one: &[u8], other: &[u8]) -> std::cmp::Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (left, right) = (digits(one), digits(other));
        if left > 0 && right > 0 {
            let strip = |text: &[u8], length: usize| {
                let start = text[..length]
                    .iter()
                    .take_while(|byte| **byte == b'0')
                    .count();
                text[start..length].to_vec()
            };
            let (a, b) = (strip(one, left), strip(other, right));
            let ordering = a.len().cmp(&b.len()).then_with(|| a.cmp(&b));
            if ordering.is_ne() {
                return ordering;
            }
            (one, other) = (&one[left..], &other[right..]);
            continue;
        }
        match (one.split_first(), other.split_first()) {
            (None, None) => return std::cmp::Ordering::Equal,
            (None, _) => return std::cmp::Ordering::Less,
            (_, None) => return std::cmp::Ordering::Greater,
            (Some((a, rest)), Some((b, others))) => {
                if a != b {
                    return a.cmp(b);
                }
                (one, other) = (rest, others);
            }
        }
    }
}
