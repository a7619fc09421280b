//! The command line of `grep`.

use std::ffi::OsString;
use std::io::IsTerminal;

use berth_multicall::{
    Options as Parser, bytes, complain, number, print_help, read_all, reason, usage_error,
};
use berth_pattern::{Options, Syntax, locale_is_bytes};
use lexopt::Arg::{Long, Short, Value};

use super::EXIT_TROUBLE;

const HELP: &str = "\
Usage: grep [OPTION]... PATTERNS [FILE]...
Search for PATTERNS in each FILE.
Example: grep -i 'hello world' menu.h main.c
PATTERNS can contain multiple patterns separated by newlines.

Pattern selection and interpretation:
  -E, --extended-regexp     PATTERNS are extended regular expressions
  -F, --fixed-strings       PATTERNS are strings
  -G, --basic-regexp        PATTERNS are basic regular expressions
  -P, --perl-regexp         PATTERNS are Perl regular expressions
  -e, --regexp=PATTERNS     use PATTERNS for matching
  -f, --file=FILE           take PATTERNS from FILE
  -i, --ignore-case         ignore case distinctions in patterns and data
      --no-ignore-case      do not ignore case distinctions (default)
  -w, --word-regexp         match only whole words
  -x, --line-regexp         match only whole lines
  -z, --null-data           a data line ends in 0 byte, not newline

Miscellaneous:
  -s, --no-messages         suppress error messages
  -v, --invert-match        select non-matching lines
  -V, --version             display version information and exit
      --help                display this help text and exit

Output control:
  -m, --max-count=NUM       stop after NUM selected lines
  -b, --byte-offset         print the byte offset with output lines
  -n, --line-number         print line number with output lines
      --line-buffered       flush output on every line
  -H, --with-filename       print file name with output lines
  -h, --no-filename         suppress the file name prefix on output
      --label=LABEL         use LABEL as the standard input file name prefix
  -o, --only-matching       show only nonempty parts of lines that match
  -q, --quiet, --silent     suppress all normal output
      --binary-files=TYPE   assume that binary files are TYPE;
                            TYPE is 'binary', 'text', or 'without-match'
  -a, --text                equivalent to --binary-files=text
  -I                        equivalent to --binary-files=without-match
  -d, --directories=ACTION  how to handle directories;
                            ACTION is 'read', 'recurse', or 'skip'
  -r, --recursive           like --directories=recurse
  -R, --dereference-recursive  likewise, but follow all symlinks
      --include=GLOB        search only files that match GLOB (a file pattern)
      --exclude=GLOB        skip files that match GLOB
      --exclude-from=FILE   skip files that match any file pattern from FILE
      --exclude-dir=GLOB    skip directories that match GLOB
  -L, --files-without-match  print only names of FILEs with no selected lines
  -l, --files-with-matches  print only names of FILEs with selected lines
  -c, --count               print only a count of selected lines per FILE
  -T, --initial-tab         make tabs line up (if needed)
  -Z, --null                print 0 byte after FILE name

Context control:
  -B, --before-context=NUM  print NUM lines of leading context
  -A, --after-context=NUM   print NUM lines of trailing context
  -C, --context=NUM         print NUM lines of output context
  -NUM                      same as --context=NUM
      --group-separator=SEP print SEP on line between matches with context
      --no-group-separator  do not print separator for matches with context
      --color[=WHEN],
      --colour[=WHEN]       use markers to highlight the matching strings;
                            WHEN is 'always', 'never', or 'auto'

When FILE is '-', read standard input.  With no FILE, read '.' if
recursive, '-' otherwise.  With fewer than two FILEs, assume -h.
Exit status is 0 if any line is selected, 1 otherwise;
if any error occurs and -q is not given, the exit status is 2.
";

const LONG: &[&str] = &[
    "extended-regexp",
    "fixed-strings",
    "basic-regexp",
    "perl-regexp",
    "regexp",
    "file",
    "ignore-case",
    "no-ignore-case",
    "word-regexp",
    "line-regexp",
    "null-data",
    "no-messages",
    "invert-match",
    "version",
    "help",
    "max-count",
    "byte-offset",
    "line-number",
    "line-buffered",
    "with-filename",
    "no-filename",
    "label",
    "only-matching",
    "quiet",
    "silent",
    "binary-files",
    "text",
    "directories",
    "devices",
    "recursive",
    "dereference-recursive",
    "include",
    "exclude",
    "exclude-from",
    "exclude-dir",
    "files-without-match",
    "files-with-matches",
    "count",
    "initial-tab",
    "null",
    "before-context",
    "after-context",
    "context",
    "group-separator",
    "no-group-separator",
    "color",
    "colour",
    "binary",
    "unix-byte-offsets",
];

/// What happens to files that are no text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binary {
    /// One line says that it matches.
    Said,
    /// They are text.
    Text,
    /// They match nothing.
    Skipped,
}

/// What is printed of a file instead of its lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Summary {
    /// Nothing: its lines are printed.
    Lines,
    /// How many were selected.
    Count,
    /// Its name, if one was selected.
    Matching,
    /// Its name, if none was.
    NotMatching,
}

/// What the command line asks for.
#[derive(Debug)]
pub struct Request {
    pub patterns: Vec<Vec<u8>>,
    pub options: Options,
    pub perl: bool,
    pub files: Vec<Vec<u8>>,
    pub invert: bool,
    pub silent: bool,
    pub quiet: bool,
    pub summary: Summary,
    pub only_matching: bool,
    pub names: bool,
    pub numbers: bool,
    pub offsets: bool,
    pub initial_tab: bool,
    pub null_after_name: bool,
    pub separator: u8,
    pub count_max: Option<u64>,
    pub before: usize,
    pub after: usize,
    /// Context was asked for, if only of no lines: groups are kept apart.
    pub context: bool,
    pub group_separator: Option<Vec<u8>>,
    pub binary: Binary,
    pub color: bool,
    pub by_line: bool,
    pub label: Option<Vec<u8>>,
    pub recursive: bool,
    pub follow: bool,
    pub directories_skipped: bool,
    /// No file was named: names are shown without `./`.
    pub unnamed: bool,
    pub include: Vec<Vec<u8>>,
    pub exclude: Vec<Vec<u8>>,
    pub exclude_directories: Vec<Vec<u8>>,
}

/// Reads the command line; the exit code if there is nothing left to do.
pub fn parse(arguments: Vec<OsString>) -> Result<Request, i32> {
    let mut state = State::new();
    let arguments = state.numbers_aside(arguments);
    let mut parser = Parser::new(arguments, LONG);
    if let Err(error) = state.read(&mut parser) {
        return Err(usage_error("grep", &error, EXIT_TROUBLE));
    }
    state.finish()
}

struct State {
    request: Request,
    given: Option<Vec<Vec<u8>>>,
    operands: Vec<Vec<u8>>,
    with_names: Option<bool>,
    color: Option<String>,
    done: Option<i32>,
}

impl State {
    fn new() -> Self {
        Self {
            request: Request {
                patterns: Vec::new(),
                options: Options {
                    bytes: locale_is_bytes(),
                    ..Options::default()
                },
                perl: false,
                files: Vec::new(),
                invert: false,
                silent: false,
                quiet: false,
                summary: Summary::Lines,
                only_matching: false,
                names: false,
                numbers: false,
                offsets: false,
                initial_tab: false,
                null_after_name: false,
                separator: b'\n',
                count_max: None,
                before: 0,
                after: 0,
                context: false,
                group_separator: Some(b"--".to_vec()),
                binary: Binary::Said,
                color: false,
                by_line: false,
                label: None,
                recursive: false,
                follow: false,
                directories_skipped: false,
                unnamed: false,
                include: Vec::new(),
                exclude: Vec::new(),
                exclude_directories: Vec::new(),
            },
            given: None,
            operands: Vec::new(),
            with_names: None,
            color: None,
            done: None,
        }
    }

    /// Takes `-NUM` out, which no parser of options knows.
    fn numbers_aside(&mut self, arguments: Vec<OsString>) -> Vec<OsString> {
        let mut only_operands = false;
        arguments
            .into_iter()
            .enumerate()
            .filter(|(index, argument)| {
                let argument = bytes(argument);
                only_operands |= argument == b"--";
                let digits = argument.strip_prefix(b"-").unwrap_or_default();
                let number = *index > 0
                    && !only_operands
                    && !digits.is_empty()
                    && digits.iter().all(u8::is_ascii_digit);
                if number {
                    let number = String::from_utf8_lossy(digits)
                        .parse()
                        .unwrap_or(usize::MAX);
                    (self.request.before, self.request.after) = (number, number);
                    self.request.context = true;
                }
                !number
            })
            .map(|(_, argument)| argument)
            .collect()
    }

    fn read(&mut self, parser: &mut Parser) -> Result<(), lexopt::Error> {
        while let Some(argument) = parser.next()? {
            let request = &mut self.request;
            match argument {
                Short('E') | Long("extended-regexp") => request.options.syntax = Syntax::Extended,
                Short('F') | Long("fixed-strings") => request.options.syntax = Syntax::Fixed,
                Short('G') | Long("basic-regexp") => request.options.syntax = Syntax::Basic,
                Short('P') | Long("perl-regexp") => request.options.syntax = Syntax::Perl,
                Short('e') | Long("regexp") => {
                    let value = parser.value()?;
                    self.add_patterns(bytes(&value));
                }
                Short('f') | Long("file") => {
                    let value = parser.value()?;
                    match read_all(bytes(&value)) {
                        Ok(content) => {
                            let content = content
                                .strip_suffix(b"\n")
                                .map_or(&content[..], |content| content);
                            if content.is_empty() {
                                self.given.get_or_insert_default();
                            } else {
                                self.add_patterns(content);
                            }
                        }
                        Err(error) => {
                            complain(
                                "grep",
                                format_args!("{}: {}", value.display(), reason(&error)),
                            );
                            self.done = Some(EXIT_TROUBLE);
                        }
                    }
                }
                Short('i' | 'y') | Long("ignore-case") => request.options.ignore_case = true,
                Long("no-ignore-case") => request.options.ignore_case = false,
                Short('w') | Long("word-regexp") => request.options.whole_word = true,
                Short('x') | Long("line-regexp") => request.options.whole_line = true,
                Short('z') | Long("null-data") => request.separator = 0,
                Short('s') | Long("no-messages") => request.silent = true,
                Short('v') | Long("invert-match") => request.invert = true,
                Short('V') | Long("version") => {
                    self.done = Some(print_help(
                        "grep",
                        concat!("grep (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                    ));
                }
                Long("help") => self.done = Some(print_help("grep", HELP)),
                Short('m') | Long("max-count") => {
                    let count: i64 = number(&parser.value()?, "max count")?;
                    request.count_max = u64::try_from(count).ok();
                }
                Short('b') | Long("byte-offset") => request.offsets = true,
                Short('n') | Long("line-number") => request.numbers = true,
                Long("line-buffered") => request.by_line = true,
                Short('H') | Long("with-filename") => self.with_names = Some(true),
                Short('h') | Long("no-filename") => self.with_names = Some(false),
                Long("label") => request.label = Some(bytes(&parser.value()?).to_vec()),
                Short('o') | Long("only-matching") => request.only_matching = true,
                Short('q') | Long("quiet" | "silent") => request.quiet = true,
                Long("binary-files") => {
                    request.binary = match bytes(&parser.value()?) {
                        b"text" => Binary::Text,
                        b"without-match" => Binary::Skipped,
                        b"binary" => Binary::Said,
                        _ => return Err("unknown binary-files type".into()),
                    }
                }
                Short('a') | Long("text") => request.binary = Binary::Text,
                Short('I') => request.binary = Binary::Skipped,
                Short('U') | Long("binary" | "unix-byte-offsets") => {}
                Short('d') | Long("directories") => {
                    let action = parser.value()?;
                    (request.recursive, request.directories_skipped) = match bytes(&action) {
                        b"read" => (false, false),
                        b"skip" => (false, true),
                        b"recurse" => (true, false),
                        _ => {
                            return Err(format!(
                                "invalid argument '{}' for '--directories'",
                                action.display()
                            )
                            .into());
                        }
                    };
                }
                Short('D') | Long("devices") => drop(parser.value()?),
                Short('r') | Long("recursive") => request.recursive = true,
                Short('R') | Long("dereference-recursive") => {
                    (request.recursive, request.follow) = (true, true);
                }
                Long("include") => request.include.push(bytes(&parser.value()?).to_vec()),
                Long("exclude") => request.exclude.push(bytes(&parser.value()?).to_vec()),
                Long("exclude-from") => {
                    let value = parser.value()?;
                    match read_all(bytes(&value)) {
                        Ok(content) => request.exclude.extend(
                            content
                                .split(|byte| *byte == b'\n')
                                .filter(|line| !line.is_empty())
                                .map(<[u8]>::to_vec),
                        ),
                        Err(error) => {
                            complain(
                                "grep",
                                format_args!("{}: {}", value.display(), reason(&error)),
                            );
                            self.done = Some(EXIT_TROUBLE);
                        }
                    }
                }
                Long("exclude-dir") => {
                    let value = parser.value()?;
                    let glob = bytes(&value);
                    request
                        .exclude_directories
                        .push(glob.strip_suffix(b"/").unwrap_or(glob).to_vec());
                }
                Short('L') | Long("files-without-match") => request.summary = Summary::NotMatching,
                Short('l') | Long("files-with-matches") => request.summary = Summary::Matching,
                Short('c') | Long("count") => {
                    if request.summary == Summary::Lines {
                        request.summary = Summary::Count;
                    }
                }
                Short('T') | Long("initial-tab") => request.initial_tab = true,
                Short('Z') | Long("null") => request.null_after_name = true,
                Short('B') | Long("before-context") => {
                    request.before = context(&parser.value()?)?;
                    request.context = true;
                }
                Short('A') | Long("after-context") => {
                    request.after = context(&parser.value()?)?;
                    request.context = true;
                }
                Short('C') | Long("context") => {
                    let lines = context(&parser.value()?)?;
                    (request.before, request.after) = (lines, lines);
                    request.context = true;
                }
                Long("group-separator") => {
                    request.group_separator = Some(bytes(&parser.value()?).to_vec());
                }
                Long("no-group-separator") => request.group_separator = None,
                Long("color" | "colour") => {
                    let when = parser.optional_value();
                    self.color = Some(when.map_or("auto".to_owned(), |when| {
                        when.to_string_lossy().into_owned()
                    }));
                }
                Value(operand) => self.operands.push(bytes(&operand).to_vec()),
                other => return Err(other.unexpected()),
            }
            if self.done.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn add_patterns(&mut self, text: &[u8]) {
        let patterns = self.given.get_or_insert_default();
        patterns.extend(text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
    }

    fn finish(mut self) -> Result<Request, i32> {
        if let Some(code) = self.done {
            return Err(code);
        }
        if self.given.is_none() {
            if self.operands.is_empty() {
                eprintln!(
                    "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information."
                );
                return Err(EXIT_TROUBLE);
            }
            let text = self.operands.remove(0);
            self.add_patterns(&text);
        }
        let mut request = self.request;
        request.patterns = self.given.unwrap_or_default();
        request.perl = request.options.syntax == Syntax::Perl;
        // Perl's expressions may match the character between lines: they see one line at a time.
        request.options.by_line = !request.perl && request.separator == b'\n';
        request.unnamed = self.operands.is_empty() && request.recursive;
        request.names = self
            .with_names
            .unwrap_or(request.recursive || self.operands.len() > 1);
        request.files = if !self.operands.is_empty() {
            self.operands
        } else if request.recursive {
            vec![b".".to_vec()]
        } else {
            vec![b"-".to_vec()]
        };
        request.color = match self.color.as_deref() {
            None | Some("never" | "no" | "none") => false,
            Some("always" | "yes" | "force") => true,
            Some("auto" | "tty" | "if-tty") => {
                std::io::stdout().is_terminal()
                    && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
            }
            Some(other) => {
                complain(
                    "grep",
                    format_args!("invalid argument '{other}' for '--color'"),
                );
                return Err(EXIT_TROUBLE);
            }
        };
        Ok(request)
    }
}

fn context(value: &OsString) -> Result<usize, lexopt::Error> {
    let text = value.to_string_lossy();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.parse().unwrap_or(usize::MAX));
    }
    Err(format!("{text}: invalid context length argument").into())
}
