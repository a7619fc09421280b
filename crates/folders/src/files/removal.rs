//! Removing a directory and everything in it, as the kernel's namespace sees it: mount points stay, and quotas are given
//! back. Whole directories of the host go by [`crate::remove_tree`].
//!
//! Links are removed, never followed. Memory and handles are bounded whatever the tree looks like: below [`DEPTH_MAX`]
//! levels a directory is moved up to the top of the tree, where its turn comes later. What was removed stays removed, so
//! the work can be broken off at any point and begun again.

use std::sync::Arc;

use berth_kernel::Errno;
use berth_kernel::file::File;
use berth_kernel::vfs::{Base, Namespace, OpenHow};

use super::upload::base;

/// Levels that are held open at a time.
const DEPTH_MAX: usize = 32;
/// Names that are read at a time.
const NAMES_AT_A_TIME: usize = 1024;

/// Removes the directory `name` in `above` and all it holds.
pub(super) fn remove_tree(
    namespace: &Namespace,
    above: &Arc<dyn File>,
    name: &[u8],
) -> Result<(), Errno> {
    let top = open(namespace, base(above)?, name)?;
    Removal {
        namespace,
        top: &top,
        moved: 0,
    }
    .empty(&top, 0)?;
    gone(namespace.remove_directory(None, base(above)?, name))
}

struct Removal<'a> {
    namespace: &'a Namespace,
    /// The outermost directory, to which what is too deep is moved.
    top: &'a Arc<dyn File>,
    /// How many directories were moved there, for names that do not meet.
    moved: u64,
}

impl Removal<'_> {
    /// Empties `directory`, which lies `depth` levels below the top.
    fn empty(&mut self, directory: &Arc<dyn File>, depth: usize) -> Result<(), Errno> {
        loop {
            let names = some_names(directory)?;
            if names.is_empty() {
                return Ok(());
            }
            for name in names {
                self.remove_name(directory, &name, depth)?;
            }
        }
    }

    fn remove_name(
        &mut self,
        directory: &Arc<dyn File>,
        name: &[u8],
        depth: usize,
    ) -> Result<(), Errno> {
        match self.namespace.unlink(None, base(directory)?, name) {
            Err(Errno::IsDirectory | Errno::NotPermitted) => {}
            done => return gone(done),
        }
        match self
            .namespace
            .remove_directory(None, base(directory)?, name)
        {
            Err(Errno::NotEmpty) => {}
            done => return gone(done),
        }
        if depth >= DEPTH_MAX {
            return self.move_to_top(directory, name);
        }
        match open(self.namespace, base(directory)?, name) {
            Ok(child) => self.empty(&child, depth + 1)?,
            done => return gone(done.map(drop)),
        }
        gone(
            self.namespace
                .remove_directory(None, base(directory)?, name),
        )
    }

    fn move_to_top(&mut self, directory: &Arc<dyn File>, name: &[u8]) -> Result<(), Errno> {
        loop {
            self.moved += 1;
            let there = format!(".berth-removed-{}", self.moved).into_bytes();
            match self
                .namespace
                .rename(None, base(directory)?, name, base(self.top)?, &there)
            {
                Err(Errno::NotEmpty | Errno::Exists | Errno::NotDirectory) => {}
                done => return gone(done),
            }
        }
    }
}

/// Some of the names in `directory`; none when there are none.
fn some_names(directory: &Arc<dyn File>) -> Result<Vec<Vec<u8>>, Errno> {
    let mut names = Vec::new();
    directory
        .as_directory()
        .ok_or(Errno::NotDirectory)?
        .read(0, &mut |entry| {
            if !matches!(entry.name, b"." | b"..") {
                names.push(entry.name.to_vec());
            }
            names.len() < NAMES_AT_A_TIME
        })?;
    Ok(names)
}

fn open(namespace: &Namespace, above: Base<'_>, name: &[u8]) -> Result<Arc<dyn File>, Errno> {
    namespace.open(
        None,
        above,
        name,
        &OpenHow {
            directory: true,
            follow: false,
            ..OpenHow::READ
        },
    )
}

/// Somebody else was faster: what matters is that it is gone.
fn gone(done: Result<(), Errno>) -> Result<(), Errno> {
    match done {
        Err(Errno::NoEntry) => Ok(()),
        done => done,
    }
}
