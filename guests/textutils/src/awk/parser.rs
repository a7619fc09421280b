//! From tokens to a program.

use std::collections::HashMap;
use std::rc::Rc;

use super::lexer::{Keyword, Token, tokens};
use super::syntax::*;

/// Expressions within expressions, and statements within statements.
const DEPTH_MAX: usize = 500;

type Result<T> = std::result::Result<T, String>;

/// Reads a program.
pub fn parse(source: &[u8]) -> Result<Program> {
    let mut parser = Parser {
        tokens: tokens(source)?,
        at: 0,
        program: Program {
            globals: SPECIAL.iter().map(ToString::to_string).collect(),
            ..Program::default()
        },
        locals: HashMap::new(),
        functions: HashMap::new(),
        defined: Vec::new(),
        no_in: false,
        no_greater: false,
        depth: 0,
    };
    parser.run()?;
    super::arrays::settle(&mut parser.program);
    Ok(parser.program)
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    program: Program,
    /// Parameters of the function that is being read.
    locals: HashMap<String, usize>,
    functions: HashMap<String, usize>,
    defined: Vec<bool>,
    /// `in` ends the expression: it is that of a `for`.
    no_in: bool,
    /// `>` ends the expression: it is that of a `print`.
    no_greater: bool,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].0
    }

    fn ahead(&self, by: usize) -> &Token {
        self.tokens
            .get(self.at + by)
            .map_or(&Token::End, |(token, _)| token)
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].0.clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(here) if *here == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let there = self.is(sign);
        if there {
            self.next();
        }
        there
    }

    fn eat_keyword(&mut self, keyword: Keyword) -> bool {
        let there = *self.peek() == Token::Keyword(keyword);
        if there {
            self.next();
        }
        there
    }

    fn expect(&mut self, sign: &str) -> Result<()> {
        if self.eat(sign) { Ok(()) } else { self.wrong() }
    }

    fn wrong<T>(&self) -> Result<T> {
        let line = self.tokens[self.at].1;
        let near = match self.peek() {
            Token::Newline => "end of line".to_owned(),
            Token::End => "end of program".to_owned(),
            Token::Number(number) => number.to_string(),
            Token::String(text) => format!("\"{}\"", String::from_utf8_lossy(text)),
            Token::Regex(text) => format!("/{}/", String::from_utf8_lossy(text)),
            Token::Name(name) | Token::Function(name) => name.clone(),
            Token::Builtin(builtin) => format!("{builtin:?}").to_lowercase(),
            Token::Keyword(keyword) => format!("{keyword:?}").to_lowercase(),
            Token::Sign(sign) => (*sign).to_owned(),
        };
        Err(format!("line {line}: syntax error at or near {near}"))
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("the program is nested too deeply".to_owned());
        }
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.next();
        }
    }

    fn separators(&mut self) {
        while *self.peek() == Token::Newline || self.is(";") {
            self.next();
        }
    }

    fn run(&mut self) -> Result<()> {
        self.separators();
        while *self.peek() != Token::End {
            self.item()?;
            self.separators();
        }
        let missing = self.defined.iter().position(|defined| !defined);
        if let Some(missing) = missing {
            return Err(format!(
                "function {} is not defined",
                self.program.functions[missing].name
            ));
        }
        Ok(())
    }

    fn item(&mut self) -> Result<()> {
        if self.eat_keyword(Keyword::Function) {
            return self.function();
        }
        if self.eat_keyword(Keyword::Begin) {
            self.newlines();
            let action = self.braced()?;
            self.program.begin.push(action);
            return Ok(());
        }
        if self.eat_keyword(Keyword::End) {
            self.newlines();
            let action = self.braced()?;
            self.program.end.push(action);
            return Ok(());
        }
        let condition = if self.is("{") {
            Condition::Always
        } else {
            let first = self.expression()?;
            if self.eat(",") {
                self.newlines();
                let last = self.expression()?;
                self.program.ranges += 1;
                Condition::Between(first, last, self.program.ranges - 1)
            } else {
                Condition::When(first)
            }
        };
        let action = if self.is("{") {
            Some(self.braced()?)
        } else {
            None
        };
        self.program.rules.push(Rule { condition, action });
        Ok(())
    }

    fn function(&mut self) -> Result<()> {
        let name = match self.next() {
            Token::Name(name) | Token::Function(name) => name,
            _ => return self.wrong(),
        };
        let index = self.function_named(&name);
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.is(")") {
            let Token::Name(parameter) = self.next() else {
                return self.wrong();
            };
            parameters.push(parameter);
            self.newlines();
            if !self.eat(",") {
                break;
            }
            self.newlines();
        }
        self.expect(")")?;
        self.newlines();
        self.locals = parameters.iter().cloned().zip(0..).collect();
        let body = self.braced();
        self.locals.clear();
        self.program.functions[index] = Function {
            name,
            arrays: vec![false; parameters.len()],
            body: body?,
        };
        self.defined[index] = true;
        Ok(())
    }

    fn function_named(&mut self, name: &str) -> usize {
        if let Some(index) = self.functions.get(name) {
            return *index;
        }
        let index = self.program.functions.len();
        self.program.functions.push(Function {
            name: name.to_owned(),
            ..Function::default()
        });
        self.defined.push(false);
        self.functions.insert(name.to_owned(), index);
        index
    }

    fn variable(&mut self, name: &str) -> Variable {
        if let Some(index) = self.locals.get(name) {
            return Variable::Local(*index);
        }
        let globals = &mut self.program.globals;
        match globals.iter().position(|known| known == name) {
            Some(index) => Variable::Global(index),
            None => {
                globals.push(name.to_owned());
                Variable::Global(globals.len() - 1)
            }
        }
    }

    fn braced(&mut self) -> Result<Vec<Statement>> {
        self.expect("{")?;
        let mut statements = Vec::new();
        self.separators();
        while !self.is("}") {
            if *self.peek() == Token::End {
                return self.wrong();
            }
            statements.push(self.deeper(Self::statement)?);
            self.separators();
        }
        self.expect("}")?;
        Ok(statements)
    }

    /// The body of `if` and its like: a statement, or a semicolon for none.
    fn body(&mut self) -> Result<Vec<Statement>> {
        self.newlines();
        if self.eat(";") {
            return Ok(Vec::new());
        }
        if self.is("{") {
            return self.braced();
        }
        Ok(vec![self.deeper(Self::statement)?])
    }

    fn end_of_statement(&mut self) -> Result<()> {
        match self.peek() {
            Token::Newline | Token::Sign(";") => {
                self.next();
                Ok(())
            }
            Token::Sign("}") | Token::End => Ok(()),
            _ => self.wrong(),
        }
    }

    fn statement(&mut self) -> Result<Statement> {
        if self.is("{") {
            return Ok(Statement::Block(self.braced()?));
        }
        let Token::Keyword(keyword) = *self.peek() else {
            let statement = self.simple()?;
            self.end_of_statement()?;
            return Ok(statement);
        };
        match keyword {
            Keyword::If => {
                self.next();
                self.expect("(")?;
                let condition = self.expression()?;
                self.expect(")")?;
                let yes = self.body()?;
                // An `else` may stand behind ends of lines, which belong to nobody otherwise.
                let before = self.at;
                self.separators();
                let no = if self.eat_keyword(Keyword::Else) {
                    self.body()?
                } else {
                    self.at = before;
                    Vec::new()
                };
                return Ok(Statement::If(condition, yes, no));
            }
            Keyword::While => {
                self.next();
                self.expect("(")?;
                let condition = self.expression()?;
                self.expect(")")?;
                return Ok(Statement::While(condition, self.body()?));
            }
            Keyword::Do => {
                self.next();
                let body = self.body()?;
                self.separators();
                if !self.eat_keyword(Keyword::While) {
                    return self.wrong();
                }
                self.expect("(")?;
                let condition = self.expression()?;
                self.expect(")")?;
                self.end_of_statement()?;
                return Ok(Statement::Do(body, condition));
            }
            Keyword::For => {
                self.next();
                return self.for_loop();
            }
            _ => {}
        }
        let statement = self.simple()?;
        self.end_of_statement()?;
        Ok(statement)
    }

    fn for_loop(&mut self) -> Result<Statement> {
        self.expect("(")?;
        if let (
            Token::Name(name),
            Token::Keyword(Keyword::In),
            Token::Name(array),
            Token::Sign(")"),
        ) = (self.peek(), self.ahead(1), self.ahead(2), self.ahead(3))
        {
            let (name, array) = (name.clone(), array.clone());
            self.at += 4;
            let (variable, array) = (self.variable(&name), self.variable(&array));
            return Ok(Statement::ForIn(variable, array, self.body()?));
        }
        let start = if self.is(";") {
            None
        } else {
            Some(Box::new(self.simple()?))
        };
        self.expect(";")?;
        self.newlines();
        let condition = if self.is(";") {
            None
        } else {
            Some(self.expression()?)
        };
        self.expect(";")?;
        self.newlines();
        let step = if self.is(")") {
            None
        } else {
            Some(Box::new(self.simple()?))
        };
        self.expect(")")?;
        Ok(Statement::For(start, condition, step, self.body()?))
    }

    /// A statement without its end.
    fn simple(&mut self) -> Result<Statement> {
        let Token::Keyword(keyword) = *self.peek() else {
            return Ok(Statement::Expression(self.expression()?));
        };
        if keyword == Keyword::Getline {
            return Ok(Statement::Expression(self.expression()?));
        }
        self.next();
        let ends = matches!(
            self.peek(),
            Token::Newline | Token::Sign(";" | "}") | Token::End
        );
        Ok(match keyword {
            Keyword::Print | Keyword::Printf => {
                let arguments = if ends || self.is(">") || self.is(">>") || self.is("|") {
                    Vec::new()
                } else {
                    self.no_greater = true;
                    let list = self.list();
                    self.no_greater = false;
                    list?
                };
                let arguments = match <[Expression; 1]>::try_from(arguments) {
                    Ok([Expression::List(list)]) => list,
                    Ok([one]) => vec![one],
                    Err(list) => list,
                };
                let redirect = self.redirect()?;
                if keyword == Keyword::Print {
                    Statement::Print(arguments, redirect)
                } else {
                    if arguments.is_empty() {
                        return self.wrong();
                    }
                    Statement::Printf(arguments, redirect)
                }
            }
            Keyword::Next => Statement::Next,
            Keyword::NextFile => Statement::NextFile,
            Keyword::Break => Statement::Break,
            Keyword::Continue => Statement::Continue,
            Keyword::Exit if ends => Statement::Exit(None),
            Keyword::Exit => Statement::Exit(Some(self.expression()?)),
            Keyword::Return if ends => Statement::Return(None),
            Keyword::Return => Statement::Return(Some(self.expression()?)),
            Keyword::Delete => {
                let Token::Name(name) = self.next() else {
                    return self.wrong();
                };
                let array = self.variable(&name);
                let subscripts = if self.eat("[") {
                    let list = self.list()?;
                    self.expect("]")?;
                    Some(list)
                } else {
                    None
                };
                Statement::Delete(array, subscripts)
            }
            _ => return self.wrong(),
        })
    }

    fn redirect(&mut self) -> Result<Option<Redirect>> {
        let make: fn(Expression) -> Redirect = match self.peek() {
            Token::Sign(">") => Redirect::Create,
            Token::Sign(">>") => Redirect::Append,
            Token::Sign("|") => Redirect::Pipe,
            _ => return Ok(None),
        };
        self.next();
        self.no_greater = true;
        let target = self.concatenation();
        self.no_greater = false;
        Ok(Some(make(target?)))
    }

    fn list(&mut self) -> Result<Vec<Expression>> {
        let mut list = vec![self.expression()?];
        while self.eat(",") {
            self.newlines();
            list.push(self.expression()?);
        }
        Ok(list)
    }

    fn expression(&mut self) -> Result<Expression> {
        self.deeper(Self::ternary)
    }

    fn ternary(&mut self) -> Result<Expression> {
        let condition = self.or()?;
        if self.eat("?") {
            self.newlines();
            let yes = self.deeper(Self::ternary)?;
            self.newlines();
            self.expect(":")?;
            self.newlines();
            let no = self.deeper(Self::ternary)?;
            return Ok(Expression::Conditional(
                Box::new(condition),
                Box::new(yes),
                Box::new(no),
            ));
        }
        self.assignment(condition)
    }

    /// What stands left of `=` has been read as an expression already.
    fn assignment(&mut self, left: Expression) -> Result<Expression> {
        let operator = match self.peek() {
            Token::Sign("=") => None,
            Token::Sign("+=") => Some(Operator::Add),
            Token::Sign("-=") => Some(Operator::Subtract),
            Token::Sign("*=") => Some(Operator::Multiply),
            Token::Sign("/=") => Some(Operator::Divide),
            Token::Sign("%=") => Some(Operator::Modulo),
            Token::Sign("^=") => Some(Operator::Power),
            _ => return Ok(left),
        };
        // `a && b = 1` and `1 - x = 2` assign to what stands nearest.
        match left {
            Expression::Get(place) => {
                self.next();
                self.newlines();
                let value = Box::new(self.deeper(Self::ternary)?);
                Ok(match operator {
                    None => Expression::Assign(Box::new(place), value),
                    Some(operator) => Expression::Update(Box::new(place), operator, value),
                })
            }
            Expression::And(one, other) => {
                let other = self.assignment(*other)?;
                Ok(Expression::And(one, Box::new(other)))
            }
            Expression::Or(one, other) => {
                let other = self.assignment(*other)?;
                Ok(Expression::Or(one, Box::new(other)))
            }
            Expression::Not(one) => Ok(Expression::Not(Box::new(self.assignment(*one)?))),
            Expression::Compare(comparison, one, other) => {
                let other = self.assignment(*other)?;
                Ok(Expression::Compare(comparison, one, Box::new(other)))
            }
            Expression::Match(negated, one, other) => {
                let other = self.assignment(*other)?;
                Ok(Expression::Match(negated, one, Box::new(other)))
            }
            _ => self.wrong(),
        }
    }

    fn or(&mut self) -> Result<Expression> {
        let mut left = self.and()?;
        while self.eat("||") {
            self.newlines();
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression> {
        let mut left = self.membership()?;
        while self.eat("&&") {
            self.newlines();
            left = Expression::And(Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Result<Expression> {
        let mut left = self.matching()?;
        while !self.no_in && *self.peek() == Token::Keyword(Keyword::In) {
            self.next();
            let Token::Name(name) = self.next() else {
                return self.wrong();
            };
            let subscripts = match left {
                Expression::List(list) => list,
                other => vec![other],
            };
            left = Expression::In(subscripts, self.variable(&name));
        }
        Ok(left)
    }

    fn matching(&mut self) -> Result<Expression> {
        let mut left = self.comparison()?;
        loop {
            let negated = match self.peek() {
                Token::Sign("~") => false,
                Token::Sign("!~") => true,
                _ => return Ok(left),
            };
            self.next();
            let right = self.comparison()?;
            left = Expression::Match(negated, Box::new(left), Box::new(right));
        }
    }

    fn comparison(&mut self) -> Result<Expression> {
        let mut left = self.concatenation()?;
        loop {
            let comparison = match self.peek() {
                Token::Sign("<") => Comparison::Less,
                Token::Sign("<=") => Comparison::LessOrEqual,
                Token::Sign("==") => Comparison::Equal,
                Token::Sign("!=") => Comparison::NotEqual,
                Token::Sign(">") if !self.no_greater => Comparison::Greater,
                Token::Sign(">=") => Comparison::GreaterOrEqual,
                Token::Sign("|") if *self.ahead(1) == Token::Keyword(Keyword::Getline) => {
                    self.at += 2;
                    let place = self.optional_place()?;
                    left = Expression::Getline(Source::Command(Box::new(left)), place);
                    continue;
                }
                _ => return Ok(left),
            };
            self.next();
            let right = self.concatenation()?;
            left = Expression::Compare(comparison, Box::new(left), Box::new(right));
        }
    }

    fn concatenation(&mut self) -> Result<Expression> {
        let mut left = self.additive()?;
        loop {
            let goes_on = matches!(
                self.peek(),
                Token::Number(_)
                    | Token::String(_)
                    | Token::Regex(_)
                    | Token::Name(_)
                    | Token::Function(_)
                    | Token::Builtin(_)
                    | Token::Sign("$" | "!" | "(" | "-" | "+" | "++" | "--")
            );
            if !goes_on {
                return Ok(left);
            }
            let right = self.additive()?;
            left = Expression::Concatenate(Box::new(left), Box::new(right));
        }
    }

    fn additive(&mut self) -> Result<Expression> {
        let mut left = self.multiplicative()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("+") => Operator::Add,
                Token::Sign("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            self.next();
            let right = self.multiplicative()?;
            left = Expression::Arithmetic(operator, Box::new(left), Box::new(right));
        }
    }

    fn multiplicative(&mut self) -> Result<Expression> {
        let mut left = self.unary()?;
        loop {
            let operator = match self.peek() {
                Token::Sign("*") => Operator::Multiply,
                Token::Sign("/") => Operator::Divide,
                Token::Sign("%") => Operator::Modulo,
                _ => return Ok(left),
            };
            self.next();
            let right = self.unary()?;
            left = Expression::Arithmetic(operator, Box::new(left), Box::new(right));
        }
    }

    fn unary(&mut self) -> Result<Expression> {
        if self.eat("!") {
            return Ok(Expression::Not(Box::new(self.deeper(Self::unary)?)));
        }
        if self.eat("-") {
            return Ok(Expression::Negative(Box::new(self.deeper(Self::unary)?)));
        }
        if self.eat("+") {
            return Ok(Expression::Positive(Box::new(self.deeper(Self::unary)?)));
        }
        self.power()
    }

    fn power(&mut self) -> Result<Expression> {
        let base = self.postfix()?;
        if self.eat("^") {
            // Binds to the right, and its right side may have a sign.
            let exponent = self.deeper(Self::unary)?;
            return Ok(Expression::Arithmetic(
                Operator::Power,
                Box::new(base),
                Box::new(exponent),
            ));
        }
        Ok(base)
    }

    fn postfix(&mut self) -> Result<Expression> {
        let primary = self.primary()?;
        if let Expression::Get(place) = &primary {
            for (sign, by) in [("++", 1.0), ("--", -1.0)] {
                if self.is(sign) {
                    let place = place.clone();
                    self.next();
                    return Ok(Expression::Step(Box::new(place), by, false));
                }
            }
        }
        Ok(primary)
    }

    fn primary(&mut self) -> Result<Expression> {
        match self.next() {
            Token::Number(number) => Ok(Expression::Number(number)),
            Token::String(text) => Ok(Expression::String(text)),
            Token::Regex(text) => Ok(Expression::Regex(text)),
            Token::Sign("$") => {
                let inner = if self.is("++")
                    || self.is("--")
                    || self.is("-")
                    || self.is("+")
                    || self.is("!")
                {
                    self.deeper(Self::unary)?
                } else {
                    self.deeper(Self::primary)?
                };
                Ok(Expression::Get(Place::Field(Box::new(inner))))
            }
            Token::Sign(sign @ ("++" | "--")) => {
                let by = if sign == "++" { 1.0 } else { -1.0 };
                match self.deeper(Self::primary)? {
                    Expression::Get(place) => Ok(Expression::Step(Box::new(place), by, true)),
                    _ => self.wrong(),
                }
            }
            Token::Sign(sign @ ("-" | "+")) => {
                let inner = Box::new(self.deeper(Self::unary)?);
                Ok(if sign == "-" {
                    Expression::Negative(inner)
                } else {
                    Expression::Positive(inner)
                })
            }
            Token::Sign("(") => {
                let (no_in, no_greater) = (self.no_in, self.no_greater);
                (self.no_in, self.no_greater) = (false, false);
                self.newlines();
                let list = self.list();
                (self.no_in, self.no_greater) = (no_in, no_greater);
                let mut list = list?;
                self.newlines();
                self.expect(")")?;
                match (list.len(), list.pop()) {
                    (1, Some(one)) => Ok(Expression::Grouped(Box::new(one))),
                    (_, last) => {
                        list.extend(last);
                        Ok(Expression::List(list))
                    }
                }
            }
            Token::Name(name) => {
                let variable = self.variable(&name);
                if self.eat("[") {
                    let (no_in, no_greater) = (self.no_in, self.no_greater);
                    (self.no_in, self.no_greater) = (false, false);
                    let subscripts = self.list();
                    (self.no_in, self.no_greater) = (no_in, no_greater);
                    let subscripts = subscripts?;
                    self.expect("]")?;
                    return Ok(Expression::Get(Place::Element(variable, subscripts)));
                }
                Ok(Expression::Get(Place::Variable(variable)))
            }
            Token::Function(name) => {
                let index = self.function_named(&name);
                let arguments = self.arguments()?;
                Ok(Expression::Call(index, arguments))
            }
            Token::Builtin(builtin) => {
                if self.is("(") {
                    let arguments = self.arguments()?;
                    return Ok(Expression::Builtin(builtin, arguments));
                }
                if builtin == Builtin::Length {
                    return Ok(Expression::Builtin(builtin, Vec::new()));
                }
                self.wrong()
            }
            Token::Keyword(Keyword::Getline) => {
                let place = self.optional_place()?;
                let source = if self.eat("<") {
                    Source::File(Box::new(self.deeper(Self::primary)?))
                } else {
                    Source::Input
                };
                Ok(Expression::Getline(source, place))
            }
            _ => {
                self.at = self.at.saturating_sub(1);
                self.wrong()
            }
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expression>> {
        self.expect("(")?;
        let (no_in, no_greater) = (self.no_in, self.no_greater);
        (self.no_in, self.no_greater) = (false, false);
        self.newlines();
        let list = if self.is(")") {
            Ok(Vec::new())
        } else {
            self.list()
        };
        (self.no_in, self.no_greater) = (no_in, no_greater);
        let list = list?;
        self.newlines();
        self.expect(")")?;
        Ok(list)
    }

    /// A place that may stand behind `getline`.
    fn optional_place(&mut self) -> Result<Option<Box<Place>>> {
        if !matches!(self.peek(), Token::Name(_) | Token::Sign("$")) {
            return Ok(None);
        }
        match self.primary()? {
            Expression::Get(place) => Ok(Some(Box::new(place))),
            _ => self.wrong(),
        }
    }
}

/// The empty text.
pub fn empty() -> Text {
    Rc::from(&b""[..])
}
