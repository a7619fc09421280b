//! `s`: what stands in place of matches.

use std::rc::Rc;

use berth_pattern::{Captures, Pattern};

use super::buffer::Text;
use super::command::Print;
use super::scan::{Addresses, Scan};
use super::{Editor, Result};

/// A part of what replaces a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(Vec<u8>),
    /// A group; 0 is the whole match.
    Group(usize),
}

/// A substitution: the last one can be repeated.
#[derive(Clone)]
pub struct Substitution {
    pub pattern: Rc<Pattern>,
    pub parts: Vec<Part>,
    /// All matches from `nth` on.
    pub all: bool,
    /// Which match of a line is the first that is replaced.
    pub nth: usize,
    /// How the last changed line is shown.
    pub print: Print,
}

/// Reads a replacement up to the delimiter, which is read too; whether it was there. `last` is what a `%` alone means.
pub fn replacement(
    scan: &mut Scan<'_>,
    delimiter: u8,
    last: Option<&Vec<Part>>,
) -> Result<(Vec<Part>, bool)> {
    let alone = scan.rest().get(1).is_none_or(|byte| *byte == delimiter);
    if scan.peek() == Some(b'%') && alone {
        scan.next();
        let parts = last.ok_or("No previous substitution")?;
        return Ok((parts.clone(), scan.take(delimiter)));
    }
    let mut parts = Vec::new();
    let mut text = Vec::new();
    let flush = |text: &mut Vec<u8>, parts: &mut Vec<Part>| {
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(text)));
        }
    };
    let mut closed = false;
    while let Some(byte) = scan.next() {
        match byte {
            _ if byte == delimiter => {
                closed = true;
                break;
            }
            b'&' => {
                flush(&mut text, &mut parts);
                parts.push(Part::Group(0));
            }
            b'\\' => match scan.next() {
                Some(digit @ b'1'..=b'9') => {
                    flush(&mut text, &mut parts);
                    parts.push(Part::Group(usize::from(digit - b'0')));
                }
                Some(next) => text.push(next),
                None => return Err("Trailing backslash (\\)".into()),
            },
            _ => text.push(byte),
        }
    }
    flush(&mut text, &mut parts);
    Ok((parts, closed))
}

impl Substitution {
    /// The line with its matches replaced; `None` where there are none.
    pub fn apply(&self, line: &[u8]) -> Option<Vec<u8>> {
        let mut captures = Captures::default();
        let mut result = Vec::new();
        let (mut copied, mut at, mut count) = (0, 0, 0);
        let mut last_end = None;
        while at <= line.len() && self.pattern.captures(line, at, &mut captures) {
            let whole = captures.get(0)?;
            // An empty match right behind another one is none.
            let counts = !(whole.is_empty() && last_end == Some(whole.end));
            last_end = Some(whole.end);
            count += usize::from(counts);
            if counts && count >= self.nth {
                result.extend_from_slice(&line[copied..whole.start]);
                for part in &self.parts {
                    match part {
                        Part::Text(text) => result.extend_from_slice(text),
                        Part::Group(group) => {
                            if let Some(range) = captures.get(*group) {
                                result.extend_from_slice(&line[range]);
                            }
                        }
                    }
                }
                copied = whole.end;
                if !self.all {
                    break;
                }
            }
            at = whole.end;
            if whole.is_empty() {
                let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) else {
                    break;
                };
                at += crate::text::char_length(rest);
            }
        }
        if count < self.nth {
            return None;
        }
        result.extend_from_slice(&line[copied..]);
        Some(result)
    }
}

/// Whether a replacement has begun and its line ended before the delimiter. `rest` is what follows the `s`.
pub fn is_open(rest: &[u8]) -> bool {
    let mut scan = Scan::new(rest);
    let Some(delimiter) = scan.next() else {
        return false;
    };
    if b"123456789gpnlr \n".contains(&delimiter) {
        return false;
    }
    let closed = matches!(scan.expression(delimiter), Ok((_, true)));
    closed
        && matches!(
            replacement(&mut scan, delimiter, Some(&Vec::new())),
            Ok((_, false))
        )
}

impl Editor {
    /// `s`.
    pub fn substitute(&mut self, scan: &mut Scan<'_>, given: Addresses) -> Result<()> {
        let current = self.buffer.current;
        let (from, to) = self.range(given, current, current)?;
        let substitution = match scan.peek() {
            None | Some(b'1'..=b'9' | b'g' | b'p' | b'n' | b'l' | b'r') => self.repeated(scan)?,
            Some(b' ' | b'\n') => return Err("Invalid pattern delimiter".into()),
            Some(delimiter) => self.written(scan, delimiter)?,
        };
        self.replacement = Some(substitution.parts.clone());
        let mut replaced = Vec::new();
        let (mut number, mut end) = (from, to);
        while number <= end {
            let text = self.buffer.text(number);
            let Some(changed) = substitution.apply(&text) else {
                number += 1;
                continue;
            };
            if replaced.is_empty() {
                self.remember();
            }
            replaced.push(text);
            let lines: Vec<Text> = changed.split(|byte| *byte == b'\n').map(Rc::from).collect();
            let added = lines.len();
            self.buffer.change(number, lines);
            number += added;
            end += added - 1;
        }
        let print = substitution.print;
        self.substitution = Some(substitution);
        if !replaced.is_empty() {
            self.buffer.set_cut(replaced);
            return self.show_current(print);
        }
        if self.input.in_list() {
            return Ok(());
        }
        Err("No match".into())
    }

    /// A substitution that is written out, delimiter first.
    fn written(&mut self, scan: &mut Scan<'_>, delimiter: u8) -> Result<Substitution> {
        scan.next();
        let (source, closed) = scan.expression(delimiter)?;
        if !closed {
            return Err("Missing pattern delimiter".into());
        }
        let (parts, closed) = replacement(scan, delimiter, self.replacement.as_ref())?;
        let (mut nth, mut all, mut ignore_case) = (None, false, false);
        // Where the line ends before the last delimiter, what was changed is shown.
        let mut print = if closed {
            Print::default()
        } else {
            Print::PLAIN
        };
        while let Some(letter) = scan.peek() {
            if letter.is_ascii_digit() && nth.is_none() && !all {
                nth = Some(scan.count()?);
                continue;
            }
            scan.next();
            match letter {
                b'g' if nth.is_none() && !all => all = true,
                b'I' | b'i' if !ignore_case => ignore_case = true,
                letter if print.add(letter) => {}
                _ => return Err("Invalid command suffix".into()),
            }
        }
        Ok(Substitution {
            pattern: self.patterns.compile(&source, ignore_case)?,
            parts,
            all,
            nth: nth.unwrap_or(1),
            print,
        })
    }

    /// The last substitution once more. `g` and `p` take back what it had of them; `r` is for the expression that was
    /// used last.
    fn repeated(&mut self, scan: &mut Scan<'_>) -> Result<Substitution> {
        let (mut nth, mut global, mut printed, mut renewed) = (None, false, false, false);
        while let Some(letter) = scan.peek() {
            if letter.is_ascii_digit() && nth.is_none() && !global {
                nth = Some(scan.count()?);
                continue;
            }
            scan.next();
            match letter {
                b'g' if nth.is_none() && !global => global = true,
                b'p' if !printed => printed = true,
                b'r' if !renewed => renewed = true,
                _ => return Err("Invalid command suffix".into()),
            }
        }
        let mut last = self
            .substitution
            .clone()
            .ok_or("No previous substitution")?;
        if let Some(nth) = nth {
            (last.nth, last.all) = (nth, false);
        }
        if global {
            (last.nth, last.all) = (1, !last.all);
        }
        if printed {
            let shown = last.print.any();
            last.print = if shown {
                Print::default()
            } else {
                Print::PLAIN
            };
        }
        if renewed {
            last.pattern = self.patterns.compile(b"", false)?;
        }
        Ok(last)
    }
}
