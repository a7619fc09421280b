//! Open regular files.
//!
//! Bytes go straight between the guest's memory and the host. The offset is kept here and not in the
//! host's description, so that a write below a quota knows where it will land without asking, and a
//! seek costs no system call; sharing a description shares the offset all the same.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FallocateFlags, FlockOperation, OFlags};

use super::host;
use super::mount::Mounted;
use super::namespace::OpenHow;
use super::quota::Account;
use super::snapshot::seek_to;
use crate::file::{File, FileKind, Flags, Lock, SetTime, Stat, Whence};
use crate::limits::FILE_TRANSFER_MAX_BYTES;
use crate::process::Process;
use crate::{Errno, Result};

/// Where the next read or write goes.
#[derive(Clone, Copy)]
enum Offset {
    At(u64),
    /// An append moved it to the end of the file.
    End,
}

/// An open regular file.
pub(super) struct Regular {
    /// Closed after the account: see [`Drop`].
    fd: OwnedFd,
    mount: Arc<Mounted>,
    /// Its part in the mount's quota.
    account: Option<Account>,
    /// Guest path it was opened by.
    path: Vec<u8>,
    read: bool,
    write: bool,
    flags: AtomicU16,
    /// Held over a read or write, as the host does for a shared description.
    offset: Mutex<Offset>,
}

impl Regular {
    /// `fd` is a regular file below `mount`, accounted for by `account`, opened as `how` says.
    pub fn new(
        mount: &Arc<Mounted>,
        fd: OwnedFd,
        account: Option<Account>,
        path: Vec<u8>,
        how: &OpenHow,
    ) -> Self {
        Self {
            fd,
            mount: Arc::clone(mount),
            account,
            path,
            read: how.read,
            write: how.write,
            flags: AtomicU16::new(how.flags.0),
            offset: Mutex::new(Offset::At(0)),
        }
    }

    fn offset(&self) -> MutexGuard<'_, Offset> {
        self.offset.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn length(&self) -> Result<u64> {
        Ok(u64::try_from(rustix::fs::fstat(&self.fd)?.st_size).unwrap_or(0))
    }

    fn resolve(&self, offset: Offset) -> Result<u64> {
        match offset {
            Offset::At(at) => Ok(at),
            Offset::End => self.length(),
        }
    }

    fn appends(&self) -> bool {
        self.flags().has(Flags::APPEND)
    }

    /// Writes at `offset`; at the end of the file if it was opened so, whatever `offset` is.
    fn write_bytes(&self, bytes: &[u8], offset: u64, append: bool) -> Result<usize> {
        if !self.write {
            return Err(Errno::BadDescriptor);
        }
        let bytes = &bytes[..bytes.len().min(FILE_TRANSFER_MAX_BYTES)];
        let write = |length: usize| Ok(rustix::io::pwrite(&self.fd, &bytes[..length], offset)?);
        match &self.account {
            Some(account) => account.write((!append).then_some(offset), bytes.len(), write),
            None => write(bytes.len()),
        }
    }

    /// Sets the length, as far as the host's descriptor allows it.
    pub fn cut(&self, size: u64) -> Result<()> {
        let resize = || Ok(rustix::fs::ftruncate(&self.fd, size)?);
        match &self.account {
            Some(account) => account.resize(size, resize),
            None => resize(),
        }
    }
}

impl Drop for Regular {
    fn drop(&mut self) {
        if let Some(account) = &self.account {
            account.close(&self.fd);
        }
    }
}

impl File for Regular {
    fn stat(&self) -> Result<Stat> {
        Ok(host::guest_stat(&self.mount, &rustix::fs::fstat(&self.fd)?))
    }

    fn kind(&self) -> FileKind {
        FileKind::Regular
    }

    fn readable(&self) -> bool {
        self.read
    }

    fn writable(&self) -> bool {
        self.write
    }

    fn flags(&self) -> Flags {
        Flags(self.flags.load(Ordering::Relaxed))
    }

    fn set_flags(&self, flags: Flags) -> Result<()> {
        const CHANGEABLE: u16 = Flags::APPEND.0 | Flags::NONBLOCK.0;
        // The offset's lock keeps a write from seeing one flag here and another one on the host.
        let _offset = self.offset();
        let new = Flags(self.flags().0 & !CHANGEABLE | flags.0 & CHANGEABLE);
        if new.has(Flags::APPEND) != self.appends() {
            let host = if new.has(Flags::APPEND) {
                OFlags::APPEND
            } else {
                OFlags::empty()
            };
            rustix::fs::fcntl_setfl(&self.fd, host | OFlags::NONBLOCK)?;
        }
        self.flags.store(new.0, Ordering::Relaxed);
        Ok(())
    }

    fn try_read(&self, _process: Option<&Process>, buffer: &mut [u8]) -> Result<usize> {
        let mut offset = self.offset();
        let at = self.resolve(*offset)?;
        let read = self.read_at(buffer, at)?;
        *offset = Offset::At(at + read as u64);
        Ok(read)
    }

    fn try_write(&self, process: Option<&Process>, bytes: &[u8]) -> Result<usize> {
        let mut offset = self.offset();
        let mut bytes = bytes;
        if let Some(process) = process.filter(|process| process.limits_file_size()) {
            let at = self.resolve(if self.appends() { Offset::End } else { *offset })?;
            bytes = &bytes[..process.writable_bytes(at, bytes.len())?];
        }
        if self.appends() {
            let written = self.write_bytes(bytes, 0, true)?;
            *offset = Offset::End;
            return Ok(written);
        }
        let at = self.resolve(*offset)?;
        let written = self.write_bytes(bytes, at, false)?;
        *offset = Offset::At(at + written as u64);
        Ok(written)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        if !self.read {
            return Err(Errno::BadDescriptor);
        }
        let length = buffer.len().min(FILE_TRANSFER_MAX_BYTES);
        Ok(rustix::io::pread(&self.fd, &mut buffer[..length], offset)?)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> Result<usize> {
        // The host appends too, then (`pwrite(2)`, BUGS); the account must know.
        self.write_bytes(bytes, offset, self.appends())
    }

    fn seek(&self, by: i64, whence: Whence) -> Result<u64> {
        let mut offset = self.offset();
        let from = match whence {
            Whence::Set => 0,
            Whence::Current => self.resolve(*offset)?,
            Whence::End => self.length()?,
        };
        let to = seek_to(from, by)?;
        *offset = Offset::At(to);
        Ok(to)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn set_size(&self, size: u64) -> Result<()> {
        if !self.write {
            return Err(Errno::Invalid);
        }
        if i64::try_from(size).is_err() {
            return Err(Errno::FileTooBig);
        }
        self.cut(size)
    }

    fn allocate(&self, offset: u64, length: u64) -> Result<()> {
        if !self.write {
            return Err(Errno::BadDescriptor);
        }
        if length == 0 {
            return Err(Errno::Invalid);
        }
        let end = offset
            .checked_add(length)
            .filter(|&end| i64::try_from(end).is_ok())
            .ok_or(Errno::FileTooBig)?;
        let extend =
            || match rustix::fs::fallocate(&self.fd, FallocateFlags::empty(), offset, length) {
                // The host's file system cannot reserve blocks: the length alone will do.
                Err(rustix::io::Errno::OPNOTSUPP) if self.length()? < end => {
                    Ok(rustix::fs::ftruncate(&self.fd, end)?)
                }
                Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
                done => Ok(done?),
            };
        match &self.account {
            Some(account) => account.extend(end, extend),
            None => extend(),
        }
    }

    fn sync(&self, data_only: bool) -> Result<()> {
        if data_only {
            rustix::fs::fdatasync(&self.fd)?;
        } else {
            rustix::fs::fsync(&self.fd)?;
        }
        Ok(())
    }

    fn set_times(&self, accessed: SetTime, modified: SetTime) -> Result<()> {
        self.mount.writable()?;
        Ok(rustix::fs::futimens(
            &self.fd,
            &host::timestamps(accessed, modified),
        )?)
    }

    fn set_mode(&self, mode: u32) -> Result<()> {
        super::mode::set_mode(&self.mount, &self.fd, mode)
    }

    fn lock(&self, lock: Lock) -> Result<()> {
        // The host's own lock: it holds between sessions, too, and goes with the description.
        let operation = match lock {
            Lock::Shared => FlockOperation::NonBlockingLockShared,
            Lock::Exclusive => FlockOperation::NonBlockingLockExclusive,
            Lock::None => FlockOperation::NonBlockingUnlock,
        };
        Ok(rustix::fs::flock(&self.fd, operation)?)
    }

    fn describe(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }
}
