//! A socket that waits for connections.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::loopback::Port;
use super::stream::{self, Stream};
use crate::file::{File, FileKind, Flags, Interest, Readiness, Stat, Wait};
use crate::limits::{BACKLOG_DEFAULT, BACKLOG_MAX};
use crate::{Errno, Result};

/// A socket that waits for connections of the session's own processes, and of the host on its owner's behalf.
pub struct Listener {
    local: SocketAddr,
    waiting: Mutex<VecDeque<Arc<Stream>>>,
    /// Connections that may wait.
    backlog: usize,
    came: Notify,
    flags: AtomicU16,
    number: u64,
    _port: Arc<Port>,
}

impl Listener {
    pub(super) fn new(port: Arc<Port>, backlog: Option<usize>) -> Self {
        Self {
            local: port.address(),
            waiting: Mutex::default(),
            backlog: backlog.unwrap_or(BACKLOG_DEFAULT).clamp(1, BACKLOG_MAX),
            came: Notify::new(),
            flags: AtomicU16::new(0),
            number: stream::number(),
            _port: port,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Arc<Stream>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it listens.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Puts a connection into the queue; `ECONNREFUSED` when that is full.
    pub(super) fn offer(&self, stream: Arc<Stream>) -> Result<()> {
        let mut waiting = self.waiting();
        if waiting.len() >= self.backlog {
            return Err(Errno::ConnectionRefused);
        }
        waiting.push_back(stream);
        drop(waiting);
        self.came.notify_waiters();
        Ok(())
    }

    /// The next connection, or `EAGAIN`.
    pub fn accept(&self) -> Result<Arc<Stream>> {
        self.waiting().pop_front().ok_or(Errno::Again)
    }
}

impl File for Listener {
    fn stat(&self) -> Result<Stat> {
        Ok(stream::stat(self.number))
    }

    fn kind(&self) -> FileKind {
        FileKind::SocketStream
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

    fn readiness(&self) -> Readiness {
        let waiting = self.waiting().len();
        Readiness {
            readable: waiting > 0,
            writable: false,
            hangup: false,
            bytes: waiting as u64,
        }
    }

    fn ready(&self, interest: Interest) -> Option<Wait<'_>> {
        if interest == Interest::Write {
            return None;
        }
        Some(Box::pin(async {
            loop {
                let mut came = std::pin::pin!(self.came.notified());
                // Registered before the look, or a connection in between would be slept through.
                came.as_mut().enable();
                if !self.waiting().is_empty() {
                    return;
                }
                came.await;
            }
        }))
    }

    fn as_listener(&self) -> Option<&Listener> {
        Some(self)
    }

    fn describe(&self) -> String {
        format!("socket:[{}]", self.number)
    }
}
