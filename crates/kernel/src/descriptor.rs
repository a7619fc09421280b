//! Descriptor tables: small numbers that refer to open file descriptions.
//!
//! A table belongs to one process. `dup` and inheritance copy the reference, so the description
//! (offset, flags) is shared, as POSIX has it; a fork copies the whole table.

use std::sync::Arc;

use crate::file::File;
use crate::{Errno, Result};

/// The descriptor under which every guest finds its preopened root directory.
pub const PREOPEN: u32 = 3;

/// The descriptors of one process.
#[derive(Clone)]
pub struct Descriptors {
    slots: Vec<Option<Arc<dyn File>>>,
    /// Numbers from here on are refused with `EMFILE`.
    limit: usize,
}

impl Descriptors {
    /// An empty table of at most `limit` descriptors.
    pub fn new(limit: usize) -> Self {
        Self {
            slots: Vec::new(),
            limit,
        }
    }

    /// Refuses numbers from `limit` on from now; what is open there stays (`setrlimit(2)`).
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// The description behind `fd`, or `EBADF`.
    pub fn get(&self, fd: u32) -> Result<&Arc<dyn File>> {
        self.slots
            .get(fd as usize)
            .and_then(Option::as_ref)
            .ok_or(Errno::BadDescriptor)
    }

    /// Puts `file` under the lowest free number.
    pub fn insert(&mut self, file: Arc<dyn File>) -> Result<u32> {
        self.insert_from(0, file)
    }

    /// Puts `file` under the lowest free number that is at least `minimum` (`F_DUPFD`).
    /// `EMFILE` when the table is full, `EINVAL` when `minimum` is out of range.
    pub fn insert_from(&mut self, minimum: u32, file: Arc<dyn File>) -> Result<u32> {
        let minimum = minimum as usize;
        if minimum >= self.limit {
            return Err(Errno::Invalid);
        }
        let free = (minimum..self.slots.len()).find(|&fd| self.slots[fd].is_none());
        let fd = free.unwrap_or(self.slots.len().max(minimum));
        self.put(fd, file)?;
        Ok(fd as u32)
    }

    /// Puts `file` under exactly `fd` and hands back what was there (`dup2`). The caller drops that
    /// after letting go of the table's lock, since closing may do work.
    pub fn replace(&mut self, fd: u32, file: Arc<dyn File>) -> Result<Option<Arc<dyn File>>> {
        self.put(fd as usize, file)
    }

    fn put(&mut self, fd: usize, file: Arc<dyn File>) -> Result<Option<Arc<dyn File>>> {
        if fd >= self.limit {
            return Err(Errno::DescriptorLimit);
        }
        if fd >= self.slots.len() {
            self.slots.resize(fd + 1, None);
        }
        Ok(self.slots[fd].replace(file))
    }

    /// Takes `fd` out of the table, or `EBADF`.
    pub fn remove(&mut self, fd: u32) -> Result<Arc<dyn File>> {
        self.slots
            .get_mut(fd as usize)
            .and_then(Option::take)
            .ok_or(Errno::BadDescriptor)
    }

    /// Moves `from` to `to`, which must be open as well (`fd_renumber`), and hands back what was at
    /// `to`.
    pub fn renumber(&mut self, from: u32, to: u32) -> Result<Option<Arc<dyn File>>> {
        self.get(to)?;
        self.get(from)?;
        if from == to {
            return Ok(None);
        }
        let file = self.remove(from)?;
        self.replace(to, file)
    }

    /// Every open descriptor, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Arc<dyn File>)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(fd, slot)| slot.as_ref().map(|file| (fd as u32, file)))
    }

    /// Takes everything out, to be dropped by the caller.
    pub fn clear(&mut self) -> Vec<Option<Arc<dyn File>>> {
        std::mem::take(&mut self.slots)
    }
}
