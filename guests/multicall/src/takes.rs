//! A command line of letters and operands, as most small programs take it.

use std::ffi::OsString;

use lexopt::Arg::{Long, Short, Value};

use crate::bytes::{bytes, text};
use crate::options::{Options, usage_error};
use crate::output::print_help;

/// Letters that were given, with the values of those that take one, and the operands.
#[derive(Debug, Default)]
pub struct Given {
    /// Options in their order.
    pub letters: Vec<(char, Option<Vec<u8>>)>,
    /// What is no option.
    pub operands: Vec<Vec<u8>>,
}

impl Given {
    /// Whether the option was given.
    pub fn has(&self, letter: char) -> bool {
        self.letters.iter().any(|(given, _)| *given == letter)
    }

    /// The value of the last option of this letter.
    pub fn value(&self, letter: char) -> Option<&[u8]> {
        let mut given = self.letters.iter().rev();
        given.find(|(given, _)| *given == letter)?.1.as_deref()
    }

    /// The same as text.
    pub fn text(&self, letter: char) -> Option<String> {
        self.value(letter).map(text)
    }
}

/// What a program takes.
pub struct Takes {
    /// Its name.
    pub name: &'static str,
    /// What `--help` prints.
    pub help: &'static str,
    /// Letters; one that takes a value has `:` behind it.
    pub letters: &'static str,
    /// Long names and the letter each stands for.
    pub long: &'static [(&'static str, char)],
    /// Exit code for a bad command line.
    pub code: i32,
    /// The first operand ends the options: what follows belongs to a command.
    pub command: bool,
}

/// Reads a command line; the exit code where nothing is left to do.
///
/// # Errors
/// The exit code of a wrong line, which was told, or of `--help`.
pub fn read(takes: &Takes, arguments: Vec<OsString>) -> Result<Given, i32> {
    let mut given = Given::default();
    match fill(takes, arguments, &mut given) {
        Ok(None) => Ok(given),
        Ok(Some(code)) => Err(code),
        Err(error) => Err(usage_error(takes.name, &error, takes.code)),
    }
}

fn fill(
    takes: &Takes,
    arguments: Vec<OsString>,
    given: &mut Given,
) -> Result<Option<i32>, lexopt::Error> {
    let mut parser = Options::new(arguments, &[]).any_long();
    while let Some(argument) = parser.next()? {
        let letter = match &argument {
            Short(letter) => takes.letters.contains(*letter).then_some(*letter),
            Long("help") => return Ok(Some(print_help(takes.name, takes.help))),
            Long(name) => {
                let exact = takes.long.iter().find(|(long, _)| long == name);
                let begun = || takes.long.iter().find(|(long, _)| long.starts_with(*name));
                exact.or_else(begun).map(|(_, letter)| *letter)
            }
            Value(operand) => {
                given.operands.push(bytes(operand).to_vec());
                if takes.command {
                    let rest = parser.raw_rest()?;
                    given
                        .operands
                        .extend(rest.iter().map(|word| bytes(word).to_vec()));
                }
                continue;
            }
        };
        let Some(letter) = letter else {
            return Err(argument.unexpected());
        };
        let position = takes
            .letters
            .find(letter)
            .map_or(usize::MAX, |at| at + letter.len_utf8());
        let value = if takes.letters[position.min(takes.letters.len())..].starts_with(':') {
            Some(bytes(&parser.value()?).to_vec())
        } else {
            None
        };
        given.letters.push((letter, value));
    }
    Ok(None)
}
