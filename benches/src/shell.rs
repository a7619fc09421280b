//! The session's shell at work, beside bash.

use std::process::Command;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::report::{Report, median};
use crate::server::Server;

/// Runs of each, ours and the rival's in turns.
const RUNS: usize = 3;
/// Size of the file that pipelines read, in bytes.
const BIG_BYTES: u64 = 1 << 30;

/// What is timed: its name, the script, the ratio that is aimed at.
const SCRIPTS: [(&str, &str, f64); 6] = [
    (
        "start of `bash -c :`, 100 times",
        "for i in {1..100}; do bash -c :; done",
        2.0,
    ),
    (
        "`for` loop of 100,000",
        "for ((i = 0; i < 100000; i++)); do :; done",
        2.0,
    ),
    (
        "`while read` over 100,000 lines",
        "seq 100000 > lines; while read -r line; do :; done < lines",
        2.0,
    ),
    (
        "`$(echo x)` 10,000 times",
        "for i in {1..10000}; do x=$(echo x); done",
        2.0,
    ),
    (
        "/usr/bin/true 2,000 times",
        "for i in {1..2000}; do /usr/bin/true; done",
        0.2,
    ),
    (
        "`cat big | grep x | wc -l` over 1 GiB",
        "cat big/big | grep x | wc -l",
        1.0,
    ),
];

/// Every script, in a session and in bash on the host.
pub async fn scripts(server: &Server, report: &mut Report) -> Result<()> {
    let host = tempfile::tempdir()?;
    std::fs::create_dir(host.path().join("big"))?;
    server.folder("big").await?;
    let session = server.session(&["big"], 1 << 26).await?;
    // Lines of 64 bytes, one in sixteen with an x.
    let make = format!(
        "awk 'BEGIN {{ for (i = 0; i < {}; i++) printf \"%063d\\n\", i }}' | sed 's/0$/x/' > big/big",
        BIG_BYTES / 64
    );
    let status = Command::new("bash")
        .args(["-c", &make])
        .current_dir(&host)
        .status()?;
    ensure!(status.success(), "the big file cannot be made");
    server
        .put("big", "big", std::fs::read(host.path().join("big/big"))?)
        .await?;
    for (name, script, aim) in SCRIPTS {
        let (mut ours, mut rival) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let started = Instant::now();
            let said = server.exec(&session, script).await?;
            ours.push(started.elapsed().as_secs_f64() * 1e3);
            let started = Instant::now();
            let output = Command::new("bash")
                .args(["-c", script])
                .current_dir(&host)
                .output()?;
            rival.push(started.elapsed().as_secs_f64() * 1e3);
            ensure!(
                said.as_bytes() == output.stdout,
                "{name}: we say {said:?}, bash says {:?}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
        report.ratio(name, median(ours), median(rival), "ms", aim);
    }
    server.end(&session).await
}
