//! What can go wrong when the catalogue is opened. All of it is the operator's business, none of it a guest's.

use std::io;
use std::path::PathBuf;

/// The catalogue's result.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the catalogue could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The binary holds no guests, or not all an environment needs: it was compiled without `cargo xtask guests`.
    #[error("this binary was built without guests ({missing} is missing): run cargo xtask build")]
    NoGuests {
        /// The first program that is not there.
        missing: &'static str,
    },
    /// An embedded guest is not what a guest looks like: the build went wrong.
    #[error("the embedded guest {guest} is broken: {problem}")]
    BrokenGuest {
        /// The guest's name.
        guest: &'static str,
        /// What is wrong with it.
        problem: crate::names::NamesError,
    },
    /// The data directory could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done, as it reads after "cannot".
        action: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Adds to an operating system's error what was being done to which path.
pub(crate) fn while_doing(
    action: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::Io {
        action,
        path,
        source,
    }
}
