//! From nothing to a prompt, and from a key to its echo.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::native::{NativeTerminal, bash, bubblewrap};
use crate::report::{Report, quantile_ms};
use crate::server::Server;

/// Sessions for the prompt's figures.
const SESSIONS: usize = 200;
/// Keys for the echo's figures.
const KEYS: usize = 1000;
/// Guests that loop while keys are echoed.
const LOOPS: usize = 8;
/// Scratch of a session, in bytes.
const SCRATCH_BYTES: u64 = 1 << 26;

/// Creating a session and waiting for its prompt, beside bash under a pty and beside bubblewrap.
pub async fn create_to_prompt(server: &Server, report: &mut Report) -> Result<()> {
    let mut ours = Vec::new();
    let mut bare = Vec::new();
    let mut wrapped = Vec::new();
    let prompt_of = |mut command: Command| -> Result<Duration> {
        let started = Instant::now();
        NativeTerminal::start(command.env("PS1", "$ "))?.wait_for(b"$ ")?;
        Ok(started.elapsed())
    };
    for _ in 0..SESSIONS {
        let started = Instant::now();
        let session = server.session(&[], SCRATCH_BYTES).await?;
        let mut terminal = server.terminal(&session).await?;
        terminal.wait_for(b"$ ").await?;
        ours.push(started.elapsed());
        drop(terminal);
        server.end(&session).await?;
        // In turns, so that a machine that slows down slows all of them.
        bare.push(prompt_of(bash())?);
        if let Some(bubblewrap) = bubblewrap() {
            wrapped.push(prompt_of(bubblewrap)?);
        }
    }
    for (quantile, name) in [(0.5, "p50"), (0.99, "p99")] {
        let own = quantile_ms(&mut ours, quantile);
        report.ratio(
            &format!("create to prompt {name}, beside bash -i"),
            own,
            quantile_ms(&mut bare, quantile),
            "ms",
            1.0,
        );
        if !wrapped.is_empty() {
            let rival = quantile_ms(&mut wrapped, quantile);
            report.ratio(
                &format!("create to prompt {name}, beside bubblewrap"),
                own,
                rival,
                "ms",
                1.0,
            );
        }
    }
    Ok(())
}

/// One key and its echo, idle and with guests looping, beside bash under a pty with loops of its own.
pub async fn echo(server: &Server, report: &mut Report) -> Result<()> {
    let session = server.session(&[], SCRATCH_BYTES).await?;
    let noisy = server.session(&[], SCRATCH_BYTES).await?;
    for loops in [0, LOOPS] {
        let mut noise = server.terminal(&noisy).await?;
        if loops > 0 {
            noise.wait_for(b"$ ").await?;
            noise
                .send(
                    format!(
                        "for i in {{1..{loops}}}; do while :; do :; done & done; echo st''arted\r"
                    )
                    .as_bytes(),
                )
                .await?;
            noise.wait_for(b"started").await?;
        }
        let mut terminal = server.terminal(&session).await?;
        terminal.wait_for(b"$ ").await?;
        let mut ours = Vec::with_capacity(KEYS);
        for _ in 0..KEYS {
            let started = Instant::now();
            terminal.send(b"x").await?;
            terminal.wait_for(b"x").await?;
            ours.push(started.elapsed());
            terminal.send(b"\x7f").await?;
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        let mut spinners: Vec<_> = (0..loops)
            .map(|_| {
                Command::new("sh")
                    .args(["-c", "while :; do :; done"])
                    .spawn()
            })
            .collect::<std::io::Result<_>>()?;
        if loops > 0 {
            // The rival gets its own loops, and ours go first.
            server.end(&noisy).await?;
        }
        let mut native = NativeTerminal::start(bash().env("PS1", "$ "))?;
        native.wait_for(b"$ ")?;
        let mut rival = Vec::with_capacity(KEYS);
        for _ in 0..KEYS {
            let started = Instant::now();
            native.send(b"x")?;
            native.wait_for(b"x")?;
            rival.push(started.elapsed());
            native.send(b"\x7f")?;
            std::thread::sleep(Duration::from_millis(3));
        }
        for spinner in &mut spinners {
            let _ = spinner.kill();
            let _ = spinner.wait();
        }
        for (quantile, name) in [(0.5, "p50"), (0.99, "p99")] {
            let what =
                format!("echo {name} with {loops} loops (ours over a WebSocket), beside bash");
            let own = quantile_ms(&mut ours, quantile);
            report.ratio(
                &what,
                own,
                quantile_ms(&mut rival, quantile),
                "ms",
                f64::INFINITY,
            );
        }
    }
    server.end(&session).await
}
