//! Time as people write it. A session's clock is UTC.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds of a day.
pub const DAY_SECONDS: i64 = 86_400;
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
/// The months' names, January first.
pub const MONTHS: [&str; 12] = [
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

/// A moment in its parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Year.
    pub year: i64,
    /// Month, from 1.
    pub month: u32,
    /// Day of the month, from 1.
    pub day: u32,
    /// Hour.
    pub hour: u32,
    /// Minute.
    pub minute: u32,
    /// Second.
    pub second: u32,
    /// Day of the week, Sunday is 0.
    pub week_day: u32,
    /// Day of the year, from 1.
    pub year_day: u32,
    /// Seconds since the epoch.
    pub epoch_seconds: i64,
}

/// Seconds since the epoch, now.
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}

/// Days from the epoch to a date (Hinnant, "chrono-compatible low-level date algorithms").
pub fn days_from_date(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let month_index = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_index + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Days of a month.
pub fn days_in_month(year: i64, month: u32) -> u32 {
    let (next_year, next_month) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    (days_from_date(next_year, next_month, 1) - days_from_date(year, month, 1)) as u32
}

impl Moment {
    /// The parts of so many seconds since the epoch.
    pub fn at(epoch_seconds: i64) -> Self {
        let days = epoch_seconds.div_euclid(DAY_SECONDS);
        let seconds = epoch_seconds.rem_euclid(DAY_SECONDS) as u32;
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * month_index + 2) / 5 + 1) as u32;
        let month = ((month_index + 2) % 12 + 1) as u32;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year,
            month,
            day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            week_day: (days + 4).rem_euclid(7) as u32,
            year_day: (days - days_from_date(year, 1, 1) + 1) as u32,
            epoch_seconds,
        }
    }

    /// As `strftime(3)` writes it.
    pub fn format(&self, format: &str) -> String {
        let mut out = String::new();
        let mut signs = format.chars();
        while let Some(sign) = signs.next() {
            if sign != '%' {
                out.push(sign);
                continue;
            }
            let Some(letter) = signs.next() else {
                out.push('%');
                break;
            };
            self.push(letter, &mut out);
        }
        out
    }

    fn push(&self, letter: char, out: &mut String) {
        let day_name = DAYS[self.week_day as usize % 7];
        let month_name = MONTHS[(self.month as usize + 11) % 12];
        let hour12 = (self.hour + 11) % 12 + 1;
        let half = if self.hour < 12 { "AM" } else { "PM" };
        let _ = match letter {
            'Y' => write!(out, "{}", self.year),
            'C' => write!(out, "{:02}", self.year / 100),
            'y' => write!(out, "{:02}", self.year.rem_euclid(100)),
            'm' => write!(out, "{:02}", self.month),
            'd' => write!(out, "{:02}", self.day),
            'e' => write!(out, "{:2}", self.day),
            'H' => write!(out, "{:02}", self.hour),
            'I' => write!(out, "{hour12:02}"),
            'M' => write!(out, "{:02}", self.minute),
            'S' => write!(out, "{:02}", self.second),
            'j' => write!(out, "{:03}", self.year_day),
            'u' => write!(out, "{}", (self.week_day + 6) % 7 + 1),
            'w' => write!(out, "{}", self.week_day),
            'a' => write!(out, "{}", &day_name[..3]),
            'A' => write!(out, "{day_name}"),
            'b' | 'h' => write!(out, "{}", &month_name[..3]),
            'B' => write!(out, "{month_name}"),
            'p' => write!(out, "{half}"),
            'P' => write!(out, "{}", half.to_lowercase()),
            's' => write!(out, "{}", self.epoch_seconds),
            'Z' => write!(out, "UTC"),
            'z' => write!(out, "+0000"),
            'n' => writeln!(out),
            't' => write!(out, "\t"),
            '%' => write!(out, "%"),
            'F' => write!(out, "{}", self.format("%Y-%m-%d")),
            'T' | 'X' => write!(out, "{}", self.format("%H:%M:%S")),
            'R' => write!(out, "{}", self.format("%H:%M")),
            'r' => write!(out, "{}", self.format("%I:%M:%S %p")),
            'D' | 'x' => write!(out, "{}", self.format("%m/%d/%y")),
            'c' => write!(out, "{}", self.format("%a %b %e %H:%M:%S %Y")),
            other => write!(out, "%{other}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_the_right_parts() {
        let leap = Moment::at(951_782_400);
        assert_eq!(leap.format("%F %T %a %j"), "2000-02-29 00:00:00 Tue 060");
        let before = Moment::at(-1);
        assert_eq!(before.format("%F %T %A"), "1969-12-31 23:59:59 Wednesday");
        for days in (-200_000..200_000).step_by(97) {
            let moment = Moment::at(days * DAY_SECONDS);
            assert_eq!(days_from_date(moment.year, moment.month, moment.day), days);
        }
        assert_eq!(days_in_month(2024, 2), 29);
    }
}
