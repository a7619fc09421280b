//! `printf(3)`'s formats, for awk and whoever else takes them from a user.

/// What stands between `%` and the letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spec {
    /// `-`.
    pub left: bool,
    /// `+`.
    pub sign: bool,
    /// A space.
    pub space: bool,
    /// `#`.
    pub alternate: bool,
    /// `0`.
    pub zero: bool,
    /// Smallest width.
    pub width: usize,
    /// Precision.
    pub precision: Option<usize>,
}

impl Spec {
    /// Text in its width; `length` is how wide it is already.
    pub fn padded(&self, text: &[u8], length: usize, out: &mut Vec<u8>) {
        let fill = self.width.saturating_sub(length);
        if !self.left {
            out.extend(std::iter::repeat_n(b' ', fill));
        }
        out.extend_from_slice(text);
        if self.left {
            out.extend(std::iter::repeat_n(b' ', fill));
        }
    }

    /// A number with its sign and digits, zeros between them where they are asked for.
    fn number(&self, sign: &str, digits: &str, zeros: bool, out: &mut Vec<u8>) {
        let length = sign.len() + digits.len();
        if zeros && self.zero && !self.left {
            out.extend(sign.as_bytes());
            out.extend(std::iter::repeat_n(b'0', self.width.saturating_sub(length)));
            out.extend(digits.as_bytes());
        } else {
            self.padded(format!("{sign}{digits}").as_bytes(), length, out);
        }
    }

    fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    /// `%d`: a number without its fraction.
    pub fn integer(&self, value: f64, out: &mut Vec<u8>) {
        if !value.is_finite() {
            return self.special(value, out);
        }
        let value = value.trunc();
        let mut digits = format!("{:.0}", value.abs());
        if let Some(precision) = self.precision {
            if precision == 0 && value == 0.0 {
                digits.clear();
            }
            digits = format!("{digits:0>precision$}");
        }
        self.number(
            self.sign_of(value < 0.0),
            &digits,
            self.precision.is_none(),
            out,
        );
    }

    /// `%o`, `%x`, `%X` and `%u`.
    pub fn unsigned(&self, value: f64, letter: u8, out: &mut Vec<u8>) {
        if value < 0.0 && letter == b'u' || !value.is_finite() {
            return self.integer(value, out);
        }
        let number = if value < 0.0 {
            value as i64 as u64
        } else {
            value as u64
        };
        let (prefix, mut digits) = match letter {
            b'o' => ("0", format!("{number:o}")),
            b'x' => ("0x", format!("{number:x}")),
            b'X' => ("0X", format!("{number:X}")),
            _ => ("", number.to_string()),
        };
        if let Some(precision) = self.precision {
            digits = format!("{digits:0>precision$}");
        }
        let prefix = if self.alternate && number != 0 {
            prefix
        } else {
            ""
        };
        self.number(prefix, &digits, self.precision.is_none(), out);
    }

    fn special(&self, value: f64, out: &mut Vec<u8>) {
        let word = if value.is_nan() { "nan" } else { "inf" };
        let text = format!("{}{word}", self.sign_of(value.is_sign_negative()));
        self.padded(text.as_bytes(), text.len(), out);
    }

    /// `%e`, `%f`, `%g` and their capitals.
    pub fn float(&self, value: f64, letter: u8, out: &mut Vec<u8>) {
        if !value.is_finite() {
            return self.special(value, out);
        }
        let precision = self.precision.unwrap_or(6);
        let magnitude = value.abs();
        let mut digits = match letter.to_ascii_lowercase() {
            b'f' => format!("{magnitude:.precision$}"),
            b'e' => exponential(magnitude, precision),
            _ => general(magnitude, precision, self.alternate),
        };
        if letter.is_ascii_uppercase() {
            digits.make_ascii_uppercase();
        }
        self.number(self.sign_of(value.is_sign_negative()), &digits, true, out);
    }
}

/// `1.5e+03`.
fn exponential(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let exponent: i32 = exponent.parse().unwrap_or(0);
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", exponent.abs())
        }
        None => text,
    }
}

/// The shorter of both ways to write it.
fn general(value: f64, precision: usize, keep_zeros: bool) -> String {
    let precision = precision.max(1);
    if value == 0.0 {
        return "0".to_owned();
    }
    let rounded = format!("{:.*e}", precision - 1, value);
    let exponent: i32 = rounded
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    let digits = precision as i32;
    let text = if exponent < -4 || exponent >= digits {
        exponential(value, precision - 1)
    } else {
        format!(
            "{value:.*}",
            usize::try_from(digits - 1 - exponent).unwrap_or(0)
        )
    };
    if keep_zeros {
        return text;
    }
    let (mantissa, tail) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa.to_owned(), format!("e{exponent}")),
        None => (text, String::new()),
    };
    if !mantissa.contains('.') {
        return mantissa + &tail;
    }
    mantissa
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
        + &tail
}

/// `%g` with a precision.
pub fn shortest(value: f64, precision: usize) -> String {
    let mut out = Vec::new();
    let spec = Spec {
        precision: Some(precision),
        ..Spec::default()
    };
    spec.float(value, b'g', &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_printf_does() {
        let cases = [
            (0.1 + 0.2, 6, "0.3"),
            (1e20, 6, "1e+20"),
            (1.0 / 3.0, 6, "0.333333"),
            (123_456_789.0, 6, "1.23457e+08"),
            (0.0001, 6, "0.0001"),
            (0.000_01, 6, "1e-05"),
            (100_000.0, 6, "100000"),
            (2.5, 1, "2"),
        ];
        for (value, precision, text) in cases {
            assert_eq!(shortest(value, precision), text);
        }
        let mut out = Vec::new();
        let spec = Spec {
            zero: true,
            width: 8,
            precision: Some(2),
            ..Spec::default()
        };
        spec.float(-2.125_5, b'f', &mut out);
        assert_eq!(out, b"-0002.13");
    }
}
