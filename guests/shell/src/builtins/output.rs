//! `echo`

use crate::escapes::{Dialect, escape};
use crate::shell::{Outcome, Shell};
use crate::text;

/// Prints its arguments.
pub fn echo(shell: &mut Shell, words: &[String]) -> Outcome {
    let mut newline = true;
    let mut escapes = shell.shopt.get("xpg_echo");
    let mut first = 1;
    while let Some(letters) = words.get(first).and_then(|word| word.strip_prefix('-')) {
        if letters.is_empty()
            || !letters
                .bytes()
                .all(|byte| matches!(byte, b'n' | b'e' | b'E'))
        {
            break;
        }
        for letter in letters.bytes() {
            match letter {
                b'n' => newline = false,
                b'e' => escapes = true,
                _ => escapes = false,
            }
        }
        first += 1;
    }
    let arguments = words.get(first..).unwrap_or_default();
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            shell.print(" ");
        }
        if !escapes {
            shell.print(argument);
            continue;
        }
        let (output, goes_on) = expanded(argument, Dialect::Echo);
        shell.print_bytes(&output);
        if !goes_on {
            return Ok(0);
        }
    }
    if newline {
        shell.print("\n");
    }
    Ok(0)
}

/// Text with its escapes done, and whether output goes on after it (`\c` ends it).
pub fn expanded(argument: &str, dialect: Dialect) -> (Vec<u8>, bool) {
    let mut output = Vec::with_capacity(argument.len());
    let mut rest = argument;
    while let Some(at) = rest.find('\\') {
        let (before, after) = rest.split_at(at);
        output.extend_from_slice(&text::encode(before));
        match escape(after, dialect, &mut output) {
            Some(next) => rest = next,
            None => return (output, false),
        }
    }
    output.extend_from_slice(&text::encode(rest));
    (output, true)
}
