//! `diff -y`: two files beside each other.

use std::io::{self, Write};

use super::Request;
use super::script::{Change, Script};

/// Columns between the two files.
const GUTTER: usize = 3;

/// Where things stand.
struct Layout {
    /// Columns of each file.
    half: usize,
    /// Where the second file begins.
    second: usize,
    /// Columns from one tab stop to the next.
    tab: usize,
    /// Tabs become blanks, and none are put in.
    expand: bool,
}

impl Layout {
    /// The second file begins at a tab stop, so that its own tabs stay what they are.
    fn of(request: &Request) -> Self {
        let width = request.width;
        let step = if request.expand_tabs { 1 } else { request.tab };
        let second = (width + step + GUTTER) / (2 * step) * step;
        let half = second
            .saturating_sub(GUTTER)
            .min(width.saturating_sub(second));
        Self {
            half,
            second: if half > 0 { second } else { width },
            tab: request.tab,
            expand: request.expand_tabs,
        }
    }

    /// Goes from one column to another; tabs are shorter.
    fn go(&self, mut from: usize, to: usize, out: &mut dyn Write) -> io::Result<()> {
        while !self.expand && (from / self.tab + 1) * self.tab <= to {
            out.write_all(b"\t")?;
            from = (from / self.tab + 1) * self.tab;
        }
        while from < to {
            out.write_all(b" ")?;
            from += 1;
        }
        Ok(())
    }

    /// As much of a line as there is room for; the column behind it.
    fn half_line(&self, line: &[u8], out: &mut dyn Write) -> io::Result<usize> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let (mut at, mut read, mut written) = (0, 0, 0);
        while at < line.len() {
            if line[at] == b'\t' {
                let stop = (read / self.tab + 1) * self.tab;
                if read == written {
                    if self.expand {
                        let stop = stop.min(self.half);
                        self.go(written, stop, out)?;
                        written = stop;
                    } else if stop < self.half {
                        out.write_all(b"\t")?;
                        written = stop;
                    }
                }
                read = stop;
                at += 1;
                continue;
            }
            let length = crate::text::char_length(&line[at..]);
            read += crate::text::columns(&line[at..at + length]);
            if read <= self.half {
                out.write_all(&line[at..at + length])?;
                written = read;
            }
            at += length;
        }
        Ok(written)
    }

    fn row(
        &self,
        left: Option<&[u8]>,
        mut mark: u8,
        right: Option<&[u8]>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let ended = |line: Option<&[u8]>| line.is_some_and(|line| line.ends_with(b"\n"));
        let mut column = match left {
            Some(line) => self.half_line(line, out)?,
            None => 0,
        };
        if mark != b' ' {
            let place = (self.half + self.second - 1) / 2;
            self.go(column, place, out)?;
            column = place.max(column) + 1;
            // Where only one of the two has a newline, the mark leans to it.
            if mark == b'|' && ended(left) != ended(right) {
                mark = if ended(left) { b'/' } else { b'\\' };
            }
            out.write_all(&[mark])?;
        }
        if let Some(line) = right.filter(|line| !line.starts_with(b"\n")) {
            self.go(column, self.second, out)?;
            self.half_line(line, out)?;
        }
        if ended(left) || ended(right) {
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// Writes both files in two columns.
pub fn print(request: &Request, script: &Script<'_>, out: &mut dyn Write) -> io::Result<()> {
    let layout = Layout::of(request);
    let ends = (script.old.len(), script.new.len());
    let end = Change {
        old: (ends.0, ends.0),
        new: (ends.1, ends.1),
    };
    let mut at = (0, 0);
    for change in script.changes.iter().chain([&end]) {
        let same = script.old[at.0..change.old.0]
            .iter()
            .zip(&script.new[at.1..change.new.0]);
        for (left, right) in same.filter(|_| !request.only_changes) {
            if request.left_column {
                layout.row(Some(left), b'(', None, out)?;
            } else {
                layout.row(Some(left), b' ', Some(right), out)?;
            }
        }
        let old = &script.old[change.old.0..change.old.1];
        let new = &script.new[change.new.0..change.new.1];
        for index in 0..old.len().max(new.len()) {
            let (left, right) = (old.get(index).copied(), new.get(index).copied());
            let mark = match (left, right) {
                (Some(_), Some(_)) => b'|',
                (Some(_), None) => b'<',
                _ => b'>',
            };
            layout.row(left, mark, right, out)?;
        }
        at = (change.old.1, change.new.1);
    }
    Ok(())
}
