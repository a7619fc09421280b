//! What must hold about a file before it is replaced or removed.

use super::{FileError, FileResult, Version};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// What must hold about the file that is there, at the moment it is replaced or removed. Tags are those that
/// [`Version`] prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// It must be there, and be one of these (`If-Match`).
    pub matches: Option<Tags>,
    /// It must not be there, or be none of these (`If-None-Match`).
    pub matches_not: Option<Tags>,
    /// It must not be there, or not have changed after this second since 1970 (`If-Unmodified-Since`).
    pub unchanged_since_s: Option<u64>,
}

/// Versions of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// Every one.
    Any,
    /// These.
    These(Vec<String>),
}

impl Precondition {
    /// Whether `current` is as it must be.
    pub fn allows(&self, current: Option<&Version>) -> bool {
        let is_among = |tags: &Tags| match (tags, current) {
            (_, None) => false,
            (Tags::Any, Some(_)) => true,
            (Tags::These(tags), Some(current)) => tags.contains(&current.to_string()),
        };
        let changed =
            |since| current.is_some_and(|current| current.modified_ns / NANOS_PER_SECOND > since);
        self.matches.as_ref().is_none_or(is_among)
            && !self.matches_not.as_ref().is_some_and(is_among)
            && !self.unchanged_since_s.is_some_and(changed)
    }

    /// Whether it says that there must be nothing.
    pub(super) fn is_absence(&self) -> bool {
        self.matches_not == Some(Tags::Any)
    }

    /// [`FileError::PreconditionFailed`] unless `current` is as it must be.
    pub(super) fn check(&self, current: Option<&Version>) -> FileResult<()> {
        if self.allows(current) {
            Ok(())
        } else {
            Err(FileError::PreconditionFailed)
        }
    }
}
