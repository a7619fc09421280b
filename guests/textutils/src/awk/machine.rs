//! Running a program.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Read};
use std::rc::Rc;

use berth_multicall::{complain, os_string, reason, text};
use berth_pattern::{Options, Pattern, Syntax, locale_is_bytes};

use super::parser::empty;
use super::streams::{Opening, Records, Separator, Streams};
use super::syntax::*;
use super::value::{Array, Value};

/// Calls within calls before the program is taken to run away.
const CALLS_MAX: usize = 1000;
/// Largest field number.
const FIELDS_MAX: usize = 10_000_000;

/// What ends a program early: a message for its user.
pub type Result<T> = std::result::Result<T, String>;

/// Where a statement leads.
pub enum Flow {
    Next,
    Break,
    Continue,
    NextRecord,
    NextFile,
    Exit,
    Return(Value),
}

pub type SharedArray = Rc<RefCell<Array>>;

/// The variables of one call.
#[derive(Default)]
struct Frame {
    scalars: Vec<Value>,
    arrays: Vec<Option<SharedArray>>,
}

/// How a record is split.
#[derive(Clone)]
pub enum Splitter {
    Blanks,
    Byte(u8),
    Characters,
    Regex(Rc<Pattern>),
}

/// How far a record is split: most programs look at the first few fields of many.
#[derive(Clone, Copy)]
enum Progress {
    /// The next field, if there is one, begins here.
    Until(usize),
    /// All fields are known, and so is `NF`.
    Whole,
}

/// A program at work.
pub struct Machine<'a> {
    pub program: &'a Program,
    globals: Vec<Value>,
    arrays: Vec<Option<SharedArray>>,
    frames: Vec<Frame>,
    record: Text,
    fields: Vec<Value>,
    /// How far the record is split into them.
    split: Progress,
    record_known: bool,
    splitter: Option<Splitter>,
    separator: Option<Separator>,
    pub streams: Streams,
    patterns: HashMap<Text, Rc<Pattern>>,
    ranges: Vec<bool>,
    /// Operands not come to yet, and whether one of them was a file.
    operands: VecDeque<Text>,
    any_file: bool,
    current: Option<Records>,
    pub exit_code: i32,
    pub seed: f64,
    pub random: u64,
    /// A file could not be read.
    pub trouble: bool,
}

impl<'a> Machine<'a> {
    pub fn new(program: &'a Program, operands: Vec<Text>) -> Self {
        let mut machine = Self {
            program,
            globals: vec![Value::Unset; program.globals.len()],
            arrays: vec![None; program.globals.len()],
            frames: Vec::new(),
            record: empty(),
            fields: Vec::new(),
            split: Progress::Whole,
            record_known: true,
            splitter: None,
            separator: None,
            streams: Streams::default(),
            patterns: HashMap::new(),
            ranges: vec![false; program.ranges],
            operands: VecDeque::new(),
            any_file: false,
            current: None,
            exit_code: 0,
            seed: 0.0,
            random: super::builtins::seeded(0.0),
            trouble: false,
        };
        for (index, value) in [
            (FS, " "),
            (OFS, " "),
            (RS, "\n"),
            (ORS, "\n"),
            (SUBSEP, "\x1c"),
            (CONVFMT, "%.6g"),
            (OFMT, "%.6g"),
            (FILENAME, ""),
        ] {
            machine.globals[index] = Value::text(value.as_bytes());
        }
        for index in [NF, NR, FNR, RSTART] {
            machine.globals[index] = Value::Number(0.0);
        }
        machine.globals[RLENGTH] = Value::Number(-1.0);
        let environment = machine.array(Variable::Global(ENVIRON));
        for (name, value) in std::env::vars_os() {
            environment.borrow_mut().insert(
                Rc::from(berth_multicall::bytes(&name)),
                Value::Input(Rc::from(berth_multicall::bytes(&value))),
            );
        }
        let arguments = machine.array(Variable::Global(ARGV));
        arguments
            .borrow_mut()
            .insert(Rc::from(&b"0"[..]), Value::text(b"awk"));
        for (index, operand) in operands.iter().enumerate() {
            let key = Rc::from((index + 1).to_string().as_bytes());
            arguments
                .borrow_mut()
                .insert(key, Value::Input(Rc::clone(operand)));
        }
        if let Some(index) = program.globals.iter().position(|name| name == "ARGC") {
            machine.globals[index] = Value::Number(operands.len() as f64 + 1.0);
        }
        machine.operands = operands.into();
        machine
    }

    /// Assigns as `-v` and operands do: the text is input, with escapes.
    pub fn assign_text(&mut self, name: &str, value: &[u8]) {
        let Some(index) = self.program.globals.iter().position(|known| known == name) else {
            return;
        };
        let mut text = Vec::new();
        let mut at = 0;
        while at < value.len() {
            if value[at] == b'\\' {
                at += 1 + super::lexer::unescape(&value[at + 1..], &mut text);
            } else {
                text.push(value[at]);
                at += 1;
            }
        }
        self.set_variable(Variable::Global(index), Value::Input(Rc::from(text)));
    }

    /// Runs all of it.
    pub fn run(&mut self) -> Result<()> {
        let program = self.program;
        let mut over = false;
        for block in &program.begin {
            if matches!(self.block(block)?, Flow::Exit) {
                over = true;
                break;
            }
        }
        let reads = !program.rules.is_empty() || !program.end.is_empty();
        if reads && !over {
            self.records()?;
        }
        for block in &program.end {
            if matches!(self.block(block)?, Flow::Exit) {
                break;
            }
        }
        Ok(())
    }

    fn records(&mut self) -> Result<()> {
        let program = self.program;
        'records: while let Some(record) = self.next_record()? {
            self.set_record(record);
            self.count();
            for rule in &program.rules {
                let applies = match &rule.condition {
                    Condition::Always => true,
                    Condition::When(condition) => self.eval(condition)?.is_true(),
                    Condition::Between(from, to, state) => {
                        if !self.ranges[*state] {
                            self.ranges[*state] = self.eval(from)?.is_true();
                            if self.ranges[*state] {
                                self.ranges[*state] = !self.eval(to)?.is_true();
                                true
                            } else {
                                false
                            }
                        } else {
                            self.ranges[*state] = !self.eval(to)?.is_true();
                            true
                        }
                    }
                };
                if !applies {
                    continue;
                }
                let Some(action) = &rule.action else {
                    self.print(&[], None)?;
                    continue;
                };
                match self.block(action)? {
                    Flow::Exit => return Ok(()),
                    Flow::NextRecord => continue 'records,
                    Flow::NextFile => {
                        self.current = None;
                        continue 'records;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The next record of the main input.
    pub fn next_record(&mut self) -> Result<Option<Text>> {
        loop {
            if let Some(mut current) = self.current.take() {
                let separator = self.separator()?;
                match current.next(&separator) {
                    Ok(Some(record)) => {
                        self.current = Some(current);
                        return Ok(Some(record));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        let name = self.global_text(FILENAME);
                        complain("awk", format_args!("{}: {}", text(&name), reason(&error)));
                        self.trouble = true;
                    }
                }
            }
            if !self.next_file()? {
                return Ok(None);
            }
        }
    }

    /// Opens the next operand; false when there is none.
    fn next_file(&mut self) -> Result<bool> {
        while let Some(operand) = self.operands.pop_front() {
            if operand.is_empty() {
                continue;
            }
            if let Some((name, value)) = assignment(&operand) {
                self.assign_text(&name, value);
                continue;
            }
            self.any_file = true;
            let from: io::Result<Box<dyn Read>> = match &operand[..] {
                b"-" => Ok(Box::new(io::stdin())),
                name => File::open(os_string(name)).map(|file| Box::new(file) as Box<dyn Read>),
            };
            match from {
                Ok(from) => {
                    self.current = Some(Records::new(from));
                    self.globals[FILENAME] = Value::String(operand);
                    self.globals[FNR] = Value::Number(0.0);
                    return Ok(true);
                }
                Err(error) => {
                    complain(
                        "awk",
                        format_args!("cannot open {} ({})", text(&operand), reason(&error)),
                    );
                    self.trouble = true;
                }
            }
        }
        if self.any_file {
            return Ok(false);
        }
        self.any_file = true;
        self.current = Some(Records::new(Box::new(io::stdin())));
        Ok(true)
    }

    /// Counts a record of the main input.
    pub fn count(&mut self) {
        self.step_number(NR);
        self.step_number(FNR);
    }

    pub fn step_number(&mut self, index: usize) {
        let number = self.globals[index].to_number() + 1.0;
        self.globals[index] = Value::Number(number);
    }

    pub fn set_record(&mut self, record: Text) {
        self.record = record;
        self.fields.clear();
        self.split = Progress::Until(0);
        self.record_known = true;
    }

    fn record(&mut self) -> Text {
        if !self.record_known {
            let format = self.global_text(CONVFMT);
            let format = String::from_utf8_lossy(&format).into_owned();
            let between = self.global_text(OFS);
            let mut record = Vec::new();
            for (index, field) in self.fields.iter().enumerate() {
                if index > 0 {
                    record.extend_from_slice(&between);
                }
                record.extend_from_slice(&field.to_text(&format));
            }
            self.record = Rc::from(record);
            self.record_known = true;
        }
        Rc::clone(&self.record)
    }

    fn split_record(&mut self) -> Result<()> {
        self.split_until(usize::MAX)
    }

    /// Splits the record until so many fields are known, or all that there are.
    fn split_until(&mut self, count: usize) -> Result<()> {
        let Progress::Until(mut start) = self.split else {
            return Ok(());
        };
        if self.fields.len() >= count {
            return Ok(());
        }
        let paragraph = matches!(self.separator, Some(Separator::Paragraph));
        let splitter = self.splitter()?;
        let record = Rc::clone(&self.record);
        let fields = &mut self.fields;
        match &splitter {
            Splitter::Blanks | Splitter::Byte(_) => {
                while fields.len() < count {
                    let Some(field) = next_field(&record, &mut start, &splitter, paragraph) else {
                        break;
                    };
                    fields.push(Value::Input(Rc::from(field)));
                }
                if fields.len() >= count {
                    self.split = Progress::Until(start);
                    return Ok(());
                }
            }
            Splitter::Characters | Splitter::Regex(_) => {
                fields.clear();
                split(&record, &splitter, paragraph, &mut |field| {
                    fields.push(Value::Input(Rc::from(field)));
                });
            }
        }
        self.globals[NF] = Value::Number(self.fields.len() as f64);
        self.split = Progress::Whole;
        Ok(())
    }

    fn splitter(&mut self) -> Result<Splitter> {
        if let Some(splitter) = &self.splitter {
            return Ok(splitter.clone());
        }
        let text = self.global_text(FS);
        let splitter = self.splitter_of(&text)?;
        self.splitter = Some(splitter.clone());
        Ok(splitter)
    }

    pub fn splitter_of(&mut self, text: &[u8]) -> Result<Splitter> {
        Ok(match text {
            b" " => Splitter::Blanks,
            b"" => Splitter::Characters,
            [byte] if *byte != b'\\' => Splitter::Byte(*byte),
            _ => Splitter::Regex(self.pattern(text)?),
        })
    }

    fn separator(&mut self) -> Result<Separator> {
        if let Some(separator) = &self.separator {
            return Ok(separator.clone());
        }
        let text = self.global_text(RS);
        let separator = match &text[..] {
            b"" => Separator::Paragraph,
            [byte] => Separator::Byte(*byte),
            _ => Separator::Regex(self.pattern(&text)?),
        };
        self.separator = Some(separator.clone());
        Ok(separator)
    }

    /// The next record of a file or command.
    pub fn record_from(&mut self, name: &Text, command: bool) -> Result<io::Result<Option<Text>>> {
        let separator = self.separator()?;
        let records = if command {
            self.streams.command(name)
        } else {
            self.streams.file(name)
        };
        Ok(records.and_then(|records| records.next(&separator)))
    }

    /// A compiled expression.
    pub fn pattern(&mut self, source: &[u8]) -> Result<Rc<Pattern>> {
        if let Some(pattern) = self.patterns.get(source) {
            return Ok(Rc::clone(pattern));
        }
        let options = Options {
            syntax: Syntax::Extended,
            c_escapes: true,
            bracket_escapes: true,
            bytes: locale_is_bytes(),
            ..Options::default()
        };
        let pattern = Pattern::new(source, options)
            .map_err(|error| format!("regular expression /{}/: {error}", text(source)))?;
        let pattern = Rc::new(pattern);
        self.patterns.insert(Rc::from(source), Rc::clone(&pattern));
        Ok(pattern)
    }

    /// The expression that an argument means: `/re/` itself, or a value as one.
    pub fn pattern_of(&mut self, expression: &Expression) -> Result<Rc<Pattern>> {
        match expression {
            Expression::Regex(source) => self.pattern(source),
            other => {
                let source = self.eval_text(other)?;
                self.pattern(&source)
            }
        }
    }

    pub fn global_text(&self, index: usize) -> Text {
        self.globals[index].to_text("%.6g")
    }

    pub fn conversion(&self) -> String {
        match &self.globals[CONVFMT] {
            Value::String(text) | Value::Input(text) => String::from_utf8_lossy(text).into_owned(),
            _ => "%.6g".to_owned(),
        }
    }

    pub fn set_global(&mut self, index: usize, value: Value) {
        self.globals[index] = value;
    }

    /// The array of a name.
    pub fn array(&mut self, variable: Variable) -> SharedArray {
        let slot = match variable {
            Variable::Global(index) => &mut self.arrays[index],
            Variable::Local(index) => match self.frames.last_mut() {
                Some(frame) => &mut frame.arrays[index],
                None => return SharedArray::default(),
            },
        };
        Rc::clone(slot.get_or_insert_default())
    }

    fn get_variable(&mut self, variable: Variable) -> Result<Value> {
        match variable {
            Variable::Global(index) => {
                if index == NF {
                    self.split_record()?;
                }
                Ok(self.globals[index].clone())
            }
            Variable::Local(index) => Ok(self
                .frames
                .last()
                .map(|frame| frame.scalars[index].clone())
                .unwrap_or_default()),
        }
    }

    fn set_variable(&mut self, variable: Variable, value: Value) {
        match variable {
            Variable::Global(index) => {
                if index == NF {
                    let _ = self.split_record();
                    let count = (value.to_number().max(0.0) as usize).min(FIELDS_MAX);
                    self.fields.resize(count, Value::Unset);
                    self.record_known = false;
                }
                if index == FS {
                    // A record read already is split as it was to be split when it was read.
                    let _ = self.split_record();
                }
                self.globals[index] = value;
                match index {
                    FS => self.splitter = None,
                    RS => self.separator = None,
                    _ => {}
                }
            }
            Variable::Local(index) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.scalars[index] = value;
                }
            }
        }
    }

    fn field(&mut self, number: f64) -> Result<Value> {
        if number < 0.0 {
            return Err(format!("attempt to access field {number}"));
        }
        let number = number as usize;
        if number == 0 {
            return Ok(Value::Input(self.record()));
        }
        self.split_until(number)?;
        Ok(self.fields.get(number - 1).cloned().unwrap_or_default())
    }

    fn set_field(&mut self, number: f64, value: Value) -> Result<()> {
        if number < 0.0 || number > FIELDS_MAX as f64 {
            return Err(format!("attempt to access field {number}"));
        }
        let number = number as usize;
        if number == 0 {
            let conversion = self.conversion();
            self.set_record(value.to_text(&conversion));
            return Ok(());
        }
        self.split_record()?;
        if self.fields.len() < number {
            self.fields.resize(number, Value::Unset);
            self.globals[NF] = Value::Number(number as f64);
        }
        self.fields[number - 1] = value;
        self.record_known = false;
        Ok(())
    }

    pub fn subscript(&mut self, subscripts: &[Expression]) -> Result<Text> {
        if let [one] = subscripts {
            let value = self.eval(one)?;
            return Ok(match value {
                Value::Number(_) => {
                    let conversion = self.conversion();
                    value.to_text(&conversion)
                }
                other => other.to_text("%.6g"),
            });
        }
        let between = self.global_text(SUBSEP);
        let mut key = Vec::new();
        for (index, subscript) in subscripts.iter().enumerate() {
            if index > 0 {
                key.extend_from_slice(&between);
            }
            key.extend_from_slice(&self.eval_text(subscript)?);
        }
        Ok(Rc::from(key))
    }

    pub fn get(&mut self, place: &Place) -> Result<Value> {
        match place {
            Place::Variable(variable) => self.get_variable(*variable),
            Place::Field(number) => {
                let number = self.eval(number)?.to_number();
                self.field(number)
            }
            Place::Element(array, subscripts) => {
                let key = self.subscript(subscripts)?;
                let array = self.array(*array);
                let mut array = array.borrow_mut();
                if let Some(value) = array.get(&key) {
                    return Ok(value.clone());
                }
                array.insert(key, Value::Unset);
                Ok(Value::Unset)
            }
        }
    }

    pub fn set(&mut self, place: &Place, value: Value) -> Result<()> {
        match place {
            Place::Variable(variable) => self.set_variable(*variable, value),
            Place::Field(number) => {
                let number = self.eval(number)?.to_number();
                self.set_field(number, value)?;
            }
            Place::Element(array, subscripts) => {
                let key = self.subscript(subscripts)?;
                let array = self.array(*array);
                array.borrow_mut().insert(key, value);
            }
        }
        Ok(())
    }

    pub fn eval_text(&mut self, expression: &Expression) -> Result<Text> {
        let value = self.eval(expression)?;
        Ok(match value {
            Value::Number(_) => {
                let conversion = self.conversion();
                value.to_text(&conversion)
            }
            other => other.to_text("%.6g"),
        })
    }

    pub fn eval(&mut self, expression: &Expression) -> Result<Value> {
        Ok(match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::String(text) => Value::String(Rc::clone(text)),
            Expression::Regex(source) => {
                let pattern = self.pattern(source)?;
                let record = self.record();
                Value::truth(pattern.is_match(&record))
            }
            Expression::Get(place) => self.get(place)?,
            Expression::Grouped(inner) => self.eval(inner)?,
            Expression::Assign(place, value) => {
                let value = self.eval(value)?;
                self.set(place, value.clone())?;
                value
            }
            Expression::Update(place, operator, value) => {
                let right = self.eval(value)?.to_number();
                let left = self.get(place)?.to_number();
                let value = Value::Number(arithmetic(*operator, left, right)?);
                self.set(place, value.clone())?;
                value
            }
            Expression::Step(place, by, new) => {
                let before = self.get(place)?.to_number();
                let after = before + by;
                self.set(place, Value::Number(after))?;
                Value::Number(if *new { after } else { before })
            }
            Expression::Conditional(condition, yes, no) => {
                if self.eval(condition)?.is_true() {
                    self.eval(yes)?
                } else {
                    self.eval(no)?
                }
            }
            Expression::And(one, other) => {
                Value::truth(self.eval(one)?.is_true() && self.eval(other)?.is_true())
            }
            Expression::Or(one, other) => {
                Value::truth(self.eval(one)?.is_true() || self.eval(other)?.is_true())
            }
            Expression::Not(one) => Value::truth(!self.eval(one)?.is_true()),
            Expression::Negative(one) => Value::Number(-self.eval(one)?.to_number()),
            Expression::Positive(one) => Value::Number(self.eval(one)?.to_number()),
            Expression::Arithmetic(operator, one, other) => {
                let left = self.eval(one)?.to_number();
                let right = self.eval(other)?.to_number();
                Value::Number(arithmetic(*operator, left, right)?)
            }
            Expression::Compare(comparison, one, other) => {
                let left = self.eval(one)?;
                let right = self.eval(other)?;
                Value::truth(self.compared(*comparison, &left, &right))
            }
            Expression::Concatenate(one, other) => {
                let left = self.eval_text(one)?;
                let right = self.eval_text(other)?;
                Value::String(Rc::from([&left[..], &right].concat()))
            }
            Expression::Match(negated, one, other) => {
                let text = self.eval_text(one)?;
                let pattern = self.pattern_of(other)?;
                Value::truth(pattern.is_match(&text) != *negated)
            }
            Expression::In(subscripts, array) => {
                let key = self.subscript(subscripts)?;
                let array = self.array(*array);
                let found = array.borrow().contains_key(&key);
                Value::truth(found)
            }
            Expression::List(list) => {
                let mut last = Value::Unset;
                for one in list {
                    last = self.eval(one)?;
                }
                last
            }
            Expression::Array(_) => {
                return Err("an array is used where a value is needed".to_owned());
            }
            Expression::Call(function, arguments) => self.call(*function, arguments)?,
            Expression::Builtin(builtin, arguments) => self.builtin(*builtin, arguments)?,
            Expression::Getline(source, place) => self.getline(source, place.as_deref())?,
        })
    }

    fn compared(&self, comparison: Comparison, left: &Value, right: &Value) -> bool {
        let ordering = match (left, right) {
            (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
            _ => left.compare(right, &self.conversion()),
        };
        match comparison {
            Comparison::Less => ordering == Some(Ordering::Less),
            Comparison::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
            Comparison::Equal => ordering == Some(Ordering::Equal),
            Comparison::NotEqual => ordering != Some(Ordering::Equal),
            Comparison::Greater => ordering == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => {
                matches!(ordering, Some(Ordering::Greater | Ordering::Equal))
            }
        }
    }

    fn call(&mut self, function: usize, arguments: &[Expression]) -> Result<Value> {
        let program = self.program;
        let function = &program.functions[function];
        if arguments.len() > function.arrays.len() {
            return Err(format!(
                "function {} called with more arguments than it has",
                function.name
            ));
        }
        if self.frames.len() >= CALLS_MAX {
            return Err(format!("function {} is called too deeply", function.name));
        }
        let count = function.arrays.len();
        let mut frame = Frame {
            scalars: vec![Value::Unset; count],
            arrays: vec![None; count],
        };
        for (index, argument) in arguments.iter().enumerate() {
            if let Expression::Array(array) = argument {
                frame.arrays[index] = Some(self.array(*array));
            } else {
                frame.scalars[index] = self.eval(argument)?;
            }
        }
        self.frames.push(frame);
        let flow = self.block(&function.body);
        self.frames.pop();
        match flow? {
            Flow::Return(value) => Ok(value),
            // `exit` in a function ends the program: told by an error without a text.
            Flow::Exit => Err(String::new()),
            _ => Ok(Value::Unset),
        }
    }

    fn block(&mut self, statements: &[Statement]) -> Result<Flow> {
        for statement in statements {
            match self.statement(statement) {
                Ok(Flow::Next) => {}
                // `exit` in a function, see `call`.
                Err(error) if error.is_empty() && self.frames.is_empty() => return Ok(Flow::Exit),
                other => return other,
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement) -> Result<Flow> {
        match statement {
            Statement::Expression(expression) => {
                self.eval(expression)?;
            }
            Statement::Print(arguments, redirect) => self.print(arguments, redirect.as_ref())?,
            Statement::Printf(arguments, redirect) => {
                let mut text = Vec::new();
                self.formatted(arguments, &mut text)?;
                self.write(&text, redirect.as_ref())?;
            }
            Statement::Block(body) => return self.block(body),
            Statement::If(condition, yes, no) => {
                let branch = if self.eval(condition)?.is_true() {
                    yes
                } else {
                    no
                };
                return self.block(branch);
            }
            Statement::While(condition, body) => {
                while self.eval(condition)?.is_true() {
                    match self.block(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Ok(other),
                    }
                }
            }
            Statement::Do(body, condition) => loop {
                match self.block(body)? {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break => break,
                    other => return Ok(other),
                }
                if !self.eval(condition)?.is_true() {
                    break;
                }
            },
            Statement::For(start, condition, step, body) => {
                if let Some(start) = start {
                    self.statement(start)?;
                }
                loop {
                    if let Some(condition) = condition
                        && !self.eval(condition)?.is_true()
                    {
                        break;
                    }
                    match self.block(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Ok(other),
                    }
                    if let Some(step) = step {
                        self.statement(step)?;
                    }
                }
            }
            Statement::ForIn(variable, array, body) => {
                let array = self.array(*array);
                let mut keys: Vec<Text> = array.borrow().keys().cloned().collect();
                keys.sort_by_cached_key(sort_key);
                for key in keys {
                    if !array.borrow().contains_key(&key) {
                        continue;
                    }
                    self.set_variable(*variable, Value::Input(key));
                    match self.block(body)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        other => return Ok(other),
                    }
                }
            }
            Statement::Next => return Ok(Flow::NextRecord),
            Statement::NextFile => return Ok(Flow::NextFile),
            Statement::Exit(code) => {
                if let Some(code) = code {
                    self.exit_code = self.eval(code)?.to_number() as i32;
                }
                return Ok(Flow::Exit);
            }
            Statement::Return(value) => {
                let value = match value {
                    Some(value) => self.eval(value)?,
                    None => Value::Unset,
                };
                return Ok(Flow::Return(value));
            }
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
            Statement::Delete(array, subscripts) => {
                let shared = self.array(*array);
                match subscripts {
                    Some(subscripts) => {
                        let key = self.subscript(subscripts)?;
                        shared.borrow_mut().remove(&key);
                    }
                    None => shared.borrow_mut().clear(),
                }
            }
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, arguments: &[Expression], redirect: Option<&Redirect>) -> Result<()> {
        let mut text = Vec::new();
        if arguments.is_empty() {
            text.extend_from_slice(&self.record());
        }
        for (index, argument) in arguments.iter().enumerate() {
            if index > 0 {
                text.extend_from_slice(&self.global_text(OFS));
            }
            let value = self.eval(argument)?;
            match value {
                Value::Number(_) => {
                    let format = self.global_text(OFMT);
                    text.extend_from_slice(&value.to_text(&String::from_utf8_lossy(&format)));
                }
                other => text.extend_from_slice(&other.to_text("%.6g")),
            }
        }
        text.extend_from_slice(&self.global_text(ORS));
        self.write(&text, redirect)
    }

    /// Writes what a format and its values give.
    pub fn formatted(&mut self, arguments: &[Expression], out: &mut Vec<u8>) -> Result<()> {
        let Some((format, values)) = arguments.split_first() else {
            return Err("printf: no format".to_owned());
        };
        let format = self.eval_text(format)?;
        let values = values
            .iter()
            .map(|value| self.eval(value))
            .collect::<Result<Vec<_>>>()?;
        super::format::write(&format, &values, &self.conversion(), out);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], redirect: Option<&Redirect>) -> Result<()> {
        let (target, opening) = match redirect {
            None => {
                return io::Write::write_all(self.streams.out(), bytes)
                    .map_err(|error| format!("write failure ({})", reason(&error)));
            }
            Some(Redirect::Create(target)) => (target, Opening::Create),
            Some(Redirect::Append(target)) => (target, Opening::Append),
            Some(Redirect::Pipe(target)) => (target, Opening::Pipe),
        };
        let name = self.eval_text(target)?;
        self.streams
            .write(&name, opening, bytes)
            .map_err(|error| format!("cannot write to {} ({})", text(&name), reason(&error)))
    }
}

/// Numbers first, in their order, then texts: the same on every run.
fn sort_key(key: &Text) -> (bool, i64, Text) {
    let number = str::from_utf8(key)
        .ok()
        .and_then(|text| text.parse::<i64>().ok());
    (number.is_none(), number.unwrap_or(0), Rc::clone(key))
}

fn arithmetic(operator: Operator, left: f64, right: f64) -> Result<f64> {
    Ok(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide if right == 0.0 => return Err("division by zero".to_owned()),
        Operator::Divide => left / right,
        Operator::Modulo if right == 0.0 => return Err("division by zero in %".to_owned()),
        Operator::Modulo => left % right,
        Operator::Power => left.powf(right),
    })
}

/// `name=value` as an operand.
pub fn assignment(operand: &[u8]) -> Option<(String, &[u8])> {
    let equals = operand.iter().position(|byte| *byte == b'=')?;
    let name = &operand[..equals];
    let first = *name.first()?;
    let is_name = (first.is_ascii_alphabetic() || first == b'_')
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    is_name.then(|| {
        (
            String::from_utf8_lossy(name).into_owned(),
            &operand[equals + 1..],
        )
    })
}

/// The field that begins at or after `start`, which moves behind its separator; `None` when there is none. Only for
/// the separators that need no expression.
fn next_field<'t>(
    text: &'t [u8],
    start: &mut usize,
    splitter: &Splitter,
    paragraph: bool,
) -> Option<&'t [u8]> {
    if text.is_empty() {
        return None;
    }
    let rest = text.get(*start..)?;
    match splitter {
        Splitter::Byte(separator) => {
            let end = if paragraph {
                memchr::memchr2(*separator, b'\n', rest)
            } else {
                memchr::memchr(*separator, rest)
            };
            let end = end.unwrap_or(rest.len());
            // Behind the last field there is no separator, and so no place where another could begin.
            *start += end + 1;
            Some(&rest[..end])
        }
        _ => {
            let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
            let from = rest.iter().position(|byte| !is_blank(byte))?;
            let field = &rest[from..];
            let end = field.iter().position(is_blank).unwrap_or(field.len());
            *start += from + end;
            Some(&field[..end])
        }
    }
}

/// Splits a text into its fields.
pub fn split(text: &[u8], splitter: &Splitter, paragraph: bool, each: &mut dyn FnMut(&[u8])) {
    if text.is_empty() {
        return;
    }
    match splitter {
        Splitter::Blanks | Splitter::Byte(_) => {
            let mut start = 0;
            while let Some(field) = next_field(text, &mut start, splitter, paragraph) {
                each(field);
            }
        }
        Splitter::Characters => {
            let mut at = 0;
            while at < text.len() {
                let length = crate::text::char_length(&text[at..]);
                each(&text[at..at + length]);
                at += length;
            }
        }
        Splitter::Regex(pattern) => {
            let (mut start, mut at) = (0, 0);
            while at < text.len()
                && let Some(found) = pattern.find(text, at)
            {
                if found.is_empty() {
                    at = found.end + 1;
                    continue;
                }
                each(&text[start..found.start]);
                (start, at) = (found.end, found.end);
            }
            each(&text[start..]);
        }
    }
}
