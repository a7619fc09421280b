//! What must be true of the source before anything runs: format, lints, licences.

use std::process::Command;

use anyhow::Result;

use crate::step::{self, cargo, guest_cargo, npm};
use crate::workspace::Workspace;
use crate::{guests, licences, web};

/// Runs all checks.
///
/// # Errors
/// At the first that fails.
pub fn all(workspace: &Workspace) -> Result<()> {
    ensure_components()?;
    step::run(
        "check: format",
        cargo(workspace).args(["fmt", "--all", "--check"]),
    )?;
    step::run(
        "check: format of the guests",
        guest_cargo(workspace).args(["fmt", "--all", "--check"]),
    )?;
    licences::check(workspace)?;
    web::build(workspace)?;
    step::run(
        "check: web",
        &mut npm(workspace, &["run", "lint", "--if-present"]),
    )?;
    guests::ensure_target()?;
    let deny_warnings = ["--", "-D", "warnings"];
    step::run(
        "check: lints",
        cargo(workspace)
            .args(["clippy", "--workspace", "--all-targets"])
            .args(deny_warnings),
    )?;
    step::run(
        "check: lints of the guests on the host",
        guest_cargo(workspace)
            .args(["clippy", "--all-targets"])
            .args(deny_warnings),
    )?;
    step::run(
        "check: lints of the guests",
        guest_cargo(workspace)
            .args(["clippy", "--release", "--target", guests::TARGET])
            .args(deny_warnings),
    )
}

/// Has rustfmt and clippy, which rustup's minimal profile leaves out.
fn ensure_components() -> Result<()> {
    for (component, program) in [("rustfmt", "cargo-fmt"), ("clippy", "cargo-clippy")] {
        if !Command::new(program)
            .arg("--version")
            .output()
            .is_ok_and(|run| run.status.success())
        {
            let mut rustup = Command::new("rustup");
            step::run(
                &format!("check: install {component}"),
                rustup.args(["component", "add", component]),
            )?;
        }
    }
    Ok(())
}
