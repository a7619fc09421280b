//! A connected stream socket: two pipes, one for each direction.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit};

use crate::file::{File, FileKind, Flags, Interest, Readiness, Stat, Wait};
use crate::pipe::pipe;
use crate::process::Process;
use crate::{Errno, Result};

/// `st_dev` of sockets; no mount has it.
const SOCKET_DEVICE: u64 = u64::MAX - 1;

/// Which directions a shutdown closes (`shutdown(2)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shutdown {
    /// Nothing more is read.
    Receive,
    /// Nothing more is written: the other side reads the end.
    Send,
    /// Both.
    Both,
}

/// One end of a connection.
pub struct Stream {
    /// The end of the pipe to read from; `None` once it was shut down.
    reader: Mutex<Option<Arc<dyn File>>>,
    /// The end of the pipe to write to; `None` once it was shut down.
    writer: Mutex<Option<Arc<dyn File>>>,
    local: SocketAddr,
    peer: SocketAddr,
    flags: AtomicU16,
    number: u64,
    /// What both ends know of each other.
    bond: Arc<Bond>,
    /// The connection's place among those a session may have.
    _place: Arc<Option<OwnedSemaphorePermit>>,
}

/// What both ends of a connection know of each other.
#[derive(Default)]
struct Bond {
    /// Why the connection broke.
    failure: OnceLock<Errno>,
    /// One end is gone altogether: nobody has a descriptor of it.
    parted: AtomicBool,
    told: Notify,
}

impl Stream {
    /// A connection: the end of whoever asked for it at `local`, and the end at `peer`.
    pub fn pair(
        local: SocketAddr,
        peer: SocketAddr,
        place: Option<OwnedSemaphorePermit>,
    ) -> (Arc<Self>, Arc<Self>) {
        let (place, bond) = (Arc::new(place), Arc::new(Bond::default()));
        let (near_reader, far_writer) = pipe();
        let (far_reader, near_writer) = pipe();
        let end = |reader, writer, local, peer| {
            Arc::new(Self {
                reader: Mutex::new(Some(reader)),
                writer: Mutex::new(Some(writer)),
                local,
                peer,
                flags: AtomicU16::new(0),
                number: number(),
                bond: Arc::clone(&bond),
                _place: Arc::clone(&place),
            })
        };
        (
            end(near_reader, near_writer, local, peer),
            end(far_reader, far_writer, peer, local),
        )
    }

    /// Its own address.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The other side's address.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Closes one direction or both.
    pub fn shutdown(&self, how: Shutdown) {
        let mut closed = Vec::with_capacity(2);
        if how != Shutdown::Send {
            closed.push(lock(&self.reader).take());
        }
        if how != Shutdown::Receive {
            closed.push(lock(&self.writer).take());
        }
        // Dropped after the locks are gone: closing wakes others.
        drop(closed);
    }

    /// Breaks the connection: what was sent can still be read, then both sides fail with `errno`.
    pub fn fail(&self, errno: Errno) {
        let _ = self.bond.failure.set(errno);
        self.shutdown(Shutdown::Both);
    }

    /// Why the connection broke.
    pub fn failure(&self) -> Option<Errno> {
        self.bond.failure.get().copied()
    }

    /// Resolves when nobody has the other end any more.
    pub async fn parted(&self) {
        loop {
            let mut told = std::pin::pin!(self.bond.told.notified());
            told.as_mut().enable();
            if self.bond.parted.load(Ordering::Acquire) {
                return;
            }
            told.await;
        }
    }

    fn end(&self, interest: Interest) -> Option<Arc<dyn File>> {
        match interest {
            Interest::Read => lock(&self.reader).clone(),
            Interest::Write => lock(&self.writer).clone(),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.bond.parted.store(true, Ordering::Release);
        self.bond.told.notify_waiters();
    }
}

/// Serial number of a socket, shown as the inode.
pub(super) fn number() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// What `fstat` tells of a socket.
pub(super) fn stat(number: u64) -> Stat {
    Stat {
        device: SOCKET_DEVICE,
        inode: number,
        kind: FileKind::SocketStream,
        mode: 0o777,
        links: 1,
        size: 0,
        accessed_ns: 0,
        modified_ns: 0,
        changed_ns: 0,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl File for Stream {
    fn stat(&self) -> Result<Stat> {
        Ok(stat(self.number))
    }

    fn kind(&self) -> FileKind {
        FileKind::SocketStream
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
        let Some(reader) = self.end(Interest::Read) else {
            return self.failure().map_or(Ok(0), Err);
        };
        match reader.try_read(process, buffer) {
            Ok(0) if !buffer.is_empty() => self.failure().map_or(Ok(0), Err),
            got => got,
        }
    }

    fn try_write(&self, process: Option<&Process>, bytes: &[u8]) -> Result<usize> {
        let Some(writer) = self.end(Interest::Write) else {
            return Err(self.failure().unwrap_or(Errno::BrokenPipe));
        };
        match writer.try_write(process, bytes) {
            Err(Errno::BrokenPipe) => Err(self.failure().unwrap_or(Errno::BrokenPipe)),
            put => put,
        }
    }

    fn readiness(&self) -> Readiness {
        let read = self.end(Interest::Read).map(|file| file.readiness());
        let write = self.end(Interest::Write).map(|file| file.readiness());
        Readiness {
            readable: read.is_none_or(|read| read.readable),
            writable: write.is_none_or(|write| write.writable),
            // The other side's end of sending is no hang-up: that is read.
            hangup: write.is_none_or(|write| write.hangup),
            bytes: read.map_or(0, |read| read.bytes),
        }
    }

    fn ready(&self, interest: Interest) -> Option<Wait<'_>> {
        let end = self.end(interest)?;
        Some(Box::pin(async move {
            if let Some(ready) = end.ready(interest) {
                ready.await;
            }
        }))
    }

    fn as_stream(&self) -> Option<&Stream> {
        Some(self)
    }

    fn describe(&self) -> String {
        format!("socket:[{}]", self.number)
    }
}
