//! A directory inside a folder that is mounted in the folder's place.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use berth_kernel::limits::{NAME_MAX_BYTES, PATH_MAX_BYTES};
use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

/// A normalised relative path without `..`; empty for the folder itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Subpath(String);

/// Why a subpath is refused. The sentence says what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SubpathFault {
    /// It begins with `/`.
    #[error("give the subpath from the top of the folder, without \"/\" before it")]
    Absolute,
    /// It has a `..`.
    #[error("leave out \"..\": a subpath stays inside the folder")]
    Parent,
    /// It has a NUL.
    #[error("leave out the NUL character")]
    Nul,
    /// It is too long.
    #[error(
        "shorten the subpath to {PATH_MAX_BYTES} bytes, and each name in it to {NAME_MAX_BYTES}"
    )]
    Long,
    /// There is no such directory in the folder.
    #[error("choose a directory that is in the folder; there is no directory {subpath:?}")]
    Missing {
        /// What was asked for.
        subpath: String,
    },
    /// A symbolic link is on the way.
    #[error("choose a directory itself: {subpath:?} goes over a symbolic link")]
    Link {
        /// What was asked for.
        subpath: String,
    },
}

/// What opening a subpath may end with.
#[derive(Debug, thiserror::Error)]
pub enum OpenSubpathError {
    /// The subpath is at fault.
    #[error(transparent)]
    Fault(#[from] SubpathFault),
    /// The host is.
    #[error("the folder fails: {0}")]
    Host(#[from] Errno),
}

impl Subpath {
    /// Normalises and checks `text`.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn new(text: &str) -> Result<Self, SubpathFault> {
        if text.len() > PATH_MAX_BYTES {
            return Err(SubpathFault::Long);
        }
        if text.contains('\0') {
            return Err(SubpathFault::Nul);
        }
        if text.starts_with('/') {
            return Err(SubpathFault::Absolute);
        }
        let names: Vec<&str> = text
            .split('/')
            .filter(|name| !matches!(*name, "" | "."))
            .collect();
        if names.contains(&"..") {
            return Err(SubpathFault::Parent);
        }
        if names.iter().any(|name| name.len() > NAME_MAX_BYTES) {
            return Err(SubpathFault::Long);
        }
        Ok(Self(names.join("/")))
    }

    /// Whether it is the folder itself.
    pub fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    /// The path, empty for the folder itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether one of the two holds the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        let holds = |outer: &str, inner: &str| {
            outer.is_empty()
                || inner
                    .strip_prefix(outer)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        holds(&self.0, &other.0) || holds(&other.0, &self.0)
    }

    /// Opens it beneath the folder's handle `root`, in one step that follows no link and cannot
    /// leave the folder whatever changes meanwhile. Blocks for a look at the disk.
    ///
    /// # Errors
    /// [`SubpathFault::Missing`], [`SubpathFault::Link`], or the host's.
    pub fn open(&self, root: &Arc<OwnedFd>) -> Result<Arc<OwnedFd>, OpenSubpathError> {
        if self.is_whole() {
            return Ok(Arc::clone(root));
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let resolve =
            ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let subpath = || self.0.clone();
        match openat2(root.as_fd(), &self.0, flags, Mode::empty(), resolve) {
            Ok(directory) => Ok(Arc::new(directory)),
            Err(Errno::NOENT | Errno::NOTDIR) => {
                Err(SubpathFault::Missing { subpath: subpath() }.into())
            }
            Err(Errno::LOOP | Errno::XDEV) => Err(SubpathFault::Link { subpath: subpath() }.into()),
            Err(error) => Err(error.into()),
        }
    }
}
