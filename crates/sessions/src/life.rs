//! The life of a session, from a request to the last file of its scratch.
//!
//! Each step is written to the database before it is taken back or built upon. Starting and ending
//! run as tasks of their own: a caller who goes away leaves no session half made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use berth_environments::Environment;
use berth_folders::{FolderRef, FolderStatus, Permission};
use berth_store::sessions::{self as rows, NewSession, Session, SessionStatus, SessionType};
use berth_store::{SessionId, UserId};
use tokio::sync::watch;

use crate::computer::{Computer, MountedFolder, OpenMount, Parts};
use crate::dotfiles::StartUp;
use crate::environ::Environ;
use crate::error::{Error, Fault, Invalid, Result};
use crate::limits::{MOUNTS_REQUESTED_MAX, SESSIONS_LIVE_MAX};
use crate::mounts::{self, KnownFolder, MountFault, OpenSubpathError, PlannedMount};
use crate::name::SessionName;
use crate::request::{self, Checked, SessionRequest};
use crate::sessions::Inner;

/// How often a made-up name is made up again when somebody has it.
const NAME_ATTEMPTS: usize = 4;

/// Where a live session is, for those who wait for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Starting,
    Running,
    Ending,
    Ended,
}

/// A session that is live in this process.
pub(crate) struct Live {
    pub id: SessionId,
    /// It ends after this long without use.
    pub idle_timeout: Option<Duration>,
    /// It ends after this long in any case.
    pub lifetime: Option<Duration>,
    /// Processor time of its processes when the keeper last looked.
    pub burnt: Mutex<BTreeMap<u32, u64>>,
    computer: OnceLock<Arc<Computer>>,
    phase: watch::Sender<Phase>,
    /// Somebody ended it: what its start waits for is not waited for any more.
    unwanted: watch::Sender<bool>,
}

impl Live {
    fn new(id: SessionId, request: &SessionRequest) -> Arc<Self> {
        Arc::new(Self {
            id,
            idle_timeout: request.idle_timeout_seconds.map(Duration::from_secs),
            lifetime: request.lifetime_seconds.map(Duration::from_secs),
            burnt: Mutex::default(),
            computer: OnceLock::new(),
            phase: watch::Sender::new(Phase::Starting),
            unwanted: watch::Sender::new(false),
        })
    }

    /// Its computer, while it is RUNNING.
    pub fn computer(&self) -> Option<Arc<Computer>> {
        let running = *self.phase.borrow() == Phase::Running;
        self.computer.get().filter(|_| running).cloned()
    }

    async fn wait_for(&self, wanted: impl FnMut(&Phase) -> bool) {
        // Fails only when the sender is gone, and that is here.
        let _ = self.phase.subscribe().wait_for(wanted).await;
    }
}

/// A session about to be started: looked up, judged and open.
struct Prepared {
    environment: Arc<Environment>,
    mounts: Vec<OpenMount>,
    checked: Checked,
    request: SessionRequest,
    start_up: StartUp,
}

/// [`crate::Sessions::create`].
pub(crate) async fn create(
    inner: Arc<Inner>,
    owner: UserId,
    request: SessionRequest,
    wait: bool,
) -> Result<Session> {
    let checked = request::check(&request)?;
    let environment = environment(&inner, request.environment.as_deref())?;
    let plan = plan(&inner, owner, &request).await?;
    let id = SessionId::new();
    let wished = checked.name.clone();
    let holder = wished.clone().unwrap_or_else(|| SessionName::generated(id));
    let mounts = open(&inner, owner, plan, holder.as_str()).await?;
    if rows::count_live(&inner.store, owner).await? >= SESSIONS_LIVE_MAX {
        return Err(Error::TooManySessions);
    }
    let start_up = inner.dotfiles.start_up(owner).await?;
    let prepared = Prepared {
        environment,
        mounts,
        checked,
        request,
        start_up,
    };

    // Known here before it is known to anybody else, so that whoever sees the row finds the session.
    let live = Live::new(id, &prepared.request);
    inner.live().insert(id, Arc::clone(&live));
    // After the entry: either this sees the shutdown, or the shutdown sees the entry.
    let row = if inner.is_shutting_down() {
        Err(Error::ShuttingDown)
    } else {
        insert(&inner, owner, id, wished.as_ref(), &prepared).await
    };
    let row = match row {
        Ok(row) => row,
        Err(error) => {
            inner.live().remove(&id);
            live.phase.send_replace(Phase::Ended);
            return Err(error);
        }
    };
    let starting = tokio::spawn(start(Arc::clone(&inner), live, row.clone(), prepared));
    if !wait {
        return Ok(row);
    }
    starting
        .await
        .map_err(|error| Error::Start(error.to_string()))?
}

fn environment(inner: &Inner, wanted: Option<&str>) -> Result<Arc<Environment>> {
    let found = match wanted {
        Some(name) => inner.environments.get(name),
        None => inner.environments.default_environment(),
    };
    let missing = || {
        let name = wanted.unwrap_or("default").to_owned();
        Error::invalid("environment", Fault::Environment { name })
    };
    found.cloned().ok_or_else(missing)
}

/// Looks the folders up and makes the table of mounts.
async fn plan(inner: &Inner, owner: UserId, request: &SessionRequest) -> Result<Vec<PlannedMount>> {
    if request.mounts.len() > MOUNTS_REQUESTED_MAX {
        return Err(Error::invalid("mounts", MountFault::TooMany));
    }
    let mut asked = Vec::with_capacity(request.mounts.len());
    for (index, mount) in request.mounts.iter().enumerate() {
        let missing = || folder_not_found(index, &mount.folder);
        let found = inner
            .folders
            .get(owner, &FolderRef::from(mount.folder.as_str()))
            .await;
        let folder = found.map_err(|error| match error {
            berth_folders::Error::NotFound => missing(),
            error => Error::Folders(error),
        })?;
        if folder.status != FolderStatus::Ready {
            return Err(missing());
        }
        asked.push((mount.clone(), known(&folder)));
    }
    let dot_folders = inner
        .folders
        .dot_folders(owner)
        .await
        .map_err(Error::Folders)?;
    let dot_folders: Vec<_> = dot_folders.iter().map(known).collect();
    Ok(mounts::plan(&asked, &dot_folders).map_err(Invalid::from)?)
}

fn known(folder: &berth_folders::Folder) -> KnownFolder {
    KnownFolder {
        id: folder.id,
        name: folder.name.clone(),
        permission: folder.permission,
    }
}

fn folder_not_found(index: usize, folder: &str) -> Error {
    Error::FolderNotFound {
        field: format!("mounts[{index}].folder"),
        folder: folder.to_owned(),
    }
}

/// Opens the folders, in the name of the session that people will know as `holder`.
async fn open(
    inner: &Inner,
    owner: UserId,
    plan: Vec<PlannedMount>,
    holder: &str,
) -> Result<Vec<OpenMount>> {
    let mut mounts = Vec::with_capacity(plan.len());
    for mut plan in plan {
        let folder = match inner
            .folders
            .open_for_mount(owner, &plan.folder.id.into(), holder)
            .await
        {
            Ok(folder) => folder,
            Err(berth_folders::Error::NotFound) => match plan.request {
                Some(index) => return Err(folder_not_found(index, &plan.folder.name)),
                // A dot-folder that was deleted this moment, and nobody asked for.
                None => continue,
            },
            Err(error) => return Err(Error::Folders(error)),
        };
        if folder.permission == Permission::ReadOnly {
            // It may have become so since the rules looked at it.
            plan.permission = Permission::ReadOnly;
        }
        let (subpath, root) = (plan.subpath.clone(), Arc::clone(&folder.root));
        let opened = tokio::task::spawn_blocking(move || subpath.open(&root));
        let root = opened
            .await
            .map_err(std::io::Error::other)?
            .map_err(|error| match error {
                OpenSubpathError::Fault(fault) => {
                    let field = plan
                        .request
                        .map_or_else(String::new, |index| format!("mounts[{index}].subpath"));
                    Error::invalid(&field, MountFault::from(fault))
                }
                OpenSubpathError::Host(error) => Error::Scratch(error.into()),
            })?;
        mounts.push(OpenMount { plan, folder, root });
    }
    Ok(mounts)
}

async fn insert(
    inner: &Inner,
    owner: UserId,
    id: SessionId,
    wished: Option<&SessionName>,
    prepared: &Prepared,
) -> Result<Session> {
    let json = |value: serde_json::Result<serde_json::Value>| {
        value.map_err(|error| Error::Start(error.to_string()))
    };
    let mounted: Vec<_> = prepared
        .mounts
        .iter()
        .map(|mount| MountedFolder::from(&mount.plan))
        .collect();
    let mounts = json(serde_json::to_value(mounted))?;
    let resources = json(serde_json::to_value(&prepared.checked.resources))?;
    let request = &prepared.request;
    let environ = json(serde_json::to_value(&request.environ))?;
    let mut attempt = 0;
    loop {
        let name = match wished {
            Some(name) => name.clone(),
            None if attempt == 0 => SessionName::generated(id),
            None => SessionName::generated(SessionId::new()),
        };
        let new = NewSession {
            id,
            owner,
            name: name.as_str(),
            environment: prepared.environment.name,
            session_type: request.session_type,
            // Nothing is queued for: a row that says PENDING first would cost every start a write to the disk.
            status: SessionStatus::Preparing,
            mounts: &mounts,
            resources: &resources,
            environ: &environ,
            startup_command: request.startup_command.as_deref(),
            idle_timeout_seconds: request.idle_timeout_seconds,
            lifetime_seconds: request.lifetime_seconds,
        };
        attempt += 1;
        match rows::insert(&inner.store, new).await {
            Err(berth_store::Error::Duplicate) if wished.is_none() && attempt < NAME_ATTEMPTS => {}
            Err(berth_store::Error::Duplicate) => {
                return Err(Error::NameTaken {
                    name: name.to_string(),
                });
            }
            done => return Ok(done?),
        }
    }
}

/// From PREPARING to RUNNING, or to ERROR.
async fn start(
    inner: Arc<Inner>,
    live: Arc<Live>,
    row: Session,
    prepared: Prepared,
) -> Result<Session> {
    let started = prepare(&inner, &live, &row, prepared).await;
    match started {
        Ok(row) => {
            live.phase.send_replace(Phase::Running);
            if let Some(command) = row.startup_command.clone() {
                tokio::spawn(startup(inner, live, row.session_type, command));
            }
            Ok(row)
        }
        Err(error) => {
            tracing::error!(session = %live.id, %error, "a session could not start");
            if let Some(computer) = live.computer.get()
                && let Err(error) = computer.close().await
            {
                tracing::error!(session = %live.id, %error, "its scratch could not be deleted");
            }
            let from = [SessionStatus::Preparing];
            let info = "the session could not be put together; the server's log says why";
            if let Err(error) = rows::transition(
                &inner.store,
                live.id,
                &from,
                SessionStatus::Error,
                Some(info),
            )
            .await
            {
                tracing::error!(session = %live.id, %error, "and its end could not be recorded");
            }
            inner.live().remove(&live.id);
            live.phase.send_replace(Phase::Ended);
            Err(error)
        }
    }
}

async fn prepare(inner: &Inner, live: &Live, row: &Session, prepared: Prepared) -> Result<Session> {
    let store = &inner.store;
    let Prepared {
        environment,
        mounts,
        checked,
        request,
        start_up,
    } = prepared;
    let parts = Parts {
        id: row.id,
        hostname: row.name.clone(),
        environment,
        mounts,
        limits: checked.resources.limits(),
        scratch_bytes: checked.resources.scratch_bytes,
        environ: Environ::of_session(&row.name, &request.environ),
        runtime: Arc::clone(&inner.runtime),
        scratch: inner.scratch.clone(),
        dotfiles: start_up.dotfiles,
    };
    let built = tokio::task::spawn_blocking(move || Computer::build(parts));
    let computer = built
        .await
        .map_err(|error| Error::Start(error.to_string()))??;
    let _ = live.computer.set(Arc::clone(&computer));
    if let Some(script) = start_up.bootstrap_script {
        let mut unwanted = live.unwanted.subscribe();
        tokio::select! {
            () = computer.bootstrap(&script) => {}
            _ = unwanted.wait_for(|unwanted| *unwanted) => {}
        }
    }
    Ok(rows::transition(
        store,
        row.id,
        &[SessionStatus::Preparing],
        SessionStatus::Running,
        None,
    )
    .await?)
}

/// Runs the startup command; a batch session ends with it.
async fn startup(inner: Arc<Inner>, live: Arc<Live>, session_type: SessionType, command: String) {
    let Some(computer) = live.computer() else {
        return;
    };
    let info = match computer.run_startup(&command).await {
        Ok(code) => format!("the startup command ended with exit code {code}"),
        Err(error) => format!("the startup command could not run: {error}"),
    };
    tracing::info!(session = %live.id, info, "startup");
    drop(computer);
    if session_type == SessionType::Batch
        && let Err(error) = end(&inner, live, &info).await
    {
        tracing::error!(%error, "a batch session did not end as it should");
    }
}

/// Ends a session, in a task of its own, and waits for it. Whoever comes second waits for the first.
pub(crate) async fn end(inner: &Arc<Inner>, live: Arc<Live>, info: &str) -> Result<()> {
    let task = tokio::spawn(end_now(Arc::clone(inner), live, info.to_owned()));
    task.await
        .map_err(|error| Error::Start(error.to_string()))?
}

async fn end_now(inner: Arc<Inner>, live: Arc<Live>, info: String) -> Result<()> {
    live.unwanted.send_replace(true);
    // One that is starting ends when it has started: its parts are then all in one place.
    live.wait_for(|phase| *phase != Phase::Starting).await;
    let first = live.phase.send_if_modified(|phase| {
        let running = *phase == Phase::Running;
        if running {
            *phase = Phase::Ending;
        }
        running
    });
    if !first {
        live.wait_for(|phase| *phase == Phase::Ended).await;
        return Ok(());
    }
    let ended = wind_up(&inner, &live, &info).await;
    inner.live().remove(&live.id);
    live.phase.send_replace(Phase::Ended);
    ended
}

async fn wind_up(inner: &Inner, live: &Live, info: &str) -> Result<()> {
    let store = &inner.store;
    // If the database fails now, the computer is taken apart all the same.
    let told = rows::transition(
        store,
        live.id,
        &[SessionStatus::Running],
        SessionStatus::Terminating,
        Some(info),
    )
    .await;
    let closed = match live.computer.get() {
        Some(computer) => {
            let closed = computer.close().await;
            inner.ended_logs.keep(live.id, computer.log.contents());
            closed
        }
        None => Ok(()),
    };
    let (to, info) = match &closed {
        Ok(()) => (SessionStatus::Terminated, info),
        Err(_) => (
            SessionStatus::Error,
            "its scratch could not be deleted; the server's log says why",
        ),
    };
    rows::transition(
        store,
        live.id,
        &[SessionStatus::Running, SessionStatus::Terminating],
        to,
        Some(info),
    )
    .await?;
    told?;
    closed
}
