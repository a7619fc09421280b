//! Bracket expressions: `[^[:alpha:]_-]`.

use crate::Options;

/// One bracket expression in the `regex` crate's syntax, and how many bytes of the source it took. `source` begins
/// behind the opening bracket.
pub(crate) fn translate(source: &[u8], options: &Options) -> Result<(String, usize), String> {
    let mut reader = Reader { source, at: 0 };
    let negated = reader.eat(b'^');
    let mut items = String::new();
    let mut first = true;
    loop {
        let Some(byte) = reader.peek() else {
            return Err("Unmatched [, [^, [:, [., or [=".to_owned());
        };
        if byte == b']' && !first {
            reader.at += 1;
            break;
        }
        first = false;
        if let Some(class) = reader.delimited(b':')? {
            items.push_str(named_class(&class, options)?);
            continue;
        }
        let low = reader.member(options)?;
        // A range, unless the hyphen is the last of all.
        if reader.peek() == Some(b'-')
            && reader
                .source
                .get(reader.at + 1)
                .is_some_and(|next| *next != b']')
        {
            reader.at += 1;
            let high = reader.member(options)?;
            if high < low {
                return Err("Invalid range end".to_owned());
            }
            push_char(&mut items, low);
            items.push('-');
            push_char(&mut items, high);
        } else {
            push_char(&mut items, low);
        }
    }
    if negated && options.by_line {
        items.push_str("\\n");
    }
    let text = if negated {
        format!("[^{items}]")
    } else {
        format!("[{items}]")
    };
    Ok((text, reader.at))
}

/// A character of a class, by its number so that none has a meaning of its own.
fn push_char(to: &mut String, character: u32) {
    use std::fmt::Write as _;
    let _ = write!(to, "\\x{{{character:x}}}");
}

/// A POSIX class by its name.
fn named_class(name: &[u8], options: &Options) -> Result<&'static str, String> {
    let wide = !options.bytes;
    Ok(match name {
        b"alpha" if wide => "\\p{Alphabetic}",
        b"alpha" => "a-zA-Z",
        b"digit" => "0-9",
        b"alnum" if wide => "\\p{Alphabetic}\\p{Nd}",
        b"alnum" => "a-zA-Z0-9",
        b"upper" | b"lower" if options.ignore_case => "\\p{Alphabetic}",
        b"upper" if wide => "\\p{Uppercase}",
        b"upper" => "A-Z",
        b"lower" if wide => "\\p{Lowercase}",
        b"lower" => "a-z",
        b"space" if options.by_line => " \\t\\r\\x0b\\x0c",
        b"space" if wide => "\\p{White_Space}",
        b"space" => " \\t\\r\\n\\x0b\\x0c",
        b"blank" => " \\t",
        b"punct" if wide => "!-/:-@\\[-`{-~\\p{P}\\p{S}",
        b"punct" => "!-/:-@\\[-`{-~",
        b"print" if wide => "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}",
        b"print" => " -~",
        b"graph" if wide => "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}",
        b"graph" => "!-~",
        b"cntrl" => "\\x00-\\x1f\\x7f",
        b"xdigit" => "0-9A-Fa-f",
        _ => return Err("Invalid character class name".to_owned()),
    })
}

struct Reader<'a> {
    source: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// `[:name:]` and its like, if one stands here; the name.
    fn delimited(&mut self, kind: u8) -> Result<Option<Vec<u8>>, String> {
        let rest = &self.source[self.at..];
        if !(rest.first() == Some(&b'[') && rest.get(1) == Some(&kind)) {
            return Ok(None);
        }
        let end = rest[2..].windows(2).position(|pair| pair == [kind, b']']);
        let Some(end) = end else {
            return Err("Unmatched [, [^, [:, [., or [=".to_owned());
        };
        let name = rest[2..2 + end].to_vec();
        self.at += end + 4;
        Ok(Some(name))
    }

    /// One character, or a collating element of one.
    fn member(&mut self, options: &Options) -> Result<u32, String> {
        for kind in [b'.', b'='] {
            if let Some(name) = self.delimited(kind)? {
                let mut inner = Reader {
                    source: &name,
                    at: 0,
                };
                let character = inner.character(options);
                if inner.at != name.len() || name.is_empty() {
                    return Err("Invalid collation character".to_owned());
                }
                return Ok(character);
            }
        }
        if self.peek() == Some(b'\\')
            && let Some(&next) = self.source.get(self.at + 1)
        {
            if options.bracket_escapes {
                self.at += 2;
                return Ok(escape(next).unwrap_or(u32::from(next)));
            }
            if options.c_escapes
                && let Some(character) = escape(next)
            {
                self.at += 2;
                return Ok(character);
            }
        }
        if self.peek().is_none() {
            return Err("Unmatched [, [^, [:, [., or [=".to_owned());
        }
        Ok(self.character(options))
    }

    fn character(&mut self, options: &Options) -> u32 {
        let rest = &self.source[self.at..];
        let (character, length) = if options.bytes {
            (u32::from(rest.first().copied().unwrap_or(0)), 1)
        } else {
            first_char(rest)
        };
        self.at += length;
        character
    }
}

/// What a letter behind a backslash means in C.
pub(crate) fn escape(letter: u8) -> Option<u32> {
    Some(match letter {
        b'n' => 10,
        b't' => 9,
        b'r' => 13,
        b'f' => 12,
        b'v' => 11,
        b'a' => 7,
        _ => return None,
    })
}

/// The first character of a text and its length; a byte that is none stands for itself.
pub(crate) fn first_char(text: &[u8]) -> (u32, usize) {
    let head = &text[..text.len().min(4)];
    let valid = match str::from_utf8(head) {
        Ok(valid) => valid,
        Err(error) => str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(character) => (u32::from(character), character.len_utf8()),
        None => (u32::from(text.first().copied().unwrap_or(0)), 1),
    }
}
