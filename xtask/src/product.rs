//! The server's binary with everything inside, and what one does with it.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::step::{self, announce, cargo};
use crate::workspace::Workspace;
use crate::{bottles, guests, web};

/// How `run` starts the server unless its arguments say otherwise.
const RUN_DEFAULTS: [(&str, &str); 2] = [("--listen", "127.0.0.1:8080"), ("--data", "./data")];

/// Builds guests, browser part and server; returns the server's path.
///
/// # Errors
/// When one of them does not build.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    guests::build(workspace)?;
    web::build(workspace)?;
    step::run(
        "berth: compile (some minutes the first time)",
        cargo(workspace).args(["build", "--release", "-p", "berth"]),
    )?;
    let berth = workspace.berth();
    announce(&format!("berth: {}", berth.display()));
    Ok(berth)
}

/// Builds and becomes the server.
///
/// # Errors
/// When it does not build or cannot be started.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let berth = build(workspace)?;
    let mut serve = Command::new(&berth);
    serve.arg("serve");
    serve.args(bottles::serve_arguments(workspace, arguments));
    for (option, value) in RUN_DEFAULTS {
        let given =
            |argument: &String| argument == option || argument.starts_with(&format!("{option}="));
        if !arguments.iter().any(given) {
            serve.args([option, value]);
        }
    }
    let error = serve.args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", berth.display()))
}

/// Builds and measures.
///
/// # Errors
/// When it does not build or a benchmark fails.
pub fn bench(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let berth = build(workspace)?;
    let guests = guests::bench(workspace)?;
    let mut bench = cargo(workspace);
    bench
        .args(["run", "--release", "-p", "berth-bench", "--"])
        .args(arguments)
        .env("BERTH_BIN", berth)
        .env("BERTH_BENCH_GUESTS", guests);
    step::run("bench", &mut bench)
}
