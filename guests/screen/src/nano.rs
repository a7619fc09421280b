//! `nano`: an editor that shows its keys.

use std::ffi::OsString;
use std::path::PathBuf;

use berth_multicall::{Options, bytes, complain, os_string, print_help, reason, text, usage_error};
use lexopt::Arg::{Long, Short, Value};

use crate::buffer::Buffer;
use crate::terminal::{Key, Terminal};
use crate::view::View;

const HELP: &str = "\
Usage: nano [OPTIONS] [[+LINE[,COLUMN]] FILE]
Edit a file. The keys stand at the bottom of the screen.

  -l, --linenumbers   show line numbers in front of the text
  -v, --view          view mode (read-only)
";

/// Two rows of keys.
const KEYS: [&[(&str, &str)]; 2] = [
    &[
        ("^G", "Help"),
        ("^O", "Write Out"),
        ("^W", "Where Is"),
        ("^K", "Cut"),
        ("^C", "Location"),
        ("M-U", "Undo"),
    ],
    &[
        ("^X", "Exit"),
        ("^R", "Read File"),
        ("^\\", "Replace"),
        ("^U", "Paste"),
        ("^_", "Go To Line"),
        ("M-E", "Redo"),
    ],
];
/// Rows that are not text: title, message, keys.
const OTHER_ROWS: usize = 4;

/// `nano`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(code) => code,
        Err(error) => usage_error("nano", &error, 1),
    }
}

fn run(arguments: Vec<OsString>) -> Result<i32, lexopt::Error> {
    let (mut numbers, mut only_view, mut start) = (false, false, (0, 0));
    let mut file: Option<Vec<u8>> = None;
    let mut parser = Options::new(arguments, &["help", "version", "linenumbers", "view"]);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('l') | Long("linenumbers") => numbers = true,
            Short('v') | Long("view") => only_view = true,
            Short('h') | Long("help") => return Ok(print_help("nano", HELP)),
            Short('V') | Long("version") => {
                return Ok(print_help(
                    "nano",
                    concat!("nano (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                ));
            }
            Short(_) => {}
            Value(word) => match text(bytes(&word)).strip_prefix('+') {
                Some(place) => {
                    let mut parts = place
                        .split(',')
                        .map(|part| part.parse::<usize>().unwrap_or(1).saturating_sub(1));
                    start = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
                }
                None => file = Some(bytes(&word).to_vec()),
            },
            other => return Err(other.unexpected()),
        }
    }
    let path = file.map(|file| PathBuf::from(os_string(file)));
    let mut buffer = match &path {
        Some(path) if path.is_dir() => {
            complain("nano", format_args!("{} is a directory", path.display()));
            return Ok(1);
        }
        Some(path) => match Buffer::read(path) {
            Ok(buffer) => buffer,
            Err(error) => {
                complain(
                    "nano",
                    format_args!("{}: {}", path.display(), reason(&error)),
                );
                return Ok(1);
            }
        },
        None => Buffer::of(""),
    };
    buffer.open_end();
    buffer.go_to(start.0, start.1);
    let terminal = match Terminal::open() {
        Ok(terminal) => terminal,
        Err(error) => {
            complain("nano", format_args!("no terminal: {}", reason(&error)));
            return Ok(1);
        }
    };
    let message = match &path {
        Some(path) if !path.exists() => "[ New File ]".to_owned(),
        Some(_) => format!("[ Read {} lines ]", buffer.content_ended().lines().count()),
        None => String::new(),
    };
    let mut editor = Editor {
        terminal,
        buffer,
        view: View {
            numbers,
            ..View::default()
        },
        path,
        only_view,
        message,
        clipboard: Vec::new(),
        cutting: false,
        searched: String::new(),
    };
    editor.run();
    Ok(0)
}

struct Editor {
    terminal: Terminal,
    buffer: Buffer,
    view: View,
    path: Option<PathBuf>,
    only_view: bool,
    message: String,
    clipboard: Vec<String>,
    /// The last key was a cut: the next one adds to the clipboard.
    cutting: bool,
    searched: String,
}

impl Editor {
    #[expect(
        clippy::collapsible_match,
        reason = "a key and what it does are one line of a table"
    )]
    fn run(&mut self) {
        loop {
            if !self.terminal.has_key() && self.draw().is_err() {
                return;
            }
            let key = self.terminal.key();
            self.message.clear();
            let cut = key == Key::Control('k');
            if !matches!(key, Key::Char(_) | Key::Backspace | Key::Delete) {
                self.buffer.pause();
            }
            let rows = self.terminal.size().0.saturating_sub(OTHER_ROWS).max(1);
            let changes = matches!(
                key,
                Key::Char(_)
                    | Key::Enter
                    | Key::Tab
                    | Key::Backspace
                    | Key::Delete
                    | Key::Control('k' | 'u' | 'd' | 'r' | '\\' | 'j')
                    | Key::Alt('u' | 'e')
            );
            if changes && self.only_view {
                self.message = "[ Key is invalid in view mode ]".to_owned();
                continue;
            }
            match key {
                Key::Hangup => return,
                Key::Control('x') => {
                    if self.leave() {
                        return;
                    }
                }
                Key::Control('o') | Key::Control('s') => drop(self.save(key == Key::Control('s'))),
                Key::Control('w') => self.search(),
                Key::Alt('w') => self.search_again(true),
                Key::Alt('q') => self.search_again(false),
                Key::Control('\\') => self.replace(),
                Key::Control('k') => {
                    if !self.cutting {
                        self.clipboard.clear();
                    }
                    self.clipboard.extend(self.buffer.cut_lines(1));
                }
                Key::Alt('6') => {
                    self.clipboard = vec![self.buffer.line().to_owned()];
                    self.message = "[ Copied 1 line ]".to_owned();
                }
                Key::Control('u') => {
                    if !self.clipboard.is_empty() {
                        let row = self.buffer.row;
                        let lines = self.clipboard.clone();
                        self.buffer.paste_lines(row, &lines);
                        self.buffer.go_to(row + lines.len(), 0);
                    }
                }
                Key::Control('c') => self.tell_place(),
                Key::Control('_' | '/') | Key::Alt('g') => {
                    if let Some(place) = self.terminal.ask("Enter line number, column number: ", "")
                    {
                        let mut parts = place.split(',').map(|part| {
                            part.trim().parse::<usize>().unwrap_or(1).saturating_sub(1)
                        });
                        let (row, column) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
                        self.buffer.go_to(row, column);
                    }
                }
                Key::Control('r') => self.insert_file(),
                Key::Alt('u') => {
                    if !self.buffer.undo() {
                        self.message = "[ Nothing to undo ]".to_owned();
                    }
                }
                Key::Alt('e') => {
                    if !self.buffer.redo() {
                        self.message = "[ Nothing to redo ]".to_owned();
                    }
                }
                Key::Control('g') => {
                    self.message = "[ ^A ^E line ends  ^Y ^V pages  M-\\ M-/ text ends  M-W again  M-6 copy  M-N numbers ]".to_owned();
                }
                Key::Alt('n' | '#') => self.view.numbers = !self.view.numbers,
                Key::Alt('\\') => self.buffer.go_to(0, 0),
                Key::Alt('/') => self.buffer.go_to(usize::MAX, usize::MAX),
                Key::Control('a') | Key::Home => self.buffer.set_column(0),
                Key::Control('e') | Key::End => self.buffer.set_column(usize::MAX),
                Key::Control('y') | Key::PageUp => self.buffer.vertical(-(rows as isize)),
                Key::Control('v') | Key::PageDown => self.buffer.vertical(rows as isize),
                Key::Control('p') | Key::Up => self.buffer.vertical(-1),
                Key::Control('n') | Key::Down => self.buffer.vertical(1),
                Key::Control('b') | Key::Left => self.buffer.left(),
                Key::Control('f') | Key::Right => self.buffer.right(),
                Key::Control('d') | Key::Delete => self.buffer.delete(),
                Key::Backspace => self.buffer.backspace(),
                Key::Enter => self.buffer.split_line(),
                Key::Tab => self.buffer.insert('\t'),
                Key::Char(letter) => self.buffer.insert(letter),
                _ => {}
            }
            self.cutting = cut;
        }
    }

    fn draw(&mut self) -> std::io::Result<()> {
        let (rows, columns) = self.terminal.size();
        let name = self
            .path
            .as_ref()
            .map_or("New Buffer".to_owned(), |path| path.display().to_string());
        let state = if self.buffer.changed {
            "Modified"
        } else if self.only_view {
            "View"
        } else {
            ""
        };
        let title = format!(
            "  nano (Berth) {name:^width$} {state:>8}  ",
            width = columns.saturating_sub(27)
        );
        let title: String = title.chars().take(columns).collect();
        let mut around = vec![(1, format!("\x1b[7m{title}"))];
        let gap = columns.saturating_sub(self.message.chars().count()) / 2;
        let message: String = self
            .message
            .chars()
            .take(columns.saturating_sub(1))
            .collect();
        around.push((
            rows.saturating_sub(2),
            if message.is_empty() {
                String::new()
            } else {
                format!("{}\x1b[7m{message}", " ".repeat(gap))
            },
        ));
        let each = (columns / KEYS[0].len()).max(8);
        for (index, keys) in KEYS.iter().enumerate() {
            let mut line = String::new();
            for (key, what) in keys.iter().take(columns / each) {
                let what: String = what
                    .chars()
                    .take(each.saturating_sub(key.len() + 2))
                    .collect();
                line.push_str(&format!(
                    "\x1b[7m{key}\x1b[m {what:<width$}",
                    width = each.saturating_sub(key.len() + 1)
                ));
            }
            around.push((rows.saturating_sub(1) + index, line));
        }
        let text_rows = rows.saturating_sub(OTHER_ROWS).max(1);
        self.view
            .draw(&self.terminal, &self.buffer, 2, text_rows, &around)
    }

    fn tell_place(&mut self) {
        let (line, lines) = (self.buffer.row + 1, self.buffer.lines.len());
        let (column, columns) = (self.buffer.column + 1, self.buffer.length() + 1);
        self.message = format!(
            "[ line {line}/{lines} ({}%), col {column}/{columns} ]",
            line * 100 / lines
        );
    }

    /// Asks whether to keep changes; true when the editor ends.
    fn leave(&mut self) -> bool {
        if !self.buffer.changed {
            return true;
        }
        let (rows, _) = self.terminal.size();
        let question = format!(
            "\x1b[{};1H\x1b[2K\x1b[7mSave modified buffer? (Y/N, ^C cancels) \x1b[m",
            rows.saturating_sub(2)
        );
        let _ = self.terminal.write(question.as_bytes());
        loop {
            match self.terminal.key() {
                Key::Char('y' | 'Y') => return self.save(false),
                Key::Char('n' | 'N') | Key::Hangup => return true,
                Key::Control('c') | Key::Escape => return false,
                _ => {}
            }
        }
    }

    /// Writes the file; false if it was given up or failed.
    fn save(&mut self, at_once: bool) -> bool {
        let known = self.path.as_ref().map(|path| path.display().to_string());
        let name = match (known, at_once) {
            (Some(name), true) => Some(name),
            (known, _) => self
                .terminal
                .ask("File Name to Write: ", &known.unwrap_or_default()),
        };
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            self.message = "[ Cancelled ]".to_owned();
            return false;
        };
        let path = PathBuf::from(name);
        let content = self.buffer.content_ended();
        match self.buffer.write(&path, &content) {
            Ok(()) => {
                self.message = format!("[ Wrote {} lines ]", content.lines().count());
                self.path = Some(path);
                true
            }
            Err(error) => {
                self.message = format!("[ Error writing {}: {} ]", path.display(), reason(&error));
                false
            }
        }
    }

    fn search(&mut self) {
        let prompt = if self.searched.is_empty() {
            "Search: ".to_owned()
        } else {
            format!("Search [{}]: ", self.searched)
        };
        match self.terminal.ask(&prompt, "") {
            Some(wanted) => {
                if !wanted.is_empty() {
                    self.searched = wanted;
                }
                self.search_again(true);
            }
            None => self.message = "[ Cancelled ]".to_owned(),
        }
    }

    fn search_again(&mut self, forward: bool) {
        if self.searched.is_empty() {
            return;
        }
        match self.buffer.find(&self.searched, forward) {
            Some((row, column)) => self.buffer.go_to(row, column),
            None => self.message = format!("[ \"{}\" not found ]", self.searched),
        }
    }

    fn replace(&mut self) {
        let Some(wanted) = self
            .terminal
            .ask("Search (to replace): ", "")
            .filter(|wanted| !wanted.is_empty())
        else {
            return;
        };
        let Some(with) = self.terminal.ask("Replace with: ", "") else {
            return;
        };
        self.buffer.remember(false);
        let mut count = 0;
        for line in &mut self.buffer.lines {
            count += line.matches(&wanted).count();
            *line = line.replace(&wanted, &with);
        }
        self.buffer.set_column(self.buffer.column);
        self.message = format!("[ Replaced {count} occurrences ]");
    }

    fn insert_file(&mut self) {
        let Some(name) = self
            .terminal
            .ask("File to insert: ", "")
            .filter(|name| !name.is_empty())
        else {
            return;
        };
        match std::fs::read_to_string(&name) {
            Ok(content) => {
                let lines: Vec<String> = content.lines().map(str::to_owned).collect();
                let row = self.buffer.row;
                self.buffer.paste_lines(row, &lines);
                self.message = format!("[ Inserted {} lines ]", lines.len());
            }
            Err(error) => self.message = format!("[ Error reading {name}: {} ]", reason(&error)),
        }
    }
}
