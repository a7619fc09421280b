//! Where commands and text come from: standard input, or the list of a global command.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;

use berth_guest::{FileType, Signal, SignalAction};

const SIGINT: Signal = 2;
/// Bytes read at a time, where what is too much can be given back.
const PIECE_BYTES: usize = 16 * 1024;

/// What reading a line comes to.
pub enum Read {
    /// A line without its newline.
    Line(Vec<u8>),
    /// Somebody pressed ^C.
    Interrupted,
    /// The input ended where a line was to go on.
    Unfinished,
    End,
}

/// A terminal's ^C ends what is being typed and not the editor.
pub fn catch_interrupts() {
    let _ = berth_guest::set_signal_action(SIGINT, SignalAction::Catch);
}

#[derive(Default)]
pub struct Input {
    /// Bytes read and not yet used.
    ahead: Vec<u8>,
    used: usize,
    /// Bytes read at a time, once that is known.
    piece: Option<usize>,
    /// Lines of standard input that were read.
    count: usize,
    /// The lines of a global command's list; while there is one, nothing else is read.
    list: Option<VecDeque<Vec<u8>>>,
}

impl Input {
    /// A whole command: a line that ends in a backslash goes on, and keeps both the backslash and the newline.
    pub fn command(&mut self) -> Read {
        let mut whole = match self.line() {
            Read::Line(line) => line,
            other => return other,
        };
        while goes_on(&whole) {
            match self.line() {
                Read::Line(more) => {
                    whole.push(b'\n');
                    whole.extend(more);
                }
                Read::End => return Read::Unfinished,
                other => return other,
            }
        }
        Read::Line(whole)
    }

    /// Gives back what was read ahead, so that a program that is started can read it. A pipe takes nothing back.
    pub fn give_back(&mut self) {
        let ahead = self.ahead.len() - self.used;
        if ahead > 0 && berth_guest::rewind_by(io::stdin().as_fd(), ahead).is_ok() {
            self.ahead.clear();
            self.used = 0;
        }
    }

    /// The number of the line of standard input that was read last.
    pub fn line_number(&self) -> usize {
        self.count
    }

    /// One line.
    pub fn line(&mut self) -> Read {
        match &mut self.list {
            Some(list) => list.pop_front().map_or(Read::End, Read::Line),
            None => self.standard_line(),
        }
    }

    /// From now on lines come from a list.
    pub fn enter_list(&mut self, list: VecDeque<Vec<u8>>) {
        self.list = Some(list);
    }

    pub fn leave_list(&mut self) {
        self.list = None;
    }

    pub fn in_list(&self) -> bool {
        self.list.is_some()
    }

    /// A line of standard input, whether there is a list or not.
    pub fn standard_line(&mut self) -> Read {
        let mut searched = 0;
        loop {
            let rest = &self.ahead[self.used..];
            if let Some(end) = memchr::memchr(b'\n', &rest[searched..]) {
                let line = rest[..searched + end].to_vec();
                self.used += searched + end + 1;
                self.count += 1;
                return Read::Line(line);
            }
            searched = rest.len();
            match self.fill() {
                Ok(true) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    if berth_guest::take_signals().contains(SIGINT) {
                        self.ahead.clear();
                        self.used = 0;
                        return Read::Interrupted;
                    }
                }
                // A last line without its newline was never finished.
                Ok(false) | Err(_) => return Read::End,
            }
        }
    }

    /// Reads more; false at the end. From a pipe no byte is taken that a command of the shell could want.
    fn fill(&mut self) -> io::Result<bool> {
        let piece = *self.piece.get_or_insert_with(|| {
            let stdin = io::stdin();
            let kind = berth_guest::fd_status(stdin.as_fd()).map(|status| status.file_type);
            match kind {
                Ok(FileType::Fifo | FileType::Socket) => 1,
                _ => PIECE_BYTES,
            }
        });
        self.ahead.drain(..self.used);
        self.used = 0;
        let length = self.ahead.len();
        self.ahead.resize(length + piece, 0);
        let read = berth_guest::read(io::stdin().as_fd(), &mut self.ahead[length..]);
        self.ahead
            .truncate(length + read.as_ref().map_or(0, |read| *read));
        Ok(read? > 0)
    }
}

/// Whether a line ends in a backslash that is not itself behind one.
fn goes_on(line: &[u8]) -> bool {
    let backslashes = line.iter().rev().take_while(|byte| **byte == b'\\');
    backslashes.count() % 2 == 1
}
