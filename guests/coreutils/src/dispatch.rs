//! Which program `argv` means.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use crate::own::{self, complain};
use crate::programs::{self, Program};

/// The name under which the module takes the program's name from its first argument.
const MODULE_NAME: &str = "coreutils";
/// A program of that name does not exist, as a shell says it.
const EXIT_NOT_FOUND: i32 = 127;

/// Runs what the arguments mean and returns its exit code.
pub fn run(mut arguments: Vec<OsString>) -> i32 {
    let name = arguments
        .first()
        .map(|argument| base_name(argument))
        .unwrap_or_default();
    if name != MODULE_NAME {
        return run_program(&name, arguments);
    }
    arguments.remove(0);
    match arguments
        .first()
        .map(|argument| argument.to_string_lossy().into_owned())
        .as_deref()
    {
        None | Some("--help") => print_line(&format!(
            "Usage: {MODULE_NAME} PROGRAM [ARGUMENT]...\n       {MODULE_NAME} --list\n\n\
             Runs one of the programs that --list names."
        )),
        Some("--version") => print_line(concat!("coreutils (Berth) ", env!("CARGO_PKG_VERSION"))),
        Some("--list") => print_line(&list()),
        Some(program) => {
            #[cfg(target_os = "wasi")]
            uucore::set_utility_is_second_arg();
            run_program(program, arguments)
        }
    }
}

/// Runs a program by its name.
fn run_program(name: &str, arguments: Vec<OsString>) -> i32 {
    match find(name) {
        Some(program) => match name {
            "tac" => own::tac::tac(arguments, program),
            "cat" => own::devices::cat(arguments, program),
            _ => program(arguments),
        },
        None => {
            complain(MODULE_NAME, format_args!("no program is called '{name}'"));
            EXIT_NOT_FOUND
        }
    }
}

fn find(name: &str) -> Option<Program> {
    programs::all()
        .find(|entry| entry.name == name)
        .map(|entry| entry.program)
}

/// All names, sorted, one a line.
fn list() -> String {
    let mut names: Vec<_> = programs::all().map(|entry| entry.name).collect();
    names.sort_unstable();
    names.join("\n")
}

/// The last component of a path.
fn base_name(path: &OsStr) -> String {
    Path::new(path)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn print_line(text: &str) -> i32 {
    i32::from(writeln!(io::stdout(), "{text}").is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_the_last_part_of_its_path() {
        assert_eq!(base_name(OsStr::new("/usr/bin/which")), "which");
        assert!(find(&base_name(OsStr::new("/usr/bin/which"))).is_some());
        assert!(find("xwhich").is_none());
    }

    #[test]
    fn every_name_is_listed_once() {
        let list = list();
        let mut names: Vec<_> = list.lines().collect();
        assert!(names.contains(&"env"));
        names.dedup();
        assert_eq!(names.len(), programs::all().count());
    }
}
