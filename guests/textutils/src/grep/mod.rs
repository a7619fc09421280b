//! `grep`, `egrep` and `fgrep`.

mod arguments;
mod printer;
mod search;
mod walk;

use std::ffi::OsString;

use berth_multicall::{complain, reason};
use berth_pattern::Pattern;

use self::arguments::{Binary, Request};
use self::printer::Printer;
use self::search::Outcome;

/// No line was selected.
const EXIT_NOTHING: i32 = 1;
/// Something went wrong.
const EXIT_TROUBLE: i32 = 2;

/// `grep`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match arguments::parse(arguments) {
        Ok(request) => run(&request),
        Err(code) => code,
    }
}

/// `egrep`: `grep -E`.
pub fn egrep(arguments: Vec<OsString>) -> i32 {
    with_option(arguments, "-E")
}

/// `fgrep`: `grep -F`.
pub fn fgrep(arguments: Vec<OsString>) -> i32 {
    with_option(arguments, "-F")
}

/// `rgrep`: `grep -r`.
pub fn rgrep(arguments: Vec<OsString>) -> i32 {
    with_option(arguments, "-r")
}

fn with_option(mut arguments: Vec<OsString>, option: &str) -> i32 {
    arguments.insert(1, option.into());
    main(arguments)
}

fn run(request: &Request) -> i32 {
    let sources: Vec<&[u8]> = request.patterns.iter().map(Vec::as_slice).collect();
    let pattern = match Pattern::any_of(&sources, request.options) {
        Ok(pattern) => pattern,
        Err(error) => {
            complain("grep", format_args!("{error}"));
            return EXIT_TROUBLE;
        }
    };
    let mut printer = Printer::new(request);
    let mut run = Run {
        request,
        pattern: &pattern,
        selected: false,
        trouble: false,
    };
    run.everything(&mut printer);
    if let Err(error) = printer.finish() {
        complain("grep", format_args!("write error: {}", reason(&error)));
        return EXIT_TROUBLE;
    }
    if run.selected && (request.quiet || !run.trouble) {
        0
    } else if run.trouble {
        EXIT_TROUBLE
    } else {
        EXIT_NOTHING
    }
}

/// One run over all files.
struct Run<'a> {
    request: &'a Request,
    pattern: &'a Pattern,
    selected: bool,
    trouble: bool,
}

impl Run<'_> {
    fn everything(&mut self, printer: &mut Printer<'_>) {
        for file in &self.request.files {
            if self.request.recursive && file != b"-" {
                if !self.tree(file, printer) {
                    return;
                }
            } else if !self.file(file, true, printer) {
                return;
            }
        }
    }

    /// Searches one file; false when the run is over.
    fn file(&mut self, name: &[u8], named: bool, printer: &mut Printer<'_>) -> bool {
        if name != b"-" {
            match std::fs::metadata(berth_multicall::os_string(name)) {
                Ok(found) if found.is_dir() => {
                    if self.request.directories_skipped {
                        return true;
                    }
                    self.trouble(name, "Is a directory");
                    return true;
                }
                Ok(found) if !named && !found.is_file() => return true,
                Ok(_) => {}
                Err(error) => {
                    self.trouble(name, &reason(&error));
                    return true;
                }
            }
        }
        match search::file(name, self.request, self.pattern, printer) {
            Ok(Outcome { selected, stop }) => {
                self.selected |= selected;
                !stop
            }
            Err(error) => {
                self.trouble(name, &reason(&error));
                true
            }
        }
    }

    fn trouble(&mut self, name: &[u8], what: &str) {
        self.trouble = true;
        if !self.request.silent {
            complain(
                "grep",
                format_args!("{}: {what}", berth_multicall::text(name)),
            );
        }
    }
}

impl Request {
    fn binary_is_text(&self) -> bool {
        self.binary == Binary::Text
    }
}
