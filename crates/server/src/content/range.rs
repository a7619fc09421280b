//! Which part of a file is asked for: the `Range` header, RFC 9110 section 14.

use std::ops::Range;

/// What a `Range` header asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything: there is no header, or one that may be ignored (another unit, no valid syntax, several parts).
    Whole,
    /// These bytes, at least one.
    Part(Range<u64>),
    /// Only what the file does not have.
    Nothing,
}

/// What `header` asks of a file of `length` bytes. Several parts are answered by the whole, which RFC 9110 allows and
/// which no list of tiny overlapping ranges can abuse.
pub(crate) fn wanted(header: &str, length: u64) -> Wanted {
    let Some((unit, ranges)) = header.split_once('=') else {
        return Wanted::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    let mut parts = ranges
        .split(',')
        .map(|part| part.trim_matches([' ', '\t']))
        .filter(|part| !part.is_empty());
    let (Some(only), None) = (parts.next(), parts.next()) else {
        return Wanted::Whole;
    };
    part(only, length).unwrap_or(Wanted::Whole)
}

/// `first-`, `first-last` or `-suffix`; `None` when it is none of these.
fn part(part: &str, length: u64) -> Option<Wanted> {
    let (first, last) = part.split_once('-')?;
    if first.is_empty() {
        let suffix = number(last)?;
        return Some(match (suffix, length) {
            (0, _) => Wanted::Nothing,
            // All there is, and that is nothing: there is no way to say it as a part.
            (_, 0) => Wanted::Whole,
            _ => Wanted::Part(length.saturating_sub(suffix)..length),
        });
    }
    let first = number(first)?;
    let end = match last {
        "" => length,
        last => {
            let last = number(last)?;
            if last < first {
                return None;
            }
            last.saturating_add(1).min(length)
        }
    };
    Some(if first < length {
        Wanted::Part(first..end)
    } else {
        Wanted::Nothing
    })
}

/// Digits only; more than any file has is as good as the most there can be.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_range_is_served_as_asked_and_cut_at_the_end() {
        for (header, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=0-", 0..100),
            ("bytes=10-19", 10..20),
            ("bytes=99-", 99..100),
            ("bytes=50-1000", 50..100),
            ("bytes=50-99999999999999999999999999", 50..100),
            ("bytes=-10", 90..100),
            ("bytes=-1000", 0..100),
            ("Bytes = 5-6", 5..7),
            ("bytes=, 5-6 ,", 5..7),
        ] {
            assert_eq!(wanted(header, 100), Wanted::Part(part), "{header}");
        }
    }

    #[test]
    fn a_range_past_the_end_is_nothing() {
        for header in [
            "bytes=100-",
            "bytes=100-200",
            "bytes=-0",
            "bytes=99999999999999999999999999-",
        ] {
            assert_eq!(wanted(header, 100), Wanted::Nothing, "{header}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(wanted("bytes=-5", 0), Wanted::Whole);
    }

    #[test]
    fn what_is_no_range_or_more_than_one_gets_the_whole() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes=1 -2",
            "lines=1-2",
            "bytes=0-1,5-6",
            "bytes=0-,0-,0-,0-",
            "0-5",
            "bytes=0x1-2",
            "bytes=--1",
        ] {
            assert_eq!(wanted(header, 100), Wanted::Whole, "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_part_lies_in_the_file(header in "(bytes=)?[0-9 ,-]{0,30}", length in any::<u64>()) {
            if let Wanted::Part(part) = wanted(&header, length) {
                prop_assert!(part.start < part.end && part.end <= length);
            }
        }

        #[test]
        fn anything_at_all_is_answered(header in any::<String>(), length in any::<u64>()) {
            wanted(&header, length);
        }

        #[test]
        fn what_was_asked_is_what_is_sent(first in 0_u64..1000, count in 1_u64..1000) {
            let header = format!("bytes={first}-{}", first + count - 1);
            prop_assert_eq!(wanted(&header, 2000), Wanted::Part(first..first + count));
        }
    }
}
