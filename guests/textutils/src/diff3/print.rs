//! The three ways to say where three files differ: a listing, a script for `ed`, the merged file.

use std::io::{self, Write};
use std::ops::Range;

use berth_multicall::complain;

use super::Merge;
use super::blocks::{Block, Blocks, Odd};

/// The files by what they are in a merge.
const MINE: usize = 0;
const OLD: usize = 1;
const YOURS: usize = 2;

/// What is done with a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Leave,
    Take,
    /// Both sides changed it, and not in the same way.
    Bracket,
    /// Both sides changed it in the same way.
    BracketOld,
}

impl Merge {
    fn action(&self, block: &Block) -> Action {
        match block.odd {
            Odd::File(OLD) if self.all => Action::BracketOld,
            Odd::File(YOURS) if !self.overlap_only => Action::Take,
            Odd::All if self.easy_only => Action::Leave,
            Odd::All if self.bracket => Action::Bracket,
            Odd::All => Action::Take,
            Odd::File(_) => Action::Leave,
        }
    }
}

/// A line that is whole: a script cannot say that a file's last has no newline.
fn whole(out: &mut dyn Write, line: &[u8]) -> io::Result<()> {
    out.write_all(line)?;
    if line.ends_with(b"\n") {
        return Ok(());
    }
    out.write_all(b"\n")
}

/// The listing: what stands where in each file.
pub fn listing(found: &Blocks<'_>, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    for block in &found.blocks {
        let odd = match block.odd {
            Odd::All => String::new(),
            Odd::File(file) => (file + 1).to_string(),
        };
        writeln!(out, "===={odd}")?;
        // Of two that are the same the second is shown; they stand next to each other.
        let order = if block.odd == Odd::File(1) {
            [0, 2, 1]
        } else {
            [0, 1, 2]
        };
        let hidden = match block.odd {
            Odd::All => None,
            Odd::File(0) => Some(1),
            Odd::File(_) => Some(0),
        };
        for file in order {
            let lines = &block.lines[file];
            let place = match lines.len() {
                0 => format!("{}a", lines.start),
                1 => format!("{}c", lines.end),
                _ => format!("{},{}c", lines.start + 1, lines.end),
            };
            writeln!(out, "{}:{place}", file + 1)?;
            if hidden == Some(file) {
                continue;
            }
            for line in &found.lines[file][lines.clone()] {
                out.write_all(indent.as_bytes())?;
                out.write_all(line)?;
                if !line.ends_with(b"\n") {
                    out.write_all(b"\n\\ No newline at end of file\n")?;
                }
            }
        }
    }
    Ok(())
}

/// The merged file; whether there are conflicts in it.
pub fn merged(found: &Blocks<'_>, how: &Merge, out: &mut dyn Write) -> io::Result<bool> {
    let copy = |file: usize, lines: Range<usize>, out: &mut dyn Write| {
        let mut lines = found.lines[file][lines].iter();
        lines.try_for_each(|line| out.write_all(line))
    };
    let [mine, old, yours] = &how.labels;
    let (mut done, mut conflicts) = (0, false);
    for block in &found.blocks {
        let action = how.action(block);
        if action == Action::Leave {
            continue;
        }
        copy(MINE, done..block.lines[MINE].start, out)?;
        done = block.lines[MINE].end;
        if action != Action::Take {
            conflicts = true;
            if action == Action::Bracket {
                writeln!(out, "<<<<<<< {mine}")?;
                copy(MINE, block.lines[MINE].clone(), out)?;
            }
            if how.all {
                let bar = if action == Action::Bracket {
                    "|||||||"
                } else {
                    "<<<<<<<"
                };
                writeln!(out, "{bar} {old}")?;
                copy(OLD, block.lines[OLD].clone(), out)?;
            }
            out.write_all(b"=======\n")?;
        }
        copy(YOURS, block.lines[YOURS].clone(), out)?;
        if action != Action::Take {
            writeln!(out, ">>>>>>> {yours}")?;
        }
    }
    copy(MINE, done..found.lines[MINE].len(), out)?;
    Ok(conflicts)
}

/// The script for `ed`, last block first, so that the numbers of the lines above stay; whether there are conflicts.
pub fn script(
    found: &Blocks<'_>,
    how: &Merge,
    write_and_quit: bool,
    out: &mut dyn Write,
) -> io::Result<bool> {
    let [mine, old, yours] = &how.labels;
    let lines = |file: usize, block: &Block| &found.lines[file][block.lines[file].clone()];
    let open = |line: &&[u8]| !line.ends_with(b"\n");
    let mut all = found
        .blocks
        .iter()
        .flat_map(|block| [MINE, OLD, YOURS].map(|file| (file, block)));
    if all.any(|(file, block)| lines(file, block).iter().any(open)) {
        complain("diff3", format_args!("No newline at end of file"));
    }
    let mut conflicts = false;
    for block in found.blocks.iter().rev() {
        let action = how.action(block);
        let (low, high) = (block.lines[MINE].start + 1, block.lines[MINE].end);
        let (before, after) = (lines(OLD, block), lines(YOURS, block));
        match action {
            Action::Leave => continue,
            Action::Take if after.is_empty() => writeln!(out, "{}d", span(low, high))?,
            Action::Take => {
                match low > high {
                    true => writeln!(out, "{high}a")?,
                    false => writeln!(out, "{}c", span(low, high))?,
                }
                let dots = text(after, out)?;
                end_text(dots, low, after.len(), out)?;
            }
            Action::Bracket | Action::BracketOld => {
                conflicts = true;
                writeln!(out, "{high}a")?;
                let mut dots = false;
                if action == Action::Bracket {
                    if how.all {
                        writeln!(out, "||||||| {old}")?;
                        dots |= text(before, out)?;
                    }
                    writeln!(out, "=======")?;
                    dots |= text(after, out)?;
                }
                writeln!(out, ">>>>>>> {yours}")?;
                end_text(dots, high + 2, before.len() + after.len() + 1, out)?;
                let label = if action == Action::Bracket { mine } else { old };
                writeln!(out, "{}a\n<<<<<<< {label}", low - 1)?;
                let mut dots = false;
                if action == Action::BracketOld {
                    dots = text(before, out)?;
                    writeln!(out, "=======")?;
                }
                end_text(dots, low + 1, before.len(), out)?;
            }
        }
    }
    if write_and_quit {
        out.write_all(b"w\nq\n")?;
    }
    Ok(conflicts)
}

fn span(low: usize, high: usize) -> String {
    if low == high {
        low.to_string()
    } else {
        format!("{low},{high}")
    }
}

/// Lines as text for `ed`; a dot at the beginning of one is doubled. True if there was one.
fn text(lines: &[&[u8]], out: &mut dyn Write) -> io::Result<bool> {
    let mut dots = false;
    for line in lines {
        if line.starts_with(b".") {
            dots = true;
            out.write_all(b".")?;
        }
        whole(out, line)?;
    }
    Ok(dots)
}

/// The end of a text, and what takes doubled dots away again.
fn end_text(dots: bool, first: usize, count: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, ".")?;
    if dots {
        writeln!(out, "{}s/^\\.//", span(first, first + count - 1))?;
    }
    Ok(())
}
