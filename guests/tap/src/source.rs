//! Where a tap's files come from.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::limits::{INDEX_MAX_BYTES, SIGNATURE_MAX_BYTES};
use crate::{INDEX, Index, KEY, Key, SIGNATURE, verify};

/// A place that has a tap's files: a directory, or an address.
pub trait Source {
    /// Opens a file by its path in the tap.
    ///
    /// # Errors
    /// `NotFound`, and what else may go wrong on the way.
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>>;

    /// Where that file is, as people write it.
    fn address(&self, path: &str) -> String;

    /// The directory that the tap is in, when it is in one.
    fn directory(&self) -> Option<&Path> {
        None
    }

    /// Reads the index and checks that `key` signed it; without a key it is taken as it is.
    ///
    /// # Errors
    /// What is wrong with the index or its signature.
    fn index(&self, key: Option<&Key>) -> Result<Index> {
        let text = text_of(self, INDEX, INDEX_MAX_BYTES)?;
        if let Some(key) = key {
            let signature = text_of(self, SIGNATURE, SIGNATURE_MAX_BYTES)
                .map_err(|error| Error::Signature(error.to_string()))?;
            verify(key, text.as_bytes(), &signature)?;
        }
        Index::parse(&text)
    }

    /// The key that the tap itself says it is signed with; `None` when it says nothing.
    ///
    /// # Errors
    /// [`Error::Key`].
    fn key(&self) -> Result<Option<Key>> {
        match text_of(self, KEY, SIGNATURE_MAX_BYTES) {
            Ok(text) => text.parse().map(Some),
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The text of a file that is not larger than it may be.
fn text_of<S: Source + ?Sized>(source: &S, path: &str, max_bytes: u64) -> Result<String> {
    let mut text = String::new();
    source
        .open(path)?
        .take(max_bytes + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > max_bytes {
        return Err(Error::Index(format!(
            "{path} is larger than {max_bytes} bytes"
        )));
    }
    Ok(text)
}

/// A tap in a directory.
#[derive(Clone, Debug)]
pub struct Directory(pub PathBuf);

impl Source for Directory {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(File::open(self.0.join(path))?))
    }

    fn address(&self, path: &str) -> String {
        self.0.join(path).display().to_string()
    }

    fn directory(&self) -> Option<&Path> {
        Some(&self.0)
    }
}
