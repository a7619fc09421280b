//! `{a,b}` and `{1..9}`: one word becomes several before anything else happens.

use crate::parse::ast::{ParameterName, Part};
use crate::text::is_name_byte;

/// Most words one word may become; a word that would become more stays as it is.
const ALTERNATIVES_MAX: usize = 1_000_000;
/// How deep braces may nest; what is deeper is text.
const BRACES_MAX_LEVELS: u32 = 50;

/// One character of unquoted text, or a part that braces do not look into.
#[derive(Clone, Debug)]
enum Unit {
    Char(char),
    Part(Part),
}

/// The words a word with braces becomes; `None` when it has none.
pub fn alternatives(parts: &[Part]) -> Option<Vec<Vec<Part>>> {
    let may = parts
        .iter()
        .any(|part| matches!(part, Part::Literal(text) if text.contains('{')));
    if !may {
        return None;
    }
    let units: Vec<Unit> = parts
        .iter()
        .flat_map(|part| match part {
            Part::Literal(text) => text.chars().map(Unit::Char).collect(),
            other => vec![Unit::Part(other.clone())],
        })
        .collect();
    let expanded = expand(&units, 0)?;
    (expanded.len() > 1 || differs(&expanded, &units))
        .then(|| expanded.into_iter().map(into_parts).collect())
}

fn differs(expanded: &[Vec<Unit>], units: &[Unit]) -> bool {
    expanded
        .first()
        .is_none_or(|only| only.len() != units.len())
}

fn into_parts(units: Vec<Unit>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for unit in units {
        match unit {
            Unit::Char(character) => match parts.last_mut() {
                Some(Part::Literal(text)) => text.push(character),
                _ => parts.push(Part::Literal(character.to_string())),
            },
            Unit::Part(part) => parts.push(part),
        }
    }
    join_names(&mut parts);
    parts
}

/// `$a{b,c}` is `$ab $ac`: a name goes on in the text that a brace put behind it.
fn join_names(parts: &mut [Part]) {
    for at in 1..parts.len() {
        let Some([Part::Parameter(parameter), Part::Literal(text)]) = parts.get_mut(at - 1..=at)
        else {
            continue;
        };
        let ParameterName::Variable(name) = &mut parameter.name else {
            continue;
        };
        if parameter.text.starts_with("${") {
            continue;
        }
        let length = text.bytes().take_while(|byte| is_name_byte(*byte)).count();
        let rest = text.split_off(length);
        name.push_str(text);
        parameter.text.push_str(text);
        *text = rest;
    }
}

/// All words; `None` when they would be too many.
fn expand(units: &[Unit], depth: u32) -> Option<Vec<Vec<Unit>>> {
    let plain = || Some(vec![units.to_vec()]);
    if depth > BRACES_MAX_LEVELS {
        return plain();
    }
    let mut search = 0;
    loop {
        let Some(open) = (search..units.len()).find(|at| is(units, *at, '{')) else {
            return plain();
        };
        let Some((close, commas)) = matching(units, open) else {
            search = open + 1;
            continue;
        };
        let inner = units.get(open + 1..close)?;
        let middle: Vec<Vec<Unit>> = if commas.is_empty() {
            match sequence(inner) {
                Some(items) => items,
                None => {
                    // No list: the braces are text, but there may be braces inside.
                    search = open + 1;
                    continue;
                }
            }
        } else {
            let mut items = Vec::new();
            let mut start = open + 1;
            for end in commas.into_iter().chain([close]) {
                items.append(&mut expand(units.get(start..end)?, depth + 1)?);
                start = end + 1;
            }
            items
        };
        let head = units.get(..open)?;
        let tails = expand(units.get(close + 1..)?, depth + 1)?;
        if middle.len().checked_mul(tails.len())? > ALTERNATIVES_MAX {
            return plain();
        }
        let mut words = Vec::with_capacity(middle.len() * tails.len());
        for item in &middle {
            for tail in &tails {
                words.push([head, item.as_slice(), tail.as_slice()].concat());
            }
        }
        return Some(words);
    }
}

fn is(units: &[Unit], at: usize, wanted: char) -> bool {
    matches!(units.get(at), Some(Unit::Char(character)) if *character == wanted)
}

/// The brace that closes the one at `open`, and the commas between them.
fn matching(units: &[Unit], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0_u32;
    let mut commas = Vec::new();
    let mut dots = false;
    for at in open + 1..units.len() {
        if is(units, at, '{') {
            depth += 1;
        } else if is(units, at, '}') {
            if depth > 0 {
                depth -= 1;
            } else if dots || !commas.is_empty() || at == open + 1 {
                return Some((at, commas));
            }
            // Else there is nothing to choose from yet, and it is text: `{a}b,c}` is `a}b c`.
        } else if is(units, at, ',') && depth == 0 {
            commas.push(at);
        } else if is(units, at, '.') && is(units, at + 1, '.') && depth == 0 {
            dots = true;
        }
    }
    None
}

/// `a..b` and `a..b..step`.
fn sequence(inner: &[Unit]) -> Option<Vec<Vec<Unit>>> {
    let text: String = inner
        .iter()
        .map(|unit| match unit {
            Unit::Char(character) => Some(*character),
            Unit::Part(_) => None,
        })
        .collect::<Option<String>>()?;
    let mut ends = text.split("..");
    let (start, end, step) = (ends.next()?, ends.next()?, ends.next());
    if ends.next().is_some() {
        return None;
    }
    let step = match step {
        Some(step) => step.parse::<i64>().ok()?,
        None => 1,
    };
    let words = match (start.parse::<i64>(), end.parse::<i64>()) {
        (Ok(first), Ok(last)) => {
            let width = if is_padded(start) || is_padded(end) {
                start.len().max(end.len())
            } else {
                0
            };
            numbers(first, last, step)?
                .into_iter()
                .map(|number| padded(number, width))
                .collect()
        }
        _ => letters(start, end, step)?,
    };
    Some(
        words
            .into_iter()
            .map(|word: String| match word.as_str() {
                // It would quote what follows, and is gone.
                "\\" => vec![Unit::Part(Part::Quoted(String::new()))],
                _ => word.chars().map(Unit::Char).collect(),
            })
            .collect(),
    )
}

/// Whether a number is written with leading zeros.
fn is_padded(number: &str) -> bool {
    let digits = number.trim_start_matches(['-', '+']);
    digits.len() > 1 && digits.starts_with('0')
}

fn padded(number: i64, width: usize) -> String {
    if number < 0 {
        format!(
            "-{:0width$}",
            number.unsigned_abs(),
            width = width.saturating_sub(1)
        )
    } else {
        format!("{number:0width$}")
    }
}

fn numbers(first: i64, last: i64, step: i64) -> Option<Vec<i64>> {
    let step = step.checked_abs()?.max(1);
    let span = last.checked_sub(first)?.checked_abs()?;
    let count = usize::try_from(span / step).ok()?.checked_add(1)?;
    if count > ALTERNATIVES_MAX {
        return None;
    }
    let signed = if last < first { -step } else { step };
    (0..count)
        .map(|index| first.checked_add(signed.checked_mul(i64::try_from(index).ok()?)?))
        .collect()
}

fn letters(start: &str, end: &str, step: i64) -> Option<Vec<String>> {
    let one = |text: &str| {
        let mut characters = text.chars();
        characters
            .next()
            .filter(|first| first.is_ascii_alphabetic() && characters.next().is_none())
    };
    let (first, last) = (one(start)?, one(end)?);
    let codes = numbers(
        i64::from(u32::from(first)),
        i64::from(u32::from(last)),
        step,
    )?;
    codes
        .into_iter()
        .map(|code| Some(char::from(u8::try_from(code).ok()?).to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        match alternatives(&[Part::Literal(text.to_owned())]) {
            None => vec![text.to_owned()],
            Some(words) => words
                .into_iter()
                .map(|parts| match parts.as_slice() {
                    [] => String::new(),
                    [Part::Literal(text)] => text.clone(),
                    other => panic!("{other:?}"),
                })
                .collect(),
        }
    }

    #[test]
    fn braces_give_what_bash_gives() {
        assert_eq!(words("a{b,c}d"), ["abd", "acd"]);
        assert_eq!(words("{a,b}{1,2}"), ["a1", "a2", "b1", "b2"]);
        assert_eq!(words("{a,{b,c}}x"), ["ax", "bx", "cx"]);
        assert_eq!(words("{1..4}"), ["1", "2", "3", "4"]);
        assert_eq!(words("{4..1..2}"), ["4", "2"]);
        assert_eq!(words("{01..3}"), ["01", "02", "03"]);
        assert_eq!(words("{a..e..2}"), ["a", "c", "e"]);
        assert_eq!(words("{-1..1}"), ["-1", "0", "1"]);
        assert_eq!(words("a{b}c"), ["a{b}c"]);
        assert_eq!(words("{a,b"), ["{a,b"]);
        assert_eq!(words("{}"), ["{}"]);
        assert_eq!(words("x{,y}"), ["x", "xy"]);
        assert_eq!(words("{a{1,2}}"), ["{a1}", "{a2}"]);
    }

    #[test]
    fn a_sequence_without_bounds_stays_text() {
        for text in [
            "{1..99999999999999999999}",
            "{1..9000000000}",
            "{-9223372036854775808..9223372036854775807}",
        ] {
            assert_eq!(words(text), [text]);
        }
    }
}
