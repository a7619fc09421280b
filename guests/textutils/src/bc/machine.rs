//! Running a bc program.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::rc::Rc;

use berth_multicall::Output;

use super::library;
use super::number::{DIGITS_MAX, Number};
use super::syntax::{Argument, Expression, Function, Parameter, Place, Printed, Statement};

/// Functions that may be inside of each other: a call takes up to 3 KiB of a stack of 1 MiB.
const CALLS_MAX: usize = 250;
/// Columns of a line of output, the backslash at its end included.
const LINE_COLUMNS: usize = 70;
const BASE_MIN: i64 = 2;
const INPUT_BASE_MAX: i64 = 36;
const OUTPUT_BASE_MAX: i64 = 1 << 30;
const INDEX_MAX: i64 = 1 << 24;

type Array = Rc<RefCell<BTreeMap<i64, Number>>>;

/// How a statement ends.
pub enum Flow {
    Next,
    Break,
    Continue,
    Return,
    /// `halt`.
    Over,
}

/// Why a statement could not be run to its end.
pub enum Trouble {
    /// Something in the program.
    Runtime(String),
    /// The output is gone.
    Write,
}

impl From<io::Error> for Trouble {
    fn from(_: io::Error) -> Self {
        Self::Write
    }
}

fn trouble<T>(what: &str) -> Result<T, Trouble> {
    Err(Trouble::Runtime(what.to_owned()))
}

/// Numbers in the lines of bc's output: too long a line goes on in the next one.
pub struct Lines {
    pub out: Output,
    column: usize,
    columns: usize,
}

impl Lines {
    /// Standard output.
    pub fn new() -> Self {
        let given = std::env::var("BC_LINE_LENGTH").ok();
        let given = given.or_else(|| std::env::var("DC_LINE_LENGTH").ok());
        let columns = given.and_then(|text| text.parse().ok());
        Self {
            out: Output::stdout(),
            column: 0,
            columns: match columns {
                Some(0) => usize::MAX,
                Some(columns @ 3..) => columns,
                _ => LINE_COLUMNS,
            },
        }
    }

    /// Writes text as it is.
    pub fn text(&mut self, text: &[u8]) -> io::Result<()> {
        for byte in text {
            self.column = if *byte == b'\n' { 0 } else { self.column + 1 };
        }
        self.out.write_all(text)
    }

    /// Writes a number, with a backslash where a line is full.
    pub fn number(&mut self, digits: &str) -> io::Result<()> {
        for byte in digits.bytes() {
            if self.column + 2 >= self.columns {
                self.out.write_all(b"\\\n")?;
                self.column = 0;
            }
            self.out.write_all(&[byte])?;
            self.column += 1;
        }
        Ok(())
    }
}

/// A bc program's state.
pub struct Machine {
    pub lines: Lines,
    functions: HashMap<String, Rc<Function>>,
    variables: HashMap<String, Number>,
    arrays: HashMap<String, Array>,
    input_base: i64,
    output_base: i64,
    scale: u32,
    last: Number,
    returned: Number,
    calls: usize,
    /// `-l`.
    library: bool,
}

impl Machine {
    /// A state with nothing in it; `library`: with the functions of `-l`.
    pub fn new(library: bool) -> Self {
        Self {
            lines: Lines::new(),
            functions: HashMap::new(),
            variables: HashMap::new(),
            arrays: HashMap::new(),
            input_base: 10,
            output_base: 10,
            scale: if library { 20 } else { 0 },
            last: Number::default(),
            returned: Number::default(),
            calls: 0,
            library,
        }
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// The program's, or the output's.
    pub fn run(&mut self, statement: &Statement) -> Result<Flow, Trouble> {
        match statement {
            Statement::Nothing => {}
            Statement::Expression(expression) => self.show(expression)?,
            Statement::Text(text) => self.lines.text(text.as_bytes())?,
            Statement::Print(all) => {
                for printed in all {
                    match printed {
                        Printed::Text(text) => self.lines.text(&escaped(text))?,
                        Printed::Value(expression) => {
                            let value = self.value(expression)?;
                            self.print_number(&value)?;
                            self.last = value;
                        }
                    }
                }
            }
            Statement::Block(all) => {
                for inner in all {
                    match self.run(inner)? {
                        Flow::Next => {}
                        other => return Ok(other),
                    }
                }
            }
            Statement::If(condition, then, otherwise) => {
                if !self.value(condition)?.is_zero() {
                    return self.run(then);
                }
                if let Some(otherwise) = otherwise {
                    return self.run(otherwise);
                }
            }
            Statement::While(condition, body) => {
                while !self.value(condition)?.is_zero() {
                    match self.run(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Ok(other),
                    }
                }
            }
            Statement::For(first, condition, step, body) => {
                if let Some(first) = first {
                    self.value(first)?;
                }
                loop {
                    if let Some(condition) = condition
                        && self.value(condition)?.is_zero()
                    {
                        break;
                    }
                    match self.run(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Ok(other),
                    }
                    if let Some(step) = step {
                        self.value(step)?;
                    }
                }
            }
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
            Statement::Return(value) => {
                self.returned = match value {
                    Some(value) => self.value(value)?,
                    None => Number::default(),
                };
                return Ok(Flow::Return);
            }
            Statement::Halt => return Ok(Flow::Over),
            Statement::Limits => {
                let text = format!(
                    "BC_BASE_MAX     = {OUTPUT_BASE_MAX}\nBC_DIM_MAX      = {INDEX_MAX}\nBC_SCALE_MAX    = {DIGITS_MAX}\nBC_STRING_MAX   = {}\n",
                    i32::MAX
                );
                self.lines.text(text.as_bytes())?;
            }
            Statement::Define(name, function) => {
                self.functions
                    .insert(name.clone(), Rc::new(function.clone()));
            }
        }
        Ok(Flow::Next)
    }

    /// Runs an expression and shows its value, unless it is an assignment or has none.
    fn show(&mut self, expression: &Expression) -> Result<(), Trouble> {
        let is_void = match expression {
            Expression::Call(name, _) => self
                .functions
                .get(name)
                .is_some_and(|function| function.is_void),
            _ => false,
        };
        let value = self.value(expression)?;
        if is_void || matches!(expression, Expression::Assign(..)) {
            return Ok(());
        }
        self.print_number(&value)?;
        self.lines.text(b"\n")?;
        self.last = value;
        Ok(())
    }

    fn print_number(&mut self, value: &Number) -> io::Result<()> {
        let shown = value.shown(&self.output_base.into());
        self.lines.number(&shown)
    }

    fn value(&mut self, expression: &Expression) -> Result<Number, Trouble> {
        Ok(match expression {
            Expression::Number(_, value) if self.input_base == 10 => value.clone(),
            Expression::Number(digits, _) => Number::parse(digits, self.input_base as u32),
            Expression::Place(place) => self.get(place)?,
            Expression::Group(inner) => self.value(inner)?,
            Expression::Call(name, arguments) => self.call(name, arguments)?,
            Expression::Length(inner) => i64::from(self.value(inner)?.length()).into(),
            Expression::Digits(inner) => i64::from(self.value(inner)?.scale()).into(),
            Expression::Root(inner) => match self.value(inner)?.root(self.scale) {
                Some(root) => root,
                None => return trouble("Square root of a negative number"),
            },
            Expression::Read => self.read()?,
            Expression::Negated(inner) => self.value(inner)?.negated(),
            Expression::Not(inner) => i64::from(self.value(inner)?.is_zero()).into(),
            Expression::Binary(sign, left, right) => {
                let left = self.value(left)?;
                let right = self.value(right)?;
                self.binary(sign, &left, &right)?
            }
            Expression::Assign(place, operator, value) => {
                let mut value = self.value(value)?;
                if !operator.is_empty() {
                    let before = self.get(place)?;
                    value = self.binary(operator, &before, &value)?;
                }
                self.set(place, &value)?;
                match place {
                    // What is out of bounds has been brought into them.
                    Place::InputBase | Place::OutputBase | Place::Scale => self.get(place)?,
                    _ => value,
                }
            }
            Expression::Step(place, by, is_after) => {
                let before = self.get(place)?;
                let after = before.plus(&(*by).into());
                self.set(place, &after)?;
                if *is_after { after } else { before }
            }
        })
    }

    fn binary(&self, sign: &str, left: &Number, right: &Number) -> Result<Number, Trouble> {
        let truth = |is: bool| Ok(i64::from(is).into());
        let order = || left.compare(right);
        match sign {
            "+" => Ok(left.plus(right)),
            "-" => Ok(left.minus(right)),
            "*" => Ok(left.times(right, self.scale)),
            "/" => left
                .divided(right, self.scale)
                .map_or_else(|| trouble("Divide by zero"), Ok),
            "%" => left
                .remainder(right, self.scale)
                .map_or_else(|| trouble("Modulo by zero"), Ok),
            "^" => {
                let Some(exponent) = right.to_i64() else {
                    return trouble("exponent too large in raise");
                };
                if exponent < 0 && left.is_zero() {
                    return trouble("Divide by zero");
                }
                left.power(exponent, self.scale)
                    .map_or_else(|| trouble("exponent too large in raise"), Ok)
            }
            "&&" => truth(!left.is_zero() && !right.is_zero()),
            "||" => truth(!left.is_zero() || !right.is_zero()),
            "<" => truth(order() == Ordering::Less),
            ">" => truth(order() == Ordering::Greater),
            "<=" => truth(order() != Ordering::Greater),
            ">=" => truth(order() != Ordering::Less),
            "==" => truth(order() == Ordering::Equal),
            _ => truth(order() != Ordering::Equal),
        }
    }

    fn index(&mut self, index: &Expression) -> Result<i64, Trouble> {
        match self.value(index)?.to_i64() {
            Some(index @ 0..INDEX_MAX) => Ok(index),
            _ => trouble("Array index out of bounds"),
        }
    }

    fn array(&mut self, name: &str) -> Array {
        Rc::clone(self.arrays.entry(name.to_owned()).or_default())
    }

    fn get(&mut self, place: &Place) -> Result<Number, Trouble> {
        Ok(match place {
            Place::Variable(name) => self.variables.get(name).cloned().unwrap_or_default(),
            Place::Element(name, index) => {
                let index = self.index(index)?;
                let array = self.array(name);
                let value = array.borrow().get(&index).cloned();
                value.unwrap_or_default()
            }
            Place::InputBase => self.input_base.into(),
            Place::OutputBase => self.output_base.into(),
            Place::Scale => i64::from(self.scale).into(),
            Place::Last => self.last.clone(),
        })
    }

    fn set(&mut self, place: &Place, value: &Number) -> Result<(), Trouble> {
        let whole = value.to_i64().unwrap_or(i64::MAX);
        match place {
            Place::Variable(name) => match self.variables.get_mut(name) {
                Some(known) => *known = value.clone(),
                None => drop(self.variables.insert(name.clone(), value.clone())),
            },
            Place::Element(name, index) => {
                let index = self.index(index)?;
                self.array(name).borrow_mut().insert(index, value.clone());
            }
            Place::InputBase => self.input_base = whole.clamp(BASE_MIN, INPUT_BASE_MAX),
            Place::OutputBase => self.output_base = whole.clamp(BASE_MIN, OUTPUT_BASE_MAX),
            Place::Scale => self.scale = whole.clamp(0, i64::from(DIGITS_MAX)) as u32,
            Place::Last => self.last = value.clone(),
        }
        Ok(())
    }

    fn read(&mut self) -> Result<Number, Trouble> {
        self.lines.out.flush()?;
        let mut line = String::new();
        io::stdin().read_line(&mut line)?;
        Ok(Number::parse(line.trim(), self.input_base as u32))
    }

    fn call(&mut self, name: &str, arguments: &[Argument]) -> Result<Number, Trouble> {
        let Some(function) = self.functions.get(name).cloned() else {
            return self.call_library(name, arguments);
        };
        if function.parameters.len() != arguments.len() {
            return trouble("Parameter number mismatch");
        }
        if self.calls == CALLS_MAX {
            return trouble("too many functions inside of each other");
        }
        // Everything is calculated before anything is hidden.
        let mut numbers = Vec::new();
        let mut arrays = Vec::new();
        for (parameter, argument) in function.parameters.iter().zip(arguments) {
            match (parameter, argument) {
                (Parameter::Value(name), Argument::Value(value)) => {
                    numbers.push((name.clone(), self.value(value)?));
                }
                (Parameter::Array(name), Argument::Array(array)) => {
                    let copy = self.array(array).borrow().clone();
                    arrays.push((name.clone(), Rc::new(RefCell::new(copy))));
                }
                (Parameter::Reference(name), Argument::Array(array)) => {
                    arrays.push((name.clone(), self.array(array)));
                }
                _ => return trouble("Parameter type mismatch"),
            }
        }
        for local in &function.locals {
            match local {
                Parameter::Value(name) => numbers.push((name.clone(), Number::default())),
                Parameter::Array(name) | Parameter::Reference(name) => {
                    arrays.push((name.clone(), Array::default()));
                }
            }
        }
        let mut hidden_numbers = Vec::new();
        for (name, value) in numbers {
            let before = self.variables.insert(name.clone(), value);
            hidden_numbers.push((name, before));
        }
        let mut hidden_arrays = Vec::new();
        for (name, array) in arrays {
            let before = self.arrays.insert(name.clone(), array);
            hidden_arrays.push((name, before));
        }
        self.calls += 1;
        self.returned = Number::default();
        let result = self.body(&function);
        self.calls -= 1;
        for (name, before) in hidden_numbers.into_iter().rev() {
            match before {
                Some(before) => self.variables.insert(name, before),
                None => self.variables.remove(&name),
            };
        }
        for (name, before) in hidden_arrays.into_iter().rev() {
            match before {
                Some(before) => self.arrays.insert(name, before),
                None => self.arrays.remove(&name),
            };
        }
        result
    }

    fn body(&mut self, function: &Function) -> Result<Number, Trouble> {
        for statement in &function.body {
            match self.run(statement)? {
                Flow::Return => return Ok(std::mem::take(&mut self.returned)),
                // Nothing can be said about an exit from inside an expression but that it is one.
                Flow::Over => return Err(Trouble::Runtime(String::new())),
                _ => {}
            }
        }
        Ok(Number::default())
    }

    fn call_library(&mut self, name: &str, arguments: &[Argument]) -> Result<Number, Trouble> {
        let mut values = Vec::new();
        for argument in arguments {
            if let Argument::Value(value) = argument {
                values.push(self.value(value)?);
            }
        }
        let known = if self.library {
            library::call(name, &values, self.scale)
        } else {
            None
        };
        known.map_or_else(|| trouble(&format!("Function {name} not defined.")), Ok)
    }
}

/// `print`'s escapes.
fn escaped(text: &str) -> Vec<u8> {
    let mut all = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            all.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'a') => all.push(7),
            Some(b'b') => all.push(8),
            Some(b'f') => all.push(12),
            Some(b'n') => all.push(b'\n'),
            Some(b'q') => all.push(b'"'),
            Some(b'r') => all.push(b'\r'),
            Some(b't') => all.push(b'\t'),
            Some(b'\\') => all.push(b'\\'),
            Some(b'e') => all.push(b'\\'),
            // An unknown one disappears.
            Some(_) | None => {}
        }
    }
    all
}
