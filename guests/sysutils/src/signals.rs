//! Names of signals, and `kill`.

use std::ffi::OsString;

use berth_multicall::{bytes, complain, print_help, reason, text, usage_error_text};

/// Linux's numbers.
pub const NAMES: [(u8, &str); 31] = [
    (1, "HUP"),
    (2, "INT"),
    (3, "QUIT"),
    (4, "ILL"),
    (5, "TRAP"),
    (6, "ABRT"),
    (7, "BUS"),
    (8, "FPE"),
    (9, "KILL"),
    (10, "USR1"),
    (11, "SEGV"),
    (12, "USR2"),
    (13, "PIPE"),
    (14, "ALRM"),
    (15, "TERM"),
    (16, "STKFLT"),
    (17, "CHLD"),
    (18, "CONT"),
    (19, "STOP"),
    (20, "TSTP"),
    (21, "TTIN"),
    (22, "TTOU"),
    (23, "URG"),
    (24, "XCPU"),
    (25, "XFSZ"),
    (26, "VTALRM"),
    (27, "PROF"),
    (28, "WINCH"),
    (29, "POLL"),
    (30, "PWR"),
    (31, "SYS"),
];

/// Added to a signal's number where a shell tells of it.
const SHELL_OFFSET: i64 = 128;

/// The number of a signal by its name, with or without `SIG`, or by its number.
pub fn number(name: &str) -> Option<u8> {
    if let Ok(number) = name.parse::<u8>() {
        return (number <= 64).then_some(number);
    }
    let upper = name.to_ascii_uppercase();
    let short = upper.strip_prefix("SIG").unwrap_or(&upper);
    match short {
        "EXIT" => Some(0),
        "IO" => Some(29),
        "CLD" => Some(17),
        "IOT" => Some(6),
        _ => NAMES
            .iter()
            .find(|(_, known)| *known == short)
            .map(|(number, _)| *number),
    }
}

const HELP: &str = "\
Usage: kill [-s SIGNAL | -SIGNAL] PID...
   or: kill -l [SIGNAL]...
   or: kill -L
Send signals to processes, or list signals. A negative PID is a process group.
";

/// `kill`.
pub fn kill(arguments: Vec<OsString>) -> i32 {
    let words: Vec<String> = arguments
        .iter()
        .skip(1)
        .map(|word| text(bytes(word)))
        .collect();
    let mut signal = 15;
    let mut rest = &words[..];
    match words.first().map(String::as_str) {
        Some("--help") => return print_help("kill", HELP),
        Some("-l" | "--list" | "-L" | "--table") => {
            return list(&words[1..], words[0].contains(['L', 't']));
        }
        Some("-s" | "--signal" | "-n") => {
            let Some(name) = words.get(1) else {
                return usage_error_text("kill", "option requires an argument -- 's'", 1);
            };
            let Some(number) = number(name) else {
                complain("kill", format_args!("'{name}': invalid signal"));
                return 1;
            };
            signal = number;
            rest = &words[2..];
        }
        Some(word) if word.len() > 1 && word.starts_with('-') && word != "--" => {
            let name = word
                .strip_prefix("-s")
                .filter(|name| number(name).is_some())
                .unwrap_or(&word[1..]);
            match number(name) {
                Some(number) => {
                    signal = number;
                    rest = &words[1..];
                }
                None => {
                    complain("kill", format_args!("'{name}': invalid signal"));
                    return 1;
                }
            }
        }
        _ => {}
    }
    if rest.first().is_some_and(|word| word == "--") {
        rest = &rest[1..];
    }
    if rest.is_empty() {
        return usage_error_text("kill", "no process ID specified", 1);
    }
    let mut code = 0;
    for word in rest {
        let Ok(pid) = word.parse::<i32>() else {
            complain("kill", format_args!("'{word}': invalid process id"));
            code = 1;
            continue;
        };
        if let Err(error) = berth_guest::kill(pid, signal) {
            complain(
                "kill",
                format_args!("sending signal to {pid} failed: {}", reason(&error)),
            );
            code = 1;
        }
    }
    code
}

fn list(which: &[String], table: bool) -> i32 {
    if which.is_empty() {
        for (number, name) in NAMES {
            if table {
                println!("{number:2} {name}");
            } else {
                println!("{name}");
            }
        }
        return 0;
    }
    let mut code = 0;
    for word in which {
        let name_of = |number: i64| NAMES.iter().find(|(known, _)| i64::from(*known) == number);
        if let Ok(number) = word.parse::<i64>() {
            let number = if number > SHELL_OFFSET {
                number - SHELL_OFFSET
            } else {
                number
            };
            match name_of(number) {
                Some((_, name)) => println!("{name}"),
                None => code = 1,
            }
        } else {
            match number(word) {
                Some(number) => println!("{number}"),
                None => code = 1,
            }
        }
        if code != 0 {
            complain("kill", format_args!("'{word}': invalid signal"));
        }
    }
    code
}
