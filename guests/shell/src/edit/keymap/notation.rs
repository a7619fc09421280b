//! How key sequences are written: `\C-x`, `\M-x`, `\e` and C's escapes.

const ESCAPE: u8 = 0x1B;
const DELETE: u8 = 0x7F;
/// Names of keys, as a line of `.inputrc` may have one without quotes.
const NAMED: [(&str, u8); 10] = [
    ("del", DELETE),
    ("esc", ESCAPE),
    ("escape", ESCAPE),
    ("lfd", b'\n'),
    ("newline", b'\n'),
    ("ret", b'\r'),
    ("return", b'\r'),
    ("rubout", DELETE),
    ("space", b' '),
    ("spc", b' '),
];

/// The bytes that a text between quotes stands for.
pub fn parse(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'\\' {
            rest = escaped(rest, &mut bytes);
        } else {
            bytes.push(*first);
        }
    }
    bytes
}

/// Reads what follows a backslash; gives what is behind it.
fn escaped<'a>(text: &'a [u8], bytes: &mut Vec<u8>) -> &'a [u8] {
    let (mut control, mut meta) = (false, false);
    let mut rest = text;
    // `\C-\M-x`: modifiers in any order, each with a backslash of its own or without.
    loop {
        match rest {
            [b'C', b'-', behind @ ..] => (control, rest) = (true, behind),
            [b'M', b'-', behind @ ..] => (meta, rest) = (true, behind),
            [b'\\', b'C' | b'M', b'-', ..] if control || meta => rest = &rest[1..],
            _ => break,
        }
    }
    let modified = control || meta;
    let (byte, behind) = match rest {
        [] if modified => return rest,
        [] => (b'\\', rest),
        [b'\\', behind @ ..] if modified => plain_escape(behind),
        [first, behind @ ..] if modified => (*first, behind),
        _ => plain_escape(rest),
    };
    if meta {
        bytes.push(ESCAPE);
    }
    bytes.push(match (control, byte) {
        (true, b'?') => DELETE,
        (true, byte) => byte.to_ascii_uppercase() & 0x1F,
        (false, byte) => byte,
    });
    behind
}

fn plain_escape(text: &[u8]) -> (u8, &[u8]) {
    let Some((first, behind)) = text.split_first() else {
        return (b'\\', text);
    };
    let byte = match first {
        b'a' => 0x07,
        b'b' => 0x08,
        b'd' => DELETE,
        b'e' => ESCAPE,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0B,
        b'0'..=b'7' => return number(text, 8, 3),
        b'x' if behind.first().is_some_and(u8::is_ascii_hexdigit) => return number(behind, 16, 2),
        other => *other,
    };
    (byte, behind)
}

/// A number of at most so many digits.
fn number(text: &[u8], base: u32, digits_max: usize) -> (u8, &[u8]) {
    let digits = text
        .iter()
        .take(digits_max)
        .map_while(|digit| char::from(*digit).to_digit(base));
    let (count, value) = digits.fold((0, 0_u32), |(count, value), digit| {
        (count + 1, value * base + digit)
    });
    (value as u8, &text[count..])
}

/// A key's name without quotes: `Control-u`, `Meta-Rubout`, `M-x`.
pub fn parse_name(name: &str) -> Option<Vec<u8>> {
    let (mut control, mut meta) = (false, false);
    let mut rest = name;
    loop {
        let lower = rest.to_lowercase();
        let modifier = ["control-", "c-", "meta-", "m-"]
            .into_iter()
            .find(|modifier| lower.starts_with(modifier) && lower.len() > modifier.len());
        let Some(modifier) = modifier else { break };
        control |= modifier.starts_with('c');
        meta |= modifier.starts_with('m');
        rest = &rest[modifier.len()..];
    }
    let lower = rest.to_lowercase();
    let named = NAMED
        .iter()
        .find(|(known, _)| *known == lower)
        .map(|(_, byte)| *byte)
        .or((lower == "tab").then_some(b'\t'));
    let byte = named.or_else(|| rest.bytes().next())?;
    let mut bytes = Vec::new();
    if meta {
        bytes.push(ESCAPE);
    }
    bytes.push(match (control, byte) {
        (true, b'?') => DELETE,
        (true, byte) => byte.to_ascii_uppercase() & 0x1F,
        (false, byte) => byte,
    });
    Some(bytes)
}

/// The bytes as they are written between quotes.
pub fn print(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            &ESCAPE => text.push_str("\\e"),
            &DELETE => text.push_str("\\C-?"),
            0..b' ' => {
                text.push_str("\\C-");
                let letter = char::from(byte | 0x40).to_ascii_lowercase();
                text.extend((letter == '\\').then_some('\\'));
                text.push(letter);
            }
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            0x80.. => text.push_str(&format!("\\{byte:o}")),
            _ => text.push(char::from(*byte)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_read_as_they_are_written() {
        for (text, bytes) in [
            (r"\C-x\C-r", b"\x18\x12".as_slice()),
            (r"\C-?", b"\x7F"),
            (r"\M-x", b"\x1Bx"),
            (r"\C-\M-x", b"\x1B\x18"),
            (r"\M-\C-x", b"\x1B\x18"),
            (r"\e[A", b"\x1B[A"),
            (r"\033\x41\t", b"\x1BA\t"),
            (r#"\"\\"#, b"\"\\"),
            ("\u{d55c}", "\u{d55c}".as_bytes()),
            (r"\", b"\\"),
            (r"\C-", b""),
        ] {
            assert_eq!(parse(text), bytes, "{text}");
        }
    }

    #[test]
    fn names_of_keys_have_modifiers_before_them() {
        for (name, bytes) in [
            ("Control-u", b"\x15".as_slice()),
            ("Meta-Rubout", b"\x1B\x7F"),
            ("C-M-a", b"\x1B\x01"),
            ("TAB", b"\t"),
            ("x", b"x"),
        ] {
            assert_eq!(parse_name(name).as_deref(), Some(bytes), "{name}");
        }
        assert_eq!(parse_name(""), None);
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        for byte in 0..=0xFF {
            assert_eq!(parse(&print(&[byte, b'x'])), [byte, b'x']);
        }
        assert_eq!(print(b"\x18\x12\x1B\x7F\""), "\\C-x\\C-r\\e\\C-?\\\"");
    }
}
