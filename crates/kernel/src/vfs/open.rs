//! Opening files.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use super::directory::{Directory, Fixed, Origin};
use super::host;
use super::mount::{Mounted, NodeId};
use super::namespace::{Base, Namespace, OpenHow};
use super::path::{Ending, check};
use super::proc;
use super::quota::{Account, Quota};
use super::regular::Regular;
use super::resolve::{HostSpot, Last, Spot};
use super::snapshot::Snapshot;
use super::special::Special;
use crate::fifo;
use crate::file::{File, FileKind, Stat};
use crate::process::Process;
use crate::{Errno, Result};

/// Attempts at making a file that somebody else makes and removes all the time.
const CREATIONS_MAX: usize = 8;

/// What was opened below a mount.
struct Opened<'a> {
    mount: &'a Arc<Mounted>,
    fd: OwnedFd,
    path: Vec<u8>,
}

impl Namespace {
    /// Opens a file or directory (`open(2)`). Sockets and devices below a mount are refused with `ENXIO`, and so are
    /// FIFOs unless the mount has them. Nothing is waited for: whether the other side of a FIFO is there,
    /// [`File::opening`] tells.
    pub fn open(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        how: &OpenHow,
    ) -> Result<Arc<dyn File>> {
        check(path)?;
        let ending = Ending::of(path);
        if how.create && how.directory {
            return Err(Errno::Invalid);
        }
        if how.create && ending.wants_directory() {
            return Err(self.refuse_to_create_directory(process, base, path, ending));
        }
        let how = OpenHow {
            directory: how.directory || ending.wants_directory(),
            ..*how
        };
        let last = match (how.follow, how.create, how.exclusive) {
            (false, ..) | (_, true, true) => Last::Keep,
            (true, true, false) => Last::Create,
            (true, false, _) => Last::Follow,
        };
        self.at(process, base, path, last, |spot| match spot {
            Spot::Host(spot) => open_host(spot, &how)?.into_file(&how),
            Spot::Node(id) => self.open_node(id, &how),
            Spot::Special(special) => self.open_special(process, special, &how),
            Spot::Nowhere if how.create => Err(Errno::ReadOnly),
            Spot::Nowhere => Err(Errno::NoEntry),
        })
    }

    /// The error of making a file at a path that can only mean a directory.
    fn refuse_to_create_directory(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        ending: Ending,
    ) -> Errno {
        // What comes before the last name must be there all the same, or the path is wrong already.
        let last = if ending == Ending::Slash {
            Last::Name
        } else {
            Last::Follow
        };
        let resolved = self.at(process, base, path, last, |spot| match spot {
            Spot::Host(spot) if ending == Ending::Slash => spot.split().map(drop),
            Spot::Host(spot) => host::directory_below(&spot.handle, &spot.relative).map(drop),
            Spot::Node(_) | Spot::Special(_) => Ok(()),
            Spot::Nowhere => Err(Errno::ReadOnly),
        });
        resolved.err().unwrap_or(Errno::IsDirectory)
    }

    /// Opens a regular file for the program loader: read-only, links followed. `EACCES` for anything
    /// else.
    pub fn host_file(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
    ) -> Result<(OwnedFd, Stat)> {
        check(path)?;
        let how = OpenHow {
            directory: Ending::of(path).wants_directory(),
            ..OpenHow::READ
        };
        self.at(process, base, path, Last::Follow, |spot| match spot {
            Spot::Host(spot) => {
                let opened = open_host(spot, &how)?;
                let stat = host::guest_stat(opened.mount, &rustix::fs::fstat(&opened.fd)?);
                if stat.kind == FileKind::Regular {
                    Ok((opened.fd, stat))
                } else {
                    Err(Errno::Access)
                }
            }
            Spot::Node(_) | Spot::Special(_) => Err(Errno::Access),
            Spot::Nowhere => Err(Errno::NoEntry),
        })
    }

    fn open_node(&self, id: NodeId, how: &OpenHow) -> Result<Arc<dyn File>> {
        refuse_directory(how)?;
        let path = self.table.node(id).path.clone();
        let fixed = self.node_entries(id);
        let origin = match self.node_handle(id)? {
            Some((mount, handle)) => Origin::Host {
                mount: Arc::clone(mount),
                fd: host::open_below(
                    &handle,
                    b".",
                    OFlags::RDONLY | OFlags::DIRECTORY,
                    Mode::empty(),
                )?,
                node: Some(id),
                listing: Mutex::default(),
            },
            None => Origin::Node {
                id,
                stat: self.bare_stat(id),
            },
        };
        Ok(Arc::new(Directory::new(path, origin, fixed)))
    }

    fn open_special(
        &self,
        process: Option<&Process>,
        special: Special,
        how: &OpenHow,
    ) -> Result<Arc<dyn File>> {
        if how.create && how.exclusive {
            return Err(Errno::Exists);
        }
        let view = self.view(process);
        if let Special::Descriptor(owner, fd) = special {
            if !how.follow {
                return Err(Errno::Loop);
            }
            let file = view.descriptor(owner, fd)?;
            if how.read && !file.readable() || how.write && !file.writable() {
                return Err(Errno::Access);
            }
            return if how.directory && file.kind() != FileKind::Directory {
                Err(Errno::NotDirectory)
            } else {
                Ok(file)
            };
        }
        match special.kind() {
            FileKind::Directory => {
                refuse_directory(how)?;
                return Ok(Arc::new(self.special_directory(process, special)?));
            }
            // The walk follows the others if it is to.
            FileKind::SymbolicLink => return Err(Errno::Loop),
            _ if how.directory => return Err(Errno::NotDirectory),
            _ => {}
        }
        let stat = special.stat(&view);
        let contents = match &special {
            Special::Device(device) => {
                return device.open(process, stat, how.read, how.write, how.flags);
            }
            _ if how.write || how.truncate => return Err(Errno::Access),
            Special::System(file) => file.contents(&view)?,
            Special::ProcessFile(pid, file) => file.contents(*pid, &view, || self.mounts_text())?,
            _ => return Err(Errno::NoEntry),
        };
        Ok(Arc::new(Snapshot::new(
            special.path(),
            stat,
            how.flags,
            contents,
        )))
    }

    fn mounts_text(&self) -> String {
        let mut specials = Vec::new();
        if self.options.devices {
            specials.push("/dev");
        }
        if self.options.proc {
            specials.push("/proc");
        }
        proc::mounts(self.table.mounts(), &specials)
    }
}

/// What opening a directory for anything but looking answers.
fn refuse_directory(how: &OpenHow) -> Result<()> {
    if how.create && how.exclusive {
        Err(Errno::Exists)
    } else if how.create || how.write || how.truncate {
        Err(Errno::IsDirectory)
    } else {
        Ok(())
    }
}

/// Opens a file below a mount, whatever its type is; what may not be opened is closed again by
/// [`Opened::into_file`].
fn open_host<'a>(spot: HostSpot<'a>, how: &OpenHow) -> Result<Opened<'a>> {
    let path = spot.path();
    let mut flags = host::descriptor_flags(how.flags);
    // Below a quota a file is cut once it is accounted for, which needs the right to write.
    let cut_later = how.truncate && spot.mount.mount.quota.is_some();
    flags |= match (how.read, how.write || cut_later) {
        (_, false) => OFlags::RDONLY,
        (false, true) => OFlags::WRONLY,
        (true, true) => OFlags::RDWR,
    };
    if how.directory {
        flags |= OFlags::DIRECTORY;
    }
    if how.truncate && !cut_later {
        flags |= OFlags::TRUNC;
    }
    let opened = if spot.mount.writable().is_err() {
        open_read_only(&spot, how, flags)
    } else if !how.create {
        host::open_below(&spot.handle, &spot.relative, flags, Mode::empty())
    } else {
        open_or_create(&spot, how, flags)
    };
    let fd = match opened {
        // A FIFO that nobody on the host reads. Its name is all that is needed of it.
        Err(Errno::NoDeviceOrAddress) => host::look_below(&spot.handle, &spot.relative)?,
        opened => opened?,
    };
    Ok(Opened {
        mount: spot.mount,
        fd,
        path,
    })
}

/// Opens on a mount that allows no changes. What would change something is refused, after the errors
/// that come before that one.
fn open_read_only(spot: &HostSpot<'_>, how: &OpenHow, flags: OFlags) -> Result<OwnedFd> {
    if !how.write && !how.truncate && !how.create {
        return host::open_below(&spot.handle, &spot.relative, flags, Mode::empty());
    }
    let looked = match host::look_below(&spot.handle, &spot.relative) {
        Err(Errno::NoEntry) if how.create => {
            // The directory must be there for the refusal to be about the mount.
            return match spot.relative.iter().rposition(|&byte| byte == b'/') {
                Some(slash) => host::directory_below(&spot.handle, &spot.relative[..slash])
                    .and(Err(Errno::ReadOnly)),
                None => Err(Errno::ReadOnly),
            };
        }
        looked => looked?,
    };
    if how.create && how.exclusive {
        return Err(Errno::Exists);
    }
    match host::kind(&rustix::fs::fstat(&looked)?) {
        FileKind::SymbolicLink => Err(Errno::Loop),
        FileKind::Directory => Err(Errno::IsDirectory),
        _ if how.directory => Err(Errno::NotDirectory),
        _ if how.write || how.truncate => Err(Errno::ReadOnly),
        _ => host::open_below(&spot.handle, &spot.relative, flags, Mode::empty()),
    }
}

/// Opens a file, making it if need be.
fn open_or_create(spot: &HostSpot<'_>, how: &OpenHow, flags: OFlags) -> Result<OwnedFd> {
    let mode = Mode::from_raw_mode(how.mode & 0o777);
    let exclusive = if how.exclusive {
        OFlags::EXCL
    } else {
        OFlags::empty()
    };
    let Some(quota) = &spot.mount.mount.quota else {
        return host::open_below(
            &spot.handle,
            &spot.relative,
            flags | OFlags::CREATE | exclusive,
            mode,
        );
    };
    for _ in 0..CREATIONS_MAX {
        if !how.exclusive {
            match host::open_below(&spot.handle, &spot.relative, flags, Mode::empty()) {
                Err(Errno::NoEntry) => {}
                done => return done,
            }
        }
        match create_counted(quota, spot, flags, mode) {
            Err(Errno::Exists) if !how.exclusive => {}
            done => return done,
        }
    }
    Err(Errno::Busy)
}

/// Makes a new file and counts its name.
fn create_counted(
    quota: &Quota,
    spot: &HostSpot<'_>,
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd> {
    if let Err(exceeded) = quota.charge_name() {
        let there = host::look_below(&spot.handle, &spot.relative).is_ok();
        return Err(if there { Errno::Exists } else { exceeded });
    }
    let flags = flags | OFlags::CREATE | OFlags::EXCL;
    host::open_below(&spot.handle, &spot.relative, flags, mode)
        .inspect_err(|_| quota.give_back_name())
}

impl Opened<'_> {
    /// The open file description, if this is something that may be open.
    fn into_file(self, how: &OpenHow) -> Result<Arc<dyn File>> {
        let (account, stat) = match &self.mount.mount.quota {
            Some(quota) => Account::open(quota, &self.fd)?,
            None => (None, rustix::fs::fstat(&self.fd)?),
        };
        match host::kind(&stat) {
            FileKind::Regular => {
                let file = Regular::new(self.mount, self.fd, account, self.path, how);
                if how.truncate && self.mount.mount.quota.is_some() {
                    file.cut(0)?;
                }
                Ok(Arc::new(file))
            }
            FileKind::Directory if how.create => Err(Errno::IsDirectory),
            FileKind::Directory => {
                let parent = rustix::fs::statat(&self.fd, c"..", AtFlags::SYMLINK_NOFOLLOW)
                    .map_or(0, |stat| stat.st_ino);
                let fixed =
                    [(&b"."[..], stat.st_ino), (b"..", parent)].map(|(name, inode)| Fixed {
                        name: name.to_vec(),
                        kind: FileKind::Directory,
                        inode,
                    });
                let origin = Origin::Host {
                    mount: Arc::clone(self.mount),
                    fd: self.fd,
                    node: None,
                    listing: Mutex::default(),
                };
                Ok(Arc::new(Directory::new(self.path, origin, fixed.into())))
            }
            _ if self.mount.mount.fifos
                && FileType::from_raw_mode(stat.st_mode) == FileType::Fifo =>
            {
                let key = (stat.st_dev, stat.st_ino);
                let seen = host::guest_stat(self.mount, &stat);
                fifo::open(key, seen, &self.path, (how.read, how.write), how.flags)
            }
            _ => Err(Errno::NoDeviceOrAddress),
        }
    }
}
