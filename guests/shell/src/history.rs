//! What was typed, in memory and in a file.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{self, Write};

use crate::text;

/// Entries kept when `HISTSIZE` says nothing.
const ENTRIES_DEFAULT: usize = 1000;
/// Entries kept whatever `HISTSIZE` says.
const ENTRIES_MAX: usize = 100_000;
/// Lines kept in the file when `HISTFILESIZE` says nothing.
pub const FILE_LINES_DEFAULT: usize = 2000;
/// Longest file that is read.
const FILE_MAX_BYTES: u64 = 16 << 20;

/// The lines typed, oldest first.
#[derive(Debug)]
pub struct History {
    entries: VecDeque<String>,
    most: usize,
    /// How many have been dropped at the beginning.
    dropped: usize,
    /// How many have been typed in this shell.
    typed: usize,
    /// Entries at the end that are not in the file.
    unsaved: usize,
}

impl Default for History {
    fn default() -> Self {
        Self { entries: VecDeque::new(), most: ENTRIES_DEFAULT, dropped: 0, typed: 0, unsaved: 0 }
    }
}

impl History {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of the oldest entry.
    pub fn first_number(&self) -> usize {
        self.dropped + 1
    }

    /// How many were typed in this shell.
    pub fn typed(&self) -> usize {
        self.typed
    }

    /// An entry by its position.
    pub fn get(&self, position: usize) -> Option<&str> {
        self.entries.get(position).map(String::as_str)
    }

    /// All entries, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.entries.iter().map(String::as_str)
    }

    /// Adds an entry.
    pub fn add(&mut self, line: &str) {
        self.entries.push_back(line.to_owned());
        self.typed += 1;
        self.unsaved += 1;
        self.shorten();
    }

    /// Puts another line in the place of the last entry.
    pub fn replace_last(&mut self, line: &str) {
        if let Some(last) = self.entries.back_mut() {
            line.clone_into(last);
        }
    }

    /// Removes an entry; false when there is none.
    pub fn remove(&mut self, position: usize) -> bool {
        if position + self.unsaved >= self.entries.len() {
            self.unsaved = self.unsaved.saturating_sub(1);
        }
        self.entries.remove(position).is_some()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.dropped = 0;
        self.unsaved = 0;
        self.entries.clear();
    }

    /// Keeps at most that many entries; `None` is the default.
    pub fn limit(&mut self, most: Option<usize>) {
        self.most = most.unwrap_or(ENTRIES_DEFAULT).min(ENTRIES_MAX);
        self.shorten();
    }

    fn shorten(&mut self) {
        while self.entries.len() > self.most {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.unsaved = self.unsaved.min(self.entries.len());
    }

    /// Adds the lines of a file.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&mut self, path: &str) -> io::Result<()> {
        let path = text::os(path);
        if std::fs::metadata(&path)?.len() > FILE_MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let contents = text::decode_owned(std::fs::read(path)?);
        // Lines like `#1700000000` are times, not commands.
        let is_time = |line: &&str| {
            line.strip_prefix('#').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
        };
        for line in contents.lines().filter(|line| !line.is_empty() && !is_time(line)) {
            self.entries.push_back(line.to_owned());
        }
        self.shorten();
        self.unsaved = 0;
        Ok(())
    }

    /// Writes all entries to a file in place of what is there.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, path: &str) -> io::Result<()> {
        let mut contents = Vec::new();
        for entry in &self.entries {
            contents.extend_from_slice(&text::encode(entry));
            contents.push(b'\n');
        }
        std::fs::write(text::os(path), contents)?;
        self.unsaved = 0;
        Ok(())
    }

    /// Adds the entries that are not in the file yet to its end.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn append_new(&mut self, path: &str) -> io::Result<()> {
        if self.unsaved == 0 {
            return Ok(());
        }
        let mut contents = Vec::new();
        for entry in self.entries.iter().skip(self.entries.len() - self.unsaved) {
            contents.extend_from_slice(&text::encode(entry));
            contents.push(b'\n');
        }
        OpenOptions::new().append(true).create(true).open(text::os(path))?.write_all(&contents)?;
        self.unsaved = 0;
        Ok(())
    }

    /// Cuts a file to its last lines.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn shorten_file(path: &str, most_lines: usize) -> io::Result<()> {
        let path = text::os(path);
        let contents = std::fs::read(&path)?;
        let lines = contents.iter().filter(|byte| **byte == b'\n').count();
        if lines <= most_lines {
            return Ok(());
        }
        let mut left = lines - most_lines;
        let start = contents.iter().position(|byte| {
            left -= usize::from(*byte == b'\n');
            left == 0
        });
        std::fs::write(path, contents.get(start.map_or(0, |at| at + 1)..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entries_go_first_and_numbers_go_on() {
        let mut history = History::default();
        history.limit(Some(2));
        for line in ["a", "b", "c"] {
            history.add(line);
        }
        assert_eq!(history.iter().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(history.first_number(), 2);
    }

    #[test]
    fn only_what_is_new_is_added_to_the_file() {
        let path = std::env::temp_dir().join(format!("berth-history-{}", std::process::id()));
        let name = path.to_str().unwrap();
        std::fs::write(&path, "old\n#1700000000\n").unwrap();
        let mut history = History::default();
        history.read(name).unwrap();
        history.add("new");
        history.append_new(name).unwrap();
        history.append_new(name).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old\n#1700000000\nnew\n");
        History::shorten_file(name, 1).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        std::fs::remove_file(path).unwrap();
    }
}
