//! `prlimit`: what a process may take.
//!
//! A process sets limits only for itself and what it starts: other processes are out of reach.

use std::ffi::OsString;

use berth_guest::{Limit, Resource, UNLIMITED};
use berth_multicall::{
    Options, bytes, complain, environment, print, print_help, reason, run_instead, text,
    usage_error,
};
use lexopt::Arg::{Long, Short, Value};

const HELP: &str = "\
Usage: prlimit [OPTION]... [--RESOURCE[=LIMIT]]... [COMMAND [ARG]...]
Show the limits of a process, or run COMMAND with other ones. LIMIT is SOFT:HARD, SOFT:, :HARD, or one value for
both; 'unlimited' is a value.

  -p, --pid PID     the process: this one, no other can be looked at
  -o, --output LIST which columns to show: RESOURCE,DESCRIPTION,SOFT,HARD,UNITS
      --noheadings  no headings
      --raw         one blank between columns

Resources: --as -v, --core -c, --cpu -t, --data -d, --fsize -f, --locks -x, --memlock -l, --msgqueue -q, --nice -e,
--nofile -n, --nproc -u, --rss -m, --rtprio -r, --rttime -y, --sigpending -i, --stack -s
";

/// A limit that can be shown and set.
struct Known {
    resource: Resource,
    letter: char,
    long: &'static str,
    description: &'static str,
    unit: &'static str,
}

const fn known(
    resource: Resource,
    letter: char,
    long: &'static str,
    description: &'static str,
    unit: &'static str,
) -> Known {
    Known {
        resource,
        letter,
        long,
        description,
        unit,
    }
}

/// In the order they are shown.
const KNOWN: [Known; 16] = [
    known(
        Resource::AddressSpace,
        'v',
        "as",
        "address space limit",
        "bytes",
    ),
    known(Resource::Core, 'c', "core", "max core file size", "bytes"),
    known(Resource::Cpu, 't', "cpu", "CPU time", "seconds"),
    known(Resource::Data, 'd', "data", "max data size", "bytes"),
    known(Resource::FileSize, 'f', "fsize", "max file size", "bytes"),
    known(
        Resource::FileLocks,
        'x',
        "locks",
        "max number of file locks held",
        "locks",
    ),
    known(
        Resource::Locked,
        'l',
        "memlock",
        "max locked-in-memory address space",
        "bytes",
    ),
    known(
        Resource::Queues,
        'q',
        "msgqueue",
        "max bytes in POSIX mqueues",
        "bytes",
    ),
    known(
        Resource::Nice,
        'e',
        "nice",
        "max nice prio allowed to raise",
        "",
    ),
    known(
        Resource::Descriptors,
        'n',
        "nofile",
        "max number of open files",
        "files",
    ),
    known(
        Resource::Processes,
        'u',
        "nproc",
        "max number of processes",
        "processes",
    ),
    known(
        Resource::Resident,
        'm',
        "rss",
        "max resident set size",
        "bytes",
    ),
    known(
        Resource::Priority,
        'r',
        "rtprio",
        "max real-time priority",
        "",
    ),
    known(
        Resource::RealTime,
        'y',
        "rttime",
        "timeout for real-time tasks",
        "microsecs",
    ),
    known(
        Resource::Signals,
        'i',
        "sigpending",
        "max number of pending signals",
        "signals",
    ),
    known(Resource::Stack, 's', "stack", "max stack size", "bytes"),
];

const LONG: &[&str] = &[
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
    "pid",
    "output",
    "noheadings",
    "raw",
    "verbose",
    "help",
    "version",
];

/// Columns of the table.
const COLUMNS: [&str; 5] = ["RESOURCE", "DESCRIPTION", "SOFT", "HARD", "UNITS"];

/// What the command line asks for.
#[derive(Default)]
struct Request {
    shown: Vec<&'static Known>,
    /// Limits to set: soft and hard, where they are given.
    set: Vec<(&'static Known, [Option<u64>; 2])>,
    columns: Vec<usize>,
    raw: bool,
    no_headings: bool,
    command: Vec<OsString>,
}

/// `prlimit`.
pub fn prlimit(arguments: Vec<OsString>) -> i32 {
    let request = match parse(arguments) {
        Ok(Ok(request)) => request,
        Ok(Err(code)) => return code,
        Err(error) => return usage_error("prlimit", &error, 1),
    };
    for (known, [soft, hard]) in &request.set {
        let changed = berth_guest::limit(known.resource).and_then(|old| {
            let limit = Limit {
                soft: soft.unwrap_or(old.soft),
                hard: hard.unwrap_or(old.hard),
            };
            berth_guest::set_limit(known.resource, limit)
        });
        if let Err(error) = changed {
            let name = known.long.to_uppercase();
            complain(
                "prlimit",
                format_args!(
                    "failed to set the {name} resource limit: {}",
                    reason(&error)
                ),
            );
            return 1;
        }
    }
    if !request.shown.is_empty() || request.set.is_empty() && request.command.is_empty() {
        let code = table(&request);
        if code != 0 {
            return code;
        }
    }
    if request.command.is_empty() {
        return 0;
    }
    run_instead("prlimit", &request.command, &environment(), 1)
}

fn parse(arguments: Vec<OsString>) -> Result<Result<Request, i32>, lexopt::Error> {
    let mut request = Request {
        columns: (0..COLUMNS.len()).collect(),
        ..Request::default()
    };
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        let of = |letter: Option<char>, long: Option<&str>| {
            let mut all = KNOWN.iter();
            all.find(|known| Some(known.letter) == letter || Some(known.long) == long)
        };
        let known = match &argument {
            Short('p') | Long("pid") => {
                let pid = text(bytes(&parser.value()?));
                if pid != berth_guest::getpid().to_string() {
                    complain(
                        "prlimit",
                        format_args!("{pid}: a process sees no limits but its own"),
                    );
                    return Ok(Err(1));
                }
                continue;
            }
            Short('o') | Long("output") => {
                let list = text(bytes(&parser.value()?));
                request.columns = columns(&list)?;
                continue;
            }
            Long("noheadings") => {
                request.no_headings = true;
                continue;
            }
            Long("raw") => {
                request.raw = true;
                continue;
            }
            Long("verbose") => continue,
            Short('h') | Long("help") => return Ok(Err(print_help("prlimit", HELP))),
            Value(command) => {
                request.command.push(command.clone());
                request.command.extend(parser.raw_rest()?);
                continue;
            }
            Short(letter) => of(Some(*letter), None),
            Long(name) => of(None, Some(name)),
        };
        let Some(known) = known else {
            return Err(argument.unexpected());
        };
        match parser.optional_value() {
            None => request.shown.push(known),
            Some(value) => {
                let value = text(bytes(&value));
                let Some(limits) = limits(value.trim_start_matches('=')) else {
                    let name = known.long.to_uppercase();
                    complain("prlimit", format_args!("failed to parse {name} limit"));
                    return Ok(Err(1));
                };
                request.set.push((known, limits));
            }
        }
    }
    Ok(Ok(request))
}

fn columns(list: &str) -> Result<Vec<usize>, lexopt::Error> {
    list.split(',')
        .map(|name| {
            let mut known = COLUMNS.iter();
            known
                .position(|column| column.eq_ignore_ascii_case(name))
                .ok_or_else(|| format!("unknown column: {name}").into())
        })
        .collect()
}

/// `SOFT:HARD`, where either may be left out, or one value for both.
fn limits(text: &str) -> Option<[Option<u64>; 2]> {
    let value = |text: &str| match text {
        "unlimited" | "-1" => Some(UNLIMITED),
        digits => digits.parse().ok(),
    };
    match text.split_once(':') {
        None => Some([Some(value(text)?); 2]),
        Some(("", "")) => None,
        Some(("", hard)) => Some([None, Some(value(hard)?)]),
        Some((soft, "")) => Some([Some(value(soft)?), None]),
        Some((soft, hard)) => Some([Some(value(soft)?), Some(value(hard)?)]),
    }
}

fn table(request: &Request) -> i32 {
    let all: Vec<&Known> = KNOWN.iter().collect();
    let shown = match request.shown.is_empty() {
        true => &all,
        false => &request.shown,
    };
    let mut rows: Vec<[String; 5]> = Vec::new();
    if !request.no_headings {
        rows.push(COLUMNS.map(str::to_owned));
    }
    for known in shown {
        let limit = match berth_guest::limit(known.resource) {
            Ok(limit) => limit,
            Err(error) => {
                let name = known.long.to_uppercase();
                complain("prlimit", format_args!("{name}: {}", reason(&error)));
                return 1;
            }
        };
        let number = |value: u64| match value {
            UNLIMITED => "unlimited".to_owned(),
            value => value.to_string(),
        };
        let description = match request.raw {
            // One word, as whoever splits at blanks wants it.
            true => known.description.replace(' ', "\\x20"),
            false => known.description.to_owned(),
        };
        rows.push([
            known.long.to_uppercase(),
            description,
            number(limit.soft),
            number(limit.hard),
            known.unit.to_owned(),
        ]);
    }
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (place, column) in request.columns.iter().enumerate() {
            let last = place + 1 == request.columns.len();
            let width = rows.iter().map(|row| row[*column].len()).max().unwrap_or(0);
            let cell = &row[*column];
            if request.raw {
                line += cell;
            } else if matches!(COLUMNS[*column], "SOFT" | "HARD") {
                line += &format!("{cell:>width$}");
            } else if last {
                line += cell;
            } else {
                line += &format!("{cell:<width$}");
            }
            if !last {
                line.push(' ');
            }
        }
        out += &line;
        out.push('\n');
    }
    print("prlimit", out.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_one_value_or_two() {
        assert_eq!(limits("5"), Some([Some(5), Some(5)]));
        assert_eq!(limits("5:"), Some([Some(5), None]));
        assert_eq!(limits(":unlimited"), Some([None, Some(UNLIMITED)]));
        assert_eq!(limits("1:2"), Some([Some(1), Some(2)]));
        assert_eq!(limits(":"), None);
        assert_eq!(limits("x"), None);
    }
}
