//! `stat`: what is known about files.

use std::ffi::OsString;
use std::fs;

use berth_guest::{FileType, Status, Time};
use berth_multicall::time::Moment;
use berth_multicall::{bytes, complain, mode, os_string, reason, text, usage_error_text};

use berth_multicall::takes::{Takes, read};

const TAKES: Takes = Takes {
    name: "stat",
    help: "\
Usage: stat [OPTION]... FILE...
Display file or file system status.

  -L, --dereference     follow links
  -f, --file-system     display file system status instead of file status
  -c, --format=FORMAT   use the specified FORMAT; output a newline after each use
      --printf=FORMAT   like --format, but interpret backslash escapes, and no newline
  -t, --terse           print the information in terse form

  %a mode in octal   %A mode in letters  %b blocks       %B bytes of a block  %d device
  %f raw mode in hex %F file type        %g group ID     %G group name        %h hard links
  %i inode           %n name             %N quoted name with target           %o transfer size
  %s size            %u user ID          %U user name    %m mount point
  %x %X access       %y %Y modification  %z %Z change    %w %W birth, in words and seconds
",
    letters: "Lfc:tp:",
    long: &[
        ("dereference", 'L'),
        ("file-system", 'f'),
        ("format", 'c'),
        ("printf", 'p'),
        ("terse", 't'),
    ],
    code: 1,
    command: false,
};

const DEFAULT: &str = "  File: %p\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %d\tInode: %-11i Links: %h\nAccess: (%04a/%10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w";
const TERSE: &str = "%n %s %b %f %u %g %d %i %h 0 0 %X %Y %Z %W %o";
/// What `%o` says: the size in which files are best read.
const TRANSFER_BYTES: u64 = 4096;

/// `stat`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.operands.is_empty() {
        return usage_error_text("stat", "missing operand", 1);
    }
    let (format, escapes) = match (given.text('p'), given.text('c')) {
        (Some(format), _) => (format, true),
        (None, Some(format)) => (format, false),
        _ if given.has('t') => (TERSE.to_owned(), false),
        _ => (DEFAULT.to_owned(), false),
    };
    let mut code = 0;
    for file in &given.operands {
        if given.has('f') {
            code |= file_system(file, given.text('c'));
            continue;
        }
        match berth_guest::status(file, given.has('L')) {
            Ok(status) => {
                let line = formatted(&format, file, &status, escapes);
                let end = if escapes { "" } else { "\n" };
                print!("{line}{end}");
            }
            Err(error) => {
                code = 1;
                complain(
                    "stat",
                    format_args!("cannot statx '{}': {}", text(file), reason(&error)),
                );
            }
        }
    }
    code
}

fn file_system(file: &[u8], format: Option<String>) -> i32 {
    let space = match berth_guest::space(file) {
        Ok(space) => space,
        Err(error) => {
            complain(
                "stat",
                format_args!(
                    "cannot read file system information for '{}': {}",
                    text(file),
                    reason(&error)
                ),
            );
            return 1;
        }
    };
    let blocks = space.bytes_limit / TRANSFER_BYTES;
    let free = space.bytes_limit.saturating_sub(space.bytes_used) / TRANSFER_BYTES;
    let names_free = space.names_limit.saturating_sub(space.names_used);
    match format {
        Some(format) => {
            let mut out = format;
            for (sign, value) in [
                ("%n", text(file)),
                ("%T", "berth".to_owned()),
                ("%s", TRANSFER_BYTES.to_string()),
                ("%S", TRANSFER_BYTES.to_string()),
                ("%b", blocks.to_string()),
                ("%f", free.to_string()),
                ("%a", free.to_string()),
                ("%c", space.names_limit.to_string()),
                ("%d", names_free.to_string()),
            ] {
                out = out.replace(sign, &value);
            }
            println!("{out}");
        }
        None => println!(
            "  File: \"{}\"\n    ID: 0        Namelen: 255     Type: berth\nBlock size: {TRANSFER_BYTES:<10} Fundamental block size: {TRANSFER_BYTES}\nBlocks: Total: {blocks:<10} Free: {free:<10} Available: {free}\nInodes: Total: {:<10} Free: {names_free}",
            text(file),
            space.names_limit,
        ),
    }
    0
}

fn formatted(format: &str, file: &[u8], status: &Status, escapes: bool) -> String {
    let mut out = String::new();
    let mut signs = format.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign == '\\' && escapes {
            match signs.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('0') => out.push('\0'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            }
            continue;
        }
        if sign != '%' {
            out.push(sign);
            continue;
        }
        let mut flags = String::new();
        while let Some(flag) = signs.next_if(|flag| matches!(flag, '-' | '0' | '#' | '+' | ' ')) {
            flags.push(flag);
        }
        let mut width = String::new();
        while let Some(digit) = signs.next_if(|digit| digit.is_ascii_digit() || *digit == '.') {
            width.push(digit);
        }
        let value = match signs.next() {
            Some('%') => "%".to_owned(),
            Some(letter) => field(letter, file, status),
            None => break,
        };
        let width: usize = width.split('.').next().unwrap_or("").parse().unwrap_or(0);
        let fill = width.saturating_sub(value.chars().count());
        match (flags.contains('-'), flags.contains('0')) {
            (true, _) => out.push_str(&format!("{value}{}", " ".repeat(fill))),
            (_, true) => out.push_str(&format!("{}{value}", "0".repeat(fill))),
            _ => out.push_str(&format!("{}{value}", " ".repeat(fill))),
        }
    }
    out
}

fn field(letter: char, file: &[u8], status: &Status) -> String {
    match letter {
        'a' => format!("{:o}", status.mode),
        'A' => mode::letters(status.file_type, status.mode),
        'b' => status.blocks.to_string(),
        'B' => berth_guest::BLOCK_BYTES.to_string(),
        'd' => status.device.to_string(),
        'f' => format!("{:x}", raw_mode(status)),
        'F' => type_name(status).to_owned(),
        'g' => status.group.to_string(),
        'G' => mode::name_of("/etc/group", status.group),
        'h' => status.links.to_string(),
        'i' => status.inode.to_string(),
        'm' => mount_point(file),
        'n' => text(file),
        // As GNU's own format shows it: without quotes.
        'p' => field('N', file, status).replace('\'', ""),
        'N' => {
            let name = text(file);
            match fs::read_link(os_string(file)) {
                Ok(target) if status.file_type == FileType::Link => {
                    format!("'{name}' -> '{}'", text(bytes(target.as_os_str())))
                }
                _ => format!("'{name}'"),
            }
        }
        'o' => TRANSFER_BYTES.to_string(),
        's' => status.size.to_string(),
        't' | 'T' => "0".to_owned(),
        'u' => status.user.to_string(),
        'U' => mode::name_of("/etc/passwd", status.user),
        'x' => date(status.accessed),
        'X' => status.accessed.0.to_string(),
        'y' => date(status.modified),
        'Y' => status.modified.0.to_string(),
        'z' => date(status.changed),
        'Z' => status.changed.0.to_string(),
        'w' => "-".to_owned(),
        'W' => "0".to_owned(),
        other => format!("%{other}"),
    }
}

/// A file's mode with the bits of its type, as Linux numbers them.
fn raw_mode(status: &Status) -> u32 {
    let file_type = match status.file_type {
        FileType::Fifo => 0o010000,
        FileType::CharacterDevice => 0o020000,
        FileType::Directory => 0o040000,
        FileType::BlockDevice => 0o060000,
        FileType::Regular => 0o100000,
        FileType::Link => 0o120000,
        FileType::Socket => 0o140000,
    };
    file_type | status.mode
}

fn type_name(status: &Status) -> &'static str {
    match status.file_type {
        FileType::Regular if status.size == 0 => "regular empty file",
        FileType::Regular => "regular file",
        FileType::Directory => "directory",
        FileType::Link => "symbolic link",
        FileType::CharacterDevice => "character special file",
        FileType::BlockDevice => "block special file",
        FileType::Fifo => "fifo",
        FileType::Socket => "socket",
    }
}

fn date(time: Time) -> String {
    let moment = Moment::at(time.0);
    format!("{}.{:09} +0000", moment.format("%F %T"), time.1)
}

/// Where the file system that a file is on begins.
fn mount_point(file: &[u8]) -> String {
    let path = fs::canonicalize(os_string(file)).unwrap_or_default();
    let mounts = crate::space::mounts();
    let found = mounts.iter().filter(|mount| path.starts_with(&mount.path));
    found
        .max_by_key(|mount| mount.path.len())
        .map_or_else(|| "/".to_owned(), |mount| mount.path.clone())
}
