//! Formulae, their index and their bottles: what `brew` reads in a session and `cargo xtask bottles` writes.
//!
//! A *tap* is a directory, or an address that serves one:
//!
//! ```text
//! index.toml             every formula of the tap, with the sha256 of its bottle
//! index.toml.minisig     the index's signature
//! tap.pub                the key that made it
//! bottles/<sha256>.tar.gz
//! ```
//!
//! The signature covers the index, the index names bottles by their content: whoever believes the key can take the
//! rest from anywhere. Nothing here trusts what it reads: names are checked before they become paths, a bottle's
//! digest is checked before its first byte is unpacked, and an archive's entries cannot leave their keg.

#![forbid(unsafe_code)]

mod bottle;
mod digest;
mod error;
mod formula;
mod index;
pub mod limits;
mod name;
mod resolve;
mod signature;
mod source;
mod version;

pub use bottle::{Keg, PackedFile, Sink, pack, unpack};
pub use digest::{Digest, Hashing};
pub use error::{Error, Result};
pub use formula::{Bottle, Formula, Origin, Registry};
pub use index::Index;
pub use name::{FormulaName, ProgramName, TapName};
pub use resolve::{in_order, users_of};
pub use signature::{Key, verify};
pub use source::{Directory, Source};
pub use version::Version;

/// The index's file name in a tap.
pub const INDEX: &str = "index.toml";
/// The signature's.
pub const SIGNATURE: &str = "index.toml.minisig";
/// The public key's.
pub const KEY: &str = "tap.pub";
/// The directory of bottles.
pub const BOTTLES: &str = "bottles";
/// What a bottle is made for, as its file name says it.
pub const PLATFORM: &str = "wasm32_wasi";

/// Where a bottle lies in its tap.
pub fn bottle_path(digest: &Digest) -> String {
    format!("{BOTTLES}/{digest}.tar.gz")
}
