//! `help`

use super::BUILTINS;
use crate::pattern::{Pattern, PatternOptions};
use crate::shell::{Outcome, Shell};

/// Says how builtins are called.
pub fn help(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "dms") else {
        return Ok(2);
    };
    let patterns = options.operands.to_vec();
    if patterns.is_empty() {
        shell.print_line(
            "These commands are part of the shell. `help name' shows how one is called.",
        );
        shell.print_line("");
        for builtin in &BUILTINS {
            shell.print_line(&format!(" {}", builtin.synopsis));
        }
        return Ok(0);
    }
    let mut status = 0;
    for text in &patterns {
        let pattern = Pattern::new(text, PatternOptions::default());
        let mut found = false;
        for builtin in BUILTINS
            .iter()
            .filter(|builtin| pattern.matches(builtin.name))
        {
            found = true;
            shell.print_line(&format!("{}: {}", builtin.name, builtin.synopsis));
        }
        if !found {
            shell.complain(words, &format!("no help topics match `{text}'.  Try `help help' or `man -k {text}' or `info {text}'."));
            status = 1;
        }
    }
    Ok(status)
}
