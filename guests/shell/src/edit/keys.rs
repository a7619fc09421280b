//! What a terminal sends as keys.
//!
//! A decoder takes bytes as they come, in any pieces, and gives keys. It never looks ahead: a sequence that is
//! not complete waits for its next byte. What nobody knows is swallowed whole, so that a strange key or a
//! terminal's answer to somebody's question never ends up in the line.

use std::collections::VecDeque;

use super::sequences::{application, sequence};
use crate::text;

/// Parameter bytes of one escape sequence that are kept; a longer one is swallowed.
const PARAMETERS_MAX_BYTES: usize = 32;
/// Length of a string sequence (OSC, DCS) after which its end is taken for lost.
pub const STRING_MAX_BYTES: usize = 4096;
/// What follows `CSI M`: button, column, line.
const MOUSE_BYTES: u8 = 3;
/// Ends a bracketed paste.
const PASTE_END: &[u8] = b"\x1b[201~";

const BACKSPACE: u8 = 0x08;
const QUOTE_NEXT: [u8; 2] = [0x11, 0x16];
pub const ESCAPE: u8 = 0x1B;
const DELETE: u8 = 0x7F;

/// A key, or a piece of pasted text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    /// A character that is not a control character. A byte that is not UTF-8 comes as the shell's character
    /// for it (see [`crate::text`]).
    Char(char),
    /// A character, of any kind, to be inserted as it is: it was pasted, or follows `^V`.
    Literal(char),
    /// Control and the capital letter or sign with it.
    Control(char),
    /// Alt and a character, or Escape before it.
    Alt(char),
    /// Return.
    Enter,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Alt and Backspace.
    AltBackspace,
    /// Escape alone; only [`Decoder::give_up_escape`] gives it.
    Escape,
    /// Arrow.
    Up,
    /// Arrow.
    Down,
    /// Arrow.
    Left,
    /// Arrow.
    Right,
    /// Left arrow with Control or Alt.
    WordLeft,
    /// Right arrow with Control or Alt.
    WordRight,
    /// Home.
    Home,
    /// End.
    End,
    /// Insert.
    Insert,
    /// Delete.
    Delete,
    /// Delete with Control or Alt.
    WordDelete,
    /// A key somebody bound, by the number of the binding.
    Bound(u16),
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// Where a decoded character goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Plain,
    Literal,
    Alt,
    Pasted,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Between keys.
    Ground,
    /// The next character is literal.
    Quoted,
    /// After Escape; after two of them `alt`, which is how some terminals send Alt with an arrow.
    Escape { alt: bool },
    /// After `ESC [`.
    Sequence { alt: bool },
    /// After `ESC [ [`: one byte follows.
    LinuxFunction,
    /// After `ESC O`.
    Application { alt: bool },
    /// After `ESC ]` or `ESC P`, whose next byte says whether a terminal is answering.
    MaybeString { letter: char },
    /// In a string sequence: its length so far, and whether the byte before was Escape.
    String { length: usize, escape: bool },
    /// In a mouse report.
    Mouse { left: u8 },
    /// In a bracketed paste: bytes of [`PASTE_END`] seen.
    Paste { matched: usize },
}

/// Bytes to keys.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    /// Parameters of the sequence being read.
    parameters: Vec<u8>,
    /// Bytes of the character being read.
    character: Vec<u8>,
    /// How many it has in all.
    character_length: usize,
    role: Role,
    /// The last pasted byte was a carriage return: a line feed after it is part of the same line end.
    after_return: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            state: State::Ground,
            parameters: Vec::new(),
            character: Vec::new(),
            character_length: 0,
            role: Role::Plain,
            after_return: false,
        }
    }
}

impl Decoder {
    /// Whether the next byte begins a key.
    pub fn is_between_keys(&self) -> bool {
        self.state == State::Ground && self.character.is_empty()
    }

    /// Takes the next character as it is.
    pub fn quote_next(&mut self) {
        self.state = State::Quoted;
    }

    /// Whether text is being pasted, so that many bytes may be read at once.
    pub fn is_pasting(&self) -> bool {
        matches!(self.state, State::Paste { .. })
    }

    /// Whether the next character is taken as it is, whatever it is.
    pub fn is_quoting(&self) -> bool {
        self.state == State::Quoted
    }

    /// Takes Escape for the key of that name, if it is all that came; false if it is not.
    pub fn give_up_escape(&mut self) -> bool {
        let alone = self.has_lone_escape();
        if alone {
            self.state = State::Ground;
        }
        alone
    }

    /// Whether Escape came and nothing after it.
    pub fn has_lone_escape(&self) -> bool {
        matches!(self.state, State::Escape { .. })
    }

    /// Takes the next byte; the keys it completes are appended to `keys`.
    pub fn feed(&mut self, byte: u8, keys: &mut VecDeque<Key>) {
        if !self.character.is_empty() {
            if (0x80..0xC0).contains(&byte) {
                self.character.push(byte);
                if self.character.len() == self.character_length {
                    self.finish_character(keys);
                }
                return;
            }
            // Not UTF-8: what there is of the character stands for itself.
            self.finish_character(keys);
        }
        match self.state {
            State::Ground => self.ground(byte, keys),
            State::Quoted => {
                self.state = State::Ground;
                self.text(byte, Role::Literal, keys);
            }
            State::Escape { alt } => self.escape(byte, alt, keys),
            State::Sequence { alt } => self.sequence(byte, alt, keys),
            State::LinuxFunction => self.state = State::Ground,
            State::Application { alt } => {
                self.state = State::Ground;
                if byte < b' ' {
                    self.ground(byte, keys);
                } else {
                    keys.extend(application(byte, alt));
                }
            }
            State::MaybeString { letter } => self.maybe_string(letter, byte, keys),
            State::String { length, escape } => self.string(length, escape, byte, keys),
            State::Mouse { left } => {
                self.state = if left > 1 {
                    State::Mouse { left: left - 1 }
                } else {
                    State::Ground
                };
            }
            State::Paste { matched } => self.paste(matched, byte, keys),
        }
    }

    fn ground(&mut self, byte: u8, keys: &mut VecDeque<Key>) {
        match byte {
            ESCAPE => self.state = State::Escape { alt: false },
            byte if QUOTE_NEXT.contains(&byte) => self.state = State::Quoted,
            b'\r' | b'\n' => keys.push_back(Key::Enter),
            b'\t' => keys.push_back(Key::Tab),
            BACKSPACE | DELETE => keys.push_back(Key::Backspace),
            0..b' ' => keys.push_back(Key::Control(char::from(byte + b'@'))),
            _ => self.text(byte, Role::Plain, keys),
        }
    }

    fn escape(&mut self, byte: u8, alt: bool, keys: &mut VecDeque<Key>) {
        self.state = State::Ground;
        match byte {
            ESCAPE => self.state = State::Escape { alt: true },
            b'[' => {
                self.parameters.clear();
                self.state = State::Sequence { alt };
            }
            b'O' => self.state = State::Application { alt },
            b']' | b'P' => {
                self.state = State::MaybeString {
                    letter: char::from(byte),
                }
            }
            BACKSPACE | DELETE => keys.push_back(Key::AltBackspace),
            0..b' ' => self.ground(byte, keys),
            _ => self.text(byte, Role::Alt, keys),
        }
    }

    fn sequence(&mut self, byte: u8, alt: bool, keys: &mut VecDeque<Key>) {
        match byte {
            b'[' if self.parameters.is_empty() => self.state = State::LinuxFunction,
            b'M' if self.parameters.is_empty() => self.state = State::Mouse { left: MOUSE_BYTES },
            b' '..=b'?' => {
                // One more than the limit marks a sequence as too long.
                if self.parameters.len() <= PARAMETERS_MAX_BYTES {
                    self.parameters.push(byte);
                }
            }
            b'@'..=b'~' => {
                self.state = State::Ground;
                if byte == b'~' && self.parameters == b"200" {
                    self.state = State::Paste { matched: 0 };
                    self.after_return = false;
                } else if self.parameters.len() <= PARAMETERS_MAX_BYTES {
                    keys.extend(sequence(&self.parameters, byte, alt));
                }
            }
            _ => {
                // A control byte or text ends what was never a sequence.
                self.state = State::Ground;
                self.ground(byte, keys);
            }
        }
    }

    fn maybe_string(&mut self, letter: char, byte: u8, keys: &mut VecDeque<Key>) {
        if matches!(byte, b'0'..=b'9' | b'>' | b'!' | b'$') {
            self.state = State::String {
                length: 0,
                escape: false,
            };
        } else {
            self.state = State::Ground;
            keys.push_back(Key::Alt(letter));
            self.ground(byte, keys);
        }
    }

    fn string(&mut self, length: usize, escape: bool, byte: u8, keys: &mut VecDeque<Key>) {
        self.state = State::Ground;
        match byte {
            b'\\' if escape => {}
            // BEL, CAN and SUB end it.
            0x07 | 0x18 | 0x1A => {}
            ESCAPE => {
                self.state = State::String {
                    length,
                    escape: true,
                }
            }
            _ if escape => self.escape(byte, false, keys),
            0..b' ' => self.ground(byte, keys),
            _ if length < STRING_MAX_BYTES => {
                self.state = State::String {
                    length: length + 1,
                    escape: false,
                };
            }
            _ => {}
        }
    }

    fn paste(&mut self, matched: usize, byte: u8, keys: &mut VecDeque<Key>) {
        if PASTE_END.get(matched) == Some(&byte) {
            let matched = matched + 1;
            self.state = if matched == PASTE_END.len() {
                State::Ground
            } else {
                State::Paste { matched }
            };
            return;
        }
        self.state = State::Paste { matched: 0 };
        if matched > 0 {
            // It began like the end but is text.
            for byte in &PASTE_END[..matched] {
                self.text(*byte, Role::Pasted, keys);
            }
            self.paste(0, byte, keys);
            return;
        }
        self.text(byte, Role::Pasted, keys);
    }

    /// A byte of text; one below 0x80 is a character, another begins one.
    fn text(&mut self, byte: u8, role: Role, keys: &mut VecDeque<Key>) {
        self.role = role;
        self.character_length = match byte {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        self.character.push(byte);
        if self.character_length == 1 {
            self.finish_character(keys);
        }
    }

    fn finish_character(&mut self, keys: &mut VecDeque<Key>) {
        let role = self.role;
        for character in text::decode(&self.character).chars() {
            let after_return = role == Role::Pasted && std::mem::take(&mut self.after_return);
            match (role, character) {
                // No command can hold it.
                (_, '\0') => {}
                (Role::Pasted, '\n') if after_return => {}
                (Role::Pasted, '\r') => {
                    self.after_return = true;
                    keys.push_back(Key::Literal('\n'));
                }
                (Role::Plain, _) => keys.push_back(Key::Char(character)),
                (Role::Alt, _) => keys.push_back(Key::Alt(character)),
                (Role::Literal | Role::Pasted, _) => keys.push_back(Key::Literal(character)),
            }
        }
        self.character.clear();
    }
}
