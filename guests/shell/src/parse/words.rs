//! Words: where they end, what in them is quoted.

use super::ast::{ArrayElement, Assignment, AssignmentValue, Part, Word};
use super::{ParseFailure, Parsed, Parser, is_plain, push_literal, push_quoted};
use crate::brackets;
use crate::text::{is_name_byte, is_name_start};

/// In what surroundings text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quoting {
    /// Outside double quotes.
    None,
    /// Inside double quotes.
    Double,
    /// In the body of a here-document.
    HereDocument,
    /// In `$((...))`: double quotes are dropped.
    Arithmetic,
}

impl Parser<'_> {
    /// One word of a command, beginning here. With `assignments`, `name=`, `name[i]=` and `name=(...)` at its
    /// beginning are taken as such.
    pub fn word(&mut self, assignments: bool) -> Parsed<Word> {
        let start = self.input.position;
        if assignments && let Some(assignment) = self.try_assignment()? {
            let text = self.shown_since(start);
            return Ok(Word {
                text,
                assignment: Some(Box::new(assignment)),
                ..Word::default()
            });
        }
        let mut parts = Vec::new();
        self.word_parts(&mut parts)?;
        if self.input.position == start {
            // A character that begins no word (`)` and its like are operators): take it, so that reading goes on.
            let Some(character) = self.bump_char() else {
                return Ok(Word::default());
            };
            push_literal(&mut parts, character.encode_utf8(&mut [0; 4]));
        }
        Ok(self.finish_word(start, parts))
    }

    fn finish_word(&self, start: usize, parts: Vec<Part>) -> Word {
        let plain = matches!(parts.as_slice(), [Part::Literal(text)] if is_plain(text));
        Word {
            text: self.shown_since(start),
            parts,
            plain,
            assignment: None,
        }
    }

    /// The parts of a word up to an unquoted blank or operator.
    fn word_parts(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        // Parentheses of extended patterns open at this place; inside them blanks and operators are text.
        let mut groups = 0_u32;
        let line = self.input.line;
        loop {
            let start = self.input.position;
            while self.here().is_some_and(|byte| !is_word_special(byte)) {
                self.input.position += 1;
            }
            if self.input.position > start {
                let text = self.text_since(start);
                push_literal(parts, &text);
            }
            let Some(byte) = self.peek()? else {
                return if groups > 0 {
                    Err(self.unterminated(")", line))
                } else {
                    Ok(())
                };
            };
            match byte {
                b'(' if groups > 0 || self.opens_pattern_group(parts) => {
                    groups += 1;
                    self.bump();
                    push_literal(parts, "(");
                }
                b')' if groups > 0 => {
                    groups -= 1;
                    self.bump();
                    push_literal(parts, ")");
                }
                b'<' | b'>' if groups == 0 && self.ahead(1) == Some(b'(') && !self.in_test => {
                    let part = self.process_substitution()?;
                    parts.push(part);
                }
                b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')' => {
                    if groups == 0 {
                        return Ok(());
                    }
                    self.bump();
                    push_literal(parts, &char::from(byte).to_string());
                }
                _ => self.special(byte, parts, Quoting::None)?,
            }
        }
    }

    /// Whether the `(` here belongs to `?(`, `*(`, `+(`, `@(` or `!(`.
    fn opens_pattern_group(&self, parts: &[Part]) -> bool {
        let Some(Part::Literal(text)) = parts.last() else {
            return false;
        };
        text.ends_with(['?', '*', '+', '@', '!']) && (self.in_pattern || self.host.extended_globs())
    }

    /// A quote, backslash, dollar or backquote.
    pub fn special(&mut self, byte: u8, parts: &mut Vec<Part>, quoting: Quoting) -> Parsed<()> {
        match byte {
            b'\'' => {
                let text = self.single_quoted()?;
                push_quoted(parts, &text);
            }
            b'"' => {
                self.bump();
                let inner = self.quoted_parts(Quoting::Double)?;
                parts.push(Part::Double(inner));
            }
            b'\\' => {
                let start = self.input.position;
                self.bump();
                match self.peek()? {
                    Some(b'\n') => {
                        self.bump();
                        self.rewrite_since(start, String::new());
                        // More of the word may follow on the next line. Where there is none, bash counts one all the same.
                        if self.peek()?.is_none() {
                            self.input.line += 1;
                        }
                    }
                    Some(_) => {
                        if let Some(character) = self.bump_char() {
                            push_quoted(parts, character.encode_utf8(&mut [0; 4]));
                        }
                    }
                    None => push_literal(parts, "\\"),
                }
            }
            b'$' => self.dollar(parts, quoting)?,
            b'`' => {
                let part = self.backquoted(quoting)?;
                parts.push(part);
            }
            _ => {
                if let Some(character) = self.bump_char() {
                    push_literal(parts, character.encode_utf8(&mut [0; 4]));
                }
            }
        }
        Ok(())
    }

    /// `'...'`, at its first quote.
    pub fn single_quoted(&mut self) -> Parsed<String> {
        let line = self.input.line;
        self.bump();
        let start = self.input.position;
        loop {
            match self.peek()? {
                Some(b'\'') => {
                    let text = self.text_since(start);
                    self.bump();
                    return Ok(text);
                }
                Some(_) => self.bump(),
                None => return Err(self.unterminated("'", line)),
            }
        }
    }

    /// Text in which expansions count: between double quotes (consuming the closing one), or all of a
    /// here-document or of an arithmetic expression.
    pub fn quoted_parts(&mut self, quoting: Quoting) -> Parsed<Vec<Part>> {
        self.nested(|parser| parser.quoted_parts_here(quoting))
    }

    fn quoted_parts_here(&mut self, quoting: Quoting) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        let line = self.input.line;
        loop {
            let start = self.input.position;
            while self
                .here()
                .is_some_and(|byte| !matches!(byte, b'"' | b'\\' | b'$' | b'`' | b'\n' | b'\''))
            {
                self.input.position += 1;
            }
            if self.input.position > start {
                let text = self.text_since(start);
                push_quoted(&mut parts, &text);
            }
            let Some(byte) = self.peek()? else {
                return if quoting == Quoting::Double {
                    Err(self.unterminated("\"", line))
                } else {
                    Ok(parts)
                };
            };
            match byte {
                b'"' if quoting == Quoting::Double => {
                    self.bump();
                    return Ok(parts);
                }
                b'"' if quoting == Quoting::Arithmetic && self.in_subscript() => {
                    self.bump();
                    for part in self.quoted_parts(Quoting::Double)? {
                        match part {
                            Part::Quoted(text) => push_quoted(&mut parts, &brackets::escape(&text)),
                            other => parts.push(other),
                        }
                    }
                }
                b'"' if quoting == Quoting::Arithmetic => self.bump(),
                b'\'' if quoting == Quoting::Arithmetic => {
                    // They quote in a subscript; elsewhere they are no arithmetic.
                    let quotes = self.in_subscript();
                    let text = self.single_quoted()?;
                    push_quoted(
                        &mut parts,
                        &if quotes {
                            brackets::escape(&text)
                        } else {
                            format!("'{text}'")
                        },
                    );
                }
                b'"' | b'\n' | b'\'' => {
                    self.bump();
                    push_quoted(&mut parts, &char::from(byte).to_string());
                }
                b'\\' => self.quoted_backslash(quoting, &mut parts)?,
                b'$' => self.dollar(&mut parts, quoting)?,
                b'`' => {
                    let part = self.backquoted(quoting)?;
                    parts.push(part);
                }
                // Plain text that has just been read.
                _ => {}
            }
        }
    }

    /// Whether a bracket is open in the expression before this place.
    fn in_subscript(&self) -> bool {
        let before = self.input.text.get(..self.input.position);
        let brackets = |bracket| before.unwrap_or_default().matches(bracket).count();
        brackets('[') > brackets(']')
    }

    /// A backslash where only some characters are escaped by it.
    fn quoted_backslash(&mut self, quoting: Quoting, parts: &mut Vec<Part>) -> Parsed<()> {
        let start = self.input.position;
        self.bump();
        match self.peek()? {
            Some(b'\n') => {
                self.bump();
                if quoting != Quoting::HereDocument {
                    self.rewrite_since(start, String::new());
                }
            }
            Some(byte @ (b'$' | b'`' | b'\\'))
                if quoting == Quoting::Arithmetic && self.in_subscript() =>
            {
                self.bump();
                push_quoted(parts, &brackets::escape(&char::from(byte).to_string()));
            }
            Some(byte @ (b'$' | b'`' | b'\\')) => {
                self.bump();
                push_quoted(parts, &char::from(byte).to_string());
            }
            Some(b'"') if quoting != Quoting::HereDocument => {
                self.bump();
                push_quoted(parts, "\"");
            }
            _ => push_quoted(parts, "\\"),
        }
        Ok(())
    }

    /// A word that ends at an unquoted byte of `ends` (left in place) or at the end of the text; blanks and
    /// operators are text. For the words inside `${...}` and for whole strings.
    pub fn delimited_word(&mut self, ends: &[u8], quoting: Quoting) -> Parsed<Word> {
        let start = self.input.position;
        let mut parts = Vec::new();
        let mut groups = 0_u32;
        while let Some(byte) = self.peek()? {
            if ends.contains(&byte) && groups == 0 {
                break;
            }
            match byte {
                b'\'' if quoting == Quoting::Double && !self.host.posix() => {
                    self.inner_single_quotes(&mut parts)?
                }
                b'\\' if quoting == Quoting::Double && self.ahead(1) == Some(b'\'') => {
                    self.bump();
                    self.bump();
                    push_quoted(&mut parts, "\\'");
                }
                b'\'' if quoting != Quoting::None => {
                    self.bump();
                    push_quoted(&mut parts, "'");
                }
                b'\\' if quoting != Quoting::None => self.brace_backslash(&mut parts)?,
                b'"' if quoting == Quoting::Double => self.inner_quotes(&mut parts)?,
                b'$' if quoting == Quoting::Double
                    && self.ahead(1) == Some(b'\'')
                    && !self.host.posix() =>
                {
                    self.dollar(&mut parts, Quoting::None)?;
                }
                b'\'' | b'"' | b'\\' | b'$' | b'`' => self.special(byte, &mut parts, quoting)?,
                b'(' if quoting == Quoting::None && self.opens_pattern_group(&parts) => {
                    groups += 1;
                    self.bump();
                    push_literal(&mut parts, "(");
                }
                b')' if groups > 0 => {
                    groups -= 1;
                    self.bump();
                    push_literal(&mut parts, ")");
                }
                _ => {
                    if let Some(character) = self.bump_char() {
                        push_literal(&mut parts, character.encode_utf8(&mut [0; 4]));
                    }
                }
            }
        }
        Ok(self.finish_word(start, parts))
    }

    /// `'...'` in a word of `"${x:-...}"`: the quotes are text and what is in them expands, but no brace in it ends the
    /// word. POSIX says otherwise.
    fn inner_single_quotes(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        let line = self.input.line;
        self.bump();
        push_quoted(parts, "'");
        loop {
            match self.peek()? {
                None => return Err(self.unterminated("'", line)),
                Some(b'\'') => {
                    self.bump();
                    push_quoted(parts, "'");
                    return Ok(());
                }
                Some(b'"') => self.bump(),
                Some(b'\\') => self.brace_backslash(parts)?,
                Some(byte @ (b'$' | b'`')) => self.special(byte, parts, Quoting::Double)?,
                Some(_) => {
                    if let Some(character) = self.bump_char() {
                        push_quoted(parts, character.encode_utf8(&mut [0; 4]));
                    }
                }
            }
        }
    }

    /// `"..."` in a word of `"${x:-...}"`: as if outside of quotes, every backslash escapes; but blanks and single
    /// quotes are text.
    fn inner_quotes(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        let line = self.input.line;
        self.bump();
        loop {
            match self.peek()? {
                None => return Err(self.unterminated("\"", line)),
                Some(b'"') => {
                    self.bump();
                    return Ok(());
                }
                Some(b'\\') => {
                    self.bump();
                    if self.peek()? == Some(b'\n') {
                        self.bump();
                    } else if let Some(character) = self.bump_char() {
                        push_quoted(parts, character.encode_utf8(&mut [0; 4]));
                    }
                }
                Some(byte @ (b'$' | b'`')) => {
                    let mut inner = Vec::new();
                    self.special(byte, &mut inner, Quoting::Double)?;
                    parts.push(Part::Double(inner));
                }
                Some(_) => {
                    if let Some(character) = self.bump_char() {
                        push_quoted(parts, character.encode_utf8(&mut [0; 4]));
                    }
                }
            }
        }
    }

    /// A backslash in a word of `"${x:-...}"`: it also escapes the brace that would end the word.
    fn brace_backslash(&mut self, parts: &mut Vec<Part>) -> Parsed<()> {
        self.bump();
        match self.peek()? {
            Some(b'\n') => self.bump(),
            Some(byte @ (b'$' | b'`' | b'\\' | b'"' | b'}')) => {
                self.bump();
                push_quoted(parts, &char::from(byte).to_string());
            }
            _ => push_quoted(parts, "\\"),
        }
        Ok(())
    }

    /// `name=`, `name+=`, `name[i]=` with its value, if that is what stands here.
    fn try_assignment(&mut self) -> Parsed<Option<Assignment>> {
        let begin = self.input.position;
        let line = self.input.line;
        if !self.here().is_some_and(is_name_start) {
            return Ok(None);
        }
        let mut length = 1;
        loop {
            self.join_lines(length)?;
            if !self.ahead(length).is_some_and(is_name_byte) {
                break;
            }
            length += 1;
        }
        if self.ahead(length) == Some(b'+') {
            self.join_lines(length + 1)?;
        }
        match self.ahead(length) {
            Some(b'=' | b'[') => {}
            Some(b'+') if self.ahead(length + 1) == Some(b'=') => {}
            _ => return Ok(None),
        }
        self.input.position += length;
        let name = self.text_since(begin);
        let mut subscript = None;
        if self.here() == Some(b'[') {
            match self.subscript_then_equals()? {
                Some(word) => subscript = Some(word),
                None => {
                    self.input.position = begin;
                    self.input.line = line;
                    return Ok(None);
                }
            }
        }
        let append = self.take(b'+');
        self.bump();
        if self.here() == Some(b'(') {
            let (start, line) = (self.input.position, self.input.line);
            self.bump();
            let elements = self.nested(Self::array_elements)?;
            if self.here().is_some_and(|byte| !is_word_end(byte)) {
                // More follows the parenthesis: `(4*3)/2` is a string.
                let text = self.text_since(start);
                let mut parts = self.whole_word(&text, line)?.parts;
                self.word_parts(&mut parts)?;
                let value = AssignmentValue::Scalar(self.finish_word(start, parts));
                return Ok(Some(Assignment {
                    name,
                    subscript,
                    append,
                    value,
                }));
            }
            let value = AssignmentValue::Array(elements);
            return Ok(Some(Assignment {
                name,
                subscript,
                append,
                value,
            }));
        }
        let start = self.input.position;
        let mut parts = Vec::new();
        self.word_parts(&mut parts)?;
        let value = AssignmentValue::Scalar(self.finish_word(start, parts));
        Ok(Some(Assignment {
            name,
            subscript,
            append,
            value,
        }))
    }

    /// `[...]` followed by `=` or `+=`; `None`, with the position anywhere, when it is not that.
    fn subscript_then_equals(&mut self) -> Parsed<Option<Word>> {
        self.bump();
        let Some(length) = self.bracket_length() else {
            return Ok(None);
        };
        let after = self.ahead(length + 1);
        let equals =
            after == Some(b'=') || (after == Some(b'+') && self.ahead(length + 2) == Some(b'='));
        if !equals {
            return Ok(None);
        }
        let word = self.subscript_word(length)?;
        Ok(Some(word))
    }

    /// How many bytes up to the `]` that closes the bracket opened before this place, if it is in the text.
    pub fn bracket_length(&self) -> Option<usize> {
        let rest = self.input.text.as_bytes().get(self.input.position..)?;
        let mut depth = 0_u32;
        let mut at = 0;
        while let Some(byte) = rest.get(at) {
            match byte {
                b'\\' => at += 1,
                b'\'' => at += 1 + rest.get(at + 1..)?.iter().position(|byte| *byte == b'\'')?,
                b'"' => {
                    at += 1;
                    while *rest.get(at)? != b'"' {
                        at += if *rest.get(at)? == b'\\' { 2 } else { 1 };
                    }
                }
                b'[' => depth += 1,
                b']' if depth == 0 => return Some(at),
                b']' => depth -= 1,
                b'\n' => return None,
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// The text of a subscript of known length as a word; consumes the closing bracket.
    pub fn subscript_word(&mut self, length: usize) -> Parsed<Word> {
        let start = self.input.position;
        let text = self
            .input
            .text
            .get(start..start + length)
            .unwrap_or_default()
            .to_owned();
        let line = self.input.line;
        let word = self.whole_word(&text, line)?;
        self.input.position = start + length + 1;
        Ok(word)
    }

    /// Text that is one word, whatever stands in it.
    pub fn whole_word(&mut self, text: &str, line: u32) -> Parsed<Word> {
        let mut word = self.sub_parse(text, line, |parser| {
            parser.delimited_word(&[], Quoting::None)
        })?;
        word.text = text.to_owned();
        Ok(word)
    }

    /// The elements of `(...)`, after its `(` and through its `)`.
    pub fn array_elements(&mut self) -> Parsed<Vec<ArrayElement>> {
        let mut elements = Vec::new();
        let line = self.input.line;
        loop {
            self.skip_blanks()?;
            match self.peek()? {
                None => return Err(self.unterminated(")", line)),
                Some(b'\n') => self.bump(),
                Some(b')') => {
                    self.bump();
                    return Ok(elements);
                }
                Some(b' ' | b'\t' | b'#') => {}
                Some(b'[') => {
                    let element = self.subscripted_element()?;
                    elements.push(element);
                }
                Some(b'<' | b'>') if self.ahead(1) == Some(b'(') => {
                    let value = self.word(false)?;
                    elements.push(ArrayElement {
                        subscript: None,
                        append: false,
                        value,
                    });
                }
                Some(b'|' | b'&' | b';' | b'(' | b'<' | b'>') => {
                    let mut failure = self.unexpected()?;
                    if let ParseFailure::Syntax(error) = &mut failure {
                        error.in_elements = true;
                    }
                    return Err(failure);
                }
                Some(_) => {
                    let value = self.word(false)?;
                    elements.push(ArrayElement {
                        subscript: None,
                        append: false,
                        value,
                    });
                }
            }
        }
    }

    /// `[i]=value`, or a word that happens to begin with a bracket.
    fn subscripted_element(&mut self) -> Parsed<ArrayElement> {
        let begin = self.input.position;
        let line = self.input.line;
        if let Some(subscript) = self.subscript_then_equals()? {
            let append = self.take(b'+');
            self.bump();
            let start = self.input.position;
            let mut parts = Vec::new();
            self.word_parts(&mut parts)?;
            let value = self.finish_word(start, parts);
            return Ok(ArrayElement {
                subscript: Some(subscript),
                append,
                value,
            });
        }
        self.input.position = begin;
        self.input.line = line;
        let value = self.word(false)?;
        Ok(ArrayElement {
            subscript: None,
            append: false,
            value,
        })
    }
}

/// Bytes that end a word.
fn is_word_end(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')'
    )
}

/// Bytes at which reading unquoted text stops to look.
fn is_word_special(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'\n'
            | b'|'
            | b'&'
            | b';'
            | b'<'
            | b'>'
            | b'('
            | b')'
            | b'\''
            | b'"'
            | b'\\'
            | b'$'
            | b'`'
    )
}
