//! Questions about files: kinds, permissions, where a command lies.

use std::fs::{self, Metadata};
use std::io;

use crate::text;

/// The file a path leads to.
pub fn metadata(path: &str) -> io::Result<Metadata> {
    fs::metadata(text::os(path))
}

/// The file itself, be it a symbolic link.
pub fn link_metadata(path: &str) -> io::Result<Metadata> {
    fs::symlink_metadata(text::os(path))
}

/// Whether the path leads to a directory.
pub fn is_directory(path: &str) -> bool {
    metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Kinds of access.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// `-r`
    Read,
    /// `-w`
    Write,
    /// `-x`
    Execute,
}

/// Whether this process may do that with a file.
#[cfg(unix)]
pub fn may(path: &str, access: Access) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(metadata) = metadata(path) else {
        return false;
    };
    let mode = metadata.mode();
    let bit = match access {
        Access::Read => 4,
        Access::Write => 2,
        Access::Execute => 1,
    };
    let user = effective_user();
    if user == 0 {
        return access != Access::Execute || metadata.is_dir() || mode & 0o111 != 0;
    }
    let class = if metadata.uid() == user {
        mode >> 6
    } else {
        mode
    };
    class & bit != 0
}

/// The user of the development machine's process, as the owner of its own `/proc` entry.
#[cfg(unix)]
pub fn effective_user() -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").map_or(0, |metadata| metadata.uid())
}

/// Every session has one user.
#[cfg(target_os = "wasi")]
pub fn effective_user() -> u32 {
    1000
}

/// Whether this process may do that with a file: what counts is whether the kernel would do it.
#[cfg(target_os = "wasi")]
pub fn may(path: &str, access: Access) -> bool {
    let Ok(metadata) = metadata(path) else {
        return false;
    };
    match access {
        Access::Read => true,
        Access::Write if metadata.is_dir() => !metadata.permissions().readonly(),
        // Opening a named pipe would wait for somebody to read it.
        Access::Write if !metadata.is_file() => {
            berth_guest::mode(&text::encode(path), true).is_ok_and(|mode| mode & 0o222 != 0)
        }
        Access::Write => fs::OpenOptions::new()
            .append(true)
            .open(text::os(path))
            .is_ok(),
        Access::Execute => {
            metadata.is_dir() || has_execute_bit(path) || metadata.is_file() && is_module(path)
        }
    }
}

/// Whether anybody may execute a file.
#[cfg(target_os = "wasi")]
fn has_execute_bit(path: &str) -> bool {
    berth_guest::mode(&text::encode(path), true).is_ok_and(|mode| mode & 0o111 != 0)
}

/// Whether a file is a module: the kernel runs those without an execute bit, which what came through a browser lacks.
#[cfg(target_os = "wasi")]
fn is_module(path: &str) -> bool {
    let mut magic = [0; 4];
    let count =
        fs::File::open(text::os(path)).and_then(|mut file| io::Read::read(&mut file, &mut magic));
    count.is_ok_and(|count| count == magic.len() && magic == *b"\0asm")
}

/// Whether a file found in `PATH` counts as a command.
pub fn is_command(path: &str) -> bool {
    match metadata(path) {
        Ok(metadata) => metadata.is_file() && may(path, Access::Execute),
        Err(_) => false,
    }
}

/// Why a path that is there is no command, in the C library's words.
pub fn why_no_command(path: &str) -> Option<&'static str> {
    let metadata = metadata(path).ok()?;
    if metadata.is_dir() {
        Some("Is a directory")
    } else if !may(path, Access::Execute) {
        Some("Permission denied")
    } else {
        None
    }
}

/// Where a command lies: the first in `PATH` that can be run. A name with a slash is its own place.
pub fn find_command(name: &str, search: &str) -> Option<String> {
    candidates(name, search).find(|path| is_command(path))
}

/// Every place of a command, in the order of `PATH`.
pub fn find_all_commands(name: &str, search: &str) -> Vec<String> {
    candidates(name, search)
        .filter(|path| is_command(path))
        .collect()
}

/// A file of that name in `PATH` that is there but cannot be run.
pub fn find_unusable(name: &str, search: &str) -> Option<String> {
    candidates(name, search).find(|path| metadata(path).is_ok())
}

fn candidates<'a>(name: &'a str, search: &'a str) -> impl Iterator<Item = String> + 'a {
    let given = name.contains('/').then(|| name.to_owned());
    let searched = (!name.contains('/') && !name.is_empty()).then(|| {
        search.split(':').map(move |directory| match directory {
            "" => format!("./{name}"),
            directory if directory.ends_with('/') => format!("{directory}{name}"),
            directory => format!("{directory}/{name}"),
        })
    });
    given.into_iter().chain(searched.into_iter().flatten())
}

/// Names in a directory, unsorted, without `.` and `..`.
pub fn names(path: &str) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(text::os(path))?;
    Ok(entries
        .flatten()
        .map(|entry| text::from_os(&entry.file_name()))
        .collect())
}

/// A line of the file that lists users.
pub struct User {
    /// Name.
    pub name: String,
    /// Home directory.
    pub home: String,
    /// Shell.
    pub shell: String,
}

/// The user of a name.
pub fn user(name: &str) -> Option<User> {
    find_user(|columns| columns.first() == Some(&name))
}

/// The user this process runs as.
pub fn current_user() -> Option<User> {
    let number = effective_user().to_string();
    find_user(|columns| columns.get(2) == Some(&number.as_str()))
}

/// The home directory of the user this process runs as.
pub fn home() -> Option<String> {
    current_user().map(|user| user.home)
}

fn find_user(wanted: impl Fn(&[&str]) -> bool) -> Option<User> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let columns: Vec<&str> = line.split(':').collect();
        let [name, _, _, _, _, home, shell] = columns.as_slice() else {
            return None;
        };
        wanted(&columns).then(|| User {
            name: (*name).to_owned(),
            home: (*home).to_owned(),
            shell: (*shell).to_owned(),
        })
    })
}
