//! The regular expressions of `[[ x =~ y ]]`, kept compiled for loops that ask the same again and again.

use std::rc::Rc;

use berth_pattern::{Options, Pattern, Syntax};

use crate::text;

/// Expressions kept; a loop with more of them compiles anew.
const KEPT_MAX: usize = 16;

/// The last expressions, the newest last.
#[derive(Debug, Default)]
pub struct Regexes {
    kept: Vec<(String, bool, Rc<Pattern>)>,
}

impl Regexes {
    /// An expression as something that matches; `None` when it is none.
    pub fn compiled(&mut self, source: &str, ignore_case: bool) -> Option<Rc<Pattern>> {
        let known = self
            .kept
            .iter()
            .position(|(known, folded, _)| known == source && *folded == ignore_case);
        let entry = match known {
            Some(at) => self.kept.remove(at),
            None => {
                let options = Options {
                    syntax: Syntax::Extended,
                    ignore_case,
                    ..Options::default()
                };
                let pattern = Pattern::new(&text::encode(source), options).ok()?;
                if self.kept.len() >= KEPT_MAX {
                    self.kept.remove(0);
                }
                (source.to_owned(), ignore_case, Rc::new(pattern))
            }
        };
        let pattern = Rc::clone(&entry.2);
        self.kept.push(entry);
        Some(pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_of_the_leftmost_matches_is_found_and_what_is_kept_stays_right() {
        let mut regexes = Regexes::default();
        for _ in 0..2 {
            for (regex, text, end) in [
                ("^[0-9]+$", "123", Some(3)),
                ("a|ab", "abc", Some(2)),
                ("(a|ab)(c|bcd)", "abcd", Some(4)),
                ("a{x", "a{x", Some(3)),
                ("[]x]+", "]x", Some(2)),
                ("[\\]", "\\", Some(1)),
                ("\\.txt$", "atxt", None),
                ("(b)\\1", "bb", Some(2)),
            ] {
                let compiled = regexes.compiled(regex, false).unwrap();
                let found = compiled.find(text.as_bytes(), 0).map(|found| found.end);
                assert_eq!(found, end, "{regex} on {text}");
            }
        }
        assert!(regexes.compiled("(", false).is_none());
    }
}
