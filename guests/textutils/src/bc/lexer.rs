//! The words of bc.

use std::collections::VecDeque;

/// A word.
#[derive(Clone, PartialEq, Debug)]
pub enum Token {
    /// Digits, as they stand: what they mean depends on `ibase`.
    Number(String),
    Name(String),
    Text(String),
    /// An operator or a sign.
    Sign(&'static str),
    Newline,
    End,
}

/// Longest first.
const SIGNS: [&str; 40] = [
    "<=", ">=", "==", "!=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "+", "-",
    "*", "/", "%", "^", "=", "<", ">", "!", "(", ")", "{", "}", "[", "]", ";", ",", ".", "&", "|",
    "?", ":", "~", "@", "$",
];

/// Takes a text apart.
///
/// # Errors
/// What stands there is no word.
pub fn tokens(text: &str) -> Result<VecDeque<Token>, String> {
    let mut all = VecDeque::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
        } else if first == '#' {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(next) = rest.strip_prefix("\\\n") {
            rest = next;
        } else if first == '\n' {
            all.push_back(Token::Newline);
            rest = &rest[1..];
        } else if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let (inside, next) = quoted.split_once('"').ok_or("a text has no end")?;
            all.push_back(Token::Text(inside.to_owned()));
            rest = next;
        } else if first.is_ascii_lowercase() {
            let end = rest
                .find(|letter: char| {
                    !(letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
                })
                .unwrap_or(rest.len());
            all.push_back(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some((digits, next)) = number(rest) {
            all.push_back(Token::Number(digits));
            rest = next;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            all.push_back(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            return Err(format!("illegal character: {first}"));
        }
    }
    all.push_back(Token::End);
    Ok(all)
}

/// The number that a text begins with, and what follows it. It may go on in the next line.
fn number(text: &str) -> Option<(String, &str)> {
    let mut digits = String::new();
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' => digits.push(char::from(*byte)),
            b'.' if !digits.contains('.') => digits.push('.'),
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 1,
            _ => break,
        }
        at += 1;
    }
    (digits.bytes().any(|byte| byte != b'.')).then_some((digits, &text[at..]))
}
