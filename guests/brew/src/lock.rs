//! One brew at a time changes a prefix, in whatever session.
//!
//! The folder is shared, the sessions are not: there is no `flock`, no common table of processes, and a session can
//! end at any moment. So the lock is a file that its owner keeps fresh; whoever waits and sees no change for
//! [`PATIENCE`] by its own clock takes it over. It saves work and confusion; what keeps the prefix whole is that
//! every change comes down to one rename (`install`), so that an owner that was only slow breaks nothing.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::failure::{Result, at};
use crate::files;
use crate::output::warn;
use crate::places::Places;

/// An owner says within this time that it goes on.
const FRESH: Duration = Duration::from_secs(1);
/// An owner that has said nothing for this long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at somebody else's lock.
const GLANCE: Duration = Duration::from_millis(50);

/// The lock of a prefix; given back when dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    owner: String,
    beats: u64,
    last: Instant,
}

impl Lock {
    /// Takes the lock, and waits for it as long as somebody has it.
    pub fn take(places: &Places) -> Result<Self> {
        let directory = places.records("locks");
        fs::create_dir_all(&directory).map_err(at(&directory))?;
        let path = directory.join("brew.lock");
        let owner = owner();
        let mut seen = (String::new(), Instant::now());
        let mut has_told = false;
        loop {
            match Self::create(&path, &owner) {
                Ok(()) => {
                    return Ok(Self {
                        path,
                        owner,
                        beats: 0,
                        last: Instant::now(),
                    });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at(&path)(error)),
            }
            let now = match fs::read_to_string(&path) {
                Ok(now) => now,
                // Given back in this moment.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(at(&path)(error)),
            };
            if now != seen.0 {
                seen = (now, Instant::now());
            } else if seen.1.elapsed() >= PATIENCE || is_over(&seen.0) {
                // Renamed before it is removed: of two who take it over, one gets this file.
                let old = files::beside(&path);
                if fs::rename(&path, &old).is_ok() {
                    files::remove(&old).map_err(at(&old))?;
                }
                continue;
            }
            if !has_told {
                has_told = true;
                warn("another brew works on this prefix: waiting for it to finish");
            }
            sleep(GLANCE);
        }
    }

    fn create(path: &Path, owner: &str) -> io::Result<()> {
        use std::io::Write as _;
        let mut file = fs::File::options()
            .write(true)
            .create_new(true)
            .open(path)?;
        writeln!(file, "{owner}")
    }

    /// Tells those who wait that this process goes on.
    ///
    /// # Errors
    /// `NotFound` or `AlreadyExists` when the lock was taken over.
    pub fn beat(&mut self) -> io::Result<()> {
        if self.last.elapsed() < FRESH {
            return Ok(());
        }
        if !self.is_ours() {
            return Err(io::Error::other("another brew has taken over this prefix"));
        }
        self.beats += 1;
        self.last = Instant::now();
        fs::write(&self.path, format!("{}\n{}\n", self.owner, self.beats))
    }

    fn is_ours(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|text| text.lines().next() == Some(&self.owner))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.is_ours() {
            // If it stays, the next one waits a little.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Session, process, and something that no other process has.
fn owner() -> String {
    format!("{} {} {}", session(), berth_guest::getpid(), files::token())
}

fn session() -> String {
    std::env::var("BERTH_SESSION").unwrap_or_else(|_| "-".to_owned())
}

/// Whether the owner was a process of this session that is no more.
fn is_over(lock: &str) -> bool {
    let mut words = lock.split_whitespace();
    let is_here = words.next() == Some(&session());
    let pid = words.next().and_then(|pid| pid.parse::<u32>().ok());
    is_here && pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(prefix: &Path) -> Places {
        Places {
            prefix: prefix.to_owned(),
            system_taps: prefix.join("none"),
            cache: prefix.join("cache"),
        }
    }

    #[test]
    fn a_lock_is_given_back() {
        let prefix = tempfile::tempdir().unwrap();
        let places = places(prefix.path());
        let lock = Lock::take(&places).unwrap();
        let path = lock.path.clone();
        assert!(path.exists());
        drop(lock);
        assert!(!path.exists());
        drop(Lock::take(&places).unwrap());
        assert!(files::names_in(path.parent().unwrap()).unwrap().is_empty());
    }

    #[test]
    fn a_lock_of_a_process_that_is_gone_is_taken_over_at_once() {
        let prefix = tempfile::tempdir().unwrap();
        let places = places(prefix.path());
        let directory = places.records("locks");
        fs::create_dir_all(&directory).unwrap();
        // No process has this number: it is above what Linux gives out.
        fs::write(
            directory.join("brew.lock"),
            format!("{} 4194999 x\n", session()),
        )
        .unwrap();
        let start = Instant::now();
        drop(Lock::take(&places).unwrap());
        assert!(start.elapsed() < PATIENCE);
    }

    #[test]
    fn whoever_lost_the_lock_finds_out() {
        let prefix = tempfile::tempdir().unwrap();
        let mut lock = Lock::take(&places(prefix.path())).unwrap();
        fs::write(&lock.path, "other 1 x\n").unwrap();
        lock.last = Instant::now().checked_sub(FRESH).unwrap();
        assert!(lock.beat().is_err());
        let path = lock.path.clone();
        drop(lock);
        assert!(path.exists(), "it gave back what it did not have");
    }
}
