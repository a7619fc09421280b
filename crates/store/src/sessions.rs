//! Sessions as rows: what was asked for, and where it is in its life.
//!
//! A session is live until it is TERMINATED or in ERROR. Among a person's live sessions a name is unique.
//!
//! No session outlives a power cut, and the next server ends what it finds live. So where a session is in its life
//! is written without waiting for the disk.

use serde_json::Value;
use sqlx::any::AnyRow;

use crate::ids::descending_from;
use crate::row::{
    json, optional_count, optional_text, optional_time, parsed, stored_count, text, time,
};
use crate::text_enum::text_enum;
use crate::time::to_stored;
use crate::{Error, Result, SessionId, Store, Timestamp, UserId, now};

text_enum! {
    /// What a session is for.
    pub enum SessionType {
        /// A person works in it.
        Interactive = "interactive",
        /// It runs its startup command and ends.
        Batch = "batch",
    }
}

text_enum! {
    /// Where a session is in its life.
    pub enum SessionStatus {
        /// It was asked for.
        Pending = "PENDING",
        /// Its computer is being put together.
        Preparing = "PREPARING",
        /// It can be used.
        Running = "RUNNING",
        /// Its programs are being ended and its scratch deleted.
        Terminating = "TERMINATING",
        /// It is over.
        Terminated = "TERMINATED",
        /// It is over because something failed.
        Error = "ERROR",
    }
}

impl SessionStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::Preparing,
        Self::Running,
        Self::Terminating,
        Self::Terminated,
        Self::Error,
    ];

    /// Whether the session still has, or will get, a computer.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Terminated | Self::Error)
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub owner: UserId,
    /// Its name.
    pub name: String,
    /// The environment it starts from.
    pub environment: String,
    /// What it is for.
    pub session_type: SessionType,
    /// Where it is in its life.
    pub status: SessionStatus,
    /// Why it is there, for people.
    pub status_info: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was first RUNNING.
    pub started_at: Option<Timestamp>,
    /// When it became TERMINATED or ERROR; `None` while it is live.
    pub terminated_at: Option<Timestamp>,
    /// The mounts, as the sessions' domain writes them.
    pub mounts: Value,
    /// The limits, as the sessions' domain writes them.
    pub resources: Value,
    /// The environment variables that were asked for.
    pub environ: Value,
    /// What runs when it starts.
    pub startup_command: Option<String>,
    /// It ends after this long without use, in seconds; never when `None`.
    pub idle_timeout_seconds: Option<u64>,
    /// It ends after this long in any case, in seconds; never when `None`.
    pub lifetime_seconds: Option<u64>,
}

/// What [`insert`] needs.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Its id, chosen by the caller, who names the scratch directory by it.
    pub id: SessionId,
    /// Whose it is.
    pub owner: UserId,
    /// Its name, already checked.
    pub name: &'a str,
    /// The environment it starts from.
    pub environment: &'a str,
    /// What it is for.
    pub session_type: SessionType,
    /// Where its life begins: PENDING, or PREPARING where nothing is queued for.
    pub status: SessionStatus,
    /// The mounts.
    pub mounts: &'a Value,
    /// The limits.
    pub resources: &'a Value,
    /// The environment variables.
    pub environ: &'a Value,
    /// What runs when it starts.
    pub startup_command: Option<&'a str>,
    /// It ends after this long without use, in seconds.
    pub idle_timeout_seconds: Option<u64>,
    /// It ends after this long in any case, in seconds.
    pub lifetime_seconds: Option<u64>,
}

/// Adds a session.
///
/// # Errors
/// [`Error::Duplicate`] when the owner has a live session of this name.
pub async fn insert(store: &Store, new: NewSession<'_>) -> Result<Session> {
    let row = sqlx::query(
        "INSERT INTO sessions \
         (id, owner_user_id, name, environment, type, status, status_info, created_at, started_at, terminated_at, \
          mounts, resources, environ, startup_command, idle_timeout_seconds, lifetime_seconds) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, NULL, NULL, $8, $9, $10, $11, $12, $13) RETURNING *",
    )
    .bind(new.id.to_string())
    .bind(new.owner.to_string())
    .bind(new.name)
    .bind(new.environment)
    .bind(new.session_type.as_str())
    .bind(new.status.as_str())
    .bind(to_stored(now()))
    .bind(new.mounts.to_string())
    .bind(new.resources.to_string())
    .bind(new.environ.to_string())
    .bind(new.startup_command)
    .bind(stored_count(new.idle_timeout_seconds))
    .bind(stored_count(new.lifetime_seconds))
    .fetch_one(&store.passing)
    .await?;
    from_row(&row)
}

/// The session with this id, live or over.
///
/// # Errors
/// Only the database's own.
pub async fn get(store: &Store, id: SessionId) -> Result<Option<Session>> {
    let row = sqlx::query("SELECT * FROM sessions WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(&store.pool)
        .await?;
    row.as_ref().map(from_row).transpose()
}

/// The owner's live session of this name.
///
/// # Errors
/// Only the database's own.
pub async fn get_live(store: &Store, owner: UserId, name: &str) -> Result<Option<Session>> {
    let row = sqlx::query(
        "SELECT * FROM sessions WHERE owner_user_id = $1 AND name = $2 AND terminated_at IS NULL",
    )
    .bind(owner.to_string())
    .bind(name)
    .fetch_optional(&store.pool)
    .await?;
    row.as_ref().map(from_row).transpose()
}

/// The owner's sessions, live and over, newest first: at most `limit` of those that are older than `after`.
///
/// # Errors
/// Only the database's own.
pub async fn list(
    store: &Store,
    owner: UserId,
    limit: u32,
    after: Option<SessionId>,
) -> Result<Vec<Session>> {
    let rows = sqlx::query(
        "SELECT * FROM sessions WHERE owner_user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
    )
    .bind(owner.to_string())
    .bind(descending_from(after))
    .bind(i64::from(limit))
    .fetch_all(&store.pool)
    .await?;
    rows.iter().map(from_row).collect()
}

/// Moves a session from one of the statuses `from` to `to`, in one step that only one caller can win, and says why
/// in `status_info`. The first RUNNING sets `started_at`; TERMINATED and ERROR set `terminated_at`.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::WrongState`] with the status it is in when that is none of `from`.
pub async fn transition(
    store: &Store,
    id: SessionId,
    from: &[SessionStatus],
    to: SessionStatus,
    status_info: Option<&str>,
) -> Result<Session> {
    let time = to_stored(now());
    // One placeholder for each status there is, so that the statement is a constant; an empty one matches nothing.
    let mut allowed = [""; SessionStatus::ALL.len()];
    for (slot, status) in allowed.iter_mut().zip(SessionStatus::ALL) {
        if from.contains(&status) {
            *slot = status.as_str();
        }
    }
    let mut query = sqlx::query(
        "UPDATE sessions SET status = $2, status_info = $3, started_at = COALESCE(started_at, $4), \
         terminated_at = COALESCE(terminated_at, $5) \
         WHERE id = $1 AND status IN ($6, $7, $8, $9, $10, $11) RETURNING *",
    )
    .bind(id.to_string())
    .bind(to.as_str())
    .bind(status_info)
    .bind((to == SessionStatus::Running).then_some(time))
    .bind((!to.is_live()).then_some(time));
    for status in allowed {
        query = query.bind(status);
    }
    match query.fetch_optional(&store.passing).await? {
        Some(row) => from_row(&row),
        None => match get(store, id).await? {
            Some(session) => Err(Error::WrongState {
                current: session.status.to_string(),
            }),
            None => Err(Error::NotFound),
        },
    }
}

/// Marks every live session TERMINATED, because the server that ran them is gone; their ids.
///
/// # Errors
/// Only the database's own.
pub async fn terminate_all_live(store: &Store, status_info: &str) -> Result<Vec<SessionId>> {
    let rows = sqlx::query(
        "UPDATE sessions SET status = $1, status_info = $2, terminated_at = $3 \
         WHERE terminated_at IS NULL RETURNING id",
    )
    .bind(SessionStatus::Terminated.as_str())
    .bind(status_info)
    .bind(to_stored(now()))
    .fetch_all(&store.pool)
    .await?;
    rows.iter().map(|row| parsed(row, "id")).collect()
}

/// Gives a session another name.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Duplicate`] when the owner has a live session of that name.
pub async fn rename(store: &Store, id: SessionId, name: &str) -> Result<Session> {
    let row = sqlx::query("UPDATE sessions SET name = $2 WHERE id = $1 RETURNING *")
        .bind(id.to_string())
        .bind(name)
        .fetch_optional(&store.pool)
        .await?;
    row.as_ref().ok_or(Error::NotFound).and_then(from_row)
}

fn from_row(row: &AnyRow) -> Result<Session> {
    Ok(Session {
        id: parsed(row, "id")?,
        owner: parsed(row, "owner_user_id")?,
        name: text(row, "name")?,
        environment: text(row, "environment")?,
        session_type: parsed(row, "type")?,
        status: parsed(row, "status")?,
        status_info: optional_text(row, "status_info")?,
        created_at: time(row, "created_at")?,
        started_at: optional_time(row, "started_at")?,
        terminated_at: optional_time(row, "terminated_at")?,
        mounts: json(row, "mounts")?,
        resources: json(row, "resources")?,
        environ: json(row, "environ")?,
        startup_command: optional_text(row, "startup_command")?,
        idle_timeout_seconds: optional_count(row, "idle_timeout_seconds")?,
        lifetime_seconds: optional_count(row, "lifetime_seconds")?,
    })
}
