//! The terminal: raw while a program owns it, and as it was afterwards.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use berth_guest::{ApplyWhen, Signal, SignalAction, TerminalAttributes};

/// How long a lone escape waits for the rest of a key.
const ESCAPE_WAIT: Duration = Duration::from_millis(30);
/// What a terminal that does not tell its size is taken for.
const DEFAULT_SIZE: (usize, usize) = (24, 80);

/// The window has another size.
const SIGWINCH: Signal = 28;
/// ^C.
const SIGINT: Signal = 2;
/// ^\\.
const SIGQUIT: Signal = 3;
/// ^Z: stop, as far as the shell is concerned.
const SIGTSTP: Signal = 20;

/// A key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    Char(char),
    /// With the control key; the letter is lower case.
    Control(char),
    /// With the alternate key, or behind an escape.
    Alt(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Escape,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    Insert,
    /// No key: the window has another size.
    Resized,
    /// The terminal is gone.
    Hangup,
    Other,
}

/// The terminal in raw mode.
pub struct Terminal {
    from: File,
    before: TerminalAttributes,
    pending: Vec<u8>,
    resized: bool,
}

impl Terminal {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// There is none.
    pub fn open() -> io::Result<Self> {
        let from = File::open("/dev/tty")?;
        let before = berth_guest::tty_attributes(from.as_fd())?;
        // Without this signal a new size is seen with the next key, and no sooner.
        let _ = berth_guest::set_signal_action(SIGWINCH, SignalAction::Catch);
        let terminal = Self {
            from,
            before,
            pending: Vec::new(),
            resized: false,
        };
        terminal.enter()?;
        Ok(terminal)
    }

    fn enter(&self) -> io::Result<()> {
        let mut raw = self.before.raw();
        raw.output = self.before.output;
        berth_guest::set_tty_attributes(self.fd(), &raw, ApplyWhen::Drained)?;
        // The other screen, with its own lines; keys as applications get them.
        self.write(b"\x1b[?1049h\x1b[H\x1b[2J")
    }

    fn leave(&self) {
        let _ = self.write(b"\x1b[m\x1b[?25h\x1b[?1049l");
        let _ = berth_guest::set_tty_attributes(self.fd(), &self.before, ApplyWhen::Now);
    }

    /// Stops this program as ^Z does, and comes back when the shell lets it go on.
    pub fn suspend(&self) {
        let _ = self.lend(|| berth_guest::kill(0, SIGTSTP));
    }

    /// Lets another program have the terminal meanwhile.
    pub fn lend<T>(&self, to: impl FnOnce() -> T) -> T {
        self.leave();
        let result = to();
        let _ = self.enter();
        result
    }

    /// Lets another program have the terminal, as its standard input too. What interrupts that program does not end
    /// this one.
    ///
    /// # Errors
    /// Those of `run`.
    pub fn lend_to_program<T>(
        &self,
        run: impl FnOnce(BorrowedFd<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        let set = |action| {
            for signal in [SIGINT, SIGQUIT] {
                // There are such signals, so they can be set.
                let _ = berth_guest::set_signal_action(signal, action);
            }
        };
        set(SignalAction::Catch);
        let ran = self.lend(|| run(self.fd()));
        berth_guest::take_signals();
        set(SignalAction::Default);
        ran
    }

    fn fd(&self) -> BorrowedFd<'_> {
        self.from.as_fd()
    }

    /// Rows and columns.
    pub fn size(&self) -> (usize, usize) {
        match berth_guest::tty_window_size(self.fd()) {
            Ok(size) if size.rows > 0 && size.columns > 0 => {
                (usize::from(size.rows), usize::from(size.columns))
            }
            _ => DEFAULT_SIZE,
        }
    }

    /// Writes to the screen.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(bytes)?;
        out.flush()
    }

    fn fill(&mut self) -> bool {
        let mut buffer = [0; 256];
        loop {
            match berth_guest::read(self.fd(), &mut buffer) {
                Ok(0) => return false,
                Ok(read) => {
                    self.pending.extend_from_slice(&buffer[..read]);
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    if self.take_signals() {
                        return false;
                    }
                }
                Err(_) => return false,
            }
        }
    }

    /// Whether one of the signals that came says that the window has another size.
    fn take_signals(&mut self) -> bool {
        self.resized |= berth_guest::take_signals().contains(SIGWINCH);
        self.resized
    }

    fn byte(&mut self) -> Option<u8> {
        if self.pending.is_empty() && !self.fill() {
            return None;
        }
        Some(self.pending.remove(0))
    }

    /// The next byte, if it comes at once.
    fn soon(&mut self) -> Option<u8> {
        if self.pending.is_empty()
            && !berth_guest::wait_readable(self.fd(), ESCAPE_WAIT).unwrap_or(false)
        {
            return None;
        }
        self.byte()
    }

    /// Whether a key is there already: then nothing needs to be drawn yet.
    pub fn has_key(&mut self) -> bool {
        self.has_key_within(Duration::ZERO)
    }

    /// Whether there is a key after this time at the latest.
    pub fn has_key_within(&mut self, wait: Duration) -> bool {
        if self.resized || !self.pending.is_empty() {
            return true;
        }
        match berth_guest::wait_readable(self.fd(), wait) {
            Ok(ready) => ready,
            Err(_) => self.take_signals(),
        }
    }

    /// Waits for a key or for something to read elsewhere; whether it is a key. It comes first when both are there.
    pub fn key_before(&mut self, other: BorrowedFd<'_>) -> bool {
        loop {
            if self.has_key() {
                return true;
            }
            match berth_guest::wait_either_readable([self.fd(), other]) {
                Ok([key, _]) => return key,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What cannot be asked, a regular file, never waits.
                Err(_) => return false,
            }
            self.take_signals();
        }
    }

    /// Waits for a key.
    pub fn key(&mut self) -> Key {
        if std::mem::take(&mut self.resized) {
            return Key::Resized;
        }
        let Some(first) = self.byte() else {
            return if std::mem::take(&mut self.resized) {
                Key::Resized
            } else {
                Key::Hangup
            };
        };
        match first {
            b'\r' | b'\n' => Key::Enter,
            b'\t' => Key::Tab,
            8 | 127 => Key::Backspace,
            27 => self.escape(),
            0 => Key::Control(' '),
            1..=26 => Key::Control(char::from(first + 96)),
            28..=31 => Key::Control(char::from(first + 64)),
            _ => self.character(first).map_or(Key::Other, Key::Char),
        }
    }

    fn character(&mut self, first: u8) -> Option<char> {
        let length = match first {
            0..0x80 => 1,
            0xc2..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0..0xf5 => 4,
            _ => return None,
        };
        let mut bytes = vec![first];
        while bytes.len() < length {
            bytes.push(self.byte()?);
        }
        str::from_utf8(&bytes).ok()?.chars().next()
    }

    fn escape(&mut self) -> Key {
        let Some(next) = self.soon() else {
            return Key::Escape;
        };
        if !matches!(next, b'[' | b'O') {
            return match next {
                27 => Key::Escape,
                _ => self.character(next).map_or(Key::Other, Key::Alt),
            };
        }
        let mut sequence = Vec::new();
        loop {
            let Some(byte) = self.soon() else {
                return if sequence.is_empty() {
                    Key::Alt(char::from(next))
                } else {
                    Key::Other
                };
            };
            sequence.push(byte);
            if matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'~') {
                break;
            }
        }
        match &sequence[..] {
            b"A" => Key::Up,
            b"B" => Key::Down,
            b"C" => Key::Right,
            b"D" => Key::Left,
            b"H" | b"1~" | b"7~" => Key::Home,
            b"F" | b"4~" | b"8~" => Key::End,
            b"2~" => Key::Insert,
            b"3~" => Key::Delete,
            b"5~" => Key::PageUp,
            b"6~" => Key::PageDown,
            b"M" => Key::Enter,
            _ => Key::Other,
        }
    }

    /// Asks for a line at the bottom of the screen; `None` if it was given up.
    pub fn ask(&mut self, prompt: &str, initial: &str) -> Option<String> {
        let mut text: Vec<char> = initial.chars().collect();
        loop {
            let (rows, columns) = self.size();
            let line: String = text.iter().collect();
            let shown: String = format!("{prompt}{line}")
                .chars()
                .take(columns.saturating_sub(1))
                .collect();
            let _ = self.write(format!("\x1b[{rows};1H\x1b[2K{shown}").as_bytes());
            match self.key() {
                Key::Enter => return Some(line),
                Key::Escape | Key::Control('c' | 'g') | Key::Hangup => return None,
                Key::Backspace if text.is_empty() => return None,
                Key::Backspace => drop(text.pop()),
                Key::Control('u') => text.clear(),
                Key::Char(letter) => text.push(letter),
                Key::Tab => text.push('\t'),
                _ => {}
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
    }
}
