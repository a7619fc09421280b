//! `unset`, `shift`

use super::USAGE_STATUS;
use crate::parameters::Refused;
use crate::shell::{Outcome, Shell, Unwind};
use crate::text::is_name;

/// Removes variables and functions.
pub fn unset(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "fnv") else {
        return Ok(USAGE_STATUS);
    };
    let (functions, variables, references) = (options.has('f'), options.has('v'), options.has('n'));
    let operands = options.operands.to_vec();
    if functions && variables {
        shell.complain(
            words,
            "cannot simultaneously unset a function and a variable",
        );
        return Ok(1);
    }
    let mut status = 0;
    for name in &operands {
        if functions {
            status = unset_function(shell, name).max(status);
            continue;
        }
        let bare = name.split('[').next().unwrap_or_default();
        if !is_name(bare) {
            if !variables {
                // Functions may have any name; one that is not there is no error.
                status = unset_function(shell, name).max(status);
                continue;
            }
            shell.complain(words, &format!("`{name}': not a valid identifier"));
            status = 1;
            continue;
        }
        if references {
            if !shell.variables.is_reference(name) {
                continue;
            }
            if shell
                .variables
                .get(name)
                .is_some_and(|variable| variable.attributes.readonly)
            {
                shell.complain(words, &format!("{name}: cannot unset: readonly variable"));
                status = 1;
                continue;
            }
            shell.variables.unset(name);
            continue;
        }
        if !variables && shell.variables.get(bare).is_none() {
            status = unset_function(shell, name).max(status);
            continue;
        }
        match shell.unset_variable(name) {
            Ok(()) => {}
            Err(Refused::Told) => status = 1,
            Err(Refused::Unwind(unwind)) => return Err(unwind),
        }
    }
    Ok(status)
}

/// Removes a function unless it is readonly.
fn unset_function(shell: &mut Shell, name: &str) -> i32 {
    if shell
        .functions
        .get(name)
        .is_some_and(|known| known.readonly)
    {
        shell.error(&format!("unset: {name}: cannot unset: readonly function"));
        return 1;
    }
    shell.functions.remove(name);
    0
}

/// Moves the positional parameters down.
pub fn shift(shell: &mut Shell, words: &[String]) -> Outcome {
    let first = 1 + usize::from(words.get(1).is_some_and(|word| word == "--"));
    let count = match words.get(first) {
        None => 1,
        Some(text) => match text.parse::<i64>() {
            Ok(count) => count,
            Err(_) => {
                shell.complain(words, &format!("{text}: numeric argument required"));
                return Ok(1);
            }
        },
    };
    if words.len() > first + 1 {
        shell.complain(words, "too many arguments");
        return Err(Unwind::Abandon(1));
    }
    match usize::try_from(count) {
        Err(_) => {
            shell.complain(words, &format!("{count}: shift count out of range"));
            Ok(1)
        }
        Ok(count) if count > shell.positional.len() => {
            if shell.shopt.get("shift_verbose") || shell.posix() {
                shell.complain(words, &format!("{count}: shift count out of range"));
            }
            Ok(1)
        }
        Ok(count) => {
            shell.positional.drain(..count);
            Ok(0)
        }
    }
}
