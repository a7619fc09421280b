//! Reading a file's bytes.

use std::collections::VecDeque;
use std::io::IoSliceMut;
use std::ops::Range;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use berth_kernel::Errno;
use berth_kernel::file::FileKind;
use berth_kernel::vfs::Base;
use bytes::Bytes;
use futures_core::Stream;
use rustix::fs::Advice;
use rustix::io::ReadWriteFlags;
use tokio::task::JoinHandle;

use super::{FileError, FileInfo, FilePath, FileResult, Files, Inner};
use crate::shared::lock;

/// Bytes of a file that are read and handed on at a time.
pub const CHUNK_BYTES: usize = 256 << 10;
/// Chunks that are being read from a slow disk before they are asked for.
const CHUNKS_AHEAD: usize = 4;
/// Buffers kept for the next reader; together 16 MiB.
const IDLE_BUFFERS_MAX: usize = 64;

/// A regular file opened for reading. What is read is this file, even if another one takes its place.
#[derive(Debug, Clone)]
pub struct OpenFile {
    fd: Arc<OwnedFd>,
    info: FileInfo,
}

impl Files {
    /// Opens the regular file at `path`, links followed.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::IsDirectory`], [`FileError::NotRegular`] and their like.
    pub async fn open(&self, path: &FilePath) -> FileResult<OpenFile> {
        let path = path.clone();
        self.run(move |inner| inner.open(&path)).await
    }
}

impl Inner {
    pub(super) fn open(&self, path: &FilePath) -> FileResult<OpenFile> {
        match self.stat(path, true)?.kind {
            FileKind::Regular => {}
            FileKind::Directory => return Err(FileError::IsDirectory(path.to_string())),
            _ => return Err(FileError::NotRegular(path.to_string())),
        }
        let (fd, stat) = self
            .namespace
            .host_file(None, Base::Root, path.as_bytes())
            .map_err(|errno| FileError::at(path, errno))?;
        Ok(OpenFile {
            fd: Arc::new(fd),
            info: stat.into(),
        })
    }
}

impl OpenFile {
    /// What was known about the file when it was opened.
    pub fn info(&self) -> &FileInfo {
        &self.info
    }

    /// The bytes of `range`, in chunks of at most [`CHUNK_BYTES`]. A file that has become shorter ends in
    /// [`FileError::ChangedWhileRead`].
    pub fn chunks(&self, range: Range<u64>) -> Chunks {
        if range.end - range.start > CHUNK_BYTES as u64 {
            // Advice only: the host reads further ahead. It may refuse.
            let _ = rustix::fs::fadvise(&*self.fd, range.start, None, Advice::Sequential);
        }
        Chunks {
            file: Arc::clone(&self.fd),
            next: range.start,
            end: range.end,
            ahead: VecDeque::new(),
        }
    }

    /// Reads at `offset`, as `read(2)` does. Blocks.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        Ok(rustix::io::pread(&*self.fd, buffer, offset)?)
    }
}

/// The bytes of a part of a file, in order.
///
/// What the host has in memory is taken at once; from the first time it has not, the following chunks are read on other
/// threads, a few ahead of the reader.
#[derive(Debug)]
pub struct Chunks {
    file: Arc<OwnedFd>,
    /// Where the next chunk begins that nobody was told to read yet.
    next: u64,
    end: u64,
    /// Chunks being read, in order.
    ahead: VecDeque<JoinHandle<FileResult<Bytes>>>,
}

impl Chunks {
    /// Bytes still to come.
    fn length(&self) -> usize {
        usize::try_from(self.end - self.next)
            .unwrap_or(usize::MAX)
            .min(CHUNK_BYTES)
    }

    fn read_from_memory(&mut self) -> Option<FileResult<Bytes>> {
        let mut buffer = Buffer::take(self.length());
        let mut slices = [IoSliceMut::new(&mut buffer.bytes)];
        match rustix::io::preadv2(&*self.file, &mut slices, self.next, ReadWriteFlags::NOWAIT) {
            Ok(0) => Some(Err(FileError::ChangedWhileRead)),
            Ok(length) => {
                self.next += length as u64;
                Some(Ok(buffer.freeze(length)))
            }
            // Not in memory, or the file system cannot tell; any other error comes again from the slow way.
            Err(_) => None,
        }
    }

    fn read_ahead(&mut self) {
        while self.ahead.len() < CHUNKS_AHEAD && self.next < self.end {
            let (file, offset, length) = (Arc::clone(&self.file), self.next, self.length());
            self.ahead.push_back(tokio::task::spawn_blocking(move || {
                read_whole(&file, offset, length)
            }));
            self.next += length as u64;
        }
    }
}

impl Stream for Chunks {
    type Item = FileResult<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ahead.is_empty() {
            if self.next >= self.end {
                return Poll::Ready(None);
            }
            if let Some(read) = self.read_from_memory() {
                if read.is_err() {
                    self.next = self.end;
                }
                return Poll::Ready(Some(read));
            }
        }
        self.read_ahead();
        let Some(first) = self.ahead.front_mut() else {
            return Poll::Ready(None);
        };
        let read = ready!(Pin::new(first).poll(context)).unwrap_or(Err(FileError::Stopping));
        self.ahead.pop_front();
        if read.is_err() {
            self.next = self.end;
            self.ahead.clear();
        } else {
            self.read_ahead();
        }
        Poll::Ready(Some(read))
    }
}

/// Reads exactly `length` bytes. Blocks.
fn read_whole(file: &OwnedFd, offset: u64, length: usize) -> FileResult<Bytes> {
    let mut buffer = Buffer::take(length);
    let mut filled = 0;
    while filled < length {
        match rustix::io::pread(file, &mut buffer.bytes[filled..], offset + filled as u64) {
            Ok(0) => return Err(FileError::ChangedWhileRead),
            Ok(read) => filled += read,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(FileError::at(&FilePath::root(), Errno::from(error))),
        }
    }
    Ok(buffer.freeze(length))
}

/// A buffer for one chunk. Whole ones are used again, so that a long download touches no fresh memory.
struct Buffer {
    bytes: Vec<u8>,
}

static IDLE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

impl Buffer {
    fn take(length: usize) -> Self {
        if length < CHUNK_BYTES {
            return Self {
                bytes: vec![0; length],
            };
        }
        let idle = lock(&IDLE).pop();
        Self {
            bytes: idle.unwrap_or_else(|| vec![0; CHUNK_BYTES]),
        }
    }

    /// The first `length` bytes, to be handed on.
    fn freeze(self, length: usize) -> Bytes {
        Bytes::from_owner(self).slice(..length)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.bytes.len() == CHUNK_BYTES {
            let mut idle = lock(&IDLE);
            if idle.len() < IDLE_BUFFERS_MAX {
                idle.push(std::mem::take(&mut self.bytes));
            }
        }
    }
}
