//! What a session that does nothing costs.

use anyhow::{Context, Result};

use crate::report::Report;
use crate::server::Server;

/// Sessions, each with a shell at its prompt.
const SESSIONS: usize = 1000;

/// Resident memory of the server for each of 1,000 sessions at their prompts.
pub async fn idle_sessions(server: &Server, report: &mut Report) -> Result<()> {
    let before = resident_kib(server.pid())?;
    let mut sessions = Vec::with_capacity(SESSIONS);
    for _ in 0..SESSIONS {
        let session = server.session(&[], 1 << 20).await?;
        let mut terminal = server.terminal(&session).await?;
        terminal.wait_for(b"$ ").await?;
        sessions.push(session);
    }
    let after = resident_kib(server.pid())?;
    let each = after.saturating_sub(before) as f64 / SESSIONS as f64 / 1024.0;
    report.figure(
        "memory of an idle session with its shell",
        each,
        "MiB",
        Some(1.0),
    );
    for session in sessions {
        server.end(&session).await?;
    }
    Ok(())
}

/// Resident set of a process, in KiB (`proc(5)`).
pub fn resident_kib(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("no VmRSS")?;
    Ok(line
        .split_whitespace()
        .nth(1)
        .context("no figure")?
        .parse()?)
}
