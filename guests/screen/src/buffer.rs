//! A text that is being edited: lines, a place in it, and what can be undone.

use std::fs;
use std::io;
use std::path::Path;

/// Changes that can be undone.
const UNDO_MAX: usize = 500;

/// A place: line and character, from 0.
pub type Place = (usize, usize);

#[derive(Clone)]
struct Snapshot {
    lines: Vec<String>,
    at: Place,
}

/// A text and the cursor in it.
#[derive(Default)]
pub struct Buffer {
    pub lines: Vec<String>,
    pub row: usize,
    /// In characters.
    pub column: usize,
    /// Where the cursor would be if the line were long enough.
    wanted: usize,
    pub changed: bool,
    undo: Vec<Snapshot>,
    redo: Vec<Snapshot>,
    /// The last change was typing, which is undone as one.
    typing: bool,
}

impl Buffer {
    /// The text of a file; an empty one if there is no such file.
    ///
    /// # Errors
    /// It cannot be read, or is no text.
    pub fn read(path: &Path) -> io::Result<Self> {
        let content = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            content => content?,
        };
        Ok(Self::of(&content))
    }

    /// A buffer of this text.
    pub fn of(content: &str) -> Self {
        let mut lines: Vec<String> = content.split('\n').map(str::to_owned).collect();
        if lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        Self {
            lines,
            ..Self::default()
        }
    }

    /// The text as vi writes it: every line ends.
    pub fn content(&self) -> String {
        if self.lines.len() == 1 && self.lines[0].is_empty() {
            return String::new();
        }
        self.lines.join("\n") + "\n"
    }

    /// An empty line behind the last one, as nano shows it: what is typed there is a line more.
    pub fn open_end(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) || self.lines.len() > 1 {
            self.lines.push(String::new());
        }
    }

    /// The text as nano writes it: the empty line at the end is the end of the one before.
    pub fn content_ended(&self) -> String {
        let text = self.lines.join("\n");
        if text.is_empty() || text.ends_with('\n') {
            return text;
        }
        text + "\n"
    }

    /// Writes it to a file as [`Buffer::content`] or [`Buffer::content_ended`] gave it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, path: &Path, content: &str) -> io::Result<()> {
        fs::write(path, content)?;
        self.changed = false;
        Ok(())
    }

    pub fn line(&self) -> &str {
        &self.lines[self.row]
    }

    pub fn length(&self) -> usize {
        self.line().chars().count()
    }

    /// Where a character of a line begins in bytes.
    pub fn offset(&self, row: usize, column: usize) -> usize {
        let line = &self.lines[row];
        line.char_indices()
            .nth(column)
            .map_or(line.len(), |(offset, _)| offset)
    }

    /// Keeps the text as it is, to come back to it.
    pub fn remember(&mut self, typing: bool) {
        if !(typing && self.typing) {
            if self.undo.len() == UNDO_MAX {
                self.undo.remove(0);
            }
            self.undo.push(Snapshot {
                lines: self.lines.clone(),
                at: (self.row, self.column),
            });
        }
        self.typing = typing;
        self.redo.clear();
        self.changed = true;
    }

    /// Ends a run of typing.
    pub fn pause(&mut self) {
        self.typing = false;
    }

    pub fn undo(&mut self) -> bool {
        let Some(before) = self.undo.pop() else {
            return false;
        };
        let now = self.restore(before);
        self.redo.push(now);
        true
    }

    pub fn redo(&mut self) -> bool {
        let Some(after) = self.redo.pop() else {
            return false;
        };
        let now = self.restore(after);
        self.undo.push(now);
        true
    }

    fn restore(&mut self, snapshot: Snapshot) -> Snapshot {
        let now = Snapshot {
            lines: std::mem::replace(&mut self.lines, snapshot.lines),
            at: (self.row, self.column),
        };
        (self.row, self.column) = snapshot.at;
        self.typing = false;
        self.changed = true;
        now
    }

    pub fn insert(&mut self, letter: char) {
        self.remember(true);
        let offset = self.offset(self.row, self.column);
        self.lines[self.row].insert(offset, letter);
        self.set_column(self.column + 1);
    }

    pub fn split_line(&mut self) {
        self.remember(false);
        let offset = self.offset(self.row, self.column);
        let rest = self.lines[self.row].split_off(offset);
        self.lines.insert(self.row + 1, rest);
        self.row += 1;
        self.set_column(0);
    }

    /// Removes the character before the cursor.
    pub fn backspace(&mut self) {
        if self.column > 0 {
            self.set_column(self.column - 1);
            self.delete();
        } else if self.row > 0 {
            self.row -= 1;
            self.set_column(self.length());
            self.delete();
        }
    }

    /// Removes the character at the cursor, or the end of the line.
    pub fn delete(&mut self) {
        if self.column < self.length() {
            self.remember(true);
            let offset = self.offset(self.row, self.column);
            self.lines[self.row].remove(offset);
        } else if self.row + 1 < self.lines.len() {
            self.remember(false);
            let next = self.lines.remove(self.row + 1);
            self.lines[self.row].push_str(&next);
        }
    }

    /// Removes lines and returns them.
    pub fn cut_lines(&mut self, count: usize) -> Vec<String> {
        self.remember(false);
        let end = (self.row + count).min(self.lines.len());
        let cut: Vec<String> = self.lines.drain(self.row..end).collect();
        if self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.row = self.row.min(self.lines.len() - 1);
        self.set_column(0);
        cut
    }

    /// Puts lines in at a row.
    pub fn paste_lines(&mut self, row: usize, lines: &[String]) {
        self.remember(false);
        let row = row.min(self.lines.len());
        self.lines.splice(row..row, lines.iter().cloned());
        self.row = row;
        self.set_column(0);
    }

    /// Removes what is between two places of a line and returns it.
    pub fn cut_range(&mut self, from: usize, to: usize) -> String {
        self.remember(false);
        let (from, to) = (self.offset(self.row, from), self.offset(self.row, to));
        self.lines[self.row].drain(from..to.max(from)).collect()
    }

    pub fn set_column(&mut self, column: usize) {
        self.column = column.min(self.length());
        self.wanted = self.column;
    }

    pub fn left(&mut self) {
        if self.column > 0 {
            self.set_column(self.column - 1);
        } else if self.row > 0 {
            self.row -= 1;
            self.set_column(usize::MAX);
        }
    }

    pub fn right(&mut self) {
        if self.column < self.length() {
            self.set_column(self.column + 1);
        } else if self.row + 1 < self.lines.len() {
            self.row += 1;
            self.set_column(0);
        }
    }

    /// Moves so many lines, down or up.
    pub fn vertical(&mut self, by: isize) {
        self.row = self.row.saturating_add_signed(by).min(self.lines.len() - 1);
        self.column = self.wanted.min(self.length());
    }

    pub fn go_to(&mut self, row: usize, column: usize) {
        self.row = row.min(self.lines.len() - 1);
        self.set_column(column);
    }

    /// The next place of a text, around the end if need be. In lower case if it is.
    pub fn find(&self, wanted: &str, forward: bool) -> Option<Place> {
        let fold = !wanted.chars().any(char::is_uppercase);
        let matches: Vec<Place> = self
            .lines
            .iter()
            .enumerate()
            .flat_map(|(row, line)| {
                let line = if fold {
                    line.to_lowercase()
                } else {
                    line.clone()
                };
                line.match_indices(wanted)
                    .map(|(offset, _)| (row, line[..offset].chars().count()))
                    .collect::<Vec<_>>()
            })
            .collect();
        let here = (self.row, self.column);
        if forward {
            matches
                .iter()
                .find(|place| **place > here)
                .or(matches.first())
                .copied()
        } else {
            matches
                .iter()
                .rev()
                .find(|place| **place < here)
                .or(matches.last())
                .copied()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_can_be_undone_and_done_again() {
        let mut buffer = Buffer::of("one\ntwo\n");
        for letter in "가b".chars() {
            buffer.insert(letter);
        }
        buffer.split_line();
        assert_eq!(buffer.content(), "가b\none\ntwo\n");
        assert!(buffer.undo() && buffer.undo());
        assert_eq!(buffer.content(), "one\ntwo\n");
        assert!(!buffer.undo());
        assert!(buffer.redo());
        assert_eq!(buffer.content(), "가bone\ntwo\n");
    }

    #[test]
    fn every_line_ends_once() {
        for (text, ended) in [("", ""), ("a", "a\n"), ("a\n", "a\n"), ("a\n\n", "a\n\n")] {
            let mut buffer = Buffer::of(text);
            assert_eq!(buffer.content(), ended, "{text:?}");
            buffer.open_end();
            assert_eq!(buffer.content_ended(), ended, "{text:?}");
        }
    }

    #[test]
    fn lines_are_joined_cut_and_found() {
        let mut buffer = Buffer::of("one\ntwo\nthree");
        buffer.go_to(1, 0);
        buffer.backspace();
        assert_eq!(buffer.content(), "onetwo\nthree\n");
        let cut = buffer.cut_lines(1);
        assert_eq!(
            (cut, buffer.content()),
            (vec!["onetwo".to_owned()], "three\n".to_owned())
        );
        assert_eq!(buffer.find("re", true), Some((0, 2)));
        buffer.cut_lines(9);
        assert_eq!(buffer.content(), "");
    }
}
