//! Mount rules: from what a person asks for to the table of mounts.
//!
//! Pure functions; the folders have been looked up before. A path is normalised first and judged
//! afterwards, so that no spelling gets around a rule. The rules follow Backend.AI's and are
//! stricter: nothing inside a system directory, nothing that shadows the session's own files,
//! nothing nested.

mod place;
mod subpath;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use berth_folders::{FolderId, Permission, is_automounted};
use berth_kernel::vfs::GuestPath;
use serde::{Deserialize, Serialize};

pub use self::place::{HOME, LINUXBREW, PlaceFault, TAPS, destination};
pub(crate) use self::subpath::OpenSubpathError;
pub use self::subpath::{Subpath, SubpathFault};
use crate::limits::MOUNTS_REQUESTED_MAX;

/// A folder somebody wants to see in a session.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct MountRequest {
    /// Its id, or its name among the caller's folders.
    pub folder: String,
    /// Where it is to appear: absolute, or relative to the home. `/home/work/<name>` if absent.
    #[serde(default)]
    pub path: Option<String>,
    /// What the session may do with it; what the folder allows if absent.
    #[serde(default)]
    pub permission: Option<Permission>,
    /// The directory inside of it that is to appear; all of it if absent.
    #[serde(default)]
    pub subpath: Option<String>,
}

/// What the rules know about a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownFolder {
    /// Its id.
    pub id: FolderId,
    /// Its name.
    pub name: String,
    /// What sessions may do with it at most.
    pub permission: Permission,
}

/// A mount that keeps all rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlannedMount {
    /// The folder.
    pub folder: KnownFolder,
    /// Where it appears.
    pub path: GuestPath,
    /// What the session may do with it.
    pub permission: Permission,
    /// The directory inside of it that appears.
    pub subpath: Subpath,
    /// It is there because of its name, asked or not.
    pub automount: bool,
    /// Which request it came from; `None` for a dot-folder nobody asked for.
    pub request: Option<usize>,
}

/// Why a mount is refused. The sentence says what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MountFault {
    /// More than [`MOUNTS_REQUESTED_MAX`].
    #[error("mount at most {MOUNTS_REQUESTED_MAX} folders")]
    TooMany,
    /// The path breaks a rule.
    #[error(transparent)]
    Place(#[from] PlaceFault),
    /// The subpath breaks a rule.
    #[error(transparent)]
    Subpath(#[from] SubpathFault),
    /// A dot-folder asked to be elsewhere.
    #[error("leave out the path: {name} is always at {place}, because its name begins with a dot")]
    DotFolderMoved {
        /// The folder.
        name: String,
        /// Its only place.
        place: String,
    },
    /// A part of a dot-folder.
    #[error(
        "leave out the subpath: {name} is always mounted whole, because its name begins with a dot"
    )]
    DotFolderPart {
        /// The folder.
        name: String,
    },
    /// More was asked for than the folder allows.
    #[error("ask for \"{allowed}\" or nothing: sessions may not do more with the folder {name}")]
    Permission {
        /// The folder.
        name: String,
        /// What it allows.
        allowed: Permission,
    },
    /// Two mounts at one path.
    #[error("choose another path: {other} is at {path} already")]
    SamePath {
        /// The path.
        path: String,
        /// The folder that is there.
        other: String,
    },
    /// One mount inside another.
    #[error(
        "choose another path: {path} and {other_path} (the folder {other}) lie one inside the other"
    )]
    Nested {
        /// The path asked for.
        path: String,
        /// The path it collides with.
        other_path: String,
        /// The folder that is there.
        other: String,
    },
    /// A folder at the place that has another folder's name.
    #[error("choose another path: {path} has the name of {other}, which is mounted too")]
    OtherName {
        /// The path asked for.
        path: String,
        /// The folder of that name.
        other: String,
    },
    /// One folder twice, and not in parts that are apart.
    #[error("mount {name} once, or parts of it that do not hold each other")]
    Twice {
        /// The folder.
        name: String,
    },
}

/// A refused mount: which field of the request, and why.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{field}: {fault}")]
pub struct MountError {
    /// Such as `mounts[1].path`.
    pub field: String,
    /// Why.
    pub fault: MountFault,
}

/// Makes the table of mounts: `asked` in their order, then those dot-folders of `dot_folders` that
/// nobody asked for. Every refusal is told, not only the first.
pub fn plan(
    asked: &[(MountRequest, KnownFolder)],
    dot_folders: &[KnownFolder],
) -> Result<Vec<PlannedMount>, Vec<MountError>> {
    if asked.len() > MOUNTS_REQUESTED_MAX {
        return Err(vec![MountError {
            field: "mounts".to_owned(),
            fault: MountFault::TooMany,
        }]);
    }
    let mut errors = Vec::new();
    let mut table = Vec::new();
    for (index, (request, folder)) in asked.iter().enumerate() {
        match single(index, request, folder) {
            Ok(mount) => table.push(mount),
            Err(error) => errors.push(error),
        }
    }
    let requested: HashSet<FolderId> = asked.iter().map(|(_, folder)| folder.id).collect();
    for folder in dot_folders
        .iter()
        .filter(|folder| !requested.contains(&folder.id))
    {
        // Its name was checked when it was made, so its place keeps the rules.
        if let Ok(path) = destination(&folder.name, None) {
            table.push(PlannedMount {
                folder: folder.clone(),
                path,
                permission: folder.permission,
                subpath: Subpath::default(),
                automount: true,
                request: None,
            });
        }
    }
    together(&table, &mut errors);
    if errors.is_empty() {
        Ok(table)
    } else {
        Err(errors)
    }
}

/// The rules a mount keeps by itself.
fn single(
    index: usize,
    request: &MountRequest,
    folder: &KnownFolder,
) -> Result<PlannedMount, MountError> {
    let at = |field: &str| {
        let field = format!("mounts[{index}].{field}");
        move |fault: MountFault| MountError {
            field: field.clone(),
            fault,
        }
    };
    let name = || folder.name.clone();
    let path = destination(&folder.name, request.path.as_deref())
        .map_err(|fault| at("path")(fault.into()))?;
    let subpath = match &request.subpath {
        Some(text) => Subpath::new(text).map_err(|fault| at("subpath")(fault.into()))?,
        None => Subpath::default(),
    };
    let automount = is_automounted(&folder.name);
    if automount {
        let place = destination(&folder.name, None).map_err(|fault| at("path")(fault.into()))?;
        if path != place {
            return Err(at("path")(MountFault::DotFolderMoved {
                name: name(),
                place: place.to_string(),
            }));
        }
        if !subpath.is_whole() {
            return Err(at("subpath")(MountFault::DotFolderPart { name: name() }));
        }
    }
    let permission = request.permission.unwrap_or(folder.permission);
    if rank(permission) > rank(folder.permission) {
        return Err(at("permission")(MountFault::Permission {
            name: name(),
            allowed: folder.permission,
        }));
    }
    Ok(PlannedMount {
        folder: folder.clone(),
        path,
        permission,
        subpath,
        automount,
        request: Some(index),
    })
}

/// Each permission includes the ones before it.
fn rank(permission: Permission) -> u8 {
    match permission {
        Permission::ReadOnly => 0,
        Permission::ReadWrite => 1,
        Permission::WriteDelete => 2,
    }
}

/// The rules mounts keep among each other. The later request is the one that is told.
fn together(table: &[PlannedMount], errors: &mut Vec<MountError>) {
    for (later, mount) in table.iter().enumerate() {
        let Some(index) = mount.request else { continue };
        let others = table
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != later);
        // Two requests collide once; a dot-folder nobody asked for cannot be told.
        let fault = others
            .filter(|(other, against)| *other < later || against.request.is_none())
            .find_map(|(_, other)| collision(mount, other))
            .or_else(|| table.iter().find_map(|other| other_name(mount, other)));
        if let Some(fault) = fault {
            errors.push(MountError {
                field: format!("mounts[{index}].path"),
                fault,
            });
        }
    }
}

fn collision(mount: &PlannedMount, other: &PlannedMount) -> Option<MountFault> {
    if mount.folder.id == other.folder.id && mount.subpath.overlaps(&other.subpath) {
        return Some(MountFault::Twice {
            name: mount.folder.name.clone(),
        });
    }
    let (path, name) = (mount.path.to_string(), other.folder.name.clone());
    if mount.path == other.path {
        return Some(MountFault::SamePath { path, other: name });
    }
    let nested = mount.path.starts_with(&other.path) || other.path.starts_with(&mount.path);
    nested.then(|| MountFault::Nested {
        path,
        other_path: other.path.to_string(),
        other: name,
    })
}

/// Even when the other folder is elsewhere: who looks for it at its name would find a stranger.
fn other_name(mount: &PlannedMount, other: &PlannedMount) -> Option<MountFault> {
    if mount.folder.id == other.folder.id
        || destination(&other.folder.name, None).ok()? != mount.path
    {
        return None;
    }
    Some(MountFault::OtherName {
        path: mount.path.to_string(),
        other: other.folder.name.clone(),
    })
}
