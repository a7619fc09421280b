//! What completes a word: `complete -C 'brew __complete' brew` in the shell.

use super::COMMANDS;
use crate::command::Completes;
use crate::installed;
use crate::output::say;
use crate::places::Places;
use crate::taps::Taps;

/// Prints the words that may stand where the shell asks: it gives the command, the word, the word before.
pub fn complete(places: &Places, words: &[String]) {
    let word = words.get(1).map_or("", String::as_str);
    let line = std::env::var("COMP_LINE").unwrap_or_default();
    let point = std::env::var("COMP_POINT")
        .ok()
        .and_then(|point| point.parse().ok());
    let before = line.get(..point.unwrap_or(line.len())).unwrap_or(&line);
    for candidate in candidates(places, before, word) {
        if candidate.starts_with(word) {
            say(candidate);
        }
    }
}

fn candidates(places: &Places, line: &str, word: &str) -> Vec<String> {
    let typed: Vec<&str> = line.split_whitespace().collect();
    // `brew` and the word itself: no command is there yet.
    let count = typed.len() - usize::from(!word.is_empty() && !typed.is_empty());
    if count <= 1 {
        return COMMANDS
            .iter()
            .map(|command| command.name.to_owned())
            .collect();
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == typed[1]) else {
        return Vec::new();
    };
    if word.starts_with('-') {
        return command
            .options
            .iter()
            .map(|option| (*option).to_owned())
            .collect();
    }
    match command.completes {
        Completes::Nothing => Vec::new(),
        Completes::Installed => installed::all(places)
            .map(|all| {
                all.into_iter()
                    .map(|there| there.name.to_string())
                    .collect()
            })
            .unwrap_or_default(),
        Completes::Offered => Taps::open(places)
            .map(|taps| {
                taps.offers()
                    .map(|offer| offer.formula.name.to_string())
                    .collect()
            })
            .unwrap_or_default(),
    }
}
