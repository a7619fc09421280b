//! What a substitution puts in place of a match.

use berth_pattern::Captures;

use super::script::{Case, Part};

/// What a letter behind a backslash means in C.
pub fn c_escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'a' => 7,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'v' => 11,
        _ => return None,
    })
}

/// The character that a letter behind a backslash and what follows it mean; `at` is behind the letter.
pub fn escape(letter: u8, text: &[u8], at: &mut usize) -> Option<u8> {
    if let Some(byte) = c_escape(letter) {
        return Some(byte);
    }
    let (base, most) = match letter {
        b'x' => (16, 2),
        b'o' => (8, 3),
        b'd' => (10, 3),
        b'c' => {
            let control = text.get(*at)?.to_ascii_uppercase() ^ 0x40;
            *at += 1;
            return Some(control);
        }
        _ => return None,
    };
    let digits = text[*at..]
        .iter()
        .take(most)
        .take_while(|digit| char::from(**digit).is_digit(base))
        .count();
    let number = String::from_utf8_lossy(&text[*at..*at + digits]).into_owned();
    *at += digits;
    u32::from_str_radix(&number, base)
        .ok()
        .map(|value| value as u8)
}

/// Reads a replacement.
pub fn parse(text: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = Vec::new();
    let mut at = 0;
    let flush = |literal: &mut Vec<u8>, parts: &mut Vec<Part>| {
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(literal)));
        }
    };
    while at < text.len() {
        let byte = text[at];
        at += 1;
        if byte == b'&' {
            flush(&mut literal, &mut parts);
            parts.push(Part::Group(0));
            continue;
        }
        if byte != b'\\' || at == text.len() {
            literal.push(byte);
            continue;
        }
        let next = text[at];
        at += 1;
        let part = match next {
            b'0'..=b'9' => Some(Part::Group(usize::from(next - b'0'))),
            b'U' => Some(Part::Case(Case::Upper)),
            b'L' => Some(Part::Case(Case::Lower)),
            b'u' => Some(Part::Case(Case::UpperOnce)),
            b'l' => Some(Part::Case(Case::LowerOnce)),
            b'E' => Some(Part::Case(Case::Asis)),
            _ => None,
        };
        if let Some(part) = part {
            flush(&mut literal, &mut parts);
            parts.push(part);
            continue;
        }
        literal.push(escape(next, text, &mut at).unwrap_or(next));
    }
    flush(&mut literal, &mut parts);
    parts
}

/// The characters of one half of `y`.
pub fn characters(text: &[u8]) -> Vec<u32> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'\\' && at + 1 < text.len() {
            let next = text[at + 1];
            match c_escape(next) {
                Some(byte) => out.push(u32::from(byte)),
                None if next == b'\\' => out.push(u32::from(b'\\')),
                None => out.extend([u32::from(b'\\'), u32::from(next)]),
            }
            at += 2;
            continue;
        }
        let (character, length) = first_char(&text[at..]);
        out.push(character);
        at += length;
    }
    out
}

/// The first character and its length; a byte that is none is itself, above all characters.
pub fn first_char(text: &[u8]) -> (u32, usize) {
    const LONE_BYTE: u32 = 0x11_0000;
    if text[0] < 0x80 {
        return (u32::from(text[0]), 1);
    }
    let head = &text[..text.len().min(4)];
    let valid = match str::from_utf8(head) {
        Ok(valid) => valid,
        Err(error) => str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) => (u32::from(character), character.len_utf8()),
        None => (LONE_BYTE + u32::from(text[0]), 1),
    }
}

/// Writes a character that [`first_char`] gave.
pub fn push_char(out: &mut Vec<u8>, character: u32) {
    match char::from_u32(character) {
        Some(character) => out.extend(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.push(character as u8),
    }
}

/// Writes the replacement of one match.
pub fn write(parts: &[Part], text: &[u8], captures: &Captures, out: &mut Vec<u8>) {
    let mut case = Case::Asis;
    let mut once = None;
    for part in parts {
        let piece: &[u8] = match part {
            Part::Text(piece) => piece,
            Part::Group(group) => captures.get(*group).map_or(&[][..], |range| &text[range]),
            Part::Case(change @ (Case::UpperOnce | Case::LowerOnce)) => {
                once = Some(*change);
                continue;
            }
            Part::Case(change) => {
                case = *change;
                once = None;
                continue;
            }
        };
        if case == Case::Asis && once.is_none() {
            out.extend_from_slice(piece);
            continue;
        }
        for character in String::from_utf8_lossy(piece).chars() {
            let how = once.take().unwrap_or(case);
            let mut push =
                |character: char| out.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
            match how {
                Case::Upper | Case::UpperOnce => character.to_uppercase().for_each(&mut push),
                Case::Lower | Case::LowerOnce => character.to_lowercase().for_each(&mut push),
                Case::Asis => push(character),
            }
        }
    }
}
