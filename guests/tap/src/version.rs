//! Versions and their order.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::VERSION_MAX_BYTES;

/// A version: `15.2.0`, `1.0-rc2`, `2.12_1` (the same release, packed again).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(String);

/// A piece of a version.
#[derive(PartialEq, Eq, Debug)]
enum Piece<'a> {
    /// Digits without leading zeros: the longer is the larger, whatever fits into a number.
    Number(&'a str),
    /// `alpha`, `rc`: comes before the release.
    Word(&'a str),
}

impl Version {
    /// The version.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The pieces, and behind `_` how often it was packed again.
    fn pieces(&self) -> (Vec<Piece<'_>>, Piece<'_>) {
        let (version, revision) = self.0.split_once('_').unwrap_or((&self.0, ""));
        (
            split(version),
            Piece::Number(revision.trim_start_matches('0')),
        )
    }
}

/// Runs of digits and runs of letters; whatever else stands between them only separates.
fn split(text: &str) -> Vec<Piece<'_>> {
    let bytes = text.as_bytes();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let is_digit = bytes[at].is_ascii_digit();
        let is_same = |byte: &u8| byte.is_ascii_alphanumeric() && byte.is_ascii_digit() == is_digit;
        let length = bytes[at..].iter().take_while(|byte| is_same(byte)).count();
        let run = &text[at..at + length];
        if length > 0 {
            pieces.push(if is_digit {
                Piece::Number(run.trim_start_matches('0'))
            } else {
                Piece::Word(run)
            });
        }
        at += length.max(1);
    }
    pieces
}

impl Piece<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Number(_), Self::Word(_)) => Ordering::Greater,
            (Self::Word(_), Self::Number(_)) => Ordering::Less,
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((ours, our_revision), (theirs, their_revision)) = (self.pieces(), other.pieces());
        // Where one has ended, zeros follow: 1.0 and 1 are the same, 1.0-rc1 comes before both, 1.0.1 after them.
        let zero = Piece::Number("");
        for at in 0..ours.len().max(theirs.len()) {
            let order = ours
                .get(at)
                .unwrap_or(&zero)
                .compare(theirs.get(at).unwrap_or(&zero));
            if order != Ordering::Equal {
                return order;
            }
        }
        our_revision.compare(&their_revision)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl FromStr for Version {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._~".contains(&byte);
        let is_version = text.len() <= VERSION_MAX_BYTES
            && text.bytes().all(is_allowed)
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && !text.contains("..");
        if is_version {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Version(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Version {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_ordered_as_people_order_them() {
        let ascending = [
            "0.9",
            "1.0-alpha",
            "1.0-beta1",
            "1.0-rc1",
            "1.0-rc2",
            "1.0",
            "1.0_1",
            "1.0_2",
            "1.0.1",
            "1.2",
            "1.10",
            "2",
            "10",
            "2024.1",
            "99999999999999999999999",
        ];
        for pair in ascending.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        for (a, b) in [
            ("1.0", "1"),
            ("1.0.0", "1"),
            ("1.02", "1.2"),
            ("1-2", "1.2"),
        ] {
            assert_eq!(version(a), version(b));
        }
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in [
            "", ".", "..", "1/2", "../1", "1..2", "-1", "1 2", "1\n", "é",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_order_is_one(a in "[0-9a-c._-]{1,6}", b in "[0-9a-c._-]{1,6}", c in "[0-9a-c._-]{1,6}") {
            if let (Ok(a), Ok(b), Ok(c)) = (a.parse::<Version>(), b.parse::<Version>(), c.parse::<Version>()) {
                prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
                prop_assert_eq!(a.cmp(&a), Ordering::Equal);
                if a <= b && b <= c {
                    prop_assert!(a <= c);
                }
            }
        }
    }
}
