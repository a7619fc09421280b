//! The source of a crate, as cargo's own cache keeps it: nothing of it is in our repository.

use std::path::{Path, PathBuf};
use std::process::Command;

const BRUSH_SHELL: &str = "brush-shell";
const BRUSH_SHELL_VERSION: &str = "0.4.0";

/// The directory of `brush-shell`, or `None` after saying loudly that it cannot be had.
pub fn brush_shell() -> Option<PathBuf> {
    source_of(BRUSH_SHELL, BRUSH_SHELL_VERSION)
}

fn source_of(name: &str, version: &str) -> Option<PathBuf> {
    let found = in_cache(name, version).or_else(|| {
        download(name, version);
        in_cache(name, version)
    });
    if found.is_none() {
        eprintln!(
            "\n*** SKIPPED: {name} {version} is neither in cargo's cache nor to be had from the registry ***\n"
        );
    }
    found
}

/// Asking cargo about a crate makes it fetch and unpack that crate alone, without what it depends on.
fn download(name: &str, version: &str) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let asked = Command::new(cargo)
        // Outside the workspace: there cargo would look the crate up among what is locked.
        .current_dir(std::env::temp_dir())
        .args(["info", "--quiet", &format!("{name}@{version}")])
        .output();
    match asked {
        Ok(output) if output.status.success() => {}
        Ok(output) => eprintln!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => eprintln!("cargo: {error}"),
    }
}

fn in_cache(name: &str, version: &str) -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")))?;
    std::fs::read_dir(home.join("registry/src"))
        .ok()?
        .flatten()
        .map(|registry| registry.path().join(format!("{name}-{version}")))
        .find(|directory| directory.join("Cargo.toml").is_file())
}
