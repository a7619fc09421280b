//! A script as a value.

use std::cell::Cell;
use std::rc::Rc;

use berth_pattern::Pattern;

/// An expression; `None` is the one used last.
pub type Expression = Option<Rc<Pattern>>;

/// Which lines a command is for.
#[derive(Debug)]
pub enum Address {
    /// The line of this number.
    Line(u64),
    /// Every so many lines from the first one on.
    Step(u64, u64),
    /// The last line.
    Last,
    /// Lines that match.
    Matching(Expression),
    /// Before the first line, for `0,/re/`.
    Zero,
}

/// Where a range ends.
#[derive(Debug)]
pub enum RangeEnd {
    /// At such a line.
    At(Address),
    /// So many lines further.
    Further(u64),
    /// At the next line whose number is a multiple.
    Multiple(u64),
}

/// Where a range is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RangeState {
    /// Not begun.
    Outside,
    /// Begun; it ends by its expression.
    Open,
    /// Begun; it ends at this line.
    Until(u64),
    /// Ended for good.
    Over,
}

/// A command with its addresses.
#[derive(Debug)]
pub struct Command {
    pub from: Option<Address>,
    pub to: Option<RangeEnd>,
    pub negated: bool,
    pub state: Cell<RangeState>,
    pub action: Action,
}

/// A file that is written to, by its place in the list of them.
pub type Target = usize;

/// What a command does. Jumps are places in the list of commands.
#[derive(Debug)]
pub enum Action {
    /// `{`: goes on behind the matching brace when the addresses do not hold.
    Block(usize),
    /// `}`, labels and comments.
    Nothing,
    LineNumber,
    Append(Vec<u8>),
    Insert(Vec<u8>),
    Change(Vec<u8>),
    Branch(usize),
    BranchIfChanged(usize),
    BranchUnlessChanged(usize),
    Delete,
    DeleteFirst,
    Execute(Vec<u8>),
    FileName,
    Get,
    GetAppend,
    Hold,
    HoldAppend,
    List(Option<usize>),
    Next,
    NextAppend,
    Print,
    PrintFirst,
    Quit(i32),
    QuitSilently(i32),
    ReadFile(Vec<u8>),
    ReadLine(Vec<u8>),
    Substitute(Box<Substitution>),
    WriteFile(Target),
    WriteFirst(Target),
    Exchange,
    Transliterate(Vec<(u32, u32)>),
    Zap,
}

/// `s`.
#[derive(Debug)]
pub struct Substitution {
    pub expression: Expression,
    pub replacement: Vec<Part>,
    /// The first match to replace.
    pub number: usize,
    /// And all further ones.
    pub global: bool,
    pub print: u8,
    pub evaluate: bool,
    pub write: Option<Target>,
}

/// A piece of a replacement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    Text(Vec<u8>),
    Group(usize),
    Case(Case),
}

/// How the letters that follow are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Case {
    Upper,
    Lower,
    UpperOnce,
    LowerOnce,
    Asis,
}

/// A whole script.
#[derive(Debug, Default)]
pub struct Script {
    pub commands: Vec<Command>,
    /// Names of the files that are written to.
    pub targets: Vec<Vec<u8>>,
    /// It began with `#n`.
    pub quiet: bool,
}
