//! Every test there is, cheapest first.

use anyhow::Result;

use crate::chromium;
use crate::step::{self, announce, cargo, guest_cargo, npm};
use crate::workspace::Workspace;
use crate::{product, web};

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
    let berth = product::build(workspace)?;
    // The profile of the product, so that the engine is compiled once.
    step::run(
        "test: workspace",
        cargo(workspace)
            .args(["test", "--release", "--workspace"])
            .env("BERTH_BIN", &berth),
    )?;
    let browser = chromium::find_or_install()?;
    step::run(
        "test: the walk in the browser",
        npm(workspace, &["run", "e2e"])
            .env("BERTH_BIN", &berth)
            .env("BERTH_CHROMIUM", browser),
    )?;
    announce("all tests passed");
    Ok(())
}
