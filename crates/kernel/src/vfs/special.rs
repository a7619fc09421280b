//! The shape of `/dev` and `/proc`: which names there are, what each is, where its links lead.
//!
//! What their files say is made when they are opened: `device` for `/dev`, `proc` for `/proc`.

use std::sync::Arc;

use super::device::Device;
use super::proc::{ProcessFile, SystemFile};
use crate::file::{File, FileKind, Stat};
use crate::machine::Machine;
use crate::process::{Pid, Process, State};
use crate::{Errno, Result};

/// Whose descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Owner {
    /// Of the process that asks (`/dev/fd`).
    Caller,
    /// Of this one (`/proc/<pid>/fd`).
    Pid(Pid),
}

/// A file of `/dev` or `/proc`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Special {
    /// `/dev`
    Devices,
    /// `/dev/null` and the like.
    Device(Device),
    /// `/dev/fd`, `/proc/<pid>/fd`
    Descriptors(Owner),
    /// A link to an open file: `/dev/fd/0`, `/dev/stdin`, `/proc/<pid>/fd/0`. Opening it gives the same
    /// open file description.
    Descriptor(Owner, u32),
    /// `/proc`
    Proc,
    /// `/proc/self`, a link.
    SelfLink,
    /// `/proc/mounts`, a link.
    MountsLink,
    /// `/proc/uptime` and the like.
    System(SystemFile),
    /// `/proc/<pid>`
    Process(Pid),
    /// `/proc/<pid>/status` and the like.
    ProcessFile(Pid, ProcessFile),
    /// `/proc/<pid>/cwd`, a link.
    WorkingDirectory(Pid),
    /// `/proc/<pid>/exe`, a link.
    Program(Pid),
}

/// `/dev/stdin`, `/dev/stdout`, `/dev/stderr` by their descriptors.
const STANDARD: [&[u8]; 3] = [b"stdin", b"stdout", b"stderr"];

const WORKING_DIRECTORY: &[u8] = b"cwd";
const PROGRAM: &[u8] = b"exe";
const DESCRIPTORS: &[u8] = b"fd";

/// Who looks at `/dev` and `/proc`.
pub(super) struct View<'a> {
    /// The process that asks; `None`: the host.
    pub process: Option<&'a Process>,
    /// The session, once it is there.
    pub machine: Option<Arc<Machine>>,
    /// When the namespace was made, in nanoseconds since the epoch: the time stamp of all these files.
    pub created_ns: u64,
}

impl View<'_> {
    /// Runs `look` on the process with this number. `ENOENT` when it is gone.
    pub fn with<T>(&self, pid: Pid, look: impl FnOnce(&Process) -> Result<T>) -> Result<T> {
        match self.process {
            Some(process) if process.pid() == pid => look(process),
            _ => {
                let process = self.machine.as_ref().and_then(|machine| machine.find(pid));
                look(&*process.ok_or(Errno::NoEntry)?)
            }
        }
    }

    fn owner<T>(&self, owner: Owner, look: impl FnOnce(&Process) -> Result<T>) -> Result<T> {
        match owner {
            Owner::Caller => look(self.process.ok_or(Errno::NoEntry)?),
            Owner::Pid(pid) => self.with(pid, look),
        }
    }

    /// The open file behind a descriptor. `ENOENT` when it is closed.
    pub fn descriptor(&self, owner: Owner, fd: u32) -> Result<Arc<dyn File>> {
        self.owner(owner, |process| {
            process.file(fd).map_err(|_| Errno::NoEntry)
        })
    }
}

/// Reads a number as `/proc` writes it: digits only, no zero in front.
pub(super) fn number(name: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(name).ok()?;
    let value: u32 = text.parse().ok()?;
    (value.to_string() == text).then_some(value)
}

impl Special {
    /// Whether it belongs to `/dev`.
    pub fn is_device(&self) -> bool {
        matches!(
            self,
            Self::Devices
                | Self::Device(_)
                | Self::Descriptors(Owner::Caller)
                | Self::Descriptor(Owner::Caller, _)
        )
    }

    /// Type of the file itself, links not followed.
    pub fn kind(&self) -> FileKind {
        match self {
            Self::Devices | Self::Descriptors(_) | Self::Proc | Self::Process(_) => {
                FileKind::Directory
            }
            Self::Device(_) => FileKind::CharacterDevice,
            Self::System(_) | Self::ProcessFile(..) => FileKind::Regular,
            Self::Descriptor(..)
            | Self::SelfLink
            | Self::MountsLink
            | Self::WorkingDirectory(_)
            | Self::Program(_) => FileKind::SymbolicLink,
        }
    }

    /// Guest path.
    pub fn path(&self) -> String {
        match self {
            Self::Devices => "/dev".to_owned(),
            Self::Device(device) => format!("/dev/{}", device.name()),
            Self::Descriptors(Owner::Caller) => "/dev/fd".to_owned(),
            Self::Descriptors(Owner::Pid(pid)) => format!("/proc/{pid}/fd"),
            Self::Descriptor(Owner::Caller, fd) => format!("/dev/fd/{fd}"),
            Self::Descriptor(Owner::Pid(pid), fd) => format!("/proc/{pid}/fd/{fd}"),
            Self::Proc => "/proc".to_owned(),
            Self::SelfLink => "/proc/self".to_owned(),
            Self::MountsLink => "/proc/mounts".to_owned(),
            Self::System(file) => format!("/proc/{}", file.name()),
            Self::Process(pid) => format!("/proc/{pid}"),
            Self::ProcessFile(pid, file) => format!("/proc/{pid}/{}", file.name()),
            Self::WorkingDirectory(pid) => format!("/proc/{pid}/cwd"),
            Self::Program(pid) => format!("/proc/{pid}/exe"),
        }
    }

    /// The directory above; `None` where that is the session's root. Only directories are asked.
    pub fn parent(&self) -> Option<Self> {
        match self {
            Self::Descriptors(Owner::Caller) => Some(Self::Devices),
            Self::Descriptors(Owner::Pid(pid)) => Some(Self::Process(*pid)),
            Self::Process(_) => Some(Self::Proc),
            _ => None,
        }
    }

    /// What `name` is in this directory. `ENOENT`, or `ENOTDIR` if this is none.
    pub fn child(&self, name: &[u8], view: &View<'_>) -> Result<Self> {
        let found = match self {
            Self::Devices => match name {
                DESCRIPTORS => Some(Self::Descriptors(Owner::Caller)),
                _ => STANDARD
                    .iter()
                    .position(|known| *known == name)
                    .map(|fd| Self::Descriptor(Owner::Caller, fd as u32))
                    .or_else(|| Device::named(name).map(Self::Device)),
            },
            Self::Descriptors(owner) => {
                let fd = number(name).ok_or(Errno::NoEntry)?;
                view.descriptor(*owner, fd)?;
                Some(Self::Descriptor(*owner, fd))
            }
            Self::Proc => match name {
                b"self" => Some(Self::SelfLink),
                b"mounts" => Some(Self::MountsLink),
                _ => match number(name) {
                    Some(pid) => view.with(pid, |_| Ok(Some(Self::Process(pid))))?,
                    None => SystemFile::named(name).map(Self::System),
                },
            },
            Self::Process(pid) => match name {
                DESCRIPTORS => Some(Self::Descriptors(Owner::Pid(*pid))),
                WORKING_DIRECTORY => Some(Self::WorkingDirectory(*pid)),
                PROGRAM => Some(Self::Program(*pid)),
                _ => ProcessFile::named(name).map(|file| Self::ProcessFile(*pid, file)),
            },
            _ => return Err(Errno::NotDirectory),
        };
        found.ok_or(Errno::NoEntry)
    }

    /// What it says if it is a link. A link to an open file says how that describes itself, which
    /// need not be a path.
    pub fn target(&self, view: &View<'_>) -> Result<Vec<u8>> {
        match self {
            Self::Descriptor(owner, fd) => {
                Ok(view.descriptor(*owner, *fd)?.describe().into_bytes())
            }
            Self::SelfLink => Ok(view
                .process
                .ok_or(Errno::NoEntry)?
                .pid()
                .to_string()
                .into_bytes()),
            Self::MountsLink => Ok(b"self/mounts".to_vec()),
            Self::WorkingDirectory(pid) => view.with(*pid, |process| Ok(process.cwd())),
            Self::Program(pid) => view.with(*pid, |process| Ok(process.image().path.clone())),
            _ => Err(Errno::Invalid),
        }
    }

    /// Names and files of this directory.
    pub fn children(&self, view: &View<'_>) -> Result<Vec<(String, Self)>> {
        let mut children = Vec::new();
        let mut add = |name: String, special| children.push((name, special));
        match self {
            Self::Devices => {
                add("fd".to_owned(), Self::Descriptors(Owner::Caller));
                for (fd, name) in STANDARD.iter().enumerate() {
                    add(
                        String::from_utf8_lossy(name).into_owned(),
                        Self::Descriptor(Owner::Caller, fd as u32),
                    );
                }
                for device in Device::ALL {
                    add(device.name().to_owned(), Self::Device(device));
                }
            }
            Self::Descriptors(owner) => view.owner(*owner, |process| {
                for (fd, _) in process.descriptors().iter() {
                    add(fd.to_string(), Self::Descriptor(*owner, fd));
                }
                Ok(())
            })?,
            Self::Proc => {
                if view.process.is_some() {
                    add("self".to_owned(), Self::SelfLink);
                }
                add("mounts".to_owned(), Self::MountsLink);
                for file in SystemFile::ALL {
                    add(file.name().to_owned(), Self::System(file));
                }
                for process in view.machine.iter().flat_map(|machine| machine.processes()) {
                    add(process.pid().to_string(), Self::Process(process.pid()));
                }
            }
            Self::Process(pid) => {
                view.with(*pid, |_| Ok(()))?;
                add("fd".to_owned(), Self::Descriptors(Owner::Pid(*pid)));
                add("cwd".to_owned(), Self::WorkingDirectory(*pid));
                add("exe".to_owned(), Self::Program(*pid));
                for file in ProcessFile::ALL {
                    add(file.name().to_owned(), Self::ProcessFile(*pid, file));
                }
            }
            _ => return Err(Errno::NotDirectory),
        }
        Ok(children)
    }

    /// Attributes of the file itself, links not followed.
    pub fn stat(&self, view: &View<'_>) -> Stat {
        let kind = self.kind();
        let mode = match kind {
            FileKind::Directory => 0o555,
            FileKind::CharacterDevice => 0o666,
            FileKind::SymbolicLink => 0o777,
            _ => 0o444,
        };
        Stat {
            device: self.device(),
            inode: self.inode(),
            kind,
            mode,
            links: if kind == FileKind::Directory { 2 } else { 1 },
            size: 0,
            accessed_ns: view.created_ns,
            modified_ns: view.created_ns,
            changed_ns: view.created_ns,
        }
    }

    /// A serial number that stays the same for the same path (FNV-1a).
    pub fn inode(&self) -> u64 {
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        self.path().bytes().fold(OFFSET, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        })
    }
}

/// One letter for what a process does, as `/proc/<pid>/stat` has it.
pub(super) fn state_letter(state: State) -> (char, &'static str) {
    match state {
        State::Running => ('R', "running"),
        State::Stopped(_) => ('T', "stopped"),
        State::Ended(_) => ('Z', "zombie"),
    }
}
