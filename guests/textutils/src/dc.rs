//! `dc`: a calculator that takes the numbers first and then what to do with them.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, BufRead, Read, Write};

use berth_multicall::{Options, bytes, complain, open, print_help, reason, text, usage_error};
use lexopt::Arg::{Long, Short, Value as Operand};

use crate::bc::Lines;
use crate::bc::number::{DIGITS_MAX, Number};

const HELP: &str = "\
Usage: dc [OPTION]... [FILE]...
Calculate with numbers of any length: what the FILEs say, or standard input.

  -e, --expression=TEXT  run TEXT
  -f, --file=FILE        run what FILE says
";

/// Macros that may be inside of each other. The last command of one makes room for what it runs.
const MACROS_MAX: usize = 10_000;
const INPUT_BASE_MAX: i64 = 16;
const OUTPUT_BASE_MAX: i64 = 1 << 30;

/// What lies on the stack.
#[derive(Clone)]
enum Value {
    Number(Number),
    Text(Vec<u8>),
}

/// A register: a stack of values, each with an array.
#[derive(Default)]
struct Register {
    values: Vec<(Value, HashMap<i64, Value>)>,
}

impl Default for Value {
    fn default() -> Self {
        Self::Number(Number::default())
    }
}

/// Text that is run, and how far.
struct Frame {
    text: Vec<u8>,
    at: usize,
}

struct Machine {
    lines: Lines,
    stack: Vec<Value>,
    registers: HashMap<u8, Register>,
    frames: Vec<Frame>,
    input_base: i64,
    output_base: i64,
    scale: u32,
    over: bool,
}

/// `dc`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(code) => code,
        Err(error) => usage_error("dc", &error, 1),
    }
}

fn run(arguments: Vec<OsString>) -> Result<i32, lexopt::Error> {
    const LONG: &[&str] = &["expression", "file", "help", "version"];
    let mut texts: Vec<Vec<u8>> = Vec::new();
    let mut code = 0;
    let mut take = |name: &[u8], texts: &mut Vec<Vec<u8>>| match berth_multicall::read_all(name) {
        Ok(content) => texts.push(content),
        Err(error) => {
            complain("dc", format_args!("{}: {}", text(name), reason(&error)));
            code = 1;
        }
    };
    let mut given = false;
    let mut options = Options::new(arguments, LONG);
    while let Some(argument) = options.next()? {
        match argument {
            Short('e') | Long("expression") => texts.push(bytes(&options.value()?).to_vec()),
            Short('f') | Long("file") => take(bytes(&options.value()?), &mut texts),
            Short('h') | Long("help") => return Ok(print_help("dc", HELP)),
            Short('V') | Long("version") => {
                let version = concat!("dc (Berth) ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(print_help("dc", version));
            }
            Operand(file) => take(bytes(&file), &mut texts),
            other => return Err(other.unexpected()),
        }
        given = true;
    }
    let mut machine = Machine {
        lines: Lines::new(),
        stack: Vec::new(),
        registers: HashMap::new(),
        frames: Vec::new(),
        input_base: 10,
        output_base: 10,
        scale: 0,
        over: false,
    };
    for text in texts {
        if !machine.over && machine.run(text).is_err() {
            return Ok(1);
        }
    }
    if !given && machine.converse().is_err() {
        return Ok(1);
    }
    Ok(i32::from(machine.lines.out.flush().is_err()).max(code))
}

/// Brackets that are open at the end of a text.
fn open_brackets(text: &[u8]) -> i64 {
    let mut depth = 0;
    for byte in text {
        match byte {
            b'[' => depth += 1,
            b']' if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    depth
}

impl Machine {
    /// Runs standard input, line by line.
    fn converse(&mut self) -> io::Result<()> {
        let mut from = open(b"-")?;
        let mut text = Vec::new();
        while !self.over {
            let read = from.read_until(b'\n', &mut text)?;
            if read > 0 && open_brackets(&text) > 0 {
                continue;
            }
            if text.is_empty() {
                return Ok(());
            }
            self.run(std::mem::take(&mut text))?;
            self.lines.out.flush()?;
        }
        Ok(())
    }

    fn say(&mut self, what: &str) {
        let _ = self.lines.out.flush();
        complain("dc", format_args!("{what}"));
    }

    fn run(&mut self, text: Vec<u8>) -> io::Result<()> {
        self.frames.push(Frame { text, at: 0 });
        while let Some(byte) = self.next() {
            self.command(byte)?;
            if self.over {
                self.frames.clear();
            }
        }
        Ok(())
    }

    /// The next byte of what is run; what has ended is left.
    fn next(&mut self) -> Option<u8> {
        loop {
            let frame = self.frames.last_mut()?;
            match frame.text.get(frame.at) {
                Some(byte) => {
                    frame.at += 1;
                    return Some(*byte);
                }
                None => drop(self.frames.pop()),
            }
        }
    }

    /// The next byte of the same text.
    fn peek(&self) -> Option<u8> {
        let frame = self.frames.last()?;
        frame.text.get(frame.at).copied()
    }

    fn operand(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.next();
        Some(byte)
    }

    fn pop(&mut self) -> Option<Value> {
        let value = self.stack.pop();
        if value.is_none() {
            self.say("stack empty");
        }
        value
    }

    /// Takes numbers off the stack, the deepest first; nothing if there are too few or one is none.
    fn numbers<const N: usize>(&mut self) -> Option<[Number; N]> {
        if self.stack.len() < N {
            self.say("stack empty");
            return None;
        }
        let values = &self.stack[self.stack.len() - N..];
        let numbers: Vec<Number> = values
            .iter()
            .filter_map(|value| match value {
                Value::Number(number) => Some(number.clone()),
                Value::Text(_) => None,
            })
            .collect();
        let Ok(numbers) = <[Number; N]>::try_from(numbers) else {
            self.say("non-numeric value");
            return None;
        };
        self.stack.truncate(self.stack.len() - N);
        Some(numbers)
    }

    fn push(&mut self, number: Number) {
        self.stack.push(Value::Number(number));
    }

    /// Pushes a result, or puts the operands back with a complaint.
    fn result(&mut self, result: Option<Number>, operands: &[Number], what: &str) {
        match result {
            Some(number) => self.push(number),
            None => {
                self.say(what);
                operands
                    .iter()
                    .for_each(|operand| self.push(operand.clone()));
            }
        }
    }

    fn show(&mut self, value: &Value) -> io::Result<()> {
        match value {
            Value::Number(number) => {
                let shown = number.shown(&self.output_base.into());
                self.lines.number(&shown)
            }
            Value::Text(text) => self.lines.text(text),
        }
    }

    fn command(&mut self, byte: u8) -> io::Result<()> {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            b'0'..=b'9' | b'A'..=b'F' | b'_' | b'.' => self.number(byte),
            b'[' => self.bracket(),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'~' => self.binary(byte),
            b'|' => {
                if let Some([base, exponent, modulus]) = self.numbers() {
                    let result = base.modular_power(&exponent, &modulus);
                    self.result(result, &[base, exponent, modulus], "divide by zero");
                }
            }
            b'v' => {
                if let Some([number]) = self.numbers() {
                    let root = number.root(self.scale);
                    self.result(root, &[number], "square root of negative number");
                }
            }
            b'p' | b'n' | b'P' => self.print(byte)?,
            b'f' => {
                for value in self.stack.clone().iter().rev() {
                    self.show(value)?;
                    self.lines.text(b"\n")?;
                }
            }
            b'c' => self.stack.clear(),
            b'd' => {
                if let Some(value) = self.pop() {
                    self.stack.extend([value.clone(), value]);
                }
            }
            b'r' => match self.stack.len() {
                0 | 1 => self.say("stack empty"),
                length => self.stack.swap(length - 1, length - 2),
            },
            b'R' => self.rotate(),
            b's' | b'S' | b'l' | b'L' | b':' | b';' => self.register(byte),
            b'i' | b'o' | b'k' => self.set(byte),
            b'I' => self.push(self.input_base.into()),
            b'O' => self.push(self.output_base.into()),
            b'K' => self.push(i64::from(self.scale).into()),
            b'z' => self.push((self.stack.len() as i64).into()),
            b'Z' => {
                if let Some(value) = self.pop() {
                    let length = match value {
                        Value::Number(number) => i64::from(number.length()),
                        Value::Text(text) => text.len() as i64,
                    };
                    self.push(length.into());
                }
            }
            b'X' => {
                if let Some(value) = self.pop() {
                    let scale = match value {
                        Value::Number(number) => i64::from(number.scale()),
                        Value::Text(_) => 0,
                    };
                    self.push(scale.into());
                }
            }
            b'a' => {
                if let Some(value) = self.pop() {
                    let text = match value {
                        Value::Number(number) => vec![number.to_i64().unwrap_or(0) as u8],
                        Value::Text(text) => text.into_iter().take(1).collect(),
                    };
                    self.stack.push(Value::Text(text));
                }
            }
            b'x' => {
                if let Some(value) = self.pop() {
                    self.execute(value);
                }
            }
            b'<' | b'>' | b'=' => self.compare(byte, false),
            b'!' => match self.peek() {
                Some(sign @ (b'<' | b'>' | b'=')) => {
                    self.next();
                    self.compare(sign, true);
                }
                _ => {
                    self.say("this dc runs no commands of the shell");
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.next();
                    }
                }
            },
            b'?' => {
                self.lines.out.flush()?;
                let mut line = Vec::new();
                let mut stdin = io::stdin().lock();
                // Nothing beyond the line is taken.
                let mut byte = [0];
                while stdin.read(&mut byte)? == 1 && byte[0] != b'\n' {
                    line.push(byte[0]);
                }
                drop(stdin);
                self.execute(Value::Text(line));
            }
            b'q' => {
                // This macro and the one that ran it.
                self.leave(2);
            }
            b'Q' => {
                if let Some([count]) = self.numbers() {
                    match count.to_i64() {
                        Some(count @ 1..) => self.leave_macros(count as usize),
                        _ => self.say("Q command requires a number >= 1"),
                    }
                }
            }
            b'#' => {
                while self.peek().is_some_and(|byte| byte != b'\n') {
                    self.next();
                }
            }
            _ => {
                let shown = text(&[byte]);
                self.say(&format!("'{shown}' (0{byte:o}) unimplemented"));
            }
        }
        Ok(())
    }

    fn leave(&mut self, count: usize) {
        if self.frames.len() < count {
            self.over = true;
        }
        self.frames
            .truncate(self.frames.len().saturating_sub(count));
        self.over |= self.frames.is_empty();
    }

    /// As [`leave`](Self::leave), but never out of dc itself.
    fn leave_macros(&mut self, count: usize) {
        let left = self.frames.len().saturating_sub(count).max(1);
        self.frames.truncate(left);
    }

    fn number(&mut self, first: u8) {
        let mut digits = String::from(char::from(first));
        while let Some(byte @ (b'0'..=b'9' | b'A'..=b'F' | b'.')) = self.peek() {
            if byte == b'.' && digits.contains('.') {
                break;
            }
            digits.push(char::from(byte));
            self.next();
        }
        // A digit counts for what it is, whatever the base.
        let base = self.input_base as u32;
        self.push(Number::parse_plainly(&digits, base));
    }

    fn bracket(&mut self) {
        let mut depth = 1;
        let mut text = Vec::new();
        while let Some(byte) = self.operand() {
            match byte {
                b'[' => depth += 1,
                b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            text.push(byte);
        }
        self.stack.push(Value::Text(text));
    }

    fn binary(&mut self, sign: u8) {
        let Some([left, right]) = self.numbers() else {
            return;
        };
        let scale = self.scale;
        let operands = [left.clone(), right.clone()];
        if sign == b'~' {
            let (quotient, rest) = (left.divided(&right, scale), left.remainder(&right, scale));
            if let Some(quotient) = quotient {
                self.push(quotient);
            }
            let operands = if rest.is_some() {
                &[][..]
            } else {
                &operands[..]
            };
            return self.result(rest, operands, "divide by zero");
        }
        let (result, what) = match sign {
            b'+' => (Some(left.plus(&right)), ""),
            b'-' => (Some(left.minus(&right)), ""),
            b'*' => (Some(left.times(&right, scale)), ""),
            b'/' => (left.divided(&right, scale), "divide by zero"),
            b'%' => (left.remainder(&right, scale), "remainder by zero"),
            _ => {
                let exponent = right.to_i64().unwrap_or(i64::MAX);
                if exponent < 0 && left.is_zero() {
                    (None, "divide by zero")
                } else {
                    (left.power(exponent, scale), "exponent too large")
                }
            }
        };
        self.result(result, &operands, what);
    }

    fn print(&mut self, letter: u8) -> io::Result<()> {
        if letter == b'p' {
            let Some(value) = self.stack.last().cloned() else {
                self.say("stack empty");
                return Ok(());
            };
            self.show(&value)?;
            return self.lines.text(b"\n");
        }
        let Some(value) = self.pop() else {
            return Ok(());
        };
        match (letter, value) {
            (b'P', Value::Number(number)) => self.lines.text(&number.to_bytes()),
            (_, value) => self.show(&value),
        }
    }

    fn rotate(&mut self) {
        let Some([count]) = self.numbers() else {
            return;
        };
        let count = count.to_i64().unwrap_or(0);
        let length = self.stack.len();
        let size = usize::try_from(count.unsigned_abs())
            .unwrap_or(usize::MAX)
            .min(length);
        let part = &mut self.stack[length - size..];
        match count {
            _ if part.len() < 2 => {}
            2.. => part.rotate_left(1),
            ..=-2 => part.rotate_right(1),
            _ => {}
        }
    }

    fn register(&mut self, letter: u8) {
        let Some(name) = self.operand() else {
            return self.say("a register's name is missing");
        };
        match letter {
            b's' | b'S' => {
                let Some(value) = self.pop() else {
                    return;
                };
                let values = &mut self.registers.entry(name).or_default().values;
                match values.last_mut() {
                    Some((top, _)) if letter == b's' => *top = value,
                    _ => values.push((value, HashMap::new())),
                }
            }
            b'l' => {
                let values = self.registers.get(&name).map(|register| &register.values);
                let value = values.and_then(|values| values.last());
                let value = value.map_or_else(Value::default, |(value, _)| value.clone());
                self.stack.push(value);
            }
            b'L' => match self.registers.entry(name).or_default().values.pop() {
                Some((value, _)) => self.stack.push(value),
                None => {
                    let shown = text(&[name]);
                    self.say(&format!("stack register '{shown}' (0{name:o}) is empty"));
                }
            },
            b':' => {
                let Some([index]) = self.numbers() else {
                    return;
                };
                let Some(value) = self.pop() else {
                    return;
                };
                let values = &mut self.registers.entry(name).or_default().values;
                if values.is_empty() {
                    values.push(Default::default());
                }
                if let (Some((_, array)), Some(index)) = (values.last_mut(), index.to_i64()) {
                    array.insert(index, value);
                }
            }
            _ => {
                let Some([index]) = self.numbers() else {
                    return;
                };
                let values = self.registers.get(&name).map(|register| &register.values);
                let array = values
                    .and_then(|values| values.last())
                    .map(|(_, array)| array);
                let value = array.and_then(|array| array.get(&index.to_i64()?).cloned());
                self.stack.push(value.unwrap_or_default());
            }
        }
    }

    fn set(&mut self, letter: u8) {
        let Some([value]) = self.numbers() else {
            return;
        };
        let whole = value.to_i64().unwrap_or(i64::MAX);
        match letter {
            b'i' if (2..=INPUT_BASE_MAX).contains(&whole) => self.input_base = whole,
            b'i' => self.say("input base must be a number between 2 and 16 (inclusive)"),
            b'o' if (2..=OUTPUT_BASE_MAX).contains(&whole) => self.output_base = whole,
            b'o' => self.say("output base must be a number greater than 1"),
            _ if whole >= 0 => self.scale = whole.min(i64::from(DIGITS_MAX)) as u32,
            _ => self.say("scale must be a nonnegative number"),
        }
    }

    /// Runs a text; a number comes back onto the stack.
    fn execute(&mut self, value: Value) {
        match value {
            Value::Number(_) => self.stack.push(value),
            Value::Text(text) => {
                // The last command of a macro needs no way back.
                if self.frames.len() > 1 && self.peek().is_none() {
                    self.frames.pop();
                }
                if self.frames.len() > MACROS_MAX {
                    self.say("too many macros inside of each other");
                    self.frames.truncate(1);
                    return;
                }
                self.frames.push(Frame { text, at: 0 });
            }
        }
    }

    fn compare(&mut self, sign: u8, negated: bool) {
        let Some(name) = self.operand() else {
            return self.say("a register's name is missing");
        };
        let Some([below, top]) = self.numbers() else {
            return;
        };
        let order = top.compare(&below);
        let holds = match sign {
            b'<' => order.is_lt(),
            b'>' => order.is_gt(),
            _ => order.is_eq(),
        };
        if holds == negated {
            return;
        }
        let values = self.registers.get(&name).map(|register| &register.values);
        let value = values.and_then(|values| values.last());
        if let Some((value, _)) = value {
            let value = value.clone();
            self.execute(value);
        }
    }
}
