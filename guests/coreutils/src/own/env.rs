//! `env`: a program with another environment, or the environment itself.

use std::ffi::OsString;

use berth_multicall::run_instead;
use lexopt::prelude::*;

use super::split_string::split;
use super::{bytes, complain, os_string, print, reason, usage_error};

const HELP: &[u8] = b"\
Usage: env [OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]
Set each NAME to VALUE in the environment and run COMMAND; without one, print the environment.

  -i, --ignore-environment  start with an empty environment; - does the same
  -0, --null                end each line of the printed environment with NUL
  -u, --unset=NAME          remove NAME from the environment
  -C, --chdir=DIR           run COMMAND in DIR
  -S, --split-string=S      split S into arguments; for #! lines
";
/// `env` itself failed.
const EXIT_FAILURE: i32 = 125;

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    ignore_environment: bool,
    end_with_nul: bool,
    unset: Vec<OsString>,
    directory: Option<OsString>,
    /// `NAME=VALUE`.
    assignments: Vec<OsString>,
    command: Vec<OsString>,
}

/// `env`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    if arguments
        .get(1)
        .is_some_and(|argument| argument == "--help")
    {
        return print("env", HELP);
    }
    let request = match parse(arguments) {
        Ok(request) => request,
        Err(error) => return usage_error("env", &error, EXIT_FAILURE),
    };
    let inherited =
        std::env::vars_os().map(|(name, value)| (bytes(&name).to_vec(), bytes(&value).to_vec()));
    let environment = environment(&request, inherited.collect());
    if request.command.is_empty() {
        if request.directory.is_some() {
            complain(
                "env",
                format_args!("must specify command with --chdir (-C)"),
            );
            return EXIT_FAILURE;
        }
        return print(
            "env",
            &listing(&environment, if request.end_with_nul { 0 } else { b'\n' }),
        );
    }
    if request.end_with_nul {
        complain(
            "env",
            format_args!("cannot specify --null (-0) with command"),
        );
        return EXIT_FAILURE;
    }
    if let Some(directory) = &request.directory
        && let Err(error) = berth_guest::chdir(bytes(directory))
    {
        complain(
            "env",
            format_args!(
                "cannot change directory to '{}': {}",
                directory.display(),
                reason(&error)
            ),
        );
        return EXIT_FAILURE;
    }
    run_instead("env", &request.command, &environment, EXIT_FAILURE)
}

/// Reads the command line. What follows the command belongs to it.
fn parse(arguments: Vec<OsString>) -> Result<Request, lexopt::Error> {
    let mut request = Request::default();
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('i') | Long("ignore-environment") => request.ignore_environment = true,
            Short('0') | Long("null") => request.end_with_nul = true,
            Short('u') | Long("unset") => request.unset.push(parser.value()?),
            Short('C') | Long("chdir") => request.directory = Some(parser.value()?),
            Short('S') | Long("split-string") => {
                let text = parser.value()?;
                let variable = |name: &[u8]| {
                    std::env::var_os(os_string(name.to_vec())).map(|value| bytes(&value).to_vec())
                };
                let words = split(bytes(&text), variable).map_err(|error| error.to_string())?;
                let mut spliced = vec![OsString::from("env")];
                spliced.extend(words.into_iter().map(os_string));
                spliced.extend(parser.raw_args()?);
                parser = lexopt::Parser::from_iter(spliced);
            }
            Value(first) => {
                let mut rest = std::iter::once(first).chain(parser.raw_args()?).peekable();
                if rest.next_if(|argument| argument == "-").is_some() {
                    request.ignore_environment = true;
                }
                while let Some(assignment) =
                    rest.next_if(|argument| bytes(argument).contains(&b'='))
                {
                    request.assignments.push(assignment);
                }
                request.command = rest.collect();
                break;
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(request)
}

/// The environment asked for, as `NAME=VALUE` strings.
fn environment(request: &Request, inherited: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<Vec<u8>> {
    let mut variables = if request.ignore_environment {
        Vec::new()
    } else {
        inherited
    };
    for name in &request.unset {
        variables.retain(|(known, _)| known != bytes(name));
    }
    for assignment in &request.assignments {
        let mut parts = bytes(assignment).splitn(2, |byte| *byte == b'=');
        let (name, value) = (
            parts.next().unwrap_or_default().to_vec(),
            parts.next().unwrap_or_default().to_vec(),
        );
        match variables.iter_mut().find(|(known, _)| *known == name) {
            Some(variable) => variable.1 = value,
            None => variables.push((name, value)),
        }
    }
    variables
        .into_iter()
        .map(|(name, value)| [&name[..], b"=", &value].concat())
        .collect()
}

fn listing(environment: &[Vec<u8>], terminator: u8) -> Vec<u8> {
    let mut text = Vec::new();
    for variable in environment {
        text.extend_from_slice(variable);
        text.push(terminator);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &[&str]) -> Request {
        parse(
            std::iter::once("env")
                .chain(line.iter().copied())
                .map(OsString::from)
                .collect(),
        )
        .unwrap()
    }

    fn variables(request: &Request) -> Vec<String> {
        let inherited = vec![
            (b"A".to_vec(), b"1".to_vec()),
            (b"B".to_vec(), b"2".to_vec()),
        ];
        let environment = environment(request, inherited);
        environment
            .into_iter()
            .map(|variable| String::from_utf8(variable).unwrap())
            .collect()
    }

    #[test]
    fn assignments_change_and_add() {
        assert_eq!(variables(&parsed(&["A=x=y", "C="])), ["A=x=y", "B=2", "C="]);
        assert_eq!(variables(&parsed(&["-u", "A", "--unset=Z"])), ["B=2"]);
    }

    #[test]
    fn an_empty_environment_can_be_asked_for_in_two_ways() {
        assert_eq!(variables(&parsed(&["-i", "C=3"])), ["C=3"]);
        assert_eq!(variables(&parsed(&["-", "C=3"])), ["C=3"]);
    }

    #[test]
    fn what_follows_the_command_belongs_to_it() {
        let request = parsed(&["A=1", "ls", "-i", "B=2", "--", "-u"]);
        assert_eq!(request.command, ["ls", "-i", "B=2", "--", "-u"]);
        assert!(!request.ignore_environment);
    }

    #[test]
    fn a_script_line_can_hold_options_assignments_and_arguments() {
        // As the kernel starts `#!/usr/bin/env -S -i A=1 prog -x "y z"`.
        let request = parsed(&[r#"-S -i A=1 prog -x "y z""#, "./script", "arg"]);
        assert!(request.ignore_environment);
        assert_eq!(request.assignments, ["A=1"]);
        assert_eq!(request.command, ["prog", "-x", "y z", "./script", "arg"]);
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert!(parse(vec!["env".into(), "-z".into()]).is_err());
        assert!(parse(vec!["env".into(), "-S'".into()]).is_err());
    }

    #[test]
    fn the_listing_has_one_variable_a_line() {
        let environment = environment(&parsed(&["-i", "A=1", "B=2"]), Vec::new());
        assert_eq!(listing(&environment, b'\n'), b"A=1\nB=2\n");
        assert_eq!(listing(&environment, 0), b"A=1\0B=2\0");
    }
}
