//! Writes dotfiles into a new home.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

use berth_kernel::vfs::Usage;
use rustix::fs::{Mode, OFlags, fchmod, fstat, ftruncate, mkdirat, openat};
use rustix::io::Errno;

use super::Dotfile;
use super::path::is_above;
use crate::mounts::HOME;

/// The permission bits of the directories dotfiles lie in.
const DIRECTORY_MODE: u32 = 0o755;

/// Those of `dotfiles` that a mount at one of `mounts` leaves room for, and those it does not: a mounted folder is
/// its owner's, and what lay beneath it would not be seen.
pub(crate) fn apart<'a>(
    dotfiles: &'a [Dotfile],
    mounts: &[String],
) -> (Vec<&'a Dotfile>, Vec<&'a Dotfile>) {
    let free = |dotfile: &&Dotfile| {
        let path = format!("{HOME}/{}", dotfile.path);
        !mounts
            .iter()
            .any(|mount| *mount == path || is_above(mount, &path) || is_above(&path, mount))
    };
    dotfiles.iter().partition(free)
}

/// Writes `dotfiles` into `home`, which nobody has written to but [`crate::skeleton`], and adds what they take there to
/// `usage`. Blocks.
pub(crate) fn write(dotfiles: &[&Dotfile], home: &OwnedFd, usage: &mut Usage) -> io::Result<()> {
    for dotfile in dotfiles {
        write_one(dotfile, home, usage)?;
    }
    Ok(())
}

fn write_one(dotfile: &Dotfile, home: &OwnedFd, usage: &mut Usage) -> io::Result<()> {
    let mut above: Option<OwnedFd> = None;
    let mut names = dotfile.path.split('/').peekable();
    while let Some(name) = names.next() {
        let directory = above.as_ref().unwrap_or(home);
        if names.peek().is_none() {
            return write_file(dotfile, directory, name, usage);
        }
        match mkdirat(directory, name, Mode::from_raw_mode(DIRECTORY_MODE)) {
            Ok(()) => usage.names += 1,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        above = Some(openat(directory, name, flags, Mode::empty())?);
    }
    Ok(())
}

fn write_file(
    dotfile: &Dotfile,
    directory: &OwnedFd,
    name: &str,
    usage: &mut Usage,
) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let new = openat(
        directory,
        name,
        flags | OFlags::CREATE | OFlags::EXCL,
        Mode::from_raw_mode(0o600),
    );
    let file = match new {
        Ok(file) => {
            usage.names += 1;
            file
        }
        // The skeleton's.
        Err(Errno::EXIST) => {
            let old = openat(directory, name, flags, Mode::empty())?;
            let bytes = u64::try_from(fstat(&old)?.st_size).unwrap_or(0);
            ftruncate(&old, 0)?;
            usage.bytes = usage.bytes.saturating_sub(bytes);
            old
        }
        Err(error) => return Err(error.into()),
    };
    fchmod(&file, Mode::from_raw_mode(dotfile.mode))?;
    File::from(file).write_all(dotfile.data.as_bytes())?;
    usage.bytes += dotfile.data.len() as u64;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn dotfile(path: &str, data: &str, mode: u32) -> Dotfile {
        Dotfile {
            path: path.to_owned(),
            data: data.to_owned(),
            mode,
            modified_at: berth_store::now(),
        }
    }

    #[test]
    fn a_home_gets_its_dotfiles_and_counts_them_once() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(".bashrc"), "skeleton").unwrap();
        let all = [
            dotfile(".bashrc", "mine", 0o600),
            dotfile(".config/pip/pip.conf", "[global]\n", 0o644),
            dotfile(".config/x", "", 0o755),
        ];
        let handle = OwnedFd::from(File::open(home.path()).unwrap());
        let mut usage = Usage { bytes: 8, names: 1 };
        write(&all.iter().collect::<Vec<_>>(), &handle, &mut usage).unwrap();
        assert_eq!(
            usage,
            Usage {
                bytes: 13,
                names: 5
            }
        );
        let read = |path: &str| fs::read_to_string(home.path().join(path)).unwrap();
        let mode = |path: &str| {
            let metadata = fs::metadata(home.path().join(path)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(
            (read(".bashrc"), mode(".bashrc")),
            ("mine".to_owned(), 0o600)
        );
        assert_eq!(read(".config/pip/pip.conf"), "[global]\n");
        assert_eq!(mode(".config/x"), 0o755);
    }

    #[test]
    fn a_mounted_folder_is_left_alone() {
        let all: Vec<_> = [
            ".local/bin/x",
            ".local",
            ".locale",
            ".config/pip/pip.conf",
            ".a",
        ]
        .into_iter()
        .map(|path| dotfile(path, "", 0o644))
        .collect();
        let mounts = ["/home/work/.local".to_owned(), "/home/work/.a/b".to_owned()];
        let paths = |some: Vec<&Dotfile>| -> Vec<String> {
            some.into_iter().map(|one| one.path.clone()).collect()
        };
        let (free, covered) = apart(&all, &mounts);
        assert_eq!(paths(free), [".locale", ".config/pip/pip.conf"]);
        assert_eq!(paths(covered), [".local/bin/x", ".local", ".a"]);
    }
}
