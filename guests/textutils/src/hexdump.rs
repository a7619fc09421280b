//! `hexdump` and `hd`: bytes of files as numbers.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, BufRead, Read, Write as _};

use berth_multicall::{
    Options, Output, bytes, complain, open, print_help, reason, size, text, usage_error,
};
use lexopt::Arg::{Long, Short, Value};

/// Bytes of one line.
const LINE_BYTES: usize = 16;

const HELP: &str = "\
Usage: hexdump [OPTION]... [FILE]...
Display file contents in hexadecimal, decimal, octal, or ascii.

  -b, --one-byte-octal      one-byte octal display
  -c, --one-byte-char       one-byte character display
  -C, --canonical           canonical hex+ASCII display (that of hd)
  -d, --two-bytes-decimal   two-byte decimal display
  -o, --two-bytes-octal     two-byte octal display
  -x, --two-bytes-hex       two-byte hexadecimal display
  -n, --length LENGTH       interpret only LENGTH bytes of input
  -s, --skip OFFSET         skip OFFSET bytes from the beginning
  -v, --no-squeezing        output identical lines
";

/// How a line is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Canonical,
    /// Two bytes in hexadecimal, close together: without an option.
    Plain,
    Octal,
    Character,
    Decimal2,
    Octal2,
    Hexadecimal2,
}

impl Format {
    /// Adds one line without its end. A line that is not full is as wide as one that is.
    fn line(self, offset: u64, chunk: &[u8], output: &mut String) {
        if self == Self::Canonical {
            return canonical(offset, chunk, output);
        }
        // A string takes what is written.
        let _ = write!(output, "{offset:07x}");
        let unit = if matches!(self, Self::Octal | Self::Character) {
            1
        } else {
            2
        };
        let width = if unit == 1 {
            4
        } else if self == Self::Plain {
            5
        } else {
            8
        };
        for group in chunk.chunks(unit) {
            let value = u16::from(group[0]) | u16::from(group.get(1).copied().unwrap_or(0)) << 8;
            let shown = match self {
                Self::Octal => format!("{value:03o}"),
                Self::Character => character(group[0]),
                Self::Decimal2 => format!("{value:05}"),
                Self::Octal2 => format!("{value:06o}"),
                _ => format!("{value:04x}"),
            };
            let _ = write!(output, "{shown:>width$}");
        }
        let missing = LINE_BYTES / unit - chunk.len().div_ceil(unit);
        output.extend(std::iter::repeat_n(' ', missing * width));
    }
}

fn canonical(offset: u64, chunk: &[u8], output: &mut String) {
    let _ = write!(output, "{offset:08x} ");
    for index in 0..LINE_BYTES {
        if index % 8 == 0 {
            output.push(' ');
        }
        match chunk.get(index) {
            Some(byte) => {
                let _ = write!(output, "{byte:02x} ");
            }
            None => output.push_str("   "),
        }
    }
    output.push_str(" |");
    let shown = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    };
    output.extend(chunk.iter().map(shown));
    output.push('|');
}

/// A byte as C writes it.
fn character(byte: u8) -> String {
    let escape = match byte {
        0 => "\\0",
        0x07 => "\\a",
        0x08 => "\\b",
        b'\t' => "\\t",
        b'\n' => "\\n",
        0x0B => "\\v",
        0x0C => "\\f",
        b'\r' => "\\r",
        b' '..=b'~' => return char::from(byte).to_string(),
        _ => return format!("{byte:03o}"),
    };
    escape.to_owned()
}

/// `hexdump`.
pub fn hexdump(arguments: Vec<OsString>) -> i32 {
    main("hexdump", Vec::new(), arguments)
}

/// `hd`.
pub fn hd(arguments: Vec<OsString>) -> i32 {
    main("hd", vec![Format::Canonical], arguments)
}

fn main(program: &'static str, formats: Vec<Format>, arguments: Vec<OsString>) -> i32 {
    match run(program, formats, arguments) {
        Ok(code) => code,
        Err(error) => usage_error(program, &error, 1),
    }
}

fn run(
    program: &'static str,
    mut formats: Vec<Format>,
    arguments: Vec<OsString>,
) -> Result<i32, lexopt::Error> {
    const LONG: &[&str] = &[
        "one-byte-octal",
        "one-byte-char",
        "canonical",
        "two-bytes-decimal",
        "two-bytes-octal",
        "two-bytes-hex",
        "length",
        "skip",
        "no-squeezing",
        "help",
        "version",
    ];
    let (mut length, mut skip, mut squeeze) = (u64::MAX, 0, true);
    let mut files = Vec::new();
    let mut parser = Options::new(arguments, LONG);
    let number = |word: OsString| {
        size(bytes(&word)).ok_or_else(|| format!("invalid number '{}'", text(bytes(&word))))
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('b') | Long("one-byte-octal") => formats.push(Format::Octal),
            Short('c') | Long("one-byte-char") => formats.push(Format::Character),
            Short('C') | Long("canonical") => formats.push(Format::Canonical),
            Short('d') | Long("two-bytes-decimal") => formats.push(Format::Decimal2),
            Short('o') | Long("two-bytes-octal") => formats.push(Format::Octal2),
            Short('x') | Long("two-bytes-hex") => formats.push(Format::Hexadecimal2),
            Short('n') | Long("length") => length = number(parser.value()?)?,
            Short('s') | Long("skip") => skip = number(parser.value()?)?,
            Short('v') | Long("no-squeezing") => squeeze = false,
            Short('h') | Long("help") => return Ok(print_help(program, HELP)),
            Short('V') | Long("version") => {
                let version = format!("{program} (Berth) {}\n", env!("CARGO_PKG_VERSION"));
                return Ok(print_help(program, &version));
            }
            Value(file) => files.push(bytes(&file).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    if formats.is_empty() {
        formats.push(Format::Plain);
    }
    if files.is_empty() {
        files.push(b"-".to_vec());
    }
    let mut code = 0;
    let mut readers: Vec<Box<dyn BufRead>> = Vec::new();
    for file in &files {
        match open(file) {
            Ok(reader) => readers.push(reader),
            Err(error) => {
                complain(program, format_args!("{}: {}", text(file), reason(&error)));
                code = 1;
            }
        }
    }
    if readers.is_empty() {
        return Ok(1);
    }
    let all: Box<dyn Read> = readers
        .into_iter()
        .fold(Box::new(io::empty()), |before, next| {
            Box::new(before.chain(next)) as Box<dyn Read>
        });
    if let Err(error) = dump(all, &formats, skip, length, squeeze) {
        complain(program, format_args!("{}", reason(&error)));
        code = 1;
    }
    Ok(code)
}

fn dump(
    mut from: Box<dyn Read>,
    formats: &[Format],
    skip: u64,
    length: u64,
    squeeze: bool,
) -> io::Result<()> {
    io::copy(&mut from.by_ref().take(skip), &mut io::sink())?;
    let mut from = io::BufReader::new(from.take(length));
    let mut out = Output::stdout();
    let mut offset = skip;
    let mut before = Vec::new();
    let mut squeezing = false;
    loop {
        let mut chunk = Vec::with_capacity(LINE_BYTES);
        from.by_ref()
            .take(LINE_BYTES as u64)
            .read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            break;
        }
        if squeeze && chunk.len() == LINE_BYTES && chunk == before {
            if !std::mem::replace(&mut squeezing, true) {
                out.write_all(b"*\n")?;
            }
        } else {
            squeezing = false;
            let mut lines = String::new();
            for (index, format) in formats.iter().enumerate() {
                let start = lines.len();
                format.line(offset, &chunk, &mut lines);
                if index > 0 {
                    // The offset is told once.
                    let digits = if *format == Format::Canonical { 8 } else { 7 };
                    lines.replace_range(start..start + digits, &" ".repeat(digits));
                }
                lines.push('\n');
            }
            out.write_all(lines.as_bytes())?;
        }
        offset += chunk.len() as u64;
        before = chunk;
    }
    if offset > skip {
        let end = if formats.first() == Some(&Format::Canonical) {
            format!("{offset:08x}\n")
        } else {
            format!("{offset:07x}\n")
        };
        out.write_all(end.as_bytes())?;
    }
    out.flush()
}
