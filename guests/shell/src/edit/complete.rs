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

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(texts: &[&str]) -> Vec<Candidate> {
        let candidate = |text: &&str| Candidate {
            text: (*text).to_owned(),
            display: (*text).to_owned(),
            suffix: Some(' '),
        };
        texts.iter().map(candidate).collect()
    }

    fn completed(line: &str, start: usize, texts: &[&str]) -> (String, Outcome) {
        let cursor = line.find('|').unwrap();
        let mut buffer = Buffer::default();
        buffer.set(line.replacen('|', "", 1), cursor);
        let outcome = apply(
            &mut buffer,
            Completions {
                start,
                candidates: candidates(texts),
            },
        );
        let (before, behind) = buffer.text().split_at(buffer.cursor());
        (format!("{before}|{behind}"), outcome)
    }

    #[test]
    fn one_candidate_is_inserted_with_what_follows_it() {
        for (line, candidate, after) in [
            ("cat fi|", "file", "cat file |"),
            ("cat fi|x", "file", "cat file |x"),
            ("cat fi| x", "file", "cat file| x"),
            ("cat FI|", "file", "cat file |"),
            ("cat |", "a\\ b", "cat a\\ b |"),
        ] {
            assert_eq!(
                completed(line, 4, &[candidate]),
                (after.to_owned(), Outcome::Inserted { only: true })
            );
        }
    }

    #[test]
    fn of_several_candidates_the_common_start_is_inserted() {
        let (line, outcome) = completed("cat f|", 4, &["file1", "file2"]);
        assert_eq!(
            (line.as_str(), outcome),
            ("cat file|", Outcome::Inserted { only: false })
        );
    }

    #[test]
    fn when_nothing_can_be_inserted_the_choice_is_told() {
        let (line, outcome) = completed("cat file|", 4, &["file2", "file1", "file1"]);
        assert_eq!(line, "cat file|");
        assert_eq!(outcome, Outcome::Ambiguous(candidates(&["file1", "file2"])));
        assert_eq!(completed("cat x|", 4, &[]).1, Outcome::Nothing);
    }

    #[test]
    fn a_backslash_is_not_inserted_without_what_it_quotes() {
        let (line, _) = completed("cat a|", 4, &["ab\\ c", "ab\\$d"]);
        assert_eq!(line, "cat ab|");
    }

    #[test]
    fn a_host_that_names_a_wrong_place_does_no_harm() {
        assert_eq!(completed("\u{d55c}|", 99, &["x"]).0, "\u{d55c}x |");
        assert_eq!(completed("\u{d55c}|", 1, &["x"]).0, "x |");
    }

    #[test]
    fn a_listing_is_sorted_downwards_in_columns_that_fit() {
        assert_eq!(
            list(&candidates(&["a", "b", "c", "d", "e"]), 9),
            "a  c  e\r\nb  d\r\n"
        );
        assert_eq!(list(&candidates(&["bb", "a"]), 1), "a\r\nbb\r\n");
        let wide = list(&candidates(&["\u{d55c}\u{ae00}", "a\nb"]), 20);
        assert_eq!(wide, "a^Jb  \u{d55c}\u{ae00}\r\n");
    }
}
