//! Reading: files by name, `-` for standard input, lines by any separator.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use crate::bytes::os_string;

/// Bytes read at a time.
const INPUT_BUFFER_BYTES: usize = 64 * 1024;

/// Opens a file by its name; `-` is standard input.
///
/// # Errors
/// What opening gives; `EISDIR` for a directory, when it is read.
pub fn open(name: &[u8]) -> io::Result<Box<dyn BufRead>> {
    if name == b"-" {
        return Ok(Box::new(BufReader::with_capacity(
            INPUT_BUFFER_BYTES,
            io::stdin(),
        )));
    }
    let file = File::open(os_string(name))?;
    Ok(Box::new(BufReader::with_capacity(INPUT_BUFFER_BYTES, file)))
}

/// The whole content of a file; `-` is standard input.
///
/// # Errors
/// What opening and reading give.
pub fn read_all(name: &[u8]) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    if name == b"-" {
        io::stdin().lock().read_to_end(&mut content)?;
    } else {
        File::open(os_string(name))?.read_to_end(&mut content)?;
    }
    Ok(content)
}

/// Reads a line with its separator, if it has one; false at the end.
///
/// # Errors
/// What reading gives.
pub fn read_line(from: &mut dyn BufRead, separator: u8, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(from.read_until(separator, line)? > 0)
}

/// Lines without their separators.
pub struct Lines<'a> {
    from: &'a mut dyn BufRead,
    separator: u8,
}

impl<'a> Lines<'a> {
    /// The lines of a file.
    pub fn new(from: &'a mut dyn BufRead, separator: u8) -> Self {
        Self { from, separator }
    }
}

impl Iterator for Lines<'_> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        match read_line(self.from, self.separator, &mut line) {
            Ok(false) => None,
            Ok(true) => {
                if line.last() == Some(&self.separator) {
                    line.pop();
                }
                Some(Ok(line))
            }
            Err(error) => Some(Err(error)),
        }
    }
}
