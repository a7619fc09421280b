//! Reading a command: addresses, expressions between delimiters.

use std::rc::Rc;

use berth_pattern::{Options, Pattern, Syntax, locale_is_bytes};

use super::buffer::Buffer;
use super::{Failure, Result};

/// A command line and how far it is read.
pub struct Scan<'l> {
    line: &'l [u8],
    at: usize,
}

/// The addresses before a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// How many were written.
    pub count: usize,
    /// The first of the last two; the same as `to` where there is one.
    pub from: usize,
    pub to: usize,
}

/// The expression that an empty one means, and how they are written.
pub struct Patterns {
    pub extended: bool,
    last: Option<Rc<Pattern>>,
}

impl Patterns {
    pub fn new(extended: bool) -> Self {
        Self {
            extended,
            last: None,
        }
    }

    /// Compiles an expression; an empty one is the last.
    pub fn compile(&mut self, source: &[u8], ignore_case: bool) -> Result<Rc<Pattern>> {
        if source.is_empty() {
            if ignore_case {
                return Err("Suffix 'I' not allowed on empty regexp".into());
            }
            return self.last.clone().ok_or("No previous pattern".into());
        }
        let syntax = if self.extended {
            Syntax::Extended
        } else {
            Syntax::Basic
        };
        let options = Options {
            syntax,
            ignore_case,
            bytes: locale_is_bytes(),
            ..Options::default()
        };
        let pattern = Rc::new(Pattern::new(source, options)?);
        self.last = Some(Rc::clone(&pattern));
        Ok(pattern)
    }
}

impl<'l> Scan<'l> {
    pub fn new(line: &'l [u8]) -> Self {
        Self { line, at: 0 }
    }

    pub fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    pub fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Reads the byte if it is next.
    pub fn take(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    pub fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            self.at += 1;
        }
    }

    pub fn rest(&self) -> &'l [u8] {
        &self.line[self.at..]
    }

    pub fn number(&mut self) -> Result<Option<usize>> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit());
        let digits = &self.rest()[..digits.count()];
        self.at += digits.len();
        if digits.is_empty() {
            return Ok(None);
        }
        let number = str::from_utf8(digits)
            .ok()
            .and_then(|text| text.parse().ok());
        let number = number.filter(|number| *number <= i32::MAX as usize);
        number.map(Some).ok_or("Number out of range".into())
    }

    /// A number behind a command, at least 1.
    pub fn count(&mut self) -> Result<usize> {
        let number = self.number()?.filter(|number| *number > 0);
        number.ok_or("Invalid command suffix".into())
    }

    /// Reads an expression up to its delimiter, which is read too; `closed` is false where the line ends before it.
    /// A delimiter within brackets, or behind a backslash, belongs to the expression.
    pub fn expression(&mut self, delimiter: u8) -> Result<(Vec<u8>, bool)> {
        let mut source = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                _ if byte == delimiter => return Ok((source, true)),
                b'\\' => match self.next() {
                    None => return Err("Trailing backslash (\\)".into()),
                    // The delimiter by itself has no meaning left but its own.
                    Some(next) if next == delimiter && !b"\\.[]*^$(){}+?|".contains(&next) => {
                        source.push(next);
                    }
                    Some(next) => source.extend([byte, next]),
                },
                b'[' => {
                    source.push(byte);
                    self.bracket(&mut source)?;
                }
                _ => source.push(byte),
            }
        }
        Ok((source, false))
    }

    /// The rest of a bracket expression, whose `[` is read.
    fn bracket(&mut self, source: &mut Vec<u8>) -> Result<()> {
        let copy = |scan: &mut Self, source: &mut Vec<u8>| {
            let byte = scan.next();
            source.extend(byte);
            byte
        };
        if self.peek() == Some(b'^') {
            copy(self, source);
        }
        if self.peek() == Some(b']') {
            copy(self, source);
        }
        let unbalanced = || Failure::from("Unbalanced brackets ([])");
        loop {
            match copy(self, source).ok_or_else(unbalanced)? {
                b']' => return Ok(()),
                b'[' if self.peek().is_some_and(|byte| b":.=".contains(&byte)) => {
                    let kind = copy(self, source);
                    let mut before = None;
                    loop {
                        let byte = copy(self, source).ok_or_else(unbalanced)?;
                        if byte == b']' && before == kind {
                            break;
                        }
                        before = Some(byte);
                    }
                }
                _ => {}
            }
        }
    }

    /// The addresses before a command. `;` makes the address before it the current line.
    pub fn addresses(&mut self, buffer: &mut Buffer, patterns: &mut Patterns) -> Result<Addresses> {
        let mut found: Vec<usize> = Vec::new();
        let mut pending = false;
        loop {
            self.blanks();
            let one = self.address(buffer, patterns)?;
            if let Some(one) = one {
                found.push(one);
                pending = false;
            }
            self.blanks();
            let separator = match self.peek() {
                Some(byte @ (b',' | b';')) => byte,
                // `%` is another way to write a `,` with nothing before it.
                Some(b'%') if found.is_empty() => b',',
                _ => break,
            };
            self.at += 1;
            if let (Some(one), b';') = (one, separator) {
                buffer.current = one;
            }
            pending = true;
            if found.is_empty() {
                // Nothing before it: from the first line, or from this one.
                found.push(match separator {
                    b',' => 1.min(buffer.last()),
                    _ => buffer.current,
                });
                if !self.begins_address() {
                    found.push(buffer.last());
                    pending = false;
                }
            }
        }
        if pending && let Some(last) = found.last().copied() {
            found.push(last);
        }
        let count = found.len();
        let to = found.pop().unwrap_or(buffer.current);
        let from = found.pop().unwrap_or(to);
        Ok(Addresses { count, from, to })
    }

    /// Whether an address follows.
    fn begins_address(&mut self) -> bool {
        self.blanks();
        self.peek()
            .is_some_and(|byte| byte.is_ascii_digit() || b".$'/?+-".contains(&byte))
    }

    /// One address with what is added to it.
    pub fn address(&mut self, buffer: &Buffer, patterns: &mut Patterns) -> Result<Option<usize>> {
        self.blanks();
        let line = match self.peek() {
            Some(b'.') => {
                self.at += 1;
                Some(buffer.current)
            }
            Some(b'$') => {
                self.at += 1;
                Some(buffer.last())
            }
            Some(b'\'') => {
                self.at += 1;
                let letter = self.next().filter(u8::is_ascii_lowercase);
                let letter = letter.ok_or("Invalid mark character")?;
                Some(buffer.marked(letter).ok_or("Invalid address")?)
            }
            Some(delimiter @ (b'/' | b'?')) => {
                self.at += 1;
                let (source, closed) = self.expression(delimiter)?;
                let ignore_case = closed && self.take(b'I');
                let pattern = patterns.compile(&source, ignore_case)?;
                Some(search(buffer, &pattern, delimiter == b'/')?)
            }
            Some(byte) if byte.is_ascii_digit() => self.number()?,
            _ => None,
        };
        // Only the end of the sum must be a line.
        let mut sum = line.map(|line| line as i64);
        loop {
            self.blanks();
            let base = sum.unwrap_or(buffer.current as i64);
            let moved = match self.peek() {
                Some(sign @ (b'+' | b'-')) => {
                    self.at += 1;
                    let by = self.number()?.unwrap_or(1) as i64;
                    if sign == b'+' { base + by } else { base - by }
                }
                Some(byte) if byte.is_ascii_digit() => {
                    base + self.number()?.unwrap_or_default() as i64
                }
                _ => break,
            };
            if moved.abs() > i64::from(i32::MAX) {
                return Err("Number out of range".into());
            }
            sum = Some(moved);
        }
        match sum {
            Some(line) => match usize::try_from(line) {
                Ok(line) if line <= buffer.last() => Ok(Some(line)),
                _ => Err("Invalid address".into()),
            },
            None => Ok(None),
        }
    }
}

/// The next line that matches, forwards or backwards, round the end; the current one is looked at last.
fn search(buffer: &Buffer, pattern: &Pattern, forward: bool) -> Result<usize> {
    let last = buffer.last();
    let mut at = buffer.current;
    for _ in 0..=last {
        at = match (forward, at) {
            (true, at) if at >= last => 0,
            (true, at) => at + 1,
            (false, 0) => last,
            (false, at) => at - 1,
        };
        if at > 0 && pattern.is_match(&buffer.text(at)) {
            return Ok(at);
        }
    }
    Err("No match".into())
}
