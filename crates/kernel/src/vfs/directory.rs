//! Open directories.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::host;
use super::listing::{Cookie, HostListing};
use super::mount::{Mounted, NodeId};
use super::special::{Owner, Special, View};
use crate::file::{File, FileKind, SetTime, Stat};
use crate::machine::Machine;
use crate::process::{Pid, Process};
use crate::{Errno, Result};

/// One name of a directory, as `fd_readdir` tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry<'a> {
    /// Where a listing goes on after this entry.
    pub next_cookie: u64,
    /// Serial number of the file.
    pub inode: u64,
    /// Its type.
    pub kind: FileKind,
    /// Its name, bytes without `/` and NUL.
    pub name: &'a [u8],
}

/// An open directory.
///
/// A listing consists of `.`, `..` and the mount points below it, which are known when it is opened,
/// followed by the host's names, read as they are asked for. A host name that a mount point covers is
/// left out.
pub struct Directory {
    path: Vec<u8>,
    pub(super) origin: Origin,
    /// `.`, `..`, and for a directory of the table what is mounted below.
    fixed: Vec<Fixed>,
}

/// What an open directory stands for.
pub(super) enum Origin {
    /// A host directory.
    Host {
        mount: Arc<Mounted>,
        /// Opened for this description alone, since a listing moves its offset.
        fd: OwnedFd,
        /// Its place in the mount table, if it has one: then paths from here go through the table,
        /// since there are mount points below, and what is in the table is never renamed.
        node: Option<NodeId>,
        /// Boxed: most directories are opened for their path's sake and never listed.
        listing: Mutex<Option<Box<HostListing>>>,
    },
    /// A directory of the table that no host directory stands behind.
    Node { id: NodeId, stat: Stat },
    /// A directory of `/dev` or `/proc`.
    Special {
        special: Special,
        machine: Weak<Machine>,
        opener: Option<Pid>,
        created_ns: u64,
    },
}

/// An entry that is no host name of this directory.
pub(super) struct Fixed {
    pub name: Vec<u8>,
    pub kind: FileKind,
    pub inode: u64,
}

/// `.` and `..` come before the other fixed entries.
const DOTS: usize = 2;

impl Directory {
    /// `fixed` begins with `.` and `..`, the rest is sorted by name.
    pub(super) fn new(path: Vec<u8>, origin: Origin, fixed: Vec<Fixed>) -> Self {
        Self {
            path,
            origin,
            fixed,
        }
    }

    /// The guest path it was opened by, links resolved. Empty if that is longer than
    /// [`crate::limits::PATH_MAX_BYTES`].
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// Hands the entries from `cookie` (0: the first) on to `each`, until that answers `false`: the
    /// entry it refused comes first next time. `EINVAL` for a cookie that no entry gave.
    ///
    /// Cookies stay valid while names come and go; what is there all the time is told exactly once.
    pub fn read(&self, cookie: u64, each: &mut dyn FnMut(Entry<'_>) -> bool) -> Result<()> {
        if let Origin::Special { special, .. } = &self.origin {
            return self.read_special(special, cookie, each);
        }
        let position = match Cookie::decode(cookie) {
            Cookie::Fixed(first) => {
                let Some(rest) = self.fixed.get(first..) else {
                    return Err(Errno::Invalid);
                };
                for (index, fixed) in rest.iter().enumerate() {
                    let next_cookie = Cookie::Fixed(first + index + 1).encode();
                    let Fixed { name, kind, inode } = fixed;
                    if !each(Entry {
                        next_cookie,
                        inode: *inode,
                        kind: *kind,
                        name,
                    }) {
                        return Ok(());
                    }
                }
                0
            }
            Cookie::Host(position) => position,
        };
        let Origin::Host { fd, listing, .. } = &self.origin else {
            return Ok(());
        };
        let mut listing = listing.lock().unwrap_or_else(PoisonError::into_inner);
        let covered = self.fixed.get(DOTS..).unwrap_or_default();
        listing
            .get_or_insert_default()
            .read(fd, position, &mut |entry| {
                let hidden = matches!(entry.name, b"." | b"..")
                    || covered
                        .binary_search_by(|fixed| fixed.name.as_slice().cmp(entry.name))
                        .is_ok();
                hidden || each(entry)
            })
    }

    /// The contents of `/proc` change: they are made anew for each reading, and an entry's cookie is
    /// derived from what it is, not from where it stands.
    fn read_special(
        &self,
        special: &Special,
        cookie: u64,
        each: &mut dyn FnMut(Entry<'_>) -> bool,
    ) -> Result<()> {
        let children = self.with_view(|view| special.children(view))?;
        let dots = self
            .fixed
            .iter()
            .map(|fixed| (fixed.name.as_slice(), fixed.kind, fixed.inode));
        let named = children
            .iter()
            .map(|(name, child)| (name.as_bytes(), child.kind(), child.inode()));
        let mut steady = 0;
        for (name, kind, inode) in dots.chain(named) {
            let next_cookie = match super::special::number(name) {
                Some(number) => Cookie::numbered(number),
                None => {
                    steady += 1;
                    steady
                }
            };
            if next_cookie > cookie
                && !each(Entry {
                    next_cookie,
                    inode,
                    kind,
                    name,
                })
            {
                break;
            }
        }
        Ok(())
    }

    /// Runs `look` with the eyes of the process that opened this.
    pub(super) fn with_view<T>(&self, look: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        let Origin::Special {
            machine,
            opener,
            created_ns,
            ..
        } = &self.origin
        else {
            return Err(Errno::NotDirectory);
        };
        let machine = machine.upgrade();
        let process = opener.and_then(|pid| machine.as_ref()?.find(pid));
        look(&View {
            process: process.as_deref(),
            machine,
            created_ns: *created_ns,
        })
    }
}

impl File for Directory {
    fn stat(&self) -> Result<Stat> {
        match &self.origin {
            Origin::Host { mount, fd, .. } => Ok(host::guest_stat(mount, &rustix::fs::fstat(fd)?)),
            Origin::Node { stat, .. } => Ok(*stat),
            Origin::Special { special, .. } => self.with_view(|view| Ok(special.stat(view))),
        }
    }

    fn kind(&self) -> FileKind {
        FileKind::Directory
    }

    fn readable(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        false
    }

    fn try_read(&self, _process: Option<&Process>, _buffer: &mut [u8]) -> Result<usize> {
        Err(Errno::IsDirectory)
    }

    fn read_at(&self, _buffer: &mut [u8], _offset: u64) -> Result<usize> {
        Err(Errno::IsDirectory)
    }

    fn write_at(&self, _bytes: &[u8], _offset: u64) -> Result<usize> {
        Err(Errno::BadDescriptor)
    }

    fn sync(&self, _data_only: bool) -> Result<()> {
        if let Origin::Host { fd, .. } = &self.origin {
            rustix::fs::fsync(fd)?;
        }
        Ok(())
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        let Origin::Host { mount, fd, .. } = &self.origin else {
            return Err(Errno::ReadOnly);
        };
        mount.writable()?;
        Ok(rustix::fs::futimens(
            fd,
            &host::timestamps(accessed, modified),
        )?)
    }

    fn set_mode(&self, mode: u32) -> Result<()> {
        match &self.origin {
            Origin::Host {
                mount,
                fd,
                node: None,
                ..
            } => super::mode::set_mode(mount, fd, mode),
            // A mount point stays as it was chosen.
            _ => Err(Errno::NotPermitted),
        }
    }

    fn as_directory(&self) -> Option<&Directory> {
        Some(self)
    }

    fn describe(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }
}

impl Special {
    /// The directory as the process with this number sees it, whoever looks later.
    pub fn owned_by(self, opener: Option<Pid>) -> Self {
        match (self, opener) {
            (Self::Descriptors(Owner::Caller), Some(pid)) => Self::Descriptors(Owner::Pid(pid)),
            (other, _) => other,
        }
    }
}
