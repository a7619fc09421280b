//! `berth:process/process`: starting programs, waiting for them, signals.

use std::sync::Arc;

use berth_kernel::file::FileKind;
use berth_kernel::machine::{Change as KernelChange, Which};
use berth_kernel::process::ExitStatus;
use berth_kernel::signal::{Disposition as KernelDisposition, Signal};
use berth_kernel::vfs::Base;
use berth_kernel::{Errno, limits as kernel_limits};

use super::berth::berth::process::process::{
    Change, ChangeKind, DescriptorPair, Disposition, Host, WaitOptions,
};
use super::error::ended;
use crate::guest::Guest;
use crate::limits;
use crate::process_abi::group;
use crate::spawn::{self, Spawn};

/// A door function's answer: the inner error is the guest's.
pub type Answer<T> = wasmtime::Result<Result<T, u16>>;

impl Guest {
    /// Hands a kernel's answer on; a guest that a signal has ended does not come back.
    pub fn answer<T>(&self, result: berth_kernel::Result<T>) -> Answer<T> {
        self.tell_of_signals();
        match result {
            Ok(value) => Ok(Ok(value)),
            Err(errno) => match ended(&self.process) {
                Some(trap) => Err(trap),
                None => Ok(Err(errno.raw())),
            },
        }
    }
}

impl Host for Guest {
    fn getpid(&mut self) -> wasmtime::Result<u32> {
        Ok(self.process.pid())
    }

    fn getppid(&mut self) -> wasmtime::Result<u32> {
        Ok(self.process.parent())
    }

    fn getpgid(&mut self, pid: u32) -> Answer<u32> {
        self.answer(match pid {
            0 => Ok(self.process.group()),
            pid => self
                .machine
                .find(pid)
                .map(|process| process.group())
                .ok_or(Errno::NoProcess),
        })
    }

    fn setpgid(&mut self, pid: u32, group: u32) -> Answer<()> {
        self.answer(self.machine.set_group(&self.process, pid, group))
    }

    async fn spawn(
        &mut self,
        path: Vec<u8>,
        argv: Vec<Vec<u8>>,
        environ: Vec<Vec<u8>>,
        cwd: Vec<u8>,
        descriptors: Vec<DescriptorPair>,
        group_raw: i32,
        foreground: bool,
    ) -> Answer<u32> {
        let size: usize = argv.iter().chain(&environ).map(|text| text.len() + 1).sum();
        if size > kernel_limits::ARGUMENTS_MAX_BYTES {
            return self.answer(Err(Errno::TooBig));
        }
        let pairs = || {
            if descriptors.len() > limits::SPAWN_DESCRIPTORS_MAX as usize {
                return Err(Errno::Invalid);
            }
            let file = |pair: &DescriptorPair| Ok((pair.child, self.process.file(pair.parent)?));
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

    async fn wait(&mut self, pid: i32, options: WaitOptions) -> Answer<Option<Change>> {
        let which = match pid {
            -1 => Which::Any,
            0 => Which::Group(self.process.group()),
            group if group < 0 => Which::Group(group.unsigned_abs()),
            pid => Which::Pid(pid.unsigned_abs()),
        };
        let stopped = options.contains(WaitOptions::UNTRACED);
        let continued = options.contains(WaitOptions::CONTINUED);
        let (machine, process) = (&self.machine, &self.process);
        let change = match machine.try_wait(process, which, stopped, continued) {
            Ok(None) if !options.contains(WaitOptions::NO_HANG) => {
                self.rests();
                let waited = machine.wait(process, which, stopped, continued).await;
                waited.map(Some)
            }
            found => found,
        };
        self.answer(change.map(|change| change.map(|(pid, change)| told(pid, change))))
    }

    fn kill(&mut self, pid: i32, signal: u32) -> Answer<()> {
        let killed = crate::process_abi::send(&self.machine, &self.process, pid, signal);
        self.answer(killed)
    }

    fn signal_action(&mut self, signal: u32, action: Disposition) -> Answer<Disposition> {
        let action = match action {
            Disposition::Default => KernelDisposition::Default,
            Disposition::Ignore => KernelDisposition::Ignore,
            Disposition::Catch => KernelDisposition::Catch,
        };
        let old = Signal::new(signal)
            .ok_or(Errno::Invalid)
            .and_then(|signal| self.process.set_disposition(signal, action));
        self.answer(old.map(|old| match old {
            KernelDisposition::Default => Disposition::Default,
            KernelDisposition::Ignore => Disposition::Ignore,
            KernelDisposition::Catch => Disposition::Catch,
        }))
    }

    fn signal_take(&mut self) -> wasmtime::Result<u64> {
        Ok(self.process.take_pending())
    }

    fn chdir(&mut self, path: Vec<u8>) -> Answer<()> {
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
        self.answer(enter())
    }

    fn getcwd(&mut self) -> wasmtime::Result<Vec<u8>> {
        Ok(self.process.cwd())
    }

    fn umask(&mut self, new: u32) -> wasmtime::Result<u32> {
        Ok(self.process.set_umask(new))
    }
}

fn told(pid: u32, change: KernelChange) -> Change {
    let (kind, value) = match change {
        KernelChange::Ended(ExitStatus::Code(code)) => (ChangeKind::Exited, code),
        KernelChange::Ended(ExitStatus::Signal(signal)) => (ChangeKind::Killed, signal.number()),
        KernelChange::Stopped(signal) => (ChangeKind::Stopped, signal.number()),
        KernelChange::Continued => (ChangeKind::Continued, 0),
    };
    Change {
        pid,
        kind,
        value: value.into(),
    }
}
