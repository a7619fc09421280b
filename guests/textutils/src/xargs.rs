//! `xargs`: command lines out of what is read.

use std::ffi::OsString;
use std::io::{self, BufRead, Read};
use std::os::fd::AsFd;

use berth_guest::{Group, Pid, WaitOptions, WaitStatus};
use berth_multicall::{
    End, Exit, Options, bytes, complain, environment, number, open, print_help, reason, size,
    start, text, usage_error,
};
use lexopt::Arg::{Long, Short, Value};

/// Some command ended with 1 to 125.
const EXIT_SOME_FAILED: i32 = 123;
/// Some command ended with 255.
const EXIT_ASKED_TO_STOP: i32 = 124;
/// Some command was killed.
const EXIT_KILLED: i32 = 125;
/// Bytes of one command line.
const LINE_BYTES: usize = 128 * 1024;

const HELP: &str = "\
Usage: xargs [OPTION]... COMMAND [INITIAL-ARGS]...
Run COMMAND with arguments INITIAL-ARGS and more arguments read from input.

  -0, --null                   items are separated by a null, not whitespace
  -a, --arg-file=FILE          read arguments from FILE, not standard input
  -d, --delimiter=CHARACTER    items in input stream are separated by CHARACTER
  -E END                       set logical EOF string
  -I R                         replace R in INITIAL-ARGS with names read from input
  -i, --replace[=R]            same as -I {}
  -L, --max-lines=MAX-LINES    use at most MAX-LINES non-blank input lines per command line
  -n, --max-args=MAX-ARGS      use at most MAX-ARGS arguments per command line
  -o, --open-tty               reopen stdin as /dev/tty in the child process
  -P, --max-procs=MAX-PROCS    run at most MAX-PROCS processes at a time
  -p, --interactive            prompt before running commands
  -r, --no-run-if-empty        if there are no arguments, then do not run COMMAND
  -s, --max-chars=MAX-CHARS    limit length of command line to MAX-CHARS
  -t, --verbose                print commands before executing them
  -x, --exit                   exit if the size (see -s) is exceeded
      --help                   display this help and exit
      --version                output version information and exit
";

const LONG: &[&str] = &[
    "null",
    "arg-file",
    "delimiter",
    "eof",
    "replace",
    "max-lines",
    "max-args",
    "open-tty",
    "max-procs",
    "interactive",
    "no-run-if-empty",
    "max-chars",
    "verbose",
    "exit",
    "show-limits",
    "help",
    "version",
];

#[derive(Debug)]
struct Request {
    separator: Option<u8>,
    file: Vec<u8>,
    end: Option<Vec<u8>>,
    replace: Option<Vec<u8>>,
    lines: Option<usize>,
    words: Option<usize>,
    processes: usize,
    ask: bool,
    skip_empty: bool,
    size: usize,
    verbose: bool,
    terminal: bool,
    command: Vec<Vec<u8>>,
}

/// `xargs`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let request = match parse(arguments) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error("xargs", &error, 1),
    };
    let file = match open(&request.file) {
        Ok(file) => file,
        Err(error) => {
            complain(
                "xargs",
                format_args!("{}: {}", text(&request.file), reason(&error)),
            );
            return 1;
        }
    };
    let items = Items {
        request: &request,
        bytes: file.bytes(),
        over: false,
    };
    let mut runner = Runner {
        request: &request,
        running: Vec::new(),
        code: 0,
        stop: None,
    };
    runner.all(items)
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    let mut request = Request {
        separator: None,
        file: b"-".to_vec(),
        end: None,
        replace: None,
        lines: None,
        words: None,
        processes: 1,
        ask: false,
        skip_empty: false,
        size: LINE_BYTES,
        verbose: false,
        terminal: false,
        command: Vec::new(),
    };
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('0') | Long("null") => request.separator = Some(0),
            Short('a') | Long("arg-file") => request.file = bytes(&parser.value()?).to_vec(),
            Short('d') | Long("delimiter") => {
                let value = parser.value()?;
                request.separator =
                    Some(delimiter(bytes(&value)).ok_or("Invalid input delimiter specification")?);
            }
            Short('E') => {
                request.end = Some(bytes(&parser.value()?).to_vec()).filter(|end| !end.is_empty())
            }
            Short('e') | Long("eof") => {
                request.end = parser.optional_value().map(|end| bytes(&end).to_vec())
            }
            Short('I') => request.replace = Some(bytes(&parser.value()?).to_vec()),
            Short('i') | Long("replace") => {
                let value = parser.optional_value();
                request.replace =
                    Some(value.map_or(b"{}".to_vec(), |value| bytes(&value).to_vec()));
            }
            Short('L') | Long("max-lines") => {
                request.lines = Some(number(&parser.value()?, "number for -L option")?)
            }
            Short('l') => {
                let value = parser.optional_value();
                request.lines =
                    Some(value.map_or(Ok(1), |value| number(&value, "number for -l option"))?);
            }
            Short('n') | Long("max-args") => {
                request.words = Some(number(&parser.value()?, "number for -n option")?)
            }
            Short('o') | Long("open-tty") => request.terminal = true,
            Short('P') | Long("max-procs") => {
                let most: usize = number(&parser.value()?, "number for -P option")?;
                request.processes = if most == 0 { usize::MAX } else { most };
            }
            Short('p') | Long("interactive") => (request.ask, request.verbose) = (true, true),
            Short('r') | Long("no-run-if-empty") => request.skip_empty = true,
            Short('s') | Long("max-chars") => {
                let value = parser.value()?;
                request.size = size(bytes(&value)).ok_or("invalid number for -s option")? as usize;
            }
            Short('t') | Long("verbose") => request.verbose = true,
            Short('x') | Long("exit" | "show-limits") => {}
            Long("help") => return Ok(Err(print_help("xargs", HELP))),
            Long("version") => {
                return Ok(Err(print_help(
                    "xargs",
                    concat!("xargs (Berth) ", env!("CARGO_PKG_VERSION"), "\n"),
                )));
            }
            Value(first) => {
                request.command.push(bytes(&first).to_vec());
                let rest = parser.raw_rest()?;
                request
                    .command
                    .extend(rest.iter().map(|word| bytes(word).to_vec()));
                break;
            }
            other => return Err(other.unexpected()),
        }
    }
    if request.command.is_empty() {
        request.command.push(b"echo".to_vec());
    }
    if request.words == Some(0) || request.lines == Some(0) {
        return Err("value 0 for an option should be >= 1".into());
    }
    Ok(Ok(request))
}

fn delimiter(text: &[u8]) -> Option<u8> {
    match text {
        [byte] => Some(*byte),
        [b'\\', letter] => Some(match letter {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'0' => 0,
            b'\\' => b'\\',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            _ => return None,
        }),
        [b'\\', b'x', digits @ ..] => u8::from_str_radix(&text_of(digits), 16).ok(),
        [b'\\', digits @ ..] => u8::from_str_radix(&text_of(digits), 8).ok(),
        _ => None,
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An argument, and whether a line ends behind it.
type Item = (Vec<u8>, bool);

/// The input, taken apart as it comes.
struct Items<'a> {
    request: &'a Request,
    bytes: io::Bytes<Box<dyn BufRead>>,
    over: bool,
}

impl Items<'_> {
    fn byte(&mut self) -> Result<Option<u8>, String> {
        match self.bytes.next() {
            Some(Ok(byte)) => Ok(Some(byte)),
            None => {
                self.over = true;
                Ok(None)
            }
            Some(Err(error)) => Err(format!("{}: {}", text(&self.request.file), reason(&error))),
        }
    }

    /// Up to a separator that the command line names.
    fn separated(&mut self, separator: u8) -> Result<Option<Item>, String> {
        let mut word = Vec::new();
        loop {
            match self.byte()? {
                Some(byte) if byte == separator => return Ok(Some((word, true))),
                Some(byte) => word.push(byte),
                None if word.is_empty() => return Ok(None),
                None => return Ok(Some((word, true))),
            }
        }
    }

    /// Up to the quote that closes.
    fn quoted(&mut self, quote: u8, word: &mut Vec<u8>) -> Result<(), String> {
        loop {
            match self.byte()? {
                Some(byte) if byte == quote => return Ok(()),
                Some(b'\n') | None => {
                    let kind = if quote == b'"' { "double" } else { "single" };
                    return Err(format!(
                        "unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option"
                    ));
                }
                Some(byte) => word.push(byte),
            }
        }
    }

    /// Up to a blank, or with `-I` up to the line's end.
    fn word(&mut self) -> Result<Option<Item>, String> {
        let whole_lines = self.request.replace.is_some();
        let mut word = Vec::new();
        let mut inside = false;
        loop {
            let byte = self.byte()?;
            match byte {
                Some(quote @ (b'\'' | b'"')) => {
                    inside = true;
                    self.quoted(quote, &mut word)?;
                }
                Some(b'\\') => {
                    inside = true;
                    word.extend(self.byte()?);
                }
                Some(b' ' | b'\t') if whole_lines && inside => word.extend(byte),
                Some(0x0b..=b'\r') if whole_lines && !inside => {}
                Some(b' ' | b'\t' | b'\n') | None => {
                    if inside && self.request.end.as_ref() == Some(&word) {
                        return Ok(None);
                    }
                    if inside {
                        return Ok(Some((word, byte.is_none_or(|byte| byte == b'\n'))));
                    }
                    if byte.is_none() {
                        return Ok(None);
                    }
                }
                Some(byte) => {
                    inside = true;
                    word.push(byte);
                }
            }
        }
    }
}

impl Iterator for Items<'_> {
    type Item = Result<Item, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let item = match self.request.separator {
            Some(separator) => self.separated(separator),
            None => self.word(),
        };
        if !matches!(item, Ok(Some(_))) {
            self.over = true;
        }
        item.transpose()
    }
}

struct Runner<'a> {
    request: &'a Request,
    running: Vec<Pid>,
    code: i32,
    /// Nothing more is started.
    stop: Option<i32>,
}

impl Runner<'_> {
    fn all(&mut self, items: Items<'_>) -> i32 {
        let request = self.request;
        if let Some(replace) = &request.replace {
            for item in items {
                let Some((item, _)) = self.taken(item) else {
                    break;
                };
                let line = request
                    .command
                    .iter()
                    .map(|word| replaced(word, replace, &item))
                    .collect();
                self.run(line);
            }
            return self.finish();
        }
        let fixed: usize = request.command.iter().map(|word| word.len() + 1).sum();
        let mut line = request.command.clone();
        let (mut words, mut lines, mut length) = (0, 0, fixed);
        let mut is_empty = true;
        for item in items {
            let Some((item, ends_line)) = self.taken(item) else {
                break;
            };
            is_empty = false;
            if words > 0 && length + item.len() + 1 > request.size {
                self.run(std::mem::replace(&mut line, request.command.clone()));
                (words, lines, length) = (0, 0, fixed);
            }
            if fixed + item.len() + 1 > request.size {
                complain("xargs", format_args!("argument line too long"));
                self.code = 1;
                break;
            }
            length += item.len() + 1;
            line.push(item);
            words += 1;
            lines += usize::from(ends_line);
            if request.words == Some(words) || request.lines.is_some_and(|most| lines >= most) {
                self.run(std::mem::replace(&mut line, request.command.clone()));
                (words, lines, length) = (0, 0, fixed);
            }
        }
        if (words > 0 || is_empty && !request.skip_empty && self.code == 0) && self.stop.is_none() {
            self.run(line);
        }
        self.finish()
    }

    /// An item, unless it could not be read or nothing more is to be started.
    fn taken(&mut self, item: Result<Item, String>) -> Option<Item> {
        match item {
            Ok(item) if self.stop.is_none() => Some(item),
            Ok(_) => None,
            Err(what) => {
                complain("xargs", format_args!("{what}"));
                self.code = 1;
                None
            }
        }
    }

    fn run(&mut self, line: Vec<Vec<u8>>) {
        if self.request.verbose {
            let words: Vec<_> = line.iter().map(|word| text(word)).collect();
            eprint!("{}", words.join(" "));
            if self.request.ask {
                eprint!("?...");
                if !answered() {
                    return;
                }
            } else {
                eprintln!();
            }
        }
        while self.running.len() >= self.request.processes {
            self.wait();
        }
        if self.stop.is_some() {
            return;
        }
        let null = if self.request.terminal {
            "/dev/tty"
        } else {
            "/dev/null"
        };
        let stdin = std::fs::File::open(null);
        let stdin = match &stdin {
            Ok(file) if self.request.file == b"-" || self.request.terminal => {
                std::os::fd::AsRawFd::as_raw_fd(&file.as_fd())
            }
            _ => 0,
        };
        match start(
            &line,
            &environment(),
            &[(0, stdin), (1, 1), (2, 2)],
            Group::Inherit,
        ) {
            Ok(pid) => self.running.push(pid),
            Err(error) => {
                let (why, code) = Exit::of(&error);
                let name = line.first().map(Vec::as_slice).unwrap_or_default();
                complain("xargs", format_args!("{}: {why}", text(name)));
                self.stop = Some(code);
            }
        }
    }

    /// Waits for one of the commands.
    fn wait(&mut self) {
        let end = match berth_guest::wait(-1, WaitOptions::default()) {
            Ok(Some((pid, WaitStatus::Exited(code)))) => (pid, End::Exited(code)),
            Ok(Some((pid, WaitStatus::Signalled(signal)))) => (pid, End::Signalled(signal)),
            Ok(_) => return,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return,
            Err(_) => {
                self.running.clear();
                return;
            }
        };
        self.running.retain(|pid| *pid != end.0);
        let name = self
            .request
            .command
            .first()
            .map(|name| text(name))
            .unwrap_or_default();
        match end.1 {
            End::Exited(0) => {}
            End::Exited(255) => {
                complain(
                    "xargs",
                    format_args!("{name}: exited with status 255; aborting"),
                );
                self.stop = Some(EXIT_ASKED_TO_STOP);
            }
            End::Exited(126) => self.stop = Some(126),
            End::Exited(127) => self.stop = Some(127),
            End::Exited(_) => self.code = EXIT_SOME_FAILED,
            End::Signalled(signal) => {
                complain(
                    "xargs",
                    format_args!("{name}: terminated by signal {signal}"),
                );
                self.stop = Some(EXIT_KILLED);
            }
        }
    }

    fn finish(&mut self) -> i32 {
        while !self.running.is_empty() {
            self.wait();
        }
        self.stop.unwrap_or(self.code)
    }
}

fn answered() -> bool {
    let mut answer = String::new();
    let Ok(terminal) = std::fs::File::open("/dev/tty") else {
        return false;
    };
    io::BufReader::new(terminal).read_line(&mut answer).is_ok()
        && answer.trim_start().starts_with(['y', 'Y'])
}

fn replaced(word: &[u8], mark: &[u8], item: &[u8]) -> Vec<u8> {
    if mark.is_empty() {
        return word.to_vec();
    }
    let mut out = Vec::new();
    let mut rest = word;
    while let Some(at) = memchr::memmem::find(rest, mark) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(item);
        rest = &rest[at + mark.len()..];
    }
    out.extend_from_slice(rest);
    out
}
