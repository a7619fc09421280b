//! Backslash escapes of `$'...'`, `echo -e`, `printf` and `${x@E}`, and quoting the other way round.

use crate::text;

/// Which escapes a place knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// `$'...'`: `\nnn` octal, `\cx`, `\'`, `\"`, `\?`.
    AnsiC,
    /// `echo -e`: `\0nnn` octal, `\c` ends all output.
    Echo,
    /// `printf %b`: as `echo -e`, and `\nnn` octal.
    PercentB,
    /// The format of `printf`: `\nnn` octal, `\"`.
    Format,
}

/// The text of `$'...'` with its escapes done.
pub fn ansi_c(raw: &str) -> String {
    let mut output = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let (before, after) = rest.split_at(at);
        output.extend_from_slice(&text::encode(before));
        match escape(after, Dialect::AnsiC, &mut output) {
            Some(next) => rest = next,
            None => {
                rest = "";
                break;
            }
        }
    }
    output.extend_from_slice(&text::encode(rest));
    // `\0` and its like end the text, as in C.
    if let Some(nul) = output.iter().position(|byte| *byte == 0) {
        output.truncate(nul);
    }
    text::decode_owned(output)
}

/// Does the escape `rest` begins with (at its backslash) into `output` and returns what follows; `None` when
/// it was `\c` of [`Dialect::Echo`].
pub fn escape<'a>(rest: &'a str, dialect: Dialect, output: &mut Vec<u8>) -> Option<&'a str> {
    let after = rest.get(1..).unwrap_or_default();
    let Some(letter) = after.chars().next() else {
        output.push(b'\\');
        return Some(after);
    };
    let tail = after.get(letter.len_utf8()..).unwrap_or_default();
    let simple = match letter {
        'a' => 0x07,
        'b' => 0x08,
        'e' | 'E' => 0x1B,
        'f' => 0x0C,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0B,
        '\\' => b'\\',
        '\'' if dialect == Dialect::AnsiC => b'\'',
        '"' if matches!(dialect, Dialect::AnsiC | Dialect::Format) => b'"',
        '\'' if dialect == Dialect::Format => b'\'',
        '?' if matches!(dialect, Dialect::AnsiC | Dialect::Format) => b'?',
        'c' if matches!(dialect, Dialect::Echo | Dialect::PercentB) => return None,
        'c' if dialect == Dialect::AnsiC => {
            let Some(control) = tail.chars().next() else {
                output.extend_from_slice(b"\\c");
                return Some(tail);
            };
            let code = u32::from(control);
            output.push(if control == '?' {
                0x7F
            } else {
                (code & 0x1F) as u8
            });
            let behind = tail.get(control.len_utf8()..)?;
            // `\c\\` is one control character, not one and half an escape.
            return Some(match control {
                '\\' => behind.strip_prefix('\\').unwrap_or(behind),
                _ => behind,
            });
        }
        'x' if dialect == Dialect::AnsiC && tail.starts_with('{') => {
            return Some(braced_hexadecimal(tail, output));
        }
        '0' if matches!(dialect, Dialect::Echo | Dialect::PercentB) => {
            return Some(octal(tail, 3, output));
        }
        '0'..='7' if dialect != Dialect::Echo => return Some(octal(after, 3, output)),
        'x' => return Some(hexadecimal(tail, "x", 2, output)),
        'u' => return Some(hexadecimal(tail, "u", 4, output)),
        'U' => return Some(hexadecimal(tail, "U", 8, output)),
        _ => {
            output.push(b'\\');
            output.extend_from_slice(&text::encode(
                after.get(..letter.len_utf8()).unwrap_or_default(),
            ));
            return Some(tail);
        }
    };
    output.push(simple);
    Some(tail)
}

fn octal<'a>(digits: &'a str, most: usize, output: &mut Vec<u8>) -> &'a str {
    let count = digits
        .bytes()
        .take(most)
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .count();
    let (number, rest) = digits.split_at(count);
    output.push((u32::from_str_radix(number, 8).unwrap_or(0) & 0xFF) as u8);
    rest
}

/// `{hex digits}`, of which the last byte counts; the closing brace may be missing.
fn braced_hexadecimal<'a>(braced: &'a str, output: &mut Vec<u8>) -> &'a str {
    let digits = braced.strip_prefix('{').unwrap_or(braced);
    let count = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
    let (number, rest) = digits.split_at(count);
    let low = number.get(count.saturating_sub(2)..).unwrap_or_default();
    output.push(u8::from_str_radix(low, 16).unwrap_or(0));
    rest.strip_prefix('}').unwrap_or(rest)
}

fn hexadecimal<'a>(digits: &'a str, letter: &str, most: usize, output: &mut Vec<u8>) -> &'a str {
    let count = digits
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_hexdigit)
        .count();
    let (number, rest) = digits.split_at(count);
    let Ok(code) = u32::from_str_radix(number, 16) else {
        output.push(b'\\');
        output.extend_from_slice(letter.as_bytes());
        return rest;
    };
    if letter == "x" {
        output.push(code as u8);
    } else if let Some(character) = char::from_u32(code) {
        output.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    rest
}

/// Quoted so that the shell reads it back as one word: as it is, in single quotes, or as `$'...'`.
pub fn quote(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    if needs_ansi(text) {
        return quote_ansi(text);
    }
    if text.bytes().all(is_safe) && !text.starts_with(['~', '#']) {
        return text.to_owned();
    }
    quote_single(text)
}

/// In single quotes, always (`${x@Q}`), or as `$'...'` when it must.
pub fn quote_always(text: &str) -> String {
    if needs_ansi(text) {
        quote_ansi(text)
    } else {
        quote_single(text)
    }
}

/// As `printf %q` quotes: backslashes.
pub fn quote_backslash(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    if needs_ansi(text) {
        return quote_ansi(text);
    }
    let mut output = String::with_capacity(text.len() + 8);
    for (index, character) in text.chars().enumerate() {
        let special = match character {
            '~' | '#' => index == 0,
            ',' => true,
            other => other.is_ascii() && !is_safe(other as u8),
        };
        if special {
            output.push('\\');
        }
        output.push(character);
    }
    output
}

/// In double quotes as `declare -p` writes values.
pub fn quote_double(text: &str) -> String {
    if needs_ansi(text) {
        return quote_ansi(text);
    }
    let mut output = String::with_capacity(text.len() + 2);
    output.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$' | '`') {
            output.push('\\');
        }
        output.push(character);
    }
    output.push('"');
    output
}

fn needs_ansi(text: &str) -> bool {
    text.chars()
        .any(|character| character.is_control() || u32::from(character) >= 0x10_FF80)
}

fn is_safe(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b"_-./:=+@%,~#".contains(&byte)
}

/// In single quotes, whatever it is.
pub fn quote_single(text: &str) -> String {
    if text == "'" {
        return "\\'".to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn quote_ansi(text: &str) -> String {
    let mut output = String::from("$'");
    for character in text.chars() {
        match character {
            '\x07' => output.push_str("\\a"),
            '\x08' => output.push_str("\\b"),
            '\x1B' => output.push_str("\\E"),
            '\x0C' => output.push_str("\\f"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            '\x0B' => output.push_str("\\v"),
            '\\' => output.push_str("\\\\"),
            '\'' => output.push_str("\\'"),
            other if other.is_control() || u32::from(other) >= 0x10_FF80 => {
                for byte in text::encode(other.encode_utf8(&mut [0; 4])).iter() {
                    output.push_str(&format!("\\{byte:03o}"));
                }
            }
            other => output.push(other),
        }
    }
    output.push('\'');
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ansi_c_escapes_are_those_of_bash() {
        assert_eq!(ansi_c(r"a\tb\x41\u00e9\101\cA\'\q"), "a\tbA\u{e9}A\x01'\\q");
        assert_eq!(text::encode(&ansi_c(r"\xff")).as_ref(), b"\xff");
        assert_eq!(ansi_c(r"a\0b"), "a");
    }

    #[test]
    fn quoted_text_stays_one_word() {
        assert_eq!(quote("plain"), "plain");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's"), "'it'\\''s'");
        assert_eq!(quote("a\nb"), "$'a\\nb'");
        assert_eq!(quote_backslash("a b'c"), "a\\ b\\'c");
    }
}
