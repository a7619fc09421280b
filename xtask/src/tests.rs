//! Every test there is, cheapest first.

use anyhow::Result;

use crate::chromium;
use crate::postgres::{self, Postgres};
use crate::step::{self, announce, cargo, guest_cargo, npm};
use crate::workspace::Workspace;
use crate::{bottles, guests, python_suite, web};

/// Builds the product and runs all its tests.
///
/// # Errors
/// At the first thing that fails.
pub fn all(workspace: &Workspace) -> Result<()> {
    // On the host: the guests' own logic needs no kernel.
    step::run("test: guests", guest_cargo(workspace).arg("test"))?;
    web::install(workspace)?;
    step::run(
        "test: web",
        &mut npm(workspace, &["run", "test", "--if-present"]),
    )?;
    guests::build(workspace)?;
    bottles::build(workspace, &[bottles::SOME.to_owned()])?;
    web::build(workspace)?;
    // Server and tests in one go and one profile. Built alone, the server's dependencies have fewer features than
    // when the tests are built too, and the WebAssembly engine would be compiled twice.
    step::run(
        "test: compile the workspace (some minutes the first time)",
        cargo(workspace).args(["build", "--release", "--workspace", "--bins", "--tests"]),
    )?;
    let berth = workspace.berth();
    let postgres = Postgres::start()?;
    let mut tests = cargo(workspace);
    tests
        .args(["test", "--release", "--workspace"])
        .env("BERTH_BIN", &berth)
        .env("BERTH_TAPS", workspace.bottles());
    if let Some(server) = &postgres {
        tests.env(postgres::VARIABLE, server.url());
    }
    if let Some(suite) = python_suite::archive(workspace) {
        tests.env("BERTH_PYTHON_SUITE", suite);
    }
    step::run("test: workspace", &mut tests)?;
    drop(postgres);
    let browser = chromium::find_or_install()?;
    step::run(
        "test: the walk in the browser",
        npm(workspace, &["run", "e2e"])
            .env("BERTH_BIN", &berth)
            .env("BERTH_TAPS", workspace.bottles())
            .env("BERTH_CHROMIUM", browser),
    )?;
    announce("all tests passed");
    Ok(())
}
