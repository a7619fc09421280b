//! `bc`: a calculator with numbers of any length and a language of its own.

mod lexer;
mod library;
mod machine;
pub mod number;
mod parser;
mod syntax;

use std::ffi::OsString;
use std::io::{BufRead, Write};

use berth_multicall::{Options, bytes, complain, open, print_help, reason, text, usage_error};
use lexopt::Arg::{Long, Short, Value};

pub use self::machine::Lines;
use self::machine::{Flow, Machine, Trouble};
use self::parser::{Refusal, parse};

const HELP: &str = "\
Usage: bc [OPTION]... [FILE]...
Calculate with numbers of any length: what the FILEs say, then what standard input says.

  -e, --expression=TEXT  run TEXT first, and nothing else unless there are FILEs
  -i, --interactive      accepted
  -l, --mathlib          scale is 20, and there are s(x) c(x) a(x) l(x) e(x) j(n,x)
  -q, --quiet            accepted: nothing is said at the start
  -s, --standard         accepted
  -w, --warn             accepted
";

/// `bc`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(code) => code,
        Err(error) => usage_error("bc", &error, 1),
    }
}

fn run(arguments: Vec<OsString>) -> Result<i32, lexopt::Error> {
    const LONG: &[&str] = &[
        "expression",
        "interactive",
        "mathlib",
        "quiet",
        "standard",
        "warn",
        "help",
        "version",
    ];
    let (mut library, mut texts, mut files) = (false, String::new(), Vec::new());
    let mut options = Options::new(arguments, LONG);
    while let Some(argument) = options.next()? {
        match argument {
            Short('e') | Long("expression") => {
                texts.push_str(&text(bytes(&options.value()?)));
                texts.push('\n');
            }
            Short('l') | Long("mathlib") => library = true,
            Short('i' | 'q' | 's' | 'w') | Long("interactive" | "quiet" | "standard" | "warn") => {}
            Short('h') | Long("help") => return Ok(print_help("bc", HELP)),
            Short('v') | Long("version") => {
                let version = concat!("bc (Berth) ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(print_help("bc", version));
            }
            Value(file) => files.push(bytes(&file).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    let mut session = Session {
        machine: Machine::new(library),
        source: "(expression)".to_owned(),
        over: false,
    };
    let only_texts = !texts.is_empty();
    session.read(&mut texts.as_bytes());
    if !only_texts {
        files.push(b"-".to_vec());
    }
    for file in &files {
        if session.over {
            break;
        }
        session.source = if file == b"-" {
            "(standard_in)".to_owned()
        } else {
            text(file)
        };
        match open(file) {
            Ok(mut from) => session.read(&mut from),
            Err(_) => {
                complain("File", format_args!("{} is unavailable.", text(file)));
                return Ok(1);
            }
        }
    }
    match session.machine.lines.out.flush() {
        Ok(()) => Ok(0),
        Err(_) => Ok(1),
    }
}

struct Session {
    machine: Machine,
    /// Whose line numbers are told.
    source: String,
    over: bool,
}

impl Session {
    fn read(&mut self, from: &mut dyn BufRead) {
        let mut pending = String::new();
        let mut number = 0;
        let mut line = Vec::new();
        while !self.over {
            line.clear();
            let is_end = match from.read_until(b'\n', &mut line) {
                Ok(read) => read == 0,
                Err(error) => {
                    complain("bc", format_args!("{}: {}", self.source, reason(&error)));
                    true
                }
            };
            pending.push_str(&text(&line));
            number += 1;
            if is_end && pending.is_empty() {
                break;
            }
            match parse(&pending) {
                Err(Refusal::Incomplete) if !is_end => continue,
                Err(refusal) => {
                    let what = match refusal {
                        Refusal::Incomplete => "syntax error".to_owned(),
                        Refusal::Wrong(what) => what,
                    };
                    let _ = self.machine.lines.out.flush();
                    eprintln!("{} {number}: {what}", self.source);
                }
                Ok((statements, quit)) => {
                    for statement in &statements {
                        if !self.execute(statement) {
                            break;
                        }
                    }
                    self.over |= quit;
                }
            }
            pending.clear();
            if is_end {
                break;
            }
        }
    }

    /// Runs a statement of the outermost level; whether the rest of its line is to be run.
    fn execute(&mut self, statement: &syntax::Statement) -> bool {
        match self.machine.run(statement) {
            Ok(Flow::Over) => self.over = true,
            Ok(_) => {}
            Err(Trouble::Runtime(what)) if what.is_empty() => self.over = true,
            Err(Trouble::Runtime(what)) => {
                let _ = self.machine.lines.out.flush();
                eprintln!("Runtime error (func=(main), adr=0): {what}");
                return false;
            }
            Err(Trouble::Write) => self.over = true,
        }
        !self.over
    }
}
