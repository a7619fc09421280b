//! What to change to make one file out of the other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::text::QuickHasher;

/// What does not count as a difference.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
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

impl Change {
    fn at(old: usize, old_count: usize, new: usize, new_count: usize) -> Self {
        Self {
            old: (old, old + old_count),
            new: (new, new + new_count),
        }
    }
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
        // Most of two files is the same at both ends.
        let equal = |(one, other): &(&&[u8], &&[u8])| one == other;
        let head = old.iter().zip(&new).take_while(equal).count();
        let ends = old[head..].iter().rev().zip(new[head..].iter().rev());
        let tail = ends.take_while(equal).count();
        let (old_middle, new_middle) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
        let mut known = Numbers::with_capacity_and_hasher(old_middle.len(), Default::default());
        let old_keys = numbered(old_middle, comparison, &mut known);
        let new_keys = numbered(new_middle, comparison, &mut known);
        drop(known);
        let mut changes: Vec<Change> = Vec::new();
        for operation in capture_diff_slices(Algorithm::Myers, &old_keys, &new_keys) {
            let change = match operation {
                DiffOp::Equal { .. } => continue,
                DiffOp::Delete {
                    old_index,
                    old_len,
                    new_index,
                } => Change::at(head + old_index, old_len, head + new_index, 0),
                DiffOp::Insert {
                    old_index,
                    new_index,
                    new_len,
                } => Change::at(head + old_index, 0, head + new_index, new_len),
                DiffOp::Replace {
                    old_index,
                    old_len,
                    new_index,
                    new_len,
                } => Change::at(head + old_index, old_len, head + new_index, new_len),
            };
            match changes.last_mut() {
                Some(last) if last.old.1 == change.old.0 && last.new.1 == change.new.0 => {
                    (last.old.1, last.new.1) = (change.old.1, change.new.1);
                }
                _ => changes.push(change),
            }
        }
        slide(&mut changes, &old, &new, comparison);
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

/// The numbers of lines.
type Numbers<'a> = HashMap<Cow<'a, [u8]>, u32, BuildHasherDefault<QuickHasher>>;

/// A number for every line; lines that count as the same have the same one. Numbers are compared much faster.
fn numbered<'a>(lines: &[&'a [u8]], comparison: Comparison, known: &mut Numbers<'a>) -> Vec<u32> {
    let number = |line: &&'a [u8]| {
        let next = known.len() as u32;
        *known.entry(comparison.key(line)).or_insert(next)
    };
    lines.iter().map(number).collect()
}

/// Moves what was only added or only removed as far down as it goes, as GNU's does: what a reader sees as one piece
/// stays one.
fn slide(changes: &mut Vec<Change>, old: &[&[u8]], new: &[&[u8]], comparison: Comparison) {
    let same = |one: &[u8], other: &[u8]| comparison.key(one) == comparison.key(other);
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
            && same(new[change.new.0], new[change.new.1])
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
            && same(old[change.old.0], old[change.old.1])
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
