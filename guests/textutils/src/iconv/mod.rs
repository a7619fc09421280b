//! `iconv`: text from one encoding to another.
//!
//! Encodings are those of the WHATWG's Encoding Standard, which browsers have, and UTF-16, UTF-32 and ASCII besides.

mod charset;
mod decode;
mod encode;

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};

use berth_multicall::takes::{Takes, read};
use berth_multicall::{complain, open, os_string, print, reason, text};

use self::charset::{Charset, list};
use self::decode::Decoder;
use self::encode::{Unknown, Writer};

const TAKES: Takes = Takes {
    name: "iconv",
    help: "\
Usage: iconv [OPTION]... [-f ENCODING] [-t ENCODING] [FILE]...
Convert text from one encoding to another.

  -f, --from-code=NAME  encoding of the input; UTF-8 if not given
  -t, --to-code=NAME    encoding of the output; NAME//TRANSLIT and NAME//IGNORE as below
  -l, --list            list the encodings
  -c                    leave out what cannot be converted
  -o, --output=FILE     write to FILE
  -s, --silent          no warnings

//TRANSLIT writes ? for a character that the encoding lacks, //IGNORE leaves it out.
",
    letters: "f:t:lco:s",
    long: &[
        ("from-code", 'f'),
        ("to-code", 't'),
        ("list", 'l'),
        ("output", 'o'),
        ("silent", 's'),
        ("verbose", 's'),
    ],
    code: 1,
    command: false,
};

/// Bytes taken in at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// Bytes a single character may take before it is known to be none.
const CHARACTER_MAX_BYTES: usize = 16;

/// Why a conversion ended early.
#[derive(Debug)]
enum Failure {
    Input(io::Error),
    Output(io::Error),
    /// At this offset of the input there is no character, or one that the other encoding lacks.
    Illegal(usize),
    /// The input ends in the middle of a character.
    Incomplete,
}

/// `iconv`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if given.has('l') {
        return print("iconv", list().as_bytes());
    }
    let encoding = |letter| given.text(letter).unwrap_or_else(|| "UTF-8".to_owned());
    let (from, to) = (encoding('f'), encoding('t'));
    let mut unknown = if given.has('c') {
        Unknown::LeftOut
    } else {
        Unknown::Fails
    };
    let (to, suffix) = to.split_once("//").unwrap_or((&to, ""));
    let from = from.split("//").next().unwrap_or_default();
    let suffix = suffix.to_ascii_uppercase();
    if suffix.contains("IGNORE") {
        unknown = Unknown::LeftOut;
    } else if suffix.contains("TRANSLIT") && unknown == Unknown::Fails {
        unknown = Unknown::QuestionMark;
    }
    let (Some(source), Some(target)) = (Charset::named(from), Charset::named(to)) else {
        let (way, name) = match Charset::named(from) {
            None => ("from", from),
            Some(_) => ("to", to),
        };
        complain(
            "iconv",
            format_args!("conversion {way} `{name}' is not supported"),
        );
        eprintln!("Try 'iconv --list' for the encodings.");
        return 1;
    };
    let out: Box<dyn Write> = match given.value('o') {
        None => Box::new(berth_multicall::Output::stdout()),
        Some(path) => match File::create(os_string(path)) {
            Ok(file) => Box::new(io::BufWriter::new(file)),
            Err(error) => {
                complain("iconv", format_args!("{}: {}", text(path), reason(&error)));
                return 1;
            }
        },
    };
    let mut writer = Writer::new(out, target, unknown);
    let standard = [b"-".to_vec()];
    let files = match &given.operands[..] {
        [] => &standard[..],
        files => files,
    };
    let mut code = 0;
    for file in files {
        let converted = open(file)
            .map_err(Failure::Input)
            .and_then(|from| convert(from, source, &mut writer));
        let Err(failure) = converted else { continue };
        code = 1;
        // What could be converted is there all the same.
        let _ = writer.out.flush();
        match failure {
            Failure::Input(error) => complain(
                "iconv",
                format_args!(
                    "cannot open input file `{}': {}",
                    text(file),
                    reason(&error)
                ),
            ),
            Failure::Illegal(offset) => {
                complain(
                    "iconv",
                    format_args!("illegal input sequence at position {offset}"),
                );
                return 1;
            }
            Failure::Incomplete => complain(
                "iconv",
                format_args!("incomplete character or shift sequence at end of buffer"),
            ),
            Failure::Output(error) => {
                complain("iconv", format_args!("unable to write: {}", reason(&error)));
                return 1;
            }
        }
    }
    // As glibc's: who says -c wants it so.
    if writer.left_out && suffix.contains("IGNORE") {
        code = 1;
    }
    match writer.finish() {
        Ok(()) => code,
        Err(error) => {
            complain("iconv", format_args!("unable to write: {}", reason(&error)));
            1
        }
    }
}

/// Reads everything, piece by piece.
fn convert(mut from: impl Read, source: Charset, writer: &mut Writer) -> Result<(), Failure> {
    let mut buffer = vec![0; PIECE_BYTES];
    // What is there and not converted, and where in the input it begins.
    let (mut pending, mut offset) = (Vec::new(), 0);
    let mut decoder = Decoder::new(source);
    loop {
        let read = match from.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::Input(error)),
        };
        pending.extend_from_slice(&buffer[..read]);
        let last = read == 0;
        let taken = decoder.decode(&pending, last, offset, writer)?;
        pending.drain(..taken);
        offset += taken;
        if last {
            return if pending.is_empty() {
                Ok(())
            } else {
                Err(Failure::Incomplete)
            };
        }
    }
}
