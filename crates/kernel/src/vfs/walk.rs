//! The walk: a path resolved name by name, links expanded in the guest's own tree.
//!
//! At every moment the walk stands in a directory: a place of the mount table, a directory below a
//! mount, or one of `/dev` and `/proc`. At most one host handle is held for it, whatever the path.

use std::borrow::Cow;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::directory::{Directory, Origin};
use super::host::{self, Handle};
use super::mount::{Content, Mounted, NodeId, ROOT};
use super::namespace::{Base, Namespace};
use super::path::push_name;
use super::resolve::{HostSpot, Last, Spot};
use super::special::Special;
use crate::file::FileKind;
use crate::limits::{NAME_MAX_BYTES, PATH_MAX_BYTES, RESOLUTION_NAMES_MAX, SYMLINKS_MAX};
use crate::process::Process;
use crate::{Errno, Result};

impl Namespace {
    /// Resolves `path` name by name.
    pub(super) fn walk<'a>(
        &'a self,
        process: Option<&Process>,
        base: Base<'a>,
        path: &[u8],
        last: Last,
    ) -> Result<Spot<'a>> {
        let (here, todo) = match base {
            _ if path.starts_with(b"/") => (Here::Node(ROOT), path.to_vec()),
            Base::Root => (Here::Node(ROOT), path.to_vec()),
            Base::Path(cwd) => {
                let mut todo = cwd.to_vec();
                todo.push(b'/');
                todo.extend_from_slice(path);
                (Here::Node(ROOT), todo)
            }
            Base::Directory(directory) => (self.start_of(directory)?, path.to_vec()),
        };
        Walk {
            namespace: self,
            process,
            here,
            todo,
            links: 0,
            names: 0,
        }
        .run(last)
    }

    /// Where a walk from an open directory begins.
    fn start_of<'a>(&'a self, directory: &'a Directory) -> Result<Here<'a>> {
        match &directory.origin {
            Origin::Host { node: Some(id), .. } | Origin::Node { id, .. } => Ok(Here::Node(*id)),
            Origin::Host {
                node: None,
                mount,
                fd,
                ..
            } => {
                let path = self.path_now(directory, mount, fd)?;
                Ok(Here::Host {
                    mount: self.mine(mount)?,
                    handle: None,
                    path,
                })
            }
            Origin::Special { special, .. } => Ok(Here::Special(special.clone())),
        }
    }

    /// The namespace's own reference to a mount.
    fn mine(&self, mount: &Arc<Mounted>) -> Result<&Arc<Mounted>> {
        self.table
            .mounts()
            .iter()
            .find(|mine| Arc::ptr_eq(mine, mount))
            .ok_or(Errno::NoEntry)
    }

    /// The guest path of an open directory, which may have been renamed since. `ENOENT` if it has none
    /// any more.
    pub(super) fn path_of(&self, directory: &Directory) -> Result<Vec<u8>> {
        match &directory.origin {
            Origin::Host {
                node: None,
                mount,
                fd,
                ..
            } => self.path_now(directory, mount, fd),
            _ => Ok(directory.path().to_vec()),
        }
    }

    /// The guest path of an open directory of `mount`, which may have been renamed since. `ENOENT`
    /// if it has none any more.
    fn path_now(&self, directory: &Directory, mount: &Mounted, fd: &OwnedFd) -> Result<Vec<u8>> {
        let leads_here = |relative: &[u8]| {
            host::directory_below(mount.root(), relative)
                .is_ok_and(|found| host::same_file(&found, fd))
        };
        let opened_as = below(mount, directory.path());
        if !opened_as.is_empty() && leads_here(opened_as) {
            return Ok(directory.path().to_vec());
        }
        // The host knows where it went. That is only a hint: it counts if it leads there from the
        // mount's own handle.
        let moved = || {
            let now = host::path_hint(fd)?;
            let root = host::path_hint(mount.root())?;
            let relative = now
                .strip_prefix(root.as_slice())?
                .strip_prefix(b"/")?
                .to_vec();
            leads_here(&relative).then_some(relative)
        };
        let relative = moved().ok_or(Errno::NoEntry)?;
        let mut path = mount.mount.path.as_bytes().to_vec();
        push_name(&mut path, &relative);
        Ok(path)
    }
}

/// The part of a guest path below a mount.
fn below<'p>(mount: &Mounted, path: &'p [u8]) -> &'p [u8] {
    let above = mount.mount.path.as_bytes();
    let rest = path.get(above.len()..).unwrap_or_default();
    rest.strip_prefix(b"/").unwrap_or(rest)
}

/// A directory on the way.
enum Here<'a> {
    Node(NodeId),
    Host {
        mount: &'a Arc<Mounted>,
        /// Open unless the walk came here by `..`.
        handle: Option<OwnedFd>,
        /// Guest path; everything in it is a directory, not a link.
        path: Vec<u8>,
    },
    Special(Special),
}

struct Walk<'a, 'w> {
    namespace: &'a Namespace,
    process: Option<&'w Process>,
    here: Here<'a>,
    /// What is left of the path, expanded links included.
    todo: Vec<u8>,
    links: usize,
    names: usize,
}

/// What one step of a walk found.
enum Step<'a> {
    /// `here` is the directory that was named.
    Entered,
    /// A link to follow; `here` is still the directory it lies in.
    Link(Vec<u8>),
    /// An open file, which is reached without its path; the path if it is a directory.
    Open(Special, Option<Vec<u8>>),
    /// Something else, or a link to keep.
    Other(Spot<'a>),
    /// Nothing. The spot tells whether something can be made there.
    Missing(Spot<'a>),
}

impl<'a> Walk<'a, '_> {
    fn run(mut self, last: Last) -> Result<Spot<'a>> {
        let mut position = 0;
        loop {
            let Some((start, end)) = next_name(&self.todo, position) else {
                return Ok(self.arrived());
            };
            self.names += 1;
            if self.names > RESOLUTION_NAMES_MAX {
                return Err(Errno::Loop);
            }
            let is_last = next_name(&self.todo, end).is_none();
            let slash = end < self.todo.len();
            let name = self.todo[start..end].to_vec();
            position = end;
            if name == b".." {
                self.ascend();
                continue;
            }
            if name.len() > NAME_MAX_BYTES {
                return Err(Errno::NameTooLong);
            }
            if is_last
                && slash
                && last == Last::Create
                && self.todo[end..].iter().all(|&byte| byte == b'/')
            {
                return Err(Errno::IsDirectory);
            }
            let keep_link = is_last && (last == Last::Name || last == Last::Keep && !slash);
            let any_kind = is_last && (last == Last::Name || !slash);
            match self.step(&name, keep_link)? {
                Step::Entered => {}
                Step::Link(target) => {
                    position = 0;
                    self.expand(target, end)?;
                }
                Step::Open(special, _) if any_kind => return Ok(Spot::Special(special)),
                Step::Open(_, Some(directory)) => {
                    position = 0;
                    self.expand(directory, end)?;
                }
                Step::Other(spot) if any_kind => return Ok(spot),
                Step::Open(..) | Step::Other(_) => return Err(Errno::NotDirectory),
                Step::Missing(spot) if any_kind => return Ok(spot),
                Step::Missing(_) => return Err(Errno::NoEntry),
            }
        }
    }

    /// Replaces what was walked of `todo` by what a link says.
    fn expand(&mut self, target: Vec<u8>, end: usize) -> Result<()> {
        self.links += 1;
        if self.links > SYMLINKS_MAX {
            return Err(Errno::Loop);
        }
        if target.is_empty() {
            return Err(Errno::NoEntry);
        }
        if target.starts_with(b"/") {
            self.here = Here::Node(ROOT);
        }
        let mut todo = target;
        // With the slash that follows the link, if there is one: it must be a directory then.
        todo.extend_from_slice(&self.todo[end..]);
        self.todo = todo;
        Ok(())
    }

    /// The path ended in this directory.
    fn arrived(self) -> Spot<'a> {
        match self.here {
            Here::Node(id) => Spot::Node(id),
            Here::Special(special) => Spot::Special(special),
            Here::Host { mount, path, .. } => Spot::Host(HostSpot {
                mount,
                handle: Handle::Borrowed(mount.root()),
                relative: below(mount, &path).to_vec(),
                above: Cow::Borrowed(mount.mount.path.as_bytes()),
                found: Some(FileKind::Directory),
                doubtful: false,
            }),
        }
    }

    /// `..`
    fn ascend(&mut self) {
        let table = &self.namespace.table;
        match &mut self.here {
            Here::Node(id) => *id = table.node(*id).parent,
            Here::Special(special) => {
                self.here = special.parent().map_or(Here::Node(ROOT), Here::Special);
            }
            Here::Host { handle, path, .. } => {
                let slash = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                path.truncate(slash.max(1));
                *handle = None;
                if let Some(id) = table.find(path) {
                    self.here = Here::Node(id);
                }
            }
        }
    }

    fn step(&mut self, name: &[u8], keep_link: bool) -> Result<Step<'a>> {
        let table = &self.namespace.table;
        match std::mem::replace(&mut self.here, Here::Node(ROOT)) {
            Here::Node(id) => {
                self.here = Here::Node(id);
                let node = table.node(id);
                if let Some(child) = table.child(id, name) {
                    self.here = match &table.node(child).content {
                        Content::Special(special) => Here::Special(special.clone()),
                        _ => Here::Node(child),
                    };
                    return Ok(Step::Entered);
                }
                match &node.content {
                    Content::Mount(mount) => {
                        self.look(mount, None, node.path.clone(), name, keep_link)
                    }
                    Content::Covered(mount, covered) => {
                        match host::directory_below(mount.root(), covered) {
                            Ok(handle) => {
                                self.look(mount, Some(handle), node.path.clone(), name, keep_link)
                            }
                            Err(Errno::NoEntry | Errno::NotDirectory | Errno::Loop) => {
                                Ok(Step::Missing(Spot::Nowhere))
                            }
                            Err(error) => Err(error),
                        }
                    }
                    Content::Empty | Content::Special(_) => Ok(Step::Missing(Spot::Nowhere)),
                }
            }
            Here::Host {
                mount,
                handle,
                path,
            } => {
                let handle = match handle {
                    Some(handle) => handle,
                    None => host::directory_below(mount.root(), below(mount, &path))?,
                };
                self.look(mount, Some(handle), path, name, keep_link)
            }
            Here::Special(special) => {
                self.here = Here::Special(special.clone());
                self.step_special(&special, name, keep_link)
            }
        }
    }

    /// Looks at `name` in the directory `handle` (`None`: the root) of `mount`, whose guest path is
    /// `path`, and enters it if it is a directory.
    fn look(
        &mut self,
        mount: &'a Arc<Mounted>,
        handle: Option<OwnedFd>,
        mut path: Vec<u8>,
        name: &[u8],
        keep_link: bool,
    ) -> Result<Step<'a>> {
        let handle = handle.map_or(Handle::Borrowed(mount.root()), Handle::Owned);
        let looked = match host::look_below(&handle, name) {
            Ok(looked) => Some((host::kind(&rustix::fs::fstat(&looked)?), looked)),
            Err(Errno::NoEntry) => None,
            Err(error) => return Err(error),
        };
        let found = looked.as_ref().map(|(kind, _)| *kind);
        match looked {
            Some((FileKind::Directory, directory)) => {
                push_name(&mut path, name);
                if path.len() > PATH_MAX_BYTES {
                    return Err(Errno::NameTooLong);
                }
                self.here = Here::Host {
                    mount,
                    handle: Some(directory),
                    path,
                };
                return Ok(Step::Entered);
            }
            Some((FileKind::SymbolicLink, link)) if !keep_link => {
                let target = host::link_target(&link)?;
                self.here = match (self.namespace.table.find(&path), handle) {
                    (Some(id), _) => Here::Node(id),
                    (None, Handle::Owned(handle)) => Here::Host {
                        mount,
                        handle: Some(handle),
                        path,
                    },
                    (None, Handle::Borrowed(_)) => Here::Host {
                        mount,
                        handle: None,
                        path,
                    },
                };
                return Ok(Step::Link(target));
            }
            _ => {}
        }
        let spot = Spot::Host(HostSpot {
            mount,
            handle,
            relative: name.to_vec(),
            above: Cow::Owned(path),
            found,
            doubtful: false,
        });
        Ok(if found.is_some() {
            Step::Other(spot)
        } else {
            Step::Missing(spot)
        })
    }

    fn step_special(
        &mut self,
        special: &Special,
        name: &[u8],
        keep_link: bool,
    ) -> Result<Step<'a>> {
        let view = self.namespace.view(self.process);
        let child = match special.child(name, &view) {
            Err(Errno::NoEntry) => return Ok(Step::Missing(Spot::Nowhere)),
            child => child?,
        };
        if let Special::Descriptor(owner, fd) = child {
            let file = view.descriptor(owner, fd)?;
            let path = file
                .as_directory()
                .map(|directory| directory.path().to_vec());
            return Ok(Step::Open(child, path));
        }
        Ok(match child.kind() {
            FileKind::Directory => {
                self.here = Here::Special(child);
                Step::Entered
            }
            FileKind::SymbolicLink if !keep_link => Step::Link(child.target(&view)?),
            _ => Step::Other(Spot::Special(child)),
        })
    }
}

/// The next component of `path` from `position` on that is not `.`.
fn next_name(path: &[u8], mut position: usize) -> Option<(usize, usize)> {
    loop {
        let start = position
            + path
                .get(position..)?
                .iter()
                .position(|&byte| byte != b'/')?;
        let end = path[start..]
            .iter()
            .position(|&byte| byte == b'/')
            .map_or(path.len(), |slash| start + slash);
        if &path[start..end] != b"." {
            return Some((start, end));
        }
        position = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_found_between_any_number_of_slashes_and_dots() {
        let parts = |path: &[u8]| {
            let mut found = Vec::new();
            let mut position = 0;
            while let Some((start, end)) = next_name(path, position) {
                found.push(String::from_utf8_lossy(&path[start..end]).into_owned());
                position = end;
            }
            found
        };
        assert_eq!(parts(b"//a/./..//b/."), ["a", "..", "b"]);
        assert!(parts(b"/./.").is_empty());
        assert!(parts(b"").is_empty());
    }
}
