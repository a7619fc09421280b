//! Mounts: one host directory at one guest path.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::path::GuestPath;
use super::quota::Quota;

/// What a mount allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Looking only; every change answers `EROFS`.
    ReadOnly,
    /// Changes too.
    ReadWrite,
}

/// One host directory at one guest path.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Where the guest sees it.
    pub path: GuestPath,
    /// The directory, opened once by whoever chose it; `O_PATH` is enough.
    pub root: Arc<OwnedFd>,
    /// What may be done below it.
    pub access: Access,
    /// The name `/proc/mounts` shows.
    pub source: String,
    /// Who counts its bytes; shared by all mounts of the same files.
    pub quota: Option<Arc<Quota>>,
}
