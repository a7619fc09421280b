//! What `${...}` does to values: patterns, substrings, case, transformations.

use super::parameter::Values;
use super::{Piece, Purpose};
use crate::escapes;
use crate::parse::ast::{Operation, ParameterName, ReplacePlace, Subscript, Word};
use crate::pattern::{Pattern, PatternOptions, unescape};
use crate::shell::{Shell, Unwind};
use crate::text::{lower, upper};
use crate::variables::{Value, Variable};

/// A piece of what stands for a match in `${x/p/r}`.
#[derive(Clone, Debug)]
enum Replacement {
    Text(String),
    /// `&`
    Match,
}

impl Shell {
    fn pattern_options(&self) -> PatternOptions {
        PatternOptions {
            extended: self.shopt.get("extglob"),
            ignore_case: false,
        }
    }

    /// Does an operation on every value.
    pub(super) fn operate(
        &mut self,
        name: &ParameterName,
        values: Values,
        operation: &Operation,
    ) -> Result<Values, Unwind> {
        Ok(match operation {
            Operation::RemovePrefix { longest, pattern } => {
                let pattern = self.expand_pattern(pattern)?;
                let pattern = Pattern::new(&pattern, self.pattern_options());
                values.map(|text| remove_prefix(text, &pattern, *longest))
            }
            Operation::RemoveSuffix { longest, pattern } => {
                let pattern = self.expand_pattern(pattern)?;
                let pattern = Pattern::new(&pattern, self.pattern_options());
                values.map(|text| remove_suffix(text, &pattern, *longest))
            }
            Operation::Replace {
                place,
                pattern,
                replacement,
            } => {
                let source = self.expand_pattern(pattern)?;
                let options = PatternOptions {
                    ignore_case: self.shopt.get("nocasematch"),
                    ..self.pattern_options()
                };
                let replacement = self.replacement(replacement.as_ref())?;
                if source.is_empty()
                    && !matches!(place, ReplacePlace::Beginning | ReplacePlace::End)
                {
                    return Ok(values);
                }
                let plain = (!options.ignore_case
                    && !crate::pattern::has_special(&source, options.extended))
                .then(|| unescape(&source));
                let pattern = Pattern::new(&source, options);
                values.map(|text| match &plain {
                    Some(plain) => replace_plain(&text, plain, *place, &replacement),
                    None => replace(&text, &pattern, *place, &replacement),
                })
            }
            Operation::Substring { offset, length } => {
                self.substring(name, values, offset, length.as_ref())?
            }
            Operation::Case {
                operator,
                all,
                pattern,
            } => {
                let source = self.expand_pattern(pattern)?;
                let pattern =
                    (!source.is_empty()).then(|| Pattern::new(&source, self.pattern_options()));
                values.map(|text| change_case(&text, *operator, *all, pattern.as_ref()))
            }
            Operation::Transform(operator) => self.transform(values, *operator)?,
            _ => values,
        })
    }

    /// The word that stands for a match, with its `&`.
    fn replacement(&mut self, word: Option<&Word>) -> Result<Vec<Replacement>, Unwind> {
        let Some(word) = word else {
            return Ok(Vec::new());
        };
        let mut pieces = Vec::new();
        self.expand_parts(&word.parts, false, Purpose::Single, &mut pieces)?;
        let references = self.shopt.get("patsub_replacement");
        let mut replacement = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text {
                    text,
                    quoted: false,
                    ..
                } if references && text.contains(['&', '\\']) => {
                    split_references(&text, &mut replacement);
                }
                Piece::Text { text, .. } => replacement.push(Replacement::Text(text)),
                Piece::Break => replacement.push(Replacement::Text(" ".to_owned())),
            }
        }
        Ok(replacement)
    }

    fn substring(
        &mut self,
        name: &ParameterName,
        values: Values,
        offset: &Word,
        length: Option<&Word>,
    ) -> Result<Values, Unwind> {
        let offset = self.operation_number(name, offset)?;
        let length = match length {
            Some(word) => Some((self.operation_number(name, word)?, word)),
            None => None,
        };
        match values {
            Values::Unset => Ok(Values::One(String::new())),
            Values::One(text) => self.substring_of(&text, offset, length),
            Values::Many { mut values, star } => {
                if matches!(name, ParameterName::Special(_)) {
                    // `$0` counts as the element before the first.
                    values.insert(0, self.name.clone());
                    let range = self.range(values.len(), offset, length, false)?;
                    let values = range
                        .map(|(start, end)| values[start..end].to_vec())
                        .unwrap_or_default();
                    return Ok(Values::Many { values, star });
                }
                if let ParameterName::Element(array, _) = name
                    && let Some(text) = self.plain_text_of(array)
                {
                    // A variable that is no array is sliced as if there were no subscript.
                    return self.substring_of(&text, offset, length);
                }
                if let ParameterName::Element(array, _) = name {
                    return self.array_slice(array, offset, length, star);
                }
                let range = self.range(values.len(), offset, length, false)?;
                let values = range
                    .map(|(start, end)| values[start..end].to_vec())
                    .unwrap_or_default();
                Ok(Values::Many { values, star })
            }
        }
    }

    /// The text of a variable that is no array.
    fn plain_text_of(&self, name: &str) -> Option<String> {
        let target = self.variables.resolve(name);
        match &self.variables.get(&target)?.value {
            Value::Scalar(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn substring_of(
        &mut self,
        text: &str,
        offset: i64,
        length: Option<(i64, &Word)>,
    ) -> Result<Values, Unwind> {
        let characters: Vec<char> = text.chars().collect();
        let range = self.range(characters.len(), offset, length, true)?;
        Ok(Values::One(
            range
                .map(|(start, end)| characters[start..end].iter().collect())
                .unwrap_or_default(),
        ))
    }

    /// `${a[@]:o:l}`: the offset counts subscripts, the length elements.
    fn array_slice(
        &mut self,
        array: &str,
        offset: i64,
        length: Option<(i64, &Word)>,
        star: bool,
    ) -> Result<Values, Unwind> {
        let elements = self.elements(array).unwrap_or_default();
        let start = if self.is_associative(array) {
            // Their order means nothing; what counts is the position, from 1.
            usize::try_from(offset.max(1) - 1).unwrap_or(usize::MAX)
        } else {
            let last = elements
                .last()
                .and_then(|(key, _)| key.parse::<i64>().ok())
                .unwrap_or(-1);
            let first = if offset < 0 {
                last.saturating_add(1).saturating_add(offset)
            } else {
                offset
            };
            if first < 0 {
                return Ok(Values::Many {
                    values: Vec::new(),
                    star,
                });
            }
            elements
                .iter()
                .position(|(key, _)| key.parse::<i64>().is_ok_and(|key| key >= first))
                .unwrap_or(elements.len())
        };
        let count = match length {
            Some(_) if start >= elements.len() => 0,
            Some((length, word)) if length < 0 => {
                self.error(&format!("{}: substring expression < 0", word.text.trim()));
                return Err(Unwind::Discard(1));
            }
            Some((length, _)) => usize::try_from(length).unwrap_or(usize::MAX),
            None => usize::MAX,
        };
        let values = elements
            .into_iter()
            .skip(start)
            .take(count)
            .map(|(_, value)| value)
            .collect();
        Ok(Values::Many { values, star })
    }

    /// The part `offset` and `length` mean of something that long; `None` when it begins outside.
    fn range(
        &mut self,
        total: usize,
        offset: i64,
        length: Option<(i64, &Word)>,
        from_end: bool,
    ) -> Result<Option<(usize, usize)>, Unwind> {
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        let start = if offset < 0 {
            total.saturating_add(offset)
        } else {
            offset
        };
        if start < 0 || start > total {
            return Ok(None);
        }
        let end = match length {
            None => total,
            Some((length, word)) if length < 0 => {
                let end = total + length;
                if !from_end || end < start {
                    self.error(&format!("{}: substring expression < 0", word.text.trim()));
                    return Err(Unwind::Discard(1));
                }
                end
            }
            Some((length, _)) => start.saturating_add(length).min(total),
        };
        Ok(Some((
            usize::try_from(start).unwrap_or(0),
            usize::try_from(end).unwrap_or(0),
        )))
    }

    /// `${x@U}` and its sisters that change every value for itself.
    fn transform(&mut self, values: Values, operator: char) -> Result<Values, Unwind> {
        if operator == 'P' {
            let mut failed = None;
            let shown = values.map(|text| match self.expand_prompt_plainly(&text) {
                Ok(text) => text,
                Err(unwind) => {
                    failed = Some(unwind);
                    String::new()
                }
            });
            return failed.map_or(Ok(shown), Err);
        }
        Ok(values.map(|text| match operator {
            'Q' => escapes::quote_always(&text),
            'E' => escapes::ansi_c(&text),
            'U' => text.chars().map(upper).collect(),
            'L' => text.chars().map(lower).collect(),
            'u' => change_case(&text, '^', false, None),
            'K' | 'k' => escapes::quote_always(&text),
            _ => text,
        }))
    }

    /// `${x@a}`, `${x@A}`, `${x@K}`, `${x@k}`: about the variable rather than its value.
    pub(super) fn describe(
        &mut self,
        name: &ParameterName,
        values: Values,
        operation: &Operation,
    ) -> Values {
        let (variable_name, subscript) = match name {
            ParameterName::Variable(name) => (name, None),
            ParameterName::Element(name, subscript) => (name, Some(subscript)),
            _ => return values,
        };
        let target = self.variables.resolve(variable_name);
        let Some(variable) = self.variables.get(&target).cloned() else {
            return Values::Unset;
        };
        let Operation::Transform(operator) = operation else {
            return values;
        };
        let whole = matches!(subscript, Some(Subscript::At | Subscript::Star));
        match operator {
            'a' => {
                let count = if whole {
                    variable.all().len().max(1)
                } else {
                    1
                };
                if whole {
                    Values::Many {
                        values: vec![variable.flags(); count],
                        star: matches!(subscript, Some(Subscript::Star)),
                    }
                } else {
                    Values::One(variable.flags())
                }
            }
            'A' => {
                let value = match &values {
                    Values::One(value) => Some(value.as_str()),
                    _ => None,
                };
                Values::One(declaration(&target, &variable, value, whole))
            }
            'K' if whole => Values::One(pairs(&variable)),
            'k' if whole => {
                let values = variable
                    .keys()
                    .into_iter()
                    .zip(variable.all())
                    .flat_map(|(key, value)| [key, value]);
                Values::Many {
                    values: values.collect(),
                    star: false,
                }
            }
            _ => values.map(|text| escapes::quote_always(&text)),
        }
    }
}

/// `k "v" k "v"`
fn pairs(variable: &Variable) -> String {
    let pairs: Vec<String> = variable
        .keys()
        .iter()
        .zip(variable.all())
        .map(|(key, value)| {
            let key = crate::builtins::declare::quote_key(key);
            format!("{key} {}", escapes::quote_double(&value))
        })
        .collect();
    let mut text = pairs.join(" ");
    if matches!(variable.value, Value::Associative(_)) {
        // As `declare -p` has it.
        text.push(' ');
    }
    text
}

/// What `${x@A}` gives: a command that makes the variable again.
fn declaration(name: &str, variable: &Variable, value: Option<&str>, whole: bool) -> String {
    let flags = variable.flags();
    if whole || matches!(variable.value, Value::Unset) {
        return crate::builtins::declare::declaration_text(name, variable);
    }
    let Some(value) = value else {
        return format!("declare -{flags} {name}");
    };
    let value = escapes::quote_always(value);
    if flags.is_empty() {
        format!("{name}={value}")
    } else {
        format!("declare -{flags} {name}={value}")
    }
}

fn split_references(text: &str, replacement: &mut Vec<Replacement>) {
    let mut plain = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if matches!(characters.peek(), Some('&' | '\\')) => {
                plain.extend(characters.next())
            }
            '&' => {
                replacement.push(Replacement::Text(std::mem::take(&mut plain)));
                replacement.push(Replacement::Match);
            }
            other => plain.push(other),
        }
    }
    replacement.push(Replacement::Text(plain));
}

fn remove_prefix(text: String, pattern: &Pattern, longest: bool) -> String {
    let characters: Vec<char> = text.chars().collect();
    let ends = pattern.matches_from(&characters, 0);
    let end = if longest { ends.last() } else { ends.first() };
    match end {
        Some(end) => characters.get(*end..).unwrap_or_default().iter().collect(),
        None => text,
    }
}

fn remove_suffix(text: String, pattern: &Pattern, longest: bool) -> String {
    let characters: Vec<char> = text.chars().collect();
    let starts = pattern.matches_to_end(&characters);
    let start = if longest {
        starts.last()
    } else {
        starts.first()
    };
    match start {
        Some(start) => characters
            .get(..*start)
            .unwrap_or_default()
            .iter()
            .collect(),
        None => text,
    }
}

fn push_replacement(output: &mut String, replacement: &[Replacement], matched: &str) {
    for part in replacement {
        match part {
            Replacement::Text(text) => output.push_str(text),
            Replacement::Match => output.push_str(matched),
        }
    }
}

/// Replacing a text that is no pattern.
fn replace_plain(
    text: &str,
    plain: &str,
    place: ReplacePlace,
    replacement: &[Replacement],
) -> String {
    let mut output = String::with_capacity(text.len());
    match place {
        ReplacePlace::Beginning => match text.strip_prefix(plain) {
            Some(rest) => {
                push_replacement(&mut output, replacement, plain);
                output.push_str(rest);
            }
            None => output.push_str(text),
        },
        ReplacePlace::End => match text.strip_suffix(plain) {
            Some(head) => {
                output.push_str(head);
                push_replacement(&mut output, replacement, plain);
            }
            None => output.push_str(text),
        },
        ReplacePlace::First | ReplacePlace::All => {
            let mut rest = text;
            while let Some(at) = rest.find(plain) {
                output.push_str(rest.get(..at).unwrap_or_default());
                push_replacement(&mut output, replacement, plain);
                rest = rest.get(at + plain.len()..).unwrap_or_default();
                if place == ReplacePlace::First {
                    break;
                }
            }
            output.push_str(rest);
        }
    }
    output
}

fn replace(
    text: &str,
    pattern: &Pattern,
    place: ReplacePlace,
    replacement: &[Replacement],
) -> String {
    if text.is_empty() && pattern.matches("") {
        // The one place where a match of nothing counts.
        let mut output = String::new();
        push_replacement(&mut output, replacement, "");
        return output;
    }
    let characters: Vec<char> = text.chars().collect();
    let slice = |start: usize, end: usize| {
        characters
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .collect::<String>()
    };
    let longest = |start: usize| pattern.matches_from(&characters, start).last().copied();
    let mut output = String::with_capacity(text.len());
    match place {
        ReplacePlace::Beginning => match longest(0) {
            Some(end) => {
                push_replacement(&mut output, replacement, &slice(0, end));
                output.push_str(&slice(end, characters.len()));
                output
            }
            None => text.to_owned(),
        },
        ReplacePlace::End => {
            let start = (0..=characters.len()).find(|start| {
                pattern
                    .matches_from(&characters, *start)
                    .contains(&characters.len())
            });
            let Some(start) = start else {
                return text.to_owned();
            };
            output.push_str(&slice(0, start));
            push_replacement(&mut output, replacement, &slice(start, characters.len()));
            output
        }
        ReplacePlace::First | ReplacePlace::All => {
            let mut at = 0;
            while at < characters.len() {
                match longest(at) {
                    Some(end) => {
                        push_replacement(&mut output, replacement, &slice(at, end));
                        if place == ReplacePlace::First {
                            at = end;
                            break;
                        }
                        if end == at {
                            // Nothing matched here: on with the next character.
                            output.extend(characters.get(at));
                            at += 1;
                        } else {
                            at = end;
                        }
                    }
                    None => {
                        output.extend(characters.get(at));
                        at += 1;
                    }
                }
            }
            output.push_str(&slice(at, characters.len()));
            output
        }
    }
}

fn change_case(text: &str, operator: char, all: bool, pattern: Option<&Pattern>) -> String {
    let mut output = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        let chosen = (all || index == 0)
            && pattern.is_none_or(|pattern| pattern.matches(character.encode_utf8(&mut [0; 4])));
        match operator {
            '^' if chosen => output.push(upper(character)),
            ',' if chosen => output.push(lower(character)),
            '~' if chosen && character.is_uppercase() => output.push(lower(character)),
            '~' if chosen => output.push(upper(character)),
            _ => output.push(character),
        }
    }
    output
}
