//! Reading, writing, opening and listing, beside the same program on the host.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::report::{Report, median};
use crate::server::Server;

/// Size of the file.
const FILE_BYTES: u64 = 1 << 30;
/// Runs of each.
const RUNS: usize = 3;
/// Names in the listing.
const NAMES: usize = 20_000;
/// Opens in one run.
const OPENS: usize = 20_000;

fn guests() -> Result<PathBuf> {
    std::env::var("BERTH_BENCH_GUESTS")
        .map(PathBuf::from)
        .context("BERTH_BENCH_GUESTS; cargo xtask bench sets it")
}

fn native(binary: &Path, arguments: &str, directory: &Path) -> Result<f64> {
    let output = Command::new(binary)
        .args(arguments.split(' '))
        .current_dir(directory)
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// A file of 1 GiB in pieces of 64 KiB and 4 KiB, and 20,000 times open, fstat, close.
pub async fn pieces(server: &Server, report: &mut Report) -> Result<()> {
    let guests = guests()?;
    let binary = guests.join("bench");
    server.folder("bench").await?;
    server
        .put(
            "bench",
            "bench.wasm",
            std::fs::read(guests.join("bench.wasm"))?,
        )
        .await?;
    let session = server.session(&["bench"], FILE_BYTES * 2).await?;
    let host = tempfile::tempdir()?;
    for (what, arguments) in [
        (
            "write 1 GiB in 64 KiB pieces",
            format!("write big {FILE_BYTES} 65536"),
        ),
        ("read 1 GiB in 64 KiB pieces", "read big 65536".to_owned()),
        (
            "write 1 GiB in 4 KiB pieces",
            format!("write big {FILE_BYTES} 4096"),
        ),
        ("read 1 GiB in 4 KiB pieces", "read big 4096".to_owned()),
        ("20,000 open, fstat, close", format!("open big {OPENS}")),
    ] {
        let mut ours = Vec::new();
        let mut rival = Vec::new();
        for run in 0..=RUNS {
            let own = server
                .exec(&session, &format!("cd bench && ./bench.wasm {arguments}"))
                .await?;
            let other = native(&binary, &arguments, host.path())?;
            // The first run makes the file and warms the page cache.
            if run > 0 {
                ours.push(own.trim().parse()?);
                rival.push(other);
            }
        }
        report.ratio(
            &format!("{what}, beside native"),
            median(ours),
            median(rival),
            "s",
            1.6,
        );
    }
    server.end(&session).await
}

/// `ls` of a directory of 20,000 names.
pub async fn listing(server: &Server, report: &mut Report) -> Result<()> {
    let session = server.session(&[], 1 << 30).await?;
    let fill = format!("mkdir many; cd many; seq {NAMES} | while read n; do : > file-$n; done");
    server.exec(&session, &fill).await?;
    let host = tempfile::tempdir()?;
    anyhow::ensure!(
        Command::new("bash")
            .args(["-c", &fill])
            .current_dir(host.path())
            .status()?
            .success(),
        "bash failed"
    );
    for (name, command) in [
        ("ls", "ls many | tail -n 1"),
        ("ls -l", "ls -l many | tail -n 1"),
    ] {
        let mut ours = Vec::new();
        let mut rival = Vec::new();
        for _ in 0..RUNS {
            let started = Instant::now();
            server.exec(&session, command).await?;
            ours.push(started.elapsed().as_secs_f64() * 1e3);
            let started = Instant::now();
            let done = Command::new("bash")
                .args(["-c", command])
                .current_dir(host.path())
                .output()?;
            anyhow::ensure!(done.status.success(), "bash failed");
            rival.push(started.elapsed().as_secs_f64() * 1e3);
        }
        report.ratio(
            &format!("{name} of {NAMES} names, beside GNU"),
            median(ours),
            median(rival),
            "ms",
            3.0,
        );
    }
    server.end(&session).await
}
