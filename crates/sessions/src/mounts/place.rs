//! Where one folder may appear.

use berth_kernel::limits::{NAME_MAX_BYTES, PATH_MAX_BYTES};
use berth_kernel::vfs::GuestPath;

use crate::limits::MOUNT_NAME_CHARACTERS_MAX;

/// The home of every session; relative paths are taken below it.
pub const HOME: &str = "/home/work";
/// Where brew installs.
pub const LINUXBREW: &str = "/home/linuxbrew/.linuxbrew";
/// Where brew finds the taps that the server brings.
pub const TAPS: &str = "/usr/share/berth/taps";
/// The one folder with a place of its own outside the home, and that place: what Homebrew calls a
/// prefix only works where its bottles were built for.
const LINUXBREW_FOLDER: (&str, &str) = (".linuxbrew", LINUXBREW);
/// Directories of the system: nothing may appear at them or inside.
const SYSTEM_DIRECTORIES: [&str; 20] = [
    "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc",
    "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];
/// Names directly below the home that the session keeps for its own files; start-up files of shells
/// are kept too ([`is_startup_file`]).
const RESERVED_NAMES: [&str; 4] = [".ssh", ".terminfo", ".jupyter", ".tmux.conf"];

/// Why a folder may not appear at a path. The sentence says what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlaceFault {
    /// A NUL or another control character.
    #[error("leave out the control character U+{code:04X}")]
    Control {
        /// Its code point.
        code: u32,
    },
    /// A `..`.
    #[error("leave out \"..\" and give the path itself")]
    Parent,
    /// A name that is too long.
    #[error(
        "shorten {name:?} to {MOUNT_NAME_CHARACTERS_MAX} characters and {NAME_MAX_BYTES} bytes of UTF-8"
    )]
    LongName {
        /// The name.
        name: String,
    },
    /// The path as a whole is too long.
    #[error("shorten the path to {PATH_MAX_BYTES} bytes")]
    LongPath,
    /// `/`
    #[error("choose a path below / for the folder; / is the system's")]
    Root,
    /// The home itself.
    #[error("choose a path below {HOME}; the home itself is the session's own")]
    Home,
    /// At or inside a system directory.
    #[error("choose a path outside of {place}; that directory is the system's")]
    System {
        /// The directory.
        place: String,
    },
    /// At or inside something the session writes itself.
    #[error("choose another name than {name}; sessions keep it for their own files")]
    Reserved {
        /// The name.
        name: String,
    },
}

/// The path at which the folder called `folder` appears when `wanted` is asked for (`None` or empty:
/// its default place).
pub fn destination(folder: &str, wanted: Option<&str>) -> Result<GuestPath, PlaceFault> {
    let default;
    let wanted = match wanted {
        Some(path) if !path.is_empty() => path,
        _ if folder == LINUXBREW_FOLDER.0 => LINUXBREW_FOLDER.1,
        _ => {
            default = format!("{HOME}/{folder}");
            &default
        }
    };
    // The length first: what follows copies.
    if wanted.len() > PATH_MAX_BYTES - HOME.len() - 1 {
        return Err(PlaceFault::LongPath);
    }
    if let Some(control) = wanted.chars().find(|character| character.is_control()) {
        return Err(PlaceFault::Control {
            code: control.into(),
        });
    }
    let names = normalised(wanted);
    if names.contains(&"..") {
        return Err(PlaceFault::Parent);
    }
    let long = |name: &&&str| {
        name.chars().count() > MOUNT_NAME_CHARACTERS_MAX || name.len() > NAME_MAX_BYTES
    };
    if let Some(name) = names.iter().find(long) {
        return Err(PlaceFault::LongName {
            name: (*name).to_owned(),
        });
    }
    check_place(folder, &names)?;
    // The checks above leave nothing but the length as a whole.
    GuestPath::from_parts(names.iter().map(|name| name.as_bytes()))
        .map_err(|_| PlaceFault::LongPath)
}

/// The names of the absolute path that `path` means, `//`, `.` and a trailing slash left out.
fn normalised(path: &str) -> Vec<&str> {
    let home = if path.starts_with('/') { "" } else { HOME };
    home.split('/')
        .chain(path.split('/'))
        .filter(|name| !matches!(*name, "" | "."))
        .collect()
}

fn check_place(folder: &str, names: &[&str]) -> Result<(), PlaceFault> {
    match names {
        [] => Err(PlaceFault::Root),
        ["home", "work"] => Err(PlaceFault::Home),
        ["home", "work", name, ..] if is_reserved(name) => Err(PlaceFault::Reserved {
            name: (*name).to_owned(),
        }),
        ["home", "work", ..] => Ok(()),
        ["home", "linuxbrew", ".linuxbrew"] if folder == LINUXBREW_FOLDER.0 => Ok(()),
        ["home"] => Err(PlaceFault::System {
            place: "/home".to_owned(),
        }),
        ["home", name, ..] => Err(PlaceFault::System {
            place: format!("/home/{name}"),
        }),
        [first, ..] if SYSTEM_DIRECTORIES.contains(first) => Err(PlaceFault::System {
            place: format!("/{first}"),
        }),
        _ => Ok(()),
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED_NAMES.contains(&name) || is_startup_file(name)
}

/// `.bashrc`, `.zshrc`, `.bash_profile` and their like: `^\.[a-z0-9]+(rc|_profile)$`.
fn is_startup_file(name: &str) -> bool {
    let Some(rest) = name.strip_prefix('.') else {
        return false;
    };
    ["rc", "_profile"].iter().any(|ending| {
        let stem = rest.strip_suffix(ending).unwrap_or_default();
        !stem.is_empty()
            && stem
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}
