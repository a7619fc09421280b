//! Paths and arguments as the bytes they are; no encoding is assumed.

use std::ffi::{OsStr, OsString};
use std::path::Path;

#[cfg(unix)]
use std::os::unix::ffi::{OsStrExt, OsStringExt};
#[cfg(target_os = "wasi")]
use std::os::wasi::ffi::{OsStrExt, OsStringExt};

/// The bytes of an argument.
pub fn bytes(text: &OsStr) -> &[u8] {
    text.as_bytes()
}

/// The bytes of a path.
pub fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// An argument of these bytes.
pub fn os_string(bytes: impl Into<Vec<u8>>) -> OsString {
    OsString::from_vec(bytes.into())
}

/// Bytes as text for a message.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A name as GNU's programs show it in a message: as it is, or quoted where a reader would mistake it.
pub fn quoted(name: &[u8]) -> String {
    format!("'{}'", text(name))
}

/// The directories of a `PATH`. An empty one means the working directory.
pub fn search_path(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b':').map(|directory| {
        if directory.is_empty() {
            b"."
        } else {
            directory
        }
    })
}

/// A name below a directory.
pub fn joined(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = directory.to_vec();
    if !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}
