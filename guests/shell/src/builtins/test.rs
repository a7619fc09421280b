//! `test`, `[`

use super::USAGE_STATUS;
use crate::exec::test_command::{compare_numbers, test_binary};
use crate::shell::{Outcome, Shell, Unwind};

/// How deep parentheses and negations may nest.
const NESTING_MAX_LEVELS: u32 = 200;

/// Why an expression is none.
enum Failure {
    Message(String),
    Unwind(Unwind),
}

impl From<Unwind> for Failure {
    fn from(unwind: Unwind) -> Self {
        Self::Unwind(unwind)
    }
}

type Tested = Result<bool, Failure>;

/// Whether a condition holds.
pub fn test(shell: &mut Shell, words: &[String]) -> Outcome {
    let mut arguments = words.get(1..).unwrap_or_default();
    if words.first().is_some_and(|name| name == "[") {
        match arguments.split_last() {
            Some((last, rest)) if last == "]" => arguments = rest,
            _ => {
                shell.complain(words, "missing `]'");
                return Ok(USAGE_STATUS);
            }
        }
    }
    match evaluate(shell, arguments) {
        Ok(holds) => Ok(i32::from(!holds)),
        Err(Failure::Message(message)) => {
            shell.complain(words, &message);
            Ok(USAGE_STATUS)
        }
        Err(Failure::Unwind(unwind)) => Err(unwind),
    }
}

/// By the number of arguments, as POSIX says; more than four are an expression with `-a` and `-o`.
fn evaluate(shell: &mut Shell, arguments: &[String]) -> Tested {
    match arguments {
        [] => Ok(false),
        [only] => Ok(!only.is_empty()),
        [operator, operand] => two(shell, operator, operand),
        [left, operator, right] => three(shell, left, operator, right),
        [not, a, b, c] if not == "!" => three(shell, a, b, c).map(|holds| !holds),
        [open, a, b, close] if open == "(" && close == ")" => two(shell, a, b),
        _ => {
            let mut expression = Expression {
                shell,
                arguments,
                position: 0,
                depth: 0,
            };
            let holds = expression.or()?;
            match expression.here() {
                None => Ok(holds),
                Some(left) if left.starts_with('-') => Err(Failure::Message(format!(
                    "syntax error: `{left}' unexpected"
                ))),
                Some(_) => Err(Failure::Message("too many arguments".to_owned())),
            }
        }
    }
}

fn two(shell: &mut Shell, operator: &str, operand: &str) -> Tested {
    if operator == "!" {
        return Ok(operand.is_empty());
    }
    if is_unary(operator) {
        return unary(shell, operator, operand);
    }
    Err(Failure::Message(format!(
        "{operator}: unary operator expected"
    )))
}

fn three(shell: &mut Shell, left: &str, operator: &str, right: &str) -> Tested {
    if is_binary(operator) {
        return binary(shell, left, operator, right);
    }
    match operator {
        "-a" => return Ok(!left.is_empty() && !right.is_empty()),
        "-o" => return Ok(!left.is_empty() || !right.is_empty()),
        _ => {}
    }
    if left == "!" {
        return two(shell, operator, right).map(|holds| !holds);
    }
    if left == "(" && right == ")" {
        return Ok(!operator.is_empty());
    }
    Err(Failure::Message(format!(
        "{operator}: binary operator expected"
    )))
}

fn is_unary(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', letter] if b"abcdefghknoprstuvwxzGLNORS".contains(letter))
}

fn is_binary(text: &str) -> bool {
    matches!(
        text,
        "=" | "=="
            | "!="
            | "<"
            | ">"
            | "-eq"
            | "-ne"
            | "-lt"
            | "-le"
            | "-gt"
            | "-ge"
            | "-nt"
            | "-ot"
            | "-ef"
    )
}

fn unary(shell: &mut Shell, operator: &str, operand: &str) -> Tested {
    let element = crate::parameters::split_subscript(operand).filter(|_| operator == "-v");
    if let Some((array, subscript)) = element {
        let subscript = shell.named_subscript(array, subscript)?;
        return Ok(shell.test_unary(operator, &format!("{array}[{subscript}]"))?);
    }
    Ok(shell.test_unary(operator, operand)?)
}

fn binary(_: &mut Shell, left: &str, operator: &str, right: &str) -> Tested {
    if let Some(holds) = test_binary(operator, left, right) {
        return Ok(holds);
    }
    Ok(compare_numbers(operator, number(left)?, number(right)?))
}

fn number(text: &str) -> Result<i64, Failure> {
    text.trim_start()
        .trim_end_matches([' ', '\t'])
        .parse()
        .map_err(|_| Failure::Message(format!("{text}: integer expression expected")))
}

struct Expression<'a> {
    shell: &'a mut Shell,
    arguments: &'a [String],
    position: usize,
    depth: u32,
}

impl Expression<'_> {
    fn here(&self) -> Option<&str> {
        self.arguments.get(self.position).map(String::as_str)
    }

    fn ahead(&self, count: usize) -> Option<&str> {
        self.arguments
            .get(self.position + count)
            .map(String::as_str)
    }

    fn take(&mut self, text: &str) -> bool {
        let there = self.here() == Some(text);
        self.position += usize::from(there);
        there
    }

    fn or(&mut self) -> Tested {
        let mut holds = self.and()?;
        while self.take("-o") {
            let right = self.and()?;
            holds = holds || right;
        }
        Ok(holds)
    }

    fn and(&mut self) -> Tested {
        let mut holds = self.not()?;
        while self.take("-a") {
            let right = self.not()?;
            holds = holds && right;
        }
        Ok(holds)
    }

    fn not(&mut self) -> Tested {
        self.depth += 1;
        if self.depth > NESTING_MAX_LEVELS {
            return Err(Failure::Message("nesting is too deep".to_owned()));
        }
        let result = if self.take("!") {
            self.not().map(|holds| !holds)
        } else {
            self.primary()
        };
        self.depth -= 1;
        result
    }

    fn primary(&mut self) -> Tested {
        let Some(first) = self.here().map(str::to_owned) else {
            return Err(Failure::Message("argument expected".to_owned()));
        };
        if first == "(" {
            self.position += 1;
            let holds = self.or()?;
            if !self.take(")") {
                // `[` still has its last argument.
                let bracket = (self.shell.running_builtin == "[").then_some("]");
                return Err(Failure::Message(match self.here().or(bracket) {
                    Some(found) => format!("`)' expected, found {found}"),
                    None => "`)' expected".to_owned(),
                }));
            }
            return Ok(holds);
        }
        if let (Some(operator), Some(right)) = (self.ahead(1), self.ahead(2))
            && is_binary(operator)
        {
            let (operator, right) = (operator.to_owned(), right.to_owned());
            self.position += 3;
            return binary(self.shell, &first, &operator, &right);
        }
        self.position += 1;
        if is_unary(&first)
            && let Some(operand) = self.here().map(str::to_owned)
        {
            self.position += 1;
            return unary(self.shell, &first, &operand);
        }
        Ok(!first.is_empty())
    }
}
