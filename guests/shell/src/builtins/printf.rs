//! `printf`

use std::time::{SystemTime, UNIX_EPOCH};

use super::USAGE_STATUS;
use crate::escapes::{Dialect, escape, quote_backslash};
use crate::shell::{Outcome, Shell, Unwind};
use crate::text;

/// Widest field; more is surely a mistake.
const WIDTH_MAX: usize = 1 << 20;

/// One conversion of a format.
#[derive(Clone, Debug, Default)]
struct Conversion {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    letter: char,
    /// The format of `%(...)T`.
    time_format: String,
}

impl Conversion {
    /// The same, of all of the text.
    fn whole(&self) -> Self {
        Self {
            precision: None,
            ..self.clone()
        }
    }
}

/// The arguments, taken one after the other.
struct Arguments<'a> {
    words: &'a [String],
    next: usize,
    failed: bool,
    /// Whether output goes out at once: what is printed before a complaint is seen before it.
    prints: bool,
    /// Bytes of this pass through the format that have gone out.
    printed: usize,
    /// Where the output of this pass begins in what has not.
    start: usize,
}

impl Arguments<'_> {
    fn text(&mut self) -> String {
        let text = self.words.get(self.next).cloned().unwrap_or_default();
        self.next += 1;
        text
    }

    fn left(&self) -> bool {
        self.next < self.words.len()
    }
}

/// Prints its arguments by a format.
pub fn printf(shell: &mut Shell, words: &[String]) -> Outcome {
    let Some(options) = shell.options_of(words, "v:") else {
        return Ok(USAGE_STATUS);
    };
    let variable = options.value('v').map(str::to_owned);
    let operands = options.operands.to_vec();
    let Some((format, rest)) = operands.split_first() else {
        shell.write_error("printf: usage: printf [-v var] format [arguments]\n");
        return Ok(USAGE_STATUS);
    };
    let mut arguments = Arguments {
        words: rest,
        next: 0,
        failed: false,
        prints: variable.is_none(),
        printed: 0,
        start: 0,
    };
    let mut output = Vec::new();
    loop {
        let before = arguments.next;
        arguments.printed = 0;
        arguments.start = output.len();
        let more = one_pass(shell, words, format, &mut arguments, &mut output)?;
        if !more || !arguments.left() || arguments.next == before {
            break;
        }
    }
    match variable {
        None => shell.print_bytes(&output),
        Some(name) => {
            let value = text::decode_owned(text::until_nul(output));
            if crate::parameters::split_subscript(&name).is_none() && !text::is_name(&name) {
                shell.complain(words, &format!("`{name}': not a valid identifier"));
                return Ok(USAGE_STATUS);
            }
            if let Err(refused) = shell.assign_named(&name, &value) {
                return refused.outcome();
            }
        }
    }
    Ok(i32::from(arguments.failed))
}

/// Goes through the format once; false when output ends here.
fn one_pass(
    shell: &mut Shell,
    words: &[String],
    format: &str,
    arguments: &mut Arguments<'_>,
    output: &mut Vec<u8>,
) -> Result<bool, Unwind> {
    let mut rest = format;
    while let Some(at) = rest.find(['%', '\\']) {
        let (before, after) = rest.split_at(at);
        output.extend_from_slice(&text::encode(before));
        if after.starts_with('\\') {
            complain_of_digits(shell, words, after);
            rest = escape(after, Dialect::Format, output).unwrap_or_default();
            continue;
        }
        if let Some(after) = after.strip_prefix("%%") {
            output.push(b'%');
            rest = after;
            continue;
        }
        if arguments.prints {
            shell.print_bytes(output);
            arguments.printed += output.len() - arguments.start;
            arguments.start = 0;
            output.clear();
        }
        let Some((conversion, after)) = conversion(shell, words, after, arguments) else {
            let shown = after
                .get(1..)
                .unwrap_or_default()
                .trim_start_matches(|flag: char| {
                    flag.is_ascii_digit() || "-+ #'.*hljztL".contains(flag)
                })
                .chars()
                .next()
                .map_or_else(String::new, String::from);
            if let Some((literal, letter, next)) = no_time(after) {
                shell.complain(
                    words,
                    &format!("warning: `{letter}': invalid time format specification"),
                );
                output.extend_from_slice(&text::encode(literal));
                rest = next;
                continue;
            }
            if shown.is_empty() {
                shell.complain(words, &format!("`{after}': missing format character"));
            } else {
                shell.complain(words, &format!("`{shown}': invalid format character"));
            }
            arguments.failed = true;
            return Ok(false);
        };
        rest = after;
        if !convert(shell, words, &conversion, arguments, output)? {
            return Ok(false);
        }
    }
    output.extend_from_slice(&text::encode(rest));
    Ok(true)
}

/// The warning about `\x` without digits, which is printed as it is.
fn complain_of_digits(shell: &Shell, words: &[String], escape: &str) {
    let digits = escape.strip_prefix("\\x");
    if digits.is_some_and(|digits| !digits.starts_with(|digit: char| digit.is_ascii_hexdigit())) {
        shell.complain(words, "missing hex digit for \\x");
    }
}

/// `%(...)Z`, which is no time: what is printed of it, the letter, and what follows.
fn no_time(source: &str) -> Option<(&str, char, &str)> {
    let inner = source
        .get(1..)?
        .trim_start_matches(|flag: char| flag.is_ascii_digit() || "-+ #'.".contains(flag));
    let open = source.len() - inner.len();
    let close = open + closing_parenthesis(inner.strip_prefix('(')?)? + 1;
    let letter = source.get(close + 1..)?.chars().next()?;
    (letter != 'T').then_some((source.get(..=open)?, letter, source.get(open + 1..)?))
}

/// Where the parenthesis opened before this text is closed.
fn closing_parenthesis(text: &str) -> Option<usize> {
    let mut open = 0;
    text.bytes().position(|byte| {
        open += i32::from(byte == b'(') - i32::from(byte == b')');
        open < 0
    })
}

/// Reads a conversion at its percent sign.
fn conversion<'a>(
    shell: &Shell,
    words: &[String],
    source: &'a str,
    arguments: &mut Arguments<'_>,
) -> Option<(Conversion, &'a str)> {
    let mut conversion = Conversion::default();
    let mut rest = source.get(1..)?;
    while let Some(flag) = rest.chars().next() {
        match flag {
            '-' => conversion.left = true,
            '+' => conversion.plus = true,
            ' ' => conversion.space = true,
            '0' => conversion.zero = true,
            '#' => conversion.alternate = true,
            '\'' => {}
            _ => break,
        }
        rest = rest.get(1..)?;
    }
    if let Some(after) = rest.strip_prefix('*') {
        let width = integer(shell, words, arguments);
        conversion.left |= width < 0;
        conversion.width = usize::try_from(width.unsigned_abs())
            .unwrap_or(WIDTH_MAX)
            .min(WIDTH_MAX);
        rest = after;
    } else {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        conversion.width = rest.get(..digits)?.parse().unwrap_or(0).min(WIDTH_MAX);
        rest = rest.get(digits..)?;
    }
    if let Some(after) = rest.strip_prefix('.') {
        if let Some(after) = after.strip_prefix('*') {
            // A negative one is none.
            conversion.precision = usize::try_from(integer(shell, words, arguments))
                .ok()
                .map(|precision| precision.min(WIDTH_MAX));
            rest = after;
        } else {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            conversion.precision = Some(after.get(..digits)?.parse().unwrap_or(0).min(WIDTH_MAX));
            rest = after.get(digits..)?;
        }
    }
    rest = rest.trim_start_matches(['h', 'l', 'j', 'z', 't', 'L']);
    if let Some(after) = rest.strip_prefix('(') {
        let end = closing_parenthesis(after)?;
        conversion.time_format = after.get(..end)?.to_owned();
        rest = after.get(end + 1..)?;
        conversion.letter = rest.chars().next().filter(|letter| *letter == 'T')?;
        return Some((conversion, rest.get(1..)?));
    }
    conversion.letter = rest
        .chars()
        .next()
        .filter(|letter| "diouxXcsbqQfFeEgGaAn".contains(*letter))?;
    Some((conversion, rest.get(1..)?))
}

/// Does one conversion; false when output ends here.
fn convert(
    shell: &mut Shell,
    words: &[String],
    conversion: &Conversion,
    arguments: &mut Arguments<'_>,
    output: &mut Vec<u8>,
) -> Result<bool, Unwind> {
    match conversion.letter {
        's' => {
            let text = arguments.text();
            pad_text(conversion, &text, output);
        }
        'q' => {
            let text = quote_backslash(&arguments.text());
            pad_text(conversion, &text, output);
        }
        'Q' => {
            // Here the precision is that of the text before it is quoted.
            let text: String = arguments
                .text()
                .chars()
                .take(conversion.precision.unwrap_or(usize::MAX))
                .collect();
            pad_text(&conversion.whole(), &quote_backslash(&text), output);
        }
        'c' => {
            let text = text::encode(&arguments.text()).into_owned();
            let first = text.first().copied().unwrap_or(0);
            pad_bytes(&conversion.whole(), &[first], output);
        }
        'n' => {
            let name = arguments.text();
            let count = arguments.printed + output.len() - arguments.start;
            if crate::parameters::split_subscript(&name).is_none() && !text::is_name(&name) {
                if !name.is_empty() {
                    shell.complain(words, &format!("`{name}': not a valid identifier"));
                    arguments.failed = true;
                }
            } else if let Err(refused) = shell.assign_named(&name, &count.to_string()) {
                // A readonly one has been complained about, and that is all.
                refused.outcome()?;
            }
        }
        'b' => {
            let text = arguments.text();
            let mut rest = text.as_str();
            while let Some(escape) = rest.find('\\').and_then(|at| rest.get(at..)) {
                complain_of_digits(shell, words, escape);
                rest = escape.get(2..).unwrap_or_default();
            }
            let (expanded, goes_on) = super::output::expanded(&text, Dialect::PercentB);
            pad_bytes(conversion, &expanded, output);
            return Ok(goes_on);
        }
        'd' | 'i' => {
            let number = integer(shell, words, arguments);
            let sign = if number < 0 {
                "-"
            } else if conversion.plus {
                "+"
            } else if conversion.space {
                " "
            } else {
                ""
            };
            pad_number(conversion, sign, &number.unsigned_abs().to_string(), output);
        }
        'u' | 'o' | 'x' | 'X' => {
            let number = unsigned(shell, words, arguments);
            let (digits, prefix) = match conversion.letter {
                'o' => (
                    format!("{number:o}"),
                    if conversion.alternate { "0" } else { "" },
                ),
                'x' => (
                    format!("{number:x}"),
                    if conversion.alternate && number != 0 {
                        "0x"
                    } else {
                        ""
                    },
                ),
                'X' => (
                    format!("{number:X}"),
                    if conversion.alternate && number != 0 {
                        "0X"
                    } else {
                        ""
                    },
                ),
                _ => (number.to_string(), ""),
            };
            pad_number(conversion, prefix, &digits, output);
        }
        'T' => {
            let seconds = match arguments.left() {
                false => now_seconds(),
                true => match integer(shell, words, arguments) {
                    -1 => now_seconds(),
                    -2 => {
                        now_seconds()
                            - i64::try_from(shell.started.elapsed().as_secs()).unwrap_or(0)
                    }
                    seconds => seconds,
                },
            };
            let format = if conversion.time_format.is_empty() {
                "%X"
            } else {
                &conversion.time_format
            };
            let shown = crate::time::format(format, seconds);
            pad_text(conversion, &shown, output);
        }
        _ => {
            let text = arguments.text();
            let number = float(shell, words, &text, arguments);
            let shown = crate::float::format(
                conversion.letter,
                number.abs(),
                conversion.precision,
                conversion.alternate,
            );
            let sign = if number.is_sign_negative() {
                "-"
            } else if conversion.plus {
                "+"
            } else if conversion.space {
                " "
            } else {
                ""
            };
            let conversion = Conversion {
                precision: None,
                zero: conversion.zero && number.is_finite(),
                ..conversion.clone()
            };
            pad_number(&conversion, sign, &shown, output);
        }
    }
    Ok(true)
}

fn now_seconds() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(0))
}

/// An argument as a signed integer.
fn integer(shell: &Shell, words: &[String], arguments: &mut Arguments<'_>) -> i64 {
    let (value, text) = number(shell, words, arguments);
    i64::try_from(value).unwrap_or_else(|_| {
        out_of_range(shell, &text);
        if value < 0 { i64::MIN } else { i64::MAX }
    })
}

/// An argument as an unsigned one; what is below 0 counts from the top.
fn unsigned(shell: &Shell, words: &[String], arguments: &mut Arguments<'_>) -> u64 {
    let (value, text) = number(shell, words, arguments);
    let magnitude = u64::try_from(value.unsigned_abs()).unwrap_or_else(|_| {
        out_of_range(shell, &text);
        u64::MAX
    });
    if value < 0 && magnitude != u64::MAX {
        magnitude.wrapping_neg()
    } else {
        magnitude
    }
}

fn out_of_range(shell: &Shell, text: &str) {
    shell.error(&format!(
        "printf: warning: {text}: Numerical result out of range"
    ));
}

/// An argument as a number, with its text: C's notations, or a quote and a character.
fn number(shell: &Shell, words: &[String], arguments: &mut Arguments<'_>) -> (i128, String) {
    let text = arguments.text();
    let trimmed = text.trim_start();
    if trimmed.is_empty() {
        return (0, text);
    }
    if let Some(quoted) = trimmed.strip_prefix(['\'', '"']) {
        let first = quoted.chars().next();
        return (
            first.map_or(0, |character| i128::from(u32::from(character))),
            text,
        );
    }
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (base, digits) = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(digits) => (16, digits),
        None if digits.len() > 1 && digits.starts_with('0') => {
            (8, digits.get(1..).unwrap_or_default())
        }
        None => (10, digits),
    };
    let valid = digits
        .chars()
        .take_while(|character| character.is_digit(base))
        .count();
    if valid < digits.len() || digits.is_empty() {
        shell.complain(words, &format!("{text}: invalid number"));
        arguments.failed = true;
    }
    let value = match i128::from_str_radix(digits.get(..valid).unwrap_or_default(), base) {
        Ok(value) => value,
        Err(_) if valid == 0 => 0,
        Err(_) => i128::MAX,
    };
    (if negative { -value } else { value }, text)
}

fn float(shell: &Shell, words: &[String], text: &str, arguments: &mut Arguments<'_>) -> f64 {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return 0.0;
    }
    if let Some(quoted) = trimmed.strip_prefix(['\'', '"']) {
        return quoted
            .chars()
            .next()
            .map_or(0.0, |character| f64::from(u32::from(character)));
    }
    if let Some(digits) = trimmed
        .strip_prefix("0x")
        .or_else(|| trimmed.strip_prefix("0X"))
        && let Ok(value) = u64::from_str_radix(digits, 16)
    {
        return value as f64;
    }
    match trimmed.parse() {
        Ok(value) => value,
        Err(_) => {
            shell.complain(words, &format!("{text}: invalid number"));
            arguments.failed = true;
            let valid = (1..=trimmed.len())
                .rev()
                .find_map(|end| trimmed.get(..end)?.parse().ok());
            valid.unwrap_or(0.0)
        }
    }
}

fn pad_text(conversion: &Conversion, text: &str, output: &mut Vec<u8>) {
    pad_bytes(conversion, &text::encode(text), output);
}

fn pad_bytes(conversion: &Conversion, bytes: &[u8], output: &mut Vec<u8>) {
    let bytes = match conversion.precision {
        Some(precision) => bytes.get(..precision.min(bytes.len())).unwrap_or_default(),
        None => bytes,
    };
    let padding = conversion.width.saturating_sub(bytes.len());
    if !conversion.left {
        output.extend(std::iter::repeat_n(b' ', padding));
    }
    output.extend_from_slice(bytes);
    if conversion.left {
        output.extend(std::iter::repeat_n(b' ', padding));
    }
}

/// A number with sign or prefix, filled with zeros or blanks.
fn pad_number(conversion: &Conversion, sign: &str, digits: &str, output: &mut Vec<u8>) {
    let mut digits = digits.to_owned();
    if let Some(precision) = conversion.precision {
        if precision == 0 && digits == "0" {
            digits.clear();
        }
        let zeros = precision.saturating_sub(digits.len());
        digits.insert_str(0, &"0".repeat(zeros));
    }
    let padding = conversion.width.saturating_sub(digits.len() + sign.len());
    if conversion.left {
        output.extend_from_slice(sign.as_bytes());
        output.extend_from_slice(digits.as_bytes());
        output.extend(std::iter::repeat_n(b' ', padding));
    } else if conversion.zero && conversion.precision.is_none() {
        output.extend_from_slice(sign.as_bytes());
        output.extend(std::iter::repeat_n(b'0', padding));
        output.extend_from_slice(digits.as_bytes());
    } else {
        output.extend(std::iter::repeat_n(b' ', padding));
        output.extend_from_slice(sign.as_bytes());
        output.extend_from_slice(digits.as_bytes());
    }
}
