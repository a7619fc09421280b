//! Removing a directory and everything in it.
//!
//! Links are removed, never followed. Memory and descriptors are bounded whatever the tree looks like: below
//! [`DEPTH_MAX`] levels a directory is moved up to the top of the tree, where its turn comes later. What was removed
//! stays removed, so the work can be broken off at any point and begun again.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, renameat, unlinkat};
use rustix::io::Errno;

/// Levels that are held open at a time; each takes two descriptors.
const DEPTH_MAX: usize = 32;

/// Removes the directory `name` in `parent` and all it holds. That there is none is success.
///
/// # Errors
/// The host's, when something cannot be removed; what could be is gone.
pub fn remove(parent: BorrowedFd<'_>, name: &CStr) -> io::Result<()> {
    let top = match open(parent, name) {
        Ok(top) => top,
        Err(Errno::NOENT) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    Removal {
        top: top.as_fd(),
        moved: 0,
    }
    .empty(top.as_fd(), 0)?;
    match unlinkat(parent, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

struct Removal<'a> {
    /// The outermost directory, to which what is too deep is moved.
    top: BorrowedFd<'a>,
    /// How many directories were moved there, for names that do not meet.
    moved: u64,
}

impl Removal<'_> {
    /// Empties `directory`, which lies `depth` levels below the top.
    fn empty(&mut self, directory: BorrowedFd<'_>, depth: usize) -> rustix::io::Result<()> {
        loop {
            // A stream over a directory that changes may leave entries out, so that only a pass that saw none is the last.
            let mut seen = false;
            for entry in Dir::read_from(directory)? {
                let entry = entry?;
                let name = entry.file_name();
                if name != c"." && name != c".." {
                    seen = true;
                    self.remove_entry(directory, name, depth)?;
                }
            }
            if !seen {
                return Ok(());
            }
        }
    }

    fn remove_entry(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &CStr,
        depth: usize,
    ) -> rustix::io::Result<()> {
        match unlinkat(directory, name, AtFlags::empty()) {
            // EISDIR is Linux's answer for a directory, EPERM is POSIX's.
            Err(Errno::ISDIR | Errno::PERM) => {}
            done => return gone(done),
        }
        match unlinkat(directory, name, AtFlags::REMOVEDIR) {
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            done => return gone(done),
        }
        if depth >= DEPTH_MAX {
            return self.move_to_top(directory, name);
        }
        match open(directory, name) {
            Ok(child) => self.empty(child.as_fd(), depth + 1)?,
            done => return gone(done.map(drop)),
        }
        gone(unlinkat(directory, name, AtFlags::REMOVEDIR))
    }

    fn move_to_top(&mut self, directory: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<()> {
        loop {
            self.moved += 1;
            let there = format!(".berth-removed-{}", self.moved);
            match renameat(directory, name, self.top, there.as_str()) {
                Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => {}
                done => return gone(done),
            }
        }
    }
}

/// Somebody else was faster: what matters is that it is gone.
fn gone(done: rustix::io::Result<()>) -> rustix::io::Result<()> {
    match done {
        Err(Errno::NOENT) => Ok(()),
        done => done,
    }
}

fn open(parent: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use rustix::fs::mkdirat;

    use super::*;

    fn remove_in(parent: &Path, name: &CStr) -> io::Result<()> {
        let parent = fs::File::open(parent)?;
        remove(parent.as_fd(), name)
    }

    #[test]
    fn everything_goes_and_nothing_a_link_points_to() {
        let place = tempfile::tempdir().unwrap();
        let outside = place.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("keep"), "x").unwrap();
        let tree = place.path().join("tree");
        fs::create_dir_all(tree.join("a/b/c")).unwrap();
        fs::write(tree.join("a/b/file\n한"), "x").unwrap();
        symlink(&outside, tree.join("a/link")).unwrap();
        symlink("loop", tree.join("loop")).unwrap();

        remove_in(place.path(), c"tree").unwrap();
        assert!(!tree.exists());
        assert!(outside.join("keep").exists(), "a link was followed");
    }

    #[test]
    fn a_tree_deeper_than_any_path_goes_too() {
        let place = tempfile::tempdir().unwrap();
        let name = CString::new("deep".repeat(20)).unwrap();
        let mut directory: OwnedFd = fs::File::open(place.path()).unwrap().into();
        for _ in 0..100 {
            mkdirat(&directory, &*name, Mode::RWXU).unwrap();
            directory = open(directory.as_fd(), &name).unwrap();
        }
        remove_in(place.path(), &name).unwrap();
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_of_many_entries_goes_and_removing_nothing_is_fine() {
        let place = tempfile::tempdir().unwrap();
        let tree = place.path().join("tree");
        fs::create_dir(&tree).unwrap();
        for number in 0..3_000 {
            fs::write(tree.join(number.to_string()), "").unwrap();
        }
        remove_in(place.path(), c"tree").unwrap();
        remove_in(place.path(), c"tree").unwrap();
        assert!(!tree.exists());
    }

    #[test]
    fn a_link_in_the_place_of_the_tree_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let outside = place.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("keep"), "x").unwrap();
        symlink(&outside, place.path().join("tree")).unwrap();
        assert!(remove_in(place.path(), c"tree").is_err());
        assert!(outside.join("keep").exists());
    }
}
