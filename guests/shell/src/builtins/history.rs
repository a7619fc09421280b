//! `history`, `fc`

use super::USAGE_STATUS;
use crate::descriptors::error_text;
use crate::escapes::quote_single;
use crate::history_expansion;
use crate::options::SetOption;
use crate::shell::{Outcome, Shell};
use crate::text;

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
        if let Some((from, to)) = number.split_once('-').filter(|(from, _)| !from.is_empty()) {
            let range = (from.parse::<usize>().ok(), to.parse::<usize>().ok());
            if let (Some(from), Some(to)) = range
                && from >= base
                && to >= from
                && to - base < shell.history.len()
            {
                for position in (from - base..=to - base).rev() {
                    shell.history.remove(position);
                }
                return Ok(0);
            }
            shell.complain(words, &format!("{number}: history position out of range"));
            return Ok(1);
        }
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
        let line = operands.join(" ");
        if shell.option(SetOption::History) {
            shell.history.replace_last(&line);
        } else {
            shell.history.add(&line);
        }
        return Ok(0);
    }
    if options.has('p') {
        if shell.option(SetOption::History) {
            shell.history.remove_last();
        }
        let mut status = 0;
        for operand in &operands {
            let entries: Vec<&str> = shell.history.iter().collect();
            let base = shell.history.first_number();
            match history_expansion::expand(operand, &entries, base) {
                Ok(expanded) => {
                    let line = expanded.map_or_else(|| operand.clone(), |found| found.line);
                    shell.print_line(&line);
                }
                Err(_) => {
                    shell.complain(words, &format!("{operand}: history expansion failed"));
                    status = 1;
                }
            }
        }
        return Ok(status);
    }
    for letter in ['a', 'n', 'r', 'w'] {
        if options.has(letter) {
            let path = operands
                .first()
                .cloned()
                .or_else(|| shell.setting("HISTFILE").map(str::to_owned));
            let Some(path) = path else { return Ok(1) };
            let own = shell.setting("HISTFILE") == Some(path.as_str());
            let result = match letter {
                'w' if !own => shell.history.copy(&path),
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

/// Lists entries of the history, or runs them again, changed before in an editor or by `old=new`.
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
    let (list, reverse, numbered) = (options.has('l'), options.has('r'), !options.has('n'));
    let editor = options.value('e').map(str::to_owned);
    // The call itself is the last entry, and is not meant.
    let own = usize::from(shell.option(SetOption::History));
    let Some(last) = shell.history.len().checked_sub(1 + own) else {
        if list {
            return Ok(0);
        }
        shell.complain(words, "no command found");
        return Ok(1);
    };
    if options.has('s') || editor.as_deref() == Some("-") {
        return run_again(shell, words, &operands, last);
    }
    let range = match (operands.first(), operands.get(1)) {
        (None, _) if list => (Some(last.saturating_sub(LISTED_DEFAULT - 1)), Some(last)),
        (None, _) => (Some(last), Some(last)),
        (Some(from), None) => {
            let from = find_entry(shell, from, last);
            (from, if list { Some(last) } else { from })
        }
        (Some(from), Some(to)) => (find_entry(shell, from, last), find_entry(shell, to, last)),
    };
    let (Some(from), Some(to)) = range else {
        shell.complain(words, "history specification out of range");
        return Ok(1);
    };
    let mut positions: Vec<usize> = (from.min(to)..=from.max(to)).collect();
    if reverse != (from > to) {
        positions.reverse();
    }
    if !list {
        return edit(shell, words, &positions, editor);
    }
    let base = shell.history.first_number();
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

/// Entries `fc -l` shows when it is not told which.
const LISTED_DEFAULT: usize = 16;
/// The editor of `fc` when nobody names one.
const EDITOR_DEFAULT: &str = "vi";

/// The position of an entry that is given by its number, as a distance from the end, or by how it begins.
fn find_entry(shell: &Shell, text: &str, last: usize) -> Option<usize> {
    let base = shell.history.first_number();
    match text.parse::<i64>() {
        Ok(0) => Some(last),
        Ok(number) => {
            let distance = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
            Some(if number < 0 {
                (last + 1).saturating_sub(distance)
            } else {
                distance.saturating_sub(base).min(last)
            })
        }
        Err(_) => (0..=last).rev().find(|position| {
            let entry = shell.history.get(*position);
            entry.is_some_and(|line| line.starts_with(text))
        }),
    }
}

/// `fc -s [old=new ...] [command]`
fn run_again(shell: &mut Shell, words: &[String], operands: &[String], last: usize) -> Outcome {
    let mut changes = Vec::new();
    let mut wanted = None;
    for operand in operands {
        match operand.split_once('=') {
            Some((old, new)) if wanted.is_none() => changes.push((old, new)),
            _ => {
                wanted = Some(operand);
                break;
            }
        }
    }
    let position = match wanted {
        Some(text) => find_entry(shell, text, last),
        None => Some(last),
    };
    let Some(mut line) = position
        .and_then(|position| shell.history.get(position))
        .map(str::to_owned)
    else {
        shell.complain(words, "no command found");
        return Ok(1);
    };
    for (old, new) in changes {
        if !old.is_empty() {
            line = line.replace(old, new);
        }
    }
    shell.write_error(&format!("{line}\n"));
    if shell.option(SetOption::History) {
        shell.history.replace_last(&line);
    }
    shell.run_text(&line, 1, "fc")
}

/// Lets a person edit entries and runs what comes of it.
fn edit(
    shell: &mut Shell,
    words: &[String],
    positions: &[usize],
    editor: Option<String>,
) -> Outcome {
    let editor = editor
        .or_else(|| shell.setting("FCEDIT").map(str::to_owned))
        .or_else(|| shell.setting("EDITOR").map(str::to_owned))
        .unwrap_or_else(|| EDITOR_DEFAULT.to_owned());
    let directory = shell.setting("TMPDIR").unwrap_or("/tmp").to_owned();
    let path = format!("{directory}/bash-fc.{}", berth_guest::getpid());
    let text: String = positions
        .iter()
        .filter_map(|position| shell.history.get(*position))
        .map(|line| format!("{line}\n"))
        .collect();
    if let Err(error) = std::fs::write(text::os(&path), &*text::encode(&text)) {
        shell.complain(words, &format!("{path}: {}", error_text(&error)));
        return Ok(1);
    }
    let status = shell.run_text(&format!("{editor} {}", quote_single(&path)), 1, "fc");
    let edited = std::fs::read(text::os(&path)).map(text::decode_owned);
    // It was there a moment ago.
    let _ = std::fs::remove_file(text::os(&path));
    if status? != 0 {
        return Ok(1);
    }
    let edited = edited.unwrap_or_default();
    if shell.option(SetOption::History) {
        shell.history.remove_last();
        for line in edited.lines().filter(|line| !line.trim().is_empty()) {
            shell.history.add(line);
        }
    }
    shell.write_error(&edited);
    shell.run_text(&edited, 1, "fc")
}
