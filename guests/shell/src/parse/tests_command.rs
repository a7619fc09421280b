//! `[[ ... ]]`

use super::ast::{CommandKind, TestExpression, Word};
use super::tokens::Token;
use super::words::Quoting;
use super::{ParseFailure, Parsed, Parser};

/// Operators between two words.
const BINARY: [&str; 13] = [
    "==", "=", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef",
];

impl Parser<'_> {
    /// `[[ ... ]]` at its first bracket.
    pub fn test_command(&mut self) -> Parsed<CommandKind> {
        self.next_token()?;
        self.in_test = true;
        self.assignments = false;
        let result = self.test_or();
        self.in_test = false;
        let expression = result?;
        self.skip_newlines()?;
        let closed = self.at_word("]]")?;
        self.assignments = true;
        if !closed {
            return Err(self.unexpected_in_test()?);
        }
        self.next_token()?;
        Ok(CommandKind::Test(expression))
    }

    fn test_or(&mut self) -> Parsed<TestExpression> {
        let mut left = self.test_and()?;
        loop {
            self.skip_newlines()?;
            if !self.at_operator("||")? {
                return Ok(left);
            }
            self.next_token()?;
            let right = self.test_and()?;
            left = TestExpression::Or(Box::new(left), Box::new(right));
        }
    }

    fn test_and(&mut self) -> Parsed<TestExpression> {
        let mut left = self.test_not()?;
        loop {
            self.skip_newlines()?;
            if !self.at_operator("&&")? {
                return Ok(left);
            }
            self.next_token()?;
            let right = self.test_not()?;
            left = TestExpression::And(Box::new(left), Box::new(right));
        }
    }

    fn test_not(&mut self) -> Parsed<TestExpression> {
        self.skip_newlines()?;
        if self.at_word("!")? {
            self.next_token()?;
            let inner = self.nested(Self::test_not)?;
            return Ok(TestExpression::Not(Box::new(inner)));
        }
        if self.at_operator("(")? {
            self.next_token()?;
            let inner = self.nested(Self::test_or)?;
            self.skip_newlines()?;
            if !self.at_operator(")")? {
                return self.test_error(|shown| match shown {
                    Some(shown) => format!("unexpected token `{shown}', expected `)'"),
                    None => "expected `)'".to_owned(),
                });
            }
            self.next_token()?;
            return Ok(TestExpression::Group(Box::new(inner)));
        }
        self.test_primary()
    }

    fn test_primary(&mut self) -> Parsed<TestExpression> {
        let Token::Word(left) = self.token()? else {
            return self.test_error(|shown| match shown {
                Some(shown) => format!("unexpected token `{shown}' in conditional command"),
                None => "unexpected token in conditional command".to_owned(),
            });
        };
        if left.literal() == Some("]]") {
            // Bash ends here without a word.
            return self.test_error(|_| String::new());
        }
        self.next_token()?;
        if let Some(operator) = left.literal().filter(|text| is_unary(text)) {
            let operand = self.test_argument("unary")?;
            return Ok(TestExpression::Unary(operator.to_owned(), operand));
        }
        let operator = match self.token()? {
            Token::Operator(operator @ ("<" | ">")) => operator.to_owned(),
            Token::Word(word) => match word.literal() {
                Some(text) if BINARY.contains(&text) => text.to_owned(),
                Some("]]") => return Ok(TestExpression::Lone(left)),
                _ => return self.test_error(|_| "conditional binary operator expected".to_owned()),
            },
            Token::Operator("&&" | "||" | ")") => {
                return Ok(TestExpression::Lone(left));
            }
            _ => {
                return self.test_error(|shown| match shown {
                    Some(shown) => {
                        format!("unexpected token `{shown}', conditional binary operator expected")
                    }
                    None => "conditional binary operator expected".to_owned(),
                });
            }
        };
        self.in_pattern = matches!(operator.as_str(), "==" | "=" | "!=");
        self.next_token()?;
        let right = if operator == "=~" {
            self.skip_blanks()?;
            self.regex_word()
        } else {
            self.test_argument("binary")
        };
        self.in_pattern = false;
        let right = right?;
        Ok(TestExpression::Binary(left, operator, right))
    }

    /// A regular expression: parentheses and bars in it are text, blanks only inside parentheses.
    fn regex_word(&mut self) -> Parsed<Word> {
        let start = self.input.position;
        let mut parts = Vec::new();
        let mut depth = 0_u32;
        loop {
            match self.peek()? {
                None | Some(b'\n') => break,
                Some(b' ' | b'\t' | b')' | b';' | b'&' | b'<' | b'>') if depth == 0 => break,
                Some(byte @ (b'\'' | b'"' | b'\\' | b'$' | b'`')) => {
                    self.special(byte, &mut parts, Quoting::None)?;
                }
                Some(byte) => {
                    match byte {
                        b'(' => depth += 1,
                        b')' => depth -= 1,
                        _ => {}
                    }
                    if let Some(character) = self.bump_char() {
                        super::push_literal(&mut parts, character.encode_utf8(&mut [0; 4]));
                    }
                }
            }
        }
        if self.input.position == start && self.peek()? == Some(b'\n') {
            return self.test_argument("binary");
        }
        Ok(Word {
            text: self.text_since(start),
            parts,
            ..Word::default()
        })
    }

    /// The word an operator needs.
    fn test_argument(&mut self, kind: &str) -> Parsed<Word> {
        match self.token()? {
            Token::Word(word) if word.literal() != Some("]]") => {
                self.next_token()?;
                Ok(word)
            }
            _ => self.test_error(|shown| match shown {
                Some(shown) => {
                    format!("unexpected argument `{shown}' to conditional {kind} operator")
                }
                None => format!("unexpected argument to conditional {kind} operator"),
            }),
        }
    }

    /// Bash's complaint about what follows a whole expression.
    fn unexpected_in_test(&mut self) -> Parsed<ParseFailure> {
        let said = |shown: Option<&str>| match shown {
            Some(shown) => {
                format!("syntax error in conditional expression: unexpected token `{shown}'")
            }
            None => "syntax error in conditional expression".to_owned(),
        };
        match self.test_error::<()>(said) {
            Err(failure) => Ok(failure),
            Ok(()) => self.unexpected(),
        }
    }

    /// Refuses the command for the next token, which is shown unless it is a word. Bash leaves `$?` as it was then.
    fn test_error<T>(&mut self, said: impl FnOnce(Option<&str>) -> String) -> Parsed<T> {
        let failure = self.unexpected()?;
        let ParseFailure::Syntax(mut error) = failure else {
            return Err(failure);
        };
        if !error.at_end {
            let token = self.token()?;
            let shown = match &token {
                Token::Word(word) if word.literal() == Some("]]") => Some("]]".to_owned()),
                Token::Word(_) | Token::Number(_) => None,
                other => Some(other.shown()),
            };
            error.message = said(shown.as_deref());
            error.shown = None;
            error.keeps_status = true;
        }
        Err(ParseFailure::Syntax(error))
    }
}

/// Whether this is `-f` and the like.
pub fn is_unary(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', letter] if b"abcdefghknoprstuvwxzGLNORS".contains(letter))
}
