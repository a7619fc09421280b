//! A directory's listing, as JSON.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use berth_folders::{FilePath, Files, Kind, ListedFile};
use berth_store::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use utoipa::ToSchema;

use super::wire_path::encoded;
use crate::page::{List, Page};
use crate::problem::Result;

/// One name of a directory.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileEntry {
    /// The name. What is not UTF-8 in it is replaced; then `name_encoded` tells it exactly.
    name: String,
    /// The name's bytes, percent-encoded, to be put into a URL as it is; only when it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_encoded: Option<String>,
    kind: FileKind,
    /// Bytes; 0 for a directory.
    size: u64,
    /// When the contents last changed.
    #[schema(value_type = String, format = DateTime)]
    modified: Timestamp,
    /// Permission bits, as a number.
    mode: u32,
}

/// What a name stands for. A link is not followed; `other` is a FIFO, socket or device, which can only be removed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FileKind {
    File,
    Directory,
    Link,
    Other,
}

/// After which name a list goes on, as text that may be put into a URL.
struct Cursor(Vec<u8>);

impl FromStr for Cursor {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(percent_decode_str(text).collect()))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encoded(&self.0))
    }
}

impl From<ListedFile> for FileEntry {
    fn from(file: ListedFile) -> Self {
        let (name, name_encoded) = match String::from_utf8(file.name) {
            Ok(name) => (name, None),
            Err(error) => {
                let bytes = error.into_bytes();
                (
                    String::from_utf8_lossy(&bytes).into_owned(),
                    Some(encoded(&bytes)),
                )
            }
        };
        let kind = match file.info.kind {
            Kind::File => FileKind::File,
            Kind::Directory => FileKind::Directory,
            Kind::Link => FileKind::Link,
            Kind::Other => FileKind::Other,
        };
        Self {
            name,
            name_encoded,
            kind,
            size: file.info.size_bytes,
            modified: Timestamp::from_nanosecond(i128::from(file.info.modified_ns))
                .unwrap_or_default(),
            mode: file.info.mode,
        }
    }
}

/// The page of the directory at `path` that is asked for.
///
/// # Errors
/// The domain's.
pub(crate) async fn list(files: &Files, path: &FilePath, page: &Page) -> Result<List<FileEntry>> {
    let after = page.after::<Cursor>()?.map(|cursor| cursor.0);
    let rows = usize::try_from(page.rows()).unwrap_or(usize::MAX);
    let listed = files.list(path, rows, after).await?;
    Ok(page.list(listed, |file| Cursor(file.name.clone()), FileEntry::from))
}
