//! A PostgreSQL of our own for the tests, where this machine has one: the store's tests run on both databases then.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::step;

/// The variable that tells the store's tests of it.
pub const VARIABLE: &str = "BERTH_TEST_POSTGRES_URL";
/// Where Debian keeps the server's programs, one directory a version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Whom it runs as when this runs as root, which it refuses: `nobody`.
const NOBODY: u32 = 65_534;
const PATIENCE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(50);

/// A server in a directory that goes with it, reached through a socket there.
pub struct Postgres {
    directory: PathBuf,
    server: Child,
}

impl Postgres {
    /// Starts one; `None` where there is none to start.
    ///
    /// # Errors
    /// When there is one and it does not start.
    pub fn start() -> Result<Option<Self>> {
        let Some(programs) = programs() else {
            step::announce(
                "no PostgreSQL on this machine (Debian: apt install postgresql): the store is tested on SQLite only",
            );
            return Ok(None);
        };
        let directory = std::env::temp_dir().join(format!("berth-postgres-{}", std::process::id()));
        fs::create_dir(&directory).context("cannot create a directory for PostgreSQL")?;
        let started = launch(&programs, &directory);
        if started.is_err() {
            let _ = fs::remove_dir_all(&directory);
        }
        let postgres = Self {
            server: started?,
            directory,
        };
        let socket = postgres.directory.join(".s.PGSQL.5432");
        let begin = Instant::now();
        while UnixStream::connect(&socket).is_err() {
            if begin.elapsed() > PATIENCE {
                let log = fs::read_to_string(postgres.log()).unwrap_or_default();
                bail!("PostgreSQL does not start:\n{log}");
            }
            std::thread::sleep(GLANCE);
        }
        Ok(Some(postgres))
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!(
            "postgres://berth@localhost/postgres?host={}",
            self.directory.display()
        )
    }

    fn log(&self) -> PathBuf {
        self.directory.join("log")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The directory of its programs: the one on the search path, or Debian's newest.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    places.extend(versions.into_iter().rev());
    let has_all =
        |place: &PathBuf| place.join("initdb").is_file() && place.join("postgres").is_file();
    places.into_iter().find(has_all)
}

fn launch(programs: &Path, directory: &Path) -> Result<Child> {
    // Who made the directory is who we are.
    let is_root = fs::metadata(directory)?.uid() == 0;
    if is_root {
        chown(directory, Some(NOBODY), Some(NOBODY)).context("cannot give a directory away")?;
    }
    let program = |name: &str| {
        let mut command = Command::new(programs.join(name));
        command.current_dir(directory).env("LC_ALL", "C.UTF-8");
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    };
    let data = directory.join("data");
    // Nothing in it outlives the tests: it need not reach the disk.
    let mut make = program("initdb");
    make.args(["--auth=trust", "--username=berth", "--no-sync", "-D"])
        .arg(&data);
    step::output(&mut make)?;
    let log = fs::File::create(directory.join("log")).context("cannot create a log")?;
    let mut server = program("postgres");
    server.arg("-D").arg(&data).arg("-k").arg(directory);
    for setting in ["listen_addresses=", "fsync=off", "max_connections=400"] {
        server.args(["-c", setting]);
    }
    server
        .stdin(Stdio::null())
        .stdout(log.try_clone().context("cannot share the log")?)
        .stderr(log)
        .spawn()
        .context("cannot start PostgreSQL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_where_there_is_one_and_leaves_nothing_behind() {
        let Some(postgres) = Postgres::start().unwrap() else {
            return;
        };
        let directory = postgres.directory.clone();
        assert!(postgres.url().contains(directory.to_str().unwrap()));
        drop(postgres);
        assert!(!directory.exists());
    }
}
