//! The sources of others' tests, as cargo's own cache and Debian's archive keep them: nothing of them is in our
//! repository. Each of the tests that share this file needs some of it.

#![allow(dead_code, reason = "shared by tests that need different parts")]

use std::path::{Path, PathBuf};
use std::process::Command;

const BRUSH_SHELL: &str = "brush-shell";
const BRUSH_SHELL_VERSION: &str = "0.4.0";
const YASH_CLI: &str = "yash-cli";
const YASH_CLI_VERSION: &str = "3.5.0";
/// The version of bash whose language is ours, as Debian has it.
const BASH_VERSION: &str = "5.2.15";
const DEBIAN: &str = "deb-src http://deb.debian.org/debian bookworm main\n";

/// The directory of `brush-shell`, or `None` after saying loudly that it cannot be had.
pub fn brush_shell() -> Option<PathBuf> {
    source_of(BRUSH_SHELL, BRUSH_SHELL_VERSION)
}

/// The directory of `yash-cli`, or `None` as above.
pub fn yash_cli() -> Option<PathBuf> {
    source_of(YASH_CLI, YASH_CLI_VERSION)
}

/// The directory of bash's source, or `None`.
pub fn bash_source() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bash-source");
    let source = place.join(format!("bash-{BASH_VERSION}"));
    if !source.join("tests/run-all").is_file() {
        std::fs::create_dir_all(&place).ok()?;
        if let Err(reason) = download_bash(&place) {
            eprintln!("{reason}");
        }
    }
    source.join("tests/run-all").is_file().then_some(source)
}

/// Fetches the source package with lists of our own, so that nothing of the machine's is changed.
fn download_bash(place: &Path) -> Result<(), String> {
    let apt = place.join("apt");
    for directory in ["lists/partial", "cache/archives/partial"] {
        std::fs::create_dir_all(apt.join(directory)).map_err(|error| error.to_string())?;
    }
    std::fs::write(apt.join("sources.list"), DEBIAN).map_err(|error| error.to_string())?;
    let settings = [
        format!(
            "Dir::Etc::sourcelist={}",
            apt.join("sources.list").display()
        ),
        "Dir::Etc::sourceparts=/dev/null".to_owned(),
        format!("Dir::State::lists={}", apt.join("lists").display()),
        format!("Dir::Cache={}", apt.join("cache").display()),
    ];
    for arguments in [
        &["update"] as &[&str],
        &["source", "--download-only", "bash"],
    ] {
        let mut command = Command::new("apt-get");
        command.current_dir(place);
        for setting in &settings {
            command.args(["-o", setting]);
        }
        finish(command.args(arguments))?;
    }
    let archive = format!("bash_{BASH_VERSION}.orig.tar.gz");
    finish(
        Command::new("tar")
            .current_dir(place)
            .args(["-xzf", &archive]),
    )
}

fn finish(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
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
