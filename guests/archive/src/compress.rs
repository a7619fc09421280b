//! `gzip`, `bzip2`, `xz`, `zstd` and their like: one file in, one file out.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Read, Write};

use berth_multicall::{
    Options, Output, bytes, complain, number, os_string, print_help, reason, text, usage_error,
};
use lexopt::Arg::{Long, Short, Value};

use crate::formats::{Check, Format, buffered};

/// Something was left alone, with a warning.
const EXIT_WARNING: i32 = 2;

const LONG: &[&str] = &[
    "stdout",
    "to-stdout",
    "decompress",
    "uncompress",
    "compress",
    "force",
    "keep",
    "list",
    "quiet",
    "suffix",
    "test",
    "verbose",
    "fast",
    "best",
    "recursive",
    "no-name",
    "name",
    "help",
    "version",
    "threads",
    "rm",
    "extreme",
    "format",
    "check",
];

struct Request {
    name: &'static str,
    format: Format,
    decompress: bool,
    stdout: bool,
    force: bool,
    keep: bool,
    list: bool,
    test: bool,
    quiet: bool,
    verbose: bool,
    recursive: bool,
    suffix: String,
    level: u32,
    check: Check,
    files: Vec<Vec<u8>>,
}

impl Request {
    /// Whether it is `xz` or one of its other names.
    fn is_xz(&self) -> bool {
        matches!(self.format, Format::Xz | Format::Lzma)
    }

    /// What its messages begin with: one program goes by all these names.
    fn family(&self) -> &'static str {
        match self.format {
            Format::Gzip => "gzip",
            Format::Bzip2 | Format::Xz | Format::Lzma | Format::Zstd => self.name,
        }
    }
}

/// A program: its name, format, whether it decompresses and whether to standard output.
fn program(
    name: &'static str,
    format: Format,
    decompress: bool,
    stdout: bool,
    arguments: Vec<OsString>,
) -> i32 {
    let mut request = Request {
        name,
        format,
        decompress,
        stdout,
        force: false,
        // zstd keeps what it reads, the others do not.
        keep: format == Format::Zstd,
        list: false,
        test: false,
        quiet: false,
        verbose: false,
        recursive: false,
        suffix: format.suffix().to_owned(),
        level: if format == Format::Bzip2 { 9 } else { 6 },
        check: Check::Crc64,
        files: Vec::new(),
    };
    match parse(&mut request, arguments) {
        Ok(None) => {}
        Ok(Some(code)) => return code,
        Err(error) => return usage_error(name, &error, 1),
    }
    if request.files.is_empty() {
        request.files.push(b"-".to_vec());
    }
    let mut code = 0;
    if request.list {
        println!(
            "{:>19} {:>19}  ratio uncompressed_name",
            "compressed", "uncompressed"
        );
    }
    for file in std::mem::take(&mut request.files) {
        code = code.max(one(&request, &file));
    }
    code
}

macro_rules! programs {
    ($($function:ident $name:literal $format:ident $decompress:literal $stdout:literal),* $(,)?) => {$(
        /// The program of this name.
        pub fn $function(arguments: Vec<OsString>) -> i32 {
            program($name, Format::$format, $decompress, $stdout, arguments)
        }
    )*};
}

programs! {
    bzip2 "bzip2" Bzip2 false false,
    bunzip2 "bunzip2" Bzip2 true false,
    bzcat "bzcat" Bzip2 true true,
    gzip "gzip" Gzip false false,
    gunzip "gunzip" Gzip true false,
    zcat "zcat" Gzip true true,
    xz "xz" Xz false false,
    unxz "unxz" Xz true false,
    xzcat "xzcat" Xz true true,
    zstd "zstd" Zstd false false,
    unzstd "unzstd" Zstd true false,
    zstdcat "zstdcat" Zstd true true,
}

fn help(request: &Request) -> String {
    let level = if request.format == Format::Zstd {
        "accepted; there is one level, a fast one"
    } else {
        "compress faster, or better"
    };
    format!(
        "Usage: {} [OPTION]... [FILE]...\n\
         Compress or uncompress FILEs (by default in place; without one, or with -, standard input).\n\n\
         \x20 -c, --stdout      write on standard output, keep original files unchanged\n\
         \x20 -d, --decompress  decompress\n\
         \x20 -f, --force       overwrite output files, read from and write to terminals\n\
         \x20 -k, --keep        keep (don't delete) input files\n\
         \x20 -l, --list        list compressed file contents\n\
         \x20 -q, --quiet       suppress all warnings\n\
         \x20 -r, --recursive   operate recursively on directories\n\
         \x20 -S, --suffix=SUF  use suffix SUF on compressed files\n\
         \x20 -t, --test        test compressed file integrity\n\
         \x20 -v, --verbose     verbose mode\n\
         \x20 -1 to -9          {level}\n\
         \x20     --help        display this help and exit\n",
        request.name
    )
}

fn parse(request: &mut Request, arguments: Vec<OsString>) -> Result<Option<i32>, lexopt::Error> {
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('c') | Long("stdout" | "to-stdout") => request.stdout = true,
            Short('d') | Long("decompress" | "uncompress") => request.decompress = true,
            Short('z') | Long("compress") => request.decompress = false,
            Short('f') | Long("force") => request.force = true,
            Short('k') | Long("keep") => request.keep = true,
            Long("rm") => request.keep = false,
            Short('l') | Long("list") => request.list = true,
            Short('q') | Long("quiet") => request.quiet = true,
            Short('r') | Long("recursive") => request.recursive = true,
            Short('S') | Long("suffix") => request.suffix = text(bytes(&parser.value()?)),
            Short('t') | Long("test") => (request.test, request.decompress) = (true, true),
            Short('v') | Long("verbose") => request.verbose = true,
            Short(digit @ '0'..='9') => {
                // zstd's levels go on to 19.
                let more = parser
                    .optional_value()
                    .map(|more| text(bytes(&more)))
                    .unwrap_or_default();
                request.level = format!("{digit}{more}").parse().unwrap_or(6);
            }
            Long("fast") => request.level = 1,
            Long("best") => request.level = 9,
            Short('T') | Long("threads") => {
                let _: i64 = number(&parser.value()?, "number of threads")?;
            }
            Short('o') if request.format == Format::Zstd => {
                let to = bytes(&parser.value()?).to_vec();
                request.suffix = format!("\0{}", text(&to));
            }
            Short('F') | Long("format") if request.is_xz() => {
                request.format = match text(bytes(&parser.value()?)).as_str() {
                    "auto" | "xz" => Format::Xz,
                    "lzma" | "alone" => Format::Lzma,
                    other => return Err(format!("{other}: Unknown file format type").into()),
                };
                request.suffix = request.format.suffix().to_owned();
            }
            Short('C') | Long("check") if request.is_xz() => {
                request.check = match text(bytes(&parser.value()?)).as_str() {
                    "none" => Check::None,
                    "crc32" => Check::Crc32,
                    "crc64" => Check::Crc64,
                    "sha256" => Check::Sha256,
                    other => {
                        return Err(format!("{other}: Unsupported integrity check type").into());
                    }
                };
            }
            Short('n' | 'N' | 'e') | Long("no-name" | "name" | "extreme") => {}
            Short('h') | Long("help") => return Ok(Some(print_help(request.name, &help(request)))),
            Short('V') | Long("version") => {
                let line = format!("{} (Berth) {}\n", request.name, env!("CARGO_PKG_VERSION"));
                return Ok(Some(print_help(request.name, &line)));
            }
            Value(file) => request.files.push(bytes(&file).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(None)
}

fn failed(request: &Request, file: &[u8], what: &str, code: i32) -> i32 {
    if code == 1 || !request.quiet {
        complain(request.family(), format_args!("{}: {what}", text(file)));
    }
    code
}

fn one(request: &Request, file: &[u8]) -> i32 {
    if file == b"-" {
        return standard(request);
    }
    // `gunzip name` means `name.gz`, if that is what there is.
    let suffixed = [file, request.suffix.as_bytes()].concat();
    let name = match fs::symlink_metadata(os_string(file)) {
        Ok(_) => file.to_vec(),
        Err(_) if request.decompress && fs::metadata(os_string(&suffixed[..])).is_ok() => suffixed,
        Err(error) => return failed(request, file, &reason(&error), 1),
    };
    match fs::metadata(os_string(&name[..])) {
        Ok(found) if found.is_dir() => {
            if !request.recursive {
                return failed(request, &name, "is a directory -- ignored", EXIT_WARNING);
            }
            let Ok(entries) = fs::read_dir(os_string(&name[..])) else {
                return failed(request, &name, "cannot be read", 1);
            };
            let children = entries
                .flatten()
                .map(|entry| berth_multicall::joined(&name, bytes(&entry.file_name())));
            return children
                .map(|child| one(request, &child))
                .max()
                .unwrap_or(0);
        }
        Err(error) => return failed(request, file, &reason(&error), 1),
        Ok(_) => {}
    }
    match file_to_file(request, &name) {
        Ok(code) => code,
        Err(error) => failed(request, &name, &described(&error), 1),
    }
}

/// What decoders say, in the words that gzip has for it.
fn described(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "unexpected end of file".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("invalid compressed data ({})", reason(error))
        }
        _ => reason(error),
    }
}

fn standard(request: &Request) -> i32 {
    if request.decompress && io::stdin().is_terminal() && !request.force {
        return failed(
            request,
            b"stdin",
            "compressed data not read from a terminal. Use -f to force.",
            1,
        );
    }
    if !request.decompress && io::stdout().is_terminal() && !request.force && !request.test {
        return failed(
            request,
            b"stdout",
            "compressed data not written to a terminal. Use -f to force.",
            1,
        );
    }
    let mut out = Output::stdout();
    let done = if request.test {
        decode(request, buffered(io::stdin()), &mut io::sink()).map(drop)
    } else if request.decompress {
        decode(request, buffered(io::stdin()), &mut out).map(drop)
    } else {
        encode(request, &mut io::stdin(), &mut out).map(drop)
    };
    match done.and_then(|()| out.flush()) {
        Ok(()) => 0,
        Err(error) => failed(request, b"stdin", &described(&error), 1),
    }
}

/// Decompresses; how many bytes came out.
fn decode<'a>(
    request: &Request,
    mut from: Box<dyn BufRead + 'a>,
    to: &mut dyn Write,
) -> io::Result<u64> {
    let head = from.fill_buf()?;
    let format = match Format::of(head) {
        Some(format) => format,
        None if request.is_xz() && Format::is_lzma(head) => Format::Lzma,
        // `zcat -f` copies what is not compressed.
        None if request.force && request.stdout => return io::copy(&mut from, to),
        None if head.is_empty() && request.format == Format::Zstd => return Ok(0),
        None => {
            return Err(io::Error::other(match request.format {
                Format::Gzip => "not in gzip format",
                Format::Bzip2 => "not a bzip2 file",
                Format::Xz | Format::Lzma => "File format not recognized",
                Format::Zstd => "unsupported format",
            }));
        }
    };
    io::copy(&mut format.decoder(from)?, to)
}

/// Compresses; how many bytes went in.
fn encode(request: &Request, from: &mut dyn Read, to: &mut dyn Write) -> io::Result<u64> {
    let mut encoder = request
        .format
        .encoder(Box::new(to), request.level, request.check)?;
    let read = io::copy(from, &mut encoder)?;
    encoder.finish()?;
    Ok(read)
}

fn file_to_file(request: &Request, name: &[u8]) -> io::Result<i32> {
    let mut input = File::open(os_string(name))?;
    if request.test || request.list {
        let whole = decode(request, buffered(&input), &mut io::sink())?;
        if request.list {
            let packed = input.metadata()?.len();
            let ratio = 100.0 * (1.0 - packed as f64 / whole.max(1) as f64);
            let plain = text(name);
            println!(
                "{packed:>19} {whole:>19} {ratio:>5.1}% {}",
                plain.strip_suffix(&request.suffix).unwrap_or(&plain)
            );
        } else if request.verbose {
            eprintln!("{}:\t OK", text(name));
        }
        return Ok(0);
    }
    if request.stdout {
        let mut out = Output::stdout();
        if request.decompress {
            decode(request, buffered(input), &mut out)?;
        } else {
            encode(request, &mut input, &mut out)?;
        }
        out.flush()?;
        return Ok(0);
    }
    let target = match target(request, name) {
        Ok(target) => target,
        Err(what) => return Ok(failed(request, name, &what, EXIT_WARNING)),
    };
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(!request.force)
        .create(true)
        .truncate(true);
    let mut output = match options.open(os_string(&target[..])) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            complain(
                request.family(),
                format_args!("{} already exists;\tnot overwritten", text(&target)),
            );
            return Ok(EXIT_WARNING);
        }
        opened => opened?,
    };
    let done = if request.decompress {
        decode(request, buffered(&input), &mut output)
    } else {
        encode(request, &mut input, &mut output)
    };
    if let Err(error) = done {
        // Half a file is worse than none.
        let _ = fs::remove_file(os_string(&target[..]));
        return Err(error);
    }
    let found = input.metadata()?;
    if let Ok(modified) = found.modified() {
        let _ = output.set_times(fs::FileTimes::new().set_modified(modified));
    }
    if let Ok(mode) = berth_guest::mode(name, true) {
        let _ = berth_guest::set_mode(&target, true, mode);
    }
    if request.verbose {
        let (before, after) = (found.len() as f64, output.metadata()?.len() as f64);
        let ratio = if request.decompress {
            1.0 - before / after.max(1.0)
        } else {
            1.0 - after / before.max(1.0)
        };
        let verb = if request.keep {
            "created"
        } else {
            "replaced with"
        };
        eprintln!(
            "{}:\t{:5.1}% -- {verb} {}",
            text(name),
            ratio * 100.0,
            text(&target)
        );
    }
    if !request.keep {
        fs::remove_file(os_string(name))?;
    }
    Ok(0)
}

/// The name of what comes out, or why there is none.
fn target(request: &Request, name: &[u8]) -> Result<Vec<u8>, String> {
    if let Some(given) = request.suffix.strip_prefix('\0') {
        return Ok(given.as_bytes().to_vec());
    }
    let suffix = request.suffix.as_bytes();
    if !request.decompress {
        if name.ends_with(suffix) && !request.force {
            return Err(format!(
                "already has {} suffix -- unchanged",
                request.suffix
            ));
        }
        return Ok([name, suffix].concat());
    }
    for (ending, instead) in [
        (suffix, &b""[..]),
        (b".tgz", b".tar"),
        (b".taz", b".tar"),
        (b".txz", b".tar"),
        (b".tzst", b".tar"),
        (b".lzma", b""),
        (b".z", b""),
    ] {
        if let Some(stem) = name.strip_suffix(ending)
            && !stem.is_empty()
        {
            return Ok([stem, instead].concat());
        }
    }
    Err("unknown suffix -- ignored".to_owned())
}
