//! The pager itself: where it is in which document, and what the screen shows of it.

use std::io;
use std::ops::Range;
use std::time::Duration;

use berth_multicall::text;
use berth_pattern::{Options as PatternOptions, Pattern, Syntax};

use super::layout::Layout;
use crate::document::Document;
use crate::terminal::{Key, Terminal};

/// How often a file that is followed is looked at.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(100);
/// Columns of a line's number and the blank behind it.
const NUMBER_COLUMNS: usize = 8;
/// Matches of one line that stand out.
const LIT_MAX: usize = 4096;

/// How text is shown.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Line numbers in front.
    pub numbers: bool,
    /// Long lines are cut off, not wrapped.
    pub chop: bool,
    /// Searches: 0 heed case, 1 ignore it unless the pattern has capitals, 2 ignore it.
    pub ignore_case: u8,
}

/// A place: a line that is shown, and a row of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    pub line: usize,
    pub row: usize,
}

/// The pager.
pub struct Pager {
    pub terminal: Terminal,
    pub view: View,
    pub documents: Vec<Document>,
    /// Which of them is shown.
    pub document: usize,
    /// With a filter: which lines it lets through, as far as it has looked.
    matching: Vec<usize>,
    scanned: usize,
    /// What is shown first.
    pub top: Place,
    /// Columns left out at the left of chopped lines.
    pub left: usize,
    pub pattern: Option<Pattern>,
    filter: Option<Pattern>,
    /// Shown once instead of the prompt.
    pub message: String,
    /// What has been typed of a command, shown behind the prompt's colon.
    pub typed: String,
}

impl Pager {
    /// A pager at the beginning of the first of some documents.
    pub fn new(terminal: Terminal, view: View, documents: Vec<Document>) -> Self {
        Self {
            terminal,
            view,
            documents,
            document: 0,
            matching: Vec::new(),
            scanned: 0,
            top: Place::default(),
            left: 0,
            pattern: None,
            filter: None,
            message: String::new(),
            typed: String::new(),
        }
    }

    /// The document that is shown.
    pub fn now(&self) -> &Document {
        &self.documents[self.document]
    }

    /// Shows another document from its top.
    pub fn show_document(&mut self, index: usize) {
        self.document = index;
        self.begin();
    }

    /// Shows only lines that match; all of them again without a pattern.
    pub fn set_filter(&mut self, filter: Option<Pattern>) {
        self.filter = filter;
        self.begin();
    }

    fn begin(&mut self) {
        self.matching.clear();
        self.scanned = 0;
        self.top = Place::default();
    }

    /// How many lines there are to show, as far as is known.
    pub fn count(&self) -> usize {
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

    /// The number in its document of the line shown first, counted from 1.
    pub fn line_number(&self) -> usize {
        self.line(self.top.line).map_or(1, |(number, _)| number)
    }

    fn scan(&mut self) {
        let Some(filter) = &self.filter else {
            return;
        };
        let document = &self.documents[self.document];
        while self.scanned < document.settled() {
            if filter.is_match(document.line(self.scanned)) {
                self.matching.push(self.scanned);
            }
            self.scanned += 1;
        }
    }

    fn read_on(&mut self) {
        self.documents[self.document].read_on();
        self.scan();
    }

    /// Reads until so many lines are known. A key that is pressed meanwhile comes first; false then.
    pub fn reach(&mut self, count: usize) -> bool {
        self.scan();
        while self.count() < count && !self.now().is_over() {
            let other = self.documents[self.document].fd();
            if self.terminal.key_before(other) {
                return false;
            }
            self.read_on();
        }
        true
    }

    /// Reads what the screen needs and is there without a wait.
    fn fill(&mut self) {
        self.scan();
        while self.count() < self.wanted()
            && !self.now().is_over()
            && self.now().is_ready()
            && !self.terminal.has_key()
        {
            self.read_on();
        }
    }

    /// Lines that the screen could need.
    fn wanted(&self) -> usize {
        self.top.line.saturating_add(self.rows() + 1)
    }

    /// The next key. What a slow stream brings meanwhile is shown as it comes.
    pub fn key(&mut self) -> io::Result<Key> {
        loop {
            self.fill();
            self.top = self.top.min(self.last_top());
            if !self.terminal.has_key() {
                self.draw()?;
            }
            let waits = self.count() < self.wanted() && !self.now().is_over();
            let document = &self.documents[self.document];
            if !waits || self.terminal.key_before(document.fd()) {
                return Ok(self.terminal.key());
            }
            self.read_on();
        }
    }

    /// Shows what is added, until a key is pressed.
    pub fn follow(&mut self) {
        loop {
            while self.now().is_ready() && self.documents[self.document].read_on() {}
            self.scan();
            self.top = self.last_top();
            self.message = "Waiting for data... (any key to stop)".to_owned();
            if self.draw().is_err() || self.grown_before_key() == Some(false) {
                return;
            }
        }
    }

    /// Waits until the document has grown; `Some(false)` when a key came before that, nothing when the window changed.
    fn grown_before_key(&mut self) -> Option<bool> {
        let before = self.now().length();
        while self.now().length() == before {
            let stream = !self.now().is_file() && !self.now().is_over();
            let key = if stream {
                self.terminal.key_before(self.documents[self.document].fd())
            } else {
                self.terminal.has_key_within(FOLLOW_INTERVAL)
            };
            if key {
                return match self.terminal.key() {
                    Key::Resized => None,
                    _ => Some(false),
                };
            }
            self.documents[self.document].read_on();
        }
        Some(true)
    }

    /// A pattern for searching; tells what is wrong with it.
    pub fn compiled(&mut self, source: &str) -> Option<Pattern> {
        let ignore_case = match self.view.ignore_case {
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

    /// Rows for text.
    pub fn rows(&self) -> usize {
        self.terminal.size().0.saturating_sub(1).max(1)
    }

    fn layout(&self) -> Layout {
        let (_, columns) = self.terminal.size();
        let margin = if self.view.numbers { NUMBER_COLUMNS } else { 0 };
        Layout {
            columns: columns.saturating_sub(margin).max(1),
            chop: self.view.chop,
            skip: if self.view.chop { self.left } else { 0 },
        }
    }

    fn height(&self, line: usize) -> usize {
        self.line(line)
            .map_or(1, |(_, line)| self.layout().height(line))
    }

    /// Goes some rows down. The end stops it when the screen is drawn.
    pub fn go_down(&mut self, mut rows: usize) {
        self.reach(
            self.top
                .line
                .saturating_add(rows)
                .saturating_add(self.rows()),
        );
        while rows > 0 && self.top.line < self.count() {
            let below = self.height(self.top.line).saturating_sub(self.top.row + 1);
            if rows <= below {
                self.top.row += rows;
                return;
            }
            rows -= below + 1;
            self.top = Place {
                line: self.top.line + 1,
                row: 0,
            };
        }
    }

    /// Goes some rows up.
    pub fn go_up(&mut self, rows: usize) {
        self.top = self.above(self.top, rows);
    }

    /// The place some rows above another, or the beginning.
    fn above(&self, mut place: Place, mut rows: usize) -> Place {
        while rows > place.row {
            let Some(line) = place.line.checked_sub(1) else {
                return Place::default();
            };
            rows -= place.row + 1;
            let row = self.height(line) - 1;
            place = Place { line, row };
        }
        place.row -= rows;
        place
    }

    /// Goes to a line, counted from 0, as far as there are so many.
    pub fn go_to(&mut self, line: usize) {
        self.reach(line.saturating_add(self.rows()));
        self.top = Place { line, row: 0 };
    }

    /// Goes to the end, which is read up to if nobody presses a key.
    pub fn go_to_end(&mut self) {
        if !self.reach(usize::MAX) {
            self.message = "the end was not reached".to_owned();
        }
        self.top = self.last_top();
    }

    /// The last place that may be shown first.
    fn last_top(&self) -> Place {
        let end = Place {
            line: self.count(),
            row: 0,
        };
        self.above(end, self.rows())
    }

    /// Goes to the first line that matches from `from` on, or to the last one before it.
    pub fn search(&mut self, forward: bool, from: usize) {
        if self.pattern.is_none() {
            if self.message.is_empty() {
                self.message = "No previous regular expression".to_owned();
            }
            return;
        }
        let mut at = from;
        let found = if forward {
            loop {
                // A key gives the search up, as it may never end.
                let reached = self.reach(at.saturating_add(1));
                if !reached || at >= self.count() {
                    break None;
                }
                if self.matches(at) {
                    break Some(at);
                }
                at += 1;
            }
        } else {
            let end = from.min(self.count());
            (0..end).rev().find(|index| self.matches(*index))
        };
        match found {
            Some(line) => self.go_to(line),
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
    pub fn place(&self) -> String {
        let name = text(&self.now().name);
        let last = (self.top.line + self.rows()).min(self.count());
        let of = if self.now().is_over() {
            format!("/{}", self.count())
        } else {
            String::new()
        };
        let bytes = self.now().length();
        let files = match self.documents.len() {
            1 => String::new(),
            all => format!(" (file {} of {all})", self.document + 1),
        };
        format!(
            "{name}{files} lines {}-{last}{of} byte {bytes}",
            self.top.line + 1
        )
    }

    fn lit(&self, line: &str) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut at = 0;
        while ranges.len() < LIT_MAX
            && at <= line.len()
            && let Some(found) = self
                .pattern
                .as_ref()
                .and_then(|pattern| pattern.find(line.as_bytes(), at))
        {
            at = found.end.max(found.start + 1);
            ranges.push(found);
        }
        ranges
    }

    fn draw(&mut self) -> io::Result<()> {
        let (_, columns) = self.terminal.size();
        let layout = self.layout();
        let mut left = self.rows();
        let mut screen = b"\x1b[?25l\x1b[H".to_vec();
        let Place { mut line, row } = self.top;
        let mut first = row;
        while left > 0 {
            let Some((number, text)) = self.line(line) else {
                screen.extend(b"\x1b[m~\x1b[K\r\n");
                left -= 1;
                continue;
            };
            let text = String::from_utf8_lossy(text);
            for (row, painted) in layout
                .rows(&text, first..first + left, &self.lit(&text))
                .into_iter()
                .enumerate()
            {
                screen.extend(b"\x1b[m");
                if self.view.numbers {
                    let number = match first + row {
                        0 => format!("{number:>width$} ", width = NUMBER_COLUMNS - 1),
                        _ => " ".repeat(NUMBER_COLUMNS),
                    };
                    screen.extend(number.bytes());
                }
                screen.extend(painted);
                screen.extend(b"\x1b[m\x1b[K\r\n");
                left -= 1;
            }
            first = 0;
            line += 1;
        }
        let end = line >= self.count() && self.now().is_over();
        screen.extend(self.prompt(end, columns).bytes());
        screen.extend(b"\x1b[K\x1b[?25h");
        self.terminal.write(&screen)
    }

    fn prompt(&mut self, end: bool, columns: usize) -> String {
        let status = if !self.typed.is_empty() {
            return format!(":{}", self.typed);
        } else if !self.message.is_empty() {
            std::mem::take(&mut self.message)
        } else if end {
            "(END)".to_owned()
        } else if self.top == Place::default() && self.now().name != b"-" {
            text(&self.now().name)
        } else {
            return ":".to_owned();
        };
        let status: String = status.chars().take(columns.saturating_sub(1)).collect();
        format!("\x1b[7m{status}\x1b[m")
    }
}
