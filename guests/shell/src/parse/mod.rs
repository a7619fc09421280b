//! Reading bash's language: text to [`ast`].
//!
//! To split a bash script into words one has to understand it: what a `)` ends, whether `((` is arithmetic,
//! whether `if` is a keyword and `ls` an alias depends on the place it stands in. So this is one recursive
//! parser without a token list in between. It reads one complete command at a time and asks its host for
//! more text only when the command needs it: so a script on standard input shares that with its commands,
//! and the prompt for a continued line comes exactly when bash's comes.
//!
//! * `mod`: where text comes from, errors, entry points;
//! * [`ast`]: what comes out;
//! * `tokens`: blanks, comments, operators, here-documents;
//! * `words`: quoting; `dollar`: expansions; `parameters`: what stands in `${...}`;
//! * `commands`: lists, pipelines, simple commands; `compound`: `if`, `for`, `case` and so on;
//! * `tests_command`: `[[ ]]`;
//! * [`print`]: back to text, for `declare -f` and `jobs`.

pub mod ast;
mod commands;
mod compound;
mod dollar;
mod parameters;
pub mod print;
mod tests_command;
mod tokens;
mod words;

use std::rc::Rc;

use ast::{HereDocument, List, Part, Word};
use tokens::Peeked;

/// How deep commands, words and expressions may nest in the text; beyond it the text is refused. Every level
/// costs a few hundred bytes of stack here and again when it runs.
pub const NESTING_MAX_LEVELS: u32 = 420;

/// Who a parser asks while it reads.
pub trait ParseHost {
    /// The value of an alias, when aliases are expanded at all.
    fn alias(&self, name: &str) -> Option<String>;
    /// Whether `?(...)` and its sisters are patterns.
    fn extended_globs(&self) -> bool;

    /// Whether the shell follows POSIX.
    fn posix(&self) -> bool {
        false
    }

    /// Whether `set -k` makes every argument that looks like an assignment one.
    fn keyword_assignments(&self) -> bool {
        false
    }
    /// The next line or lines of input with their newlines; `None` at its end. `continued` says that a
    /// command has begun already.
    ///
    /// # Errors
    /// The person gave the command up.
    fn read_more(&mut self, continued: bool) -> Result<Option<String>, Interrupted>;
}

/// A person pressed `^C` while a command was being read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interrupted;

/// Why no command came out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParseFailure {
    /// The text is wrong.
    Syntax(SyntaxError),
    /// The person gave up.
    Interrupted,
}

impl From<Interrupted> for ParseFailure {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// Text that is no command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// Line, from 1.
    pub line: u32,
    /// In bash's words, without prefix.
    pub message: String,
    /// What bash shows below that: the line that was wrong, in quotes.
    pub shown: Option<String>,
    /// It stopped because the input ended.
    pub at_end: bool,
    /// It is in the elements of an array: only the line is refused, not all that follows.
    pub in_elements: bool,
    /// It is in `[[ ]]`: a script ends by it with the status it had.
    pub keeps_status: bool,
}

type Parsed<T> = Result<T, ParseFailure>;

/// A host for text that is complete and knows no aliases.
pub struct PlainHost {
    /// Whether `?(...)` and its sisters are patterns.
    pub extended_globs: bool,
}

impl ParseHost for PlainHost {
    fn alias(&self, _: &str) -> Option<String> {
        None
    }

    fn extended_globs(&self) -> bool {
        self.extended_globs
    }

    fn read_more(&mut self, _: bool) -> Result<Option<String>, Interrupted> {
        Ok(None)
    }
}

/// Text being read; it outlives the commands read from it.
#[derive(Debug, Default)]
pub struct Input {
    /// Read and not consumed yet.
    text: String,
    /// How far it is consumed, in bytes.
    position: usize,
    /// Line of `position`, from 1.
    line: u32,
    /// Nothing more will come.
    ended: bool,
    /// Aliases whose text ends at the position given: they are not expanded again before it.
    aliases: Vec<(String, usize)>,
    /// Lines as they were before aliases were put into them, and where they begin.
    unaliased: Vec<(usize, String)>,
    /// Said about text that was accepted all the same.
    warnings: Vec<(u32, String)>,
    /// Pieces of the text, from where to where, that are shown otherwise than they were written.
    rewritten: Vec<(usize, usize, String)>,
}

impl Input {
    /// Text that comes from the host bit by bit.
    pub fn from_host() -> Self {
        Self {
            line: 1,
            ..Self::default()
        }
    }

    /// A script that is all there; its last line need not be ended.
    pub fn from_script(text: &str, line: u32) -> Self {
        let mut input = Self::from_text(text, line);
        let backslashes = text.len() - text.trim_end_matches('\\').len();
        // A backslash at the very end joins no lines.
        if !text.is_empty() && !text.ends_with('\n') && backslashes.is_multiple_of(2) {
            input.text.push('\n');
        }
        input
    }

    /// A string of commands, of `-c` or `eval` say. As a script, but a backslash at its very end stands for itself.
    pub fn from_string(text: &str, line: u32) -> Self {
        let mut input = Self::from_script(text, line);
        if tokens::ends_with_continuation(text) {
            // The line more is one that bash counts.
            input.text.push_str("\\\n\n");
        }
        input
    }

    /// What was odd about the text read so far, and in which line.
    pub fn take_warnings(&mut self) -> Vec<(u32, String)> {
        std::mem::take(&mut self.warnings)
    }

    /// Text that is all there, beginning at a line of something bigger.
    pub fn from_text(text: &str, line: u32) -> Self {
        Self {
            text: text.to_owned(),
            line,
            ended: true,
            ..Self::default()
        }
    }

    /// Forgets what is left of the line, after an error that refuses no more than that.
    pub fn discard_line(&mut self) {
        let rest = self.text.get(self.position..).unwrap_or_default();
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        self.line += u32::from(end > 0);
        self.position += end;
    }

    /// Forgets what is left, after an error at a prompt.
    pub fn discard(&mut self) {
        self.position = self.text.len();
        self.aliases.clear();
    }

    /// What the last command was read from.
    pub fn consumed(&self) -> &str {
        self.text.get(..self.position).unwrap_or_default()
    }

    /// Whether nothing but blanks is left behind the last command, and none will come.
    pub fn is_spent(&self) -> bool {
        let rest = self.text.get(self.position..).unwrap_or_default();
        self.ended && rest.trim_ascii().is_empty()
    }

    /// Drops the consumed part.
    fn compact(&mut self) {
        let position = std::mem::take(&mut self.position);
        self.text.drain(..position);
        self.rewritten.clear();
        self.unaliased.clear();
        self.aliases.retain_mut(|(_, end)| {
            *end = end.saturating_sub(position);
            *end > 0
        });
    }
}

/// Reads the next complete command line; `None` at the end of the input.
///
/// # Errors
/// The text is wrong, or the person gave up.
pub fn next_command(input: &mut Input, host: &mut dyn ParseHost) -> Parsed<Option<List>> {
    input.compact();
    let mut parser = Parser::new(input, host);
    parser.complete_command()
}

/// Reads text that is one word in a here-document: expansions count, quotes do not.
///
/// # Errors
/// The text is wrong.
pub fn here_document_word(text: &str, line: u32, host: &mut dyn ParseHost) -> Parsed<Word> {
    let mut input = Input::from_text(text, line);
    let parts = Parser::new(&mut input, host).quoted_parts(words::Quoting::HereDocument)?;
    Ok(Word {
        text: text.to_owned(),
        parts,
        ..Word::default()
    })
}

/// Reads text that is an arithmetic expression.
///
/// # Errors
/// The text is wrong.
pub fn arithmetic_word(text: &str, line: u32, host: &mut dyn ParseHost) -> Parsed<Word> {
    let mut input = Input::from_text(text, line);
    let parts = Parser::new(&mut input, host).quoted_parts(words::Quoting::Arithmetic)?;
    Ok(Word {
        text: text.to_owned(),
        parts,
        ..Word::default()
    })
}

/// Reads text as one word of a command, blanks included: for prompts, subscripts and defaults.
///
/// # Errors
/// The text is wrong.
pub fn whole_word(text: &str, line: u32, host: &mut dyn ParseHost) -> Parsed<Word> {
    let mut input = Input::from_text(text, line);
    Parser::new(&mut input, host).delimited_word(&[], words::Quoting::None)
}

/// Reads `(a b [c]=d)`, as `declare` gets it in a string.
///
/// # Errors
/// The text is wrong.
pub fn array_literal(text: &str, host: &mut dyn ParseHost) -> Parsed<Vec<ast::ArrayElement>> {
    let mut input = Input::from_text(text, 1);
    let mut parser = Parser::new(&mut input, host);
    parser.input.position = text.find('(').map_or(text.len(), |at| at + 1);
    parser.array_elements()
}

/// One command being read.
struct Parser<'a> {
    input: &'a mut Input,
    host: &'a mut dyn ParseHost,
    /// Read and not used yet.
    peeked: Option<Peeked>,
    /// Here-documents whose bodies follow the current line.
    pending: Vec<Rc<HereDocument>>,
    /// See [`NESTING_MAX_LEVELS`].
    depth: u32,
    /// How many command substitutions are open.
    substitutions: u32,
    /// Inside `[[ ]]`.
    in_test: bool,
    /// On the right side of `==`: patterns may be extended whatever the option says.
    in_pattern: bool,
    /// `name=...` is an assignment at this place.
    assignments: bool,
    /// Where the text of an alias that ends in a blank ends: the next word may be an alias too.
    blank_alias_end: Option<usize>,
    /// Something of the command was read, so that more text is a continuation.
    begun: bool,
}

impl<'a> Parser<'a> {
    fn new(input: &'a mut Input, host: &'a mut dyn ParseHost) -> Self {
        Self {
            input,
            host,
            peeked: None,
            pending: Vec::new(),
            depth: 0,
            substitutions: 0,
            in_test: false,
            in_pattern: false,
            assignments: true,
            blank_alias_end: None,
            begun: false,
        }
    }

    /// The next byte, without asking for more text than is there.
    fn here(&self) -> Option<u8> {
        self.input.text.as_bytes().get(self.input.position).copied()
    }

    /// The byte `ahead` bytes on, without asking for more text than is there.
    fn ahead(&self, ahead: usize) -> Option<u8> {
        self.input
            .text
            .as_bytes()
            .get(self.input.position + ahead)
            .copied()
    }

    /// The next byte; asks for more text at the end of what is there.
    fn peek(&mut self) -> Parsed<Option<u8>> {
        if let Some(byte) = self.here() {
            return Ok(Some(byte));
        }
        if self.refill()? {
            Ok(self.here())
        } else {
            Ok(None)
        }
    }

    /// Gets more text; false at the end.
    fn refill(&mut self) -> Parsed<bool> {
        if self.input.ended {
            return Ok(false);
        }
        match self.host.read_more(self.begun)? {
            Some(more) => {
                self.input.text.push_str(&more);
                Ok(true)
            }
            None => {
                self.input.ended = true;
                Ok(false)
            }
        }
    }

    /// Consumes one byte.
    fn bump(&mut self) {
        if self.here() == Some(b'\n') {
            self.count_line();
        }
        self.input.position += 1;
    }

    /// Counts the newline here, unless it is in the text of an alias.
    fn count_line(&mut self) {
        let position = self.input.position;
        let in_alias = self.input.aliases.iter().any(|(_, end)| position < *end);
        self.input.line += u32::from(!in_alias);
    }

    /// Consumes a byte if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let there = self.here() == Some(byte);
        if there {
            self.bump();
        }
        there
    }

    /// Consumes one character whole.
    fn bump_char(&mut self) -> Option<char> {
        let character = self.input.text.get(self.input.position..)?.chars().next()?;
        if character == '\n' {
            self.count_line();
        }
        self.input.position += character.len_utf8();
        Some(character)
    }

    /// Consumes `\` and newline as often as they stand here.
    fn skip_continuations(&mut self) -> Parsed<()> {
        while self.here() == Some(b'\\') && self.ahead(1) == Some(b'\n') {
            self.bump();
            self.bump();
            self.peek()?;
        }
        Ok(())
    }

    /// What was consumed since `start`.
    fn text_since(&self, start: usize) -> String {
        self.input
            .text
            .get(start..self.input.position)
            .unwrap_or_default()
            .to_owned()
    }

    /// What was consumed since `start` is shown as `text`: bash keeps substitutions and `$'...'` as what they mean.
    fn rewrite_since(&mut self, start: usize, text: String) {
        // What was rewritten inside it is in `text` already.
        let kept = self.rewritten_before(start);
        self.input.rewritten.truncate(kept);
        let end = self.input.position;
        self.input.rewritten.push((start, end, text));
    }

    /// How many of the rewritten pieces begin before `start`; they are in order.
    fn rewritten_before(&self, start: usize) -> usize {
        let before = |piece: &(usize, usize, String)| piece.0 < start;
        self.input.rewritten.partition_point(before)
    }

    /// What was consumed since `start`, as it is shown.
    fn shown_since(&self, start: usize) -> String {
        let mut shown = String::new();
        let mut at = start;
        let piece = |from: usize, to: usize| self.input.text.get(from..to).unwrap_or_default();
        let first = self.rewritten_before(start);
        for (from, to, text) in self.input.rewritten.iter().skip(first) {
            if *from >= at && *to <= self.input.position {
                shown.push_str(piece(at, *from));
                shown.push_str(text);
                at = *to;
            }
        }
        shown.push_str(piece(at, self.input.position));
        shown
    }

    /// Runs `read` one level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        if self.depth > NESTING_MAX_LEVELS || crate::stack::is_exhausted() {
            return Err(self.error("syntax error: nesting is too deep"));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads complete text with a parser of its own, one level deeper.
    fn sub_parse<T>(
        &mut self,
        text: &str,
        line: u32,
        read: impl FnOnce(&mut Parser<'_>) -> Parsed<T>,
    ) -> Parsed<T> {
        let mut input = Input::from_text(text, line);
        let mut parser = Parser::new(&mut input, self.host);
        parser.depth = self.depth;
        parser.nested(read)
    }

    fn error(&self, message: &str) -> ParseFailure {
        ParseFailure::Syntax(SyntaxError {
            line: self.input.line,
            message: message.to_owned(),
            shown: None,
            at_end: false,
            in_elements: false,
            keeps_status: false,
        })
    }

    /// A quote or bracket that began in `line` has no end.
    fn unterminated(&self, closer: &str, line: u32) -> ParseFailure {
        ParseFailure::Syntax(SyntaxError {
            line,
            message: format!("unexpected EOF while looking for matching `{closer}'"),
            shown: None,
            at_end: true,
            in_elements: false,
            keeps_status: false,
        })
    }

    /// Where the line around a position begins.
    fn line_start(&self, position: usize) -> usize {
        self.input
            .text
            .get(..position)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |at| at + 1)
    }

    /// Remembers the line around a position, into which an alias will be put.
    fn keep_unaliased(&mut self, position: usize) {
        let start = self.line_start(position);
        if self
            .input
            .unaliased
            .last()
            .is_none_or(|kept| kept.0 < start)
        {
            let line = self.line_at(position);
            self.input.unaliased.push((start, line));
        }
    }

    /// The line around a position as it was written, for messages.
    fn line_at(&self, position: usize) -> String {
        let text = &self.input.text;
        let position = position.min(text.len());
        let start = self.line_start(position);
        if let Some((_, line)) = self.input.unaliased.iter().find(|kept| kept.0 == start) {
            return line.clone();
        }
        let end = text
            .get(position..)
            .and_then(|after| after.find('\n'))
            .map_or(text.len(), |at| position + at);
        text.get(start..end).unwrap_or_default().to_owned()
    }
}

/// Adds unquoted text, joined to unquoted text before it.
fn push_literal(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(Part::Literal(last)) = parts.last_mut() {
        last.push_str(text);
    } else {
        parts.push(Part::Literal(text.to_owned()));
    }
}

/// Adds quoted text, joined to quoted text before it.
fn push_quoted(parts: &mut Vec<Part>, text: &str) {
    if let Some(Part::Quoted(last)) = parts.last_mut() {
        last.push_str(text);
    } else {
        parts.push(Part::Quoted(text.to_owned()));
    }
}

/// Whether a word of one literal is its own value.
fn is_plain(text: &str) -> bool {
    !text
        .bytes()
        .any(|byte| matches!(byte, b'*' | b'?' | b'[' | b'{' | b'~' | b'(' | b'\\'))
}

#[cfg(test)]
mod tests;
