//! Changing names: making, removing, renaming and linking files.
//!
//! Each of these works on one name in a directory that was opened below a mount, so that whatever
//! happens to the path meanwhile, the change lands in that directory or nowhere.

use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, RenameFlags};
use rustix::io::Errno as HostErrno;

use super::host::{self, Handle};
use super::mount::Mounted;
use super::namespace::{Base, Namespace};
use super::path::{Ending, check};
use super::quota::Quota;
use super::resolve::{Last, Spot};
use super::special::Special;
use crate::file::FileKind;
use crate::limits::PATH_MAX_BYTES;
use crate::process::Process;
use crate::{Errno, Result};

/// Attempts at renaming to a name that somebody else makes and removes all the time.
const RENAMES_MAX: usize = 8;

/// What a path names that is about to change.
enum Named<'a> {
    /// A name in a directory of a mount.
    Name(Name<'a>),
    /// A mount point, or a directory above one: it stays.
    Node,
    /// A file of `/dev` or `/proc`.
    Special(Special),
    /// Nothing, where nothing can be made.
    Nowhere,
}

struct Name<'a> {
    mount: &'a Arc<Mounted>,
    parent: Handle<'a>,
    name: Vec<u8>,
}

impl Name<'_> {
    fn kind(&self) -> Result<Option<FileKind>> {
        host::kind_of(&self.parent, &self.name)
    }

    /// `EEXIST` if there is something, else the reason why nothing can be made, if there is one. The
    /// host decides in the end; this is the order of errors a guest expects.
    fn free(&self) -> Result<()> {
        match self.mount.writable() {
            Ok(()) => Ok(()),
            Err(refused) => self.vacant().and(Err(refused)),
        }
    }

    /// `EEXIST` if there is something.
    fn vacant(&self) -> Result<()> {
        if self.kind()?.is_some() {
            Err(Errno::Exists)
        } else {
            Ok(())
        }
    }

    /// Runs `make`, which makes this name, and counts it.
    fn counted(&self, make: impl FnOnce() -> Result<()>) -> Result<()> {
        let Some(quota) = self.quota() else {
            return make();
        };
        if let Err(exceeded) = quota.charge_name() {
            return Err(if self.kind()?.is_some() {
                Errno::Exists
            } else {
                exceeded
            });
        }
        make().inspect_err(|_| quota.give_back_name())
    }

    fn quota(&self) -> Option<&Arc<Quota>> {
        self.mount.mount.quota.as_ref()
    }
}

impl Named<'_> {
    /// The error for making something at a place that is no free name.
    fn taken(&self) -> Errno {
        match self {
            Self::Nowhere => Errno::ReadOnly,
            _ => Errno::Exists,
        }
    }

    /// The error for removing or renaming something that stays where it is.
    fn fixed(&self) -> Errno {
        match self {
            Self::Nowhere => Errno::NoEntry,
            Self::Special(special) if !matches!(special, Special::Devices | Special::Proc) => {
                Errno::NotPermitted
            }
            _ => Errno::Busy,
        }
    }
}

impl Namespace {
    /// The name `path` ends with, in its directory.
    fn name<'a>(
        &'a self,
        process: Option<&Process>,
        base: Base<'a>,
        path: &[u8],
        last: Last,
    ) -> Result<Named<'a>> {
        let ending = Ending::of(path);
        let last = match (last, ending) {
            // What `.` follows is a directory on the way, not the name.
            (_, Ending::Dot) | (Last::Keep, Ending::Slash) => Last::Follow,
            (last, _) => last,
        };
        self.at(process, base, path, last, |spot| match spot {
            Spot::Host(spot) => {
                let (mount, parent, name) = spot.split()?;
                let name = Name {
                    mount,
                    parent,
                    name,
                };
                if last == Last::Follow {
                    match name.kind()? {
                        Some(FileKind::SymbolicLink) => return Err(Errno::Loop),
                        Some(FileKind::Directory) => {}
                        Some(_) if ending == Ending::Dot => return Err(Errno::NotDirectory),
                        None if ending == Ending::Dot => return Err(Errno::NoEntry),
                        _ => {}
                    }
                }
                Ok(Named::Name(name))
            }
            Spot::Node(_) => Ok(Named::Node),
            Spot::Special(special) => Ok(Named::Special(special)),
            Spot::Nowhere => Ok(Named::Nowhere),
        })
    }

    /// Makes something new: `make` gets its name, and how the path ends.
    fn make(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        make: impl FnOnce(&Name<'_>, Ending) -> Result<()>,
    ) -> Result<()> {
        check(path)?;
        match self.name(process, base, path, Last::Name)? {
            Named::Name(name) => make(&name, Ending::of(path)),
            other => Err(other.taken()),
        }
    }

    /// Makes a directory (`mkdirat(2)`); `mode`: its permission bits, the umask already taken away.
    pub fn create_directory(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        mode: u32,
    ) -> Result<()> {
        self.make(process, base, path, |name, ending| {
            refuse_dots(ending, Errno::Exists)?;
            name.free()?;
            let mode = Mode::from_raw_mode(mode & 0o777);
            name.counted(|| Ok(rustix::fs::mkdirat(&name.parent, &*name.name, mode)?))
        })
    }

    /// Makes a named pipe (`mkfifo(3)`); `mode` as for a directory. `EPERM` on a mount that has none.
    pub fn create_fifo(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
        mode: u32,
    ) -> Result<()> {
        self.make(process, base, path, |name, ending| {
            name_only(name, ending)?;
            name.free()?;
            if !name.mount.mount.fifos {
                name.vacant()?;
                return Err(Errno::NotPermitted);
            }
            let mode = Mode::from_raw_mode(mode & 0o777);
            let (parent, kind) = (&name.parent, FileType::Fifo);
            name.counted(|| Ok(rustix::fs::mknodat(parent, &*name.name, kind, mode, 0)?))
        })
    }

    /// Makes a symbolic link at `path` that says `target`, whatever that is.
    pub fn symlink(
        &self,
        process: Option<&Process>,
        target: &[u8],
        base: Base<'_>,
        path: &[u8],
    ) -> Result<()> {
        check(target)?;
        if target.len() >= PATH_MAX_BYTES {
            return Err(Errno::NameTooLong);
        }
        self.make(process, base, path, |name, ending| {
            name_only(name, ending)?;
            name.free()?;
            name.counted(|| Ok(rustix::fs::symlinkat(target, &name.parent, &*name.name)?))
        })
    }

    /// Makes a second name (`linkat(2)`); `follow`: of what a symbolic link at `from_path` leads to.
    /// `EXDEV` across mounts, `EPERM` for a directory.
    pub fn link(
        &self,
        process: Option<&Process>,
        from: Base<'_>,
        from_path: &[u8],
        follow: bool,
        to: Base<'_>,
        to_path: &[u8],
    ) -> Result<()> {
        check(from_path)?;
        check(to_path)?;
        let source = self.name(process, from, from_path, Last::follow_if(follow))?;
        let kind = match &source {
            Named::Name(name) => name.kind()?.ok_or(Errno::NoEntry)?,
            Named::Node => FileKind::Directory,
            Named::Special(special) => special.kind(),
            Named::Nowhere => return Err(Errno::NoEntry),
        };
        if kind != FileKind::Directory && Ending::of(from_path).wants_directory() {
            return Err(Errno::NotDirectory);
        }
        let name = match self.name(process, to, to_path, Last::Name)? {
            Named::Name(name) => name,
            other => return Err(other.taken()),
        };
        name_only(&name, Ending::of(to_path))?;
        name.vacant()?;
        let Named::Name(source) = source else {
            return Err(Errno::CrossDevice);
        };
        if !Arc::ptr_eq(source.mount, name.mount) {
            return Err(Errno::CrossDevice);
        }
        name.mount.writable()?;
        if kind == FileKind::Directory {
            return Err(Errno::NotPermitted);
        }
        // With the names locked, so that a last name is not lost while it gets a brother.
        let _names = name.quota().map(|quota| quota.names());
        name.counted(|| {
            Ok(rustix::fs::linkat(
                &source.parent,
                &*source.name,
                &name.parent,
                &*name.name,
                AtFlags::empty(),
            )?)
        })
    }

    /// Removes an empty directory (`rmdir(2)`). `EBUSY` for a mount point and what is above one.
    pub fn remove_directory(
        &self,
        process: Option<&Process>,
        base: Base<'_>,
        path: &[u8],
    ) -> Result<()> {
        check(path)?;
        let ending = Ending::of(path);
        match self.name(process, base, path, Last::Name)? {
            Named::Name(name) => {
                refuse_dots(
                    ending,
                    if ending == Ending::Dot {
                        Errno::Invalid
                    } else {
                        Errno::NotEmpty
                    },
                )?;
                name.mount.writable()?;
                rustix::fs::unlinkat(&name.parent, &*name.name, AtFlags::REMOVEDIR)?;
                if let Some(quota) = name.quota() {
                    quota.give_back_name();
                }
                Ok(())
            }
            other => Err(other.fixed()),
        }
    }

    /// Removes a name that is not a directory's (`unlink(2)`). `EISDIR` for a directory.
    pub fn unlink(&self, process: Option<&Process>, base: Base<'_>, path: &[u8]) -> Result<()> {
        check(path)?;
        let ending = Ending::of(path);
        match self.name(process, base, path, Last::Name)? {
            Named::Name(name) => {
                refuse_dots(ending, Errno::IsDirectory)?;
                name.mount.writable()?;
                if ending == Ending::Slash {
                    return Err(match name.kind()? {
                        None => Errno::NoEntry,
                        Some(FileKind::Directory) => Errno::IsDirectory,
                        Some(_) => Errno::NotDirectory,
                    });
                }
                unlink(&name)
            }
            other => Err(other.fixed()),
        }
    }

    /// Renames; what is at the new name is replaced (`rename(2)`). `EXDEV` across mounts, `EBUSY` for a
    /// mount point and what is above one.
    pub fn rename(
        &self,
        process: Option<&Process>,
        from: Base<'_>,
        from_path: &[u8],
        to: Base<'_>,
        to_path: &[u8],
    ) -> Result<()> {
        check(from_path)?;
        check(to_path)?;
        let endings = [Ending::of(from_path), Ending::of(to_path)];
        let source = self.name(process, from, from_path, Last::Name)?;
        let target = self.name(process, to, to_path, Last::Name)?;
        let source = match source {
            Named::Name(name) => name,
            other => return Err(other.fixed()),
        };
        let target = match target {
            Named::Name(name) => name,
            _ if source.kind()?.is_none() => return Err(Errno::NoEntry),
            Named::Node | Named::Special(Special::Devices | Special::Proc) => {
                return Err(Errno::Busy);
            }
            Named::Special(_) => return Err(Errno::CrossDevice),
            Named::Nowhere => return Err(Errno::ReadOnly),
        };
        if !Arc::ptr_eq(source.mount, target.mount) {
            return Err(Errno::CrossDevice);
        }
        refuse_dots(endings[0], Errno::Busy)?;
        refuse_dots(endings[1], Errno::Busy)?;
        source.mount.writable()?;
        match source.kind()? {
            None => return Err(Errno::NoEntry),
            Some(FileKind::Directory) => {}
            Some(_) if endings.contains(&Ending::Slash) => return Err(Errno::NotDirectory),
            Some(_) => {}
        }
        rename(&source, &target)
    }
}

/// `error` if the path ended with `.` or `..` instead of a name.
fn refuse_dots(ending: Ending, error: Errno) -> Result<()> {
    if matches!(ending, Ending::Dot | Ending::DotDot) {
        Err(error)
    } else {
        Ok(())
    }
}

/// A name that is to be no directory: with a `/` behind it there is something already, or there is no
/// such directory.
fn name_only(name: &Name<'_>, ending: Ending) -> Result<()> {
    match ending {
        Ending::Name => Ok(()),
        Ending::Dot | Ending::DotDot | Ending::Root => Err(Errno::Exists),
        Ending::Slash => Err(if name.kind()?.is_some() {
            Errno::Exists
        } else {
            Errno::NoEntry
        }),
    }
}

fn unlink(name: &Name<'_>) -> Result<()> {
    let Some(quota) = name.quota() else {
        return Ok(rustix::fs::unlinkat(
            &name.parent,
            &*name.name,
            AtFlags::empty(),
        )?);
    };
    let mut names = quota.names();
    let file = host::look_below(&name.parent, &name.name)?;
    rustix::fs::unlinkat(&name.parent, &*name.name, AtFlags::empty())?;
    names.lost(&file);
    // In this order: the host frees the file's blocks when the last handle closes, and nobody should
    // wait for that.
    drop(names);
    drop(file);
    Ok(())
}

fn rename(source: &Name<'_>, target: &Name<'_>) -> Result<()> {
    let Some(quota) = target.quota() else {
        return Ok(host_rename(source, target, RenameFlags::empty())?);
    };
    for _ in 0..RENAMES_MAX {
        let mut names = quota.names();
        let replaced = match host::look_below(&target.parent, &target.name) {
            Err(Errno::NoEntry) => None,
            replaced => Some(replaced?),
        };
        let moved = host::look_below(&source.parent, &source.name)?;
        // Names are made without the lock: one that was not there may be there now.
        let flags = if replaced.is_some() {
            RenameFlags::empty()
        } else {
            RenameFlags::NOREPLACE
        };
        match host_rename(source, target, flags) {
            Err(HostErrno::EXIST) if replaced.is_none() => continue,
            // The host's file system does not know the flag.
            Err(HostErrno::INVAL) if replaced.is_none() => {
                host_rename(source, target, RenameFlags::empty())?
            }
            done => done?,
        }
        if let Some(replaced) = &replaced
            && !host::same_file(&moved, replaced)
        {
            names.lost(replaced);
        }
        // In this order, as above.
        drop(names);
        drop(replaced);
        return Ok(());
    }
    Err(Errno::Busy)
}

fn host_rename(source: &Name<'_>, target: &Name<'_>, flags: RenameFlags) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(
        &source.parent,
        &*source.name,
        &target.parent,
        &*target.name,
        flags,
    )
}
