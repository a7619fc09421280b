//! What to change to make one file out of the other.

use std::borrow::Cow;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What does not count as a difference.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comparison {
    pub case: bool,
    pub trailing: bool,
    pub amount: bool,
    pub all_space: bool,
    pub blank_lines: bool,
    pub carriage_return: bool,
}

/// Lines `old_start..old_end` become lines `new_start..new_end`, both counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    pub old: (usize, usize),
    pub new: (usize, usize),
}

/// Both files in lines, and their differences.
pub struct Script<'a> {
    pub old: Vec<&'a [u8]>,
    pub new: Vec<&'a [u8]>,
    pub changes: Vec<Change>,
}

impl<'a> Script<'a> {
    /// Compares two files.
    pub fn of(old: &'a [u8], new: &'a [u8], comparison: Comparison) -> Self {
        let old: Vec<&[u8]> = old.split_inclusive(|byte| *byte == b'\n').collect();
        let new: Vec<&[u8]> = new.split_inclusive(|byte| *byte == b'\n').collect();
        let key = |line: &'a [u8]| comparison.key(line);
        let old_keys: Vec<_> = old.iter().copied().map(key).collect();
        let new_keys: Vec<_> = new.iter().copied().map(key).collect();
        let mut changes: Vec<Change> = Vec::new();
        for operation in capture_diff_slices(Algorithm::Myers, &old_keys, &new_keys) {
            let change = match operation {
                DiffOp::Equal { .. } => continue,
                DiffOp::Delete {
                    old_index,
                    old_len,
                    new_index,
                } => Change {
                    old: (old_index, old_index + old_len),
                    new: (new_index, new_index),
                },
                DiffOp::Insert {
                    old_index,
                    new_index,
                    new_len,
                } => Change {
                    old: (old_index, old_index),
                    new: (new_index, new_index + new_len),
                },
                DiffOp::Replace {
                    old_index,
                    old_len,
                    new_index,
                    new_len,
                } => Change {
                    old: (old_index, old_index + old_len),
                    new: (new_index, new_index + new_len),
                },
            };
            match changes.last_mut() {
                Some(last) if last.old.1 == change.old.0 && last.new.1 == change.new.0 => {
                    (last.old.1, last.new.1) = (change.old.1, change.new.1);
                }
                _ => changes.push(change),
            }
        }
        slide(&mut changes, &old_keys, &new_keys);
        if comparison.blank_lines {
            let blank = |line: &&[u8]| line.trim_ascii().is_empty();
            changes.retain(|change| {
                !(old[change.old.0..change.old.1].iter().all(blank)
                    && new[change.new.0..change.new.1].iter().all(blank))
            });
        }
        Self { old, new, changes }
    }
}

/// Moves what was only added or only removed as far down as it goes, as GNU's does: what a reader sees as one piece
/// stays one.
fn slide(changes: &mut Vec<Change>, old: &[Cow<'_, [u8]>], new: &[Cow<'_, [u8]>]) {
    for index in (0..changes.len()).rev() {
        let (old_limit, new_limit) = changes
            .get(index + 1)
            .map_or((old.len(), new.len()), |next| (next.old.0, next.new.0));
        let change = &mut changes[index];
        let only_added = change.old.0 == change.old.1;
        let only_removed = change.new.0 == change.new.1;
        while only_added
            && change.new.1 < new_limit
            && change.old.1 < old_limit
            && new[change.new.0] == new[change.new.1]
        {
            for end in [
                &mut change.new.0,
                &mut change.new.1,
                &mut change.old.0,
                &mut change.old.1,
            ] {
                *end += 1;
            }
        }
        while only_removed
            && change.old.1 < old_limit
            && change.new.1 < new_limit
            && old[change.old.0] == old[change.old.1]
        {
            for end in [
                &mut change.new.0,
                &mut change.new.1,
                &mut change.old.0,
                &mut change.old.1,
            ] {
                *end += 1;
            }
        }
    }
    let mut joined: Vec<Change> = Vec::new();
    for change in changes.drain(..) {
        match joined.last_mut() {
            Some(last) if last.old.1 == change.old.0 && last.new.1 == change.new.0 => {
                (last.old.1, last.new.1) = (change.old.1, change.new.1);
            }
            _ => joined.push(change),
        }
    }
    *changes = joined;
}

impl Comparison {
    /// A line as far as it counts.
    fn key<'a>(&self, line: &'a [u8]) -> Cow<'a, [u8]> {
        let plain =
            !(self.case || self.trailing || self.amount || self.all_space || self.carriage_return);
        if plain {
            return Cow::Borrowed(line);
        }
        let ended = line.last() == Some(&b'\n');
        let mut key = line.strip_suffix(b"\n").unwrap_or(line).to_vec();
        if self.carriage_return && key.last() == Some(&b'\r') {
            key.pop();
        }
        if self.all_space {
            key.retain(|byte| !byte.is_ascii_whitespace());
        } else if self.amount {
            let mut out = Vec::with_capacity(key.len());
            for byte in key {
                if !byte.is_ascii_whitespace() {
                    out.push(byte);
                } else if out.last() != Some(&b' ') {
                    out.push(b' ');
                }
            }
            key = out;
        }
        if self.trailing || self.amount {
            key.truncate(key.trim_ascii_end().len());
        }
        if self.case {
            key = String::from_utf8_lossy(&key).to_lowercase().into_bytes();
        }
        if ended && !(self.trailing || self.amount || self.all_space) {
            key.push(b'\n');
        }
        Cow::Owned(key)
    }
}
