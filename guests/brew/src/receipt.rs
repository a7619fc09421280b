//! `INSTALL_RECEIPT.json`: what was installed, when, why and from where; Homebrew's fields, and a few of ours.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use berth_tap::{Digest, Formula, TapName};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result, at};

/// The receipt's name in a keg.
pub const RECEIPT: &str = "INSTALL_RECEIPT.json";

/// A keg's receipt. It is written last, so that a keg with a receipt is whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Which brew it was.
    pub homebrew_version: String,
    /// Always: nothing is built in a session.
    pub built_as_bottle: bool,
    /// Always.
    pub poured_from_bottle: bool,
    /// Nobody asked for it but a formula that needs it.
    pub installed_as_dependency: bool,
    /// Somebody asked for it.
    pub installed_on_request: bool,
    /// When, in seconds since 1970.
    pub time: u64,
    /// Other names of it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What it needed.
    #[serde(default)]
    pub runtime_dependencies: Vec<Dependency>,
    /// Where it came from.
    pub source: Source,
    /// What it runs on.
    pub arch: String,
    /// The bottle it was.
    pub bottle_sha256: Digest,
}

/// A formula that was needed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dependency {
    /// Its name.
    pub full_name: String,
    /// Its version then.
    pub version: String,
}

/// Where a keg came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    /// `stable`.
    pub spec: String,
    /// The tap.
    pub tap: String,
    /// The bottle's address.
    pub path: String,
}

impl Receipt {
    /// For a bottle that is installed now.
    pub fn new(
        formula: &Formula,
        tap: &TapName,
        bottle: &Digest,
        address: String,
        on_request: bool,
        dependencies: Vec<Dependency>,
    ) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            homebrew_version: env!("CARGO_PKG_VERSION").to_owned(),
            built_as_bottle: true,
            poured_from_bottle: true,
            installed_as_dependency: !on_request,
            installed_on_request: on_request,
            time: now.as_secs(),
            aliases: formula.aliases.iter().map(ToString::to_string).collect(),
            runtime_dependencies: dependencies,
            source: Source {
                spec: "stable".to_owned(),
                tap: tap.to_string(),
                path: address,
            },
            arch: "wasm32".to_owned(),
            bottle_sha256: bottle.clone(),
        }
    }

    /// Reads the receipt of a keg; `None` without one: the keg is not whole.
    pub fn read(keg: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(keg.join(RECEIPT)).ok()?).ok()
    }

    /// Writes it into a keg.
    pub fn write(&self, keg: &Path) -> Result<()> {
        let path = keg.join(RECEIPT);
        let mut text = serde_json::to_vec_pretty(self).map_err(Failure::new)?;
        text.push(b'\n');
        crate::files::write(&path, &text).map_err(at(&path))
    }
}
