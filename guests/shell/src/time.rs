//! Dates as `strftime(3)` writes them, in UTC: a session knows no other zone.

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// How deep `%c` and the like may stand in each other.
const EXPANSIONS_MAX_LEVELS: u32 = 2;

/// A moment in its parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Date {
    year: i64,
    /// From 0.
    month: usize,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// From Sunday, 0.
    weekday: usize,
    /// From 0.
    day_of_year: i64,
}

impl Date {
    /// From seconds since 1970; the calendar arithmetic is Howard Hinnant's `civil_from_days`.
    fn new(seconds: i64) -> Self {
        let days = seconds.div_euclid(86_400);
        let time = seconds.rem_euclid(86_400);
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let month_index = usize::try_from(month - 1).unwrap_or(0);
        let passed = before.get(month_index).copied().unwrap_or(0) + i64::from(leap && month > 2);
        Self {
            year,
            month: month_index,
            day,
            hour: time / 3600,
            minute: time / 60 % 60,
            second: time % 60,
            weekday: usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0),
            day_of_year: passed + day - 1,
        }
    }
}

/// A moment, in seconds since 1970, by a format.
pub fn format(format: &str, seconds: i64) -> String {
    let mut output = String::new();
    expand(format, seconds, &Date::new(seconds), 0, &mut output);
    output
}

fn expand(format: &str, seconds: i64, date: &Date, level: u32, output: &mut String) {
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            output.push(character);
            continue;
        }
        let Some(mut letter) = characters.next() else {
            output.push('%');
            return;
        };
        let unpadded = letter == '-';
        if unpadded || matches!(letter, 'E' | 'O' | '_' | '0') {
            letter = characters.next().unwrap_or('%');
        }
        let month = MONTHS.get(date.month).copied().unwrap_or_default();
        let weekday = WEEKDAYS.get(date.weekday).copied().unwrap_or_default();
        let short = |name: &str| name.get(..3).unwrap_or_default().to_owned();
        let two = |number: i64| {
            if unpadded {
                number.to_string()
            } else {
                format!("{number:02}")
            }
        };
        let hour12 = if date.hour % 12 == 0 {
            12
        } else {
            date.hour % 12
        };
        let piece = match letter {
            'a' => short(weekday),
            'A' => weekday.to_owned(),
            'b' | 'h' => short(month),
            'B' => month.to_owned(),
            'C' => two(date.year / 100),
            'd' => two(date.day),
            'e' => format!("{:2}", date.day),
            'g' | 'y' => two(date.year.rem_euclid(100)),
            'G' | 'Y' => date.year.to_string(),
            'H' => two(date.hour),
            'I' => two(hour12),
            'j' => format!("{:03}", date.day_of_year + 1),
            'k' => format!("{:2}", date.hour),
            'l' => format!("{hour12:2}"),
            'm' => two(i64::try_from(date.month).unwrap_or(0) + 1),
            'M' => two(date.minute),
            'n' => "\n".to_owned(),
            'p' => if date.hour < 12 { "AM" } else { "PM" }.to_owned(),
            'P' => if date.hour < 12 { "am" } else { "pm" }.to_owned(),
            's' => seconds.to_string(),
            'S' => two(date.second),
            't' => "\t".to_owned(),
            'u' => if date.weekday == 0 { 7 } else { date.weekday }.to_string(),
            'U' => two((date.day_of_year + 7 - i64::try_from(date.weekday).unwrap_or(0)) / 7),
            'w' => date.weekday.to_string(),
            'W' => {
                two((date.day_of_year + 7 - i64::try_from((date.weekday + 6) % 7).unwrap_or(0)) / 7)
            }
            'z' => "+0000".to_owned(),
            'Z' => "UTC".to_owned(),
            '%' => "%".to_owned(),
            combined => {
                let inner = match combined {
                    'c' => "%a %b %e %H:%M:%S %Y",
                    'D' | 'x' => "%m/%d/%y",
                    'F' => "%Y-%m-%d",
                    'r' => "%I:%M:%S %p",
                    'R' => "%H:%M",
                    'T' | 'X' => "%H:%M:%S",
                    other => {
                        output.push('%');
                        output.push(other);
                        continue;
                    }
                };
                if level < EXPANSIONS_MAX_LEVELS {
                    expand(inner, seconds, date, level + 1, output);
                }
                continue;
            }
        };
        output.push_str(&piece);
    }
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn dates_are_those_of_strftime() {
        assert_eq!(format("%F %T %a %j", 0), "1970-01-01 00:00:00 Thu 001");
        assert_eq!(
            format("%Y-%m-%d %H:%M:%S", 1_709_210_096),
            "2024-02-29 12:34:56"
        );
        assert_eq!(format("%c", -1), "Wed Dec 31 23:59:59 1969");
        assert_eq!(format("%I %p %e|%q%", 46_800), "01 PM  1|%q%");
    }
}
