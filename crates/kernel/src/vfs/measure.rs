//! Counting what a directory holds: the baseline of a quota.

use std::collections::HashSet;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::fs::{AtFlags, Mode, OFlags, RawDir};

use super::host;
use super::quota::{Quota, Usage};
use crate::file::FileKind;
use crate::limits::{
    LISTING_BUFFER_BYTES, MEASURED_HANDLES_MAX, MEASURED_NAMES_MAX, PATH_MAX_BYTES,
};
use crate::{Errno, Result};

impl Quota {
    /// Counts the files below `root`, which takes a walk through all of it: do this where waiting for a
    /// disk is allowed. A file with several names counts once. `EOVERFLOW` for more than
    /// [`MEASURED_NAMES_MAX`] names, or a tree deeper than some [`MEASURED_HANDLES_MAX`] times half of
    /// [`PATH_MAX_BYTES`].
    pub fn measure(root: impl AsFd) -> Result<Usage> {
        let mut usage = Usage::default();
        // Only files with several names are remembered.
        let mut seen = HashSet::new();
        let top = Arc::new(host::open_below(
            root,
            b".",
            OFlags::PATH | OFlags::DIRECTORY,
            Mode::empty(),
        )?);
        let mut todo = vec![Pending {
            above: top,
            handles: 1,
            path: b".".to_vec(),
        }];
        while let Some(mut pending) = todo.pop() {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            let directory =
                match host::open_below(&*pending.above, &pending.path, flags, Mode::empty()) {
                    Ok(directory) => Arc::new(directory),
                    // It went away, or was made unreadable: then it is nothing that could be counted.
                    Err(Errno::NoEntry | Errno::NotDirectory | Errno::Loop | Errno::Access) => {
                        continue;
                    }
                    Err(error) => return Err(error),
                };
            if pending.path.len() > PATH_MAX_BYTES / 2 {
                if pending.handles >= MEASURED_HANDLES_MAX {
                    return Err(Errno::Overflow);
                }
                let handles = pending.handles + 1;
                pending = Pending {
                    above: Arc::clone(&directory),
                    handles,
                    path: b".".to_vec(),
                };
            }
            count(&directory, &pending, &mut usage, &mut seen, &mut todo)?;
        }
        Ok(usage)
    }
}

/// A directory still to be read: a path below a handle, so that few handles are held, and trees
/// deeper than a path can tell are counted all the same.
struct Pending {
    above: Arc<OwnedFd>,
    /// Handles held by the directories above, this one included.
    handles: usize,
    path: Vec<u8>,
}

fn count(
    directory: &OwnedFd,
    pending: &Pending,
    usage: &mut Usage,
    seen: &mut HashSet<(u64, u64)>,
    todo: &mut Vec<Pending>,
) -> Result<()> {
    let mut buffer = [MaybeUninit::<u8>::uninit(); LISTING_BUFFER_BYTES];
    let mut entries = RawDir::new(directory, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let Ok(stat) = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        usage.names += 1;
        if usage.names > MEASURED_NAMES_MAX {
            return Err(Errno::Overflow);
        }
        match host::kind(&stat) {
            FileKind::Regular if stat.st_nlink < 2 || seen.insert((stat.st_dev, stat.st_ino)) => {
                usage.bytes = usage
                    .bytes
                    .saturating_add(u64::try_from(stat.st_size).unwrap_or(0));
            }
            FileKind::Directory => todo.push(Pending {
                above: Arc::clone(&pending.above),
                handles: pending.handles,
                path: [&pending.path, &b"/"[..], name.to_bytes()].concat(),
            }),
            _ => {}
        }
    }
    Ok(())
}
