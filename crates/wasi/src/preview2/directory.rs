//! Listings of directories.

use std::collections::VecDeque;
use std::sync::Arc;

use berth_kernel::file::File;
use berth_kernel::{Errno, Result};
use wasmtime_wasi::p2::bindings::filesystem::types::DirectoryEntry;

use super::filesystem::descriptor_type;

/// Entries read ahead.
const ENTRIES_AHEAD: usize = 256;

/// A listing on its way through a directory.
pub struct Listing {
    directory: Arc<dyn File>,
    cookie: u64,
    ahead: VecDeque<DirectoryEntry>,
    /// The last reading found the end.
    complete: bool,
}

impl Listing {
    /// A listing from the start.
    pub fn new(directory: Arc<dyn File>) -> Self {
        Self {
            directory,
            cookie: 0,
            ahead: VecDeque::new(),
            complete: false,
        }
    }

    /// The next entry; `.` and `..` are left out, as the interface says.
    pub fn next(&mut self) -> Result<Option<DirectoryEntry>> {
        while self.ahead.is_empty() && !self.complete {
            self.read()?;
        }
        Ok(self.ahead.pop_front())
    }

    fn read(&mut self) -> Result<()> {
        let directory = self.directory.as_directory().ok_or(Errno::NotDirectory)?;
        let (ahead, cookie) = (&mut self.ahead, &mut self.cookie);
        let mut complete = true;
        directory.read(*cookie, &mut |entry| {
            if ahead.len() == ENTRIES_AHEAD {
                complete = false;
                return false;
            }
            *cookie = entry.next_cookie;
            if !matches!(entry.name, b"." | b"..") {
                ahead.push_back(DirectoryEntry {
                    type_: descriptor_type(entry.kind),
                    // A name that is no UTF-8 cannot be said here; it is shown, not opened.
                    name: String::from_utf8_lossy(entry.name).into_owned(),
                });
            }
            true
        })?;
        self.complete = complete;
        Ok(())
    }
}
