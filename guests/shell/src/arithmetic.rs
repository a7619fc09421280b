//! Arithmetic: 64-bit integers with C's operators, evaluated while it is read.
//!
//! As in bash the expression is text whose expansions have been done, and a variable's value is an
//! expression again. Operands that do not count (`0 && x++`) are read without effect.

use crate::brackets;
use crate::options::SetOption;
use crate::parameters::Key;
use crate::shell::{Shell, Unwind};
use crate::text::{is_name_byte, is_name_start};

/// How deep parentheses and values of variables may nest.
const EXPRESSION_MAX_LEVELS: u32 = 128;

/// What went wrong: the reason and the text it was found at.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Failure {
    reason: &'static str,
    /// The expression it is in, which may be the value of a variable.
    expression: String,
    at: String,
    /// The message has been given, and what to do is decided.
    unwind: Option<Unwind>,
}

type Evaluated<T> = Result<T, Failure>;

impl Shell {
    /// The value of an expression.
    ///
    /// # Errors
    /// It is none; the message has been given.
    pub fn arithmetic(&mut self, expression: &str) -> Result<i64, Unwind> {
        self.arithmetic_for(expression, "")
    }

    /// The same, with something before the message, as `let` puts it.
    ///
    /// # Errors
    /// It is none; the message has been given.
    pub fn arithmetic_for(&mut self, expression: &str, prefix: &str) -> Result<i64, Unwind> {
        if let Ok(number) = expression.parse::<i64>()
            && !expression.starts_with(['0', '+', '-'])
        {
            return Ok(number);
        }
        match self.evaluate(expression, 0) {
            Ok(value) => Ok(value),
            Err(Failure {
                unwind: Some(unwind),
                ..
            }) => Err(unwind),
            Err(failure) => {
                self.error(&format!(
                    "{prefix}{}: {} (error token is \"{}\")",
                    failure.expression.trim_start(),
                    failure.reason,
                    failure.at
                ));
                Err(Unwind::Discard(1))
            }
        }
    }

    fn evaluate(&mut self, text: &str, depth: u32) -> Evaluated<i64> {
        if depth > EXPRESSION_MAX_LEVELS {
            return Err(Failure {
                reason: "expression recursion level exceeded",
                expression: text.to_owned(),
                at: text.to_owned(),
                unwind: None,
            });
        }
        let mut evaluator = Evaluator {
            shell: self,
            text,
            position: 0,
            token: 0,
            operand: None,
            depth,
            skipping: 0,
        };
        evaluator.skip_blanks();
        if evaluator.at_end() {
            return Ok(0);
        }
        let value = evaluator.comma()?;
        if evaluator.at_end() {
            Ok(value)
        } else {
            let operators = b"=><+-*/%!()&|?:^~,";
            let known = evaluator.byte().is_some_and(|byte| {
                byte.is_ascii_alphanumeric() || byte == b'_' || operators.contains(&byte)
            });
            Err(evaluator.fail(if known {
                "syntax error in expression"
            } else {
                "syntax error: invalid arithmetic operator"
            }))
        }
    }
}

/// Something that can be assigned to.
#[derive(Clone, Debug)]
struct Place {
    name: String,
    subscript: Option<String>,
    /// What the subscript means, once it was evaluated: its effects happen once.
    key: Option<Key>,
}

struct Evaluator<'a> {
    shell: &'a mut Shell,
    text: &'a str,
    position: usize,
    /// Where the last token that was read begins.
    token: usize,
    /// The variable the last operand is, if it is nothing else: it can be assigned to.
    operand: Option<Place>,
    depth: u32,
    /// Above 0, nothing has an effect.
    skipping: u32,
}

/// Operators between two operands with how strongly they bind, longest first.
const BINARY: [(&str, u8); 20] = [
    ("**", 13),
    ("<<", 10),
    (">>", 10),
    ("<=", 9),
    (">=", 9),
    ("==", 8),
    ("!=", 8),
    ("&&", 4),
    ("||", 3),
    ("*", 12),
    ("/", 12),
    ("%", 12),
    ("+", 11),
    ("-", 11),
    ("<", 9),
    (">", 9),
    ("&", 7),
    ("^", 6),
    ("|", 5),
    ("?", 2),
];
/// Operators that assign, longest first.
const ASSIGNMENTS: [&str; 11] = [
    "<<=", ">>=", "*=", "/=", "%=", "+=", "-=", "&=", "^=", "|=", "=",
];

impl Evaluator<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn at_end(&self) -> bool {
        self.position >= self.text.len()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    fn fail(&self, reason: &'static str) -> Failure {
        let from = if self.at_end() {
            self.token
        } else {
            self.position
        };
        self.fail_at(reason, from)
    }

    /// Something is wrong with the text from there on.
    fn fail_at(&self, reason: &'static str, from: usize) -> Failure {
        Failure {
            reason,
            expression: self.text.to_owned(),
            at: self.text.get(from..).unwrap_or_default().to_owned(),
            unwind: None,
        }
    }

    /// Consumes this text and the blanks after it, if it is here.
    fn take(&mut self, token: &str) -> bool {
        let there = self.rest().starts_with(token);
        if there {
            self.pass(token.len());
        }
        there
    }

    /// Consumes a token of that length and the blanks after it.
    fn pass(&mut self, length: usize) {
        self.token = self.position;
        self.position += length;
        self.skip_blanks();
    }

    fn comma(&mut self) -> Evaluated<i64> {
        let mut value = self.assignment()?;
        while self.take(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    /// The operator here, if it is one that assigns.
    fn assigning(&self) -> Option<&'static str> {
        let rest = self.rest();
        let operator = ASSIGNMENTS
            .into_iter()
            .find(|operator| rest.starts_with(operator))?;
        (!rest.starts_with("==")).then_some(operator)
    }

    /// An operand, or an assignment to it.
    fn assignment(&mut self) -> Evaluated<i64> {
        let left = self.binary(2)?;
        let Some(operator) = self.assigning() else {
            return Ok(left);
        };
        let Some(mut place) = self.operand.take() else {
            return Err(self.fail("attempted assignment to non-variable"));
        };
        self.pass(operator.len());
        let start = self.position;
        let right = self.deeper(Self::assignment)?;
        let value = match operator.strip_suffix('=') {
            Some("") | None => right,
            Some(operation) => self.apply(operation, left, right, start)?,
        };
        self.assign(&mut place, value)?;
        self.operand = None;
        Ok(value)
    }

    /// The operator here, if it binds at least that strongly. One that assigns is none.
    fn operator(&self, least: u8) -> Option<(&'static str, u8)> {
        let rest = self.rest();
        let (operator, strength) = *BINARY
            .iter()
            .find(|(operator, _)| rest.starts_with(operator))?;
        let assigns = ASSIGNMENTS.iter().any(|assignment| {
            rest.starts_with(assignment)
                && assignment.len() > operator.len()
                && !rest.starts_with("==")
        });
        (!assigns && strength >= least).then_some((operator, strength))
    }

    /// Operands joined by operators that bind at least that strongly.
    fn binary(&mut self, least: u8) -> Evaluated<i64> {
        let mut left = self.unary()?;
        while let Some((operator, strength)) = self.operator(least) {
            self.pass(operator.len());
            left = match operator {
                "&&" => {
                    let right = self.skipped(left == 0, |this| this.binary(strength + 1))?;
                    i64::from(left != 0 && right != 0)
                }
                "||" => {
                    let right = self.skipped(left != 0, |this| this.binary(strength + 1))?;
                    i64::from(left != 0 || right != 0)
                }
                "?" => self.conditional(left)?,
                "**" => {
                    // Binds to the right.
                    let start = self.position;
                    let right = self.binary(strength)?;
                    self.power(left, right, start)?
                }
                _ => {
                    let start = self.position;
                    let right = self.binary(strength + 1)?;
                    self.apply(operator, left, right, start)?
                }
            };
            self.operand = None;
        }
        Ok(left)
    }

    fn skipped<T>(
        &mut self,
        skip: bool,
        read: impl FnOnce(&mut Self) -> Evaluated<T>,
    ) -> Evaluated<T> {
        self.skipping += u32::from(skip);
        let result = read(self);
        self.skipping -= u32::from(skip);
        result
    }

    /// `? a : b` after the question mark.
    fn conditional(&mut self, condition: i64) -> Evaluated<i64> {
        if self.at_end() || self.byte() == Some(b':') {
            return Err(self.fail("expression expected"));
        }
        let yes = self.skipped(condition == 0, Self::comma)?;
        self.operand = None;
        if !self.take(":") {
            return Err(self.fail("`:' expected for conditional expression"));
        }
        if self.at_end() {
            return Err(self.fail("expression expected"));
        }
        let no = self.skipped(condition != 0, |this| this.binary(2))?;
        Ok(if condition != 0 { yes } else { no })
    }

    fn power(&mut self, base: i64, exponent: i64, exponent_at: usize) -> Evaluated<i64> {
        if exponent < 0 && self.skipping == 0 {
            // Bash shows the number without its sign.
            let exponent = self.text.get(exponent_at..).unwrap_or_default();
            let signs = exponent.len() - exponent.trim_start_matches(['-', ' ']).len();
            return Err(self.fail_at("exponent less than 0", exponent_at + signs));
        }
        let mut result = 1_i64;
        let (mut base, mut exponent) = (base, exponent.max(0));
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = result.wrapping_mul(base);
            }
            base = base.wrapping_mul(base);
            exponent >>= 1;
        }
        Ok(result)
    }

    fn apply(&mut self, operator: &str, left: i64, right: i64, right_at: usize) -> Evaluated<i64> {
        Ok(match operator {
            "*" => left.wrapping_mul(right),
            "/" | "%" => {
                if right == 0 {
                    if self.skipping > 0 {
                        return Ok(0);
                    }
                    return Err(self.fail_at("division by 0", right_at));
                }
                if operator == "/" {
                    left.wrapping_div(right)
                } else {
                    left.wrapping_rem(right)
                }
            }
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "<<" => left.wrapping_shl((right & 63) as u32),
            ">>" => left.wrapping_shr((right & 63) as u32),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "&" => left & right,
            "^" => left ^ right,
            _ => left | right,
        })
    }

    fn unary(&mut self) -> Evaluated<i64> {
        self.skip_blanks();
        self.operand = None;
        let Some(byte) = self.byte() else {
            return Err(self.fail("syntax error: operand expected"));
        };
        let second = self.text.as_bytes().get(self.position + 1).copied();
        match byte {
            b'+' | b'-' if second == Some(byte) => {
                let before = self.position;
                self.pass(2);
                if self.byte().is_some_and(is_name_start) {
                    let mut place = self.place()?;
                    let step = if byte == b'+' { 1 } else { -1 };
                    let value = self.value_of(&mut place)?.wrapping_add(step);
                    self.assign(&mut place, value)?;
                    return Ok(value);
                }
                // `--5` is two signs.
                self.position = before + 1;
                self.token = before;
                let value = self.deeper(Self::unary)?;
                self.operand = None;
                Ok(if byte == b'-' {
                    value.wrapping_neg()
                } else {
                    value
                })
            }
            b'+' | b'-' | b'!' | b'~' => {
                self.pass(1);
                let value = self.deeper(Self::unary)?;
                self.operand = None;
                Ok(match byte {
                    b'-' => value.wrapping_neg(),
                    b'!' => i64::from(value == 0),
                    b'~' => !value,
                    _ => value,
                })
            }
            b'(' => {
                self.pass(1);
                let value = self.deeper(Self::comma)?;
                self.operand = None;
                if !self.take(")") {
                    return Err(self.fail("missing `)'"));
                }
                Ok(value)
            }
            byte if byte.is_ascii_digit() => self.number(),
            byte if is_name_start(byte) => self.variable(),
            _ => Err(self.fail("syntax error: operand expected")),
        }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Evaluated<T>) -> Evaluated<T> {
        self.depth += 1;
        if self.depth > EXPRESSION_MAX_LEVELS {
            return Err(self.fail("expression recursion level exceeded"));
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn number(&mut self) -> Evaluated<i64> {
        let start = self.position;
        while self
            .byte()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'@' | b'_'))
        {
            self.position += 1;
        }
        self.token = start;
        let literal = self.text.get(start..self.position).unwrap_or_default();
        let parsed = parse_number(literal);
        match parsed {
            Ok(value) => {
                self.skip_blanks();
                Ok(value)
            }
            // Bash shows nothing that stands behind the number.
            Err(reason) => Err(Failure {
                reason,
                expression: self
                    .text
                    .get(..self.position)
                    .unwrap_or_default()
                    .to_owned(),
                at: literal.to_owned(),
                unwind: None,
            }),
        }
    }

    /// A name with its subscript.
    fn place(&mut self) -> Evaluated<Place> {
        let start = self.position;
        self.token = start;
        while self.byte().is_some_and(is_name_byte) {
            self.position += 1;
        }
        let name = self
            .text
            .get(start..self.position)
            .unwrap_or_default()
            .to_owned();
        let mut subscript = None;
        if self.byte() == Some(b'[') {
            let open = self.position;
            let mut depth = 0_u32;
            loop {
                match self.byte() {
                    None => {
                        self.position = start;
                        return Err(self.fail("bad array subscript"));
                    }
                    Some(b'\\') => {
                        let escaped = self.rest().chars().nth(1);
                        self.position += escaped.map_or(0, char::len_utf8);
                    }
                    Some(quote @ (b'\'' | b'"')) => {
                        // Up to the quote that closes it; one that is not closed quotes nothing.
                        let after = self.rest().get(1..).unwrap_or_default();
                        self.position += after.find(char::from(quote)).map_or(0, |at| at + 1);
                    }
                    Some(b'[') => depth += 1,
                    Some(b']') => {
                        depth -= 1;
                        if depth == 0 {
                            break;
                        }
                    }
                    Some(_) => {}
                }
                self.position += 1;
            }
            subscript = self.text.get(open + 1..self.position).map(str::to_owned);
            self.position += 1;
        }
        self.skip_blanks();
        Ok(Place {
            name,
            subscript,
            key: None,
        })
    }

    fn variable(&mut self) -> Evaluated<i64> {
        let mut place = self.place()?;
        let rest = self.rest();
        if rest.starts_with("++") || rest.starts_with("--") {
            let step = if rest.starts_with("++") { 1 } else { -1 };
            self.pass(2);
            let value = self.value_of(&mut place)?;
            self.assign(&mut place, value.wrapping_add(step))?;
            return Ok(value);
        }
        let value = match self.assigning() {
            // What it was does not matter.
            Some("=") => 0,
            _ => self.value_of(&mut place)?,
        };
        self.operand = Some(place);
        Ok(value)
    }

    /// The value of a variable: its text as an expression.
    fn value_of(&mut self, place: &mut Place) -> Evaluated<i64> {
        if self.skipping > 0 {
            return Ok(0);
        }
        let text = match &place.subscript {
            None => self.shell.parameter(&place.name),
            Some(subscript) => {
                if place.key.is_none() {
                    place.key = self.key_if_any(&place.name, subscript)?;
                }
                let Some(key) = &place.key else {
                    self.shell
                        .error(&format!("{}: bad array subscript", place.name));
                    return Ok(0);
                };
                self.shell.element(&place.name, key)
            }
        };
        match text {
            None if self.shell.option(SetOption::NoUnset) => {
                self.shell
                    .error(&format!("{}: unbound variable", place.name));
                Err(decided(Unwind::Fatal(1)))
            }
            None => Ok(0),
            Some(text) => match text.parse::<i64>() {
                Ok(value) if !text.starts_with(['0', '+']) => Ok(value),
                _ => self.shell.evaluate(&text, self.depth + 1),
            },
        }
    }

    fn key_if_any(&mut self, name: &str, subscript: &str) -> Evaluated<Option<Key>> {
        let subscript = self.subscript(name, subscript)?;
        self.shell.key_if_any(name, &subscript).map_err(decided)
    }

    fn key(&mut self, place: &mut Place) -> Evaluated<Key> {
        if let Some(key) = &place.key {
            return Ok(key.clone());
        }
        let subscript = place.subscript.as_deref().unwrap_or_default();
        let subscript = self.subscript(&place.name, subscript)?;
        let key = self.shell.key(&place.name, &subscript).map_err(decided)?;
        place.key = Some(key.clone());
        Ok(key)
    }

    /// The text of a subscript with its expansions done, of which those of the expression itself have been.
    fn subscript(&mut self, name: &str, text: &str) -> Evaluated<String> {
        if self.shell.shopt.get("assoc_expand_once") && self.shell.is_associative(name) {
            return Ok(brackets::unescape(text));
        }
        self.shell
            .expand_subscript_text(name, text)
            .map_err(decided)
    }

    fn assign(&mut self, place: &mut Place, value: i64) -> Evaluated<()> {
        if self.skipping > 0 {
            return Ok(());
        }
        let text = value.to_string();
        let result = match &place.subscript {
            None => self.shell.assign(&place.name, &text, false),
            Some(_) => {
                let key = self.key(place)?;
                self.shell.assign_element(&place.name, key, &text, false)
            }
        };
        result.map_err(|refused| decided(refused.or(Unwind::Discard(1))))
    }
}

fn decided(unwind: Unwind) -> Failure {
    Failure {
        reason: "",
        expression: String::new(),
        at: String::new(),
        unwind: Some(unwind),
    }
}

/// A literal: decimal, `0x` hexadecimal, `0` octal, `base#digits`.
fn parse_number(literal: &str) -> Result<i64, &'static str> {
    let (base, digits) = if let Some((base, digits)) = literal.split_once('#') {
        let base: u64 = base.parse().map_err(|_| "invalid arithmetic base")?;
        if base == 0 {
            return Err("invalid number");
        }
        if !(2..=64).contains(&base) {
            return Err("invalid arithmetic base");
        }
        if digits.is_empty() {
            return Err("invalid integer constant");
        }
        (base, digits)
    } else if let Some(digits) = literal
        .strip_prefix("0x")
        .or_else(|| literal.strip_prefix("0X"))
    {
        (16, digits)
    } else if literal.starts_with('0') {
        (8, literal)
    } else {
        (10, literal)
    };
    let mut value = 0_u64;
    for byte in digits.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            b'@' => 62,
            b'_' => 63,
            _ => return Err("invalid number"),
        };
        if u64::from(digit) >= base {
            return Err("value too great for base");
        }
        value = value.wrapping_mul(base).wrapping_add(u64::from(digit));
    }
    Ok(value.cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptors::Descriptors;
    use crate::shell::Mode;

    fn value(text: &str) -> Result<i64, Unwind> {
        Shell::new("test".into(), Mode::default(), Descriptors::default()).arithmetic(text)
    }

    #[test]
    fn operators_bind_as_in_c() {
        for (text, expected) in [
            ("1+2*3", 7),
            ("(1+2)*3", 9),
            ("2**3**2", 512),
            ("-2**2", 4),
            ("1<2", 1),
            ("1?2:3", 2),
            ("0?2:0?4:5", 5),
            ("1||0&&0", 1),
            ("~0", -1),
            ("!5", 0),
            ("7%3", 1),
            ("-7/2", -3),
            ("1<<4|1", 17),
            ("x=5, x+1", 6),
            ("x=3, x*=2, x", 6),
            ("x=1, x++ + ++x", 4),
            ("0x1F", 31),
            ("017", 15),
            ("2#101", 5),
            ("36#z", 35),
            ("64#_", 63),
            ("- - 5", 5),
            ("--5", 5),
            ("5 == 5", 1),
            ("", 0),
            ("9223372036854775807+1", i64::MIN),
            ("1 ? x=3 : 4", 3),
        ] {
            assert_eq!(value(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_an_error_and_no_panic() {
        for text in [
            "1/0", "1+", "08", "2#3", "(1", "1 2", "a b", "2**-1", "1?", "%", "x[", "99#1", "1#",
        ] {
            assert_eq!(value(text), Err(Unwind::Discard(1)), "{text}");
        }
        assert_eq!(value(&"(".repeat(100_000)), Err(Unwind::Discard(1)));
        assert_eq!(value(&"-".repeat(100_001)), Err(Unwind::Discard(1)));
        assert_eq!(
            value("-9223372036854775807-1 / -1 % -1"),
            value("-9223372036854775807 - 0")
        );
    }

    #[test]
    fn what_is_skipped_has_no_effect() {
        assert_eq!(value("x=1, 0 && (x=5), x"), Ok(1));
        assert_eq!(value("x=1, 1 || x++, x"), Ok(1));
        assert_eq!(value("1 || 1/0"), Ok(1));
    }
}
