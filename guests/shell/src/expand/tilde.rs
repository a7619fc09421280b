//! `~`, `~user`, `~+`, `~-`.

use super::Purpose;
use crate::files;
use crate::parse::ast::Part;
use crate::shell::Shell;

/// Pieces of text with whether they are quoted.
type Pieces = Vec<(String, bool)>;

impl Shell {
    /// Expands the tilde a literal begins with, when it stands at the beginning of its word, and those after
    /// `=` and `:` of a word that looks like an assignment. Gives what comes before the rest, and the rest.
    pub(super) fn tilde_prefix(
        &mut self,
        text: &str,
        first: bool,
        last: bool,
        purpose: Purpose,
    ) -> Option<(Pieces, String)> {
        if !first {
            return None;
        }
        if text.starts_with('~') {
            let (home, rest) = self.tilde(text, last)?;
            return Some((vec![(home, true)], rest.to_owned()));
        }
        let equals = text.find('=')?;
        if purpose != Purpose::Fields || !crate::text::is_name(text.get(..equals)?) {
            return None;
        }
        let (head, value) = text.split_at(equals + 1);
        let mut pieces = vec![(head.to_owned(), false)];
        pieces.append(&mut self.tildes_after_colons(value, last)?);
        Some((pieces, String::new()))
    }

    /// The parts of an assigned value with all their tildes expanded; `None` when there are none.
    pub(super) fn tildes_in_value(&mut self, parts: &[Part]) -> Option<Vec<Part>> {
        if !parts
            .iter()
            .any(|part| matches!(part, Part::Literal(text) if text.contains('~')))
        {
            return None;
        }
        let mut expanded = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let last = index + 1 == parts.len();
            match part {
                Part::Literal(text) if text.contains('~') => {
                    // In a later part only a tilde after a colon counts.
                    let (head, value) = if index == 0 {
                        ("", text.as_str())
                    } else {
                        text.find(':')
                            .map_or((text.as_str(), ""), |colon| text.split_at(colon + 1))
                    };
                    match self.tildes_after_colons(value, last) {
                        Some(pieces) => {
                            expanded.push(Part::Quoted(head.to_owned()));
                            expanded.extend(pieces.into_iter().map(|(text, _)| Part::Quoted(text)));
                        }
                        None => expanded.push(part.clone()),
                    }
                }
                other => expanded.push(other.clone()),
            }
        }
        Some(expanded)
    }

    /// Expands a tilde at the beginning and after each colon; `None` when none of them stands for anything.
    fn tildes_after_colons(&mut self, value: &str, last: bool) -> Option<Pieces> {
        let mut pieces = Vec::new();
        let mut changed = false;
        let count = value.split(':').count();
        for (index, item) in value.split(':').enumerate() {
            if index > 0 {
                pieces.push((":".to_owned(), false));
            }
            let complete = last || index + 1 < count;
            match self.tilde(item, complete) {
                Some((home, rest)) => {
                    changed = true;
                    pieces.push((home, true));
                    pieces.push((rest.to_owned(), false));
                }
                None => pieces.push((item.to_owned(), false)),
            }
        }
        changed.then_some(pieces)
    }

    /// The directory a leading tilde stands for, and what follows. `complete` says that the text is all of
    /// the word: a name cut off by a quote or an expansion is no name.
    fn tilde<'a>(&mut self, text: &'a str, complete: bool) -> Option<(String, &'a str)> {
        let after = text.strip_prefix('~')?;
        let end = after.find(['/', ':']);
        if end.is_none() && !complete {
            return None;
        }
        let (name, rest) = after.split_at(end.unwrap_or(after.len()));
        let directory = match name {
            "" => self
                .setting("HOME")
                .map(str::to_owned)
                .or_else(files::home)
                .unwrap_or_else(|| "/".to_owned()),
            "+" => self.parameter("PWD")?,
            "-" => self.parameter("OLDPWD")?,
            _ => self
                .numbered_directory(name)
                .or_else(|| files::user(name).map(|user| user.home))?,
        };
        Some((directory, rest))
    }

    /// `~1`, `~+1`, `~-1`: entries of the directory stack.
    fn numbered_directory(&self, name: &str) -> Option<String> {
        let directories = self.directories();
        if let Some(number) = name.strip_prefix('-') {
            let index: usize = number.parse().ok()?;
            return directories
                .get(directories.len().checked_sub(index + 1)?)
                .cloned();
        }
        directories
            .get(
                name.strip_prefix('+')
                    .unwrap_or(name)
                    .parse::<usize>()
                    .ok()?,
            )
            .cloned()
    }
}
