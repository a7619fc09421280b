//! The line editor: reads one line from a terminal and lets a person edit it, with history and completion.
//!
//! It knows nothing of the shell but the trait [`Host`], and of the terminal only the trait [`Terminal`].
//! The terminal is in raw mode only while a line is edited.

mod buffer;
mod commands;
mod complete;
mod glyphs;
mod history;
mod history_file;
mod keys;
mod kill_ring;
mod layout;
mod prompt;
mod render;
mod search;
mod sequences;
mod session;
mod terminal;
#[cfg(test)]
mod tests;
mod undo;
mod walk;

use std::collections::VecDeque;

pub use complete::{Candidate, Completions};
pub use history::{Control as HistoryControl, FILE_LINES_DEFAULT, History, join_lines};
pub use prompt::{HIDDEN_END, HIDDEN_START};
pub use terminal::{Console, Mode, Terminal};

use keys::{Decoder, Key};
use kill_ring::KillRing;
use session::Session;

/// What came of reading a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadLine {
    /// A line without the line end that finished it; it may have others inside when it was pasted.
    Line(String),
    /// `^C`, or the signal of that key. It is shown, and the cursor is on a new row.
    Interrupted,
    /// `^D` on an empty line; the cursor stays behind the prompt.
    EndOfFile,
    /// The terminal is gone, or its signal came.
    Hangup,
}

/// What signals meant to the shell.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wake {
    /// The line is to be dropped as by `^C`.
    pub interrupted: bool,
    /// The shell is to end.
    pub hangup: bool,
    /// Lines to show above the line, such as jobs that ended.
    pub notice: String,
}

/// The shell as the editor needs it.
pub trait Host {
    /// Ways to go on at a place of the line, an offset in bytes. May run commands; `^C` is a signal meanwhile.
    fn complete(&mut self, line: &str, cursor: usize) -> Completions;

    /// A read was interrupted by a signal. The host takes the signals from the kernel; the editor itself looks
    /// whether the terminal has a new size.
    fn signalled(&mut self) -> Wake;

    /// What was typed before.
    fn history(&self) -> &History;
}

/// A line editor and what it remembers from line to line.
pub struct Editor {
    terminal: Box<dyn Terminal>,
    decoder: Decoder,
    /// Keys that came behind the end of the last line.
    keys: VecDeque<Key>,
    kill_ring: KillRing,
    /// What was searched for last.
    last_pattern: String,
}

impl Editor {
    /// An editor for a terminal.
    pub fn new(terminal: Box<dyn Terminal>) -> Self {
        Self {
            terminal,
            decoder: Decoder::default(),
            keys: VecDeque::new(),
            kill_ring: KillRing::default(),
            last_pattern: String::new(),
        }
    }

    /// Takes bytes as keys.
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.decoder.feed(*byte, &mut self.keys);
        }
    }

    /// Shows a prompt and reads a line. In the prompt, what takes no room stands between [`HIDDEN_START`] and
    /// [`HIDDEN_END`], or is an escape sequence.
    pub fn read_line(&mut self, host: &mut dyn Host, prompt: &str) -> ReadLine {
        if self.terminal.set_mode(Mode::Raw).is_err() {
            return ReadLine::Hangup;
        }
        let line = Session::new(self, host, prompt).run();
        // A terminal that is gone has no mode.
        let _ = self.terminal.set_mode(Mode::Restored);
        line
    }
}
