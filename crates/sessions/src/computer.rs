//! A session's computer: everything there is only while the session is RUNNING.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use berth_environments::Environment;
use berth_folders::{Files, FolderId, OpenFolder, Permission};
use berth_kernel::machine::{Group, Limits, Machine, MachineOptions};
use berth_kernel::net::{HostStream, Outside};
use berth_kernel::tty::Tty;
use berth_kernel::vfs::{
    Access, GuestPath, Mount, Namespace, NamespaceOptions, Quota, QuotaKind, Usage,
};
use berth_store::SessionId;
use berth_store::sessions::SessionStatus;
use berth_wasi::{Runtime, Spawn};
use serde::{Deserialize, Serialize};

use crate::activity::Activity;
use crate::dotfiles::{Dotfile, place};
use crate::environ::{Environ, SHELL};
use crate::error::{Error, Fault, Result};
use crate::exec::{self, ExecRequest, ExecResult};
use crate::limits::{BOOTSTRAP_TIMEOUT, END_PATIENCE, EXECS_MAX, SCRATCH_NAMES_MAX, TERMINALS_MAX};
use crate::log::Log;
use crate::mounts::{HOME, LINUXBREW, PlannedMount, TAPS};
use crate::scratch::{Scratch, ScratchSpace};
use crate::skeleton;
use crate::terminal::{Attachment, Terminal, WindowSize, descriptors, is_terminal_name};

/// A mount as it is told to people, and kept in the session's row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MountedFolder {
    /// The folder's name when the session started.
    pub folder: String,
    /// Its id.
    pub folder_id: FolderId,
    /// Where the session sees it.
    pub path: String,
    /// What the session may do with it.
    pub permission: Permission,
    /// The directory inside of it that is seen; empty for all of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subpath: String,
    /// It is there because its name begins with a dot.
    pub automount: bool,
}

impl From<&PlannedMount> for MountedFolder {
    fn from(mount: &PlannedMount) -> Self {
        Self {
            folder: mount.folder.name.clone(),
            folder_id: mount.folder.id,
            path: mount.path.to_string(),
            permission: mount.permission,
            subpath: mount.subpath.as_str().to_owned(),
            automount: mount.automount,
        }
    }
}

/// What a running session uses at the moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResourcesInUse {
    /// Linear memory of its programs, in bytes.
    pub memory_bytes: u64,
    /// Its processes.
    pub processes: u64,
    /// Its own `/home/work` and `/tmp`, in bytes; what lies in folders is not among them.
    pub scratch_bytes: u64,
    /// Names of the terminals in which a shell runs, in alphabetical order.
    pub terminals: Vec<String>,
}

/// A folder that is open for a session, and where it goes.
pub(crate) struct OpenMount {
    pub plan: PlannedMount,
    /// Keeps the folder from being deleted.
    pub folder: OpenFolder,
    /// The handle that is mounted: the folder's, or one beneath it.
    pub root: Arc<OwnedFd>,
}

/// What a computer is made of.
pub(crate) struct Parts {
    pub id: SessionId,
    pub hostname: String,
    pub environment: Arc<Environment>,
    pub mounts: Vec<OpenMount>,
    pub limits: Limits,
    pub scratch_bytes: u64,
    pub environ: Environ,
    pub runtime: Arc<Runtime>,
    pub scratch: ScratchSpace,
    /// Its way out, if there is one.
    pub outside: Option<Arc<dyn Outside>>,
    /// The directory of taps.
    pub taps: Option<Arc<OwnedFd>>,
    pub dotfiles: Vec<Dotfile>,
}

/// A running session: what can be done in it.
pub struct Computer {
    machine: Arc<Machine>,
    runtime: Arc<Runtime>,
    environ: Environ,
    scratch: Arc<Scratch>,
    /// Who counts what lies in it.
    scratch_quota: Arc<Quota>,
    files: Files,
    /// Held so that nobody deletes them; let go when the session ends, whoever still looks at it.
    folders: Mutex<Vec<OpenFolder>>,
    terminals: tokio::sync::Mutex<HashMap<String, Arc<Terminal>>>,
    execs: AtomicUsize,
    pub(crate) activity: Arc<Activity>,
    pub(crate) log: Log,
    closed: AtomicBool,
}

impl Computer {
    /// Puts a computer together. Blocks for the disk.
    pub(crate) fn build(parts: Parts) -> Result<Arc<Self>> {
        let scratch = parts.scratch.make(parts.id)?;
        match Self::assemble(&parts, &scratch) {
            Ok((machine, scratch_quota, log)) => Ok(Arc::new(Self {
                files: Files::of(Arc::clone(machine.namespace()), true),
                machine,
                runtime: parts.runtime,
                environ: parts.environ,
                scratch: Arc::new(scratch),
                scratch_quota,
                folders: Mutex::new(parts.mounts.into_iter().map(|mount| mount.folder).collect()),
                terminals: tokio::sync::Mutex::default(),
                execs: AtomicUsize::new(0),
                activity: Activity::new(),
                log,
                closed: AtomicBool::new(false),
            })),
            Err(error) => {
                scratch.remove()?;
                Err(error)
            }
        }
    }

    fn assemble(parts: &Parts, scratch: &Scratch) -> Result<(Arc<Machine>, Arc<Quota>, Log)> {
        let root = parts.environment.root()?;
        let mut used = skeleton::copy(&root, &scratch.home)?;
        let log = Self::write_dotfiles(parts, scratch, &mut used)?;
        let limit = Usage {
            bytes: parts.scratch_bytes,
            names: SCRATCH_NAMES_MAX,
        };
        let quota = Quota::new(QuotaKind::Scratch, limit, used);
        let path = |path: &str| {
            GuestPath::new(path.as_bytes()).map_err(|_| Error::Kernel(berth_kernel::Errno::Invalid))
        };
        let own = |at: GuestPath, root: &Arc<_>| Mount {
            path: at,
            root: Arc::clone(root),
            access: Access::ReadWrite,
            source: "scratch".to_owned(),
            quota: Some(Arc::clone(&quota)),
            fifos: true,
        };
        let mut mounts = vec![
            Mount {
                path: GuestPath::root(),
                root,
                access: Access::ReadOnly,
                source: parts.environment.name.to_owned(),
                quota: None,
                fifos: false,
            },
            own(path(HOME)?, &scratch.home),
            own(path("/tmp")?, &scratch.tmp),
        ];
        if let Some(taps) = &parts.taps {
            mounts.push(Mount {
                path: path(TAPS)?,
                root: Arc::clone(taps),
                access: Access::ReadOnly,
                source: "taps".to_owned(),
                quota: None,
                fifos: false,
            });
        }
        // Where no folder is brew's, what it installs goes with the session.
        let brew = path(LINUXBREW)?;
        if parts.mounts.iter().all(|mount| mount.plan.path != brew) {
            mounts.push(own(brew, &scratch.linuxbrew));
        }
        mounts.extend(parts.mounts.iter().map(|mount| Mount {
            path: mount.plan.path.clone(),
            root: Arc::clone(&mount.root),
            access: match mount.plan.permission {
                Permission::ReadOnly => Access::ReadOnly,
                Permission::ReadWrite | Permission::WriteDelete => Access::ReadWrite,
            },
            source: mount.folder.name.clone(),
            quota: mount.folder.quota.clone(),
            fifos: false,
        }));
        let namespace = Namespace::new(
            mounts,
            NamespaceOptions {
                devices: true,
                proc: true,
            },
        )
        .map_err(Error::Kernel)?;
        let options = MachineOptions {
            hostname: parts.hostname.clone(),
            namespace,
            limits: parts.limits.clone(),
        };
        let machine = Machine::with_outside(options, parts.outside.clone());
        Ok((machine, quota, log))
    }

    /// Writes the owner's dotfiles into the home, and tells the log which of them a mount hides.
    fn write_dotfiles(parts: &Parts, scratch: &Scratch, used: &mut Usage) -> Result<Log> {
        let mounts: Vec<_> = parts
            .mounts
            .iter()
            .map(|mount| mount.plan.path.to_string())
            .collect();
        let (free, covered) = place::apart(&parts.dotfiles, &mounts);
        place::write(&free, &scratch.home, used)?;
        let log = Log::default();
        for dotfile in covered {
            let path = &dotfile.path;
            log.append(
                format!("berth: {path} is left out, for a folder is mounted there\n").as_bytes(),
            );
        }
        Ok(log)
    }

    // Terminals.

    /// Attaches to the terminal called `name`, which gets the size of the viewer's window. If no
    /// shell runs there, one is started.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the name, [`Error::TooManyTerminals`], [`Error::TooManyViewers`],
    /// [`Error::ProcessLimit`].
    pub async fn attach(&self, name: &str, size: WindowSize) -> Result<Attachment> {
        if !is_terminal_name(name) {
            return Err(Error::invalid("name", Fault::TerminalName));
        }
        // Held over the start of a shell: two who come at once get one shell.
        let mut terminals = self.terminals.lock().await;
        if let Some(terminal) = terminals.get(name)
            && let Some(attachment) = terminal.attach(size)?
        {
            return Ok(attachment);
        }
        terminals.retain(|_, terminal| !terminal.has_ended());
        if terminals.len() >= TERMINALS_MAX {
            return Err(Error::TooManyTerminals);
        }
        let attachment = self.start_shell(size).await?;
        terminals.insert(name.to_owned(), Arc::clone(&attachment.terminal));
        Ok(attachment)
    }

    async fn start_shell(&self, size: WindowSize) -> Result<Attachment> {
        let tty = Tty::new(size.clamped().winsize(), Arc::downgrade(&self.machine));
        let spawn = Spawn {
            path: SHELL.as_bytes().to_vec(),
            argv: vec![b"bash".to_vec()],
            environ: self.environ.strings(),
            cwd: HOME.as_bytes().to_vec(),
            descriptors: descriptors(&tty),
            tty: Some(Arc::clone(&tty)),
            group: Group::New,
            foreground: true,
        };
        let spawned = self.runtime.spawn(&self.machine, spawn).await;
        let shell = spawned.map_err(|errno| self.told(Error::of_spawn(errno)))?;
        self.activity.touch();
        Ok(Terminal::start(
            tty,
            shell,
            size,
            Arc::clone(&self.activity),
        ))
    }

    /// The error to tell: a machine that ends refuses programs as one that is full does.
    fn told(&self, error: Error) -> Error {
        match error {
            Error::ProcessLimit if self.closed.load(Ordering::Acquire) => Error::NotRunning {
                status: SessionStatus::Terminating,
            },
            error => error,
        }
    }

    /// Names of the terminals in which a shell runs.
    pub async fn terminals(&self) -> Vec<String> {
        let terminals = self.terminals.lock().await;
        let mut names: Vec<_> = terminals
            .iter()
            .filter(|(_, terminal)| !terminal.has_ended())
            .map(|(name, _)| name.clone())
            .collect();
        names.sort();
        names
    }

    /// Closes the terminal called `name`, as one closes a window: its shell is hung up, and so is what
    /// runs in its foreground. Whoever watches sees the end. `false`: there is none.
    pub async fn close_terminal(&self, name: &str) -> bool {
        let terminal = self.terminals.lock().await.remove(name);
        match terminal {
            Some(terminal) => {
                terminal.close();
                true
            }
            None => false,
        }
    }

    // Commands.

    /// Runs a command to its end and tells what it printed. When the future is dropped the command
    /// is killed.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::TooManyCommands`], [`Error::ProcessLimit`]. A program that is
    /// not there, or is none, is no error but exit code 127 or 126.
    pub async fn exec(&self, request: ExecRequest) -> Result<ExecResult> {
        let checked = exec::check(request)?;
        let _place = Place::take(&self.execs).ok_or(Error::TooManyCommands)?;
        let _in_use = self.activity.last();
        exec::run(&self.runtime, &self.machine, &self.environ, checked)
            .await
            .map_err(|error| self.told(error))
    }

    /// Runs the startup command; what it prints goes to the log.
    pub(crate) async fn run_startup(&self, text: &str) -> Result<u8> {
        let _in_use = self.activity.last();
        exec::run_startup(&self.runtime, &self.machine, &self.environ, text, |bytes| {
            self.log.append(bytes)
        })
        .await
    }

    /// Runs the owner's bootstrap script, which may take [`BOOTSTRAP_TIMEOUT`]; what it prints, and how it ends if that is
    /// not well, goes to the log. Dropping the future kills it.
    pub(crate) async fn bootstrap(&self, script: &str) {
        let ended = tokio::time::timeout(BOOTSTRAP_TIMEOUT, self.run_startup(script)).await;
        let complaint = match ended {
            Ok(Ok(0)) => return,
            Ok(Ok(code)) => format!("ended with exit code {code}"),
            Ok(Err(error)) => format!("could not run: {error}"),
            Err(_) => format!("was killed after {} s", BOOTSTRAP_TIMEOUT.as_secs()),
        };
        let complaint = format!("berth: the bootstrap script {complaint}\n");
        self.log.append(complaint.as_bytes());
    }

    // Files.

    /// The files as the session sees them; what its mounts forbid is forbidden here, too.
    pub fn files(&self) -> Files {
        self.activity.touch();
        self.files.clone()
    }

    // Network.

    /// A connection to what listens on a port inside of it. `None`: nothing does, or it takes no more.
    pub fn connect(&self, port: u16) -> Option<HostStream> {
        self.activity.touch();
        let to = SocketAddr::from(([127, 0, 0, 1], port));
        let connected = self.machine.network().loopback().connect(None, to);
        connected.ok().map(HostStream::new)
    }

    // Life.

    /// What it uses at the moment.
    pub async fn in_use(&self) -> ResourcesInUse {
        ResourcesInUse {
            memory_bytes: self.machine.memory_used_bytes(),
            processes: self.machine.processes().len() as u64,
            scratch_bytes: self.scratch_quota.used(),
            terminals: self.terminals().await,
        }
    }

    /// How long nobody and nothing used it. `burnt` is the processor time it had taken when this was
    /// last asked: a program that computes is use.
    pub(crate) fn idle(&self, burnt: &mut BTreeMap<u32, u64>) -> Duration {
        let now: BTreeMap<u32, u64> = self
            .machine
            .processes()
            .iter()
            .map(|process| (process.pid(), process.ticks()))
            .collect();
        if now != *burnt {
            *burnt = now;
            self.activity.touch();
        }
        self.activity.idle()
    }

    fn held_folders(&self) -> MutexGuard<'_, Vec<OpenFolder>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it: kills every process, closes the terminals, lets the folders go, deletes the scratch.
    /// Only the first call does anything.
    pub(crate) async fn close(&self) -> Result<()> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        self.machine.end();
        for (_, terminal) in self.terminals.lock().await.drain() {
            terminal.close();
        }
        if tokio::time::timeout(END_PATIENCE, self.machine.idle())
            .await
            .is_err()
        {
            tracing::error!(
                hostname = self.machine.hostname(),
                "a process of an ending session does not end"
            );
        }
        self.held_folders().clear();
        let scratch = Arc::clone(&self.scratch);
        tokio::task::spawn_blocking(move || scratch.remove())
            .await
            .map_err(std::io::Error::other)??;
        Ok(())
    }
}

impl Drop for Computer {
    /// Nobody is left to close it: at least its programs do not run on.
    fn drop(&mut self) {
        self.machine.end();
    }
}

/// One of [`EXECS_MAX`] places.
struct Place<'a> {
    taken: &'a AtomicUsize,
}

impl<'a> Place<'a> {
    fn take(taken: &'a AtomicUsize) -> Option<Self> {
        taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                (count < EXECS_MAX).then_some(count + 1)
            })
            .ok()
            .map(|_| Self { taken })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

impl std::fmt::Debug for Computer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Computer")
            .field("hostname", &self.machine.hostname())
            .finish_non_exhaustive()
    }
}
