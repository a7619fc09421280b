//! What each key does.

use std::collections::HashMap;

use berth_multicall::{reason, text};

use super::pager::{Pager, Place};
use crate::terminal::Key;

/// Columns moved sideways at a time.
const SIDEWAYS_COLUMNS: usize = 40;
/// Digits of a number before a command; more are not taken.
const COUNT_MAX_DIGITS: usize = 9;
/// The editor when nothing says which.
const EDITOR: &str = "editor";

const KEYS: &str = "space/f forward  b back  j/k line  d/u half page  g/G ends  / ? search  n/N next  & filter  :n :p files  v edit  q quit";

/// What is remembered from key to key.
#[derive(Default)]
pub struct Keys {
    /// Whether the last search went up.
    upwards: bool,
    /// Places with a letter.
    marks: HashMap<char, (usize, Place)>,
    /// Rows of half a page, when somebody has said how many.
    half: Option<usize>,
}

impl Keys {
    /// Shows the documents until somebody has seen enough.
    pub fn run(mut self, pager: &mut Pager) {
        loop {
            let Ok(key) = pager.key() else { return };
            match key {
                Key::Char(digit @ '0'..='9') if pager.typed.len() < COUNT_MAX_DIGITS => {
                    pager.typed.push(digit);
                    continue;
                }
                Key::Backspace if pager.typed.pop().is_some() => continue,
                Key::Resized => continue,
                _ => {}
            }
            let count = std::mem::take(&mut pager.typed).parse().ok();
            if self.execute(pager, key, count) {
                return;
            }
        }
    }

    /// Does what a key says; whether it is the end.
    fn execute(&mut self, pager: &mut Pager, key: Key, count: Option<usize>) -> bool {
        let page = pager.rows();
        let half = self.half.unwrap_or(page / 2).max(1);
        match key {
            Key::Char('q' | 'Q') | Key::Control('c') | Key::Hangup => return true,
            Key::Char(' ' | 'f' | 'z') | Key::PageDown | Key::Control('f' | 'v') => {
                pager.go_down(count.unwrap_or(page));
            }
            Key::Char('b' | 'w') | Key::PageUp | Key::Control('b') | Key::Alt('v') => {
                pager.go_up(count.unwrap_or(page));
            }
            Key::Char('j' | 'e') | Key::Down | Key::Enter | Key::Control('n' | 'e') => {
                pager.go_down(count.unwrap_or(1));
            }
            Key::Char('k' | 'y') | Key::Up | Key::Control('p' | 'y') => {
                pager.go_up(count.unwrap_or(1));
            }
            Key::Char('d') | Key::Control('d') => {
                self.half = count.or(self.half);
                pager.go_down(count.unwrap_or(half));
            }
            Key::Char('u') | Key::Control('u') => {
                self.half = count.or(self.half);
                pager.go_up(count.unwrap_or(half));
            }
            Key::Char('g' | '<') | Key::Home => pager.go_to(count.unwrap_or(1).saturating_sub(1)),
            Key::Char('G' | '>') | Key::End => match count {
                Some(line) => pager.go_to(line.saturating_sub(1)),
                None => pager.go_to_end(),
            },
            Key::Char('p' | '%') => {
                let percent = count.unwrap_or(0).min(100);
                pager.reach(usize::MAX);
                pager.go_to(pager.count() * percent / 100);
            }
            Key::Left => pager.left = pager.left.saturating_sub(count.unwrap_or(SIDEWAYS_COLUMNS)),
            Key::Right => pager.left += count.unwrap_or(SIDEWAYS_COLUMNS),
            Key::Char(sign @ ('/' | '?')) => self.ask_for_pattern(pager, sign),
            Key::Char('n') => self.search_again(pager, self.upwards),
            Key::Char('N') => self.search_again(pager, !self.upwards),
            Key::Char('&') => {
                let source = pager.terminal.ask("&/", "").unwrap_or_default();
                let filter = match &source[..] {
                    "" => None,
                    source => pager.compiled(source),
                };
                pager.set_filter(filter);
            }
            Key::Char('m') => {
                if let Key::Char(letter) = pager.terminal.key() {
                    self.marks.insert(letter, (pager.document, pager.top));
                }
            }
            Key::Char('\'') => self.go_to_mark(pager),
            Key::Char(':') => return file_command(pager),
            Key::Char('F') => pager.follow(),
            Key::Control('z') => pager.terminal.suspend(),
            Key::Char('=') | Key::Control('g') => pager.message = pager.place(),
            Key::Char('h' | 'H') => pager.message = KEYS.to_owned(),
            Key::Char('-') => toggle(pager),
            Key::Char('v') => edit(pager),
            Key::Char('!') => {
                if let Some(command) = pager.terminal.ask("!", "") {
                    run(
                        pager,
                        &[b"sh".to_vec(), b"-c".to_vec(), command.into_bytes()],
                    );
                }
            }
            // Anything else, `r` and ^L among it, draws the screen.
            _ => {}
        }
        false
    }

    fn ask_for_pattern(&mut self, pager: &mut Pager, sign: char) {
        let Some(source) = pager.terminal.ask(&sign.to_string(), "") else {
            return;
        };
        if !source.is_empty() {
            pager.pattern = pager.compiled(&source);
        }
        self.upwards = sign == '?';
        self.search_again(pager, self.upwards);
    }

    fn search_again(&self, pager: &mut Pager, upwards: bool) {
        let from = pager.top.line + usize::from(!upwards);
        pager.search(!upwards, from);
    }

    fn go_to_mark(&self, pager: &mut Pager) {
        let Key::Char(letter) = pager.terminal.key() else {
            return;
        };
        match (letter, self.marks.get(&letter)) {
            ('^', _) => pager.go_to(0),
            ('$', _) => pager.go_to_end(),
            (_, Some((document, place))) => {
                if *document != pager.document {
                    pager.show_document(*document);
                }
                pager.go_to(place.line);
                pager.top = *place;
            }
            _ => pager.message = "mark not set".to_owned(),
        }
    }
}

/// What comes behind a colon; whether it is the end.
fn file_command(pager: &mut Pager) -> bool {
    match pager.terminal.key() {
        Key::Char('n') if pager.document + 1 < pager.documents.len() => {
            pager.show_document(pager.document + 1);
        }
        Key::Char('p') if pager.document > 0 => pager.show_document(pager.document - 1),
        Key::Char('n') => pager.message = "No next file".to_owned(),
        Key::Char('p') => pager.message = "No previous file".to_owned(),
        Key::Char('f') => pager.message = pager.place(),
        Key::Char('q') => return true,
        _ => pager.message = "There are :n :p :f and :q".to_owned(),
    }
    false
}

/// Changes an option that can be changed meanwhile.
fn toggle(pager: &mut Pager) {
    let view = &mut pager.view;
    let (option, on) = match pager.terminal.key() {
        Key::Char('N') => {
            view.numbers = !view.numbers;
            ("line numbers", view.numbers)
        }
        Key::Char('S') => {
            view.chop = !view.chop;
            pager.top.row = 0;
            ("chopping of long lines", view.chop)
        }
        Key::Char(letter @ ('i' | 'I')) => {
            let wanted = if letter == 'i' { 1 } else { 2 };
            view.ignore_case = if view.ignore_case == wanted {
                0
            } else {
                wanted
            };
            ("ignoring case", view.ignore_case != 0)
        }
        _ => {
            pager.message = "There are -N -S -i and -I".to_owned();
            return;
        }
    };
    pager.message = format!("{option} is {}", if on { "on" } else { "off" });
}

/// Opens what is shown in the editor.
fn edit(pager: &mut Pager) {
    if pager.now().name == b"-" {
        pager.message = "Cannot edit standard input".to_owned();
        return;
    }
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|editor| !editor.is_empty())
        .unwrap_or_else(|| EDITOR.to_owned());
    // The variable may have arguments, so that the shell reads it.
    let command = format!("{editor} +\"$1\" \"$2\"");
    let line = pager.line_number().to_string();
    let name = pager.now().name.clone();
    run(
        pager,
        &[
            b"sh".to_vec(),
            b"-c".to_vec(),
            command.into_bytes(),
            b"less".to_vec(),
            line.into_bytes(),
            name,
        ],
    );
    if let Err(error) = pager.documents[pager.document].reopen() {
        pager.message = format!("{}: {}", text(&pager.now().name), reason(&error));
    }
}

/// Lets a program have the terminal.
fn run(pager: &mut Pager, arguments: &[Vec<u8>]) {
    let ran = pager
        .terminal
        .lend_to_program(|input| berth_multicall::run(arguments, Some(input)));
    if let Err(error) = ran {
        pager.message = reason(&error);
    }
}
