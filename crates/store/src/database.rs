//! Opening the database, and what holds for every connection to it.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _};

use crate::migrations::migrator;
use crate::{Error, Result};

/// SQLite has one writer at a time; a few readers beside it are enough.
const SQLITE_CONNECTIONS_MAX: u32 = 4;
/// A server's share of PostgreSQL's default of 100 connections.
const POSTGRES_CONNECTIONS_MAX: u32 = 16;
/// Connections that do not wait for the disk: one writer at a time, and one that makes itself ready.
const PASSING_CONNECTIONS_MAX: u32 = 2;
/// A query that gets no connection for this long fails as unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// The rights of the database file: it holds password hashes.
const FILE_MODE: u32 = 0o600;

/// What every SQLite connection is told first. FULL: an answered request survives a power cut.
const SQLITE_SETUP: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                            PRAGMA foreign_keys = ON;";
/// What a SQLite connection is told beside that when what it writes need not survive a power cut.
const SQLITE_PASSING: &str = "PRAGMA synchronous = NORMAL;";
/// The same for PostgreSQL.
const POSTGRES_PASSING: &str = "SET synchronous_commit = off";

/// The database. Cheap to clone; all clones share the connections.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: AnyPool,
    /// For what a power cut ends anyway, such as where a session is in its life. What is written here survives the
    /// death of the server, and everything that was written before it through the other connections; but the
    /// disk is not waited for.
    pub(crate) passing: AnyPool,
}

impl Store {
    /// Opens the database at `url` and brings its tables to the newest version.
    ///
    /// `sqlite:///absolute/path` (the file is made when absent, readable by its owner only), `sqlite::memory:`
    /// (gone when the store is dropped) or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Open`] when the URL or the file cannot be used, [`Error::Unavailable`] when the database does not
    /// answer, [`Error::Migrate`] when it was written by a newer program.
    pub async fn open(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let place = Place::parse(url)?;
        if let Place::SqliteFile(path) = &place {
            create_private_file(path)?;
        }
        let options = AnyConnectOptions::from_str(&place.url())
            .map_err(|_| Error::Open("not a database URL".to_owned()))?;
        // The pool would try a file that is no database again and again; one plain connection says at once what is wrong.
        let mut first = AnyConnection::connect_with(&options).await?;
        if !matches!(place, Place::Postgres(_)) {
            first.execute(SQLITE_SETUP).await?;
        }
        first.close().await?;
        let pool = place.pool_options().connect_with(options.clone()).await?;
        migrator().run(&pool).await?;
        let passing = match place.passing_pool_options() {
            Some(passing) => passing.connect_with(options).await?,
            None => pool.clone(),
        };
        Ok(Self { pool, passing })
    }

    /// Opens the SQLite database in the file `path`; see [`Store::open`].
    ///
    /// # Errors
    /// As [`Store::open`]; also [`Error::Open`] when the path is not UTF-8.
    pub async fn open_file(path: &Path) -> Result<Self> {
        Self::open(&Place::SqliteFile(std::path::absolute(path).map_err(open_error)?).url()).await
    }

    /// Whether the database answers now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.pool.acquire().await?.ping().await?)
    }

    /// Waits for running queries and closes every connection.
    pub async fn close(&self) {
        self.passing.close().await;
        self.pool.close().await;
    }
}

/// Where a database lives.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    SqliteMemory,
    SqliteFile(PathBuf),
    Postgres(String),
}

impl Place {
    fn parse(url: &str) -> Result<Self> {
        if url == "sqlite::memory:" {
            return Ok(Self::SqliteMemory);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url
            .strip_prefix("sqlite://")
            .ok_or_else(|| Error::Open("expected sqlite:///path or postgres://…".to_owned()))?;
        if !path.starts_with('/') || path.contains('?') {
            return Err(Error::Open(
                "expected sqlite:// and an absolute path without parameters".to_owned(),
            ));
        }
        let path = percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| Error::Open("the path of the database is not UTF-8".to_owned()))?;
        Ok(Self::SqliteFile(PathBuf::from(path.as_ref())))
    }

    /// The URL that the driver understands.
    fn url(&self) -> String {
        match self {
            Self::SqliteMemory => "sqlite::memory:".to_owned(),
            Self::SqliteFile(path) => {
                let steps: Vec<String> = path
                    .to_string_lossy()
                    .split('/')
                    .map(|step| utf8_percent_encode(step, NON_ALPHANUMERIC).to_string())
                    .collect();
                format!("sqlite://{}", steps.join("/"))
            }
            Self::Postgres(url) => url.clone(),
        }
    }

    fn pool_options(&self) -> AnyPoolOptions {
        let options = AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
        match self {
            // Every connection would be a database of its own, and closing it would empty it.
            Self::SqliteMemory => setup(
                options
                    .max_connections(1)
                    .idle_timeout(None)
                    .max_lifetime(None),
                &[SQLITE_SETUP],
            ),
            Self::SqliteFile(_) => setup(
                options.max_connections(SQLITE_CONNECTIONS_MAX),
                &[SQLITE_SETUP],
            ),
            Self::Postgres(_) => options.max_connections(POSTGRES_CONNECTIONS_MAX),
        }
    }

    /// Connections that do not wait for the disk; `None` where that makes no difference.
    fn passing_pool_options(&self) -> Option<AnyPoolOptions> {
        let options = AnyPoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_connections(PASSING_CONNECTIONS_MAX);
        match self {
            Self::SqliteMemory => None,
            Self::SqliteFile(_) => Some(setup(options, &[SQLITE_SETUP, SQLITE_PASSING])),
            Self::Postgres(_) => Some(setup(options, &[POSTGRES_PASSING])),
        }
    }
}

/// Every connection begins with these statements.
fn setup(options: AnyPoolOptions, statements: &'static [&'static str]) -> AnyPoolOptions {
    options.after_connect(move |connection, _| {
        Box::pin(async move {
            for statement in statements {
                connection.execute(*statement).await?;
            }
            Ok(())
        })
    })
}

/// SQLite gives its journal files the rights of the database file, so this one call protects all of them.
fn create_private_file(path: &Path) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
        .map_err(open_error)?;
    Ok(())
}

fn open_error(error: std::io::Error) -> Error {
    Error::Open(error.to_string())
}
