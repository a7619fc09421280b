//! Who asks, and by what right.

use berth_store::users::{Role, User};
use berth_store::{LoginSessionId, Timestamp, TokenId, UserId};

/// The person who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Their id.
    pub user_id: UserId,
    /// Their address, folded to lower case.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they may do beside their own things.
    pub role: Role,
}

impl From<User> for Caller {
    fn from(user: User) -> Self {
        Self {
            user_id: user.id,
            email: user.email,
            name: user.name,
            role: user.role,
        }
    }
}

/// The right by which somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    /// Which one.
    pub id: CredentialId,
    /// From when on it is worth nothing; never when `None`.
    pub expires_at: Option<Timestamp>,
}

/// Which credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CredentialId {
    /// The log-in of a browser.
    Login(LoginSessionId),
    /// An API token.
    Token(TokenId),
}

/// A caller whose credential was looked up and is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// Who asks.
    pub caller: Caller,
    /// By what right.
    pub credential: Credential,
}
