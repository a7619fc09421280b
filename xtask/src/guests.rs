//! The WebAssembly programs: built in their own workspace, put where the server's build embeds them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::python;
use crate::step::{self, announce, guest_cargo};
use crate::workspace::Workspace;

/// What the guests are compiled for.
pub const TARGET: &str = "wasm32-wasip1";
/// The modules a session needs. Which further names one answers to stands in the module itself.
const MODULES: [&str; 8] = [
    "archive.wasm",
    "bash.wasm",
    "brew.wasm",
    "coreutils.wasm",
    "jq.wasm",
    "screen.wasm",
    "sysutils.wasm",
    "textutils.wasm",
];

/// Programs that are well-kept crates of their own: built as they are, from their own lock file.
const FOREIGN: [Foreign; 1] = [Foreign {
    package: "ripgrep@15.2.0",
    binary: "rg.wasm",
    name: "rg.wasm",
    features: &[],
}];

/// A program that somebody else keeps.
struct Foreign {
    /// Package and version.
    package: &'static str,
    /// What its build leaves.
    binary: &'static str,
    /// What it is called in a session.
    name: &'static str,
    features: &'static [&'static str],
}

/// Builds all guests. cargo knows what has changed; an unchanged module is not touched again.
///
/// # Errors
/// When the target cannot be had, something does not compile, or the result cannot be copied.
pub fn build(workspace: &Workspace) -> Result<()> {
    ensure_target()?;
    step::run(
        "guests: compile (some minutes the first time)",
        guest_cargo(workspace).args(["build", "--release", "--target", TARGET]),
    )?;
    let finished = workspace.finished_guests();
    fs::create_dir_all(&finished)
        .with_context(|| format!("cannot create {}", finished.display()))?;
    for module in MODULES {
        let built = workspace
            .guests_target()
            .join(TARGET)
            .join("release")
            .join(module);
        copy_if_changed(&built, &finished.join(module))?;
    }
    for foreign in &FOREIGN {
        // cargo remembers below `root` what it installed: an unchanged version is not built again.
        let root = workspace.target().join("guests-foreign");
        step::run(
            &format!("guests: {} (a minute the first time)", foreign.package),
            install(workspace, &root)
                .args(foreign.features)
                .arg(foreign.package),
        )?;
        copy_if_changed(
            &root.join("bin").join(foreign.binary),
            &finished.join(foreign.name),
        )?;
    }
    python::build(workspace)
}

/// A `cargo install` of somebody else's program for sessions; the package is still to be added.
pub fn install(workspace: &Workspace, root: &Path) -> Command {
    let mut install = guest_cargo(workspace);
    install
        .args([
            "install", "--quiet", "--locked", "--target", TARGET, "--root",
        ])
        .arg(root);
    as_foreign(&mut install);
    install
}

/// Has cargo compile somebody else's program as we compile ours.
pub fn as_foreign(cargo: &mut Command) -> &mut Command {
    cargo
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_STRIP", "true")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
}

/// Builds the program that the benchmarks time, for a session and for the host, and tells the directory of both.
///
/// # Errors
/// When it does not compile or cannot be copied.
pub fn bench(workspace: &Workspace) -> Result<PathBuf> {
    const PACKAGE: &str = "berth-bench-guest";
    ensure_target()?;
    let mut host = guest_cargo(workspace);
    step::run(
        "bench: compile for the host",
        host.args(["build", "--release", "-p", PACKAGE]),
    )?;
    let mut guest = guest_cargo(workspace);
    let guest = guest.args(["build", "--release", "-p", PACKAGE, "--target", TARGET]);
    step::run("bench: compile for sessions", guest)?;
    let (built, directory) = (
        workspace.guests_target(),
        workspace.finished_guests().join("bench"),
    );
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    for (from, to) in [
        (built.join("release").join(PACKAGE), "bench"),
        (
            built
                .join(TARGET)
                .join("release")
                .join(PACKAGE)
                .with_extension("wasm"),
            "bench.wasm",
        ),
    ] {
        fs::copy(&from, directory.join(to))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(directory)
}

/// Has the target's standard library, or asks rustup for it.
///
/// Asked for by name because `RUSTUP_AUTO_INSTALL=0` keeps a `rust-toolchain.toml` from doing it.
pub fn ensure_target() -> Result<()> {
    let mut rustc = Command::new("rustc");
    let directory = step::output(rustc.args(["--print", "target-libdir", "--target", TARGET]))?;
    if Path::new(directory.trim()).is_dir() {
        return Ok(());
    }
    step::run(&format!("guests: install {TARGET}"), Command::new("rustup").args(["target", "add", TARGET]))
        .with_context(|| {
            format!("this Rust cannot compile for {TARGET}, which the guests need: run `rustup target add {TARGET}`")
        })
}

/// Copies a file unless the same content is there: a newer time alone would have the server compiled again.
pub fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let new =
        fs::read(from).with_context(|| format!("the guests' build left no {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, &new).with_context(|| format!("cannot write {}", to.display()))?;
    announce(&format!(
        "guests: {} ({:.1} MB)",
        to.display(),
        new.len() as f64 / 1e6
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unchanged_guest_keeps_its_time() {
        let directory = std::env::temp_dir().join(format!("xtask-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let (from, to) = (directory.join("from"), directory.join("to"));
        fs::write(&from, "1").unwrap();
        copy_if_changed(&from, &to).unwrap();
        let time = fs::metadata(&to).unwrap().modified().unwrap();
        copy_if_changed(&from, &to).unwrap();
        assert_eq!(fs::metadata(&to).unwrap().modified().unwrap(), time);
        fs::write(&from, "2").unwrap();
        copy_if_changed(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"2");
        fs::remove_dir_all(&directory).unwrap();
    }
}
