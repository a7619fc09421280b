//! From text to tokens.

use std::rc::Rc;

use super::syntax::{Builtin, Text};

#[derive(Clone, PartialEq, Debug)]
pub enum Token {
    Newline,
    Number(f64),
    String(Text),
    Regex(Text),
    Name(String),
    /// A name with `(` right behind it.
    Function(String),
    Builtin(Builtin),
    Keyword(Keyword),
    /// A sign, as it is written.
    Sign(&'static str),
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keyword {
    Begin,
    End,
    Function,
    If,
    Else,
    While,
    For,
    Do,
    Break,
    Continue,
    Next,
    NextFile,
    Exit,
    Return,
    Delete,
    In,
    Getline,
    Print,
    Printf,
}

const KEYWORDS: [(&str, Keyword); 20] = [
    ("BEGIN", Keyword::Begin),
    ("END", Keyword::End),
    ("function", Keyword::Function),
    ("func", Keyword::Function),
    ("if", Keyword::If),
    ("else", Keyword::Else),
    ("while", Keyword::While),
    ("for", Keyword::For),
    ("do", Keyword::Do),
    ("break", Keyword::Break),
    ("continue", Keyword::Continue),
    ("next", Keyword::Next),
    ("nextfile", Keyword::NextFile),
    ("exit", Keyword::Exit),
    ("return", Keyword::Return),
    ("delete", Keyword::Delete),
    ("in", Keyword::In),
    ("getline", Keyword::Getline),
    ("print", Keyword::Print),
    ("printf", Keyword::Printf),
];

const BUILTINS: [(&str, Builtin); 32] = [
    ("and", Builtin::And),
    ("atan2", Builtin::Atan2),
    ("close", Builtin::Close),
    ("compl", Builtin::Compl),
    ("cos", Builtin::Cos),
    ("exp", Builtin::Exp),
    ("fflush", Builtin::Fflush),
    ("gensub", Builtin::Gensub),
    ("gsub", Builtin::Gsub),
    ("index", Builtin::Index),
    ("int", Builtin::Int),
    ("length", Builtin::Length),
    ("log", Builtin::Log),
    ("lshift", Builtin::Lshift),
    ("match", Builtin::Match),
    ("or", Builtin::Or),
    ("rand", Builtin::Rand),
    ("rshift", Builtin::Rshift),
    ("sin", Builtin::Sin),
    ("split", Builtin::Split),
    ("sprintf", Builtin::Sprintf),
    ("sqrt", Builtin::Sqrt),
    ("srand", Builtin::Srand),
    ("strftime", Builtin::Strftime),
    ("strtonum", Builtin::Strtonum),
    ("sub", Builtin::Sub),
    ("substr", Builtin::Substr),
    ("system", Builtin::System),
    ("systime", Builtin::Systime),
    ("tolower", Builtin::Tolower),
    ("toupper", Builtin::Toupper),
    ("xor", Builtin::Xor),
];

/// Longest first, so that the longest one that stands there is taken.
const SIGNS: [&str; 41] = [
    "**=", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", "!~", "++", "--",
    "&&", "||", ">>", "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!",
    "<", ">", "|", "?", ":", "~", "$", "=",
];

/// All tokens with the line each stands in.
pub fn tokens(source: &[u8]) -> Result<Vec<(Token, usize)>, String> {
    let mut lexer = Lexer {
        source,
        at: 0,
        line: 1,
        out: Vec::new(),
    };
    lexer.run()?;
    lexer.out.push((Token::End, lexer.line));
    Ok(lexer.out)
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
    line: usize,
    out: Vec<(Token, usize)>,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<u8> {
        self.source.get(self.at).copied()
    }

    fn push(&mut self, token: Token) {
        self.out.push((token, self.line));
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.push(Token::Newline);
                    self.at += 1;
                    self.line += 1;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                b'\\' if self.source[self.at + 1..].starts_with(b"\n") => {
                    self.at += 2;
                    self.line += 1;
                }
                b'\\' if self.source[self.at + 1..].starts_with(b"\r\n") => {
                    self.at += 3;
                    self.line += 1;
                }
                b'"' => {
                    self.at += 1;
                    let text = self.string()?;
                    self.push(Token::String(text));
                }
                b'/' if self.regex_may_follow() => {
                    self.at += 1;
                    let text = self.regex()?;
                    self.push(Token::Regex(text));
                }
                b'0'..=b'9' => self.number(),
                b'.' if self.source.get(self.at + 1).is_some_and(u8::is_ascii_digit) => {
                    self.number()
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
                _ => {
                    let rest = &self.source[self.at..];
                    let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(sign.as_bytes()))
                    else {
                        return Err(format!(
                            "line {}: unexpected character '{}'",
                            self.line,
                            String::from_utf8_lossy(&rest[..1])
                        ));
                    };
                    self.at += sign.len();
                    let sign = match *sign {
                        "**" => "^",
                        "**=" => "^=",
                        sign => sign,
                    };
                    self.push(Token::Sign(sign));
                }
            }
        }
        Ok(())
    }

    /// Whether a slash here begins an expression, rather than divides.
    fn regex_may_follow(&self) -> bool {
        !matches!(
            self.out.last().map(|(token, _)| token),
            Some(
                Token::Number(_)
                    | Token::String(_)
                    | Token::Regex(_)
                    | Token::Name(_)
                    | Token::Builtin(_)
                    | Token::Sign(")" | "]" | "$" | "++" | "--"),
            )
        )
    }

    fn number(&mut self) {
        let rest = &self.source[self.at..];
        let (value, length) = if rest.len() > 2
            && rest[0] == b'0'
            && rest[1] | 32 == b'x'
            && rest[2].is_ascii_hexdigit()
        {
            let digits = rest[2..]
                .iter()
                .take_while(|byte| byte.is_ascii_hexdigit())
                .count();
            let text = String::from_utf8_lossy(&rest[2..2 + digits]).into_owned();
            (
                u64::from_str_radix(&text, 16).unwrap_or(0) as f64,
                digits + 2,
            )
        } else {
            super::value::parse_number(rest)
        };
        self.at += length;
        self.push(Token::Number(value));
    }

    fn word(&mut self) {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            self.at += 1;
        }
        let word = String::from_utf8_lossy(&self.source[start..self.at]).into_owned();
        let token = if let Some((_, keyword)) = KEYWORDS.iter().find(|(name, _)| *name == word) {
            Token::Keyword(*keyword)
        } else if let Some((_, builtin)) = BUILTINS.iter().find(|(name, _)| *name == word) {
            Token::Builtin(*builtin)
        } else if self.peek() == Some(b'(') {
            Token::Function(word)
        } else {
            Token::Name(word)
        };
        self.push(token);
    }

    fn string(&mut self) -> Result<Text, String> {
        let mut out = Vec::new();
        loop {
            match self.peek() {
                None | Some(b'\n') => {
                    return Err(format!("line {}: unterminated string", self.line));
                }
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Rc::from(out));
                }
                Some(b'\\') => {
                    self.at += 1;
                    if self.peek() == Some(b'\n') {
                        self.line += 1;
                        self.at += 1;
                    } else {
                        self.at += unescape(&self.source[self.at..], &mut out);
                    }
                }
                Some(byte) => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn regex(&mut self) -> Result<Text, String> {
        let mut out = Vec::new();
        let mut bracket = false;
        loop {
            match self.peek() {
                None | Some(b'\n') => {
                    return Err(format!("line {}: unterminated regexp", self.line));
                }
                Some(b'/') if !bracket => {
                    self.at += 1;
                    return Ok(Rc::from(out));
                }
                Some(b'\\') => {
                    let next = self.source.get(self.at + 1).copied();
                    if next != Some(b'/') {
                        out.push(b'\\');
                    }
                    out.extend(next);
                    self.at += 2;
                    continue;
                }
                Some(b'[') if !bracket => {
                    bracket = true;
                    out.push(b'[');
                    // A bracket right at the beginning is a member.
                    for member in [b'^', b']'] {
                        if self.source.get(self.at + 1) == Some(&member) {
                            self.at += 1;
                            out.push(member);
                        }
                    }
                }
                Some(b'[') if self.source.get(self.at + 1) == Some(&b':') => {
                    let rest = &self.source[self.at..];
                    let end = rest
                        .windows(2)
                        .position(|pair| pair == b":]")
                        .map_or(1, |end| end + 2);
                    out.extend_from_slice(&rest[..end]);
                    self.at += end;
                    continue;
                }
                Some(byte) => {
                    bracket &= byte != b']';
                    out.push(byte);
                }
            }
            self.at += 1;
        }
    }
}

/// What follows a backslash in a string; returns how many bytes of it were taken.
pub fn unescape(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(&letter) = rest.first() else {
        out.push(b'\\');
        return 0;
    };
    let byte = match letter {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        b'"' | b'\\' | b'/' => letter,
        b'0'..=b'7' => {
            let digits = rest
                .iter()
                .take(3)
                .take_while(|digit| (b'0'..=b'7').contains(digit))
                .count();
            let value = rest[..digits]
                .iter()
                .fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            out.push(value as u8);
            return digits;
        }
        b'x' => {
            let digits = rest[1..]
                .iter()
                .take(2)
                .take_while(|digit| digit.is_ascii_hexdigit())
                .count();
            let text = String::from_utf8_lossy(&rest[1..1 + digits]).into_owned();
            match u8::from_str_radix(&text, 16) {
                Ok(value) => out.push(value),
                Err(_) => out.extend(b"\\x"),
            }
            return digits + 1;
        }
        _ => {
            // Kept: the string may become an expression.
            out.push(b'\\');
            letter
        }
    };
    out.push(byte);
    1
}
