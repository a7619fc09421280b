//! Programmable completion: what `complete` says about a command, and the words that follow from it.

use std::collections::{BTreeMap, BTreeSet};

use crate::builtins::{BUILTINS, KEYWORDS};
use crate::descriptors::read_to_end;
use crate::files;
use crate::options::{SET_OPTIONS, ShellOptions};
use crate::parse;
use crate::pattern::{Pattern, PatternOptions};
use crate::shell::{Shell, Unwind};
use crate::signals::signal_name;
use crate::text;

/// Switches of `-o`, in the order `complete -p` shows them.
pub const OPTIONS: [&str; 8] = [
    "bashdefault",
    "default",
    "dirnames",
    "filenames",
    "noquote",
    "nosort",
    "nospace",
    "plusdirs",
];

/// Actions of `-A` with their letter, in the order `complete -p` shows them.
pub const ACTIONS: [(&str, Option<char>); 24] = [
    ("alias", Some('a')),
    ("builtin", Some('b')),
    ("command", Some('c')),
    ("directory", Some('d')),
    ("export", Some('e')),
    ("file", Some('f')),
    ("group", Some('g')),
    ("job", Some('j')),
    ("keyword", Some('k')),
    ("service", Some('s')),
    ("user", Some('u')),
    ("variable", Some('v')),
    ("arrayvar", None),
    ("binding", None),
    ("disabled", None),
    ("enabled", None),
    ("function", None),
    ("helptopic", None),
    ("hostname", None),
    ("running", None),
    ("setopt", None),
    ("shopt", None),
    ("signal", None),
    ("stopped", None),
];

/// The function of a specification asks to be tried again with this status: it has set another one.
const RETRY_STATUS: i32 = 124;
/// How often that may happen for one word.
const RETRIES_MAX: usize = 8;

/// What `complete` says about a command.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Specification {
    /// `-o`
    pub options: BTreeSet<&'static str>,
    /// `-A` and its letters.
    pub actions: BTreeSet<&'static str>,
    /// `-G`
    pub glob: Option<String>,
    /// `-W`
    pub words: Option<String>,
    /// `-P`
    pub prefix: Option<String>,
    /// `-S`
    pub suffix: Option<String>,
    /// `-X`
    pub filter: Option<String>,
    /// `-F`
    pub function: Option<String>,
    /// `-C`
    pub command: Option<String>,
}

/// All specifications of a shell.
#[derive(Debug, Default)]
pub struct Specifications {
    /// By command.
    pub commands: BTreeMap<String, Specification>,
    /// Of commands without one.
    pub default: Option<Specification>,
    /// Of an empty line.
    pub empty: Option<Specification>,
    /// Of the first word.
    pub initial: Option<Specification>,
    /// Switches of the one whose function runs, which `compopt` changes.
    pub running: Option<BTreeSet<&'static str>>,
}

/// The place in a command that is completed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// The command.
    pub command: String,
    /// The word that is completed.
    pub word: String,
    /// The one before it.
    pub previous: String,
    /// The text of the command.
    pub line: String,
    /// The cursor in that, in bytes.
    pub point: usize,
    /// All words.
    pub words: Vec<String>,
    /// Which one is completed.
    pub index: usize,
    /// The key, 0 when it was none.
    pub key: u32,
    /// What is done with the words: 0 nothing, 9 completing, 63 listing.
    pub kind: u32,
}

impl Shell {
    /// The words a specification gives, with the switches that hold in the end.
    ///
    /// # Errors
    /// What a function or command does with `exit`.
    pub(crate) fn generate(
        &mut self,
        specification: &Specification,
        place: &Place,
    ) -> Result<(Vec<String>, BTreeSet<&'static str>), Unwind> {
        let mut words = Vec::new();
        let mut options = specification.options.clone();
        for action in &specification.actions {
            words.extend(self.words_of_action(action, &place.word));
        }
        if let Some(pattern) = &specification.glob {
            words.extend(crate::expand::glob_names(self, pattern));
        }
        if let Some(list) = &specification.words {
            let all = self.word_list(list)?;
            words.extend(all.into_iter().filter(|word| word.starts_with(&place.word)));
        }
        if let Some(function) = &specification.function {
            let outer = self.completion.running.replace(options);
            let result = self.words_of_function(function, place);
            options = std::mem::replace(&mut self.completion.running, outer).unwrap_or_default();
            words.extend(result?);
        }
        if let Some(command) = &specification.command {
            words.extend(self.words_of_command(command, place)?);
        }
        if let Some(filter) = &specification.filter {
            let (pattern, keep) = self.filter_pattern(filter, &place.word);
            words.retain(|word| pattern.matches(word) == keep);
        }
        let (prefix, suffix) = (
            specification.prefix.as_deref().unwrap_or_default(),
            specification.suffix.as_deref().unwrap_or_default(),
        );
        if !prefix.is_empty() || !suffix.is_empty() {
            for word in &mut words {
                *word = format!("{prefix}{word}{suffix}");
            }
        }
        if options.contains("plusdirs") || (options.contains("dirnames") && words.is_empty()) {
            words.extend(self.file_words(&place.word, true));
        }
        Ok((words, options))
    }

    /// The pattern of `-X`, and whether what matches it stays.
    fn filter_pattern(&self, filter: &str, word: &str) -> (Pattern, bool) {
        let extended = self.shopt.get("extglob");
        let (filter, keep) = match filter.strip_prefix('!') {
            Some(rest) if !(extended && rest.starts_with('(')) => (rest, true),
            _ => (filter, false),
        };
        let mut pattern = String::new();
        let mut characters = filter.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => {
                    pattern.push('\\');
                    pattern.extend(characters.next());
                }
                '&' => crate::pattern::escape_into(&mut pattern, word),
                other => pattern.push(other),
            }
        }
        let options = PatternOptions {
            extended,
            ignore_case: self.shopt.get("nocasematch"),
        };
        (Pattern::new(&pattern, options), keep)
    }

    /// The words of `-W`: split like `IFS` says, quotes respected, then expanded, but not to file names.
    fn word_list(&mut self, list: &str) -> Result<Vec<String>, Unwind> {
        let separators = self.field_separators();
        let mut words = Vec::new();
        for source in split_quoted(list, &separators) {
            let mut host = self.plain_host();
            let Ok(word) = parse::whole_word(&source, self.line, &mut host) else {
                words.push(source);
                continue;
            };
            let options = self.options;
            self.options.set(crate::options::SetOption::NoGlob, true);
            let result = self.expand_word(&word, &mut words);
            self.options = options;
            result?;
        }
        Ok(words)
    }

    /// What a function leaves in `COMPREPLY`.
    fn words_of_function(&mut self, name: &str, place: &Place) -> Result<Vec<String>, Unwind> {
        let Some(function) = self.functions.get(name).cloned() else {
            self.error(&format!("completion: function `{name}' not found"));
            return Ok(Vec::new());
        };
        self.set_place(place);
        let elements = place
            .words
            .iter()
            .map(|word| (None, false, word.clone()))
            .collect();
        // A person's readonly variable is their own affair.
        let _ = self.assign_array("COMP_WORDS", elements, false);
        let _ = self.assign("COMP_CWORD", &place.index.to_string(), false);
        let call = vec![
            name.to_owned(),
            place.command.clone(),
            place.word.clone(),
            place.previous.clone(),
        ];
        let result = self.call_function(&function, &call);
        self.flush();
        let reply: Vec<String> = self
            .elements("COMPREPLY")
            .unwrap_or_default()
            .into_iter()
            .map(|(_, word)| word)
            .collect();
        for name in PLACE_VARIABLES {
            self.variables.unset(name);
        }
        self.variables.unset("COMPREPLY");
        match result {
            Ok(RETRY_STATUS) => Err(Unwind::Discard(RETRY_STATUS)),
            Err(end @ Unwind::Exit(_)) => Err(end),
            _ => Ok(reply),
        }
    }

    /// The lines a command prints.
    fn words_of_command(&mut self, command: &str, place: &Place) -> Result<Vec<String>, Unwind> {
        self.set_place(place);
        for name in PLACE_VARIABLES.iter().take(4) {
            self.variables.entry(name).attributes.exported = true;
        }
        let quoted: Vec<String> = [&place.command, &place.word, &place.previous]
            .iter()
            .map(|word| crate::escapes::quote_single(word))
            .collect();
        let source = format!("{command} {}", quoted.join(" "));
        let result = self.output_of(&source);
        for name in PLACE_VARIABLES {
            self.variables.unset(name);
        }
        Ok(result?.lines().map(str::to_owned).collect())
    }

    fn set_place(&mut self, place: &Place) {
        let values = [
            place.line.clone(),
            place.point.to_string(),
            place.kind.to_string(),
            place.key.to_string(),
        ];
        for (name, value) in PLACE_VARIABLES.iter().zip(values) {
            // As in `words_of_function`.
            let _ = self.assign(name, &value, false);
        }
    }

    /// What text prints when it runs in a child.
    fn output_of(&mut self, source: &str) -> Result<String, Unwind> {
        let (read, write) = berth_guest::pipe().map_err(|error| self.no_process(&error))?;
        let mut read = Some(read);
        let write = std::rc::Rc::new(write);
        let pid = berth_guest::fork(berth_guest::Group::Inherit, false, || {
            read = None;
            self.become_child();
            self.descriptors.set(1, std::rc::Rc::clone(&write));
            drop(write);
            self.run_as_child(|shell| shell.run_text(source, 1, "completion"))
        })
        .map_err(|error| self.no_process(&error))?;
        let output = read
            .take()
            .and_then(|read| read_to_end(&read).ok())
            .unwrap_or_default();
        self.wait_for(pid);
        Ok(text::decode_owned(output))
    }

    /// The words of an action that begin like `word`.
    pub(crate) fn words_of_action(&mut self, action: &str, word: &str) -> Vec<String> {
        if matches!(action, "file" | "directory") {
            return self.file_words(word, action == "directory");
        }
        let mut all = self.all_of_action(action, word);
        all.retain(|name| name.starts_with(word));
        all
    }

    fn all_of_action(&mut self, action: &str, word: &str) -> Vec<String> {
        let builtins = |shell: &Self, disabled: Option<bool>| {
            let mut names: Vec<String> = BUILTINS
                .iter()
                .map(|builtin| builtin.name)
                .filter(|name| {
                    disabled.is_none_or(|wanted| shell.disabled_builtins.contains(name) == wanted)
                })
                .map(str::to_owned)
                .collect();
            names.sort();
            names
        };
        match action {
            "alias" => self.aliases.keys().cloned().collect(),
            "arrayvar" => self
                .variables
                .iter()
                .filter(|(_, variable)| variable.is_array())
                .map(|(name, _)| name.clone())
                .collect(),
            "binding" => crate::edit::keymap::FUNCTIONS
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            "builtin" => builtins(self, None),
            "disabled" => builtins(self, Some(true)),
            "enabled" => builtins(self, Some(false)),
            "helptopic" => builtins(self, None),
            "command" => self.all_commands(word),
            "export" => self
                .variables
                .iter()
                .filter(|(_, variable)| variable.attributes.exported)
                .map(|(name, _)| name.clone())
                .collect(),
            "function" => self.functions.keys().cloned().collect(),
            "group" => first_fields("/etc/group", ':'),
            "user" => first_fields("/etc/passwd", ':'),
            "service" => first_fields("/etc/services", ' '),
            "hostname" => host_names(),
            "job" | "running" | "stopped" => self
                .jobs
                .list()
                .iter()
                .filter(|job| match action {
                    "running" => matches!(job.state(), crate::jobs::State::Running),
                    "stopped" => matches!(job.state(), crate::jobs::State::Stopped(_)),
                    _ => true,
                })
                .map(|job| {
                    let command = job.command.split_whitespace().next();
                    command.unwrap_or_default().to_owned()
                })
                .collect(),
            "keyword" => KEYWORDS.iter().map(|word| (*word).to_owned()).collect(),
            "setopt" => SET_OPTIONS
                .iter()
                .map(|(_, name, _)| (*name).to_owned())
                .collect(),
            "shopt" => ShellOptions::default()
                .iter()
                .map(|(name, _)| name.to_owned())
                .collect(),
            "signal" => std::iter::once("EXIT".to_owned())
                .chain((1..=31).map(|signal| format!("SIG{}", signal_name(signal))))
                .chain(["DEBUG", "ERR", "RETURN"].map(str::to_owned))
                .collect(),
            "variable" => self
                .variables
                .iter()
                .filter(|(_, variable)| variable.value != crate::variables::Value::Unset)
                .map(|(name, _)| name.clone())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Everything that can be called, once for each place it is found in.
    fn all_commands(&self, prefix: &str) -> Vec<String> {
        let mut names: Vec<String> = self.aliases.keys().cloned().collect();
        names.extend(KEYWORDS.iter().map(|word| (*word).to_owned()));
        names.extend(self.functions.keys().cloned());
        names.extend(
            BUILTINS
                .iter()
                .map(|builtin| builtin.name)
                .filter(|name| !self.disabled_builtins.contains(name))
                .map(str::to_owned),
        );
        for directory in self.search_path().split(':') {
            let directory = if directory.is_empty() { "." } else { directory };
            let mut found = files::names(directory).unwrap_or_default();
            found.sort();
            for name in found {
                if name.starts_with(prefix) && files::is_command(&format!("{directory}/{name}")) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Files whose path begins like `word`; a tilde at its start stays as it is.
    pub(crate) fn file_words(&mut self, word: &str, only_directories: bool) -> Vec<String> {
        let (directory, prefix) = match word.rfind('/') {
            Some(slash) => word.split_at(slash + 1),
            None => ("", word),
        };
        let place = match directory.strip_prefix('~') {
            Some(rest) => {
                let home = self.setting("HOME").unwrap_or_default().to_owned();
                match rest.split_once('/') {
                    Some(("", rest)) => format!("{home}/{rest}"),
                    _ => directory.to_owned(),
                }
            }
            None if directory.is_empty() => ".".to_owned(),
            None => directory.to_owned(),
        };
        let mut names = files::names(&place).unwrap_or_default();
        names.retain(|name| {
            name.starts_with(prefix)
                && (!only_directories || files::is_directory(&format!("{place}/{name}")))
        });
        names.sort();
        names
            .into_iter()
            .map(|name| format!("{directory}{name}"))
            .collect()
    }

    /// The specification of a command: of its whole name, of its last part, or the default one.
    pub(crate) fn specification_of(&self, command: &str) -> Option<Specification> {
        let specifications = &self.completion;
        let base = command.rsplit('/').next().unwrap_or(command);
        specifications
            .commands
            .get(command)
            .or_else(|| specifications.commands.get(base))
            .or(specifications.default.as_ref())
            .cloned()
    }

    /// The words for a place in a line; `None` when nothing is said about its command.
    pub(crate) fn programmed_words(
        &mut self,
        place: &Place,
    ) -> Option<(Vec<String>, BTreeSet<&'static str>)> {
        for _ in 0..RETRIES_MAX {
            let specification = self.specification_of(&place.command)?;
            match self.generate(&specification, place) {
                Ok(found) => return Some(found),
                Err(Unwind::Discard(RETRY_STATUS)) => {}
                Err(_) => break,
            }
        }
        Some((Vec::new(), BTreeSet::new()))
    }
}

/// What a function or command is told about the place.
const PLACE_VARIABLES: [&str; 6] = [
    "COMP_LINE",
    "COMP_POINT",
    "COMP_TYPE",
    "COMP_KEY",
    "COMP_WORDS",
    "COMP_CWORD",
];

/// Splits text at separators that are not quoted.
fn split_quoted(text: &str, separators: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut nesting = 0_usize;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if quote.is_none() && nesting == 0 && separators.contains(character) {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        word.push(character);
        match (quote, character) {
            (None | Some('"'), '\\') => word.extend(characters.next()),
            (None, '\'' | '"' | '`') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (None, '$') if characters.peek().is_some_and(|next| "({".contains(*next)) => {
                nesting += 1;
                word.extend(characters.next());
            }
            (None, '(' | '{') if nesting > 0 => nesting += 1,
            (None, ')' | '}') => nesting = nesting.saturating_sub(1),
            _ => {}
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn first_fields(path: &str, separator: char) -> Vec<String> {
    let contents = std::fs::read(path).map(text::decode_owned);
    contents
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split([separator, '\t']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn host_names() -> Vec<String> {
    let contents = std::fs::read("/etc/hosts").map(text::decode_owned);
    let mut names: Vec<String> = contents
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(|line| line.split_whitespace().skip(1))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_list_is_split_where_it_is_not_quoted() {
        assert_eq!(
            split_quoted("a 'b c' \"d e\" f\\ g $(h i) ${j k}", " "),
            ["a", "'b c'", "\"d e\"", "f\\ g", "$(h i)", "${j k}"]
        );
    }
}
