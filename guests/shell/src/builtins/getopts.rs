//! `getopts`

use super::USAGE_STATUS;
use crate::shell::{Outcome, Shell, Unwind};

/// Takes the next option out of the arguments.
pub fn getopts(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "") else {
        return Ok(USAGE_STATUS);
    };
    let words = options.operands;
    let (Some(known), Some(name)) = (words.first(), words.get(1)) else {
        shell.write_error("getopts: usage: getopts optstring name [arg ...]\n");
        return Ok(USAGE_STATUS);
    };
    let arguments = if words.len() > 2 {
        words.get(2..).unwrap_or_default().to_vec()
    } else {
        shell.positional.clone()
    };
    let silent = known.starts_with(':');
    let mut index = shell
        .setting("OPTIND")
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(1)
        .max(1);
    let index_max = arguments.len() + 1;
    if index > index_max {
        index = index_max;
    }
    let mut offset = shell.getopts_offset;
    let (option, argument, status) = match next(&arguments, known, &mut index, &mut offset) {
        Found::End => ("?".to_owned(), None, 1),
        Found::Option(letter, argument) => (letter.to_string(), argument, 0),
        Found::Unknown(letter) => {
            if silent {
                ("?".to_owned(), Some(letter.to_string()), 0)
            } else {
                complain(shell, &format!("illegal option -- {letter}"));
                ("?".to_owned(), None, 0)
            }
        }
        Found::MissingArgument(letter) => {
            if silent {
                (":".to_owned(), Some(letter.to_string()), 0)
            } else {
                complain(shell, &format!("option requires an argument -- {letter}"));
                ("?".to_owned(), None, 0)
            }
        }
    };
    let mut status = status;
    match argument {
        Some(argument) => {
            // One that is readonly keeps its value; the message has been given.
            if shell.assign("OPTARG", &argument, false).is_err() && option != "?" {
                status = 1;
            }
        }
        None => shell.variables.unset("OPTARG"),
    }
    shell
        .assign("OPTIND", &index.to_string(), false)
        .map_err(|refused| refused.or(Unwind::Discard(1)))?;
    shell.getopts_offset = offset;
    if !crate::text::is_name(name) {
        shell.error(&format!("getopts: `{name}': not a valid identifier"));
        return Ok(1);
    }
    if let Err(refused) = shell.assign(name, &option, false) {
        return refused.outcome().map(|_| USAGE_STATUS);
    }
    Ok(status)
}

fn complain(shell: &Shell, message: &str) {
    if shell.setting("OPTERR") != Some("0") {
        shell.write_error(&format!("{}: {message}\n", shell.name));
    }
}

enum Found {
    End,
    Option(char, Option<String>),
    Unknown(char),
    MissingArgument(char),
}

fn next(arguments: &[String], known: &str, index: &mut usize, offset: &mut usize) -> Found {
    let Some(word) = arguments.get(*index - 1) else {
        return Found::End;
    };
    if *offset == 0 {
        if word == "--" {
            *index += 1;
            return Found::End;
        }
        if !word.starts_with('-') || word == "-" {
            return Found::End;
        }
        *offset = 1;
    }
    let Some(letter) = word.get(*offset..).and_then(|rest| rest.chars().next()) else {
        *offset = 0;
        return Found::End;
    };
    *offset += letter.len_utf8();
    let rest = word.get(*offset..).unwrap_or_default().to_owned();
    let ends_word = rest.is_empty();
    let takes_argument = match known.find(letter).filter(|_| letter != ':') {
        Some(place) => known
            .get(place + letter.len_utf8()..)
            .is_some_and(|rest| rest.starts_with(':')),
        None => {
            if ends_word {
                *index += 1;
                *offset = 0;
            }
            return Found::Unknown(letter);
        }
    };
    if !takes_argument {
        if ends_word {
            *index += 1;
            *offset = 0;
        }
        return Found::Option(letter, None);
    }
    *offset = 0;
    *index += 1;
    if !ends_word {
        return Found::Option(letter, Some(rest));
    }
    match arguments.get(*index - 1) {
        Some(argument) => {
            *index += 1;
            Found::Option(letter, Some(argument.clone()))
        }
        None => Found::MissingArgument(letter),
    }
}
