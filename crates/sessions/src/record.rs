//! What the database is told of a session that starts.

use berth_store::sessions::{self as rows, NewSession, Session, SessionStatus};
use berth_store::{SessionId, Store, UserId};

use crate::computer::MountedFolder;
use crate::error::{Error, Result};
use crate::name::SessionName;
use crate::request::{Resources, SessionRequest};

/// How often a name is made up when somebody has the one before.
const NAME_ATTEMPTS: u32 = 4;

/// A session's row before it is one.
pub(crate) struct Record {
    pub id: SessionId,
    pub owner: UserId,
    pub name: SessionName,
    /// Its owner chose the name; otherwise another will do if it is taken.
    pub wished: bool,
    pub environment: &'static str,
    pub mounts: Vec<MountedFolder>,
    pub resources: Resources,
    pub request: SessionRequest,
}

impl Record {
    /// Writes the row.
    ///
    /// # Errors
    /// [`Error::NameTaken`], and the database's.
    pub async fn insert(self, store: &Store) -> Result<Session> {
        let json = |value: serde_json::Result<serde_json::Value>| {
            value.map_err(|error| Error::Start(error.to_string()))
        };
        let mounts = json(serde_json::to_value(&self.mounts))?;
        let resources = json(serde_json::to_value(&self.resources))?;
        let environ = json(serde_json::to_value(&self.request.environ))?;
        let mut name = self.name;
        for attempt in 1.. {
            let new = NewSession {
                id: self.id,
                owner: self.owner,
                name: name.as_str(),
                environment: self.environment,
                session_type: self.request.session_type,
                // Nothing is queued for: a row that says PENDING first would cost every start a write.
                status: SessionStatus::Preparing,
                mounts: &mounts,
                resources: &resources,
                environ: &environ,
                startup_command: self.request.startup_command.as_deref(),
                idle_timeout_seconds: self.request.idle_timeout_seconds,
                lifetime_seconds: self.request.lifetime_seconds,
            };
            match rows::insert(store, new).await {
                Err(berth_store::Error::Duplicate) if !self.wished && attempt < NAME_ATTEMPTS => {
                    name = SessionName::generated(SessionId::new());
                }
                Err(berth_store::Error::Duplicate) => break,
                done => return Ok(done?),
            }
        }
        Err(Error::NameTaken {
            name: name.to_string(),
        })
    }
}
