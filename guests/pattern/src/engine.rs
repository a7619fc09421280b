//! Searching.

use std::cell::RefCell;
use std::ops::Range;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::meta::Regex;
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use crate::translate::{Translated, fixed, translate};
use crate::{Captures, Options, Syntax};

/// Memory of one expression's compiled form, in bytes.
const PATTERN_LIMIT_BYTES: usize = 64 << 20;
/// Memory of the lazily built tables, in bytes.
const CACHE_BYTES: usize = 8 << 20;
/// Steps of the backtracking engine before it gives up on one text.
const BACKTRACK_LIMIT: usize = 10_000_000;

/// A compiled expression, or several of which any may match.
#[derive(Debug)]
pub struct Pattern {
    engine: Engine,
    groups: usize,
}

#[derive(Debug)]
enum Engine {
    Linear(Box<Linear>),
    Backtracking(Vec<fancy_regex::Regex>),
}

#[derive(Debug)]
struct Linear {
    regex: Regex,
    /// Finds the longest end, where that can differ from what `regex` finds.
    longest: Option<(DFA, RefCell<Cache>)>,
    /// The text of the expression, to search its groups in a match that is longer than the first one.
    text: String,
    options: Options,
    /// Made when it is needed first.
    whole: RefCell<Option<Regex>>,
}

impl Pattern {
    /// Compiles one expression.
    ///
    /// # Errors
    /// What is wrong with it, in GNU's words.
    pub fn new(source: &[u8], options: Options) -> Result<Self, String> {
        Self::any_of(&[source], options)
    }

    /// Compiles several expressions of which any may match. None at all matches nothing.
    ///
    /// # Errors
    /// What is wrong with the first bad one, in GNU's words.
    pub fn any_of(sources: &[&[u8]], options: Options) -> Result<Self, String> {
        if options.syntax == Syntax::Perl {
            return Self::perl(sources, &options);
        }
        let translated = sources
            .iter()
            .map(|source| match options.syntax {
                Syntax::Fixed => Ok(Translated {
                    text: fixed(source, &options),
                    has_back_references: false,
                    may_be_longer: false,
                    groups: 0,
                }),
                _ => translate(source, &options),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let groups = translated.iter().map(|one| one.groups).sum();
        if translated.iter().any(|one| one.has_back_references) {
            let regexes = translated
                .iter()
                .map(|one| backtracking(&framed(&one.text, &options), &options, true))
                .collect::<Result<_, _>>()?;
            return Ok(Self {
                engine: Engine::Backtracking(regexes),
                groups,
            });
        }
        let may_be_longer = translated.len() > 1 || translated.iter().any(|one| one.may_be_longer);
        let text = match &translated[..] {
            [] => "[^\\s\\S]".to_owned(),
            [one] => one.text.clone(),
            many => {
                let texts: Vec<_> = many.iter().map(|one| format!("(?:{})", one.text)).collect();
                texts.join("|")
            }
        };
        let text = framed(&text, &options);
        let regex = linear(&text, &options)?;
        let longest = if may_be_longer {
            longest(&text, &options)
        } else {
            None
        };
        Ok(Self {
            engine: Engine::Linear(Box::new(Linear {
                regex,
                longest,
                text,
                options,
                whole: RefCell::new(None),
            })),
            groups,
        })
    }

    fn perl(sources: &[&[u8]], options: &Options) -> Result<Self, String> {
        let texts = sources
            .iter()
            .map(|source| {
                String::from_utf8(source.to_vec()).map_err(|_| "invalid UTF-8".to_owned())
            })
            .collect::<Result<Vec<_>, _>>()?;
        let engine = match &texts[..] {
            // Most of Perl's expressions are regular all the same, and then there is no need to backtrack.
            [one] if linear(&framed(one, options), options).is_ok() => {
                let text = framed(one, options);
                Engine::Linear(Box::new(Linear {
                    regex: linear(&text, options)?,
                    longest: None,
                    text,
                    options: *options,
                    whole: RefCell::new(None),
                }))
            }
            many => Engine::Backtracking(
                many.iter()
                    .map(|one| backtracking(&framed(one, options), options, false))
                    .collect::<Result<_, _>>()?,
            ),
        };
        let groups = match &engine {
            Engine::Linear(linear) => linear.regex.captures_len() - 1,
            Engine::Backtracking(regexes) => {
                regexes.iter().map(|regex| regex.captures_len() - 1).sum()
            }
        };
        Ok(Self { engine, groups })
    }

    /// How many groups it has, the whole match not counted.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Whether it matches somewhere in the text.
    pub fn is_match(&self, text: &[u8]) -> bool {
        match &self.engine {
            Engine::Linear(linear) => linear.regex.is_match(Input::new(text).earliest(true)),
            Engine::Backtracking(regexes) => regexes
                .iter()
                .any(|regex| regex.is_match(text).unwrap_or(false)),
        }
    }

    /// Some match at or behind `start`, not necessarily the longest.
    pub fn find_any(&self, text: &[u8], start: usize) -> Option<Range<usize>> {
        match &self.engine {
            Engine::Linear(linear) => Some(
                linear
                    .regex
                    .search(&Input::new(text).range(start..))?
                    .range(),
            ),
            Engine::Backtracking(_) => self.find(text, start),
        }
    }

    /// The leftmost match at or behind `start`, the longest of those.
    pub fn find(&self, text: &[u8], start: usize) -> Option<Range<usize>> {
        match &self.engine {
            Engine::Linear(linear) => linear.find(text, start),
            Engine::Backtracking(regexes) => regexes
                .iter()
                .filter_map(|regex| {
                    let found = regex.find_from_pos(text, start).ok()??;
                    Some(found.start()..found.end())
                })
                .min_by_key(|found| (found.start, usize::MAX - found.end)),
        }
    }

    /// The same with its groups; false when there is none.
    pub fn captures(&self, text: &[u8], start: usize, captures: &mut Captures) -> bool {
        captures.slots.clear();
        match &self.engine {
            Engine::Linear(linear) => linear.captures(text, start, captures),
            Engine::Backtracking(regexes) => {
                let mut best: Option<Vec<Option<usize>>> = None;
                for regex in regexes {
                    let Ok(Some(found)) = regex.captures_from_pos(text, start) else {
                        continue;
                    };
                    let slots: Vec<_> = (0..found.len())
                        .flat_map(|group| {
                            let found = found.get(group);
                            [
                                found.as_ref().map(|found| found.start()),
                                found.as_ref().map(|found| found.end()),
                            ]
                        })
                        .collect();
                    if best
                        .as_ref()
                        .is_none_or(|best| (slots[0], best[1]) < (best[0], slots[1]))
                    {
                        best = Some(slots);
                    }
                }
                let found = best.is_some();
                captures.slots = best.unwrap_or_default();
                found
            }
        }
    }
}

impl Linear {
    fn find(&self, text: &[u8], start: usize) -> Option<Range<usize>> {
        let found = self.regex.search(&Input::new(text).range(start..))?.range();
        Some(found.start..self.longest_end(text, &found))
    }

    /// The end of the longest match that begins where this one does.
    fn longest_end(&self, text: &[u8], found: &Range<usize>) -> usize {
        let Some((dfa, cache)) = &self.longest else {
            return found.end;
        };
        let input = Input::new(text)
            .range(found.start..)
            .anchored(Anchored::Yes);
        // It gives up on what it cannot decide, a word's end beside letters that are not ASCII: then the first
        // match has to do.
        match dfa.try_search_fwd(&mut cache.borrow_mut(), &input) {
            Ok(Some(end)) => end.offset().max(found.end),
            _ => found.end,
        }
    }

    fn captures(&self, text: &[u8], start: usize, captures: &mut Captures) -> bool {
        captures.slots.resize(self.regex.captures_len() * 2, None);
        let mut slots = vec![None; captures.slots.len()];
        let input = Input::new(text).range(start..);
        if self.regex.search_slots(&input, &mut slots).is_none() {
            return false;
        }
        let at = |slot: usize| {
            slots[slot].map(|offset: regex_automata::util::primitives::NonMaxUsize| offset.get())
        };
        let (Some(first), Some(end)) = (at(0), at(1)) else {
            return false;
        };
        let longest = self.longest_end(text, &(first..end));
        if longest > end && self.whole_captures(&text[..longest], first, &mut slots) {
            // The groups of the longer match.
        }
        for (slot, found) in captures.slots.iter_mut().zip(&slots) {
            *slot = found.map(|offset| offset.get());
        }
        captures.slots[1] = Some(longest);
        true
    }

    /// Groups of the match that goes from `first` to the end of the text.
    fn whole_captures(
        &self,
        text: &[u8],
        first: usize,
        slots: &mut [Option<regex_automata::util::primitives::NonMaxUsize>],
    ) -> bool {
        let mut whole = self.whole.borrow_mut();
        if whole.is_none() {
            *whole = linear(&format!("(?:{})\\z", self.text), &self.options).ok();
        }
        let input = Input::new(text).range(first..).anchored(Anchored::Yes);
        whole
            .as_ref()
            .is_some_and(|regex| regex.search_slots(&input, slots).is_some())
    }
}

/// The expression with what the options ask for around it.
fn framed(text: &str, options: &Options) -> String {
    if options.whole_line {
        return if options.by_line {
            format!("(?m:^)(?:{text})(?m:$)")
        } else {
            format!("\\A(?:{text})\\z")
        };
    }
    if options.whole_word {
        return if options.syntax == Syntax::Perl {
            format!("(?<!\\w)(?:{text})(?!\\w)")
        } else {
            format!("\\b{{start-half}}(?:{text})\\b{{end-half}}")
        };
    }
    text.to_owned()
}

fn syntax_config(options: &Options) -> syntax::Config {
    syntax::Config::new()
        .case_insensitive(options.ignore_case)
        .multi_line(options.by_line && options.syntax == Syntax::Perl)
        .unicode(!options.bytes)
        .utf8(false)
        .nest_limit(500)
}

fn linear(text: &str, options: &Options) -> Result<Regex, String> {
    Regex::builder()
        .syntax(syntax_config(options))
        .configure(
            Regex::config()
                .utf8_empty(!options.bytes)
                .nfa_size_limit(Some(PATTERN_LIMIT_BYTES))
                .hybrid_cache_capacity(CACHE_BYTES),
        )
        .build(text)
        .map_err(|error| described(&error.to_string()))
}

/// A lazy DFA that follows all alternatives; `None` where one cannot be built.
fn longest(text: &str, options: &Options) -> Option<(DFA, RefCell<Cache>)> {
    let dfa = DFA::builder()
        .syntax(syntax_config(options))
        .thompson(
            thompson::Config::new()
                .utf8(false)
                .nfa_size_limit(Some(PATTERN_LIMIT_BYTES)),
        )
        .configure(
            DFA::config()
                .match_kind(MatchKind::All)
                .unicode_word_boundary(true)
                .cache_capacity(CACHE_BYTES),
        )
        .build(text)
        .ok()?;
    let cache = RefCell::new(dfa.create_cache());
    Some((dfa, cache))
}

fn backtracking(text: &str, options: &Options, posix: bool) -> Result<fancy_regex::Regex, String> {
    let mode = if options.bytes {
        fancy_regex::BytesMode::Ascii
    } else {
        fancy_regex::BytesMode::UnicodeBytes
    };
    // fancy-regex writes the ends of words in Oniguruma's way.
    let text = if posix {
        text.replace("\\b{start-half}", "(?<!\\w)")
            .replace("\\b{end-half}", "(?!\\w)")
            .replace("\\b{start}", "\\b(?=\\w)")
            .replace("\\b{end}", "\\b(?<=\\w)")
            .replace("[\\s--\\n]", "[ \\t\\r\\x0b\\x0c]")
    } else {
        text.to_owned()
    };
    let mut builder = fancy_regex::RegexBuilder::new(&text);
    builder
        .case_insensitive(options.ignore_case)
        .multi_line(options.by_line && options.syntax == Syntax::Perl)
        .bytes_mode(mode)
        .leftmost_longest(posix)
        .backtrack_limit(BACKTRACK_LIMIT);
    builder
        .build()
        .map_err(|error| described(&error.to_string()))
}

/// The last line of the engine's complaint; what comes before it is a drawing.
fn described(error: &str) -> String {
    let last = error.lines().last().unwrap_or(error);
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests;
