//! Paths below a descriptor.

use std::sync::Arc;

use berth_kernel::descriptor::PREOPEN;
use berth_kernel::file::File;
use berth_kernel::process::Process;
use berth_kernel::vfs::{Base, Namespace};
use berth_kernel::{Errno, Result};

use crate::cwd;
use crate::guest::Guest;

/// Where a path starts, and everything that resolving it needs.
pub struct Place {
    /// The session's tree.
    pub namespace: Arc<Namespace>,
    /// Who asks.
    pub process: Arc<Process>,
    /// The path, as the guest said it.
    pub path: Vec<u8>,
    directory: Arc<dyn File>,
    /// A working directory that the kernel keeps for the guest, if `path` starts there.
    cwd: Option<Vec<u8>>,
}

impl Place {
    /// The place of `path` below the descriptor `fd`. `creates`: its last component may be missing.
    pub fn new(guest: &mut Guest, fd: u32, path: String, creates: bool) -> Result<Self> {
        let directory = guest.process.file(fd)?;
        let Some(opened) = directory.as_directory() else {
            return Err(Errno::NotDirectory);
        };
        let root = fd == PREOPEN || opened.path() == b"/";
        let process = Arc::clone(&guest.process);
        let namespace = Arc::clone(guest.machine.namespace());
        let path = path.into_bytes();
        let cwd = if root && !guest.preview2().knows_cwd {
            cwd::kept(&namespace, &process, &path, creates)
        } else {
            None
        };
        Ok(Self {
            namespace,
            process,
            path,
            directory,
            cwd,
        })
    }

    /// Where the path starts.
    pub fn base(&self) -> Base<'_> {
        match (&self.cwd, self.directory.as_directory()) {
            (Some(cwd), _) => Base::Path(cwd),
            (None, Some(directory)) => Base::Directory(directory),
            (None, None) => Base::Root,
        }
    }

    /// Who asks, as the kernel wants it.
    pub fn asking(&self) -> Option<&Process> {
        Some(&self.process)
    }
}
