//! Characters in bytes: UTF-8 where it is that, a byte a character where it is not; and a hash for lines.

use std::hash::Hasher;

use unicode_width::UnicodeWidthChar;

/// Length of the first character in bytes; 1 for a byte that begins none.
pub fn char_length(text: &[u8]) -> usize {
    let length = match text[0] {
        0..0x80 => return 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return 1,
    };
    let whole = text.get(..length);
    if whole.is_some_and(|whole| str::from_utf8(whole).is_ok()) {
        length
    } else {
        1
    }
}

/// Columns that one character takes on a terminal; none for what is not shown.
pub fn columns(character: &[u8]) -> usize {
    let character = str::from_utf8(character)
        .ok()
        .and_then(|text| text.chars().next());
    character.and_then(UnicodeWidthChar::width).unwrap_or(0)
}

/// How many characters there are.
pub fn count(text: &[u8]) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        at += char_length(&text[at..]);
        count += 1;
    }
    count
}

/// Where the character of this number begins; the text's end if there are not so many.
pub fn offset(text: &[u8], number: usize) -> usize {
    if text.is_ascii() {
        return number.min(text.len());
    }
    let mut at = 0;
    for _ in 0..number {
        if at >= text.len() {
            break;
        }
        at += char_length(&text[at..]);
    }
    at
}

/// A hash for short keys (FxHash's multiplication). The keys are a user's own: there is nobody to attack.
#[derive(Default)]
pub struct QuickHasher(u64);

impl Hasher for QuickHasher {
    fn write(&mut self, bytes: &[u8]) {
        const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
        let mut mix = |word: u64| {
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
        };
        let (words, rest) = bytes.as_chunks();
        for word in words {
            mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            mix(rest
                .iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte)));
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}
