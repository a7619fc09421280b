//! The browser of the walk.

use std::env;
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::step;

/// Names under which distributions install it.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// `$BERTH_CHROMIUM`, or one in `PATH`, or one installed now where that can be done unasked: as root on Debian.
///
/// # Errors
/// When there is none and none can be installed.
pub fn find_or_install() -> Result<OsString> {
    if let Some(given) = env::var_os("BERTH_CHROMIUM") {
        return Ok(given);
    }
    if let Some(found) = NAMES.iter().find_map(|name| in_path(name)) {
        return Ok(found.into_os_string());
    }
    if !is_root() || !Path::new("/etc/debian_version").exists() {
        bail!(
            "the walk needs Chromium: install it (Debian: apt-get install chromium) or name one in BERTH_CHROMIUM"
        );
    }
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    step::run(
        "chromium: update the package lists",
        &mut apt(&["update", "-qq"]),
    )?;
    let install = [
        "install",
        "-y",
        "-qq",
        "--no-install-recommends",
        "chromium",
        "fonts-dejavu-core",
    ];
    step::run("chromium: install", &mut apt(&install))?;
    match in_path(NAMES[0]) {
        Some(found) => Ok(found.into_os_string()),
        None => bail!("Debian's chromium is installed but not in PATH"),
    }
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|candidate| candidate.is_file())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
