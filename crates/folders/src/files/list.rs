//! Listing a directory, sorted, part by part.

use std::collections::BinaryHeap;

use berth_kernel::Errno;
use berth_kernel::vfs::Base;

use super::{FileError, FileInfo, FilePath, FileResult, Files, Inner};

/// Files in one part of a list.
pub const PAGE_FILES_MAX: usize = 10_000;

/// One name of a directory and what is behind it, a link not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// The name, as the disk keeps it.
    pub name: Vec<u8>,
    /// What it is.
    pub info: FileInfo,
}

impl Files {
    /// The directory at `path`, sorted by the bytes of its names: at most `limit` (and [`PAGE_FILES_MAX`]) of those
    /// after `after`. Files that are only being uploaded are left out.
    ///
    /// Every part reads all names of the directory and keeps no more of them than it tells. What is there all the time is
    /// told exactly once, whatever comes and goes between two parts.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::NotDirectory`] and their like.
    pub async fn list(
        &self,
        path: &FilePath,
        limit: usize,
        after: Option<Vec<u8>>,
    ) -> FileResult<Vec<ListedFile>> {
        let path = path.clone();
        self.run(move |inner| inner.list(&path, limit.clamp(1, PAGE_FILES_MAX), after.as_deref()))
            .await
    }
}

impl Inner {
    fn list(
        &self,
        path: &FilePath,
        limit: usize,
        after: Option<&[u8]>,
    ) -> FileResult<Vec<ListedFile>> {
        let opened = self.directory(path)?;
        let Some(directory) = opened.as_directory() else {
            return Err(FileError::NotDirectory(path.to_string()));
        };
        let mut names = BinaryHeap::new();
        let read = directory.read(0, &mut |entry| {
            if !matches!(entry.name, b"." | b"..")
                && after.is_none_or(|after| entry.name > after)
                && !self.is_being_uploaded(entry.name)
            {
                keep_smallest(&mut names, entry.name, limit);
            }
            true
        });
        read.map_err(|errno| FileError::at(path, errno))?;

        let mut items = Vec::with_capacity(names.len());
        for name in names.into_sorted_vec() {
            match self
                .namespace
                .stat(None, Base::Directory(directory), &name, false)
            {
                Ok(stat) => items.push(ListedFile {
                    name,
                    info: stat.into(),
                }),
                // Gone since its name was read.
                Err(Errno::NoEntry) => {}
                Err(errno) => return Err(FileError::at(path, errno)),
            }
        }
        Ok(items)
    }
}

/// Adds `name` to the `count` smallest ones seen so far, if it is one of them.
fn keep_smallest(smallest: &mut BinaryHeap<Vec<u8>>, name: &[u8], count: usize) {
    if smallest.len() < count {
        smallest.push(name.to_vec());
    } else if let Some(mut largest) = smallest.peek_mut()
        && name < largest.as_slice()
    {
        largest.clear();
        largest.extend_from_slice(name);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_smallest_are_kept_in_order(names in prop::collection::vec("[a-d]{0,3}", 0..50), count in 1..20_usize) {
            let mut heap = BinaryHeap::new();
            for name in &names {
                keep_smallest(&mut heap, name.as_bytes(), count);
            }
            let mut expected: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
            expected.sort();
            expected.truncate(count);
            prop_assert_eq!(heap.into_sorted_vec(), expected);
        }
    }
}
