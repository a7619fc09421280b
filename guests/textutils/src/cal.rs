//! `cal` and `ncal`: months as a calendar.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};

use berth_multicall::time::{DAY_SECONDS, MONTHS, days_from_date, days_in_month, now};
use berth_multicall::{
    EXIT_USAGE, Options, Output, bytes, complain, print_help, text, usage_error,
};
use lexopt::Arg::{Long, Short, Value};

/// Columns of a month without the blanks between months.
const MONTH_COLUMNS: usize = 20;
const WEEKS: usize = 6;
const MONTHS_ABREAST: usize = 3;
const YEAR_MAX: i64 = 9999;
/// The month in which England left out eleven days.
const REFORM: (i64, u32) = (1752, 9);
/// Its last day of the old calendar, and the first of the new one.
const REFORM_DAYS: (u32, u32) = (2, 14);
const REVERSE: &str = "\x1b[7m";
const PLAIN: &str = "\x1b[27m";

const WEEKDAYS: [&str; 7] = ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"];

const HELP: &str = "\
Usage: cal [-1 | -3 | -y] [-m | -s] [-j] [[MONTH] YEAR]
Display a calendar.

  -1, --one       show one month (the default)
  -3, --three     show the month before and the one after as well
  -y, --year      show the whole year
  -m, --monday    Monday is the first day of the week
  -s, --sunday    Sunday is the first day of the week
  -h              do not mark today
";

/// A day that is marked.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Day {
    year: i64,
    month: u32,
    day: u32,
}

/// How months are shown.
struct Style {
    monday: bool,
    marked: Option<Day>,
}

/// `cal`.
pub fn main(arguments: Vec<OsString>) -> i32 {
    match run(arguments) {
        Ok(code) => code,
        Err(error) => usage_error("cal", &error, EXIT_USAGE),
    }
}

fn run(arguments: Vec<OsString>) -> Result<i32, lexopt::Error> {
    const LONG: &[&str] = &[
        "one", "three", "year", "monday", "sunday", "help", "version",
    ];
    let (mut three, mut whole_year, mut monday, mut mark) = (false, false, false, true);
    let mut operands = Vec::new();
    let mut parser = Options::new(arguments, LONG);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('1') | Long("one") => (three, whole_year) = (false, false),
            Short('3') | Long("three") => three = true,
            Short('y') | Long("year") => whole_year = true,
            Short('m') | Long("monday") => monday = true,
            Short('s') | Long("sunday") => monday = false,
            Short('h') => mark = false,
            Long("help") => return Ok(print_help("cal", HELP)),
            Long("version") => {
                let version = concat!("cal (Berth) ", env!("CARGO_PKG_VERSION"), "\n");
                return Ok(print_help("cal", version));
            }
            Value(word) => operands.push(text(bytes(&word))),
            other => return Err(other.unexpected()),
        }
    }
    let today = today();
    let (month, year) = match operands.as_slice() {
        [] => (Some(today.month), today.year),
        [year] if month_by_name(year).is_none() || year.parse::<i64>().is_ok() => {
            (None, year_of(year)?)
        }
        [month] => (month_by_name(month), today.year),
        [month, year] => {
            let known = month_by_name(month)
                .ok_or_else(|| format!("{month} is neither a month number (1..12) nor a name"))?;
            (Some(known), year_of(year)?)
        }
        _ => return Err("too many operands".into()),
    };
    let style = Style {
        monday,
        marked: (mark && std::io::stdout().is_terminal()).then_some(today),
    };
    let lines = match month.filter(|_| !whole_year) {
        None => year_lines(year, &style),
        Some(month) if three => {
            let shown = [before((year, month)), (year, month), after((year, month))];
            beside(&shown, true, &style)
        }
        Some(month) => month_lines(year, month, true, &style),
    };
    let mut out = Output::stdout();
    for line in lines {
        if writeln!(out, "{line}").is_err() {
            return Ok(1);
        }
    }
    if out.flush().is_err() {
        complain("cal", format_args!("write error"));
        return Ok(1);
    }
    Ok(0)
}

fn year_of(text: &str) -> Result<i64, String> {
    text.parse()
        .ok()
        .filter(|year| (1..=YEAR_MAX).contains(year))
        .ok_or_else(|| format!("year '{text}' not in range 1..{YEAR_MAX}"))
}

fn month_by_name(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number).filter(|number| (1..=12).contains(number));
    }
    let lower = text.to_lowercase();
    if lower.len() < 3 {
        return None;
    }
    let place = MONTHS
        .iter()
        .position(|name| name.to_lowercase().starts_with(&lower))?;
    u32::try_from(place + 1).ok()
}

fn before((year, month): (i64, u32)) -> (i64, u32) {
    if month == 1 {
        (year - 1, 12)
    } else {
        (year, month - 1)
    }
}

fn after((year, month): (i64, u32)) -> (i64, u32) {
    if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    }
}

fn today() -> Day {
    let days = now().div_euclid(DAY_SECONDS);
    let mut year = 1970 + days / 366;
    while days_from_date(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_from_date(year, month + 1, 1) <= days {
        month += 1;
    }
    let day = days - days_from_date(year, month, 1) + 1;
    Day {
        year,
        month,
        day: u32::try_from(day).unwrap_or(1),
    }
}

/// Days of a month and the weekday of the first, from Sunday.
fn month_days(year: i64, month: u32) -> (Vec<u32>, usize) {
    let weekday = |days: i64| usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0);
    let first = days_from_date(year, month, 1);
    if (year, month) > REFORM {
        return ((1..=days_in_month(year, month)).collect(), weekday(first));
    }
    // The old calendar has a leap day every four years; it is as many days behind as the century says.
    let behind = |year: i64| year / 100 - year / 400 - 2;
    let century_year = if month <= 2 { year - 1 } else { year };
    let shift = behind(century_year);
    let length = match month {
        2 if year % 4 == 0 => 29,
        2 => 28,
        month => days_in_month(year, month),
    };
    let all = (1..=length)
        .filter(|day| (year, month) != REFORM || *day <= REFORM_DAYS.0 || *day >= REFORM_DAYS.1)
        .collect();
    (all, weekday(first + shift))
}

/// A month in lines of one width; the last may be empty.
fn month_lines(year: i64, month: u32, with_year: bool, style: &Style) -> Vec<String> {
    let name = MONTHS[month as usize - 1];
    let title = if with_year {
        format!("{name} {year}")
    } else {
        name.to_owned()
    };
    let offset = usize::from(style.monday);
    let weekdays: Vec<&str> = (0..7).map(|index| WEEKDAYS[(index + offset) % 7]).collect();
    let mut lines = vec![
        format!("{title:^MONTH_COLUMNS$}  "),
        format!("{}  ", weekdays.join(" ")),
    ];
    let (days, first) = month_days(year, month);
    let mut cells: Vec<String> = vec!["  ".to_owned(); (first + 7 - offset) % 7];
    for day in days {
        let marked = style.marked == Some(Day { year, month, day });
        cells.push(if marked {
            format!("{REVERSE}{day:2}{PLAIN}")
        } else {
            format!("{day:2}")
        });
    }
    cells.resize(WEEKS * 7, "  ".to_owned());
    for week in cells.chunks(7) {
        lines.push(format!("{}  ", week.join(" ")));
    }
    lines
}

/// Months beside one another.
fn beside(months: &[(i64, u32)], with_year: bool, style: &Style) -> Vec<String> {
    let columns: Vec<Vec<String>> = months
        .iter()
        .map(|(year, month)| month_lines(*year, *month, with_year, style))
        .collect();
    (0..WEEKS + 2)
        .map(|row| columns.iter().map(|lines| lines[row].as_str()).collect())
        .collect()
}

fn year_lines(year: i64, style: &Style) -> Vec<String> {
    let width = MONTHS_ABREAST * (MONTH_COLUMNS + 2);
    let mut lines = vec![format!("{:^width$}", year.to_string())];
    let months: Vec<(i64, u32)> = (1..=12).map(|month| (year, month)).collect();
    for row in months.chunks(MONTHS_ABREAST) {
        lines.extend(beside(row, false, style));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(year: i64, month: u32, monday: bool) -> String {
        let style = Style {
            monday,
            marked: None,
        };
        month_lines(year, month, true, &style).join("\n")
    }

    #[test]
    fn a_month_has_its_days_under_their_weekdays() {
        assert_eq!(
            month(2026, 11, false),
            "   November 2026      \nSu Mo Tu We Th Fr Sa  \n 1  2  3  4  5  6  7  \n 8  9 10 11 12 13 14  \n\
             15 16 17 18 19 20 21  \n22 23 24 25 26 27 28  \n29 30                 \n                      "
        );
        assert!(month(2024, 2, true).contains("26 27 28 29"));
    }

    #[test]
    fn eleven_days_of_september_1752_never_were() {
        assert!(month(1752, 9, false).contains("       1  2 14 15 16  \n17 18"));
        assert!(month(1752, 8, false).contains("                   1  \n"));
        assert!(month(1700, 2, false).contains("25 26 27 28 29"));
    }

    #[test]
    fn months_have_names_and_numbers() {
        assert_eq!(month_by_name("feb"), Some(2));
        assert_eq!(month_by_name("12"), Some(12));
        assert_eq!(month_by_name("13"), None);
        assert_eq!(month_by_name("ma"), None);
    }
}
