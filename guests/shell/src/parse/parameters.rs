//! What stands in `${...}`.

use super::ast::{Operation, Parameter, ParameterName, Part, ReplacePlace, Subscript, Word};
use super::words::Quoting;
use super::{Parsed, Parser};
use crate::text::{is_name_byte, is_name_start};

/// Characters of `${x@Q}` and its sisters.
const TRANSFORMS: &[u8] = b"QEPAaKkLUu";

impl Parser<'_> {
    /// `${...}` after its brace, through the closing one; `start` is where its `$` stands.
    pub fn braced_parameter(&mut self, start: usize, quoting: Quoting) -> Parsed<Parameter> {
        let after_brace = self.input.position;
        let line = self.input.line;
        if let Some((name, indirect, operation)) = self.parameter_inside(quoting)?
            && self.peek()? == Some(b'}')
        {
            self.bump();
            return Ok(Parameter {
                name,
                indirect,
                operation,
                text: self.shown_since(start),
            });
        }
        // Nothing that can be expanded: an error when it is reached, not before.
        self.input.position = after_brace;
        self.input.line = line;
        self.delimited_word(b"}", quoting)?;
        if self.peek()?.is_none() {
            return Err(self.unterminated("}", line));
        }
        self.bump();
        Ok(Parameter {
            name: ParameterName::Special('?'),
            indirect: false,
            operation: Operation::Bad,
            text: self.shown_since(start),
        })
    }

    fn parameter_inside(
        &mut self,
        quoting: Quoting,
    ) -> Parsed<Option<(ParameterName, bool, Operation)>> {
        self.join_lines(0)?;
        if matches!(self.here(), Some(b'#' | b'!')) {
            self.join_lines(1)?;
        }
        if self.here() == Some(b'#') && self.length_follows() {
            self.bump();
            let Some(name) = self.parameter_name()? else {
                return Ok(None);
            };
            self.join_lines(0)?;
            return Ok(Some((name, false, Operation::Length)));
        }
        if self.here() == Some(b'#')
            && matches!(self.ahead(1), Some(b':' | b'/' | b'%' | b'=' | b'+'))
            && self.ahead(2) == Some(b'}')
        {
            // The length of a parameter there is none of.
            return Ok(None);
        }
        let indirect = self.here() == Some(b'!') && self.indirection_follows();
        if indirect {
            self.bump();
            if let Some(found) = self.names_or_keys()? {
                return Ok(Some(found));
            }
        }
        let Some(name) = self.parameter_name()? else {
            return Ok(None);
        };
        let operation = self.operation(quoting)?;
        Ok(operation.map(|operation| (name, indirect, operation)))
    }

    /// Whether the `#` here asks for a length and is not the parameter `#` itself.
    fn length_follows(&self) -> bool {
        match self.ahead(1) {
            Some(byte) if is_name_byte(byte) => true,
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => self.ahead(2) == Some(b'}'),
            _ => false,
        }
    }

    /// Whether the `!` here is an indirection and not the parameter `!` itself.
    fn indirection_follows(&self) -> bool {
        match self.ahead(1) {
            Some(byte) if is_name_byte(byte) => true,
            Some(b'@' | b'*' | b'#' | b'?' | b'$' | b'!') => true,
            _ => false,
        }
    }

    /// `${!prefix*}`, `${!prefix@}`, `${!name[*]}`, `${!name[@]}`, after the `!`.
    fn names_or_keys(&mut self) -> Parsed<Option<(ParameterName, bool, Operation)>> {
        if !self.here().is_some_and(is_name_start) {
            return Ok(None);
        }
        let start = self.input.position;
        let mut length = 0;
        while self.ahead(length).is_some_and(is_name_byte) {
            length += 1;
        }
        let name = self
            .input
            .text
            .get(start..start + length)
            .unwrap_or_default()
            .to_owned();
        let rest = self.input.text.get(start + length..).unwrap_or_default();
        let (operation, skipped) = if rest.starts_with("*}") {
            (Operation::Names(false), 1)
        } else if rest.starts_with("@}") {
            (Operation::Names(true), 1)
        } else if rest.starts_with("[*]}") {
            (Operation::Keys(false), 3)
        } else if rest.starts_with("[@]}") {
            (Operation::Keys(true), 3)
        } else {
            return Ok(None);
        };
        self.input.position += length + skipped;
        Ok(Some((ParameterName::Variable(name), false, operation)))
    }

    /// The name of a parameter with its subscript.
    fn parameter_name(&mut self) -> Parsed<Option<ParameterName>> {
        self.join_lines(0)?;
        let start = self.input.position;
        match self.here() {
            Some(byte) if byte.is_ascii_digit() => {
                while self.here().is_some_and(|byte| byte.is_ascii_digit()) {
                    self.bump();
                    self.join_lines(0)?;
                }
                // A number too big to be one names a parameter that is not set.
                Ok(Some(ParameterName::Positional(
                    self.text_since(start).parse().unwrap_or(usize::MAX),
                )))
            }
            Some(byte) if is_name_start(byte) => {
                loop {
                    self.join_lines(0)?;
                    if !self.here().is_some_and(is_name_byte) {
                        break;
                    }
                    self.bump();
                }
                let name = self.text_since(start);
                if self.here() != Some(b'[') {
                    return Ok(Some(ParameterName::Variable(name)));
                }
                self.bump();
                Ok(self
                    .subscript()?
                    .map(|subscript| ParameterName::Element(name, subscript)))
            }
            Some(byte @ (b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')) => {
                self.bump();
                Ok(Some(ParameterName::Special(char::from(byte))))
            }
            _ => Ok(None),
        }
    }

    /// A subscript after its bracket, through the closing one.
    fn subscript(&mut self) -> Parsed<Option<Subscript>> {
        if self.ahead(1) == Some(b']') {
            match self.here() {
                Some(b'@') => {
                    self.input.position += 2;
                    return Ok(Some(Subscript::At));
                }
                Some(b'*') => {
                    self.input.position += 2;
                    return Ok(Some(Subscript::Star));
                }
                _ => {}
            }
        }
        let Some(length) = self.bracket_length().filter(|length| *length > 0) else {
            return Ok(None);
        };
        Ok(Some(Subscript::Index(self.subscript_word(length)?)))
    }

    /// What follows the name.
    fn operation(&mut self, quoting: Quoting) -> Parsed<Option<Operation>> {
        self.join_lines(0)?;
        let Some(byte) = self.peek()? else {
            return Ok(None);
        };
        // Patterns are quoted by themselves, even between double quotes.
        let pattern = Quoting::None;
        match byte {
            b'}' => Ok(Some(Operation::Value)),
            b':' => {
                self.bump();
                match self.peek()? {
                    Some(operator @ (b'-' | b'=' | b'?' | b'+')) => {
                        self.default(operator, true, quoting)
                    }
                    Some(b'}') => Ok(None),
                    _ => self.substring(quoting),
                }
            }
            b'-' | b'=' | b'?' | b'+' => self.default(byte, false, quoting),
            b'#' => {
                self.bump();
                let longest = self.take(b'#');
                let pattern = self.delimited_word(b"}", pattern)?;
                Ok(Some(Operation::RemovePrefix { longest, pattern }))
            }
            b'%' => {
                self.bump();
                let longest = self.take(b'%');
                let pattern = self.delimited_word(b"}", pattern)?;
                Ok(Some(Operation::RemoveSuffix { longest, pattern }))
            }
            b'/' => self.replace(),
            b'^' | b',' | b'~' => {
                self.bump();
                let all = self.take(byte);
                let pattern = self.delimited_word(b"}", pattern)?;
                Ok(Some(Operation::Case {
                    operator: char::from(byte),
                    all,
                    pattern,
                }))
            }
            b'@' => match self.ahead(1) {
                Some(transform)
                    if TRANSFORMS.contains(&transform) && self.ahead(2) == Some(b'}') =>
                {
                    self.input.position += 2;
                    Ok(Some(Operation::Transform(char::from(transform))))
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn default(
        &mut self,
        operator: u8,
        colon: bool,
        quoting: Quoting,
    ) -> Parsed<Option<Operation>> {
        self.bump();
        let word = self.delimited_word(b"}", quoting)?;
        Ok(Some(Operation::Default {
            operator: char::from(operator),
            colon,
            word,
        }))
    }

    /// `:offset` and `:offset:length`, after the first colon.
    fn substring(&mut self, quoting: Quoting) -> Parsed<Option<Operation>> {
        let offset = self.substring_number(quoting)?;
        let length = if self.take(b':') {
            Some(self.substring_number(quoting)?)
        } else {
            None
        };
        Ok(Some(Operation::Substring { offset, length }))
    }

    /// Arithmetic up to an unparenthesised `:` that is not one of `?:`, or to the brace.
    fn substring_number(&mut self, quoting: Quoting) -> Parsed<Word> {
        let start = self.input.position;
        let mut parts = Vec::new();
        let mut questions = 0_u32;
        let mut parentheses = 0_u32;
        while let Some(byte) = self.peek()? {
            match byte {
                b'}' => break,
                b':' if questions == 0 && parentheses == 0 => break,
                b':' if questions > 0 => questions -= 1,
                b'?' => questions += 1,
                b'(' => parentheses += 1,
                b')' => parentheses = parentheses.saturating_sub(1),
                _ => {}
            }
            if matches!(byte, b'\'' | b'"' | b'\\' | b'$' | b'`') {
                self.special(byte, &mut parts, quoting)?;
            } else if let Some(character) = self.bump_char() {
                super::push_quoted(&mut parts, character.encode_utf8(&mut [0; 4]));
            }
        }
        Ok(Word {
            text: self.shown_since(start),
            parts,
            ..Word::default()
        })
    }

    fn replace(&mut self) -> Parsed<Option<Operation>> {
        self.bump();
        let place = if self.take(b'/') {
            ReplacePlace::All
        } else if self.take(b'#') {
            ReplacePlace::Beginning
        } else if self.take(b'%') {
            ReplacePlace::End
        } else {
            ReplacePlace::First
        };
        // A slash right at the beginning belongs to the pattern: `${x////_}`.
        let leading = place == ReplacePlace::All && self.here() == Some(b'/');
        let pattern = if leading {
            self.bump();
            let mut pattern = self.delimited_word(b"/}", Quoting::None)?;
            pattern.parts.insert(0, Part::Quoted("/".to_owned()));
            pattern.plain = false;
            pattern
        } else {
            self.delimited_word(b"/}", Quoting::None)?
        };
        let replacement = if self.take(b'/') {
            Some(self.delimited_word(b"}", Quoting::None)?)
        } else {
            None
        };
        Ok(Some(Operation::Replace {
            place,
            pattern,
            replacement,
        }))
    }
}
