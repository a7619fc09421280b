//! `less` and `more`: reading a text page by page.

mod keys;
mod layout;
mod pager;

use std::ffi::OsString;
use std::io::{self, IsTerminal};

use berth_multicall::{Options, bytes, complain, print_help, reason, text, usage_error};
use lexopt::Arg::{Long, Short, Value};

use self::keys::Keys;
use self::pager::{Pager, View};
use crate::document::Document;
use crate::terminal::Terminal;

const HELP: &str = "\
Usage: less [OPTION]... [FILE]...
Show text page by page. Without a terminal it copies its input.

  -N, --LINE-NUMBERS    number the lines
  -S, --chop-long-lines do not wrap long lines
  -i, --ignore-case     searches ignore case, unless the pattern has capitals
  -I, --IGNORE-CASE     searches ignore case always
  -F, --quit-if-one-screen
  -R, -r, -X, -E, -e, -M, -m: accepted; colors are always shown
  +LINE, +/PATTERN, +G  where to begin
  -p PATTERN            begin at the first match

Keys: space f PageDown forward   b PageUp back   j k arrows one line   d u half a page
      g G first and last line    /PATTERN ?PATTERN search   n N next match   & only matching lines
      m' set a mark, go to it    left right sideways   :n :p other file   F follow what is added
      -N -S -i change an option  v edit the file   !COMMAND run it   = where   h help   q quits
A number before a key says how often, or which line.

LESS in the environment may hold options.
";

/// Options that are always there, as in `LESS=-RFX`.
const OPTIONS_VARIABLE: &str = "LESS";

#[derive(Default)]
struct Request {
    view: View,
    quit_if_one: bool,
    start: Option<String>,
    files: Vec<Vec<u8>>,
}

/// `less`.
pub fn less(arguments: Vec<OsString>) -> i32 {
    run("less", arguments)
}

/// `more`.
pub fn more(arguments: Vec<OsString>) -> i32 {
    run("more", arguments)
}

/// The options of the variable between the program's name and the words of the command line.
fn with_options(given: &str, mut arguments: Vec<OsString>) -> Vec<OsString> {
    let options = given.split_whitespace().map(|word| {
        let dashed = if word.starts_with(['-', '+']) {
            ""
        } else {
            "-"
        };
        OsString::from(format!("{dashed}{word}"))
    });
    let behind_name = arguments.len().min(1);
    arguments.splice(behind_name..behind_name, options);
    arguments
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    const LONG: &[&str] = &[
        "LINE-NUMBERS",
        "line-numbers",
        "chop-long-lines",
        "ignore-case",
        "IGNORE-CASE",
        "quit-if-one-screen",
        "help",
        "version",
        "RAW-CONTROL-CHARS",
        "raw-control-chars",
        "no-init",
        "quit-at-eof",
        "QUIT-AT-EOF",
        "LONG-PROMPT",
        "pattern",
        "tabs",
        "mouse",
        "squeeze-blank-lines",
    ];
    let mut request = Request::default();
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('N') | Long("LINE-NUMBERS") => request.view.numbers = true,
            Short('S') | Long("chop-long-lines") => request.view.chop = true,
            Short('i') | Long("ignore-case") => request.view.ignore_case = 1,
            Short('I') | Long("IGNORE-CASE") => request.view.ignore_case = 2,
            Short('F') | Long("quit-if-one-screen") => request.quit_if_one = true,
            Short('p') | Long("pattern") => {
                request.start = Some(format!("/{}", text(bytes(&parser.value()?))))
            }
            Short('x') | Long("tabs") => drop(parser.value()?),
            Long("help") => return Ok(Err(print_help("less", HELP))),
            Long("version") => {
                return Ok(Err(print_help(
                    "less",
                    concat!("less (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                )));
            }
            Short(_) | Long(_) => {}
            Value(word) => match text(bytes(&word)).strip_prefix('+') {
                Some(start) if !start.is_empty() => request.start = Some(start.to_owned()),
                _ => request.files.push(bytes(&word).to_vec()),
            },
        }
    }
    Ok(Ok(request))
}

fn run(name: &str, arguments: Vec<OsString>) -> i32 {
    let given = std::env::var(OPTIONS_VARIABLE).unwrap_or_default();
    let request = match parse(with_options(&given, arguments)) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error(name, &error, 1),
    };
    let mut files = request.files.clone();
    if files.is_empty() {
        if io::stdin().is_terminal() {
            complain(
                name,
                format_args!("Missing filename (\"{name} --help\" for help)"),
            );
            return 1;
        }
        files.push(b"-".to_vec());
    }
    let mut code = 0;
    let mut documents = Vec::new();
    for file in &files {
        match Document::open(file) {
            Ok(document) => documents.push(document),
            Err(error) => {
                code = 1;
                complain(name, format_args!("{}: {}", text(file), reason(&error)));
            }
        }
    }
    if documents.is_empty() {
        return 1;
    }
    if !io::stdout().is_terminal() {
        let mut out = io::stdout();
        let copied = documents
            .iter_mut()
            .try_for_each(|document| document.copy_to(&mut out));
        return i32::from(copied.is_err()).max(code);
    }
    if let [document] = &mut documents[..]
        && request.quit_if_one
        && fits(document)
    {
        return i32::from(document.copy_to(&mut io::stdout()).is_err());
    }
    let terminal = match Terminal::open() {
        Ok(terminal) => terminal,
        Err(error) => {
            complain(name, format_args!("no terminal: {}", reason(&error)));
            return 1;
        }
    };
    let mut pager = Pager::new(terminal, request.view, documents);
    if let Some(start) = &request.start {
        begin(&mut pager, start);
    }
    Keys::default().run(&mut pager);
    code
}

/// Goes where `+…` says.
fn begin(pager: &mut Pager, start: &str) {
    if let Some(pattern) = start.strip_prefix('/') {
        pager.pattern = pager.compiled(pattern);
        pager.search(true, 0);
    } else if start == "G" {
        pager.go_to_end();
    } else if start == "F" {
        pager.follow();
    } else if let Ok(line) = start.trim_end_matches('g').parse::<usize>() {
        pager.go_to(line.saturating_sub(1));
    }
}

/// Whether a document that is all there takes less than a screen.
fn fits(document: &mut Document) -> bool {
    let rows = berth_guest::tty_window_size(std::os::fd::AsFd::as_fd(&io::stdout()))
        .map_or(0, |size| usize::from(size.rows));
    while !document.is_over() && document.count() < rows {
        document.read_on();
    }
    document.count() < rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environments_options_come_first() {
        let words = with_options("FRX -N", vec!["less".into(), "file".into()]);
        let request = parse(words).unwrap().unwrap();
        assert!(request.quit_if_one && request.view.numbers);
        assert_eq!(request.files, [b"file".to_vec()]);
    }
}
