//! `vi`: a small one, with the commands that fingers remember.

use std::ffi::OsString;
use std::path::PathBuf;

use berth_multicall::{Options, bytes, complain, os_string, print_help, reason, text, usage_error};
use lexopt::Arg::{Long, Short, Value};

use crate::buffer::Buffer;
use crate::terminal::{Key, Terminal};
use crate::view::View;

const HELP: &str = "\
Usage: vi [+LINE] [FILE]
Edit a file.

  i a I A o O  insert        Escape  back to commands
  h j k l w b e 0 ^ $ G gg H L   move       x X dd D dw cc cw C s r J ~  change
  yy y$ p P   copy and paste     u ^R  undo and redo      . (not there)
  /text ?text n N  search        :w :q :wq :x :q! :e FILE :N :s/a/b/g :%s/a/b/g :set nu
";

/// Counts larger than this are typing errors.
const COUNT_MAX: usize = 100_000;

/// `vi`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(code) => code,
        Err(error) => usage_error("vi", &error, 1),
    }
}

fn run(arguments: Vec<OsString>) -> Result<i32, lexopt::Error> {
    let mut start = 0;
    let mut file: Option<Vec<u8>> = None;
    let mut parser = Options::new(arguments, &["help", "version"]);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(print_help("vi", HELP)),
            Long("version") => {
                return Ok(print_help(
                    "vi",
                    concat!("vi (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                ));
            }
            Short(_) => {}
            Value(word) => match text(bytes(&word)).strip_prefix('+') {
                Some(line) => {
                    start = line
                        .parse::<usize>()
                        .map_or(usize::MAX, |line| line.saturating_sub(1))
                }
                None => file = Some(bytes(&word).to_vec()),
            },
            other => return Err(other.unexpected()),
        }
    }
    let path = file.map(|file| PathBuf::from(os_string(file)));
    let buffer = match &path {
        Some(path) => Buffer::read(path),
        None => Ok(Buffer::of("")),
    };
    let mut buffer = match buffer {
        Ok(buffer) => buffer,
        Err(error) => {
            let name = path
                .map(|path| path.display().to_string())
                .unwrap_or_default();
            complain("vi", format_args!("{name}: {}", reason(&error)));
            return Ok(1);
        }
    };
    buffer.go_to(start, 0);
    let terminal = match Terminal::open() {
        Ok(terminal) => terminal,
        Err(error) => {
            complain("vi", format_args!("no terminal: {}", reason(&error)));
            return Ok(1);
        }
    };
    let mut vi = Vi {
        message: path.as_ref().map_or(String::new(), |path| {
            let new = if path.exists() { "" } else { " [New]" };
            format!("\"{}\"{new} {}L", path.display(), buffer.lines.len())
        }),
        terminal,
        buffer,
        view: View::default(),
        path,
        register: Register::Lines(Vec::new()),
        searched: (String::new(), true),
        over: false,
    };
    vi.run();
    Ok(0)
}

/// What was cut or copied last.
enum Register {
    Lines(Vec<String>),
    Text(String),
}

struct Vi {
    terminal: Terminal,
    buffer: Buffer,
    view: View,
    path: Option<PathBuf>,
    message: String,
    register: Register,
    searched: (String, bool),
    over: bool,
}

impl Vi {
    fn draw(&mut self, inserting: bool) {
        let (rows, columns) = self.terminal.size();
        let status = if inserting && self.message.is_empty() {
            "-- INSERT --".to_owned()
        } else {
            self.message.clone()
        };
        let place = format!("{},{}", self.buffer.row + 1, self.buffer.column + 1);
        let room = columns.saturating_sub(place.len() + 2);
        let status: String = status.chars().take(room).collect();
        let line = format!("{status:<room$}{place}");
        if self
            .view
            .draw(
                &self.terminal,
                &self.buffer,
                1,
                rows.saturating_sub(1).max(1),
                &[(rows, line)],
            )
            .is_err()
        {
            self.over = true;
        }
    }

    fn run(&mut self) {
        while !self.over {
            // The cursor stands on a character, not behind the last one.
            let last = self.buffer.length().saturating_sub(1);
            if self.buffer.column > last {
                self.buffer.column = last;
            }
            if !self.terminal.has_key() {
                self.draw(false);
            }
            self.buffer.pause();
            let key = self.terminal.key();
            self.message.clear();
            self.command(key);
        }
    }

    fn insert(&mut self) {
        loop {
            if !self.terminal.has_key() {
                self.draw(true);
            }
            match self.terminal.key() {
                Key::Escape | Key::Control('c' | '[') => break,
                Key::Hangup => {
                    self.over = true;
                    return;
                }
                Key::Enter => self.buffer.split_line(),
                Key::Tab => self.buffer.insert('\t'),
                Key::Backspace | Key::Control('h') => self.buffer.backspace(),
                Key::Delete => self.buffer.delete(),
                Key::Control('w') => {
                    let to = self.buffer.column;
                    let from = self.word_back(to);
                    self.buffer.cut_range(from, to);
                    self.buffer.set_column(from);
                }
                Key::Char(letter) => self.buffer.insert(letter),
                Key::Alt(letter) => {
                    // An escape and the first command behind it.
                    self.leave_insert();
                    self.command(Key::Char(letter));
                    return;
                }
                key => self.arrow(key),
            }
        }
        self.leave_insert();
    }

    fn leave_insert(&mut self) {
        let column = self.buffer.column.saturating_sub(1);
        self.buffer.set_column(column);
    }

    fn arrow(&mut self, key: Key) {
        match key {
            Key::Left => self.buffer.set_column(self.buffer.column.saturating_sub(1)),
            Key::Right => self.buffer.set_column(self.buffer.column + 1),
            Key::Up => self.buffer.vertical(-1),
            Key::Down => self.buffer.vertical(1),
            Key::Home => self.buffer.set_column(0),
            Key::End => self.buffer.set_column(usize::MAX),
            Key::PageUp => self.page(-1),
            Key::PageDown => self.page(1),
            _ => {}
        }
    }

    fn page(&mut self, by: isize) {
        let rows = self.terminal.size().0.saturating_sub(2).max(1) as isize;
        self.buffer.vertical(by * rows);
    }

    fn letters(&self) -> Vec<char> {
        self.buffer.line().chars().collect()
    }

    fn word_forward(&self, from: usize) -> usize {
        let letters = self.letters();
        let class = |letter: char| {
            if letter.is_whitespace() {
                0
            } else if letter.is_alphanumeric() || letter == '_' {
                1
            } else {
                2
            }
        };
        let Some(first) = letters.get(from).copied().map(class) else {
            return from;
        };
        let end = letters[from..]
            .iter()
            .position(|letter| class(*letter) != first)
            .map_or(letters.len(), |end| from + end);
        letters[end..]
            .iter()
            .position(|letter| !letter.is_whitespace())
            .map_or(letters.len(), |start| end + start)
    }

    fn word_end(&self, from: usize) -> usize {
        let letters = self.letters();
        let class = |letter: char| letter.is_alphanumeric() || letter == '_';
        let mut at = from + 1;
        while letters.get(at).is_some_and(|letter| letter.is_whitespace()) {
            at += 1;
        }
        while at + 1 < letters.len()
            && !letters[at + 1].is_whitespace()
            && class(letters[at + 1]) == class(letters[at])
        {
            at += 1;
        }
        at.min(letters.len().saturating_sub(1))
    }

    fn word_back(&self, from: usize) -> usize {
        let letters = self.letters();
        let class = |letter: char| letter.is_alphanumeric() || letter == '_';
        let mut at = from;
        while at > 0 && letters[at - 1].is_whitespace() {
            at -= 1;
        }
        if at > 0 {
            let kind = class(letters[at - 1]);
            while at > 0 && !letters[at - 1].is_whitespace() && class(letters[at - 1]) == kind {
                at -= 1;
            }
        }
        at
    }

    fn count(&mut self, mut key: Key) -> (Option<usize>, Key) {
        let mut count: Option<usize> = None;
        while let Key::Char(digit) = key
            && let Some(value) = digit.to_digit(10)
            && (value > 0 || count.is_some())
        {
            count = Some((count.unwrap_or(0) * 10 + value as usize).min(COUNT_MAX));
            key = self.terminal.key();
        }
        (count, key)
    }

    fn command(&mut self, key: Key) {
        let (given, key) = self.count(key);
        let count = given.unwrap_or(1);
        let indent = self
            .letters()
            .iter()
            .position(|letter| !letter.is_whitespace())
            .unwrap_or(0);
        match key {
            Key::Hangup => self.over = true,
            Key::Control('z') => self.terminal.suspend(),
            Key::Char('i') | Key::Insert => self.insert(),
            Key::Char('I') => {
                self.buffer.set_column(indent);
                self.insert();
            }
            Key::Char('a') => {
                self.buffer.set_column(self.buffer.column + 1);
                self.insert();
            }
            Key::Char('A') => {
                self.buffer.set_column(usize::MAX);
                self.insert();
            }
            Key::Char('o') => {
                self.buffer.set_column(usize::MAX);
                self.buffer.split_line();
                self.insert();
            }
            Key::Char('O') => {
                self.buffer.paste_lines(self.buffer.row, &[String::new()]);
                self.insert();
            }
            Key::Char('h') | Key::Backspace => self
                .buffer
                .set_column(self.buffer.column.saturating_sub(count)),
            Key::Char('l' | ' ') => self.buffer.set_column(self.buffer.column + count),
            Key::Char('j' | '+') | Key::Enter => self.buffer.vertical(count as isize),
            Key::Char('k' | '-') => self.buffer.vertical(-(count as isize)),
            Key::Char('0') => self.buffer.set_column(0),
            Key::Char('^') => self.buffer.set_column(indent),
            Key::Char('$') => self.buffer.set_column(usize::MAX),
            Key::Char('w') => {
                for _ in 0..count {
                    let to = self.word_forward(self.buffer.column);
                    if to >= self.buffer.length() && self.buffer.row + 1 < self.buffer.lines.len() {
                        self.buffer.go_to(self.buffer.row + 1, 0);
                    } else {
                        self.buffer.set_column(to);
                    }
                }
            }
            Key::Char('b') => {
                for _ in 0..count {
                    if self.buffer.column == 0 && self.buffer.row > 0 {
                        self.buffer.go_to(self.buffer.row - 1, usize::MAX);
                    }
                    self.buffer.set_column(self.word_back(self.buffer.column));
                }
            }
            Key::Char('e') => {
                for _ in 0..count {
                    self.buffer.set_column(self.word_end(self.buffer.column));
                }
            }
            Key::Char('G') => self
                .buffer
                .go_to(given.map_or(usize::MAX, |line| line.saturating_sub(1)), 0),
            Key::Char('g') => {
                if self.terminal.key() == Key::Char('g') {
                    self.buffer
                        .go_to(given.map_or(0, |line| line.saturating_sub(1)), 0);
                }
            }
            Key::Char('H') => self.buffer.go_to(self.view.top, 0),
            Key::Char('L') => self
                .buffer
                .go_to(self.view.top + self.terminal.size().0.saturating_sub(2), 0),
            Key::Control('f') => self.page(1),
            Key::Control('b') => self.page(-1),
            Key::Control('d') => self.buffer.vertical((self.terminal.size().0 / 2) as isize),
            Key::Control('u') => self
                .buffer
                .vertical(-((self.terminal.size().0 / 2) as isize)),
            Key::Char('x') | Key::Delete => {
                let from = self.buffer.column;
                self.register = Register::Text(self.buffer.cut_range(from, from + count));
            }
            Key::Char('X') => {
                let to = self.buffer.column;
                let from = to.saturating_sub(count);
                self.register = Register::Text(self.buffer.cut_range(from, to));
                self.buffer.set_column(from);
            }
            Key::Char('s') => {
                let from = self.buffer.column;
                self.buffer.cut_range(from, from + count);
                self.insert();
            }
            Key::Char('r') => {
                if let Key::Char(letter) = self.terminal.key() {
                    let column = self.buffer.column;
                    self.buffer.cut_range(column, column + 1);
                    self.buffer.insert(letter);
                    self.buffer.set_column(column);
                }
            }
            Key::Char('~') => {
                let column = self.buffer.column;
                let cut = self.buffer.cut_range(column, column + 1);
                for letter in cut.chars() {
                    let changed: Vec<char> = if letter.is_uppercase() {
                        letter.to_lowercase().collect()
                    } else {
                        letter.to_uppercase().collect()
                    };
                    changed
                        .into_iter()
                        .for_each(|letter| self.buffer.insert(letter));
                }
            }
            Key::Char('D') => {
                self.register =
                    Register::Text(self.buffer.cut_range(self.buffer.column, usize::MAX));
            }
            Key::Char('C') => {
                self.buffer.cut_range(self.buffer.column, usize::MAX);
                self.insert();
            }
            Key::Char('J') => {
                self.buffer.set_column(usize::MAX);
                self.buffer.delete();
                let column = self.buffer.column;
                let blanks = self.letters()[column..]
                    .iter()
                    .take_while(|letter| letter.is_whitespace())
                    .count();
                self.buffer.cut_range(column, column + blanks);
                self.buffer.insert(' ');
            }
            Key::Char(operator @ ('d' | 'c' | 'y' | '>' | '<')) => self.operate(operator, count),
            Key::Char('Y') => self.operate_lines('y', count),
            Key::Char('p' | 'P') => self.paste(key == Key::Char('p')),
            Key::Char('u') => {
                if !self.buffer.undo() {
                    self.message = "Already at oldest change".to_owned();
                }
            }
            Key::Control('r') => {
                if !self.buffer.redo() {
                    self.message = "Already at newest change".to_owned();
                }
            }
            Key::Char(sign @ ('/' | '?')) => {
                if let Some(wanted) = self
                    .terminal
                    .ask(&sign.to_string(), "")
                    .filter(|wanted| !wanted.is_empty())
                {
                    self.searched = (wanted, sign == '/');
                }
                self.search(self.searched.1);
            }
            Key::Char('n') => self.search(self.searched.1),
            Key::Char('N') => self.search(!self.searched.1),
            Key::Char(':') => {
                if let Some(line) = self.terminal.ask(":", "") {
                    self.colon(line.trim());
                }
            }
            Key::Char('Z') => match self.terminal.key() {
                Key::Char('Z') => self.colon("x"),
                Key::Char('Q') => self.over = true,
                _ => {}
            },
            key => self.arrow(key),
        }
    }

    fn operate(&mut self, operator: char, count: usize) {
        let key = self.terminal.key();
        let (more, key) = self.count(key);
        let count = count * more.unwrap_or(1);
        let from = self.buffer.column;
        let (start, end) = match key {
            Key::Char(letter) if letter == operator => return self.operate_lines(operator, count),
            Key::Char('j') => return self.operate_lines(operator, count + 1),
            Key::Char('G') => return self.operate_lines(operator, usize::MAX / 2),
            // Changing a word leaves the blanks behind it.
            Key::Char('w') if operator == 'c' => (
                from,
                self.word_end(from.saturating_sub(usize::from(from > 0)))
                    .max(from)
                    + 1,
            ),
            Key::Char('w') => (from, (0..count).fold(from, |at, _| self.word_forward(at))),
            Key::Char('e') => (from, self.word_end(from) + 1),
            Key::Char('b') => (self.word_back(from), from),
            Key::Char('$') | Key::End => (from, usize::MAX),
            Key::Char('0') | Key::Home => (0, from),
            Key::Char('l') => (from, from + count),
            Key::Char('h') => (from.saturating_sub(count), from),
            _ => return,
        };
        if operator == 'y' {
            let letters = self.letters();
            self.register = Register::Text(letters[start..end.min(letters.len())].iter().collect());
            return;
        }
        self.register = Register::Text(self.buffer.cut_range(start, end));
        self.buffer.set_column(start);
        if operator == 'c' {
            self.insert();
        }
    }

    fn operate_lines(&mut self, operator: char, count: usize) {
        let row = self.buffer.row;
        let end = row.saturating_add(count).min(self.buffer.lines.len());
        match operator {
            'y' => {
                self.register = Register::Lines(self.buffer.lines[row..end].to_vec());
                self.message = format!("{} lines yanked", end - row);
            }
            'd' => self.register = Register::Lines(self.buffer.cut_lines(count)),
            'c' => {
                self.register = Register::Lines(self.buffer.lines[row..end].to_vec());
                self.buffer.remember(false);
                self.buffer.lines.splice(row..end, [String::new()]);
                self.buffer.go_to(row, 0);
                self.insert();
            }
            _ => {
                self.buffer.remember(false);
                for line in &mut self.buffer.lines[row..end] {
                    if operator == '>' {
                        line.insert(0, '\t');
                    } else if let Some(rest) = line
                        .strip_prefix('\t')
                        .or_else(|| line.strip_prefix("    "))
                    {
                        *line = rest.to_owned();
                    }
                }
                self.buffer.set_column(0);
            }
        }
    }

    fn paste(&mut self, after: bool) {
        match &self.register {
            Register::Lines(lines) if lines.is_empty() => {}
            Register::Lines(lines) => {
                let row = self.buffer.row + usize::from(after);
                self.buffer.paste_lines(row, &lines.clone());
            }
            Register::Text(text) => {
                let text = text.clone();
                if after {
                    self.buffer.set_column(self.buffer.column + 1);
                }
                text.chars().for_each(|letter| self.buffer.insert(letter));
                self.leave_insert();
            }
        }
    }

    fn search(&mut self, forward: bool) {
        match self.buffer.find(&self.searched.0, forward) {
            Some((row, column)) => self.buffer.go_to(row, column),
            None => self.message = format!("Pattern not found: {}", self.searched.0),
        }
    }

    fn colon(&mut self, line: &str) {
        if let Ok(number) = line.parse::<usize>() {
            self.buffer.go_to(number.saturating_sub(1), 0);
            return;
        }
        let (range, rest) = match line.strip_prefix('%') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        if let Some(substitution) = rest.strip_prefix("s/") {
            return self.substitute(range, substitution);
        }
        let (word, argument) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "w" | "w!" => drop(self.write(argument)),
            "q" if self.buffer.changed => {
                self.message = "No write since last change (:q! overrides)".to_owned()
            }
            "q" | "q!" | "qa!" => self.over = true,
            "wq" | "x" | "wq!" | "wqa" => {
                if (word == "x" && !self.buffer.changed) || self.write(argument) {
                    self.over = true;
                }
            }
            "e" | "e!" if self.buffer.changed && word == "e" => {
                self.message = "No write since last change (:e! overrides)".to_owned();
            }
            "e" | "e!" => {
                let path = if argument.is_empty() {
                    self.path.clone()
                } else {
                    Some(PathBuf::from(argument))
                };
                if let Some(path) = path {
                    match Buffer::read(&path) {
                        Ok(buffer) => (self.buffer, self.path) = (buffer, Some(path)),
                        Err(error) => self.message = reason(&error),
                    }
                }
            }
            "set" => match argument {
                "nu" | "number" => self.view.numbers = true,
                "nonu" | "nonumber" => self.view.numbers = false,
                _ => self.message = format!("Unknown option: {argument}"),
            },
            "$" => self.buffer.go_to(usize::MAX, 0),
            "" => {}
            _ => self.message = format!("Not an editor command: {line}"),
        }
    }

    fn substitute(&mut self, everywhere: bool, text: &str) {
        let mut parts = text.split('/');
        let (wanted, with, flags) = (
            parts.next().unwrap_or(""),
            parts.next().unwrap_or(""),
            parts.next().unwrap_or(""),
        );
        if wanted.is_empty() {
            self.message = "No previous pattern".to_owned();
            return;
        }
        self.buffer.remember(false);
        let row = self.buffer.row;
        let rows = if everywhere {
            0..self.buffer.lines.len()
        } else {
            row..row + 1
        };
        let mut count = 0;
        for line in &mut self.buffer.lines[rows] {
            let matches = line.matches(wanted).count();
            if matches > 0 {
                count += 1;
                *line = if flags.contains('g') {
                    line.replace(wanted, with)
                } else {
                    line.replacen(wanted, with, 1)
                };
            }
        }
        self.message = if count == 0 {
            format!("Pattern not found: {wanted}")
        } else {
            format!("{count} lines changed")
        };
        self.buffer.set_column(self.buffer.column);
    }

    fn write(&mut self, name: &str) -> bool {
        let path = if name.is_empty() {
            self.path.clone()
        } else {
            Some(PathBuf::from(name))
        };
        let Some(path) = path else {
            self.message = "No file name".to_owned();
            return false;
        };
        let content = self.buffer.content();
        match self.buffer.write(&path, &content) {
            Ok(()) => {
                self.message = format!(
                    "\"{}\" {}L written",
                    path.display(),
                    self.buffer.lines.len()
                );
                self.path.get_or_insert(path);
                true
            }
            Err(error) => {
                self.message = format!("\"{}\": {}", path.display(), reason(&error));
                false
            }
        }
    }
}
