//! Where everything is.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};

/// The checkout and the directory that is built into.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that `cargo xtask` was called in, with `CARGO_TARGET_DIR` where that is set.
    ///
    /// Not the one that this program was compiled in: a cache of build output may serve several checkouts.
    pub fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .context("CARGO_MANIFEST_DIR is not set: start this as `cargo xtask`")?;
        let manifest = Path::new(&manifest);
        let root = manifest
            .parent()
            .context("xtask is not inside the workspace")?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(directory) => env::current_dir()?.join(directory),
            None => root.join("target"),
        };
        fs::create_dir_all(&target)
            .with_context(|| format!("cannot create {}", target.display()))?;
        Ok(Self { root, target })
    }

    /// The checkout.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The guests' own cargo workspace.
    pub fn guests(&self) -> PathBuf {
        self.root.join("guests")
    }

    /// The browser part.
    pub fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// What cargo builds into.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// What cargo builds the guests into: apart, so that the two workspaces do not wait for each other's lock.
    pub fn guests_target(&self) -> PathBuf {
        self.target.join("guests-build")
    }

    /// The finished guests, where `crates/environments/build.rs` looks for them.
    pub fn finished_guests(&self) -> PathBuf {
        self.target.join("guests")
    }

    /// What the core tap's bottles are built in; worth keeping.
    pub fn bottles_build(&self) -> PathBuf {
        self.target.join("bottles-build")
    }

    /// The finished taps, as `berth serve --taps` takes them.
    pub fn bottles(&self) -> PathBuf {
        self.target.join("bottles")
    }

    /// The finished server.
    pub fn berth(&self) -> PathBuf {
        self.target.join("release/berth")
    }
}
