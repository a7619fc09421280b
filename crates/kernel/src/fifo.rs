//! Named pipes (`fifo(7)`): a name in a directory, and a pipe while somebody has it open.
//!
//! The host's file system keeps the name and its mode. What goes through never reaches the host: whoever opens a FIFO
//! here meets the others who have opened the same one. Only a session's own scratch has FIFOs
//! ([`crate::vfs::Mount::fifos`]): in a folder they would be names that nobody outside could open without waiting for
//! ever.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::file::{File, FileKind, Flags, Interest, Readiness, Stat, Wait};
use crate::pipe::{Pipe, ReadEnd, WriteEnd};
use crate::process::Process;
use crate::{Errno, Result};

/// What makes a FIFO the same one: the host's device and inode.
pub(crate) type Key = (u64, u64);

/// Pipes of FIFOs that are open. There are never more than open descriptors.
static OPEN: Mutex<BTreeMap<Key, Weak<Named>>> = Mutex::new(BTreeMap::new());

fn open_pipes() -> MutexGuard<'static, BTreeMap<Key, Weak<Named>>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pipe of a FIFO, as long as somebody has it open.
struct Named {
    key: Key,
    pipe: Arc<Pipe>,
}

impl Drop for Named {
    fn drop(&mut self) {
        let mut open = open_pipes();
        // Somebody may have opened the FIFO meanwhile, and has another pipe then.
        if open
            .get(&self.key)
            .is_some_and(|known| known.strong_count() == 0)
        {
            open.remove(&self.key);
        }
    }
}

/// Opens a FIFO. The other side may not be there yet: [`File::opening`] tells when it is.
///
/// # Errors
/// `ENXIO` for writing without waiting when nobody reads.
pub(crate) fn open(
    key: Key,
    stat: Stat,
    path: &[u8],
    (read, write): (bool, bool),
    flags: Flags,
) -> Result<Arc<dyn File>> {
    let mut open = open_pipes();
    let known = open.get(&key).and_then(Weak::upgrade);
    let named = known.unwrap_or_else(|| {
        let description = String::from_utf8_lossy(path).into_owned();
        let named = Arc::new(Named {
            key,
            pipe: Arc::new(Pipe::new(stat, description)),
        });
        open.insert(key, Arc::downgrade(&named));
        named
    });
    drop(open);
    if write && !read && flags.has(Flags::NONBLOCK) && !named.pipe.has_reader() {
        return Err(Errno::NoDeviceOrAddress);
    }
    let reader = || ReadEnd::new(&named.pipe, flags);
    let writer = || WriteEnd::new(&named.pipe, flags);
    let ends = match (read, write) {
        (true, true) => Ends::Both(reader(), writer()),
        (false, true) => Ends::Write(writer()),
        (_, false) => Ends::Read(reader()),
    };
    Ok(Arc::new(Fifo {
        ends,
        waits: !flags.has(Flags::NONBLOCK),
        _named: named,
    }))
}

/// What a FIFO was opened for.
enum Ends {
    Read(ReadEnd),
    Write(WriteEnd),
    Both(ReadEnd, WriteEnd),
}

/// An open FIFO.
struct Fifo {
    ends: Ends,
    /// Opening it takes until the other side is there.
    waits: bool,
    /// After the ends: the last of them takes the FIFO's pipe along.
    _named: Arc<Named>,
}

impl Fifo {
    fn reader(&self) -> Option<&ReadEnd> {
        match &self.ends {
            Ends::Read(reader) | Ends::Both(reader, _) => Some(reader),
            Ends::Write(_) => None,
        }
    }

    fn writer(&self) -> Option<&WriteEnd> {
        match &self.ends {
            Ends::Write(writer) | Ends::Both(_, writer) => Some(writer),
            Ends::Read(_) => None,
        }
    }

    /// An end, for what all have in common.
    fn any(&self) -> &dyn File {
        match &self.ends {
            Ends::Read(reader) | Ends::Both(reader, _) => reader,
            Ends::Write(writer) => writer,
        }
    }
}

impl File for Fifo {
    fn stat(&self) -> Result<Stat> {
        self.any().stat()
    }

    fn kind(&self) -> FileKind {
        FileKind::Unknown
    }

    fn readable(&self) -> bool {
        self.reader().is_some()
    }

    fn writable(&self) -> bool {
        self.writer().is_some()
    }

    fn flags(&self) -> Flags {
        self.any().flags()
    }

    fn set_flags(&self, flags: Flags) -> Result<()> {
        self.any().set_flags(flags)
    }

    fn try_read(&self, process: Option<&Process>, buffer: &mut [u8]) -> Result<usize> {
        match self.reader() {
            Some(reader) => reader.try_read(process, buffer),
            None => Err(Errno::BadDescriptor),
        }
    }

    fn try_write(&self, process: Option<&Process>, bytes: &[u8]) -> Result<usize> {
        match self.writer() {
            Some(writer) => writer.try_write(process, bytes),
            None => Err(Errno::BadDescriptor),
        }
    }

    fn readiness(&self) -> Readiness {
        let reader = self.reader().map(File::readiness).unwrap_or_default();
        let writer = self.writer().map(File::readiness).unwrap_or_default();
        Readiness {
            readable: reader.readable,
            writable: writer.writable,
            hangup: reader.hangup || writer.hangup,
            bytes: reader.bytes,
        }
    }

    fn ready(&self, interest: Interest) -> Option<Wait<'_>> {
        match interest {
            Interest::Read => self.reader()?.ready(interest),
            Interest::Write => self.writer()?.ready(interest),
        }
    }

    fn opening(&self) -> Option<Wait<'_>> {
        match &self.ends {
            _ if !self.waits => None,
            Ends::Read(reader) => Some(Box::pin(reader.met())),
            Ends::Write(writer) => Some(Box::pin(writer.met())),
            // Who opens for both has its other side.
            Ends::Both(..) => None,
        }
    }

    fn describe(&self) -> String {
        self.any().describe()
    }
}
