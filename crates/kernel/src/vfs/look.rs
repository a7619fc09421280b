//! Looking at files without opening them, and their time stamps.

use rustix::fs::{AtFlags, Mode, OFlags};

use super::directory::Origin;
use super::host;
use super::namespace::{Base, Namespace};
use super::path::{Ending, check};
use super::resolve::{HostSpot, Last, Spot};
use super::special::Special;
use crate::file::{FileKind, SetTime, Stat};
use crate::process::Process;
use crate::{Errno, Result};

impl Namespace {
    /// Attributes of a file (`fstatat(2)`); `follow`: of what a symbolic link leads to.
    pub fn stat(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        follow: bool,
    ) -> Result<Stat> {
        check(path)?;
        let directory = Ending::of(path).wants_directory();
        self.at(
            process,
            base,
            path,
            Last::follow_if(follow),
            |spot| match spot {
                Spot::Host(spot) => {
                    let stat = host_stat(&spot, directory)?;
                    if follow && host::kind(&stat) == FileKind::SymbolicLink {
                        return Err(Errno::Loop);
                    }
                    Ok(host::guest_stat(spot.mount, &stat))
                }
                Spot::Node(id) => self.node_stat(id),
                Spot::Special(Special::Descriptor(owner, fd)) if follow => {
                    self.view(process).descriptor(owner, fd)?.stat()
                }
                Spot::Special(special) => Ok(special.stat(&self.view(process))),
                Spot::Nowhere => Err(Errno::NoEntry),
            },
        )
    }

    /// What a symbolic link says (`readlinkat(2)`). `EINVAL` if it is none.
    pub fn read_link(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
    ) -> Result<Vec<u8>> {
        check(path)?;
        let directory = Ending::of(path).wants_directory();
        self.at(process, base, path, Last::Keep, |spot| match spot {
            Spot::Host(spot) => {
                let looked = look(&spot, directory)?;
                match host::kind(&rustix::fs::fstat(&looked)?) {
                    FileKind::SymbolicLink => host::link_target(&looked),
                    _ => Err(Errno::Invalid),
                }
            }
            Spot::Special(special) => special.target(&self.view(process)),
            Spot::Node(_) => Err(Errno::Invalid),
            Spot::Nowhere => Err(Errno::NoEntry),
        })
    }

    /// The real guest path of what is there, all links resolved (`realpath(3)`).
    pub fn canonical(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
    ) -> Result<Vec<u8>> {
        check(path)?;
        // An open directory may have another name now than when it was opened.
        let now = match base {
            Base::Directory(directory)
                if matches!(directory.origin, Origin::Host { node: None, .. }) =>
            {
                Some(self.path_of(directory)?)
            }
            _ => None,
        };
        let base = now.as_deref().map_or(base, Base::Path);
        let directory = Ending::of(path).wants_directory();
        self.at(process, base, path, Last::Follow, |spot| match spot {
            Spot::Host(spot) => {
                let looked = look(&spot, directory)?;
                if host::kind(&rustix::fs::fstat(&looked)?) == FileKind::SymbolicLink {
                    return Err(Errno::Loop);
                }
                let path = spot.path();
                if path.is_empty() {
                    Err(Errno::NameTooLong)
                } else {
                    Ok(path)
                }
            }
            Spot::Node(id) => Ok(self.table.node(id).path.clone()),
            Spot::Special(Special::Descriptor(owner, fd)) => {
                let file = self.view(process).descriptor(owner, fd)?;
                match file.as_directory() {
                    Some(directory) => Ok(directory.path().to_vec()),
                    None => Ok(Special::Descriptor(owner, fd).path().into_bytes()),
                }
            }
            Spot::Special(special) => Ok(special.path().into_bytes()),
            Spot::Nowhere => Err(Errno::NoEntry),
        })
    }

    /// Sets time stamps (`utimensat(2)`).
    pub fn set_times(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        follow: bool,
        accessed: SetTime,
        modified: SetTime,
    ) -> Result<()> {
        check(path)?;
        let directory = Ending::of(path).wants_directory();
        let times = host::timestamps(accessed, modified);
        self.at(
            process,
            base,
            path,
            Last::follow_if(follow),
            |spot| match spot {
                Spot::Host(spot) => {
                    let (mount, parent, name) = spot.split()?;
                    match host::kind_of(&parent, &name)? {
                        None => return Err(Errno::NoEntry),
                        Some(FileKind::SymbolicLink) if follow => return Err(Errno::Loop),
                        Some(kind) if directory && kind != FileKind::Directory => {
                            return Err(Errno::NotDirectory);
                        }
                        Some(_) => {}
                    }
                    mount.writable()?;
                    Ok(rustix::fs::utimensat(
                        &parent,
                        name,
                        &times,
                        AtFlags::SYMLINK_NOFOLLOW,
                    )?)
                }
                Spot::Node(id) => {
                    let (mount, handle) = self.node_handle(id)?.ok_or(Errno::ReadOnly)?;
                    mount.writable()?;
                    Ok(rustix::fs::utimensat(
                        &handle,
                        c".",
                        &times,
                        AtFlags::SYMLINK_NOFOLLOW,
                    )?)
                }
                Spot::Special(Special::Descriptor(owner, fd)) if follow => self
                    .view(process)
                    .descriptor(owner, fd)?
                    .set_times(accessed, modified),
                Spot::Special(_) => Err(Errno::NotPermitted),
                Spot::Nowhere => Err(Errno::NoEntry),
            },
        )
    }
}

/// A handle for looking at what is there.
fn look(spot: &HostSpot<'_>, directory: bool) -> Result<std::os::fd::OwnedFd> {
    let flags = if directory {
        OFlags::PATH | OFlags::DIRECTORY
    } else {
        OFlags::PATH
    };
    host::open_below(&spot.handle, &spot.relative, flags, Mode::empty())
}

/// Attributes of what is there, links not followed.
fn host_stat(spot: &HostSpot<'_>, directory: bool) -> Result<rustix::fs::Stat> {
    let one_name = !spot.relative.contains(&b'/');
    if one_name && !directory {
        // One name below a handle cannot lead elsewhere: no need to open anything.
        return Ok(rustix::fs::statat(
            &spot.handle,
            &*spot.relative,
            AtFlags::SYMLINK_NOFOLLOW,
        )?);
    }
    Ok(rustix::fs::fstat(look(spot, directory)?)?)
}
