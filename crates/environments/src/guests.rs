//! The guests that build.rs put into this binary.

use crate::error::{Error, Result};
use crate::names;

/// One embedded WebAssembly module.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    /// The file's name without `.wasm`, which is the program's name in `/usr/bin`.
    pub name: &'static str,
    /// SHA-256 of `wasm`.
    pub digest: [u8; 32],
    /// The module.
    pub wasm: &'static [u8],
}

impl Guest {
    /// The further names this module answers to when it finds them in `argv[0]`; empty for most.
    ///
    /// # Errors
    /// [`Error::BrokenGuest`] when the module's list cannot be read.
    pub fn names(&self) -> Result<Vec<&'static str>> {
        names::of_module(self.wasm).map_err(|problem| Error::BrokenGuest {
            guest: self.name,
            problem,
        })
    }
}

/// One embedded interpreter with its library.
#[derive(Debug, Clone, Copy)]
pub struct Python {
    /// Its version, as `3.14`.
    pub version: &'static str,
    /// The name of its program, as `python3.14`.
    pub name: &'static str,
    /// The name of the environment that has it, as `python-3.14`.
    pub environment: &'static str,
    /// The name people read.
    pub title: &'static str,
    /// The component.
    pub program: Guest,
    /// What is in `/usr/lib/python3.14`.
    pub library: Archive,
}

/// An embedded tree of files: a tar file, compressed by gzip.
#[derive(Debug, Clone, Copy)]
pub struct Archive {
    /// SHA-256 of `bytes`.
    pub digest: [u8; 32],
    /// The file.
    pub bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
