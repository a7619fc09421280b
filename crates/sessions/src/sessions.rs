//! The sessions of everybody: asked for, found, ended.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_environments::Environments;
use berth_folders::Folders;
use berth_gateway::{Gateway, Policy};
use berth_store::sessions::{self as rows, Session};
use berth_store::{SessionId, Store, UserId};
use berth_wasi::Runtime;
use rustix::fs::{Mode, OFlags, open};

use crate::computer::{Computer, MountedFolder, ResourcesInUse};
use crate::dotfiles::Dotfiles;
use crate::error::{Error, Result};
use crate::keeper;
use crate::life::{self, Live};
use crate::limits::{PAGE_SESSIONS_MAX, SESSIONS_LIVE_MAX};
use crate::log::EndedLogs;
use crate::name::SessionName;
use crate::request::SessionRequest;
use crate::scratch::ScratchSpace;

/// Why a session that was live when the server stopped is over.
const LOST: &str = "the server stopped while the session was running";
/// Why a session that was live when the server was told to stop is over.
const SHUT_DOWN: &str = "the server was shut down";
/// Why a session is over that somebody ended.
const ENDED: &str = "ended by its owner";

/// What sessions are made with.
pub struct SessionsOptions {
    /// The database.
    pub store: Store,
    /// The folders that are mounted.
    pub folders: Folders,
    /// What sessions start from.
    pub environments: Arc<Environments>,
    /// What runs their programs.
    pub runtime: Arc<Runtime>,
    /// Their way out; `None`: there is none.
    pub gateway: Option<Arc<Gateway>>,
    /// The server's data directory; scratch lives below it.
    pub data_dir: PathBuf,
    /// The directory of taps that every session finds at [`crate::mounts::TAPS`], read-only; `None`: there are none.
    pub taps: Option<PathBuf>,
}

/// The sessions of everybody. Cheap to clone; all clones are the same sessions.
#[derive(Clone)]
pub struct Sessions {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub store: Store,
    pub folders: Folders,
    pub environments: Arc<Environments>,
    pub runtime: Arc<Runtime>,
    pub gateway: Option<Arc<Gateway>>,
    pub scratch: ScratchSpace,
    /// The directory of taps.
    pub taps: Option<Arc<OwnedFd>>,
    live: Mutex<HashMap<SessionId, Arc<Live>>>,
    pub ended_logs: EndedLogs,
    pub dotfiles: Dotfiles,
    shutting_down: AtomicBool,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The sessions, newest first.
    pub items: Vec<Session>,
    /// What to ask for as `after` to get the next part; `None` when this is the last.
    pub next: Option<SessionId>,
}

/// A handle that is good for resolving paths below the directory and for nothing else.
fn open_directory(path: &Path) -> std::io::Result<Arc<OwnedFd>> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(Arc::new(open(path, flags, Mode::empty())?))
}

impl Inner {
    pub fn live(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Live>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for a session; `false`: its owner has as many as one may have.
    pub fn admit(&self, session: &Arc<Live>) -> bool {
        let mut live = self.live();
        let owner = session.owner;
        let theirs = live.values().filter(|other| other.owner == owner).count();
        let admitted = theirs < SESSIONS_LIVE_MAX;
        if admitted {
            live.insert(session.id, Arc::clone(session));
        }
        admitted
    }

    pub fn live_of(&self, id: SessionId) -> Option<Arc<Live>> {
        self.live().get(&id).cloned()
    }

    /// The most that sessions may reach.
    pub fn farthest(&self) -> Policy {
        let gateway = self.gateway.as_ref();
        gateway.map_or(Policy::Off, |gateway| gateway.policy())
    }

    pub fn is_shutting_down(&self) -> bool {
        self.shutting_down.load(Ordering::Acquire)
    }
}

impl Sessions {
    /// The sessions whose rows are in the store. Call [`Sessions::recover`] before anything else.
    ///
    /// # Errors
    /// [`Error::Scratch`] when the data directory cannot be used.
    pub fn new(options: SessionsOptions) -> Result<Self> {
        let SessionsOptions {
            store,
            folders,
            environments,
            runtime,
            gateway,
            data_dir,
            taps,
        } = options;
        let scratch = ScratchSpace::open(&data_dir)?;
        let taps = taps.as_deref().map(open_directory).transpose()?;
        Ok(Self {
            inner: Arc::new(Inner {
                dotfiles: Dotfiles::new(store.clone()),
                store,
                folders,
                environments,
                runtime,
                gateway,
                scratch,
                taps,
                live: Mutex::default(),
                ended_logs: EndedLogs::default(),
                shutting_down: AtomicBool::new(false),
            }),
        })
    }

    /// Cleans up after a server that is no more: its sessions are over, their scratch is deleted.
    /// Then starts to look after idle times and lifetimes. Tells how many sessions were lost.
    ///
    /// # Errors
    /// The database's and the disk's.
    pub async fn recover(&self) -> Result<usize> {
        let lost = rows::terminate_all_live(&self.inner.store, LOST).await?;
        let scratch = self.inner.scratch.clone();
        tokio::task::spawn_blocking(move || scratch.clear())
            .await
            .map_err(std::io::Error::other)??;
        tokio::spawn(keeper::keep(Arc::downgrade(&self.inner)));
        Ok(lost.len())
    }

    /// What people want in the home of every session of theirs.
    pub fn dotfiles(&self) -> &Dotfiles {
        &self.inner.dotfiles
    }

    /// Starts a session. With `wait` it answers when the session is RUNNING, otherwise as soon as it
    /// is sure that nothing was wrong with the request. The session starts even when nobody waits
    /// for the answer any more.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::FolderNotFound`], [`Error::NameTaken`],
    /// [`Error::TooManySessions`], [`Error::ShuttingDown`], and the server's own.
    pub async fn create(
        &self,
        owner: UserId,
        request: SessionRequest,
        wait: bool,
    ) -> Result<Session> {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(life::create(inner, owner, request, wait))
            .await
            .map_err(|error| Error::Start(error.to_string()))?
    }

    /// The caller's sessions, live and over, newest first: at most `limit` (and
    /// [`PAGE_SESSIONS_MAX`]) of those that are older than `after`.
    ///
    /// # Errors
    /// Only the database's own.
    pub async fn list(
        &self,
        owner: UserId,
        limit: usize,
        after: Option<SessionId>,
    ) -> Result<Page> {
        let limit = limit.clamp(1, PAGE_SESSIONS_MAX);
        let one_more = u32::try_from(limit).unwrap_or(u32::MAX).saturating_add(1);
        let mut items = rows::list(&self.inner.store, owner, one_more, after).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| last.id);
        Ok(Page { items, next })
    }

    /// One of the caller's sessions: by its id, live or over, or by its name while it is live.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, owner: UserId, reference: &str) -> Result<Session> {
        if let Ok(id) = reference.parse()
            && let Some(session) = rows::get(&self.inner.store, id).await?
            && session.owner == owner
        {
            return Ok(session);
        }
        rows::get_live(&self.inner.store, owner, reference)
            .await?
            .ok_or(Error::NotFound)
    }

    /// Gives a session another name. Inside, the host name stays what it was at the start.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Error::NameTaken`].
    pub async fn rename(&self, owner: UserId, reference: &str, name: &str) -> Result<Session> {
        let name = SessionName::new(name).map_err(|fault| Error::invalid("name", fault))?;
        let session = self.get(owner, reference).await?;
        rows::rename(&self.inner.store, session.id, name.as_str())
            .await
            .map_err(|error| match error {
                berth_store::Error::Duplicate => Error::NameTaken {
                    name: name.to_string(),
                },
                berth_store::Error::NotFound => Error::NotFound,
                error => error.into(),
            })
    }

    /// Ends a session: when this answers, its programs are dead and its scratch is gone. One that is
    /// over already stays so. It ends even when nobody waits for the answer any more.
    ///
    /// # Errors
    /// [`Error::NotFound`], and the server's own.
    pub async fn terminate(&self, owner: UserId, reference: &str) -> Result<Session> {
        let session = self.get(owner, reference).await?;
        if !session.status.is_live() {
            return Ok(session);
        }
        let live = self.inner.live_of(session.id);
        // None: it came to its end between the two looks.
        if let Some(live) = live {
            life::end(&self.inner, live, ENDED).await?;
        }
        rows::get(&self.inner.store, session.id)
            .await?
            .ok_or(Error::NotFound)
    }

    /// The computer of a session that is RUNNING.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotRunning`].
    pub async fn computer(&self, owner: UserId, reference: &str) -> Result<Arc<Computer>> {
        // What runs is known here; the database need not be asked whose it is.
        if let Ok(id) = reference.parse()
            && let Some(live) = self.inner.live_of(id)
            && live.owner == owner
            && let Some(computer) = live.computer()
        {
            return Ok(computer);
        }
        let session = self.get(owner, reference).await?;
        let live = self.inner.live_of(session.id);
        live.and_then(|live| live.computer())
            .ok_or(Error::NotRunning {
                status: session.status,
            })
    }

    /// What a session uses at the moment; `None` unless it is RUNNING. The caller has found it, so it is theirs.
    pub async fn in_use(&self, session: &Session) -> Option<ResourcesInUse> {
        let live = self.inner.live_of(session.id);
        let computer = live.and_then(|live| live.computer())?;
        Some(computer.in_use().await)
    }

    /// What the session's startup command printed: the end of it, kept while the session lives and
    /// for a while after.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn log(&self, owner: UserId, reference: &str) -> Result<Vec<u8>> {
        let session = self.get(owner, reference).await?;
        let live = self.inner.live_of(session.id);
        Ok(match live.and_then(|live| live.computer()) {
            Some(computer) => computer.log.contents(),
            None => self.inner.ended_logs.get(session.id).unwrap_or_default(),
        })
    }

    /// The mounts of a session, as its row keeps them.
    pub fn mounts(session: &Session) -> Vec<MountedFolder> {
        serde_json::from_value(session.mounts.clone()).unwrap_or_default()
    }

    /// Ends all sessions and lets none start any more; for the end of the server.
    pub async fn shut_down(&self) {
        self.inner.shutting_down.store(true, Ordering::Release);
        let live: Vec<_> = self.inner.live().values().cloned().collect();
        let mut endings = tokio::task::JoinSet::new();
        for live in live {
            let inner = Arc::clone(&self.inner);
            endings.spawn(async move { life::end(&inner, live, SHUT_DOWN).await });
        }
        while let Some(ended) = endings.join_next().await {
            if let Ok(Err(error)) = ended {
                tracing::error!(%error, "a session did not end as it should");
            }
        }
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions")
            .field("live", &self.inner.live().len())
            .finish_non_exhaustive()
    }
}
