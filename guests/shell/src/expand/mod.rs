//! Expansion: from words to the strings a command gets.
//!
//! The order is bash's: braces, then tildes, parameters, substitutions and arithmetic from left to right,
//! then splitting into fields, then file names, then quotes go. A word first becomes [`Piece`]s, which know
//! what was quoted; `fields` makes strings of them.

mod brace;
mod command;
mod fields;
mod glob;
mod operations;
mod parameter;
mod tilde;

pub(crate) use glob::glob_names;

use crate::brackets::{self, Brackets};
use crate::options::SetOption;
use crate::parse::ast::{
    Assignment, AssignmentValue, Operation, ParameterName, Part, Subscript, Word,
};
use crate::pattern::escape_into;
use crate::shell::{Shell, Unwind};

/// What expansion makes of a part of a word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Text.
    Text {
        /// The text.
        text: String,
        /// It was quoted: no patterns, and it makes a field even when it is empty.
        quoted: bool,
        /// It came out of an unquoted expansion and is split into fields.
        split: bool,
    },
    /// Here one element of `"$@"` ends and the next begins.
    Break,
}

/// What a word is expanded for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Words of a command: any number of fields.
    Fields,
    /// One string: an assignment, a here-document, `case`.
    Single,
}

impl Piece {
    fn quoted(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            quoted: true,
            split: false,
        }
    }
}

/// Characters that mean something in a regular expression, unless they are quoted. A backslash before others may
/// give them a meaning: `\<` is where a word begins.
const REGEX_SPECIAL: &str = ".[]\\*+?(){}|^$";

impl Shell {
    /// Expands the words of a command.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_words(&mut self, words: &[Word]) -> Result<Vec<String>, Unwind> {
        let mut fields = Vec::with_capacity(words.len());
        for word in words {
            self.expand_word(word, &mut fields)?;
        }
        Ok(fields)
    }

    /// Expands one word of a command to any number of fields.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_word(&mut self, word: &Word, fields: &mut Vec<String>) -> Result<(), Unwind> {
        if word.plain {
            fields.extend(word.literal().map(str::to_owned));
            return Ok(());
        }
        if let Some(assignment) = &word.assignment {
            let text = self.assignment_text(assignment)?;
            fields.push(text);
            return Ok(());
        }
        if self.option(SetOption::BraceExpand)
            && let Some(alternatives) = brace::alternatives(&word.parts)
        {
            for parts in alternatives {
                self.expand_parts_to_fields(&parts, fields)?;
            }
            return Ok(());
        }
        self.expand_parts_to_fields(&word.parts, fields)
    }

    /// Whether braces of a word stand for alternatives.
    pub(crate) fn has_braces(&self, word: &Word) -> bool {
        !word.plain && brace::alternatives(&word.parts).is_some()
    }

    fn expand_parts_to_fields(
        &mut self,
        parts: &[Part],
        fields: &mut Vec<String>,
    ) -> Result<(), Unwind> {
        // What a `${IFS=x}` in the word changes counts for later words.
        let separators = self.field_separators();
        let mut pieces = Vec::with_capacity(parts.len());
        self.expand_parts(parts, false, Purpose::Fields, &mut pieces)?;
        self.pieces_to_fields(pieces, &separators, fields)
    }

    /// Expands a word to one string: no splitting, no file names.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_single(&mut self, word: &Word) -> Result<String, Unwind> {
        if word.plain {
            return Ok(word.literal().unwrap_or_default().to_owned());
        }
        if let Some(assignment) = &word.assignment {
            return self.assignment_text(assignment);
        }
        let mut pieces = Vec::with_capacity(word.parts.len());
        self.expand_parts(&word.parts, false, Purpose::Single, &mut pieces)?;
        Ok(join(pieces))
    }

    /// Expands the value of an assignment: a tilde counts after every colon.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_value(&mut self, word: &Word) -> Result<String, Unwind> {
        if word.plain {
            return Ok(word.literal().unwrap_or_default().to_owned());
        }
        let mut pieces = Vec::with_capacity(word.parts.len());
        let parts = self.tildes_in_value(&word.parts);
        self.expand_parts(
            parts.as_deref().unwrap_or(&word.parts),
            false,
            Purpose::Single,
            &mut pieces,
        )?;
        Ok(join(pieces))
    }

    /// Expands a word in which nothing is special but expansions: a here-document, a prompt.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_quoted(&mut self, word: &Word) -> Result<String, Unwind> {
        let mut pieces = Vec::with_capacity(word.parts.len());
        self.expand_parts(&word.parts, true, Purpose::Single, &mut pieces)?;
        Ok(join(pieces))
    }

    /// Expands a word to a pattern: what was quoted is escaped.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_pattern(&mut self, word: &Word) -> Result<String, Unwind> {
        let mut pieces = Vec::with_capacity(word.parts.len());
        self.expand_parts(&word.parts, false, Purpose::Single, &mut pieces)?;
        let mut pattern = String::new();
        for piece in pieces {
            match piece {
                Piece::Text {
                    text, quoted: true, ..
                } => escape_into(&mut pattern, &text),
                Piece::Text { text, .. } => pattern.push_str(&text),
                Piece::Break => pattern.push(' '),
            }
        }
        Ok(pattern)
    }

    /// Expands a word to a regular expression: what was quoted is escaped.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_regex(&mut self, word: &Word) -> Result<String, Unwind> {
        let mut pieces = Vec::with_capacity(word.parts.len());
        self.expand_parts(&word.parts, false, Purpose::Single, &mut pieces)?;
        let mut regex = String::new();
        // Where a bracket expression has begun: no character in it needs to be escaped, and none can.
        let mut bracket: Option<usize> = None;
        for piece in pieces {
            let (text, quoted) = match piece {
                Piece::Text { text, quoted, .. } => (text, quoted),
                Piece::Break => (" ".to_owned(), false),
            };
            let mut escaped = false;
            for character in text.chars() {
                match bracket {
                    None if quoted && REGEX_SPECIAL.contains(character) => regex.push('\\'),
                    None if character == '[' && !escaped => bracket = Some(regex.len() + 1),
                    Some(start) if character == ']' => {
                        let inside = regex.get(start..).unwrap_or_default();
                        let first = matches!(inside, "" | "^");
                        let class = [":", ".", "="].into_iter().any(|kind| {
                            inside.ends_with(kind)
                                && inside
                                    .rfind(&format!("[{kind}"))
                                    .is_some_and(|open| open + 2 < inside.len())
                        });
                        if !first && !class {
                            bracket = None;
                        }
                    }
                    _ => {}
                }
                escaped = !quoted && character == '\\' && !escaped;
                regex.push(character);
            }
        }
        Ok(regex)
    }

    /// Expands an assignment that is an argument to the text it would be.
    fn assignment_text(&mut self, assignment: &Assignment) -> Result<String, Unwind> {
        let subscript = match &assignment.subscript {
            Some(word) => format!("[{}]", self.expand_single(word)?),
            None => String::new(),
        };
        let operator = if assignment.append { "+=" } else { "=" };
        let value = match &assignment.value {
            AssignmentValue::Scalar(word) => self.expand_value(word)?,
            AssignmentValue::Array(_) => String::new(),
        };
        Ok(format!("{}{subscript}{operator}{value}", assignment.name))
    }

    /// Expands parts to pieces. `quoted` says that they stand between double quotes.
    pub(crate) fn expand_parts(
        &mut self,
        parts: &[Part],
        quoted: bool,
        purpose: Purpose,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Unwind> {
        for (index, part) in parts.iter().enumerate() {
            match part {
                Part::Literal(text) if quoted => pieces.push(Piece::quoted(text.as_str())),
                Part::Literal(text) => {
                    let last = index + 1 == parts.len();
                    if text.contains('~')
                        && let Some((home, rest)) =
                            self.tilde_prefix(text, index == 0, last, purpose)
                    {
                        pieces.extend(home.into_iter().map(|(text, quoted)| Piece::Text {
                            text,
                            quoted,
                            split: false,
                        }));
                        pieces.push(literal(rest));
                    } else {
                        pieces.push(literal(text.clone()));
                    }
                }
                Part::Quoted(text) => pieces.push(Piece::quoted(text.as_str())),
                Part::Double(inner) => self.expand_double(inner, purpose, pieces)?,
                Part::Parameter(parameter) => {
                    self.expand_parameter(parameter, quoted, purpose, pieces)?
                }
                Part::Command(list, _) => {
                    let text = self.substitute_command(list)?;
                    pieces.push(Piece::Text {
                        text,
                        quoted,
                        split: !quoted,
                    });
                }
                Part::Backquoted(source) => {
                    let text = self.substitute_backquoted(source)?;
                    pieces.push(Piece::Text {
                        text,
                        quoted,
                        split: !quoted,
                    });
                }
                Part::Arithmetic(inner) => {
                    let expression = self.expand_expression(inner)?;
                    let value = self.arithmetic(&expression)?;
                    pieces.push(Piece::Text {
                        text: value.to_string(),
                        quoted,
                        split: !quoted,
                    });
                }
                Part::Broken(error, text) => {
                    self.report_broken(error, text);
                    return Err(Unwind::Discard(1));
                }
                Part::Process(direction, list, _) => {
                    let path = self.substitute_process(*direction, list)?;
                    pieces.push(Piece::quoted(path));
                }
            }
        }
        Ok(())
    }

    /// What stands between double quotes; without anything in it, it is an empty field.
    fn expand_double(
        &mut self,
        inner: &[Part],
        purpose: Purpose,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Unwind> {
        let before = pieces.len();
        if inner.len() > 1 && purpose == Purpose::Fields && inner.iter().any(is_list) {
            return self.expand_double_list(inner, pieces);
        }
        self.expand_parts(inner, true, purpose, pieces)?;
        let only_list = matches!(inner, [Part::Parameter(_)]) && purpose == Purpose::Fields;
        if pieces.len() == before && !only_list {
            pieces.push(Piece::quoted(""));
        }
        Ok(())
    }

    /// The same of `"...$@..."`: where there are no elements and nothing else comes of it, it is no field.
    fn expand_double_list(
        &mut self,
        inner: &[Part],
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Unwind> {
        let before = pieces.len();
        let mut no_elements = false;
        for part in inner {
            let start = pieces.len();
            self.expand_parts(std::slice::from_ref(part), true, Purpose::Fields, pieces)?;
            no_elements |= is_list(part) && pieces.len() == start;
        }
        let is_empty = |piece: &Piece| matches!(piece, Piece::Text { text, .. } if text.is_empty());
        if pieces.iter().skip(before).all(is_empty) {
            if no_elements {
                pieces.truncate(before);
            } else if pieces.len() == before {
                pieces.push(Piece::quoted(""));
            }
        }
        Ok(())
    }

    /// The text of an arithmetic expression with its expansions done.
    pub(crate) fn expand_expression(&mut self, parts: &[Part]) -> Result<String, Unwind> {
        match parts {
            [] => Ok(String::new()),
            [Part::Quoted(text)] => Ok(text.clone()),
            _ => self.expand_subscripted(parts, true),
        }
    }

    /// A word that will be evaluated, an operand of `-eq` say, with the same care.
    ///
    /// # Errors
    /// An expansion failed; the message has been given.
    pub fn expand_operand(&mut self, word: &Word) -> Result<String, Unwind> {
        if word.text.contains('[') && !word.plain {
            self.expand_subscripted(&word.parts, false)
        } else {
            self.expand_single(word)
        }
    }

    /// The text of parts with care for subscripts, which are expanded once more when they are evaluated: what an expansion
    /// gives in one means itself there. `quoted` says that the parts are an expression, all of which is quoted.
    fn expand_subscripted(&mut self, parts: &[Part], quoted: bool) -> Result<String, Unwind> {
        let mut expression = String::new();
        let mut brackets = Brackets::default();
        for part in parts {
            let source = match part {
                Part::Quoted(source) if quoted => Some(source),
                Part::Literal(source) => Some(source),
                _ => None,
            };
            if let Some(source) = source {
                brackets.read(source);
                expression.push_str(source);
                continue;
            }
            let mut pieces = Vec::new();
            let part = std::slice::from_ref(part);
            self.expand_parts(part, quoted, Purpose::Single, &mut pieces)?;
            let value = join(pieces);
            if brackets.inside() {
                brackets::escape_into(&mut expression, &value);
            } else {
                expression.push_str(&value);
            }
            brackets.value();
        }
        Ok(expression)
    }
}

fn literal(text: String) -> Piece {
    Piece::Text {
        text,
        quoted: false,
        split: false,
    }
}

/// Whether this is `$@`, `${a[@]}` or a part of one.
fn is_list(part: &Part) -> bool {
    let Part::Parameter(parameter) = part else {
        return false;
    };
    let all = matches!(
        &parameter.name,
        ParameterName::Special('@') | ParameterName::Element(_, Subscript::At)
    );
    let counts = matches!(
        parameter.operation,
        Operation::Length | Operation::Default { .. }
    );
    all && !counts && !parameter.indirect
}

/// One string of all pieces.
pub(crate) fn join(pieces: Vec<Piece>) -> String {
    let mut pieces = pieces.into_iter();
    let mut all = match pieces.next() {
        Some(Piece::Text { text, .. }) => text,
        Some(Piece::Break) => " ".to_owned(),
        None => return String::new(),
    };
    for piece in pieces {
        match piece {
            Piece::Text { text, .. } => all.push_str(&text),
            Piece::Break => all.push(' '),
        }
    }
    all
}
