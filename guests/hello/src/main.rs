//! `hello`: what one installs first. GNU's options, written anew.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;

use lexopt::Arg::{Long, Short, Value};

const HELP: &str = "\
Usage: hello [OPTION]...
Print a friendly, customizable greeting.

  -t, --traditional       use traditional greeting
  -g, --greeting=TEXT     use TEXT as the greeting message
  -h, --help              display this help and exit
  -v, --version           display version information and exit
";

fn main() -> ExitCode {
    let text = match greeting(lexopt::Parser::from_env()) {
        Ok(text) => text,
        Err(error) => {
            // Who closed standard error does not want to know.
            let _ = writeln!(
                io::stderr(),
                "hello: {error}\nTry 'hello --help' for more information."
            );
            return ExitCode::FAILURE;
        }
    };
    let mut stdout = io::stdout();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "hello: write error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What to print.
fn greeting(mut parser: lexopt::Parser) -> Result<String, lexopt::Error> {
    let mut text = "Hello, world!".to_owned();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('t') | Long("traditional") => text = "hello, world".to_owned(),
            Short('g') | Long("greeting") => text = parser.value()?.to_string_lossy().into_owned(),
            Short('h') | Long("help") => return Ok(HELP.to_owned()),
            Short('v') | Long("version") => {
                return Ok(format!("hello (Berth) {}\n", env!("CARGO_PKG_VERSION")));
            }
            Value(extra) => {
                return Err(format!("extra operand: {}", extra.to_string_lossy()).into());
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: &[&str]) -> Option<String> {
        greeting(lexopt::Parser::from_args(arguments)).ok()
    }

    #[test]
    fn the_greeting_can_be_chosen() {
        assert_eq!(said(&[]).unwrap(), "Hello, world!\n");
        assert_eq!(said(&["-t"]).unwrap(), "hello, world\n");
        assert_eq!(said(&["--greeting=Hi"]).unwrap(), "Hi\n");
        assert_eq!(said(&["x"]), None);
        assert_eq!(said(&["--wrong"]), None);
    }
}
