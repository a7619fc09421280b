//! Debian's packages through `apt-get`, with lists of its own: the machine's are left as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::step;

/// Where Debian says which sources there are.
const DEBIAN_SOURCES: &str = "/etc/apt/sources.list.d/debian.sources";

/// Lists and archives in a directory.
pub struct Apt {
    directory: PathBuf,
}

impl Apt {
    /// The lists in a directory, got the first time. `sources` is made of the machine's own `debian.sources`.
    ///
    /// # Errors
    /// When this is no Debian, or the lists cannot be had.
    pub fn open(
        directory: &Path,
        what: &str,
        sources: impl FnOnce(&str) -> Result<String>,
    ) -> Result<Self> {
        let apt = Self {
            directory: directory.to_owned(),
        };
        let ready = directory.join("ready");
        if !ready.is_file() {
            let text = fs::read_to_string(DEBIAN_SOURCES)
                .context("Debian's packages can be had on Debian only")?;
            for part in ["parts", "lists/partial", "cache/archives/partial"] {
                fs::create_dir_all(directory.join(part))?;
            }
            fs::write(directory.join("parts/debian.sources"), sources(&text)?)?;
            step::run(what, apt.get().arg("update"))?;
            fs::write(ready, "")?;
        }
        Ok(apt)
    }

    /// `apt-get` with these lists.
    pub fn get(&self) -> Command {
        let mut command = Command::new("apt-get");
        for (option, below) in [
            ("Dir::Etc::SourceParts", "parts"),
            ("Dir::State::Lists", "lists"),
            ("Dir::Cache", "cache"),
        ] {
            command
                .arg("-o")
                .arg(format!("{option}={}", self.directory.join(below).display()));
        }
        command.args(["-o", "Dir::Etc::SourceList=/dev/null", "-qq"]);
        command
    }
}
