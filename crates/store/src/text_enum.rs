//! Enumerations that are words in the database and in JSON, spelled in one place.

/// The text is none of the words an enumeration knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {expected:?}")]
pub struct ParseTextError {
    /// The words that would do.
    pub expected: &'static [&'static str],
}

macro_rules! text_enum {
    (
        $(#[$doc:meta])*
        pub enum $name:ident { $( $(#[$variant_doc:meta])* $variant:ident = $text:literal ),+ $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( $(#[$variant_doc])* #[serde(rename = $text)] $variant ),+
        }

        impl $name {
            /// Every word, in the order of the variants.
            pub const TEXTS: &'static [&'static str] = &[$($text),+];

            /// The word for it.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text ),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::ParseTextError;

            fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
                match text {
                    $( $text => Ok(Self::$variant), )+
                    _ => Err(crate::ParseTextError { expected: Self::TEXTS }),
                }
            }
        }
    };
}

pub(crate) use text_enum;
