//! Variables: values, attributes and the scopes functions open.

use std::collections::BTreeMap;

use crate::text::{lower, upper};

/// What a variable holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Declared, but nothing was assigned.
    Unset,
    /// One string.
    Scalar(String),
    /// Strings by number, gaps allowed.
    Indexed(BTreeMap<u64, String>),
    /// Strings by string.
    Associative(Associative),
}

/// Strings by string, listed in the order bash lists them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Associative {
    /// Keys to values; the number is the order of insertion.
    entries: BTreeMap<String, (u64, String)>,
    inserted: u64,
    /// Of the hash table bash would have.
    buckets: u32,
}

/// Buckets of bash's hash table of an associative array, from which the order of listing follows.
const ASSOCIATIVE_BUCKETS: u32 = 1024;
/// The same where a string becomes such an array.
pub const CONVERTED_BUCKETS: u32 = 128;
/// The same of its table of commands that were found.
pub const COMMAND_BUCKETS: u32 = 256;
/// The same of its table of aliases.
pub const ALIAS_BUCKETS: u32 = 64;
/// The same of its table of completions.
pub const COMPLETION_BUCKETS: u32 = 512;

impl Default for Associative {
    fn default() -> Self {
        Self::with_buckets(ASSOCIATIVE_BUCKETS)
    }
}

impl Associative {
    /// An empty one whose order is that of a table of so many buckets.
    pub fn with_buckets(buckets: u32) -> Self {
        Self {
            entries: BTreeMap::new(),
            inserted: 0,
            buckets,
        }
    }

    /// Forgets all, and keeps the order.
    pub fn clear(&mut self) {
        *self = Self::with_buckets(self.buckets);
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&String> {
        self.entries.get(key).map(|(_, value)| value)
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: String, value: String) {
        self.inserted += 1;
        let order = self.inserted;
        match self.entries.get_mut(&key) {
            Some(entry) => entry.1 = value,
            None => {
                self.entries.insert(key, (order, value));
            }
        }
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) -> bool {
        self.entries.remove(key).is_some()
    }

    /// Keys and values in bash's order: by bucket of the key's hash, newest first.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        let mut all: Vec<_> = self.entries.iter().collect();
        all.sort_by_key(|(key, (order, _))| (bucket(key, self.buckets), std::cmp::Reverse(*order)));
        all.into_iter().map(|(key, (_, value))| (key, value))
    }
}

/// FNV-1 over the bytes, 32 bits, as bash's `hash_string`.
fn bucket(key: &str, buckets: u32) -> u32 {
    let mut hash: u32 = 2_166_136_261;
    for byte in key.bytes() {
        hash = hash.wrapping_mul(16_777_619);
        hash ^= u32::from(byte);
    }
    hash & (buckets - 1)
}

/// Entries in the order in which bash walks a hash table of so many buckets.
pub fn in_bash_order<'a, T>(
    entries: impl Iterator<Item = (&'a String, T)>,
    buckets: u32,
) -> Vec<(&'a String, T)> {
    let mut all: Vec<_> = entries.collect();
    all.sort_by_key(|(key, _)| bucket(key, buckets));
    all
}

/// Attributes of a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attributes {
    /// `-x`: in the environment of commands.
    pub exported: bool,
    /// `-r`: cannot be changed.
    pub readonly: bool,
    /// `-i`: assignments are arithmetic.
    pub integer: bool,
    /// `-l`: assignments are made lower case.
    pub lower: bool,
    /// `-u`: assignments are made upper case.
    pub upper: bool,
    /// `-c`: assignments begin with a capital.
    pub capital: bool,
    /// `-n`: the value names the variable that is meant.
    pub reference: bool,
    /// `-t`
    pub trace: bool,
    /// Declared as an array, but nothing was assigned.
    pub empty: bool,
    /// Assigned before a command, and there while that runs.
    pub temporary: bool,
    /// Declared in a function that was called with such an assignment of it.
    pub of_call: bool,
    /// Exported or made readonly while that ran: it outlives the command.
    pub outlives: bool,
}

/// One variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// What it holds.
    pub value: Value,
    /// Its attributes.
    pub attributes: Attributes,
}

impl Variable {
    /// Declared, without value.
    pub fn declared() -> Self {
        Self {
            value: Value::Unset,
            attributes: Attributes::default(),
        }
    }

    /// One string.
    pub fn scalar(value: String) -> Self {
        Self {
            value: Value::Scalar(value),
            attributes: Attributes::default(),
        }
    }

    /// What `$name` gives: the string, or element 0.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Unset => None,
            Value::Scalar(text) => Some(text),
            Value::Indexed(elements) => elements.get(&0).map(String::as_str),
            Value::Associative(elements) => elements.get("0").map(String::as_str),
        }
    }

    /// All values, in order.
    pub fn all(&self) -> Vec<String> {
        match &self.value {
            Value::Unset => Vec::new(),
            Value::Scalar(text) => vec![text.clone()],
            Value::Indexed(elements) => elements.values().cloned().collect(),
            Value::Associative(elements) => {
                elements.iter().map(|(_, value)| value.clone()).collect()
            }
        }
    }

    /// All subscripts, in order.
    pub fn keys(&self) -> Vec<String> {
        match &self.value {
            Value::Unset => Vec::new(),
            Value::Scalar(_) => vec!["0".to_owned()],
            Value::Indexed(elements) => elements.keys().map(u64::to_string).collect(),
            Value::Associative(elements) => elements.iter().map(|(key, _)| key.clone()).collect(),
        }
    }

    /// Whether it is an array of either kind.
    pub fn is_array(&self) -> bool {
        matches!(self.value, Value::Indexed(_) | Value::Associative(_))
    }

    /// Whether what is assigned is stored as it is.
    pub fn has_no_rules(&self) -> bool {
        let attributes = &self.attributes;
        !(attributes.integer || attributes.lower || attributes.upper || attributes.capital)
    }

    /// Changes case as the attributes say.
    pub fn fold_case(&self, text: String) -> String {
        if self.attributes.upper {
            text.chars().map(upper).collect()
        } else if self.attributes.lower {
            text.chars().map(lower).collect()
        } else if self.attributes.capital {
            let mut characters = text.chars();
            match characters.next() {
                Some(first) => std::iter::once(upper(first))
                    .chain(characters.map(lower))
                    .collect(),
                None => text,
            }
        } else {
            text
        }
    }

    /// The letters `declare -p` shows, `--` for none.
    pub fn flags(&self) -> String {
        let attributes = &self.attributes;
        let letters = [
            (matches!(self.value, Value::Indexed(_)), 'a'),
            (matches!(self.value, Value::Associative(_)), 'A'),
            (attributes.integer, 'i'),
            (attributes.reference, 'n'),
            (attributes.readonly, 'r'),
            (attributes.trace, 't'),
            (attributes.exported, 'x'),
            (attributes.capital, 'c'),
            (attributes.lower, 'l'),
            (attributes.upper, 'u'),
        ];
        letters
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, letter)| *letter)
            .collect()
    }
}

/// A name and the variables of that name, the visible one last.
#[derive(Debug, Default)]
struct Slot {
    layers: Vec<(u32, Variable)>,
}

/// All variables; scopes are those of functions and of assignments before a command.
#[derive(Debug, Default)]
pub struct Variables {
    slots: BTreeMap<String, Slot>,
    /// The open scopes, innermost last.
    scopes: Vec<Scope>,
}

/// One open scope.
#[derive(Debug, Default)]
struct Scope {
    /// Names declared in it.
    names: Vec<String>,
    /// It is that of a function, and not of assignments before a command.
    of_function: bool,
    /// The function that is called next makes it its own: what stood before its name is local to it.
    awaits_function: bool,
}

/// How often a name reference may lead to another one, as in bash.
const REFERENCE_MAX_STEPS: usize = 8;

impl Variables {
    fn level(&self) -> u32 {
        u32::try_from(self.scopes.len()).unwrap_or(u32::MAX)
    }

    /// The level of the innermost function's scope, 0 outside of functions.
    fn function_level(&self) -> u32 {
        let outer = self.scopes.iter().rposition(|scope| scope.of_function);
        outer.map_or(0, |index| u32::try_from(index + 1).unwrap_or(u32::MAX))
    }

    /// The visible variable of a name, name references not followed.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.slots
            .get(name)
            .and_then(|slot| slot.layers.last())
            .map(|(_, variable)| variable)
    }

    /// The same, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Variable> {
        self.slots
            .get_mut(name)
            .and_then(|slot| slot.layers.last_mut())
            .map(|(_, variable)| variable)
    }

    /// The visible variable, made in the outermost scope if there is none.
    pub fn entry(&mut self, name: &str) -> &mut Variable {
        if !self.slots.contains_key(name) {
            self.slots.insert(name.to_owned(), Slot::default());
        }
        let slot = self.slots.entry(name.to_owned()).or_default();
        if slot.layers.is_empty() {
            slot.layers.push((0, Variable::declared()));
        }
        let last = slot.layers.len() - 1;
        &mut slot.layers[last].1
    }

    /// Takes away what hides the variable of the outermost scope, for `declare -g`, until
    /// [`Variables::show_locals`] puts it back.
    pub fn hide_locals(&mut self, name: &str) -> Vec<(u32, Variable)> {
        let Some(slot) = self.slots.get_mut(name) else {
            return Vec::new();
        };
        let outermost = slot.layers.partition_point(|(level, _)| *level == 0);
        slot.layers.split_off(outermost)
    }

    /// Puts back what [`Variables::hide_locals`] took.
    pub fn show_locals(&mut self, name: &str, hidden: Vec<(u32, Variable)>) {
        if !hidden.is_empty() {
            let slot = self.slots.entry(name.to_owned()).or_default();
            slot.layers.extend(hidden);
        }
    }

    /// Follows name references: the name that is meant, which may have a subscript. It is empty, the name of
    /// nothing, when they lead in a circle or too far.
    pub fn resolve(&self, name: &str) -> String {
        let mut current = name;
        for _ in 0..=REFERENCE_MAX_STEPS {
            match self.get(current) {
                Some(variable) if variable.attributes.reference => match &variable.value {
                    Value::Scalar(target) if target == name => return String::new(),
                    Value::Scalar(target) if !target.is_empty() => current = target,
                    _ => return current.to_owned(),
                },
                _ => return current.to_owned(),
            }
        }
        String::new()
    }

    /// Gives the outermost variable the value of the visible one, where that is an assignment before a call.
    pub fn keep_temporary(&mut self, name: &str) {
        let Some(variable) = self.get(name) else {
            return;
        };
        if variable.attributes.temporary {
            let value = variable.value.clone();
            let hidden = self.hide_locals(name);
            let outermost = self.entry(name);
            outermost.value = value;
            outermost.attributes.exported = true;
            self.show_locals(name, hidden);
        }
    }

    /// Whether a name is that of a name reference.
    pub fn is_reference(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|variable| variable.attributes.reference)
    }

    /// Opens a scope for assignments before a command.
    pub fn push_scope(&mut self) {
        self.scopes.push(Scope::default());
    }

    /// The innermost scope becomes that of the function which is called next.
    pub fn await_function(&mut self) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.awaits_function = true;
        }
    }

    /// Opens the scope of a function; false when it took over the one that waited for it, which somebody else closes.
    pub fn push_function_scope(&mut self) -> bool {
        if let Some(scope) = self.scopes.last_mut().filter(|scope| scope.awaits_function) {
            scope.awaits_function = false;
            scope.of_function = true;
            return false;
        }
        self.scopes.push(Scope {
            of_function: true,
            ..Scope::default()
        });
        true
    }

    /// Closes the innermost scope: what was declared in it goes.
    pub fn pop_scope(&mut self) {
        let level = self.level();
        for name in self.scopes.pop().unwrap_or_default().names {
            let Some(slot) = self.slots.get_mut(&name) else {
                continue;
            };
            let ends = |(declared, _): &mut (u32, Variable)| *declared == level;
            let gone = slot.layers.pop_if(ends);
            if slot.layers.is_empty() {
                self.slots.remove(&name);
            }
            if let Some((_, mut variable)) = gone
                && variable.attributes.outlives
            {
                // On through what the call itself was given.
                let temporary = self.is_temporary(&name);
                variable.attributes.outlives = temporary;
                variable.attributes.temporary = temporary;
                variable.attributes.of_call = false;
                *self.entry(&name) = variable;
            }
        }
    }

    fn is_temporary(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|variable| variable.attributes.temporary)
    }

    /// The variables programs get: of each name the innermost one that is exported and has a value.
    pub fn exported(&self) -> impl Iterator<Item = (&String, &Variable)> {
        self.slots.iter().filter_map(|(name, slot)| {
            let mut layers = slot.layers.iter().rev().map(|(_, variable)| variable);
            let given = |variable: &&Variable| {
                variable.attributes.exported && variable.value != Value::Unset
            };
            Some((name, layers.find(given)?))
        })
    }

    /// Whether the visible variable belongs to the innermost function, or to assignments before a command in it.
    pub fn is_local(&self, name: &str) -> bool {
        let level = self.function_level();
        self.slots
            .get(name)
            .and_then(|slot| slot.layers.last())
            .is_some_and(|(declared, _)| *declared >= level)
    }

    /// Whether the visible variable belongs to the outermost scope.
    pub fn is_global(&self, name: &str) -> bool {
        self.slots
            .get(name)
            .and_then(|slot| slot.layers.last())
            .is_some_and(|(declared, _)| *declared == 0)
    }

    /// Declares a name in the innermost scope; returns its variable, new or already there.
    pub fn declare_here(&mut self, name: &str) -> &mut Variable {
        self.declare_at(name, self.level())
    }

    /// Declares a name in the scope of the innermost function; returns its variable, new or already there. One that is
    /// assigned before a command in the function is the one that is meant.
    pub fn declare_local(&mut self, name: &str) -> &mut Variable {
        self.declare_at(name, self.function_level())
    }

    fn declare_at(&mut self, name: &str, level: u32) -> &mut Variable {
        let slot = self.slots.entry(name.to_owned()).or_default();
        if slot
            .layers
            .last()
            .is_none_or(|(declared, _)| *declared < level)
        {
            slot.layers.push((level, Variable::declared()));
            let index = usize::try_from(level).unwrap_or(usize::MAX).checked_sub(1);
            if let Some(scope) = index.and_then(|index| self.scopes.get_mut(index)) {
                scope.names.push(name.to_owned());
            }
        }
        let last = slot.layers.len() - 1;
        &mut slot.layers[last].1
    }

    /// Removes the visible variable. A local one of the innermost function stays declared there, so that an outer one
    /// of the same name does not come to light; any other goes altogether.
    pub fn unset(&mut self, name: &str) {
        let level = self.function_level();
        let Some(slot) = self.slots.get_mut(name) else {
            return;
        };
        match slot.layers.last_mut() {
            Some((declared, variable))
                if level > 0 && *declared >= level && !variable.attributes.temporary =>
            {
                let attributes = variable.attributes;
                *variable = Variable::declared();
                variable.attributes.exported = attributes.exported && attributes.of_call;
            }
            Some(_) => {
                slot.layers.pop();
                if slot.layers.is_empty() {
                    self.slots.remove(name);
                }
            }
            None => {}
        }
    }

    /// The visible variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Variable)> {
        self.slots
            .iter()
            .filter_map(|(name, slot)| slot.layers.last().map(|(_, variable)| (name, variable)))
    }

    /// Names of the local variables of the innermost function.
    pub fn local_names(&self) -> Vec<String> {
        let level = usize::try_from(self.function_level()).unwrap_or(usize::MAX);
        let scopes = self
            .scopes
            .get(level.saturating_sub(1)..)
            .unwrap_or_default();
        let names = scopes.iter().flat_map(|scope| &scope.names);
        let mut names: Vec<String> = names
            .filter(|name| self.is_local(name))
            .filter(|name| {
                self.get(name)
                    .is_some_and(|variable| !variable.attributes.temporary)
            })
            .cloned()
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(variables: &Variables, name: &str) -> Option<String> {
        variables
            .get(name)
            .and_then(Variable::text)
            .map(str::to_owned)
    }

    #[test]
    fn a_local_variable_hides_the_outer_one_until_its_function_returns() {
        let mut variables = Variables::default();
        variables.entry("x").value = Value::Scalar("outer".into());
        variables.push_function_scope();
        variables.declare_local("x").value = Value::Scalar("inner".into());
        assert_eq!(text(&variables, "x").as_deref(), Some("inner"));
        variables.unset("x");
        assert_eq!(text(&variables, "x"), None);
        variables.pop_scope();
        assert_eq!(text(&variables, "x").as_deref(), Some("outer"));
    }

    #[test]
    fn a_reference_names_what_is_meant_and_a_circle_ends() {
        let mut variables = Variables::default();
        for (name, target) in [("a", "b"), ("b", "c"), ("p", "q"), ("q", "p")] {
            let variable = variables.entry(name);
            variable.value = Value::Scalar(target.into());
            variable.attributes.reference = true;
        }
        assert_eq!(variables.resolve("a"), "c");
        assert_eq!(variables.resolve("p"), "");
    }
}
