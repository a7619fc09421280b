//! The directory in which a server keeps everything, and that it is kept by one server only.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The rights of the directory: it holds everybody's files.
const DIRECTORY_MODE: u32 = 0o700;
/// The rights of the lock file.
const LOCK_MODE: u32 = 0o600;
const LOCK_NAME: &str = "berth.lock";
const DATABASE_NAME: &str = "berth.db";
/// More than any process id.
const PID_TEXT_MAX_BYTES: u64 = 20;

/// A data directory that this process has to itself, until it is dropped or the process ends.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    /// Locked for as long as it is open; holds the server's process id, for people.
    _lock: File,
}

/// The data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirectoryError {
    /// Another server uses it.
    #[error("another berth server{} uses the data directory {}", process(.pid), path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The other server's process id, when it can be read.
        pid: Option<String>,
    },
    /// The operating system refuses.
    #[error("cannot use the data directory {}: {source}", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

fn process(pid: &Option<String>) -> String {
    pid.as_ref()
        .map(|pid| format!(" (process {pid})"))
        .unwrap_or_default()
}

impl DataDirectory {
    /// Takes the directory, and makes it when it is absent.
    ///
    /// # Errors
    /// [`DataDirectoryError::InUse`] when another server has it.
    pub fn open(path: &Path) -> Result<Self, DataDirectoryError> {
        let failed = |source| DataDirectoryError::Io {
            path: path.to_owned(),
            source,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(path)
            .map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(LOCK_MODE)
            .open(path.join(LOCK_NAME))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataDirectoryError::InUse {
                    path,
                    pid: read_pid(&lock),
                });
            }
            Err(TryLockError::Error(source)) => {
                return Err(DataDirectoryError::Io { path, source });
            }
        }
        lock.set_len(0).map_err(failed)?;
        writeln!(lock, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { path, _lock: lock })
    }

    /// The directory, absolute and without links.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Where the SQLite database of the data directory `data` is.
pub fn database_path(data: &Path) -> PathBuf {
    data.join(DATABASE_NAME)
}

fn read_pid(lock: &File) -> Option<String> {
    let mut text = String::new();
    lock.take(PID_TEXT_MAX_BYTES)
        .read_to_string(&mut text)
        .ok()?;
    let pid: u32 = text.trim().parse().ok()?;
    Some(pid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_directory_is_made_for_its_owner_only_and_taken_once() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("some/data");
        let taken = DataDirectory::open(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let refused = DataDirectory::open(&path).unwrap_err().to_string();
        let expected = format!(
            "another berth server (process {}) uses the data directory",
            std::process::id()
        );
        assert!(refused.starts_with(&expected), "{refused}");
        drop(taken);
        DataDirectory::open(&path).unwrap();
    }

    #[test]
    fn a_file_in_the_way_is_reported() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        std::fs::write(&path, "x").unwrap();
        assert!(matches!(
            DataDirectory::open(&path),
            Err(DataDirectoryError::Io { .. })
        ));
    }
}
