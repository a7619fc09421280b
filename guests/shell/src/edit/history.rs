//! What was typed before: a bounded list, and the rules by which a line gets into it.

use std::collections::VecDeque;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use super::history_file as file;

/// Entries kept when `HISTSIZE` says nothing.
const ENTRIES_DEFAULT: usize = 500;
/// Entries kept whatever `HISTSIZE` says.
const ENTRIES_MAX: usize = 100_000;
/// Entries kept in the file when `HISTFILESIZE` says nothing.
pub const FILE_LINES_DEFAULT: usize = 500;
/// Text of all entries together, in bytes.
pub const HISTORY_MAX_BYTES: usize = 8 << 20;

/// What `HISTCONTROL` says about lines that were typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Control {
    /// `ignorespace`: a line that begins with a blank is not kept.
    pub ignore_space: bool,
    /// `ignoredups`: a line equal to the one before is not kept.
    pub ignore_duplicates: bool,
    /// `erasedups`: older lines equal to a new one are dropped.
    pub erase_duplicates: bool,
}

impl Control {
    /// The value of `HISTCONTROL`; words it does not know are ignored, as in bash. Without a value it is
    /// `ignoreboth`, which distributions set for everybody.
    pub fn parse(value: Option<&str>) -> Self {
        let has = |word: &str| {
            value
                .unwrap_or("ignoreboth")
                .split(':')
                .any(|other| other == word)
        };
        Self {
            ignore_space: has("ignorespace") || has("ignoreboth"),
            ignore_duplicates: has("ignoredups") || has("ignoreboth"),
            erase_duplicates: has("erasedups"),
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

/// The lines typed, oldest first.
#[derive(Debug)]
pub struct History {
    entries: VecDeque<Entry>,
    /// Text of all entries, in bytes.
    bytes: usize,
    most: usize,
    /// How many have been dropped at the beginning.
    dropped: usize,
    /// How many of the newest entries are not in the file.
    unsaved: usize,
    /// Files get the times of the entries.
    pub with_times: bool,
}

impl Default for History {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            bytes: 0,
            most: ENTRIES_DEFAULT,
            dropped: 0,
            unsaved: 0,
            with_times: false,
        }
    }
}

impl History {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number of the oldest entry. Numbers do not change when old entries are dropped.
    pub fn first_number(&self) -> usize {
        self.dropped + 1
    }

    /// An entry by its position, 0 is the oldest.
    pub fn get(&self, position: usize) -> Option<&str> {
        self.entries.get(position).map(|entry| entry.text.as_str())
    }

    /// All entries, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.entries.iter().map(|entry| entry.text.as_str())
    }

    /// All entries with their times, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Adds a line that was typed, unless it is not to be kept; true when it was added.
    pub fn add_typed(&mut self, line: &str, control: Control) -> bool {
        let line = line.trim_end_matches('\n');
        let unwanted = line.trim().is_empty()
            || (control.ignore_space && line.starts_with([' ', '\t']))
            || (control.ignore_duplicates && self.iter().next_back() == Some(line));
        if unwanted {
            return false;
        }
        if control.erase_duplicates {
            for position in (0..self.len()).rev() {
                if self.get(position) == Some(line) {
                    self.remove(position);
                }
            }
        }
        self.add(line);
        true
    }

    /// Adds an entry.
    pub fn add(&mut self, line: &str) {
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
        self.shorten();
    }

    /// Adds a line to the last entry, which is not whole yet.
    pub fn continue_last(&mut self, line: &str) {
        if let Some(last) = self.entries.back_mut() {
            let before = last.text.len();
            last.text = join_lines(&last.text, line);
            self.bytes = (self.bytes + last.text.len()).saturating_sub(before);
            self.shorten();
        }
    }

    /// Removes the last entry.
    pub fn remove_last(&mut self) {
        if let Some(last) = self.len().checked_sub(1) {
            self.remove(last);
        }
    }

    /// Puts another line in the place of the last entry.
    pub fn replace_last(&mut self, line: &str) {
        if let Some(last) = self.entries.back_mut() {
            self.bytes = self.bytes - last.text.len() + line.len();
            line.clone_into(&mut last.text);
            self.shorten();
        }
    }

    /// Removes an entry; false when there is none.
    pub fn remove(&mut self, position: usize) -> bool {
        let is_unsaved = position + self.unsaved >= self.entries.len();
        let Some(entry) = self.entries.remove(position) else {
            return false;
        };
        self.bytes -= entry.text.len();
        self.unsaved -= usize::from(is_unsaved);
        true
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        (self.bytes, self.dropped, self.unsaved) = (0, 0, 0);
    }

    /// Keeps at most that many entries; `None` is the default.
    pub fn limit(&mut self, most: Option<usize>) {
        self.most = most.unwrap_or(ENTRIES_DEFAULT).min(ENTRIES_MAX);
        self.shorten();
    }

    fn shorten(&mut self) {
        while self.entries.len() > self.most || self.bytes > HISTORY_MAX_BYTES {
            let Some(oldest) = self.entries.pop_front() else {
                break;
            };
            self.bytes -= oldest.text.len();
            self.dropped += 1;
        }
        self.unsaved = self.unsaved.min(self.entries.len());
    }

    /// Adds the entries of a file, of a very long one the last.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&mut self, path: &str) -> io::Result<()> {
        let mut more = file::read(path)?;
        // Those that would be dropped at once do not count, so that the first one has the number 1.
        more.drain(..more.len().saturating_sub(self.most));
        self.bytes += more.iter().map(|entry| entry.text.len()).sum::<usize>();
        self.entries.extend(more);
        self.shorten();
        self.unsaved = 0;
        Ok(())
    }

    /// Writes all entries to a file in place of what is there.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, path: &str) -> io::Result<()> {
        file::write(path, &self.entries, self.with_times)?;
        self.unsaved = 0;
        Ok(())
    }

    /// Writes all entries to a file that is not the history's own.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn copy(&self, path: &str) -> io::Result<()> {
        file::write(path, &self.entries, self.with_times)
    }

    /// Adds the entries that are not in the file yet to its end.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn append_new(&mut self, path: &str) -> io::Result<()> {
        if self.unsaved > 0 {
            let known = self.entries.len() - self.unsaved;
            file::append(path, self.entries.range(known..), self.with_times)?;
            self.unsaved = 0;
        }
        Ok(())
    }

    /// Cuts a file to its last entries.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn shorten_file(path: &str, most: usize) -> io::Result<()> {
        file::shorten(path, most)
    }
}

/// Two lines of one command as one, as `cmdhist` has it: with a semicolon where one may be, else with a blank; where
/// the line end is part of the text it stays.
pub fn join_lines(before: &str, line: &str) -> String {
    if let Some(unfinished) = before.strip_suffix('\\') {
        return format!("{unfinished}{line}");
    }
    let open = before.contains("<<") || quote_is_open(before);
    let comment = before
        .rsplit('\n')
        .next()
        .is_some_and(|last| last.trim_start().starts_with('#') || last.contains(" #"));
    if open || comment {
        return format!("{before}\n{line}");
    }
    let last = before.trim_end();
    let word = last
        .rsplit([' ', '\t', '\n', ';'])
        .next()
        .unwrap_or_default();
    let goes_on = last.is_empty()
        || last.ends_with([';', '&', '|', '(', '{'])
        || matches!(
            word,
            "do" | "then" | "else" | "elif" | "in" | "if" | "while" | "until" | "!"
        )
        || (last.ends_with(')') && last.contains("case "));
    let separator = if goes_on { " " } else { "; " };
    format!("{last}{separator}{line}")
}

fn quote_is_open(text: &str) -> bool {
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None | Some('"'), '\\') => {
                characters.next();
            }
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    quote.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(history: &History) -> Vec<&str> {
        history.iter().collect()
    }

    fn scratch_file(name: &str) -> String {
        format!(
            "{}/berth-edit-{}-{name}",
            std::env::temp_dir().display(),
            std::process::id()
        )
    }

    #[test]
    fn lines_of_one_command_become_one_line() {
        for (lines, joined) in [
            (
                "for x in 1 2|do|echo $x|done",
                "for x in 1 2; do echo $x; done",
            ),
            ("f() {|  echo a|}", "f() {   echo a; }"),
            ("echo 'a|b'", "echo 'a\nb'"),
            ("echo a \\|b", "echo a b"),
            ("a &&|b", "a && b"),
            ("cat <<E|x|E", "cat <<E\nx\nE"),
        ] {
            let mut lines = lines.split('|');
            let first = lines.next().unwrap().to_owned();
            let result = lines.fold(first, |before, line| join_lines(&before, line));
            assert_eq!(result, joined);
        }
    }

    #[test]
    fn the_oldest_entries_go_first_and_numbers_go_on() {
        let mut history = History::default();
        history.limit(Some(2));
        ["a", "b", "c"].iter().for_each(|line| history.add(line));
        assert_eq!(lines(&history), ["b", "c"]);
        assert_eq!(history.first_number(), 2);
    }

    #[test]
    fn long_lines_do_not_make_the_list_larger_than_its_limit() {
        let mut history = History::default();
        let long = "x".repeat(HISTORY_MAX_BYTES / 3);
        (0..5).for_each(|_| history.add(&long));
        assert_eq!(history.len(), 3);
    }

    #[test]
    fn histcontrol_keeps_lines_out() {
        let mut history = History::default();
        let usual = Control::parse(None);
        assert!(history.add_typed("ls\n", usual));
        assert!(!history.add_typed("ls", usual));
        assert!(!history.add_typed(" secret", usual));
        assert!(!history.add_typed("\n", usual));
        assert!(history.add_typed(" ls", Control::parse(Some(""))));
        assert!(history.add_typed("pwd", usual));
        assert!(history.add_typed("ls", Control::parse(Some("ignorespace:erasedups"))));
        assert_eq!(lines(&history), [" ls", "pwd", "ls"]);
    }

    #[test]
    fn only_what_is_new_is_added_to_the_file_and_the_file_keeps_its_limit() {
        let path = scratch_file("append");
        std::fs::write(&path, "old\n\nolder\n").unwrap();
        let mut history = History::default();
        history.read(&path).unwrap();
        history.add("new");
        history.append_new(&path).unwrap();
        history.append_new(&path).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "old\n\nolder\nnew\n"
        );
        History::shorten_file(&path, 2).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "older\nnew\n");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_with_times_keeps_commands_of_several_lines_together() {
        let path = scratch_file("times");
        let mut history = History {
            with_times: true,
            ..History::default()
        };
        history.add("for x in 1 2\ndo echo $x\ndone");
        history.add("ls");
        history.write(&path).unwrap();
        let mut again = History::default();
        again.read(&path).unwrap();
        assert_eq!(lines(&again), ["for x in 1 2\ndo echo $x\ndone", "ls"]);
        assert!(again.entries().all(|entry| entry.time.is_some()));
        History::shorten_file(&path, 1).unwrap();
        let mut shorter = History::default();
        shorter.read(&path).unwrap();
        assert_eq!(lines(&shorter), ["ls"]);
        assert!(shorter.entries().all(|entry| entry.time.is_some()));
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn bytes_that_are_not_text_survive_the_file() {
        let path = scratch_file("bytes");
        std::fs::write(&path, b"echo \xff\n").unwrap();
        let mut history = History::default();
        history.read(&path).unwrap();
        history.write(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"echo \xff\n");
        std::fs::remove_file(path).unwrap();
    }
}
