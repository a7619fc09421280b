//! `jq`: filters for JSON. The language is jaq's; the command line is jq's.

#![deny(unsafe_code)]

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use berth_multicall::{
    Options, Output, bytes, complain, number, print_help, read_all, reason, text, usage_error,
};
use jaq_all::data::{self, Filter, Runner};
use jaq_all::jaq_core::{Vars, unwrap_valr};
use jaq_all::json::{Val, read, write};
use jaq_all::load::FileReportsDisp;
use lexopt::Arg::{Long, Short, Value};

/// The last value was `false` or `null`, with `-e`.
const EXIT_FALSE: i32 = 1;
/// Bad command line or input.
const EXIT_TROUBLE: i32 = 2;
/// The filter is wrong.
const EXIT_BAD_FILTER: i32 = 3;
/// There was no value at all, with `-e`.
const EXIT_NOTHING: i32 = 4;
/// The filter failed.
const EXIT_FAILED: i32 = 5;

const HELP: &str = "\
Usage:	jq [OPTIONS] FILTER [FILE...]
	jq [OPTIONS] -n FILTER
A tool for processing JSON inputs.

  -n, --null-input          use `null` as the single input value
  -R, --raw-input           read each line as string instead of JSON
  -s, --slurp               read all inputs into an array and use it as the single input value
  -c, --compact-output      compact instead of pretty-printed output
  -r, --raw-output          output strings without escapes and quotes
  -j, --join-output         implies -r, and no newline after each output
  -S, --sort-keys           sort keys of each object on output
  -C, --color-output        colorize JSON output
  -M, --monochrome-output   disable colored output
      --tab                 use tabs for indentation
      --indent n            use n spaces for indentation
  -f, --from-file           load the filter from a file
  -e, --exit-status         set exit status code based on the output
      --arg name value      set $name to the string value
      --argjson name value  set $name to the JSON value
      --slurpfile name file, --rawfile name file
      --args, --jsonargs    the remaining arguments are positional
";

const LONG: &[&str] = &[
    "null-input",
    "raw-input",
    "slurp",
    "compact-output",
    "raw-output",
    "join-output",
    "sort-keys",
    "color-output",
    "monochrome-output",
    "tab",
    "indent",
    "from-file",
    "exit-status",
    "arg",
    "argjson",
    "slurpfile",
    "rawfile",
    "args",
    "jsonargs",
    "help",
    "version",
    "ascii-output",
    "unbuffered",
    "raw-output0",
];

#[derive(Default)]
struct Request {
    null_input: bool,
    raw_input: bool,
    slurp: bool,
    raw_output: bool,
    join: bool,
    nul: bool,
    exit_status: bool,
    from_file: bool,
    indent: Option<String>,
    sort_keys: bool,
    color: Option<bool>,
    variables: Vec<(String, Val)>,
    positional: Vec<Val>,
    filter: Option<String>,
    files: Vec<Vec<u8>>,
}

/// Why it ends early: exit code and what to say.
type Failure = (i32, String);

fn main() {
    if let Err(error) = berth_guest::init() {
        complain(
            "jq",
            format_args!("cannot find the working directory: {}", reason(&error)),
        );
        std::process::exit(1);
    }
    std::process::exit(jq(std::env::args_os().collect()))
}

fn jq(arguments: Vec<OsString>) -> i32 {
    let request = match parse(arguments) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error("jq", &error, EXIT_TROUBLE),
    };
    match run(&request) {
        Ok(code) => code,
        Err((code, what)) => {
            if !what.is_empty() {
                complain("jq", format_args!("{what}"));
            }
            code
        }
    }
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    let mut request = Request {
        indent: Some("  ".to_owned()),
        ..Request::default()
    };
    let mut positional = None;
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('n') | Long("null-input") => request.null_input = true,
            Short('R') | Long("raw-input") => request.raw_input = true,
            Short('s') | Long("slurp") => request.slurp = true,
            Short('c') | Long("compact-output") => request.indent = None,
            Short('r') | Long("raw-output") => request.raw_output = true,
            Short('j') | Long("join-output") => (request.raw_output, request.join) = (true, true),
            Long("raw-output0") => (request.raw_output, request.nul) = (true, true),
            Short('S') | Long("sort-keys") => request.sort_keys = true,
            Short('C') | Long("color-output") => request.color = Some(true),
            Short('M') | Long("monochrome-output") => request.color = Some(false),
            Long("tab") => request.indent = Some("\t".to_owned()),
            Long("indent") => {
                let width: usize = number(&parser.value()?, "indentation")?;
                request.indent = (width > 0).then(|| " ".repeat(width.min(7)));
            }
            Short('f') | Long("from-file") => request.from_file = true,
            Short('e') | Long("exit-status") => request.exit_status = true,
            Long(kind @ ("arg" | "argjson" | "slurpfile" | "rawfile")) => {
                let kind = kind.to_owned();
                let name = text(bytes(&parser.value()?));
                let value = bytes(&parser.value()?).to_vec();
                let wrong = |what: String| lexopt::Error::from(what);
                let value = match kind.as_str() {
                    "arg" => Val::from(text(&value)),
                    "argjson" => read::parse_single(&value).map_err(|error| {
                        wrong(format!("Invalid JSON text passed to --argjson: {error}"))
                    })?,
                    _ => {
                        let content = read_all(&value).map_err(|error| {
                            wrong(format!("{}: {}", text(&value), reason(&error)))
                        })?;
                        if kind == "rawfile" {
                            Val::from(text(&content))
                        } else {
                            read::parse_many(&content)
                                .collect::<Result<Val, _>>()
                                .map_err(|error| wrong(error.to_string()))?
                        }
                    }
                };
                request.variables.push((name, value));
            }
            Long("args") => positional = Some(false),
            Long("jsonargs") => positional = Some(true),
            Short('a' | 'h') | Long("ascii-output" | "unbuffered") => {}
            Long("help") => return Ok(Err(print_help("jq", HELP))),
            Short('V') | Long("version") => return Ok(Err(print_help("jq", "jq-1.7 (jaq 3.1)\n"))),
            Value(word) if request.filter.is_none() => request.filter = Some(text(bytes(&word))),
            Value(word) => match positional {
                Some(false) => request.positional.push(Val::from(text(bytes(&word)))),
                Some(true) => {
                    let value = read::parse_single(bytes(&word))
                        .map_err(|error| lexopt::Error::from(error.to_string()))?;
                    request.positional.push(value);
                }
                None => request.files.push(bytes(&word).to_vec()),
            },
            other => return Err(other.unexpected()),
        }
    }
    if request.filter.is_none() {
        eprint!("{HELP}");
        return Ok(Err(EXIT_TROUBLE));
    }
    Ok(Ok(request))
}

/// The named variables with `$ARGS`, `$__prog_args` and `$ENV` behind them.
fn variables(request: &Request) -> (Vec<String>, Vec<Val>) {
    let key = |name: &str| Val::from(name.to_owned());
    let named = request
        .variables
        .iter()
        .map(|(name, value)| (key(name), value.clone()));
    let arguments = [
        (
            key("positional"),
            request.positional.iter().cloned().collect(),
        ),
        (key("named"), Val::obj(named.collect())),
    ];
    let environment = std::env::vars_os().map(|(name, value)| {
        (
            Val::from(text(bytes(&name))),
            Val::from(text(bytes(&value))),
        )
    });
    let mut all = request.variables.clone();
    all.push(("ARGS".to_owned(), Val::obj(arguments.into_iter().collect())));
    all.push(("ENV".to_owned(), Val::obj(environment.collect())));
    all.into_iter().unzip()
}

fn compiled(request: &Request, names: &[String]) -> Result<Filter, Failure> {
    let given = request.filter.clone().unwrap_or_default();
    let code = if request.from_file {
        let content = read_all(given.as_bytes())
            .map_err(|error| (EXIT_TROUBLE, format!("error: {given}: {}", reason(&error))))?;
        text(&content)
    } else {
        given
    };
    jaq_all::compile_with(&code, jaq_all::defs(), data::base_funs(), names).map_err(|reports| {
        for report in &reports {
            eprint!("{}", FileReportsDisp::new(report));
        }
        (
            EXIT_BAD_FILTER,
            "error: the filter cannot be compiled".to_owned(),
        )
    })
}

fn run(request: &Request) -> Result<i32, Failure> {
    let (names, values) = variables(request);
    let mut files = request.files.clone();
    if request.from_file && request.filter.is_none() {
        files.clear();
    }
    let filter = compiled(request, &names)?;
    let mut content = Vec::new();
    if !(request.null_input && files.is_empty() && io::stdin().is_terminal()) {
        if files.is_empty() && !request.null_input {
            files.push(b"-".to_vec());
        }
        for file in &files {
            let read = read_all(file).map_err(|error| {
                (
                    EXIT_TROUBLE,
                    format!("error: Could not open {}: {}", text(file), reason(&error)),
                )
            })?;
            content.extend(read);
            content.push(b'\n');
        }
    }
    let inputs: Vec<Result<Val, String>> = match (request.raw_input, request.slurp) {
        (true, true) => vec![Ok(Val::from(text(
            content.strip_suffix(b"\n").unwrap_or(&content),
        )))],
        (true, false) => text(&content[..content.len().saturating_sub(1)])
            .lines()
            .map(|line| Ok(Val::from(line.to_owned())))
            .collect(),
        (false, true) => vec![
            read::parse_many(&content)
                .collect::<Result<Val, _>>()
                .map_err(|error| error.to_string()),
        ],
        (false, false) => read::parse_many(&content)
            .map(|value| value.map_err(|error| error.to_string()))
            .collect(),
    };
    let color = request
        .color
        .unwrap_or_else(|| io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let printer = write::Pp {
        indent: request.indent.clone(),
        sort_keys: request.sort_keys,
        styles: if color {
            write::Styles::ansi()
        } else {
            write::Styles::default()
        },
        sep_space: request.indent.is_some(),
    };
    let runner = Runner {
        null_input: request.null_input,
        ..Runner::default()
    };
    let mut out = Output::stdout();
    let mut last = None;
    let done = data::run(
        &runner,
        &filter,
        Vars::new(values),
        (&Val::Null, inputs.into_iter()),
        |error| (EXIT_TROUBLE, format!("error (at <stdin>): {error}")),
        |value| {
            let value = unwrap_valr(value)
                .map_err(|error| (EXIT_FAILED, format!("error (at <stdin>): {error}")))?;
            last = Some(!matches!(value, Val::Null | Val::Bool(false)));
            print(request, &printer, &value, &mut out).map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => (EXIT_TROUBLE, String::new()),
                _ => (
                    EXIT_TROUBLE,
                    format!("error: writing output failed: {}", reason(&error)),
                ),
            })
        },
    );
    let flushed = out.flush().map_err(|error| {
        (
            EXIT_TROUBLE,
            format!("error: writing output failed: {}", reason(&error)),
        )
    });
    done.and(flushed)?;
    Ok(match last {
        _ if !request.exit_status => 0,
        Some(true) => 0,
        Some(false) => EXIT_FALSE,
        None => EXIT_NOTHING,
    })
}

fn print(request: &Request, printer: &write::Pp, value: &Val, out: &mut Output) -> io::Result<()> {
    match value {
        Val::TStr(string) | Val::BStr(string) if request.raw_output => out.write_all(string)?,
        value => write::write(out, printer, 0, value)?,
    }
    if request.nul {
        out.write_all(b"\0")
    } else if request.join {
        Ok(())
    } else {
        out.write_all(b"\n")
    }
}
