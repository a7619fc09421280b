//! A terminal as an open file description.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use super::Tty;
use crate::Result;
use crate::file::{File, FileKind, Flags, Interest, Readiness, Stat, Wait};
use crate::process::Process;

/// `st_dev` of terminals; no mount has it.
const TTY_DEVICE: u64 = u64::MAX - 1;

/// What a process holds of its terminal.
pub(super) struct TtyFile {
    tty: Arc<Tty>,
    flags: AtomicU16,
}

impl TtyFile {
    pub fn new(tty: Arc<Tty>) -> Self {
        Self {
            tty,
            flags: AtomicU16::new(0),
        }
    }
}

impl File for TtyFile {
    fn stat(&self) -> Result<Stat> {
        let created = self.tty.created_ns();
        Ok(Stat {
            device: TTY_DEVICE,
            inode: self.tty.number(),
            kind: FileKind::CharacterDevice,
            mode: 0o620,
            links: 1,
            size: 0,
            accessed_ns: created,
            modified_ns: created,
            changed_ns: created,
        })
    }

    fn kind(&self) -> FileKind {
        FileKind::CharacterDevice
    }

    fn readable(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        true
    }

    fn flags(&self) -> Flags {
        Flags(self.flags.load(Ordering::Relaxed))
    }

    fn set_flags(&self, flags: Flags) -> Result<()> {
        self.flags.store(flags.0, Ordering::Relaxed);
        Ok(())
    }

    fn try_read(&self, process: Option<&Process>, buffer: &mut [u8]) -> Result<usize> {
        self.tty
            .read(process, buffer, self.flags().has(Flags::NONBLOCK))
    }

    fn try_write(&self, process: Option<&Process>, bytes: &[u8]) -> Result<usize> {
        self.tty.write(process, bytes)
    }

    fn readiness(&self) -> Readiness {
        self.tty.readiness()
    }

    fn ready(&self, interest: Interest) -> Option<Wait<'_>> {
        Some(match interest {
            Interest::Read => Box::pin(self.tty.readable()),
            Interest::Write => Box::pin(self.tty.writable()),
        })
    }

    fn as_tty(&self) -> Option<&Arc<Tty>> {
        Some(&self.tty)
    }

    fn describe(&self) -> String {
        "/dev/tty".to_owned()
    }
}
