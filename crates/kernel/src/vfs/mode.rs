//! Permission bits, and how much room a mount has.
//!
//! The bits are the host's own, so that they outlive the session and whoever looks at the folder from outside sees
//! the same. Two things a guest cannot do: take a directory's own rights from its owner, because the server could not
//! clean it up any more, and make a program run as another user, because the host would obey.

use std::os::fd::{AsFd, AsRawFd};

use rustix::fs::{AtFlags, CWD, Mode};

use super::host;
use super::mount::Mounted;
use super::namespace::{Base, Namespace};
use super::path::{Ending, check};
use super::quota::Usage;
use super::resolve::{Last, Spot};
use super::special::Special;
use crate::file::FileKind;
use crate::process::Process;
use crate::{Errno, Result};

/// Bits a guest may set: read, write and execute for all three, and the sticky bit.
const SETTABLE: u32 = 0o1777;
/// Set-user-id and set-group-id.
const SET_ID: u32 = 0o6000;
/// What the owner of a directory always keeps.
const DIRECTORY_KEPT: u32 = 0o700;

/// Room below a mount: what `statvfs(3)` tells. All of it is counted, nothing is reserved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Space {
    /// What may be stored.
    pub limit: Usage,
    /// What is stored.
    pub used: Usage,
}

impl Namespace {
    /// Sets permission bits (`fchmodat(2)`); `follow`: of what a symbolic link leads to.
    ///
    /// `EPERM` for a mount point, for anything but files and directories, and for set-id bits that are not there yet.
    pub fn set_mode(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        follow: bool,
        mode: u32,
    ) -> Result<()> {
        check(path)?;
        let directory = Ending::of(path).wants_directory();
        self.at(
            process,
            base,
            path,
            Last::follow_if(follow),
            |spot| match spot {
                Spot::Host(spot) => {
                    let found = host::look_below(&spot.handle, &spot.relative)?;
                    match host::kind(&rustix::fs::fstat(&found)?) {
                        FileKind::SymbolicLink if follow => return Err(Errno::Loop),
                        kind if directory && kind != FileKind::Directory => {
                            return Err(Errno::NotDirectory);
                        }
                        _ => {}
                    }
                    set_mode(spot.mount, &found, mode)
                }
                Spot::Special(Special::Descriptor(owner, fd)) if follow => {
                    self.view(process).descriptor(owner, fd)?.set_mode(mode)
                }
                Spot::Node(_) | Spot::Special(_) => Err(Errno::NotPermitted),
                Spot::Nowhere => Err(Errno::NoEntry),
            },
        )
    }

    /// The room of the mount that a path is on (`statvfs(3)`): its quota, or the host's file system where it has none.
    pub fn space(&self, process: Option<&Process>, base: Base<'_>, path: &[u8]) -> Result<Space> {
        check(path)?;
        self.at(process, base, path, Last::Follow, |spot| match spot {
            Spot::Host(spot) => {
                host::look_below(&spot.handle, &spot.relative)?;
                space(spot.mount)
            }
            Spot::Node(id) => match self.node_handle(id)? {
                Some((mount, _)) => space(mount),
                None => Ok(Space::default()),
            },
            Spot::Special(_) => Ok(Space::default()),
            Spot::Nowhere => Err(Errno::NoEntry),
        })
    }
}

/// Sets the permission bits of an open file or directory; `O_PATH` is enough.
pub(super) fn set_mode(mount: &Mounted, file: impl AsFd, mode: u32) -> Result<()> {
    mount.writable()?;
    let stat = rustix::fs::fstat(&file)?;
    let mode = match host::kind(&stat) {
        FileKind::Directory => mode | DIRECTORY_KEPT,
        FileKind::Regular => mode,
        _ => return Err(Errno::NotPermitted),
    };
    if mode & SET_ID & !stat.st_mode != 0 {
        return Err(Errno::NotPermitted);
    }
    let mode = mode & SETTABLE | stat.st_mode & mode & SET_ID;
    // The one way to a handle's own file that works for `O_PATH`: a path would be looked up anew.
    let link = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    Ok(rustix::fs::chmodat(
        CWD,
        link,
        Mode::from_raw_mode(mode),
        AtFlags::empty(),
    )?)
}

fn space(mount: &Mounted) -> Result<Space> {
    if let Some(quota) = &mount.mount.quota {
        return Ok(Space {
            limit: quota.limits(),
            used: quota.usage(),
        });
    }
    let host = rustix::fs::fstatvfs(mount.root())?;
    let limit = Usage {
        bytes: host.f_blocks.saturating_mul(host.f_frsize),
        names: host.f_files,
    };
    let free = Usage {
        bytes: host.f_bavail.saturating_mul(host.f_frsize),
        names: host.f_favail,
    };
    Ok(Space {
        limit,
        used: Usage {
            bytes: limit.bytes.saturating_sub(free.bytes),
            names: limit.names.saturating_sub(free.names),
        },
    })
}
