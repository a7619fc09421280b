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
            None if repeats_nothing(source.as_bytes()) => return None,
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

/// Whether a repetition has nothing to repeat or a brace no bounds: GNU's `grep` takes those as text, the C library's
/// `regcomp`, which bash uses, refuses them.
fn repeats_nothing(source: &[u8]) -> bool {
    let mut at = 0;
    let mut repeatable = false;
    while let Some(byte) = source.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                at += 1;
                repeatable = true;
            }
            b'[' => {
                at = behind_bracket(source, at);
                repeatable = true;
            }
            b'(' | b'|' | b'^' | b'$' => repeatable = false,
            b'*' | b'+' | b'?' if !repeatable => return true,
            b'{' => {
                let rest = source.get(at..).unwrap_or_default();
                let end = rest.iter().position(|byte| *byte == b'}');
                let bounds = rest.get(..end.unwrap_or(0)).unwrap_or_default();
                let counts = !bounds.is_empty()
                    && bounds
                        .iter()
                        .all(|byte| byte.is_ascii_digit() || *byte == b',');
                if !(repeatable && counts) {
                    return true;
                }
                at += bounds.len() + 1;
            }
            _ => repeatable = true,
        }
    }
    false
}

/// The place behind a bracket expression whose bracket is before `at`.
fn behind_bracket(source: &[u8], mut at: usize) -> usize {
    at += usize::from(source.get(at) == Some(&b'^'));
    let first = at;
    while let Some(byte) = source.get(at) {
        at += 1;
        match (byte, source.get(at)) {
            (b']', _) if at - 1 > first => break,
            (b'[', Some(kind @ (b':' | b'.' | b'='))) => {
                let rest = source.get(at + 1..).unwrap_or_default();
                let end = rest.windows(2).position(|pair| pair == [*kind, b']']);
                at += end.map_or(0, |end| end + 3);
            }
            _ => {}
        }
    }
    at
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
        for regex in ["(", "*a", "a|*b", "^*", "a{x", "x{1", "{"] {
            assert!(regexes.compiled(regex, false).is_none(), "{regex}");
        }
        for regex in ["[*{]{2}", "[]{]", "a+*", "(|a)", "\\{x", "[[:alpha:]{]x"] {
            assert!(regexes.compiled(regex, false).is_some(), "{regex}");
        }
    }
}
