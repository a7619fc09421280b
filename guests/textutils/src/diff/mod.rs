//! `diff`: what differs between files or directories.

mod columns;
mod directories;
mod print;
pub mod script;

use std::ffi::OsString;
use std::io::Write;

use berth_multicall::{
    Options as Parser, Output, bytes, complain, joined, number, os_string, print_help, read_all,
    reason, text, usage_error, usage_error_text,
};
use lexopt::Arg::{Long, Short, Value};

use self::script::Comparison;

/// Something went wrong.
const EXIT_TROUBLE: i32 = 2;
/// Lines of context unless asked otherwise.
const CONTEXT_LINES: usize = 3;

const HELP: &str = "\
Usage: diff [OPTION]... FILES
Compare FILES line by line.

      --normal                  output a normal diff (the default)
  -q, --brief                   report only when files differ
  -s, --report-identical-files  report when two files are the same
  -c, -C NUM, --context[=NUM]   output NUM (default 3) lines of copied context
  -u, -U NUM, --unified[=NUM]   output NUM (default 3) lines of unified context
  -e, --ed                      output an ed script
  -y, --side-by-side            output in two columns
  -W, --width=NUM               output at most NUM (default 130) print columns
      --left-column             output only the left column of common lines
      --suppress-common-lines   do not output common lines
  -p, --show-c-function         show which C function each change is in
  -L, --label LABEL             use LABEL instead of file name and timestamp
  -t, --expand-tabs             expand tabs to spaces in output
      --tabsize=NUM             tab stops every NUM (default 8) print columns
  -r, --recursive               recursively compare any subdirectories found
  -N, --new-file                treat absent files as empty
  -x, --exclude=PAT             exclude files that match PAT
  -i, --ignore-case             ignore case differences in file contents
  -E, --ignore-tab-expansion    ignore changes due to tab expansion
  -Z, --ignore-trailing-space   ignore white space at line end
  -b, --ignore-space-change     ignore changes in the amount of white space
  -w, --ignore-all-space        ignore all white space
  -B, --ignore-blank-lines      ignore changes where lines are all blank
  -a, --text                    treat all files as text
      --strip-trailing-cr       strip trailing carriage return on input
      --color[=WHEN]            color output; WHEN is 'never', 'always', or 'auto'

Exit status is 0 if inputs are the same, 1 if different, 2 if trouble.
";

const LONG: &[&str] = &[
    "normal",
    "brief",
    "report-identical-files",
    "context",
    "unified",
    "ed",
    "side-by-side",
    "width",
    "suppress-common-lines",
    "show-c-function",
    "label",
    "left-column",
    "expand-tabs",
    "tabsize",
    "recursive",
    "new-file",
    "exclude",
    "ignore-case",
    "ignore-tab-expansion",
    "ignore-trailing-space",
    "ignore-space-change",
    "ignore-all-space",
    "ignore-blank-lines",
    "text",
    "strip-trailing-cr",
    "color",
    "help",
    "version",
    "minimal",
    "speed-large-files",
    "horizon-lines",
    "no-dereference",
];

/// How differences are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    Normal,
    Context(usize),
    Unified(usize),
    Ed,
    Columns,
}

/// What the command line asks for.
pub struct Request {
    pub style: Style,
    pub brief: bool,
    pub report_same: bool,
    pub recursive: bool,
    pub new_file: bool,
    pub text: bool,
    pub color: bool,
    pub function: bool,
    pub only_changes: bool,
    pub width: usize,
    pub left_column: bool,
    pub expand_tabs: bool,
    /// Columns from one tab stop to the next.
    pub tab: usize,
    pub comparison: Comparison,
    pub labels: Vec<String>,
    pub exclude: Vec<Vec<u8>>,
    /// The options as they were given, for the headings of a recursive run.
    pub options: Vec<String>,
}

/// `diff`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let (request, files) = match parse(arguments) {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error("diff", &error, EXIT_TROUBLE),
    };
    let [one, other] = &files[..] else {
        let what = match files.len() {
            0 => "missing operand".to_owned(),
            1 => format!("missing operand after '{}'", text(&files[0])),
            _ => format!("extra operand '{}'", text(&files[2])),
        };
        return usage_error_text("diff", &what, EXIT_TROUBLE);
    };
    let mut out = Output::stdout();
    let code = compare(&request, one, other, &mut out);
    match out.flush() {
        Ok(()) => code,
        Err(error) => {
            complain("diff", format_args!("write error: {}", reason(&error)));
            EXIT_TROUBLE
        }
    }
}

/// Writes two texts beside each other, as the options of a command line say.
pub fn side_by_side(arguments: Vec<OsString>, old: &[u8], new: &[u8]) {
    if let Ok(Ok((request, _))) = parse(arguments) {
        let script = script::Script::of(old, new, request.comparison);
        let mut out = Output::stdout();
        let _ = columns::print(&request, &script, &mut out).and_then(|()| out.flush());
    }
}

/// What to do and with which files; or the exit code where nothing is left to do.
type Parsed = Result<(Request, Vec<Vec<u8>>), i32>;

fn parse(arguments: Vec<OsString>) -> Result<Parsed, lexopt::Error> {
    let mut request = Request {
        style: Style::Normal,
        brief: false,
        report_same: false,
        recursive: false,
        new_file: false,
        text: false,
        color: false,
        function: false,
        only_changes: false,
        width: 130,
        left_column: false,
        expand_tabs: false,
        tab: 8,
        comparison: Comparison::default(),
        labels: Vec::new(),
        exclude: Vec::new(),
        options: Vec::new(),
    };
    let words = arguments.iter().skip(1).map(|word| text(bytes(word)));
    request.options = words
        .filter(|word| word.len() > 1 && word.starts_with('-'))
        .collect();
    let mut files = Vec::new();
    let mut parser = Parser::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        let comparison = &mut request.comparison;
        match argument {
            Long("normal") => request.style = Style::Normal,
            Short('q') | Long("brief") => request.brief = true,
            Short('s') | Long("report-identical-files") => request.report_same = true,
            Short('c') => request.style = Style::Context(CONTEXT_LINES),
            Short('u') => request.style = Style::Unified(CONTEXT_LINES),
            Short('C') => {
                request.style = Style::Context(number(&parser.value()?, "context length")?)
            }
            Short('U') => {
                request.style = Style::Unified(number(&parser.value()?, "context length")?)
            }
            Long(name @ ("context" | "unified")) => {
                let context = name == "context";
                let lines = match parser.optional_value() {
                    Some(value) => number(&value, "context length")?,
                    None => CONTEXT_LINES,
                };
                request.style = if context {
                    Style::Context(lines)
                } else {
                    Style::Unified(lines)
                };
            }
            Short('e') | Long("ed") => request.style = Style::Ed,
            Short('y') | Long("side-by-side") => request.style = Style::Columns,
            Short('W') | Long("width") => request.width = number(&parser.value()?, "width")?,
            Long("left-column") => request.left_column = true,
            Short('t') | Long("expand-tabs") => request.expand_tabs = true,
            Long("tabsize") => {
                let columns: usize = number(&parser.value()?, "tabsize")?;
                request.tab = columns.max(1);
            }
            Long("suppress-common-lines") => request.only_changes = true,
            Short('p') | Long("show-c-function") => {
                request.function = true;
                if request.style == Style::Normal {
                    request.style = Style::Context(CONTEXT_LINES);
                }
            }
            Short('L') | Long("label") => request.labels.push(text(bytes(&parser.value()?))),
            Short('r') | Long("recursive") => request.recursive = true,
            Short('N') | Long("new-file") => request.new_file = true,
            Short('x') | Long("exclude") => request.exclude.push(bytes(&parser.value()?).to_vec()),
            Short('i') | Long("ignore-case") => comparison.case = true,
            Short('E' | 'Z') | Long("ignore-tab-expansion" | "ignore-trailing-space") => {
                comparison.trailing = true
            }
            Short('b') | Long("ignore-space-change") => comparison.amount = true,
            Short('w') | Long("ignore-all-space") => comparison.all_space = true,
            Short('B') | Long("ignore-blank-lines") => comparison.blank_lines = true,
            Long("strip-trailing-cr") => comparison.carriage_return = true,
            Short('a') | Long("text") => request.text = true,
            Short('d' | 'H' | 'T' | 'P')
            | Long("minimal" | "speed-large-files" | "no-dereference") => {}
            Long("horizon-lines") => drop(parser.value()?),
            Long("color") => {
                let when = parser
                    .optional_value()
                    .map_or("auto".to_owned(), |when| text(bytes(&when)));
                request.color = when == "always"
                    || when == "auto" && std::io::IsTerminal::is_terminal(&std::io::stdout());
            }
            Long("help") => return Ok(Err(print_help("diff", HELP))),
            Short('v') | Long("version") => {
                return Ok(Err(print_help(
                    "diff",
                    concat!("diff (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                )));
            }
            Value(file) => files.push(bytes(&file).to_vec()),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Ok((request, files)))
}

fn trouble(name: &[u8], error: &std::io::Error) -> i32 {
    complain("diff", format_args!("{}: {}", text(name), reason(error)));
    EXIT_TROUBLE
}

/// Compares two operands; returns the exit code.
fn compare(request: &Request, one: &[u8], other: &[u8], out: &mut Output) -> i32 {
    let is_directory = |name: &[u8]| {
        name != b"-" && std::fs::metadata(os_string(name)).is_ok_and(|found| found.is_dir())
    };
    match (is_directory(one), is_directory(other)) {
        (true, true) => directories::compare(request, one, other, out, 0),
        // A file is compared with the one of its name in the directory.
        (true, false) => files(request, &joined(one, base(other)), other, out),
        (false, true) => files(request, one, &joined(other, base(one)), out),
        (false, false) => files(request, one, other, out),
    }
}

fn base(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'/').next().unwrap_or(name)
}

/// Compares two files; returns the exit code.
fn files(request: &Request, one: &[u8], other: &[u8], out: &mut Output) -> i32 {
    // Read once, it would be nothing the second time.
    if one == b"-" && other == b"-" {
        return 0;
    }
    let read = |name: &[u8]| match read_all(name) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && request.new_file => {
            Ok(Vec::new())
        }
        read => read,
    };
    let (old, new) = match (read(one), read(other)) {
        (Ok(old), Ok(new)) => (old, new),
        (old, new) => {
            for (name, read) in [(one, old), (other, new)] {
                if let Err(error) = read {
                    trouble(name, &error);
                }
            }
            return EXIT_TROUBLE;
        }
    };
    let same = old == new;
    let binary = |content: &[u8]| content[..content.len().min(32 * 1024)].contains(&0);
    let names = (text(one), text(other));
    let told = if !same && !request.text && (binary(&old) || binary(&new)) {
        let _ = if request.brief {
            writeln!(out, "Files {} and {} differ", names.0, names.1)
        } else {
            writeln!(out, "Binary files {} and {} differ", names.0, names.1)
        };
        return 1;
    } else if !same && request.brief && request.comparison == Comparison::default() {
        let _ = writeln!(out, "Files {} and {} differ", names.0, names.1);
        return 1;
    } else if same {
        None
    } else {
        Some(script::Script::of(&old, &new, request.comparison))
    };
    let differ = told
        .as_ref()
        .is_some_and(|script| !script.changes.is_empty());
    if !differ && request.style != Style::Columns {
        if request.report_same {
            let _ = writeln!(out, "Files {} and {} are identical", names.0, names.1);
        }
        return 0;
    }
    if request.brief && differ {
        let _ = writeln!(out, "Files {} and {} differ", names.0, names.1);
        return 1;
    }
    let script = told.unwrap_or_else(|| script::Script::of(&old, &new, request.comparison));
    match print::print(request, (one, other), &script, out) {
        Ok(()) => i32::from(differ),
        Err(error) => trouble(b"standard output", &error),
    }
}
