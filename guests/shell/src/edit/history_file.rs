//! The file of the history: one line an entry, or, when it says when each was typed, a line `#seconds` before
//! each, and then an entry may have several lines.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::history::{Entry, HISTORY_MAX_BYTES};
use crate::text;

/// The entries of a file, of a very long one the last.
pub fn read(path: &str) -> io::Result<VecDeque<Entry>> {
    let mut file = fs::File::open(text::os(path))?;
    let length = file.metadata()?.len();
    let limit = HISTORY_MAX_BYTES as u64;
    let cut = length > limit;
    if cut {
        file.seek(SeekFrom::Start(length - limit))?;
    }
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    let all = text::decode_owned(bytes);
    // The first line of what is left of a long file is not whole.
    let whole = if cut {
        all.split_once('\n').map_or("", |(_, rest)| rest)
    } else {
        &all
    };
    Ok(parse(whole))
}

fn parse(content: &str) -> VecDeque<Entry> {
    let has_times = content.lines().next().and_then(timestamp).is_some();
    let mut entries: VecDeque<Entry> = VecDeque::new();
    let mut time = None;
    let mut begins = true;
    for line in content.lines() {
        if let Some(seconds) = timestamp(line) {
            time = Some(seconds);
            begins = true;
        } else if begins || !has_times {
            if !line.is_empty() {
                entries.push_back(Entry {
                    text: line.to_owned(),
                    time: time.take(),
                });
                begins = false;
            }
        } else if let Some(entry) = entries.back_mut() {
            entry.text.push('\n');
            entry.text.push_str(line);
        }
    }
    entries
}

/// Seconds of a line `#seconds`.
fn timestamp(line: &str) -> Option<u64> {
    let digits = line.strip_prefix('#')?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())
        .flatten()
}

fn format<'a>(entries: impl Iterator<Item = &'a Entry>, timestamps: bool) -> Vec<u8> {
    let mut output = Vec::new();
    for entry in entries {
        if timestamps && let Some(time) = entry.time {
            output.extend_from_slice(format!("#{time}\n").as_bytes());
        }
        output.extend_from_slice(&text::encode(&entry.text));
        output.push(b'\n');
    }
    output
}

/// Makes a file of these entries.
pub fn write(path: &str, entries: &VecDeque<Entry>, timestamps: bool) -> io::Result<()> {
    fs::write(text::os(path), format(entries.iter(), timestamps))
}

/// Adds entries to a file.
pub fn append<'a>(
    path: &str,
    entries: impl Iterator<Item = &'a Entry>,
    timestamps: bool,
) -> io::Result<()> {
    // One write, so that shells that end together do not mix their lines.
    let mut file = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(text::os(path))?;
    file.write_all(&format(entries, timestamps))
}

/// Drops the oldest entries of a file that has more than `most`.
pub fn shorten(path: &str, most: usize) -> io::Result<()> {
    let mut entries = read(path)?;
    let surplus = entries.len().saturating_sub(most);
    if surplus == 0 {
        return Ok(());
    }
    entries.drain(..surplus);
    // The new file takes the old one's place as a whole: a shell that is killed here loses nothing.
    let new = format!("{path}.{}", berth_guest::getpid());
    let result =
        write(&new, &entries, true).and_then(|()| fs::rename(text::os(&new), text::os(path)));
    if result.is_err() {
        // It may not have come to be.
        let _ = fs::remove_file(text::os(&new));
    }
    result
}
