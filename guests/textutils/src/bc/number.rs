//! Decimal numbers of any length: what `bc` and `dc` calculate with.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

/// Most digits behind the point, and the most that `length` and powers may ask for.
pub const DIGITS_MAX: u32 = 1 << 20;

/// A number: `digits` divided by ten to the power of `scale`.
#[derive(Clone, Debug, Default)]
pub struct Number {
    digits: BigInt,
    scale: u32,
}

/// Ten to a power.
fn ten(power: u32) -> BigInt {
    BigInt::from(10u8).pow(power)
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self {
            digits: value.into(),
            scale: 0,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

impl Number {
    /// Digits of a base, with a point perhaps. As GNU's: a digit that is too large counts as the largest, unless it is
    /// alone.
    pub fn parse(text: &str, base: u32) -> Self {
        let (text, negative) = match text.strip_prefix(['-', '_']) {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let alone = whole.trim_start_matches('0').len() + fraction.len() == 1;
        let value = |letter: char| {
            let digit = letter.to_digit(36).unwrap_or(0);
            if alone { digit } else { digit.min(base - 1) }
        };
        let sum = |digits: &str| {
            digits
                .chars()
                .fold(BigInt::default(), |sum, letter| sum * base + value(letter))
        };
        if base == 10 && !text.contains(|letter: char| letter.is_ascii_uppercase()) {
            let digits: BigInt = format!("{whole}{fraction}").parse().unwrap_or_default();
            let scale = fraction.len() as u32;
            return Self { digits, scale }.signed(negative);
        }
        let scale = fraction.len() as u32;
        let below = sum(fraction) * ten(scale) / BigInt::from(base).pow(scale);
        let digits = sum(whole) * ten(scale) + below;
        Self { digits, scale }.signed(negative)
    }

    fn signed(self, negative: bool) -> Self {
        if negative { self.negated() } else { self }
    }

    /// How many digits stand behind the point.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// How many digits there are: at least one.
    pub fn length(&self) -> u32 {
        let all = self.digits.magnitude().to_string();
        let count = if self.is_zero() { 0 } else { all.len() as u32 };
        count.max(self.scale).max(1)
    }

    pub fn is_zero(&self) -> bool {
        self.digits.sign() == Sign::NoSign
    }

    pub fn is_negative(&self) -> bool {
        self.digits.sign() == Sign::Minus
    }

    pub fn negated(&self) -> Self {
        Self {
            digits: -&self.digits,
            scale: self.scale,
        }
    }

    /// The digits as if there were `scale` of them behind the point; what is too much is cut off.
    fn at(&self, scale: u32) -> BigInt {
        match scale.cmp(&self.scale) {
            Ordering::Equal => self.digits.clone(),
            Ordering::Greater => &self.digits * ten(scale - self.scale),
            Ordering::Less => &self.digits / ten(self.scale - scale),
        }
    }

    /// The same with so many digits behind the point.
    pub fn with_scale(&self, scale: u32) -> Self {
        Self {
            digits: self.at(scale),
            scale,
        }
    }

    /// The whole part, if it is not larger than what a count may be.
    pub fn to_i64(&self) -> Option<i64> {
        i64::try_from(self.at(0)).ok()
    }

    /// Digits of a base as dc takes them: each counts for what it is.
    pub fn parse_plainly(text: &str, base: u32) -> Self {
        let (text, negative) = match text.strip_prefix('_') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let sum = |digits: &str| {
            digits.chars().fold(BigInt::default(), |sum, letter| {
                sum * base + letter.to_digit(16).unwrap_or(0)
            })
        };
        let scale = fraction.len() as u32;
        let below = sum(fraction) * ten(scale) / BigInt::from(base).pow(scale);
        let digits = sum(whole) * ten(scale) + below;
        Self { digits, scale }.signed(negative)
    }

    /// The whole part as bytes, the first one the most significant.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.at(0).magnitude().to_bytes_be()
    }

    pub fn compare(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        self.at(scale).cmp(&other.at(scale))
    }

    pub fn plus(&self, other: &Self) -> Self {
        let scale = self.scale.max(other.scale);
        Self {
            digits: self.at(scale) + other.at(scale),
            scale,
        }
    }

    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&other.negated())
    }

    /// The product, with no more digits than the factors and `scale` ask for.
    pub fn times(&self, other: &Self, scale: u32) -> Self {
        let all = self.scale + other.scale;
        let kept = all.min(scale.max(self.scale).max(other.scale));
        Self {
            digits: &self.digits * &other.digits,
            scale: all,
        }
        .with_scale(kept)
    }

    /// The quotient; `None` for a division by zero.
    pub fn divided(&self, other: &Self, scale: u32) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let dividend = &self.digits * ten(scale + other.scale);
        let divisor = &other.digits * ten(self.scale);
        Some(Self {
            digits: dividend / divisor,
            scale,
        })
    }

    /// What is left of a division to `scale` digits; `None` for a division by zero.
    pub fn remainder(&self, other: &Self, scale: u32) -> Option<Self> {
        let quotient = self.divided(other, scale)?;
        let kept = self.scale.max(scale + other.scale);
        let product = Self {
            digits: &quotient.digits * &other.digits,
            scale: quotient.scale + other.scale,
        };
        Some(self.minus(&product).with_scale(kept))
    }

    /// A power with a whole exponent; `None` for a division by zero or an exponent out of all bounds.
    pub fn power(&self, exponent: i64, scale: u32) -> Option<Self> {
        let count = u32::try_from(exponent.unsigned_abs()).ok()?;
        if u64::from(self.length()) * u64::from(count) > 4 * u64::from(DIGITS_MAX)
            && !self.is_zero()
            && self.compare(&1.into()) != Ordering::Equal
        {
            return None;
        }
        let all = self.scale.checked_mul(count)?;
        let whole = Self {
            digits: self.digits.pow(count),
            scale: all,
        };
        if exponent < 0 {
            return Self::from(1).divided(&whole, scale);
        }
        Some(whole.with_scale(all.min(scale.max(self.scale))))
    }

    /// The square root; `None` for a negative number.
    pub fn root(&self, scale: u32) -> Option<Self> {
        if self.is_negative() {
            return None;
        }
        let scale = scale.max(self.scale);
        Some(Self {
            digits: self.at(2 * scale).sqrt(),
            scale,
        })
    }

    /// A power of whole numbers modulo a third; `None` for a division by zero or a negative exponent.
    pub fn modular_power(&self, exponent: &Self, modulus: &Self) -> Option<Self> {
        let (exponent, modulus) = (exponent.at(0), modulus.at(0));
        if modulus.sign() == Sign::NoSign || exponent.sign() == Sign::Minus {
            return None;
        }
        let value = self.at(0).modpow(&exponent, &modulus);
        Some(Self {
            digits: value,
            scale: 0,
        })
    }

    /// In digits of a base. Above sixteen every digit is a decimal number of its own.
    pub fn shown(&self, base: &Self) -> String {
        let sign = if self.is_negative() { "-" } else { "" };
        let base = base.to_i64().unwrap_or(10);
        if base == 10 {
            let digits = self.digits.magnitude().to_string();
            let scale = self.scale as usize;
            if scale == 0 {
                return format!("{sign}{digits}");
            }
            if self.is_zero() {
                return "0".to_owned();
            }
            let padded = format!("{digits:0>scale$}");
            let (whole, fraction) = padded.split_at(padded.len() - scale);
            return format!("{sign}{whole}.{fraction}");
        }
        let unit = ten(self.scale);
        let magnitude = BigInt::from(self.digits.magnitude().clone());
        let (mut whole, mut rest) = (&magnitude / &unit, magnitude % &unit);
        let large = BigInt::from(base);
        let mut digits = Vec::new();
        while whole.sign() != Sign::NoSign {
            digits.push(i64::try_from(&whole % &large).unwrap_or(0));
            whole /= &large;
        }
        digits.reverse();
        let width = (base - 1).to_string().len();
        let digit = |value: i64| {
            if base <= 16 {
                let letter = char::from_digit(value as u32, 16).unwrap_or('0');
                letter.to_ascii_uppercase().to_string()
            } else {
                format!(" {value:0width$}")
            }
        };
        let mut text: String = digits.iter().map(|value| digit(*value)).collect();
        if self.scale > 0 && !self.is_zero() {
            text.push('.');
            let mut reached = BigInt::from(1);
            let mut first = true;
            while reached < unit {
                rest *= &large;
                let value = i64::try_from(&rest / &unit).unwrap_or(0);
                rest %= &unit;
                reached *= &large;
                let shown = digit(value);
                text.push_str(if first { shown.trim_start() } else { &shown });
                first = false;
            }
        }
        if text.is_empty() {
            text = digit(0);
        }
        format!("{sign}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text, 10)
    }

    #[test]
    fn digits_behind_the_point_are_those_of_bc() {
        let ten = Number::from(10);
        let cases = [
            (number("1.25").plus(&number("2")), "3.25"),
            (number("1.25").times(&number("1.5"), 0), "1.87"),
            (number("10").divided(&number("3"), 5).unwrap(), "3.33333"),
            (number("-7").remainder(&number("3"), 0).unwrap(), "-1"),
            (number("2").power(-2, 4).unwrap(), ".2500"),
            (number("2").root(10).unwrap(), "1.4142135623"),
            (number("0.00"), "0"),
            (number("-.5"), "-.5"),
        ];
        for (value, shown) in cases {
            assert_eq!(value.shown(&ten), shown);
        }
        assert_eq!(Number::parse("FF", 16).shown(&ten), "255");
        assert_eq!(number("255").shown(&16.into()), "FF");
        assert_eq!(number("0.5").shown(&2.into()), ".1000");
        assert_eq!(number("100").shown(&20.into()), " 05 00");
        assert!(number("1").divided(&number("0"), 0).is_none());
    }
}
