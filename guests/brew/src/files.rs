//! Small things about files that the standard library does not do, or not in the way brew needs them.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use berth_multicall::path_bytes;
use berth_tap::Sink;

/// Permission bits of a program.
const PROGRAM_MODE: u32 = 0o755;
/// Bytes copied at a time.
const COPY_BYTES: usize = 256 << 10;

/// Makes a symbolic link.
pub fn symlink(target: &str, path: &Path) -> io::Result<()> {
    berth_guest::symlink(target.as_bytes(), path_bytes(path))
}

/// Makes a link, or has the one that is there lead elsewhere, in one step: whoever looks sees the old or the new.
pub fn swing(target: &str, path: &Path) -> io::Result<()> {
    let new = beside(path);
    symlink(target, &new)?;
    fs::rename(&new, path).inspect_err(|_| {
        // What matters is that the rename failed.
        let _ = fs::remove_file(&new);
    })
}

/// Writes a file whole or not at all.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = beside(path);
    fs::write(&new, content)
        .and_then(|()| fs::rename(&new, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&new);
        })
}

/// A name beside a path that nobody else uses.
pub fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", token()))
}

/// Text that no other process uses, in no session.
pub fn token() -> String {
    use std::hash::{BuildHasher, Hasher};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut hasher = std::hash::RandomState::new().build_hasher();
    hasher.write_u32(NEXT.fetch_add(1, Ordering::Relaxed));
    hasher.write_i32(berth_guest::getpid());
    format!("{:016x}", hasher.finish())
}

/// Removes whatever is there: a file, a link, a tree. Nothing there is fine.
pub fn remove(path: &Path) -> io::Result<()> {
    let gone = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match gone {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Removes a directory that is empty; one that is not stays.
pub fn remove_empty(path: &Path) {
    // Whatever the reason is, the directory stays, which harms nobody.
    let _ = fs::remove_dir(path);
}

/// The sorted names in a directory; none when it is not there.
pub fn names_in(path: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Every file and link below a directory, as paths relative to it, sorted.
pub fn tree(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut left = vec![String::new()];
    while let Some(directory) = left.pop() {
        for name in names_in(&root.join(&directory))? {
            let path = if directory.is_empty() {
                name
            } else {
                format!("{directory}/{name}")
            };
            if fs::symlink_metadata(root.join(&path))?.is_dir() {
                left.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// How many files a tree has, and bytes in them.
pub fn measure(root: &Path) -> io::Result<(usize, u64)> {
    let files = tree(root)?;
    let mut bytes = 0;
    for file in &files {
        bytes += fs::symlink_metadata(root.join(file))?.len();
    }
    Ok((files.len(), bytes))
}

/// A path without `.` and `..`, of a directory that may not be there.
pub fn absolute(path: &Path) -> io::Result<PathBuf> {
    let mut whole = std::env::current_dir()?;
    for part in path.components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            Component::CurDir => {}
            other => whole.push(other),
        }
    }
    Ok(whole)
}

/// Where a bottle is unpacked to. `alive` is called between pieces of work.
pub struct KegSink<'a> {
    /// The keg.
    pub root: &'a Path,
    /// Tells others that this process goes on.
    pub alive: &'a mut dyn FnMut() -> io::Result<()>,
}

impl Sink for KegSink<'_> {
    fn directory(&mut self, path: &str) -> io::Result<()> {
        fs::create_dir(self.root.join(path))
    }

    fn file(&mut self, path: &str, executable: bool, content: &mut dyn Read) -> io::Result<()> {
        let path = self.root.join(path);
        let mut file = fs::File::options()
            .write(true)
            .create_new(true)
            .open(&path)?;
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            (self.alive)()?;
            match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => file.write_all(&buffer[..count])?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        drop(file);
        if executable {
            berth_guest::set_mode(path_bytes(&path), true, PROGRAM_MODE)?;
        }
        Ok(())
    }

    fn link(&mut self, path: &str, target: &str) -> io::Result<()> {
        symlink(target, &self.root.join(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_swung_and_leaves_nothing_beside() {
        let place = tempfile::tempdir().unwrap();
        let link = place.path().join("link");
        swing("a", &link).unwrap();
        swing("b", &link).unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("b"));
        assert_eq!(names_in(place.path()).unwrap(), ["link"]);
    }

    #[test]
    fn a_tree_is_its_files() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir_all(place.path().join("a/b")).unwrap();
        fs::write(place.path().join("a/b/c"), "xyz").unwrap();
        symlink("gone", &place.path().join("a/link")).unwrap();
        assert_eq!(tree(place.path()).unwrap(), ["a/b/c", "a/link"]);
        assert_eq!(measure(place.path()).unwrap(), (2, 7));
        remove(&place.path().join("a")).unwrap();
        remove(&place.path().join("a")).unwrap();
    }
}
