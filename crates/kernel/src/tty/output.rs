//! The output queue: what programs wrote and what was echoed, processed, for the host to read.

use std::collections::VecDeque;

use super::termios::{Termios, input, output};
use crate::limits::TTY_OUTPUT_BYTES;

/// Echo that finds no room beside a program's output, or waits for `VSTART`, in bytes; more is
/// dropped. A person's typing never waits.
const TTY_ECHO_BYTES: usize = 4096;
/// Output and echo together, in bytes.
const ECHOED_MAX_BYTES: usize = TTY_OUTPUT_BYTES + TTY_ECHO_BYTES;
/// Columns between tab stops.
const TAB_COLUMNS: usize = 8;
/// Free room that wakes a waiting writer, in bytes: less would wake it for every few bytes.
const TTY_OUTPUT_WAKE_BYTES: usize = TTY_OUTPUT_BYTES / 4;

/// Processed output, at most [`TTY_OUTPUT_BYTES`] of programs and [`TTY_ECHO_BYTES`] of echo.
#[derive(Default)]
pub(super) struct Output {
    bytes: VecDeque<u8>,
    /// Echo typed while the output is held by `VSTOP`.
    held: VecDeque<u8>,
    /// Where the cursor is, as far as a line discipline knows.
    column: usize,
    /// `VSTOP` was typed.
    stopped: bool,
}

impl Output {
    pub fn column(&self) -> usize {
        self.column
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// `VSTART`: held echo follows, as far as there is room for echo: stopped and started again and again, an output
    /// that nobody reads would grow for ever.
    pub fn start(&mut self) {
        if std::mem::take(&mut self.stopped) {
            let room = ECHOED_MAX_BYTES.saturating_sub(self.bytes.len());
            self.held.truncate(room);
            self.bytes.append(&mut self.held);
        }
    }

    /// Drops everything that nobody has read yet.
    pub fn flush(&mut self) {
        self.bytes.clear();
        self.held.clear();
    }

    /// Whether it is worth waking a writer.
    pub fn is_writable(&self) -> bool {
        !self.stopped && self.room() >= TTY_OUTPUT_WAKE_BYTES
    }

    fn room(&self) -> usize {
        TTY_OUTPUT_BYTES.saturating_sub(self.bytes.len())
    }

    /// Takes what the host can have.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.bytes.len());
        let (first, second) = self.bytes.as_slices();
        let split = count.min(first.len());
        buffer[..split].copy_from_slice(&first[..split]);
        buffer[split..count].copy_from_slice(&second[..count - split]);
        self.bytes.drain(..count);
        count
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.bytes.len() + self.held.len()
    }

    /// [`Self::read`] that leaves everything where it is.
    #[cfg(test)]
    pub fn peek(&self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.bytes.len());
        for (slot, &byte) in buffer.iter_mut().zip(&self.bytes) {
            *slot = byte;
        }
        count
    }

    /// Takes as much of a program's output as there is room for.
    pub fn write(&mut self, termios: &Termios, bytes: &[u8]) -> usize {
        if self.stopped {
            return 0;
        }
        if !termios.has_output(output::OPOST) {
            let count = bytes.len().min(self.room());
            self.bytes.extend(&bytes[..count]);
            return count;
        }
        let rare = output::OCRNL | output::ONOCR | output::ONLRET | output::TAB3;
        if termios.has_output(output::ONLCR) && termios.output & rare == 0 {
            self.write_lines(termios, bytes)
        } else {
            bytes
                .iter()
                .take_while(|&&byte| self.write_byte(termios, byte))
                .count()
        }
    }

    /// The usual case, a line at a time.
    fn write_lines(&mut self, termios: &Termios, bytes: &[u8]) -> usize {
        let mut done = 0;
        while done < bytes.len() {
            let rest = &bytes[done..];
            let newline = memchr::memchr(b'\n', rest);
            let text = &rest[..newline.unwrap_or(rest.len())];
            let count = text.len().min(self.room());
            self.bytes.extend(&text[..count]);
            done += count;
            if count < text.len() {
                break;
            }
            if newline.is_some() {
                if self.room() < 2 {
                    break;
                }
                self.bytes.extend(b"\r\n");
                done += 1;
            }
        }
        // Only what follows the last newline decides where the cursor is.
        let written = &bytes[..done];
        let tail = match memchr::memrchr(b'\n', written) {
            Some(newline) => {
                self.column = 0;
                &written[newline + 1..]
            }
            None => written,
        };
        let utf8 = termios.has_input(input::IUTF8);
        self.column = tail
            .iter()
            .fold(self.column, |column, &byte| next_column(column, byte, utf8));
        done
    }

    fn write_byte(&mut self, termios: &Termios, byte: u8) -> bool {
        let (processed, column) = self.process(termios, byte);
        let fits = processed.len() <= self.room();
        if fits {
            self.bytes.extend(processed);
            self.column = column;
        }
        fits
    }

    /// Shows a typed byte, processed as output is.
    pub fn echo(&mut self, termios: &Termios, byte: u8) {
        let (processed, column) = if termios.has_output(output::OPOST) {
            self.process(termios, byte)
        } else {
            (one(byte), self.column)
        };
        let (queue, limit) = if self.stopped {
            (&mut self.held, TTY_ECHO_BYTES)
        } else {
            (&mut self.bytes, ECHOED_MAX_BYTES)
        };
        if queue.len() + processed.len() <= limit {
            queue.extend(processed);
            self.column = column;
        }
    }

    /// What `byte` becomes, and where the cursor is then.
    fn process(&self, termios: &Termios, byte: u8) -> (&'static [u8], usize) {
        let column = self.column;
        let has = |bits| termios.has_output(bits);
        match byte {
            b'\n' if has(output::ONLCR) => (b"\r\n", 0),
            b'\n' => (b"\n", if has(output::ONLRET) { 0 } else { column }),
            b'\r' if has(output::ONOCR) && column == 0 => (b"", 0),
            b'\r' if has(output::OCRNL) => (b"\n", if has(output::ONLRET) { 0 } else { column }),
            b'\t' if has(output::TAB3) => {
                let spaces = TAB_COLUMNS - column % TAB_COLUMNS;
                (&[b' '; TAB_COLUMNS][..spaces], column + spaces)
            }
            _ => (
                one(byte),
                next_column(column, byte, termios.has_input(input::IUTF8)),
            ),
        }
    }
}

/// A byte as a slice that lives as long as the program.
fn one(byte: u8) -> &'static [u8] {
    static BYTES: [u8; 256] = {
        let mut all = [0; 256];
        let mut index = 0;
        while index < 256 {
            all[index] = index as u8;
            index += 1;
        }
        all
    };
    std::slice::from_ref(&BYTES[usize::from(byte)])
}

/// Where the cursor is after `byte`. Columns count characters; only tabs depend on them.
fn next_column(column: usize, byte: u8, utf8: bool) -> usize {
    match byte {
        b'\r' => 0,
        b'\x08' => column.saturating_sub(1),
        b'\t' => column + TAB_COLUMNS - column % TAB_COLUMNS,
        byte if byte.is_ascii_control() => column,
        0x80..0xc0 if utf8 => column,
        _ => column.saturating_add(1),
    }
}

/// Columns a tab takes that begins at `column`.
pub(super) fn tab_columns(column: usize) -> usize {
    TAB_COLUMNS - column % TAB_COLUMNS
}
