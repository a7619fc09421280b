//! What a downloaded file is to be called: `Content-Disposition`, RFC 6266.

use std::fmt::Write as _;

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but RFC 8187's `attr-char`.
const NOT_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Never shown, always saved, under `name`; what is not UTF-8 in it is replaced.
pub(crate) fn attachment(name: &[u8]) -> HeaderValue {
    let name = String::from_utf8_lossy(name);
    // For programs that know nothing else.
    let plain: String = name
        .chars()
        .map(|c| {
            if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%' | '/') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let mut value = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        // A string takes everything.
        let _ = write!(
            value,
            "; filename*=UTF-8''{}",
            utf8_percent_encode(&name, NOT_ATTR_CHAR)
        );
    }
    // Printable ASCII only.
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_name_needs_no_other_form() {
        assert_eq!(
            attachment(b"report 1.pdf"),
            "attachment; filename=\"report 1.pdf\""
        );
    }

    #[test]
    fn every_other_name_comes_in_both_forms() {
        assert_eq!(
            attachment("한글 🚀.txt".as_bytes()),
            "attachment; filename=\"__ _.txt\"; filename*=UTF-8''%ED%95%9C%EA%B8%80%20%F0%9F%9A%80.txt"
        );
        assert_eq!(
            attachment(b"a\"b\\c%d\n.txt"),
            "attachment; filename=\"a_b_c_d_.txt\"; filename*=UTF-8''a%22b%5Cc%25d%0A.txt"
        );
        assert_eq!(
            attachment(b"caf\xe9"),
            "attachment; filename=\"caf_\"; filename*=UTF-8''caf%EF%BF%BD"
        );
    }

    proptest! {
        #[test]
        fn no_name_breaks_out_of_its_quotes(name in prop::collection::vec(any::<u8>(), 0..300)) {
            let value = attachment(&name);
            let value = value.to_str().unwrap();
            let quoted = value.strip_prefix("attachment; filename=\"").unwrap();
            let (_, rest) = quoted.split_once('"').unwrap();
            prop_assert!(rest.is_empty() || rest.starts_with("; filename*=UTF-8''"));
            prop_assert!(!rest.trim_start_matches("; filename*=UTF-8''").contains([';', '"', '\'', ' ']));
        }
    }
}
