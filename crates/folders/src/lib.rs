//! Folders: directories that outlive sessions.
//!
//! [`Folders`] knows which there are, whose they are and what becomes of them; [`Files`] moves what is in them. Rules of
//! names and permissions live here and nowhere else. What a session gets is an [`OpenFolder`]: a handle, never a path.
//!
//! Architecture invariants: every operation takes the person who asks, and what is not theirs is not there. No name
//! that a person or a guest chose is ever joined to a path of the host: folders are directories named by id, and what
//! is in them is reached through the kernel's [namespace](berth_kernel::vfs::Namespace).

#![forbid(unsafe_code)]

mod blocking;
mod error;
mod files;
mod folders;
mod mount;
mod name;
mod open;
mod recovery;
mod reference;
mod shared;
mod tree;
mod volume;

pub use berth_store::folders::{Folder, FolderStatus, Permission, UsageMode};
pub use berth_store::{FolderId, UserId};
pub use error::{Error, Result};
pub use files::{
    ARCHIVE_PATHS_MAX, Archive, ArchiveFormat, CHUNK_BYTES, Chunks, FileError, FileInfo, FilePath,
    FileResult, Files, Kind, ListedFile, MountedFolder, OpenFile, PAGE_FILES_MAX, PathError,
    Precondition, Tags, Upload, Version, Written, ZIP_ENTRIES_MAX,
};
pub use folders::{Changes, Creation, DOT_FOLDERS_MAX, FOLDERS_MAX, Folders, PAGE_FOLDERS_MAX};
pub use mount::OpenFolder;
pub use name::{FolderName, NAME_BYTES_MAX, NAME_CHARACTERS_MAX, NameError, is_automounted};
pub use open::FOLDER_NAMES_MAX;
pub use reference::FolderRef;
pub use tree::remove as remove_tree;
pub use volume::DEFAULT_VOLUME;
