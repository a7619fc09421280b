//! `ed`, `red`: the line editor of POSIX, as GNU's says things.
//!
//! Sources: POSIX.1-2024 `ed`, and what GNU ed prints where POSIX leaves it open: `?` on standard output, exit code 1
//! for a script in which a command failed, 2 for one that ends with a changed buffer.

mod buffer;
mod command;
mod files;
mod global;
mod input;
mod scan;
mod substitute;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;

use berth_guest::FileType;
use berth_multicall::takes::{Takes, read};
use berth_multicall::{Output, text};

use buffer::Buffer;
use input::{Input, Read};
use scan::Patterns;
use substitute::{Part, Substitution};

/// A command of the script failed.
const EXIT_FAILED: i32 = 1;
/// The script ended and the buffer was not written.
const EXIT_MODIFIED: i32 = 2;
/// Lines that `z` prints, unless a number was given.
const WINDOW_LINES: usize = 22;
/// What is said where the input ends within a command.
const UNFINISHED: &str = "Unexpected end-of-file";
/// What is said before a changed buffer would be lost.
const MODIFIED: &str = "Warning: buffer modified";

const HELP: &str = "\
Usage: ed [options] [file]
Edit a text line by line. Commands come from standard input. With '!' before it, file is a command whose output is
edited.

  -E, --extended-regexp      use extended regular expressions
  -l, --loose-exit-status    exit with 0 even if a command fails
  -p, --prompt=STRING        print STRING before every command
  -q, --quiet, --silent      say nothing on standard error
  -r, --restricted           no commands of the shell, no other directories
  -s, --script               print no byte counts and no '!'
  -v, --verbose              say why a command failed, as the command H does
";

const TAKES: Takes = Takes {
    name: "ed",
    help: HELP,
    letters: "EGlp:qrsv",
    long: &[
        ("extended-regexp", 'E'),
        ("traditional", 'G'),
        ("loose-exit-status", 'l'),
        ("prompt", 'p'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("restricted", 'r'),
        ("script", 's'),
        ("verbose", 'v'),
    ],
    code: 1,
    command: false,
};

/// Why a command failed: the words that `h` prints.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure(String);

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// What a command comes to.
pub type Result<T> = std::result::Result<T, Failure>;

/// Where a command leads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    Next,
    Quit,
}

/// The editor at work.
pub struct Editor {
    buffer: Buffer,
    patterns: Patterns,
    input: Input,
    out: Output,
    /// The remembered name of the file.
    file: Option<Vec<u8>>,
    substitution: Option<Substitution>,
    replacement: Option<Vec<Part>>,
    shell_command: Option<Vec<u8>>,
    /// The last command list that `G` or `V` read.
    interactive: Option<Vec<u8>>,
    window: usize,
    /// The last failure's words.
    message: Option<String>,
    verbose: bool,
    prompt: String,
    prompting: bool,
    script: bool,
    /// Commands come from a regular file.
    script_file: bool,
    /// The file has bytes that are no text, and its last line no newline.
    open_ended: bool,
    quiet: bool,
    restricted: bool,
    /// It was said already that the buffer is modified.
    warned: bool,
}

/// `ed`.
pub fn ed(arguments: Vec<OsString>) -> i32 {
    run(arguments, false)
}

/// `red`: `ed -r`.
pub fn red(arguments: Vec<OsString>) -> i32 {
    run(arguments, true)
}

fn run(arguments: Vec<OsString>, restricted: bool) -> i32 {
    let given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let prompt = given.text('p');
    let mut editor = Editor {
        buffer: Buffer::default(),
        patterns: Patterns::new(given.has('E')),
        input: Input::default(),
        out: Output::stdout(),
        file: None,
        substitution: None,
        replacement: None,
        shell_command: None,
        interactive: None,
        window: WINDOW_LINES,
        message: None,
        verbose: given.has('v'),
        prompting: prompt.is_some(),
        prompt: prompt.unwrap_or_else(|| "*".to_owned()),
        script: given.has('s'),
        script_file: false,
        open_ended: false,
        quiet: given.has('q'),
        restricted: restricted || given.has('r'),
        warned: false,
    };
    // `-` alone is what `-s` was called once.
    let mut operands = given.operands.into_iter();
    let mut file = operands.next();
    if file.as_deref() == Some(b"-") {
        editor.script = true;
        file = operands.next();
    }
    let mut failed = false;
    if let Some(name) = file {
        failed = editor.begin_with(&name);
    }
    let code = editor.commands();
    let failed = failed || code == EXIT_FAILED;
    let flushed = editor.out.flush();
    match code {
        EXIT_MODIFIED => EXIT_MODIFIED,
        _ if flushed.is_err()
            || failed && !given.letters.iter().any(|(letter, _)| *letter == 'l') =>
        {
            EXIT_FAILED
        }
        _ => 0,
    }
}

impl Editor {
    /// Reads the file that is named on the command line; true if it cannot be.
    fn begin_with(&mut self, name: &[u8]) -> bool {
        match self.edit(name) {
            Ok(()) => false,
            Err(failure) => {
                // A file that is not there yet will be.
                let is_new = !name.starts_with(b"!")
                    && std::fs::metadata(berth_multicall::os_string(name)).is_err();
                if is_new && self.file.is_none() {
                    self.file = Some(name.to_vec());
                }
                if !is_new {
                    self.fail(&failure);
                }
                self.message = Some(failure.0);
                !is_new
            }
        }
    }

    /// Reads and obeys commands until there are no more; the exit code.
    fn commands(&mut self) -> i32 {
        let interactive = std::io::stdin().is_terminal();
        // A script that is a file ends at its first failure, and its lines have numbers.
        self.script_file = berth_guest::fd_status(std::io::stdin().as_fd())
            .is_ok_and(|status| status.file_type == FileType::Regular);
        if interactive {
            input::catch_interrupts();
        }
        let mut code = 0;
        loop {
            if self.prompting {
                let _ = self.out.write_all(self.prompt.as_bytes());
            }
            let _ = self.out.flush();
            let result = match self.input.command() {
                Read::Line(line) => self.command(&line),
                Read::Interrupted => {
                    let _ = self.out.write_all(b"\n");
                    Err("Interrupt".into())
                }
                Read::Unfinished => Err(UNFINISHED.into()),
                Read::End if self.buffer.modified && !self.warned => {
                    self.fail(&MODIFIED.into());
                    if !interactive {
                        return EXIT_MODIFIED;
                    }
                    self.warned = true;
                    continue;
                }
                Read::End => return code,
            };
            self.input.leave_list();
            match result {
                Ok(Flow::Quit) => return code,
                Ok(Flow::Next) => self.warned = false,
                Err(failure) => {
                    self.warned = failure.0 == MODIFIED;
                    self.fail(&failure);
                    if self.script_file {
                        return EXIT_FAILED;
                    }
                    if !interactive {
                        code = EXIT_FAILED;
                    }
                }
            }
        }
    }

    /// Says that a command failed.
    fn fail(&mut self, failure: &Failure) {
        let _ = self.out.write_all(b"?\n");
        if self.verbose {
            let _ = if self.script_file {
                let line = self.input.line_number();
                writeln!(self.out, "script, line {line}: {}", failure.0)
            } else {
                writeln!(self.out, "{}", failure.0)
            };
        }
        let _ = self.out.flush();
        self.message = Some(failure.0.clone());
    }

    /// Says on standard error why a file cannot be used.
    fn complain(&mut self, name: &[u8], error: &std::io::Error) {
        let _ = self.out.flush();
        if !self.quiet {
            berth_multicall::complain(
                &text(name),
                format_args!("{}", berth_multicall::reason(error)),
            );
        }
    }
}
