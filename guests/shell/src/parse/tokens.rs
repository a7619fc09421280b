//! Blanks, comments, operators and the bodies of here-documents.

use std::rc::Rc;

use super::ast::{HereDocument, Part, Word};
use super::{ParseFailure, Parsed, Parser, SyntaxError};

/// What a command is made of, one step above characters.
#[derive(Clone, Debug)]
pub enum Token {
    /// A word.
    Word(Word),
    /// One of the operators.
    Operator(&'static str),
    /// Digits right before `<` or `>`.
    Number(i32),
    /// `{name}` right before `<` or `>`.
    Variable(String),
    /// The end of a line.
    Newline,
    /// The end of the input.
    End,
}

/// A token that was read and not used yet.
#[derive(Debug)]
pub struct Peeked {
    /// The token.
    pub token: Token,
    /// Where it begins, in bytes.
    pub start: usize,
    /// The line it begins in.
    pub line: u32,
}

/// Operators, longest first.
const OPERATORS: [&str; 23] = [
    "&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", ";&", "|&", "&>", ">>", "<<", "<&", ">&", "<>",
    ">|", "&", "|", ";", "<", ">", "(", ")",
];
/// Highest descriptor number a redirection may name.
pub const DESCRIPTOR_MAX: i32 = 1023;

impl Token {
    /// How messages call it.
    pub fn shown(&self) -> String {
        match self {
            Self::Word(word) => word.text.clone(),
            Self::Operator(operator) => (*operator).to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Variable(name) => format!("{{{name}}}"),
            Self::Newline => "newline".to_owned(),
            Self::End => "end of file".to_owned(),
        }
    }

    /// Whether this is the unquoted word given.
    pub fn is_word(&self, text: &str) -> bool {
        matches!(self, Self::Word(word) if word.literal() == Some(text))
    }

    /// Whether this is the operator given.
    pub fn is_operator(&self, text: &str) -> bool {
        matches!(self, Self::Operator(operator) if *operator == text)
    }
}

/// The longest operator, `<<-` say.
const OPERATOR_MAX_BYTES: usize = 3;

fn is_operator_byte(byte: u8) -> bool {
    matches!(byte, b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')')
}

impl Parser<'_> {
    /// Skips blanks, continued lines and a comment.
    pub fn skip_blanks(&mut self) -> Parsed<()> {
        loop {
            self.skip_continuations()?;
            match self.here() {
                Some(b' ' | b'\t') => self.bump(),
                Some(b'#') => {
                    while self.here().is_some_and(|byte| byte != b'\n') {
                        self.bump();
                    }
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
    }

    /// The next token, left in place. Reads at most to the end of a line that is there.
    pub fn token(&mut self) -> Parsed<Token> {
        self.ensure_token()?;
        Ok(self
            .peeked
            .as_ref()
            .map_or(Token::End, |peeked| peeked.token.clone()))
    }

    /// The line the next token begins in.
    pub fn token_line(&mut self) -> Parsed<u32> {
        self.ensure_token()?;
        Ok(self
            .peeked
            .as_ref()
            .map_or(self.input.line, |peeked| peeked.line))
    }

    /// The line the next token ends in.
    pub fn line_read(&mut self) -> Parsed<u32> {
        self.ensure_token()?;
        Ok(match &self.peeked {
            Some(peeked) if matches!(peeked.token, Token::Newline) => peeked.line,
            _ => self.input.line,
        })
    }

    /// The next token, consumed.
    pub fn next_token(&mut self) -> Parsed<Token> {
        let token = match self.peeked.take() {
            Some(peeked) => peeked.token,
            None => self.scan()?.token,
        };
        if matches!(token, Token::Newline) {
            self.read_here_documents()?;
        }
        Ok(token)
    }

    /// Whether the next token is this operator.
    pub fn at_operator(&mut self, operator: &str) -> Parsed<bool> {
        self.ensure_token()?;
        Ok(self
            .peeked
            .as_ref()
            .is_some_and(|peeked| peeked.token.is_operator(operator)))
    }

    /// Whether the next token is this unquoted word.
    pub fn at_word(&mut self, word: &str) -> Parsed<bool> {
        self.ensure_token()?;
        Ok(self
            .peeked
            .as_ref()
            .is_some_and(|peeked| peeked.token.is_word(word)))
    }

    pub fn ensure_token(&mut self) -> Parsed<()> {
        if self.peeked.is_none() {
            self.peeked = Some(self.scan()?);
        }
        Ok(())
    }

    /// Whether the line ends here.
    pub fn at_newline(&mut self) -> Parsed<bool> {
        self.ensure_token()?;
        Ok(self
            .peeked
            .as_ref()
            .is_some_and(|peeked| matches!(peeked.token, Token::Newline)))
    }

    /// Whether the input ends here.
    pub fn at_end(&mut self) -> Parsed<bool> {
        self.ensure_token()?;
        Ok(self
            .peeked
            .as_ref()
            .is_some_and(|peeked| matches!(peeked.token, Token::End)))
    }

    /// Consumes this operator or complains.
    pub fn expect_operator(&mut self, operator: &str) -> Parsed<()> {
        if self.at_operator(operator)? {
            self.next_token()?;
            Ok(())
        } else {
            Err(self.unexpected()?)
        }
    }

    /// Consumes this keyword or complains.
    pub fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.at_word(word)? {
            self.next_token()?;
            Ok(())
        } else {
            Err(self.unexpected()?)
        }
    }

    /// Skips ends of lines, whatever number.
    pub fn skip_newlines(&mut self) -> Parsed<()> {
        while self.at_newline()? {
            self.next_token()?;
        }
        Ok(())
    }

    /// The complaint about the next token.
    pub fn unexpected(&mut self) -> Parsed<ParseFailure> {
        let token = self.token()?;
        let start = self
            .peeked
            .as_ref()
            .map_or(self.input.position, |peeked| peeked.start);
        let at_end = matches!(token, Token::End);
        let (message, shown) = if at_end {
            ("syntax error: unexpected end of file".to_owned(), None)
        } else {
            let token = token.shown();
            (
                format!("syntax error near unexpected token `{token}'"),
                Some(format!("`{}'", self.line_at(start))),
            )
        };
        Ok(ParseFailure::Syntax(SyntaxError {
            line: self.token_line()?,
            message,
            shown,
            at_end,
            in_elements: false,
            keeps_status: false,
        }))
    }

    /// Reads one token.
    fn scan(&mut self) -> Parsed<Peeked> {
        loop {
            self.skip_blanks()?;
            if self.here().is_some() {
                break;
            }
            if !self.refill()? {
                return Ok(Peeked {
                    token: Token::End,
                    start: self.input.position,
                    line: self.input.line,
                });
            }
        }
        let (start, line) = (self.input.position, self.input.line);
        let token = self.scan_here()?;
        Ok(Peeked { token, start, line })
    }

    fn scan_here(&mut self) -> Parsed<Token> {
        if self.here() == Some(b'\n') {
            self.bump();
            return Ok(Token::Newline);
        }
        self.begun = true;
        // A continued line may end in the middle of an operator.
        let mut length = 1;
        while length <= OPERATOR_MAX_BYTES && self.ahead(length - 1).is_some_and(is_operator_byte) {
            self.join_lines(length)?;
            length += 1;
        }
        if let Some(operator) = self.scan_operator() {
            return Ok(Token::Operator(operator));
        }
        if let Some(token) = self.scan_descriptor() {
            return Ok(token);
        }
        Ok(Token::Word(self.word(self.assignments)?))
    }

    /// Takes out the end of a continued line so many bytes ahead.
    pub fn join_lines(&mut self, ahead: usize) -> Parsed<()> {
        while self.ahead(ahead) == Some(b'\\') && self.ahead(ahead + 1) == Some(b'\n') {
            let at = self.input.position + ahead;
            self.input.text.replace_range(at..at + 2, "");
            self.input.line += 1;
            if self.ahead(ahead).is_none() && !self.refill()? {
                let before = self.input.text.as_bytes().get(..at);
                let in_word = before
                    .and_then(<[u8]>::last)
                    .is_some_and(|byte| !is_operator_byte(*byte) && !byte.is_ascii_whitespace());
                // Where no line follows the one of a word, bash counts one all the same.
                self.input.line += u32::from(in_word);
            }
        }
        Ok(())
    }

    fn scan_operator(&mut self) -> Option<&'static str> {
        let rest = self.input.text.get(self.input.position..)?;
        let operator = *OPERATORS
            .iter()
            .find(|operator| rest.starts_with(**operator))?;
        // `<(` and `>(` begin a word: a process substitution.
        if matches!(operator, "<" | ">") && self.ahead(1) == Some(b'(') && !self.in_test {
            return None;
        }
        self.input.position += operator.len();
        Some(operator)
    }

    /// `12>` and `{name}>`: what stands before the operator.
    fn scan_descriptor(&mut self) -> Option<Token> {
        let rest = self.input.text.get(self.input.position..)?;
        let bytes = rest.as_bytes();
        let digits = bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits > 0 && matches!(bytes.get(digits), Some(b'<' | b'>')) {
            let number = rest.get(..digits)?.parse().unwrap_or(i32::MAX);
            if number > DESCRIPTOR_MAX && digits > 9 {
                return None;
            }
            self.input.position += digits;
            return Some(Token::Number(number));
        }
        let inner = rest.strip_prefix('{')?;
        let end = inner.find('}')?;
        let name = inner.get(..end)?;
        let names = crate::text::is_name(name)
            || crate::parameters::split_subscript(name)
                .is_some_and(|(_, at)| !at.contains(['$', '`']));
        if names && matches!(bytes.get(end + 2), Some(b'<' | b'>')) {
            let name = name.to_owned();
            self.input.position += end + 2;
            return Some(Token::Variable(name));
        }
        None
    }

    /// Reads the bodies that follow the line just ended.
    fn read_here_documents(&mut self) -> Parsed<()> {
        for document in std::mem::take(&mut self.pending) {
            let line = self.input.line;
            let body = self.here_document_body(&document)?;
            let word = if document.quoted {
                Word::quoted(&body)
            } else {
                let parsed = self.sub_parse(&body, line, |parser| {
                    parser.quoted_parts(super::words::Quoting::HereDocument)
                });
                let parts = match parsed {
                    // Bash reads it when the command runs, and only that fails then.
                    Err(ParseFailure::Syntax(error)) => {
                        vec![Part::Broken(Rc::new(error), body.clone())]
                    }
                    parsed => parsed?,
                };
                Word {
                    text: body,
                    parts,
                    ..Word::default()
                }
            };
            // Set once: every document is pending once.
            let _ = document.body.set(word);
        }
        Ok(())
    }

    fn here_document_body(&mut self, document: &Rc<HereDocument>) -> Parsed<String> {
        let delimiter = &document.delimiter;
        let start = self.input.line;
        let mut body = String::new();
        loop {
            if self.peek()?.is_none() {
                let warning = self.unended_warning(start, delimiter);
                // The last line that was there.
                let line = self.input.line.saturating_sub(1).max(1);
                self.input.warnings.push((line, warning));
                return Ok(body);
            }
            let mut line = self.document_line();
            while !document.quoted
                && line.strip_suffix('\n').is_some_and(ends_with_continuation)
                && self.peek()?.is_some()
            {
                // Joined before anything looks at it, so that the delimiter may be in two lines too.
                line.truncate(line.len() - "\\\n".len());
                line.push_str(&self.document_line());
            }
            // A delimiter may begin with the very tabs that go.
            if document.strip_tabs && line.strip_suffix('\n') != Some(delimiter) {
                line = line.trim_start_matches('\t').to_owned();
            }
            let bare = line.strip_suffix('\n').unwrap_or(&line);
            if bare == delimiter {
                return Ok(body);
            }
            let rest = bare.strip_prefix(delimiter.as_str());
            if self.substitutions > 0
                && let Some(rest) = rest.filter(|rest| rest.contains(')'))
            {
                // `EOF)` ends the document and the substitution it is in.
                let back = line.len() - bare.len() + rest.len();
                self.input.line -= u32::from(line.ends_with('\n'));
                self.input.position -= back;
                let warning = self.unended_warning(start, delimiter);
                self.input.warnings.push((self.input.line, warning));
                return Ok(body);
            }
            body.push_str(&line);
        }
    }

    /// The line here with its newline, consumed.
    fn document_line(&mut self) -> String {
        let rest = self
            .input
            .text
            .get(self.input.position..)
            .unwrap_or_default();
        let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = rest.get(..end).unwrap_or_default().to_owned();
        self.input.position += end;
        self.input.line += u32::from(line.ends_with('\n'));
        line
    }

    fn unended_warning(&self, start: u32, delimiter: &str) -> String {
        format!(
            "warning: here-document at line {} delimited by end-of-file (wanted `{delimiter}')",
            start.saturating_sub(1).max(1)
        )
    }

    /// A here-document's delimiter: the word without its quotes, and whether there were any.
    pub fn here_document_delimiter(word: &Word) -> (String, bool) {
        let mut text = String::new();
        let mut quoted = false;
        unquote_into(&word.parts, &mut text, &mut quoted);
        if quoted {
            (text, true)
        } else {
            // A continued line may end in its middle.
            (word.text.replace("\\\n", ""), false)
        }
    }
}

/// Whether a line ends in an odd number of backslashes.
pub fn ends_with_continuation(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn unquote_into(parts: &[Part], text: &mut String, quoted: &mut bool) {
    for part in parts {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Quoted(inner) => {
                *quoted = true;
                text.push_str(inner);
            }
            Part::Double(inner) => {
                *quoted = true;
                unquote_into(inner, text, quoted);
            }
            Part::Parameter(parameter) => text.push_str(&parameter.text),
            Part::Command(_, source) | Part::Process(_, _, source) => text.push_str(source),
            Part::Backquoted(source) => {
                text.push('`');
                text.push_str(source);
                text.push('`');
            }
            Part::Arithmetic(inner) => unquote_into(inner, text, quoted),
            Part::Broken(_, source) => text.push_str(source),
        }
    }
}
