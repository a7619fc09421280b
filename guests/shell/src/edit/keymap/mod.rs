//! What keys were bound to by a person: `bind` and `.inputrc`.
//!
//! Kept is only what differs from how the editor works by itself, so that a shell without a taste of its own pays
//! nothing. The whole table, as `bind -p` shows it, is made when somebody asks.

mod inputrc;
mod names;
mod notation;

use std::collections::BTreeMap;

pub use inputrc::{Context, parse_command};
pub use names::FUNCTIONS;
pub use notation::{parse as parse_sequence, print as print_sequence};

use names::{DEFAULTS, SWITCHES, VALUES};

const ESCAPE: u8 = 0x1B;
const CONTROL_X: u8 = 0x18;
/// Longest key sequence that can be bound.
const SEQUENCE_MAX_BYTES: usize = 64;
/// Sequences that can be bound.
const BINDINGS_MAX: usize = 4096;

/// What a key sequence does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Binding {
    /// Nothing.
    Nothing,
    /// One of [`FUNCTIONS`].
    Function(&'static str),
    /// These bytes are typed.
    Macro(Vec<u8>),
    /// The shell runs this text.
    Command(String),
}

/// What the bytes typed so far are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Match {
    /// The beginning of something bound.
    Beginning,
    /// A binding, by its number; with `longer`, another one begins like it.
    Bound { number: u16, longer: bool },
    /// Nothing bound begins like this.
    Nothing,
}

/// Bindings and variables of the editor.
#[derive(Debug, Default)]
pub struct Keymap {
    /// Where in `slots` each sequence's binding is.
    places: BTreeMap<Vec<u8>, u16>,
    /// A number stays valid: keys that wait to be acted on carry it.
    slots: Vec<Binding>,
    variables: BTreeMap<&'static str, String>,
    /// The files of a person were read.
    pub is_loaded: bool,
}

impl Keymap {
    /// Whether every key does what it does by itself.
    pub fn is_plain(&self) -> bool {
        self.places.is_empty()
    }

    /// What was typed so far, if anybody bound it.
    pub fn find(&self, typed: &[u8]) -> Match {
        let mut longer = self
            .places
            .range(typed.to_vec()..)
            .take_while(|(sequence, _)| sequence.starts_with(typed))
            .skip_while(|(sequence, _)| sequence.len() == typed.len());
        let longer = longer.next().is_some();
        match self.places.get(typed) {
            Some(number) => Match::Bound {
                number: *number,
                longer,
            },
            None if longer => Match::Beginning,
            None => Match::Nothing,
        }
    }

    /// A binding by its number.
    pub fn binding(&self, number: u16) -> Option<&Binding> {
        self.slots.get(usize::from(number))
    }

    /// Binds a sequence; one that is empty or too long, or one too many, is not bound.
    pub fn bind(&mut self, sequence: Vec<u8>, binding: Binding) {
        if let Some(number) = self.places.get(&sequence) {
            if let Some(slot) = self.slots.get_mut(usize::from(*number)) {
                *slot = binding;
            }
            return;
        }
        let fits = (1..=SEQUENCE_MAX_BYTES).contains(&sequence.len());
        if let Some(number) = u16::try_from(self.slots.len())
            .ok()
            .filter(|number| fits && usize::from(*number) < BINDINGS_MAX)
        {
            self.places.insert(sequence, number);
            self.slots.push(binding);
        }
    }

    /// Binds all sequences of a function to nothing.
    pub fn unbind_function(&mut self, name: &str) {
        let sequences = self.sequences_of(name);
        for sequence in sequences {
            self.bind(sequence, Binding::Nothing);
        }
    }

    /// How the editor works by itself.
    fn defaults() -> BTreeMap<Vec<u8>, Binding> {
        let mut all = BTreeMap::new();
        for byte in (b' '..=b'~').chain(0x80..=0xFF) {
            all.insert(vec![byte], Binding::Function("self-insert"));
        }
        for letter in b'A'..=b'Z' {
            for prefix in [CONTROL_X, ESCAPE] {
                let lower = Binding::Function("do-lowercase-version");
                all.insert(vec![prefix, letter], lower);
            }
        }
        for (sequence, name) in DEFAULTS {
            all.insert(parse_sequence(sequence), Binding::Function(name));
        }
        all
    }

    /// Every sequence that does something.
    pub fn all(&self) -> BTreeMap<Vec<u8>, Binding> {
        let mut all = Self::defaults();
        for (sequence, number) in &self.places {
            if let Some(binding) = self.binding(*number) {
                all.insert(sequence.clone(), binding.clone());
            }
        }
        all.retain(|_, binding| *binding != Binding::Nothing);
        all
    }

    /// The sequences of a function, in their order.
    pub fn sequences_of(&self, name: &str) -> Vec<Vec<u8>> {
        self.all()
            .into_iter()
            .filter(|(_, binding)| matches!(binding, Binding::Function(bound) if *bound == name))
            .map(|(sequence, _)| sequence)
            .collect()
    }

    /// All variables with their values, in the order they are shown.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let switches = SWITCHES.map(|(name, on)| (name, if on { "on" } else { "off" }));
        switches
            .into_iter()
            .chain(VALUES)
            .map(|(name, default)| {
                (
                    name,
                    self.variables
                        .get(name)
                        .cloned()
                        .unwrap_or(default.to_owned()),
                )
            })
            .collect()
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        match self.variables.get(name) {
            Some(value) => value == "on",
            None => SWITCHES.iter().any(|(switch, on)| *switch == name && *on),
        }
    }

    /// The value of a variable that is no switch.
    pub fn value(&self, name: &str) -> &str {
        let default = VALUES.iter().find(|(known, _)| *known == name);
        self.variables
            .get(name)
            .map(String::as_str)
            .or(default.map(|(_, value)| *value))
            .unwrap_or_default()
    }

    /// Sets a variable; false when there is none of the name.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let lower = name.to_lowercase();
        if let Some((name, _)) = SWITCHES.iter().find(|(switch, _)| *switch == lower) {
            let on = value.is_empty() || value == "1" || value.eq_ignore_ascii_case("on");
            self.variables
                .insert(name, if on { "on" } else { "off" }.to_owned());
            return true;
        }
        let Some((name, _)) = VALUES.iter().find(|(known, _)| *known == lower) else {
            return false;
        };
        self.variables.insert(name, value.to_owned());
        true
    }
}

/// One of [`FUNCTIONS`] by its name, in any case.
pub fn function(name: &str) -> Option<&'static str> {
    FUNCTIONS
        .iter()
        .copied()
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// What a keymap's name puts before its sequences; `None` when there is no such map. The maps of vi are known, and
/// nothing is in them: this editor has one mode.
pub fn map_prefix(name: &str) -> Option<Option<&'static [u8]>> {
    match name.to_lowercase().as_str() {
        "emacs" | "emacs-standard" => Some(Some(&[])),
        "emacs-meta" => Some(Some(&[ESCAPE])),
        "emacs-ctlx" => Some(Some(&[CONTROL_X])),
        "vi" | "vi-move" | "vi-command" | "vi-insert" => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_bytes_are_found_as_far_as_they_go() {
        let mut keymap = Keymap::default();
        keymap.bind(b"ab".to_vec(), Binding::Function("yank"));
        keymap.bind(b"abc".to_vec(), Binding::Macro(b"x".to_vec()));
        assert_eq!(keymap.find(b"a"), Match::Beginning);
        let found = |number, longer| Match::Bound { number, longer };
        assert_eq!(keymap.find(b"ab"), found(0, true));
        assert_eq!(keymap.find(b"abc"), found(1, false));
        assert_eq!(keymap.find(b"b"), Match::Nothing);
    }

    #[test]
    fn what_is_unbound_is_bound_no_more() {
        let mut keymap = Keymap::default();
        assert_eq!(keymap.sequences_of("yank"), [vec![0x19]]);
        keymap.bind(vec![0x19], Binding::Nothing);
        keymap.bind(vec![0x15], Binding::Function("yank"));
        assert_eq!(keymap.sequences_of("yank"), [vec![0x15]]);
        keymap.unbind_function("yank");
        assert_eq!(keymap.sequences_of("yank"), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn variables_have_readlines_values_until_they_are_set() {
        let mut keymap = Keymap::default();
        assert!(keymap.is_on("mark-directories") && !keymap.is_on("completion-ignore-case"));
        assert!(
            keymap.set("Completion-Ignore-Case", "On") && keymap.is_on("completion-ignore-case")
        );
        assert!(keymap.set("bell-style", "none"));
        assert_eq!(keymap.value("bell-style"), "none");
        assert!(!keymap.set("nosuch", "x"));
    }
}
