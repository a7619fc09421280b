//! Folders as rows: names, owners, rights. The files are elsewhere.
//!
//! A folder is live until it is put into the trash. Among a person's live folders a name is unique; a trashed folder
//! keeps its name for display and frees it.

use sqlx::any::AnyRow;

use crate::ids::ascending_from;
use crate::row::{optional_count, optional_time, parsed, stored_count, text, time};
use crate::text_enum::text_enum;
use crate::time::to_stored;
use crate::{Error, FolderId, Result, Store, Timestamp, UserId, now};

text_enum! {
    /// What a folder is for.
    pub enum UsageMode {
        /// Anything.
        General = "general",
        /// A model and what serves it.
        Model = "model",
        /// Data.
        Data = "data",
    }
}

text_enum! {
    /// What may be done with a folder's files; each includes the ones before it.
    pub enum Permission {
        /// Read.
        ReadOnly = "ro",
        /// Read and write.
        ReadWrite = "rw",
        /// Read, write, and delete the folder itself.
        WriteDelete = "wd",
    }
}

text_enum! {
    /// Where a folder is in its life.
    pub enum FolderStatus {
        /// It can be used.
        Ready = "ready",
        /// It is in the trash.
        DeletePending = "delete-pending",
        /// It is being removed for good, which cannot be taken back.
        DeleteOngoing = "delete-ongoing",
    }
}

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// Whose it is.
    pub owner: UserId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub usage_mode: UsageMode,
    /// What may be done with it.
    pub permission: Permission,
    /// Where it is in its life.
    pub status: FolderStatus,
    /// The volume it lives on, such as `local:default`.
    pub volume: String,
    /// The most its files may take; no limit of its own when `None`.
    pub quota_bytes: Option<u64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was put into the trash; `None` while it is live.
    pub trashed_at: Option<Timestamp>,
}

/// What [`insert`] needs.
#[derive(Debug, Clone)]
pub struct NewFolder<'a> {
    /// Its id, chosen by the caller, who makes the directory of that name.
    pub id: FolderId,
    /// Whose it is.
    pub owner: UserId,
    /// Its name, already checked.
    pub name: &'a str,
    /// What it is for.
    pub usage_mode: UsageMode,
    /// What may be done with it.
    pub permission: Permission,
    /// The volume it lives on.
    pub volume: &'a str,
    /// The most its files may take.
    pub quota_bytes: Option<u64>,
}

/// Adds a folder, ready for use.
///
/// # Errors
/// [`Error::Duplicate`] when the owner has a live folder of this name.
pub async fn insert(store: &Store, new: NewFolder<'_>) -> Result<Folder> {
    let row = sqlx::query(
        "INSERT INTO folders \
         (id, owner_user_id, name, usage_mode, permission, status, volume, quota_bytes, created_at, trashed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL) RETURNING *",
    )
    .bind(new.id.to_string())
    .bind(new.owner.to_string())
    .bind(new.name)
    .bind(new.usage_mode.as_str())
    .bind(new.permission.as_str())
    .bind(FolderStatus::Ready.as_str())
    .bind(new.volume)
    .bind(stored_count(new.quota_bytes))
    .bind(to_stored(now()))
    .fetch_one(&store.pool)
    .await?;
    from_row(&row)
}

/// The folder with this id, live or trashed.
///
/// # Errors
/// Only the database's own.
pub async fn get(store: &Store, id: FolderId) -> Result<Option<Folder>> {
    let row = sqlx::query("SELECT * FROM folders WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(&store.pool)
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The owner's live folder of this name.
///
/// # Errors
/// Only the database's own.
pub async fn get_live(store: &Store, owner: UserId, name: &str) -> Result<Option<Folder>> {
    let row = sqlx::query(
        "SELECT * FROM folders WHERE owner_user_id = $1 AND name = $2 AND trashed_at IS NULL",
    )
    .bind(owner.to_string())
    .bind(name)
    .fetch_optional(&store.pool)
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// The owner's live folders, oldest first, at most `limit` of those after `after`.
///
/// # Errors
/// Only the database's own.
pub async fn list_live(
    store: &Store,
    owner: UserId,
    limit: u32,
    after: Option<FolderId>,
) -> Result<Vec<Folder>> {
    let rows = sqlx::query(
        "SELECT * FROM folders WHERE owner_user_id = $1 AND trashed_at IS NULL AND id > $2 ORDER BY id LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(ascending_from(after))
    .bind(i64::from(limit))
    .fetch_all(&store.pool)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The owner's live folders whose names begin with `prefix`, exactly as it is spelled; oldest first, at most `limit`.
///
/// # Errors
/// Only the database's own.
pub async fn list_live_with_prefix(
    store: &Store,
    owner: UserId,
    prefix: &str,
    limit: u32,
) -> Result<Vec<Folder>> {
    let rows = sqlx::query(
        "SELECT * FROM folders WHERE owner_user_id = $1 AND trashed_at IS NULL \
         AND substr(name, 1, length($2)) = $2 ORDER BY id LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(prefix)
    .bind(i64::from(limit))
    .fetch_all(&store.pool)
    .await?;
    rows.iter().map(from_row).collect()
}

/// The owner's folders in the trash, oldest first, at most `limit` of those after `after`.
///
/// # Errors
/// Only the database's own.
pub async fn list_trashed(
    store: &Store,
    owner: UserId,
    limit: u32,
    after: Option<FolderId>,
) -> Result<Vec<Folder>> {
    let rows = sqlx::query(
        "SELECT * FROM folders WHERE owner_user_id = $1 AND status = 'delete-pending' AND id > $2 \
         ORDER BY id LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(ascending_from(after))
    .bind(i64::from(limit))
    .fetch_all(&store.pool)
    .await?;
    rows.iter().map(from_row).collect()
}

/// Everybody's folders that are being removed for good, oldest first, at most `limit` of those after `after`.
///
/// # Errors
/// Only the database's own.
pub async fn list_being_removed(
    store: &Store,
    limit: u32,
    after: Option<FolderId>,
) -> Result<Vec<Folder>> {
    let rows = sqlx::query(
        "SELECT * FROM folders WHERE status = 'delete-ongoing' AND id > $1 ORDER BY id LIMIT $2",
    )
    .bind(ascending_from(after))
    .bind(i64::from(limit))
    .fetch_all(&store.pool)
    .await?;
    rows.iter().map(from_row).collect()
}

/// How many live folders the owner has.
///
/// # Errors
/// Only the database's own.
pub async fn count_live(store: &Store, owner: UserId) -> Result<u64> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM folders WHERE owner_user_id = $1 AND trashed_at IS NULL",
    )
    .bind(owner.to_string())
    .fetch_one(&store.pool)
    .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Puts a folder into the trash ([`FolderStatus::DeletePending`]), takes it out ([`FolderStatus::Ready`]) or begins to
/// remove it for good ([`FolderStatus::DeleteOngoing`]). The time it was trashed stays the first one.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] when it would come back to a name that was taken meanwhile.
pub async fn set_status(store: &Store, id: FolderId, status: FolderStatus) -> Result<Folder> {
    let query = match status {
        FolderStatus::Ready => {
            "UPDATE folders SET status = $2, trashed_at = NULL WHERE id = $1 RETURNING *"
        }
        FolderStatus::DeletePending | FolderStatus::DeleteOngoing => {
            "UPDATE folders SET status = $2, trashed_at = COALESCE(trashed_at, $3) WHERE id = $1 RETURNING *"
        }
    };
    let mut query = sqlx::query(query)
        .bind(id.to_string())
        .bind(status.as_str());
    if status != FolderStatus::Ready {
        query = query.bind(to_stored(now()));
    }
    changed(query.fetch_optional(&store.pool).await?)
}

/// Gives a folder another name.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] when the owner has a live folder of that name.
pub async fn rename(store: &Store, id: FolderId, name: &str) -> Result<Folder> {
    let row = sqlx::query("UPDATE folders SET name = $2 WHERE id = $1 RETURNING *")
        .bind(id.to_string())
        .bind(name)
        .fetch_optional(&store.pool)
        .await?;
    changed(row)
}

/// Changes what may be done with a folder.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_permission(store: &Store, id: FolderId, permission: Permission) -> Result<Folder> {
    let row = sqlx::query("UPDATE folders SET permission = $2 WHERE id = $1 RETURNING *")
        .bind(id.to_string())
        .bind(permission.as_str())
        .fetch_optional(&store.pool)
        .await?;
    changed(row)
}

/// Changes what a folder is for.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_usage_mode(store: &Store, id: FolderId, usage_mode: UsageMode) -> Result<Folder> {
    let row = sqlx::query("UPDATE folders SET usage_mode = $2 WHERE id = $1 RETURNING *")
        .bind(id.to_string())
        .bind(usage_mode.as_str())
        .fetch_optional(&store.pool)
        .await?;
    changed(row)
}

/// Forgets a folder. False when there was none.
///
/// # Errors
/// Only the database's own.
pub async fn delete(store: &Store, id: FolderId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM folders WHERE id = $1")
        .bind(id.to_string())
        .execute(&store.pool)
        .await?;
    Ok(done.rows_affected() > 0)
}

fn changed(row: Option<AnyRow>) -> Result<Folder> {
    row.as_ref().ok_or(Error::NotFound).and_then(from_row)
}

fn from_row(row: &AnyRow) -> Result<Folder> {
    Ok(Folder {
        id: parsed(row, "id")?,
        owner: parsed(row, "owner_user_id")?,
        name: text(row, "name")?,
        usage_mode: parsed(row, "usage_mode")?,
        permission: parsed(row, "permission")?,
        status: parsed(row, "status")?,
        volume: text(row, "volume")?,
        quota_bytes: optional_count(row, "quota_bytes")?,
        created_at: time(row, "created_at")?,
        trashed_at: optional_time(row, "trashed_at")?,
    })
}
