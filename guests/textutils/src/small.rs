//! Small programs: `rev`, `strings`, `column`, `xxd`.

use std::ffi::OsString;
use std::io::{self, BufReader, Read, Write};

use berth_multicall::{
    Options, Output, bytes, complain, number, open, print_help, read_all, read_line, reason, text,
    usage_error,
};
use lexopt::Arg::{Long, Short, Value};

/// Whole files, one after the other; the exit code if one cannot be read.
fn all(program: &str, files: &[Vec<u8>]) -> (Vec<u8>, i32) {
    let standard = [b"-".to_vec()];
    let files = if files.is_empty() {
        &standard[..]
    } else {
        files
    };
    let (mut content, mut code) = (Vec::new(), 0);
    for file in files {
        match read_all(file) {
            Ok(more) => content.extend(more),
            Err(error) => {
                code = 1;
                complain(program, format_args!("{}: {}", text(file), reason(&error)));
            }
        }
    }
    (content, code)
}

/// Files one after the other, as they are read; the exit code if one cannot be opened.
fn chained(program: &str, files: &[Vec<u8>]) -> (BufReader<Box<dyn Read>>, i32) {
    let standard = [b"-".to_vec()];
    let files = if files.is_empty() {
        &standard[..]
    } else {
        files
    };
    let mut code = 0;
    let mut chain: Box<dyn Read> = Box::new(io::empty());
    for file in files {
        match open(file) {
            Ok(next) => chain = Box::new(chain.chain(next)),
            Err(error) => {
                code = 1;
                complain(program, format_args!("{}: {}", text(file), reason(&error)));
            }
        }
    }
    (BufReader::new(chain), code)
}

/// `rev`: every line the other way round.
pub fn rev(arguments: Vec<OsString>) -> i32 {
    let files: Vec<Vec<u8>> = arguments
        .iter()
        .skip(1)
        .map(|word| bytes(word).to_vec())
        .collect();
    if files.iter().any(|word| word == b"--help") {
        return print_help(
            "rev",
            "Usage: rev [file]...\nReverse the characters of every line.\n",
        );
    }
    let (mut from, code) = chained("rev", &files);
    let mut out = Output::stdout();
    let mut line = Vec::new();
    loop {
        match read_line(&mut from, b'\n', &mut line) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                complain("rev", format_args!("{}", reason(&error)));
                return 1;
            }
        }
        let (line, end) = match line.strip_suffix(b"\n") {
            Some(line) => (line, "\n"),
            None => (&line[..], ""),
        };
        let reversed: String = String::from_utf8_lossy(line).chars().rev().collect();
        if write!(out, "{reversed}{end}").is_err() {
            return 1;
        }
    }
    i32::from(out.flush().is_err()).max(code)
}

/// `strings`: what can be read in a file that is no text.
pub fn strings(arguments: Vec<OsString>) -> i32 {
    let mut files = Vec::new();
    let (mut least, mut radix) = (4, None);
    let mut parser = Options::new(arguments, &["bytes", "radix", "all", "help", "version"]);
    let mut read = || -> Result<Option<i32>, lexopt::Error> {
        while let Some(argument) = parser.next()? {
            match argument {
                Short('n') | Long("bytes") => {
                    least = number(&parser.value()?, "minimum string length")?
                }
                Short('t') | Long("radix") => radix = bytes(&parser.value()?).first().copied(),
                Short('a') | Long("all") => {}
                Long("help") => {
                    return Ok(Some(print_help(
                        "strings",
                        "Usage: strings [-n LENGTH] [-t d|o|x] [file]...\nPrint sequences of printable characters.\n",
                    )));
                }
                Value(file) => files.push(bytes(&file).to_vec()),
                other => return Err(other.unexpected()),
            }
        }
        Ok(None)
    };
    match read() {
        Ok(None) => {}
        Ok(Some(code)) => return code,
        Err(error) => return usage_error("strings", &error, 1),
    }
    let (from, code) = chained("strings", &files);
    let mut out = Output::stdout();
    let mut run = Vec::new();
    let (mut offset, mut bytes) = (0usize, from.bytes());
    loop {
        let byte = match bytes.next().transpose() {
            Ok(byte) => byte,
            Err(error) => {
                complain("strings", format_args!("{}", reason(&error)));
                return 1;
            }
        };
        match byte {
            Some(byte @ (b' '..=b'~' | b'\t')) => run.push(byte),
            _ => {
                let start = offset - run.len();
                if run.len() >= least && !run.is_empty() {
                    let place = match radix {
                        Some(b'd') => format!("{start:7} "),
                        Some(b'o') => format!("{start:7o} "),
                        Some(b'x') => format!("{start:7x} "),
                        _ => String::new(),
                    };
                    if writeln!(out, "{place}{}", text(&run)).is_err() {
                        return 1;
                    }
                }
                run.clear();
            }
        }
        if byte.is_none() {
            break;
        }
        offset += 1;
    }
    i32::from(out.flush().is_err()).max(code)
}

/// `column -t`: a table of words; without it the lines in columns.
pub fn column(arguments: Vec<OsString>) -> i32 {
    let (mut table, mut width) = (false, 80usize);
    let (mut separator, mut between) = (None::<Vec<u8>>, "  ".to_owned());
    let mut files = Vec::new();
    let mut parser = Options::new(
        arguments,
        &[
            "table",
            "separator",
            "output-separator",
            "output-width",
            "help",
            "version",
        ],
    );
    let mut read = || -> Result<Option<i32>, lexopt::Error> {
        while let Some(argument) = parser.next()? {
            match argument {
                Short('t') | Long("table") => table = true,
                Short('s') | Long("separator") => {
                    separator = Some(bytes(&parser.value()?).to_vec())
                }
                Short('o') | Long("output-separator") => between = text(bytes(&parser.value()?)),
                Short('c') | Long("output-width") => width = number(&parser.value()?, "width")?,
                Long("help") => {
                    return Ok(Some(print_help(
                        "column",
                        "Usage: column [-t] [-s SEPARATORS] [-o SEPARATOR] [-c WIDTH] [file]...\nColumnate lists; -t makes a table.\n",
                    )));
                }
                Value(file) => files.push(bytes(&file).to_vec()),
                other => return Err(other.unexpected()),
            }
        }
        Ok(None)
    };
    match read() {
        Ok(None) => {}
        Ok(Some(code)) => return code,
        Err(error) => return usage_error("column", &error, 1),
    }
    let (content, code) = all("column", &files);
    let content = text(&content);
    let lines: Vec<&str> = content
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let mut out = Output::stdout();
    let rows: Vec<Vec<String>> = if table {
        lines
            .iter()
            .map(|line| match &separator {
                Some(separators) => line
                    .split(|letter: char| separators.contains(&(letter as u8)))
                    .map(str::to_owned)
                    .collect(),
                None => line.split_whitespace().map(str::to_owned).collect(),
            })
            .collect()
    } else {
        let widest = lines
            .iter()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0);
        let each = (widest / 8 + 1) * 8;
        let columns = (width / each).max(1);
        let count = lines.len().div_ceil(columns).max(1);
        between.clear();
        (0..count)
            .map(|row| {
                (0..columns)
                    .filter_map(|column| lines.get(column * count + row))
                    .map(|line| format!("{line:<each$}"))
                    .collect()
            })
            .collect()
    };
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..most)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in rows {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            if index + 1 == row.len() {
                line.push_str(cell);
            } else {
                line.push_str(&format!("{cell:<width$}{between}", width = widths[index]));
            }
        }
        if writeln!(out, "{}", line.trim_end()).is_err() {
            return 1;
        }
    }
    i32::from(out.flush().is_err()).max(code)
}

/// `xxd`: bytes in hexadecimal and as text, and back.
pub fn xxd(arguments: Vec<OsString>) -> i32 {
    const HELP: &str = "Usage: xxd [-p] [-r] [-c COLUMNS] [-g BYTES] [-l LENGTH] [-s SEEK] [-u] [infile]\nMake a hex dump, or with -r the reverse.\n";
    let (mut plain, mut back, mut upper) = (false, false, false);
    let (mut columns, mut length, mut skip) = (None::<usize>, usize::MAX, 0usize);
    let mut group = 2usize;
    let mut files = Vec::new();
    let mut parser = Options::new(arguments, &["help", "version"]);
    let mut read = || -> Result<Option<i32>, lexopt::Error> {
        while let Some(argument) = parser.next()? {
            match argument {
                Short('p') => plain = true,
                Short('r') => back = true,
                Short('u') => upper = true,
                Short('c') => columns = Some(number(&parser.value()?, "columns")?),
                Short('l') => length = number(&parser.value()?, "length")?,
                Short('s') => skip = number(&parser.value()?, "seek")?,
                Short('g') => group = number(&parser.value()?, "group")?,
                Short('h') | Long("help") => return Ok(Some(print_help("xxd", HELP))),
                Value(file) => files.push(bytes(&file).to_vec()),
                other => return Err(other.unexpected()),
            }
        }
        Ok(None)
    };
    match read() {
        Ok(None) => {}
        Ok(Some(code)) => return code,
        Err(error) => return usage_error("xxd", &error, 1),
    }
    let mut out = Output::stdout();
    if back {
        let (content, code) = all("xxd", &files);
        let mut digits = Vec::new();
        for line in content.split(|byte| *byte == b'\n') {
            let hex = match line.iter().position(|byte| *byte == b':') {
                Some(colon) if !plain => {
                    let rest = &line[colon + 1..];
                    let end = rest
                        .windows(2)
                        .position(|pair| pair == b"  ")
                        .unwrap_or(rest.len());
                    &rest[..end]
                }
                _ => line,
            };
            digits.extend(hex.iter().copied().filter(u8::is_ascii_hexdigit));
        }
        let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
        let raw: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| value(pair[0]) << 4 | value(pair[1]))
            .collect();
        return i32::from(out.write_all(&raw).and_then(|()| out.flush()).is_err()).max(code);
    }
    let (mut from, code) = chained("xxd", &files);
    let skipped = io::copy(&mut from.by_ref().take(skip as u64), &mut io::sink());
    let mut from = from.take(length as u64);
    let hex = |byte: &u8| {
        if upper {
            format!("{byte:02X}")
        } else {
            format!("{byte:02x}")
        }
    };
    // No groups at all are one of everything.
    let group = if group == 0 { usize::MAX } else { group };
    let width = columns
        .filter(|columns| *columns > 0)
        .unwrap_or(if plain { 30 } else { 16 });
    let mut index = 0;
    loop {
        let mut piece = Vec::with_capacity(width);
        let read = from.by_ref().take(width as u64).read_to_end(&mut piece);
        if let Some(error) = read
            .err()
            .or(skipped.as_ref().err().map(|_| io::ErrorKind::Other.into()))
        {
            complain("xxd", format_args!("{}", reason(&error)));
            return 1;
        }
        if piece.is_empty() {
            break;
        }
        let written = if plain {
            writeln!(out, "{}", piece.iter().map(hex).collect::<String>())
        } else {
            let groups: Vec<String> = piece
                .chunks(group)
                .map(|pair| pair.iter().map(hex).collect())
                .collect();
            let shown: String = piece
                .iter()
                .map(|byte| {
                    if (b' '..=b'~').contains(byte) {
                        char::from(*byte)
                    } else {
                        '.'
                    }
                })
                .collect();
            let room = width * 2 + width.div_ceil(group) - 1;
            writeln!(
                out,
                "{:08x}: {:<room$}  {shown}",
                skip + index * width,
                groups.join(" ")
            )
        };
        if written.is_err() {
            return 1;
        }
        index += 1;
    }
    i32::from(out.flush().is_err()).max(code)
}
