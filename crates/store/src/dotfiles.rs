//! What is put into the home of every new session of a person: dotfiles, and a bootstrap script.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::row::{optional_text, text, time};
use crate::time::to_stored;
use crate::{Error, Result, Store, Timestamp, UserId, now};

/// A dotfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dotfile {
    /// Where it goes, below the home.
    pub path: String,
    /// What is in it.
    pub data: String,
    /// Its permission bits.
    pub mode: u32,
    /// When it was written last.
    pub modified_at: Timestamp,
}

/// Writes the person's dotfile at `path`, in place of the one that is there.
///
/// # Errors
/// Only the database's own.
pub async fn put(
    store: &Store,
    user_id: UserId,
    path: &str,
    data: &str,
    mode: u32,
) -> Result<Dotfile> {
    let row = sqlx::query(
        "INSERT INTO dotfiles (user_id, path, data, mode, modified_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (user_id, path) DO UPDATE \
         SET data = excluded.data, mode = excluded.mode, modified_at = excluded.modified_at RETURNING *",
    )
    .bind(user_id.to_string())
    .bind(path)
    .bind(data)
    .bind(i64::from(mode))
    .bind(to_stored(now()))
    .fetch_one(&store.pool)
    .await?;
    from_row(&row)
}

/// All dotfiles of the person, by their paths' bytes. How many there may be is the domain's to say.
///
/// # Errors
/// Only the database's own.
pub async fn list(store: &Store, user_id: UserId) -> Result<Vec<Dotfile>> {
    let rows = sqlx::query("SELECT * FROM dotfiles WHERE user_id = $1")
        .bind(user_id.to_string())
        .fetch_all(&store.pool)
        .await?;
    let mut all: Vec<Dotfile> = rows.iter().map(from_row).collect::<Result<_>>()?;
    // Not the database's order: PostgreSQL's depends on its locale.
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}

/// Deletes the person's dotfile. False when they have no such dotfile.
///
/// # Errors
/// Only the database's own.
pub async fn delete(store: &Store, user_id: UserId, path: &str) -> Result<bool> {
    let done = sqlx::query("DELETE FROM dotfiles WHERE user_id = $1 AND path = $2")
        .bind(user_id.to_string())
        .bind(path)
        .execute(&store.pool)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// The person's bootstrap script; `None` when they have none.
///
/// # Errors
/// Only the database's own.
pub async fn bootstrap_script(store: &Store, user_id: UserId) -> Result<Option<String>> {
    let row = sqlx::query("SELECT script FROM bootstrap_scripts WHERE user_id = $1")
        .bind(user_id.to_string())
        .fetch_optional(&store.pool)
        .await?;
    match row {
        Some(row) => optional_text(&row, "script"),
        None => Ok(None),
    }
}

/// Writes the person's bootstrap script; `None` takes it away.
///
/// # Errors
/// Only the database's own.
pub async fn set_bootstrap_script(
    store: &Store,
    user_id: UserId,
    script: Option<&str>,
) -> Result<()> {
    match script {
        Some(script) => {
            sqlx::query(
                "INSERT INTO bootstrap_scripts (user_id, script, modified_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (user_id) DO UPDATE SET script = excluded.script, modified_at = excluded.modified_at",
            )
            .bind(user_id.to_string())
            .bind(script)
            .bind(to_stored(now()))
            .execute(&store.pool)
            .await?
        }
        None => {
            sqlx::query("DELETE FROM bootstrap_scripts WHERE user_id = $1")
                .bind(user_id.to_string())
                .execute(&store.pool)
                .await?
        }
    };
    Ok(())
}

fn from_row(row: &AnyRow) -> Result<Dotfile> {
    let mode: i64 = row.try_get("mode")?;
    Ok(Dotfile {
        path: text(row, "path")?,
        data: text(row, "data")?,
        mode: u32::try_from(mode).map_err(|_| Error::Corrupt {
            column: "mode",
            value: mode.to_string(),
        })?,
        modified_at: time(row, "modified_at")?,
    })
}
