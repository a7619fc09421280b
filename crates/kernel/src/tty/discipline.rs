//! The line discipline: what a terminal makes of each typed byte.
//!
//! A state machine without time, locks or processes: bytes go in, and the input queue, the output
//! queue and a set of signals come out. Source: POSIX.1-2024 chapter 11, `termios(3)`; where those
//! leave a choice it does what Linux does (the tests ask Linux itself), with one exception: erasing
//! a wide character wipes both its columns.

use super::input::{self as queue, End, Input};
use super::output::{Output, tab_columns};
use super::termios::{
    Termios, VEOF, VEOL, VEOL2, VERASE, VINTR, VKILL, VLNEXT, VQUIT, VREPRINT, VSTART, VSTOP,
    VSUSP, VWERASE, input, local,
};
use crate::limits::TTY_INPUT_BYTES;
use crate::signal::Signal;

/// A terminal's queues and what connects them.
#[derive(Default)]
pub(super) struct Discipline {
    pub termios: Termios,
    pub input: Input,
    pub output: Output,
    /// `VLNEXT` was typed: the next byte means itself.
    literal_next: bool,
    /// Column where the line being typed begins on the screen.
    line_column: usize,
}

/// What became of a typed byte.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Typed {
    /// It was used.
    Taken,
    /// It was used, and the foreground group gets this.
    Signal(Signal),
    /// There is no room for it until somebody reads.
    Full,
}

impl Discipline {
    pub fn cooked(&self) -> bool {
        self.termios.has_local(local::ICANON)
    }

    fn utf8(&self) -> bool {
        self.termios.has_input(input::IUTF8)
    }

    fn echoes(&self) -> bool {
        self.termios.has_local(local::ECHO)
    }

    fn extended(&self) -> bool {
        self.termios.has_local(local::IEXTEN)
    }

    /// Which signal `byte` sends.
    pub fn signal(&self, byte: u8) -> Option<Signal> {
        let termios = &self.termios;
        if !termios.has_local(local::ISIG) {
            return None;
        }
        [
            (VINTR, Signal::INT),
            (VQUIT, Signal::QUIT),
            (VSUSP, Signal::TSTP),
        ]
        .into_iter()
        .find_map(|(index, signal)| termios.is(index, byte).then_some(signal))
    }

    /// Whether a typed ordinary character would be used.
    pub fn has_room(&self) -> bool {
        if self.cooked() {
            // A full line that nobody else's bytes share takes more, and drops it with a beep.
            !self.input.is_full() || self.input.complete() == 0
        } else {
            self.input.len() < TTY_INPUT_BYTES
        }
    }

    /// A byte is typed.
    pub fn typed(&mut self, byte: u8) -> Typed {
        let mut byte = byte;
        if self.termios.has_input(input::ISTRIP) {
            byte &= 0x7f;
        }
        if self.literal_next {
            return self.literal(byte);
        }
        if self.termios.has_input(input::IXON) {
            if self.termios.is(VSTART, byte) {
                self.output.start();
                return Typed::Taken;
            }
            if self.termios.is(VSTOP, byte) {
                self.output.stop();
                return Typed::Taken;
            }
        }
        if let Some(signal) = self.signal(byte) {
            self.signal_typed(byte);
            return Typed::Signal(signal);
        }
        self.restart_on_any();
        let mut from_return = false;
        match byte {
            b'\r' if self.termios.has_input(input::IGNCR) => return Typed::Taken,
            b'\r' if self.termios.has_input(input::ICRNL) => {
                byte = b'\n';
                from_return = true;
            }
            b'\n' if self.termios.has_input(input::INLCR) => byte = b'\r',
            _ => {}
        }
        if self.cooked()
            && let Some(typed) = self.line_key(byte)
        {
            return typed;
        }
        // In raw mode Return is shown as a new line, but a typed NL as the control character it is.
        self.ordinary(byte, from_return)
    }

    fn restart_on_any(&mut self) {
        if self.output.is_stopped() && self.termios.has_input(input::IXON | input::IXANY) {
            self.output.start();
        }
    }

    fn signal_typed(&mut self, byte: u8) {
        if !self.termios.has_local(local::NOFLSH) {
            self.input.clear();
            self.output.flush();
        }
        if self.termios.has_input(input::IXON) {
            self.output.start();
        }
        if self.echoes() {
            self.echo(byte);
        }
    }

    /// The byte after `VLNEXT`.
    fn literal(&mut self, byte: u8) -> Typed {
        self.restart_on_any();
        let typed = self.ordinary(byte, false);
        self.literal_next = typed == Typed::Full;
        typed
    }

    /// A byte for the queue. `raw`: shown as it is, even if it is a control character.
    fn ordinary(&mut self, byte: u8, raw: bool) -> Typed {
        if !self.has_room() {
            return Typed::Full;
        }
        if self.cooked() && self.input.is_full() {
            self.beep();
            return Typed::Taken;
        }
        if self.echoes() {
            self.mark_line_start();
            if raw {
                self.output.echo(&self.termios, byte);
            } else {
                self.echo(byte);
            }
        }
        if self.input.push(byte) {
            Typed::Taken
        } else {
            Typed::Full
        }
    }

    fn beep(&mut self) {
        if self.termios.has_input(input::IMAXBEL) {
            self.output.echo(&self.termios, b'\x07');
        }
    }

    fn mark_line_start(&mut self) {
        if !self.input.editing() {
            self.line_column = self.output.column();
        }
    }

    /// Keys that edit or end the line. `None`: an ordinary character.
    fn line_key(&mut self, byte: u8) -> Option<Typed> {
        let termios = self.termios;
        if termios.is(VERASE, byte) {
            self.erase_character();
        } else if termios.is(VKILL, byte) {
            self.kill_line();
        } else if termios.is(VWERASE, byte) && self.extended() {
            self.erase_word();
        } else if termios.is(VLNEXT, byte) && self.extended() {
            self.literal_next = true;
            if self.echoes() && termios.has_local(local::ECHOCTL) {
                // A caret that the next character is shown over.
                self.echo_all(b"^\x08");
            }
        } else if termios.is(VREPRINT, byte) && self.extended() && self.echoes() {
            self.reprint();
        } else if byte == b'\n' {
            return Some(self.end_line(byte, End::Line));
        } else if termios.is(VEOF, byte) {
            return Some(self.end_line(0, End::Eof));
        } else if termios.is(VEOL, byte) || (termios.is(VEOL2, byte) && self.extended()) {
            return Some(self.end_line(byte, End::Line));
        } else {
            return None;
        }
        Some(Typed::Taken)
    }

    fn end_line(&mut self, byte: u8, end: End) -> Typed {
        if self.input.len() >= TTY_INPUT_BYTES {
            return Typed::Full;
        }
        if end == End::Line {
            if byte == b'\n' {
                if self.echoes() || self.termios.has_local(local::ECHONL) {
                    self.output.echo(&self.termios, byte);
                }
            } else if self.echoes() {
                self.mark_line_start();
                self.echo(byte);
            }
        }
        self.input.end_line(byte, end);
        Typed::Taken
    }

    // Editing.

    fn erase_character(&mut self) {
        if let Some(erased) = self.input.erase(self.utf8())
            && self.echoes()
        {
            if self.termios.has_local(local::ECHOE) {
                self.wipe(&erased.bytes);
            } else {
                self.echo(self.termios.cc[VERASE]);
            }
        }
    }

    /// Erases back to the start of a word: what is no word character first, then the word.
    fn erase_word(&mut self) {
        let mut in_word = false;
        while let Some(erased) = self.input.erase(self.utf8()) {
            if is_word(&erased.bytes) {
                in_word = true;
            } else if in_word {
                self.input.restore(&erased);
                break;
            }
            if self.echoes() {
                self.wipe(&erased.bytes);
            }
        }
    }

    fn kill_line(&mut self) {
        if !self.input.editing() {
            return;
        }
        if !self.echoes() {
            self.input.drop_line();
        } else if self
            .termios
            .has_local(local::ECHOE | local::ECHOK | local::ECHOKE)
        {
            while let Some(erased) = self.input.erase(self.utf8()) {
                self.wipe(&erased.bytes);
            }
        } else {
            self.input.drop_line();
            self.echo(self.termios.cc[VKILL]);
            if self.termios.has_local(local::ECHOK) {
                self.output.echo(&self.termios, b'\n');
            }
        }
    }

    fn reprint(&mut self) {
        self.echo(self.termios.cc[VREPRINT]);
        self.output.echo(&self.termios, b'\n');
        self.line_column = self.output.column();
        let line: Vec<u8> = self.input.line().collect();
        for byte in line {
            self.echo(byte);
        }
    }

    /// Wipes a character that was just taken off the line from the screen.
    fn wipe(&mut self, character: &[u8]) {
        if character == b"\t" {
            let column = self.end_column();
            for _ in 0..tab_columns(column) {
                self.output.echo(&self.termios, b'\x08');
            }
            return;
        }
        for _ in 0..self.shown_columns(character) {
            self.echo_all(b"\x08 \x08");
        }
    }

    /// Column after the line that is being typed.
    fn end_column(&self) -> usize {
        let line: Vec<u8> = self.input.line().collect();
        let mut column = self.line_column;
        for (index, piece) in line.split(|&byte| byte == b'\t').enumerate() {
            if index > 0 {
                column += tab_columns(column);
            }
            column += self.shown_columns(piece);
        }
        column
    }

    /// Columns that `bytes`, without tabs, take when they are echoed.
    fn shown_columns(&self, bytes: &[u8]) -> usize {
        let controls = bytes.iter().filter(|byte| byte.is_ascii_control()).count();
        let caret = if self.termios.has_local(local::ECHOCTL) {
            2
        } else {
            0
        };
        queue::columns(bytes, self.utf8()) + controls * caret
    }

    // Echo.

    /// Shows a typed byte, control characters as `^X`.
    fn echo(&mut self, byte: u8) {
        if byte.is_ascii_control() && byte != b'\t' && self.termios.has_local(local::ECHOCTL) {
            self.echo_all(&[b'^', byte ^ 0x40]);
        } else {
            self.output.echo(&self.termios, byte);
        }
    }

    fn echo_all(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.output.echo(&self.termios, byte);
        }
    }

    /// New attributes.
    pub fn set_termios(&mut self, new: &Termios) {
        let old = std::mem::replace(&mut self.termios, *new);
        if (old.local ^ new.local) & local::ICANON != 0 {
            self.input.change_mode(self.cooked());
            self.literal_next = false;
        }
        if old.has_input(input::IXON) && !new.has_input(input::IXON) {
            self.output.start();
        }
    }
}

/// Whether a word erase goes on over this character once it is in a word.
fn is_word(character: &[u8]) -> bool {
    match character
        .utf8_chunks()
        .next()
        .and_then(|chunk| chunk.valid().chars().next())
    {
        Some(first) => first.is_alphanumeric() || first == '_',
        None => false,
    }
}
