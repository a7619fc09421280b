//! `$x` and `${...}`: which value, and the forms that depend on whether there is one.

use super::{Piece, Purpose};
use crate::escapes;
use crate::options::SetOption;
use crate::parameters::{Key, split_subscript};
use crate::parse::ast::{Operation, Parameter, ParameterName, Part, Subscript, Word};
use crate::parse::{PlainHost, whole_word};
use crate::shell::{Shell, Unwind};
use crate::text::is_name;

/// Exit status of a script ended by `${x?}` or by an unset variable under `set -u`.
const UNSET_STATUS: i32 = 1;

/// Exit status of a command string ended by `${x?}`.
const NO_STRING_STATUS: i32 = 127;

/// What a parameter stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Values {
    /// Nothing was assigned.
    Unset,
    /// One string.
    One(String),
    /// `$@`, `$*`, `${a[@]}`, `${a[*]}`.
    Many {
        /// The strings.
        values: Vec<String>,
        /// Joined to one string between double quotes.
        star: bool,
    },
}

impl Values {
    /// The same with every string changed.
    pub fn map(self, mut change: impl FnMut(String) -> String) -> Self {
        match self {
            Self::Unset => Self::Unset,
            Self::One(text) => Self::One(change(text)),
            Self::Many { values, star } => Self::Many {
                values: values.into_iter().map(change).collect(),
                star,
            },
        }
    }
}

impl Shell {
    /// Expands one parameter expansion to pieces.
    pub(super) fn expand_parameter(
        &mut self,
        parameter: &Parameter,
        quoted: bool,
        purpose: Purpose,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Unwind> {
        if matches!(parameter.operation, Operation::Bad) {
            self.error(&format!("{}: bad substitution", parameter.text));
            return Err(self.end_of_errexit().unwrap_or(Unwind::Discard(1)));
        }
        if let Some(values) = self.names_or_keys(parameter) {
            self.emit(values, quoted, purpose, pieces);
            return Ok(());
        }
        if let Some(target) = self.reference_target(parameter) {
            self.emit(Values::One(target), quoted, purpose, pieces);
            return Ok(());
        }
        let no_name = matches!(parameter.name, ParameterName::Special('@' | '*'));
        if parameter.indirect && no_name && self.positional.is_empty() {
            return Ok(());
        }
        let indirect;
        let name = if parameter.indirect {
            indirect = self.indirect(parameter)?;
            &indirect
        } else {
            &parameter.name
        };
        let values = self.parameter_values(name)?;
        match &parameter.operation {
            Operation::Default {
                operator,
                colon,
                word,
            } => {
                return self.default_form(
                    parameter,
                    name,
                    values,
                    (*operator, *colon, word),
                    quoted,
                    purpose,
                    pieces,
                );
            }
            Operation::Transform(operator @ ('a' | 'A'))
                if matches!(name, ParameterName::Special('@' | '*')) =>
            {
                // They have no attributes, and what declares them is `set`.
                let set = *operator == 'A' && !self.positional.is_empty();
                let quoted_all = self
                    .positional
                    .iter()
                    .map(|text| escapes::quote_always(text));
                let values = match set {
                    true => Values::One(format!(
                        "set -- {}",
                        quoted_all.collect::<Vec<_>>().join(" ")
                    )),
                    false => Values::Unset,
                };
                self.emit(values, quoted, purpose, pieces);
                return Ok(());
            }
            Operation::Transform('a' | 'A' | 'K' | 'k')
                if !matches!(name, ParameterName::Special(_)) =>
            {
                // An array without the element 0 is set all the same.
                let empty = match name {
                    ParameterName::Variable(name) => self
                        .elements(name)
                        .is_none_or(|elements| elements.is_empty()),
                    _ => true,
                };
                if self.option(SetOption::NoUnset) && values == Values::Unset && empty {
                    if parameter.indirect {
                        let name = shown(&parameter.name);
                        self.error(&format!("!{name}: unbound variable"));
                        return Err(Unwind::Fatal(UNSET_STATUS));
                    }
                    return Err(self.unbound(name, &parameter.text));
                }
                let values = self.describe(name, values, &parameter.operation);
                self.emit(values, quoted, purpose, pieces);
                return Ok(());
            }
            _ => {}
        }
        if matches!(parameter.operation, Operation::Length) && self.names_element(name) {
            // Bash looks for a variable of the name `array[index]` here, and there is none.
            self.emit(Values::One("0".to_owned()), quoted, purpose, pieces);
            return Ok(());
        }
        if let (Operation::Length, ParameterName::Element(array, _)) = (&parameter.operation, name)
            && self.option(SetOption::NoUnset)
        {
            // What counts is the array: an element that is not there has no length.
            if self.elements(array).is_none() {
                self.error(&format!("{array}: unbound variable"));
                return Err(Unwind::Fatal(UNSET_STATUS));
            }
        } else if values == Values::Unset
            && self.option(SetOption::NoUnset)
            && !self.names_element(name)
        {
            return Err(self.unbound(name, &parameter.text));
        }
        let values = match &parameter.operation {
            Operation::Length => Values::One(length(&values).to_string()),
            operation => self.operate(name, values, operation)?,
        };
        self.emit(values, quoted, purpose, pieces);
        Ok(())
    }

    /// Whether a name reference stands for an element of an array.
    fn names_element(&self, name: &ParameterName) -> bool {
        matches!(name, ParameterName::Variable(name)
            if self.variables.is_reference(name) && self.variables.resolve(name).contains('['))
    }

    /// The complaint of `set -u`.
    fn unbound(&mut self, name: &ParameterName, text: &str) -> Unwind {
        let shown = match name {
            ParameterName::Positional(number) if !text.starts_with("${") => format!("${number}"),
            other => shown(other),
        };
        self.error(&format!("{shown}: unbound variable"));
        self.end_of_errexit().unwrap_or(Unwind::Fatal(UNSET_STATUS))
    }

    /// Adds values as pieces.
    fn emit(&mut self, values: Values, quoted: bool, purpose: Purpose, pieces: &mut Vec<Piece>) {
        match values {
            Values::Unset => {
                if quoted {
                    pieces.push(Piece::quoted(""));
                }
            }
            Values::One(text) => pieces.push(Piece::Text {
                text,
                quoted,
                split: !quoted,
            }),
            Values::Many { values, star } => {
                // Bash joins them all and splits the result, which shows where it joins them by no blank.
                let joined_first = !quoted
                    && self
                        .star_separator()
                        .starts_with(|first: char| !first.is_whitespace());
                let joined = if purpose == Purpose::Single {
                    star
                } else {
                    joined_first || (star && quoted)
                };
                if joined {
                    let text = values.join(&self.star_separator());
                    pieces.push(Piece::Text {
                        text,
                        quoted,
                        split: !quoted,
                    });
                    return;
                }
                let splits = !quoted && self.setting("IFS") != Some("");
                for (index, text) in values.into_iter().enumerate() {
                    if index > 0 {
                        pieces.push(Piece::Break);
                    }
                    pieces.push(Piece::Text {
                        text,
                        quoted,
                        split: splits,
                    });
                }
            }
        }
    }

    /// `${!prefix*}` and `${!name[@]}`.
    fn names_or_keys(&mut self, parameter: &Parameter) -> Option<Values> {
        let ParameterName::Variable(name) = &parameter.name else {
            return None;
        };
        match parameter.operation {
            Operation::Names(at) => {
                let names_of_functions = self.in_function();
                let mut names = self.variable_names();
                names.push("PIPESTATUS".to_owned());
                names.sort();
                names.dedup();
                let values = names
                    .into_iter()
                    .filter(|known| known.starts_with(name.as_str()))
                    .filter(|known| names_of_functions || known != "FUNCNAME")
                    .filter(|known| {
                        self.variables
                            .get(known)
                            .is_none_or(|variable| variable.value != crate::variables::Value::Unset)
                    })
                    .collect();
                Some(Values::Many { values, star: !at })
            }
            Operation::Keys(at) => {
                let values = self
                    .elements(name)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(key, _)| key)
                    .collect();
                Some(Values::Many { values, star: !at })
            }
            _ => None,
        }
    }

    /// `${!x}` of a name reference: the name it stands for.
    fn reference_target(&self, parameter: &Parameter) -> Option<String> {
        let ParameterName::Variable(name) = &parameter.name else {
            return None;
        };
        let is_reference = self.variables.get(name)?.attributes.reference;
        (parameter.indirect && is_reference).then(|| self.variables.resolve(name))
    }

    /// What `${!x}` means: the parameter named by the value of `x`.
    fn indirect(&mut self, parameter: &Parameter) -> Result<ParameterName, Unwind> {
        let values = self.parameter_values(&parameter.name)?;
        let text = match values {
            Values::One(text) => text,
            Values::Many { values, .. } => values.join(" "),
            Values::Unset if matches!(parameter.name, ParameterName::Positional(_)) => {
                // As what is not set, no other than a number too big.
                return Ok(ParameterName::Positional(usize::MAX));
            }
            Values::Unset => {
                self.error(&format!(
                    "{}: invalid indirect expansion",
                    shown(&parameter.name)
                ));
                return Err(Unwind::Discard(1));
            }
        };
        match name_from_text(&text, &mut self.plain_host()) {
            Some(name) => Ok(name),
            None => {
                self.error(&format!("{text}: invalid variable name"));
                Err(Unwind::Discard(1))
            }
        }
    }

    /// The value or values of a parameter.
    pub(super) fn parameter_values(&mut self, name: &ParameterName) -> Result<Values, Unwind> {
        let one = |text: Option<String>| text.map_or(Values::Unset, Values::One);
        Ok(match name {
            ParameterName::Variable(name) => {
                let target = self.variables.resolve(name);
                match split_subscript(&target) {
                    Some((array, "@")) => self.all_values(array, false),
                    _ => one(self.parameter(name)),
                }
            }
            ParameterName::Positional(0) => Values::One(self.name.clone()),
            ParameterName::Positional(number) => one(self.positional.get(number - 1).cloned()),
            ParameterName::Special(special) => self.special_values(*special),
            ParameterName::Element(name, Subscript::At) => self.all_values(name, false),
            ParameterName::Element(name, Subscript::Star) => self.all_values(name, true),
            ParameterName::Element(name, Subscript::Index(word)) => {
                let subscript = self.expand_subscript(name, word)?;
                match self.key_if_any(name, &subscript)? {
                    Some(key) => one(self.element(name, &key)),
                    None => {
                        self.error(&format!("{name}: bad array subscript"));
                        Values::One(String::new())
                    }
                }
            }
        })
    }

    fn all_values(&mut self, name: &str, star: bool) -> Values {
        let values = self
            .elements(name)
            .unwrap_or_default()
            .into_iter()
            .map(|(_, value)| value)
            .collect();
        Values::Many { values, star }
    }

    /// The text of a subscript.
    fn expand_subscript(&mut self, name: &str, word: &Word) -> Result<String, Unwind> {
        let indexed = !self.is_associative(name);
        if indexed && matches!(word.parts.as_slice(), [Part::Quoted(_)]) && word.text.contains('\'')
        {
            // Arithmetic knows no single quotes.
            return Ok(word.text.clone());
        }
        // A tilde is no home here.
        let text = match word.text.starts_with('~') {
            true => self.expand_quoted(word)?,
            false if indexed => self.expand_operand(word)?,
            false => self.expand_single(word)?,
        };
        if indexed && text.is_empty() && !word.text.is_empty() {
            // What expands to nothing counts as 0, like everywhere in arithmetic.
            return Ok("0".to_owned());
        }
        Ok(text)
    }

    /// A subscript as a key: expanded, then evaluated unless the array is associative.
    pub fn subscript(&mut self, name: &str, word: &Word) -> Result<Key, Unwind> {
        let text = self.expand_subscript(name, word)?;
        self.key(name, &text)
    }

    fn special_values(&mut self, special: char) -> Values {
        let text = match special {
            '@' | '*' => {
                return Values::Many {
                    values: self.positional.clone(),
                    star: special == '*',
                };
            }
            '#' => self.positional.len().to_string(),
            '?' => self.status.to_string(),
            '-' => self.flags(),
            '$' => self.shell_pid.to_string(),
            '!' => match self.jobs.last_background {
                Some(pid) => pid.to_string(),
                None => return Values::Unset,
            },
            _ => return Values::Unset,
        };
        Values::One(text)
    }

    /// `$-`
    fn flags(&self) -> String {
        let mut flags = self.options.letters();
        if self.mode.interactive {
            let place = flags
                .find(|letter: char| letter > 'i' || letter.is_ascii_uppercase())
                .unwrap_or(flags.len());
            flags.insert(place, 'i');
        }
        if self.is_restricted() {
            let place = flags
                .find(|letter| !('a'..='r').contains(&letter))
                .unwrap_or(flags.len());
            flags.insert(place, 'r');
        }
        if self.mode.command_string {
            flags.push('c');
        }
        if self.mode.from_stdin {
            flags.push('s');
        }
        flags
    }

    /// `${x-w}`, `${x=w}`, `${x?w}`, `${x+w}`.
    #[expect(clippy::too_many_arguments, reason = "one form with all it depends on")]
    fn default_form(
        &mut self,
        parameter: &Parameter,
        name: &ParameterName,
        values: Values,
        (operator, colon, word): (char, bool, &Word),
        quoted: bool,
        purpose: Purpose,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Unwind> {
        let present = match &values {
            Values::Unset => false,
            Values::One(text) => !colon || !text.is_empty(),
            Values::Many { values, .. } => {
                !values.is_empty()
                    && (!colon || values.len() > 1 || values.iter().any(|value| !value.is_empty()))
            }
        };
        match operator {
            '+' => {
                if present {
                    return self.default_word(word, quoted, purpose, pieces);
                }
                if quoted && !matches!(values, Values::Many { star: false, .. }) {
                    pieces.push(Piece::quoted(""));
                }
            }
            _ if present => self.emit(values, quoted, purpose, pieces),
            '-' => return self.default_word(word, quoted, purpose, pieces),
            '=' => {
                let text = if quoted {
                    self.expand_quoted(word)?
                } else {
                    self.expand_single(word)?
                };
                self.assign_default(name, &text)?;
                // Attributes of the variable may have made something else of it.
                let text = match self.parameter_values(name)? {
                    Values::One(stored) => stored,
                    _ => text,
                };
                pieces.push(Piece::Text {
                    text,
                    quoted,
                    split: !quoted,
                });
            }
            _ => {
                let mut message = self.expand_single(word)?;
                if message.is_empty() {
                    message = if colon {
                        "parameter null or not set"
                    } else {
                        "parameter not set"
                    }
                    .to_owned();
                }
                let shown = if parameter.indirect {
                    shown(name)
                } else {
                    shown(&parameter.name)
                };
                self.error(&format!("{shown}: {message}"));
                if let Some(end) = self.end_of_errexit() {
                    return Err(end);
                }
                return Err(if self.mode.command_string && !self.is_child {
                    Unwind::Exit(NO_STRING_STATUS)
                } else {
                    Unwind::Fatal(UNSET_STATUS)
                });
            }
        }
        Ok(())
    }

    /// The word of `${x-w}`: unquoted text in it is split like the result of an expansion.
    fn default_word(
        &mut self,
        word: &Word,
        quoted: bool,
        purpose: Purpose,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), Unwind> {
        let before = pieces.len();
        self.expand_parts(&word.parts, quoted, purpose, pieces)?;
        if quoted {
            if pieces.len() == before {
                pieces.push(Piece::quoted(""));
            }
            return Ok(());
        }
        for piece in pieces.iter_mut().skip(before) {
            if let Piece::Text {
                quoted: false,
                split,
                ..
            } = piece
            {
                *split = true;
            }
        }
        Ok(())
    }

    fn assign_default(&mut self, name: &ParameterName, text: &str) -> Result<(), Unwind> {
        let result = match name {
            ParameterName::Variable(name) => self.assign(name, text, false),
            ParameterName::Element(name, Subscript::Index(word)) => {
                let key = self.subscript(name, word)?;
                self.assign_element(name, key, text, false)
            }
            _ => {
                self.error(&format!("${}: cannot assign in this way", shown(name)));
                return Err(Unwind::Discard(1));
            }
        };
        result.map_err(|refused| refused.or(Unwind::Discard(1)))
    }

    /// Whether expanding these parts in this process instead of in a child makes no difference: nothing in
    /// them assigns, fails on purpose, runs a command or differs from time to time.
    pub fn is_pure(parts: &[Part]) -> bool {
        parts.iter().all(|part| match part {
            Part::Literal(_) | Part::Quoted(_) => true,
            Part::Double(inner) => Self::is_pure(inner),
            Part::Arithmetic(_)
            | Part::Command(..)
            | Part::Backquoted(_)
            | Part::Process(..)
            | Part::Broken(..) => false,
            Part::Parameter(parameter) => {
                let name = match &parameter.name {
                    ParameterName::Variable(name) => !matches!(
                        name.as_str(),
                        "RANDOM" | "SRANDOM" | "BASHPID" | "BASH_SUBSHELL"
                    ),
                    ParameterName::Element(_, Subscript::Index(word)) => word
                        .literal()
                        .is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit())),
                    _ => true,
                };
                let operation = match &parameter.operation {
                    Operation::Value | Operation::Length => true,
                    Operation::RemovePrefix { pattern, .. }
                    | Operation::RemoveSuffix { pattern, .. } => Self::is_pure(&pattern.parts),
                    Operation::Default {
                        operator: '-' | '+',
                        word,
                        ..
                    } => Self::is_pure(&word.parts),
                    _ => false,
                };
                name && operation && !parameter.indirect
            }
        })
    }

    /// Expands an arithmetic word of an operation on a parameter and evaluates it.
    pub(super) fn operation_number(
        &mut self,
        name: &ParameterName,
        word: &Word,
    ) -> Result<i64, Unwind> {
        let expression = self.expand_expression(&word.parts)?;
        self.arithmetic_for(&expression, &format!("{}: ", shown(name)))
    }
}

/// The number `${#x}` gives.
fn length(values: &Values) -> usize {
    match values {
        Values::Unset => 0,
        Values::One(text) => text.chars().count(),
        Values::Many { values, .. } => values.len(),
    }
}

/// How messages call a parameter.
pub(super) fn shown(name: &ParameterName) -> String {
    match name {
        ParameterName::Variable(name) => name.clone(),
        ParameterName::Positional(number) => number.to_string(),
        ParameterName::Special(special) => special.to_string(),
        ParameterName::Element(name, Subscript::At) => format!("{name}[@]"),
        ParameterName::Element(name, Subscript::Star) => format!("{name}[*]"),
        ParameterName::Element(name, Subscript::Index(word)) => format!("{name}[{}]", word.text),
    }
}

/// The parameter a text names, as in `${!x}`.
pub fn name_from_text(text: &str, host: &mut PlainHost) -> Option<ParameterName> {
    if is_name(text) {
        return Some(ParameterName::Variable(text.to_owned()));
    }
    if let Some((name, subscript)) = split_subscript(text) {
        let subscript = match subscript {
            "@" => Subscript::At,
            "*" => Subscript::Star,
            other => {
                Subscript::Index(whole_word(other, 1, host).unwrap_or_else(|_| Word::quoted(other)))
            }
        };
        return Some(ParameterName::Element(name.to_owned(), subscript));
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(ParameterName::Positional(
            text.parse().unwrap_or(usize::MAX),
        ));
    }
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(special @ ('@' | '*' | '#' | '?' | '-' | '$' | '!')), None) => {
            Some(ParameterName::Special(special))
        }
        _ => None,
    }
}
