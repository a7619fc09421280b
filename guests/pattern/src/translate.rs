//! From POSIX's syntax to the `regex` crate's.

use std::fmt::Write as _;

use crate::bracket;
use crate::{Options, Syntax};

/// Longest repetition, as `RE_DUP_MAX` has it.
const REPEAT_MAX: u32 = 32767;

/// An expression in the `regex` crate's syntax.
#[derive(Debug)]
pub(crate) struct Translated {
    /// Its text.
    pub text: String,
    /// It refers back to what a group matched.
    pub has_back_references: bool,
    /// The leftmost match that is found first may not be the longest one.
    pub may_be_longer: bool,
    /// How many groups it has.
    pub groups: usize,
}

/// Translates one expression.
pub(crate) fn translate(source: &[u8], options: &Options) -> Result<Translated, String> {
    let mut translator = Translator {
        source,
        at: 0,
        extended: options.syntax == Syntax::Extended,
        options,
        out: String::new(),
        atom: None,
        open: Vec::new(),
        closed: Vec::new(),
        groups: 0,
        has_back_references: false,
        alternations: false,
        optional_groups: false,
    };
    translator.run()?;
    Ok(Translated {
        text: translator.out,
        has_back_references: translator.has_back_references,
        may_be_longer: translator.alternations || translator.optional_groups,
        groups: translator.groups,
    })
}

struct Translator<'a> {
    source: &'a [u8],
    at: usize,
    extended: bool,
    options: &'a Options,
    out: String,
    /// Where in `out` the last atom begins; `None` where a repetition has nothing to repeat.
    atom: Option<usize>,
    /// Open groups: number and where they begin.
    open: Vec<(usize, usize)>,
    /// Groups that are closed, by number.
    closed: Vec<usize>,
    groups: usize,
    has_back_references: bool,
    alternations: bool,
    optional_groups: bool,
}

/// What the next piece of the source is.
enum Token {
    Open,
    Close,
    Or,
    Star,
    Plus,
    Question,
    /// `{`, of which the bounds follow.
    Bounds,
    Caret,
    Dollar,
    Dot,
    Bracket,
    /// A backslash and this byte, with no meaning to the two syntaxes that differs.
    Escaped(u8),
    Literal,
}

impl Translator<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.at + ahead).copied()
    }

    /// The next token; its bytes are passed over except a literal's.
    fn token(&mut self) -> Result<Option<Token>, String> {
        let Some(byte) = self.peek(0) else {
            return Ok(None);
        };
        let extended = self.extended;
        let (token, length) = match byte {
            b'\\' => match self.peek(1) {
                None => return Err("Trailing backslash".to_owned()),
                Some(next) => {
                    let token = match next {
                        b'(' if !extended => Token::Open,
                        b')' if !extended => Token::Close,
                        b'{' if !extended => Token::Bounds,
                        b'|' if !extended => Token::Or,
                        b'+' if !extended => Token::Plus,
                        b'?' if !extended => Token::Question,
                        other => Token::Escaped(other),
                    };
                    (token, 2)
                }
            },
            b'(' if extended => (Token::Open, 1),
            b')' if extended && !self.open.is_empty() => (Token::Close, 1),
            b'{' if extended && self.bounds_follow() => (Token::Bounds, 1),
            b'|' if extended => (Token::Or, 1),
            b'+' if extended => (Token::Plus, 1),
            b'?' if extended => (Token::Question, 1),
            b'*' => (Token::Star, 1),
            b'.' => (Token::Dot, 1),
            b'[' => (Token::Bracket, 1),
            b'^' if extended || self.begins_here() => (Token::Caret, 1),
            b'$' if extended || self.ends_here() => (Token::Dollar, 1),
            _ => (Token::Literal, 0),
        };
        self.at += length;
        Ok(Some(token))
    }

    /// Whether a basic expression, or a branch or group of it, begins here.
    fn begins_here(&self) -> bool {
        let before = &self.source[..self.at];
        before.is_empty()
            || before.ends_with(b"\\(")
            || before.ends_with(b"\\|")
            || before.ends_with(b"\n")
    }

    /// Whether a basic expression, or a branch or group of it, ends behind the next byte.
    fn ends_here(&self) -> bool {
        let after = &self.source[self.at + 1..];
        after.is_empty()
            || after.starts_with(b"\\)")
            || after.starts_with(b"\\|")
            || after.starts_with(b"\n")
    }

    /// Whether the brace here begins bounds; in an extended expression one that does not is itself.
    fn bounds_follow(&self) -> bool {
        let rest = &self.source[self.at + 1..];
        let Some(end) = rest.iter().position(|byte| *byte == b'}') else {
            return false;
        };
        let inner = &rest[..end];
        !inner.is_empty()
            && inner != b","
            && inner
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b',')
            && inner.iter().filter(|byte| **byte == b',').count() <= 1
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(token) = self.token()? {
            match token {
                Token::Open => {
                    self.groups += 1;
                    self.open.push((self.groups, self.out.len()));
                    self.out.push('(');
                    self.atom = None;
                }
                Token::Close => {
                    let Some((number, start)) = self.open.pop() else {
                        return Err("Unmatched ) or \\)".to_owned());
                    };
                    self.closed.push(number);
                    self.out.push(')');
                    self.atom = Some(start);
                }
                Token::Or => {
                    self.alternations = true;
                    self.out.push('|');
                    self.atom = None;
                }
                Token::Star => self.repeat("*", true)?,
                Token::Plus => self.repeat("+", false)?,
                Token::Question => self.repeat("?", true)?,
                Token::Bounds => self.bounds()?,
                Token::Caret => self.assertion(if self.lines() { "(?m:^)" } else { "\\A" }),
                Token::Dollar => self.assertion(if self.lines() { "(?m:$)" } else { "\\z" }),
                Token::Dot => self.atom(if self.options.by_line {
                    "[^\\n]"
                } else {
                    "(?s:.)"
                }),
                Token::Bracket => {
                    let (class, length) =
                        bracket::translate(&self.source[self.at..], self.options)?;
                    self.at += length;
                    self.atom(&class);
                }
                Token::Escaped(byte) => self.escaped(byte)?,
                Token::Literal => self.literal(),
            }
        }
        if self.open.is_empty() {
            Ok(())
        } else {
            Err("Unmatched ( or \\(".to_owned())
        }
    }

    fn lines(&self) -> bool {
        self.options.by_line || self.options.multi_line
    }

    fn atom(&mut self, text: &str) {
        self.atom = Some(self.out.len());
        self.out.push_str(text);
    }

    fn assertion(&mut self, text: &str) {
        self.out.push_str(text);
        // `^*` is a literal star in a basic expression; in an extended one it repeats nothing.
        self.atom = None;
    }

    /// Repeats the last atom. Where there is none, the sign is itself.
    fn repeat(&mut self, sign: &str, optional: bool) -> Result<(), String> {
        let Some(start) = self.atom else {
            if self.extended && !sign.starts_with('{') {
                // GNU's extended syntax lets a star repeat nothing at the beginning.
                if sign == "*" && self.out.is_empty() {
                    return Ok(());
                }
            }
            let literal = sign.chars().next().unwrap_or('*');
            self.push_literal(u32::from(literal));
            return Ok(());
        };
        if optional && self.out[start..].starts_with('(') {
            self.optional_groups = true;
        }
        if self.out[start..].starts_with('(') {
            // A group that is repeated may match in several ways.
            self.optional_groups = true;
        }
        self.out.push_str(sign);
        // A second sign repeats the repetition; written without a group it would mean laziness.
        self.out.insert_str(start, "(?:");
        self.out.push(')');
        Ok(())
    }

    /// `{1,3}`, behind the brace.
    fn bounds(&mut self) -> Result<(), String> {
        let close: &[u8] = if self.extended { b"}" } else { b"\\}" };
        let rest = &self.source[self.at..];
        let Some(end) = rest.windows(close.len()).position(|bytes| bytes == close) else {
            return Err("Unmatched { or \\{".to_owned());
        };
        let inner = String::from_utf8_lossy(&rest[..end]).into_owned();
        self.at += end + close.len();
        let invalid = || "Invalid content of \\{\\}".to_owned();
        let number = |text: &str| text.parse::<u32>().map_err(|_| invalid());
        let (low, high) = match inner.split_once(',') {
            None => {
                let low = number(&inner)?;
                (low, Some(low))
            }
            Some((low, high)) => {
                let low = if low.is_empty() { 0 } else { number(low)? };
                let high = if high.is_empty() {
                    None
                } else {
                    Some(number(high)?)
                };
                (low, high)
            }
        };
        if high.is_some_and(|high| high < low) {
            return Err(invalid());
        }
        if low > REPEAT_MAX || high.is_some_and(|high| high > REPEAT_MAX) {
            return Err("Regular expression too big".to_owned());
        }
        if self.atom.is_none() {
            return Err("Invalid preceding regular expression".to_owned());
        }
        let sign = match high {
            Some(high) => format!("{{{low},{high}}}"),
            None => format!("{{{low},}}"),
        };
        self.repeat(&sign, low == 0)
    }

    fn escaped(&mut self, byte: u8) -> Result<(), String> {
        let by_line = self.options.by_line;
        let class = match byte {
            b'w' => Some("[\\w]"),
            b'W' if by_line => Some("[^\\w\\n]"),
            b'W' => Some("[^\\w]"),
            b's' if by_line => Some("[\\s--\\n]"),
            b's' => Some("[\\s]"),
            b'S' => Some("[^\\s]"),
            _ => None,
        };
        if let Some(class) = class {
            self.atom(class);
            return Ok(());
        }
        match byte {
            b'<' => self.assertion("\\b{start}"),
            b'>' => self.assertion("\\b{end}"),
            b'b' => self.assertion("\\b"),
            b'B' => self.assertion("\\B"),
            b'`' => self.assertion("\\A"),
            b'\'' => self.assertion("\\z"),
            b'1'..=b'9' if self.options.bracket_escapes => self.number_escape(byte),
            b'1'..=b'9' => {
                let number = usize::from(byte - b'0');
                if !self.closed.contains(&number) {
                    return Err("Invalid back reference".to_owned());
                }
                self.has_back_references = true;
                self.atom(&format!("(?:\\{number})"));
            }
            _ if self.options.c_escapes => match bracket::escape(byte) {
                Some(character) => self.push_literal(character),
                None => self.number_escape(byte),
            },
            _ => {
                self.at -= 1;
                self.literal();
            }
        }
        Ok(())
    }

    /// `\xHH`, `\oNNN`, `\dNNN`, `\cX` and awk's `\NNN`, behind the letter; any other escaped byte is itself.
    fn number_escape(&mut self, byte: u8) {
        let awk = self.options.bracket_escapes;
        let (base, most, skip) = match byte {
            b'x' => (16, 2, 0),
            b'o' if !awk => (8, 3, 0),
            b'd' if !awk => (10, 3, 0),
            b'0'..=b'7' if awk => (8, 3, 1),
            b'c' if !awk && self.peek(0).is_some() => {
                let letter = self.source[self.at].to_ascii_uppercase() ^ 0x40;
                self.at += 1;
                self.push_literal(u32::from(letter));
                return;
            }
            _ => {
                self.at -= 1;
                self.literal();
                return;
            }
        };
        self.at -= skip;
        let digits = self.source[self.at..]
            .iter()
            .take(most)
            .take_while(|digit| char::from(**digit).is_digit(base))
            .count();
        if digits == 0 {
            self.push_literal(u32::from(byte));
            return;
        }
        let text = String::from_utf8_lossy(&self.source[self.at..self.at + digits]).into_owned();
        self.at += digits;
        let value = u32::from_str_radix(&text, base).unwrap_or(0);
        self.push_literal(value & 0xff);
    }

    /// The character that stands here.
    fn literal(&mut self) {
        let rest = &self.source[self.at..];
        let (character, length) = if self.options.bytes {
            (u32::from(rest[0]), 1)
        } else {
            bracket::first_char(rest)
        };
        self.at += length;
        if length == 1 && character > 0x7f {
            // A byte that is no character on its own.
            self.atom(&format!("(?-u:\\x{character:02X})"));
        } else {
            self.push_literal(character);
        }
    }

    fn push_literal(&mut self, character: u32) {
        self.atom = Some(self.out.len());
        push_escaped(&mut self.out, character);
    }
}

/// A character that stands for itself.
pub(crate) fn push_escaped(out: &mut String, character: u32) {
    match char::from_u32(character) {
        Some(letter)
            if letter.is_ascii_alphanumeric() || (!letter.is_ascii() && character > 0xff) =>
        {
            out.push(letter);
        }
        // With a backslash these two are the ends of words.
        Some(letter @ ('<' | '>')) => out.push(letter),
        Some(letter) if letter.is_ascii() && letter.is_ascii_graphic() => {
            out.push('\\');
            out.push(letter);
        }
        _ => {
            let _ = write!(out, "\\x{{{character:x}}}");
        }
    }
}

/// A text that stands for itself.
pub(crate) fn fixed(source: &[u8], options: &Options) -> String {
    let mut out = String::new();
    let mut rest = source;
    while !rest.is_empty() {
        let (character, length) = if options.bytes {
            (u32::from(rest[0]), 1)
        } else {
            bracket::first_char(rest)
        };
        if length == 1 && character > 0x7f {
            let _ = write!(out, "(?-u:\\x{character:02X})");
        } else {
            push_escaped(&mut out, character);
        }
        rest = &rest[length..];
    }
    out
}
