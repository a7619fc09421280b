//! `sed`: a stream editor, as GNU's.

mod input;
mod parse;
mod replacement;
mod run;
mod script;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use berth_multicall::{
    Options as Parser, bytes, complain, number, os_string, print_help, read_all, reason, text,
    usage_error,
};
use berth_pattern::{Options, Syntax, locale_is_bytes};
use lexopt::Arg::{Long, Short, Value};

use self::input::Input;
use self::run::{Machine, Settings, Sink};
use self::script::Script;

/// Bad command line or script.
const EXIT_BAD_USAGE: i32 = 1;
/// An input file could not be read.
const EXIT_BAD_INPUT: i32 = 2;
/// Something could not be written.
const EXIT_PANIC: i32 = 4;
/// Where `l` wraps its lines.
const LINE_WIDTH: usize = 70;

const HELP: &str = "\
Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...

  -n, --quiet, --silent
                 suppress automatic printing of pattern space
      --debug
                 annotate program execution (accepted, does nothing)
  -e script, --expression=script
                 add the script to the commands to be executed
  -f script-file, --file=script-file
                 add the contents of script-file to the commands to be executed
  --follow-symlinks
                 follow symlinks when processing in place
  -i[SUFFIX], --in-place[=SUFFIX]
                 edit files in place (makes backup if SUFFIX supplied)
  -l N, --line-length=N
                 specify the desired line-wrap length for the `l' command
  --posix
                 disable all GNU extensions.
  -E, -r, --regexp-extended
                 use extended regular expressions in the script
                 (for portability use POSIX -E).
  -s, --separate
                 consider files as separate rather than as a single
                 continuous long stream.
  -u, --unbuffered
                 load minimal amounts of data from the input files and flush
                 the output buffers more often
  -z, --null-data
                 separate lines by NUL characters
      --help     display this help and exit
      --version  output version information and exit

If no -e, --expression, -f, or --file option is given, then the first
non-option argument is taken as the sed script to interpret.  All
remaining arguments are names of input files; if no input files are
specified, then the standard input is read.
";

const LONG: &[&str] = &[
    "quiet",
    "silent",
    "debug",
    "expression",
    "file",
    "follow-symlinks",
    "in-place",
    "line-length",
    "posix",
    "regexp-extended",
    "separate",
    "sandbox",
    "unbuffered",
    "null-data",
    "zero-terminated",
    "help",
    "version",
    "binary",
];

/// A piece of the script, and where it came from.
struct Piece {
    text: Vec<u8>,
    /// A file's name, or none for the command line.
    file: Option<String>,
}

struct Request {
    pieces: Vec<Piece>,
    files: Vec<Vec<u8>>,
    settings: Settings,
    options: Options,
    separate: bool,
    in_place: Option<Vec<u8>>,
}

/// `sed`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let request = match read(arguments) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error("sed", &error, EXIT_BAD_USAGE),
    };
    let whole: Vec<u8> = request
        .pieces
        .iter()
        .map(|piece| &piece.text[..])
        .collect::<Vec<_>>()
        .join(&b'\n');
    let script = match parse::parse(&whole, request.options) {
        Ok(script) => script,
        Err(wrong) => {
            complain("sed", format_args!("{}", located(&request.pieces, &wrong)));
            return EXIT_BAD_USAGE;
        }
    };
    let done = match &request.in_place {
        Some(suffix) => in_place(&request, &script, suffix),
        None => stream(&request, &script),
    };
    match done {
        Ok(code) => code,
        Err((name, error)) => {
            complain("sed", format_args!("{name}: {}", reason(&error)));
            EXIT_PANIC
        }
    }
}

/// Where in which piece of the script something is wrong, in GNU's words.
fn located(pieces: &[Piece], wrong: &parse::Wrong) -> String {
    let mut at = wrong.at;
    let mut expressions = 0;
    if at == usize::MAX {
        return wrong.what.clone();
    }
    for (index, piece) in pieces.iter().enumerate() {
        expressions += usize::from(piece.file.is_none());
        if at <= piece.text.len() || index + 1 == pieces.len() {
            return match &piece.file {
                Some(file) => {
                    let read = &piece.text[..at.min(piece.text.len())];
                    let line = 1 + read.iter().filter(|byte| **byte == b'\n').count();
                    format!("file {file} line {line}: {}", wrong.what)
                }
                None => format!("-e expression #{expressions}, char {at}: {}", wrong.what),
            };
        }
        at -= piece.text.len() + 1;
    }
    wrong.what.clone()
}

type Done = Result<i32, (String, io::Error)>;

fn stream(request: &Request, script: &Script) -> Done {
    let input = Input::new(request.files.clone(), request.settings.separator, false);
    let mut machine = Machine::new(script, &request.settings, input, run::stdout())
        .map_err(|(name, error)| (format!("couldn't open file {}", text(&name)), error))?;
    let write = |error| ("couldn't write to stdout".to_owned(), error);
    let mut code = None;
    if request.separate {
        machine.input = Input::new(request.files.clone(), request.settings.separator, true);
        while code.is_none() && machine.input.next_file() {
            code = machine.run().map_err(write)?;
        }
    } else {
        code = machine.run().map_err(write)?;
    }
    machine.finish().map_err(write)?;
    let trouble = if machine.input.trouble {
        EXIT_BAD_INPUT
    } else {
        0
    };
    Ok(code.filter(|code| *code != 0).unwrap_or(trouble))
}

/// Edits each file where it is: into a new one beside it, which then takes its place.
fn in_place(request: &Request, script: &Script, suffix: &[u8]) -> Done {
    let mut code = 0;
    for name in &request.files {
        let path = PathBuf::from(os_string(name.clone()));
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => {
                complain(
                    "sed",
                    format_args!("couldn't edit {}: not a regular file", text(name)),
                );
                code = EXIT_PANIC;
                continue;
            }
            Err(error) => {
                complain(
                    "sed",
                    format_args!("can't read {}: {}", text(name), reason(&error)),
                );
                code = EXIT_BAD_INPUT;
                continue;
            }
        }
        let directory = path.parent().unwrap_or(std::path::Path::new(""));
        let fresh = directory.join(format!("sed{:06x}", berth_guest::getpid()));
        let failed = |what: &str| {
            let name = format!("couldn't {what} {}", text(name));
            move |error| (name.clone(), error)
        };
        let file = File::create(&fresh).map_err(failed("open temporary file for"))?;
        let out = Sink::new(Box::new(io::BufWriter::new(file)));
        let mut input = Input::new(vec![name.clone()], request.settings.separator, true);
        input.next_file();
        let mut machine = Machine::new(script, &request.settings, input, out)
            .map_err(|(name, error)| (format!("couldn't open file {}", text(&name)), error))?;
        let quit = machine.run().map_err(failed("write to"))?;
        machine.finish().map_err(failed("write to"))?;
        if let Ok(mode) = berth_guest::mode(name, true) {
            let _ = berth_guest::set_mode(bytes(fresh.as_os_str()), true, mode);
        }
        if !suffix.is_empty() {
            let backup = backup_name(&path, suffix);
            fs::rename(&path, backup).map_err(failed("rename"))?;
        }
        fs::rename(&fresh, &path).map_err(failed("rename"))?;
        if let Some(quit) = quit {
            return Ok(quit);
        }
    }
    Ok(code)
}

/// The name of what was there before: the suffix behind it, or in place of a `*` in it.
fn backup_name(path: &std::path::Path, suffix: &[u8]) -> PathBuf {
    let base = path.file_name().map(bytes).unwrap_or_default();
    if suffix.contains(&b'*') {
        let name = suffix
            .split(|byte| *byte == b'*')
            .collect::<Vec<_>>()
            .join(base);
        if name.contains(&b'/') {
            return PathBuf::from(os_string(name));
        }
        return path.with_file_name(os_string(name));
    }
    path.with_file_name(os_string([base, suffix].concat()))
}

fn read(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    let mut request = Request {
        pieces: Vec::new(),
        files: Vec::new(),
        settings: Settings {
            quiet: false,
            separator: b'\n',
            unbuffered: false,
            line_width: LINE_WIDTH,
            posix: false,
        },
        options: Options {
            c_escapes: true,
            bytes: locale_is_bytes(),
            ..Options::default()
        },
        separate: false,
        in_place: None,
    };
    let mut given = false;
    let mut parser = Parser::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('n') | Long("quiet" | "silent") => request.settings.quiet = true,
            Short('e') | Long("expression") => {
                given = true;
                let script = bytes(&parser.value()?).to_vec();
                request.pieces.push(Piece {
                    text: script,
                    file: None,
                });
            }
            Short('f') | Long("file") => {
                given = true;
                let name = parser.value()?;
                match read_all(bytes(&name)) {
                    Ok(mut script) => {
                        if script.last() == Some(&b'\n') {
                            script.pop();
                        }
                        request.pieces.push(Piece {
                            text: script,
                            file: Some(name.to_string_lossy().into_owned()),
                        });
                    }
                    Err(error) => {
                        complain(
                            "sed",
                            format_args!(
                                "couldn't open file {}: {}",
                                name.display(),
                                reason(&error)
                            ),
                        );
                        return Ok(Err(EXIT_BAD_USAGE));
                    }
                }
            }
            Short('E' | 'r') | Long("regexp-extended") => request.options.syntax = Syntax::Extended,
            Short('i') | Long("in-place") => {
                let suffix = parser.optional_value();
                request.in_place = Some(
                    suffix
                        .map(|suffix| bytes(&suffix).to_vec())
                        .unwrap_or_default(),
                );
            }
            Short('l') | Long("line-length") => {
                request.settings.line_width = number(&parser.value()?, "line length")?;
            }
            Long("posix") => request.settings.posix = true,
            Short('s') | Long("separate") => request.separate = true,
            Short('u') | Long("unbuffered") => request.settings.unbuffered = true,
            Short('z') | Long("null-data" | "zero-terminated") => request.settings.separator = 0,
            Short('b') | Long("debug" | "follow-symlinks" | "sandbox" | "binary") => {}
            Long("help") => return Ok(Err(print_help("sed", HELP))),
            Long("version") => {
                return Ok(Err(print_help(
                    "sed",
                    concat!(
                        "sed (Berth) ",
                        env!("CARGO_PKG_VERSION"),
                        ", like GNU sed 4.9\n"
                    ),
                )));
            }
            Value(operand) => request.files.push(bytes(&operand).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    if !given {
        if request.files.is_empty() {
            eprint!("{HELP}");
            return Ok(Err(EXIT_BAD_USAGE));
        }
        let script = request.files.remove(0);
        request.pieces.push(Piece {
            text: script,
            file: None,
        });
    }
    if request.files.is_empty() {
        request.files.push(b"-".to_vec());
    }
    Ok(Ok(request))
}
