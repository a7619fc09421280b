//! `alias`, `unalias`

use crate::escapes;
use crate::shell::{Outcome, Shell};

/// Shows or sets aliases.
pub fn alias(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "p") else {
        return Ok(2);
    };
    let operands = options.operands.to_vec();
    if operands.is_empty() || options.has('p') {
        let all: Vec<String> = shell
            .aliases
            .iter()
            .map(|(name, value)| line(name, value))
            .collect();
        all.iter().for_each(|line| shell.print_line(line));
    }
    let mut status = 0;
    for operand in &operands {
        match operand.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => {
                if name.contains([
                    '/', '$', '`', '=', ' ', '\t', '\n', '|', '&', ';', '(', ')', '<', '>', '"',
                    '\'', '\\',
                ]) {
                    shell.complain(words, &format!("`{name}': invalid alias name"));
                    status = 1;
                } else {
                    shell.aliases.insert(name.to_owned(), value.to_owned());
                }
            }
            None => match shell.aliases.get(operand) {
                Some(value) => {
                    let line = line(operand, value);
                    shell.print_line(&line);
                }
                None => {
                    shell.complain(words, &format!("{operand}: not found"));
                    status = 1;
                }
            },
        }
    }
    Ok(status)
}

fn line(name: &str, value: &str) -> String {
    let dashes = if name.starts_with('-') { "-- " } else { "" };
    format!("alias {dashes}{name}={}", escapes::quote_single(value))
}

/// Removes aliases.
pub fn unalias(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "a") else {
        return Ok(2);
    };
    if options.has('a') {
        shell.aliases.clear();
        return Ok(0);
    }
    let operands = options.operands.to_vec();
    if operands.is_empty() {
        shell.write_error("unalias: usage: unalias [-a] name [name ...]\n");
        return Ok(2);
    }
    let mut status = 0;
    for name in &operands {
        if shell.aliases.remove(name).is_none() {
            shell.complain(words, &format!("{name}: not found"));
            status = 1;
        }
    }
    Ok(status)
}
