//! What a running server holds.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use berth_accounts::Accounts;
use berth_environments::Environments;
use berth_folders::Folders;
use berth_gateway::Gateway;
use berth_sessions::{Sessions, SessionsOptions};
use berth_store::Store;
use berth_wasi::{Runtime, RuntimeOptions};
use tokio_util::sync::CancellationToken;

use crate::config::ServerConfig;
use crate::data_directory::{DataDirectory, DataDirectoryError, database_path};
use crate::inside::Inside;
use crate::metrics::Metrics;
use crate::tickets::Tickets;

/// The address of the administrator that the first start makes.
pub const FIRST_ADMIN_EMAIL: &str = "admin@berth.local";

/// Where volumes are in the data directory.
const VOLUMES: &str = "volumes";
/// Where taps are in the data directory, unless they are elsewhere.
const TAPS: &str = "taps";
/// What sessions downloaded, in the data directory.
const DOWNLOADS: &str = "downloads";
/// Where compiled programs are in the data directory.
const PROGRAMS: &str = "programs";

/// What a running server holds: one field for each thing that handlers may reach.
#[derive(Debug)]
pub struct Server {
    /// What it was told when it started.
    pub config: ServerConfig,
    /// Held so that no other server takes the directory.
    pub data: DataDirectory,
    /// The database.
    pub store: Store,
    /// Who may do what.
    pub accounts: Accounts,
    /// People's folders.
    pub folders: Folders,
    /// What sessions start from.
    pub environments: Arc<Environments>,
    /// What guests run in. Its threads are not those that serve people.
    pub runtime: Arc<Runtime>,
    /// The sessions.
    pub sessions: Sessions,
    /// The directory of taps, when there is one.
    pub taps: Option<PathBuf>,
    /// Addresses of pages that sessions serve.
    pub tickets: Tickets,
    /// What is counted.
    pub metrics: Metrics,
    /// Cancelled when the server begins to stop: whatever has no end of its own (a WebSocket, a stream of events)
    /// ends then.
    pub stopping: CancellationToken,
}

/// The server, as handlers see it: the state of the router. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Server>);

impl App {
    /// Shares a server among handlers.
    pub fn new(server: Server) -> Self {
        Self(Arc::new(server))
    }
}

impl Deref for App {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

/// A server that is ready to serve.
#[derive(Debug)]
pub struct Started {
    /// The server.
    pub app: App,
    /// The first administrator's password, when this start made one up. Shown once, kept nowhere.
    pub generated_password: Option<String>,
}

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    DataDirectory(#[from] DataDirectoryError),
    /// The database.
    #[error(transparent)]
    Store(#[from] berth_store::Error),
    /// The first administrator, most likely their given password.
    #[error("cannot make the first administrator: {0}")]
    FirstAdmin(#[source] berth_accounts::Error),
    /// The folders.
    #[error("cannot open the folders: {0}")]
    Folders(#[from] berth_folders::Error),
    /// The environments.
    #[error(transparent)]
    Environments(#[from] berth_environments::Error),
    /// The guests' runtime.
    #[error("cannot start the guests' runtime: {0}")]
    Runtime(#[source] std::io::Error),
    /// The gateway.
    #[error("cannot start the gateway: {0}")]
    Gateway(#[source] std::io::Error),
    /// The directory of taps.
    #[error("there is no directory of taps at {}", .0.display())]
    Taps(PathBuf),
    /// The sessions.
    #[error("cannot open the sessions: {0}")]
    Sessions(#[from] berth_sessions::Error),
}

impl Server {
    /// Opens everything a server needs in its data directory.
    ///
    /// # Errors
    /// What cannot be opened, in words for the person at the terminal.
    pub async fn open(config: ServerConfig) -> Result<Started, StartError> {
        let data = DataDirectory::open(&config.data)?;
        let store = match &config.database_url {
            Some(url) => Store::open(url).await?,
            None => Store::open_file(&database_path(data.path())).await?,
        };
        let accounts = Accounts::new(store.clone());
        let generated_password = accounts
            .ensure_first_admin(FIRST_ADMIN_EMAIL, config.admin_password.as_deref())
            .await
            .map_err(StartError::FirstAdmin)?;
        let folders = Folders::new(store.clone(), &data.path().join(VOLUMES))?;
        folders.recover().await?;
        let environments = Arc::new(open_environments(&data)?);
        let programs = data.path().join(PROGRAMS);
        let runtime =
            Runtime::start(RuntimeOptions { programs, cores: 0 }).map_err(StartError::Runtime)?;
        let runtime = Arc::new(runtime);
        let mut egress = config.egress.clone();
        egress.downloads.get_or_insert(data.path().join(DOWNLOADS));
        let gateway = Gateway::start(egress).map_err(StartError::Gateway)?;
        let taps = taps_directory(&config, data.path())?;
        let stopping = CancellationToken::new();
        gateway.serve_inside(Arc::new(Inside::new(taps.clone(), stopping.clone())));
        let sessions = Sessions::new(SessionsOptions {
            store: store.clone(),
            folders: folders.clone(),
            environments: Arc::clone(&environments),
            runtime: Arc::clone(&runtime),
            gateway: Some(Arc::new(gateway)),
            data_dir: data.path().to_owned(),
            taps: taps.clone(),
        })?;
        let lost = sessions.recover().await?;
        if lost > 0 {
            tracing::info!(sessions = lost, "ended with the server that ran them");
        }
        let server = Self {
            tickets: Tickets::default(),
            metrics: Metrics::new(),
            stopping,
            config,
            data,
            store,
            accounts,
            folders,
            environments,
            runtime,
            sessions,
            taps,
        };
        Ok(Started {
            app: App::new(server),
            generated_password,
        })
    }

    /// Compiles the programs of the environments, or finds them compiled, and tells `progress` about each that takes
    /// its time. Blocks. One that does not compile is told in the log and fails when it is used.
    pub fn preload(&self, mut progress: impl FnMut(&Path)) {
        for module in self
            .environments
            .iter()
            .flat_map(|environment| environment.program_paths())
        {
            progress(module);
            if let Err(error) = self.runtime.preload(module) {
                tracing::error!(module = %module.display(), %error, "a program of the environment does not load");
            }
        }
    }

    /// Ends what still runs, after the last request was answered.
    pub async fn close(&self) {
        self.sessions.shut_down().await;
        self.store.close().await;
    }
}

/// The directory of taps: the one that was named, which must be there, or the one in the data directory.
fn taps_directory(config: &ServerConfig, data: &Path) -> Result<Option<PathBuf>, StartError> {
    let usual = data.join(TAPS);
    match &config.taps {
        Some(named) if named.is_dir() => Ok(Some(named.clone())),
        Some(named) => Err(StartError::Taps(named.clone())),
        None if usual.is_dir() => Ok(Some(usual)),
        None => {
            tracing::info!(
                "no taps: brew offers nothing (cargo xtask bottles builds the core tap)"
            );
            Ok(None)
        }
    }
}

/// The environments; none when this program was built without guests, which is enough to keep folders.
fn open_environments(data: &DataDirectory) -> Result<Environments, berth_environments::Error> {
    match Environments::open(data.path()) {
        Err(error @ berth_environments::Error::NoGuests { .. }) => {
            tracing::warn!("no session can start: {error}");
            Ok(Environments::default())
        }
        opened => opened,
    }
}
