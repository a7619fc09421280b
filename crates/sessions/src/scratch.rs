//! Scratch: the directories a session has for itself, gone when it ends.
//!
//! Everything is reached from one directory handle; names are made here and nowhere else.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use berth_folders::remove_tree;
use berth_store::SessionId;
use rustix::fs::{Dir, Mode, OFlags, mkdirat, open, openat};
use rustix::io::Errno;

/// Where the scratch directories of all sessions are, below the data directory.
const DIRECTORY: &str = "scratch";

/// The place for scratch directories.
#[derive(Clone, Debug)]
pub(crate) struct ScratchSpace {
    root: Arc<OwnedFd>,
}

/// The scratch directory of one session.
#[derive(Debug)]
pub(crate) struct Scratch {
    space: ScratchSpace,
    name: CString,
    /// What the session sees as its home.
    pub home: Arc<OwnedFd>,
    /// What it sees as `/tmp`.
    pub tmp: Arc<OwnedFd>,
    /// What it sees where brew installs, when no folder is there.
    pub linuxbrew: Arc<OwnedFd>,
}

impl ScratchSpace {
    /// Opens the place, and makes it if it is not there. Blocks.
    pub fn open(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(DIRECTORY);
        std::fs::create_dir_all(&path)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self {
            root: Arc::new(open(&path, flags, Mode::empty())?),
        })
    }

    /// Makes the directories of a session. Blocks.
    pub fn make(&self, id: SessionId) -> io::Result<Scratch> {
        let name = CString::new(id.to_string())?;
        mkdirat(&*self.root, &name, Mode::from_raw_mode(0o700))?;
        let made = self.fill(&name);
        if made.is_err() {
            remove_tree(self.root.as_fd(), &name)?;
        }
        let [home, tmp, linuxbrew] = made?;
        Ok(Scratch {
            space: self.clone(),
            name,
            home,
            tmp,
            linuxbrew,
        })
    }

    fn fill(&self, name: &CString) -> io::Result<[Arc<OwnedFd>; 3]> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let top = openat(&*self.root, name, flags, Mode::empty())?;
        let sub = |name: &str, mode| {
            mkdirat(&top, name, Mode::from_raw_mode(mode))?;
            openat(&top, name, flags, Mode::empty()).map(Arc::new)
        };
        Ok([
            sub("home", 0o755)?,
            sub("tmp", 0o777)?,
            sub("linuxbrew", 0o755)?,
        ])
    }

    /// Deletes what sessions that are no more have left. Blocks.
    pub fn clear(&self) -> io::Result<usize> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&*self.root)? {
            let name = entry?.file_name().to_owned();
            if name.as_c_str() != c"." && name.as_c_str() != c".." {
                names.push(name);
            }
        }
        for name in &names {
            match remove_tree(self.root.as_fd(), name) {
                // Not a directory: nothing of ours.
                Err(error) if error.raw_os_error() == Some(Errno::NOTDIR.raw_os_error()) => {}
                done => done?,
            }
        }
        Ok(names.len())
    }
}

impl Scratch {
    /// Deletes the directories and all they hold; links are removed, never followed. Blocks.
    pub fn remove(&self) -> io::Result<()> {
        remove_tree(self.space.root.as_fd(), &self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn scratch_goes_and_what_its_links_point_to_stays() {
        let data = tempfile::tempdir().unwrap();
        let outside = data.path().join("precious");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("file"), "x").unwrap();
        let space = ScratchSpace::open(data.path()).unwrap();
        let id = SessionId::new();
        let scratch = space.make(id).unwrap();
        let home = data
            .path()
            .join("scratch")
            .join(id.to_string())
            .join("home");
        fs::create_dir_all(home.join("a/b")).unwrap();
        symlink(&outside, home.join("a/b/link")).unwrap();
        symlink(outside.join("file"), home.join("link")).unwrap();
        scratch.remove().unwrap();
        scratch.remove().unwrap();
        assert!(!home.exists());
        assert!(outside.join("file").exists());
        assert_eq!(
            fs::read_dir(data.path().join("scratch")).unwrap().count(),
            0
        );
    }

    #[test]
    fn a_restart_clears_what_was_left() {
        let data = tempfile::tempdir().unwrap();
        let space = ScratchSpace::open(data.path()).unwrap();
        for _ in 0..3 {
            space.make(SessionId::new()).unwrap();
        }
        assert_eq!(ScratchSpace::open(data.path()).unwrap().clear().unwrap(), 3);
        assert_eq!(
            fs::read_dir(data.path().join("scratch")).unwrap().count(),
            0
        );
    }
}
