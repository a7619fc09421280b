//! `complete`, `compgen`, `compopt`

use std::collections::BTreeSet;

use super::{Options, USAGE_STATUS};
use crate::escapes::{quote, quote_single};
use crate::programmable::{ACTIONS, OPTIONS, Place, Specification};
use crate::shell::{Outcome, Shell, Unwind};
use crate::variables::{COMPLETION_BUCKETS, in_bash_order};

const SPECIFICATION_LETTERS: &str = "abcdefgjksuvo:A:G:W:P:S:X:F:C:";

/// What a call says about a specification, or the status to end with.
fn specification(
    shell: &mut Shell,
    words: &[String],
    options: &Options<'_>,
) -> Result<Specification, i32> {
    let mut specification = Specification::default();
    for (letter, value) in &options.found {
        let value = value.map(str::to_owned);
        match letter {
            'o' => {
                let name = value.unwrap_or_default();
                match OPTIONS.iter().find(|known| **known == name) {
                    Some(known) => specification.options.insert(*known),
                    None => {
                        shell.complain(words, &format!("{name}: invalid option name"));
                        return Err(USAGE_STATUS);
                    }
                };
            }
            'A' => {
                let name = value.unwrap_or_default();
                match ACTIONS.iter().find(|(known, _)| *known == name) {
                    Some((known, _)) => specification.actions.insert(known),
                    None => {
                        shell.complain(words, &format!("{name}: invalid action name"));
                        return Err(USAGE_STATUS);
                    }
                };
            }
            'G' => specification.glob = value,
            'W' => specification.words = value,
            'P' => specification.prefix = value,
            'S' => specification.suffix = value,
            'X' => specification.filter = value,
            'C' => specification.command = value,
            'F' => {
                let name = value.unwrap_or_default();
                if name.contains(|character: char| {
                    character.is_whitespace() || "|&;()<>$`'\"".contains(character)
                }) {
                    shell.complain(words, &format!("`{name}': not a valid identifier"));
                    return Err(1);
                }
                specification.function = Some(name);
            }
            letter => {
                if let Some((name, _)) = ACTIONS.iter().find(|(_, known)| *known == Some(*letter)) {
                    specification.actions.insert(name);
                }
            }
        }
    }
    Ok(specification)
}

/// Says how the arguments of commands are completed.
pub fn complete(shell: &mut Shell, words: &[String]) -> Outcome {
    let known = format!("{SPECIFICATION_LETTERS}prDEI");
    let Some(options) = shell.options_of(words, &known) else {
        return Ok(USAGE_STATUS);
    };
    let operands = options.operands.to_vec();
    let special: Vec<char> = ['D', 'E', 'I']
        .into_iter()
        .filter(|letter| options.has(*letter))
        .collect();
    if options.has('r') {
        return Ok(remove(shell, words, &special, &operands));
    }
    let (print, nothing) = (options.has('p'), options.found.is_empty());
    if print || (nothing && operands.is_empty()) {
        return Ok(show(shell, words, &special, &operands));
    }
    let specification = match specification(shell, words, &options) {
        Ok(specification) => specification,
        Err(status) => return Ok(status),
    };
    if operands.is_empty() && special.is_empty() {
        shell.write_error(&format!(
            "complete: usage: {}\n",
            super::find("complete").map_or("", |builtin| builtin.synopsis)
        ));
        return Ok(USAGE_STATUS);
    }
    for letter in special {
        *special_place(shell, letter) = Some(specification.clone());
    }
    for name in operands {
        shell
            .completion
            .commands
            .insert(name, specification.clone());
    }
    Ok(0)
}

fn special_place(shell: &mut Shell, letter: char) -> &mut Option<Specification> {
    match letter {
        'D' => &mut shell.completion.default,
        'E' => &mut shell.completion.empty,
        _ => &mut shell.completion.initial,
    }
}

fn remove(shell: &mut Shell, words: &[String], special: &[char], operands: &[String]) -> i32 {
    let mut status = 0;
    // Where there is nothing at all, bash looks for nothing.
    let missed = !shell.completion.commands.is_empty();
    for letter in special {
        *special_place(shell, *letter) = None;
    }
    for name in operands {
        if shell.completion.commands.remove(name).is_none() && missed {
            shell.complain(words, &format!("{name}: no completion specification"));
            status = 1;
        }
    }
    if special.is_empty() && operands.is_empty() {
        shell.completion = Default::default();
    }
    status
}

fn show(shell: &mut Shell, words: &[String], special: &[char], operands: &[String]) -> i32 {
    let mut status = 0;
    let all = special.is_empty() && operands.is_empty();
    let mut lines = Vec::new();
    if all {
        let commands = shell.completion.commands.iter();
        for (name, specification) in in_bash_order(commands, COMPLETION_BUCKETS) {
            lines.push(line(specification, &quote(name)));
        }
    }
    for letter in ['I', 'D', 'E'] {
        if (all || special.contains(&letter))
            && let Some(specification) = special_place(shell, letter)
        {
            lines.push(line(specification, &format!("-{letter}")));
        }
    }
    for name in operands {
        match shell.completion.commands.get(name) {
            Some(specification) => lines.push(line(specification, &quote(name))),
            None => {
                shell.complain(words, &format!("{name}: no completion specification"));
                status = 1;
            }
        }
    }
    lines.iter().for_each(|line| shell.print_line(line));
    status
}

/// The call that makes a specification.
fn line(specification: &Specification, name: &str) -> String {
    let mut line = String::from("complete");
    for option in OPTIONS {
        if specification.options.contains(option) {
            line.push_str(&format!(" -o {option}"));
        }
    }
    for (action, letter) in ACTIONS {
        if specification.actions.contains(action) {
            match letter {
                Some(letter) => line.push_str(&format!(" -{letter}")),
                None => line.push_str(&format!(" -A {action}")),
            }
        }
    }
    for (letter, value) in [
        ('G', &specification.glob),
        ('W', &specification.words),
        ('P', &specification.prefix),
        ('S', &specification.suffix),
        ('X', &specification.filter),
        ('C', &specification.command),
    ] {
        if let Some(value) = value {
            line.push_str(&format!(" -{letter} {}", quote_single(value)));
        }
    }
    if let Some(function) = &specification.function {
        line.push_str(&format!(" -F {}", quote(function)));
    }
    format!("{line} {name}")
}

/// Prints the words a specification gives.
pub fn compgen(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, SPECIFICATION_LETTERS) else {
        return Ok(USAGE_STATUS);
    };
    let word = options.operands.first().cloned().unwrap_or_default();
    if options.found.is_empty() {
        return Ok(0);
    }
    let specification = match specification(shell, words, &options) {
        Ok(specification) => specification,
        Err(status) => return Ok(status),
    };
    for (letter, given) in [
        ('F', specification.function.is_some()),
        ('C', specification.command.is_some()),
    ] {
        if given {
            let message = format!("warning: -{letter} option may not work as you expect");
            shell.complain(words, &message);
        }
    }
    let place = Place {
        command: "compgen".to_owned(),
        word: word.clone(),
        ..Place::default()
    };
    shell.flush();
    let (mut found, _) = match shell.generate(&specification, &place) {
        Err(Unwind::Discard(_)) => return Ok(1),
        other => other?,
    };
    if found.is_empty() && specification.options.contains("default") {
        found = shell.file_words(&word, false);
    }
    found.iter().for_each(|word| shell.print_line(word));
    Ok(i32::from(found.is_empty()))
}

/// Changes the switches of specifications, or of the one whose function runs.
pub fn compopt(shell: &mut Shell, words: &[String]) -> Outcome {
    let mut changes: Vec<(&'static str, bool)> = Vec::new();
    let mut special = Vec::new();
    let mut index = 1;
    while let Some(word) = words.get(index) {
        match word.as_str() {
            "--" => {
                index += 1;
                break;
            }
            "-o" | "+o" => {
                index += 1;
                let name = words.get(index).cloned().unwrap_or_default();
                let Some(known) = OPTIONS.iter().find(|known| **known == name) else {
                    shell.complain(words, &format!("{name}: invalid option name"));
                    return Ok(USAGE_STATUS);
                };
                changes.push((known, word == "-o"));
            }
            "-D" => special.push('D'),
            "-E" => special.push('E'),
            "-I" => special.push('I'),
            other if other.starts_with('-') && other.len() > 1 => {
                shell.usage(words, &format!("{other}: invalid option"));
                return Ok(USAGE_STATUS);
            }
            _ => break,
        }
        index += 1;
    }
    let names = words.get(index..).unwrap_or_default().to_vec();
    if names.is_empty() && special.is_empty() {
        let Some(running) = &mut shell.completion.running else {
            shell.complain(words, "not currently executing completion function");
            return Ok(1);
        };
        change(running, &changes);
        return Ok(0);
    }
    let mut status = 0;
    let mut lines = Vec::new();
    for letter in special {
        if let Some(specification) = special_place(shell, letter) {
            change(&mut specification.options, &changes);
            lines.push(switches(&specification.options, &format!("-{letter}")));
        }
    }
    for name in &names {
        match shell.completion.commands.get_mut(name) {
            Some(specification) => {
                change(&mut specification.options, &changes);
                lines.push(switches(&specification.options, &quote(name)));
            }
            None => {
                shell.complain(words, &format!("{name}: no completion specification"));
                status = 1;
            }
        }
    }
    if changes.is_empty() {
        lines.iter().for_each(|line| shell.print_line(line));
    }
    Ok(status)
}

fn change(options: &mut BTreeSet<&'static str>, changes: &[(&'static str, bool)]) {
    for (name, on) in changes {
        if *on {
            options.insert(name);
        } else {
            options.remove(name);
        }
    }
}

fn switches(options: &BTreeSet<&'static str>, name: &str) -> String {
    let mut line = String::from("compopt");
    for option in OPTIONS {
        let sign = if options.contains(option) { '-' } else { '+' };
        line.push_str(&format!(" {sign}o {option}"));
    }
    format!("{line} {name}")
}
