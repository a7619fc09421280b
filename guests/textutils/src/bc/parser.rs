//! Reading a bc program.

use std::collections::VecDeque;

use super::lexer::{Token, tokens};
use super::number::Number;
use super::syntax::{Argument, Expression, Function, Parameter, Place, Printed, Statement};

/// Why a text cannot be read.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// It goes on in the next line.
    Incomplete,
    Wrong(String),
}

/// How deep expressions and statements may lie in each other.
const DEPTH_MAX: usize = 200;

type Parsed<T> = Result<T, Refusal>;

/// Reads statements; whether `quit` stands among them.
///
/// # Errors
/// It is wrong, or goes on.
pub fn parse(text: &str) -> Parsed<(Vec<Statement>, bool)> {
    if open_text(text) {
        return Err(Refusal::Incomplete);
    }
    let mut parser = Parser {
        tokens: tokens(text).map_err(Refusal::Wrong)?,
        depth: 0,
        quit: false,
    };
    let mut all = Vec::new();
    loop {
        parser.skip_ends();
        if *parser.peek() == Token::End {
            return Ok((all, parser.quit));
        }
        let statement = parser.statement()?;
        all.push(statement);
        if parser.quit {
            return Ok((all, true));
        }
        match parser.peek() {
            Token::Newline | Token::End | Token::Sign(";") => {}
            // `if (…) { … } x` and what follows a function's end.
            _ if matches!(
                all.last(),
                Some(Statement::Define(..) | Statement::Block(_))
            ) => {}
            _ => return Err(parser.wrong()),
        }
    }
}

/// Whether a text, a comment or the line itself has no end yet.
fn open_text(text: &str) -> bool {
    let mut rest = text;
    loop {
        let comment = rest.find("/*").unwrap_or(usize::MAX);
        let quote = rest.find('"').unwrap_or(usize::MAX);
        let hash = rest.find('#').unwrap_or(usize::MAX);
        let first = comment.min(quote).min(hash);
        if first == usize::MAX {
            return rest.ends_with("\\\n");
        }
        let (from, end) = if first == comment {
            (first + 2, "*/")
        } else if first == quote {
            (first + 1, "\"")
        } else {
            (first + 1, "\n")
        };
        match rest[from..].find(end) {
            Some(at) => rest = &rest[from + at + end.len()..],
            None => return first != hash,
        }
    }
}

struct Parser {
    tokens: VecDeque<Token>,
    depth: usize,
    quit: bool,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.front().unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        self.tokens.pop_front().unwrap_or(Token::End)
    }

    fn wrong(&self) -> Refusal {
        match self.peek() {
            Token::End => Refusal::Incomplete,
            _ => Refusal::Wrong("syntax error".to_owned()),
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(next) if *next == sign);
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.wrong())
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(name) if name == word)
    }

    fn name(&mut self) -> Parsed<String> {
        match self.peek() {
            Token::Name(_) => {}
            _ => return Err(self.wrong()),
        }
        match self.next() {
            Token::Name(name) => Ok(name),
            _ => Err(self.wrong()),
        }
    }

    fn skip_newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.next();
        }
    }

    fn skip_ends(&mut self) {
        while matches!(self.peek(), Token::Newline | Token::Sign(";")) {
            self.next();
        }
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEPTH_MAX {
            return Err(Refusal::Wrong("too deep".to_owned()));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn statement(&mut self) -> Parsed<Statement> {
        self.deeper(Self::statement_here)
    }

    fn statement_here(&mut self) -> Parsed<Statement> {
        match self.peek().clone() {
            Token::Text(text) => {
                self.next();
                Ok(Statement::Text(text))
            }
            Token::Sign("{") => {
                self.next();
                Ok(Statement::Block(self.block()?))
            }
            Token::Sign(";") | Token::Newline => Ok(Statement::Nothing),
            Token::Name(word) => match word.as_str() {
                "print" => self.print(),
                "if" => self.conditional(),
                "while" => {
                    self.next();
                    self.expect("(")?;
                    let condition = self.expression()?;
                    self.expect(")")?;
                    Ok(Statement::While(condition, self.body()?))
                }
                "for" => self.for_loop(),
                "define" => self.define(),
                "return" => {
                    self.next();
                    let value = match self.peek() {
                        Token::Newline | Token::End | Token::Sign(";" | "}") => None,
                        _ => Some(self.expression()?),
                    };
                    Ok(Statement::Return(value))
                }
                "break" => self.word(Statement::Break),
                "continue" => self.word(Statement::Continue),
                "halt" => self.word(Statement::Halt),
                "limits" => self.word(Statement::Limits),
                "warranty" => self.word(Statement::Nothing),
                "quit" => {
                    self.quit = true;
                    self.word(Statement::Nothing)
                }
                _ => Ok(Statement::Expression(self.expression()?)),
            },
            _ => Ok(Statement::Expression(self.expression()?)),
        }
    }

    fn word(&mut self, statement: Statement) -> Parsed<Statement> {
        self.next();
        Ok(statement)
    }

    fn block(&mut self) -> Parsed<Vec<Statement>> {
        let mut all = Vec::new();
        loop {
            self.skip_ends();
            if self.take("}") {
                return Ok(all);
            }
            all.push(self.statement()?);
            match self.peek() {
                Token::Newline | Token::Sign(";" | "}") => {}
                _ if matches!(all.last(), Some(Statement::Block(_))) => {}
                _ => return Err(self.wrong()),
            }
        }
    }

    /// What an `if` or a loop does. It may stand in the next line.
    fn body(&mut self) -> Parsed<Box<Statement>> {
        self.skip_newlines();
        Ok(Box::new(self.statement()?))
    }

    fn print(&mut self) -> Parsed<Statement> {
        self.next();
        let mut all = Vec::new();
        loop {
            all.push(match self.peek().clone() {
                Token::Text(text) => {
                    self.next();
                    Printed::Text(text)
                }
                _ => Printed::Value(self.expression()?),
            });
            if !self.take(",") {
                return Ok(Statement::Print(all));
            }
        }
    }

    fn conditional(&mut self) -> Parsed<Statement> {
        self.next();
        self.expect("(")?;
        let condition = self.expression()?;
        self.expect(")")?;
        let then = self.body()?;
        // `else` may stand behind a line's end, as long as that line has been read.
        let ends = self
            .tokens
            .iter()
            .take_while(|token| matches!(token, Token::Newline | Token::Sign(";")))
            .count();
        let follows = matches!(self.tokens.get(ends), Some(Token::Name(word)) if word == "else");
        if !follows {
            return Ok(Statement::If(condition, then, None));
        }
        self.tokens.drain(..=ends);
        Ok(Statement::If(condition, then, Some(self.body()?)))
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        self.next();
        self.expect("(")?;
        let mut parts = [None, None, None];
        for (index, end) in [";", ";", ")"].into_iter().enumerate() {
            if !self.take(end) {
                parts[index] = Some(self.expression()?);
                self.expect(end)?;
            }
        }
        let [first, condition, step] = parts;
        Ok(Statement::For(first, condition, step, self.body()?))
    }

    fn parameters(&mut self, end: Option<&str>) -> Parsed<Vec<Parameter>> {
        let mut all = Vec::new();
        if end.is_some_and(|end| self.take(end)) {
            return Ok(all);
        }
        loop {
            let by_reference = self.take("*") || self.take("&");
            let name = self.name()?;
            all.push(if self.take("[") {
                self.expect("]")?;
                if by_reference {
                    Parameter::Reference(name)
                } else {
                    Parameter::Array(name)
                }
            } else {
                Parameter::Value(name)
            });
            if !self.take(",") {
                break;
            }
        }
        match end {
            Some(end) => self.expect(end)?,
            None => self.skip_ends(),
        }
        Ok(all)
    }

    fn define(&mut self) -> Parsed<Statement> {
        self.next();
        let mut name = self.name()?;
        let is_void = name == "void" && matches!(self.peek(), Token::Name(_));
        if is_void {
            name = self.name()?;
        }
        self.expect("(")?;
        let parameters = self.parameters(Some(")"))?;
        self.skip_newlines();
        self.expect("{")?;
        self.skip_ends();
        let mut locals = Vec::new();
        while self.is_word("auto") {
            self.next();
            locals.extend(self.parameters(None)?);
        }
        let body = self.block()?;
        let function = Function {
            parameters,
            locals,
            body,
            is_void,
        };
        Ok(Statement::Define(name, function))
    }

    fn expression(&mut self) -> Parsed<Expression> {
        self.deeper(Self::or)
    }

    fn or(&mut self) -> Parsed<Expression> {
        self.chain(&["||"], Self::and)
    }

    fn and(&mut self) -> Parsed<Expression> {
        self.chain(&["&&"], Self::not)
    }

    fn not(&mut self) -> Parsed<Expression> {
        if self.take("!") {
            return Ok(Expression::Not(Box::new(self.not()?)));
        }
        self.chain(&["<=", ">=", "==", "!=", "<", ">"], Self::assignment)
    }

    /// Operators of one strength, from left to right.
    fn chain(
        &mut self,
        signs: &[&'static str],
        operand: fn(&mut Self) -> Parsed<Expression>,
    ) -> Parsed<Expression> {
        let mut left = operand(self)?;
        while let Token::Sign(sign) = *self.peek()
            && let Some(sign) = signs.iter().find(|known| **known == sign)
        {
            self.next();
            let right = operand(self)?;
            left = Expression::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn assignment(&mut self) -> Parsed<Expression> {
        let left = self.chain(&["+", "-"], Self::product)?;
        if let Expression::Place(place) = &left
            && let Token::Sign(sign) = *self.peek()
            && let Some(operator) = ["=", "+=", "-=", "*=", "/=", "%=", "^="]
                .into_iter()
                .find(|known| *known == sign)
        {
            self.next();
            let value = self.deeper(Self::assignment)?;
            let operator = &operator[..operator.len() - 1];
            return Ok(Expression::Assign(place.clone(), operator, Box::new(value)));
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed<Expression> {
        self.chain(&["*", "/", "%"], Self::power)
    }

    fn power(&mut self) -> Parsed<Expression> {
        let base = self.unary()?;
        if !self.take("^") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::power)?;
        Ok(Expression::Binary("^", Box::new(base), Box::new(exponent)))
    }

    fn unary(&mut self) -> Parsed<Expression> {
        if self.take("-") {
            let inner = self.deeper(Self::unary)?;
            return Ok(Expression::Negated(Box::new(inner)));
        }
        for (sign, by) in [("++", 1), ("--", -1)] {
            if self.take(sign) {
                return match self.primary()? {
                    Expression::Place(place) => Ok(Expression::Step(place, by, true)),
                    _ => Err(Refusal::Wrong("syntax error".to_owned())),
                };
            }
        }
        let value = self.primary()?;
        for (sign, by) in [("++", 1), ("--", -1)] {
            if let Expression::Place(place) = &value
                && self.take(sign)
            {
                return Ok(Expression::Step(place.clone(), by, false));
            }
        }
        Ok(value)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        if self.take("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(Expression::Group(Box::new(inner)));
        }
        if self.take(".") {
            return Ok(Expression::Place(Place::Last));
        }
        match self.peek().clone() {
            Token::Number(digits) => {
                self.next();
                let number = Number::parse(&digits, 10);
                Ok(Expression::Number(digits, number))
            }
            Token::Name(name) => {
                self.next();
                self.named(name)
            }
            _ => Err(self.wrong()),
        }
    }

    fn named(&mut self, name: String) -> Parsed<Expression> {
        if self.take("(") {
            return self.call(name);
        }
        if self.take("[") {
            let index = self.expression()?;
            self.expect("]")?;
            return Ok(Expression::Place(Place::Element(name, Box::new(index))));
        }
        Ok(Expression::Place(match name.as_str() {
            "ibase" => Place::InputBase,
            "obase" => Place::OutputBase,
            "scale" => Place::Scale,
            "last" => Place::Last,
            "if" | "else" | "while" | "for" | "define" | "return" | "auto" | "print" | "quit" => {
                return Err(Refusal::Wrong("syntax error".to_owned()));
            }
            _ => Place::Variable(name),
        }))
    }

    fn call(&mut self, name: String) -> Parsed<Expression> {
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.argument()?);
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        let build = match name.as_str() {
            "length" => Expression::Length,
            "scale" => Expression::Digits,
            "sqrt" => Expression::Root,
            "read" if arguments.is_empty() => return Ok(Expression::Read),
            _ => return Ok(Expression::Call(name, arguments)),
        };
        match <[Argument; 1]>::try_from(arguments) {
            Ok([Argument::Value(value)]) => Ok(build(Box::new(value))),
            _ => Err(Refusal::Wrong("syntax error".to_owned())),
        }
    }

    fn argument(&mut self) -> Parsed<Argument> {
        let array = match (self.tokens.front(), self.tokens.get(1), self.tokens.get(2)) {
            (Some(Token::Name(name)), Some(Token::Sign("[")), Some(Token::Sign("]"))) => {
                Some(name.clone())
            }
            _ => None,
        };
        match array {
            Some(name) => {
                self.tokens.drain(..3);
                Ok(Argument::Array(name))
            }
            None => Ok(Argument::Value(self.expression()?)),
        }
    }
}
