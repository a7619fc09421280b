//! What can go wrong between the server and its database.

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong. The text is for the log, never for a person on the network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row with this unique value (a name, an address) exists already.
    #[error("it exists already")]
    Duplicate,
    /// The row that was to be changed does not exist.
    #[error("no such row")]
    NotFound,
    /// The row exists, but is not in a state from which the change may start.
    #[error("the row is in state {current}")]
    WrongState {
        /// The state the row is in, as it is stored.
        current: String,
    },
    /// The database could not be reached, or was busy for too long. Trying again later may help.
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database's place or URL cannot be used.
    #[error("the database cannot be opened: {0}")]
    Open(String),
    /// The tables could not be brought to the version this program needs.
    #[error("the database cannot be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A stored value is not one this program writes.
    #[error("column {column} holds {value:?}, which is no value of it")]
    Corrupt {
        /// The column, as it is named in the tables.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// Anything else the database refuses: a fault of this program.
    #[error("the database refuses: {0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) if refusal.is_unique_violation() => Self::Duplicate,
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Self::Unavailable(error)
            }
            _ => Self::Database(error),
        }
    }
}
