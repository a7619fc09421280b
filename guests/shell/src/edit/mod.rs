//! The line editor: reads one line from a terminal and lets a person edit it, with history and completion.
//!
//! It knows nothing of the shell but the trait [`Host`], and of the terminal only the trait [`Terminal`].
//! The terminal is in raw mode only while a line is edited.

mod bound;
mod buffer;
mod commands;
mod complete;
mod glyphs;
mod history;
mod history_file;
pub mod keymap;
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

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

pub use complete::{Candidate, Completions};
pub use history::{Control as HistoryControl, FILE_LINES_DEFAULT, History, join_lines};
pub use prompt::{HIDDEN_END, HIDDEN_START};
pub use terminal::{Console, Mode, Terminal};

use keymap::{Keymap, Match};
use keys::{Decoder, Key};
use kill_ring::KillRing;
use session::Session;

/// Bindings, which the shell changes and the editor follows.
pub type SharedKeymap = Rc<RefCell<Keymap>>;

/// Time in which a longer sequence than one that is bound goes on, in milliseconds, when `keyseq-timeout` says nothing
/// sensible.
const SEQUENCE_TIMEOUT_DEFAULT_MS: u64 = 500;

/// A line and the cursor in it, a byte's offset, as a command that a key runs sees and changes them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edited {
    /// The line.
    pub line: String,
    /// Where the cursor is.
    pub cursor: usize,
}

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

    /// Runs what a key is bound to by `bind -x`; it may change the line.
    fn run_bound(&mut self, command: &str, edited: &mut Edited);
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
    keymap: SharedKeymap,
    /// Bytes that may become a key somebody bound.
    pending: Vec<u8>,
    /// Macros played since the last byte was read.
    macros_played: u32,
}

impl Editor {
    /// An editor for a terminal.
    pub fn new(terminal: Box<dyn Terminal>, keymap: SharedKeymap) -> Self {
        Self {
            terminal,
            decoder: Decoder::default(),
            keys: VecDeque::new(),
            kill_ring: KillRing::default(),
            last_pattern: String::new(),
            keymap,
            pending: Vec::new(),
            macros_played: 0,
        }
    }

    /// Takes bytes as keys.
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.feed_byte(*byte);
        }
    }

    fn feed_byte(&mut self, byte: u8) {
        let between_keys = !self.pending.is_empty() || self.decoder.is_between_keys();
        if !between_keys || self.keymap.borrow().is_plain() {
            return self.decoder.feed(byte, &mut self.keys);
        }
        self.pending.push(byte);
        let found = self.keymap.borrow().find(&self.pending);
        match found {
            Match::Bound {
                number,
                longer: false,
            } => {
                self.pending.clear();
                self.keys.push_back(Key::Bound(number));
            }
            Match::Bound { .. } | Match::Beginning => {}
            Match::Nothing => self.settle(),
        }
    }

    /// Nothing more belongs to the bytes that may have become a bound key: takes the longest that is one, or the first
    /// as what it is by itself, and the others anew.
    fn settle(&mut self) {
        let bytes = std::mem::take(&mut self.pending);
        let bound = (1..=bytes.len()).rev().find_map(|length| {
            match self.keymap.borrow().find(&bytes[..length]) {
                Match::Bound { number, .. } => Some((length, number)),
                _ => None,
            }
        });
        let taken = match bound {
            Some((length, number)) => {
                self.keys.push_back(Key::Bound(number));
                length
            }
            None => {
                self.decoder.feed(bytes[0], &mut self.keys);
                1
            }
        };
        self.feed(&bytes[taken..]);
    }

    /// Whether bytes wait for more of a bound key; a lone Escape is the decoder's matter.
    fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// How long they wait.
    fn sequence_timeout(&self) -> Duration {
        let keymap = self.keymap.borrow();
        let milliseconds = keymap.value("keyseq-timeout").parse();
        Duration::from_millis(milliseconds.unwrap_or(SEQUENCE_TIMEOUT_DEFAULT_MS))
    }

    /// Takes the next character as it is.
    fn quote_next(&mut self) {
        self.decoder.quote_next();
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
