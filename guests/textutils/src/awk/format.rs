//! `printf` and `sprintf`.

use berth_multicall::cformat::Spec;

use super::value::Value;

/// Writes values by a format. What the format asks for and nobody gave is empty.
pub fn write(format: &[u8], values: &[Value], conversion: &str, out: &mut Vec<u8>) {
    let mut values = values.iter();
    let mut at = 0;
    while at < format.len() {
        if format[at] != b'%' {
            let end = format[at..]
                .iter()
                .position(|byte| *byte == b'%')
                .map_or(format.len(), |end| at + end);
            out.extend_from_slice(&format[at..end]);
            at = end;
            continue;
        }
        let start = at;
        at += 1;
        let mut spec = Spec::default();
        while let Some(flag) = format.get(at) {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.sign = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                b'0' => spec.zero = true,
                _ => break,
            }
            at += 1;
        }
        let mut number = |at: &mut usize| -> Option<i64> {
            if format.get(*at) == Some(&b'*') {
                *at += 1;
                return values.next().map(|value| value.to_number() as i64);
            }
            let digits = format[*at..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let text = String::from_utf8_lossy(&format[*at..*at + digits]).into_owned();
            *at += digits;
            text.parse().ok()
        };
        if let Some(width) = number(&mut at) {
            spec.left |= width < 0;
            spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(0);
        }
        if format.get(at) == Some(&b'.') {
            at += 1;
            let precision = number(&mut at).unwrap_or(0);
            spec.precision = usize::try_from(precision).ok();
        }
        while matches!(
            format.get(at),
            Some(b'h' | b'l' | b'L' | b'q' | b'j' | b'z' | b't')
        ) {
            at += 1;
        }
        let Some(&letter) = format.get(at) else {
            out.extend_from_slice(&format[start..]);
            return;
        };
        at += 1;
        match letter {
            b'%' => out.push(b'%'),
            b'd' | b'i' => spec.integer(next(&mut values).to_number(), out),
            b'o' | b'x' | b'X' | b'u' => spec.unsigned(next(&mut values).to_number(), letter, out),
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {
                spec.float(next(&mut values).to_number(), letter, out);
            }
            b'c' => {
                let character = match next(&mut values) {
                    Value::Number(number) => char::from_u32(number as u32)
                        .map(|character| character.to_string().into_bytes())
                        .unwrap_or_default(),
                    other => {
                        let text = other.to_text(conversion);
                        let length = text.first().map_or(0, |_| crate::text::char_length(&text));
                        text[..length].to_vec()
                    }
                };
                spec.padded(&character, 1, out);
            }
            b's' => {
                let text = next(&mut values).to_text(conversion);
                let length = crate::text::count(&text);
                let (shown, length) = match spec.precision {
                    Some(precision) if precision < length => {
                        (&text[..crate::text::offset(&text, precision)], precision)
                    }
                    _ => (&text[..], length),
                };
                spec.padded(shown, length, out);
            }
            _ => out.extend_from_slice(&format[start..at]),
        }
    }
}

fn next(values: &mut std::slice::Iter<'_, Value>) -> Value {
    values.next().cloned().unwrap_or_default()
}
