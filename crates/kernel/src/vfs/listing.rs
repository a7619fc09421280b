//! Reading a host directory piece by piece.
//!
//! A place in the listing is the host's own (`d_off` of `getdents64(2)`), so that a guest may come
//! back to it at any time, the whole listing takes one pass, and nothing here grows with the
//! directory: at most one buffer of entries is kept for the guest's next call.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use rustix::fs::{RawDir, SeekFrom};

use super::directory::Entry;
use super::host;
use crate::file::FileKind;
use crate::limits::LISTING_BUFFER_BYTES;
use crate::{Errno, Result};

/// A place in a directory's listing, as a guest carries it from call to call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cookie {
    /// Before the fixed entry of this index; before the first host entry if there are no more.
    Fixed(usize),
    /// A place of the host's.
    Host(u64),
}

/// Set in a host place. The host's own are not negative as `off_t`, so the bit is free.
const HOST_BIT: u64 = 1 << 63;

/// Where the cookies of entries named by a number begin, in listings made anew for each reading.
const NUMBERED: u64 = 1 << 32;

impl Cookie {
    pub fn decode(cookie: u64) -> Self {
        if cookie & HOST_BIT != 0 {
            Self::Host(cookie & !HOST_BIT)
        } else {
            Self::Fixed(usize::try_from(cookie).unwrap_or(usize::MAX))
        }
    }

    pub fn encode(self) -> u64 {
        match self {
            Self::Fixed(index) => index as u64,
            Self::Host(position) => position | HOST_BIT,
        }
    }

    /// The cookie of the entry `number`.
    pub fn numbered(number: u32) -> u64 {
        NUMBERED + u64::from(number)
    }
}

/// An entry kept for later: its name lies in [`HostListing::names`].
struct Kept {
    next: u64,
    inode: u64,
    kind: FileKind,
    name_end: usize,
}

/// The state of reading one host directory.
#[derive(Default)]
pub(super) struct HostListing {
    /// The entries that `getdents64` gave last.
    kept: Vec<Kept>,
    names: Vec<u8>,
    /// Index of the first that was not taken yet.
    next: usize,
    /// Place of that entry.
    position: u64,
    /// Place of the host descriptor's own offset, behind all kept entries.
    host_position: u64,
}

impl HostListing {
    /// Hands the entries from `position` on to `each`, until that answers `false`.
    pub fn read(
        &mut self,
        fd: &OwnedFd,
        position: u64,
        each: &mut dyn FnMut(Entry<'_>) -> bool,
    ) -> Result<()> {
        if position == 0 || position != self.position {
            self.move_to(fd, position)?;
        }
        loop {
            while let Some(kept) = self.kept.get(self.next) {
                let name_start = self
                    .next
                    .checked_sub(1)
                    .map_or(0, |before| self.kept[before].name_end);
                let name = &self.names[name_start..kept.name_end];
                let mut kind = kept.kind;
                if kind == FileKind::Unknown {
                    // A FIFO, or a file system that does not tell types here.
                    kind = host::kind_of(fd, name)?.unwrap_or(kind);
                }
                let next_cookie = Cookie::Host(kept.next).encode();
                if !each(Entry {
                    next_cookie,
                    inode: kept.inode,
                    kind,
                    name,
                }) {
                    return Ok(());
                }
                self.position = kept.next;
                self.next += 1;
            }
            if !self.fill(fd)? {
                return Ok(());
            }
        }
    }

    /// Forgets what is kept and goes to `position`.
    fn move_to(&mut self, fd: &OwnedFd, position: u64) -> Result<()> {
        self.kept.clear();
        self.names.clear();
        self.next = 0;
        if position == 0 || position != self.host_position {
            let offset = i64::try_from(position).map_err(|_| Errno::Invalid)?;
            rustix::fs::seek(fd, SeekFrom::Start(offset as u64))?;
        }
        self.position = position;
        self.host_position = position;
        Ok(())
    }

    /// Gets the next entries. `false` at the end.
    fn fill(&mut self, fd: &OwnedFd) -> Result<bool> {
        self.kept.clear();
        self.names.clear();
        self.next = 0;
        let mut buffer = [MaybeUninit::<u8>::uninit(); LISTING_BUFFER_BYTES];
        let mut entries = RawDir::new(fd, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = match entry {
                // The directory was removed meanwhile: it is empty.
                Err(rustix::io::Errno::NOENT) => break,
                entry => entry?,
            };
            self.names.extend_from_slice(entry.file_name().to_bytes());
            self.host_position = entry.next_entry_cookie();
            self.kept.push(Kept {
                next: entry.next_entry_cookie(),
                inode: entry.ino(),
                kind: host::kind_of_type(entry.file_type()),
                name_end: self.names.len(),
            });
            if entries.is_buffer_empty() {
                break;
            }
        }
        Ok(!self.kept.is_empty())
    }
}
