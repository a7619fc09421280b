//! `ulimit`

use berth_guest::{Limit, Resource, UNLIMITED};

use super::USAGE_STATUS;
use crate::descriptors::error_text;
use crate::shell::{Outcome, Shell};

/// Bytes of what POSIX calls a block, and of what everybody else does.
const POSIX_BLOCK_BYTES: u64 = 512;
const BLOCK_BYTES: u64 = 1024;
/// Bytes a pipe takes in one piece: nobody can change that.
const PIPE_BYTES: u64 = 4096;
/// Where the values stand in a list, in columns.
const DESCRIPTION_COLUMNS: usize = 20;
const UNIT_COLUMNS: usize = 20;

/// What one unit of a limit is.
#[derive(Clone, Copy)]
enum Unit {
    One,
    Kibibyte,
    /// Depends on POSIX.
    Block,
    /// Of a pipe's size.
    HalfKibibyte,
}

/// One limit as it is asked for and shown.
struct Kind {
    letter: char,
    /// `None`: the size of a pipe, which is no limit of a process.
    resource: Option<Resource>,
    unit: Unit,
    description: &'static str,
    /// Name of the unit.
    units: &'static str,
}

const fn kind(
    letter: char,
    resource: Resource,
    unit: Unit,
    description: &'static str,
    units: &'static str,
) -> Kind {
    Kind {
        letter,
        resource: Some(resource),
        unit,
        description,
        units,
    }
}

/// In the order of a list.
const KINDS: [Kind; 17] = [
    kind(
        'R',
        Resource::RealTime,
        Unit::One,
        "real-time non-blocking time",
        "microseconds",
    ),
    kind('c', Resource::Core, Unit::Block, "core file size", "blocks"),
    kind(
        'd',
        Resource::Data,
        Unit::Kibibyte,
        "data seg size",
        "kbytes",
    ),
    kind('e', Resource::Nice, Unit::One, "scheduling priority", ""),
    kind('f', Resource::FileSize, Unit::Block, "file size", "blocks"),
    kind('i', Resource::Signals, Unit::One, "pending signals", ""),
    kind(
        'l',
        Resource::Locked,
        Unit::Kibibyte,
        "max locked memory",
        "kbytes",
    ),
    kind(
        'm',
        Resource::Resident,
        Unit::Kibibyte,
        "max memory size",
        "kbytes",
    ),
    kind('n', Resource::Descriptors, Unit::One, "open files", ""),
    Kind {
        letter: 'p',
        resource: None,
        unit: Unit::HalfKibibyte,
        description: "pipe size",
        units: "512 bytes",
    },
    kind(
        'q',
        Resource::Queues,
        Unit::One,
        "POSIX message queues",
        "bytes",
    ),
    kind('r', Resource::Priority, Unit::One, "real-time priority", ""),
    kind('s', Resource::Stack, Unit::Kibibyte, "stack size", "kbytes"),
    kind('t', Resource::Cpu, Unit::One, "cpu time", "seconds"),
    kind(
        'u',
        Resource::Processes,
        Unit::One,
        "max user processes",
        "",
    ),
    kind(
        'v',
        Resource::AddressSpace,
        Unit::Kibibyte,
        "virtual memory",
        "kbytes",
    ),
    kind('x', Resource::FileLocks, Unit::One, "file locks", ""),
];

impl Kind {
    fn limit(&self) -> std::io::Result<Limit> {
        match self.resource {
            Some(resource) => berth_guest::limit(resource),
            None => Ok(Limit {
                soft: PIPE_BYTES,
                hard: PIPE_BYTES,
            }),
        }
    }

    fn unit_bytes(&self, posix: bool) -> u64 {
        match self.unit {
            Unit::One => 1,
            Unit::Kibibyte => 1024,
            Unit::Block if posix => POSIX_BLOCK_BYTES,
            Unit::Block => BLOCK_BYTES,
            Unit::HalfKibibyte => 512,
        }
    }
}

/// What a call asks for.
#[derive(Default)]
struct Call<'a> {
    all: bool,
    soft: bool,
    hard: bool,
    /// Each limit and, if it is to be changed, its new value.
    items: Vec<(&'static Kind, Option<&'a str>)>,
}

/// Shows and changes what this shell and its children may use.
pub fn ulimit(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(call) = parse(shell, words) else {
        return Ok(USAGE_STATUS);
    };
    let posix = shell.posix();
    if call.all {
        for kind in &KINDS {
            // One that cannot be asked for is left out.
            if let Ok(limit) = kind.limit() {
                show(shell, kind, shown_value(&call, limit), posix, true);
            }
        }
        return Ok(0);
    }
    let many = call.items.len() > 1;
    for (kind, value) in &call.items {
        let done = match (kind.limit(), value) {
            (Err(error), _) => Err(format!("cannot get limit: {}", error_text(&error))),
            (Ok(limit), None) => {
                show(shell, kind, shown_value(&call, limit), posix, many);
                continue;
            }
            (Ok(limit), Some(value)) => match wanted(value, limit, kind.unit_bytes(posix)) {
                Ok(wanted) => change(kind, limit, wanted, &call),
                Err(reason) => {
                    shell.complain(words, &reason);
                    return Ok(1);
                }
            },
        };
        if let Err(reason) = done {
            shell.complain(words, &format!("{}: {reason}", kind.description));
            return Ok(1);
        }
    }
    Ok(0)
}

/// Reads a call; `None` after the message about what is wrong with it. A letter takes the word after it as its value,
/// unless that is an option.
fn parse<'a>(shell: &mut Shell, words: &'a [String]) -> Option<Call<'a>> {
    let mut call = Call::default();
    let mut index = 1;
    while let Some(word) = words.get(index) {
        if word == "--" {
            index += 1;
            break;
        }
        let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            break;
        };
        index += 1;
        for (at, letter) in letters.char_indices() {
            match letter {
                'a' => call.all = true,
                'S' => call.soft = true,
                'H' => call.hard = true,
                letter => {
                    let Some(kind) = KINDS.iter().find(|kind| kind.letter == letter) else {
                        shell.usage(words, &format!("-{letter}: invalid option"));
                        return None;
                    };
                    let rest = letters.get(at + letter.len_utf8()..).unwrap_or_default();
                    if !rest.is_empty() {
                        call.items.push((kind, Some(rest)));
                        break;
                    }
                    let next = words.get(index).filter(|next| !next.starts_with('-'));
                    call.items.push((kind, next.map(String::as_str)));
                    index += usize::from(next.is_some());
                }
            }
        }
    }
    let operand = words.get(index).map(String::as_str);
    match call.items.last_mut() {
        // The size of files is what is meant when nothing is said.
        None => {
            let kind = KINDS.iter().find(|kind| kind.letter == 'f')?;
            call.items.push((kind, operand));
        }
        Some((_, value @ None)) => *value = operand,
        Some(_) => {}
    }
    Some(call)
}

fn shown_value(call: &Call<'_>, limit: Limit) -> u64 {
    if call.hard && !call.soft {
        limit.hard
    } else {
        limit.soft
    }
}

fn show(shell: &mut Shell, kind: &Kind, value: u64, posix: bool, named: bool) {
    let value = if value == UNLIMITED {
        "unlimited".to_owned()
    } else {
        (value / kind.unit_bytes(posix)).to_string()
    };
    if !named {
        return shell.print_line(&value);
    }
    let unit = if kind.units.is_empty() {
        format!("(-{})", kind.letter)
    } else {
        format!("({}, -{})", kind.units, kind.letter)
    };
    shell.print_line(&format!(
        "{:<DESCRIPTION_COLUMNS$}{unit:>UNIT_COLUMNS$} {value}",
        kind.description
    ));
}

/// The value a word stands for.
fn wanted(word: &str, limit: Limit, unit_bytes: u64) -> Result<u64, String> {
    match word {
        "hard" => return Ok(limit.hard),
        "soft" => return Ok(limit.soft),
        "unlimited" => return Ok(UNLIMITED),
        _ => {}
    }
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{word}: invalid number"));
    }
    word.parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit_bytes))
        .ok_or_else(|| format!("{word}: limit out of range"))
}

fn change(kind: &Kind, limit: Limit, value: u64, call: &Call<'_>) -> Result<(), String> {
    let both = call.soft == call.hard;
    let new = Limit {
        soft: if both || call.soft { value } else { limit.soft },
        hard: if both || call.hard { value } else { limit.hard },
    };
    let done = match kind.resource {
        Some(resource) => berth_guest::set_limit(resource, new).map_err(|error| error_text(&error)),
        None => Err("Invalid argument".to_owned()),
    };
    done.map_err(|error| format!("cannot modify limit: {error}"))
}
