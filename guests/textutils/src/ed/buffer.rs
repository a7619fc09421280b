//! The lines that are edited, the marks on them, and the way back.

use std::rc::Rc;

/// A line's bytes, without its newline.
pub type Text = Rc<[u8]>;

/// One line. It keeps its identity when it is moved or another stands before it.
#[derive(Clone)]
pub struct Line {
    pub text: Text,
    pub id: u64,
}

/// What undoing brings back.
#[derive(Clone, Default)]
struct State {
    lines: Vec<Line>,
    current: usize,
    modified: bool,
}

/// Lines are counted from 1; 0 is the place before the first.
#[derive(Default)]
pub struct Buffer {
    lines: Vec<Line>,
    /// The line that `.` means.
    pub current: usize,
    /// Something would be lost.
    pub modified: bool,
    next_id: u64,
    before: Option<State>,
    /// The line of each mark, by its identity.
    marks: [Option<u64>; 26],
    /// What was deleted or yanked last.
    cut: Option<Vec<Text>>,
}

impl Buffer {
    pub fn last(&self) -> usize {
        self.lines.len()
    }

    pub fn text(&self, number: usize) -> Text {
        Rc::clone(&self.lines[number - 1].text)
    }

    pub fn id(&self, number: usize) -> u64 {
        self.lines[number - 1].id
    }

    /// Where a line is now. `near` is where it was, and often still is.
    pub fn find(&self, id: u64, near: usize) -> Option<usize> {
        let is_it = |number: &usize| self.lines.get(number - 1).is_some_and(|line| line.id == id);
        if near > 0 && is_it(&near) {
            return Some(near);
        }
        (1..=self.last()).find(|number| is_it(number))
    }

    /// Everything, as if it had just been read.
    pub fn replace_all(&mut self, lines: Vec<Text>) {
        self.lines.clear();
        self.marks = [None; 26];
        self.insert(0, lines);
        self.modified = false;
        self.before = None;
    }

    /// What follows is undone by one `u`.
    pub fn remember(&mut self) {
        self.before = Some(self.state());
    }

    fn state(&self) -> State {
        State {
            lines: self.lines.clone(),
            current: self.current,
            modified: self.modified,
        }
    }

    /// Takes the last change back; false when there is none. A second time it is done again.
    pub fn undo(&mut self) -> bool {
        let Some(before) = self.before.take() else {
            return false;
        };
        self.before = Some(self.state());
        self.lines = before.lines;
        self.current = before.current;
        self.modified = before.modified;
        true
    }

    /// Puts lines behind a line; the last of them is the current one.
    pub fn insert(&mut self, after: usize, lines: Vec<Text>) {
        self.current = after + lines.len();
        if lines.is_empty() {
            return;
        }
        self.modified = true;
        let first_id = self.next_id;
        self.next_id += lines.len() as u64;
        let lines = lines.into_iter().zip(first_id..);
        let lines = lines.map(|(text, id)| Line { text, id });
        self.lines.splice(after..after, lines);
    }

    /// Takes lines out and into the cut buffer; the line behind them is the current one, or the last.
    pub fn delete(&mut self, from: usize, to: usize) {
        let cut = self.lines.drain(from - 1..to);
        self.cut = Some(cut.map(|line| line.text).collect());
        self.modified = true;
        self.current = from.min(self.last());
    }

    /// Puts lines in the place of one, which keeps its marks; the last of them is the current one.
    pub fn change(&mut self, number: usize, lines: Vec<Text>) {
        let id = self.id(number);
        self.lines.remove(number - 1);
        self.insert(number - 1, lines);
        self.lines[number - 1].id = id;
    }

    pub fn yank(&mut self, from: usize, to: usize) {
        self.cut = Some(self.texts(from, to));
    }

    pub fn set_cut(&mut self, lines: Vec<Text>) {
        self.cut = Some(lines);
    }

    pub fn cut(&self) -> Option<Vec<Text>> {
        self.cut.clone()
    }

    pub fn texts(&self, from: usize, to: usize) -> Vec<Text> {
        let lines = self.lines[from.max(1) - 1..to].iter();
        lines.map(|line| Rc::clone(&line.text)).collect()
    }

    /// Moves lines behind a line that is none of them.
    pub fn shift(&mut self, from: usize, to: usize, after: usize) {
        let moved: Vec<Line> = self.lines.drain(from - 1..to).collect();
        let count = moved.len();
        let at = if after >= to { after - count } else { after };
        self.lines.splice(at..at, moved);
        self.current = at + count;
        self.modified = true;
    }

    pub fn mark(&mut self, letter: u8, number: usize) {
        self.marks[usize::from(letter - b'a')] = Some(self.id(number));
    }

    pub fn marked(&self, letter: u8) -> Option<usize> {
        self.find(self.marks[usize::from(letter - b'a')]?, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(text: &str) -> Buffer {
        let mut buffer = Buffer::default();
        buffer.replace_all(text.bytes().map(|byte| Rc::from([byte])).collect());
        buffer
    }

    fn shown(buffer: &Buffer) -> String {
        let texts = buffer.texts(1, buffer.last());
        texts.iter().map(|text| char::from(text[0])).collect()
    }

    #[test]
    fn lines_move_both_ways_and_come_back() {
        let mut buffer = buffer("abcde");
        buffer.mark(b'x', 2);
        buffer.remember();
        buffer.shift(1, 2, 4);
        assert_eq!((shown(&buffer).as_str(), buffer.current), ("cdabe", 4));
        assert_eq!(buffer.marked(b'x'), Some(4));
        buffer.shift(4, 5, 0);
        assert_eq!(shown(&buffer), "becda");
        assert!(buffer.undo());
        assert_eq!((shown(&buffer).as_str(), buffer.modified), ("abcde", false));
    }

    #[test]
    fn behind_what_is_deleted_the_next_line_is_current() {
        let mut buffer = buffer("abc");
        buffer.delete(1, 2);
        assert_eq!((shown(&buffer).as_str(), buffer.current), ("c", 1));
        buffer.delete(1, 1);
        assert_eq!((buffer.last(), buffer.current), (0, 0));
    }
}
