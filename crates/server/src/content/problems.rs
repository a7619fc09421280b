//! What goes wrong with folders and files, as HTTP has it.

use axum::http::StatusCode;
use berth_folders::{Error, FileError};

use crate::problem::Problem;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(error),
            Error::Name(error) => Self::invalid("name", error),
            Error::UnknownVolume { .. } => Self::invalid("volume", error),
            Error::NameTaken { .. } => Self::conflict(&error).field("name", error),
            Error::TooManyFolders { .. }
            | Error::TooManyDotFolders { .. }
            | Error::InUse { .. }
            | Error::NotInTrash => Self::conflict(error),
            Error::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        match error {
            FileError::NotFound(_) => Self::not_found(error),
            FileError::NotDirectory(_)
            | FileError::IsDirectory(_)
            | FileError::NotRegular(_)
            | FileError::NotEmpty(_)
            | FileError::Exists(_)
            | FileError::DeadLink(_)
            | FileError::IntoItself(_)
            | FileError::IsFolder
            | FileError::OtherMount(_)
            | FileError::TooManyEntries { .. }
            | FileError::ChangedWhileRead
            | FileError::Busy(_) => Self::conflict(error),
            FileError::BadName(_) => Self::bad_request(error),
            FileError::TooManyPaths { .. } => Self::invalid("paths", error),
            FileError::ReadOnly | FileError::Denied(_) => Self::forbidden(error),
            FileError::PreconditionFailed => {
                Self::new(StatusCode::PRECONDITION_FAILED).detail(error)
            }
            FileError::QuotaExceeded => Self::new(StatusCode::INSUFFICIENT_STORAGE).detail(error),
            FileError::DiskFull => {
                tracing::error!("the disk is full");
                Self::new(StatusCode::INSUFFICIENT_STORAGE).detail(error)
            }
            FileError::Stopping | FileError::Overloaded => Self::unavailable(error),
            error => Self::internal(error),
        }
    }
}
