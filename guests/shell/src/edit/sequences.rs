//! Which key an escape sequence is, for the terminals there are: xterm, its descendants, rxvt, Linux.

use super::keys::Key;

/// Letters of the numeric keypad are its characters so much further on.
const KEYPAD_OFFSET: u8 = 0x40;

/// The modifiers of a sequence: 1 plus bits 1 Shift, 2 Alt, 4 Control.
fn moves_by_words(modifier: u32, alt: bool) -> bool {
    alt || modifier.saturating_sub(1) & 0b110 != 0
}

/// The key of `ESC [ parameters last`.
pub fn sequence(parameters: &[u8], last: u8, alt: bool) -> Option<Key> {
    if !parameters
        .iter()
        .all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'))
    {
        return None;
    }
    let mut numbers = parameters.split(|byte| *byte == b';').map(number);
    let first = numbers.next().unwrap_or(0);
    let modifier = numbers.next().unwrap_or(0);
    let words = moves_by_words(modifier, alt);
    match last {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(if words { Key::WordRight } else { Key::Right }),
        b'D' => Some(if words { Key::WordLeft } else { Key::Left }),
        b'H' => Some(Key::Home),
        b'F' => Some(Key::End),
        b'~' => match first {
            1 | 7 => Some(Key::Home),
            4 | 8 => Some(Key::End),
            2 => Some(Key::Insert),
            3 => Some(if words { Key::WordDelete } else { Key::Delete }),
            5 => Some(Key::PageUp),
            6 => Some(Key::PageDown),
            27 => modified(numbers.next()?, modifier),
            _ => None,
        },
        // rxvt with Control.
        b'^' if first == 3 => Some(Key::WordDelete),
        b'^' if first == 7 => Some(Key::Home),
        b'^' if first == 8 => Some(Key::End),
        b'u' => modified(first, modifier),
        _ => None,
    }
}

/// A number of a sequence, without what follows a colon; what is too large is no number anybody knows.
fn number(digits: &[u8]) -> u32 {
    let digits = digits
        .split(|byte| *byte == b':')
        .next()
        .unwrap_or_default();
    digits.iter().fold(0, |value: u32, digit| {
        value
            .saturating_mul(10)
            .saturating_add(u32::from(digit.wrapping_sub(b'0')))
    })
}

/// A key written as the number of its character and its modifiers.
fn modified(code: u32, modifier: u32) -> Option<Key> {
    let character = char::from_u32(code)?;
    let bits = modifier.saturating_sub(1);
    let (shift, alt, control) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
    match character {
        '\r' | '\n' => Some(Key::Enter),
        '\t' => Some(Key::Tab),
        '\u{1B}' => None,
        '\u{8}' | '\u{7F}' if alt || control => Some(Key::AltBackspace),
        '\u{8}' | '\u{7F}' => Some(Key::Backspace),
        'm' | 'j' if control => Some(Key::Enter),
        'i' if control => Some(Key::Tab),
        'h' if control => Some(Key::Backspace),
        'a'..='z' if control => Some(Key::Control(character.to_ascii_uppercase())),
        '@'..='_' if control => Some(Key::Control(character)),
        character if character.is_control() || control => None,
        character if alt => Some(Key::Alt(character)),
        character if shift => Some(Key::Char(character.to_ascii_uppercase())),
        character => Some(Key::Char(character)),
    }
}

/// The key of `ESC O last`.
pub fn application(last: u8, alt: bool) -> Option<Key> {
    match last {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(if alt { Key::WordRight } else { Key::Right }),
        b'D' => Some(if alt { Key::WordLeft } else { Key::Left }),
        b'H' => Some(Key::Home),
        b'F' => Some(Key::End),
        b'M' => Some(Key::Enter),
        // rxvt with Control.
        b'c' => Some(Key::WordRight),
        b'd' => Some(Key::WordLeft),
        // The numeric keypad.
        b'j'..=b'y' => Some(Key::Char(char::from(last - KEYPAD_OFFSET))),
        _ => None,
    }
}
