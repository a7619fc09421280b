//! `set`, `shopt`, `umask`

use super::USAGE_STATUS;
use crate::interactive::IGNORED_ENDS_DEFAULT;
use crate::options::{SET_OPTIONS, SetOption, SetOptions, ShellOptions};
use crate::restricted::RESTRICTED_SHELL;
use crate::shell::{Outcome, Shell};
use crate::variables::Value;

/// Switches, positional parameters, or the list of all variables.
pub fn set(shell: &mut Shell, words: &[String]) -> Outcome {
    if words.len() == 1 {
        let names: Vec<String> = shell
            .variables
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        for name in names {
            let line = shell
                .variables
                .get(&name)
                .and_then(|variable| super::declare::plain_text(&name, variable));
            if let Some(line) = line {
                shell.print_line(&line);
            }
        }
        if !shell.posix() {
            for name in shell.functions.keys().cloned().collect::<Vec<_>>() {
                let text = shell.function_text(&name).unwrap_or_default();
                shell.print_line(&text);
            }
        }
        return Ok(0);
    }
    let mut index = 1;
    while let Some(word) = words.get(index) {
        if word == "--" {
            set_positional(shell, words, index + 1);
            return Ok(0);
        }
        if word == "-" {
            shell.options.set(SetOption::XTrace, false);
            shell.options.set(SetOption::Verbose, false);
            if index + 1 < words.len() {
                set_positional(shell, words, index + 1);
            }
            return Ok(0);
        }
        let Some(letters) = word
            .strip_prefix(['-', '+'])
            .filter(|letters| !letters.is_empty())
        else {
            break;
        };
        let on = word.starts_with('-');
        index += 1;
        for letter in letters.chars() {
            if letter == 'o' {
                match words.get(index) {
                    Some(name) if !name.starts_with(['-', '+']) => {
                        let Some(option) = SetOptions::by_name(name) else {
                            shell.complain(words, &format!("{name}: invalid option name"));
                            return Ok(USAGE_STATUS);
                        };
                        apply(shell, option, on);
                        index += 1;
                    }
                    _ => show_options(shell, on),
                }
                continue;
            }
            if letter == 'r' && on {
                shell.restrict();
                continue;
            }
            let Some(option) = SetOptions::by_letter(letter) else {
                let sign = if on { '-' } else { '+' };
                shell.usage(words, &format!("{sign}{letter}: invalid option"));
                return Ok(USAGE_STATUS);
            };
            apply(shell, option, on);
        }
    }
    if index < words.len() {
        set_positional(shell, words, index);
    }
    Ok(0)
}

fn set_positional(shell: &mut Shell, words: &[String], first: usize) {
    shell.positional = words.get(first..).unwrap_or_default().to_vec();
    shell.positional_set |= !shell.in_function();
}

pub fn apply(shell: &mut Shell, option: SetOption, on: bool) {
    match option {
        SetOption::Vi if on => shell.options.set(SetOption::Emacs, false),
        SetOption::History if on => shell.load_history(),
        SetOption::Posix if on => {
            shell.shopt.set("expand_aliases", true);
        }
        SetOption::IgnoreEof => {
            if on {
                let ends = IGNORED_ENDS_DEFAULT.to_string();
                shell.variables.entry("IGNOREEOF").value = Value::Scalar(ends);
            } else {
                shell.variables.unset("IGNOREEOF");
            }
        }
        SetOption::Emacs if on => shell.options.set(SetOption::Vi, false),
        // Nobody reads commands that a person types, should this be turned on.
        SetOption::NoExec if shell.mode.interactive => return,
        _ => {}
    }
    shell.options.set(option, on);
}

fn show_options(shell: &mut Shell, readable: bool) {
    for (option, name, _) in SET_OPTIONS {
        let on = shell.option(option);
        if readable {
            shell.print_line(&format!("{name:<15}\t{}", if on { "on" } else { "off" }));
        } else {
            shell.print_line(&format!("set {}o {name}", if on { '-' } else { '+' }));
        }
    }
}

/// Shows and changes further switches.
pub fn shopt(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "opqsu") else {
        return Ok(USAGE_STATUS);
    };
    let (of_set, reusable, quiet) = (options.has('o'), options.has('p'), options.has('q'));
    let (turn_on, turn_off) = (options.has('s'), options.has('u'));
    let operands = options.operands.to_vec();
    if turn_on && turn_off {
        shell.complain(words, "cannot set and unset shell options simultaneously");
        return Ok(1);
    }
    let state = |shell: &Shell, name: &str| -> Option<bool> {
        if of_set {
            SetOptions::by_name(name).map(|option| shell.option(option))
        } else {
            ShellOptions::exists(name).then(|| shell.shopt.get(name))
        }
    };
    let show = |shell: &mut Shell, name: &str, on: bool| {
        if reusable && of_set {
            shell.print_line(&format!("set {}o {name}", if on { '-' } else { '+' }));
        } else if reusable {
            shell.print_line(&format!("shopt -{} {name}", if on { 's' } else { 'u' }));
        } else {
            shell.print_line(&format!("{name:<15}\t{}", if on { "on" } else { "off" }));
        }
    };
    if operands.is_empty() {
        let all: Vec<(&str, bool)> = if of_set {
            SET_OPTIONS
                .iter()
                .map(|(option, name, _)| (*name, shell.option(*option)))
                .collect()
        } else {
            shell.shopt.iter().collect()
        };
        for (name, on) in all {
            let shown = if on { !turn_off } else { !turn_on };
            if shown && !quiet {
                show(shell, name, on);
            }
        }
        return Ok(0);
    }
    let mut status = 0;
    for name in &operands {
        let Some(on) = state(shell, name) else {
            let what = if of_set { "option" } else { "shell option" };
            shell.complain(words, &format!("{name}: invalid {what} name"));
            status = 1;
            continue;
        };
        if turn_on || turn_off {
            match SetOptions::by_name(name).filter(|_| of_set) {
                Some(option) => apply(shell, option, turn_on),
                // What tells of the shell's state is not changed so.
                None if matches!(name.as_str(), RESTRICTED_SHELL | "login_shell") => {}
                None => {
                    shell.shopt.set(name, turn_on);
                    if name == "extdebug" {
                        shell.options.set(SetOption::FuncTrace, turn_on);
                        shell.options.set(SetOption::ErrTrace, turn_on);
                    }
                }
            }
            continue;
        }
        if !on {
            status = 1;
        }
        if !quiet {
            show(shell, name, on);
        }
    }
    Ok(status)
}

/// Shows and sets the mask of new files.
pub fn umask(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "pS") else {
        return Ok(USAGE_STATUS);
    };
    let (reusable, symbolic) = (options.has('p'), options.has('S'));
    let operands = options.operands.to_vec();
    // The mask can only be read by setting it.
    let current = berth_guest::umask(0o022);
    berth_guest::umask(current);
    let Some(text) = operands.first() else {
        let shown = if symbolic {
            symbolic_mask(current)
        } else {
            format!("{current:04o}")
        };
        let prefix = match (reusable, symbolic) {
            (true, true) => "umask -S ",
            (true, false) => "umask ",
            _ => "",
        };
        shell.print_line(&format!("{prefix}{shown}"));
        return Ok(0);
    };
    let mask = if text.starts_with(|first: char| first.is_ascii_digit()) {
        match u32::from_str_radix(text, 8)
            .ok()
            .filter(|mask| *mask <= 0o777)
        {
            Some(mask) => mask,
            None => {
                shell.complain(words, &format!("{text}: octal number out of range"));
                return Ok(1);
            }
        }
    } else {
        match symbolic_change(text, current) {
            Ok(mask) => mask,
            Err(reason) => {
                shell.complain(words, &reason);
                return Ok(1);
            }
        }
    };
    berth_guest::umask(mask);
    if symbolic {
        shell.print_line(&symbolic_mask(mask));
    }
    Ok(0)
}

fn symbolic_mask(mask: u32) -> String {
    let class = |shift: u32| {
        let allowed = !(mask >> shift) & 7;
        let letters = [(4, 'r'), (2, 'w'), (1, 'x')];
        letters
            .iter()
            .filter(|(bit, _)| allowed & bit != 0)
            .map(|(_, letter)| *letter)
            .collect::<String>()
    };
    format!("u={},g={},o={}", class(6), class(3), class(0))
}

/// `u=rwx,g+w,o-r` applied to what is allowed now.
fn symbolic_change(text: &str, mask: u32) -> Result<u32, String> {
    let mut allowed = !mask & 0o777;
    for clause in text.split(',') {
        let at = clause
            .find(|letter| !"ugoa".contains(letter))
            .unwrap_or(clause.len());
        let (who, change) = clause.split_at(at);
        let mut shifts = Vec::new();
        for letter in who.chars() {
            match letter {
                'u' => shifts.push(6),
                'g' => shifts.push(3),
                'o' => shifts.push(0),
                _ => shifts.extend([6, 3, 0]),
            }
        }
        if shifts.is_empty() {
            shifts.extend([6, 3, 0]);
        }
        if !change.starts_with(['=', '+', '-']) {
            let shown = change.chars().next().map(String::from).unwrap_or_default();
            return Err(format!("`{shown}': invalid symbolic mode operator"));
        }
        let mut bits = 0;
        for letter in change.chars().skip(1) {
            bits |= match letter {
                'r' => 4,
                'w' => 2,
                'x' => 1,
                other => return Err(format!("`{other}': invalid symbolic mode character")),
            };
        }
        for shift in shifts {
            match change.chars().next() {
                Some('=') => allowed = (allowed & !(7 << shift)) | (bits << shift),
                Some('+') => allowed |= bits << shift,
                _ => allowed &= !(bits << shift),
            }
        }
    }
    Ok(!allowed & 0o777)
}
