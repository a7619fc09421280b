//! Where three files differ.
//!
//! Two of them are compared with the third, which they have in common; changes that overlap or touch there make one
//! block.

use std::ops::Range;

use crate::diff::script::{Change, Comparison, Script};

/// Which file differs from the other two, counted from 0, or all from each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Odd {
    File(usize),
    All,
}

/// A block: what stands there in each file, lines counted from 0.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    pub odd: Odd,
    pub lines: [Range<usize>; 3],
}

/// The lines of three files and where they differ.
pub struct Blocks<'a> {
    pub lines: [Vec<&'a [u8]>; 3],
    pub blocks: Vec<Block>,
}

/// The changes of one file against the common one, as far as they are dealt with.
struct Side {
    file: usize,
    changes: Vec<Change>,
    next: usize,
}

impl Side {
    fn next(&self) -> Option<&Change> {
        self.changes.get(self.next)
    }

    /// What stands in this file for a range of the common one, whose changes are from `first` up to the next one.
    fn mapped(&self, first: usize, common: &Range<usize>) -> Range<usize> {
        let own = |change: usize| match change.checked_sub(1) {
            Some(before) => {
                let before = &self.changes[before];
                (before.old.1, before.new.1)
            }
            None => (0, 0),
        };
        // Behind a change both files go on line by line.
        let (from_common, from) = own(first);
        let (to_common, to) = own(self.next);
        from + (common.start - from_common)..to + (common.end - to_common)
    }
}

impl<'a> Blocks<'a> {
    /// Compares three files; `common` is the number of the one that the others are compared with.
    pub fn of(contents: [&'a [u8]; 3], common: usize, comparison: Comparison) -> Self {
        let others = [[1, 2], [0, 2], [0, 1]][common];
        let mut sides = others.map(|file| {
            let script = Script::of(contents[common], contents[file], comparison);
            Side {
                file,
                changes: script.changes,
                next: 0,
            }
        });
        let lines =
            contents.map(|content| content.split_inclusive(|byte| *byte == b'\n').collect());
        let mut blocks = Vec::new();
        loop {
            let starts = [&sides[0], &sides[1]].map(|side| side.next().map(|change| change.old.0));
            let Some(start) = starts.into_iter().flatten().min() else {
                return Self { lines, blocks };
            };
            let first = [sides[0].next, sides[1].next];
            let mut end = start;
            while let Some(side) = sides
                .iter_mut()
                .find(|side| side.next().is_some_and(|change| change.old.0 <= end))
            {
                end = end.max(side.changes[side.next].old.1);
                side.next += 1;
            }
            blocks.push(block(&lines, common, &sides, first, start..end));
        }
    }
}

fn block(
    lines: &[Vec<&[u8]>; 3],
    common: usize,
    sides: &[Side; 2],
    first: [usize; 2],
    range: Range<usize>,
) -> Block {
    let mut ranges = [range.clone(), range.clone(), range.clone()];
    for (side, first) in sides.iter().zip(first) {
        ranges[side.file] = side.mapped(first, &range);
    }
    let content = |file: usize| &lines[file][ranges[file].clone()];
    let [one, other] = [0, 1].map(|side| sides[side].next > first[side]);
    let odd = match (one, other) {
        (true, false) => Odd::File(sides[0].file),
        (false, true) => Odd::File(sides[1].file),
        _ if content(sides[0].file) == content(sides[1].file) => Odd::File(common),
        _ => Odd::All,
    };
    Block { odd, lines: ranges }
}
