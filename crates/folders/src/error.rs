//! What can go wrong with a folder as a whole. What can go wrong with the files in it is [`crate::FileError`].

use berth_kernel::Errno;

use crate::name::NameError;

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with a folder. Every text but those of [`Error::Store`] and [`Error::Volume`] is meant for the
/// person who asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such folder, or it is not the caller's to see.
    #[error("there is no such folder")]
    NotFound,
    /// The name breaks a rule.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The caller has a folder of this name.
    #[error(
        "you have a folder named {name:?} already; choose another name, or rename the other one"
    )]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The caller has as many folders as anybody may have.
    #[error("you have {max} folders already, which is the most; delete one first")]
    TooManyFolders {
        /// The limit.
        max: u64,
    },
    /// The caller has as many folders that are mounted unasked as anybody may have.
    #[error(
        "you have {max} folders whose names begin with a dot already, which is the most; delete one first"
    )]
    TooManyDotFolders {
        /// The limit.
        max: u32,
    },
    /// There is no volume of this name.
    #[error(
        "there is no volume {volume:?}; leave it out, or ask for \"{}\"",
        crate::DEFAULT_VOLUME
    )]
    UnknownVolume {
        /// What was asked for.
        volume: String,
    },
    /// Sessions have the folder mounted, so it stays.
    #[error("the folder is mounted in {}; end the session first", sessions(.holders))]
    InUse {
        /// Who has it mounted, as they named themselves.
        holders: Vec<String>,
    },
    /// Only a folder in the trash can be restored.
    #[error("the folder is not in the trash")]
    NotInTrash,
    /// The database failed. For the log.
    #[error(transparent)]
    Store(#[from] berth_store::Error),
    /// The volume failed. For the log.
    #[error("the volume fails: {0}")]
    Volume(#[from] std::io::Error),
    /// The kernel's file system failed. For the log.
    #[error("the file system fails: {0}")]
    Kernel(Errno),
}

fn sessions(holders: &[String]) -> String {
    match holders {
        [one] => format!("the session {one}"),
        _ => format!("{} sessions ({})", holders.len(), holders.join(", ")),
    }
}
