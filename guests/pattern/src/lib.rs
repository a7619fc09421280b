//! Regular expressions as POSIX and GNU's programs write them.
//!
//! A basic or extended expression is translated into the syntax of the `regex` crate, whose engines then search in
//! linear time. Two things are different from what that crate does by itself:
//!
//! * POSIX wants the **longest** of the leftmost matches. Where an expression could tell the difference, the start is
//!   sought by the fast engine and the end by an anchored lazy DFA that follows all alternatives.
//! * Back-references are no regular language: those expressions, and Perl's, go to `fancy-regex`, which backtracks.

mod bracket;
mod engine;
mod glob;
mod translate;

pub use engine::Pattern;
pub use glob::{GlobOptions, glob_matches};

use std::ops::Range;

/// How an expression is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Syntax {
    /// POSIX basic with GNU's additions: `\(a\|b\)\+`.
    #[default]
    Basic,
    /// POSIX extended with GNU's additions: `(a|b)+`.
    Extended,
    /// Perl's.
    Perl,
    /// Not an expression: the text itself.
    Fixed,
}

/// What an expression means beyond its text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How it is written.
    pub syntax: Syntax,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// The text is searched as many lines at once: `^` and `$` are at every line's ends, and nothing matches the
    /// character between lines.
    pub by_line: bool,
    /// `^` and `$` are at every line's ends, but what spans lines matches (`M` of sed).
    pub multi_line: bool,
    /// A match must be a whole word.
    pub whole_word: bool,
    /// A match must be a whole line.
    pub whole_line: bool,
    /// `\n`, `\t` and their like mean what they mean in C, as sed and awk have it.
    pub c_escapes: bool,
    /// Inside of brackets too, and `\]` is a bracket there, as awk has it.
    pub bracket_escapes: bool,
    /// Bytes are characters, as in the locale `C`.
    pub bytes: bool,
}

/// What a search found: the whole match first, then each group that took part.
#[derive(Clone, Debug, Default)]
pub struct Captures {
    slots: Vec<Option<usize>>,
}

impl Captures {
    /// Where a group matched; 0 is the whole match.
    pub fn get(&self, group: usize) -> Option<Range<usize>> {
        Some((*self.slots.get(2 * group)?)?..(*self.slots.get(2 * group + 1)?)?)
    }

    /// How many groups there are, the whole match included.
    pub fn len(&self) -> usize {
        self.slots.len() / 2
    }

    /// Whether nothing was searched yet.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

/// Whether the environment's locale is one of bytes: `C` or `POSIX`, without UTF-8.
pub fn locale_is_bytes() -> bool {
    let value = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    let Some(value) = value else {
        return true;
    };
    let value = value.to_string_lossy().to_ascii_lowercase();
    !value.contains("utf-8") && !value.contains("utf8")
}
