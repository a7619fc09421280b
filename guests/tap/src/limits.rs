//! Every limit, its unit in its name.

/// Longest name of a formula or program, in bytes.
pub const NAME_MAX_BYTES: usize = 64;
/// Longest version, in bytes.
pub const VERSION_MAX_BYTES: usize = 64;
/// Largest index, in bytes.
pub const INDEX_MAX_BYTES: u64 = 8 << 20;
/// Largest signature or key, in bytes.
pub const SIGNATURE_MAX_BYTES: u64 = 4096;
/// Most formulae in an index.
pub const FORMULAE_MAX: usize = 10_000;
/// Most formulae that one formula may need, itself included.
pub const DEPENDENCIES_MAX: usize = 256;
/// Largest bottle, in bytes.
pub const BOTTLE_MAX_BYTES: u64 = 512 << 20;
/// Largest keg, in bytes.
pub const KEG_MAX_BYTES: u64 = 2 << 30;
/// Most files, directories and links of a keg.
pub const KEG_ENTRIES_MAX: usize = 50_000;
/// Longest path in a keg, in bytes.
pub const KEG_PATH_MAX_BYTES: usize = 1024;
/// Most components of a path in a keg.
pub const KEG_PATH_DEPTH_MAX: usize = 32;
/// What an archive may hold beside the content of its files, in bytes for each entry: headers and padding.
pub const ARCHIVE_ENTRY_OVERHEAD_BYTES: u64 = 4096;
