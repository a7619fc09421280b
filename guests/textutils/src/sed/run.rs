//! Running a script over the input.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, Read, Write};
use std::rc::Rc;

use berth_multicall::{Output, Piped, os_string, spawn_shell_piped, wait_for};
use berth_pattern::{Captures, Pattern};

use super::input::{Input, Line};
use super::replacement::{self, push_char};
use super::script::{
    Action, Address, Command, Expression, RangeEnd, RangeState, Script, Substitution,
};

/// Something to be written when the cycle is over.
enum Later {
    Text(Vec<u8>),
    File(Vec<u8>),
    Line(Vec<u8>),
}

/// How a cycle goes on.
enum Flow {
    /// To the next command.
    Next,
    /// To the command at this place.
    Jump(usize),
    /// The cycle is over; the pattern space is printed.
    End,
    /// The cycle is over; nothing is printed.
    Deleted,
    /// The cycle begins anew without reading a line.
    Again,
    /// It is all over with this exit code; whether the pattern space is printed.
    Quit(i32, bool),
}

/// Where lines are written to.
pub struct Sink {
    to: Box<dyn Write>,
    /// The last line written had no end in the input; whatever follows needs one.
    owes_end: bool,
}

impl Sink {
    pub fn new(to: Box<dyn Write>) -> Self {
        Self {
            to,
            owes_end: false,
        }
    }

    fn write(&mut self, text: &[u8], end: Option<u8>, separator: u8) -> io::Result<()> {
        self.settle(separator)?;
        self.to.write_all(text)?;
        match end {
            Some(end) => self.to.write_all(&[end]),
            None => {
                self.owes_end = true;
                Ok(())
            }
        }
    }

    fn settle(&mut self, separator: u8) -> io::Result<()> {
        if std::mem::take(&mut self.owes_end) {
            self.to.write_all(&[separator])?;
        }
        Ok(())
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// What the command line says about running.
pub struct Settings {
    pub quiet: bool,
    pub separator: u8,
    pub unbuffered: bool,
    pub line_width: usize,
    pub posix: bool,
}

/// A script at work.
pub struct Machine<'a> {
    script: &'a Script,
    settings: &'a Settings,
    pub input: Input,
    pub out: Sink,
    targets: Vec<Option<Sink>>,
    readers: HashMap<Vec<u8>, Option<Box<dyn BufRead>>>,
    pattern: Line,
    hold: Vec<u8>,
    last: RefCell<Option<Rc<Pattern>>>,
    changed: bool,
    later: Vec<Later>,
    captures: Captures,
}

impl<'a> Machine<'a> {
    /// # Errors
    /// A file cannot be written; its name and why.
    pub fn new(
        script: &'a Script,
        settings: &'a Settings,
        input: Input,
        out: Sink,
    ) -> Result<Self, (Vec<u8>, io::Error)> {
        let targets = script
            .targets
            .iter()
            .map(|name| match &name[..] {
                // Written in turn with everything else.
                b"/dev/stdout" => Ok(None),
                b"/dev/stderr" => Ok(Some(Sink::new(Box::new(io::stderr())))),
                _ => File::create(os_string(name.clone()))
                    .map(|file| Some(Sink::new(Box::new(io::BufWriter::new(file)))))
                    .map_err(|error| (name.clone(), error)),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            script,
            settings,
            input,
            out,
            targets,
            readers: HashMap::new(),
            pattern: Line::default(),
            hold: Vec::new(),
            last: RefCell::new(None),
            changed: false,
            later: Vec::new(),
            captures: Captures::default(),
        })
    }

    /// Runs until the input ends; the exit code if the script asked for one.
    pub fn run(&mut self) -> io::Result<Option<i32>> {
        // Where files are separate (`-s`) each has a run, lines are counted anew, and ranges begin anew.
        for command in &self.script.commands {
            if command.state.get() == RangeState::Over {
                command.state.set(RangeState::Outside);
            }
        }
        let mut again = false;
        loop {
            if !again {
                let Some(line) = self.input.next() else {
                    break;
                };
                self.pattern = line;
                self.changed = false;
            }
            again = false;
            let (print, code) = match self.cycle()? {
                Flow::Quit(code, print) => (print, Some(code)),
                Flow::Deleted => (false, None),
                Flow::Again => {
                    again = true;
                    (false, None)
                }
                _ => (true, None),
            };
            if print && !self.settings.quiet && !self.script.quiet {
                self.print_pattern()?;
            }
            self.write_later()?;
            if self.settings.unbuffered {
                self.out.flush()?;
            }
            if code.is_some() {
                return Ok(code);
            }
        }
        Ok(None)
    }

    /// Writes everything that was collected.
    pub fn finish(&mut self) -> io::Result<()> {
        for target in self.targets.iter_mut().flatten() {
            target.flush()?;
        }
        self.out.flush()
    }

    fn cycle(&mut self) -> io::Result<Flow> {
        let script = self.script;
        let mut at = 0;
        while let Some(command) = script.commands.get(at) {
            at += 1;
            if self.applies(command) == command.negated {
                if let Action::Block(end) = command.action {
                    at = end;
                }
                continue;
            }
            match self.act(command)? {
                Flow::Next => {}
                Flow::Jump(to) => at = to,
                over => return Ok(over),
            }
        }
        Ok(Flow::End)
    }

    fn applies(&mut self, command: &Command) -> bool {
        let Some(from) = &command.from else {
            return true;
        };
        let Some(to) = &command.to else {
            return self.at(from);
        };
        let number = self.input.number;
        match command.state.get() {
            RangeState::Outside => {
                // A line's number is also met by a later line, if a command before this one took that line away.
                let begins = match from {
                    Address::Line(line) => number >= *line,
                    other => self.at(other),
                };
                if !begins {
                    return false;
                }
                let until = match to {
                    RangeEnd::Further(lines) => Some(number.saturating_add(*lines)),
                    RangeEnd::Multiple(0) => Some(number),
                    RangeEnd::Multiple(factor) => Some(number.div_ceil(*factor) * factor),
                    RangeEnd::At(Address::Line(line)) => Some(*line),
                    RangeEnd::At(Address::Last) if self.input.is_last() => Some(number),
                    RangeEnd::At(_) => None,
                };
                let over = over(from);
                command.state.set(match until {
                    Some(until) if until <= number => over,
                    Some(until) => RangeState::Until(until),
                    None => RangeState::Open,
                });
                until.is_none_or(|until| until >= number) || self.at(from)
            }
            RangeState::Until(until) => {
                if number >= until {
                    command.state.set(over(from));
                }
                // Lines may have been passed over by `n` or `N`.
                number <= until || self.at(from)
            }
            RangeState::Open => {
                if let RangeEnd::At(address) = to
                    && self.at(address)
                {
                    command.state.set(over(from));
                }
                true
            }
            RangeState::Over => false,
        }
    }

    fn at(&mut self, address: &Address) -> bool {
        let number = self.input.number;
        match address {
            Address::Line(line) => number == *line,
            Address::Step(first, step) => {
                number >= *first && (number - first).is_multiple_of(*step)
            }
            Address::Last => self.input.is_last(),
            Address::Matching(expression) => {
                let pattern = self.expression(expression);
                pattern.is_some_and(|pattern| pattern.is_match(&self.pattern.text))
            }
            Address::Zero => false,
        }
    }

    /// The expression meant, which is now the last one used.
    fn expression(&self, expression: &Expression) -> Option<Rc<Pattern>> {
        let mut last = self.last.borrow_mut();
        if let Some(pattern) = expression {
            *last = Some(Rc::clone(pattern));
        }
        last.clone()
    }

    fn act(&mut self, command: &Command) -> io::Result<Flow> {
        let separator = self.settings.separator;
        match &command.action {
            Action::Block(_) | Action::Nothing => {}
            Action::LineNumber => {
                let number = self.input.number.to_string();
                self.out.write(number.as_bytes(), Some(b'\n'), separator)?;
            }
            Action::Append(text) => self.later.push(Later::Text(text.clone())),
            Action::Insert(text) => {
                self.out.settle(separator)?;
                self.out.to.write_all(text)?;
            }
            Action::Change(text) => {
                let inside = command.to.is_some()
                    && !command.negated
                    && !matches!(command.state.get(), RangeState::Outside | RangeState::Over);
                if !inside {
                    self.out.settle(separator)?;
                    self.out.to.write_all(text)?;
                }
                return Ok(Flow::Deleted);
            }
            Action::Branch(to) => return Ok(Flow::Jump(*to)),
            Action::BranchIfChanged(to) => {
                if std::mem::take(&mut self.changed) {
                    return Ok(Flow::Jump(*to));
                }
            }
            Action::BranchUnlessChanged(to) => {
                if !std::mem::take(&mut self.changed) {
                    return Ok(Flow::Jump(*to));
                }
            }
            Action::Delete => return Ok(Flow::Deleted),
            Action::DeleteFirst => {
                match self.pattern.text.iter().position(|byte| *byte == separator) {
                    Some(end) => {
                        self.pattern.text.drain(..=end);
                        return Ok(Flow::Again);
                    }
                    None => return Ok(Flow::Deleted),
                }
            }
            Action::Execute(text) => {
                if text.is_empty() {
                    let output = self.shell(&self.pattern.text.clone())?;
                    self.pattern.text = output;
                    if self.pattern.text.last() == Some(&separator) {
                        self.pattern.text.pop();
                    }
                } else {
                    let output = self.shell(text)?;
                    self.out.settle(separator)?;
                    self.out.to.write_all(&output)?;
                }
            }
            Action::FileName => {
                let name = self.input.name().to_vec();
                self.out.write(&name, Some(b'\n'), separator)?;
            }
            Action::Get => self.pattern.text.clone_from(&self.hold),
            Action::GetAppend => {
                self.pattern.text.push(separator);
                self.pattern.text.extend_from_slice(&self.hold);
            }
            Action::Hold => self.hold.clone_from(&self.pattern.text),
            Action::HoldAppend => {
                self.hold.push(separator);
                self.hold.extend_from_slice(&self.pattern.text);
            }
            Action::Exchange => std::mem::swap(&mut self.hold, &mut self.pattern.text),
            Action::List(width) => self.list(width.unwrap_or(self.settings.line_width))?,
            Action::Next => {
                if self.input.is_last() && !self.settings.posix {
                    return Ok(Flow::Quit(0, true));
                }
                if !self.settings.quiet && !self.script.quiet {
                    self.print_pattern()?;
                }
                self.write_later()?;
                match self.input.next() {
                    Some(line) => self.pattern = line,
                    None => return Ok(Flow::Quit(0, false)),
                }
            }
            Action::NextAppend => {
                self.write_later()?;
                let Some(line) = self.input.next() else {
                    return Ok(Flow::Quit(0, !self.settings.posix));
                };
                self.pattern.text.push(separator);
                self.pattern.text.extend_from_slice(&line.text);
                self.pattern.ended = line.ended;
            }
            Action::Print => self.print_pattern()?,
            Action::PrintFirst => {
                let text = &self.pattern.text;
                let end = text.iter().position(|byte| *byte == separator);
                let first = text[..end.unwrap_or(text.len())].to_vec();
                self.out.write(&first, Some(separator), separator)?;
            }
            Action::Quit(code) => return Ok(Flow::Quit(*code, true)),
            Action::QuitSilently(code) => return Ok(Flow::Quit(*code, false)),
            Action::ReadFile(name) => self.later.push(Later::File(name.clone())),
            Action::ReadLine(name) => self.later.push(Later::Line(name.clone())),
            Action::Substitute(substitution) => self.substitute(substitution)?,
            Action::WriteFile(target) => self.write_to(*target, self.pattern.text.clone())?,
            Action::WriteFirst(target) => {
                let text = &self.pattern.text;
                let end = text.iter().position(|byte| *byte == separator);
                let first = text[..end.unwrap_or(text.len())].to_vec();
                self.write_to(*target, first)?;
            }
            Action::Transliterate(pairs) => self.transliterate(pairs),
            Action::Zap => self.pattern.text.clear(),
        }
        Ok(Flow::Next)
    }

    fn print_pattern(&mut self) -> io::Result<()> {
        let separator = self.settings.separator;
        let end = self.pattern.ended.then_some(separator);
        self.out.write(&self.pattern.text, end, separator)
    }

    fn write_to(&mut self, target: usize, text: Vec<u8>) -> io::Result<()> {
        let separator = self.settings.separator;
        let end = self.pattern.ended.then_some(separator);
        match &mut self.targets[target] {
            Some(sink) => {
                sink.write(&text, end, separator)?;
                // Somebody may read it while the script runs.
                sink.flush()
            }
            None => self.out.write(&text, end, separator),
        }
    }

    fn write_later(&mut self) -> io::Result<()> {
        let separator = self.settings.separator;
        for later in std::mem::take(&mut self.later) {
            match later {
                Later::Text(text) => {
                    self.out.settle(separator)?;
                    self.out.to.write_all(&text)?;
                }
                Later::File(name) => {
                    let content = if name == b"/dev/stdin" {
                        let mut content = Vec::new();
                        io::stdin()
                            .lock()
                            .read_to_end(&mut content)
                            .map(|_| content)
                    } else {
                        fs::read(os_string(name))
                    };
                    // A file that cannot be read is as good as an empty one.
                    if let Ok(content) = content {
                        self.out.settle(separator)?;
                        self.out.to.write_all(&content)?;
                    }
                }
                Later::Line(name) => {
                    let reader = self.readers.entry(name).or_insert_with_key(|name| {
                        File::open(os_string(name.clone()))
                            .ok()
                            .map(|file| Box::new(io::BufReader::new(file)) as Box<dyn BufRead>)
                    });
                    let mut line = Vec::new();
                    if let Some(reader) = reader
                        && reader.read_until(separator, &mut line)? > 0
                    {
                        let ended = line.last() == Some(&separator);
                        if ended {
                            line.pop();
                        }
                        self.out
                            .write(&line, ended.then_some(separator), separator)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn substitute(&mut self, substitution: &Substitution) -> io::Result<()> {
        let Some(pattern) = self.expression(&substitution.expression) else {
            return Ok(());
        };
        let text = std::mem::take(&mut self.pattern.text);
        let mut out = Vec::new();
        // What of the text is in `out`, where the next search begins, and where the last match that counts ended.
        let (mut copied, mut at, mut last_end) = (0, 0, None);
        let mut count = 0;
        let mut replaced = false;
        while at <= text.len() && pattern.captures(&text, at, &mut self.captures) {
            let Some(found) = self.captures.get(0) else {
                break;
            };
            // An empty match right behind the last one is no match of its own.
            if !(found.is_empty() && last_end == Some(found.start)) {
                count += 1;
                last_end = Some(found.end);
                if count >= substitution.number {
                    out.extend_from_slice(&text[copied..found.start]);
                    replacement::write(&substitution.replacement, &text, &self.captures, &mut out);
                    copied = found.end;
                    replaced = true;
                    if !substitution.global {
                        break;
                    }
                }
            }
            at = found.end;
            if found.is_empty() {
                let rest = &text[at..];
                at += rest.first().map_or(1, |_| replacement::first_char(rest).1);
            }
        }
        if !replaced {
            self.pattern.text = text;
            return Ok(());
        }
        out.extend_from_slice(&text[copied..]);
        self.pattern.text = out;
        self.changed = true;
        if substitution.evaluate {
            let mut output = self.shell(&self.pattern.text.clone())?;
            if output.last() == Some(&b'\n') {
                output.pop();
            }
            self.pattern.text = output;
        }
        for _ in 0..substitution.print {
            self.print_pattern()?;
        }
        if let Some(target) = substitution.write {
            self.write_to(target, self.pattern.text.clone())?;
        }
        Ok(())
    }

    fn transliterate(&mut self, pairs: &[(u32, u32)]) {
        let text = std::mem::take(&mut self.pattern.text);
        let mut rest = &text[..];
        let out = &mut self.pattern.text;
        while !rest.is_empty() {
            let (character, length) = replacement::first_char(rest);
            let found = pairs.iter().find(|(from, _)| *from == character);
            push_char(out, found.map_or(character, |(_, to)| *to));
            rest = &rest[length..];
        }
    }

    /// `l`: the pattern space so that nothing in it is invisible.
    fn list(&mut self, width: usize) -> io::Result<()> {
        let width = if width <= 1 { usize::MAX } else { width - 1 };
        let mut line = Vec::new();
        let mut column = 0;
        for &byte in &self.pattern.text {
            let shown: Vec<u8> = match byte {
                b'\\' => b"\\\\".to_vec(),
                7 => b"\\a".to_vec(),
                8 => b"\\b".to_vec(),
                12 => b"\\f".to_vec(),
                10 => b"\\n".to_vec(),
                13 => b"\\r".to_vec(),
                9 => b"\\t".to_vec(),
                11 => b"\\v".to_vec(),
                b' '..=b'~' => vec![byte],
                _ => format!("\\{byte:03o}").into_bytes(),
            };
            if column + shown.len() > width {
                line.extend(b"\\\n");
                column = 0;
            }
            column += shown.len();
            line.extend(shown);
        }
        line.push(b'$');
        self.out.write(&line, Some(b'\n'), self.settings.separator)
    }

    /// What a command prints.
    fn shell(&mut self, command: &[u8]) -> io::Result<Vec<u8>> {
        self.out.flush()?;
        let (pid, output) = spawn_shell_piped(command, Piped::Output)?;
        let mut text = Vec::new();
        File::from(output).read_to_end(&mut text)?;
        wait_for(pid)?;
        Ok(text)
    }
}

/// Standard output for a script.
pub fn stdout() -> Sink {
    Sink::new(Box::new(Output::stdout()))
}

/// What a range is once it has ended: one that begins at a line's number does not begin again.
fn over(from: &Address) -> RangeState {
    match from {
        Address::Line(_) => RangeState::Over,
        _ => RangeState::Outside,
    }
}
