//! `getopt`: puts the options of a script in order, as util-linux's does.

use std::ffi::OsString;

use berth_multicall::{bytes, complain, print, print_help, text};

/// An option was wrong.
const EXIT_OPTION: i32 = 1;
/// `getopt` itself was called wrongly.
const EXIT_USAGE: i32 = 2;
/// What `-T` answers, so that scripts know this one from the old one.
const EXIT_ENHANCED: i32 = 4;

const HELP: &str = "\
Usage: getopt OPTSTRING PARAMETERS
       getopt [OPTIONS] [--] OPTSTRING PARAMETERS
       getopt [OPTIONS] -o|--options OPTSTRING [OPTIONS] [--] PARAMETERS
Parse command options.

  -a, --alternative             allow long options starting with single -
  -l, --longoptions LONGOPTS    the long options to be recognized
  -n, --name PROGNAME           the name under which errors are reported
  -o, --options OPTSTRING       the short options to be recognized
  -q, --quiet                   disable error reporting
  -Q, --quiet-output            no normal output
  -s, --shell SHELL             set quoting conventions to those of SHELL
  -T, --test                    test for getopt(1) version
  -u, --unquoted                do not quote the output
";

/// Whether an option has a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Takes {
    Nothing,
    Value,
    /// One that stands right behind it.
    Optional,
}

/// Where operands go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    /// Behind the options.
    Behind,
    /// The first ends the options.
    Stops,
    /// They stay where they are.
    InPlace,
}

/// What the caller wants.
#[derive(Debug, Default)]
struct Settings {
    short: Option<String>,
    long: Vec<(String, Takes)>,
    name: String,
    alternative: bool,
    quiet: bool,
    no_output: bool,
    unquoted: bool,
    csh: bool,
}

/// `getopt`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    let words: Vec<String> = arguments
        .iter()
        .skip(1)
        .map(|word| text(bytes(word)))
        .collect();
    // As it was before it had options of its own.
    if words.first().is_some_and(|word| !word.starts_with('-')) {
        let settings = Settings {
            short: words.first().cloned(),
            name: "getopt".to_owned(),
            unquoted: true,
            ..Settings::default()
        };
        let mut rest = &words[1..];
        if rest.first().is_some_and(|word| word == "--") {
            rest = &rest[1..];
        }
        return show(&settings, rest);
    }
    let mut settings = Settings {
        name: "getopt".to_owned(),
        ..Settings::default()
    };
    let rest = match read_own(&words, &mut settings) {
        Ok(rest) => rest,
        Err(code) => return code,
    };
    let rest = match (&settings.short, rest) {
        (None, [first, rest @ ..]) => {
            settings.short = Some(first.clone());
            rest
        }
        (None, []) => return wrong("missing optstring argument"),
        (Some(_), rest) => rest,
    };
    show(&settings, rest)
}

fn wrong(message: &str) -> i32 {
    complain("getopt", format_args!("{message}"));
    eprintln!("Try 'getopt --help' for more information.");
    EXIT_USAGE
}

/// Its own options; gives what is behind them, or the exit code.
fn read_own<'a>(words: &'a [String], settings: &mut Settings) -> Result<&'a [String], i32> {
    let own = Settings {
        short: Some("+ao:l:n:qQs:TuhV".to_owned()),
        long: long_options(
            "alternative,options:,longoptions:,name:,quiet,quiet-output,shell:,test,unquoted,help,version",
        ),
        name: "getopt".to_owned(),
        ..Settings::default()
    };
    let parsed = parse(&own, words);
    if parsed.failed {
        eprintln!("Try 'getopt --help' for more information.");
        return Err(EXIT_USAGE);
    }
    for (name, value) in parsed.options {
        let value = value.unwrap_or_default();
        match name.trim_start_matches('-') {
            "a" | "alternative" => settings.alternative = true,
            "o" | "options" => settings.short = Some(value),
            "l" | "longoptions" => settings.long.extend(long_options(&value)),
            "n" | "name" => settings.name = value,
            "q" | "quiet" => settings.quiet = true,
            "Q" | "quiet-output" => settings.no_output = true,
            "u" | "unquoted" => settings.unquoted = true,
            "T" | "test" => return Err(EXIT_ENHANCED),
            "h" | "help" => return Err(print_help("getopt", HELP)),
            "V" | "version" => {
                let version = concat!("getopt (Berth) ", env!("CARGO_PKG_VERSION"), "\n");
                return Err(print_help("getopt", version));
            }
            _ => match value.as_str() {
                "sh" | "bash" => settings.csh = false,
                "csh" | "tcsh" => settings.csh = true,
                _ => return Err(wrong("unknown shell after -s or --shell argument")),
            },
        }
    }
    Ok(&words[words.len() - parsed.operands.len()..])
}

fn long_options(list: &str) -> Vec<(String, Takes)> {
    list.split([',', ' ', '\t', '\n'])
        .filter(|name| !name.is_empty())
        .map(|name| {
            let bare = name.trim_end_matches(':');
            let takes = match name.len() - bare.len() {
                0 => Takes::Nothing,
                1 => Takes::Value,
                _ => Takes::Optional,
            };
            (bare.to_owned(), takes)
        })
        .collect()
}

/// What parameters turned out to be.
#[derive(Default)]
struct Parsed {
    /// Options with their values, and operands that stay in place with an empty name.
    options: Vec<(String, Option<String>)>,
    operands: Vec<String>,
    failed: bool,
}

fn parse(settings: &Settings, words: &[String]) -> Parsed {
    let short = settings.short.as_deref().unwrap_or_default();
    let order = match short.chars().next() {
        Some('+') => Order::Stops,
        Some('-') => Order::InPlace,
        _ if std::env::var_os("POSIXLY_CORRECT").is_some() => Order::Stops,
        _ => Order::Behind,
    };
    let mut parsed = Parsed::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            break;
        }
        let Some(behind) = word.strip_prefix('-').filter(|behind| !behind.is_empty()) else {
            match order {
                Order::Behind => parsed.operands.push(word.clone()),
                Order::InPlace => parsed.options.push((String::new(), Some(word.clone()))),
                Order::Stops => {
                    parsed.operands.push(word.clone());
                    break;
                }
            }
            continue;
        };
        let single = settings.alternative
            && !word.starts_with("--")
            && (behind.chars().count() > 1 || short_option(short, behind).is_none());
        let long = behind.strip_prefix('-').or(single.then_some(behind));
        let done = match long {
            Some(long) => long_option(settings, long, single, &mut rest, &mut parsed),
            None => short_options(settings, behind, &mut rest, &mut parsed),
        };
        if let Err(message) = done {
            parsed.failed = true;
            if !settings.quiet {
                complain(&settings.name, format_args!("{message}"));
            }
        }
    }
    parsed.operands.extend(rest.cloned());
    parsed
}

/// What the first letter of a text takes.
fn short_option(known: &str, letters: &str) -> Option<Takes> {
    let letter = letters.chars().next().filter(|letter| *letter != ':')?;
    let place = known.trim_start_matches(['+', '-']).find(letter)?;
    let behind = &known.trim_start_matches(['+', '-'])[place + letter.len_utf8()..];
    Some(if behind.starts_with("::") {
        Takes::Optional
    } else if behind.starts_with(':') {
        Takes::Value
    } else {
        Takes::Nothing
    })
}

fn short_options<'a>(
    settings: &Settings,
    letters: &str,
    rest: &mut impl Iterator<Item = &'a String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let known = settings.short.as_deref().unwrap_or_default();
    let mut result = Ok(());
    for (at, letter) in letters.char_indices() {
        let behind = &letters[at + letter.len_utf8()..];
        let value = match short_option(known, &letters[at..]) {
            None => {
                if result.is_ok() {
                    result = Err(format!("invalid option -- '{letter}'"));
                }
                continue;
            }
            Some(Takes::Nothing) => {
                parsed.options.push((format!("-{letter}"), None));
                continue;
            }
            Some(Takes::Optional) => behind.to_owned(),
            Some(Takes::Value) if !behind.is_empty() => behind.to_owned(),
            Some(Takes::Value) => match rest.next() {
                Some(value) => value.clone(),
                None => return Err(format!("option requires an argument -- '{letter}'")),
            },
        };
        parsed.options.push((format!("-{letter}"), Some(value)));
        break;
    }
    result
}

fn long_option<'a>(
    settings: &Settings,
    word: &str,
    single: bool,
    rest: &mut impl Iterator<Item = &'a String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let dashes = if single { "-" } else { "--" };
    let (name, given) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word, None),
    };
    let exact = settings.long.iter().find(|(known, _)| known == name);
    let mut starting = settings
        .long
        .iter()
        .filter(|(known, _)| known.starts_with(name));
    let found = match exact {
        Some(exact) => exact,
        None => match (starting.next(), starting.next()) {
            (Some(only), None) => only,
            (Some(_), Some(_)) => {
                let all: Vec<String> = settings
                    .long
                    .iter()
                    .filter(|(known, _)| known.starts_with(name))
                    .map(|(known, _)| format!("'{dashes}{known}'"))
                    .collect();
                return Err(format!(
                    "option '{dashes}{word}' is ambiguous; possibilities: {}",
                    all.join(" ")
                ));
            }
            (None, _) => return Err(format!("unrecognized option '{dashes}{name}'")),
        },
    };
    let (full, takes) = found;
    let value = match (takes, given) {
        (Takes::Nothing, Some(_)) => {
            return Err(format!("option '{dashes}{full}' doesn't allow an argument"));
        }
        (Takes::Nothing, None) => None,
        (Takes::Optional, given) => Some(given.unwrap_or_default()),
        (Takes::Value, Some(given)) => Some(given),
        (Takes::Value, None) => match rest.next() {
            Some(value) => Some(value.clone()),
            None => return Err(format!("option '{dashes}{full}' requires an argument")),
        },
    };
    parsed.options.push((format!("--{full}"), value));
    Ok(())
}

fn show(settings: &Settings, words: &[String]) -> i32 {
    let parsed = parse(settings, words);
    let mut line = String::new();
    for (name, value) in &parsed.options {
        if !name.is_empty() {
            line.push(' ');
            line.push_str(name);
        }
        if let Some(value) = value {
            line.push(' ');
            line.push_str(&quoted(settings, value));
        }
    }
    line.push_str(" --");
    for operand in &parsed.operands {
        line.push(' ');
        line.push_str(&quoted(settings, operand));
    }
    line.push('\n');
    let code = if settings.no_output {
        0
    } else {
        print("getopt", line.as_bytes())
    };
    if parsed.failed { EXIT_OPTION } else { code }
}

fn quoted(settings: &Settings, value: &str) -> String {
    if settings.unquoted {
        return value.to_owned();
    }
    let mut quoted = String::from("'");
    for character in value.chars() {
        match character {
            '\'' => quoted.push_str("'\\''"),
            // csh replaces these between quotes too.
            '\\' if settings.csh => quoted.push_str("\\\\"),
            '!' if settings.csh => quoted.push_str("'\\!'"),
            '\n' if settings.csh => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}
