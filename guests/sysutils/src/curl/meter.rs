//! The progress meter, as curl draws it.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// How often it is drawn.
const INTERVAL: Duration = Duration::from_millis(200);
/// Columns of the bar, the percentage not counted.
const BAR_COLUMNS: usize = 72;

/// How it is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// Not at all.
    None,
    /// The table.
    Table,
    /// `-#`.
    Bar,
}

/// The progress meter of one transfer.
pub struct Meter {
    style: Style,
    begun: Instant,
    drawn: Option<Instant>,
    /// Bytes and time when it was last drawn.
    last: (u64, Instant),
    total: Option<u64>,
    received: u64,
}

impl Meter {
    /// A transfer that begins now.
    pub fn new(style: Style) -> Self {
        let now = Instant::now();
        Self {
            style,
            begun: now,
            drawn: None,
            last: (0, now),
            total: None,
            received: 0,
        }
    }

    /// So far it is.
    pub fn update(&mut self, received: u64, total: Option<u64>) {
        (self.received, self.total) = (received, total);
        if self.drawn.is_none_or(|drawn| drawn.elapsed() >= INTERVAL) {
            self.draw();
        }
    }

    /// It is over.
    pub fn finish(&mut self) {
        if self.style != Style::None {
            self.draw();
            eprintln!();
        }
    }

    fn draw(&mut self) {
        let first = self.drawn.is_none();
        let now = Instant::now();
        self.drawn = Some(now);
        let percent = |total: u64| {
            let part = u128::from(self.received) * 100 / u128::from(total.max(1));
            part.min(100) as u64
        };
        let line = match self.style {
            Style::None => return,
            Style::Bar => {
                let Some(total) = self.total else { return };
                let filled = BAR_COLUMNS * percent(total) as usize / 100;
                format!(
                    "\r{:<BAR_COLUMNS$} {:5.1}%",
                    "#".repeat(filled),
                    percent(total) as f64
                )
            }
            Style::Table => {
                if first {
                    eprintln!(
                        "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current"
                    );
                    eprintln!(
                        "                                 Dload  Upload   Total   Spent    Left  Speed"
                    );
                }
                let spent = now.duration_since(self.begun);
                let average = speed(self.received, spent);
                let (bytes, since) = self.last;
                let current = if self.received == bytes {
                    average
                } else {
                    speed(self.received - bytes, now.duration_since(since))
                };
                let shown = self.total.map_or(0, percent);
                let whole = self.total.filter(|_| average > 0);
                let expected = whole.map(|total| Duration::from_secs(total / average.max(1)));
                format!(
                    "\r{shown:3} {:>5} {shown:3} {:>5}    0     0 {:>6}      0 {} {} {} {:>6}",
                    size(self.total.unwrap_or(self.received)),
                    size(self.received),
                    size(average),
                    clock(expected),
                    clock(Some(spent)),
                    clock(expected.map(|whole| whole.saturating_sub(spent))),
                    size(current),
                )
            }
        };
        self.last = (self.received, now);
        let mut out = io::stderr().lock();
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

fn speed(bytes: u64, time: Duration) -> u64 {
    (bytes as f64 / time.as_secs_f64().max(1e-3)) as u64
}

/// A number of bytes in at most five columns.
fn size(bytes: u64) -> String {
    const UNITS: [(u32, char); 5] = [(10, 'k'), (20, 'M'), (30, 'G'), (40, 'T'), (50, 'P')];
    if bytes < 100_000 {
        return bytes.to_string();
    }
    for (shift, unit) in UNITS {
        let value = bytes >> shift;
        if value < 10_000 {
            return format!("{value}{unit}");
        }
    }
    "9999P".to_owned()
}

fn clock(time: Option<Duration>) -> String {
    match time {
        None => "--:--:--".to_owned(),
        Some(time) => {
            let seconds = time.as_secs();
            format!(
                "{:2}:{:02}:{:02}",
                seconds / 3600,
                seconds / 60 % 60,
                seconds % 60
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_fit_their_columns() {
        assert_eq!(size(99_999), "99999");
        assert_eq!(size(100_000), "97k");
        assert_eq!(size(20 << 20), "20M");
        assert_eq!(clock(Some(Duration::from_secs(3_725))), " 1:02:05");
        assert_eq!(clock(None), "--:--:--");
    }
}
