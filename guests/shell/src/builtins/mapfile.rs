//! `mapfile`, `readarray`

use super::USAGE_STATUS;
use crate::descriptors::{error_text, read_record};
use crate::parameters::{Key, make_indexed};
use crate::shell::{Outcome, Shell, bad_descriptor};
use crate::text::{self, is_name};

/// Lines between two calls of the callback, without `-c`.
const QUANTUM_LINES: usize = 5000;

/// Reads lines into an array.
pub fn mapfile(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "d:n:O:s:tu:C:c:") else {
        return Ok(USAGE_STATUS);
    };
    let name = options
        .operands
        .first()
        .cloned()
        .unwrap_or_else(|| "MAPFILE".to_owned());
    if !is_name(&name) {
        shell.complain(words, &format!("`{name}': not a valid identifier"));
        return Ok(1);
    }
    if shell.is_associative(&name) {
        shell.complain(words, &format!("{name}: not an indexed array"));
        return Ok(1);
    }
    if shell
        .variables
        .get(&name)
        .is_some_and(|variable| variable.attributes.readonly)
    {
        shell.error(&format!("{name}: readonly variable"));
        return Ok(1);
    }
    let mut numbers = [0_usize; 4];
    for (slot, letter) in numbers.iter_mut().zip(['n', 'O', 's', 'c']) {
        if let Some(text) = options.value(letter) {
            match text.parse() {
                Ok(number) => *slot = number,
                Err(_) => {
                    let shown = text.to_owned();
                    shell.complain(words, &format!("{shown}: invalid line count"));
                    return Ok(1);
                }
            }
        }
    }
    let [most, origin, skip, quantum] = numbers;
    let quantum = if quantum == 0 { QUANTUM_LINES } else { quantum };
    let delimiter = options.value('d').map_or(b'\n', |text| {
        text::encode(text).first().copied().unwrap_or(0)
    });
    let number = options
        .value('u')
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let strip = options.has('t');
    let keep = options.value('O').is_some();
    let callback = options.value('C').map(str::to_owned);
    let Some(file) = shell.descriptors.get(number) else {
        shell.complain(
            words,
            &format!(
                "{number}: invalid file descriptor: {}",
                error_text(&bad_descriptor())
            ),
        );
        return Ok(1);
    };
    if !keep {
        match shell.assign_array(&name, Vec::new(), false) {
            Ok(()) => {}
            Err(refused) => return refused.outcome(),
        }
    }
    if keep {
        let target = shell.variables.resolve(&name);
        make_indexed(shell.variables.entry(&target));
    }
    let (mut read, mut stored) = (0_usize, 0_usize);
    while most == 0 || stored < most {
        let record = match read_record(&file, delimiter, || false) {
            Ok(record) => record,
            Err(error) => {
                shell.complain(words, &format!("read error: {}", error_text(&error)));
                return Ok(1);
            }
        };
        if record.bytes.is_empty() && !record.complete {
            break;
        }
        let complete = record.complete;
        read += 1;
        if read <= skip {
            continue;
        }
        let mut bytes = record.bytes;
        if complete && !strip && delimiter != 0 {
            bytes.push(delimiter);
        }
        let line = text::decode_owned(text::until_nul(bytes));
        let index = origin + stored;
        stored += 1;
        if let Some(callback) = &callback
            && stored.is_multiple_of(quantum)
        {
            let call = format!("{callback} {index} {}", crate::escapes::quote_always(&line));
            shell.run_text(&call, 1, "mapfile")?;
        }
        match shell.assign_element(&name, Key::Index(index as u64), &line, false) {
            Ok(()) => {}
            Err(refused) => return refused.outcome(),
        }
        if !complete {
            break;
        }
    }
    Ok(0)
}
