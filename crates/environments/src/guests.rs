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

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
