//! Why a command ends early.

use std::fmt;
use std::io;
use std::path::Path;

/// What is said after `Error:`.
#[derive(Clone, Debug)]
pub struct Failure(pub String);

/// A command's result.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// From anything that can be said.
    pub fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<berth_tap::Error> for Failure {
    fn from(error: berth_tap::Error) -> Self {
        match error {
            berth_tap::Error::Io(error) => error.into(),
            other => Self::new(other),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(sentence(&error))
    }
}

/// What the operating system said, with what to do about it where that is known.
fn sentence(error: &io::Error) -> String {
    let reason = berth_multicall::reason(error);
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            format!("{reason}: free some room in the folder `.linuxbrew`, or raise its quota")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            format!("{reason}: the folder `.linuxbrew` is mounted read-only")
        }
        _ => reason,
    }
}

/// Adds to an operating system's error which file it is about.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> Failure + '_ {
    move |error| Failure(format!("{}: {}", path.display(), sentence(&error)))
}
