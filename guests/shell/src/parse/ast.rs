//! What a script is once it is read: commands made of words, words made of parts.
//!
//! Words keep their text, because `set -x`, `declare -f`, `jobs` and error messages show it.

use std::cell::OnceCell;
use std::rc::Rc;

use super::SyntaxError;

/// Commands one after the other.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// In the order they run.
    pub items: Vec<ListItem>,
}

/// One entry of a list: `a && b;` or `a && b &`.
#[derive(Clone, Debug)]
pub struct ListItem {
    /// What runs.
    pub and_or: AndOr,
    /// Ended by `&`: nobody waits for it.
    pub background: bool,
    /// Ended by a newline rather than by an operator.
    pub ends_line: bool,
}

impl ListItem {
    /// The command, when it is the only one and nothing else is to be done with it.
    pub fn single_command(&self) -> Option<&Command> {
        let pipeline = &self.and_or.first;
        let alone = self.and_or.rest.is_empty()
            && !self.background
            && !pipeline.negated
            && pipeline.timed.is_none();
        match pipeline.commands.as_slice() {
            [command] if alone => Some(command),
            _ => None,
        }
    }
}

/// Pipelines joined by `&&` and `||`, which bind equally and from the left.
#[derive(Clone, Debug)]
pub struct AndOr {
    /// Runs always.
    pub first: Pipeline,
    /// Run or not, by the status so far.
    pub rest: Vec<(Connector, Pipeline)>,
}

/// `&&` or `||`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Connector {
    /// Runs when the status so far is 0.
    And,
    /// Runs when it is not.
    Or,
}

/// Commands joined by `|`.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// After an odd number of `!`.
    pub negated: bool,
    /// After `time`.
    pub timed: Option<TimeFormat>,
    /// From left to right; none only after a bare `time` or `!`.
    pub commands: Vec<Command>,
}

/// How `time` prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeFormat {
    /// By `TIMEFORMAT`.
    Shell,
    /// `time -p`.
    Posix,
}

/// One command of a pipeline.
#[derive(Clone, Debug)]
pub struct Command {
    /// Line it starts in, from 1.
    pub line: u32,
    /// What it is.
    pub kind: CommandKind,
    /// Its redirections, in order.
    pub redirects: Vec<Redirect>,
}

/// The kinds of commands.
#[derive(Clone, Debug)]
pub enum CommandKind {
    /// Assignments and words.
    Simple(SimpleCommand),
    /// `{ ...; }`
    Group(List),
    /// `( ... )`
    Subshell(List),
    /// `if ...; then ...; elif ...; else ...; fi`
    If {
        /// Conditions with what follows them.
        branches: Vec<(List, List)>,
        /// After `else`.
        otherwise: Option<List>,
    },
    /// `while ...; do ...; done`, `until ...`
    Loop {
        /// Runs while the condition fails.
        until: bool,
        /// Runs before every turn.
        condition: List,
        /// One turn.
        body: List,
    },
    /// `for x in ...; do ...; done`
    For {
        /// The variable set for each turn.
        variable: String,
        /// The words; `None` is `"$@"`.
        words: Option<Vec<Word>>,
        /// One turn.
        body: List,
    },
    /// `select x in ...; do ...; done`
    Select {
        /// The variable set to the choice.
        variable: String,
        /// The choices; `None` is `"$@"`.
        words: Option<Vec<Word>>,
        /// One turn.
        body: List,
    },
    /// `for ((a; b; c)); do ...; done`
    ArithmeticFor {
        /// Evaluated once.
        start: Word,
        /// Evaluated before every turn; empty is true.
        condition: Word,
        /// Evaluated after every turn.
        step: Word,
        /// One turn.
        body: List,
    },
    /// `case x in ...) ...;; esac`
    Case {
        /// What is compared.
        subject: Word,
        /// From top to bottom.
        arms: Vec<CaseArm>,
    },
    /// `(( ... ))`
    Arithmetic(Word),
    /// `[[ ... ]]`
    Test(TestExpression),
    /// `name () ...`
    Function(Rc<Function>),
    /// `coproc [name] ...`
    Coprocess {
        /// Name of the array with the descriptors.
        name: String,
        /// What runs.
        body: Box<Command>,
    },
}

/// A function definition.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// A compound command, with the redirections of the definition.
    pub body: Command,
    /// The line it ends in.
    pub last_line: u32,
}

/// Assignments, then words.
#[derive(Clone, Debug, Default)]
pub struct SimpleCommand {
    /// Those before the first word.
    pub assignments: Vec<Assignment>,
    /// Name and arguments.
    pub words: Vec<Word>,
}

/// One arm of a `case`.
#[derive(Clone, Debug)]
pub struct CaseArm {
    /// Its patterns.
    pub patterns: Vec<Word>,
    /// What runs.
    pub body: List,
    /// What happens after that.
    pub end: CaseEnd,
}

/// How an arm of a `case` ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CaseEnd {
    /// `;;`
    Leave,
    /// `;&`: the next arm's body runs too.
    FallThrough,
    /// `;;&`: the next arms are compared too.
    Continue,
}

/// What stands between `[[` and `]]`.
#[derive(Clone, Debug)]
pub enum TestExpression {
    /// `a || b`
    Or(Box<TestExpression>, Box<TestExpression>),
    /// `a && b`
    And(Box<TestExpression>, Box<TestExpression>),
    /// `! a`
    Not(Box<TestExpression>),
    /// `( a )`
    Group(Box<TestExpression>),
    /// `-f x`; a lone word is `-n`, written as it was.
    Unary(String, Word),
    /// `a == b`
    Binary(Word, String, Word),
    /// `a`
    Lone(Word),
}

/// `name=value`, `name[i]+=value`, `name=(...)`.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// What stands in the brackets.
    pub subscript: Option<Word>,
    /// `+=`
    pub append: bool,
    /// The value.
    pub value: AssignmentValue,
}

/// The right side of an assignment.
#[derive(Clone, Debug)]
pub enum AssignmentValue {
    /// One word.
    Scalar(Word),
    /// `( ... )`
    Array(Vec<ArrayElement>),
}

/// One word of `( ... )`.
#[derive(Clone, Debug)]
pub struct ArrayElement {
    /// `[i]=`
    pub subscript: Option<Word>,
    /// `[i]+=`
    pub append: bool,
    /// The value; may expand to several without a subscript.
    pub value: Word,
}

/// One redirection.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The descriptor it changes.
    pub descriptor: RedirectDescriptor,
    /// What it does with it.
    pub kind: RedirectKind,
}

/// Which descriptor a redirection changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RedirectDescriptor {
    /// 0 for input, 1 for output.
    Default,
    /// A number.
    Number(i32),
    /// `{name}`: a new one, its number goes into the variable.
    Variable(String),
}

/// What a redirection does.
#[derive(Clone, Debug)]
pub enum RedirectKind {
    /// `< file`
    Read(Word),
    /// `> file`
    Write(Word),
    /// `>| file`
    Clobber(Word),
    /// `>> file`
    Append(Word),
    /// `<> file`
    ReadWrite(Word),
    /// `&> file`
    WriteBoth(Word),
    /// `&>> file`
    AppendBoth(Word),
    /// `<& word`
    DuplicateInput(Word),
    /// `>& word`
    DuplicateOutput(Word),
    /// `<< word`
    HereDocument(Rc<HereDocument>),
    /// `<<< word`
    HereString(Word),
}

/// A here-document; its body is read when the line that names it ends.
#[derive(Debug)]
pub struct HereDocument {
    /// The delimiter as written.
    pub delimiter: String,
    /// `<<-`
    pub strip_tabs: bool,
    /// Any part of the delimiter was quoted: the body is taken as it is.
    pub quoted: bool,
    /// The body.
    pub body: OnceCell<Word>,
}

impl Assignment {
    /// What is assigned to, as written.
    pub fn shown_name(&self) -> String {
        match &self.subscript {
            Some(subscript) => format!("{}[{}]", self.name, subscript.text),
            None => self.name.clone(),
        }
    }
}

/// A word as written and as understood.
#[derive(Clone, Debug, Default)]
pub struct Word {
    /// As written.
    pub text: String,
    /// As understood.
    pub parts: Vec<Part>,
    /// One unquoted part without any character that expands: it is its own value.
    pub plain: bool,
    /// An argument that has the form of an assignment, after a command that takes such.
    pub assignment: Option<Box<Assignment>>,
}

/// A part of a word.
#[derive(Clone, Debug)]
pub enum Part {
    /// Unquoted text: braces, tildes and patterns in it count.
    Literal(String),
    /// Quoted text: nothing in it counts.
    Quoted(String),
    /// Between double quotes.
    Double(Vec<Part>),
    /// `$x`, `${...}`
    Parameter(Box<Parameter>),
    /// `$( ... )`
    Command(Rc<List>, String),
    /// Between backquotes, the text with its own backslashes removed; read when it runs.
    Backquoted(String),
    /// `$(( ... ))`
    Arithmetic(Vec<Part>),
    /// `<( ... )`, `>( ... )`
    Process(ProcessDirection, Rc<List>, String),
    /// The text of a here-document that cannot be read, and what is wrong with it.
    Broken(Rc<SyntaxError>, String),
}

/// Which end of a process substitution the command gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProcessDirection {
    /// `<( ... )`: the command reads what the list writes.
    Read,
    /// `>( ... )`: the list reads what the command writes.
    Write,
}

/// A parameter expansion.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// What is expanded.
    pub name: ParameterName,
    /// `${!x}`: its value names what is expanded.
    pub indirect: bool,
    /// What happens to the value.
    pub operation: Operation,
    /// As written, for messages.
    pub text: String,
}

/// What a parameter expansion expands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParameterName {
    /// A variable.
    Variable(String),
    /// `$1`, `${10}`; 0 is the shell's name.
    Positional(usize),
    /// `$@ $* $# $? $- $$ $!`
    Special(char),
    /// `${a[i]}`, with the subscript's text; `@` and `*` are all elements.
    Element(String, Subscript),
}

/// A subscript.
#[derive(Clone, Debug)]
pub enum Subscript {
    /// `[@]`
    At,
    /// `[*]`
    Star,
    /// An arithmetic expression or a key.
    Index(Word),
}

impl PartialEq for Subscript {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::At, Self::At) | (Self::Star, Self::Star) => true,
            (Self::Index(a), Self::Index(b)) => a.text == b.text,
            _ => false,
        }
    }
}

impl Eq for Subscript {}

/// What a parameter expansion does with the value.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Nothing.
    Value,
    /// `${#x}`
    Length,
    /// `${x:-w}` and its sisters.
    Default {
        /// `-`, `=`, `?` or `+`.
        operator: char,
        /// With a colon: empty counts as unset.
        colon: bool,
        /// The word.
        word: Word,
    },
    /// `${x#p}`, `${x##p}`
    RemovePrefix {
        /// The longest match.
        longest: bool,
        /// The pattern.
        pattern: Word,
    },
    /// `${x%p}`, `${x%%p}`
    RemoveSuffix {
        /// The longest match.
        longest: bool,
        /// The pattern.
        pattern: Word,
    },
    /// `${x/p/r}`
    Replace {
        /// Where it may match.
        place: ReplacePlace,
        /// The pattern.
        pattern: Word,
        /// What stands for a match.
        replacement: Option<Word>,
    },
    /// `${x:o:l}`
    Substring {
        /// Arithmetic.
        offset: Word,
        /// Arithmetic.
        length: Option<Word>,
    },
    /// `${x^p}`, `${x^^p}`, `${x,p}`, `${x,,p}`, `${x~p}`, `${x~~p}`
    Case {
        /// `^`, `,` or `~`.
        operator: char,
        /// All characters, not only the first.
        all: bool,
        /// Which characters; empty is all.
        pattern: Word,
    },
    /// `${x@Q}` and its sisters.
    Transform(char),
    /// `${!prefix*}`, `${!prefix@}`; true is `@`.
    Names(bool),
    /// `${!x[*]}`, `${!x[@]}`; true is `@`.
    Keys(bool),
    /// Not an expansion at all; an error when it is reached.
    Bad,
}

/// Where `${x/p/r}` may match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplacePlace {
    /// The first match.
    First,
    /// All matches.
    All,
    /// `/#`: at the beginning.
    Beginning,
    /// `/%`: at the end.
    End,
}

impl Word {
    /// A word that is its own value, as if it had been written quoted.
    pub fn quoted(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            parts: vec![Part::Quoted(text.to_owned())],
            plain: false,
            assignment: None,
        }
    }

    /// The text, when the word is unquoted and without expansions (patterns and braces may be in it).
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}
