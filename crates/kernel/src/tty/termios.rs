//! Terminal attributes with Linux's bit values (`termios(3)`, x86-64).
//!
//! Bits without a meaning here are kept and given back, so that `stty` and programs that save and
//! restore the attributes see what they set.

/// Input modes.
pub mod input {
    /// A break is a `SIGINT`. Kept only: there are no breaks on a wire that is not there.
    pub const BRKINT: u32 = 0x2;
    /// Strip the eighth bit.
    pub const ISTRIP: u32 = 0x20;
    /// NL becomes CR.
    pub const INLCR: u32 = 0x40;
    /// CR is dropped.
    pub const IGNCR: u32 = 0x80;
    /// CR becomes NL.
    pub const ICRNL: u32 = 0x100;
    /// `VSTOP` and `VSTART` hold and release the output.
    pub const IXON: u32 = 0x400;
    /// Any character releases held output.
    pub const IXANY: u32 = 0x800;
    /// Beep when the line is full.
    pub const IMAXBEL: u32 = 0x2000;
    /// Input is UTF-8: one erase takes a whole character.
    pub const IUTF8: u32 = 0x4000;
}

/// Output modes.
pub mod output {
    /// Process output at all.
    pub const OPOST: u32 = 0x1;
    /// NL becomes CR NL.
    pub const ONLCR: u32 = 0x4;
    /// CR becomes NL.
    pub const OCRNL: u32 = 0x8;
    /// No CR at column 0.
    pub const ONOCR: u32 = 0x10;
    /// NL also returns to column 0.
    pub const ONLRET: u32 = 0x20;
    /// Tabs become spaces (`XTABS`).
    pub const TAB3: u32 = 0x1800;
}

/// Control modes.
pub mod control {
    /// Eight bits, receiver on, 38400 baud: what Linux gives a new pseudo-terminal.
    pub const NEW: u32 = 0xbf;
}

/// Local modes.
pub mod local {
    /// `VINTR`, `VQUIT`, `VSUSP` send signals.
    pub const ISIG: u32 = 0x1;
    /// Line by line, with editing.
    pub const ICANON: u32 = 0x2;
    /// Show what is typed.
    pub const ECHO: u32 = 0x8;
    /// `VERASE` and `VWERASE` wipe characters off the screen.
    pub const ECHOE: u32 = 0x10;
    /// `VKILL` ends the line on the screen.
    pub const ECHOK: u32 = 0x20;
    /// Show NL even without `ECHO`.
    pub const ECHONL: u32 = 0x40;
    /// Signal characters leave the queues alone.
    pub const NOFLSH: u32 = 0x80;
    /// Background writes raise `SIGTTOU`.
    pub const TOSTOP: u32 = 0x100;
    /// Control characters are shown as `^X`.
    pub const ECHOCTL: u32 = 0x200;
    /// `VKILL` wipes the line off the screen.
    pub const ECHOKE: u32 = 0x800;
    /// `VWERASE`, `VREPRINT`, `VLNEXT` and `VEOL2` work.
    pub const IEXTEN: u32 = 0x8000;
}

/// `^C`, index into [`Termios::cc`] as all of these.
pub const VINTR: usize = 0;
/// `^\`
pub const VQUIT: usize = 1;
/// DEL
pub const VERASE: usize = 2;
/// `^U`
pub const VKILL: usize = 3;
/// `^D`
pub const VEOF: usize = 4;
/// Tenths of a second a raw read waits.
pub const VTIME: usize = 5;
/// Bytes a raw read waits for.
pub const VMIN: usize = 6;
/// `^Q`
pub const VSTART: usize = 8;
/// `^S`
pub const VSTOP: usize = 9;
/// `^Z`
pub const VSUSP: usize = 10;
/// Another end of line.
pub const VEOL: usize = 11;
/// `^R`
pub const VREPRINT: usize = 12;
/// `^W`
pub const VWERASE: usize = 14;
/// `^V`
pub const VLNEXT: usize = 15;
/// Yet another end of line.
pub const VEOL2: usize = 16;

/// What a terminal does with the bytes that pass through it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Termios {
    /// Bits of [`input`].
    pub input: u32,
    /// Bits of [`output`].
    pub output: u32,
    /// Bits of [`control`].
    pub control: u32,
    /// Bits of [`local`].
    pub local: u32,
    /// Control characters by index; 0 switches one off.
    pub cc: [u8; 32],
}

impl Default for Termios {
    /// What `stty sane` leaves on a UTF-8 terminal.
    fn default() -> Self {
        let mut cc = [0; 32];
        for (index, character) in [
            (VINTR, 0x03),
            (VQUIT, 0x1c),
            (VERASE, 0x7f),
            (VKILL, 0x15),
            (VEOF, 0x04),
            (VMIN, 1),
            (VSTART, 0x11),
            (VSTOP, 0x13),
            (VSUSP, 0x1a),
            (VREPRINT, 0x12),
            (VWERASE, 0x17),
            (VLNEXT, 0x16),
        ] {
            cc[index] = character;
        }
        use local::{ECHO, ECHOCTL, ECHOE, ECHOK, ECHOKE, ICANON, IEXTEN, ISIG};
        Self {
            input: input::BRKINT | input::ICRNL | input::IXON | input::IMAXBEL | input::IUTF8,
            output: output::OPOST | output::ONLCR,
            control: control::NEW,
            local: ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
            cc,
        }
    }
}

impl Termios {
    pub(super) fn has_input(&self, bits: u32) -> bool {
        self.input & bits == bits
    }

    pub(super) fn has_output(&self, bits: u32) -> bool {
        self.output & bits == bits
    }

    pub(super) fn has_local(&self, bits: u32) -> bool {
        self.local & bits == bits
    }

    /// Whether `byte` is the control character at `index`, and that one is not switched off.
    pub(super) fn is(&self, index: usize, byte: u8) -> bool {
        byte != 0 && self.cc[index] == byte
    }
}

/// When new attributes hold (`tcsetattr(3)`). Output keeps its order in any case: it was processed
/// when it was written, so there is nothing to drain first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// At once.
    Now,
    /// After the output.
    Drain,
    /// After the output, and input not yet read is dropped.
    Flush,
}

impl When {
    /// By its number at the process door.
    pub fn from_raw(raw: u32) -> Option<Self> {
        match raw {
            0 => Some(Self::Now),
            1 => Some(Self::Drain),
            2 => Some(Self::Flush),
            _ => None,
        }
    }
}

/// Size of the window, in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Winsize {
    /// Lines.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
}
