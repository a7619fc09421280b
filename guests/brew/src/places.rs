//! Where everything is.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use berth_tap::{FormulaName, Version};

/// Where programs are installed: Homebrew's own place on Linux.
const PREFIX: &str = "/home/linuxbrew/.linuxbrew";
/// The taps that the server brings, read-only.
const SYSTEM_TAPS: &str = "/usr/share/berth/taps";
/// Where downloads are kept, below the home directory.
const CACHE: &str = ".cache/Homebrew";
/// What the session's own storage is called among the mounts.
const SCRATCH: &str = "scratch";

/// The directories that brew works in.
#[derive(Clone, Debug)]
pub struct Places {
    /// Where programs are installed.
    pub prefix: PathBuf,
    /// The taps that the server brings.
    pub system_taps: PathBuf,
    /// Where downloads are kept.
    pub cache: PathBuf,
}

impl Places {
    /// A session's.
    pub fn of_session() -> Self {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let home = variable("HOME").unwrap_or_else(|| "/".into());
        Self {
            prefix: PREFIX.into(),
            system_taps: SYSTEM_TAPS.into(),
            cache: variable("HOMEBREW_CACHE")
                .map_or_else(|| Path::new(&home).join(CACHE), PathBuf::from),
        }
    }

    /// What is installed: a directory for each formula, in it one for each version.
    pub fn cellar(&self) -> PathBuf {
        self.prefix.join("Cellar")
    }

    /// A formula's directory in the cellar.
    pub fn rack(&self, name: &FormulaName) -> PathBuf {
        self.cellar().join(name.as_str())
    }

    /// Where a version of a formula is installed.
    pub fn keg(&self, name: &FormulaName, version: &Version) -> PathBuf {
        self.rack(name).join(version.as_str())
    }

    /// The link to the version of a formula that is in use.
    pub fn opt(&self, name: &FormulaName) -> PathBuf {
        self.prefix.join("opt").join(name.as_str())
    }

    /// Where the programs are.
    pub fn bin(&self) -> PathBuf {
        self.prefix.join("bin")
    }

    /// A directory of brew's own records.
    pub fn records(&self, what: &str) -> PathBuf {
        self.prefix.join("var/homebrew").join(what)
    }

    /// The taps that somebody added.
    pub fn taps(&self) -> PathBuf {
        self.prefix.join("Library/Taps")
    }

    /// Whether what is installed goes when the session ends: no folder lies at the prefix.
    pub fn is_scratch(&self) -> bool {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        is_scratch(&mounts, &self.prefix.to_string_lossy())
    }
}

/// Whether the mount at `prefix` is the session's own storage.
fn is_scratch(mounts: &str, prefix: &str) -> bool {
    mounts.lines().any(|line| {
        let mut words = line.split(' ');
        words.next() == Some(SCRATCH) && words.next() == Some(prefix)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_no_scratch() {
        let mounts =
            |source: &str| format!("base / berth ro 0 0\n{source} {PREFIX} berth rw 0 0\n");
        assert!(is_scratch(&mounts("scratch"), PREFIX));
        assert!(!is_scratch(&mounts(".linuxbrew"), PREFIX));
        assert!(!is_scratch("", PREFIX));
    }
}
