//! CPU time: what this shell and its children used, and how `time` shows it.

use std::ops::Sub;
use std::time::Duration;

/// What `time` shows.
pub const TIME_FORMAT: &str = "\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS";
/// What `time -p` shows.
pub const POSIX_TIME_FORMAT: &str = "real %2R\nuser %2U\nsys %2S";
/// Most digits behind the point.
const DIGITS_MAX: usize = 3;
/// `_SC_CLK_TCK`: the unit of `/proc/self/stat`.
const CLOCK_TICK: Duration = Duration::from_millis(10);
/// First of the four numbers in `/proc/self/stat`, counted from behind the program's name.
const FIRST_FIELD: usize = 11;

/// CPU time of the shell and of the children it waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CpuTime {
    /// In this shell.
    pub user: Duration,
    /// In the kernel for this shell.
    pub system: Duration,
    /// In its children.
    pub children_user: Duration,
    /// In the kernel for its children.
    pub children_system: Duration,
}

impl Sub for CpuTime {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            user: self.user.saturating_sub(before.user),
            system: self.system.saturating_sub(before.system),
            children_user: self.children_user.saturating_sub(before.children_user),
            children_system: self.children_system.saturating_sub(before.children_system),
        }
    }
}

/// What was used so far; nothing where the kernel does not tell.
pub fn used() -> CpuTime {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name may have blanks and parentheses.
    let behind = stat.rfind(')').map_or("", |end| &stat[end + 1..]);
    let mut times = behind
        .split_whitespace()
        .skip(FIRST_FIELD)
        .map(|number| CLOCK_TICK * number.parse().unwrap_or(0));
    let mut next = || times.next().unwrap_or_default();
    CpuTime {
        user: next(),
        system: next(),
        children_user: next(),
        children_system: next(),
    }
}

/// Minutes and seconds.
pub fn minutes(time: Duration) -> String {
    number(time, DIGITS_MAX, true)
}

fn number(time: Duration, digits: usize, long: bool) -> String {
    // Digits are cut off rather than rounded.
    let thousandths = time.as_millis();
    let (minutes, rest) = if long {
        (thousandths / 60_000, thousandths % 60_000)
    } else {
        (0, thousandths)
    };
    let fraction = format!("{:03}", rest % 1000);
    let mut text = format!("{}", rest / 1000);
    if digits > 0 {
        text.push('.');
        text.push_str(&fraction[..digits.min(DIGITS_MAX)]);
    }
    if long {
        format!("{minutes}m{text}s")
    } else {
        text
    }
}

/// Writes times as `TIMEFORMAT` says, with a line end unless nothing is to be shown.
///
/// # Errors
/// The letter that means nothing.
pub fn show(format: &str, real: Duration, cpu: CpuTime) -> Result<String, char> {
    if format.is_empty() {
        return Ok(String::new());
    }
    let (user, system) = (
        cpu.user + cpu.children_user,
        cpu.system + cpu.children_system,
    );
    let mut text = String::new();
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' || characters.peek().is_none() {
            text.push(character);
            continue;
        }
        if characters.next_if_eq(&'%').is_some() {
            text.push('%');
            continue;
        }
        if characters.next_if_eq(&'P').is_some() {
            let share = 100.0 * (user + system).as_secs_f64() / real.as_secs_f64().max(1e-9);
            text.push_str(&format!("{share:.2}"));
            continue;
        }
        let digits = characters
            .next_if(char::is_ascii_digit)
            .and_then(|digit| digit.to_digit(10))
            .map_or(DIGITS_MAX, |digit| digit as usize);
        let long = characters.next_if_eq(&'l').is_some();
        let time = match characters.next() {
            Some('R' | 'E') => real,
            Some('U') => user,
            Some('S') => system,
            other => return Err(other.unwrap_or('%')),
        };
        text.push_str(&number(time, digits, long));
    }
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_the_format_says() {
        let real = Duration::from_millis(61_239);
        let cpu = CpuTime {
            user: Duration::from_millis(10),
            children_user: Duration::from_millis(1020),
            ..CpuTime::default()
        };
        for (format, shown) in [
            (
                TIME_FORMAT,
                "\nreal\t1m1.239s\nuser\t0m1.030s\nsys\t0m0.000s\n",
            ),
            (POSIX_TIME_FORMAT, "real 61.23\nuser 1.03\nsys 0.00\n"),
            ("%0R %lU %%", "61 0m1.030s %\n"),
            ("%R %P", "61.239 1.68\n"),
            ("", ""),
        ] {
            assert_eq!(show(format, real, cpu).as_deref(), Ok(shown), "{format}");
        }
        assert_eq!(show("%x", real, cpu), Err('x'));
    }

    #[test]
    fn what_computing_used_is_seen() {
        let before = used();
        while (used() - before).user + (used() - before).system < CLOCK_TICK {
            std::hint::black_box((0..100_000).sum::<u64>());
        }
    }
}
