//! What was typed before: a bounded list, and the rules by which a line gets into it.
//!
//! The file is not looked at before somebody asks for an entry, so that a shell starts without it.

use std::collections::VecDeque;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use super::history_file as file;

/// Entries kept when the person does not say how many (`HISTSIZE`, `HISTFILESIZE`).
pub const ENTRIES_USUAL: usize = 500;
/// Entries kept when the person says "all".
pub const ENTRIES_MAX: usize = 100_000;
/// Text of all entries together, in bytes.
pub const HISTORY_MAX_BYTES: usize = 8 << 20;

/// What the variables `HIST...` say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// `HISTFILE`, in the shell's text; without it nothing is loaded or saved.
    pub file: Option<String>,
    /// `HISTSIZE`
    pub entries: usize,
    /// `HISTFILESIZE`
    pub file_entries: usize,
    /// `HISTCONTROL` has `ignorespace`: a line that begins with a blank is not kept.
    pub ignore_space: bool,
    /// `HISTCONTROL` has `ignoredups`: a line equal to the one before is not kept.
    pub ignore_duplicates: bool,
    /// `HISTCONTROL` has `erasedups`: older lines equal to a new one are dropped.
    pub erase_duplicates: bool,
    /// `HISTTIMEFORMAT` is set: the file says when each line was typed.
    pub timestamps: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: None,
            entries: ENTRIES_USUAL,
            file_entries: ENTRIES_USUAL,
            ignore_space: true,
            ignore_duplicates: true,
            erase_duplicates: false,
            timestamps: false,
        }
    }
}

impl Settings {
    /// What the value of `HISTCONTROL` says about lines; words it does not know are ignored, as in bash.
    pub fn control(&mut self, words: &str) {
        let has = |word: &str| words.split(':').any(|other| other == word);
        self.ignore_space = has("ignorespace") || has("ignoreboth");
        self.ignore_duplicates = has("ignoredups") || has("ignoreboth");
        self.erase_duplicates = has("erasedups");
    }

    /// A number of entries as `HISTSIZE` and `HISTFILESIZE` give it: below 0 is all of them, no number the
    /// usual.
    pub fn count(value: Option<&str>) -> usize {
        match value.map(|value| value.trim().parse::<i64>()) {
            Some(Ok(count)) => {
                usize::try_from(count).map_or(ENTRIES_MAX, |count| count.min(ENTRIES_MAX))
            }
            _ => ENTRIES_USUAL,
        }
    }
}

/// A line that was typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The line or lines, without the last line end.
    pub text: String,
    /// When, in seconds since 1970; not known for those of a file without times.
    pub time: Option<u64>,
}

/// The list, oldest first.
#[derive(Debug)]
pub struct History {
    settings: Settings,
    entries: VecDeque<Entry>,
    /// Text of all entries, in bytes.
    bytes: usize,
    /// Number of the first entry; numbers do not change when old ones are dropped.
    first_number: usize,
    /// The file was read, or was not there.
    loaded: bool,
    /// How many of the newest entries the file does not have.
    unsaved: usize,
}

impl Default for History {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            entries: VecDeque::new(),
            bytes: 0,
            first_number: 1,
            loaded: false,
            unsaved: 0,
        }
    }
}

impl History {
    /// Takes over what the variables say now.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
        self.shrink();
    }

    /// What holds now.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Reads the file, if that was not done yet. A file that cannot be read is an empty one.
    pub fn load(&mut self) {
        if std::mem::replace(&mut self.loaded, true) {
            return;
        }
        let Some(path) = &self.settings.file else {
            return;
        };
        let newer = std::mem::take(&mut self.entries);
        self.entries = file::read(path).unwrap_or_default();
        self.entries.extend(newer);
        self.bytes = self.entries.iter().map(|entry| entry.text.len()).sum();
        self.shrink();
        // As in bash, the first one there is has the number 1.
        self.first_number = 1;
    }

    /// Drops the oldest entries until all limits hold.
    fn shrink(&mut self) {
        while self.entries.len() > self.settings.entries || self.bytes > HISTORY_MAX_BYTES {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.bytes -= oldest.text.len();
            self.first_number += 1;
        }
        self.unsaved = self.unsaved.min(self.entries.len());
    }

    /// Adds a line that was typed, unless the settings say that it is not kept; true when it was added.
    pub fn add(&mut self, line: &str) -> bool {
        self.load();
        let line = line.trim_end_matches('\n');
        let unwanted = line.is_empty()
            || (self.settings.ignore_space && line.starts_with([' ', '\t']))
            || (self.settings.ignore_duplicates
                && self.entries.back().is_some_and(|last| last.text == line));
        if unwanted {
            return false;
        }
        if self.settings.erase_duplicates {
            self.erase(line);
        }
        self.push(line);
        true
    }

    /// Adds a line whatever the settings say, as `history -s` does.
    pub fn push(&mut self, line: &str) {
        self.load();
        let time = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .map(|now| now.as_secs());
        self.bytes += line.len();
        self.entries.push_back(Entry {
            text: line.to_owned(),
            time,
        });
        self.unsaved += 1;
        self.shrink();
    }

    fn erase(&mut self, line: &str) {
        let mut index = 0;
        while index < self.entries.len() {
            if self.entries[index].text == line {
                self.remove(index);
            } else {
                index += 1;
            }
        }
    }

    fn remove(&mut self, index: usize) -> Option<Entry> {
        let is_unsaved = index + self.unsaved >= self.entries.len();
        let entry = self.entries.remove(index)?;
        self.bytes -= entry.text.len();
        self.unsaved -= usize::from(is_unsaved);
        Some(entry)
    }

    /// Number of entries.
    pub fn len(&mut self) -> usize {
        self.load();
        self.entries.len()
    }

    /// An entry by its place, 0 is the oldest.
    pub fn get(&mut self, index: usize) -> Option<&str> {
        self.load();
        self.entries.get(index).map(|entry| entry.text.as_str())
    }

    /// The newest.
    pub fn last(&mut self) -> Option<&str> {
        self.load();
        self.entries.back().map(|entry| entry.text.as_str())
    }

    /// All entries with their numbers, oldest first.
    pub fn numbered(
        &mut self,
    ) -> impl DoubleEndedIterator<Item = (usize, &Entry)> + ExactSizeIterator {
        self.load();
        let first = self.first_number;
        self.entries
            .iter()
            .enumerate()
            .map(move |(index, entry)| (first + index, entry))
    }

    /// An entry by its number.
    pub fn by_number(&mut self, number: usize) -> Option<&Entry> {
        self.load();
        self.entries.get(number.checked_sub(self.first_number)?)
    }

    /// The number the next line gets, as `\!` of a prompt shows it.
    pub fn next_number(&mut self) -> usize {
        self.load();
        self.first_number + self.entries.len()
    }

    /// Removes an entry by its number (`history -d`); the later ones move up. False when there is none.
    pub fn delete(&mut self, number: usize) -> bool {
        self.load();
        number
            .checked_sub(self.first_number)
            .and_then(|index| self.remove(index))
            .is_some()
    }

    /// Replaces the newest entry: the next line of a command that goes on belongs to it.
    pub fn replace_last(&mut self, line: &str) {
        self.load();
        match self.entries.back_mut() {
            Some(last) => {
                self.bytes = self.bytes - last.text.len() + line.len();
                line.clone_into(&mut last.text);
                self.unsaved = self.unsaved.max(1);
                self.shrink();
            }
            None => self.push(line),
        }
    }

    /// Removes all entries (`history -c`).
    pub fn clear(&mut self) {
        self.loaded = true;
        self.entries.clear();
        (self.bytes, self.unsaved, self.first_number) = (0, 0, 1);
    }

    /// Adds the entries of a file (`history -r file`).
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_from(&mut self, path: &str) -> io::Result<()> {
        self.load();
        let more = file::read(path)?;
        self.bytes += more.iter().map(|entry| entry.text.len()).sum::<usize>();
        self.entries.extend(more);
        // What came from a file is not new to it, and neither is then what came before.
        self.unsaved = 0;
        self.shrink();
        Ok(())
    }

    /// Writes all entries to a file, which has nothing else then (`history -w file`).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_to(&mut self, path: &str) -> io::Result<()> {
        self.load();
        file::write(path, &self.entries, self.settings.timestamps)?;
        self.unsaved = 0;
        Ok(())
    }

    /// Appends to a file what it does not have yet (`history -a file`).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append_to(&mut self, path: &str) -> io::Result<()> {
        let known = self.entries.len() - self.unsaved;
        if self.unsaved > 0 {
            file::append(path, self.entries.range(known..), self.settings.timestamps)?;
            self.unsaved = 0;
        }
        Ok(())
    }

    /// At the end of a shell: appends what is new to the file, and keeps the file at its limit.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&mut self) -> io::Result<()> {
        let Some(path) = self.settings.file.clone() else {
            return Ok(());
        };
        if self.unsaved == 0 {
            return Ok(());
        }
        self.append_to(&path)?;
        file::trim(&path, self.settings.file_entries, self.settings.timestamps)
    }
}
