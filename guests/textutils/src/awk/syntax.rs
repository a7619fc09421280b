//! A program as a tree.

use std::rc::Rc;

/// A string of awk: bytes, shared.
pub type Text = Rc<[u8]>;

/// A scalar variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variable {
    /// By its place in the table of globals.
    Global(usize),
    /// By its place in the function's frame.
    Local(usize),
}

/// What can be assigned to.
#[derive(Clone, Debug)]
pub enum Place {
    Variable(Variable),
    Field(Box<Expression>),
    Element(Variable, Vec<Expression>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug)]
pub enum Expression {
    Number(f64),
    String(Text),
    /// `/re/` by itself.
    Regex(Text),
    Get(Place),
    Assign(Box<Place>, Box<Expression>),
    Update(Box<Place>, Operator, Box<Expression>),
    /// `++x` and its like: what is added, and whether the value is the new one.
    Step(Box<Place>, f64, bool),
    Conditional(Box<Expression>, Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Positive(Box<Expression>),
    Arithmetic(Operator, Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    Concatenate(Box<Expression>, Box<Expression>),
    /// Whether the match must fail, the text, the expression.
    Match(bool, Box<Expression>, Box<Expression>),
    In(Vec<Expression>, Variable),
    /// `(a, b)`: only before `in` and as what `print` prints.
    List(Vec<Expression>),
    Grouped(Box<Expression>),
    Call(usize, Vec<Expression>),
    /// A bare name handed to a function that wants an array.
    Array(Variable),
    Builtin(Builtin, Vec<Expression>),
    Getline(Source, Option<Box<Place>>),
}

/// Where `getline` reads.
#[derive(Clone, Debug)]
pub enum Source {
    Input,
    File(Box<Expression>),
    Command(Box<Expression>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Builtin {
    And,
    Atan2,
    Close,
    Compl,
    Cos,
    Exp,
    Fflush,
    Gensub,
    Gsub,
    Index,
    Int,
    Length,
    Log,
    Lshift,
    Match,
    Or,
    Rand,
    Rshift,
    Sin,
    Split,
    Sprintf,
    Sqrt,
    Srand,
    Strftime,
    Strtonum,
    Sub,
    Substr,
    System,
    Systime,
    Tolower,
    Toupper,
    Xor,
}

/// Where `print` writes.
#[derive(Clone, Debug)]
pub enum Redirect {
    Create(Expression),
    Append(Expression),
    Pipe(Expression),
}

#[derive(Clone, Debug)]
pub enum Statement {
    Expression(Expression),
    Print(Vec<Expression>, Option<Redirect>),
    Printf(Vec<Expression>, Option<Redirect>),
    If(Expression, Vec<Statement>, Vec<Statement>),
    While(Expression, Vec<Statement>),
    Do(Vec<Statement>, Expression),
    For(
        Option<Box<Statement>>,
        Option<Expression>,
        Option<Box<Statement>>,
        Vec<Statement>,
    ),
    ForIn(Variable, Variable, Vec<Statement>),
    Block(Vec<Statement>),
    Next,
    NextFile,
    Exit(Option<Expression>),
    Return(Option<Expression>),
    Break,
    Continue,
    Delete(Variable, Option<Vec<Expression>>),
}

/// When an action runs.
#[derive(Debug)]
pub enum Condition {
    Always,
    When(Expression),
    /// From one record to another; the number is its own state's place.
    Between(Expression, Expression, usize),
}

#[derive(Debug)]
pub struct Rule {
    pub condition: Condition,
    /// `None` prints the record.
    pub action: Option<Vec<Statement>>,
}

#[derive(Debug, Default)]
pub struct Function {
    pub name: String,
    /// Which parameters are arrays.
    pub arrays: Vec<bool>,
    pub body: Vec<Statement>,
}

#[derive(Debug, Default)]
pub struct Program {
    pub begin: Vec<Vec<Statement>>,
    pub rules: Vec<Rule>,
    pub end: Vec<Vec<Statement>>,
    pub functions: Vec<Function>,
    /// Names of the globals; the first are [`SPECIAL`].
    pub globals: Vec<String>,
    pub ranges: usize,
}

/// Names that mean something to awk itself, at fixed places.
pub const SPECIAL: [&str; 15] = [
    "NF", "NR", "FNR", "FS", "OFS", "RS", "ORS", "FILENAME", "SUBSEP", "RSTART", "RLENGTH",
    "CONVFMT", "OFMT", "ENVIRON", "ARGV",
];
pub const NF: usize = 0;
pub const NR: usize = 1;
pub const FNR: usize = 2;
pub const FS: usize = 3;
pub const OFS: usize = 4;
pub const RS: usize = 5;
pub const ORS: usize = 6;
pub const FILENAME: usize = 7;
pub const SUBSEP: usize = 8;
pub const RSTART: usize = 9;
pub const RLENGTH: usize = 10;
pub const CONVFMT: usize = 11;
pub const OFMT: usize = 12;
pub const ENVIRON: usize = 13;
pub const ARGV: usize = 14;
