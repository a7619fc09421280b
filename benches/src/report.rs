//! The table that is printed, line by line as figures come in.

use std::time::Duration;

/// Prints lines.
pub struct Report(());

impl Report {
    /// Prints the head of the table.
    pub fn new() -> Self {
        println!("| what | ours | rival | ratio | aim |\n|---|---|---|---|---|");
        Self(())
    }

    /// One figure beside its rival; `aim` is the largest ratio we want.
    pub fn ratio(&mut self, what: &str, ours: f64, rival: f64, unit: &str, aim: f64) {
        let ratio = ours / rival;
        let verdict = if ratio <= aim { "" } else { " **missed**" };
        println!(
            "| {what} | {ours:.3} {unit} | {rival:.3} {unit} | {ratio:.2} | {aim:.2}{verdict} |"
        );
    }

    /// A figure without a rival; `aim` is the largest we want, if any.
    pub fn figure(&mut self, what: &str, ours: f64, unit: &str, aim: Option<f64>) {
        let aim = match aim {
            Some(aim) if ours <= aim => format!("{aim:.2}"),
            Some(aim) => format!("{aim:.2} **missed**"),
            None => String::new(),
        };
        println!("| {what} | {ours:.3} {unit} | | | {aim} |");
    }
}

/// A quantile of durations, in milliseconds.
pub fn quantile_ms(samples: &mut [Duration], quantile: f64) -> f64 {
    samples.sort_unstable();
    let index = ((samples.len().saturating_sub(1)) as f64 * quantile).round() as usize;
    samples
        .get(index)
        .map_or(f64::NAN, |sample| sample.as_secs_f64() * 1e3)
}

/// The median of figures.
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
