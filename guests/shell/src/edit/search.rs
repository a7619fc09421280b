//! `^R` and `^S`: looks for a text in the history while it is typed.

use super::ReadLine;
use super::keys::Key;
use super::prompt::{Part, Prompt};
use super::session::{Session, Step};

/// Longest text searched for, in bytes.
const PATTERN_MAX_BYTES: usize = 256;

/// Steps of one search that can be taken back.
const STEPS_MAX: usize = 1000;

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// To older lines.
    Backward,
    /// To newer lines.
    Forward,
}

/// How far the search is.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Progress {
    pattern: String,
    direction: Direction,
    /// Entry that is shown.
    index: usize,
    /// Where in it the cursor is.
    offset: usize,
    failed: bool,
}

impl Progress {
    fn prompt(&self) -> Prompt {
        let failed = if self.failed { "failed " } else { "" };
        let way = match self.direction {
            Direction::Backward => "reverse-i-search",
            Direction::Forward => "i-search",
        };
        let text = format!("({failed}{way})`{}': ", self.pattern);
        Prompt {
            above: String::new(),
            parts: vec![Part::Shown(text)],
        }
    }
}

impl Session<'_> {
    /// Searches until a key ends it; a key that means something outside is left for whoever asks next.
    pub fn search(&mut self, direction: Direction) -> Step<()> {
        let result = self.search_until_done(direction);
        self.search_prompt = None;
        result
    }

    fn search_until_done(&mut self, direction: Direction) -> Step<()> {
        let before = (self.buffer.clone(), self.walk.index(self.host.history()));
        let mut now = Progress {
            pattern: String::new(),
            direction,
            index: before.1,
            offset: self.buffer.cursor(),
            failed: false,
        };
        // One step for each character of the pattern and each search again.
        let mut steps: Vec<Progress> = Vec::new();
        loop {
            self.search_prompt = Some(now.prompt());
            let key = self.next_key()?;
            match key {
                Key::Control('C') => return Err(ReadLine::Interrupted),
                Key::Control('G') => {
                    self.walk
                        .go_to(before.1, &mut self.buffer, self.host.history());
                    self.buffer = before.0;
                    self.ring();
                    return Ok(());
                }
                Key::Escape => return Ok(()),
                Key::Control('R') => self.search_again(&mut now, Direction::Backward, &mut steps),
                Key::Control('S') => self.search_again(&mut now, Direction::Forward, &mut steps),
                Key::Backspace => match steps.pop() {
                    Some(earlier) => {
                        now = earlier;
                        self.show_found(&now);
                    }
                    None => self.ring(),
                },
                Key::Char(character) | Key::Literal(character)
                    if now.pattern.len() + character.len_utf8() <= PATTERN_MAX_BYTES =>
                {
                    steps.push(now.clone());
                    now.pattern.push(character);
                    self.editor.last_pattern.clone_from(&now.pattern);
                    let index = now.index;
                    self.search_from(&mut now, index);
                }
                Key::Char(_) | Key::Literal(_) => self.ring(),
                other => {
                    self.editor.keys.push_front(other);
                    return Ok(());
                }
            }
        }
    }

    /// The next line that has the text; with no text yet, the text of the search before.
    fn search_again(
        &mut self,
        now: &mut Progress,
        direction: Direction,
        steps: &mut Vec<Progress>,
    ) {
        let turned = now.direction != direction;
        let earlier = now.clone();
        now.direction = direction;
        if now.pattern.is_empty() {
            if !turned {
                now.pattern.clone_from(&self.editor.last_pattern);
            }
            if now.pattern.is_empty() {
                return;
            }
            let index = now.index;
            self.search_from(now, index);
        } else {
            let next = match direction {
                Direction::Backward => now.index.checked_sub(1),
                Direction::Forward => Some(now.index + 1),
            };
            match next {
                Some(index) => self.search_from(now, index),
                None => {
                    now.failed = true;
                    self.ring();
                }
            }
        }
        // A search that stays where it was is no step to take back.
        if steps.len() < STEPS_MAX && *now != earlier {
            steps.push(earlier);
        }
    }

    /// Looks from an entry on for one that has the pattern and is not what is shown already.
    fn search_from(&mut self, now: &mut Progress, start: usize) {
        let shown = self.buffer.text().to_owned();
        let length = self.host.history().len();
        let mut index = start;
        while index <= length {
            let text = self.walk_text(index);
            let found = match now.direction {
                Direction::Backward => text.rfind(&now.pattern),
                Direction::Forward => text.find(&now.pattern),
            };
            if let Some(offset) = found.filter(|_| index == now.index || text != shown) {
                (now.index, now.offset, now.failed) = (index, offset, false);
                self.show_found(now);
                return;
            }
            index = match now.direction {
                Direction::Backward => match index.checked_sub(1) {
                    Some(index) => index,
                    None => break,
                },
                Direction::Forward => index + 1,
            };
        }
        now.failed = true;
        self.ring();
    }

    /// The text of a place, of the one that is shown as it is now.
    fn walk_text(&self, index: usize) -> String {
        if index == self.walk.index(self.host.history()) {
            self.buffer.text().to_owned()
        } else {
            self.walk.text_at(index, self.host.history())
        }
    }

    fn show_found(&mut self, now: &Progress) {
        self.walk
            .go_to(now.index, &mut self.buffer, self.host.history());
        self.buffer.go_to(now.offset);
    }
}
