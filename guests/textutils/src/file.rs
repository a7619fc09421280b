//! `file`: what is in a file, by a look at its beginning.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;

use berth_guest::FileType;
use berth_multicall::{Options, bytes, os_string, print_help, reason, text, usage_error};
use lexopt::Arg::{Long, Short, Value};

const HELP: &str = "\
Usage: file [OPTION...] [FILE...]
Determine type of FILEs.

  -b, --brief         do not prepend filenames to output lines
  -i, --mime          output MIME type strings
      --mime-type     output the MIME type only
  -L, --dereference   follow symlinks
";

/// How much of a file is looked at.
const HEAD_BYTES: usize = 64 * 1024;

/// Beginnings, where they stand, what they mean and the MIME type.
const MAGIC: [(usize, &[u8], &str, &str); 33] = [
    (0, b"\x7fELF", "ELF executable", "application/x-executable"),
    (
        0,
        b"\0asm\x01\0\0\0",
        "WebAssembly (wasm) binary module version 0x1 (MVP)",
        "application/wasm",
    ),
    (0, b"\0asm", "WebAssembly component", "application/wasm"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG image data", "image/png"),
    (0, b"\xff\xd8\xff", "JPEG image data", "image/jpeg"),
    (0, b"GIF8", "GIF image data", "image/gif"),
    (
        8,
        b"WEBP",
        "RIFF (little-endian) data, Web/P image",
        "image/webp",
    ),
    (
        8,
        b"WAVE",
        "RIFF (little-endian) data, WAVE audio",
        "audio/x-wav",
    ),
    (0, b"BM", "PC bitmap", "image/bmp"),
    (0, b"%PDF-", "PDF document", "application/pdf"),
    (0, b"PK\x03\x04", "Zip archive data", "application/zip"),
    (
        0,
        b"PK\x05\x06",
        "Zip archive data (empty)",
        "application/zip",
    ),
    (0, b"\x1f\x8b", "gzip compressed data", "application/gzip"),
    (0, b"BZh", "bzip2 compressed data", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "XZ compressed data", "application/x-xz"),
    (
        0,
        b"\x28\xb5\x2f\xfd",
        "Zstandard compressed data",
        "application/zstd",
    ),
    (
        0,
        b"7z\xbc\xaf\x27\x1c",
        "7-zip archive data",
        "application/x-7z-compressed",
    ),
    (0, b"Rar!", "RAR archive data", "application/x-rar"),
    (257, b"ustar", "POSIX tar archive", "application/x-tar"),
    (
        0,
        b"!<arch>\n",
        "current ar archive",
        "application/x-archive",
    ),
    (
        0,
        b"SQLite format 3\0",
        "SQLite 3.x database",
        "application/vnd.sqlite3",
    ),
    (0, b"OggS", "Ogg data", "audio/ogg"),
    (0, b"fLaC", "FLAC audio bitstream data", "audio/flac"),
    (0, b"ID3", "Audio file with ID3", "audio/mpeg"),
    (4, b"ftyp", "ISO Media", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "Matroska data", "video/x-matroska"),
    (0, b"MZ", "PE32 executable", "application/x-dosexec"),
    (
        0,
        b"\xca\xfe\xba\xbe",
        "Java class data",
        "application/x-java-applet",
    ),
    (0, b"wOFF", "Web Open Font Format", "font/woff"),
    (0, b"wOF2", "Web Open Font Format (Version 2)", "font/woff2"),
    (0, b"\0\x01\0\0\0", "TrueType Font data", "font/sfnt"),
    (0, b"II*\0", "TIFF image data, little-endian", "image/tiff"),
    (0, b"MM\0*", "TIFF image data, big-endian", "image/tiff"),
];

/// `file`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(code) => code,
        Err(error) => usage_error("file", &error, 1),
    }
}

fn run(arguments: Vec<OsString>) -> Result<i32, lexopt::Error> {
    let (mut brief, mut mime, mut charset, mut follow) = (false, false, false, false);
    let mut files = Vec::new();
    let mut parser = Options::new(
        arguments,
        &[
            "brief",
            "mime",
            "mime-type",
            "mime-encoding",
            "dereference",
            "no-dereference",
            "help",
            "version",
        ],
    );
    while let Some(argument) = parser.next()? {
        match argument {
            Short('b') | Long("brief") => brief = true,
            Short('i') | Long("mime") => (mime, charset) = (true, true),
            Long("mime-type") => mime = true,
            Short('L') | Long("dereference") => follow = true,
            Long("help") => return Ok(print_help("file", HELP)),
            Short('v') | Long("version") => {
                return Ok(print_help(
                    "file",
                    concat!("file (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                ));
            }
            Short(_) | Long(_) => {}
            Value(file) => files.push(bytes(&file).to_vec()),
        }
    }
    if files.is_empty() {
        eprint!("{HELP}");
        return Ok(1);
    }
    let widest = files
        .iter()
        .map(|file| text(file).chars().count())
        .max()
        .unwrap_or(0);
    for file in &files {
        let (words, kind, encoding) = described(file, follow);
        let what = match (mime, charset) {
            (true, true) => format!("{kind}; charset={encoding}"),
            (true, false) => kind.to_owned(),
            _ => words,
        };
        if brief {
            println!("{what}");
        } else {
            let name = format!("{}:", text(file));
            println!("{name:<width$} {what}", width = widest + 1);
        }
    }
    Ok(0)
}

type Described = (String, &'static str, &'static str);

fn described(file: &[u8], follow: bool) -> Described {
    let status = match berth_guest::status(file, follow) {
        Ok(status) => status,
        Err(error) if file != b"-" => {
            return (
                format!("cannot open `{}' ({})", text(file), reason(&error)),
                "inode/x-missing",
                "binary",
            );
        }
        Err(_) => return of_content(&berth_multicall::read_all(b"-").unwrap_or_default()),
    };
    match status.file_type {
        FileType::Directory => ("directory".to_owned(), "inode/directory", "binary"),
        FileType::Link => {
            let target = fs::read_link(os_string(file)).unwrap_or_default();
            let broken = if fs::metadata(os_string(file)).is_err() {
                "broken "
            } else {
                ""
            };
            (
                format!("{broken}symbolic link to {}", target.display()),
                "inode/symlink",
                "binary",
            )
        }
        FileType::Fifo => ("fifo (named pipe)".to_owned(), "inode/fifo", "binary"),
        FileType::Socket => ("socket".to_owned(), "inode/socket", "binary"),
        FileType::CharacterDevice => ("character special".to_owned(), "inode/chardevice", "binary"),
        FileType::Regular if status.size == 0 => ("empty".to_owned(), "inode/x-empty", "binary"),
        _ => {
            let mut head = Vec::new();
            match File::open(os_string(file))
                .and_then(|opened| opened.take(HEAD_BYTES as u64).read_to_end(&mut head))
            {
                Ok(_) => of_content(&head),
                Err(error) => (
                    format!("cannot open ({})", reason(&error)),
                    "application/octet-stream",
                    "binary",
                ),
            }
        }
    }
}

fn of_content(head: &[u8]) -> Described {
    for (at, magic, words, kind) in MAGIC {
        if head.get(at..).is_some_and(|rest| rest.starts_with(magic)) {
            let mut words = words.to_owned();
            if kind == "image/png" && head.len() >= 24 {
                let number = |at: usize| {
                    u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
                };
                words.push_str(&format!(", {} x {}", number(16), number(20)));
            }
            return (words, kind, "binary");
        }
    }
    if head.is_empty() {
        return ("empty".to_owned(), "inode/x-empty", "binary");
    }
    let valid = match str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() == HEAD_BYTES,
    };
    if head.contains(&0) || !valid {
        return ("data".to_owned(), "application/octet-stream", "binary");
    }
    let (charset, encoding) = if head.is_ascii() {
        ("ASCII", "us-ascii")
    } else {
        ("Unicode text, UTF-8", "utf-8")
    };
    let lines = if head.windows(2).any(|pair| pair == b"\r\n") {
        ", with CRLF line terminators"
    } else if !head.contains(&b'\n') {
        ", with no line terminators"
    } else {
        ""
    };
    let of_text = |what: &str, kind| (format!("{what}{charset} text{lines}"), kind, encoding);
    let start = String::from_utf8_lossy(&head[..head.len().min(512)]).into_owned();
    let trimmed = start.trim_start();
    if let Some(line) = start.strip_prefix("#!") {
        let line = line.lines().next().unwrap_or("").trim().to_owned();
        let program = line
            .split_whitespace()
            .find(|word| !word.ends_with("/env"))
            .unwrap_or("")
            .rsplit('/')
            .next()
            .unwrap_or("")
            .to_owned();
        let (what, kind) = match program.as_str() {
            "sh" => ("POSIX shell script, ", "text/x-shellscript"),
            "bash" => ("Bourne-Again shell script, ", "text/x-shellscript"),
            name if name.starts_with("python") => ("Python script, ", "text/x-script.python"),
            _ => return of_text(&format!("a {line} script, "), "text/plain"),
        };
        return of_text(what, kind);
    }
    if trimmed.starts_with("<?xml") {
        return of_text("XML 1.0 document, ", "text/xml");
    }
    let lower = trimmed.to_ascii_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return of_text("HTML document, ", "text/html");
    }
    if (trimmed.starts_with('{') || trimmed.starts_with('['))
        && trimmed.contains('"')
        && trimmed.contains([':', ','])
    {
        return ("JSON text data".to_owned(), "application/json", encoding);
    }
    if head.is_ascii() {
        of_text("", "text/plain")
    } else {
        (
            format!("Unicode text, UTF-8 text{lines}"),
            "text/plain",
            encoding,
        )
    }
}
