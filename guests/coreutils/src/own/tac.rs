//! `tac` of the standard input: uutils maps it into memory from a file without a name, which WASI cannot; it reads a
//! file that has a name.

use std::ffi::OsString;
use std::io;

use super::{complain, reason};
use crate::programs::Program;

/// Options whose argument may be a word of its own.
const WITH_ARGUMENT: [&str; 2] = ["-s", "--separator"];

/// Hands over to uutils; the standard input as a file.
pub fn tac(mut arguments: Vec<OsString>, uutils: Program) -> i32 {
    let Some(inputs) = inputs(&arguments) else {
        return uutils(arguments);
    };
    let spooled = match spool() {
        Ok(spooled) => spooled,
        Err(error) => {
            complain("tac", format_args!("standard input: {}", reason(&error)));
            return 1;
        }
    };
    match inputs {
        Inputs::Unnamed => arguments.push(spooled.path().into()),
        Inputs::At(index) => arguments[index] = spooled.path().into(),
    }
    uutils(arguments)
}

/// Where the standard input stands among the arguments.
enum Inputs {
    /// There are no operands.
    Unnamed,
    /// There.
    At(usize),
}

/// Where the standard input is read, if it is.
fn inputs(arguments: &[OsString]) -> Option<Inputs> {
    let mut operands = 0;
    let mut only_operands = false;
    let mut index = 1;
    while let Some(argument) = arguments.get(index) {
        if !only_operands && argument == "--" {
            only_operands = true;
        } else if argument == "-" {
            return Some(Inputs::At(index));
        } else if only_operands || !argument.as_encoded_bytes().starts_with(b"-") {
            operands += 1;
        } else if argument == "--help" || argument == "--version" {
            return None;
        } else if WITH_ARGUMENT.iter().any(|option| argument == option) {
            index += 1;
        }
        index += 1;
    }
    (operands == 0).then_some(Inputs::Unnamed)
}

/// The standard input as a file, removed when it is dropped. `main` has said in which directory.
fn spool() -> io::Result<tempfile::NamedTempFile> {
    let mut spooled = tempfile::NamedTempFile::new()?;
    io::copy(&mut io::stdin().lock(), &mut spooled)?;
    Ok(spooled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(arguments: &[&str]) -> Option<Option<usize>> {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        inputs(&arguments).map(|inputs| match inputs {
            Inputs::Unnamed => None,
            Inputs::At(index) => Some(index),
        })
    }

    #[test]
    fn the_standard_input_is_read_without_operands_and_where_it_is_named() {
        assert_eq!(found(&["tac"]), Some(None));
        assert_eq!(found(&["tac", "-r", "-s", "x"]), Some(None));
        assert_eq!(found(&["tac", "-sx"]), Some(None));
        assert_eq!(found(&["tac", "file"]), None);
        assert_eq!(found(&["tac", "-s", "x", "file"]), None);
        assert_eq!(found(&["tac", "file", "-"]), Some(Some(2)));
        assert_eq!(found(&["tac", "--", "-b"]), None);
        assert_eq!(found(&["tac", "--help"]), None);
    }
}
