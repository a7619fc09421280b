//! A machine: everything of one session that its processes share.
//!
//! The process table, the namespace and the limits. A machine knows nothing of folders, people or
//! HTTP; the session that owns it hands it a namespace and ends it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

use tokio::sync::Notify;

use crate::descriptor::Descriptors;
use crate::file::File;
use crate::limits;
use crate::net::{Network, Outside};
use crate::process::{Birth, ExitStatus, Image, Pid, Process, Report, State, Verdict};
use crate::resource::{Resource, Resources};
use crate::signal::Signal;
use crate::tty::Tty;
use crate::vfs::{Base, Namespace, OpenHow};
use crate::{Errno, Result};

/// What a session's programs may use together.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Processes at one time; `EAGAIN` beyond.
    pub processes_max: usize,
    /// Descriptors of one process; `EMFILE` beyond.
    pub descriptors_max: usize,
    /// Linear memory of all processes, in bytes; `memory.grow` answers -1 beyond.
    pub memory_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            processes_max: limits::PROCESSES_MAX,
            descriptors_max: limits::DESCRIPTORS_MAX,
            memory_bytes: limits::MEMORY_MAX_BYTES,
        }
    }
}

/// What a machine is made of.
pub struct MachineOptions {
    /// What `uname -n` and the prompt say.
    pub hostname: String,
    /// The file system every process sees.
    pub namespace: Arc<Namespace>,
    /// What its processes may use.
    pub limits: Limits,
}

/// Which process group a new process joins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// The starter's.
    Inherit,
    /// A new one that it leads.
    New,
    /// This one, which must exist in the starter's Unix session.
    Join(Pid),
}

/// A process about to exist.
pub struct NewProcess {
    /// Program, arguments, environment.
    pub image: Arc<Image>,
    /// Real guest path of the working directory.
    pub cwd: Vec<u8>,
    /// Its descriptors.
    pub descriptors: Descriptors,
    /// Process group.
    pub group: Group,
    /// A terminal it becomes the leader of; without one it inherits its parent's.
    pub lead_tty: Option<Arc<Tty>>,
    /// Make its group the terminal's foreground group before it runs.
    pub foreground: bool,
    /// Keep the parent's caught signals (fork) instead of resetting them (spawn).
    pub keep_caught: bool,
}

/// Which children a wait is about (`waitpid(2)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// This one.
    Pid(Pid),
    /// Any.
    Any,
    /// Any of this process group.
    Group(Pid),
}

/// What a wait is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// The child ended and is gone now.
    Ended(ExitStatus),
    /// It was stopped.
    Stopped(Signal),
    /// It goes on.
    Continued,
}

/// Everything of one session that its processes share.
pub struct Machine {
    hostname: String,
    namespace: Arc<Namespace>,
    limits: Limits,
    network: Network,
    table: Mutex<Table>,
    /// Linear memory of all processes, in bytes.
    memory_used_bytes: AtomicU64,
    /// The open root directory that every process finds at descriptor 3.
    root: OnceLock<Arc<dyn File>>,
    /// Told at each process' end, for [`Machine::idle`].
    ended: Notify,
    started: Instant,
    /// Handed to processes.
    this: Weak<Machine>,
}

struct Table {
    processes: BTreeMap<Pid, Arc<Process>>,
    next: Pid,
    /// Set by [`Machine::end`]: nothing starts any more.
    closed: bool,
}

/// Process numbers wrap here, as on Linux (`pid_max` of a small machine).
const PID_MAX: Pid = 32_768;

impl Machine {
    /// A machine without processes, and without a way out of it.
    pub fn new(options: MachineOptions) -> Arc<Self> {
        Self::with_outside(options, None)
    }

    /// A machine without processes, whose network has that way out.
    pub fn with_outside(options: MachineOptions, outside: Option<Arc<dyn Outside>>) -> Arc<Self> {
        let machine = Arc::new_cyclic(|this| Self {
            network: Network::new(&options.hostname, outside),
            hostname: options.hostname,
            namespace: options.namespace,
            limits: options.limits,
            table: Mutex::new(Table {
                processes: BTreeMap::new(),
                next: 1,
                closed: false,
            }),
            memory_used_bytes: AtomicU64::new(0),
            root: OnceLock::new(),
            ended: Notify::new(),
            started: Instant::now(),
            this: Weak::clone(this),
        });
        machine.namespace.attach(Arc::downgrade(&machine));
        machine
    }

    /// What `uname -n` says.
    pub fn hostname(&self) -> &str {
        &self.hostname
    }

    /// The file system.
    pub fn namespace(&self) -> &Arc<Namespace> {
        &self.namespace
    }

    /// The root directory, opened once and shared: listing it keeps no state between calls.
    pub fn root(&self) -> Result<Arc<dyn File>> {
        if let Some(root) = self.root.get() {
            return Ok(Arc::clone(root));
        }
        let how = OpenHow {
            directory: true,
            ..OpenHow::READ
        };
        let root = self.namespace.open(None, Base::Root, b"/", &how)?;
        Ok(Arc::clone(self.root.get_or_init(|| root)))
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// When it was made.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Linear memory of all its processes, in bytes.
    pub fn memory_used_bytes(&self) -> u64 {
        self.memory_used_bytes.load(Ordering::Relaxed)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All its processes, ended ones that nobody asked for among them.
    pub fn processes(&self) -> Vec<Arc<Process>> {
        self.table().processes.values().cloned().collect()
    }

    /// The process with this number.
    pub fn find(&self, pid: Pid) -> Option<Arc<Process>> {
        self.table().processes.get(&pid).cloned()
    }

    /// Charges `bytes` of linear memory to `process`; `false` when the session has no more.
    pub fn charge_memory(&self, process: &Process, bytes: u64) -> bool {
        if !process.allows_memory(bytes) {
            return false;
        }
        let fits = self
            .memory_used_bytes
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                used.checked_add(bytes)
                    .filter(|&sum| sum <= self.limits.memory_bytes)
            })
            .is_ok();
        if fits {
            process.add_memory(bytes);
        }
        fits
    }

    /// Registers a new process, child of `parent` (`None`: the host starts it and nobody waits).
    ///
    /// `EAGAIN` at the process limit and once the machine ended, `EINTR` for a starter that is being
    /// killed, `EPERM` for a group that is not in the starter's Unix session.
    pub fn start(&self, parent: Option<&Arc<Process>>, new: NewProcess) -> Result<Arc<Process>> {
        let mut table = self.table();
        // Signals to groups are delivered under the same lock: a killed group leaves no child behind.
        if parent.is_some_and(|parent| matches!(parent.verdict(), Verdict::Die(_))) {
            return Err(Errno::Interrupted);
        }
        let resources = parent.map_or_else(
            || Resources::of(&self.limits),
            |parent| parent.resources().inherited(),
        );
        let count = table.processes.len();
        if table.closed
            || count >= self.limits.processes_max
            || count as u64 >= resources.soft(Resource::PROCESSES)
        {
            return Err(Errno::Again);
        }
        let pid = table.free_pid();
        let session = match (&new.lead_tty, parent) {
            (None, Some(parent)) => parent.session(),
            _ => pid,
        };
        let group = match (new.group, parent) {
            _ if session == pid => pid,
            (Group::Inherit, Some(parent)) => parent.group(),
            (Group::Inherit, None) | (Group::New, _) => pid,
            (Group::Join(group), _) => {
                let known = table
                    .processes
                    .values()
                    .any(|p| p.group() == group && p.session() == session);
                if !known {
                    return Err(Errno::NotPermitted);
                }
                group
            }
        };
        let tty = new
            .lead_tty
            .or_else(|| parent.and_then(|parent| parent.controlling_tty()));
        let mut descriptors = new.descriptors;
        let open_max = resources.soft(Resource::DESCRIPTORS);
        descriptors.set_limit(usize::try_from(open_max).unwrap_or(usize::MAX));
        let process = Arc::new(Process::new(
            Weak::clone(&self.this),
            Birth {
                pid,
                parent: parent.map_or(0, |parent| parent.pid()),
                group,
                session,
                image: new.image,
                cwd: new.cwd,
                umask: parent.map_or(0o022, |parent| parent.umask()),
                descriptors,
                tty: tty.clone(),
                ignored: parent.map_or(0, |parent| parent.ignored_bits()),
                caught: if new.keep_caught {
                    parent.map_or(0, |parent| parent.caught_bits())
                } else {
                    0
                },
                resources,
            },
        ));
        table.processes.insert(pid, Arc::clone(&process));
        drop(table);
        if let Some(tty) = tty
            && (new.foreground || session == pid)
        {
            tty.set_foreground(group);
        }
        Ok(process)
    }

    /// Records the end of a process. The door has dropped the instance before, so that everything
    /// it held is closed; what the descriptor table still holds is closed here, before the exit can
    /// be seen.
    pub fn exit(&self, process: &Arc<Process>, status: ExitStatus) {
        let files = process.descriptors().clear();
        drop(files);
        self.memory_used_bytes
            .fetch_sub(process.take_memory(), Ordering::AcqRel);

        let mut table = self.table();
        let mut orphans_ended = Vec::new();
        for child in table
            .processes
            .values()
            .filter(|child| child.parent() == process.pid())
        {
            child.orphan();
            if matches!(child.state(), State::Ended(_)) {
                orphans_ended.push(child.pid());
            }
        }
        for pid in orphans_ended {
            table.processes.remove(&pid);
        }
        let parent = table.processes.get(&process.parent()).cloned();
        if parent.is_none() {
            table.processes.remove(&process.pid());
        }
        // Under the table's lock: a parent that looks now sees either a running child or an ended one.
        process.set_state(State::Ended(status));
        drop(table);

        if process.session() == process.pid()
            && let Some(tty) = process.controlling_tty()
        {
            // The leader is gone: what ran in the foreground is told (`exit(3)`).
            let _ = self.signal_group(tty.foreground(), Signal::HUP);
            let _ = self.signal_group(tty.foreground(), Signal::CONT);
        }
        if let Some(parent) = parent {
            parent.deliver(Signal::CHLD);
            parent.children.notify_waiters();
        }
        self.ended.notify_waiters();
    }

    /// Makes a process run another program (`execve(2)`): its number, parent, group, session, directory, umask, limits and
    /// ignored signals stay. The door has dropped the old instance before, and starts the new one afterwards. A signal
    /// that the old program would have caught and had not taken does to the new one what it does by default.
    pub fn exec(&self, process: &Process, image: Arc<Image>, descriptors: Descriptors) {
        process.replace_image(image, descriptors);
        self.memory_used_bytes
            .fetch_sub(process.take_memory(), Ordering::AcqRel);
        for signal in Signal::in_bits(process.take_pending()) {
            self.deliver(process, signal);
        }
    }

    /// Takes back a process that never ran, as if it had not been started.
    pub fn abandon(&self, process: &Process) {
        process.descriptors().clear();
        self.memory_used_bytes
            .fetch_sub(process.take_memory(), Ordering::AcqRel);
        process.set_state(State::Ended(ExitStatus::Signal(Signal::KILL)));
        self.table().processes.remove(&process.pid());
        self.ended.notify_waiters();
    }

    /// Sends `signal` to one process; `ESRCH` if there is none.
    pub fn signal(&self, pid: Pid, signal: Signal) -> Result<()> {
        let process = self.find(pid).ok_or(Errno::NoProcess)?;
        self.deliver(&process, signal);
        Ok(())
    }

    /// Sends `signal` to a process group; `ESRCH` if it is empty.
    pub fn signal_group(&self, group: Pid, signal: Signal) -> Result<()> {
        self.signal_where(signal, |process| process.group() == group)
    }

    /// Sends `signal` to every process that `chosen` picks; `ESRCH` if there is none.
    pub fn signal_where(&self, signal: Signal, chosen: impl Fn(&Process) -> bool) -> Result<()> {
        let table = self.table();
        let members: Vec<_> = table
            .processes
            .values()
            .filter(|process| chosen(process))
            .cloned()
            .collect();
        if members.is_empty() {
            return Err(Errno::NoProcess);
        }
        // Under the lock: no member starts a child meanwhile that the signal would not reach.
        let changed: Vec<_> = members
            .iter()
            .filter(|process| strike(process, signal))
            .collect();
        drop(table);
        for process in changed {
            self.tell_parent(process);
        }
        Ok(())
    }

    /// Whether a process group has members.
    pub fn has_group(&self, group: Pid) -> bool {
        self.table()
            .processes
            .values()
            .any(|process| process.group() == group)
    }

    fn deliver(&self, process: &Process, signal: Signal) {
        if strike(process, signal) {
            self.tell_parent(process);
        }
    }

    /// Wakes the parent of a process that stopped or went on.
    fn tell_parent(&self, process: &Process) {
        if let Some(parent) = self.find(process.parent()) {
            parent.deliver(Signal::CHLD);
            parent.children.notify_waiters();
        }
    }

    /// Moves `pid` (0: the caller) to `group` (0: one of its own), as `setpgid(2)`.
    pub fn set_group(&self, caller: &Process, pid: Pid, group: Pid) -> Result<()> {
        let table = self.table();
        let pid = if pid == 0 { caller.pid() } else { pid };
        let target = table.processes.get(&pid).ok_or(Errno::NoProcess)?;
        if pid != caller.pid() && target.parent() != caller.pid() {
            return Err(Errno::NoProcess);
        }
        if target.session() == target.pid() || target.session() != caller.session() {
            return Err(Errno::NotPermitted);
        }
        let group = if group == 0 { pid } else { group };
        let known = table
            .processes
            .values()
            .any(|p| p.group() == group && p.session() == caller.session());
        if group != pid && !known {
            return Err(Errno::NotPermitted);
        }
        target.set_group(group);
        Ok(())
    }

    /// Looks once for a change among the children of `parent` (`waitpid(2)` with `WNOHANG`).
    /// `ECHILD` when there is no such child at all.
    pub fn try_wait(
        &self,
        parent: &Process,
        which: Which,
        stopped: bool,
        continued: bool,
    ) -> Result<Option<(Pid, Change)>> {
        let mut table = self.table();
        let mut any = false;
        let mut ended = None;
        for child in table
            .processes
            .values()
            .filter(|child| child.parent() == parent.pid())
        {
            let chosen = match which {
                Which::Pid(pid) => child.pid() == pid,
                Which::Any => true,
                Which::Group(group) => child.group() == group,
            };
            if !chosen {
                continue;
            }
            any = true;
            if let State::Ended(status) = child.state() {
                ended = Some((child.pid(), status));
                break;
            }
            let mut report = child.report.lock().unwrap_or_else(PoisonError::into_inner);
            match *report {
                Report::Stopped(signal) if stopped => {
                    *report = Report::None;
                    return Ok(Some((child.pid(), Change::Stopped(signal))));
                }
                Report::Continued if continued => {
                    *report = Report::None;
                    return Ok(Some((child.pid(), Change::Continued)));
                }
                _ => {}
            }
        }
        if let Some((pid, status)) = ended {
            if let Some(child) = table.processes.remove(&pid) {
                parent.inherit_ticks(&child);
            }
            return Ok(Some((pid, Change::Ended(status))));
        }
        if any { Ok(None) } else { Err(Errno::NoChild) }
    }

    /// Waits for a change among the children of `parent`. `ECHILD`, or `EINTR` on a caught signal.
    pub async fn wait(
        &self,
        parent: &Process,
        which: Which,
        stopped: bool,
        continued: bool,
    ) -> Result<(Pid, Change)> {
        loop {
            let mut told = std::pin::pin!(parent.children.notified());
            told.as_mut().enable();
            if let Some(change) = self.try_wait(parent, which, stopped, continued)? {
                return Ok(change);
            }
            if let Err(interrupted) = parent.interruptible(told).await {
                // The caught signal may be the child's own SIGCHLD: the child comes first.
                return self
                    .try_wait(parent, which, stopped, continued)?
                    .ok_or(interrupted);
            }
        }
    }

    /// Ends every process with `SIGKILL` and lets none start any more.
    pub fn end(&self) {
        self.table().closed = true;
        let _ = self.signal_where(Signal::KILL, |_| true);
    }

    /// Resolves when no process runs.
    pub async fn idle(&self) {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            ended.as_mut().enable();
            if self
                .table()
                .processes
                .values()
                .all(|process| matches!(process.state(), State::Ended(_)))
            {
                return;
            }
            ended.await;
        }
    }
}

/// Delivers `signal` to one process. Whether its parent must be told of a change.
fn strike(process: &Process, signal: Signal) -> bool {
    if matches!(process.state(), State::Ended(_)) {
        return false;
    }
    let report = process.deliver(signal);
    if report == Report::None {
        return false;
    }
    *process
        .report
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = report;
    true
}

impl Table {
    /// The next free number. There is one: the limit of processes is far below [`PID_MAX`], and a
    /// number in use as a group is skipped, so that no group gets a stranger.
    fn free_pid(&mut self) -> Pid {
        loop {
            let pid = self.next;
            self.next = if self.next >= PID_MAX {
                2
            } else {
                self.next + 1
            };
            let taken = self.processes.contains_key(&pid)
                || self
                    .processes
                    .values()
                    .any(|process| process.group() == pid || process.session() == pid);
            if !taken {
                return pid;
            }
        }
    }
}
