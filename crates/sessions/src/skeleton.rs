//! The files a new home begins with: the environment's `/etc/skel`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;

use berth_kernel::vfs::Usage;
use rustix::fs::{Dir, FileType, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;

use crate::limits::{SKELETON_FILE_BYTES_MAX, SKELETON_FILES_MAX};

/// Where an environment keeps them.
const SKELETON: &str = "etc/skel";

/// Copies the skeleton of the environment at `root` into `home`, and tells what it takes there. An
/// environment without one gives an empty home. Blocks.
pub(crate) fn copy(root: &OwnedFd, home: &OwnedFd) -> io::Result<Usage> {
    let mut usage = Usage::default();
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let skeleton = match openat2(root, SKELETON, flags, Mode::empty(), resolve) {
        Ok(skeleton) => skeleton,
        Err(Errno::NOENT) => return Ok(usage),
        Err(error) => return Err(error.into()),
    };
    for entry in Dir::read_from(&skeleton)?.take(SKELETON_FILES_MAX) {
        let entry = entry?;
        if entry.file_type() != FileType::RegularFile {
            continue;
        }
        let from = openat(
            &skeleton,
            entry.file_name(),
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let mut contents = Vec::new();
        File::from(from)
            .take(SKELETON_FILE_BYTES_MAX as u64)
            .read_to_end(&mut contents)?;
        let to =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        File::from(openat(
            home,
            entry.file_name(),
            to,
            Mode::from_raw_mode(0o644),
        )?)
        .write_all(&contents)?;
        usage.bytes += contents.len() as u64;
        usage.names += 1;
    }
    Ok(usage)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_new_home_gets_the_dotfiles_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let (root, home) = (place.path().join("root"), place.path().join("home"));
        fs::create_dir_all(root.join("etc/skel/directory")).unwrap();
        fs::create_dir(&home).unwrap();
        fs::write(root.join("etc/skel/.bashrc"), "PS1='$ '\n").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.join("etc/skel/link")).unwrap();
        let open = |path| OwnedFd::from(File::open(path).unwrap());
        let usage = copy(&open(&root), &open(&home)).unwrap();
        assert_eq!(usage, Usage { bytes: 9, names: 1 });
        assert_eq!(
            fs::read_to_string(home.join(".bashrc")).unwrap(),
            "PS1='$ '\n"
        );
        assert_eq!(fs::read_dir(&home).unwrap().count(), 1);
        fs::remove_dir_all(root.join("etc/skel")).unwrap();
        assert_eq!(copy(&open(&root), &open(&home)).unwrap(), Usage::default());
    }
}
