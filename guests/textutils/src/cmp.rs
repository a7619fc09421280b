//! `cmp`: the first byte in which two files differ.

use std::ffi::OsString;
use std::io::{self, BufRead, Read};

use berth_multicall::{
    Options, bytes, complain, open, print_help, read_all, reason, size, text, usage_error,
    usage_error_text,
};
use lexopt::Arg::{Long, Short, Value};

/// Something went wrong.
const EXIT_TROUBLE: i32 = 2;

const HELP: &str = "\
Usage: cmp [OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]
Compare two files byte by byte.

  -b, --print-bytes          print differing bytes
  -i, --ignore-initial=SKIP  skip first SKIP bytes of both inputs
  -l, --verbose              output byte numbers and differing byte values
  -n, --bytes=LIMIT          compare at most LIMIT bytes
  -s, --quiet, --silent      suppress all normal output

Exit status is 0 if inputs are the same, 1 if different, 2 if trouble.
";

/// `cmp`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(code) => code,
        Err(error) => usage_error("cmp", &error, EXIT_TROUBLE),
    }
}

fn run(arguments: Vec<OsString>) -> Result<i32, lexopt::Error> {
    const LONG: &[&str] = &[
        "print-bytes",
        "ignore-initial",
        "verbose",
        "bytes",
        "quiet",
        "silent",
        "help",
        "version",
    ];
    let (mut show, mut verbose, mut silent) = (false, false, false);
    let (mut skip, mut limit) = ((0, 0), usize::MAX);
    let mut operands = Vec::new();
    let mut parser = Options::new(arguments, LONG);
    let number = |word: &[u8]| {
        size(word)
            .map(|size| size as usize)
            .ok_or_else(|| format!("invalid value '{}'", text(word)))
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('b') | Long("print-bytes") => show = true,
            Short('l') | Long("verbose") => verbose = true,
            Short('s') | Long("quiet" | "silent") => silent = true,
            Short('n') | Long("bytes") => limit = number(bytes(&parser.value()?))?,
            Short('i') | Long("ignore-initial") => {
                let value = bytes(&parser.value()?).to_vec();
                let mut parts = value.split(|byte| *byte == b':');
                let first = number(parts.next().unwrap_or_default())?;
                skip = (first, parts.next().map_or(Ok(first), number)?);
            }
            Long("help") => return Ok(print_help("cmp", HELP)),
            Short('v') | Long("version") => {
                return Ok(print_help(
                    "cmp",
                    concat!("cmp (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                ));
            }
            Value(operand) => operands.push(bytes(&operand).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    if operands.is_empty() {
        return Ok(usage_error_text(
            "cmp",
            "missing operand after 'cmp'",
            EXIT_TROUBLE,
        ));
    }
    if operands.len() == 1 {
        operands.push(b"-".to_vec());
    }
    if let Some(word) = operands.get(2) {
        skip.0 = number(word)?;
    }
    if let Some(word) = operands.get(3) {
        skip.1 = number(word)?;
    }
    if !verbose {
        return Ok(first_difference(&operands, skip, limit, silent, show));
    }
    let mut contents = Vec::new();
    for (name, skip) in operands.iter().zip([skip.0, skip.1]) {
        match read_all(name) {
            Ok(content) => contents.push(content.get(skip..).unwrap_or_default().to_vec()),
            Err(error) => {
                complain("cmp", format_args!("{}: {}", text(name), reason(&error)));
                return Ok(EXIT_TROUBLE);
            }
        }
    }
    let (one, other) = (&contents[0], &contents[1]);
    let (one, other) = (
        &one[..one.len().min(limit)],
        &other[..other.len().min(limit)],
    );
    let (mut line, mut differ) = (1, false);
    for (index, (a, b)) in one.iter().zip(other).enumerate() {
        if a == b {
            line += usize::from(*a == b'\n');
            continue;
        }
        differ = true;
        if silent {
            return Ok(1);
        }
        if verbose {
            let width = one.len().max(other.len()).to_string().len();
            if show {
                println!(
                    "{:>width$} {a:3o} {:<4} {b:3o} {}",
                    index + 1,
                    visible(*a),
                    visible(*b)
                );
            } else {
                println!("{:>width$} {a:3o} {b:3o}", index + 1);
            }
            continue;
        }
        let names = format!("{} {}", text(&operands[0]), text(&operands[1]));
        if show {
            println!(
                "{names} differ: byte {}, line {line} is {a:3o} {} {b:3o} {}",
                index + 1,
                visible(*a),
                visible(*b)
            );
        } else {
            println!("{names} differ: byte {}, line {line}", index + 1);
        }
        return Ok(1);
    }
    if one.len() != other.len() {
        if !silent {
            let (name, short) = if one.len() < other.len() {
                (&operands[0], one)
            } else {
                (&operands[1], other)
            };
            let lines = short.iter().filter(|byte| **byte == b'\n').count();
            let place = match short.last() {
                None => "which is empty".to_owned(),
                Some(_) if verbose => format!("after byte {}", short.len()),
                Some(b'\n') => format!("after byte {}, line {lines}", short.len()),
                Some(_) => format!("after byte {}, in line {}", short.len(), lines + 1),
            };
            complain("cmp", format_args!("EOF on {} {place}", text(name)));
        }
        return Ok(1);
    }
    Ok(i32::from(differ))
}

/// Compares as far as the files are the same; returns the exit code.
fn first_difference(
    operands: &[Vec<u8>],
    skip: (usize, usize),
    limit: usize,
    silent: bool,
    show: bool,
) -> i32 {
    let mut readers = Vec::new();
    for (name, skip) in operands.iter().zip([skip.0, skip.1]) {
        let opened = open(name).and_then(|mut from| {
            io::copy(&mut from.by_ref().take(skip as u64), &mut io::sink())?;
            Ok(from.take(limit as u64))
        });
        match opened {
            Ok(from) => readers.push(from),
            Err(error) => {
                complain("cmp", format_args!("{}: {}", text(name), reason(&error)));
                return EXIT_TROUBLE;
            }
        }
    }
    let [one, other] = &mut readers[..] else {
        return EXIT_TROUBLE;
    };
    let (mut offset, mut lines, mut last) = (0, 0, None);
    loop {
        let (a, b) = match (one.fill_buf(), other.fill_buf()) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(error), _) => return unreadable(&operands[0], &error),
            (_, Err(error)) => return unreadable(&operands[1], &error),
        };
        let length = a.len().min(b.len());
        if length == 0 {
            if a.is_empty() && b.is_empty() {
                return 0;
            }
            let short = &operands[usize::from(!a.is_empty())];
            if !silent {
                let place = match last {
                    None => "which is empty".to_owned(),
                    Some(b'\n') => format!("after byte {offset}, line {lines}"),
                    Some(_) => format!("after byte {offset}, in line {}", lines + 1),
                };
                complain("cmp", format_args!("EOF on {} {place}", text(short)));
            }
            return 1;
        }
        let same = if a[..length] == b[..length] {
            length
        } else {
            let pairs = a.iter().zip(b);
            pairs.take_while(|(a, b)| a == b).count()
        };
        lines += memchr::memchr_iter(b'\n', &a[..same]).count();
        if same < length {
            if !silent {
                let names = format!("{} {}", text(&operands[0]), text(&operands[1]));
                let place = format!("byte {}, line {}", offset + same + 1, lines + 1);
                if show {
                    let (a, b) = (a[same], b[same]);
                    let (x, y) = (visible(a), visible(b));
                    println!("{names} differ: {place} is {a:3o} {x} {b:3o} {y}");
                } else {
                    println!("{names} differ: {place}");
                }
            }
            return 1;
        }
        last = Some(a[length - 1]);
        offset += length;
        one.consume(length);
        other.consume(length);
    }
}

fn unreadable(name: &[u8], error: &io::Error) -> i32 {
    complain("cmp", format_args!("{}: {}", text(name), reason(error)));
    EXIT_TROUBLE
}

/// A byte as `cat -v` shows it.
fn visible(byte: u8) -> String {
    match byte {
        0x20..0x7f => char::from(byte).to_string(),
        0x7f => "^?".to_owned(),
        0..0x20 => format!("^{}", char::from(byte + 64)),
        _ => format!("M-{}", visible(byte - 128)),
    }
}
