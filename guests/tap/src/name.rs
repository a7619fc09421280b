//! Names that become paths, checked once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::NAME_MAX_BYTES;

/// Whether the text can be one component of a path, and nothing a shell or a person would read as something else.
fn is_plain(text: &str, extra: &[u8]) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || extra.contains(&byte);
    text.len() <= NAME_MAX_BYTES
        && text.bytes().all(is_allowed)
        && text
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
        && !text.contains("..")
}

macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Error::Name($what, text.to_owned()))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

checked! {
    /// A formula's name: small letters, digits and `+ - . _ @`.
    FormulaName, "formula", |text| is_plain(text, b"+-._@")
}

checked! {
    /// A program's name, as a file in `bin`. Capital letters are allowed, and `[` is not.
    ProgramName, "program", |text| is_plain(&text.to_ascii_lowercase(), b"+-._")
}

checked! {
    /// A tap's name: `user/repository`.
    TapName, "tap", |text| text
        .split_once('/')
        .is_some_and(|(user, repository)| is_plain(user, b"-_") && is_plain(repository, b"-_."))
}

impl TapName {
    /// The core tap's.
    pub fn core() -> Self {
        Self("berth/core".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn a_name_is_what_people_call_a_formula() {
        for name in [
            "hello",
            "fd",
            "python@3.14",
            "lua5.4",
            "g++",
            "a-b_c",
            "7zip",
        ] {
            assert!(name.parse::<FormulaName>().is_ok(), "{name}");
        }
        for name in [
            "", ".", "..", "../x", "a/b", "a..b", ".hidden", "-rf", "A", "a b", "a\0", "é", "a\n",
        ] {
            assert!(name.parse::<FormulaName>().is_err(), "{name:?}");
        }
        assert!(
            "x".repeat(NAME_MAX_BYTES + 1)
                .parse::<FormulaName>()
                .is_err()
        );
    }

    #[test]
    fn a_tap_has_a_user_and_a_repository() {
        assert!("me/tools".parse::<TapName>().is_ok());
        for name in [
            "me", "me/", "/tools", "me/../x", "me/a/b", "../core", "me/..",
        ] {
            assert!(name.parse::<TapName>().is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_one_ordinary_component(text in "[a-zA-Z0-9+._@/\\-]{0,8}|\\PC{0,8}") {
            if let Ok(name) = text.parse::<FormulaName>() {
                let components: Vec<_> = Path::new(name.as_str()).components().collect();
                prop_assert_eq!(components.len(), 1);
                prop_assert!(matches!(components[0], Component::Normal(_)));
            }
            if let Ok(name) = text.parse::<TapName>() {
                let components: Vec<_> = Path::new(name.as_str()).components().collect();
                prop_assert_eq!(components.len(), 2);
                prop_assert!(components.iter().all(|part| matches!(part, Component::Normal(_))));
            }
        }
    }
}
