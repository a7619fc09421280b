//! What `grep` prints.

use std::collections::VecDeque;
use std::io::{self, Write};

use berth_multicall::{Output, complain};
use berth_pattern::Pattern;

use super::arguments::{Request, Summary};

const MATCH: &[u8] = b"\x1b[01;31m\x1b[K";
const NAME: &[u8] = b"\x1b[35m\x1b[K";
const NUMBER: &[u8] = b"\x1b[32m\x1b[K";
const SEPARATOR: &[u8] = b"\x1b[36m\x1b[K";
const NORMAL: &[u8] = b"\x1b[m\x1b[K";

/// Width of numbers with `-T`.
const TAB_NUMBER_WIDTH: usize = 2;

/// Prints selected lines with their context.
pub struct Printer<'a> {
    request: &'a Request,
    out: Output,
    name: Vec<u8>,
    /// Number of the line last seen.
    line: u64,
    /// Bytes of the file before the next line.
    offset: u64,
    /// Lines before, if they may be needed: number, offset, text.
    before: VecDeque<(u64, u64, Vec<u8>)>,
    /// Lines still to be printed behind the last selected one.
    after: usize,
    /// Number of the line printed last, 0 for none.
    printed: u64,
    /// Something of an earlier group was printed.
    any_group: bool,
    context_only: bool,
}

impl<'a> Printer<'a> {
    pub fn new(request: &'a Request) -> Self {
        let mut out = Output::stdout();
        if request.by_line {
            out.set_by_line();
        }
        Self {
            request,
            out,
            name: Vec::new(),
            line: 0,
            offset: 0,
            before: VecDeque::new(),
            after: 0,
            printed: 0,
            any_group: false,
            context_only: false,
        }
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// A new file begins.
    pub fn begin(&mut self, name: Vec<u8>) {
        self.name = name;
        self.line = 0;
        self.offset = 0;
        self.before.clear();
        self.after = 0;
        self.printed = 0;
        self.context_only = false;
    }

    /// The file is over.
    pub fn end(&mut self, selected: u64, binary: bool) -> io::Result<()> {
        let request = self.request;
        if request.quiet {
            return Ok(());
        }
        match request.summary {
            Summary::Lines => {
                if binary {
                    self.out.flush()?;
                    let name = berth_multicall::text(&self.name);
                    complain("grep", format_args!("{name}: binary file matches"));
                }
            }
            Summary::Count => {
                if request.names {
                    self.named(b':')?;
                }
                writeln!(self.out, "{selected}")?;
            }
            Summary::Matching | Summary::NotMatching => {
                if (selected > 0) == (request.summary == Summary::Matching) {
                    self.colored(NAME)?;
                    let end = if request.null_after_name { 0 } else { b'\n' };
                    self.out.write_all(&[end])?;
                }
            }
        }
        Ok(())
    }

    /// Whether lines behind a selected one are to be printed.
    pub fn wants_context(&self) -> bool {
        self.after > 0
    }

    /// From now on nothing is selected any more.
    pub fn only_context(&mut self) {
        self.context_only = true;
    }

    /// Whole lines that were not selected.
    pub fn not_selected(&mut self, lines: &[u8]) -> io::Result<()> {
        let request = self.request;
        let plain = request.summary != Summary::Lines || request.quiet;
        if plain || (request.before == 0 && self.after == 0) {
            if !plain && (request.numbers || request.context) {
                self.line += memchr::memchr_iter(request.separator, lines).count() as u64;
            }
            self.offset += lines.len() as u64;
            return Ok(());
        }
        for line in lines.split_inclusive(|byte| *byte == request.separator) {
            self.line += 1;
            if self.after > 0 {
                self.after -= 1;
                self.context(self.line, self.offset, line)?;
            } else if request.before > 0 {
                if self.before.len() == request.before {
                    self.before.pop_front();
                }
                self.before
                    .push_back((self.line, self.offset, line.to_vec()));
            }
            self.offset += line.len() as u64;
        }
        Ok(())
    }

    /// A selected line.
    pub fn selected(&mut self, line: &[u8], pattern: &Pattern) -> io::Result<()> {
        if self.context_only {
            return self.not_selected(line);
        }
        let request = self.request;
        self.line += 1;
        if request.context {
            let first = self
                .before
                .front()
                .map_or(self.line, |(number, ..)| *number);
            if let Some(separator) = &request.group_separator
                && (self.any_group && (self.printed == 0 || first > self.printed + 1))
            {
                if request.color {
                    self.out.write_all(SEPARATOR)?;
                }
                self.out.write_all(separator)?;
                if request.color {
                    self.out.write_all(NORMAL)?;
                }
                self.out.write_all(b"\n")?;
            }
            for (number, offset, text) in std::mem::take(&mut self.before) {
                self.context(number, offset, &text)?;
            }
            self.after = request.after;
        }
        let text = &line[..line.len() - 1];
        if request.only_matching {
            self.only_matches(text, pattern)?;
        } else {
            self.prefix(self.line, self.offset, b':')?;
            if request.color && !request.invert {
                self.highlighted(text, pattern)?;
            } else {
                self.out.write_all(text)?;
            }
            self.out.write_all(&[request.separator])?;
        }
        self.printed = self.line;
        self.any_group = true;
        self.offset += line.len() as u64;
        Ok(())
    }

    fn context(&mut self, number: u64, offset: u64, line: &[u8]) -> io::Result<()> {
        self.printed = number;
        if self.request.only_matching {
            return Ok(());
        }
        self.prefix(number, offset, b'-')?;
        self.out.write_all(&line[..line.len() - 1])?;
        self.out.write_all(&[self.request.separator])
    }

    fn only_matches(&mut self, text: &[u8], pattern: &Pattern) -> io::Result<()> {
        if self.request.invert {
            return Ok(());
        }
        let mut at = 0;
        while let Some(found) = pattern.find(text, at) {
            if found.is_empty() {
                at = found.end + 1;
                if at > text.len() {
                    break;
                }
                continue;
            }
            self.prefix(self.line, self.offset + found.start as u64, b':')?;
            if self.request.color {
                self.out.write_all(MATCH)?;
            }
            self.out.write_all(&text[found.clone()])?;
            if self.request.color {
                self.out.write_all(NORMAL)?;
            }
            self.out.write_all(&[self.request.separator])?;
            at = found.end;
        }
        Ok(())
    }

    fn highlighted(&mut self, text: &[u8], pattern: &Pattern) -> io::Result<()> {
        let mut at = 0;
        let mut written = 0;
        while at <= text.len()
            && let Some(found) = pattern.find(text, at)
        {
            if found.is_empty() {
                at = found.end + 1;
                continue;
            }
            self.out.write_all(&text[written..found.start])?;
            self.out.write_all(MATCH)?;
            self.out.write_all(&text[found.clone()])?;
            self.out.write_all(NORMAL)?;
            (at, written) = (found.end, found.end);
        }
        self.out.write_all(&text[written..])
    }

    /// Name, line number and offset, as far as they are asked for.
    fn prefix(&mut self, line: u64, offset: u64, mark: u8) -> io::Result<()> {
        let request = self.request;
        if request.names {
            self.named(mark)?;
        }
        for (wanted, number) in [(request.numbers, line), (request.offsets, offset)] {
            if !wanted {
                continue;
            }
            if request.color {
                self.out.write_all(NUMBER)?;
            }
            let width = if request.initial_tab {
                TAB_NUMBER_WIDTH
            } else {
                0
            };
            write!(self.out, "{number:width$}")?;
            if request.color {
                self.out.write_all(NORMAL)?;
            }
            self.mark(mark)?;
        }
        if request.initial_tab && (request.names || request.numbers || request.offsets) {
            self.out.write_all(b"\t")?;
        }
        Ok(())
    }

    fn named(&mut self, mark: u8) -> io::Result<()> {
        self.colored(NAME)?;
        if self.request.null_after_name {
            self.out.write_all(&[0])
        } else {
            self.mark(mark)
        }
    }

    fn colored(&mut self, color: &[u8]) -> io::Result<()> {
        if self.request.color {
            self.out.write_all(color)?;
        }
        self.out.write_all(&self.name)?;
        if self.request.color {
            self.out.write_all(NORMAL)?;
        }
        Ok(())
    }

    fn mark(&mut self, mark: u8) -> io::Result<()> {
        if self.request.color {
            self.out.write_all(SEPARATOR)?;
        }
        self.out.write_all(&[mark])?;
        if self.request.color {
            self.out.write_all(NORMAL)?;
        }
        Ok(())
    }
}
