//! Who uses Berth: people, their passwords, their browsers' log-ins and their API tokens.
//!
//! Every way in ends in a [`Caller`] (who asks) and a [`Credential`] (by what right). A credential is random; only its
//! SHA-256 is stored, so that a stolen database opens nothing. A credential is looked up at every request, and whatever
//! outlives a request (a WebSocket) waits for [`Accounts::until_revoked`], so that a revocation acts at once.

#![forbid(unsafe_code)]

mod accounts;
mod attempts;
mod caller;
mod error;
mod passwords;
mod revocations;
mod rules;
mod secrets;

pub use accounts::{Accounts, Login, NewToken, Registered};
pub use berth_store::tokens::Token;
pub use berth_store::users::Role;
pub use berth_store::{TokenId, UserId};
pub use caller::{Authenticated, Caller, Credential, CredentialId};
pub use error::{Error, Result};
pub use rules::{
    EMAIL_MAX_BYTES, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARACTERS, TOKEN_NAME_MAX_CHARACTERS,
};
pub use secrets::{TOKEN_PREFIX, new_secret};
