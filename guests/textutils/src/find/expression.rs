//! An expression as a tree.

use std::cell::RefCell;
use std::fs::File;
use std::rc::Rc;

use berth_guest::{FileType, Time};
use berth_pattern::Pattern;

/// How a number compares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Amount {
    Less(u64),
    Exactly(u64),
    More(u64),
}

impl Amount {
    pub fn holds(self, value: u64) -> bool {
        match self {
            Self::Less(limit) => value < limit,
            Self::Exactly(wanted) => value == wanted,
            Self::More(limit) => value > limit,
        }
    }
}

/// Which time of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    Accessed,
    Changed,
    Modified,
}

/// How bits of a mode compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bits {
    Exactly(u32),
    All(u32),
    Any(u32),
}

/// A command with `{}` in it.
#[derive(Debug)]
pub struct Command {
    pub words: Vec<Vec<u8>>,
    /// In the file's directory.
    pub in_directory: bool,
    /// Only after asking.
    pub ask: bool,
}

/// Files collected for `-exec … +`.
#[derive(Debug, Default)]
pub struct Batch {
    pub names: Vec<Vec<u8>>,
    pub bytes: usize,
    /// Where they are, for `-execdir`.
    pub directory: Option<Vec<u8>>,
}

/// Where an action writes; `None` is standard output.
pub type Target = Option<Rc<RefCell<File>>>;

#[derive(Debug)]
pub enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    /// All are done, the last one counts.
    List(Vec<Expression>),
    Not(Box<Expression>),
    True,
    False,
    Name(Vec<u8>, bool),
    Path(Vec<u8>, bool),
    LinkName(Vec<u8>, bool),
    Regex(Box<Pattern>),
    Type(Vec<FileType>, bool),
    /// How many, and the unit in bytes.
    Size(Amount, u64),
    Empty,
    /// Which, how many, the unit in seconds.
    Age(Which, Amount, u64),
    Newer(Which, Time),
    Perm(Bits),
    Access(u32),
    User(u32),
    Group(u32),
    UserNumber(Amount),
    GroupNumber(Amount),
    Nobody,
    Links(Amount),
    Inode(Amount),
    SameFile(u64, u64),
    Prune,
    Quit,
    Print(u8, Target),
    Printf(Vec<super::printf::Piece>, Target),
    Ls,
    Delete,
    Exec(Command),
    ExecMany(Command, RefCell<Batch>),
}

/// What the command line asks for.
#[derive(Debug)]
pub struct Request {
    pub roots: Vec<Vec<u8>>,
    pub expression: Expression,
    pub follow: bool,
    pub follow_roots: bool,
    pub depth_first: bool,
    pub depth_min: usize,
    pub depth_max: usize,
    pub same_device: bool,
    /// The moment that ages count from.
    pub now: i64,
}
