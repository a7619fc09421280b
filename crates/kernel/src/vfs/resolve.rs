//! From a guest's path to the one place it means.
//!
//! Two ways lead there. The **direct** one takes the text: as long as there is no `..`, the names lead
//! through the mount table to one mount and a relative path below its handle, and the host checks with
//! its one `openat2` that no link was on the way. When the host finds one (`ELOOP`), or there is a `..`,
//! the **walk** goes name by name through the guest's tree and expands links there. Both end in a
//! [`Spot`]; what is done there is done by the host below a handle, links refused, so that a tree that
//! changes meanwhile costs another attempt and never leads out.

use std::borrow::Cow;
use std::os::fd::AsFd;
use std::sync::Arc;

use super::directory::Origin;
use super::host::{self, Handle};
use super::mount::{Content, Mounted, NodeId, ROOT};
use super::namespace::{Base, Namespace};
use super::path::{check, names, push_name};
use super::special::Special;
use crate::file::FileKind;
use crate::limits::{NAME_MAX_BYTES, PATH_MAX_BYTES};
use crate::process::Process;
use crate::{Errno, Result};

/// Walks begun anew because the tree changed under the last one, before `ELOOP`.
const RACES_MAX: usize = 8;

/// What a path means.
pub(super) enum Spot<'a> {
    /// A place of the mount table.
    Node(NodeId),
    /// A name below a mount, there or not.
    Host(HostSpot<'a>),
    /// A file of `/dev` or `/proc`.
    Special(Special),
    /// Nothing, in a directory in which nothing can be made.
    Nowhere,
}

/// A name below a mount.
pub(super) struct HostSpot<'a> {
    pub mount: &'a Arc<Mounted>,
    /// A directory of the mount.
    pub handle: Handle<'a>,
    /// From there: one name or several, never empty.
    pub relative: Vec<u8>,
    /// Guest path of `handle`; empty if it is too long to be known.
    pub above: Cow<'a, [u8]>,
    /// What the walk found there; the direct way does not look.
    pub found: Option<FileKind>,
    /// The path left the mount table at a place where the mount above may have no directory.
    pub doubtful: bool,
}

/// What to do about a symbolic link as last component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Last {
    /// Follow it.
    Follow,
    /// Follow it to make a file where it leads; a `/` behind that name is `EISDIR`.
    Create,
    /// Take the link itself, unless a `/` follows.
    Keep,
    /// Take the name whatever it is: it is going to be made, removed or renamed.
    Name,
}

impl Last {
    pub fn follow_if(follow: bool) -> Self {
        if follow { Self::Follow } else { Self::Keep }
    }
}

impl HostSpot<'_> {
    /// Guest path. Empty if it is longer than [`PATH_MAX_BYTES`].
    pub fn path(&self) -> Vec<u8> {
        if self.relative == b"." {
            return self.above.to_vec();
        }
        if self.above.is_empty() || self.above.len() + 1 + self.relative.len() > PATH_MAX_BYTES {
            return Vec::new();
        }
        let mut path = Vec::with_capacity(self.above.len() + 1 + self.relative.len());
        path.extend_from_slice(&self.above);
        push_name(&mut path, &self.relative);
        path
    }
}

impl<'a> HostSpot<'a> {
    /// The directory that holds the name, and the name.
    pub fn split(self) -> Result<(&'a Arc<Mounted>, Handle<'a>, Vec<u8>)> {
        match self.relative.iter().rposition(|&byte| byte == b'/') {
            None => Ok((self.mount, self.handle, self.relative)),
            Some(slash) => {
                let parent = host::directory_below(&self.handle, &self.relative[..slash])?;
                Ok((
                    self.mount,
                    Handle::Owned(parent),
                    self.relative[slash + 1..].to_vec(),
                ))
            }
        }
    }
}

impl Spot<'_> {
    /// Whether the walk ended at a link that was not to be followed.
    fn is_kept_link(&self) -> bool {
        matches!(
            self,
            Self::Host(HostSpot {
                found: Some(FileKind::SymbolicLink),
                ..
            })
        )
    }
}

impl Namespace {
    /// Resolves `path` and does `act` there; again when the tree changed in between.
    pub(super) fn at<'a, T>(
        &'a self,
        process: Option<&Process>,
        base: Base<'a>,
        path: &[u8],
        last: Last,
        mut act: impl FnMut(Spot<'a>) -> Result<T>,
    ) -> Result<T> {
        check(path)?;
        if let Some(spot) = self.direct(base, path)? {
            let (below_a_mount, doubtful) = match &spot {
                Spot::Host(host) => (true, host.doubtful),
                _ => (false, false),
            };
            match act(spot) {
                // There may be a link on the way.
                Err(Errno::Loop | Errno::NotDirectory) if below_a_mount => {}
                Err(Errno::NoEntry) if doubtful => {}
                done => return done,
            }
        }
        for _ in 0..RACES_MAX {
            let spot = self.walk(process, base, path, last)?;
            let kept_link = spot.is_kept_link();
            match act(spot) {
                Err(Errno::Loop) if !kept_link => {}
                done => return done,
            }
        }
        Err(Errno::Loop)
    }

    /// The place `path` means if no link is on the way; `None` if that takes a walk to tell.
    fn direct<'a>(&'a self, base: Base<'a>, path: &[u8]) -> Result<Option<Spot<'a>>> {
        let mut node = ROOT;
        let mut relative = Vec::new();
        if !path.starts_with(b"/") {
            match base {
                Base::Root => {}
                Base::Path(cwd) => {
                    relative.reserve(cwd.len() + path.len());
                    for name in names(cwd) {
                        if !self.descend(&mut node, &mut relative, name)? {
                            return Ok(None);
                        }
                    }
                }
                Base::Directory(directory) => match &directory.origin {
                    Origin::Host { node: Some(id), .. } | Origin::Node { id, .. } => node = *id,
                    Origin::Host {
                        node: None,
                        mount,
                        fd,
                        ..
                    } => {
                        relative.reserve(path.len());
                        for name in names(path) {
                            if name == b".." {
                                return Ok(None);
                            }
                            append(&mut relative, name)?;
                        }
                        if relative.is_empty() {
                            relative.push(b'.');
                        }
                        return Ok(Some(Spot::Host(HostSpot {
                            mount,
                            handle: Handle::Borrowed(fd.as_fd()),
                            relative,
                            above: Cow::Borrowed(directory.path()),
                            found: None,
                            doubtful: false,
                        })));
                    }
                    Origin::Special { .. } => return Ok(None),
                },
            }
        }
        relative.reserve(path.len());
        for name in names(path) {
            if !self.descend(&mut node, &mut relative, name)? {
                return Ok(None);
            }
        }
        if relative.is_empty() {
            return Ok(Some(match &self.table.node(node).content {
                Content::Special(special) => Spot::Special(special.clone()),
                _ => Spot::Node(node),
            }));
        }
        Ok(match &self.table.node(node).content {
            Content::Mount(mount) => Some(Spot::Host(HostSpot {
                mount,
                handle: Handle::Borrowed(mount.root()),
                relative,
                above: Cow::Borrowed(&self.table.node(node).path),
                found: None,
                doubtful: false,
            })),
            Content::Covered(mount, covered) => {
                let mut below = covered.clone();
                push_name(&mut below, &relative);
                Some(Spot::Host(HostSpot {
                    mount,
                    handle: Handle::Borrowed(mount.root()),
                    relative: below,
                    above: Cow::Borrowed(mount.mount.path.as_bytes()),
                    found: None,
                    doubtful: true,
                }))
            }
            Content::Empty => Some(Spot::Nowhere),
            Content::Special(_) => None,
        })
    }

    /// Goes one name down from `node` and the `relative` path below it. `false` for `..`.
    fn descend(&self, node: &mut NodeId, relative: &mut Vec<u8>, name: &[u8]) -> Result<bool> {
        if name == b".." {
            return Ok(false);
        }
        match self
            .table
            .child(*node, name)
            .filter(|_| relative.is_empty())
        {
            Some(child) => *node = child,
            None => append(relative, name)?,
        }
        Ok(true)
    }
}

/// Adds a name to a relative path.
fn append(relative: &mut Vec<u8>, name: &[u8]) -> Result<()> {
    if name.len() > NAME_MAX_BYTES {
        return Err(Errno::NameTooLong);
    }
    push_name(relative, name);
    Ok(())
}
