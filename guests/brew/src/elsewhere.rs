//! A tap at an address.
//!
//! Its index is kept as it was when it was last asked for: only `brew update` asks again, as people know it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use berth_http::{Error, Options};
use berth_tap::limits::{INDEX_MAX_BYTES, SIGNATURE_MAX_BYTES};
use berth_tap::{INDEX, Index, Key, SIGNATURE, Source};

use crate::failure::{Result, at};
use crate::files;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A tap at an address.
pub struct Elsewhere {
    address: String,
    /// The directory that keeps its index and its signature.
    kept: Option<PathBuf>,
}

impl Elsewhere {
    /// Whether an address is one for this.
    pub fn is_meant(address: &str) -> bool {
        address.starts_with("http://") || address.starts_with("https://")
    }

    /// The tap at `address`, whose index may be kept in `kept`.
    pub fn new(address: &str, kept: Option<&Path>) -> Self {
        Self {
            address: address.trim_end_matches('/').to_owned(),
            kept: kept.map(Path::to_owned),
        }
    }

    /// Asks for the index, and keeps it if it is signed as it must be; otherwise the kept one stays.
    ///
    /// # Errors
    /// What stands in the way of a good index.
    pub fn refresh(&self, key: Option<&Key>) -> Result<Index> {
        let fetched = Fetched {
            tap: self,
            index: self.fetch_text(INDEX, INDEX_MAX_BYTES)?,
            signature: match key {
                Some(_) => self.fetch_text(SIGNATURE, SIGNATURE_MAX_BYTES)?,
                None => Vec::new(),
            },
        };
        let index = fetched.index(key)?;
        if let Some(kept) = &self.kept {
            fs::create_dir_all(kept).map_err(at(kept))?;
            // Cut off between the two, the kept index has the wrong signature, and is asked for again.
            for (name, text) in [(SIGNATURE, &fetched.signature), (INDEX, &fetched.index)] {
                let path = kept.join(name);
                files::write(&path, text).map_err(at(&path))?;
            }
        }
        Ok(index)
    }

    /// The index that is kept, if there is a good one.
    pub fn kept_index(&self, key: Option<&Key>) -> Option<Index> {
        let is_kept = self
            .kept
            .as_ref()
            .is_some_and(|kept| kept.join(INDEX).is_file());
        if is_kept { self.index(key).ok() } else { None }
    }

    /// A file that is small; one that is larger than it may be is cut, one byte too late.
    fn fetch_text(&self, path: &str, max_bytes: u64) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        self.fetch(path)?
            .take(max_bytes + 1)
            .read_to_end(&mut text)?;
        Ok(text)
    }

    fn fetch(&self, path: &str) -> io::Result<Box<dyn Read>> {
        let address = self.address(path);
        let options = Options {
            connect_timeout: Some(CONNECT_TIMEOUT),
            ..Options::default()
        };
        match berth_http::open(&address, &options) {
            Ok(download) => Ok(Box::new(download)),
            Err(Error::Status(404 | 410)) => Err(io::Error::new(
                ErrorKind::NotFound,
                format!("{address} is not there"),
            )),
            Err(error) => Err(io::Error::other(format!("{address}: {error}"))),
        }
    }
}

impl Source for Elsewhere {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        match &self.kept {
            Some(kept) if path == INDEX || path == SIGNATURE => {
                Ok(Box::new(File::open(kept.join(path))?))
            }
            _ => Ok(self.fetch(path)?),
        }
    }

    fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.address)
    }
}

/// What was asked for just now.
struct Fetched<'a> {
    tap: &'a Elsewhere,
    index: Vec<u8>,
    signature: Vec<u8>,
}

impl Source for Fetched<'_> {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        match path {
            INDEX => Ok(Box::new(self.index.as_slice())),
            SIGNATURE => Ok(Box::new(self.signature.as_slice())),
            _ => Ok(self.tap.fetch(path)?),
        }
    }

    fn address(&self, path: &str) -> String {
        self.tap.address(path)
    }
}
