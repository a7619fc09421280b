//! Differences in all the ways that they are written.

use std::io::{self, Write};

use berth_multicall::time::Moment;
use berth_multicall::{Output, text};

use super::script::{Change, Script};
use super::{Request, Style};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const NORMAL: &str = "\x1b[0m";

/// Writes the differences between two files.
pub fn print(
    request: &Request,
    names: (&[u8], &[u8]),
    script: &Script<'_>,
    out: &mut Output,
) -> io::Result<()> {
    let mut printer = Printer {
        request,
        script,
        out,
    };
    match request.style {
        Style::Normal => printer.normal(),
        Style::Ed => printer.ed(),
        Style::Unified(context) => printer.unified(names, context),
        Style::Context(context) => printer.context(names, context),
        Style::Columns => super::columns::print(request, script, out),
    }
}

struct Printer<'a, 'o> {
    request: &'a Request,
    script: &'a Script<'a>,
    out: &'o mut Output,
}

/// A range of lines as normal and ed style have it, counted from 1.
fn range((start, end): (usize, usize)) -> String {
    match end - start {
        0 => start.to_string(),
        1 => (start + 1).to_string(),
        _ => format!("{},{end}", start + 1),
    }
}

impl<'a> Printer<'a, '_> {
    fn colored(&mut self, color: &str, line: &str) -> io::Result<()> {
        if self.request.color {
            writeln!(self.out, "{color}{line}{NORMAL}")
        } else {
            writeln!(self.out, "{line}")
        }
    }

    fn line(&mut self, color: &str, mark: &str, line: &[u8]) -> io::Result<()> {
        let ended = line.strip_suffix(b"\n");
        let color = if self.request.color { color } else { "" };
        self.out.write_all(color.as_bytes())?;
        self.out.write_all(mark.as_bytes())?;
        self.out.write_all(ended.unwrap_or(line))?;
        if !color.is_empty() {
            self.out.write_all(NORMAL.as_bytes())?;
        }
        self.out.write_all(b"\n")?;
        if ended.is_none() {
            self.out.write_all(b"\\ No newline at end of file\n")?;
        }
        Ok(())
    }

    fn normal(&mut self) -> io::Result<()> {
        for change in &self.script.changes {
            let letter = match (change.old.0 == change.old.1, change.new.0 == change.new.1) {
                (true, _) => 'a',
                (_, true) => 'd',
                _ => 'c',
            };
            self.colored(
                CYAN,
                &format!("{}{letter}{}", range(change.old), range(change.new)),
            )?;
            for line in &self.script.old[change.old.0..change.old.1] {
                self.line(RED, "< ", line)?;
            }
            if letter == 'c' {
                self.out.write_all(b"---\n")?;
            }
            for line in &self.script.new[change.new.0..change.new.1] {
                self.line(GREEN, "> ", line)?;
            }
        }
        Ok(())
    }

    fn ed(&mut self) -> io::Result<()> {
        for change in self.script.changes.iter().rev() {
            let letter = match (change.old.0 == change.old.1, change.new.0 == change.new.1) {
                (true, _) => 'a',
                (_, true) => 'd',
                _ => 'c',
            };
            writeln!(self.out, "{}{letter}", range(change.old))?;
            if letter != 'd' {
                for line in &self.script.new[change.new.0..change.new.1] {
                    self.out.write_all(line)?;
                    if !line.ends_with(b"\n") {
                        self.out.write_all(b"\n")?;
                    }
                }
                self.out.write_all(b".\n")?;
            }
        }
        Ok(())
    }

    fn heading(&mut self, marks: (&str, &str), names: (&[u8], &[u8])) -> io::Result<()> {
        for (index, (mark, name)) in [(marks.0, names.0), (marks.1, names.1)]
            .into_iter()
            .enumerate()
        {
            let label = match self.request.labels.get(index) {
                Some(label) => label.clone(),
                None => {
                    let modified =
                        berth_guest::status(name, true).map_or((0, 0), |status| status.modified);
                    let moment = Moment::at(modified.0);
                    let date = format!("{}.{:09} +0000", moment.format("%F %T"), modified.1);
                    format!("{}\t{date}", text(name))
                }
            };
            self.colored(BOLD, &format!("{mark} {label}"))?;
        }
        Ok(())
    }

    /// Changes that share their context.
    fn hunks(&self, context: usize) -> Vec<&'a [Change]> {
        let changes: &'a [Change] = &self.script.changes;
        let mut hunks = Vec::new();
        let mut start = 0;
        for index in 1..=changes.len() {
            let apart = changes
                .get(index)
                .is_none_or(|next| next.old.0 - changes[index - 1].old.1 > 2 * context);
            if apart {
                hunks.push(&changes[start..index]);
                start = index;
            }
        }
        hunks
    }

    /// The lines that a hunk spans in both files.
    fn span(&self, hunk: &[Change], context: usize) -> ((usize, usize), (usize, usize)) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
            return ((0, 0), (0, 0));
        };
        let before = context.min(first.old.0).min(first.new.0);
        let after = context
            .min(self.script.old.len() - last.old.1)
            .min(self.script.new.len() - last.new.1);
        (
            (first.old.0 - before, last.old.1 + after),
            (first.new.0 - before, last.new.1 + after),
        )
    }

    /// The last line before a hunk that begins like a function.
    fn function(&self, before: usize) -> String {
        if !self.request.function {
            return String::new();
        }
        let found = self.script.old[..before].iter().rev().find(|line| {
            line.first()
                .is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, b'_' | b'$'))
        });
        found.map_or_else(String::new, |line| {
            let line: String = text(line.trim_ascii_end()).chars().take(40).collect();
            format!(" {line}")
        })
    }

    fn unified(&mut self, names: (&[u8], &[u8]), context: usize) -> io::Result<()> {
        self.heading(("---", "+++"), names)?;
        for hunk in self.hunks(context) {
            let (old, new) = self.span(hunk, context);
            let shown = |(start, end): (usize, usize)| match end - start {
                0 => format!("{start},0"),
                1 => format!("{}", start + 1),
                count => format!("{},{count}", start + 1),
            };
            let heading = format!("@@ -{} +{} @@", shown(old), shown(new));
            let function = self.function(old.0);
            if self.request.color {
                writeln!(self.out, "{CYAN}{heading}{NORMAL}{function}")?;
            } else {
                writeln!(self.out, "{heading}{function}")?;
            }
            let mut at = old.0;
            for change in hunk {
                for line in &self.script.old[at..change.old.0] {
                    self.line("", " ", line)?;
                }
                for line in &self.script.old[change.old.0..change.old.1] {
                    self.line(RED, "-", line)?;
                }
                for line in &self.script.new[change.new.0..change.new.1] {
                    self.line(GREEN, "+", line)?;
                }
                at = change.old.1;
            }
            for line in &self.script.old[at..old.1] {
                self.line("", " ", line)?;
            }
        }
        Ok(())
    }

    fn context(&mut self, names: (&[u8], &[u8]), context: usize) -> io::Result<()> {
        self.heading(("***", "---"), names)?;
        for hunk in self.hunks(context) {
            let (old, new) = self.span(hunk, context);
            let shown = |(start, end): (usize, usize)| match end - start {
                0 => start.to_string(),
                1 => end.to_string(),
                _ => format!("{},{end}", start + 1),
            };
            writeln!(self.out, "***************{}", self.function(old.0))?;
            self.colored(CYAN, &format!("*** {} ****", shown(old)))?;
            if hunk.iter().any(|change| change.old.0 < change.old.1) {
                self.side(hunk, old, true)?;
            }
            self.colored(CYAN, &format!("--- {} ----", shown(new)))?;
            if hunk.iter().any(|change| change.new.0 < change.new.1) {
                self.side(hunk, new, false)?;
            }
        }
        Ok(())
    }

    fn side(&mut self, hunk: &[Change], span: (usize, usize), is_old: bool) -> io::Result<()> {
        let lines = if is_old {
            &self.script.old
        } else {
            &self.script.new
        };
        let mut at = span.0;
        for change in hunk {
            let (own, other) = if is_old {
                (change.old, change.new)
            } else {
                (change.new, change.old)
            };
            for line in &lines[at..own.0] {
                self.line("", "  ", line)?;
            }
            let mark = match (other.0 == other.1, is_old) {
                (false, _) => "! ",
                (true, true) => "- ",
                (true, false) => "+ ",
            };
            let color = if is_old { RED } else { GREEN };
            for line in &lines[own.0..own.1] {
                self.line(color, mark, line)?;
            }
            at = own.1;
        }
        for line in &lines[at..span.1] {
            self.line("", "  ", line)?;
        }
        Ok(())
    }
}
