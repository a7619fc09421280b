//! `history`, `fc`

use super::USAGE_STATUS;
use crate::descriptors::error_text;
use crate::shell::{Outcome, Shell};

/// Shows and changes what was typed.
pub fn history(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "cd:anrwps") else {
        return Ok(USAGE_STATUS);
    };
    let operands = options.operands.to_vec();
    if options.has('c') {
        shell.history.clear();
        return Ok(0);
    }
    if let Some(number) = options.value('d') {
        let number = number.to_owned();
        let base = shell.history.first_number();
        let position = match number.parse::<i64>() {
            Ok(offset) if offset < 0 => {
                usize::try_from(offset + i64::try_from(shell.history.len()).unwrap_or(0)).ok()
            }
            Ok(offset) => usize::try_from(offset)
                .ok()
                .and_then(|offset| offset.checked_sub(base)),
            Err(_) => None,
        };
        if !position.is_some_and(|position| shell.history.remove(position)) {
            shell.complain(words, &format!("{number}: history position out of range"));
            return Ok(1);
        }
        return Ok(0);
    }
    if options.has('s') {
        // The command itself is not kept, what it says is.
        shell.history.replace_last(&operands.join(" "));
        return Ok(0);
    }
    if options.has('p') {
        operands
            .iter()
            .for_each(|operand| shell.print_line(operand));
        return Ok(0);
    }
    for letter in ['a', 'n', 'r', 'w'] {
        if options.has(letter) {
            let path = operands
                .first()
                .cloned()
                .or_else(|| shell.setting("HISTFILE").map(str::to_owned));
            let Some(path) = path else { return Ok(1) };
            let result = match letter {
                'a' => shell.history.append_new(&path),
                'w' => shell.history.write(&path),
                _ => shell.history.read(&path),
            };
            if let Err(error) = result {
                shell.complain(words, &format!("{path}: {}", error_text(&error)));
                return Ok(1);
            }
            return Ok(0);
        }
    }
    let count = match operands.first() {
        None => usize::MAX,
        Some(text) => match text.parse() {
            Ok(count) => count,
            Err(_) => {
                shell.complain(words, &format!("{text}: numeric argument required"));
                return Ok(1);
            }
        },
    };
    let base = shell.history.first_number();
    let total = shell.history.len();
    let format = shell.setting("HISTTIMEFORMAT").map(str::to_owned);
    let lines: Vec<String> = shell
        .history
        .entries()
        .enumerate()
        .skip(total.saturating_sub(count))
        .map(|(index, entry)| {
            let time = match (&format, entry.time) {
                (Some(format), Some(time)) => {
                    crate::time::format(format, i64::try_from(time).unwrap_or(0))
                }
                (Some(_), None) => "??".to_owned(),
                (None, _) => String::new(),
            };
            format!("{:5}  {time}{}", index + base, entry.text)
        })
        .collect();
    lines.iter().for_each(|line| shell.print_line(line));
    Ok(0)
}

/// `fc -l`: lists; `fc -s`: runs an entry again.
pub fn fc(shell: &mut Shell, words: &[String]) -> Outcome {
    // Negative numbers are positions, not options.
    let is_number = |word: &String| {
        word.strip_prefix('-')
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()) && !rest.is_empty())
    };
    let split = words
        .iter()
        .skip(1)
        .position(is_number)
        .map_or(words.len(), |at| at + 1);
    let Some(options) = shell.options_of(words.get(..split).unwrap_or_default(), "e:lnrs") else {
        return Ok(USAGE_STATUS);
    };
    let mut operands = options.operands.to_vec();
    operands.extend_from_slice(words.get(split..).unwrap_or_default());
    let base = shell.history.first_number();
    let total = shell.history.len();
    let find = |shell: &Shell, text: &str| -> Option<usize> {
        match text.parse::<i64>() {
            Ok(number) if number <= 0 => total
                .checked_sub(1)?
                .checked_sub(usize::try_from(-number).ok()?),
            Ok(number) => usize::try_from(number)
                .ok()?
                .checked_sub(base)
                .filter(|position| *position < total),
            Err(_) => (0..total).rev().find(|position| {
                shell
                    .history
                    .get(*position)
                    .is_some_and(|line| line.starts_with(text))
            }),
        }
    };
    if options.has('s') {
        let replace = operands
            .first()
            .and_then(|word| word.split_once('='))
            .map(|(from, to)| (from.to_owned(), to.to_owned()));
        let wanted = operands.get(usize::from(replace.is_some()));
        let position = match wanted {
            Some(text) => find(shell, text),
            None => total.checked_sub(2),
        };
        let Some(line) = position
            .and_then(|position| shell.history.get(position))
            .map(str::to_owned)
        else {
            shell.complain(words, "no command found");
            return Ok(1);
        };
        let line = match replace {
            Some((from, to)) => line.replacen(&from, &to, 1),
            None => line,
        };
        shell.write_error(&format!("{line}\n"));
        shell.history.replace_last(&line);
        return shell.run_text(&line, 1, "fc");
    }
    if !options.has('l') {
        shell.complain(
            words,
            "only `fc -l' and `fc -s' are here: a session has no editor of its own",
        );
        return Ok(1);
    }
    // The command being run is the last entry and is not listed.
    let end = total.saturating_sub(1);
    let first = match operands.first() {
        Some(text) => find(shell, text),
        None => Some(end.saturating_sub(16)),
    };
    let last = match operands.get(1) {
        Some(text) => find(shell, text),
        None => Some(end.saturating_sub(1)),
    };
    let (Some(first), Some(last)) = (first, last) else {
        shell.complain(words, "history specification out of range");
        return Ok(1);
    };
    let backwards = options.has('r') != (first > last);
    let mut positions: Vec<usize> = (first.min(last)..=first.max(last)).collect();
    if backwards {
        positions.reverse();
    }
    let numbered = !options.has('n');
    for position in positions {
        let Some(line) = shell.history.get(position).map(str::to_owned) else {
            continue;
        };
        if numbered {
            shell.print_line(&format!("{}\t {line}", position + base));
        } else {
            shell.print_line(&format!("\t {line}"));
        }
    }
    Ok(0)
}
