//! The log-ins of people's browsers. The secret itself is never stored, only its hash.

use sqlx::any::AnyRow;

use crate::row::{parsed, time};
use crate::time::to_stored;
use crate::users::{self, User};
use crate::{LoginSessionId, Result, Store, Timestamp, UserId, now};

/// One log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSession {
    /// Its id.
    pub id: LoginSessionId,
    /// Who logged in.
    pub user_id: UserId,
    /// When.
    pub created_at: Timestamp,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
}

/// Records a log-in.
///
/// # Errors
/// Only the database's own.
pub async fn insert(
    store: &Store,
    user_id: UserId,
    secret_hash: &str,
    expires_at: Timestamp,
) -> Result<LoginSession> {
    let row = sqlx::query(
        "INSERT INTO login_sessions (id, user_id, secret_hash, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5) RETURNING *",
    )
    .bind(LoginSessionId::new().to_string())
    .bind(user_id.to_string())
    .bind(secret_hash)
    .bind(to_stored(now()))
    .bind(to_stored(expires_at))
    .fetch_one(&store.pool)
    .await?;
    from_row(&row)
}

/// A log-in's secret is known: which log-in it is, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginHolder {
    /// The log-in's id.
    pub login_id: LoginSessionId,
    /// From when on it is worth nothing.
    pub expires_at: Timestamp,
    /// Who logged in.
    pub user: User,
}

/// Who holds the log-in whose secret has this hash, expired ones and closed accounts included.
///
/// # Errors
/// Only the database's own.
pub async fn holder(store: &Store, secret_hash: &str) -> Result<Option<LoginHolder>> {
    let row = sqlx::query(
        "SELECT users.*, login_sessions.id AS login_id, login_sessions.expires_at \
         FROM login_sessions JOIN users ON users.id = login_sessions.user_id \
         WHERE login_sessions.secret_hash = $1",
    )
    .bind(secret_hash)
    .fetch_optional(&store.pool)
    .await?;
    let holder = |row: &AnyRow| {
        Ok(LoginHolder {
            login_id: parsed(row, "login_id")?,
            expires_at: time(row, "expires_at")?,
            user: users::from_row(row)?,
        })
    };
    row.as_ref().map(holder).transpose()
}

/// Whether the log-in is there, expired or not, and the person's account is open.
///
/// # Errors
/// Only the database's own.
pub async fn is_held(store: &Store, id: LoginSessionId) -> Result<bool> {
    let row = sqlx::query(
        "SELECT login_sessions.id FROM login_sessions JOIN users ON users.id = login_sessions.user_id \
         WHERE login_sessions.id = $1 AND users.disabled = 0",
    )
    .bind(id.to_string())
    .fetch_optional(&store.pool)
    .await?;
    Ok(row.is_some())
}

/// Ends a log-in. False when there was none.
///
/// # Errors
/// Only the database's own.
pub async fn delete(store: &Store, id: LoginSessionId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM login_sessions WHERE id = $1")
        .bind(id.to_string())
        .execute(&store.pool)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets the log-ins that expired before `time`; how many.
///
/// # Errors
/// Only the database's own.
pub async fn delete_expired(store: &Store, time: Timestamp) -> Result<u64> {
    let done = sqlx::query("DELETE FROM login_sessions WHERE expires_at <= $1")
        .bind(to_stored(time))
        .execute(&store.pool)
        .await?;
    Ok(done.rows_affected())
}

fn from_row(row: &AnyRow) -> Result<LoginSession> {
    Ok(LoginSession {
        id: parsed(row, "id")?,
        user_id: parsed(row, "user_id")?,
        created_at: time(row, "created_at")?,
        expires_at: time(row, "expires_at")?,
    })
}
