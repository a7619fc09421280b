//! `berth:process/process`: starting programs, waiting for them, signals.

use std::sync::Arc;

use berth_kernel::file::FileKind;
use berth_kernel::machine::{Change, Which};
use berth_kernel::process::ExitStatus;
use berth_kernel::signal::{Disposition, Signal};
use berth_kernel::vfs::Base;
use berth_kernel::{Errno, Result, limits as kernel_limits};

use super::berth::berth::process::process::Host;
use super::error::ended;
use crate::guest::{Ended, Guest};
use crate::limits;
use crate::process_abi::{group, mode};
use crate::spawn::{self, Spawn};

impl Guest {
    /// Hands the kernel's answer on, the error's number first; a guest that a signal has ended does
    /// not come back.
    pub fn answer<T: Default>(&self, result: Result<T>) -> wasmtime::Result<(u16, T)> {
        self.tell_of_signals();
        match result {
            Ok(value) => Ok((0, value)),
            Err(errno) => match ended(&self.process) {
                Some(trap) => Err(trap),
                None => Ok((errno.raw(), T::default())),
            },
        }
    }

    /// The same for what has nothing to answer.
    pub fn done(&self, result: Result<()>) -> wasmtime::Result<u16> {
        Ok(self.answer(result)?.0)
    }
}

impl Host for Guest {
    fn exit(&mut self, code: u8) -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(Ended(ExitStatus::Code(code))))
    }

    fn getpid(&mut self) -> wasmtime::Result<u32> {
        Ok(self.process.pid())
    }

    fn getppid(&mut self) -> wasmtime::Result<u32> {
        Ok(self.process.parent())
    }

    fn getpgid(&mut self, pid: u32) -> wasmtime::Result<(u16, u32)> {
        self.answer(match pid {
            0 => Ok(self.process.group()),
            pid => self
                .machine
                .find(pid)
                .map(|process| process.group())
                .ok_or(Errno::NoProcess),
        })
    }

    fn setpgid(&mut self, pid: u32, group: u32) -> wasmtime::Result<u16> {
        self.done(self.machine.set_group(&self.process, pid, group))
    }

    async fn spawn(
        &mut self,
        path: Vec<u8>,
        argv: Vec<Vec<u8>>,
        environ: Vec<Vec<u8>>,
        cwd: Vec<u8>,
        descriptors: Vec<(u32, u32)>,
        group_raw: i32,
        foreground: bool,
    ) -> wasmtime::Result<(u16, u32)> {
        let size: usize = argv.iter().chain(&environ).map(|text| text.len() + 1).sum();
        if size > kernel_limits::ARGUMENTS_MAX_BYTES {
            return self.answer(Err(Errno::TooBig));
        }
        let pairs = || {
            if descriptors.len() > limits::SPAWN_DESCRIPTORS_MAX as usize {
                return Err(Errno::Invalid);
            }
            let file = |(child, parent): &(u32, u32)| Ok((*child, self.process.file(*parent)?));
            descriptors.iter().map(file).collect()
        };
        let (descriptors, group) = match (pairs(), group(group_raw)) {
            (Ok(descriptors), Ok(group)) => (descriptors, group),
            (Err(errno), _) | (_, Err(errno)) => return self.answer(Err(errno)),
        };
        let spawn = Spawn {
            path,
            argv,
            environ,
            cwd,
            descriptors,
            tty: None,
            group,
            foreground,
        };
        let parent = Arc::clone(&self.process);
        // Compiling may take a while: ^C does not wait for it. The compiler's work is kept all the same.
        let started = parent
            .interruptible(spawn::spawn(
                &self.shared,
                &self.machine,
                Some(&parent),
                spawn,
            ))
            .await;
        self.answer(started.and_then(|child| Ok(child?.pid())))
    }

    async fn wait(&mut self, pid: i32, options: u32) -> wasmtime::Result<(u16, u32, u32, u32)> {
        let which = match pid {
            -1 => Which::Any,
            0 => Which::Group(self.process.group()),
            group if group < 0 => Which::Group(group.unsigned_abs()),
            pid => Which::Pid(pid.unsigned_abs()),
        };
        let [no_hang, stopped, continued] = [1, 2, 4].map(|option| options & option != 0);
        let (machine, process) = (&self.machine, &self.process);
        let change = match machine.try_wait(process, which, stopped, continued) {
            Ok(None) if !no_hang => {
                self.rests();
                let waited = machine.wait(process, which, stopped, continued).await;
                waited.map(Some)
            }
            found => found,
        };
        let (errno, (pid, kind, value)) =
            self.answer(change.map(|change| change.map(told).unwrap_or_default()))?;
        Ok((errno, pid, kind, value))
    }

    async fn kill(&mut self, pid: i32, signal: u32) -> wasmtime::Result<u16> {
        let resting = self.resting();
        let killed =
            crate::process_abi::send(&self.machine, &self.process, &resting, pid, signal).await;
        self.done(killed)
    }

    fn signal_action(&mut self, signal: u32, action: u32) -> wasmtime::Result<(u16, u32)> {
        let old = || {
            let signal = Signal::new(signal).ok_or(Errno::Invalid)?;
            let action = Disposition::from_raw(action).ok_or(Errno::Invalid)?;
            self.process.set_disposition(signal, action)
        };
        self.answer(old().map(|old| old as u32))
    }

    fn signal_take(&mut self) -> wasmtime::Result<u64> {
        Ok(self.process.take_pending())
    }

    fn chdir(&mut self, path: Vec<u8>) -> wasmtime::Result<u16> {
        let namespace = self.machine.namespace();
        let process = &self.process;
        let enter = || {
            let cwd = process.cwd();
            let real = namespace.canonical(Some(process), Base::Path(&cwd), &path)?;
            let stat = namespace.stat(Some(process), Base::Root, &real, true)?;
            if stat.kind != FileKind::Directory {
                return Err(Errno::NotDirectory);
            }
            process.set_cwd(real);
            Ok(())
        };
        self.done(enter())
    }

    fn getcwd(&mut self) -> wasmtime::Result<Vec<u8>> {
        Ok(self.process.cwd())
    }

    fn umask(&mut self, new: u32) -> wasmtime::Result<u32> {
        Ok(self.process.set_umask(new))
    }

    fn mode(&mut self, path: Vec<u8>, follow: bool) -> wasmtime::Result<(u16, u32)> {
        self.answer(mode::of(self, &path, follow))
    }

    fn set_mode(&mut self, path: Vec<u8>, follow: bool, mode: u32) -> wasmtime::Result<u16> {
        self.done(mode::set(self, &path, follow, mode))
    }
}

/// A change as numbers: pid, kind, value.
fn told((pid, change): (u32, Change)) -> (u32, u32, u32) {
    let (kind, value) = match change {
        Change::Ended(ExitStatus::Code(code)) => (0, code),
        Change::Ended(ExitStatus::Signal(signal)) => (1, signal.number()),
        Change::Stopped(signal) => (2, signal.number()),
        Change::Continued => (3, 0),
    };
    (pid, kind, value.into())
}
