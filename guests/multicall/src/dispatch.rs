//! Which program `argv` means.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use crate::message::{complain, reason};

/// Runs with the whole argument vector, its own name first; returns the exit code.
pub type Program = fn(Vec<OsString>) -> i32;

/// A program with the name it goes by.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What stands in `argv[0]`.
    pub name: &'static str,
    /// What to run.
    pub program: Program,
}

/// A program of that name does not exist, as a shell says it.
const EXIT_NOT_FOUND: i32 = 127;

/// The text as an array, for a section of the module. `N` is its length.
pub const fn names<const N: usize>(text: &str) -> [u8; N] {
    let bytes = text.as_bytes();
    let mut all = [0; N];
    let mut at = 0;
    while at < N {
        all[at] = bytes[at];
        at += 1;
    }
    all
}

/// The whole `main` of a module of programs.
pub fn run_main(module: &str, programs: &[Entry]) -> ! {
    // Without this every relative path would be taken from `/`, where the C library believes to be. Rather no
    // program at all than one that removes the wrong files.
    if let Err(error) = berth_guest::init() {
        complain(
            module,
            format_args!("cannot find the working directory: {}", reason(&error)),
        );
        std::process::exit(1);
    }
    let code = dispatch(module, programs, std::env::args_os().collect());
    std::process::exit(flushed(module, code))
}

/// The exit code once everything written has arrived: a failed write must not look like success.
fn flushed(module: &str, code: i32) -> i32 {
    match io::stdout().flush() {
        Err(error) if code == 0 => {
            complain(module, format_args!("write error: {}", reason(&error)));
            1
        }
        _ => code,
    }
}

fn dispatch(module: &str, programs: &[Entry], mut arguments: Vec<OsString>) -> i32 {
    let name = arguments
        .first()
        .map(|argument| base_name(argument))
        .unwrap_or_default();
    if name != module {
        return run_program(module, programs, &name, arguments);
    }
    arguments.remove(0);
    let first = arguments
        .first()
        .map(|argument| argument.to_string_lossy().into_owned());
    match first.as_deref() {
        None | Some("--help") => print_line(&format!(
            "Usage: {module} PROGRAM [ARGUMENT]...\n       {module} --list\n\n\
             Runs one of the programs that --list names."
        )),
        Some("--version") => print_line(&format!("{module} (Berth) {}", env!("CARGO_PKG_VERSION"))),
        Some("--list") => print_line(&list(programs)),
        Some(program) => run_program(module, programs, program, arguments),
    }
}

/// Runs a program by its name.
fn run_program(module: &str, programs: &[Entry], name: &str, arguments: Vec<OsString>) -> i32 {
    match programs.iter().find(|entry| entry.name == name) {
        Some(entry) => {
            // Every program says its version in the same way; what a program does not know itself is answered here.
            if arguments.len() == 2 && arguments[1] == "--version" {
                return print_line(&format!("{name} (Berth) {}", env!("CARGO_PKG_VERSION")));
            }
            (entry.program)(arguments)
        }
        None => {
            complain(module, format_args!("no program is called '{name}'"));
            EXIT_NOT_FOUND
        }
    }
}

/// All names, sorted, one a line.
fn list(programs: &[Entry]) -> String {
    let mut names: Vec<_> = programs.iter().map(|entry| entry.name).collect();
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

    const PROGRAMS: &[Entry] = &[
        Entry {
            name: "seven",
            program: |arguments| 7 + arguments.len() as i32,
        },
        Entry {
            name: "one",
            program: |_| 1,
        },
    ];

    fn run(line: &[&str]) -> i32 {
        dispatch(
            "module",
            PROGRAMS,
            line.iter().map(OsString::from).collect(),
        )
    }

    #[test]
    fn a_program_is_found_by_the_last_part_of_its_path() {
        assert_eq!(run(&["/usr/bin/seven", "a"]), 9);
        assert_eq!(run(&["module", "seven", "a"]), 9);
        assert_eq!(run(&["one"]), 1);
        assert_eq!(run(&["three"]), EXIT_NOT_FOUND);
    }

    #[test]
    fn the_list_is_sorted() {
        assert_eq!(list(PROGRAMS), "one\nseven");
    }
}
