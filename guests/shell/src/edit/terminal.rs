//! The terminal as the editor needs it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use berth_guest::{ApplyWhen, TerminalAttributes, control_character, input, local};

use super::layout::Size;

/// Pause before a write to a terminal that takes nothing now is tried again.
const WRITE_PAUSE: Duration = Duration::from_millis(5);
/// A control character that no key has (`_POSIX_VDISABLE`).
const DISABLED: u8 = 0;
/// How often that is done.
const WRITE_PAUSES_MAX: u32 = 2000;

/// What a terminal does with what is typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// What it did before the editor came.
    Restored,
    /// Gives every byte as it is, but `^C` is a signal, as readline has it: one that is typed while the line's command
    /// is about to run is then never left behind as a mere byte.
    Raw,
    /// Gives every byte as it is, `^C` too.
    Literal,
    /// Shows nothing and keeps lines, but `^C` is a signal: for commands that run while a line is edited.
    Quiet,
}

/// A terminal.
pub trait Terminal {
    /// Waits for bytes; 0 when the terminal is gone.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] a signal arrived; all else means that the terminal is gone.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Whether there is something to read, waiting for it for up to `timeout`.
    fn is_ready(&mut self, timeout: Duration) -> bool;

    /// Writes all of it.
    ///
    /// # Errors
    /// The terminal is gone.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Its size now.
    fn size(&mut self) -> Size;

    /// Changes what it does.
    ///
    /// # Errors
    /// The terminal is gone, or none.
    fn set_mode(&mut self, mode: Mode) -> io::Result<()>;
}

/// The terminal behind two descriptors.
pub struct Console {
    input: Rc<OwnedFd>,
    output: Rc<OwnedFd>,
    /// Attributes to restore; `None` when nothing was changed.
    before: Option<TerminalAttributes>,
}

impl Console {
    /// A terminal that is read from `input` and written to `output`.
    pub fn new(input: Rc<OwnedFd>, output: Rc<OwnedFd>) -> Self {
        Self {
            input,
            output,
            before: None,
        }
    }
}

impl Terminal for Console {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        berth_guest::read(self.input.as_fd(), buffer)
    }

    fn is_ready(&mut self, timeout: Duration) -> bool {
        berth_guest::wait_readable(self.input.as_fd(), timeout).unwrap_or(false)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        let mut pauses = 0;
        while !rest.is_empty() {
            match berth_guest::write(self.output.as_fd(), rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                // The signal is still there when the next read begins.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // A program left the terminal in a mode in which nothing waits.
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock && pauses < WRITE_PAUSES_MAX =>
                {
                    pauses += 1;
                    std::thread::sleep(WRITE_PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn size(&mut self) -> Size {
        let size = berth_guest::tty_window_size(self.output.as_fd())
            .or_else(|_| berth_guest::tty_window_size(self.input.as_fd()));
        size.map_or(Size::new(0, 0), |size| Size::new(size.columns, size.rows))
    }

    fn set_mode(&mut self, mode: Mode) -> io::Result<()> {
        let before = match self.before {
            Some(before) => before,
            None if mode == Mode::Restored => return Ok(()),
            None => berth_guest::tty_attributes(self.input.as_fd())?,
        };
        let mut attributes = before;
        match mode {
            Mode::Restored => {}
            Mode::Raw => {
                attributes = raw(before);
                attributes.local |= before.local & local::ISIG;
                for key in [control_character::VQUIT, control_character::VSUSP] {
                    attributes.control_characters[key] = DISABLED;
                }
            }
            Mode::Literal => attributes = raw(before),
            Mode::Quiet => {
                attributes = raw(before);
                attributes.local |= local::ISIG;
            }
        }
        berth_guest::set_tty_attributes(self.input.as_fd(), &attributes, ApplyWhen::Drained)?;
        self.before = (mode != Mode::Restored).then_some(before);
        Ok(())
    }
}

/// Raw, but with Return still giving a line end: what was typed ahead is for the program the line starts, and
/// that program could not tell its lines apart otherwise. To the editor both are the same key.
fn raw(before: TerminalAttributes) -> TerminalAttributes {
    let mut attributes = before.raw();
    attributes.input |= before.input & input::ICRNL;
    attributes
}

impl Drop for Console {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = self.set_mode(Mode::Restored);
    }
}
