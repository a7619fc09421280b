//! `cargo xtask bench`: every figure beside a rival measured in the same run.
//!
//! Absolute times say more about the machine than about Berth, so each line is a ratio with an aim. Nothing fails here:
//! a missed aim is marked, and somebody profiles it. `BERTH_BIN` is the server, `BERTH_BENCH_GUESTS` the directory with
//! `bench.wasm` and its twin for the host, `bench`. Arguments choose measurements by name.

mod files;
mod memory;
mod native;
mod python;
mod report;
mod server;
mod shell;
mod spawn;
mod terminal;

use anyhow::Result;

use crate::report::Report;
use crate::server::Server;

/// How the measurements are called on the command line.
const MEASUREMENTS: [&str; 7] = [
    "prompt", "spawn", "shell", "files", "echo", "memory", "python",
];

#[tokio::main]
async fn main() -> Result<()> {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = chosen
        .iter()
        .find(|name| !MEASUREMENTS.contains(&name.as_str()))
    {
        anyhow::bail!(
            "no measurement is called '{unknown}'; there are {}",
            MEASUREMENTS.join(", ")
        );
    }
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|one| one == name);
    let server = Server::start().await?;
    let mut report = Report::new();
    if wanted("prompt") {
        terminal::create_to_prompt(&server, &mut report).await?;
    }
    if wanted("spawn") {
        spawn::one_true(&server, &mut report).await?;
    }
    if wanted("shell") {
        shell::scripts(&server, &mut report).await?;
    }
    if wanted("files") {
        files::pieces(&server, &mut report).await?;
        files::listing(&server, &mut report).await?;
    }
    if wanted("echo") {
        terminal::echo(&server, &mut report).await?;
    }
    if wanted("python") {
        python::figures(&server, &mut report).await?;
    }
    if wanted("memory") {
        memory::idle_sessions(&server, &mut report).await?;
    }
    Ok(())
}
