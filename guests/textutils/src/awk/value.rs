//! Values: numbers, strings, and input that may be either.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::rc::Rc;

use berth_multicall::cformat;

use super::syntax::Text;
use crate::text::QuickHasher;

/// Integers up to here are exact in a number.
const EXACT_MAX: f64 = 1e16;

#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing was assigned: "" and 0.
    #[default]
    Unset,
    Number(f64),
    String(Text),
    /// From input: a number too, if it looks like one.
    Input(Text),
}

/// Elements by their subscripts.
pub type Array = HashMap<Text, Value, BuildHasherDefault<QuickHasher>>;

impl Value {
    pub fn text(text: &[u8]) -> Self {
        Self::String(Rc::from(text))
    }

    pub fn truth(condition: bool) -> Self {
        Self::Number(f64::from(u8::from(condition)))
    }

    pub fn to_number(&self) -> f64 {
        match self {
            Self::Unset => 0.0,
            Self::Number(number) => *number,
            Self::String(text) | Self::Input(text) => {
                let start = text
                    .iter()
                    .take_while(|byte| byte.is_ascii_whitespace())
                    .count();
                parse_number(&text[start..]).0
            }
        }
    }

    pub fn to_text(&self, format: &str) -> Text {
        match self {
            Self::Unset => Rc::from(&b""[..]),
            Self::Number(number) => Rc::from(number_text(*number, format).as_bytes()),
            Self::String(text) | Self::Input(text) => Rc::clone(text),
        }
    }

    pub fn is_true(&self) -> bool {
        match self {
            Self::Unset => false,
            Self::Number(number) => *number != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::Input(text) => match numeric(text) {
                Some(number) => number != 0.0,
                None => !text.is_empty(),
            },
        }
    }

    /// The number, if comparisons shall see one.
    fn as_number(&self) -> Option<f64> {
        match self {
            Self::Unset => Some(0.0),
            Self::Number(number) => Some(*number),
            Self::String(_) => None,
            Self::Input(text) => numeric(text),
        }
    }

    /// Numbers are compared as such if both are; otherwise both are strings.
    pub fn compare(&self, other: &Self, format: &str) -> Option<Ordering> {
        if let (Some(one), Some(other)) = (self.as_number(), other.as_number()) {
            return one.partial_cmp(&other);
        }
        Some(self.to_text(format).cmp(&other.to_text(format)))
    }
}

/// A number in text: integers without a fraction, others by the format.
pub fn number_text(number: f64, format: &str) -> String {
    if number == number.trunc() && number.abs() < EXACT_MAX {
        return (number as i64).to_string();
    }
    if format == "%.6g" {
        return with_special(number, 6);
    }
    let mut out = Vec::new();
    super::format::write(
        format.as_bytes(),
        &[Value::Number(number)],
        format,
        &mut out,
    );
    String::from_utf8_lossy(&out).into_owned()
}

fn with_special(number: f64, precision: usize) -> String {
    if number == number.trunc() && number.is_finite() && number.abs() < 1e30 {
        return format!("{number:.0}");
    }
    cformat::shortest(number, precision)
}

/// The number that a whole text is, blanks around it left out.
fn numeric(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    let first = *text.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    let (number, length) = parse_number(text);
    (length == text.len() && length > 0).then_some(number)
}

/// The number a text begins with and how many bytes it takes, as `strtod(3)` finds it in decimal.
pub fn parse_number(text: &[u8]) -> (f64, usize) {
    let mut at = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let digits_from = at;
    let mut small: u64 = 0;
    while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
        small = small.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        at += 1;
    }
    let whole = at - digits_from;
    let simple = !matches!(text.get(at), Some(b'.' | b'e' | b'E'));
    if simple && whole > 0 && whole <= 15 {
        let number = small as f64;
        return (if text[0] == b'-' { -number } else { number }, at);
    }
    let mut fraction = 0;
    if text.get(at) == Some(&b'.') {
        fraction = text[at + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if whole + fraction > 0 {
            at += 1 + fraction;
        }
    }
    if whole + fraction == 0 {
        return (0.0, 0);
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let digits = text[at + 1 + sign..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if digits > 0 {
            at += 1 + sign + digits;
        }
    }
    let number = str::from_utf8(&text[..at])
        .ok()
        .and_then(|text| text.parse().ok());
    (number.unwrap_or(0.0), at)
}
