//! What can go wrong with accounts. The text is for the person, except for [`Error::Store`] and [`Error::Internal`].

use std::time::Duration;

/// `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with accounts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address or the password is wrong; which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// Too many wrong passwords for this address.
    #[error("too many attempts: try again in {} s", retry_after.as_secs().max(1))]
    TooManyAttempts {
        /// When the next attempt is looked at.
        retry_after: Duration,
    },
    /// More people log in at this moment than the server hashes passwords for.
    #[error("too many people log in at this moment: try again")]
    Busy,
    /// The text is no e-mail address.
    #[error("not an e-mail address")]
    InvalidEmail,
    /// The password is too short or too long.
    #[error(
        "a password has at least {} characters and at most {} bytes",
        crate::PASSWORD_MIN_CHARACTERS,
        crate::PASSWORD_MAX_BYTES
    )]
    InvalidPassword,
    /// Somebody has this address.
    #[error("there is an account with this e-mail address")]
    EmailTaken,
    /// The token's name is empty, too long or not printable.
    #[error(
        "a token's name has 1 to {} printable characters",
        crate::TOKEN_NAME_MAX_CHARACTERS
    )]
    InvalidTokenName,
    /// The token would be worth nothing from the start.
    #[error("the time of expiry is in the past")]
    ExpiryInThePast,
    /// The person has as many tokens as one may have.
    #[error("you have {limit} tokens: revoke one first")]
    TooManyTokens {
        /// The most tokens one person may have.
        limit: u64,
    },
    /// There is nothing of this name that is the caller's.
    #[error("not found")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] berth_store::Error),
    /// A fault of this program or its machine.
    #[error("{0}")]
    Internal(String),
}
