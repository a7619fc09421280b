//! From a script's text to its commands.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use berth_pattern::{Options, Pattern};

use super::replacement;
use super::script::{
    Action, Address, Command, Expression, RangeEnd, RangeState, Script, Substitution, Target,
};

/// What is wrong, and behind which byte of the text.
#[derive(Debug)]
pub struct Wrong {
    pub at: usize,
    pub what: String,
}

type Result<T> = std::result::Result<T, Wrong>;

/// Reads a script.
pub fn parse(text: &[u8], options: Options) -> Result<Script> {
    let mut parser = Parser {
        text,
        at: 0,
        options,
        script: Script::default(),
        blocks: Vec::new(),
        labels: HashMap::new(),
        jumps: Vec::new(),
    };
    if text.starts_with(b"#n\n") || text == b"#n" {
        parser.script.quiet = true;
    }
    parser.run()?;
    Ok(parser.script)
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    options: Options,
    script: Script,
    /// Open blocks: their command's place, and where they were opened.
    blocks: Vec<(usize, usize)>,
    labels: HashMap<Vec<u8>, usize>,
    /// Commands that jump to a label.
    jumps: Vec<(usize, Vec<u8>)>,
}

impl Parser<'_> {
    fn wrong<T>(&self, what: impl Into<String>) -> Result<T> {
        Err(Wrong {
            at: self.at,
            what: what.into(),
        })
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn blanks(&mut self) {
        while self
            .peek()
            .is_some_and(|byte| byte != b'\n' && byte.is_ascii_whitespace())
        {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Option<u64> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        String::from_utf8_lossy(&self.text[start..self.at])
            .parse()
            .ok()
    }

    fn run(&mut self) -> Result<()> {
        loop {
            while self
                .peek()
                .is_some_and(|byte| byte == b';' || byte.is_ascii_whitespace())
            {
                self.at += 1;
            }
            if self.peek().is_none() {
                break;
            }
            self.command()?;
        }
        if let Some((_, _)) = self.blocks.pop() {
            self.at = 0;
            return self.wrong("unmatched `{'");
        }
        for (command, label) in std::mem::take(&mut self.jumps) {
            let target = if label.is_empty() {
                self.script.commands.len()
            } else {
                match self.labels.get(&label) {
                    Some(target) => *target,
                    None => {
                        return Err(Wrong {
                            at: usize::MAX,
                            what: format!(
                                "can't find label for jump to `{}'",
                                String::from_utf8_lossy(&label)
                            ),
                        });
                    }
                }
            };
            match &mut self.script.commands[command].action {
                Action::Branch(to)
                | Action::BranchIfChanged(to)
                | Action::BranchUnlessChanged(to) => *to = target,
                _ => {}
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<()> {
        let from = self.address()?;
        let mut to = None;
        if from.is_some() {
            self.blanks();
            if self.eat(b',') {
                self.blanks();
                to = Some(self.range_end()?);
            }
        }
        if matches!(from, Some(Address::Zero))
            && !matches!(to, Some(RangeEnd::At(Address::Matching(_))))
        {
            return self.wrong("invalid usage of line address 0");
        }
        self.blanks();
        let mut negated = false;
        while self.eat(b'!') {
            if negated {
                return self.wrong("multiple `!'s");
            }
            negated = true;
            self.blanks();
        }
        let Some(letter) = self.next() else {
            return self.wrong("missing command");
        };
        let addresses = usize::from(from.is_some()) + usize::from(to.is_some());
        let most = match letter {
            b':' | b'}' | b'#' => 0,
            b'=' | b'a' | b'i' | b'q' | b'Q' | b'r' => match letter {
                b'q' | b'Q' => 1,
                _ => 2,
            },
            _ => 2,
        };
        if addresses > most {
            return match (letter, most) {
                (b':', _) => self.wrong(": doesn't want any addresses"),
                (b'#', _) => self.wrong("comments don't accept any addresses"),
                (b'}', _) => self.wrong("} doesn't want any addresses"),
                _ => self.wrong("command only uses one address"),
            };
        }
        let state = match from {
            Some(Address::Zero) => RangeState::Open,
            _ => RangeState::Outside,
        };
        let action = self.action(letter)?;
        self.script.commands.push(Command {
            from,
            to,
            negated,
            state: Cell::new(state),
            action,
        });
        Ok(())
    }

    fn address(&mut self) -> Result<Option<Address>> {
        let address = match self.peek() {
            Some(b'0'..=b'9') => {
                let first = self.number().unwrap_or(u64::MAX);
                self.blanks();
                if self.eat(b'~') {
                    self.blanks();
                    let step = self.number().unwrap_or(0);
                    if step == 0 {
                        Address::Line(first)
                    } else {
                        Address::Step(first, step)
                    }
                } else if first == 0 {
                    Address::Zero
                } else {
                    Address::Line(first)
                }
            }
            Some(b'$') => {
                self.at += 1;
                Address::Last
            }
            Some(b'/') => {
                self.at += 1;
                Address::Matching(self.address_expression(b'/')?)
            }
            Some(b'\\') => {
                self.at += 1;
                let Some(delimiter) = self.next() else {
                    return self.wrong("unexpected `,'");
                };
                Address::Matching(self.address_expression(delimiter)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(address))
    }

    fn range_end(&mut self) -> Result<RangeEnd> {
        match self.peek() {
            Some(sign @ (b'+' | b'~')) => {
                self.at += 1;
                let Some(number) = self.number() else {
                    return self.wrong("expected newer version of sed");
                };
                Ok(if sign == b'+' {
                    RangeEnd::Further(number)
                } else {
                    RangeEnd::Multiple(number)
                })
            }
            _ => match self.address()? {
                Some(Address::Zero) => Ok(RangeEnd::At(Address::Line(0))),
                Some(Address::Step(first, _)) => Ok(RangeEnd::At(Address::Line(first))),
                Some(address) => Ok(RangeEnd::At(address)),
                None => self.wrong("unexpected `,'"),
            },
        }
    }

    fn address_expression(&mut self, delimiter: u8) -> Result<Expression> {
        let Some(source) = self.delimited(delimiter, true) else {
            return self.wrong("unterminated address regex");
        };
        let mut options = self.options;
        loop {
            match self.peek() {
                Some(b'I') => options.ignore_case = true,
                Some(b'M') => options.multi_line = true,
                _ => break,
            }
            self.at += 1;
        }
        self.expression(&source, options)
    }

    fn expression(&self, source: &[u8], options: Options) -> Result<Expression> {
        if source.is_empty() {
            return Ok(None);
        }
        match Pattern::new(source, options) {
            Ok(pattern) => Ok(Some(Rc::new(pattern))),
            Err(error) => self.wrong(error),
        }
    }

    /// Text up to a delimiter, which is passed over. The delimiter itself can stand behind a backslash, and in the
    /// brackets of an expression as it is.
    fn delimited(&mut self, delimiter: u8, expression: bool) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        loop {
            match self.next()? {
                byte if byte == delimiter => return Some(out),
                b'\\' => {
                    let next = self.next()?;
                    if next == delimiter {
                        // A delimiter with a meaning of its own loses it.
                        if expression && is_special(delimiter) {
                            out.push(b'[');
                            out.push(delimiter);
                            out.push(b']');
                        } else if !expression && delimiter == b'&' {
                            out.extend(b"\\&");
                        } else {
                            out.push(delimiter);
                        }
                    } else {
                        out.push(b'\\');
                        out.push(next);
                    }
                }
                b'\n' if expression => return None,
                b'[' if expression && let Some(length) = bracket_length(&self.text[self.at..]) => {
                    out.push(b'[');
                    out.extend_from_slice(&self.text[self.at..self.at + length]);
                    self.at += length;
                }
                byte => out.push(byte),
            }
        }
    }

    fn action(&mut self, letter: u8) -> Result<Action> {
        let action = match letter {
            b'#' => {
                while self.peek().is_some_and(|byte| byte != b'\n') {
                    self.at += 1;
                }
                return Ok(Action::Nothing);
            }
            b'{' => {
                self.blocks.push((self.script.commands.len(), self.at));
                return Ok(Action::Block(0));
            }
            b'}' => {
                let Some((block, _)) = self.blocks.pop() else {
                    return self.wrong("unexpected `}'");
                };
                let here = self.script.commands.len();
                self.script.commands[block].action = Action::Block(here);
                Action::Nothing
            }
            b':' => {
                self.blanks();
                let label = self.word(b";");
                if label.is_empty() {
                    return self.wrong("\":\" lacks a label");
                }
                self.labels.insert(label, self.script.commands.len());
                return Ok(Action::Nothing);
            }
            b'a' | b'i' | b'c' => {
                let text = self.text_argument()?;
                return Ok(match letter {
                    b'a' => Action::Append(text),
                    b'i' => Action::Insert(text),
                    _ => Action::Change(text),
                });
            }
            b'b' | b't' | b'T' => {
                self.blanks();
                let label = self.word(b";}");
                self.jumps.push((self.script.commands.len(), label));
                match letter {
                    b'b' => Action::Branch(0),
                    b't' => Action::BranchIfChanged(0),
                    _ => Action::BranchUnlessChanged(0),
                }
            }
            b'r' | b'R' | b'w' | b'W' | b'e' => {
                self.blanks();
                let start = self.at;
                while self.peek().is_some_and(|byte| byte != b'\n') {
                    self.at += 1;
                }
                let name = self.text[start..self.at].to_vec();
                if name.is_empty() && letter != b'e' {
                    return self.wrong("missing filename in r/R/w/W commands");
                }
                return Ok(match letter {
                    b'r' => Action::ReadFile(name),
                    b'R' => Action::ReadLine(name),
                    b'w' => Action::WriteFile(self.target(name)),
                    b'W' => Action::WriteFirst(self.target(name)),
                    _ => Action::Execute(name),
                });
            }
            b's' => self.substitution()?,
            b'y' => self.transliteration()?,
            b'l' => {
                self.blanks();
                Action::List(self.number().map(|width| width as usize))
            }
            b'q' | b'Q' => {
                self.blanks();
                let code = self.number().unwrap_or(0) as i32;
                if letter == b'q' {
                    Action::Quit(code)
                } else {
                    Action::QuitSilently(code)
                }
            }
            b'v' => {
                self.blanks();
                self.word(b";");
                Action::Nothing
            }
            b'=' => Action::LineNumber,
            b'd' => Action::Delete,
            b'D' => Action::DeleteFirst,
            b'F' => Action::FileName,
            b'g' => Action::Get,
            b'G' => Action::GetAppend,
            b'h' => Action::Hold,
            b'H' => Action::HoldAppend,
            b'n' => Action::Next,
            b'N' => Action::NextAppend,
            b'p' => Action::Print,
            b'P' => Action::PrintFirst,
            b'x' => Action::Exchange,
            b'z' => Action::Zap,
            b',' => return self.wrong("unexpected `,'"),
            _ => {
                let shown = String::from_utf8_lossy(&[letter]).into_owned();
                return self.wrong(format!("unknown command: `{shown}'"));
            }
        };
        self.end_of_command()?;
        Ok(action)
    }

    fn end_of_command(&mut self) -> Result<()> {
        self.blanks();
        match self.peek() {
            None | Some(b'}' | b'#') => Ok(()),
            Some(b'\n' | b';') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => {
                self.at += 1;
                self.wrong("extra characters after command")
            }
        }
    }

    fn word(&mut self, ends: &[u8]) -> Vec<u8> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| !byte.is_ascii_whitespace() && !ends.contains(&byte))
        {
            self.at += 1;
        }
        self.text[start..self.at].to_vec()
    }

    fn target(&mut self, name: Vec<u8>) -> Target {
        let targets = &mut self.script.targets;
        match targets.iter().position(|known| *known == name) {
            Some(known) => known,
            None => {
                targets.push(name);
                targets.len() - 1
            }
        }
    }

    /// The text of `a`, `i` and `c`: on this line, or behind a backslash on the next ones.
    fn text_argument(&mut self) -> Result<Vec<u8>> {
        self.blanks();
        if self.peek().is_none() {
            return self.wrong("expected \\ after `a', `c' or `i'");
        }
        let mut text = Vec::new();
        if self.peek() == Some(b'\\') {
            let mut ahead = self.at + 1;
            while self
                .text
                .get(ahead)
                .is_some_and(|byte| matches!(byte, b' ' | b'\t'))
            {
                ahead += 1;
            }
            if self.text.get(ahead) == Some(&b'\n') {
                self.at = ahead + 1;
            } else {
                self.at += 1;
                // A first character that is escaped stands for itself, blanks too.
                if self.peek() != Some(b'\\')
                    && let Some(byte) = self.next()
                {
                    text.push(byte);
                }
            }
        }
        while let Some(byte) = self.next() {
            match byte {
                b'\n' => break,
                b'\\' => match self.next() {
                    Some(next) => {
                        let meant = replacement::escape(next, self.text, &mut self.at);
                        text.push(meant.unwrap_or(next));
                    }
                    None => break,
                },
                byte => text.push(byte),
            }
        }
        // A text that is not there at all is not even an empty line.
        if !text.is_empty() || self.text.last() != Some(&b'\\') {
            text.push(b'\n');
        }
        Ok(text)
    }

    fn substitution(&mut self) -> Result<Action> {
        let unterminated = "unterminated `s' command";
        let Some(delimiter) = self.next() else {
            return self.wrong(unterminated);
        };
        let Some(source) = self.delimited(delimiter, true) else {
            return self.wrong(unterminated);
        };
        let Some(text) = self.delimited(delimiter, false) else {
            return self.wrong(unterminated);
        };
        let mut substitution = Substitution {
            expression: None,
            replacement: replacement::parse(&text),
            number: 1,
            global: false,
            print: 0,
            evaluate: false,
            write: None,
        };
        let mut options = self.options;
        let mut numbered = false;
        loop {
            match self.peek() {
                Some(b'g') if substitution.global => {
                    self.at += 1;
                    return self.wrong("multiple `g' options to `s' command");
                }
                Some(b'g') => substitution.global = true,
                Some(b'p') => substitution.print += 1,
                Some(b'i' | b'I') => options.ignore_case = true,
                Some(b'm' | b'M') => options.multi_line = true,
                Some(b'e') => substitution.evaluate = true,
                Some(b'0'..=b'9') => {
                    if numbered {
                        return self.wrong("multiple number options to `s' command");
                    }
                    numbered = true;
                    substitution.number = self.number().unwrap_or(0) as usize;
                    if substitution.number == 0 {
                        return self.wrong("number option to `s' command may not be zero");
                    }
                    continue;
                }
                Some(b'w') => {
                    self.at += 1;
                    self.blanks();
                    let start = self.at;
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                    let name = self.text[start..self.at].to_vec();
                    if name.is_empty() {
                        return self.wrong("missing filename in r/R/w/W commands");
                    }
                    substitution.write = Some(self.target(name));
                    break;
                }
                None | Some(b'}' | b'#' | b'\n' | b';') => break,
                Some(byte) if byte.is_ascii_whitespace() => break,
                Some(_) => {
                    self.at += 1;
                    return self.wrong("unknown option to `s'");
                }
            }
            self.at += 1;
        }
        substitution.expression = self.expression(&source, options)?;
        let groups = substitution
            .replacement
            .iter()
            .filter_map(|part| match part {
                super::script::Part::Group(group) => Some(*group),
                _ => None,
            })
            .max()
            .unwrap_or(0);
        if let Some(pattern) = &substitution.expression
            && groups > pattern.groups()
        {
            return self.wrong(format!("invalid reference \\{groups} on `s' command's RHS"));
        }
        Ok(Action::Substitute(Box::new(substitution)))
    }

    fn transliteration(&mut self) -> Result<Action> {
        let unterminated = "unterminated `y' command";
        let Some(delimiter) = self.next() else {
            return self.wrong(unterminated);
        };
        let Some(from) = self.delimited(delimiter, false) else {
            return self.wrong(unterminated);
        };
        let Some(to) = self.delimited(delimiter, false) else {
            return self.wrong(unterminated);
        };
        let (from, to) = (replacement::characters(&from), replacement::characters(&to));
        if from.len() != to.len() {
            return self.wrong("strings for `y' command are different lengths");
        }
        Ok(Action::Transliterate(from.into_iter().zip(to).collect()))
    }
}

/// How long a bracket expression is behind its opening bracket; `None` if it has no end on its line.
fn bracket_length(text: &[u8]) -> Option<usize> {
    let mut at = usize::from(text.first() == Some(&b'^'));
    at += usize::from(text.get(at) == Some(&b']'));
    loop {
        match text.get(at)? {
            b']' => return Some(at + 1),
            b'\n' => return None,
            b'[' if matches!(text.get(at + 1), Some(b':' | b'.' | b'=')) => {
                let kind = text[at + 1];
                let inner = &text[at + 2..];
                let end = inner.windows(2).position(|pair| pair == [kind, b']'])?;
                at += end + 4;
            }
            _ => at += 1,
        }
    }
}

/// Signs that mean something in an expression by themselves.
fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'.' | b'*' | b'^' | b'$' | b'+' | b'?' | b'|' | b'(' | b')' | b'{' | b'}'
    )
}
