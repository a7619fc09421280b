//! `df` and `du`: how much room there is, and what takes it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;

use berth_guest::FileType;
use berth_multicall::{bytes, complain, joined, os_string, reason, size, text};
use berth_pattern::{GlobOptions, glob_matches};

use berth_multicall::takes::{Given, Takes, read};

const DF: Takes = Takes {
    name: "df",
    help: "\
Usage: df [OPTION]... [FILE]...
Show information about the file system on which each FILE resides, or all file systems by default.

  -a, --all             include pseudo file systems
  -B, --block-size=SIZE scale sizes by SIZE before printing them
  -h, --human-readable  print sizes in powers of 1024 (e.g., 1023M)
  -H, --si              print sizes in powers of 1000 (e.g., 1.1G)
  -i, --inodes          list inode information instead of block usage
  -k                    like --block-size=1K
  -m                    like --block-size=1M
  -P, --portability     use the POSIX output format
  -T, --print-type      print file system type
      --total           produce a grand total
",
    letters: "aB:hHikmPTtlx:",
    long: &[
        ("all", 'a'),
        ("block-size", 'B'),
        ("human-readable", 'h'),
        ("si", 'H'),
        ("inodes", 'i'),
        ("portability", 'P'),
        ("print-type", 'T'),
        ("total", 't'),
        ("local", 'l'),
    ],
    code: 1,
    command: false,
};

/// A line of `/proc/mounts`.
pub struct Mount {
    pub source: String,
    pub path: String,
    pub kind: String,
}

/// All mounts.
pub fn mounts() -> Vec<Mount> {
    let table = fs::read_to_string("/proc/mounts").unwrap_or_default();
    table
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').map(unescaped);
            Some(Mount {
                source: fields.next()?,
                path: fields.next()?,
                kind: fields.next()?,
            })
        })
        .collect()
}

/// Undoes the octal escapes of `getmntent(3)`.
fn unescaped(field: &str) -> String {
    [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ]
    .iter()
    .fold(field.to_owned(), |field, (from, to)| {
        field.replace(from, to)
    })
}

/// How sizes are written.
#[derive(Clone, Copy)]
enum Unit {
    Blocks(u64),
    Human(u64),
}

fn unit(given: &Given, default: u64) -> Unit {
    let mut unit = Unit::Blocks(default);
    for (letter, value) in &given.letters {
        unit = match letter {
            'h' => Unit::Human(1024),
            'H' => Unit::Human(1000),
            'k' => Unit::Blocks(1024),
            'm' => Unit::Blocks(1 << 20),
            'b' => Unit::Blocks(1),
            'B' => match value.as_deref().and_then(size) {
                Some(0) | None => unit,
                Some(bytes) => Unit::Blocks(bytes),
            },
            _ => unit,
        };
    }
    unit
}

/// A size as people read it: three digits, rounded up.
pub fn human(bytes: u64, base: u64) -> String {
    const LETTERS: [&str; 7] = ["", "K", "M", "G", "T", "P", "E"];
    let (mut power, mut scale) = (0, 1u64);
    while bytes / scale >= base && power + 1 < LETTERS.len() {
        scale *= base;
        power += 1;
    }
    let letter = if base == 1000 && power == 1 {
        "k"
    } else {
        LETTERS[power]
    };
    if power == 0 {
        return bytes.to_string();
    }
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(scale));
    if tenths < 100 {
        format!("{}.{}{letter}", tenths / 10, tenths % 10)
    } else {
        format!("{}{letter}", tenths.div_ceil(10))
    }
}

fn shown(bytes: u64, unit: Unit) -> String {
    match unit {
        Unit::Blocks(block) => bytes.div_ceil(block).to_string(),
        Unit::Human(base) => human(bytes, base),
    }
}

/// `df`.
pub fn df(arguments: Vec<OsString>) -> i32 {
    let given = match read(&DF, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let unit = unit(&given, 1024);
    let mounts = mounts();
    let mut code = 0;
    let chosen: Vec<&Mount> = if given.operands.is_empty() {
        mounts
            .iter()
            .filter(|mount| given.has('a') || !is_pseudo(&mount.kind))
            .collect()
    } else {
        let mut chosen = Vec::new();
        for file in &given.operands {
            match fs::canonicalize(os_string(&file[..])) {
                Ok(path) => chosen.extend(
                    mounts
                        .iter()
                        .filter(|mount| path.starts_with(&mount.path))
                        .max_by_key(|mount| mount.path.len()),
                ),
                Err(error) => {
                    code = 1;
                    complain("df", format_args!("{}: {}", text(file), reason(&error)));
                }
            }
        }
        chosen
    };
    let inodes = given.has('i');
    let mut heads = vec!["Filesystem".to_owned()];
    if given.has('T') {
        heads.push("Type".to_owned());
    }
    let size_head = match unit {
        Unit::Human(_) => "Size".to_owned(),
        Unit::Blocks(1024) if given.has('P') => "1024-blocks".to_owned(),
        Unit::Blocks(1024) => "1K-blocks".to_owned(),
        Unit::Blocks(block) => format!("{}-blocks", human(block, 1024)),
    };
    let capacity = if given.has('P') { "Capacity" } else { "Use%" };
    if inodes {
        heads.extend(["Inodes", "IUsed", "IFree", "IUse%", "Mounted on"].map(str::to_owned));
    } else {
        let available = if matches!(unit, Unit::Human(_)) {
            "Avail"
        } else {
            "Available"
        };
        heads.extend(
            [
                size_head.as_str(),
                "Used",
                available,
                capacity,
                "Mounted on",
            ]
            .map(str::to_owned),
        );
    }
    let mut rows = vec![heads];
    let mut total = (0u64, 0u64);
    for mount in chosen {
        let space = berth_guest::space(mount.path.as_bytes()).unwrap_or_default();
        let (limit, used) = if inodes {
            (space.names_limit, space.names_used)
        } else {
            (space.bytes_limit, space.bytes_used)
        };
        total = (total.0.saturating_add(limit), total.1.saturating_add(used));
        rows.push(row(
            &mount.source,
            &mount.kind,
            limit,
            used,
            &mount.path,
            &given,
            unit,
        ));
    }
    if given.has('t') {
        rows.push(row("total", "-", total.0, total.1, "-", &given, unit));
    }
    print_table(&rows, if given.has('T') { 2 } else { 1 });
    code
}

fn is_pseudo(kind: &str) -> bool {
    matches!(
        kind,
        "dev" | "proc" | "sysfs" | "cgroup2" | "mqueue" | "devpts"
    )
}

fn row(
    source: &str,
    kind: &str,
    limit: u64,
    used: u64,
    path: &str,
    given: &Given,
    unit: Unit,
) -> Vec<String> {
    let free = limit.saturating_sub(used);
    let percent = if limit == 0 {
        "-".to_owned()
    } else {
        format!("{}%", (u128::from(used) * 100).div_ceil(u128::from(limit)))
    };
    let mut row = vec![source.to_owned()];
    if given.has('T') {
        row.push(kind.to_owned());
    }
    let number = |value| {
        if given.has('i') {
            if matches!(unit, Unit::Human(_)) {
                human(value, 1024)
            } else {
                value.to_string()
            }
        } else {
            shown(value, unit)
        }
    };
    row.extend([
        number(limit),
        number(used),
        number(free),
        percent,
        path.to_owned(),
    ]);
    row
}

/// Prints columns: the first ones and the last one from the left, all between from the right.
fn print_table(rows: &[Vec<String>], left: usize) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    for row in rows {
        let cells: Vec<_> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| match column {
                _ if column + 1 == columns => cell.clone(),
                _ if column < left => format!("{cell:<width$}", width = width(column)),
                _ => format!("{cell:>width$}", width = width(column)),
            })
            .collect();
        println!("{}", cells.join(" "));
    }
}

const DU: Takes = Takes {
    name: "du",
    help: "\
Usage: du [OPTION]... [FILE]...
Summarize device usage of the set of FILEs, recursively for directories.

  -a, --all             write counts for all files, not just directories
      --apparent-size   print apparent sizes rather than device usage
  -B, --block-size=SIZE scale sizes by SIZE before printing them
  -b, --bytes           equivalent to '--apparent-size --block-size=1'
  -c, --total           produce a grand total
  -d, --max-depth=N     print the total for a directory only if it is N or fewer levels below
  -h, --human-readable  print sizes in human readable format (e.g., 1K 234M 2G)
      --si              like -h, but use powers of 1000 not 1024
  -k                    like --block-size=1K
  -L, --dereference     dereference all symbolic links
  -l, --count-links     count sizes many times if hard linked
  -m                    like --block-size=1M
  -S, --separate-dirs   for directories do not include size of subdirectories
  -s, --summarize       display only a total for each argument
  -x, --one-file-system skip directories on different file systems
      --exclude=PATTERN exclude files that match PATTERN
  -0, --null            end each output line with NUL, not newline
",
    letters: "aAB:bcd:hHkLlmSsxE:0DP",
    long: &[
        ("all", 'a'),
        ("apparent-size", 'A'),
        ("block-size", 'B'),
        ("bytes", 'b'),
        ("total", 'c'),
        ("max-depth", 'd'),
        ("human-readable", 'h'),
        ("si", 'H'),
        ("dereference", 'L'),
        ("count-links", 'l'),
        ("separate-dirs", 'S'),
        ("summarize", 's'),
        ("one-file-system", 'x'),
        ("exclude", 'E'),
        ("null", '0'),
    ],
    code: 1,
    command: false,
};

/// Directories within directories; deeper ones are not entered.
const DEPTH_MAX: usize = 1024;

struct Usage<'a> {
    given: &'a Given,
    unit: Unit,
    depth: usize,
    seen: HashSet<(u64, u64)>,
    exclude: Vec<Vec<u8>>,
    failed: bool,
}

/// `du`.
pub fn du(arguments: Vec<OsString>) -> i32 {
    let given = match read(&DU, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let depth = match given.text('d').map(|depth| depth.parse()) {
        _ if given.has('s') => 0,
        Some(Ok(depth)) => depth,
        Some(Err(_)) => {
            complain(
                "du",
                format_args!(
                    "invalid maximum depth '{}'",
                    given.text('d').unwrap_or_default()
                ),
            );
            return 1;
        }
        None => usize::MAX,
    };
    let exclude = given
        .letters
        .iter()
        .filter(|(letter, _)| *letter == 'E')
        .filter_map(|(_, value)| value.clone());
    let mut usage = Usage {
        unit: unit(&given, 1024),
        depth,
        seen: HashSet::new(),
        exclude: exclude.collect(),
        failed: false,
        given: &given,
    };
    let roots = if given.operands.is_empty() {
        vec![b".".to_vec()]
    } else {
        given.operands.clone()
    };
    let mut total = 0;
    for root in &roots {
        total += usage.count(root, 0, None).unwrap_or(0);
    }
    if given.has('c') {
        usage.print(total, b"total");
    }
    i32::from(usage.failed)
}

impl Usage<'_> {
    fn print(&self, bytes: u64, path: &[u8]) {
        let end = if self.given.has('0') { '\0' } else { '\n' };
        print!("{}\t{}{end}", shown(bytes, self.unit), text(path));
    }

    fn failed(&mut self, what: &str, path: &[u8], why: &str) {
        self.failed = true;
        complain("du", format_args!("cannot {what} '{}': {why}", text(path)));
    }

    /// What a file and all below it take; `None` if that does not count.
    fn count(&mut self, path: &[u8], depth: usize, device: Option<u64>) -> Option<u64> {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        if self.exclude.iter().any(|glob| {
            glob_matches(glob, name, GlobOptions::default())
                || glob_matches(glob, path, GlobOptions::default())
        }) {
            return None;
        }
        let status = match berth_guest::status(path, self.given.has('L')) {
            Ok(status) => status,
            Err(error) => {
                self.failed("access", path, &reason(&error));
                return None;
            }
        };
        if self.given.has('x') && device.is_some_and(|device| device != status.device) {
            return None;
        }
        let directory = status.file_type == FileType::Directory;
        let again = (status.links > 1 || directory)
            && !self.given.has('l')
            && !self.seen.insert((status.device, status.inode));
        if again {
            return None;
        }
        let apparent = self.given.has('A') || self.given.has('b');
        let own = match (apparent, directory) {
            (true, true) if self.given.has('b') => status.size,
            (true, _) => status.size,
            (false, _) => status.blocks * berth_guest::BLOCK_BYTES,
        };
        let mut all = own;
        let mut below = 0;
        if directory && depth < DEPTH_MAX {
            match fs::read_dir(os_string(path)) {
                Ok(entries) => {
                    for entry in entries.flatten() {
                        let child = joined(path, bytes(&entry.file_name()));
                        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
                        let counted = self
                            .count(&child, depth + 1, Some(status.device))
                            .unwrap_or(0);
                        if is_directory && self.given.has('S') {
                            below += counted;
                        } else {
                            all += counted;
                        }
                    }
                }
                Err(error) => self.failed("read directory", path, &reason(&error)),
            }
        }
        if depth == 0 || (depth <= self.depth && (directory || self.given.has('a'))) {
            self.print(all, path);
        }
        Some(all + below)
    }
}
