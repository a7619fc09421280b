//! Quotas: how many bytes and names the files below a mount may take, counted as they change.
//!
//! A quota is a counter, not a scan. Lengths of regular files are charged before they grow, with one
//! atomic addition, and given back when they shrink or when their last name and last descriptor are
//! gone. Directories, links and empty files take no bytes here, but each name in a directory counts
//! against the limit of names, so that nobody eats all inodes of the volume.
//!
//! The same object serves every session that mounts a folder and the HTTP side, so that all of them
//! see one count. What is changed behind its back is counted at the next [`Quota::measure`].

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FileType, Stat, fstat};

use crate::{Errno, Result};

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Lengths of the regular files, each inode once, in bytes.
    pub bytes: u64,
    /// Names in directories, `.` and `..` left out.
    pub names: u64,
}

/// Whose limit it is, which decides the error a guest gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuotaKind {
    /// A folder that outlives sessions: `EDQUOT`.
    Folder,
    /// A session's scratch, a disk of its own to the guest: `ENOSPC`.
    Scratch,
}

/// Bytes and names used and allowed; shared by everybody who changes the same files.
#[derive(Debug)]
pub struct Quota {
    kind: QuotaKind,
    limit: Usage,
    bytes: AtomicU64,
    names: AtomicU64,
    /// Regular files that are open somewhere, by host device and inode. Its lock also orders every
    /// change of names against opening and closing, so that a last name and a last descriptor are
    /// told apart; it is held over a few system calls and never over one that frees a file's blocks.
    open: Mutex<HashMap<(u64, u64), OpenInode>>,
}

#[derive(Debug)]
struct OpenInode {
    descriptions: usize,
    /// The last name is gone; the charge is given back with the last description.
    unlinked: bool,
    charge: Arc<Mutex<Charge>>,
}

/// What one open file was charged, shared by all its descriptions. Its lock is held while a file
/// changes its length, so that no write slips between a truncation and its accounting.
#[derive(Debug)]
struct Charge {
    bytes: u64,
    /// A write fell short of what was charged for it: compare with the true length at the end.
    uncertain: bool,
}

impl Quota {
    /// A quota of which `used` is taken already.
    pub fn new(kind: QuotaKind, limit: Usage, used: Usage) -> Arc<Self> {
        Arc::new(Self {
            kind,
            limit,
            bytes: AtomicU64::new(used.bytes),
            names: AtomicU64::new(used.names),
            open: Mutex::new(HashMap::new()),
        })
    }

    /// Bytes used.
    pub fn used(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Bytes allowed.
    pub fn limit(&self) -> u64 {
        self.limit.bytes
    }

    /// Bytes and names used.
    pub fn usage(&self) -> Usage {
        Usage {
            bytes: self.used(),
            names: self.names.load(Ordering::Relaxed),
        }
    }

    /// Bytes and names allowed.
    pub fn limits(&self) -> Usage {
        self.limit
    }

    /// The error of this quota: `EDQUOT` or `ENOSPC`.
    pub fn exceeded(&self) -> Errno {
        match self.kind {
            QuotaKind::Folder => Errno::Quota,
            QuotaKind::Scratch => Errno::NoSpace,
        }
    }

    /// Takes `growth` bytes, all or none.
    pub fn charge(&self, growth: u64) -> Result<()> {
        take(&self.bytes, growth, self.limit.bytes)
            .then_some(())
            .ok_or_else(|| self.exceeded())
    }

    /// Gives `bytes` back.
    pub fn give_back(&self, bytes: u64) {
        put(&self.bytes, bytes);
    }

    /// Takes one name.
    pub fn charge_name(&self) -> Result<()> {
        take(&self.names, 1, self.limit.names)
            .then_some(())
            .ok_or_else(|| self.exceeded())
    }

    /// Gives one name back.
    pub fn give_back_name(&self) {
        put(&self.names, 1);
    }

    /// Takes as much of `growth` as there is, and tells how much.
    fn charge_up_to(&self, growth: u64) -> u64 {
        let mut taken = 0;
        let _ = self
            .bytes
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                taken = growth.min(self.limit.bytes.saturating_sub(used));
                used.checked_add(taken)
            });
        taken
    }

    /// Counts `bytes` that exist already, over the limit if need be.
    fn charge_always(&self, bytes: u64) {
        let _ = self
            .bytes
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                Some(used.saturating_add(bytes))
            });
    }

    /// Locks the names: see [`Quota::open`].
    pub(super) fn names(self: &Arc<Self>) -> Names<'_> {
        Names {
            quota: self,
            open: self.open.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// Adds `amount` unless that passes `limit`.
fn take(used: &AtomicU64, amount: u64, limit: u64) -> bool {
    amount == 0
        || used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                used.checked_add(amount).filter(|&sum| sum <= limit)
            })
            .is_ok()
}

/// Subtracts `amount`; what was never counted (made behind our back) cannot push it below 0.
fn put(used: &AtomicU64, amount: u64) {
    let _ = used.fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
        Some(used.saturating_sub(amount))
    });
}

/// The right to change names under a quota.
pub(super) struct Names<'a> {
    quota: &'a Arc<Quota>,
    open: MutexGuard<'a, HashMap<(u64, u64), OpenInode>>,
}

impl Names<'_> {
    /// Accounts for one lost name of the file behind `file` (opened before the name went). Its
    /// bytes come back now if that was the last name and nobody has it open, else at the last close.
    pub fn lost(&mut self, file: &OwnedFd) {
        self.quota.give_back_name();
        let Ok(stat) = fstat(file) else { return };
        let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        if !regular || stat.st_nlink != 0 {
            return;
        }
        match self.open.get_mut(&(stat.st_dev, stat.st_ino)) {
            Some(inode) => inode.unlinked = true,
            None => self.quota.give_back(length(&stat)),
        }
    }
}

fn length(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

/// One open file description's part in the accounting of a file. Dropping it counts as its close, so
/// it must go before or together with the host descriptor that it was made for.
#[derive(Debug)]
pub(super) struct Account {
    quota: Arc<Quota>,
    key: (u64, u64),
    charge: Arc<Mutex<Charge>>,
}

impl Account {
    /// Looks at `file`, and registers it as open if it is a regular file.
    pub fn open(quota: &Arc<Quota>, file: &OwnedFd) -> Result<(Option<Self>, Stat)> {
        // The length must be that of the moment in which the file is registered.
        let mut names = quota.names();
        let stat = fstat(file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok((None, stat));
        }
        let key = (stat.st_dev, stat.st_ino);
        let inode = names.open.entry(key).or_insert_with(|| {
            let unlinked = stat.st_nlink == 0;
            if unlinked {
                // The last name went between our opening and now, and its bytes were given back.
                quota.charge_always(length(&stat));
            }
            let charge = Charge {
                bytes: length(&stat),
                uncertain: false,
            };
            OpenInode {
                descriptions: 0,
                unlinked,
                charge: Arc::new(Mutex::new(charge)),
            }
        });
        inode.descriptions += 1;
        let charge = Arc::clone(&inode.charge);
        let quota = Arc::clone(quota);
        Ok((Some(Self { quota, key, charge }), stat))
    }

    fn charge(&self) -> MutexGuard<'_, Charge> {
        self.charge.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `write` with as many of the `length` bytes at `offset` (`None`: at the end) as the quota
    /// allows. The error of the quota if that is none.
    pub fn write(
        &self,
        offset: Option<u64>,
        length: usize,
        write: impl FnOnce(usize) -> Result<usize>,
    ) -> Result<usize> {
        let mut charge = self.charge();
        let start = offset.unwrap_or(charge.bytes);
        let end = start.checked_add(length as u64).ok_or(Errno::FileTooBig)?;
        let growth = end.saturating_sub(charge.bytes);
        if growth == 0 || length == 0 {
            return write(length);
        }
        let granted = self.quota.charge_up_to(growth);
        // The grant first fills the gap below `start`, then carries bytes.
        let allowed = (charge.bytes + granted).saturating_sub(start);
        let allowed = usize::try_from(allowed).unwrap_or(length).min(length);
        if allowed == 0 {
            self.quota.give_back(granted);
            return Err(self.quota.exceeded());
        }
        charge.bytes += granted;
        let written = write(allowed);
        if !matches!(written, Ok(count) if count == allowed) {
            charge.uncertain = true;
        }
        written
    }

    /// Runs `resize`, which sets the length to `size`.
    pub fn resize(&self, size: u64, resize: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut charge = self.charge();
        let growth = size.saturating_sub(charge.bytes);
        self.quota.charge(growth)?;
        if let Err(error) = resize() {
            self.quota.give_back(growth);
            return Err(error);
        }
        self.quota.give_back(charge.bytes.saturating_sub(size));
        charge.bytes = size;
        Ok(())
    }

    /// Runs `extend`, which makes the length at least `size`.
    pub fn extend(&self, size: u64, extend: impl FnOnce() -> Result<()>) -> Result<()> {
        let mut charge = self.charge();
        let growth = size.saturating_sub(charge.bytes);
        self.quota.charge(growth)?;
        let done = extend();
        match done {
            Ok(()) => charge.bytes += growth,
            Err(_) => self.quota.give_back(growth),
        }
        done
    }

    /// Counts this description as closed. `file` is asked for its length if the count is in doubt.
    pub fn close(&self, file: &OwnedFd) {
        let mut names = self.quota.names();
        let Some(inode) = names.open.get_mut(&self.key) else {
            return;
        };
        inode.descriptions -= 1;
        if inode.descriptions > 0 {
            return;
        }
        let unlinked = inode.unlinked;
        names.open.remove(&self.key);
        let charge = self.charge();
        if unlinked {
            self.quota.give_back(charge.bytes);
        } else if charge.uncertain
            && let Ok(stat) = fstat(file)
        {
            let true_length = length(&stat);
            self.quota
                .give_back(charge.bytes.saturating_sub(true_length));
            self.quota
                .charge_always(true_length.saturating_sub(charge.bytes));
        }
    }
}
