//! A prompt as the terminal gets it.
//!
//! What takes no room is either marked by the caller, between [`HIDDEN_START`] and [`HIDDEN_END`] (what `\[`
//! and `\]` of a prompt become), or recognised: escape sequences and the bell.

/// Begins what takes no room; not printed itself.
pub const HIDDEN_START: char = '\u{1}';
/// Ends it.
pub const HIDDEN_END: char = '\u{2}';

const BELL: char = '\u{7}';
const ESCAPE: char = '\u{1B}';

/// A piece of the last line of a prompt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text.
    Shown(String),
    /// Bytes that move nothing.
    Hidden(String),
}

/// A prompt.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Prompt {
    /// All lines but the last, to be printed once, with the line ends a raw terminal needs.
    pub above: String,
    /// The last line.
    pub parts: Vec<Part>,
}

impl Prompt {
    /// Takes a prompt apart.
    pub fn parse(prompt: &str) -> Self {
        let mut parts = Vec::new();
        let mut above = String::new();
        let mut rest = prompt;
        while let Some(first) = rest.chars().next() {
            let length = hidden_length(rest);
            if length > 0 {
                let hidden: String = rest[..length]
                    .chars()
                    .filter(|sign| ![HIDDEN_START, HIDDEN_END].contains(sign))
                    .collect();
                parts.push(Part::Hidden(hidden));
                rest = &rest[length..];
            } else if first == '\n' {
                parts.drain(..).for_each(|part| above.push_str(part.text()));
                above.push_str("\r\n");
                rest = &rest[1..];
            } else {
                let end = rest
                    .find(['\n', BELL, ESCAPE, HIDDEN_START, HIDDEN_END])
                    .unwrap_or(rest.len());
                parts.push(Part::Shown(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        Self { above, parts }
    }
}

impl Part {
    fn text(&self) -> &str {
        match self {
            Self::Shown(text) | Self::Hidden(text) => text,
        }
    }
}

/// Bytes at the start that take no room.
fn hidden_length(text: &str) -> usize {
    match text.chars().next() {
        Some(HIDDEN_START) => text.find(HIDDEN_END).map_or(text.len(), |end| end + 1),
        Some(HIDDEN_END | BELL) => 1,
        Some(ESCAPE) => escape_length(text.as_bytes()),
        _ => 0,
    }
}

/// Length of the escape sequence the text begins with; it ends on ASCII, so at the end of a character.
fn escape_length(text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'[') => {
            let body = &text[2..];
            let end = body
                .iter()
                .position(|byte| !(b' '..=b'?').contains(byte))
                .unwrap_or(body.len());
            let last = body
                .get(end)
                .is_some_and(|byte| (b'@'..=b'~').contains(byte));
            2 + end + usize::from(last)
        }
        Some(b']' | b'P' | b'_' | b'^' | b'X') => {
            let bell = text.iter().position(|byte| *byte == 0x07).map(|at| at + 1);
            let end = text
                .windows(2)
                .skip(1)
                .position(|pair| pair == b"\x1b\\")
                .map(|at| at + 3);
            match (bell, end) {
                (Some(bell), Some(end)) => bell.min(end),
                (bell, end) => bell.or(end).unwrap_or(text.len()),
            }
        }
        // Character sets: ESC, intermediate, letter.
        Some(b' '..=b'/') => text
            .len()
            .min(3)
            .min(1 + text[1..].iter().take_while(|byte| byte.is_ascii()).count()),
        Some(0x30..=0x7E) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(prompt: &str) -> String {
        let text = |part| match part {
            Part::Shown(text) => text,
            Part::Hidden(_) => String::new(),
        };
        Prompt::parse(prompt).parts.into_iter().map(text).collect()
    }

    #[test]
    fn what_takes_no_room_is_found_with_and_without_marks() {
        for (prompt, text) in [
            ("$ ", "$ "),
            ("\u{1}\x1b[32m\u{2}me\u{1}\x1b[0m\u{2}$ ", "me$ "),
            ("\x1b[1;31mme\x1b[0m$ ", "me$ "),
            ("\x1b]0;title\x07$ ", "$ "),
            ("\x1b]0;title\x1b\\$ ", "$ "),
            ("\x1b(Bme\x1b7$ ", "me$ "),
            ("\u{1}anything", ""),
            ("\u{1}\u{2}\x07$ ", "$ "),
            ("\x1b[12\u{d55c}", "\u{d55c}"),
            ("\x1b", ""),
        ] {
            assert_eq!(shown(prompt), text, "{prompt:?}");
        }
    }

    #[test]
    fn the_marks_themselves_are_not_printed() {
        let prompt = Prompt::parse("a\u{1}\x1b[1m\u{2}b");
        let bytes: String = prompt.parts.iter().map(Part::text).collect();
        assert_eq!(bytes, "a\x1b[1mb");
    }

    #[test]
    fn only_the_last_line_is_drawn_again() {
        let prompt = Prompt::parse("\x1b[1mone\ntwo\x1b[0m\n$ ");
        assert_eq!(prompt.above, "\x1b[1mone\r\ntwo\x1b[0m\r\n");
        assert_eq!(prompt.parts, [Part::Shown("$ ".to_owned())]);
    }
}
