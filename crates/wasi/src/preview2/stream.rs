//! Streams over the kernel's files.

use std::sync::Arc;

use async_trait::async_trait;
use berth_kernel::file::{File, FileKind, Interest};
use berth_kernel::limits::PIPE_ATOMIC_BYTES;
use berth_kernel::process::Process;
use berth_kernel::signal::Signal;
use berth_kernel::{Errno, Result};
use bytes::{Bytes, BytesMut};
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{InputStream, OutputStream, StreamError, StreamResult};

use super::error::failure;
use super::wait;
use crate::guest::{Guest, Resting};
use crate::limits;

/// Where in its file a stream is.
#[derive(Clone, Copy)]
pub enum Position {
    /// Where the file's own offset is, shared with whoever else has the description.
    Shared,
    /// At an offset of its own.
    At(u64),
}

/// One end of a stream: the file and who uses it.
struct End {
    file: Arc<dyn File>,
    process: Arc<Process>,
    resting: Resting,
    position: Position,
}

impl End {
    fn new(guest: &Guest, file: Arc<dyn File>, position: Position) -> Self {
        let position = if file.seekable() {
            position
        } else {
            Position::Shared
        };
        Self {
            file,
            process: Arc::clone(&guest.process),
            resting: guest.resting(),
            position,
        }
    }

    async fn wait(&self, interest: Interest) -> Result<()> {
        match self.file.ready(interest) {
            Some(ready) => wait(&self.process, &self.resting, ready).await,
            None => Ok(()),
        }
    }

    /// Resolves when an operation would not answer `EAGAIN`, or a signal asks for attention.
    async fn ready(&self, interest: Interest) {
        loop {
            let readiness = self.file.readiness();
            let ready = match interest {
                Interest::Read => readiness.readable,
                Interest::Write => readiness.writable,
            };
            if ready || readiness.hangup || self.wait(interest).await.is_err() {
                return;
            }
        }
    }

    fn moved(&mut self, bytes: usize) {
        if let Position::At(position) = &mut self.position {
            *position = position.saturating_add(bytes as u64);
        }
    }

    fn failure(&self, errno: Errno) -> StreamError {
        failure(&self.process, errno)
    }
}

/// An `input-stream`.
pub struct FileInput(End);

impl FileInput {
    /// A stream that reads `file` from `position` on.
    pub fn new(guest: &Guest, file: Arc<dyn File>, position: Position) -> Self {
        Self(End::new(guest, file, position))
    }
}

#[async_trait]
impl Pollable for FileInput {
    async fn ready(&mut self) {
        self.0.ready(Interest::Read).await;
    }
}

#[async_trait]
impl InputStream for FileInput {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        let end = &mut self.0;
        let mut buffer = BytesMut::zeroed(size.min(limits::STREAM_READ_BYTES));
        let got = match end.position {
            Position::Shared => end.file.try_read(Some(&end.process), &mut buffer),
            Position::At(position) => end.file.read_at(&mut buffer, position),
        };
        match got {
            Ok(0) => Err(StreamError::Closed),
            Ok(got) => {
                end.moved(got);
                buffer.truncate(got);
                Ok(buffer.freeze())
            }
            // A C library that blocks by asking in turns would ask for ever.
            Err(Errno::Again) if end.process.has_pending() => Err(end.failure(Errno::Interrupted)),
            Err(Errno::Again) => Ok(Bytes::new()),
            Err(errno) => Err(end.failure(errno)),
        }
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        loop {
            let bytes = self.read(size)?;
            if !bytes.is_empty() || size == 0 {
                return Ok(bytes);
            }
            if let Err(errno) = self.0.wait(Interest::Read).await {
                return Err(self.0.failure(errno));
            }
        }
    }
}

/// An `output-stream`. What a pipe or a terminal did not take of a permitted write waits here, and
/// nothing more is permitted meanwhile.
pub struct FileOutput {
    end: End,
    left: Bytes,
}

impl FileOutput {
    /// A stream that writes to `file` from `position` on.
    pub fn new(guest: &Guest, file: Arc<dyn File>, position: Position) -> Self {
        Self {
            end: End::new(guest, file, position),
            left: Bytes::new(),
        }
    }

    fn put(&mut self) -> StreamResult<()> {
        while !self.left.is_empty() {
            let end = &mut self.end;
            let put = match end.position {
                Position::Shared => end.file.try_write(Some(&end.process), &self.left),
                Position::At(position) => end
                    .process
                    .writable_bytes(position, self.left.len())
                    .and_then(|room| end.file.write_at(&self.left[..room], position)),
            };
            match put {
                Ok(put) => {
                    end.moved(put);
                    let _ = self.left.split_to(put);
                }
                Err(Errno::Again) => return Ok(()),
                Err(errno) => {
                    self.left.clear();
                    if errno == Errno::BrokenPipe
                        && let Some(machine) = end.process.machine()
                    {
                        let _ = machine.signal(end.process.pid(), Signal::PIPE);
                    }
                    return Err(end.failure(errno));
                }
            }
        }
        Ok(())
    }

    /// Writes what is left, waiting for room.
    async fn put_all(&mut self) -> StreamResult<()> {
        loop {
            self.put()?;
            if self.left.is_empty() {
                return Ok(());
            }
            if let Err(errno) = self.end.wait(Interest::Write).await {
                self.left.clear();
                return Err(self.end.failure(errno));
            }
        }
    }
}

#[async_trait]
impl Pollable for FileOutput {
    async fn ready(&mut self) {
        loop {
            // An error is told by the call that follows.
            if self.put().is_err() {
                return;
            }
            if self.left.is_empty() {
                return self.end.ready(Interest::Write).await;
            }
            if self.end.wait(Interest::Write).await.is_err() {
                return;
            }
        }
    }
}

#[async_trait]
impl OutputStream for FileOutput {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if !self.left.is_empty() {
            return Err(StreamError::trap("a write without a permit"));
        }
        self.left = bytes;
        self.put()
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.put()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.put()?;
        if self.end.file.kind() == FileKind::Regular {
            return Ok(limits::STREAM_WRITE_BYTES);
        }
        let readiness = self.end.file.readiness();
        // With the other side gone, the write that follows says so.
        if self.left.is_empty() && (readiness.writable || readiness.hangup) {
            Ok(PIPE_ATOMIC_BYTES)
        } else if self.end.process.has_pending() {
            Err(self.end.failure(Errno::Interrupted))
        } else {
            Ok(0)
        }
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.put_all().await?;
        self.left = bytes;
        self.put_all().await
    }

    async fn write_ready(&mut self) -> StreamResult<usize> {
        loop {
            let permit = self.check_write()?;
            if permit > 0 {
                return Ok(permit);
            }
            if let Err(errno) = self.end.wait(Interest::Write).await {
                return Err(self.end.failure(errno));
            }
        }
    }
}

impl Drop for FileOutput {
    fn drop(&mut self) {
        // As much as goes without waiting: the stream's owner was told that it was written.
        let _ = self.put();
    }
}

/// A stream of a descriptor that is closed.
pub struct Closed;

#[async_trait]
impl Pollable for Closed {
    async fn ready(&mut self) {}
}

impl InputStream for Closed {
    fn read(&mut self, _size: usize) -> StreamResult<Bytes> {
        Err(StreamError::Closed)
    }
}

impl OutputStream for Closed {
    fn write(&mut self, _bytes: Bytes) -> StreamResult<()> {
        Err(StreamError::Closed)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Err(StreamError::Closed)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Err(StreamError::Closed)
    }
}
