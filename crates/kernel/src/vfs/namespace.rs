//! The namespace: what a path means in a session.

use std::sync::{Arc, OnceLock, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use super::directory::{Directory, Fixed, Origin};
use super::host::{self, Handle};
use super::mount::{Content, Mount, Mounted, NodeId, Table, synthetic_device};
use super::path::GuestPath;
use super::special::{Special, View};
use crate::file::{FileKind, Flags, Stat};
use crate::machine::Machine;
use crate::process::Process;
use crate::{Errno, Result};

/// What a namespace has beside its mounts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NamespaceOptions {
    /// `/dev`.
    pub devices: bool,
    /// `/proc`.
    pub proc: bool,
}

/// Where a relative path starts.
#[derive(Clone, Copy)]
pub enum Base<'a> {
    /// The session's root.
    Root,
    /// A working directory: a guest path as [`Namespace::canonical`] tells it.
    Path(&'a [u8]),
    /// An open directory (`openat(2)`).
    Directory(&'a Directory),
}

impl<'a> From<&'a GuestPath> for Base<'a> {
    fn from(path: &'a GuestPath) -> Self {
        Self::Path(path.as_bytes())
    }
}

/// How to open a file (`open(2)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenHow {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Make it if it is not there.
    pub create: bool,
    /// With `create`: it must not be there (`O_EXCL`).
    pub exclusive: bool,
    /// Cut it to length 0.
    pub truncate: bool,
    /// It must be a directory.
    pub directory: bool,
    /// `APPEND`, `NONBLOCK`, `SYNC` and their like.
    pub flags: Flags,
    /// Follow a symbolic link as last component; otherwise one there is `ELOOP`.
    pub follow: bool,
    /// Permission bits of a new file, the umask already taken away.
    pub mode: u32,
}

impl OpenHow {
    /// For reading, links followed.
    pub const READ: Self = Self {
        read: true,
        write: false,
        create: false,
        exclusive: false,
        truncate: false,
        directory: false,
        flags: Flags(0),
        follow: true,
        mode: 0o644,
    };
}

/// The tree of files a session sees; shared by all its processes. The mount table does not change.
pub struct Namespace {
    pub(super) table: Table,
    pub(super) options: NamespaceOptions,
    /// Whose processes `/proc` shows. Weak: the machine owns the namespace.
    machine: OnceLock<Weak<Machine>>,
    /// Time stamp of all that is synthesised, in nanoseconds since the epoch.
    created_ns: u64,
}

impl Namespace {
    /// A namespace of `mounts`. Without one at `/` the root shows what is mounted below, and nothing can
    /// be made in it.
    ///
    /// `EINVAL` for more mounts than [`crate::limits::MOUNTS_MAX`] or one at or below `/dev` or `/proc`
    /// when those are asked for, `EEXIST` for two at one path, `ENOTDIR` for a root that is no
    /// directory.
    pub fn new(mounts: Vec<Mount>, options: NamespaceOptions) -> Result<Arc<Self>> {
        let mut specials: Vec<(&[u8], Special)> = Vec::new();
        if options.devices {
            specials.push((b"dev", Special::Devices));
        }
        if options.proc {
            specials.push((b"proc", Special::Proc));
        }
        let table = Table::new(mounts, &specials)?;
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let created_ns = u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX);
        Ok(Arc::new(Self {
            table,
            options,
            machine: OnceLock::new(),
            created_ns,
        }))
    }

    /// Tells it whose processes `/proc` shows. The first call counts.
    pub fn attach(&self, machine: Weak<Machine>) {
        let _ = self.machine.set(machine);
    }

    /// The mounts, in the order they were given.
    pub fn mounts(&self) -> impl ExactSizeIterator<Item = &Mount> {
        self.table.mounts().iter().map(|mounted| &mounted.mount)
    }

    /// `/dev` and `/proc` as `process` sees them.
    pub(super) fn view<'p>(&self, process: Option<&'p Process>) -> View<'p> {
        View {
            process,
            machine: self.machine.get().and_then(Weak::upgrade),
            created_ns: self.created_ns,
        }
    }

    /// The host directory behind a place of the table; `None` if there is none.
    pub(super) fn node_handle(&self, id: NodeId) -> Result<Option<(&Arc<Mounted>, Handle<'_>)>> {
        match &self.table.node(id).content {
            Content::Mount(mount) => Ok(Some((mount, Handle::Borrowed(mount.root())))),
            Content::Covered(mount, covered) => {
                match host::directory_below(mount.root(), covered) {
                    Ok(handle) => Ok(Some((mount, Handle::Owned(handle)))),
                    Err(Errno::NoEntry | Errno::NotDirectory | Errno::Loop) => Ok(None),
                    Err(error) => Err(error),
                }
            }
            Content::Empty | Content::Special(_) => Ok(None),
        }
    }

    /// Attributes of a place of the table.
    pub(super) fn node_stat(&self, id: NodeId) -> Result<Stat> {
        match self.node_handle(id)? {
            Some((mount, handle)) => Ok(host::guest_stat(mount, &rustix::fs::fstat(&handle)?)),
            None => Ok(self.bare_stat(id)),
        }
    }

    /// Attributes of a directory that exists by the table alone.
    pub(super) fn bare_stat(&self, id: NodeId) -> Stat {
        Stat {
            device: synthetic_device(),
            inode: self.node_inode(id),
            kind: FileKind::Directory,
            mode: 0o555,
            links: 2,
            size: 0,
            accessed_ns: self.created_ns,
            modified_ns: self.created_ns,
            changed_ns: self.created_ns,
        }
    }

    fn node_inode(&self, id: NodeId) -> u64 {
        match &self.table.node(id).content {
            Content::Mount(mount) => mount.root_inode,
            Content::Special(special) => special.inode(),
            Content::Empty | Content::Covered(..) => id as u64 + 1,
        }
    }

    /// `.`, `..` and what the table has below `id`.
    pub(super) fn node_entries(&self, id: NodeId) -> Vec<Fixed> {
        let parent = self.table.node(id).parent;
        let dots = [(b".".to_vec(), id), (b"..".to_vec(), parent)];
        dots.into_iter()
            .chain(self.table.children(id).iter().cloned())
            .map(|(name, node)| Fixed {
                name,
                kind: FileKind::Directory,
                inode: self.node_inode(node),
            })
            .collect()
    }

    /// An open directory of `/dev` or `/proc`.
    pub(super) fn special_directory(
        &self,
        process: Option<&Process>,
        special: Special,
    ) -> Result<Directory> {
        let opener = process.map(Process::pid);
        let special = special.owned_by(opener);
        // It must be there now.
        special.children(&self.view(process))?;
        let parent = special.parent().map_or_else(
            || self.node_inode(super::mount::ROOT),
            |parent| parent.inode(),
        );
        let fixed = [(&b"."[..], special.inode()), (b"..", parent)].map(|(name, inode)| Fixed {
            name: name.to_vec(),
            kind: FileKind::Directory,
            inode,
        });
        let path = special.path().into_bytes();
        let origin = Origin::Special {
            special,
            machine: self.machine.get().cloned().unwrap_or_default(),
            opener,
            created_ns: self.created_ns,
        };
        Ok(Directory::new(path, origin, fixed.into()))
    }
}
