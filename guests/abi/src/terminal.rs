//! A terminal's attributes and size, with Linux's bit values and positions on both backends.

/// `struct termios` without its speeds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct TerminalAttributes {
    /// Input modes, bits of [`input`].
    pub input: u32,
    /// Output modes, bits of [`output`].
    pub output: u32,
    /// Control modes.
    pub control: u32,
    /// Local modes, bits of [`local`].
    pub local: u32,
    /// Control characters, positions of [`control_character`].
    pub control_characters: [u8; 32],
}

impl TerminalAttributes {
    /// The same terminal giving every byte as it comes: no echo, no lines, no signals; output stays processed.
    pub fn raw(mut self) -> Self {
        self.input &= !(input::ICRNL | input::INLCR | input::IGNCR | input::IXON | input::ISTRIP);
        self.local &= !(local::ICANON | local::ECHO | local::ISIG | local::IEXTEN);
        self.control_characters[control_character::VMIN] = 1;
        self.control_characters[control_character::VTIME] = 0;
        self
    }
}

/// When new attributes hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApplyWhen {
    /// At once.
    Now,
    /// When what was written has gone out.
    Drained,
    /// As [`ApplyWhen::Drained`]; input not read yet is dropped.
    Flushed,
}

/// Size of a terminal in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct WindowSize {
    /// Lines.
    pub rows: u16,
    /// Characters a line.
    pub columns: u16,
}

/// Bits of [`TerminalAttributes::input`].
#[expect(missing_docs, reason = "termios(3) says what each is")]
pub mod input {
    pub const ISTRIP: u32 = 0o40;
    pub const INLCR: u32 = 0o100;
    pub const IGNCR: u32 = 0o200;
    pub const ICRNL: u32 = 0o400;
    pub const IXON: u32 = 0o2000;
}

/// Bits of [`TerminalAttributes::output`].
#[expect(missing_docs, reason = "termios(3) says what each is")]
pub mod output {
    pub const OPOST: u32 = 0o1;
    pub const ONLCR: u32 = 0o4;
}

/// Bits of [`TerminalAttributes::local`].
#[expect(missing_docs, reason = "termios(3) says what each is")]
pub mod local {
    pub const ISIG: u32 = 0o1;
    pub const ICANON: u32 = 0o2;
    pub const ECHO: u32 = 0o10;
    pub const IEXTEN: u32 = 0o100000;
}

/// Positions in [`TerminalAttributes::control_characters`].
#[expect(missing_docs, reason = "termios(3) says what each is")]
pub mod control_character {
    pub const VINTR: usize = 0;
    pub const VQUIT: usize = 1;
    pub const VEOF: usize = 4;
    pub const VTIME: usize = 5;
    pub const VMIN: usize = 6;
    pub const VSUSP: usize = 10;
}
