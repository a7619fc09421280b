//! One command: what its letter means.

use std::io::Write;
use std::rc::Rc;

use super::buffer::Text;
use super::files::Writing;
use super::input::Read;
use super::scan::{Addresses, Scan};
use super::substitute;
use super::{Editor, Flow, Result};

/// Columns of a line that `l` prints before it breaks it.
const LIST_COLUMNS: usize = 72;
/// Columns from one tab stop to the next.
const TAB_COLUMNS: usize = 8;

/// How a line is printed.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Print {
    plain: bool,
    number: bool,
    list: bool,
}

impl Print {
    /// As it is.
    pub const PLAIN: Self = Self {
        plain: true,
        number: false,
        list: false,
    };

    /// Takes a letter that was not given before.
    pub fn add(&mut self, letter: u8) -> bool {
        let flag = match letter {
            b'p' => &mut self.plain,
            b'n' => &mut self.number,
            b'l' => &mut self.list,
            _ => return false,
        };
        !std::mem::replace(flag, true)
    }

    pub fn any(self) -> bool {
        self.plain || self.number || self.list
    }
}

impl Editor {
    /// Obeys one command.
    pub fn command(&mut self, line: &[u8]) -> Result<Flow> {
        let mut scan = Scan::new(line);
        let given = scan.addresses(&mut self.buffer, &mut self.patterns)?;
        scan.blanks();
        let letter = scan.next();
        if given.count > 0 && letter.is_some_and(|letter| b"eEfhHPqQu".contains(&letter)) {
            return Err("Unexpected address".into());
        }
        let current = self.buffer.current;
        match letter {
            None => {
                // Alone on its line it goes on; in a global command's list it stays.
                let to = match given.count {
                    0 if self.input.in_list() => current,
                    0 => current + 1,
                    _ => given.to,
                };
                let to = self.existing(to)?;
                self.show(to, Print::PLAIN);
            }
            Some(b'#') => {}
            Some(letter @ (b'a' | b'i' | b'c')) => self.insert(&mut scan, given, letter)?,
            Some(b'd') => {
                let (from, to) = self.range(given, current, current)?;
                let print = self.suffix(&mut scan)?;
                self.remember();
                self.buffer.delete(from, to);
                self.show_current(print)?;
            }
            Some(b'e' | b'E') => {
                let name = self.named(&scan)?.ok_or("No current filename")?;
                if letter == Some(b'e') {
                    self.guard()?;
                }
                self.edit(&name)?;
            }
            Some(b'f') => {
                let name = self.named(&scan)?.ok_or("No current filename")?;
                if name.starts_with(b"!") {
                    return Err("Invalid redirection".into());
                }
                let _ = self.out.write_all(&name);
                let _ = self.out.write_all(b"\n");
                self.file = Some(name);
            }
            Some(b'g') => return self.global(&mut scan, given, true, false),
            Some(b'v') => return self.global(&mut scan, given, false, false),
            Some(b'G') => return self.global(&mut scan, given, true, true),
            Some(b'V') => return self.global(&mut scan, given, false, true),
            Some(letter @ (b'h' | b'H')) => {
                self.suffix(&mut scan)?;
                self.verbose ^= letter == b'H';
                if (letter == b'h' || self.verbose)
                    && let Some(message) = &self.message
                {
                    let _ = writeln!(self.out, "{message}");
                }
            }
            Some(b'j') => {
                let (from, to) = self.range(given, current, current + 1)?;
                let print = self.suffix(&mut scan)?;
                if from != to {
                    let joined: Text = Rc::from(self.buffer.texts(from, to).concat());
                    self.remember();
                    self.buffer.delete(from, to);
                    self.buffer.insert(from - 1, vec![joined]);
                }
                self.show_current(print)?;
            }
            Some(b'k') => {
                let at = self.existing(given.to)?;
                let letter = scan.next().filter(u8::is_ascii_lowercase);
                let letter = letter.ok_or("Invalid mark character")?;
                let print = self.suffix(&mut scan)?;
                self.buffer.mark(letter, at);
                self.show_current(print)?;
            }
            Some(letter @ (b'p' | b'n' | b'l')) => {
                let (from, to) = self.range(given, current, current)?;
                let mut print = Print::default();
                print.add(letter);
                self.more_suffix(&mut scan, &mut print)?;
                for number in from..=to {
                    self.show(number, print);
                }
            }
            Some(letter @ (b'm' | b't')) => self.transfer(&mut scan, given, letter == b'm')?,
            Some(b'P') => {
                self.suffix(&mut scan)?;
                self.prompting = !self.prompting;
            }
            Some(letter @ (b'q' | b'Q')) => {
                self.suffix(&mut scan)?;
                if letter == b'q' {
                    self.guard()?;
                }
                return Ok(Flow::Quit);
            }
            Some(b'r') => {
                let name = self.named(&scan)?;
                let after = if given.count == 0 {
                    self.buffer.last()
                } else {
                    given.to
                };
                return self.read_in(name, after);
            }
            Some(b's') => {
                let mut rest = scan.rest().to_vec();
                // In a list what looks like the end of a line is a newline of the replacement.
                while self.input.in_list()
                    && substitute::is_open(&rest)
                    && let Read::Line(more) = self.input.line()
                {
                    rest.extend_from_slice(b"\\\n");
                    rest.extend(more);
                }
                self.substitute(&mut Scan::new(&rest), given)?;
            }
            Some(b'u') => {
                let print = self.suffix(&mut scan)?;
                if !self.buffer.undo() {
                    return Err("Nothing to undo".into());
                }
                self.show_current(print)?;
            }
            Some(b'w') => return self.write_out(&mut scan, given, Writing::Anew),
            Some(b'W') => return self.write_out(&mut scan, given, Writing::Append),
            Some(b'x') => {
                let print = self.suffix(&mut scan)?;
                let lines = self.buffer.cut().ok_or("Nothing to put")?;
                self.remember();
                self.buffer.insert(given.to, lines);
                self.show_current(print)?;
            }
            Some(b'y') => {
                let (from, to) = self.range(given, current, current)?;
                let print = self.suffix(&mut scan)?;
                self.buffer.yank(from, to);
                self.show_current(print)?;
            }
            Some(b'z') => {
                let from = if given.count == 0 {
                    current + 1
                } else {
                    given.to
                };
                let from = self.existing(from)?;
                if scan.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                    self.window = scan.count()?;
                }
                let mut print = self.suffix(&mut scan)?;
                print.plain = true;
                let to = (from + self.window - 1).min(self.buffer.last());
                for number in from..=to {
                    self.show(number, print);
                }
            }
            Some(b'=') => {
                let print = self.suffix(&mut scan)?;
                let number = if given.count == 0 {
                    self.buffer.last()
                } else {
                    given.to
                };
                let _ = writeln!(self.out, "{number}");
                self.show_current(print)?;
            }
            Some(b'!') => {
                if given.count > 0 {
                    return Err("Unexpected address".into());
                }
                return self.shell(scan.rest());
            }
            Some(_) => return Err("Unknown command".into()),
        }
        Ok(Flow::Next)
    }

    /// What `u` would take back begins here; a global command is one change.
    pub fn remember(&mut self) {
        if !self.input.in_list() {
            self.buffer.remember();
        }
    }

    /// A line that there is.
    fn existing(&self, number: usize) -> Result<usize> {
        if number == 0 || number > self.buffer.last() {
            return Err("Invalid address".into());
        }
        Ok(number)
    }

    /// The lines a command is for.
    pub fn range(&self, given: Addresses, from: usize, to: usize) -> Result<(usize, usize)> {
        let (from, to) = match given.count {
            0 => (from, to),
            _ => (given.from, given.to),
        };
        if from > to {
            return Err("Invalid address".into());
        }
        Ok((self.existing(from)?, self.existing(to)?))
    }

    /// The letters behind a command that print the line it leaves.
    pub fn suffix(&mut self, scan: &mut Scan<'_>) -> Result<Print> {
        let mut print = Print::default();
        self.more_suffix(scan, &mut print)?;
        Ok(print)
    }

    fn more_suffix(&mut self, scan: &mut Scan<'_>, print: &mut Print) -> Result<()> {
        while let Some(letter) = scan.next() {
            if !print.add(letter) {
                return Err("Invalid command suffix".into());
            }
        }
        Ok(())
    }

    pub fn show_current(&mut self, print: Print) -> Result<()> {
        if print.any() {
            let current = self.existing(self.buffer.current)?;
            self.show(current, print);
        }
        Ok(())
    }

    /// Prints a line, which becomes the current one.
    pub fn show(&mut self, number: usize, print: Print) {
        self.buffer.current = number;
        let text = self.buffer.text(number);
        let mut line = Vec::new();
        if print.number {
            line.extend(format!("{number}\t").bytes());
        }
        if print.list {
            let column = if print.number {
                line.len().next_multiple_of(TAB_COLUMNS)
            } else {
                0
            };
            list(&text, column, &mut line);
        } else {
            line.extend_from_slice(&text);
        }
        line.push(b'\n');
        let _ = self.out.write_all(&line);
    }

    /// `a`, `i`, `c`.
    fn insert(&mut self, scan: &mut Scan<'_>, given: Addresses, letter: u8) -> Result<()> {
        let (from, to) = match letter {
            b'c' => self.range(given, self.buffer.current, self.buffer.current)?,
            _ => (given.to, given.to),
        };
        let print = self.suffix(scan)?;
        self.remember();
        let after = match letter {
            b'a' => to,
            b'i' => to.saturating_sub(1),
            _ => {
                self.buffer.delete(from, to);
                from - 1
            }
        };
        let mut lines: Vec<Text> = Vec::new();
        loop {
            match self.input.line() {
                Read::Line(line) if line == b"." => break,
                Read::Line(line) => lines.push(Rc::from(line)),
                Read::Unfinished | Read::End => break,
                Read::Interrupted => return Err("Interrupt".into()),
            }
        }
        // Without any text the current line is the one addressed, or what `c` left.
        if !lines.is_empty() {
            self.buffer.insert(after, lines);
        } else if letter != b'c' {
            self.buffer.current = to;
        }
        self.show_current(print)
    }

    /// `m` and `t`.
    fn transfer(&mut self, scan: &mut Scan<'_>, given: Addresses, moves: bool) -> Result<()> {
        let current = self.buffer.current;
        let (from, to) = self.range(given, current, current)?;
        // It is read as addresses are, and the last of them counts. What `;` sets on the way is forgotten.
        let after = scan.addresses(&mut self.buffer, &mut self.patterns)?.to;
        self.buffer.current = current;
        let print = self.suffix(scan)?;
        if moves && (from..to).contains(&after) {
            return Err("Invalid destination".into());
        }
        self.remember();
        if !moves {
            let lines = self.buffer.texts(from, to);
            self.buffer.insert(after, lines);
        } else if after == to || after + 1 == from {
            self.buffer.current = to;
        } else {
            self.buffer.shift(from, to, after);
        }
        self.show_current(print)
    }
}

/// A line without anything that cannot be seen.
fn list(text: &[u8], mut column: usize, out: &mut Vec<u8>) {
    for byte in text {
        let shown = match byte {
            b'\\' | b'$' => format!("\\{}", char::from(*byte)),
            7 => "\\a".to_owned(),
            8 => "\\b".to_owned(),
            9 => "\\t".to_owned(),
            11 => "\\v".to_owned(),
            12 => "\\f".to_owned(),
            13 => "\\r".to_owned(),
            b' '..=b'~' => char::from(*byte).to_string(),
            _ => format!("\\{byte:03o}"),
        };
        if column + shown.len() > LIST_COLUMNS {
            out.extend(b"\\\n");
            column = 0;
        }
        column += shown.len();
        out.extend(shown.bytes());
    }
    out.push(b'$');
}
