//! One line being edited: where keys come from, and how the screen follows.

use std::time::Duration;

use super::buffer::Buffer;
use super::complete::{self, Outcome};
use super::keys::{Decoder, Key};
use super::prompt::Prompt;
use super::render::Screen;
use super::terminal::Mode;
use super::undo::Undo;
use super::walk::Walk;
use super::{Editor, Host, ReadLine};

/// Bytes of one read while text is pasted. Otherwise the editor reads one by one: what follows a line's end
/// belongs to the program the line starts.
const PASTE_READ_BYTES: usize = 4096;
/// Time in which the rest of a key follows its Escape.
const ESCAPE_TIMEOUT: Duration = Duration::from_millis(100);
/// Time in which a paste goes on. Until then the line is not drawn: a paste is one insertion, and drawing a long
/// line for every piece of it would take longer than the paste.
const PASTE_TIMEOUT: Duration = Duration::from_millis(100);
/// Longest pause when a terminal that does not wait has nothing to read.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// Turns bracketed paste on and off.
const PASTE_ON: &str = "\x1b[?2004h";
const PASTE_OFF: &str = "\x1b[?2004l";
/// Rings.
const BELL: &str = "\x07";
/// Clears the screen and goes to its top.
const CLEAR_SCREEN: &str = "\x1b[H\x1b[2J";

/// An intermediate result, or how the editing ended.
pub type Step<T> = Result<T, ReadLine>;

/// What the key before was, as far as the next one cares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Last {
    /// Nothing special.
    Other,
    /// Text was typed; more of it is the same step to undo.
    Text,
    /// Text was cut; more of it is the same cut.
    Kill,
    /// A cut was put back here.
    Yank {
        /// Where it begins; it ends at the cursor.
        start: usize,
    },
    /// The last word of an older line was put here.
    Argument {
        /// Where it begins; it ends at the cursor.
        start: usize,
        /// Entry it is from.
        index: usize,
    },
    /// A change was taken back.
    Undo,
    /// Tab found several candidates and inserted nothing.
    Tab,
}

/// The state of one line.
pub struct Session<'a> {
    pub editor: &'a mut Editor,
    pub host: &'a mut dyn Host,
    pub buffer: Buffer,
    pub undo: Undo,
    pub walk: Walk,
    pub last: Last,
    prompt: Prompt,
    /// Shown instead of the prompt's last line while history is searched.
    pub search_prompt: Option<Prompt>,
    screen: Screen,
    /// The line is not on the screen: a question is.
    asking: bool,
    /// How the editing ended while nobody waited for a key.
    end: Option<ReadLine>,
    /// What was typed after the `^C` that ends the line.
    for_next_line: Vec<u8>,
    /// What goes to the terminal next.
    output: String,
}

impl<'a> Session<'a> {
    /// A new, empty line.
    pub fn new(editor: &'a mut Editor, host: &'a mut dyn Host, prompt: &str) -> Self {
        let screen = Screen::new(editor.terminal.size());
        Self {
            editor,
            host,
            buffer: Buffer::default(),
            undo: Undo::default(),
            walk: Walk::default(),
            last: Last::Other,
            prompt: Prompt::parse(prompt),
            search_prompt: None,
            screen,
            asking: false,
            end: None,
            for_next_line: Vec::new(),
            output: String::new(),
        }
    }

    /// Edits until the line is done.
    pub fn run(mut self) -> ReadLine {
        let pastes = self.editor.keymap.borrow().is_on("enable-bracketed-paste");
        if pastes {
            self.output.push_str(PASTE_ON);
        }
        self.output.push_str(&self.prompt.above);
        let end = loop {
            match self.next_key().and_then(|key| self.execute(key)) {
                Ok(()) => {}
                Err(end) => break end,
            }
        };
        self.search_prompt = None;
        match &end {
            ReadLine::Line(line) => self.screen.leave(&self.prompt, line, "", &mut self.output),
            ReadLine::Interrupted => {
                self.screen
                    .leave(&self.prompt, self.buffer.text(), "^C", &mut self.output);
                // As a terminal does it: what was typed ahead is gone, and so is the end of what was being pasted.
                self.editor.keys.clear();
                self.editor.pending.clear();
                self.editor.decoder = Decoder::default();
                let typed_after = std::mem::take(&mut self.for_next_line);
                self.editor.feed(&typed_after);
            }
            ReadLine::EndOfFile | ReadLine::Hangup => {}
        }
        if pastes {
            self.output.push_str(PASTE_OFF);
        }
        // The line was typed, whatever the terminal says now.
        let _ = self.flush();
        end
    }

    /// The next key; waits for it with the screen up to date.
    pub fn next_key(&mut self) -> Step<Key> {
        loop {
            if let Some(key) = self.editor.keys.pop_front() {
                return Ok(key);
            }
            if let Some(end) = self.end.take() {
                return Err(end);
            }
            if !self.editor.terminal.is_ready(Duration::ZERO) {
                self.refresh()?;
                if self.search_prompt.is_some() && self.escape_is_alone() {
                    return Ok(Key::Escape);
                }
            }
            if self.editor.has_pending() {
                let timeout = self.editor.sequence_timeout();
                if !self.editor.terminal.is_ready(timeout) {
                    self.editor.settle();
                    continue;
                }
            }
            self.read()?;
        }
    }

    /// The next key if it is known already.
    pub fn next_key_at_hand(&mut self, wanted: impl FnOnce(Key) -> bool) -> Option<Key> {
        while self.editor.keys.is_empty()
            && self.end.is_none()
            && self.editor.terminal.is_ready(self.patience())
        {
            self.end = self.read().err();
        }
        self.editor.keys.pop_front_if(|key| wanted(*key))
    }

    /// How long more of what is being typed may take.
    fn patience(&self) -> Duration {
        if self.editor.decoder.is_pasting() {
            PASTE_TIMEOUT
        } else {
            Duration::ZERO
        }
    }

    fn escape_is_alone(&mut self) -> bool {
        self.editor.decoder.has_lone_escape()
            && !self.editor.terminal.is_ready(ESCAPE_TIMEOUT)
            && self.editor.decoder.give_up_escape()
    }

    fn read(&mut self) -> Step<()> {
        // What came before these bytes counts before them: a terminal drops what was typed before a `^C`, so there is
        // nothing to read that is older.
        self.signalled()?;
        let mut bytes = [0; PASTE_READ_BYTES];
        let wanted = if self.editor.decoder.is_pasting() {
            PASTE_READ_BYTES
        } else {
            1
        };
        self.editor.macros_played = 0;
        let quoting = self.editor.decoder.is_quoting();
        if quoting {
            self.set_mode(Mode::Literal)?;
        }
        let read = self.editor.terminal.read(&mut bytes[..wanted]);
        if quoting {
            self.set_mode(Mode::Raw)?;
        }
        match read {
            Ok(0) => Err(ReadLine::Hangup),
            Ok(count) => {
                let bytes = &bytes[..count.min(wanted)];
                // A `^C` that arrived meanwhile took everything before it out of the terminal: these bytes came after
                // it, and belong to the next line.
                let signalled = self.signalled();
                if matches!(signalled, Err(ReadLine::Interrupted)) {
                    self.for_next_line = bytes.to_vec();
                } else {
                    self.editor.feed(bytes);
                }
                signalled
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => self.signalled(),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                self.editor.terminal.is_ready(IDLE_TIMEOUT);
                Ok(())
            }
            Err(_) => Err(ReadLine::Hangup),
        }
    }

    pub(super) fn set_mode(&mut self, mode: Mode) -> Step<()> {
        let set = self.editor.terminal.set_mode(mode);
        set.map_err(|_| ReadLine::Hangup)
    }

    /// Signals arrived: what they mean for the line.
    fn signalled(&mut self) -> Step<()> {
        let wake = self.host.signalled();
        if wake.hangup {
            return Err(ReadLine::Hangup);
        }
        if !wake.notice.is_empty() {
            self.show_notice(&wake.notice);
        }
        let size = self.editor.terminal.size();
        self.screen.resize(size, &mut self.output);
        if wake.interrupted {
            return Err(ReadLine::Interrupted);
        }
        Ok(())
    }

    /// Prints text above the line.
    fn show_notice(&mut self, notice: &str) {
        self.screen.erase(&mut self.output);
        for line in notice.lines() {
            self.output.push_str(line);
            self.output.push_str("\r\n");
        }
    }

    /// Brings the screen up to date, with one write.
    pub fn refresh(&mut self) -> Step<()> {
        if !self.asking {
            let prompt = self.search_prompt.as_ref().unwrap_or(&self.prompt);
            self.screen.draw(
                prompt,
                self.buffer.text(),
                self.buffer.cursor(),
                &mut self.output,
            );
        }
        self.flush()
    }

    fn flush(&mut self) -> Step<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let written = self
            .editor
            .terminal
            .write(&crate::text::encode(&self.output));
        self.output.clear();
        written.map_err(|_| ReadLine::Hangup)
    }

    /// Rings: the key makes no sense here.
    pub fn ring(&mut self) {
        let silent = self.editor.keymap.borrow().value("bell-style") == "none";
        if !silent && !self.output.ends_with(BELL) {
            self.output.push_str(BELL);
        }
    }

    /// Draws everything on an empty screen.
    pub fn clear_screen(&mut self) {
        self.output.push_str(CLEAR_SCREEN);
        self.output.push_str(&self.prompt.above);
        self.screen.forget();
    }

    /// Takes the line off the screen, for the output of a command.
    pub(super) fn erase_for_command(&mut self) -> Step<()> {
        self.screen.erase(&mut self.output);
        self.flush()
    }

    /// The line is to be drawn as on a row that has nothing.
    pub(super) fn draw_anew(&mut self) {
        self.output.push_str(&self.prompt.above);
        self.screen.forget();
    }

    /// Tab.
    pub fn complete(&mut self, list: bool) -> Step<()> {
        self.refresh()?;
        // Completing may run commands; `^C` must reach them.
        self.set_mode(Mode::Quiet)?;
        let completions = self.host.complete(self.buffer.text(), self.buffer.cursor());
        self.set_mode(Mode::Raw)?;
        self.signalled()?;
        let list = list || self.editor.keymap.borrow().is_on("show-all-if-ambiguous");
        match complete::apply(&mut self.buffer, completions) {
            Outcome::Inserted { only: true } => {}
            Outcome::Inserted { only: false } => self.ring(),
            Outcome::Nothing => self.ring(),
            Outcome::Ambiguous(candidates) if list => self.list(&candidates)?,
            Outcome::Ambiguous(_) => {
                self.ring();
                self.last = Last::Tab;
            }
        }
        Ok(())
    }

    /// Lists candidates below the line, and draws the line again below them.
    fn list(&mut self, candidates: &[complete::Candidate]) -> Step<()> {
        self.screen
            .leave(&self.prompt, self.buffer.text(), "", &mut self.output);
        if candidates.len() <= complete::LISTED_UNASKED_MAX || self.ask(candidates.len())? {
            self.output
                .push_str(&complete::list(candidates, self.screen.size().columns));
        }
        self.output.push_str(&self.prompt.above);
        Ok(())
    }

    /// Asks whether so many shall be listed.
    fn ask(&mut self, count: usize) -> Step<bool> {
        self.output
            .push_str(&format!("Display all {count} possibilities? (y or n)"));
        self.asking = true;
        let answer = loop {
            match self.next_key() {
                Ok(Key::Char('y' | 'Y' | ' ')) => break Ok(true),
                Ok(Key::Char('n' | 'N') | Key::Backspace | Key::Control('G')) => break Ok(false),
                Ok(Key::Control('C')) => break Err(ReadLine::Interrupted),
                Ok(_) => self.ring(),
                Err(end) => break Err(end),
            }
        };
        self.asking = false;
        self.output.push_str("\r\n");
        answer
    }

    /// What is on the screen, for tests to compare with a terminal.
    #[cfg(test)]
    pub fn screen(&self) -> &Screen {
        &self.screen
    }
}
