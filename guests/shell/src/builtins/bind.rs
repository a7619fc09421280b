//! `bind`

use std::collections::BTreeMap;
use std::rc::Rc;

use super::USAGE_STATUS;
use crate::descriptors::error_text;
use crate::edit::SharedKeymap;
use crate::edit::keymap::{self, Binding, Context, FUNCTIONS, print_sequence};
use crate::shell::{Outcome, Shell};

/// Sequences that `-q` and `-P` name before they say that there are more.
const NAMED_MAX: usize = 5;

impl Shell {
    /// The editor's bindings, with those of the person's file.
    pub(crate) fn keymap(&mut self) -> SharedKeymap {
        let keymap = Rc::clone(&self.keymap);
        if !std::mem::replace(&mut keymap.borrow_mut().is_loaded, true) {
            let context = self.inputrc_context();
            for path in self.inputrc_paths() {
                // The first that there is counts.
                let read = keymap.borrow_mut().read_file(&path, &context);
                if let Ok(messages) = read {
                    for message in messages {
                        self.write_error(&format!("readline: {message}\n"));
                    }
                    break;
                }
            }
        }
        keymap
    }

    fn inputrc_paths(&self) -> Vec<String> {
        let own = self.setting("INPUTRC").map(str::to_owned);
        let home = self.setting("HOME").map(|home| format!("{home}/.inputrc"));
        own.or(home)
            .into_iter()
            .chain(["/etc/inputrc".to_owned()])
            .collect()
    }

    fn inputrc_context(&self) -> Context {
        Context {
            terminal: self.setting("TERM").unwrap_or_default().to_owned(),
            prefix: Vec::new(),
        }
    }
}

/// Shows and changes what keys do.
pub fn bind(shell: &mut Shell, words: &[String]) -> Outcome {
    let keymap = shell.keymap();
    if !shell.mode.interactive {
        shell.complain(words, "warning: line editing not enabled");
    }
    let Some(options) = shell.options_of(words, "lvpVPsSXf:q:u:m:r:x:") else {
        return Ok(USAGE_STATUS);
    };
    let found: Vec<(char, Option<String>)> = options
        .found
        .iter()
        .map(|(letter, value)| (*letter, value.map(str::to_owned)))
        .collect();
    let operands = options.operands.to_vec();
    let mut context = shell.inputrc_context();
    if let Some(name) = value(&found, 'm') {
        match keymap::map_prefix(name) {
            Some(Some(prefix)) => context.prefix = prefix.to_vec(),
            // Of a mode this editor does not have.
            Some(None) => return Ok(0),
            None => {
                shell.complain(words, &format!("`{name}': invalid keymap name"));
                return Ok(1);
            }
        }
    }
    let has = |wanted| found.iter().any(|(letter, _)| *letter == wanted);
    if has('l') {
        for name in FUNCTIONS {
            shell.print_line(name);
        }
    }
    let prefix = context.prefix.clone();
    let all = || under(keymap.borrow().all(), &prefix);
    for (letter, readable) in [('P', true), ('p', false)] {
        if has(letter) {
            show_functions(shell, &all(), readable);
        }
    }
    for (letter, readable) in [('S', true), ('s', false)] {
        if has(letter) {
            show_macros(shell, &all(), readable);
        }
    }
    for (letter, readable) in [('V', true), ('v', false)] {
        if has(letter) {
            for (name, value) in keymap.borrow().variables() {
                shell.print_line(&if readable {
                    format!("{name} is set to `{value}'")
                } else {
                    format!("set {name} {value}")
                });
            }
        }
    }
    if has('X') {
        for (sequence, binding) in all() {
            if let Binding::Command(text) = binding {
                shell.print_line(&format!("\"{}\": \"{text}\"", print_sequence(&sequence)));
            }
        }
    }
    let mut status = 0;
    for (letter, value) in &found {
        let value = value.as_deref().unwrap_or_default();
        let done = match letter {
            'f' => read_file(shell, value, &context),
            'q' => query(shell, value, &all()),
            'u' => match keymap::function(value) {
                Some(name) => {
                    keymap.borrow_mut().unbind_function(name);
                    Ok(0)
                }
                None => Err(format!("`{value}': unknown function name")),
            },
            'r' => {
                let mut sequence = context.prefix.clone();
                sequence.extend(keymap::parse_sequence(value));
                keymap.borrow_mut().bind(sequence, Binding::Nothing);
                Ok(0)
            }
            'x' => match keymap::parse_command(value) {
                Ok((sequence, command)) => {
                    let mut bytes = context.prefix.clone();
                    bytes.extend(sequence);
                    keymap.borrow_mut().bind(bytes, Binding::Command(command));
                    Ok(0)
                }
                Err(message) => Err(message),
            },
            _ => Ok(0),
        };
        match done {
            Ok(0) => {}
            Ok(other) => status = other,
            Err(message) => {
                shell.complain(words, &message);
                status = 1;
            }
        }
    }
    for operand in &operands {
        if let Err(message) = keymap.borrow_mut().read_line(operand, &context) {
            shell.write_error(&format!("readline: {message}\n"));
        }
    }
    Ok(status)
}

fn value(found: &[(char, Option<String>)], wanted: char) -> Option<&str> {
    found
        .iter()
        .rev()
        .find(|(letter, _)| *letter == wanted)
        .and_then(|(_, value)| value.as_deref())
}

/// Those that begin with a prefix, without it.
fn under(all: BTreeMap<Vec<u8>, Binding>, prefix: &[u8]) -> BTreeMap<Vec<u8>, Binding> {
    if prefix.is_empty() {
        return all;
    }
    all.into_iter()
        .filter_map(|(sequence, binding)| {
            let rest = sequence
                .strip_prefix(prefix)
                .filter(|rest| !rest.is_empty())?;
            Some((rest.to_vec(), binding))
        })
        .collect()
}

fn sequences<'a>(all: &'a BTreeMap<Vec<u8>, Binding>, name: &str) -> Vec<&'a Vec<u8>> {
    all.iter()
        .filter(|(_, binding)| matches!(binding, Binding::Function(bound) if *bound == name))
        .map(|(sequence, _)| sequence)
        .collect()
}

/// Some sequences in quotes, with commas between them.
fn named(sequences: &[&Vec<u8>]) -> String {
    let shown: Vec<String> = sequences
        .iter()
        .take(NAMED_MAX)
        .map(|sequence| format!("\"{}\"", print_sequence(sequence)))
        .collect();
    let more = if sequences.len() > NAMED_MAX {
        ", ..."
    } else {
        "."
    };
    shown.join(", ") + more
}

fn show_functions(shell: &mut Shell, all: &BTreeMap<Vec<u8>, Binding>, readable: bool) {
    shell.print("\n");
    for name in FUNCTIONS {
        let bound = sequences(all, name);
        match (readable, bound.is_empty()) {
            (true, true) => shell.print_line(&format!("{name} is not bound to any keys")),
            (true, false) => shell.print_line(&format!("{name} can be found on {}", named(&bound))),
            (false, true) => shell.print_line(&format!("# {name} (not bound)")),
            (false, false) => {
                for sequence in bound {
                    shell.print_line(&format!("\"{}\": {name}", print_sequence(sequence)));
                }
            }
        }
    }
}

fn show_macros(shell: &mut Shell, all: &BTreeMap<Vec<u8>, Binding>, readable: bool) {
    for (sequence, binding) in all {
        if let Binding::Macro(text) = binding {
            let (sequence, text) = (print_sequence(sequence), print_sequence(text));
            shell.print_line(&if readable {
                format!("{sequence} outputs {text}")
            } else {
                format!("\"{sequence}\": \"{text}\"")
            });
        }
    }
}

fn query(shell: &mut Shell, name: &str, all: &BTreeMap<Vec<u8>, Binding>) -> Result<i32, String> {
    let Some(name) = keymap::function(name) else {
        return Err(format!("`{name}': unknown function name"));
    };
    let bound = sequences(all, name);
    if bound.is_empty() {
        shell.print_line(&format!("{name} is not bound to any keys."));
        return Ok(1);
    }
    shell.print_line(&format!("{name} can be invoked via {}", named(&bound)));
    Ok(0)
}

fn read_file(shell: &mut Shell, path: &str, context: &Context) -> Result<i32, String> {
    let read = shell.keymap.borrow_mut().read_file(path, context);
    match read {
        Ok(messages) => {
            for message in messages {
                shell.write_error(&format!("readline: {message}\n"));
            }
            Ok(0)
        }
        Err(error) => Err(format!("{path}: cannot read: {}", error_text(&error))),
    }
}
