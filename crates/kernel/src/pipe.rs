//! Pipes: a bounded ring of bytes between two descriptors (`pipe(7)`).
//!
//! Each end is one open file description; `dup` and inheritance share it, so the last descriptor's
//! close drops the end, and that is what the other side sees as end of file or as a broken pipe.
//! The ring starts empty-handed and grows with what is really in it: a pipe that carries a line
//! costs a page, not [`PIPE_CAPACITY_BYTES`].

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use crate::file::{File, FileKind, Flags, Interest, Readiness, Stat, Wait};
use crate::limits::{PIPE_ATOMIC_BYTES, PIPE_CAPACITY_BYTES};
use crate::process::Process;
use crate::{Errno, Result};

/// `st_dev` of pipes; no mount has it.
const PIPE_DEVICE: u64 = u64::MAX;
/// Smallest ring that is ever allocated, in bytes.
const RING_FIRST_BYTES: usize = 4096;

/// Makes a pipe: the end to read from and the end to write to.
pub fn pipe() -> (Arc<dyn File>, Arc<dyn File>) {
    static NUMBERS: AtomicU64 = AtomicU64::new(1);
    let created = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let created_ns = u64::try_from(created.as_nanos()).unwrap_or(u64::MAX);
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    let stat = Stat {
        device: PIPE_DEVICE,
        inode: number,
        kind: FileKind::Unknown,
        mode: 0o600,
        links: 1,
        size: 0,
        accessed_ns: created_ns,
        modified_ns: created_ns,
        changed_ns: created_ns,
    };
    let pipe = Arc::new(Pipe::new(stat, format!("pipe:[{number}]")));
    let flags = Flags::default();
    (
        Arc::new(ReadEnd::new(&pipe, flags)),
        Arc::new(WriteEnd::new(&pipe, flags)),
    )
}

/// What all ends share.
pub(crate) struct Pipe {
    ring: Mutex<Ring>,
    /// Told when an empty ring gets bytes, and when a first writer comes or the last one goes.
    filled: Notify,
    /// Told when a ring without room for an atomic write gets it, and when a first reader comes or the last one goes.
    drained: Notify,
    stat: Stat,
    /// What [`File::describe`] says.
    description: String,
}

/// The bytes in flight. `filled` bytes from `start`, going round the end of `storage`.
struct Ring {
    storage: Vec<u8>,
    start: usize,
    filled: usize,
    /// Ends that are open, and how many have ever been.
    readers: Count,
    writers: Count,
}

/// How many ends of one kind there are.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Count {
    now: usize,
    ever: u64,
}

impl Count {
    fn add(&mut self) {
        self.now += 1;
        self.ever += 1;
    }

    fn any(self) -> bool {
        self.now > 0
    }

    /// Whether one has come since there had been `ever`. One that has gone again counts: whoever waited met it.
    fn came_since(self, ever: u64) -> bool {
        self.any() || self.ever != ever
    }
}

impl Ring {
    fn room(&self) -> usize {
        PIPE_CAPACITY_BYTES - self.filled
    }

    fn can_read(&self) -> bool {
        self.filled > 0 || !self.writers.any()
    }

    /// Room for an atomic write is what makes a pipe writable: then no write answers `EAGAIN`.
    fn can_write(&self) -> bool {
        self.room() >= PIPE_ATOMIC_BYTES || !self.readers.any()
    }

    /// Appends `bytes`, which fit into [`Self::room`].
    fn push(&mut self, bytes: &[u8]) {
        let needed = self.filled + bytes.len();
        if needed > self.storage.len() {
            self.grow(needed);
        }
        let size = self.storage.len();
        let end = (self.start + self.filled) % size;
        let first = bytes.len().min(size - end);
        self.storage[end..end + first].copy_from_slice(&bytes[..first]);
        self.storage[..bytes.len() - first].copy_from_slice(&bytes[first..]);
        self.filled = needed;
    }

    /// Takes as many bytes as there are and fit.
    fn pop(&mut self, buffer: &mut [u8]) -> usize {
        let count = buffer.len().min(self.filled);
        if count == 0 {
            return 0;
        }
        let size = self.storage.len();
        let first = count.min(size - self.start);
        buffer[..first].copy_from_slice(&self.storage[self.start..self.start + first]);
        buffer[first..count].copy_from_slice(&self.storage[..count - first]);
        self.filled -= count;
        // An empty ring starts over, so that the next transfer is one piece.
        self.start = if self.filled == 0 {
            0
        } else {
            (self.start + count) % size
        };
        count
    }

    fn grow(&mut self, needed: usize) {
        let size = needed
            .next_power_of_two()
            .clamp(RING_FIRST_BYTES, PIPE_CAPACITY_BYTES);
        let mut larger = vec![0; size];
        let filled = self.filled;
        self.pop(&mut larger[..filled]);
        *self = Self {
            storage: larger,
            start: 0,
            filled,
            ..*self
        };
    }
}

impl Pipe {
    /// A pipe without ends.
    pub(crate) fn new(stat: Stat, description: String) -> Self {
        Self {
            ring: Mutex::new(Ring {
                storage: Vec::new(),
                start: 0,
                filled: 0,
                readers: Count::default(),
                writers: Count::default(),
            }),
            filled: Notify::new(),
            drained: Notify::new(),
            stat,
            description,
        }
    }

    /// Whether somebody could read what is written.
    pub(crate) fn has_reader(&self) -> bool {
        self.ring().readers.any()
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, buffer: &mut [u8]) -> Result<usize> {
        let mut ring = self.ring();
        if buffer.is_empty() {
            return Ok(0);
        }
        if ring.filled == 0 {
            return if ring.writers.any() {
                Err(Errno::Again)
            } else {
                Ok(0)
            };
        }
        let waiting = !ring.can_write();
        let count = ring.pop(buffer);
        let wake = waiting && ring.can_write();
        drop(ring);
        if wake {
            self.drained.notify_waiters();
        }
        Ok(count)
    }

    fn write(&self, bytes: &[u8]) -> Result<usize> {
        let mut ring = self.ring();
        if bytes.is_empty() {
            return Ok(0);
        }
        if !ring.readers.any() {
            return Err(Errno::BrokenPipe);
        }
        let count = bytes.len().min(ring.room());
        if count == 0 || (bytes.len() <= PIPE_ATOMIC_BYTES && count < bytes.len()) {
            return Err(Errno::Again);
        }
        let wake = ring.filled == 0;
        ring.push(&bytes[..count]);
        drop(ring);
        if wake {
            self.filled.notify_waiters();
        }
        Ok(count)
    }

    /// Resolves when `done` holds; `changed` is told whenever it begins to.
    async fn wait(&self, changed: &Notify, done: impl Fn(&Ring) -> bool + Send) {
        loop {
            let mut told = std::pin::pin!(changed.notified());
            // Registered before the look, or a change in between would be slept through.
            told.as_mut().enable();
            if done(&self.ring()) {
                return;
            }
            told.await;
        }
    }
}

/// An end to read from.
pub(crate) struct ReadEnd {
    pipe: Arc<Pipe>,
    flags: AtomicU16,
    /// How many writers there had been when this was opened.
    writers_before: u64,
}

impl ReadEnd {
    /// Opens another end.
    pub(crate) fn new(pipe: &Arc<Pipe>, flags: Flags) -> Self {
        let mut ring = pipe.ring();
        ring.readers.add();
        let writers_before = ring.writers.ever;
        drop(ring);
        pipe.drained.notify_waiters();
        Self {
            pipe: Arc::clone(pipe),
            flags: AtomicU16::new(flags.0),
            writers_before,
        }
    }

    /// Resolves when somebody has opened the pipe for writing.
    pub(crate) async fn met(&self) {
        let before = self.writers_before;
        let came = |ring: &Ring| ring.writers.came_since(before);
        self.pipe.wait(&self.pipe.filled, came).await;
    }
}

impl Drop for ReadEnd {
    fn drop(&mut self) {
        let mut ring = self.pipe.ring();
        ring.readers.now -= 1;
        if ring.readers.any() {
            return;
        }
        // Nobody will read it: the memory goes now, not with the last writer.
        ring.storage = Vec::new();
        ring.start = 0;
        ring.filled = 0;
        drop(ring);
        self.pipe.drained.notify_waiters();
    }
}

impl File for ReadEnd {
    fn stat(&self) -> Result<Stat> {
        Ok(self.pipe.stat)
    }

    fn kind(&self) -> FileKind {
        FileKind::Unknown
    }

    fn readable(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        false
    }

    fn flags(&self) -> Flags {
        Flags(self.flags.load(Ordering::Relaxed))
    }

    fn set_flags(&self, flags: Flags) -> Result<()> {
        self.flags.store(flags.0, Ordering::Relaxed);
        Ok(())
    }

    fn try_read(&self, _process: Option<&Process>, buffer: &mut [u8]) -> Result<usize> {
        self.pipe.read(buffer)
    }

    fn readiness(&self) -> Readiness {
        let ring = self.pipe.ring();
        Readiness {
            readable: ring.can_read(),
            writable: false,
            hangup: !ring.writers.any(),
            bytes: ring.filled as u64,
        }
    }

    fn ready(&self, interest: Interest) -> Option<Wait<'_>> {
        match interest {
            Interest::Read => Some(Box::pin(self.pipe.wait(&self.pipe.filled, Ring::can_read))),
            // A write here is refused at once.
            Interest::Write => None,
        }
    }

    fn describe(&self) -> String {
        self.pipe.description.clone()
    }
}

/// An end to write to.
pub(crate) struct WriteEnd {
    pipe: Arc<Pipe>,
    flags: AtomicU16,
    /// How many readers there had been when this was opened.
    readers_before: u64,
}

impl WriteEnd {
    /// Opens another end.
    pub(crate) fn new(pipe: &Arc<Pipe>, flags: Flags) -> Self {
        let mut ring = pipe.ring();
        ring.writers.add();
        let readers_before = ring.readers.ever;
        drop(ring);
        pipe.filled.notify_waiters();
        Self {
            pipe: Arc::clone(pipe),
            flags: AtomicU16::new(flags.0),
            readers_before,
        }
    }

    /// Resolves when somebody has opened the pipe for reading.
    pub(crate) async fn met(&self) {
        let before = self.readers_before;
        let came = |ring: &Ring| ring.readers.came_since(before);
        self.pipe.wait(&self.pipe.drained, came).await;
    }
}

impl Drop for WriteEnd {
    fn drop(&mut self) {
        self.pipe.ring().writers.now -= 1;
        self.pipe.filled.notify_waiters();
    }
}

impl File for WriteEnd {
    fn stat(&self) -> Result<Stat> {
        Ok(self.pipe.stat)
    }

    fn kind(&self) -> FileKind {
        FileKind::Unknown
    }

    fn readable(&self) -> bool {
        false
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

    fn try_write(&self, _process: Option<&Process>, bytes: &[u8]) -> Result<usize> {
        self.pipe.write(bytes)
    }

    fn readiness(&self) -> Readiness {
        let ring = self.pipe.ring();
        Readiness {
            readable: false,
            writable: ring.can_write(),
            hangup: !ring.readers.any(),
            bytes: 0,
        }
    }

    fn ready(&self, interest: Interest) -> Option<Wait<'_>> {
        match interest {
            Interest::Read => None,
            Interest::Write => Some(Box::pin(
                self.pipe.wait(&self.pipe.drained, Ring::can_write),
            )),
        }
    }

    fn describe(&self) -> String {
        self.pipe.description.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    async fn read_some(end: &dyn File, buffer: &mut [u8]) -> usize {
        loop {
            match end.try_read(None, buffer) {
                Err(Errno::Again) => end.ready(Interest::Read).unwrap().await,
                other => return other.unwrap(),
            }
        }
    }

    async fn write_all(end: &dyn File, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match end.try_write(None, bytes) {
                Err(Errno::Again) => end.ready(Interest::Write).unwrap().await,
                other => bytes = &bytes[other?..],
            }
        }
        Ok(())
    }

    #[test]
    fn an_empty_pipe_is_waited_for_and_a_closed_one_is_at_its_end() {
        let (reader, writer) = pipe();
        let mut buffer = [0; 8];
        assert_eq!(reader.try_read(None, &mut buffer), Err(Errno::Again));
        assert_eq!(writer.try_write(None, b"last"), Ok(4));
        assert_eq!(reader.readiness().bytes, 4);
        drop(writer);
        assert_eq!(reader.try_read(None, &mut buffer), Ok(4));
        assert_eq!(reader.try_read(None, &mut buffer), Ok(0));
        assert!(reader.readiness().hangup);
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_broken() {
        let (reader, writer) = pipe();
        writer.try_write(None, b"x").unwrap();
        let other_name = Arc::clone(&reader);
        drop(reader);
        assert_eq!(
            writer.try_write(None, b"x"),
            Ok(1),
            "one descriptor of the end is still open"
        );
        drop(other_name);
        assert_eq!(writer.try_write(None, b"x"), Err(Errno::BrokenPipe));
        assert!(writer.readiness().writable && writer.readiness().hangup);
    }

    #[test]
    fn small_writes_are_never_torn_and_large_ones_take_what_fits() {
        let (reader, writer) = pipe();
        let block = vec![7; PIPE_CAPACITY_BYTES - 100];
        assert_eq!(writer.try_write(None, &block), Ok(block.len()));
        assert_eq!(writer.try_write(None, &[1; 101]), Err(Errno::Again));
        assert!(!writer.readiness().writable);
        assert_eq!(writer.try_write(None, &[1; PIPE_ATOMIC_BYTES + 1]), Ok(100));
        let mut buffer = vec![0; PIPE_ATOMIC_BYTES];
        reader.try_read(None, &mut buffer).unwrap();
        assert_eq!(
            writer.try_write(None, &[1; PIPE_ATOMIC_BYTES]),
            Ok(PIPE_ATOMIC_BYTES)
        );
    }

    #[test]
    fn an_idle_pipe_holds_no_ring() {
        let (reader, writer) = pipe();
        writer.try_write(None, b"a line\n").unwrap();
        let any: &dyn std::any::Any = writer.as_ref();
        let shared = Arc::clone(&any.downcast_ref::<WriteEnd>().unwrap().pipe);
        assert_eq!(shared.ring().storage.len(), RING_FIRST_BYTES);
        drop(reader);
        assert_eq!(shared.ring().storage.len(), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_threads_lose_no_wake_up() {
        // Odd sizes on both sides make the ring go round its end and both sides wait often.
        const TOTAL: usize = 64 << 20;
        let (reader, writer) = pipe();
        let sender = tokio::spawn(async move {
            let block: Vec<u8> = (0..=250).cycle().take(251 * 97).collect();
            let mut sent = 0;
            let mut size = 1;
            while sent < TOTAL {
                size = size * 7 % 24_001 + 1;
                let from = sent % 251;
                let size = size.min(TOTAL - sent).min(block.len() - from);
                write_all(&*writer, &block[from..from + size])
                    .await
                    .unwrap();
                sent += size;
            }
        });
        let mut buffer = vec![0; 40_000];
        let mut received = 0;
        let mut size = 1;
        loop {
            size = size * 5 % 39_989 + 1;
            let count = read_some(&*reader, &mut buffer[..size]).await;
            if count == 0 {
                break;
            }
            for (offset, &byte) in buffer[..count].iter().enumerate() {
                assert_eq!(usize::from(byte), (received + offset) % 251);
            }
            received += count;
        }
        assert_eq!(received, TOTAL);
        sender.await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_waiting_writer_learns_that_the_reader_went() {
        let (reader, writer) = pipe();
        let waiting = tokio::spawn(async move { write_all(&*writer, &vec![0; 1 << 20]).await });
        tokio::task::yield_now().await;
        drop(reader);
        assert_eq!(waiting.await.unwrap(), Err(Errno::BrokenPipe));
    }

    proptest! {
        #[test]
        fn a_pipe_is_a_queue_of_bytes(steps in proptest::collection::vec((any::<bool>(), 0usize..70_000), 1..60)) {
            let (reader, writer) = pipe();
            let mut model = VecDeque::new();
            let mut next = 0u8;
            for (write, size) in steps {
                if write {
                    let bytes: Vec<u8> = (0..size).map(|i| next.wrapping_add(i as u8)).collect();
                    let taken = writer.try_write(None, &bytes).unwrap_or(0);
                    model.extend(&bytes[..taken]);
                    next = next.wrapping_add(taken as u8);
                } else {
                    let mut buffer = vec![0; size];
                    let count = reader.try_read(None, &mut buffer).unwrap_or(0);
                    prop_assert_eq!(count, size.min(model.len()));
                    let expected: Vec<u8> = model.drain(..count).collect();
                    prop_assert_eq!(&buffer[..count], &expected[..]);
                }
                prop_assert!(model.len() <= PIPE_CAPACITY_BYTES);
                prop_assert_eq!(reader.readiness().bytes as usize, model.len());
            }
        }
    }
}
