//! Runs commands so that one sees what is done and how long it took.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// Variables that `cargo run` sets for this program. Build scripts that watch them would otherwise see another
/// value here than under plain cargo, and everything would be compiled twice.
const SET_BY_CARGO_RUN: [&str; 4] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
];

/// Says what is done, runs the command with this terminal, and says how long it took.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub fn run(what: &str, command: &mut Command) -> Result<()> {
    announce(what);
    let start = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    let seconds = start.elapsed().as_secs_f64();
    if !status.success() {
        bail!(
            "{what}: {} failed ({status}) after {seconds:.1} s",
            shown(command)
        );
    }
    announce(&format!("{what}: done in {seconds:.1} s"));
    Ok(())
}

/// A line that stands out between the lines of other programs.
pub fn announce(text: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("\x1b[1;36m==> {text}\x1b[0m");
    } else {
        eprintln!("==> {text}");
    }
}

/// A cargo that sees the world as the user's own cargo does.
pub fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || SET_BY_CARGO_RUN.contains(&name));
        if ours {
            command.env_remove(name);
        }
    }
    command
        .current_dir(workspace.root())
        .env("CARGO_TARGET_DIR", workspace.target());
    command
}

/// A cargo in the guests' workspace.
pub fn guest_cargo(workspace: &Workspace) -> Command {
    let mut command = cargo(workspace);
    command
        .current_dir(workspace.guests())
        .env("CARGO_TARGET_DIR", workspace.guests_target());
    command
}

/// An npm in the browser part.
pub fn npm(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(workspace.web()).args(arguments);
    command
}

/// What a command prints on standard output.
///
/// # Errors
/// When it cannot be started, does not succeed or prints no text.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        bail!(
            "{} failed ({}): {}",
            shown(command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} prints no text", shown(command)))
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
