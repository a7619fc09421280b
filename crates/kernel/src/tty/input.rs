//! The input queue: complete lines waiting for a reader, and the line being typed.

use std::collections::VecDeque;

use unicode_width::UnicodeWidthChar;

use crate::limits::TTY_INPUT_BYTES;

/// Longest encoded character, in bytes.
const UTF8_MAX_BYTES: usize = 4;

/// A byte of input.
#[derive(Clone, Copy)]
struct Cell {
    byte: u8,
    end: End,
}

/// Whether a cooked read stops at a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It goes on.
    None,
    /// It stops after this byte.
    Line,
    /// It stops before it; the byte is no data.
    Eof,
}

/// What an erase took away.
pub(super) struct Erased {
    /// The bytes of the character, and of what combined with it.
    pub bytes: Vec<u8>,
}

/// Input not yet read, at most [`TTY_INPUT_BYTES`].
#[derive(Default)]
pub(super) struct Input {
    cells: VecDeque<Cell>,
    /// How many of them belong to complete lines. Means nothing in raw mode.
    complete: usize,
}

impl Input {
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Bytes of complete lines, end marks counted.
    pub fn complete(&self) -> usize {
        self.complete
    }

    /// Whether a line is being typed.
    pub fn editing(&self) -> bool {
        self.cells.len() > self.complete
    }

    /// Whether a character would leave no cell for the end of its line.
    pub fn is_full(&self) -> bool {
        self.cells.len() + 1 >= TTY_INPUT_BYTES
    }

    /// Appends a byte. `false`: there is no room.
    pub fn push(&mut self, byte: u8) -> bool {
        let room = self.cells.len() < TTY_INPUT_BYTES;
        if room {
            self.cells.push_back(Cell {
                byte,
                end: End::None,
            });
        }
        room
    }

    /// Ends the line that is being typed. `false`: there is no room.
    pub fn end_line(&mut self, byte: u8, end: End) -> bool {
        let room = self.cells.len() < TTY_INPUT_BYTES;
        if room {
            self.cells.push_back(Cell { byte, end });
            self.complete = self.cells.len();
        }
        room
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Drops the line being typed.
    pub fn drop_line(&mut self) {
        self.cells.truncate(self.complete);
    }

    /// The bytes of the line being typed.
    pub fn line(&self) -> impl Iterator<Item = u8> + '_ {
        self.cells.range(self.complete..).map(|cell| cell.byte)
    }

    /// Takes the last character off the line being typed, together with marks of no width that
    /// combined with it.
    pub fn erase(&mut self, utf8: bool) -> Option<Erased> {
        let mut bytes = self.erase_code_point(utf8)?;
        while utf8 && is_combining(&bytes) {
            let Some(mut base) = self.erase_code_point(utf8) else {
                break;
            };
            base.extend(bytes);
            bytes = base;
        }
        Some(Erased { bytes })
    }

    fn erase_code_point(&mut self, utf8: bool) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while self.editing() && bytes.len() < UTF8_MAX_BYTES {
            let Some(cell) = self.cells.pop_back() else {
                break;
            };
            bytes.push(cell.byte);
            if !utf8 || cell.byte & 0xc0 != 0x80 {
                break;
            }
        }
        bytes.reverse();
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Puts back what [`Self::erase`] took.
    pub fn restore(&mut self, erased: &Erased) {
        self.cells.extend(erased.bytes.iter().map(|&byte| Cell {
            byte,
            end: End::None,
        }));
    }

    /// A cooked read: at most one line. 0 is the end mark.
    pub fn read_line(&mut self, buffer: &mut [u8]) -> usize {
        let mut count = 0;
        while count < buffer.len() && self.complete > 0 {
            let Some(cell) = self.take() else { break };
            if cell.end == End::Eof {
                return count;
            }
            buffer[count] = cell.byte;
            count += 1;
            if cell.end == End::Line {
                return count;
            }
        }
        // The buffer ended just before an end mark: that mark pushed these bytes, it is no end of file.
        if self.complete > 0 && self.cells.front().is_some_and(|cell| cell.end == End::Eof) {
            self.take();
        }
        count
    }

    fn take(&mut self) -> Option<Cell> {
        self.complete = self.complete.saturating_sub(1);
        self.cells.pop_front()
    }

    /// A raw read.
    pub fn read_raw(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.cells.len());
        for (slot, cell) in buffer.iter_mut().zip(self.cells.drain(..count)) {
            *slot = cell.byte;
        }
        self.complete = self.complete.saturating_sub(count);
        count
    }

    /// Bytes the next cooked read can get.
    pub fn first_line_bytes(&self) -> usize {
        let line = self
            .cells
            .range(..self.complete)
            .take_while(|cell| cell.end == End::None)
            .count();
        let ended = self
            .cells
            .get(line)
            .is_some_and(|cell| cell.end == End::Line);
        line + usize::from(ended)
    }

    /// The change between cooked and raw: what is there becomes plain bytes, and, going to cooked,
    /// one line that can be read at once (as Linux does it).
    pub fn change_mode(&mut self, cooked: bool) {
        for cell in &mut self.cells {
            cell.end = End::None;
        }
        self.complete = 0;
        if cooked && let Some(last) = self.cells.back_mut() {
            last.end = End::Line;
            self.complete = self.cells.len();
        }
    }
}

fn is_combining(bytes: &[u8]) -> bool {
    let mut characters = bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    characters
        .next()
        .is_some_and(|first| !first.is_control() && first.width() == Some(0))
}

/// Columns that `bytes`, one erased character, take on the screen; control characters not counted.
/// What is not UTF-8 is shown as one replacement character for each malformed part.
pub(super) fn columns(bytes: &[u8], utf8: bool) -> usize {
    if !utf8 {
        return bytes.iter().filter(|byte| !byte.is_ascii_control()).count();
    }
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .filter(|character| !character.is_ascii_control())
        .map(|c| c.width().unwrap_or(0))
        .sum()
}
