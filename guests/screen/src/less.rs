//! `less` and `more`: reading a text page by page.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::time::Duration;

use berth_multicall::{Options, bytes, complain, print_help, reason, text, usage_error};
use berth_pattern::{Options as PatternOptions, Pattern, Syntax};
use lexopt::Arg::{Long, Short, Value};

use crate::document::Document;
use crate::terminal::{Key, Terminal, width};

const HELP: &str = "\
Usage: less [OPTION]... [FILE]...
Show text page by page. Without a terminal it copies its input.

  -N, --LINE-NUMBERS    number the lines
  -S, --chop-long-lines do not wrap long lines
  -i, --ignore-case     searches ignore case, unless the pattern has capitals
  -I, --IGNORE-CASE     searches ignore case always
  -F, --quit-if-one-screen
  -R, -r, -X, -E, -e, -M, -m: accepted; colors are always shown
  +LINE, +/PATTERN, +G  where to begin
  -p PATTERN            begin at the first match

Keys: space f PageDown forward   b PageUp back   j k arrows one line   d u half a page
      g G first and last line    /PATTERN ?PATTERN search   n N next match   & only matching lines
      h help   left right sideways   :n :p other file   F follow what is added   = where   q quits
";

const KEYS: &str = "space/f forward  b back  j/k line  d/u half page  g/G ends  / ? search  n/N next  & filter  :n :p files  q quit";

/// Columns moved sideways at a time.
const SIDEWAYS_COLUMNS: usize = 40;
/// Columns between tab stops.
const TAB_COLUMNS: usize = 8;
/// How long the pager waits for more of a stream before it looks at the keys.
const DATA_WAIT: Duration = Duration::from_millis(50);
/// How often a file that is followed is looked at.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Request {
    numbers: bool,
    chop: bool,
    ignore_case: u8,
    quit_if_one: bool,
    start: Option<String>,
    files: Vec<Vec<u8>>,
}

/// `less`.
pub fn less(arguments: Vec<OsString>) -> i32 {
    run("less", arguments)
}

/// `more`.
pub fn more(arguments: Vec<OsString>) -> i32 {
    run("more", arguments)
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    const LONG: &[&str] = &[
        "LINE-NUMBERS",
        "line-numbers",
        "chop-long-lines",
        "ignore-case",
        "IGNORE-CASE",
        "quit-if-one-screen",
        "help",
        "version",
        "RAW-CONTROL-CHARS",
        "raw-control-chars",
        "no-init",
        "quit-at-eof",
        "QUIT-AT-EOF",
        "LONG-PROMPT",
        "pattern",
        "tabs",
        "mouse",
        "squeeze-blank-lines",
    ];
    let mut request = Request::default();
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('N') | Long("LINE-NUMBERS") => request.numbers = true,
            Short('S') | Long("chop-long-lines") => request.chop = true,
            Short('i') | Long("ignore-case") => request.ignore_case = 1,
            Short('I') | Long("IGNORE-CASE") => request.ignore_case = 2,
            Short('F') | Long("quit-if-one-screen") => request.quit_if_one = true,
            Short('p') | Long("pattern") => {
                request.start = Some(format!("/{}", text(bytes(&parser.value()?))))
            }
            Short('x') | Long("tabs") => drop(parser.value()?),
            Long("help") => return Ok(Err(print_help("less", HELP))),
            Long("version") => {
                return Ok(Err(print_help(
                    "less",
                    concat!("less (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                )));
            }
            Short(_) | Long(_) => {}
            Value(word) => match text(bytes(&word)).strip_prefix('+') {
                Some(start) if !start.is_empty() => request.start = Some(start.to_owned()),
                _ => request.files.push(bytes(&word).to_vec()),
            },
        }
    }
    Ok(Ok(request))
}

fn run(name: &str, arguments: Vec<OsString>) -> i32 {
    let request = match parse(arguments) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error(name, &error, 1),
    };
    let mut files = request.files.clone();
    if files.is_empty() {
        if io::stdin().is_terminal() {
            complain(
                name,
                format_args!("Missing filename (\"{name} --help\" for help)"),
            );
            return 1;
        }
        files.push(b"-".to_vec());
    }
    let mut code = 0;
    let mut documents = Vec::new();
    for file in &files {
        match Document::open(file) {
            Ok(document) => documents.push(document),
            Err(error) => {
                code = 1;
                complain(name, format_args!("{}: {}", text(file), reason(&error)));
            }
        }
    }
    if documents.is_empty() {
        return 1;
    }
    if !io::stdout().is_terminal() {
        let mut out = io::stdout();
        let copied = documents
            .iter_mut()
            .try_for_each(|document| document.copy_to(&mut out));
        return i32::from(copied.is_err()).max(code);
    }
    if let [document] = &mut documents[..]
        && request.quit_if_one
        && fits(document)
    {
        return i32::from(document.copy_to(&mut io::stdout()).is_err());
    }
    let terminal = match Terminal::open() {
        Ok(terminal) => terminal,
        Err(error) => {
            complain(name, format_args!("no terminal: {}", reason(&error)));
            return 1;
        }
    };
    let mut pager = Pager {
        terminal,
        request: &request,
        documents,
        document: 0,
        matching: Vec::new(),
        scanned: 0,
        top: 0,
        left: 0,
        pattern: None,
        filter: None,
        message: String::new(),
    };
    if let Some(start) = request.start.clone() {
        pager.begin(&start);
    }
    pager.run();
    code
}

struct Pager<'a> {
    terminal: Terminal,
    request: &'a Request,
    documents: Vec<Document>,
    document: usize,
    /// With a filter: which lines it lets through, as far as it has looked.
    matching: Vec<usize>,
    scanned: usize,
    top: usize,
    left: usize,
    pattern: Option<Pattern>,
    filter: Option<Pattern>,
    message: String,
}

impl Pager<'_> {
    fn now(&self) -> &Document {
        &self.documents[self.document]
    }

    /// Begins a document, or another filter, from the top.
    fn load(&mut self) {
        self.matching.clear();
        (self.scanned, self.top) = (0, 0);
    }

    /// How many lines there are to show, as far as is known.
    fn count(&self) -> usize {
        match self.filter {
            Some(_) => self.matching.len(),
            None => self.now().count(),
        }
    }

    /// A line that is shown: its number in the document and its text.
    fn line(&self, index: usize) -> Option<(usize, &[u8])> {
        let index = match self.filter {
            Some(_) => *self.matching.get(index)?,
            None => index,
        };
        (index < self.now().count()).then(|| (index + 1, self.now().line(index)))
    }

    fn scan(&mut self) {
        let Some(filter) = &self.filter else {
            return;
        };
        let document = &self.documents[self.document];
        while self.scanned < document.count() {
            if filter.is_match(document.line(self.scanned)) {
                self.matching.push(self.scanned);
            }
            self.scanned += 1;
        }
    }

    /// Reads until so many lines are known. A key that is pressed meanwhile comes first; false then.
    fn reach(&mut self, count: usize) -> bool {
        loop {
            self.scan();
            if self.count() >= count || self.now().is_over() {
                return true;
            }
            let document = &mut self.documents[self.document];
            if document.is_ready(DATA_WAIT) {
                document.read_on();
            }
            if self.terminal.has_key() {
                return false;
            }
        }
    }

    /// Shows what is added, until a key is pressed.
    fn follow(&mut self) {
        loop {
            let document = &mut self.documents[self.document];
            if document.is_ready(Duration::ZERO) {
                while document.read_on() {}
            }
            self.scan();
            self.top = self.last_top();
            self.message = "Waiting for data... (interrupt to abort)".to_owned();
            if self.draw().is_err() {
                return;
            }
            let before = self.now().length();
            while self.now().length() == before {
                if self.terminal.has_key() {
                    if self.terminal.key() == Key::Resized {
                        break;
                    }
                    return;
                }
                std::thread::sleep(FOLLOW_INTERVAL);
                self.documents[self.document].read_on();
            }
        }
    }

    fn begin(&mut self, start: &str) {
        if let Some(pattern) = start.strip_prefix('/') {
            self.pattern = self.compiled(pattern);
            self.search(true, true);
        } else if start == "G" {
            self.top = usize::MAX;
        } else if start == "F" {
            self.follow();
        } else if let Ok(line) = start.parse::<usize>() {
            self.top = line.saturating_sub(1);
        }
    }

    fn compiled(&mut self, source: &str) -> Option<Pattern> {
        let ignore_case = match self.request.ignore_case {
            0 => false,
            1 => !source.chars().any(char::is_uppercase),
            _ => true,
        };
        let options = PatternOptions {
            syntax: Syntax::Extended,
            ignore_case,
            ..PatternOptions::default()
        };
        match Pattern::new(source.as_bytes(), options) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.message = error;
                None
            }
        }
    }

    fn rows(&self) -> usize {
        self.terminal.size().0.saturating_sub(1).max(1)
    }

    /// How many rows of the screen a line takes.
    fn height(&self, line: &[u8], columns: usize) -> usize {
        if self.request.chop {
            return 1;
        }
        let margin = if self.request.numbers { 8 } else { 0 };
        columns_of(line)
            .div_ceil(columns.saturating_sub(margin).max(1))
            .max(1)
    }

    /// The last line that may stand on top.
    fn last_top(&self) -> usize {
        let (_, columns) = self.terminal.size();
        let mut left = self.rows();
        for index in (0..self.count()).rev() {
            let line = self.line(index).map_or(&b""[..], |(_, line)| line);
            let height = self.height(line, columns);
            if height > left {
                return (index + 1).min(self.count().saturating_sub(1));
            }
            left -= height;
        }
        0
    }

    fn run(&mut self) {
        loop {
            self.reach(self.top.saturating_add(self.rows() + 1));
            self.top = self.top.min(self.last_top());
            if !self.terminal.has_key() && self.draw().is_err() {
                return;
            }
            let page = self.rows();
            match self.terminal.key() {
                Key::Char('q' | 'Q') | Key::Control('c') | Key::Hangup => return,
                Key::Char(' ' | 'f') | Key::PageDown | Key::Control('f' | 'v') => {
                    self.top = self.top.saturating_add(page)
                }
                Key::Char('b') | Key::PageUp | Key::Control('b') => {
                    self.top = self.top.saturating_sub(page)
                }
                Key::Char('j' | 'e') | Key::Down | Key::Enter | Key::Control('n' | 'e') => {
                    self.top += 1
                }
                Key::Char('k' | 'y') | Key::Up | Key::Control('p' | 'y') => {
                    self.top = self.top.saturating_sub(1)
                }
                Key::Char('d') | Key::Control('d') => self.top += page / 2,
                Key::Char('u') | Key::Control('u') => self.top = self.top.saturating_sub(page / 2),
                Key::Char('g' | '<') | Key::Home => self.top = 0,
                Key::Char('G' | '>') | Key::End => self.top = usize::MAX,
                Key::Left => self.left = self.left.saturating_sub(SIDEWAYS_COLUMNS),
                Key::Right => self.left += SIDEWAYS_COLUMNS,
                Key::Char(sign @ ('/' | '?')) => {
                    if let Some(source) = self.terminal.ask(&sign.to_string(), "") {
                        if !source.is_empty() {
                            self.pattern = self.compiled(&source);
                        }
                        self.search(sign == '/', false);
                    }
                }
                Key::Char('n') => self.search(true, false),
                Key::Char('N') => self.search(false, false),
                Key::Char('&') => {
                    let source = self.terminal.ask("&/", "").unwrap_or_default();
                    self.filter = if source.is_empty() {
                        None
                    } else {
                        self.compiled(&source)
                    };
                    self.load();
                }
                Key::Char(':') => match self.terminal.key() {
                    Key::Char('n') if self.document + 1 < self.documents.len() => {
                        self.document += 1;
                        self.load();
                    }
                    Key::Char('p') if self.document > 0 => {
                        self.document -= 1;
                        self.load();
                    }
                    Key::Char('q') => return,
                    _ => self.message = "no such file".to_owned(),
                },
                Key::Char('F') => self.follow(),
                Key::Control('z') => self.terminal.suspend(),
                Key::Char('=') | Key::Control('g') => self.message = self.place(),
                Key::Char('h' | 'H') => self.message = KEYS.to_owned(),
                Key::Char('-') => {
                    let _ = self.terminal.key();
                    self.message = "options are set on the command line".to_owned();
                }
                _ => {}
            }
        }
    }

    fn search(&mut self, forward: bool, here: bool) {
        if self.pattern.is_none() {
            if self.message.is_empty() {
                self.message = "no previous pattern".to_owned();
            }
            return;
        }
        let mut at = if here { self.top } else { self.top + 1 };
        let found = if forward {
            loop {
                // A key gives the search up, as it may never end.
                let reached = self.reach(at + 1);
                if !reached || at >= self.count() {
                    break None;
                }
                if self.matches(at) {
                    break Some(at);
                }
                at += 1;
            }
        } else {
            let end = self.top.min(self.count());
            (0..end).rev().find(|index| self.matches(*index))
        };
        match found {
            Some(line) => self.top = line,
            None => self.message = "Pattern not found".to_owned(),
        }
    }

    fn matches(&self, index: usize) -> bool {
        match (&self.pattern, self.line(index)) {
            (Some(pattern), Some((_, line))) => pattern.is_match(line),
            _ => false,
        }
    }

    /// Which lines of which file are shown.
    fn place(&self) -> String {
        let name = text(&self.now().name);
        let last = (self.top + self.rows()).min(self.count());
        let of = if self.now().is_over() {
            format!("/{}", self.count())
        } else {
            String::new()
        };
        let bytes = self.now().length();
        format!("{name} lines {}-{last}{of} byte {bytes}", self.top + 1)
    }

    fn draw(&mut self) -> io::Result<()> {
        let (_, columns) = self.terminal.size();
        let mut left = self.rows();
        let mut screen = b"\x1b[?25l\x1b[H".to_vec();
        let mut index = self.top;
        while left > 0 {
            let Some((number, line)) = self.line(index) else {
                screen.extend(b"\x1b[m~\x1b[K\r\n");
                left -= 1;
                continue;
            };
            let numbered = if self.request.numbers {
                format!("{number:>7} ")
            } else {
                String::new()
            };
            for row in rendered(
                line,
                self.pattern.as_ref(),
                columns.saturating_sub(numbered.len()).max(1),
                self.request.chop,
                self.left,
            ) {
                if left == 0 {
                    break;
                }
                screen.extend(b"\x1b[m");
                screen.extend(numbered.bytes());
                screen.extend(row);
                screen.extend(b"\x1b[m\x1b[K\r\n");
                left -= 1;
            }
            index += 1;
        }
        let end = index >= self.count() && self.now().is_over();
        let status = if !self.message.is_empty() {
            std::mem::take(&mut self.message)
        } else if end {
            "(END)".to_owned()
        } else if self.top == 0 && self.now().name != b"-" {
            text(&self.now().name)
        } else {
            ":".to_owned()
        };
        let status: String = status.chars().take(columns.saturating_sub(1)).collect();
        screen.extend(
            if status == ":" {
                ":\x1b[K".to_owned()
            } else {
                format!("\x1b[7m{status}\x1b[m\x1b[K")
            }
            .bytes(),
        );
        screen.extend(b"\x1b[?25h");
        self.terminal.write(&screen)
    }
}

/// Whether a document that is all there takes less than a screen.
fn fits(document: &mut Document) -> bool {
    let rows = berth_guest::tty_window_size(std::os::fd::AsFd::as_fd(&io::stdout()))
        .map_or(0, |size| usize::from(size.rows));
    while !document.is_over() && document.count() < rows {
        document.read_on();
    }
    document.count() < rows
}

fn columns_of(line: &[u8]) -> usize {
    let text = String::from_utf8_lossy(line);
    let mut columns = 0;
    let mut escape = false;
    for letter in text.chars() {
        if escape {
            escape = !letter.is_ascii_alphabetic();
        } else if letter == '\x1b' {
            escape = true;
        } else if letter == '\t' {
            columns += TAB_COLUMNS - columns % TAB_COLUMNS;
        } else {
            columns += if letter.is_control() {
                2
            } else {
                width(letter)
            };
        }
    }
    columns
}

/// A line as rows of the screen: colors are let through, other controls are shown, matches stand out.
fn rendered(
    line: &[u8],
    pattern: Option<&Pattern>,
    columns: usize,
    chop: bool,
    skip: usize,
) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(line);
    let mut ranges = Vec::new();
    let mut at = 0;
    while at <= text.len()
        && let Some(found) = pattern.and_then(|pattern| pattern.find(text.as_bytes(), at))
    {
        at = found.end.max(found.start + 1);
        ranges.push(found);
    }
    let mut rows = vec![Vec::new()];
    let (mut column, mut position, mut lit) = (0, 0, false);
    let mut letters = text.char_indices().peekable();
    while let Some((offset, letter)) = letters.next() {
        let inside = ranges.iter().any(|range| range.contains(&offset));
        if inside != lit {
            lit = inside;
            let sequence: &[u8] = if lit { b"\x1b[7m" } else { b"\x1b[27m" };
            rows.last_mut().unwrap_or(&mut Vec::new()).extend(sequence);
        }
        if letter == '\x1b' && letters.peek().is_some_and(|(_, next)| *next == '[') {
            let mut sequence = String::from(letter);
            for (_, next) in letters.by_ref() {
                sequence.push(next);
                if next.is_ascii_alphabetic() {
                    break;
                }
            }
            if sequence.ends_with('m')
                && let Some(row) = rows.last_mut()
            {
                row.extend(sequence.bytes());
            }
            continue;
        }
        let shown = match letter {
            '\t' => " ".repeat(TAB_COLUMNS - position % TAB_COLUMNS),
            '\r' => continue,
            letter if letter.is_control() => {
                format!("^{}", char::from((letter as u8).wrapping_add(64) & 0x7f))
            }
            letter => letter.to_string(),
        };
        for part in shown.chars() {
            let wide = width(part);
            position += wide;
            if chop && position <= skip {
                continue;
            }
            if column + wide > columns {
                if chop {
                    return rows;
                }
                rows.push(Vec::new());
                column = 0;
            }
            column += wide;
            if let Some(row) = rows.last_mut() {
                row.extend(part.encode_utf8(&mut [0; 4]).bytes());
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_wrapped_and_wide_letters_keep_their_width() {
        let rows = rendered("abcdef".as_bytes(), None, 4, false, 0);
        assert_eq!(rows, [b"abcd".to_vec(), b"ef".to_vec()]);
        let rows = rendered("가나다".as_bytes(), None, 4, false, 0);
        assert_eq!(rows, ["가나".as_bytes().to_vec(), "다".as_bytes().to_vec()]);
        assert_eq!(rendered(b"abcdef", None, 4, true, 0), [b"abcd".to_vec()]);
        assert_eq!(columns_of(b"a\tb\x1b[31mc\x1b[m"), 10);
    }
}
