//! What begins with `$` or a backquote: substitutions and the way to parameters.

use std::rc::Rc;

use super::ast::{List, Operation, Parameter, ParameterName, Part, ProcessDirection};
use super::words::Quoting;
use super::{Parsed, Parser, push_literal, push_quoted};
use crate::text::{is_name_byte, is_name_start};

impl Parser<'_> {
    /// What stands at a `$`.
    pub fn dollar(&mut self, parts: &mut Vec<Part>, quoting: Quoting) -> Parsed<()> {
        self.join_lines(1)?;
        if self.ahead(1).is_some_and(|byte| b"({".contains(&byte)) {
            self.join_lines(2)?;
        }
        let part = match self.ahead(1) {
            Some(b'(') if self.ahead(2) == Some(b'(') => {
                let start = self.input.position;
                self.input.position += 3;
                match self.arithmetic_text()? {
                    Some((text, line)) => {
                        let inner = self.sub_parse(&text, line, |parser| {
                            parser.quoted_parts(Quoting::Arithmetic)
                        })?;
                        if text.contains("\\\n") {
                            let shown = self.text_since(start).replace("\\\n", "");
                            self.rewrite_since(start, shown);
                        }
                        Part::Arithmetic(inner)
                    }
                    None => {
                        self.input.position = start + 2;
                        self.command_substitution(start)?
                    }
                }
            }
            Some(b'(') => {
                let start = self.input.position;
                self.input.position += 2;
                self.command_substitution(start)?
            }
            Some(b'[') => {
                self.input.position += 2;
                let Some(length) = self.bracket_length() else {
                    return Err(self.unterminated("]", self.input.line));
                };
                let start = self.input.position;
                let text = self
                    .input
                    .text
                    .get(start..start + length)
                    .unwrap_or_default()
                    .to_owned();
                self.input.position = start + length + 1;
                let line = self.input.line;
                Part::Arithmetic(self.sub_parse(&text, line, |parser| {
                    parser.quoted_parts(Quoting::Arithmetic)
                })?)
            }
            Some(b'{') => {
                let start = self.input.position;
                self.input.position += 2;
                let parameter = self.nested(|parser| parser.braced_parameter(start, quoting))?;
                Part::Parameter(Box::new(parameter))
            }
            Some(b'\'') if quoting == Quoting::None => {
                let start = self.input.position;
                self.bump();
                let text = self.ansi_quoted()?;
                self.rewrite_since(start, crate::escapes::quote_single(&text));
                push_quoted(parts, &text);
                return Ok(());
            }
            Some(b'"') if quoting == Quoting::None => {
                self.bump();
                self.bump();
                Part::Double(self.quoted_parts(Quoting::Double)?)
            }
            Some(byte) if is_name_start(byte) => {
                let start = self.input.position;
                self.bump();
                loop {
                    self.join_lines(0)?;
                    if !self.here().is_some_and(is_name_byte) {
                        break;
                    }
                    self.bump();
                }
                let text = self.text_since(start);
                let name = ParameterName::Variable(text.get(1..).unwrap_or_default().to_owned());
                plain_parameter(name, text)
            }
            Some(byte) if byte.is_ascii_digit() => {
                let start = self.input.position;
                self.input.position += 2;
                plain_parameter(
                    ParameterName::Positional(usize::from(byte - b'0')),
                    self.text_since(start),
                )
            }
            Some(byte @ (b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')) => {
                let start = self.input.position;
                self.input.position += 2;
                plain_parameter(
                    ParameterName::Special(char::from(byte)),
                    self.text_since(start),
                )
            }
            _ => {
                self.bump();
                if quoting == Quoting::None {
                    push_literal(parts, "$");
                } else {
                    push_quoted(parts, "$");
                }
                return Ok(());
            }
        };
        parts.push(part);
        Ok(())
    }

    /// `$( ... )` after its parenthesis; `start` is where its `$` stands.
    fn command_substitution(&mut self, start: usize) -> Parsed<Part> {
        self.substitutions += 1;
        let list = self.nested(Self::list_in_parentheses)?;
        self.substitutions -= 1;
        let source = self.text_since(start);
        self.show_list(start, "$(", &list);
        Ok(Part::Command(Rc::new(list), source))
    }

    /// `<( ... )` or `>( ... )`.
    pub fn process_substitution(&mut self) -> Parsed<Part> {
        let start = self.input.position;
        let direction = if self.here() == Some(b'<') {
            ProcessDirection::Read
        } else {
            ProcessDirection::Write
        };
        self.input.position += 2;
        let list = self.nested(Self::list_in_parentheses)?;
        let source = self.text_since(start);
        let opening = match direction {
            ProcessDirection::Read => "<(",
            ProcessDirection::Write => ">(",
        };
        self.show_list(start, opening, &list);
        Ok(Part::Process(direction, Rc::new(list), source))
    }

    /// From now on a substitution that began at `start` is shown as what was understood.
    fn show_list(&mut self, start: usize, opening: &str, list: &List) {
        // A here-document may have its body behind the substitution, where it has not been read yet.
        if self.pending.is_empty() {
            let shown = format!("{opening}{})", super::print::substitution(list));
            self.rewrite_since(start, shown);
        }
    }

    /// A list, maybe empty, and the `)` after it.
    fn list_in_parentheses(&mut self) -> Parsed<List> {
        // What was looked at belongs to the text outside; there is none, since words are read whole.
        let outer_peeked = self.peeked.take();
        let outer_test = std::mem::replace(&mut self.in_test, false);
        let outer_pattern = std::mem::replace(&mut self.in_pattern, false);
        let outer_assignments = std::mem::replace(&mut self.assignments, true);
        self.skip_newlines()?;
        let list = if self.at_operator(")")? {
            List::default()
        } else {
            self.compound_list()?
        };
        if !self.at_operator(")")? {
            let failure = self.unexpected()?;
            if let super::ParseFailure::Syntax(error) = &failure
                && error.at_end
            {
                return Err(self.unterminated(")", error.line));
            }
            return Err(failure);
        }
        self.next_token()?;
        self.peeked = outer_peeked;
        self.in_test = outer_test;
        self.in_pattern = outer_pattern;
        self.assignments = outer_assignments;
        Ok(list)
    }

    /// The text of `((...))` after its two parentheses, through both that close it, and the line it begins
    /// in; `None` when they do not close together: then it was a subshell in a substitution.
    pub fn arithmetic_text(&mut self) -> Parsed<Option<(String, u32)>> {
        let start = self.input.position;
        let line = self.input.line;
        let mut depth = 0_u32;
        loop {
            let Some(byte) = self.peek()? else {
                // Let the other reading complain, at the right place.
                self.input.line = line;
                return Ok(None);
            };
            match byte {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => {
                    self.join_lines(1)?;
                    if self.ahead(1) != Some(b')') {
                        self.input.line = line;
                        return Ok(None);
                    }
                    let text = self.text_since(start);
                    self.input.position += 2;
                    return Ok(Some((text, line)));
                }
                b'\\' => self.bump(),
                b'\'' => {
                    self.single_quoted()?;
                    continue;
                }
                b'"' => {
                    self.bump();
                    self.quoted_parts(Quoting::Double)?;
                    continue;
                }
                b'$' if matches!(self.ahead(1), Some(b'(' | b'{')) => {
                    self.dollar(&mut Vec::new(), Quoting::Arithmetic)?;
                    continue;
                }
                b'`' => {
                    self.backquoted(Quoting::Arithmetic)?;
                    continue;
                }
                _ => {}
            }
            self.bump();
        }
    }

    /// `` `...` `` at its first quote.
    pub fn backquoted(&mut self, quoting: Quoting) -> Parsed<Part> {
        let line = self.input.line;
        self.bump();
        let mut text = String::new();
        loop {
            match self.peek()? {
                None => return Err(self.unterminated("`", line)),
                Some(b'`') => {
                    self.bump();
                    return Ok(Part::Backquoted(text));
                }
                Some(b'\\') => {
                    self.bump();
                    if self.peek()? == Some(b'\n') {
                        self.bump();
                        continue;
                    }
                    match self.peek()? {
                        Some(b'$' | b'`' | b'\\') => {}
                        Some(b'"') if quoting == Quoting::Double => {}
                        _ => text.push('\\'),
                    }
                    if let Some(character) = self.bump_char() {
                        text.push(character);
                    }
                }
                Some(_) => {
                    if let Some(character) = self.bump_char() {
                        text.push(character);
                    }
                }
            }
        }
    }

    /// `$'...'` at its quote: the text with its escapes done.
    fn ansi_quoted(&mut self) -> Parsed<String> {
        let line = self.input.line;
        self.bump();
        let start = self.input.position;
        loop {
            match self.peek()? {
                None => return Err(self.unterminated("'", line)),
                Some(b'\'') => {
                    let raw = self.text_since(start);
                    self.bump();
                    return Ok(crate::escapes::ansi_c(&raw));
                }
                Some(b'\\') => {
                    self.bump();
                    self.peek()?;
                    self.bump_char();
                }
                Some(_) => self.bump(),
            }
        }
    }
}

fn plain_parameter(name: ParameterName, text: String) -> Part {
    Part::Parameter(Box::new(Parameter {
        name,
        indirect: false,
        operation: Operation::Value,
        text,
    }))
}
