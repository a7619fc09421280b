//! API tokens. The token itself is never stored, only its hash.

use sqlx::any::AnyRow;

use crate::ids::ascending_from;
use crate::row::{optional_time, parsed, text, time};
use crate::time::to_stored;
use crate::users::{self, User};
use crate::{Result, Store, Timestamp, TokenId, UserId, now};

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is worth nothing; never when `None`.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute or so; not yet when `None`.
    pub last_used: Option<Timestamp>,
}

/// Records a token.
///
/// # Errors
/// Only the database's own.
pub async fn insert(
    store: &Store,
    user_id: UserId,
    name: &str,
    secret_hash: &str,
    expires_at: Option<Timestamp>,
) -> Result<Token> {
    let row = sqlx::query(
        "INSERT INTO tokens (id, user_id, name, secret_hash, created_at, expires_at, last_used) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL) RETURNING *",
    )
    .bind(TokenId::new().to_string())
    .bind(user_id.to_string())
    .bind(name)
    .bind(secret_hash)
    .bind(to_stored(now()))
    .bind(expires_at.map(to_stored))
    .fetch_one(&store.pool)
    .await?;
    from_row(&row)
}

/// A token's secret is known: which token it is, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHolder {
    /// The token's id.
    pub token_id: TokenId,
    /// From when on it is worth nothing; never when `None`.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute or so; not yet when `None`.
    pub last_used: Option<Timestamp>,
    /// Whose it is.
    pub user: User,
}

/// Who holds the token whose secret has this hash, expired ones and closed accounts included.
///
/// # Errors
/// Only the database's own.
pub async fn holder(store: &Store, secret_hash: &str) -> Result<Option<TokenHolder>> {
    let row = sqlx::query(
        "SELECT users.*, tokens.id AS token_id, tokens.expires_at, tokens.last_used \
         FROM tokens JOIN users ON users.id = tokens.user_id WHERE tokens.secret_hash = $1",
    )
    .bind(secret_hash)
    .fetch_optional(&store.pool)
    .await?;
    let holder = |row: &AnyRow| {
        Ok(TokenHolder {
            token_id: parsed(row, "token_id")?,
            expires_at: optional_time(row, "expires_at")?,
            last_used: optional_time(row, "last_used")?,
            user: users::from_row(row)?,
        })
    };
    row.as_ref().map(holder).transpose()
}

/// Whether the token is there, expired or not, and its owner's account is open.
///
/// # Errors
/// Only the database's own.
pub async fn is_held(store: &Store, id: TokenId) -> Result<bool> {
    let row = sqlx::query(
        "SELECT tokens.id FROM tokens JOIN users ON users.id = tokens.user_id \
         WHERE tokens.id = $1 AND users.disabled = 0",
    )
    .bind(id.to_string())
    .fetch_optional(&store.pool)
    .await?;
    Ok(row.is_some())
}

/// The person's tokens, oldest first, at most `limit` of those after `after`.
///
/// # Errors
/// Only the database's own.
pub async fn list(
    store: &Store,
    user_id: UserId,
    limit: u32,
    after: Option<TokenId>,
) -> Result<Vec<Token>> {
    let rows =
        sqlx::query("SELECT * FROM tokens WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3")
            .bind(user_id.to_string())
            .bind(ascending_from(after))
            .bind(i64::from(limit))
            .fetch_all(&store.pool)
            .await?;
    rows.iter().map(from_row).collect()
}

/// How many tokens the person has.
///
/// # Errors
/// Only the database's own.
pub async fn count(store: &Store, user_id: UserId) -> Result<u64> {
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM tokens WHERE user_id = $1")
        .bind(user_id.to_string())
        .fetch_one(&store.pool)
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Deletes the person's token. False when they have no such token.
///
/// # Errors
/// Only the database's own.
pub async fn delete(store: &Store, user_id: UserId, id: TokenId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM tokens WHERE id = $1 AND user_id = $2")
        .bind(id.to_string())
        .bind(user_id.to_string())
        .execute(&store.pool)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Records that the token was used at `time`.
///
/// # Errors
/// Only the database's own.
pub async fn set_last_used(store: &Store, id: TokenId, time: Timestamp) -> Result<()> {
    sqlx::query("UPDATE tokens SET last_used = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(to_stored(time))
        .execute(&store.pool)
        .await?;
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<Token> {
    Ok(Token {
        id: parsed(row, "id")?,
        user_id: parsed(row, "user_id")?,
        name: text(row, "name")?,
        created_at: time(row, "created_at")?,
        expires_at: optional_time(row, "expires_at")?,
        last_used: optional_time(row, "last_used")?,
    })
}
