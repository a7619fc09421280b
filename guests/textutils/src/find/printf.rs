//! `-printf`.

use std::fs;

use berth_multicall::time::Moment;
use berth_multicall::{bytes, mode, os_string};

use super::walk::Entry;

/// A piece of a format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    Text(Vec<u8>),
    /// Flags and width, the letter, a second letter for times.
    Field {
        left: bool,
        zero: bool,
        width: usize,
        precision: Option<usize>,
        letter: u8,
        time: u8,
    },
    Flush,
}

/// Reads a format.
pub fn parse(format: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = Vec::new();
    let mut at = 0;
    while at < format.len() {
        let byte = format[at];
        at += 1;
        if byte == b'\\' && at < format.len() {
            let letter = format[at];
            at += 1;
            let byte = match letter {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'a' => 7,
                b'b' => 8,
                b'f' => 12,
                b'v' => 11,
                b'\\' => b'\\',
                b'c' => {
                    pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    pieces.push(Piece::Flush);
                    return pieces;
                }
                b'0'..=b'7' => {
                    let rest = &format[at - 1..];
                    let digits = rest
                        .iter()
                        .take(3)
                        .take_while(|digit| (b'0'..=b'7').contains(digit))
                        .count();
                    let value = rest[..digits]
                        .iter()
                        .fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
                    at += digits - 1;
                    value as u8
                }
                other => {
                    literal.push(b'\\');
                    other
                }
            };
            literal.push(byte);
            continue;
        }
        if byte != b'%' || at >= format.len() {
            literal.push(byte);
            continue;
        }
        if format[at] == b'%' {
            literal.push(b'%');
            at += 1;
            continue;
        }
        let (mut left, mut zero) = (false, false);
        while let Some(flag) = format
            .get(at)
            .filter(|flag| matches!(flag, b'-' | b'0' | b'#' | b'+' | b' '))
        {
            left |= *flag == b'-';
            zero |= *flag == b'0';
            at += 1;
        }
        let number = |at: &mut usize| {
            let digits = format[*at..]
                .iter()
                .take_while(|digit| digit.is_ascii_digit())
                .count();
            let text = String::from_utf8_lossy(&format[*at..*at + digits]).into_owned();
            *at += digits;
            text.parse().ok()
        };
        let width = number(&mut at).unwrap_or(0);
        let precision = if format.get(at) == Some(&b'.') {
            at += 1;
            number(&mut at)
        } else {
            None
        };
        let Some(&letter) = format.get(at) else {
            literal.push(b'%');
            continue;
        };
        at += 1;
        let time = if matches!(letter, b'A' | b'C' | b'T' | b'B') {
            let second = format.get(at).copied().unwrap_or(b'c');
            at += 1;
            second
        } else {
            0
        };
        pieces.push(Piece::Text(std::mem::take(&mut literal)));
        pieces.push(Piece::Field {
            left,
            zero,
            width,
            precision,
            letter,
            time,
        });
    }
    pieces.push(Piece::Text(literal));
    pieces
}

/// Writes what a format says about a file.
pub fn write(pieces: &[Piece], entry: &Entry<'_>, out: &mut Vec<u8>) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text),
            Piece::Flush => {}
            Piece::Field {
                left,
                zero,
                width,
                precision,
                letter,
                time,
            } => {
                let mut text = field(entry, *letter, *time);
                if let Some(precision) = precision {
                    text.truncate(*precision);
                }
                let fill = width.saturating_sub(crate::text::count(&text));
                if *left {
                    out.extend(text);
                    out.extend(std::iter::repeat_n(b' ', fill));
                } else {
                    let with = if *zero { b'0' } else { b' ' };
                    out.extend(std::iter::repeat_n(with, fill));
                    out.extend(text);
                }
            }
        }
    }
}

fn field(entry: &Entry<'_>, letter: u8, time: u8) -> Vec<u8> {
    let path = &entry.path[..];
    let root = entry.root;
    match letter {
        b'p' => return path.to_vec(),
        b'f' => return entry.name().to_vec(),
        b'h' => {
            return match path.iter().rposition(|byte| *byte == b'/') {
                Some(0) => Vec::new(),
                Some(slash) => path[..slash].to_vec(),
                None => b".".to_vec(),
            };
        }
        b'P' => {
            let rest = path.strip_prefix(root).unwrap_or_default();
            return rest.strip_prefix(b"/").unwrap_or(rest).to_vec();
        }
        b'H' => return root.to_vec(),
        b'd' => return entry.depth.to_string().into_bytes(),
        b'l' => {
            let target = fs::read_link(os_string(path));
            return target
                .map(|target| bytes(target.as_os_str()).to_vec())
                .unwrap_or_default();
        }
        b'y' => {
            return entry
                .file_type()
                .map(|file_type| letter_of(mode::type_letter(file_type)))
                .unwrap_or_default();
        }
        _ => {}
    }
    let Some(status) = entry.status() else {
        return Vec::new();
    };
    match letter {
        b's' => status.size.to_string(),
        b'b' => status.blocks.to_string(),
        b'k' => status.blocks.div_ceil(2).to_string(),
        b'm' => format!("{:o}", status.mode),
        b'M' => mode::letters(status.file_type, status.mode),
        b'n' => status.links.to_string(),
        b'i' => status.inode.to_string(),
        b'D' => status.device.to_string(),
        b'u' => mode::name_of("/etc/passwd", status.user),
        b'U' => status.user.to_string(),
        b'g' => mode::name_of("/etc/group", status.group),
        b'G' => status.group.to_string(),
        b't' => date(status.modified, b'c'),
        b'a' => date(status.accessed, b'c'),
        b'c' => date(status.changed, b'c'),
        b'T' => date(status.modified, time),
        b'A' => date(status.accessed, time),
        b'C' => date(status.changed, time),
        b'Y' => {
            return berth_guest::status(path, true)
                .map(|status| letter_of(mode::type_letter(status.file_type)))
                .unwrap_or_else(|_| b"N".to_vec());
        }
        other => format!("%{}", char::from(other)),
    }
    .into_bytes()
}

fn letter_of(letter: char) -> Vec<u8> {
    vec![if letter == '-' { b'f' } else { letter as u8 }]
}

fn date(time: berth_guest::Time, letter: u8) -> String {
    let moment = Moment::at(time.0);
    let fraction = format!("{:010}", u64::from(time.1) * 10);
    match letter {
        b'@' => format!("{}.{fraction}", time.0),
        b'+' => format!("{}.{fraction}", moment.format("%Y-%m-%d+%H:%M:%S")),
        b'c' => format!(
            "{}.{fraction} {}",
            moment.format("%a %b %e %H:%M:%S"),
            moment.year
        ),
        b'S' => format!("{}.{fraction}", moment.format("%S")),
        b'T' | b'X' => format!("{}.{fraction}", moment.format("%H:%M:%S")),
        other => moment.format(&format!("%{}", char::from(other))),
    }
}
