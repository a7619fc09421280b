//! What a bc program consists of.

use super::number::Number;

/// What can be assigned to.
#[derive(Clone, Debug)]
pub enum Place {
    Variable(String),
    Element(String, Box<Expression>),
    InputBase,
    OutputBase,
    Scale,
    Last,
}

/// What has a value.
#[derive(Clone, Debug)]
pub enum Expression {
    /// As it stands, and what it means in base ten.
    Number(String, Number),
    Place(Place),
    Call(String, Vec<Argument>),
    /// A function of bc itself, with one argument.
    Length(Box<Expression>),
    Digits(Box<Expression>),
    Root(Box<Expression>),
    Read,
    Negated(Box<Expression>),
    Not(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// With the operator in front of `=`, if there is one.
    Assign(Place, &'static str, Box<Expression>),
    /// `++` and `--`; whether the value is the one afterwards.
    Step(Place, i64, bool),
    /// In parentheses: an assignment shows its value.
    Group(Box<Expression>),
}

/// What a function is given.
#[derive(Clone, Debug)]
pub enum Argument {
    Value(Expression),
    Array(String),
}

/// What is done.
#[derive(Clone, Debug)]
pub enum Statement {
    Expression(Expression),
    Text(String),
    Print(Vec<Printed>),
    Block(Vec<Statement>),
    If(Expression, Box<Statement>, Option<Box<Statement>>),
    While(Expression, Box<Statement>),
    For(
        Option<Expression>,
        Option<Expression>,
        Option<Expression>,
        Box<Statement>,
    ),
    Break,
    Continue,
    Return(Option<Expression>),
    Halt,
    Limits,
    Define(String, Function),
    Nothing,
}

/// What `print` shows.
#[derive(Clone, Debug)]
pub enum Printed {
    Text(String),
    Value(Expression),
}

/// What a name in a function's head stands for.
#[derive(Clone, PartialEq, Debug)]
pub enum Parameter {
    Value(String),
    Array(String),
    /// `*name[]`: the caller's own array.
    Reference(String),
}

/// A function.
#[derive(Clone, Debug, Default)]
pub struct Function {
    pub parameters: Vec<Parameter>,
    pub locals: Vec<Parameter>,
    pub body: Vec<Statement>,
    /// `define void`: it has no value to show.
    pub is_void: bool,
}
