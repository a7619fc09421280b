//! Variables as scripts see them: special ones, arrays, references, attributes.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::options::SetOption;
use crate::parse::{self, PlainHost};
use crate::shell::{Outcome, Shell, Unwind};
use crate::text;
use crate::variables::{ALIAS_BUCKETS, Associative, COMMAND_BUCKETS, Value, Variable};

/// The version of bash this shell follows.
pub const BASH_VERSION: [&str; 6] = ["5", "2", "15", "1", "release", "wasm32-unknown-wasi"];
/// Highest index of an array. Bash allows more, but nobody means it.
const INDEX_MAX: i64 = i64::MAX;

/// Variables that have no value of their own, with their attributes.
const COMPUTED: [(&str, &str); 22] = [
    ("BASHOPTS", "r"),
    ("BASHPID", "i"),
    ("BASH_ALIASES", "A"),
    ("BASH_ARGC", "a"),
    ("BASH_ARGV", "a"),
    ("BASH_ARGV0", ""),
    ("BASH_CMDS", "A"),
    ("BASH_COMMAND", ""),
    ("BASH_LINENO", "a"),
    ("BASH_SOURCE", "a"),
    ("BASH_SUBSHELL", ""),
    ("DIRSTACK", "a"),
    ("EPOCHREALTIME", ""),
    ("EPOCHSECONDS", ""),
    ("FUNCNAME", "a"),
    ("GROUPS", "a"),
    ("HISTCMD", "i"),
    ("LINENO", ""),
    ("RANDOM", "i"),
    ("SECONDS", ""),
    ("SHELLOPTS", "r"),
    ("SRANDOM", "i"),
];

/// Where a subscript points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key {
    /// Into an indexed array.
    Index(u64),
    /// Into an associative one.
    Text(String),
}

/// Why an assignment was refused; the message has been given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The variable cannot be changed, or not in this way.
    Told,
    /// What should be assigned could not be evaluated, which ends more than the command.
    Unwind(Unwind),
}

impl Refused {
    /// What follows where a plain refusal means `otherwise`.
    pub fn or(self, otherwise: Unwind) -> Unwind {
        match self {
            Self::Told => otherwise,
            Self::Unwind(unwind) => unwind,
        }
    }

    /// The end of a command that failed by it.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Told => Ok(1),
            Self::Unwind(unwind) => Err(unwind),
        }
    }
}

impl From<Unwind> for Refused {
    fn from(unwind: Unwind) -> Self {
        match unwind {
            Unwind::Discard(_) => Self::Told,
            other => Self::Unwind(other),
        }
    }
}

impl Shell {
    /// What `$name` gives.
    pub fn parameter(&mut self, name: &str) -> Option<String> {
        if let Some(value) = self.special_variable(name) {
            return Some(value);
        }
        let variable = self.variables.get(name)?;
        if !variable.attributes.reference {
            return variable.text().map(str::to_owned);
        }
        let target = self.referred(name)?;
        match split_subscript(&target) {
            Some((array, subscript)) => self.element_by_text(array, subscript).ok().flatten(),
            None if target == name => None,
            None => self.special_variable(&target).or_else(|| {
                self.variables
                    .get(&target)
                    .and_then(Variable::text)
                    .map(str::to_owned)
            }),
        }
    }

    /// What a name stands for; `None`, after a warning, when its references lead in a circle.
    fn referred(&self, name: &str) -> Option<String> {
        let target = self.variables.resolve(name);
        if target.is_empty() {
            self.error(&format!("warning: {name}: circular name reference"));
            return None;
        }
        Some(target)
    }

    /// Variables that are computed when they are read.
    fn special_variable(&mut self, name: &str) -> Option<String> {
        let value = match name {
            "RANDOM" => self.next_random().to_string(),
            "SRANDOM" => {
                let (high, low) = (self.next_random(), self.next_random());
                (high << 16 | low).to_string()
            }
            "SECONDS" => {
                let seconds = i64::try_from(self.started.elapsed().as_secs()).unwrap_or(i64::MAX);
                (seconds + self.seconds_offset).to_string()
            }
            "LINENO" => self.line.to_string(),
            "BASHPID" => berth_guest::getpid().to_string(),
            "EPOCHSECONDS" => now().as_secs().to_string(),
            "EPOCHREALTIME" => {
                let now = now();
                format!("{}.{:06}", now.as_secs(), now.subsec_micros())
            }
            "BASH_SUBSHELL" => self.subshell_level.to_string(),
            "SHELLOPTS" => self.options.names(),
            "BASHOPTS" => {
                let names: Vec<&str> = self
                    .shopt
                    .iter()
                    .filter(|(_, on)| *on)
                    .map(|(name, _)| name)
                    .collect();
                names.join(":")
            }
            "BASH_COMMAND" => self.command_text.clone(),
            "BASH_ARGV0" => self.name.clone(),
            "PIPESTATUS" => self.pipe_status.first()?.to_string(),
            "FUNCNAME" if self.in_function() => self.function_names().first()?.clone(),
            "BASH_SOURCE" if !self.sources().is_empty() => self.sources().first()?.clone(),
            "BASH_LINENO" if !self.frames.is_empty() => self.frames.last()?.call_line.to_string(),
            "DIRSTACK" => self.directories().first()?.clone(),
            "HISTCMD" => {
                // The command that asks is the last one.
                let next = self.history.first_number() + self.history.len();
                next.saturating_sub(1).max(1).to_string()
            }
            _ => return None,
        };
        Some(value)
    }

    /// Arrays that are computed when they are read.
    fn special_array(&self, name: &str) -> Option<Vec<String>> {
        match name {
            "PIPESTATUS" => Some(self.pipe_status.iter().map(i32::to_string).collect()),
            "FUNCNAME" if self.in_function() => Some(self.function_names()),
            "BASH_SOURCE" if !self.sources().is_empty() => Some(self.sources()),
            "BASH_LINENO" if !self.frames.is_empty() || self.runs_script() => {
                let lines = self
                    .frames
                    .iter()
                    .rev()
                    .map(|frame| frame.call_line.to_string());
                Some(
                    lines
                        .chain(self.runs_script().then(|| "0".to_owned()))
                        .collect(),
                )
            }
            "BASH_ARGC" if self.shopt.get("extdebug") => Some(
                self.argument_frames()
                    .map(|arguments| arguments.len().to_string())
                    .collect(),
            ),
            "BASH_ARGV" if self.shopt.get("extdebug") => Some(
                self.argument_frames()
                    .flat_map(|arguments| arguments.iter().rev().cloned())
                    .collect(),
            ),
            "DIRSTACK" => Some(self.directories()),
            "GROUPS" => Some(vec![crate::files::effective_user().to_string()]),
            _ => None,
        }
    }

    /// What functions and files were called with, innermost first, and the script at the end.
    fn argument_frames(&self) -> impl Iterator<Item = &[String]> {
        let script = self.script_arguments.as_slice();
        let frames = self.frames.iter().rev();
        frames
            .map(|frame| frame.arguments.as_slice())
            .chain(std::iter::once(script))
    }

    /// Files of the running code, innermost first.
    fn sources(&self) -> Vec<String> {
        let mut sources: Vec<String> = self
            .frames
            .iter()
            .rev()
            .map(|frame| frame.source.clone())
            .collect();
        if self.runs_script() {
            sources.push(self.name.clone());
        }
        sources
    }

    /// The stack of `pushd`, the working directory first.
    pub fn directories(&self) -> Vec<String> {
        std::iter::once(&self.working_directory)
            .chain(&self.directory_stack)
            .cloned()
            .collect()
    }

    /// All elements of an array with their subscripts; a plain variable is its own element 0.
    pub fn elements(&mut self, name: &str) -> Option<Vec<(String, String)>> {
        let target = self.variables.resolve(name);
        if let Some(table) = self.special_table(&target) {
            return Some(
                table
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            );
        }
        if let Some(values) = self.special_array(&target) {
            return Some(
                values
                    .into_iter()
                    .enumerate()
                    .map(|(index, value)| (index.to_string(), value))
                    .collect(),
            );
        }
        if let Some(value) = self.special_variable(&target) {
            return Some(vec![("0".to_owned(), value)]);
        }
        let variable = self.variables.get(&target)?;
        match &variable.value {
            Value::Unset => None,
            _ => Some(variable.keys().into_iter().zip(variable.all()).collect()),
        }
    }

    /// Associative arrays that stand for something else of the shell.
    fn special_table(&self, name: &str) -> Option<Associative> {
        let (buckets, pairs): (u32, Vec<(String, String)>) = match name {
            "BASH_ALIASES" => {
                let aliases = self.aliases.iter();
                let pairs = aliases.map(|(key, value)| (key.clone(), value.clone()));
                (ALIAS_BUCKETS, pairs.collect())
            }
            "BASH_CMDS" => {
                let commands = self.hashed.iter();
                let pairs = commands.map(|(key, (path, _))| (key.clone(), path.clone()));
                (COMMAND_BUCKETS, pairs.collect())
            }
            _ => return None,
        };
        let mut table = Associative::with_buckets(buckets);
        for (key, value) in pairs {
            table.insert(key, value);
        }
        Some(table)
    }

    /// One element of an array.
    pub fn element(&mut self, name: &str, key: &Key) -> Option<String> {
        let target = self.variables.resolve(name);
        if let (Some(table), Key::Text(key)) = (self.special_table(&target), key) {
            return table.get(key).cloned();
        }
        if let (Some(values), Key::Index(index)) = (self.special_array(&target), key) {
            return values.get(usize::try_from(*index).ok()?).cloned();
        }
        let variable = self.variables.get(&target)?;
        match (&variable.value, key) {
            (Value::Scalar(text), Key::Index(0)) => Some(text.clone()),
            (Value::Indexed(elements), Key::Index(index)) => elements.get(index).cloned(),
            (Value::Associative(elements), Key::Text(key)) => elements.get(key).cloned(),
            _ => None,
        }
    }

    /// The element of a subscript that is text already expanded.
    ///
    /// # Errors
    /// The subscript is no arithmetic; the message has been given.
    pub fn element_by_text(
        &mut self,
        name: &str,
        subscript: &str,
    ) -> Result<Option<String>, Unwind> {
        if matches!(subscript, "@" | "*") {
            let separator = if subscript == "*" {
                self.star_separator()
            } else {
                " ".to_owned()
            };
            let values: Option<Vec<String>> = self
                .elements(name)
                .map(|elements| elements.into_iter().map(|(_, value)| value).collect());
            return Ok(values.map(|values| values.join(&separator)));
        }
        let key = self.named_key(name, subscript)?;
        Ok(self.element(name, &key))
    }

    /// Whether a variable is an associative array.
    pub fn is_associative(&self, name: &str) -> bool {
        let target = self.variables.resolve(name);
        if matches!(target.as_str(), "BASH_ALIASES" | "BASH_CMDS") {
            return true;
        }
        matches!(
            self.variables.get(&target),
            Some(Variable {
                value: Value::Associative(_),
                ..
            })
        )
    }

    /// What a subscript, already expanded, means for a variable.
    ///
    /// # Errors
    /// It is no arithmetic, or negative beyond the beginning; the message has been given.
    pub fn key(&mut self, name: &str, subscript: &str) -> Result<Key, Unwind> {
        match self.key_if_any(name, subscript)? {
            Some(key) => Ok(key),
            None => {
                self.error(&format!("{name}[{subscript}]: bad array subscript"));
                Err(Unwind::Discard(1))
            }
        }
    }

    /// The same; `None`, without a message, when it points before the beginning.
    ///
    /// # Errors
    /// It is no arithmetic; the message has been given.
    pub fn key_if_any(&mut self, name: &str, subscript: &str) -> Result<Option<Key>, Unwind> {
        if self.is_associative(name) {
            return Ok(Some(Key::Text(subscript.to_owned())));
        }
        if matches!(subscript, "" | "@" | "*") {
            return Ok(None);
        }
        let index = self.arithmetic(subscript).map_err(abandoned)?;
        if let Ok(index) = u64::try_from(index) {
            return Ok(Some(Key::Index(index)));
        }
        let target = self.variables.resolve(name);
        let end = match self.variables.get(&target).map(|variable| &variable.value) {
            Some(Value::Indexed(elements)) => elements
                .keys()
                .next_back()
                .map_or(0, |last| i64::try_from(*last).unwrap_or(INDEX_MAX) + 1),
            Some(Value::Scalar(_)) => 1,
            _ => self
                .special_array(name)
                .map_or(0, |values| i64::try_from(values.len()).unwrap_or(INDEX_MAX)),
        };
        Ok(u64::try_from(end.saturating_add(index))
            .ok()
            .map(Key::Index))
    }

    /// Assigns to a variable, with `+=` when `append`.
    ///
    /// # Errors
    /// It is readonly.
    pub fn assign(&mut self, name: &str, value: &str, append: bool) -> Result<(), Refused> {
        let target = self.referred(name).ok_or(Refused::Told)?;
        if self.assign_special(&target, value) {
            return Ok(());
        }
        if let Some((array, subscript)) = split_subscript(&target) {
            let (array, subscript) = (array.to_owned(), subscript.to_owned());
            let key = self.named_key(&array, &subscript)?;
            return self.assign_element(&array, key, value, append);
        }
        if let Some(variable) = self.variables.get(&target)
            && variable.attributes.reference
            && matches!(variable.value, Value::Unset)
        {
            // The first value of a reference is the name it stands for.
            return self.refer(&target, value);
        }
        self.check_writable(&target)?;
        let all_export = self.option(SetOption::AllExport);
        if append
            && let Some(variable) = self.variables.get_mut(&target)
            && variable.has_no_rules()
            && let Value::Scalar(text) = &mut variable.value
        {
            // In place: a loop that collects text would copy it all again every time.
            text.push_str(value);
            variable.attributes.exported |= all_export;
            self.assigned(&target);
            return Ok(());
        }
        let (is_integer, old) = match self.variables.get(&target) {
            Some(variable) => (
                variable.attributes.integer,
                variable.text().map(str::to_owned),
            ),
            None => (false, None),
        };
        let value = self.appended(value, old, append, is_integer)?;
        let variable = self.variables.entry(&target);
        let value = variable.fold_case(value);
        match &mut variable.value {
            Value::Indexed(elements) => {
                elements.insert(0, value);
            }
            Value::Associative(elements) => elements.insert("0".to_owned(), value),
            other => *other = Value::Scalar(value),
        }
        variable.attributes.empty = false;
        variable.attributes.exported |= all_export;
        self.assigned(&target);
        Ok(())
    }

    /// Assigns to a variable or to an element of an array, as the text says.
    ///
    /// # Errors
    /// It is readonly, or the subscript is none.
    pub fn assign_named(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        match split_subscript(name) {
            Some((array, subscript)) => {
                let key = self.named_key(array, subscript)?;
                self.assign_element(array, key, value, false)
            }
            None => self.assign(name, value, false),
        }
    }

    /// Lets a name reference stand for another name.
    ///
    /// # Errors
    /// That is no name, or the reference is readonly.
    pub fn refer(&mut self, name: &str, target: &str) -> Result<(), Refused> {
        self.check_writable(name)?;
        if !is_reference_target(target) {
            self.error(&format!(
                "`{target}': invalid variable name for name reference"
            ));
            return Err(Refused::Told);
        }
        self.variables.entry(name).value = Value::Scalar(target.to_owned());
        Ok(())
    }

    /// Gives the variable of a loop its next value; a name reference stands for another name then.
    ///
    /// # Errors
    /// It is readonly.
    pub fn assign_loop(&mut self, name: &str, value: &str) -> Result<(), Refused> {
        if self.variables.is_reference(name) {
            return self.refer(name, value);
        }
        self.assign(name, value, false)
    }

    /// The value `+=` and the integer attribute make.
    fn appended(
        &mut self,
        value: &str,
        old: Option<String>,
        append: bool,
        is_integer: bool,
    ) -> Result<String, Refused> {
        if is_integer {
            let mut number = self.arithmetic(value).map_err(abandoned)?;
            if append {
                let before = self
                    .arithmetic(&old.unwrap_or_default())
                    .map_err(abandoned)?;
                number = before.wrapping_add(number);
            }
            return Ok(number.to_string());
        }
        Ok(match old {
            Some(old) if append => old + value,
            _ => value.to_owned(),
        })
    }

    /// Whether a variable, name references not followed, may not be changed.
    pub(crate) fn is_readonly(&self, name: &str) -> bool {
        let variable = self.variables.get(name);
        variable.is_some_and(|variable| variable.attributes.readonly)
            || COMPUTED
                .iter()
                .any(|(known, flags)| *known == name && flags.contains('r'))
    }

    fn check_writable(&mut self, name: &str) -> Result<(), Refused> {
        if self.is_readonly(name) {
            self.error(&format!("{name}: readonly variable"));
            return Err(match self.end_of_errexit() {
                Some(end) => Refused::Unwind(end),
                None => Refused::Told,
            });
        }
        Ok(())
    }

    /// Under `set -e`, the end of the shell: errors of the shell itself end it wherever they come, those of commands do
    /// not.
    pub(crate) fn end_of_errexit(&mut self) -> Option<Unwind> {
        self.option(SetOption::ErrExit)
            .then(|| Unwind::Exit(self.run_exit_trap(1)))
    }

    /// Computed variables with their values, as `declare -p` shows them.
    pub fn computed(&mut self, name: &str) -> Option<Variable> {
        let flags = COMPUTED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, flags)| *flags)?;
        let mut variable = Variable::declared();
        if flags.contains('A') {
            variable.value = Value::Associative(self.special_table(name).unwrap_or_default());
        } else if flags.contains('a') {
            let values = self.special_array(name);
            variable.attributes.empty = values.is_none() && name == "FUNCNAME";
            let elements = values.unwrap_or_default().into_iter().enumerate();
            let elements = elements.map(|(index, value)| (index as u64, value));
            variable.value = Value::Indexed(elements.collect());
        } else {
            variable.value = Value::Scalar(self.special_variable(name).unwrap_or_default());
        }
        variable.attributes.integer = flags.contains('i');
        variable.attributes.readonly = flags.contains('r');
        Some(variable)
    }

    /// The names of all variables, the computed ones too, in order.
    pub fn variable_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .variables
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        names.extend(COMPUTED.iter().map(|(name, _)| (*name).to_owned()));
        names.sort();
        names.dedup();
        names
    }

    /// Variables whose assignment means something else; true when that was done.
    fn assign_special(&mut self, name: &str, value: &str) -> bool {
        match name {
            "RANDOM" => self.random = value.trim().parse::<u32>().unwrap_or(0),
            "BASH_ARGV0" => value.clone_into(&mut self.name),
            "SECONDS" => {
                self.started = std::time::Instant::now();
                self.seconds_offset = value.trim().parse().unwrap_or(0);
            }
            "LINENO" | "BASHPID" | "FUNCNAME" | "GROUPS" | "BASH_SUBSHELL" | "EPOCHSECONDS"
            | "EPOCHREALTIME" | "SRANDOM" | "PIPESTATUS" | "DIRSTACK" | "HISTCMD" => {}
            _ => return false,
        }
        true
    }

    /// What has to follow when a variable has changed.
    fn assigned(&mut self, name: &str) {
        match name {
            "PATH" => self.hashed.clear(),
            "OPTIND" => self.getopts_offset = 0,
            "HISTSIZE" => {
                let size = self.setting("HISTSIZE").and_then(|size| size.parse().ok());
                self.history.limit(size);
            }
            "BASH_XTRACEFD" => {
                let value = self.setting(name).unwrap_or_default().to_owned();
                let open = value
                    .parse()
                    .is_ok_and(|number| self.descriptors.get(number).is_some());
                if !open && !value.is_empty() {
                    self.error(&format!(
                        "{name}: {value}: invalid value for trace file descriptor"
                    ));
                }
            }
            "IGNOREEOF" => {
                let on = self.variables.get(name).is_some();
                self.options.set(SetOption::IgnoreEof, on);
            }
            "POSIXLY_CORRECT" => {
                let on = self.variables.get(name).is_some();
                crate::builtins::settings::apply(self, SetOption::Posix, on);
            }
            _ => {}
        }
    }

    /// Assigns to an element of an array, making it one.
    ///
    /// # Errors
    /// It is readonly.
    pub fn assign_element(
        &mut self,
        name: &str,
        key: Key,
        value: &str,
        append: bool,
    ) -> Result<(), Refused> {
        let target = self.variables.resolve(name);
        self.check_writable(&target)?;
        match (target.as_str(), &key) {
            ("PIPESTATUS", _) => return Ok(()),
            ("BASH_ALIASES", Key::Text(key)) => {
                self.aliases.insert(key.clone(), value.to_owned());
                return Ok(());
            }
            ("BASH_CMDS", Key::Text(_)) if value.contains('/') && self.refuses(value) => {
                return Err(Refused::Told);
            }
            ("BASH_CMDS", Key::Text(_))
                if self.is_restricted()
                    && crate::files::find_command(value, &self.search_path()).is_none() =>
            {
                self.error(&format!("{value}: not found"));
                return Err(Refused::Told);
            }
            ("DIRSTACK", Key::Index(index)) => {
                let place = usize::try_from(*index).unwrap_or(usize::MAX);
                if let Some(directory) = place
                    .checked_sub(1)
                    .and_then(|place| self.directory_stack.get_mut(place))
                {
                    value.clone_into(directory);
                }
                return Ok(());
            }
            ("BASH_CMDS", Key::Text(key)) => {
                self.hashed.insert(key.clone(), (value.to_owned(), 0));
                return Ok(());
            }
            _ => {}
        }
        let is_integer = self
            .variables
            .get(&target)
            .is_some_and(|variable| variable.attributes.integer);
        let old = self.element(&target, &key);
        let value = self.appended(value, old, append, is_integer)?;
        let variable = self.variables.entry(&target);
        variable.attributes.empty = false;
        let value = variable.fold_case(value);
        match key {
            Key::Text(key) => match &mut variable.value {
                Value::Associative(elements) => elements.insert(key, value),
                other => {
                    let mut elements = Associative::default();
                    elements.insert(key, value);
                    *other = Value::Associative(elements);
                }
            },
            Key::Index(index) => {
                set_index(variable, index, value);
            }
        }
        Ok(())
    }

    /// Replaces or, with `append`, extends an array by elements with or without subscripts, all expanded.
    ///
    /// # Errors
    /// It is readonly, or a subscript is no arithmetic.
    pub fn assign_array(
        &mut self,
        name: &str,
        elements: Vec<(Option<String>, bool, String)>,
        append: bool,
    ) -> Result<(), Refused> {
        let target = self.referred(name).ok_or(Refused::Told)?;
        if target.contains('[') {
            self.error(&format!("`{target}': not a valid identifier"));
            return Err(Refused::Told);
        }
        self.check_writable(&target)?;
        if self.is_associative(&target) {
            return self.assign_associative(&target, elements, append);
        }
        let variable = self.variables.entry(&target);
        variable.attributes.empty = false;
        if append {
            make_indexed(variable);
        } else {
            variable.value = Value::Indexed(BTreeMap::new());
        }
        let mut next = match &variable.value {
            Value::Indexed(elements) => elements.keys().next_back().map_or(0, |last| last + 1),
            _ => 0,
        };
        for (subscript, add, value) in elements {
            let key = match subscript {
                Some(subscript) if matches!(subscript.as_str(), "@" | "*") => {
                    self.error(&format!(
                        "[{subscript}]={value}: cannot assign to non-numeric index"
                    ));
                    continue;
                }
                Some(subscript) => match self.key_if_any(&target, &subscript)? {
                    Some(key) => key,
                    None => {
                        self.error(&format!("[{subscript}]={value}: bad array subscript"));
                        continue;
                    }
                },
                None => Key::Index(next),
            };
            if let Key::Index(index) = key {
                next = index.saturating_add(1);
            }
            self.assign_element(&target, key, &value, add)?;
        }
        self.assigned(&target);
        Ok(())
    }

    fn assign_associative(
        &mut self,
        name: &str,
        elements: Vec<(Option<String>, bool, String)>,
        append: bool,
    ) -> Result<(), Refused> {
        let variable = self.variables.entry(name);
        variable.attributes.empty = false;
        if !append {
            match &mut variable.value {
                Value::Associative(elements) => elements.clear(),
                other => *other = Value::Associative(Associative::default()),
            }
        }
        let pairs = elements.iter().all(|(subscript, _, _)| subscript.is_none());
        if pairs {
            // `([k]=v)` and `(k v)` are the same.
            let mut values = elements.into_iter().map(|(_, _, value)| value);
            while let Some(key) = values.next() {
                let value = values.next().unwrap_or_default();
                if key.is_empty() {
                    self.error("\"\": bad array subscript");
                    continue;
                }
                self.assign_element(name, Key::Text(key), &value, false)?;
            }
            return Ok(());
        }
        for (subscript, add, value) in elements {
            match subscript {
                Some(subscript) => self.assign_element(name, Key::Text(subscript), &value, add)?,
                None => {
                    self.error(&format!(
                        "{name}: {value}: must use subscript when assigning associative array"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Removes a variable or, with a subscript, an element.
    ///
    /// # Errors
    /// It is readonly.
    pub fn unset_variable(&mut self, name: &str) -> Result<(), Refused> {
        let target = match split_subscript(name) {
            Some((array, subscript)) => {
                format!("{}[{subscript}]", self.variables.resolve(array))
            }
            None => self.variables.resolve(name),
        };
        let (name, subscript) = match split_subscript(&target) {
            Some((name, subscript)) => (name.to_owned(), Some(subscript.to_owned())),
            None => (target, None),
        };
        if self
            .variables
            .get(&name)
            .is_some_and(|variable| variable.attributes.readonly)
        {
            self.error(&format!("unset: {name}: cannot unset: readonly variable"));
            return Err(Refused::Told);
        }
        let Some(subscript) = subscript else {
            self.variables.unset(&name);
            self.assigned(&name);
            return Ok(());
        };
        if matches!(subscript.as_str(), "@" | "*") && !self.is_associative(&name) {
            if let Some(variable) = self.variables.get_mut(&name) {
                variable.value = Value::Indexed(BTreeMap::new());
            }
            return Ok(());
        }
        if matches!(
            self.variables.get(&name).map(|variable| &variable.value),
            Some(Value::Scalar(_))
        ) && self.arithmetic(&subscript).map_err(abandoned)? != 0
        {
            self.error(&format!("unset: {name}: not an array variable"));
            return Err(Refused::Told);
        }
        let Some(key) = self.named_key_if_any(&name, &subscript)? else {
            self.error(&format!("unset: [{subscript}]: bad array subscript"));
            return Err(Refused::Told);
        };
        if let Key::Text(key) = &key {
            match name.as_str() {
                "BASH_ALIASES" => drop(self.aliases.remove(key)),
                "BASH_CMDS" => drop(self.hashed.remove(key)),
                _ => {}
            }
        }
        if let Some(variable) = self.variables.get_mut(&name) {
            match (&mut variable.value, key) {
                (Value::Indexed(elements), Key::Index(index)) => {
                    elements.remove(&index);
                }
                (Value::Associative(elements), Key::Text(key)) => {
                    elements.remove(&key);
                }
                (Value::Scalar(_), Key::Index(0)) => self.variables.unset(&name),
                _ => {}
            }
        }
        Ok(())
    }

    /// The environment of a command: exported variables, then functions.
    pub fn environment(&self) -> Vec<Vec<u8>> {
        let mut environment = Vec::new();
        for (name, variable) in self.variables.exported() {
            if let Some(value) = variable.text()
                && !variable.is_array()
            {
                environment.push(text::encode(&format!("{name}={value}")).into_owned());
            }
        }
        for (name, value) in &self.foreign_environment {
            environment.push(text::encode(&format!("{name}={value}")).into_owned());
        }
        for name in &self.exported_functions {
            if let Some(source) = self.function_text(name) {
                let body = source
                    .split_once('\n')
                    .map_or("", |(_, body)| body)
                    .trim_start();
                environment
                    .push(text::encode(&format!("BASH_FUNC_{name}%%=() {body}")).into_owned());
            }
        }
        environment
    }

    /// A host for reading text that belongs to this shell.
    pub fn plain_host(&self) -> PlainHost {
        PlainHost {
            extended_globs: self.shopt.get("extglob"),
        }
    }

    /// Reads text as one word and expands it to one string; text that is no word stays as it is.
    ///
    /// # Errors
    /// An expansion failed.
    pub fn expand_text(&mut self, source: &str) -> Result<String, Unwind> {
        if !source.contains(['$', '`', '\\', '\'', '"']) {
            return Ok(source.to_owned());
        }
        let mut host = self.plain_host();
        match parse::here_document_word(source, self.line, &mut host) {
            Ok(word) => self.expand_quoted(&word),
            Err(_) => Ok(source.to_owned()),
        }
    }
}

/// A failure of arithmetic where it takes the whole line with it.
fn abandoned(unwind: Unwind) -> Unwind {
    match unwind {
        Unwind::Discard(status) => Unwind::Abandon(status),
        other => other,
    }
}

/// Sets an element of a variable, which becomes an indexed array.
fn set_index(variable: &mut Variable, index: u64, value: String) {
    make_indexed(variable);
    if let Value::Indexed(elements) = &mut variable.value {
        elements.insert(index, value);
    }
}

/// Makes a variable an indexed array that keeps a plain value as its element 0.
pub fn make_indexed(variable: &mut Variable) {
    let first = match &mut variable.value {
        Value::Indexed(_) => return,
        Value::Scalar(text) => Some(std::mem::take(text)),
        _ => None,
    };
    variable.value = Value::Indexed(first.into_iter().map(|text| (0, text)).collect());
}

/// Whether a name reference may stand for this: a name, or an element of an array.
pub fn is_reference_target(text: &str) -> bool {
    text::is_name(text) || split_subscript(text).is_some_and(|(_, subscript)| !subscript.is_empty())
}

/// `name[subscript]` in its parts.
pub fn split_subscript(text: &str) -> Option<(&str, &str)> {
    let open = text.find('[')?;
    let inner = text.get(open + 1..)?.strip_suffix(']')?;
    let name = text.get(..open)?;
    text::is_name(name).then_some((name, inner))
}

fn now() -> std::time::Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
