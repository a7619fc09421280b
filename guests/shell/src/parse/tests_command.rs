//! `[[ ... ]]`

use super::ast::{CommandKind, TestExpression, Word};
use super::tokens::Token;
use super::words::Quoting;
use super::{Parsed, Parser};

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
            self.expect_operator(")")?;
            return Ok(TestExpression::Group(Box::new(inner)));
        }
        self.test_primary()
    }

    fn test_primary(&mut self) -> Parsed<TestExpression> {
        let Token::Word(left) = self.token()? else {
            return Err(self.unexpected_in_test()?);
        };
        if left.literal() == Some("]]") {
            return Err(self.unexpected()?);
        }
        self.next_token()?;
        if let Some(operator) = left.literal().filter(|text| is_unary(text))
            && let Token::Word(operand) = self.token()?
            && operand.literal() != Some("]]")
            && !operand.literal().is_some_and(|text| BINARY.contains(&text))
        {
            let operator = operator.to_owned();
            self.next_token()?;
            return Ok(TestExpression::Unary(operator, operand));
        }
        let operator = match self.token()? {
            Token::Operator(operator @ ("<" | ">")) => operator.to_owned(),
            Token::Word(word) => match word.literal() {
                Some(text) if BINARY.contains(&text) => text.to_owned(),
                Some("]]") => return Ok(TestExpression::Lone(left)),
                _ => return Err(self.error("conditional binary operator expected")),
            },
            Token::Operator("&&" | "||" | ")") | Token::Newline => {
                return Ok(TestExpression::Lone(left));
            }
            _ => return Err(self.unexpected_in_test()?),
        };
        self.next_token()?;
        let right = if operator == "=~" {
            self.skip_blanks()?;
            self.regex_word()?
        } else {
            let Token::Word(right) = self.token()? else {
                return Err(self.unexpected_in_test()?);
            };
            if right.literal() == Some("]]") {
                return Err(self.error("unexpected argument `]]' to conditional binary operator"));
            }
            self.next_token()?;
            right
        };
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
                Some(b' ' | b'\t') if depth == 0 => break,
                Some(b')') if depth == 0 => break,
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
        if self.input.position == start {
            return Err(self.unexpected_in_test()?);
        }
        Ok(Word {
            text: self.text_since(start),
            parts,
            ..Word::default()
        })
    }

    /// Bash's complaint about what stands in `[[ ]]`.
    fn unexpected_in_test(&mut self) -> Parsed<super::ParseFailure> {
        let failure = self.unexpected()?;
        if let super::ParseFailure::Syntax(mut error) = failure {
            if !error.at_end {
                let shown = self.token()?.shown();
                error.message =
                    format!("syntax error in conditional expression: unexpected token `{shown}'");
                error.shown = None;
            }
            return Ok(super::ParseFailure::Syntax(error));
        }
        Ok(failure)
    }
}

/// Whether this is `-f` and the like.
pub fn is_unary(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', letter] if b"abcdefghknoprstuvwxzGLNORS".contains(letter))
}
