//! `iconv`: text from one encoding to another.
//!
//! Encodings are those of the WHATWG's Encoding Standard, which browsers have, and UTF-16, UTF-32 and ASCII besides.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};

use berth_multicall::{
    Options, bytes, complain, open, os_string, print, print_help, reason, text, usage_error,
};
use encoding_rs::{DecoderResult, EncoderResult, Encoding, UTF_8};
use lexopt::Arg::{Long, Short, Value};

const HELP: &str = "\
Usage: iconv [OPTION]... [-f ENCODING] [-t ENCODING] [FILE]...
Convert text from one encoding to another.

  -f, --from-code=NAME  encoding of the input; UTF-8 if not given
  -t, --to-code=NAME    encoding of the output; NAME//TRANSLIT and NAME//IGNORE as below
  -l, --list            list the encodings
  -c                    leave out what cannot be converted
  -o, --output=FILE     write to FILE
  -s, --silent          no warnings

//TRANSLIT writes ? for a character that the encoding lacks, //IGNORE leaves it out.
";

/// Bytes taken in at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// Bytes a single character may take before it is known to be none.
const CHARACTER_MAX_BYTES: usize = 16;

/// What is done with what cannot be converted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Unknown {
    Fails,
    LeftOut,
    QuestionMark,
}

/// How text is written.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Charset {
    Standard(&'static Encoding),
    Ascii,
    Latin1,
    /// Two bytes a unit; with a mark at the beginning when the order is not named.
    Utf16 {
        big: bool,
        marked: bool,
    },
    /// Four bytes a character.
    Utf32 {
        big: bool,
        marked: bool,
    },
}

impl Charset {
    fn named(name: &str) -> Option<Self> {
        let plain: String = name
            .chars()
            .filter(|letter| !matches!(letter, '-' | '_' | ' '))
            .collect::<String>()
            .to_ascii_lowercase();
        Some(match plain.as_str() {
            "" | "char" => Self::Standard(UTF_8),
            "utf8" => Self::Standard(UTF_8),
            "ascii" | "usascii" | "ansix3.41968" | "iso646us" | "c" | "posix" => Self::Ascii,
            "latin1" | "iso88591" | "l1" | "8859_1" | "cp819" => Self::Latin1,
            "utf16" | "ucs2" | "unicode" => Self::Utf16 {
                big: false,
                marked: true,
            },
            "utf16le" | "ucs2le" | "unicodelittle" => Self::Utf16 {
                big: false,
                marked: false,
            },
            "utf16be" | "ucs2be" | "unicodebig" => Self::Utf16 {
                big: true,
                marked: false,
            },
            "utf32" | "ucs4internal" => Self::Utf32 {
                big: false,
                marked: true,
            },
            "utf32le" | "ucs4le" => Self::Utf32 {
                big: false,
                marked: false,
            },
            "utf32be" | "ucs4be" | "ucs4" => Self::Utf32 {
                big: true,
                marked: false,
            },
            // Names that are common and not the standard's.
            "cp949" | "uhc" | "ms949" => Self::Standard(encoding_rs::EUC_KR),
            "cp932" | "sjis" => Self::Standard(encoding_rs::SHIFT_JIS),
            "cp936" => Self::Standard(encoding_rs::GBK),
            "cp950" => Self::Standard(encoding_rs::BIG5),
            "cp1252" => Self::Standard(encoding_rs::WINDOWS_1252),
            "cp1251" => Self::Standard(encoding_rs::WINDOWS_1251),
            "cp1250" => Self::Standard(encoding_rs::WINDOWS_1250),
            "latin2" | "iso88592" => Self::Standard(encoding_rs::ISO_8859_2),
            "latin9" | "iso885915" => Self::Standard(encoding_rs::ISO_8859_15),
            _ => {
                let found = Encoding::for_label(name.as_bytes())
                    .or_else(|| Encoding::for_label(name.replace('_', "-").as_bytes()));
                Self::Standard(found.filter(|found| *found != encoding_rs::REPLACEMENT)?)
            }
        })
    }
}

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
    let (mut from, mut to) = ("UTF-8".to_owned(), "UTF-8".to_owned());
    let (mut unknown, mut output, mut files) = (Unknown::Fails, None, Vec::new());
    let mut parser = Options::new(
        arguments,
        &[
            "from-code",
            "to-code",
            "list",
            "output",
            "silent",
            "verbose",
            "help",
            "version",
        ],
    );
    let mut read = || -> Result<Option<i32>, lexopt::Error> {
        while let Some(argument) = parser.next()? {
            match argument {
                Short('f') | Long("from-code") => from = text(bytes(&parser.value()?)),
                Short('t') | Long("to-code") => to = text(bytes(&parser.value()?)),
                Short('c') => unknown = Unknown::LeftOut,
                Short('o') | Long("output") => output = Some(bytes(&parser.value()?).to_vec()),
                Short('l') | Long("list") => return Ok(Some(print("iconv", list().as_bytes()))),
                Short('s') | Long("silent" | "verbose") => {}
                Long("help") => return Ok(Some(print_help("iconv", HELP))),
                Value(file) => files.push(bytes(&file).to_vec()),
                other => return Err(other.unexpected()),
            }
        }
        Ok(None)
    };
    match read() {
        Ok(None) => {}
        Ok(Some(code)) => return code,
        Err(error) => return usage_error("iconv", &error, 1),
    }
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
    let out: Box<dyn Write> = match &output {
        None => Box::new(berth_multicall::Output::stdout()),
        Some(path) => match File::create(os_string(path.clone())) {
            Ok(file) => Box::new(io::BufWriter::new(file)),
            Err(error) => {
                complain("iconv", format_args!("{}: {}", text(path), reason(&error)));
                return 1;
            }
        },
    };
    let mut writer = Writer::new(out, target, unknown);
    if files.is_empty() {
        files.push(b"-".to_vec());
    }
    let mut code = 0;
    for file in &files {
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

fn list() -> String {
    const OTHERS: &str = "ASCII// US-ASCII//\nISO-8859-1// LATIN1//\nUTF-8//\nUTF-16// UTF-16LE// UTF-16BE//\nUTF-32// UTF-32LE// UTF-32BE//\n";
    const STANDARD: [&Encoding; 33] = [
        encoding_rs::BIG5,
        encoding_rs::EUC_JP,
        encoding_rs::EUC_KR,
        encoding_rs::GB18030,
        encoding_rs::GBK,
        encoding_rs::IBM866,
        encoding_rs::ISO_2022_JP,
        encoding_rs::ISO_8859_2,
        encoding_rs::ISO_8859_3,
        encoding_rs::ISO_8859_4,
        encoding_rs::ISO_8859_5,
        encoding_rs::ISO_8859_6,
        encoding_rs::ISO_8859_7,
        encoding_rs::ISO_8859_8,
        encoding_rs::ISO_8859_10,
        encoding_rs::ISO_8859_13,
        encoding_rs::ISO_8859_14,
        encoding_rs::ISO_8859_15,
        encoding_rs::ISO_8859_16,
        encoding_rs::KOI8_R,
        encoding_rs::KOI8_U,
        encoding_rs::MACINTOSH,
        encoding_rs::SHIFT_JIS,
        encoding_rs::WINDOWS_1250,
        encoding_rs::WINDOWS_1251,
        encoding_rs::WINDOWS_1252,
        encoding_rs::WINDOWS_1253,
        encoding_rs::WINDOWS_1254,
        encoding_rs::WINDOWS_1255,
        encoding_rs::WINDOWS_1256,
        encoding_rs::WINDOWS_1257,
        encoding_rs::WINDOWS_1258,
        encoding_rs::WINDOWS_874,
    ];
    STANDARD.iter().fold(OTHERS.to_owned(), |list, encoding| {
        list + &encoding.name().to_ascii_uppercase() + "//\n"
    })
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

/// Bytes of an encoding to characters.
struct Decoder {
    source: Charset,
    /// Of a standard encoding; it keeps what shifts mean.
    standard: Option<encoding_rs::Decoder>,
    begun: bool,
}

impl Decoder {
    fn new(source: Charset) -> Self {
        let standard = match source {
            Charset::Standard(encoding) => Some(encoding.new_decoder_without_bom_handling()),
            _ => None,
        };
        Self {
            source,
            standard,
            begun: false,
        }
    }

    /// Converts as much as is whole; how many bytes that was. `offset` is where they begin in the input.
    fn decode(
        &mut self,
        bytes: &[u8],
        last: bool,
        offset: usize,
        writer: &mut Writer,
    ) -> Result<usize, Failure> {
        match self.source {
            Charset::Standard(_) => self.standard(bytes, last, offset, writer),
            Charset::Ascii => {
                for (at, byte) in bytes.iter().enumerate() {
                    if byte.is_ascii() {
                        writer.push(char::from(*byte), offset + at)?;
                    } else {
                        writer.illegal(offset + at)?;
                    }
                }
                Ok(bytes.len())
            }
            Charset::Latin1 => {
                for (at, byte) in bytes.iter().enumerate() {
                    writer.push(char::from(*byte), offset + at)?;
                }
                Ok(bytes.len())
            }
            Charset::Utf16 { .. } => self.utf16(bytes, offset, writer),
            Charset::Utf32 { .. } => self.utf32(bytes, offset, writer),
        }
    }

    fn standard(
        &mut self,
        bytes: &[u8],
        last: bool,
        offset: usize,
        writer: &mut Writer,
    ) -> Result<usize, Failure> {
        let Some(decoder) = &mut self.standard else {
            return Ok(bytes.len());
        };
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            let room = decoder
                .max_utf8_buffer_length_without_replacement(rest.len())
                .unwrap_or(PIECE_BYTES);
            let mut text = String::with_capacity(room.max(CHARACTER_MAX_BYTES));
            let (result, read) =
                decoder.decode_to_string_without_replacement(rest, &mut text, last);
            for letter in text.chars() {
                writer.push(letter, offset + taken)?;
            }
            taken += read;
            match result {
                DecoderResult::InputEmpty => return Ok(taken),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, behind) => {
                    if last && taken == bytes.len() && behind == 0 && !writer.leaves_out() {
                        return Err(Failure::Incomplete);
                    }
                    let back = usize::from(length) + usize::from(behind);
                    writer.illegal((offset + taken).saturating_sub(back))?;
                }
            }
        }
    }

    /// The order of bytes: that of the mark at the beginning, if there is one.
    fn order(&mut self, bytes: &[u8], size: usize) -> (bool, usize) {
        let (Charset::Utf16 { big, marked } | Charset::Utf32 { big, marked }) = self.source else {
            return (false, 0);
        };
        if self.begun || !marked || bytes.len() < size {
            return (big, 0);
        }
        let unit = |big: bool| unit(&bytes[..size], big);
        let (big, skip) = match (unit(false), unit(true)) {
            (0xfeff, _) => (false, size),
            (_, 0xfeff) => (true, size),
            _ => (big, 0),
        };
        self.begun = true;
        self.source = match self.source {
            Charset::Utf16 { marked, .. } => Charset::Utf16 { big, marked },
            _ => Charset::Utf32 { big, marked },
        };
        (big, skip)
    }

    fn utf16(
        &mut self,
        bytes: &[u8],
        offset: usize,
        writer: &mut Writer,
    ) -> Result<usize, Failure> {
        let (big, mut at) = self.order(bytes, 2);
        while at + 2 <= bytes.len() {
            let first = unit(&bytes[at..at + 2], big);
            let (value, length) = match first {
                0xd800..0xdc00 => {
                    let Some(second) = bytes.get(at + 2..at + 4) else {
                        break;
                    };
                    let second = unit(second, big);
                    let pair = 0x10000 + ((first - 0xd800) << 10) + second.wrapping_sub(0xdc00);
                    if (0xdc00..0xe000).contains(&second) {
                        (pair, 4)
                    } else {
                        (first, 2)
                    }
                }
                _ => (first, 2),
            };
            match char::from_u32(value) {
                Some(letter) => writer.push(letter, offset + at)?,
                None => writer.illegal(offset + at)?,
            }
            at += length;
        }
        Ok(at)
    }

    fn utf32(
        &mut self,
        bytes: &[u8],
        offset: usize,
        writer: &mut Writer,
    ) -> Result<usize, Failure> {
        let (big, mut at) = self.order(bytes, 4);
        while at + 4 <= bytes.len() {
            match char::from_u32(unit(&bytes[at..at + 4], big)) {
                Some(letter) => writer.push(letter, offset + at)?,
                None => writer.illegal(offset + at)?,
            }
            at += 4;
        }
        Ok(at)
    }
}

fn unit(bytes: &[u8], big: bool) -> u32 {
    let add = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
    if big {
        bytes.iter().fold(0, add)
    } else {
        bytes.iter().rev().fold(0, add)
    }
}

/// Characters to bytes of an encoding.
struct Writer {
    out: Box<dyn Write>,
    target: Charset,
    standard: Option<encoding_rs::Encoder>,
    unknown: Unknown,
    begun: bool,
    /// Something could not be converted.
    left_out: bool,
}

impl Writer {
    fn new(out: Box<dyn Write>, target: Charset, unknown: Unknown) -> Self {
        let standard = match target {
            Charset::Standard(encoding) if encoding != UTF_8 => Some(encoding.new_encoder()),
            _ => None,
        };
        Self {
            out,
            target,
            standard,
            unknown,
            begun: false,
            left_out: false,
        }
    }

    /// Goes back to the state in which the encoding begins.
    fn finish(&mut self) -> io::Result<()> {
        if let Some(encoder) = &mut self.standard {
            let mut bytes = [0; CHARACTER_MAX_BYTES];
            let (_, _, written) =
                encoder.encode_from_utf8_without_replacement("", &mut bytes, true);
            self.out.write_all(&bytes[..written])?;
        }
        self.out.flush()
    }

    fn leaves_out(&self) -> bool {
        self.unknown == Unknown::LeftOut
    }

    /// The input has no character at `offset`.
    fn illegal(&mut self, offset: usize) -> Result<(), Failure> {
        if self.leaves_out() {
            self.left_out = true;
            Ok(())
        } else {
            Err(Failure::Illegal(offset))
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).map_err(Failure::Output)
    }

    fn push(&mut self, letter: char, offset: usize) -> Result<(), Failure> {
        if !std::mem::replace(&mut self.begun, true) {
            match self.target {
                Charset::Utf16 { marked: true, .. } => self.write(&[0xff, 0xfe])?,
                Charset::Utf32 { marked: true, .. } => self.write(&[0xff, 0xfe, 0, 0])?,
                _ => {}
            }
        }
        let value = u32::from(letter);
        match self.target {
            Charset::Ascii if value < 0x80 => self.write(&[value as u8]),
            Charset::Latin1 if value < 0x100 => self.write(&[value as u8]),
            Charset::Ascii | Charset::Latin1 => self.lacking(offset),
            Charset::Utf16 { big, .. } => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    let bytes = if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    };
                    self.write(&bytes)?;
                }
                Ok(())
            }
            Charset::Utf32 { big, .. } => {
                let bytes = if big {
                    value.to_be_bytes()
                } else {
                    value.to_le_bytes()
                };
                self.write(&bytes)
            }
            Charset::Standard(_) => self.push_standard(letter, offset),
        }
    }

    fn push_standard(&mut self, letter: char, offset: usize) -> Result<(), Failure> {
        let mut utf8 = [0; 4];
        let text = letter.encode_utf8(&mut utf8);
        let Some(encoder) = &mut self.standard else {
            return self.write(text.as_bytes());
        };
        let mut bytes = [0; CHARACTER_MAX_BYTES];
        let (result, _, written) =
            encoder.encode_from_utf8_without_replacement(text, &mut bytes, false);
        match result {
            EncoderResult::Unmappable(_) => self.lacking(offset),
            _ => self.write(&bytes[..written]),
        }
    }

    /// The encoding lacks the character at `offset`.
    fn lacking(&mut self, offset: usize) -> Result<(), Failure> {
        match self.unknown {
            Unknown::Fails => Err(Failure::Illegal(offset)),
            Unknown::LeftOut => {
                self.left_out = true;
                Ok(())
            }
            Unknown::QuestionMark => {
                let mut bytes = [0; CHARACTER_MAX_BYTES];
                let question = match &mut self.standard {
                    Some(encoder) => {
                        let (_, _, written, _) = encoder.encode_from_utf8("?", &mut bytes, false);
                        written
                    }
                    None => {
                        bytes[0] = b'?';
                        1
                    }
                };
                self.write(&bytes[..question])
            }
        }
    }
}
