//! What `/proc` says about processes, and `ps`, `pgrep`, `pkill`, `killall`, `pidof`.

use std::ffi::OsString;
use std::fs;

use berth_multicall::{bytes, complain, mode, os_string, print_help, text, usage_error_text};
use berth_pattern::{Options, Pattern, Syntax};

use crate::signals;
use berth_multicall::takes::{Takes, read};

/// A process, as `/proc` tells of it.
#[derive(Clone, Debug, Default)]
pub struct Process {
    pub pid: i32,
    pub parent: i32,
    pub group: i32,
    pub session: i32,
    pub foreground: i32,
    pub state: char,
    pub name: String,
    /// Time on the processor, in hundredths of a second.
    pub ticks: u64,
    pub memory_bytes: u64,
    pub user: u32,
    pub arguments: Vec<Vec<u8>>,
}

impl Process {
    /// The command line; the name in brackets where there is none.
    pub fn command(&self) -> String {
        if self.arguments.is_empty() {
            return format!("[{}]", self.name);
        }
        text(&self.arguments.join(&b' '))
    }

    /// Time on the processor as `ps` shows it.
    pub fn time(&self) -> String {
        let seconds = self.ticks / 100;
        format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    fn terminal(&self) -> String {
        let link = fs::read_link(format!("/proc/{}/fd/0", self.pid)).unwrap_or_default();
        let name = text(bytes(link.as_os_str()));
        match name.strip_prefix("/dev/") {
            Some(name) if name.starts_with("tty") || name.starts_with("pts") => name.to_owned(),
            _ => "?".to_owned(),
        }
    }

    fn state_text(&self) -> String {
        let mut state = self.state.to_string();
        if self.session == self.pid {
            state.push('s');
        }
        if self.foreground == self.group {
            state.push('+');
        }
        state
    }
}

/// All processes, by their number.
pub fn all() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let mut all: Vec<_> = entries
        .flatten()
        .filter_map(|entry| one(entry.file_name().to_str()?.parse().ok()?))
        .collect();
    all.sort_by_key(|process| process.pid);
    all
}

fn one(pid: i32) -> Option<Process> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = text(&stat);
    // The name may hold blanks and parentheses.
    let (head, tail) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let number = |field: usize| {
        fields
            .get(field - 3)
            .and_then(|field| field.parse().ok())
            .unwrap_or(0i64)
    };
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let user = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let first = |line: Option<&str>| {
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
    };
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let arguments = arguments.strip_suffix(b"\0").unwrap_or(&arguments);
    Some(Process {
        pid,
        parent: number(4) as i32,
        group: number(5) as i32,
        session: number(6) as i32,
        foreground: number(8) as i32,
        state: fields.first()?.chars().next()?,
        name,
        ticks: (number(14) + number(15)) as u64,
        memory_bytes: first(resident).map_or(number(23) as u64, |kib| kib * 1024),
        user: first(user).unwrap_or(0) as u32,
        arguments: if arguments.is_empty() {
            Vec::new()
        } else {
            arguments
                .split(|byte| *byte == 0)
                .map(<[u8]>::to_vec)
                .collect()
        },
    })
}

const PS_HELP: &str = "\
Usage: ps [options]
Report a snapshot of the session's processes.

  -e, -A, a, x        all processes
  -f                  full format
  -l                  long format
  u                   user-oriented format, as in `ps aux`
  -p, p PIDS          these processes
  -u, U USERS         processes of these users
  -o, o FORMAT        columns: pid ppid pgid sid user uid stat state time comm args cmd tty vsz rss pcpu pmem ni
  --no-headers, h     no line of headings
  --sort KEY          sort by a column, -KEY the other way round
  -C NAME             processes of this name
";

/// A column: its name, heading, and whether it stands on the right.
const COLUMNS: [(&str, &str, bool); 22] = [
    ("pid", "PID", true),
    ("ppid", "PPID", true),
    ("pgid", "PGID", true),
    ("pgrp", "PGRP", true),
    ("sid", "SID", true),
    ("sess", "SESS", true),
    ("user", "USER", false),
    ("uid", "UID", true),
    ("stat", "STAT", false),
    ("state", "S", false),
    ("s", "S", false),
    ("time", "TIME", true),
    ("comm", "COMMAND", false),
    ("ucmd", "CMD", false),
    ("args", "COMMAND", false),
    ("cmd", "CMD", false),
    ("tty", "TTY", false),
    ("vsz", "VSZ", true),
    ("rss", "RSS", true),
    ("pcpu", "%CPU", true),
    ("pmem", "%MEM", true),
    ("ni", "NI", true),
];

/// `ps`.
pub fn ps(arguments: Vec<OsString>) -> i32 {
    let words: Vec<String> = arguments
        .iter()
        .skip(1)
        .map(|word| text(bytes(word)))
        .collect();
    let mut everybody = false;
    let mut columns: Vec<(String, String)> = Vec::new();
    let mut preset = "pid,tty,time,ucmd";
    let mut headings = true;
    let (mut pids, mut users, mut names): (Vec<i32>, Vec<String>, Vec<String>) = Default::default();
    let mut sort: Option<String> = None;
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            match name {
                "help" => return print_help("ps", PS_HELP),
                "no-headers" | "no-heading" | "noheaders" => headings = false,
                "headers" => headings = true,
                "sort" => sort = value.or_else(|| words.next()),
                "pid" => pids.extend(numbers(&value.or_else(|| words.next()).unwrap_or_default())),
                "format" => add_columns(
                    &value.or_else(|| words.next()).unwrap_or_default(),
                    &mut columns,
                ),
                "forest" | "cols" | "width" => {}
                _ => return usage_error_text("ps", &format!("unknown option '--{name}'"), 1),
            }
            continue;
        }
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            pids.extend(numbers(&word));
            continue;
        }
        let dashed = word.starts_with('-');
        let mut letters = word.trim_start_matches('-').chars();
        while let Some(letter) = letters.next() {
            let rest = letters.as_str().to_owned();
            let mut value = || {
                if rest.is_empty() {
                    words.next().unwrap_or_default()
                } else {
                    rest.clone()
                }
            };
            let takes_value = matches!(letter, 'p' | 'o' | 'C' | 't' | 'q')
                || (dashed && matches!(letter, 'u' | 'U' | 'G'));
            match letter {
                'e' | 'A' | 'a' | 'x' | 'd' | 'g' | 'T' => everybody = true,
                'f' if dashed => preset = "user,pid,ppid,pcpu,tty,time,cmd",
                'F' => preset = "user,pid,ppid,pcpu,vsz,rss,tty,time,cmd",
                'l' | 'j' => preset = "state,uid,pid,ppid,pgid,sid,vsz,tty,time,ucmd",
                'u' if !dashed => {
                    preset = "user,pid,pcpu,pmem,vsz,rss,tty,stat,time,args";
                }
                'p' | 'q' => pids.extend(numbers(&value())),
                'u' | 'U' | 'G' => users.extend(value().split(',').map(str::to_owned)),
                'C' => names.extend(value().split(',').map(str::to_owned)),
                't' => drop(value()),
                'o' => add_columns(&value(), &mut columns),
                'h' if !dashed => headings = false,
                'f' | 'h' | 'H' | 'w' | 'r' | 'c' | 'L' | 'm' | 'n' | 'y' | 'M' | 'N' | 'S'
                | 's' | 'v' => {}
                _ => return usage_error_text("ps", "unsupported option", 1),
            }
            if takes_value {
                break;
            }
        }
    }
    if columns.is_empty() {
        add_columns(preset, &mut columns);
    }
    if let Some((unknown, _)) = columns
        .iter()
        .find(|(name, _)| COLUMNS.iter().all(|(known, ..)| known != name))
    {
        complain(
            "ps",
            format_args!("error: unknown user-defined format specifier \"{unknown}\""),
        );
        return 1;
    }
    let all = all();
    let own = berth_guest::getpid();
    let session = all
        .iter()
        .find(|process| process.pid == own)
        .map_or(0, |process| process.session);
    let mut chosen: Vec<&Process> = all
        .iter()
        .filter(|process| {
            if !pids.is_empty() || !users.is_empty() || !names.is_empty() {
                return pids.contains(&process.pid)
                    || names.contains(&process.name)
                    || users
                        .iter()
                        .any(|user| mode::id_of("/etc/passwd", user) == Some(process.user));
            }
            everybody || process.session == session
        })
        .collect();
    if let Some(key) = sort {
        let (key, backwards) = match key.strip_prefix('-') {
            Some(key) => (key.to_owned(), true),
            None => (key.trim_start_matches('+').to_owned(), false),
        };
        let key = canonical(&key);
        chosen.sort_by(|one, other| {
            let (one, other) = (column(one, &key), column(other, &key));
            match (one.parse::<f64>(), other.parse::<f64>()) {
                (Ok(one), Ok(other)) => one.total_cmp(&other),
                _ => one.cmp(&other),
            }
        });
        if backwards {
            chosen.reverse();
        }
    }
    print(&chosen, &columns, headings);
    i32::from(chosen.is_empty())
}

fn numbers(list: &str) -> Vec<i32> {
    list.split([',', ' '])
        .filter_map(|word| word.parse().ok())
        .collect()
}

fn canonical(name: &str) -> String {
    match name {
        "tt" | "tname" => "tty",
        "command" => "args",
        "ucomm" | "fname" => "comm",
        "euser" | "uname" | "ruser" => "user",
        "euid" | "ruid" => "uid",
        "vsize" => "vsz",
        "rssize" | "rsz" => "rss",
        "%cpu" | "c" | "cp" => "pcpu",
        "%mem" => "pmem",
        "cputime" => "time",
        "session" => "sid",
        "nice" => "ni",
        other => other,
    }
    .to_owned()
}

fn add_columns(list: &str, columns: &mut Vec<(String, String)>) {
    let mut rest = list;
    while !rest.is_empty() {
        // A heading goes to the end of the word.
        let (item, after) = match rest.find([',', '=']) {
            Some(at) if rest.as_bytes()[at] == b'=' => (rest, ""),
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        rest = after;
        let (name, heading) = match item.split_once('=') {
            Some((name, heading)) => (canonical(name.trim()), Some(heading.to_owned())),
            None => (canonical(item.trim()), None),
        };
        let known = COLUMNS
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|(_, heading, _)| (*heading).to_owned());
        columns.push((name, heading.or(known).unwrap_or_default()));
    }
}

fn column(process: &Process, name: &str) -> String {
    match name {
        "pid" => process.pid.to_string(),
        "ppid" => process.parent.to_string(),
        "pgid" | "pgrp" => process.group.to_string(),
        "sid" | "sess" => process.session.to_string(),
        "user" => mode::name_of("/etc/passwd", process.user),
        "uid" => process.user.to_string(),
        "stat" => process.state_text(),
        "state" | "s" => process.state.to_string(),
        "time" => process.time(),
        "comm" | "ucmd" => process.name.clone(),
        "args" | "cmd" => process.command(),
        "tty" => process.terminal(),
        "vsz" | "rss" => (process.memory_bytes / 1024).to_string(),
        "pcpu" => percent_of_life(process),
        "pmem" => format!(
            "{:.1}",
            100.0 * process.memory_bytes as f64 / crate::machine::memory().0.max(1) as f64
        ),
        _ => "0".to_owned(),
    }
}

/// A process's share of the processor since the session began: when it began itself is not told.
fn percent_of_life(process: &Process) -> String {
    let seconds = crate::machine::uptime_seconds().max(0.01);
    format!("{:.1}", process.ticks as f64 / seconds)
}

fn print(processes: &[&Process], columns: &[(String, String)], headings: bool) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    if headings && columns.iter().any(|(_, heading)| !heading.is_empty()) {
        rows.push(columns.iter().map(|(_, heading)| heading.clone()).collect());
    }
    for process in processes {
        rows.push(
            columns
                .iter()
                .map(|(name, _)| column(process, name))
                .collect(),
        );
    }
    let width = |index: usize| {
        rows.iter()
            .map(|row| row[index].chars().count())
            .max()
            .unwrap_or(0)
    };
    for row in &rows {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            let right = COLUMNS
                .iter()
                .any(|(name, _, right)| *name == columns[index].0 && *right);
            if index > 0 {
                line.push(' ');
            }
            let least = if columns[index].0 == "pid" { 5 } else { 0 };
            let width = width(index).max(least);
            if right {
                line.push_str(&format!("{cell:>width$}"));
            } else if index + 1 == row.len() {
                line.push_str(cell);
            } else {
                line.push_str(&format!("{cell:<width$}"));
            }
        }
        println!("{line}");
    }
}

const PGREP: Takes = Takes {
    name: "pgrep",
    help: "\
Usage: pgrep [options] <pattern>
       pkill [-SIGNAL] [options] <pattern>
Find processes by name, or send them a signal.

  -f, --full        use the full command line to match
  -i, --ignore-case
  -x, --exact       match exactly the name
  -v, --inverse     negate the matching
  -l, --list-name   list PID and process name
  -a, --list-full   list PID and full command line
  -c, --count       count of matching processes
  -d, --delimiter S what stands between PIDs
  -n, --newest      the newest only
  -o, --oldest      the oldest only
  -P, --parent PIDS match only child processes of the given parents
  -u, --euid IDS    match by user
  -s, --signal SIG  signal to send (pkill)
",
    letters: "fixvlacd:noP:u:s:e",
    long: &[
        ("full", 'f'),
        ("ignore-case", 'i'),
        ("exact", 'x'),
        ("inverse", 'v'),
        ("list-name", 'l'),
        ("list-full", 'a'),
        ("count", 'c'),
        ("delimiter", 'd'),
        ("newest", 'n'),
        ("oldest", 'o'),
        ("parent", 'P'),
        ("euid", 'u'),
        ("signal", 's'),
        ("echo", 'e'),
    ],
    code: 2,
    command: false,
};

/// `pgrep`.
pub fn pgrep(arguments: Vec<OsString>) -> i32 {
    search("pgrep", arguments, None)
}

/// `pkill`.
pub fn pkill(mut arguments: Vec<OsString>) -> i32 {
    let signal = take_signal(&mut arguments).unwrap_or(15);
    search("pkill", arguments, Some(signal))
}

/// Takes `-SIGNAL` out of a command line.
fn take_signal(arguments: &mut Vec<OsString>) -> Option<u8> {
    let at = arguments.iter().skip(1).position(|word| {
        let word = text(bytes(word));
        let name = word.strip_prefix('-').unwrap_or_default();
        name.len() > 1 && signals::number(name).is_some() || name.parse::<u8>().is_ok()
    })?;
    signals::number(text(bytes(&arguments.remove(at + 1))).trim_start_matches('-'))
}

fn search(name: &'static str, arguments: Vec<OsString>, signal: Option<u8>) -> i32 {
    let given = match read(&Takes { name, ..PGREP }, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let by_other = given.has('P') || given.has('u');
    let source = match given.operands.first() {
        Some(source) => source.clone(),
        None if by_other => Vec::new(),
        None => return usage_error_text(name, "no matching criteria specified", 2),
    };
    let options = Options {
        syntax: Syntax::Extended,
        ignore_case: given.has('i'),
        whole_line: given.has('x'),
        ..Options::default()
    };
    let pattern = match Pattern::new(&source, options) {
        Ok(pattern) => pattern,
        Err(error) => {
            complain(name, format_args!("{error}"));
            return 2;
        }
    };
    let parents = given.text('P').map(|list| numbers(&list));
    let users = given.text('u');
    let own = berth_guest::getpid();
    let mut found: Vec<Process> = all()
        .into_iter()
        .filter(|process| {
            let subject = if given.has('f') {
                process.command()
            } else {
                process.name.clone()
            };
            let parent = parents
                .as_ref()
                .is_none_or(|parents| parents.contains(&process.parent));
            let user = users.as_ref().is_none_or(|users| {
                users
                    .split(',')
                    .any(|user| mode::id_of("/etc/passwd", user) == Some(process.user))
            });
            process.pid != own
                && (pattern.is_match(subject.as_bytes()) && parent && user) != given.has('v')
        })
        .collect();
    if given.has('n') {
        found = found.pop().into_iter().collect();
    } else if given.has('o') {
        found.truncate(1);
    }
    if let Some(signal) = given
        .text('s')
        .and_then(|name| signals::number(&name))
        .or(signal)
        && name == "pkill"
    {
        for process in &found {
            // It may have ended by now.
            let _ = berth_guest::kill(process.pid, signal);
        }
        if given.has('c') {
            println!("{}", found.len());
        }
        return i32::from(found.is_empty());
    }
    if given.has('c') {
        println!("{}", found.len());
    } else {
        let lines: Vec<_> = found
            .iter()
            .map(|process| match (given.has('a'), given.has('l')) {
                (true, _) => format!("{} {}", process.pid, process.command()),
                (_, true) => format!("{} {}", process.pid, process.name),
                _ => process.pid.to_string(),
            })
            .collect();
        if !lines.is_empty() {
            println!(
                "{}",
                lines.join(&given.text('d').unwrap_or_else(|| "\n".to_owned()))
            );
        }
    }
    i32::from(found.is_empty())
}

const KILLALL: Takes = Takes {
    name: "killall",
    help: "\
Usage: killall [-SIGNAL] [-q] NAME...
Send a signal to all processes of these names.

  -s, --signal SIGNAL  send this signal instead of SIGTERM
  -q, --quiet          don't print complaints
  -e, --exact          (always so)
",
    letters: "s:qewIvi",
    long: &[
        ("signal", 's'),
        ("quiet", 'q'),
        ("exact", 'e'),
        ("wait", 'w'),
    ],
    code: 1,
    command: false,
};

/// `killall`.
pub fn killall(mut arguments: Vec<OsString>) -> i32 {
    let mut signal = take_signal(&mut arguments).unwrap_or(15);
    let given = match read(&KILLALL, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    if let Some(number) = given.text('s').and_then(|name| signals::number(&name)) {
        signal = number;
    }
    if given.operands.is_empty() {
        return usage_error_text("killall", "no process name", 1);
    }
    let all = all();
    let mut code = 0;
    for wanted in &given.operands {
        let wanted = text(wanted);
        let matching: Vec<_> = all
            .iter()
            .filter(|process| process.name == wanted && process.pid != berth_guest::getpid())
            .collect();
        if matching.is_empty() {
            code = 1;
            if !given.has('q') {
                eprintln!("{wanted}: no process found");
            }
        }
        for process in matching {
            let _ = berth_guest::kill(process.pid, signal);
        }
    }
    code
}

/// `pidof`.
pub fn pidof(arguments: Vec<OsString>) -> i32 {
    const TAKES: Takes = Takes {
        name: "pidof",
        help: "Usage: pidof [-s] NAME...\nPrint the numbers of the processes of these names; with -s only one.\n",
        letters: "sx",
        long: &[],
        code: 1,
        command: false,
    };
    let given = match read(&TAKES, arguments) {
        Ok(given) => given,
        Err(code) => return code,
    };
    let mut found: Vec<_> = all()
        .into_iter()
        .filter(|process| {
            let name = process.name.as_bytes();
            given.operands.iter().any(|wanted| {
                wanted == name
                    || std::path::Path::new(&os_string(&wanted[..]))
                        .file_name()
                        .is_some_and(|base| bytes(base) == name)
            })
        })
        .map(|process| process.pid.to_string())
        .collect();
    found.reverse();
    if given.has('s') {
        found.truncate(1);
    }
    if found.is_empty() {
        return 1;
    }
    println!("{}", found.join(" "));
    0
}
