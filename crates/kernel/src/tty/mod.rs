//! Terminals: a line discipline between a person and the programs of a session.
//!
//! The host side (the session's terminal) types with [`Tty::input`] and shows what
//! [`Tty::read_output`] gives; neither ever waits inside. The guest side is a [`File`]. What a byte
//! means is decided in `discipline`; this file adds what needs the world: waiting, time, processes.

mod discipline;
mod file;
mod input;
mod output;
pub mod termios;

#[cfg(test)]
mod background;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use self::discipline::{Discipline, Typed};
use self::file::TtyFile;
pub use self::termios::{Termios, When, Winsize};
use self::termios::{VMIN, VTIME, local};
use crate::file::{File, Readiness, Wait};
use crate::machine::Machine;
use crate::process::{Pid, Process};
use crate::signal::{Disposition, Signal};
use crate::{Errno, Result};

/// Unit of `VTIME`.
const VTIME_UNIT: Duration = Duration::from_millis(100);

/// A terminal.
pub struct Tty {
    /// Where signals go. Weak: processes hold terminals, the machine holds processes.
    machine: Weak<Machine>,
    state: Mutex<State>,
    /// Told when a read may get on.
    input_arrived: Notify,
    /// Told when typed bytes find room again.
    input_taken: Notify,
    /// Told when there is output to show.
    output_arrived: Notify,
    /// Told when a write may get on.
    output_taken: Notify,
    number: u64,
    created_ns: u64,
}

struct State {
    discipline: Discipline,
    winsize: Winsize,
    /// Process group that may read; 0 while there is none.
    foreground: Pid,
    hung_up: bool,
    /// When input last arrived, for the time between bytes (`VTIME` with `VMIN`).
    arrived: Instant,
    /// Fewest bytes that a read which found too few of them would have taken.
    wanted: usize,
    /// Running `VTIME` of a read with `VMIN` 0.
    timer: Option<Timer>,
}

struct Timer {
    deadline: Instant,
    fired: bool,
}

/// What a waiting reader waits for.
enum Awaited {
    Nothing,
    Input,
    InputOr(Instant),
}

impl Tty {
    /// A terminal in cooked mode, with nobody in the foreground. Its signals go to `machine`.
    pub fn new(winsize: Winsize, machine: Weak<Machine>) -> Arc<Self> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let created = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Arc::new(Self {
            machine,
            state: Mutex::new(State {
                discipline: Discipline::default(),
                winsize,
                foreground: 0,
                hung_up: false,
                arrived: Instant::now(),
                wanted: usize::MAX,
                timer: None,
            }),
            input_arrived: Notify::new(),
            input_taken: Notify::new(),
            output_arrived: Notify::new(),
            output_taken: Notify::new(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            created_ns: u64::try_from(created.as_nanos()).unwrap_or(u64::MAX),
        })
    }

    /// A new open file description of this terminal.
    pub fn file(self: &Arc<Self>) -> Arc<dyn File> {
        Arc::new(TtyFile::new(Arc::clone(self)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn created_ns(&self) -> u64 {
        self.created_ns
    }

    // The host's side.

    /// Types `bytes`; tells how many were used. The rest found no room: it is to be offered again
    /// after [`Self::input_ready`]. After a hang-up everything is dropped.
    pub fn input(&self, bytes: &[u8]) -> usize {
        let mut state = self.state();
        if state.hung_up {
            return bytes.len();
        }
        let mut signals = Vec::new();
        let mut used = 0;
        for &byte in bytes {
            match state.discipline.typed(byte) {
                Typed::Full => break,
                Typed::Taken => {}
                // A set in the order of arrival: a thousand `^C` in one piece are one signal.
                Typed::Signal(signal) if signals.contains(&signal) => {}
                Typed::Signal(signal) => signals.push(signal),
            }
            used += 1;
        }
        if used > 0 {
            state.arrived = Instant::now();
        }
        self.typed(state, &signals);
        used
    }

    /// Looks for a signal character in `held`, typed bytes that found no room: what stands before
    /// it would be flushed anyway, so `^C` gets through to a program that does not read. Tells how
    /// many bytes of `held` are done with; 0 when it holds none.
    pub fn overtake(&self, held: &[u8]) -> usize {
        let mut state = self.state();
        if state.hung_up || state.discipline.termios.has_local(local::NOFLSH) {
            return 0;
        }
        let Some(last) = held
            .iter()
            .rposition(|&byte| state.discipline.signal(byte).is_some())
        else {
            return 0;
        };
        if let Typed::Signal(signal) = state.discipline.typed(held[last]) {
            self.typed(state, &[signal]);
        }
        last + 1
    }

    /// After typing: tells everybody, then sends `signals` with the lock given back.
    fn typed(&self, state: MutexGuard<'_, State>, signals: &[Signal]) {
        let foreground = state.foreground;
        let output = !state.discipline.output.is_empty();
        let writable = state.discipline.output.is_writable();
        drop(state);
        self.input_arrived.notify_waiters();
        if output {
            self.output_arrived.notify_waiters();
        }
        if writable {
            // `VSTART`, or a flush, lets writers go on.
            self.output_taken.notify_waiters();
        }
        if !signals.is_empty() {
            self.input_taken.notify_waiters();
        }
        for &signal in signals {
            self.signal(foreground, signal);
        }
    }

    /// Resolves when typed bytes have room.
    pub fn input_ready(&self) -> Wait<'_> {
        Box::pin(self.wait(&self.input_taken, |state| {
            state.hung_up || state.discipline.has_room()
        }))
    }

    /// Takes processed output, as much as there is and fits; 0 when there is none.
    pub fn read_output(&self, buffer: &mut [u8]) -> usize {
        let mut state = self.state();
        let waiting = !state.discipline.output.is_writable();
        let count = state.discipline.output.read(buffer);
        let wake = waiting && state.discipline.output.is_writable();
        drop(state);
        if wake {
            self.output_taken.notify_waiters();
        }
        count
    }

    /// Resolves when there is output, and after a hang-up.
    pub fn output_ready(&self) -> Wait<'_> {
        Box::pin(self.wait(&self.output_arrived, |state| {
            state.hung_up || !state.discipline.output.is_empty()
        }))
    }

    /// Size of the window.
    pub fn winsize(&self) -> Winsize {
        self.state().winsize
    }

    /// Sets the size of the window; the foreground group gets `SIGWINCH` if it changed.
    pub fn resize(&self, winsize: Winsize) {
        let mut state = self.state();
        let changed = std::mem::replace(&mut state.winsize, winsize) != winsize;
        let foreground = state.foreground;
        drop(state);
        if changed {
            self.signal(foreground, Signal::WINCH);
        }
    }

    /// Takes the terminal away: reads are at their end, writes answer `EIO`, and the foreground
    /// group and the session's leader get `SIGHUP` and `SIGCONT`. Output already written stays
    /// readable.
    pub fn hang_up(&self) {
        let mut state = self.state();
        if std::mem::replace(&mut state.hung_up, true) {
            return;
        }
        let foreground = state.foreground;
        state.discipline.input.clear();
        drop(state);
        for told in [
            &self.input_arrived,
            &self.input_taken,
            &self.output_arrived,
            &self.output_taken,
        ] {
            told.notify_waiters();
        }
        if let Some(machine) = self.machine.upgrade() {
            for signal in [Signal::HUP, Signal::CONT] {
                // ESRCH: nobody left to tell.
                let _ = machine.signal_where(signal, |process| {
                    let leads = process.session() == process.pid() && self.controls(process);
                    leads || (foreground != 0 && process.group() == foreground)
                });
            }
        }
    }

    /// Whether [`Self::hang_up`] was called.
    pub fn is_hung_up(&self) -> bool {
        self.state().hung_up
    }

    // Attributes and the foreground group.

    /// The attributes.
    pub fn attributes(&self) -> Termios {
        self.state().discipline.termios
    }

    /// Sets the attributes. For a process in the background it is a `SIGTTOU` to its group and
    /// `EAGAIN` (try again after the stop), or `EIO` where stopping makes no sense.
    pub fn set_attributes(
        &self,
        process: Option<&Process>,
        attributes: &Termios,
        when: When,
    ) -> Result<()> {
        if let Some(process) = process {
            self.check_change(process)?;
        }
        let mut state = self.state();
        if state.hung_up {
            return Err(Errno::Io);
        }
        if when == When::Flush {
            state.discipline.input.clear();
        }
        state.discipline.set_termios(attributes);
        state.timer = None;
        state.wanted = usize::MAX;
        drop(state);
        for told in [
            &self.input_arrived,
            &self.input_taken,
            &self.output_arrived,
            &self.output_taken,
        ] {
            told.notify_waiters();
        }
        Ok(())
    }

    /// The foreground process group, 0 for none.
    pub fn foreground(&self) -> Pid {
        self.state().foreground
    }

    /// Makes `group` the foreground group; the kernel's own way, without asking who wants it.
    pub fn set_foreground(&self, group: Pid) {
        self.state().foreground = group;
        // A read that was in the background may be in the foreground now.
        self.input_arrived.notify_waiters();
    }

    /// `tcsetpgrp(3)`: `ENOTTY` if this is not the caller's terminal, `EPERM` for a group that is
    /// not in its Unix session, and the background rules of [`Self::set_attributes`].
    pub fn change_foreground(&self, process: &Process, group: Pid) -> Result<()> {
        if !self.controls(process) {
            return Err(Errno::NotTerminal);
        }
        self.check_change(process)?;
        let machine = process.machine().ok_or(Errno::NoProcess)?;
        let members = machine.processes();
        if !members
            .iter()
            .any(|member| member.group() == group && member.session() == process.session())
        {
            return Err(Errno::NotPermitted);
        }
        self.set_foreground(group);
        Ok(())
    }

    /// Whether this is the process' controlling terminal.
    fn controls(&self, process: &Process) -> bool {
        process
            .controlling_tty()
            .is_some_and(|tty| std::ptr::eq(&*tty, self))
    }

    /// Whether `process` would have to be in the foreground and is not.
    fn is_background(&self, process: &Process) -> bool {
        let foreground = self.foreground();
        foreground != 0 && process.group() != foreground && self.controls(process)
    }

    /// A change by a background process: allowed when it ignores `SIGTTOU`.
    fn check_change(&self, process: &Process) -> Result<()> {
        if !self.is_background(process) || process.disposition(Signal::TTOU) == Disposition::Ignore
        {
            return Ok(());
        }
        self.stop_background(process, Signal::TTOU)
    }

    fn check_read(&self, process: &Process) -> Result<()> {
        if !self.is_background(process) {
            return Ok(());
        }
        if process.disposition(Signal::TTIN) == Disposition::Ignore {
            return Err(Errno::Io);
        }
        self.stop_background(process, Signal::TTIN)
    }

    /// Stops the group of a background process, unless nobody is left who could set it going again.
    fn stop_background(&self, process: &Process, signal: Signal) -> Result<()> {
        let machine = process.machine().ok_or(Errno::Io)?;
        if is_orphaned(&machine, process) {
            return Err(Errno::Io);
        }
        machine.signal_group(process.group(), signal)?;
        Err(Errno::Again)
    }

    fn signal(&self, group: Pid, signal: Signal) {
        if group != 0
            && let Some(machine) = self.machine.upgrade()
        {
            // ESRCH: the group is gone, and so is the one who minded.
            let _ = machine.signal_group(group, signal);
        }
    }

    // The guest's side.

    fn read(&self, process: Option<&Process>, buffer: &mut [u8], nonblock: bool) -> Result<usize> {
        if self.is_hung_up() {
            return Ok(0);
        }
        if let Some(process) = process {
            self.check_read(process)?;
        }
        let mut state = self.state();
        if buffer.is_empty() || state.hung_up {
            return Ok(0);
        }
        if !state.may_read(buffer.len(), nonblock) {
            return Err(Errno::Again);
        }
        let waiting = !state.discipline.has_room();
        let count = state.take(buffer);
        let wake = waiting && state.discipline.has_room();
        drop(state);
        if wake {
            self.input_taken.notify_waiters();
        }
        Ok(count)
    }

    fn write(&self, process: Option<&Process>, bytes: &[u8]) -> Result<usize> {
        if let Some(process) = process
            && self.attributes().has_local(local::TOSTOP)
        {
            self.check_change(process)?;
        }
        let mut state = self.state();
        if state.hung_up {
            return Err(Errno::Io);
        }
        let termios = state.discipline.termios;
        let count = state.discipline.output.write(&termios, bytes);
        drop(state);
        if count > 0 {
            self.output_arrived.notify_waiters();
        } else if !bytes.is_empty() {
            return Err(Errno::Again);
        }
        Ok(count)
    }

    fn readiness(&self) -> Readiness {
        let state = self.state();
        Readiness {
            readable: state.hung_up || state.has_input(),
            writable: state.hung_up || state.discipline.output.is_writable(),
            hangup: state.hung_up,
            bytes: state.readable_bytes() as u64,
        }
    }

    async fn readable(&self) {
        loop {
            let mut told = std::pin::pin!(self.input_arrived.notified());
            told.as_mut().enable();
            let awaited = self.state().awaited();
            match awaited {
                Awaited::Nothing => return,
                Awaited::Input => told.await,
                Awaited::InputOr(deadline) => tokio::select! {
                    () = told => {}
                    () = sleep_until(deadline) => return self.state().fire(deadline),
                },
            }
        }
    }

    async fn writable(&self) {
        self.wait(&self.output_taken, |state| {
            state.hung_up || state.discipline.output.is_writable()
        })
        .await;
    }

    async fn wait(&self, changed: &Notify, done: impl Fn(&State) -> bool + Send) {
        loop {
            let mut told = std::pin::pin!(changed.notified());
            // Registered before the look, or a change in between would be slept through.
            told.as_mut().enable();
            if done(&self.state()) {
                return;
            }
            told.await;
        }
    }
}

impl State {
    /// `VMIN`, in bytes.
    fn minimum(&self) -> usize {
        self.discipline.termios.cc[VMIN].into()
    }

    /// `VTIME`; zero is none.
    fn time(&self) -> Duration {
        VTIME_UNIT * self.discipline.termios.cc[VTIME].into()
    }

    /// What `poll(2)` means by readable.
    fn has_input(&self) -> bool {
        if self.discipline.cooked() {
            return self.discipline.input.complete() > 0;
        }
        let needed = if self.time().is_zero() {
            self.minimum().max(1)
        } else {
            1
        };
        self.discipline.input.len() >= needed
    }

    fn readable_bytes(&self) -> usize {
        if self.discipline.cooked() {
            self.discipline.input.first_line_bytes()
        } else {
            self.discipline.input.len()
        }
    }

    /// Whether a read of `length` bytes gets on; if not, what it waits for is noted.
    fn may_read(&mut self, length: usize, nonblock: bool) -> bool {
        let discipline = &self.discipline;
        if discipline.cooked() {
            return discipline.input.complete() > 0;
        }
        let available = discipline.input.len();
        if self.minimum() == 0 || nonblock {
            return available > 0 || self.timed_out();
        }
        let needed = self.minimum().min(length);
        let pause =
            !self.time().is_zero() && available > 0 && Instant::now() >= self.arrived + self.time();
        if available >= needed || pause {
            return true;
        }
        // Somebody wanted less, was told, and did not take it: that wish is not waited for again.
        let stale = available >= self.wanted;
        self.wanted = if stale {
            needed
        } else {
            self.wanted.min(needed)
        };
        false
    }

    /// With `VMIN` 0 a read is answered with nothing after `VTIME`, which starts now.
    fn timed_out(&mut self) -> bool {
        if self.minimum() > 0 {
            return false;
        }
        if self.time().is_zero() {
            return true;
        }
        let now = Instant::now();
        match &self.timer {
            Some(timer) if timer.fired => {
                self.timer = None;
                return true;
            }
            // A wait that somebody broke off left it behind, unless it still runs.
            Some(timer) if timer.deadline > now => {}
            _ => {
                self.timer = Some(Timer {
                    deadline: now + self.time(),
                    fired: false,
                })
            }
        }
        false
    }

    fn fire(&mut self, deadline: Instant) {
        if let Some(timer) = self
            .timer
            .as_mut()
            .filter(|timer| timer.deadline == deadline)
        {
            timer.fired = true;
        }
    }

    fn take(&mut self, buffer: &mut [u8]) -> usize {
        self.timer = None;
        self.wanted = usize::MAX;
        if self.discipline.cooked() {
            self.discipline.input.read_line(buffer)
        } else {
            self.discipline.input.read_raw(buffer)
        }
    }

    fn awaited(&self) -> Awaited {
        if self.hung_up || self.has_input() {
            // More than one byte is needed, some are there, and they may be slow to follow.
            let partial = !self.discipline.cooked() && !self.time().is_zero() && self.minimum() > 0;
            let needed = self.minimum().min(self.wanted);
            if self.hung_up || !partial || self.discipline.input.len() >= needed {
                return Awaited::Nothing;
            }
            let deadline = self.arrived + self.time();
            return if deadline <= Instant::now() {
                Awaited::Nothing
            } else {
                Awaited::InputOr(deadline)
            };
        }
        if !self.discipline.cooked() && self.discipline.input.len() >= self.wanted {
            return Awaited::Nothing;
        }
        match &self.timer {
            Some(timer) if !timer.fired => Awaited::InputOr(timer.deadline),
            _ => Awaited::Input,
        }
    }
}

/// Whether nobody could continue the process' group: no member has a parent in the same Unix
/// session but another group (POSIX.1-2024, 3.264).
fn is_orphaned(machine: &Machine, process: &Process) -> bool {
    let all = machine.processes();
    !all.iter()
        .filter(|member| member.group() == process.group())
        .any(|member| {
            all.iter().any(|parent| {
                parent.pid() == member.parent()
                    && parent.group() != member.group()
                    && parent.session() == member.session()
            })
        })
}
