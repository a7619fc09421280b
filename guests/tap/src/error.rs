//! What can be wrong with a tap. The sentences are what `brew` prints.

use std::io;

/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with a tap, an index, a formula or a bottle.
#[derive(Debug)]
pub enum Error {
    /// A name that cannot be one. What it was to name, and the name.
    Name(&'static str, String),
    /// Text that is no version.
    Version(String),
    /// Text that is no sha256.
    Digest(String),
    /// The index cannot be read.
    Index(String),
    /// The index is not signed by the tap's key.
    Signature(String),
    /// Text that is no minisign key.
    Key,
    /// No formula has this name.
    Unknown(String),
    /// Formulae that need each other: the way round.
    Loop(Vec<String>),
    /// A formula needs more others than anybody can follow.
    TooManyDependencies(String),
    /// A bottle's content is not what the index says.
    Checksum {
        /// What the index says.
        expected: Digest,
        /// What came.
        actual: Digest,
    },
    /// A bottle does not hold what a bottle may hold.
    Bottle(String),
    /// The operating system's.
    Io(io::Error),
}

use crate::Digest;

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(what, name) => write!(f, "{name:?} cannot be the name of a {what}"),
            Self::Version(text) => write!(f, "{text:?} is no version"),
            Self::Digest(text) => write!(f, "{text:?} is no sha256"),
            Self::Index(why) => write!(f, "the index cannot be read: {why}"),
            Self::Signature(why) => write!(f, "the index's signature is wrong: {why}"),
            Self::Key => f.write_str("that is no minisign public key"),
            Self::Unknown(name) => write!(f, "No available formula with the name \"{name}\"."),
            Self::Loop(names) => write!(f, "formulae depend on each other: {}", names.join(" -> ")),
            Self::TooManyDependencies(name) => write!(f, "{name} has too many dependencies"),
            Self::Checksum { expected, actual } => write!(
                f,
                "Bottle reports different checksum: {actual}\n       SHA-256 checksum of the index: {expected}"
            ),
            Self::Bottle(why) => write!(f, "the bottle is broken: {why}"),
            Self::Io(error) => {
                let text = error.to_string();
                f.write_str(text.split(" (os error").next().unwrap_or_default())
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
