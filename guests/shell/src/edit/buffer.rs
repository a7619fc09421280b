//! The line being edited: text and a cursor that always lies between two characters as people see them.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// Longest line, in bytes.
pub const LINE_MAX_BYTES: usize = 4 << 20;

/// Text and a place in it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Buffer {
    text: String,
    /// Offset in bytes, on a boundary of grapheme clusters.
    cursor: usize,
}

impl Buffer {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Offset of the cursor in bytes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes the text out; the buffer is empty then.
    pub fn take_text(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Replaces everything; a cursor that does not fit is moved to where it does.
    pub fn set(&mut self, text: String, cursor: usize) {
        self.text = text;
        self.truncate();
        self.cursor = cursor;
        self.settle();
    }

    /// Replaces everything; the cursor is at the end.
    pub fn set_at_end(&mut self, text: String) {
        let end = text.len();
        self.set(text, end);
    }

    fn truncate(&mut self) {
        if self.text.len() > LINE_MAX_BYTES {
            self.text
                .truncate(floor_boundary(&self.text, LINE_MAX_BYTES));
        }
    }

    /// Moves a cursor that lies inside a character behind it.
    fn settle(&mut self) {
        self.cursor = ceiling(&self.text, self.cursor);
    }

    /// Inserts text at the cursor and moves behind it; false when the line is full and nothing was inserted.
    #[must_use]
    pub fn insert(&mut self, text: &str) -> bool {
        if self.text.len() + text.len() > LINE_MAX_BYTES {
            return false;
        }
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        self.settle();
        true
    }

    /// Takes a part out and leaves the cursor there.
    pub fn take(&mut self, range: Range<usize>) -> String {
        let range = floor_boundary(&self.text, range.start)..floor_boundary(&self.text, range.end);
        let taken = self.text.drain(range.clone()).collect();
        self.cursor = range.start;
        self.settle();
        taken
    }

    /// Replaces a part; the cursor is behind the new text. False when the line would be too long.
    #[must_use]
    pub fn replace(&mut self, range: Range<usize>, text: &str) -> bool {
        let range = floor_boundary(&self.text, range.start)..floor_boundary(&self.text, range.end);
        if self.text.len() - range.len() + text.len() > LINE_MAX_BYTES {
            return false;
        }
        self.text.replace_range(range.clone(), text);
        self.cursor = range.start + text.len();
        self.settle();
        true
    }

    /// Moves the cursor; a place inside a character is moved behind it.
    pub fn go_to(&mut self, place: usize) {
        self.cursor = place;
        self.settle();
    }

    /// Start of the character before the cursor; the cursor itself at the start of the line.
    pub fn before(&self) -> usize {
        previous(&self.text, self.cursor)
    }

    /// End of the character behind the cursor; the cursor itself at the end of the line.
    pub fn after(&self) -> usize {
        next(&self.text, self.cursor)
    }

    /// End of the word the cursor is in or before. A word is letters and digits, as in Emacs.
    pub fn word_end(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let mut in_word = false;
        for (offset, character) in rest.grapheme_indices(true) {
            match is_word(character) {
                true => in_word = true,
                false if in_word => return self.cursor + offset,
                false => {}
            }
        }
        self.text.len()
    }

    /// Start of the word the cursor is in or behind.
    pub fn word_start(&self) -> usize {
        self.start_before(is_word)
    }

    /// As [`Self::word_start`], for words between blanks.
    pub fn blank_word_start(&self) -> usize {
        self.start_before(|character| !is_blank(character))
    }

    fn start_before(&self, belongs: impl Fn(&str) -> bool) -> usize {
        let mut start = self.cursor;
        for (offset, character) in self.text[..self.cursor].grapheme_indices(true).rev() {
            match belongs(character) {
                true => start = offset,
                false if start < self.cursor => break,
                // Nothing of the word yet: the blanks before the cursor go with it.
                false => {}
            }
        }
        if start == self.cursor { 0 } else { start }
    }

    /// Exchanges the characters around the cursor, at the end of the line the two before it; false when there
    /// are no two.
    #[must_use]
    pub fn transpose(&mut self) -> bool {
        let end = self.after();
        let middle = previous(&self.text, end);
        let start = previous(&self.text, middle);
        if start == middle {
            return false;
        }
        let exchanged = format!("{}{}", &self.text[middle..end], &self.text[start..middle]);
        self.replace(start..end, &exchanged)
    }
}

fn is_word(character: &str) -> bool {
    character.chars().next().is_some_and(char::is_alphanumeric)
}

fn is_blank(character: &str) -> bool {
    character.chars().next().is_some_and(char::is_whitespace)
}

/// The last place up to `offset` that lies between two `char`s.
pub fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The first place from `offset` on that lies between two grapheme clusters.
fn ceiling(text: &str, offset: usize) -> usize {
    let offset = floor_boundary(text, offset);
    let mut cursor = GraphemeCursor::new(offset, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(false) => next(text, offset),
        _ => offset,
    }
}

fn previous(text: &str, offset: usize) -> usize {
    let mut cursor = GraphemeCursor::new(offset, text.len(), true);
    cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

fn next(text: &str, offset: usize) -> usize {
    let mut cursor = GraphemeCursor::new(offset, text.len(), true);
    cursor
        .next_boundary(text, 0)
        .ok()
        .flatten()
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A buffer whose cursor is where `|` is.
    fn buffer(marked: &str) -> Buffer {
        let cursor = marked.find('|').unwrap();
        let mut buffer = Buffer::default();
        buffer.set(marked.replacen('|', "", 1), cursor);
        buffer
    }

    fn marked(buffer: &Buffer) -> String {
        let (before, behind) = buffer.text().split_at(buffer.cursor());
        format!("{before}|{behind}")
    }

    #[test]
    fn words_are_letters_and_digits() {
        for (line, start, end) in [
            ("one two|three", 4, 12),
            ("one, |two", 0, 8),
            ("|  one", 0, 5),
            ("one  |", 0, 5),
            ("a/b.c|", 4, 5),
            ("\u{d55c}\u{ae00} x|y", 7, 9),
        ] {
            let buffer = buffer(line);
            assert_eq!(
                (buffer.word_start(), buffer.word_end()),
                (start, end),
                "{line:?}"
            );
        }
    }

    #[test]
    fn words_between_blanks_have_anything_in_them() {
        for (line, start) in [
            ("ls /a/b|", 3),
            ("ls /a/b  |", 3),
            ("  |", 0),
            ("|", 0),
            ("x|", 0),
        ] {
            assert_eq!(buffer(line).blank_word_start(), start, "{line:?}");
        }
    }

    #[test]
    fn transposing_moves_a_character_forward() {
        for (before, after) in [
            ("ab|", "ba|"),
            ("a|b", "ba|"),
            ("ab|c", "acb|"),
            ("e\u{301}|x", "xe\u{301}|"),
        ] {
            let mut buffer = buffer(before);
            assert!(buffer.transpose());
            assert_eq!(marked(&buffer), after);
        }
        for line in ["|", "|ab", "a|"] {
            assert!(!buffer(line).transpose(), "{line:?}");
        }
    }

    #[test]
    fn the_cursor_never_stays_inside_a_character() {
        let mut buffer = buffer("|\u{301}x");
        assert!(buffer.insert("e"));
        assert_eq!(marked(&buffer), "e\u{301}|x");
        assert_eq!((buffer.before(), buffer.after()), (0, 4));
        buffer.go_to(1);
        assert_eq!(buffer.cursor(), 3);
        buffer.go_to(99);
        assert_eq!(buffer.cursor(), 4);
    }

    #[test]
    fn a_line_has_a_limit() {
        let mut buffer = Buffer::default();
        assert!(buffer.insert(&"x".repeat(LINE_MAX_BYTES)));
        assert!(!buffer.insert("y"));
        buffer.set("\u{d55c}".repeat(LINE_MAX_BYTES), 0);
        assert!(buffer.text().len() <= LINE_MAX_BYTES);
    }
}
