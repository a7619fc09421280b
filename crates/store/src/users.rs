//! The people who may log in.

use sqlx::any::AnyRow;

use crate::row::{flag, parsed, text, time};
use crate::text_enum::text_enum;
use crate::time::to_stored;
use crate::{Error, Result, Store, Timestamp, UserId, now};

text_enum! {
    /// What a person may do beside their own things.
    pub enum Role {
        /// Everything.
        Admin = "admin",
        /// Their own things.
        User = "user",
    }
}

/// A person who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The person's id.
    pub id: UserId,
    /// The address they log in with, folded to lower case.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The password's hash, a PHC string.
    pub password_hash: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Whether the account is closed: nobody can log in with it.
    pub disabled: bool,
}

/// What [`insert`] needs.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// The address; folded by [`fold_email`] when it is stored.
    pub email: &'a str,
    /// What they are called.
    pub name: &'a str,
    /// What they may do.
    pub role: Role,
    /// The password's hash, a PHC string.
    pub password_hash: &'a str,
}

/// The form in which addresses are stored and compared.
pub fn fold_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Adds a person.
///
/// # Errors
/// [`Error::Duplicate`] when the address is taken.
pub async fn insert(store: &Store, new: NewUser<'_>) -> Result<User> {
    let row = sqlx::query(
        "INSERT INTO users (id, email, name, role, password_hash, created_at, disabled) \
         VALUES ($1, $2, $3, $4, $5, $6, 0) RETURNING *",
    )
    .bind(UserId::new().to_string())
    .bind(fold_email(new.email))
    .bind(new.name)
    .bind(new.role.as_str())
    .bind(new.password_hash)
    .bind(to_stored(now()))
    .fetch_one(&store.pool)
    .await?;
    from_row(&row)
}

/// The person with this id.
///
/// # Errors
/// Only the database's own.
pub async fn get(store: &Store, id: UserId) -> Result<Option<User>> {
    let row = sqlx::query("SELECT * FROM users WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(&store.pool)
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The person with this address, in any case.
///
/// # Errors
/// Only the database's own.
pub async fn get_by_email(store: &Store, email: &str) -> Result<Option<User>> {
    let row = sqlx::query("SELECT * FROM users WHERE email = $1")
        .bind(fold_email(email))
        .fetch_optional(&store.pool)
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// Whether there is an administrator.
///
/// # Errors
/// Only the database's own.
pub async fn any_admin(store: &Store) -> Result<bool> {
    let row = sqlx::query("SELECT id FROM users WHERE role = $1 LIMIT 1")
        .bind(Role::Admin.as_str())
        .fetch_optional(&store.pool)
        .await?;
    Ok(row.is_some())
}

/// Replaces the password's hash.
///
/// # Errors
/// [`Error::NotFound`] when there is no such person.
pub async fn set_password_hash(store: &Store, id: UserId, password_hash: &str) -> Result<()> {
    let done = sqlx::query("UPDATE users SET password_hash = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(password_hash)
        .execute(&store.pool)
        .await?;
    if done.rows_affected() == 0 {
        Err(Error::NotFound)
    } else {
        Ok(())
    }
}

/// Closes or opens an account.
///
/// # Errors
/// [`Error::NotFound`] when there is no such person.
pub async fn set_disabled(store: &Store, id: UserId, disabled: bool) -> Result<()> {
    let done = sqlx::query("UPDATE users SET disabled = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(i64::from(disabled))
        .execute(&store.pool)
        .await?;
    if done.rows_affected() == 0 {
        Err(Error::NotFound)
    } else {
        Ok(())
    }
}

pub(crate) fn from_row(row: &AnyRow) -> Result<User> {
    Ok(User {
        id: parsed(row, "id")?,
        email: text(row, "email")?,
        name: text(row, "name")?,
        role: parsed(row, "role")?,
        password_hash: text(row, "password_hash")?,
        created_at: time(row, "created_at")?,
        disabled: flag(row, "disabled")?,
    })
}
