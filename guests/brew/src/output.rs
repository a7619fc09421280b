//! What is printed: Homebrew's arrows, warnings, sizes and columns.

use std::io::{self, IsTerminal, Write};

/// Columns of a terminal that does not say how many it has.
const COLUMNS_DEFAULT: usize = 80;
/// Longest bar of progress, in characters.
const BAR_MAX: usize = 72;

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

fn paint(terminal: bool, code: &str, text: &str) -> String {
    if terminal && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Bold text, on a terminal.
pub fn bold(text: &str) -> String {
    paint(is_terminal(), "1", text)
}

/// Prints a line. A reader that has gone away wants no more.
pub fn say(text: impl AsRef<str>) {
    let mut stdout = io::stdout().lock();
    if writeln!(stdout, "{}", text.as_ref()).is_err() {
        std::process::exit(1);
    }
}

/// `==> What happens`
pub fn step(text: impl AsRef<str>) {
    let arrow = paint(is_terminal(), "34", "==>");
    say(format!("{arrow} {}", bold(text.as_ref())));
}

/// `Warning: …`
pub fn warn(text: impl AsRef<str>) {
    let word = paint(io::stderr().is_terminal(), "33", "Warning");
    // Who closed standard error does not want to know.
    let _ = writeln!(io::stderr(), "{word}: {}", text.as_ref());
}

/// `Error: …`
pub fn error(text: impl AsRef<str>) {
    let word = paint(io::stderr().is_terminal(), "31", "Error");
    let _ = writeln!(io::stderr(), "{word}: {}", text.as_ref());
}

/// A size as people read it: `379KB`, `1.2MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];
    for (unit, one) in UNITS {
        if bytes >= one {
            let tenths = bytes * 10 / one;
            return match tenths % 10 {
                0 => format!("{}{unit}", tenths / 10),
                _ => format!("{}.{}{unit}", tenths / 10, tenths % 10),
            };
        }
    }
    format!("{bytes}B")
}

/// `1 file`, `3 files`, `2 formulae`
pub fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ if what.ends_with("formula") => format!("{count} {what}e"),
        _ => format!("{count} {what}s"),
    }
}

/// Prints names: one a line, or in columns on a terminal.
pub fn names(names: &[String]) {
    if !is_terminal() {
        names.iter().for_each(say);
        return;
    }
    for line in columns(names, width()) {
        say(line);
    }
}

fn width() -> usize {
    use std::os::fd::AsFd;
    berth_guest::tty_window_size(io::stdout().as_fd())
        .map_or(COLUMNS_DEFAULT, |size| usize::from(size.columns).max(1))
}

/// Names below each other, as many columns as fit.
fn columns(names: &[String], width: usize) -> Vec<String> {
    let widest = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        + 2;
    let count = (width / widest).max(1);
    let rows = names.len().div_ceil(count);
    (0..rows)
        .map(|row| {
            let cells = names.iter().skip(row).step_by(rows.max(1));
            let line: String = cells.map(|name| format!("{name:<widest$}")).collect();
            line.trim_end().to_owned()
        })
        .collect()
}

/// A bar that grows on a terminal, and nothing elsewhere.
#[derive(Debug)]
pub struct Progress {
    total: u64,
    done: u64,
    shown: usize,
}

impl Progress {
    /// For so many bytes.
    pub fn new(total: u64) -> Self {
        Self {
            total,
            done: 0,
            shown: usize::MAX,
        }
    }

    /// So many more have passed.
    pub fn add(&mut self, bytes: u64) {
        self.done += bytes;
        if !is_terminal() || self.total == 0 {
            return;
        }
        let share = self.done.min(self.total) as f64 / self.total as f64;
        let longest = width().saturating_sub(8).clamp(1, BAR_MAX);
        let length = (share * longest as f64) as usize;
        if length != self.shown {
            self.shown = length;
            let bar = "#".repeat(length);
            let mut stdout = io::stdout().lock();
            let _ = write!(stdout, "\r{bar:<longest$} {:5.1}%", share * 100.0);
            let _ = stdout.flush();
        }
    }

    /// No more will pass.
    pub fn end(self) {
        if self.shown != usize::MAX {
            say("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let shown: Vec<String> = [0, 1023, 1024, 388_000, 1 << 20, 1_300_000, 5 << 30]
            .map(size)
            .into();
        assert_eq!(
            shown,
            ["0B", "1023B", "1KB", "378.9KB", "1MB", "1.2MB", "5GB"]
        );
    }

    #[test]
    fn names_stand_below_each_other() {
        let names: Vec<String> = ["a", "bb", "c", "d", "e"].map(str::to_owned).into();
        assert_eq!(columns(&names, 12), ["a   c   e", "bb  d"]);
        assert_eq!(columns(&names, 1), ["a", "bb", "c", "d", "e"]);
        assert!(columns(&[], 80).is_empty());
    }
}
