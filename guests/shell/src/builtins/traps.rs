//! `trap`

use super::USAGE_STATUS;
use crate::escapes::quote_single;
use crate::shell::{Outcome, Shell};
use crate::signals::{Event, signal_name};

/// Shows and sets what events do.
pub fn trap(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "lp") else {
        return Ok(USAGE_STATUS);
    };
    let (list, print) = (options.has('l'), options.has('p'));
    let operands = options.operands.to_vec();
    if list {
        for row in (1..=31_u8).collect::<Vec<_>>().chunks(5) {
            let cells: Vec<String> = row
                .iter()
                .map(|signal| format!("{signal:2}) SIG{}", signal_name(*signal)))
                .collect();
            shell.print_line(&cells.join("\t"));
        }
        return Ok(0);
    }
    if operands.is_empty() || print {
        return show(shell, words, &operands);
    }
    // `trap signal` and `trap - signal` take an action away.
    let numeric = operands
        .first()
        .is_some_and(|first| first.parse::<u8>().is_ok());
    let (action, events) = if numeric || operands.len() == 1 {
        (None, operands.as_slice())
    } else {
        let action = operands.first().filter(|action| *action != "-").cloned();
        (action, operands.get(1..).unwrap_or_default())
    };
    let mut status = 0;
    for text in events {
        let Some(event) = Event::parse(text) else {
            shell.complain(words, &format!("{text}: invalid signal specification"));
            status = 1;
            continue;
        };
        match &action {
            Some(action) => shell.traps.set(event, action.clone()),
            None => shell.traps.reset(event),
        }
    }
    Ok(status)
}

fn show(shell: &mut Shell, words: &[String], operands: &[String]) -> Outcome {
    let mut status = 0;
    let mut wanted = Vec::new();
    for text in operands {
        match Event::parse(text) {
            Some(event) => wanted.push(event),
            None => {
                shell.complain(words, &format!("{text}: invalid signal specification"));
                status = 1;
            }
        }
    }
    let mut shown = shell.traps.shown();
    if !operands.is_empty() {
        let all: std::collections::BTreeMap<_, _> = shown.into_iter().collect();
        shown = wanted
            .into_iter()
            .filter_map(|event| Some((event, all.get(&event)?.clone())))
            .collect();
    }
    for (event, action) in shown {
        shell.print_line(&format!(
            "trap -- {} {}",
            quote_single(&action),
            if shell.posix() {
                event.name().trim_start_matches("SIG").to_owned()
            } else {
                event.name()
            }
        ));
    }
    Ok(status)
}
