//! From a thread that writes to a task that reads.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;

use crate::files::{CHUNK_BYTES, FileResult};

/// A reader that takes no chunk for this long is given up: it holds a thread.
const STALLED_AFTER: Duration = Duration::from_secs(120);

/// Collects what is written into chunks, and waits while the reader is behind.
pub struct Pipe {
    sender: Sender<FileResult<Bytes>>,
    runtime: Handle,
    chunk: Vec<u8>,
}

impl Pipe {
    /// For use on a thread of the current runtime that may block.
    pub fn new(sender: Sender<FileResult<Bytes>>) -> Self {
        Self {
            sender,
            runtime: Handle::current(),
            chunk: Vec::with_capacity(CHUNK_BYTES),
        }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        self.runtime
            .block_on(self.sender.send_timeout(Ok(chunk.into()), STALLED_AFTER))
            .map_err(|_| {
                io::Error::new(
                    io::ErrorKind::BrokenPipe,
                    "the reader went away or stands still",
                )
            })
    }
}

impl io::Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK_BYTES - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        if self.chunk.len() == CHUNK_BYTES {
            self.send()?;
        }
        Ok(taken)
    }

    /// Chunks leave when they are full; the last one by [`Pipe::finish`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Pipe {
    /// Sends the rest.
    pub fn finish(mut self) -> io::Result<()> {
        self.send()
    }
}
