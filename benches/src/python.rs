//! Python in a session, beside the machine's own.
//!
//! The benchmarks are pyperformance's, and the package is tqdm's wheel: both come by the machine's pip when this runs.
//! `BERTH_BENCH_PYTHON` names another Python of this machine than `python3` to be measured against.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::memory::resident_kib;
use crate::report::{Report, median};
use crate::server::Server;

/// Runs of each, ours and the rival's in turns.
const RUNS: usize = 5;
/// Starts in one run, so that what is around them counts little.
const STARTS: usize = 20;
/// Interpreters that wait at their prompts.
const PROMPTS: usize = 10;
/// Scratch of a session, in bytes.
const SCRATCH_BYTES: u64 = 1 << 28;
/// The folder with what comes by pip.
const FOLDER: &str = "python-bench";
/// The release of pyperformance.
const PYPERFORMANCE: &str = "pyperformance==1.14.0";

/// Benchmarks of pyperformance: the name, what to call in its `run_benchmark`, and the ratio that is aimed at.
const BENCHMARKS: [(&str, &str, f64); 3] = [
    (
        "nbody",
        "bench_nbody(3, DEFAULT_REFERENCE, DEFAULT_ITERATIONS)",
        2.5,
    ),
    ("fannkuch", "fannkuch(8)", 2.5),
    ("deltablue", "delta_blue(2000)", 2.5),
];

/// What benchmarks import and do not need here.
const PYPERF: &str = "from time import perf_counter\n";

/// All of it.
pub async fn figures(server: &Server, report: &mut Report) -> Result<()> {
    let python = native_python()?;
    let place = tempfile::tempdir()?;
    fetch(&python, place.path())?;
    server.folder(FOLDER).await?;
    for entry in std::fs::read_dir(place.path())? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().context("a name that is no text")?;
        server
            .put(FOLDER, name, std::fs::read(entry.path())?)
            .await?;
    }
    let session = server.session(&[FOLDER], SCRATCH_BYTES).await?;
    // Compiles the interpreter, once for ever.
    server.exec(&session, "python3 -c pass").await?;
    let plain = without_packages(&python, place.path())?;
    start(server, &session, &plain, report).await?;
    benchmarks(server, &session, &python, place.path(), report).await?;
    install(server, &session, &python, place.path(), report).await?;
    server.end(&session).await?;
    memory(server, report).await
}

/// The interpreter itself: `python3` may be a script that looks for it.
fn native_python() -> Result<String> {
    let named = std::env::var("BERTH_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(named)
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .context("there is no python3 on this machine")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The same interpreter in an environment of its own: packages on this machine may run code at every start, which is not
/// Python's doing.
fn without_packages(python: &str, place: &Path) -> Result<String> {
    let environment = place.join("plain");
    let status = Command::new(python)
        .args(["-m", "venv", "--without-pip"])
        .arg(&environment)
        .status()?;
    ensure!(status.success(), "{python} makes no environment");
    let plain = environment.join("bin/python3");
    Ok(plain.to_str().context("a path that is no text")?.to_owned())
}

/// Gets wheels, and lays benchmarks out.
fn fetch(python: &str, place: &Path) -> Result<()> {
    let wheels = tempfile::tempdir()?;
    for (target, requirement) in [(place, "tqdm"), (wheels.path(), PYPERFORMANCE)] {
        let status = Command::new(python)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary=:all:",
                "--dest",
            ])
            .arg(target)
            .arg(requirement)
            .status()?;
        ensure!(status.success(), "pip cannot get {requirement}");
    }
    let unpack = "import glob, sys, zipfile\n\
                  wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])\n\
                  for name in sys.argv[3:]:\n \
                  path = f'pyperformance/data-files/benchmarks/bm_{name}/run_benchmark.py'\n \
                  open(f'{sys.argv[2]}/bm_{name}.py', 'wb').write(wheel.read(path))\n";
    let status = Command::new(python)
        .args(["-c", unpack])
        .args([wheels.path(), place])
        .args(BENCHMARKS.map(|(name, ..)| name))
        .status()?;
    ensure!(status.success(), "the benchmarks are not where they were");
    std::fs::write(place.join("pyperf.py"), PYPERF)?;
    Ok(())
}

/// Milliseconds of shell text in the session and on the host, each the median of [`RUNS`].
async fn both(
    server: &Server,
    session: &str,
    ours: &str,
    rival: impl Fn() -> Command,
) -> Result<(f64, f64)> {
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let started = Instant::now();
        server.exec(session, ours).await?;
        own.push(started.elapsed().as_secs_f64() * 1e3);
        let started = Instant::now();
        let output = rival().output()?;
        ensure!(output.status.success(), "{output:?}");
        other.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok((median(own), median(other)))
}

async fn start(server: &Server, session: &str, python: &str, report: &mut Report) -> Result<()> {
    let text = |program: &str| format!("for i in {{1..{STARTS}}}; do {program} -c pass; done");
    let (ours, rival) = both(server, session, &text("python3"), || {
        let mut bash = Command::new("bash");
        bash.args(["-c", &text(python)]);
        bash
    })
    .await?;
    let starts = STARTS as f64;
    report.ratio(
        "start of `python3 -c pass`",
        ours / starts,
        rival / starts,
        "ms",
        1.0,
    );
    Ok(())
}

async fn benchmarks(
    server: &Server,
    session: &str,
    python: &str,
    place: &Path,
    report: &mut Report,
) -> Result<()> {
    for (name, call, aim) in BENCHMARKS {
        // Its own clock: what is compared is the work, not the start.
        let text = format!(
            "import time; from bm_{name} import *; begin = time.perf_counter(); {call}; print(time.perf_counter() - begin)"
        );
        let (mut ours, mut rival) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let said = server
                .exec(session, &format!("cd {FOLDER} && python3 -c '{text}'"))
                .await?;
            ours.push(said.trim().parse::<f64>()? * 1e3);
            let output = Command::new(python)
                .args(["-c", &text])
                .current_dir(place)
                .output()?;
            ensure!(output.status.success(), "{name}: {output:?}");
            let said = String::from_utf8(output.stdout)?;
            rival.push(said.trim().parse::<f64>()? * 1e3);
        }
        report.ratio(
            &format!("pyperformance's {name}"),
            median(ours),
            median(rival),
            "ms",
            aim,
        );
    }
    Ok(())
}

async fn install(
    server: &Server,
    session: &str,
    python: &str,
    place: &Path,
    report: &mut Report,
) -> Result<()> {
    let text = |python: &str, place: &str| {
        format!(
            "target=$(mktemp -d) && {python} -m pip install --quiet --disable-pip-version-check --no-index \
             --find-links {place} --target $target tqdm && rm -r $target"
        )
    };
    let native_place = place.to_str().context("a path that is no text")?;
    let (ours, rival) = both(server, session, &text("python3", FOLDER), || {
        let mut bash = Command::new("bash");
        bash.args(["-c", &text(python, native_place)]);
        bash
    })
    .await?;
    report.ratio("`pip install tqdm` from its wheel", ours, rival, "ms", 2.0);
    Ok(())
}

/// Resident memory of the server for each interpreter that waits at its prompt.
async fn memory(server: &Server, report: &mut Report) -> Result<()> {
    let mut sessions = Vec::new();
    let mut terminals = Vec::new();
    for _ in 0..PROMPTS {
        let session = server.session(&[], SCRATCH_BYTES).await?;
        let mut terminal = server.terminal(&session).await?;
        terminal.wait_for(b"$ ").await?;
        sessions.push(session);
        terminals.push(terminal);
    }
    let before = resident_kib(server.pid())?;
    for terminal in &mut terminals {
        terminal.send(b"python3 -q\r").await?;
        terminal.wait_for(b">>> ").await?;
    }
    let after = resident_kib(server.pid())?;
    let each = after.saturating_sub(before) as f64 / PROMPTS as f64 / 1024.0;
    report.figure("memory of an idle `python3` prompt", each, "MiB", None);
    for session in sessions {
        server.end(&session).await?;
    }
    Ok(())
}
