//! The life of a session, from a request to the last file of its scratch.
//!
//! Each step is written to the database before it is taken back or built upon. Starting and ending
//! run as tasks of their own: a caller who goes away leaves no session half made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use berth_environments::Environment;
use berth_folders::{FolderRef, FolderStatus, Permission};
use berth_kernel::net::Outside;
use berth_store::sessions::{self as rows, Session, SessionStatus, SessionType};
use berth_store::{SessionId, UserId};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::computer::{Computer, MountedFolder, OpenMount, Parts};
use crate::environ::Environ;
use crate::error::{Error, Fault, Invalid, Result};
use crate::limits::MOUNTS_REQUESTED_MAX;
use crate::mounts::{self, KnownFolder, MountFault, OpenSubpathError, PlannedMount};
use crate::name::SessionName;
use crate::record::Record;
use crate::request::{self, SessionRequest};
use crate::sessions::Inner;

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
    pub owner: UserId,
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
    fn new(id: SessionId, owner: UserId, request: &SessionRequest) -> Arc<Self> {
        Arc::new(Self {
            id,
            owner,
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

/// A computer that is being put together.
type Building = JoinHandle<Result<Arc<Computer>>>;

/// [`crate::Sessions::create`].
pub(crate) async fn create(
    inner: Arc<Inner>,
    owner: UserId,
    request: SessionRequest,
    wait: bool,
) -> Result<Session> {
    let checked = request::check(&request, inner.farthest())?;
    let environment = environment(&inner, request.environment.as_deref())?;
    // Beside each other: these look-ups are most of what a start waits for.
    let (plan, start_up) = tokio::try_join!(
        plan(&inner, owner, &request),
        inner.dotfiles.start_up(owner),
    )?;
    let id = SessionId::new();
    let name = checked.name.clone();
    let name = name.unwrap_or_else(|| SessionName::generated(id));
    let mounts = open(&inner, owner, plan, name.as_str()).await?;

    // Known here before it is known to anybody else, so that whoever sees the row finds the session.
    let live = Live::new(id, owner, &request);
    if !inner.admit(&live) {
        return Err(Error::TooManySessions);
    }
    // After the entry: either this sees the shutdown, or the shutdown sees the entry.
    if inner.is_shutting_down() {
        forget(&inner, &live);
        return Err(Error::ShuttingDown);
    }
    let environment_name = environment.name;
    let mounted = mounts.iter().map(|mount| MountedFolder::from(&mount.plan));
    let mounted = mounted.collect();
    let outside = inner.gateway.as_ref().map(|gateway| {
        let egress: Arc<dyn Outside> = gateway.egress(&id.to_string(), checked.resources.egress);
        egress
    });
    let parts = Parts {
        id,
        hostname: name.to_string(),
        environment,
        mounts,
        limits: checked.resources.limits(),
        scratch_bytes: checked.resources.scratch_bytes,
        environ: Environ::of_session(name.as_str(), &request.environ),
        runtime: Arc::clone(&inner.runtime),
        scratch: inner.scratch.clone(),
        outside,
        taps: inner.taps.clone(),
        dotfiles: start_up.dotfiles,
    };
    // The disk makes the computer ready while the database writes the row.
    let building = tokio::task::spawn_blocking(move || Computer::build(parts));
    let record = Record {
        id,
        owner,
        name,
        wished: checked.name.is_some(),
        environment: environment_name,
        mounts: mounted,
        resources: checked.resources,
        request,
    };
    let row = match record.insert(&inner.store).await {
        Ok(row) => row,
        Err(error) => {
            discard(building, id).await;
            forget(&inner, &live);
            return Err(error);
        }
    };
    let start = start(
        Arc::clone(&inner),
        live,
        building,
        start_up.bootstrap_script,
    );
    let starting = tokio::spawn(start);
    if !wait {
        return Ok(row);
    }
    starting
        .await
        .map_err(|error| Error::Start(error.to_string()))?
}

/// It is not live any more, and whoever waits for it is told.
fn forget(inner: &Inner, live: &Live) {
    inner.live().remove(&live.id);
    live.phase.send_replace(Phase::Ended);
}

/// Takes a computer apart that nobody will have.
async fn discard(building: Building, id: SessionId) {
    if let Ok(Ok(computer)) = building.await
        && let Err(error) = computer.close().await
    {
        tracing::error!(session = %id, %error, "scratch could not be deleted");
    }
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

/// From PREPARING to RUNNING, or to ERROR.
async fn start(
    inner: Arc<Inner>,
    live: Arc<Live>,
    building: Building,
    bootstrap_script: Option<String>,
) -> Result<Session> {
    let started = prepare(&inner, &live, building, bootstrap_script.as_deref()).await;
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
            forget(&inner, &live);
            Err(error)
        }
    }
}

async fn prepare(
    inner: &Inner,
    live: &Live,
    building: Building,
    bootstrap_script: Option<&str>,
) -> Result<Session> {
    let computer = building
        .await
        .map_err(|error| Error::Start(error.to_string()))??;
    let _ = live.computer.set(Arc::clone(&computer));
    if let Some(script) = bootstrap_script {
        let mut unwanted = live.unwanted.subscribe();
        tokio::select! {
            () = computer.bootstrap(script) => {}
            _ = unwanted.wait_for(|unwanted| *unwanted) => {}
        }
    }
    Ok(rows::transition(
        &inner.store,
        live.id,
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
    forget(&inner, &live);
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
