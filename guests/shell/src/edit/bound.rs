//! What keys do that a person has bound.

use super::keymap::Binding;
use super::keys::Key;
use super::session::{Last, Session, Step};
use super::{Edited, ReadLine};

/// Macros played without a key read in between: one that plays itself ends here.
const MACROS_MAX: u32 = 1000;

impl Session<'_> {
    /// Does what a binding says.
    pub fn run_bound(&mut self, number: u16, last: Last) -> Step<()> {
        let binding = self.editor.keymap.borrow().binding(number).cloned();
        match binding {
            Some(Binding::Function(name)) => self.run_function(name, last),
            Some(Binding::Macro(bytes)) => {
                self.editor.macros_played += 1;
                if self.editor.macros_played > MACROS_MAX {
                    self.ring();
                    return Ok(());
                }
                // Typed before what has been typed meanwhile.
                let later = std::mem::take(&mut self.editor.keys);
                self.editor.feed(&bytes);
                self.editor.keys.extend(later);
                self.last = last;
                Ok(())
            }
            Some(Binding::Command(text)) => self.run_command(&text),
            Some(Binding::Nothing) | None => {
                self.ring();
                Ok(())
            }
        }
    }

    /// Does what a function of readline does; rings for one this editor does not have.
    fn run_function(&mut self, name: &str, last: Last) -> Step<()> {
        let end = self.buffer.text().len();
        match name {
            "history-search-backward" => self.search_beginning(true),
            "history-search-forward" => self.search_beginning(false),
            "kill-whole-line" => {
                self.buffer.go_to(end);
                return self.dispatch(Key::Control('U'), last);
            }
            "delete-horizontal-space" => self.delete_blanks(),
            "tab-insert" => return self.dispatch(Key::Literal('\t'), last),
            "quoted-insert" => self.editor.quote_next(),
            "insert-comment" => {
                let comment = self
                    .editor
                    .keymap
                    .borrow()
                    .value("comment-begin")
                    .to_owned();
                let line = format!("{comment}{}", self.buffer.text());
                self.buffer.set_at_end(line.clone());
                return Err(ReadLine::Line(line));
            }
            "revert-line" => while self.undo_one() {},
            "possible-completions" => return self.complete(true),
            _ => match key_of(name) {
                Some(key) => return self.dispatch(key, last),
                None => self.ring(),
            },
        }
        Ok(())
    }

    fn undo_one(&mut self) -> bool {
        let before = self.undo.pop();
        let changed = before.is_some();
        if let Some(before) = before {
            self.buffer = before;
        }
        self.last = Last::Undo;
        changed
    }

    fn delete_blanks(&mut self) {
        let (text, cursor) = (self.buffer.text(), self.buffer.cursor());
        let is_blank = |character: char| matches!(character, ' ' | '\t');
        let start = text[..cursor].trim_end_matches(is_blank).len();
        let rest = &text[cursor..];
        let end = cursor + (rest.len() - rest.trim_start_matches(is_blank).len());
        if !self.buffer.replace(start..end, "") {
            self.ring();
        }
    }

    /// The next line of the history that begins as this one does up to the cursor, which stays there.
    fn search_beginning(&mut self, backward: bool) {
        let cursor = self.buffer.cursor();
        let beginning = self.buffer.text()[..cursor].to_owned();
        let history = self.host.history();
        let here = self.walk.index(history);
        let shown = self.buffer.text();
        let fits = |index: &usize| {
            let line = history.get(*index).unwrap_or_default();
            line.starts_with(&beginning) && line != shown
        };
        let found = if backward {
            (0..here).rev().find(fits)
        } else {
            (here + 1..history.len()).find(fits)
        };
        match found {
            Some(index) => {
                self.walk
                    .go_to(index, &mut self.buffer, self.host.history());
                if !beginning.is_empty() {
                    self.buffer.go_to(cursor);
                }
            }
            None => self.ring(),
        }
    }

    /// `bind -x`: the shell runs a text that may change the line.
    fn run_command(&mut self, text: &str) -> Step<()> {
        self.refresh()?;
        self.erase_for_command()?;
        self.set_mode(super::Mode::Restored)?;
        let mut edited = Edited {
            line: self.buffer.text().to_owned(),
            cursor: self.buffer.cursor(),
        };
        self.host.run_bound(text, &mut edited);
        self.set_mode(super::Mode::Raw)?;
        let Edited { line, cursor } = edited;
        let cursor = super::buffer::floor_boundary(&line, cursor.min(line.len()));
        self.buffer.set(line, cursor);
        self.draw_anew();
        Ok(())
    }
}

/// The key that does by itself what a function does.
fn key_of(name: &str) -> Option<Key> {
    Some(match name {
        "abort" => Key::Control('G'),
        "accept-line" => Key::Enter,
        "backward-char" | "backward-byte" => Key::Left,
        "backward-delete-char" => Key::Backspace,
        "backward-kill-line" | "unix-line-discard" => Key::Control('U'),
        "backward-kill-word" | "shell-backward-kill-word" => Key::AltBackspace,
        "backward-word" | "shell-backward-word" => Key::WordLeft,
        "beginning-of-history" => Key::Alt('<'),
        "beginning-of-line" => Key::Home,
        "capitalize-word" => Key::Alt('c'),
        "clear-screen" | "clear-display" | "redraw-current-line" => Key::Control('L'),
        "complete" | "menu-complete" | "old-menu-complete" | "complete-filename"
        | "complete-command" | "complete-variable" => Key::Tab,
        "delete-char" => Key::Delete,
        "delete-char-or-list" | "end-of-file" => Key::Control('D'),
        "downcase-word" => Key::Alt('l'),
        "end-of-history" => Key::Alt('>'),
        "end-of-line" => Key::End,
        "forward-char" | "forward-byte" => Key::Right,
        "forward-search-history" => Key::Control('S'),
        "forward-word" | "shell-forward-word" => Key::WordRight,
        "insert-last-argument" | "yank-last-arg" => Key::Alt('.'),
        "kill-line" => Key::Control('K'),
        "kill-word" | "shell-kill-word" => Key::WordDelete,
        "next-history" | "next-screen-line" => Key::Down,
        "previous-history" | "previous-screen-line" => Key::Up,
        "reverse-search-history" => Key::Control('R'),
        "transpose-chars" => Key::Control('T'),
        "undo" => Key::Control('_'),
        "unix-word-rubout" | "unix-filename-rubout" => Key::Control('W'),
        "upcase-word" => Key::Alt('u'),
        "yank" => Key::Control('Y'),
        "yank-pop" => Key::Alt('y'),
        _ => return None,
    })
}
