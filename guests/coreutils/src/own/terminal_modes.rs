//! The names of a terminal's modes and control characters, with Linux's bits and positions.
//!
//! Source: termios(3) and `<asm-generic/termbits.h>`; the names are POSIX stty's.

use berth_guest::TerminalAttributes;

/// Which word of the attributes a mode is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    Input,
    Output,
    Control,
    Local,
}

/// A mode that is on or off.
#[derive(Clone, Copy, Debug)]
pub struct Mode {
    pub name: &'static str,
    pub word: Word,
    pub bits: u32,
    /// Whether `stty sane` turns it on; `None` leaves it.
    pub sane: Option<bool>,
}

const fn mode(name: &'static str, word: Word, bits: u32, sane: Option<bool>) -> Mode {
    Mode {
        name,
        word,
        bits,
        sane,
    }
}

/// Every mode, in the order `stty -a` shows them.
pub const MODES: [Mode; 40] = [
    mode("parenb", Word::Control, 0o400, None),
    mode("parodd", Word::Control, 0o1000, None),
    mode("hupcl", Word::Control, 0o2000, None),
    mode("cstopb", Word::Control, 0o100, None),
    mode("cread", Word::Control, 0o200, Some(true)),
    mode("clocal", Word::Control, 0o4000, None),
    mode("ignbrk", Word::Input, 0o1, Some(false)),
    mode("brkint", Word::Input, 0o2, Some(true)),
    mode("ignpar", Word::Input, 0o4, None),
    mode("parmrk", Word::Input, 0o10, None),
    mode("inpck", Word::Input, 0o20, None),
    mode("istrip", Word::Input, 0o40, None),
    mode("inlcr", Word::Input, 0o100, Some(false)),
    mode("igncr", Word::Input, 0o200, Some(false)),
    mode("icrnl", Word::Input, 0o400, Some(true)),
    mode("ixon", Word::Input, 0o2000, Some(true)),
    mode("ixoff", Word::Input, 0o10000, Some(false)),
    mode("iuclc", Word::Input, 0o1000, Some(false)),
    mode("ixany", Word::Input, 0o4000, Some(false)),
    mode("imaxbel", Word::Input, 0o20000, Some(true)),
    mode("iutf8", Word::Input, 0o40000, None),
    mode("opost", Word::Output, 0o1, Some(true)),
    mode("olcuc", Word::Output, 0o2, Some(false)),
    mode("onlcr", Word::Output, 0o4, Some(true)),
    mode("ocrnl", Word::Output, 0o10, Some(false)),
    mode("onocr", Word::Output, 0o20, Some(false)),
    mode("onlret", Word::Output, 0o40, Some(false)),
    mode("ofill", Word::Output, 0o100, Some(false)),
    mode("isig", Word::Local, 0o1, Some(true)),
    mode("icanon", Word::Local, 0o2, Some(true)),
    mode("iexten", Word::Local, 0o100_000, Some(true)),
    mode("echo", Word::Local, 0o10, Some(true)),
    mode("echoe", Word::Local, 0o20, Some(true)),
    mode("echok", Word::Local, 0o40, Some(true)),
    mode("echonl", Word::Local, 0o100, Some(false)),
    mode("noflsh", Word::Local, 0o200, Some(false)),
    mode("xcase", Word::Local, 0o4, Some(false)),
    mode("tostop", Word::Local, 0o400, Some(false)),
    mode("echoctl", Word::Local, 0o1000, Some(true)),
    mode("echoke", Word::Local, 0o4000, Some(true)),
];

/// What `stty raw` turns off; `-raw` turns the ones on that `sane` has on.
pub const RAW_CLEARS: [&str; 14] = [
    "ignbrk", "brkint", "ignpar", "parmrk", "inpck", "istrip", "inlcr", "igncr", "icrnl", "ixon",
    "ixoff", "opost", "isig", "icanon",
];

/// A control character, or a number kept among them.
#[derive(Clone, Copy, Debug)]
pub struct Character {
    pub name: &'static str,
    pub position: usize,
    /// The value `stty sane` gives it.
    pub sane: u8,
    /// Whether it is a number (`min`, `time`) and no character.
    pub number: bool,
}

const fn character(name: &'static str, position: usize, sane: u8) -> Character {
    Character {
        name,
        position,
        sane,
        number: false,
    }
}

/// Every control character, in the order `stty -a` shows them.
pub const CHARACTERS: [Character; 15] = [
    character("intr", 0, 0x03),
    character("quit", 1, 0x1c),
    character("erase", 2, 0x7f),
    character("kill", 3, 0x15),
    character("eof", 4, 0x04),
    character("eol", 11, 0),
    character("eol2", 16, 0),
    character("start", 8, 0x11),
    character("stop", 9, 0x13),
    character("susp", 10, 0x1a),
    character("rprnt", 12, 0x12),
    character("werase", 14, 0x17),
    character("lnext", 15, 0x16),
    Character {
        name: "min",
        position: 6,
        sane: 1,
        number: true,
    },
    Character {
        name: "time",
        position: 5,
        sane: 0,
        number: true,
    },
];

/// The mode of that name.
pub fn mode_named(name: &str) -> Option<&'static Mode> {
    MODES.iter().find(|mode| mode.name == name)
}

impl Mode {
    /// Whether it is on.
    pub fn is_on(&self, attributes: &TerminalAttributes) -> bool {
        let word = match self.word {
            Word::Input => attributes.input,
            Word::Output => attributes.output,
            Word::Control => attributes.control,
            Word::Local => attributes.local,
        };
        word & self.bits != 0
    }

    /// Turns it on or off.
    pub fn set(&self, attributes: &mut TerminalAttributes, on: bool) {
        let word = match self.word {
            Word::Input => &mut attributes.input,
            Word::Output => &mut attributes.output,
            Word::Control => &mut attributes.control,
            Word::Local => &mut attributes.local,
        };
        if on {
            *word |= self.bits;
        } else {
            *word &= !self.bits;
        }
    }
}
