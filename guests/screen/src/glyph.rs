//! How a character of a text is shown.

use unicode_width::UnicodeWidthChar as _;

/// Columns between tab stops.
const TAB_COLUMNS: usize = 8;
/// A tab's blanks.
const BLANKS: &str = "        ";
/// Bytes that the longest sign takes which is not from [`BLANKS`].
pub const SIGN_MAX_BYTES: usize = 4;

/// What is printed for a character in some column, and how many columns it takes: blanks for a tab, a caret and a
/// letter for a control character, otherwise itself. `buffer` holds what is not blanks.
pub fn shown(letter: char, column: usize, buffer: &mut [u8; SIGN_MAX_BYTES]) -> (&str, usize) {
    match letter {
        '\t' => {
            let wide = TAB_COLUMNS - column % TAB_COLUMNS;
            (&BLANKS[..wide], wide)
        }
        letter if letter.is_control() => {
            let sign = char::from((letter as u8).wrapping_add(64) & 0x7f);
            buffer[0] = b'^';
            sign.encode_utf8(&mut buffer[1..]);
            (str::from_utf8(&buffer[..2]).unwrap_or("^"), 2)
        }
        letter => (letter.encode_utf8(buffer), letter.width().unwrap_or(0)),
    }
}

/// The column behind a character that begins in some column.
pub fn advance(column: usize, letter: char) -> usize {
    column + shown(letter, column, &mut [0; SIGN_MAX_BYTES]).1
}
