//! What is known about one program that can be installed.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::name::{FormulaName, ProgramName};
use crate::version::Version;

/// A formula: a small TOML file that people read and write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formula {
    /// Its name.
    pub name: FormulaName,
    /// Which release it is.
    pub version: Version,
    /// What it is, in one line.
    pub description: String,
    /// Where to read about it.
    pub homepage: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// Other names it answers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<FormulaName>,
    /// Formulae it needs when it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<FormulaName>,
    /// The programs it puts into `bin`.
    pub programs: Vec<ProgramName>,
    /// What to know once it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveats: Option<String>,
    /// Shell text that ends with 0 when the programs work; runs in an empty directory.
    pub test: String,
    /// Where its parts come from.
    pub origin: Origin,
    /// Its bottle; absent in a formula that is not built yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bottle: Option<Bottle>,
}

/// Where the parts of a bottle come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Who keeps the package.
    pub registry: Registry,
    /// The package's name there.
    pub package: String,
    /// Its version there.
    pub version: String,
    /// The package file's digest; Berth's own sources have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
}

/// A package registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// Berth's own sources.
    Berth,
    /// Rust's.
    Cargo,
    /// Debian's sources.
    Debian,
    /// JavaScript's.
    Npm,
    /// Python's.
    Pypi,
}

impl Registry {
    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Berth => "Berth",
            Self::Cargo => "Cargo",
            Self::Debian => "Debian",
            Self::Npm => "npm",
            Self::Pypi => "PyPI",
        }
    }
}

/// The file that is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bottle {
    /// Its digest, by which it is found in the tap.
    pub sha256: Digest,
    /// Its size, in bytes.
    pub size: u64,
    /// How much it takes when it is unpacked, in bytes.
    pub installed_size: u64,
}

impl Formula {
    /// Whether it is meant by this name.
    pub fn answers_to(&self, name: &str) -> bool {
        self.name.as_str() == name || self.aliases.iter().any(|alias| alias.as_str() == name)
    }
}
