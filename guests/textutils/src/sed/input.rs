//! Lines of all input files, with one line read ahead: only so is the last one known to be the last.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use berth_multicall::{complain, open, reason, text};

/// A line without its end.
#[derive(Debug, Default)]
pub struct Line {
    pub text: Vec<u8>,
    /// It had an end; the last one of a file may not.
    pub ended: bool,
}

/// All lines of several files.
pub struct Input {
    files: VecDeque<Vec<u8>>,
    current: Option<Box<dyn BufRead>>,
    ahead: Option<Line>,
    name: Vec<u8>,
    separator: u8,
    /// Each file by itself: a last line in each, and the caller is told where one begins.
    separate: bool,
    /// Number of the line last given.
    pub number: u64,
    /// A file could not be read.
    pub trouble: bool,
}

impl Input {
    pub fn new(files: Vec<Vec<u8>>, separator: u8, separate: bool) -> Self {
        Self {
            files: files.into(),
            current: None,
            ahead: None,
            name: b"-".to_vec(),
            separator,
            separate,
            number: 0,
            trouble: false,
        }
    }

    /// Name of the file of the line last given.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The next line; `None` at the end of everything, or of the file where files are separate.
    pub fn next(&mut self) -> Option<Line> {
        self.fill();
        let line = self.ahead.take()?;
        self.number += 1;
        Some(line)
    }

    /// Whether the line last given is the last one.
    pub fn is_last(&mut self) -> bool {
        self.fill();
        self.ahead.is_none()
    }

    /// Opens the next file; false when there is none. Where files are not separate this happens by itself.
    pub fn next_file(&mut self) -> bool {
        while let Some(name) = self.files.pop_front() {
            match open_file(&name) {
                Ok(file) => {
                    self.current = Some(file);
                    if self.separate {
                        self.number = 0;
                    }
                    self.name = name;
                    return true;
                }
                Err(error) => {
                    complain("sed", format_args!("{}", described(&name, &error)));
                    self.trouble = true;
                }
            }
        }
        false
    }

    fn fill(&mut self) {
        while self.ahead.is_none() {
            let Some(file) = &mut self.current else {
                if self.separate || !self.next_file() {
                    return;
                }
                continue;
            };
            let mut line = Vec::new();
            match file.read_until(self.separator, &mut line) {
                Ok(0) => self.current = None,
                Ok(_) => {
                    let ended = line.last() == Some(&self.separator);
                    if ended {
                        line.pop();
                    }
                    self.ahead = Some(Line { text: line, ended });
                }
                Err(error) => {
                    complain("sed", format_args!("{}", described(&self.name, &error)));
                    self.trouble = true;
                    self.current = None;
                }
            }
        }
    }
}

fn open_file(name: &[u8]) -> io::Result<Box<dyn BufRead>> {
    if name != b"-" && std::fs::metadata(berth_multicall::os_string(name))?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    open(name)
}

fn described(name: &[u8], error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::IsADirectory {
        format!("couldn't edit {}: not a regular file", text(name))
    } else {
        format!("can't read {}: {}", text(name), reason(error))
    }
}
