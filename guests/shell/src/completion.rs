//! What may come next in a line being typed: commands, variables, files.

use crate::builtins::{self, BUILTINS};
use crate::edit::{Candidate, Completions};
use crate::files::{self, Access};
use crate::parse::{self, PlainHost, ast::Part};
use crate::pattern;
use crate::shell::Shell;

/// Words after which a command begins.
const COMMAND_FOLLOWS: [&str; 11] = [
    "then", "else", "elif", "do", "if", "while", "until", "!", "time", "{", "command",
];
/// Most candidates; of more, a person sees nothing useful.
const CANDIDATES_MAX: usize = 20_000;

/// How the word at the cursor is quoted there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Quote {
    None,
    Single,
    Double,
}

/// The word at the cursor.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Place {
    /// Where it begins in the line, in bytes.
    start: usize,
    /// The quote that is open at the cursor.
    quote: Quote,
    /// It names a command.
    is_command: bool,
    /// The command it is an argument of.
    command: String,
    /// Where that begins in the line, in bytes.
    command_start: usize,
}

/// Finds the word that ends at the end of `text`.
fn place(text: &str) -> Place {
    let mut place = Place {
        start: 0,
        quote: Quote::None,
        is_command: true,
        command: String::new(),
        command_start: 0,
    };
    let mut characters = text.char_indices().peekable();
    let end_word = |place: &mut Place, end: usize| {
        let word = text.get(place.start..end).unwrap_or_default();
        if word.is_empty() {
            return;
        }
        if place.is_command {
            let assignment = word
                .split_once('=')
                .is_some_and(|(name, _)| crate::text::is_name(name));
            if !assignment && !COMMAND_FOLLOWS.contains(&word) {
                place.is_command = false;
                place.command_start = place.start;
                word.clone_into(&mut place.command);
            }
        }
    };
    while let Some((at, character)) = characters.next() {
        match (place.quote, character) {
            (Quote::None | Quote::Double, '\\') => {
                characters.next();
            }
            (Quote::Single, '\'') | (Quote::Double, '"') => place.quote = Quote::None,
            (Quote::None, '\'') => place.quote = Quote::Single,
            (Quote::None, '"') => place.quote = Quote::Double,
            (Quote::None, ' ' | '\t') => {
                end_word(&mut place, at);
                place.start = at + 1;
            }
            (Quote::None, ';' | '|' | '&' | '(' | '\n' | '`') => {
                end_word(&mut place, at);
                let redirect = character == '&'
                    && text
                        .get(..at)
                        .is_some_and(|before| before.ends_with(['<', '>']));
                place.is_command = !redirect;
                place.start = at + 1;
            }
            (Quote::None, '<' | '>') => {
                end_word(&mut place, at);
                // What follows is a file; after it the command goes on.
                place.is_command = false;
                place.start = at + 1;
            }
            _ => {}
        }
    }
    place
}

/// Where words end besides at blanks, when `COMP_WORDBREAKS` says nothing.
pub const WORD_BREAKS: &str = " \t\n\"'@><=;|&(:";

/// Where the command ends that the cursor is in: at the first operator behind it.
fn end_of_command(text: &str, point: usize) -> usize {
    let behind = text.get(point..).unwrap_or_default();
    behind
        .find([';', '|', '&', '\n', ')'])
        .map_or(text.len(), |at| point + at)
}

fn is_break(word: &str, breaks: &str) -> bool {
    !word.is_empty()
        && word
            .chars()
            .all(|character| breaks.contains(character) && !matches!(character, '"' | '\''))
}

/// A command in the words programmable completion gets: like those of the shell with their quotes, but separators
/// of `breaks` are words too.
fn break_words(text: &str, breaks: &str) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut word: Option<(usize, String)> = None;
    let mut quote = Quote::None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if quote == Quote::None && character.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let separates =
            quote == Quote::None && breaks.contains(character) && !matches!(character, '"' | '\'');
        let (_, text) = match &mut word {
            // Separators stay together, and apart from what is none.
            Some((_, before)) if is_break(before, breaks) != separates => {
                words.extend(word.take());
                word.insert((at, String::new()))
            }
            _ => word.get_or_insert((at, String::new())),
        };
        text.push(character);
        match (quote, character) {
            (Quote::None | Quote::Double, '\\') => {
                text.extend(characters.next().map(|(_, next)| next))
            }
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            _ => {}
        }
    }
    words.extend(word);
    words
}

/// A word as the shell will see it, its quotes removed; expansions stay as they are.
fn unquoted(word: &str) -> String {
    let mut output = String::new();
    let mut quote = Quote::None;
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Quote::None, '\\') => output.extend(characters.next()),
            (Quote::Double, '\\')
                if characters
                    .peek()
                    .is_some_and(|next| matches!(next, '$' | '`' | '"' | '\\')) =>
            {
                output.extend(characters.next());
            }
            (Quote::Single, '\'') | (Quote::Double, '"') => quote = Quote::None,
            (Quote::None, '\'') => quote = Quote::Single,
            (Quote::None, '"') => quote = Quote::Double,
            (_, other) => output.push(other),
        }
    }
    output
}

/// A name quoted for its place in the line.
fn quoted(name: &str, quote: Quote) -> String {
    let special = |character: char| match quote {
        Quote::None => " \t\n|&;()<>'\"\\$`*?[]{}~#!^=".contains(character),
        Quote::Double => matches!(character, '$' | '`' | '"' | '\\' | '!'),
        Quote::Single => false,
    };
    let mut output = String::with_capacity(name.len());
    for (index, character) in name.chars().enumerate() {
        let harmless = matches!(character, '~' | '#') && index > 0;
        if quote == Quote::Single && character == '\'' {
            output.push_str("'\\''");
            continue;
        }
        if special(character) && !harmless && !matches!(character, '=' | '{' | '}' | '^' | ']') {
            output.push('\\');
        }
        output.push(character);
    }
    output
}

impl Shell {
    /// Ways to go on at a place of a line.
    pub(crate) fn completions(&mut self, line: &str, cursor: usize) -> Completions {
        let before = line.get(..cursor).unwrap_or(line);
        let place = place(before);
        let word = before.get(place.start..).unwrap_or_default();
        if !place.is_command
            && self.shopt.get("progcomp")
            && let Some(completions) = self.programmed(line, cursor, &place)
        {
            return completions;
        }
        let mut completions = match self.variables_for(word, place.start, place.quote) {
            Some(completions) => completions,
            None => {
                let slash = word.contains('/');
                if place.is_command && !slash && !word.starts_with(['~', '"', '\'']) {
                    let commands = self.commands_for(word, place.start);
                    if commands.candidates.is_empty() {
                        self.files_for(word, &place)
                    } else {
                        commands
                    }
                } else {
                    self.files_for(word, &place)
                }
            }
        };
        completions.candidates.truncate(CANDIDATES_MAX);
        completions
    }

    /// What `complete` has been told about the command; `None` when that is nothing, or asks for the usual.
    fn programmed(&mut self, line: &str, cursor: usize, place: &Place) -> Option<Completions> {
        let command = unquoted(&place.command);
        self.specification_of(&command)?;
        let start = place.command_start;
        let text = line.get(start..)?;
        let point = cursor.checked_sub(start)?;
        let breaks = self
            .setting("COMP_WORDBREAKS")
            .unwrap_or(WORD_BREAKS)
            .to_owned();
        let words = break_words(text.get(..end_of_command(text, point))?, &breaks);
        // The word the cursor is in or right behind; none begins there when it is behind a blank.
        let index = words
            .iter()
            .position(|(at, word)| *at <= point && point <= at + word.len());
        let mut shown: Vec<String> = words.iter().map(|(_, word)| word.clone()).collect();
        let (index, word_start) = match index {
            // Behind a separator the next word begins.
            Some(index) if !is_break(&words[index].1, &breaks) => (index, words[index].0),
            Some(index) => {
                if words.get(index + 1).is_some_and(|(at, _)| *at == point) {
                    (index + 1, point)
                } else {
                    shown.insert(index + 1, String::new());
                    (index + 1, point)
                }
            }
            None => {
                let index = words.iter().filter(|(at, _)| *at < point).count();
                shown.insert(index, String::new());
                (index, point)
            }
        };
        let typed = text.get(word_start..point)?;
        let call = crate::programmable::Place {
            command,
            word: typed.to_owned(),
            previous: index
                .checked_sub(1)
                .and_then(|before| shown.get(before))
                .cloned()
                .unwrap_or_default(),
            line: text.to_owned(),
            point,
            words: shown,
            index,
            key: u32::from(b'\t'),
            kind: u32::from(b'\t'),
        };
        let (words, options) = self.programmed_words(&call)?;
        if words.is_empty() && (options.contains("default") || options.contains("bashdefault")) {
            return None;
        }
        let names = options.contains("filenames");
        let quote = match typed.chars().next() {
            Some('\'') => Quote::Single,
            Some('"') => Quote::Double,
            _ => Quote::None,
        };
        let open: String = typed
            .chars()
            .take(usize::from(quote != Quote::None))
            .collect();
        let candidates = words
            .into_iter()
            .map(|word| {
                let path = word.strip_prefix("~/").map_or_else(
                    || word.clone(),
                    |rest| format!("{}/{rest}", self.setting("HOME").unwrap_or_default()),
                );
                let directory = names && files::is_directory(&path);
                let text = if names && !options.contains("noquote") {
                    format!("{open}{}", quoted(&word, quote))
                } else {
                    word.clone()
                };
                let suffix = match (directory, options.contains("nospace")) {
                    (true, _) => Some('/'),
                    (false, false) => Some(' '),
                    (false, true) => None,
                };
                let display = match (names, word.trim_end_matches('/').rfind('/')) {
                    (true, Some(slash)) => word.get(slash + 1..).unwrap_or(&word).to_owned(),
                    _ => word,
                };
                Candidate {
                    text,
                    display,
                    suffix,
                }
            })
            .collect();
        Some(Completions {
            start: start + word_start,
            candidates,
        })
    }

    /// Names of variables, when the word ends in `$name` or `${name`.
    fn variables_for(&mut self, word: &str, start: usize, quote: Quote) -> Option<Completions> {
        if quote == Quote::Single {
            return None;
        }
        let dollar = word.rfind('$')?;
        if word.get(..dollar)?.ends_with('\\') {
            return None;
        }
        let after = word.get(dollar + 1..)?;
        let (prefix, braced) = match after.strip_prefix('{') {
            Some(prefix) => (prefix, true),
            None => (after, false),
        };
        if !prefix.bytes().all(crate::text::is_name_byte) {
            return None;
        }
        let candidates = self
            .variables
            .iter()
            .map(|(name, _)| name)
            .filter(|name| name.starts_with(prefix))
            .map(|name| {
                let value = self.setting(name).unwrap_or_default();
                let directory = value.starts_with('/') && files::is_directory(value);
                let suffix = match (directory, quote) {
                    (true, _) => Some('/'),
                    (false, Quote::None) => Some(' '),
                    _ => None,
                };
                let text = if braced {
                    format!("${{{name}}}")
                } else {
                    format!("${name}")
                };
                Candidate {
                    text,
                    display: name.clone(),
                    suffix,
                }
            })
            .collect();
        Some(Completions {
            start: start + dollar,
            candidates,
        })
    }

    /// Names of commands.
    fn commands_for(&mut self, word: &str, start: usize) -> Completions {
        let prefix = unquoted(word);
        let mut names: Vec<String> = Vec::new();
        if prefix.is_empty() && self.shopt.get("no_empty_cmd_completion") {
            return Completions {
                start,
                candidates: Vec::new(),
            };
        }
        names.extend(BUILTINS.iter().map(|builtin| builtin.name.to_owned()));
        names.extend(builtins::KEYWORDS.iter().map(|word| (*word).to_owned()));
        names.extend(self.functions.keys().cloned());
        names.extend(self.aliases.keys().cloned());
        names.retain(|name| name.starts_with(&prefix));
        for directory in self.search_path().split(':') {
            let directory = if directory.is_empty() { "." } else { directory };
            for name in files::names(directory).unwrap_or_default() {
                if name.starts_with(&prefix) && files::is_command(&format!("{directory}/{name}")) {
                    names.push(name);
                }
            }
        }
        names.sort();
        names.dedup();
        let candidates = names
            .into_iter()
            .map(|name| Candidate {
                text: quoted(&name, Quote::None),
                display: name,
                suffix: Some(' '),
            })
            .collect();
        Completions { start, candidates }
    }

    /// Names of files.
    fn files_for(&mut self, word: &str, place: &Place) -> Completions {
        // `--file=na` and `PATH=/a:/b` go on after the last separator.
        let separator = word
            .rfind(['=', ':'])
            .filter(|_| place.quote == Quote::None)
            .map_or(0, |at| at + 1);
        let word_start = place.start + separator;
        let word = word.get(separator..).unwrap_or_default();
        let base = word.rfind('/').map_or(0, |at| at + 1);
        let (directory_word, name_word) = word.split_at(base);
        // A quote that opened in the directory's part is open still.
        let name_word = if base == 0 {
            name_word.trim_start_matches(['"', '\''])
        } else {
            name_word
        };
        let start = word_start + word.len() - name_word.len();
        let prefix = unquoted(name_word);
        let Some(directory) = self.directory_of(directory_word) else {
            return Completions {
                start,
                candidates: Vec::new(),
            };
        };
        let place_directory = if directory.is_empty() {
            "."
        } else {
            directory.as_str()
        };
        let only_directories =
            matches!(place.command.as_str(), "cd" | "pushd" | "rmdir") && !place.is_command;
        let mut candidates = Vec::new();
        for name in files::names(place_directory).unwrap_or_default() {
            if !name.starts_with(&prefix) || (name.starts_with('.') && !prefix.starts_with('.')) {
                continue;
            }
            let path = format!("{directory}{name}");
            let is_directory = files::is_directory(&path);
            if !is_directory
                && (only_directories || (place.is_command && !files::may(&path, Access::Execute)))
            {
                continue;
            }
            let mut text = quoted(&name, place.quote);
            let mut display = name;
            if is_directory {
                display.push('/');
            } else {
                match place.quote {
                    Quote::None => {}
                    Quote::Single => text.push('\''),
                    Quote::Double => text.push('"'),
                }
            }
            candidates.push(Candidate {
                text,
                display,
                suffix: Some(if is_directory { '/' } else { ' ' }),
            });
        }
        Completions { start, candidates }
    }

    /// The directory a typed text means: with its quotes removed, its tilde and plain variables expanded;
    /// `None` when only running a command could tell.
    fn directory_of(&mut self, typed: &str) -> Option<String> {
        if typed.is_empty() {
            return Some(String::new());
        }
        // A quote may be open: the text goes on after it.
        let mut text = typed.to_owned();
        match place(typed).quote {
            Quote::None => {}
            Quote::Single => text.push('\''),
            Quote::Double => text.push('"'),
        }
        let mut host = PlainHost {
            extended_globs: false,
        };
        let word = parse::whole_word(&text, 1, &mut host).ok()?;
        let calm = |parts: &[Part]| Self::is_pure(parts);
        if !calm(&word.parts) {
            return None;
        }
        let options = self.options;
        self.options.set(crate::options::SetOption::NoUnset, false);
        let expanded = self.expand_single(&word).ok();
        self.options = options;
        expanded.map(|path| {
            if pattern::has_special(&path, false) {
                pattern::unescape(&path)
            } else {
                path
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_of_a_command_is_a_command() {
        for line in [
            "l", "a; l", "a | l", "a && l", "$(l", "if l", "X=1 l", "{ l", "! l",
        ] {
            assert!(place(line).is_command, "{line}");
        }
        for line in ["ls l", "a > l", "ls 'a b' l", "a 2>&1 l"] {
            assert!(!place(line).is_command, "{line}");
        }
    }

    #[test]
    fn separators_are_words_of_programmable_completion() {
        let words = break_words("git --a=b 'c d':e f", WORD_BREAKS);
        let words: Vec<&str> = words.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(words, ["git", "--a", "=", "b", "'c d'", ":", "e", "f"]);
    }

    #[test]
    fn quotes_and_escapes_do_not_end_a_word() {
        assert_eq!(place("ls a\\ b").start, 3);
        assert_eq!(place("ls 'a b").start, 3);
        assert_eq!(place("ls \"a b").quote, Quote::Double);
        assert_eq!(unquoted("a\\ 'b c'\"d\""), "a b cd");
        assert_eq!(quoted("a b$c", Quote::None), "a\\ b\\$c");
        assert_eq!(quoted("a b$c", Quote::Double), "a b\\$c");
    }
}
