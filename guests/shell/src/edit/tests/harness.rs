//! A terminal that types what a test says and shows what a person would see.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::num::NonZero;
use std::rc::Rc;
use std::time::Duration;

use crate::edit::layout::Size;
use crate::edit::*;

/// What happens at the terminal, in order.
pub enum Event {
    Bytes(Vec<u8>),
    /// The person thinks: what is there is all there is for now.
    Pause,
    Signal(Wake),
    Resize(Size),
}

pub struct World {
    pub events: VecDeque<Event>,
    pub wakes: VecDeque<Wake>,
    pub screen: vt100::Parser,
    pub size: Size,
    pub modes: Vec<Mode>,
    pub writes: usize,
    pub output: Vec<u8>,
}

pub fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

#[derive(Clone)]
pub struct Fake(pub Rc<RefCell<World>>);

impl Fake {
    pub fn new(columns: u16, rows: u16, events: Vec<Event>) -> Self {
        Self(Rc::new(RefCell::new(World {
            events: events.into(),
            wakes: VecDeque::new(),
            screen: vt100::Parser::new(cells(rows), cells(columns), 0),
            size: Size::new(columns, rows),
            modes: Vec::new(),
            writes: 0,
            output: Vec::new(),
        })))
    }

    /// Rows of the screen, without blanks at their ends and empty ones at the end.
    pub fn rows(&self) -> String {
        let contents = self.0.borrow().screen.screen().contents();
        let rows: Vec<&str> = contents.trim_end().lines().map(str::trim_end).collect();
        rows.join("\n")
    }

    pub fn cursor(&self) -> (u16, u16) {
        self.0.borrow().screen.screen().cursor_position()
    }
}

impl Terminal for Fake {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut world = self.0.borrow_mut();
        loop {
            match world.events.pop_front() {
                None => return Ok(0),
                Some(Event::Pause) => {}
                Some(Event::Bytes(mut bytes)) => {
                    let count = bytes.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&bytes[..count]);
                    bytes.drain(..count);
                    if !bytes.is_empty() {
                        world.events.push_front(Event::Bytes(bytes));
                    }
                    if count > 0 {
                        return Ok(count);
                    }
                }
                Some(Event::Signal(wake)) => {
                    world.wakes.push_back(wake);
                    return Err(io::ErrorKind::Interrupted.into());
                }
                Some(Event::Resize(size)) => {
                    world.size = size;
                    world
                        .screen
                        .screen_mut()
                        .set_size(cells(size.rows), cells(size.columns));
                    return Err(io::ErrorKind::Interrupted.into());
                }
            }
        }
    }

    fn is_ready(&mut self, _: Duration) -> bool {
        matches!(self.0.borrow().events.front(), Some(Event::Bytes(_)))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.0.borrow_mut();
        world.writes += 1;
        world.screen.process(bytes);
        world.output.extend_from_slice(bytes);
        Ok(())
    }

    fn size(&mut self) -> Size {
        self.0.borrow().size
    }

    fn set_mode(&mut self, mode: Mode) -> io::Result<()> {
        self.0.borrow_mut().modes.push(mode);
        Ok(())
    }
}

pub struct TestHost {
    pub history: History,
    /// Words that complete the word before the cursor.
    pub words: Vec<String>,
    pub fake: Fake,
}

impl Host for TestHost {
    fn complete(&mut self, line: &str, cursor: usize) -> Completions {
        assert_eq!(self.fake.0.borrow().modes.last(), Some(&Mode::Quiet));
        let start = line[..cursor].rfind(' ').map_or(0, |blank| blank + 1);
        let candidate = |word: &String| Candidate {
            text: word.clone(),
            display: word.clone(),
            suffix: Some(if word.ends_with("dir") { '/' } else { ' ' }),
        };
        let typed = &line[start..cursor];
        let candidates = self
            .words
            .iter()
            .filter(|word| word.starts_with(typed))
            .map(candidate)
            .collect();
        Completions { start, candidates }
    }

    fn signalled(&mut self) -> Wake {
        self.fake
            .0
            .borrow_mut()
            .wakes
            .pop_front()
            .unwrap_or_default()
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn run_bound(&mut self, command: &str, edited: &mut Edited) {
        let shown = format!("[{command}]\r\n");
        self.fake.write(shown.as_bytes()).unwrap();
        edited.line = edited.line.to_uppercase();
    }
}

pub fn host(fake: &Fake) -> TestHost {
    let mut history = History::default();
    ["echo one", "git push", "echo 'a b' two"]
        .iter()
        .for_each(|line| history.add(line));
    let words = ["file1", "file2", "other", "some-dir"]
        .map(str::to_owned)
        .to_vec();
    TestHost {
        history,
        words,
        fake: fake.clone(),
    }
}

pub fn edit_on(fake: &Fake) -> ReadLine {
    let mut editor = Editor::new(Box::new(fake.clone()), SharedKeymap::default());
    editor.read_line(&mut host(fake), "$ ")
}

pub fn edit(events: Vec<Event>) -> (ReadLine, Fake) {
    let fake = Fake::new(80, 24, events);
    (edit_on(&fake), fake)
}

pub fn keys(keys: &str) -> Event {
    Event::Bytes(keys.into())
}

pub fn line_of(typed: &str) -> ReadLine {
    edit(vec![keys(typed)]).0
}

pub fn line(text: &str) -> ReadLine {
    ReadLine::Line(text.to_owned())
}
