//! Splitting into fields, and which of them name files.

use super::{Piece, glob};
use crate::options::SetOption;
use crate::pattern::{escape_into, has_special, unescape};
use crate::shell::{Shell, Unwind};

/// A field being put together, piece by piece.
#[derive(Default)]
struct Field {
    segments: Vec<(String, bool)>,
}

impl Field {
    fn push(&mut self, text: &str, quoted: bool) {
        match self.segments.last_mut() {
            Some((last, same)) if *same == quoted => last.push_str(text),
            _ => self.segments.push((text.to_owned(), quoted)),
        }
    }

    fn text(&self) -> String {
        self.segments
            .iter()
            .map(|(text, _)| text.as_str())
            .collect()
    }

    fn is_pattern(&self, extended: bool) -> bool {
        let mut open_bracket = false;
        for (text, _) in self.segments.iter().filter(|(_, quoted)| !quoted) {
            // What is quoted may be inside of brackets that are not.
            if has_special(text, extended) || (open_bracket && text.contains(']')) {
                return true;
            }
            open_bracket |= text.contains('[');
        }
        false
    }

    fn pattern(&self) -> String {
        let mut pattern = String::new();
        for (text, quoted) in &self.segments {
            if *quoted {
                escape_into(&mut pattern, text);
            } else {
                pattern.push_str(text);
            }
        }
        pattern
    }
}

/// Splits pieces; keeps what is needed between them.
struct Splitter<'a> {
    separators: &'a str,
    fields: Vec<Field>,
    current: Option<Field>,
    /// A field has just been ended by a blank: a separator that follows belongs to that end.
    after_blank: bool,
}

impl Splitter<'_> {
    fn append(&mut self, text: &str, quoted: bool) {
        self.current.get_or_insert_default().push(text, quoted);
        self.after_blank = false;
    }

    fn finish(&mut self) {
        self.fields.extend(self.current.take());
    }

    fn split(&mut self, text: &str) {
        let mut start = None;
        for (at, character) in text.char_indices() {
            if !self.separators.contains(character) {
                start.get_or_insert(at);
                continue;
            }
            if let Some(start) = start.take() {
                self.append(text.get(start..at).unwrap_or_default(), false);
            }
            if matches!(character, ' ' | '\t' | '\n') {
                self.after_blank |= self.current.is_some();
                self.finish();
            } else if self.current.is_some() {
                self.finish();
                self.after_blank = false;
            } else if !std::mem::take(&mut self.after_blank) {
                self.fields.push(Field::default());
            }
        }
        if let Some(start) = start {
            self.append(text.get(start..).unwrap_or_default(), false);
        }
    }
}

impl Shell {
    /// Makes fields of pieces: splits, expands file names, removes quotes.
    pub(super) fn pieces_to_fields(
        &mut self,
        pieces: Vec<Piece>,
        separators: &str,
        out: &mut Vec<String>,
    ) -> Result<(), Unwind> {
        let mut splitter = Splitter {
            separators,
            fields: Vec::new(),
            current: None,
            after_blank: false,
        };
        for piece in &pieces {
            match piece {
                Piece::Break => splitter.finish(),
                Piece::Text {
                    text, split: true, ..
                } => splitter.split(text),
                Piece::Text { text, quoted, .. } => {
                    if *quoted || !text.is_empty() {
                        splitter.append(text, *quoted);
                    }
                }
            }
        }
        splitter.finish();
        let fields = splitter.fields;
        let extended = self.shopt.get("extglob");
        for field in fields {
            if self.option(SetOption::NoGlob) || !field.is_pattern(extended) {
                out.push(field.text());
                continue;
            }
            let pattern = field.pattern();
            let mut names = glob::glob_names(self, &pattern);
            if !names.is_empty() {
                out.append(&mut names);
            } else if self.shopt.get("failglob") {
                self.error(&format!("no match: {}", field.text()));
                return Err(self.end_of_errexit().unwrap_or(Unwind::Discard(1)));
            } else if !self.shopt.get("nullglob") {
                out.push(field.text());
            }
        }
        Ok(())
    }
}

/// The one name a pattern without special characters stands for.
pub(super) fn plain_name(pattern: &str) -> String {
    unescape(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(separators: &str, text: &str) -> Vec<String> {
        let mut splitter = Splitter {
            separators,
            fields: Vec::new(),
            current: None,
            after_blank: false,
        };
        splitter.split(text);
        splitter.finish();
        splitter.fields.iter().map(Field::text).collect()
    }

    #[test]
    fn blanks_join_and_other_separators_do_not() {
        assert_eq!(split(" \t\n", "  a  b "), ["a", "b"]);
        assert_eq!(split(":", "a::b:"), ["a", "", "b"]);
        assert_eq!(split(": ", "a : b"), ["a", "b"]);
        assert_eq!(split(": ", ":a"), ["", "a"]);
        assert_eq!(split(": ", "a: :b"), ["a", "", "b"]);
        assert_eq!(split("", "a b"), ["a b"]);
    }
}
