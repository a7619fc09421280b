//! The browser part: dependencies from the lock file, then `web/dist`, which the server's build embeds.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;

use crate::step::{self, npm};
use crate::workspace::Workspace;

/// What `web/dist` is made from, in `web/`.
const INPUTS: [&str; 9] = [
    "index.html",
    "openapi.json",
    "package-lock.json",
    "package.json",
    "public",
    "src",
    "tsconfig.app.json",
    "tsconfig.json",
    "vite.config.ts",
];

/// Builds `web/dist` unless it is newer than everything it is made from.
///
/// # Errors
/// When npm is missing or does not succeed.
pub fn build(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    let web = workspace.web();
    let newest_input = INPUTS
        .iter()
        .filter_map(|input| newest(&web.join(input)))
        .max();
    if modified(&web.join("dist/index.html")) > newest_input {
        return Ok(());
    }
    step::run("web: build", &mut npm(workspace, &["run", "build"]))
}

/// Has the dependencies exactly as the lock file says.
pub fn install(workspace: &Workspace) -> Result<()> {
    let web = workspace.web();
    let installed = modified(&web.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&web.join("package-lock.json")) {
        return Ok(());
    }
    step::run(
        "web: install dependencies",
        &mut npm(workspace, &["ci", "--no-audit", "--no-fund"]),
    )
}

/// The latest modification below a path. Directories count too: theirs changes when a file is removed.
fn newest(path: &Path) -> Option<SystemTime> {
    let inside = fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| newest(&entry.path()));
    inside.chain(modified(path)).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}
