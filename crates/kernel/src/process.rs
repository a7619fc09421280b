//! Processes: one guest program running, and what signals do to it.
//!
//! A process is known to the kernel by this structure; the running code itself (the wasm instance)
//! belongs to the door that started it. The two meet in three places: the door asks [`Process::verdict`]
//! whenever the guest can be stopped, it waits through [`Process::wait_ready`] so that signals end the wait,
//! and it reports the end through [`crate::machine::Machine::exit`].

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

use crate::descriptor::Descriptors;
use crate::file::{File, Interest};
use crate::limits::{SECOND_INTERRUPT_MIN_TICKS, SECOND_INTERRUPT_PATIENCE};
use crate::machine::Machine;
use crate::resource::{Resource, Resources, UNLIMITED};
use crate::signal::{DefaultAction, Disposition, Signal};
use crate::tty::Tty;
use crate::{Errno, Result};

const NANOSECONDS_PER_SECOND: u128 = 1_000_000_000;

/// Number of a process or of a process group; unique within a session. 0 is nobody.
pub type Pid = u32;

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitStatus {
    /// It said so itself.
    Code(u8),
    /// A signal ended it.
    Signal(Signal),
}

impl ExitStatus {
    /// The number a shell shows: the code, or 128 + the signal.
    pub fn shell_code(self) -> u8 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal.number(),
        }
    }
}

/// What a process is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Running or waiting.
    Running,
    /// Stopped by a signal until `SIGCONT`.
    Stopped(Signal),
    /// Ended; kept until its parent asks.
    Ended(ExitStatus),
}

/// What the guest's code may do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Go on.
    Run,
    /// Wait in [`Process::resumed`] first.
    Stop,
    /// End with this signal.
    Die(Signal),
}

/// A state change that the parent has not been told yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Report {
    None,
    Stopped(Signal),
    Continued,
}

/// What a process is started with.
pub struct Image {
    /// Guest path of the program.
    pub path: Vec<u8>,
    /// Arguments, the program's name first.
    pub argv: Vec<Vec<u8>>,
    /// `NAME=value` each.
    pub environ: Vec<Vec<u8>>,
}

/// One guest program running.
pub struct Process {
    pid: Pid,
    /// The session this process lives in. Weak: the machine owns the table of processes.
    machine: Weak<Machine>,
    /// Parent, 0 when the host started it or the parent is gone: then nobody waits and the entry
    /// goes as soon as the process ends.
    parent: AtomicU32,
    group: AtomicU32,
    /// Unix session: the pid of the leader that the terminal was opened for.
    session: Pid,
    /// What it runs; another program after `exec`.
    image: Mutex<Arc<Image>>,
    /// Real guest path of the working directory.
    cwd: Mutex<Vec<u8>>,
    umask: AtomicU32,
    descriptors: Mutex<Descriptors>,
    tty: Option<Arc<Tty>>,

    /// Signal that ends the process, 0 while there is none. Never goes back to 0.
    fatal: AtomicU8,
    /// Signal that stopped the process, 0 while it runs.
    stopped: AtomicU8,
    /// Caught signals not yet taken, as bits.
    pending: AtomicU64,
    ignored: AtomicU64,
    caught: AtomicU64,
    /// What becomes of a second `SIGINT` while the first is pending, for a process that asked for it.
    second_interrupt: Mutex<SecondInterrupt>,
    /// A second `SIGINT` ended it.
    overruled: AtomicBool,
    /// Wakes whatever the process waits for, so that it looks at the words above.
    attention: Notify,
    /// Wakes a parent that waits for its children.
    pub(crate) children: Notify,
    pub(crate) report: Mutex<Report>,
    state: watch::Sender<State>,

    /// Epoch ticks during which the process was found running; see the door for their length.
    ticks: AtomicU64,
    /// Those of children that ended and were waited for, and of theirs.
    children_ticks: AtomicU64,
    /// Linear memory charged to the session for this process, in bytes.
    memory_bytes: AtomicU64,
    resources: Resources,
}

/// Whether a process that does not take its interrupts is ended by the second.
#[derive(Clone, Copy, Default)]
enum SecondInterrupt {
    /// It is not: a caught signal waits for as long as it takes.
    #[default]
    Waits,
    /// It is, and no interrupt is pending.
    Ends,
    /// It is, and the first came then, when the process had computed for so many ticks.
    Came(Instant, u64),
}

/// What a new process gets from the one that starts it.
pub(crate) struct Birth {
    pub pid: Pid,
    pub parent: Pid,
    pub group: Pid,
    pub session: Pid,
    pub image: Arc<Image>,
    pub cwd: Vec<u8>,
    pub umask: u32,
    pub descriptors: Descriptors,
    pub tty: Option<Arc<Tty>>,
    pub ignored: u64,
    pub caught: u64,
    pub resources: Resources,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    pub(crate) fn new(machine: Weak<Machine>, birth: Birth) -> Self {
        Self {
            pid: birth.pid,
            machine,
            parent: AtomicU32::new(birth.parent),
            group: AtomicU32::new(birth.group),
            session: birth.session,
            image: Mutex::new(birth.image),
            cwd: Mutex::new(birth.cwd),
            umask: AtomicU32::new(birth.umask),
            descriptors: Mutex::new(birth.descriptors),
            tty: birth.tty,
            fatal: AtomicU8::new(0),
            stopped: AtomicU8::new(0),
            pending: AtomicU64::new(0),
            ignored: AtomicU64::new(birth.ignored),
            caught: AtomicU64::new(birth.caught),
            second_interrupt: Mutex::default(),
            overruled: AtomicBool::new(false),
            attention: Notify::new(),
            children: Notify::new(),
            report: Mutex::new(Report::None),
            state: watch::Sender::new(State::Running),
            ticks: AtomicU64::new(0),
            children_ticks: AtomicU64::new(0),
            memory_bytes: AtomicU64::new(0),
            resources: birth.resources,
        }
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// Its parent's number, 0 for none.
    pub fn parent(&self) -> Pid {
        self.parent.load(Ordering::Relaxed)
    }

    pub(crate) fn orphan(&self) {
        self.parent.store(0, Ordering::Relaxed);
    }

    /// Its process group.
    pub fn group(&self) -> Pid {
        self.group.load(Ordering::Relaxed)
    }

    pub(crate) fn set_group(&self, group: Pid) {
        self.group.store(group, Ordering::Relaxed);
    }

    /// Its Unix session: the pid of the process the terminal was opened for.
    pub fn session(&self) -> Pid {
        self.session
    }

    /// Program, arguments and environment it was started with.
    pub fn image(&self) -> Arc<Image> {
        Arc::clone(&lock(&self.image))
    }

    /// Becomes another program (`execve(2)`): with these descriptors and no others, and no signal caught. All else stays.
    /// The door has dropped the old instance before.
    pub(crate) fn replace_image(&self, image: Arc<Image>, mut descriptors: Descriptors) {
        let open_max = self.resources.soft(Resource::DESCRIPTORS);
        descriptors.set_limit(usize::try_from(open_max).unwrap_or(usize::MAX));
        let closed = std::mem::replace(&mut *self.descriptors(), descriptors);
        // After the table's lock is let go, since closing may do work.
        drop(closed);
        *lock(&self.image) = image;
        *lock(&self.second_interrupt) = SecondInterrupt::default();
        self.caught.store(0, Ordering::SeqCst);
    }

    /// The session it lives in; `None` once that is gone.
    pub fn machine(&self) -> Option<Arc<Machine>> {
        self.machine.upgrade()
    }

    /// Real guest path of the working directory.
    pub fn cwd(&self) -> Vec<u8> {
        lock(&self.cwd).clone()
    }

    /// Runs `look` on the working directory's path.
    pub fn with_cwd<T>(&self, look: impl FnOnce(&[u8]) -> T) -> T {
        look(&lock(&self.cwd))
    }

    /// Sets the working directory; the caller has made sure that it is one.
    pub fn set_cwd(&self, path: Vec<u8>) {
        *lock(&self.cwd) = path;
    }

    /// Permission bits taken away from new files.
    pub fn umask(&self) -> u32 {
        self.umask.load(Ordering::Relaxed)
    }

    /// Sets the umask and tells the old one.
    pub fn set_umask(&self, umask: u32) -> u32 {
        self.umask.swap(umask & 0o777, Ordering::Relaxed)
    }

    /// The descriptor table.
    pub fn descriptors(&self) -> MutexGuard<'_, Descriptors> {
        lock(&self.descriptors)
    }

    /// The description behind `fd`, or `EBADF`.
    pub fn file(&self, fd: u32) -> Result<Arc<dyn File>> {
        self.descriptors().get(fd).cloned()
    }

    /// The terminal it belongs to.
    pub fn controlling_tty(&self) -> Option<Arc<Tty>> {
        self.tty.clone()
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Waits for its end.
    pub async fn exited(&self) -> ExitStatus {
        let mut state = self.state.subscribe();
        loop {
            if let State::Ended(status) = *state.borrow_and_update() {
                return status;
            }
            if state.changed().await.is_err() {
                return ExitStatus::Signal(Signal::KILL);
            }
        }
    }

    pub(crate) fn set_state(&self, state: State) {
        self.state.send_replace(state);
    }

    /// Counts one epoch tick of this length. At the limit of CPU time `SIGXCPU` comes, then once a second, and `SIGKILL`
    /// at the hard limit.
    pub fn count_tick(&self, length: Duration) {
        let before = self.ticks.fetch_add(1, Ordering::Relaxed);
        let soft = self.resources.soft(Resource::CPU);
        if soft == UNLIMITED {
            return;
        }
        let seconds = |ticks: u64| u128::from(ticks) * length.as_nanos() / NANOSECONDS_PER_SECOND;
        let (was, now) = (seconds(before), seconds(before + 1));
        if now >= u128::from(self.resources.hard(Resource::CPU)) {
            self.deliver(Signal::KILL);
        } else if now >= u128::from(soft) && (now != was || soft == 0) {
            self.deliver(Signal::XCPU);
        }
    }

    /// Its own limits.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// Sets one of its own limits; see [`Resources::set`].
    pub fn set_limit(&self, resource: Resource, soft: u64, hard: u64) -> Result<()> {
        self.resources.set(resource, soft, hard)?;
        if resource == Resource::DESCRIPTORS {
            self.descriptors()
                .set_limit(usize::try_from(soft).unwrap_or(usize::MAX));
        }
        Ok(())
    }

    /// Whether there is a limit to the files it writes.
    pub fn limits_file_size(&self) -> bool {
        self.resources.soft(Resource::FILE_SIZE) != UNLIMITED
    }

    /// How much of a write of `length` bytes at `offset` of a file may happen. `EFBIG`, and `SIGXFSZ` for the process,
    /// when none of it may.
    pub fn writable_bytes(&self, offset: u64, length: usize) -> Result<usize> {
        let room = self
            .resources
            .soft(Resource::FILE_SIZE)
            .saturating_sub(offset);
        if room == 0 && length > 0 {
            self.deliver(Signal::XFSZ);
            return Err(Errno::FileTooBig);
        }
        Ok(usize::try_from(room).unwrap_or(usize::MAX).min(length))
    }

    /// Whether it may make a file this long: `EFBIG` and `SIGXFSZ` if not.
    pub fn check_file_size(&self, size: u64) -> Result<()> {
        if size > self.resources.soft(Resource::FILE_SIZE) {
            self.deliver(Signal::XFSZ);
            return Err(Errno::FileTooBig);
        }
        Ok(())
    }

    /// Whether its own limits allow it so much more memory.
    pub(crate) fn allows_memory(&self, bytes: u64) -> bool {
        let sum = self.memory_bytes().saturating_add(bytes);
        [Resource::ADDRESS_SPACE, Resource::DATA]
            .into_iter()
            .all(|resource| sum <= self.resources.soft(resource))
    }

    /// Epoch ticks counted so far.
    pub fn ticks(&self) -> u64 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// Epoch ticks of its children that ended and were waited for, and of theirs.
    pub fn children_ticks(&self) -> u64 {
        self.children_ticks.load(Ordering::Relaxed)
    }

    /// A child was waited for: what it used counts here from now on.
    pub(crate) fn inherit_ticks(&self, child: &Self) {
        let ticks = child.ticks() + child.children_ticks();
        self.children_ticks.fetch_add(ticks, Ordering::Relaxed);
    }

    /// Linear memory charged for it, in bytes.
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn add_memory(&self, bytes: u64) {
        self.memory_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn take_memory(&self) -> u64 {
        self.memory_bytes.swap(0, Ordering::Relaxed)
    }

    // Signals.

    /// What it wants done about `signal`.
    pub fn disposition(&self, signal: Signal) -> Disposition {
        if self.ignored.load(Ordering::Acquire) & signal.bit() != 0 {
            Disposition::Ignore
        } else if self.caught.load(Ordering::Acquire) & signal.bit() != 0 {
            Disposition::Catch
        } else {
            Disposition::Default
        }
    }

    /// Sets the disposition and tells the old one; `EINVAL` for `SIGKILL` and `SIGSTOP`.
    pub fn set_disposition(&self, signal: Signal, new: Disposition) -> Result<Disposition> {
        if signal.is_fixed() {
            return Err(Errno::Invalid);
        }
        let old = self.disposition(signal);
        let set = |word: &AtomicU64, on: bool| {
            if on {
                word.fetch_or(signal.bit(), Ordering::AcqRel);
            } else {
                word.fetch_and(!signal.bit(), Ordering::AcqRel);
            }
        };
        set(&self.ignored, new == Disposition::Ignore);
        set(&self.caught, new == Disposition::Catch);
        if new != Disposition::Catch {
            set(&self.pending, false);
        }
        Ok(old)
    }

    /// The signals it ignores, as bits.
    pub fn ignored_bits(&self) -> u64 {
        self.ignored.load(Ordering::Acquire)
    }

    pub(crate) fn caught_bits(&self) -> u64 {
        self.caught.load(Ordering::Acquire)
    }

    /// Takes the caught signals that are pending, as bits.
    pub fn take_pending(&self) -> u64 {
        self.pending.swap(0, Ordering::SeqCst)
    }

    /// Whether a caught signal has not been taken yet.
    pub fn has_pending(&self) -> bool {
        self.pending.load(Ordering::Acquire) != 0
    }

    /// Delivers `signal`. Answers the change of state a parent must be told of.
    pub(crate) fn deliver(&self, signal: Signal) -> Report {
        let mut report = Report::None;
        // SIGCONT and SIGKILL set a stopped process going whatever it thinks of them.
        if (signal == Signal::CONT || signal == Signal::KILL)
            && self.stopped.swap(0, Ordering::AcqRel) != 0
        {
            self.state.send_if_modified(|state| {
                let was = matches!(state, State::Stopped(_));
                if was {
                    *state = State::Running;
                }
                was
            });
            report = Report::Continued;
        }
        match self.disposition(signal) {
            Disposition::Ignore if !signal.is_fixed() => {}
            Disposition::Catch if !signal.is_fixed() => {
                let before = self.pending.fetch_or(signal.bit(), Ordering::SeqCst);
                // Another program may have begun since the look at the disposition, which does not catch it. Whoever
                // takes the bit away delivers the signal: here or in `Machine::exec`.
                if self.caught.load(Ordering::SeqCst) & signal.bit() == 0
                    && self.pending.fetch_and(!signal.bit(), Ordering::SeqCst) & signal.bit() != 0
                {
                    return self.deliver(signal);
                }
                if signal == Signal::INT && self.is_overruled(before & signal.bit() != 0) {
                    self.overruled.store(true, Ordering::Release);
                    self.end_by(signal);
                }
            }
            _ => match signal.default_action() {
                DefaultAction::Ignore | DefaultAction::Continue => {}
                DefaultAction::Terminate => {
                    self.end_by(signal);
                }
                DefaultAction::Stop => {
                    if self.stopped.swap(signal.number(), Ordering::AcqRel) == 0 {
                        self.state.send_if_modified(|state| {
                            let was = *state == State::Running;
                            if was {
                                *state = State::Stopped(signal);
                            }
                            was
                        });
                        report = Report::Stopped(signal);
                    }
                }
            },
        }
        self.attention.notify_waiters();
        report
    }

    fn end_by(&self, signal: Signal) {
        let _ =
            self.fatal
                .compare_exchange(0, signal.number(), Ordering::AcqRel, Ordering::Acquire);
    }

    /// From now on a `SIGINT` that it catches ends it when it comes within [`SECOND_INTERRUPT_PATIENCE`] of one that
    /// it has not taken, although it has run since: for interpreters, which do not look while they compute in C.
    pub fn end_by_second_interrupt(&self) {
        let mut state = lock(&self.second_interrupt);
        if matches!(*state, SecondInterrupt::Waits) {
            *state = SecondInterrupt::Ends;
        }
    }

    /// Whether a second interrupt ended it that it would have caught.
    pub fn was_overruled(&self) -> bool {
        self.overruled.load(Ordering::Acquire)
    }

    /// Notes an interrupt that is caught. `pending`: so is one before it. Whether this one ends the process.
    fn is_overruled(&self, pending: bool) -> bool {
        let mut state = lock(&self.second_interrupt);
        match *state {
            SecondInterrupt::Waits => false,
            SecondInterrupt::Came(first, ticks)
                if pending && first.elapsed() <= SECOND_INTERRUPT_PATIENCE =>
            {
                // By its own time, not by ours: on a busy machine it may not have had its turn yet.
                self.ticks() >= ticks + SECOND_INTERRUPT_MIN_TICKS
            }
            SecondInterrupt::Ends | SecondInterrupt::Came(..) => {
                *state = SecondInterrupt::Came(Instant::now(), self.ticks());
                false
            }
        }
    }

    /// What its code may do next. Two atomic reads: cheap enough for every tick.
    pub fn verdict(&self) -> Verdict {
        if let Some(signal) = Signal::new(self.fatal.load(Ordering::Acquire).into()) {
            return Verdict::Die(signal);
        }
        if self.stopped.load(Ordering::Acquire) != 0 {
            Verdict::Stop
        } else {
            Verdict::Run
        }
    }

    /// Resolves when the process may run again or must end.
    pub async fn resumed(&self) {
        loop {
            let mut attention = std::pin::pin!(self.attention.notified());
            attention.as_mut().enable();
            if self.verdict() != Verdict::Stop {
                return;
            }
            attention.await;
        }
    }

    /// Waits until `future` resolves; `EINTR` when a signal that ends or was caught comes first.
    /// A stop keeps the wait going, and what it waited for is only told after the process goes on.
    pub async fn interruptible<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        let mut future = std::pin::pin!(future);
        loop {
            let mut attention = std::pin::pin!(self.attention.notified());
            // Registered before the words are read: a signal that comes in between is not missed.
            attention.as_mut().enable();
            match self.verdict() {
                Verdict::Die(_) => return Err(Errno::Interrupted),
                Verdict::Stop => {
                    attention.await;
                    continue;
                }
                Verdict::Run => {}
            }
            if self.pending.load(Ordering::Acquire) != 0 {
                return Err(Errno::Interrupted);
            }
            tokio::select! {
                biased;
                value = future.as_mut() => {
                    self.resumed().await;
                    return Ok(value);
                }
                () = attention => {}
            }
        }
    }

    /// Waits until `file` is worth trying again, or `EINTR`.
    pub async fn wait_ready(&self, file: &dyn File, interest: Interest) -> Result<()> {
        match file.ready(interest) {
            Some(wait) => self.interruptible(wait).await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Limits;

    fn process() -> Process {
        let image = Image {
            path: Vec::new(),
            argv: Vec::new(),
            environ: Vec::new(),
        };
        let birth = Birth {
            pid: 1,
            parent: 0,
            group: 1,
            session: 1,
            image: Arc::new(image),
            cwd: b"/".to_vec(),
            umask: 0o022,
            descriptors: Descriptors::new(4),
            tty: None,
            ignored: 0,
            caught: Signal::INT.bit(),
            resources: Resources::of(&Limits::default()),
        };
        Process::new(Weak::new(), birth)
    }

    fn compute(process: &Process, ticks: u64) {
        (0..ticks).for_each(|_| process.count_tick(Duration::from_millis(2)));
    }

    #[test]
    fn a_caught_interrupt_waits_until_it_is_taken() {
        let process = process();
        for _ in 0..3 {
            process.deliver(Signal::INT);
            compute(&process, SECOND_INTERRUPT_MIN_TICKS);
        }
        assert_eq!(process.verdict(), Verdict::Run);
        assert_eq!(process.take_pending(), Signal::INT.bit());
    }

    #[test]
    fn a_second_interrupt_ends_who_does_not_look_and_asked_for_that() {
        let process = process();
        process.end_by_second_interrupt();
        process.deliver(Signal::INT);
        process.deliver(Signal::INT);
        assert_eq!(process.verdict(), Verdict::Run, "it had no turn yet");
        compute(&process, SECOND_INTERRUPT_MIN_TICKS);
        process.deliver(Signal::INT);
        assert_eq!(process.verdict(), Verdict::Die(Signal::INT));
        assert!(process.was_overruled());
    }

    #[test]
    fn a_second_interrupt_is_another_first_for_who_took_the_first() {
        let process = process();
        process.end_by_second_interrupt();
        for _ in 0..3 {
            process.deliver(Signal::INT);
            compute(&process, SECOND_INTERRUPT_MIN_TICKS);
            process.take_pending();
            process.deliver(Signal::INT);
            process.take_pending();
        }
        assert_eq!(process.verdict(), Verdict::Run);
    }
}
