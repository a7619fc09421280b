//! Numbers with a fraction as C's `printf` writes them.

/// Digits after the point when none are asked for.
const DEFAULT_PRECISION: usize = 6;

/// A number that is not negative, by a letter of `feEgGaAF`.
pub fn format(letter: char, number: f64, precision: Option<usize>, alternate: bool) -> String {
    let upper = letter.is_ascii_uppercase();
    let text = if number.is_nan() {
        "nan".to_owned()
    } else if number.is_infinite() {
        "inf".to_owned()
    } else {
        match letter.to_ascii_lowercase() {
            'f' => fixed(number, precision.unwrap_or(DEFAULT_PRECISION), alternate),
            'e' => exponential(number, precision.unwrap_or(DEFAULT_PRECISION), alternate),
            'g' => general(
                number,
                precision.unwrap_or(DEFAULT_PRECISION).max(1),
                alternate,
            ),
            _ => hexadecimal(number, precision),
        }
    };
    if upper { text.to_uppercase() } else { text }
}

fn fixed(number: f64, precision: usize, alternate: bool) -> String {
    let mut text = format!("{number:.precision$}");
    if alternate && precision == 0 {
        text.push('.');
    }
    text
}

fn exponential(number: f64, precision: usize, alternate: bool) -> String {
    let text = format!("{number:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let point = if alternate && precision == 0 { "." } else { "" };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}{point}e{sign}{:02}", exponent.abs())
}

fn general(number: f64, precision: usize, alternate: bool) -> String {
    let digits = precision - 1;
    let shown = format!("{number:.digits$e}");
    let exponent: i32 = shown
        .split_once('e')
        .and_then(|(_, exponent)| exponent.parse().ok())
        .unwrap_or(0);
    let significant = i32::try_from(precision).unwrap_or(i32::MAX);
    let text = if exponent < -4 || exponent >= significant {
        exponential(number, digits, alternate)
    } else {
        fixed(
            number,
            usize::try_from(significant - 1 - exponent).unwrap_or(0),
            alternate,
        )
    };
    if alternate || !text.contains('.') {
        return text;
    }
    let (mantissa, tail) = match text.find('e') {
        Some(at) => text.split_at(at),
        None => (text.as_str(), ""),
    };
    format!(
        "{}{tail}",
        mantissa.trim_end_matches('0').trim_end_matches('.')
    )
}

fn hexadecimal(number: f64, precision: Option<usize>) -> String {
    if number == 0.0 {
        return "0x0p+0".to_owned();
    }
    let bits = number.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7FF).unwrap_or(0) - 1023;
    let fraction = format!("{:013x}", bits & 0xF_FFFF_FFFF_FFFF);
    let fraction = match precision {
        Some(precision) => fraction
            .get(..precision.min(13))
            .unwrap_or_default()
            .to_owned(),
        None => fraction.trim_end_matches('0').to_owned(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("0x1{point}{fraction}p{exponent:+}")
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn numbers_look_as_in_c() {
        assert_eq!(format('f', 2.34567, Some(2), false), "2.35");
        assert_eq!(format('f', 1.0, None, false), "1.000000");
        assert_eq!(format('e', 12345.678, Some(3), false), "1.235e+04");
        assert_eq!(format('g', 0.0001, None, false), "0.0001");
        assert_eq!(format('g', 1e10, None, false), "1e+10");
        assert_eq!(format('g', 100_000.0, None, false), "100000");
        assert_eq!(format('G', 1e-10, None, false), "1E-10");
        assert_eq!(format('F', f64::INFINITY, None, false), "INF");
    }
}
