//! Mounts, and the tree of their mount points.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::fstat;

use super::path::{GuestPath, push_name};
use super::quota::Quota;
use super::special::Special;
use crate::limits::MOUNTS_MAX;
use crate::{Errno, Result};

/// What a mount allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Looking only; every change answers `EROFS`.
    ReadOnly,
    /// Changes too.
    ReadWrite,
}

/// One host directory at one guest path.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Where the guest sees it.
    pub path: GuestPath,
    /// The directory, opened once by whoever chose it; `O_PATH` is enough.
    pub root: Arc<OwnedFd>,
    /// What may be done below it.
    pub access: Access,
    /// The name `/proc/mounts` shows.
    pub source: String,
    /// Who counts its bytes; shared by all mounts of the same files.
    pub quota: Option<Arc<Quota>>,
    /// Whether named pipes may be made and opened below it. Not where others reach the same files, past this
    /// kernel.
    pub fifos: bool,
}

/// `st_dev` of directories that exist only because something is mounted below them.
const SYNTHETIC_DEVICE: u64 = 1;
/// `st_dev` of `/dev`.
const DEVICES_DEVICE: u64 = 2;
/// `st_dev` of `/proc`.
const PROC_DEVICE: u64 = 3;
/// `st_dev` of the first mount; the others follow.
const FIRST_MOUNT_DEVICE: u64 = 0x10;
/// Where the host's device is folded in, for files of another host file system inside of a mount.
const FOREIGN_DEVICE_SHIFT: u32 = 16;

/// A mount in a table, with the number that tells it from the others.
pub(super) struct Mounted {
    pub mount: Mount,
    number: u64,
    root_device: u64,
    /// Host inode of the root, shown where the mount point is listed.
    pub root_inode: u64,
}

impl Mounted {
    /// The directory handle.
    pub fn root(&self) -> BorrowedFd<'_> {
        self.mount.root.as_fd()
    }

    /// `EROFS` unless changes are allowed.
    pub fn writable(&self) -> Result<()> {
        match self.mount.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(Errno::ReadOnly),
        }
    }

    /// The `st_dev` of a file on the host's `device`: one number per mount, another one for each
    /// further host file system inside of it.
    pub fn device(&self, device: u64) -> u64 {
        FIRST_MOUNT_DEVICE + self.number + ((device ^ self.root_device) << FOREIGN_DEVICE_SHIFT)
    }

    /// Permission bits a guest may see.
    pub fn mode_mask(&self) -> u32 {
        match self.mount.access {
            Access::ReadWrite => 0o7777,
            Access::ReadOnly => 0o7555,
        }
    }
}

/// Index of a [`Node`].
pub(super) type NodeId = usize;

/// The node of `/`.
pub(super) const ROOT: NodeId = 0;

/// A place that exists by the table alone: a mount point, or a directory above one.
pub(super) struct Node {
    /// Guest path.
    pub path: Vec<u8>,
    pub parent: NodeId,
    /// Names and nodes below, sorted by name.
    children: Vec<(Vec<u8>, NodeId)>,
    pub content: Content,
}

/// What a node shows beside the nodes below it.
pub(super) enum Content {
    /// Nothing: no mount covers it.
    Empty,
    /// The root of this mount.
    Mount(Arc<Mounted>),
    /// What the mount above it has at this relative path, if that is a directory.
    Covered(Arc<Mounted>, Vec<u8>),
    /// `/dev` or `/proc`.
    Special(Special),
}

/// All mounts of a namespace.
pub(super) struct Table {
    nodes: Vec<Node>,
    mounts: Vec<Arc<Mounted>>,
}

impl Table {
    /// Builds the table. `EINVAL` for more than [`MOUNTS_MAX`] mounts or one inside of `specials`,
    /// `EEXIST` for two at one path, `ENOTDIR` for a root that is no directory.
    pub fn new(mounts: Vec<Mount>, specials: &[(&[u8], Special)]) -> Result<Self> {
        if mounts.len() > MOUNTS_MAX {
            return Err(Errno::Invalid);
        }
        let root = Node {
            path: b"/".to_vec(),
            parent: ROOT,
            children: Vec::new(),
            content: Content::Empty,
        };
        let mut table = Self {
            nodes: vec![root],
            mounts: Vec::new(),
        };
        for (name, special) in specials {
            let node = table.child_or_new(ROOT, name);
            table.nodes[node].content = Content::Special(special.clone());
        }
        for (number, mount) in mounts.into_iter().enumerate() {
            table.add(number as u64, mount)?;
        }
        table.cover(ROOT, None);
        Ok(table)
    }

    fn add(&mut self, number: u64, mount: Mount) -> Result<()> {
        let stat = fstat(&*mount.root)?;
        if rustix::fs::FileType::from_raw_mode(stat.st_mode) != rustix::fs::FileType::Directory {
            return Err(Errno::NotDirectory);
        }
        let mut node = ROOT;
        for name in mount.path.parts() {
            node = self.child_or_new(node, name);
            if matches!(self.nodes[node].content, Content::Special(_)) {
                return Err(Errno::Invalid);
            }
        }
        if matches!(self.nodes[node].content, Content::Mount(_)) {
            return Err(Errno::Exists);
        }
        let mounted = Arc::new(Mounted {
            mount,
            number,
            root_device: stat.st_dev,
            root_inode: stat.st_ino,
        });
        self.nodes[node].content = Content::Mount(Arc::clone(&mounted));
        self.mounts.push(mounted);
        Ok(())
    }

    fn child_or_new(&mut self, parent: NodeId, name: &[u8]) -> NodeId {
        let found = self.nodes[parent]
            .children
            .binary_search_by(|(known, _)| known.as_slice().cmp(name));
        match found {
            Ok(index) => self.nodes[parent].children[index].1,
            Err(index) => {
                let id = self.nodes.len();
                let mut path = self.nodes[parent].path.clone();
                push_name(&mut path, name);
                self.nodes[parent]
                    .children
                    .insert(index, (name.to_vec(), id));
                self.nodes.push(Node {
                    path,
                    parent,
                    children: Vec::new(),
                    content: Content::Empty,
                });
                id
            }
        }
    }

    /// Tells every node without content what the mount above it would show there.
    fn cover(&mut self, id: NodeId, above: Option<(Arc<Mounted>, Vec<u8>)>) {
        let mine = match &self.nodes[id].content {
            Content::Mount(mounted) => Some((Arc::clone(mounted), Vec::new())),
            _ => above,
        };
        if let (Content::Empty, Some((mounted, relative))) = (&self.nodes[id].content, &mine) {
            self.nodes[id].content = Content::Covered(Arc::clone(mounted), relative.clone());
        }
        for (name, child) in self.nodes[id].children.clone() {
            let below = mine.clone().map(|(mounted, mut relative)| {
                push_name(&mut relative, &name);
                (mounted, relative)
            });
            self.cover(child, below);
        }
    }

    /// The mounts, in the order they were given.
    pub fn mounts(&self) -> &[Arc<Mounted>] {
        &self.mounts
    }

    /// The node behind `id`.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The node of `name` below `parent`.
    pub fn child(&self, parent: NodeId, name: &[u8]) -> Option<NodeId> {
        let children = &self.nodes[parent].children;
        let index = children
            .binary_search_by(|(known, _)| known.as_slice().cmp(name))
            .ok()?;
        Some(children[index].1)
    }

    /// Names and nodes below `id`, sorted by name.
    pub fn children(&self, id: NodeId) -> &[(Vec<u8>, NodeId)] {
        &self.nodes[id].children
    }

    /// The node at a normalised absolute path.
    pub fn find(&self, path: &[u8]) -> Option<NodeId> {
        super::path::names(path).try_fold(ROOT, |node, name| self.child(node, name))
    }
}

/// `st_dev` of a synthesised directory.
pub(super) fn synthetic_device() -> u64 {
    SYNTHETIC_DEVICE
}

impl Special {
    /// `st_dev` of this file of `/dev` or `/proc`.
    pub fn device(&self) -> u64 {
        if self.is_device() {
            DEVICES_DEVICE
        } else {
            PROC_DEVICE
        }
    }
}
