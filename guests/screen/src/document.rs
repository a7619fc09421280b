//! What a pager shows: a file or a stream, read no further than somebody looks.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use berth_multicall::os_string;

/// Bytes read at a time.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// Most that is kept of a document. What comes behind is not shown.
const DOCUMENT_MAX_BYTES: usize = 512 << 20;

/// A document.
pub struct Document {
    /// What it is called; `-` is standard input.
    pub name: Vec<u8>,
    from: File,
    content: Vec<u8>,
    /// Where each line that is complete ends, its separator not counted.
    ends: Vec<usize>,
    over: bool,
}

impl Document {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// It cannot be opened, or is a directory.
    pub fn open(name: &[u8]) -> io::Result<Self> {
        let from = if name == b"-" {
            berth_guest::dup(io::stdin().as_fd(), 0)?.into()
        } else {
            let file = File::open(os_string(name))?;
            if file.metadata()?.is_dir() {
                return Err(io::Error::new(
                    io::ErrorKind::IsADirectory,
                    "Is a directory",
                ));
            }
            file
        };
        Ok(Self {
            name: name.to_vec(),
            from,
            content: Vec::new(),
            ends: Vec::new(),
            over: false,
        })
    }

    /// Reads the file anew: somebody has changed it.
    ///
    /// # Errors
    /// As [`Self::open`]; then nothing is changed.
    pub fn reopen(&mut self) -> io::Result<()> {
        *self = Self::open(&self.name)?;
        Ok(())
    }

    /// How many lines are known. The last one may still grow while the document is not over.
    pub fn count(&self) -> usize {
        self.ends.len() + usize::from(self.has_open_line())
    }

    /// How many of the known lines stay as they are.
    pub fn settled(&self) -> usize {
        if self.over {
            self.count()
        } else {
            self.ends.len()
        }
    }

    fn has_open_line(&self) -> bool {
        self.ends.last().map_or(0, |end| end + 1) < self.content.len()
    }

    /// A line without its separator.
    pub fn line(&self, index: usize) -> &[u8] {
        let start = match index.checked_sub(1) {
            Some(before) => self.ends[before] + 1,
            None => 0,
        };
        let end = self.ends.get(index).copied().unwrap_or(self.content.len());
        &self.content[start..end]
    }

    /// Whether everything has been read.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// How much of it is known, in bytes.
    pub fn length(&self) -> usize {
        self.content.len()
    }

    /// Whether reading would not wait.
    pub fn is_ready(&self) -> bool {
        // What cannot be asked, a regular file, never waits.
        self.over || berth_guest::wait_readable(self.from.as_fd(), Duration::ZERO).unwrap_or(true)
    }

    /// The file or stream itself, to wait for it.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.from.as_fd()
    }

    /// Whether it is a file, whose end may move, and not a stream.
    pub fn is_file(&self) -> bool {
        self.from.metadata().is_ok_and(|found| found.is_file())
    }

    /// Reads on. False when nothing more came: the document is over, for now.
    pub fn read_on(&mut self) -> bool {
        let mut buffer = vec![0; READ_BUFFER_BYTES];
        let read = loop {
            match self.from.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result.unwrap_or(0),
            }
        };
        let room = DOCUMENT_MAX_BYTES.saturating_sub(self.content.len());
        let read = read.min(room);
        let before = self.content.len();
        self.content.extend_from_slice(&buffer[..read]);
        let found = buffer[..read].iter().enumerate();
        self.ends.extend(
            found
                .filter(|(_, byte)| **byte == b'\n')
                .map(|(at, _)| before + at),
        );
        self.over = read == 0;
        read > 0
    }

    /// Reads everything and hands it on.
    ///
    /// # Errors
    /// What writing gives.
    pub fn copy_to(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(&self.content)?;
        io::copy(&mut self.from, out)?;
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_as_they_are_read_and_the_last_needs_no_end() {
        let path = std::env::temp_dir().join(format!("berth-document-{}", std::process::id()));
        std::fs::write(&path, "one\n\nthree").unwrap();
        let name = berth_multicall::path_bytes(&path).to_vec();
        let mut document = Document::open(&name).unwrap();
        assert_eq!(document.count(), 0);
        assert!(document.read_on());
        assert_eq!((document.count(), document.settled()), (3, 2));
        assert!(!document.read_on());
        assert_eq!(document.settled(), 3);
        let lines: Vec<&[u8]> = (0..document.count()).map(|at| document.line(at)).collect();
        assert_eq!(lines, [&b"one"[..], b"", b"three"]);
        std::fs::remove_file(&path).unwrap();
    }
}
