//! What Tab does, independent of where the candidates come from.

use super::buffer::{Buffer, floor_boundary};
use super::glyphs;

/// From this many candidates on, the person is asked before they are listed.
pub const LISTED_UNASKED_MAX: usize = 99;
/// Cells between two columns of a listing.
const GAP_CELLS: usize = 2;

/// One way to go on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Candidate {
    /// What replaces the text from [`Completions::start`] to the cursor; quoted as the line needs it.
    pub text: String,
    /// What a listing shows.
    pub display: String,
    /// What follows when this is the only candidate: a blank, or `/` of a directory.
    pub suffix: Option<char>,
}

/// All ways to go on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Completions {
    /// Offset in the line, in bytes, of what the candidates replace.
    pub start: usize,
    /// The candidates, in any order; two that are equal count as one.
    pub candidates: Vec<Candidate>,
}

/// What came of a Tab.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The line changed; true when nothing is left to choose.
    Inserted {
        /// There was one candidate.
        only: bool,
    },
    /// Nothing to insert, but these to choose from.
    Ambiguous(Vec<Candidate>),
    /// No candidate.
    Nothing,
}

/// Puts into the line what the candidates have in common.
pub fn apply(buffer: &mut Buffer, completions: Completions) -> Outcome {
    let Completions {
        start,
        mut candidates,
    } = completions;
    let end = buffer.cursor();
    let start = floor_boundary(buffer.text(), start.min(end));
    candidates.sort_unstable();
    candidates.dedup();
    let typed = &buffer.text()[start..end];
    match candidates.as_slice() {
        [] => Outcome::Nothing,
        [only] => {
            let mut text = only.text.clone();
            let follows = buffer.text()[end..].chars().next();
            text.extend(only.suffix.filter(|suffix| follows != Some(*suffix)));
            insert(buffer, start, &text, true)
        }
        [first, rest @ ..] => {
            let common = rest.iter().fold(first.text.as_str(), |common, other| {
                shared(common, &other.text)
            });
            let common = without_half_escape(common);
            // Less than what is there would take something from the person.
            if common.len() > typed.len() || (common.len() == typed.len() && common != typed) {
                let common = common.to_owned();
                insert(buffer, start, &common, false)
            } else {
                Outcome::Ambiguous(candidates)
            }
        }
    }
}

fn insert(buffer: &mut Buffer, start: usize, text: &str, only: bool) -> Outcome {
    let end = buffer.cursor();
    if buffer.replace(start..end, text) {
        Outcome::Inserted { only }
    } else {
        Outcome::Nothing
    }
}

/// The longest common start of two texts.
fn shared<'a>(a: &'a str, b: &str) -> &'a str {
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let length = same.map(|(character, _)| character.len_utf8()).sum();
    &a[..length]
}

/// Candidates may differ in what a backslash quotes; the backslash alone would quote what is typed next.
fn without_half_escape(text: &str) -> &str {
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    if backslashes % 2 == 1 {
        &text[..text.len() - 1]
    } else {
        text
    }
}

/// The candidates in columns, sorted downwards, for a terminal of so many cells a row.
pub fn list(candidates: &[Candidate], columns: u16) -> String {
    let mut names: Vec<String> = candidates
        .iter()
        .map(|candidate| glyphs::safe(&candidate.display))
        .collect();
    names.sort_unstable();
    names.dedup();
    let widths: Vec<usize> = names.iter().map(|name| glyphs::width(name)).collect();
    let widest = widths.iter().copied().max().unwrap_or(0) + GAP_CELLS;
    let across = (usize::from(columns) / widest).max(1);
    let rows = names.len().div_ceil(across);
    let mut output = String::new();
    for row in 0..rows {
        let mut owed = 0;
        for index in (row..names.len()).step_by(rows) {
            output.extend(std::iter::repeat_n(' ', owed));
            output.push_str(&names[index]);
            owed = widest - widths[index];
        }
        output.push_str("\r\n");
    }
    output
}
