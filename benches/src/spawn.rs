//! One external command in a shell.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::report::{Report, median};
use crate::server::Server;

/// Commands in one run of the loop.
const COMMANDS: u32 = 1000;
/// Runs of each.
const RUNS: usize = 5;

/// `true` as an external program, started by the session's shell and by bash.
pub async fn one_true(server: &Server, report: &mut Report) -> Result<()> {
    let session = server.session(&[], 1 << 20).await?;
    // The empty loop is taken away: what is left is the start and the wait.
    let script =
        |program: &str| format!("i=0; while [ $i -lt {COMMANDS} ]; do {program}; i=$((i+1)); done");
    let (with, without) = (script("/usr/bin/true"), script(":"));
    let mut ours = Vec::new();
    let mut rival = Vec::new();
    for _ in 0..RUNS {
        let mut own = [0.0; 2];
        let mut other = [0.0; 2];
        for (index, text) in [&with, &without].into_iter().enumerate() {
            let started = Instant::now();
            server.exec(&session, text).await?;
            own[index] = started.elapsed().as_secs_f64();
            let started = Instant::now();
            let status = Command::new("bash")
                .args(["-c", text])
                .status()
                .context("bash")?;
            anyhow::ensure!(status.success(), "bash failed");
            other[index] = started.elapsed().as_secs_f64();
        }
        ours.push((own[0] - own[1]) / f64::from(COMMANDS) * 1e6);
        rival.push((other[0] - other[1]) / f64::from(COMMANDS) * 1e6);
    }
    report.ratio(
        "one /usr/bin/true in the shell, beside bash",
        median(ours),
        median(rival),
        "us",
        0.3,
    );
    server.end(&session).await
}
