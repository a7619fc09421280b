//! Characters in bytes: UTF-8 where it is that, a byte a character where it is not.

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
