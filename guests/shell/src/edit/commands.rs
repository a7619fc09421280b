//! What each key does to the line.

use super::ReadLine;
use super::keys::Key;
use super::kill_ring::Side;
use super::search::Direction;
use super::session::{Last, Session, Step};

impl Session<'_> {
    /// Does what a key says.
    pub fn execute(&mut self, key: Key) -> Step<()> {
        let before = self.buffer.clone();
        let last = std::mem::replace(&mut self.last, Last::Other);
        let place = self.walk.index(self.host.history());
        let result = self.dispatch(key, last);
        if self.walk.index(self.host.history()) != place {
            self.undo.clear();
        } else if self.buffer.text() != before.text() && self.last != Last::Undo {
            // Text typed in one go is one step.
            if !(self.last == Last::Text && last == Last::Text) {
                self.undo.push(before);
            }
        }
        result
    }

    pub(super) fn dispatch(&mut self, key: Key, last: Last) -> Step<()> {
        match key {
            Key::Char(character) | Key::Literal(character) => self.type_text(character),
            Key::Bound(number) => return self.run_bound(number, last),
            Key::Enter => return Err(ReadLine::Line(self.buffer.text().to_owned())),
            Key::Tab => return self.complete(last == Last::Tab),
            Key::Backspace => self.delete(self.buffer.before()),
            Key::Delete => self.delete(self.buffer.after()),
            Key::Left | Key::Control('B') => self.go_to(self.buffer.before()),
            Key::Right | Key::Control('F') => self.go_to(self.buffer.after()),
            Key::Home | Key::Control('A') => self.buffer.go_to(0),
            Key::End | Key::Control('E') => self.buffer.go_to(self.buffer.text().len()),
            Key::WordLeft | Key::Alt('b' | 'B') => self.go_to(self.buffer.word_start()),
            Key::WordRight | Key::Alt('f' | 'F') => self.go_to(self.buffer.word_end()),
            Key::Up | Key::Control('P') => self.go_in_history(-1),
            Key::Down | Key::Control('N') => self.go_in_history(1),
            Key::Alt('<') => self.go_to_entry(0),
            Key::Alt('>') => {
                let newest = self.host.history().len();
                self.go_to_entry(newest);
            }
            Key::Control('K') => self.kill(self.buffer.text().len(), last),
            Key::Control('U') => self.kill(0, last),
            Key::Control('W') => self.kill(self.buffer.blank_word_start(), last),
            Key::AltBackspace => self.kill(self.buffer.word_start(), last),
            Key::WordDelete | Key::Alt('d' | 'D') => self.kill(self.buffer.word_end(), last),
            Key::Control('Y') => self.yank(),
            Key::Alt('y' | 'Y') => self.yank_another(last),
            Key::Alt('.' | '_') => self.insert_last_argument(last),
            Key::Control('T') => self.transpose(),
            Key::Alt('u' | 'U') => self.change_word(&|word| word.to_uppercase()),
            Key::Alt('l' | 'L') => self.change_word(&|word| word.to_lowercase()),
            Key::Alt('c' | 'C') => self.change_word(&capitalized),
            Key::Control('_') => self.undo_change(),
            Key::Control('X') => return self.execute_extended(),
            Key::Control('R') => return self.search(Direction::Backward),
            Key::Control('S') => return self.search(Direction::Forward),
            Key::Control('L') => self.clear_screen(),
            Key::Control('C') => return Err(ReadLine::Interrupted),
            Key::Control('D') if self.buffer.is_empty() => return Err(ReadLine::EndOfFile),
            Key::Control('D') => self.delete(self.buffer.after()),
            Key::Control('G') => self.ring(),
            // Keys that mean nothing here, `^Z` among them.
            _ => {}
        }
        Ok(())
    }

    /// Inserts a character, together with all that were typed or pasted behind it and can be had without
    /// waiting: a paste is one insertion.
    fn type_text(&mut self, first: char) {
        let mut text = String::from(first);
        let is_text = |key| matches!(key, Key::Char(_) | Key::Literal(_));
        while text.len() < super::buffer::LINE_MAX_BYTES
            && let Some(Key::Char(character) | Key::Literal(character)) =
                self.next_key_at_hand(is_text)
        {
            text.push(character);
        }
        self.insert(&text);
        self.last = Last::Text;
    }

    fn insert(&mut self, text: &str) {
        if !self.buffer.insert(text) {
            self.ring();
        }
    }

    fn go_to(&mut self, place: usize) {
        if place == self.buffer.cursor() {
            self.ring();
        }
        self.buffer.go_to(place);
    }

    /// Removes what lies between the cursor and another place.
    fn delete(&mut self, place: usize) {
        if self.take(place).is_empty() {
            self.ring();
        }
    }

    fn take(&mut self, place: usize) -> String {
        let cursor = self.buffer.cursor();
        self.buffer.take(cursor.min(place)..cursor.max(place))
    }

    /// Cuts what lies between the cursor and another place.
    fn kill(&mut self, place: usize, last: Last) {
        let side = if place < self.buffer.cursor() {
            Side::Before
        } else {
            Side::Behind
        };
        let taken = self.take(place);
        self.editor.kill_ring.push(&taken, side, last == Last::Kill);
        self.last = Last::Kill;
    }

    fn yank(&mut self) {
        let start = self.buffer.cursor();
        match self.editor.kill_ring.newest().map(str::to_owned) {
            Some(text) => {
                self.insert(&text);
                self.last = Last::Yank { start };
            }
            None => self.ring(),
        }
    }

    fn transpose(&mut self) {
        if !self.buffer.transpose() {
            self.ring();
        }
    }

    /// Puts the cut before it in the place of the one just put back.
    fn yank_another(&mut self, last: Last) {
        let Last::Yank { start } = last else {
            return self.ring();
        };
        if let Some(text) = self.editor.kill_ring.rotate().map(str::to_owned) {
            self.replace(start, &text);
            self.last = last;
        }
    }

    fn replace(&mut self, start: usize, text: &str) {
        let end = self.buffer.cursor();
        if !self.buffer.replace(start.min(end)..end, text) {
            self.ring();
        }
    }

    /// Inserts the last word of the line before; again, that of the line before that.
    fn insert_last_argument(&mut self, last: Last) {
        let (start, mut index) = match last {
            Last::Argument { start, index } => (start, index),
            _ => (self.buffer.cursor(), self.host.history().len()),
        };
        while let Some(older) = index.checked_sub(1) {
            index = older;
            let word = last_word(self.host.history().get(index).unwrap_or_default()).to_owned();
            if !word.is_empty() {
                self.replace(start, &word);
                self.last = Last::Argument { start, index };
                return;
            }
        }
        self.ring();
        if matches!(last, Last::Argument { .. }) {
            self.last = last;
        }
    }

    fn change_word(&mut self, change: &dyn Fn(&str) -> String) {
        let (start, end) = (self.buffer.cursor(), self.buffer.word_end());
        let changed = change(&self.buffer.text()[start..end]);
        if !self.buffer.replace(start..end, &changed) {
            self.ring();
        }
    }

    fn undo_change(&mut self) {
        match self.undo.pop() {
            Some(before) => self.buffer = before,
            None => self.ring(),
        }
        self.last = Last::Undo;
    }

    /// `^X` and a second key, of which only one pair means something here.
    fn execute_extended(&mut self) -> Step<()> {
        match self.next_key()? {
            Key::Control('U') => self.undo_change(),
            Key::Control('C') => return Err(ReadLine::Interrupted),
            _ => self.ring(),
        }
        Ok(())
    }

    fn go_in_history(&mut self, by: isize) {
        let here = self.walk.index(self.host.history());
        match here.checked_add_signed(by) {
            Some(index) => self.go_to_entry(index),
            None => self.ring(),
        }
    }

    fn go_to_entry(&mut self, index: usize) {
        if !self
            .walk
            .go_to(index, &mut self.buffer, self.host.history())
        {
            self.ring();
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut inside = false;
    let mut output = String::with_capacity(word.len());
    for character in word.chars() {
        if inside {
            output.extend(character.to_lowercase());
        } else {
            output.extend(character.to_uppercase());
        }
        inside = character.is_alphanumeric();
    }
    output
}

/// The last word of a command line; quotes and backslashes keep blanks inside a word.
fn last_word(line: &str) -> &str {
    let line = line.trim_end();
    let mut start = 0;
    let mut quote = None;
    let mut escaped = false;
    for (offset, character) in line.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('\''), _) => {}
            (_, '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(character),
            (None, character) if character.is_whitespace() => start = offset + character.len_utf8(),
            _ => {}
        }
    }
    &line[start..]
}
