//! `alias`, `unalias`

use crate::escapes;
use crate::shell::{Outcome, Shell};

/// Shows or sets aliases.
pub fn alias(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "p") else {
        return Ok(2);
    };
    let operands = options.operands.to_vec();
    // POSIX shows what can be given to `alias` again.
    let prefix = if shell.posix() && !options.has('p') {
        ""
    } else {
        "alias "
    };
    if operands.is_empty() || options.has('p') {
        let all: Vec<String> = shell
            .aliases
            .iter()
            .map(|(name, value)| line(name, value, prefix))
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
                    let line = line(operand, value, prefix);
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

fn line(name: &str, value: &str, prefix: &str) -> String {
    let dashes = if name.starts_with('-') && !prefix.is_empty() {
        "-- "
    } else {
        ""
    };
    format!("{prefix}{dashes}{name}={}", escapes::quote_single(value))
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

impl Shell {
    /// The value of an alias; in POSIX mode, words with a meaning in the grammar are none.
    pub(crate) fn alias_of(&self, name: &str) -> Option<String> {
        if self.posix() && super::KEYWORDS.contains(&name) {
            return None;
        }
        self.aliases.get(name).cloned()
    }
}
