//! The file system a session's programs see: mounts of host directories, `/dev` and `/proc`.
//!
//! A [`Namespace`] holds the mount table and answers every path operation. Paths are resolved in the
//! guest's own tree: `..` crosses mount points, an absolute symbolic link starts at the session's
//! root, a mount point needs no stub in the directory above it. What remains after that is one
//! relative path below one directory handle, opened by a single `openat2` that refuses links and
//! everything outside of the handle.
//!
//! Architecture invariants: no guest string is ever joined to a host path, and a host file is reached
//! only through the handle of a [`Mount`]. A component that is swapped for a link while it is being
//! opened gives `ELOOP`, `ENOENT` or another attempt, never a file outside of the mount.

mod change;
mod device;
mod directory;
mod host;
mod listing;
mod look;
mod measure;
mod mode;
mod mount;
mod namespace;
mod open;
mod path;
mod proc;
mod quota;
mod regular;
mod resolve;
mod snapshot;
mod special;
mod walk;

pub use directory::{Directory, Entry};
pub use mode::Space;
pub use mount::{Access, Mount};
pub use namespace::{Base, Namespace, NamespaceOptions, OpenHow};
pub use path::{GuestPath, GuestPathError};
pub use quota::{Quota, QuotaKind, Usage};
