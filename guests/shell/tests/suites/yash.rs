//! The POSIX cases of yash: files `*-p.sh` of which its own `run-test.sh` runs each case and logs how it came out.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::expectations::{Expectations, Verdict};
use super::run;

/// A file has up to a hundred cases, and some of them wait.
const FILE_MAX: Duration = Duration::from_secs(240);
const FILE_SUFFIX: &str = "-p.sh";

pub fn run(source: &Path, expectations: &Expectations) -> BTreeMap<String, Verdict> {
    let tests = source.join("tests/scripted_test");
    let mut names: Vec<String> = fs::read_dir(&tests)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name.ends_with(FILE_SUFFIX) && expectations.runs(name))
        .collect();
    names.sort();
    // Called so, it follows POSIX.
    let shells = tempfile::tempdir().unwrap();
    let shell = shells.path().join("sh");
    symlink(env!("CARGO_BIN_EXE_bash"), &shell).unwrap();
    run::all(&names, |name| run_file(&tests, name, &shell))
}

fn run_file(tests: &Path, name: &str, shell: &Path) -> Vec<(String, Verdict)> {
    let scratch = tempfile::tempdir().unwrap();
    let log = scratch.path().join("log");
    let mut child = run::apart("sh")
        .arg("./run-test.sh")
        .arg(shell)
        .arg(name)
        .arg(&log)
        .current_dir(tests)
        .env("TMPDIR", scratch.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let in_time = run::ends_in_time(&mut child, FILE_MAX);
    let text = String::from_utf8_lossy(&fs::read(&log).unwrap_or_default()).into_owned();
    let mut verdicts = verdicts(&text);
    if !in_time {
        let text = "timed out".to_owned();
        verdicts.push((name.to_owned(), Verdict::Fails { lines: 0, text }));
    }
    verdicts
}

/// How the cases of a log came out: each is between a line `%%% START` and one that tells its end.
fn verdicts(log: &str) -> Vec<(String, Verdict)> {
    let mut verdicts = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut text = String::new();
    for line in log.lines() {
        let (verdict, case) = if line.starts_with("%%% START") {
            text.clear();
            continue;
        } else if let Some(case) = line.strip_prefix("%%% OK[PASSED]: ") {
            (Verdict::Passes, case)
        } else if let Some(case) = line.strip_prefix("%%% ERROR[FAILED]: ") {
            let text = std::mem::take(&mut text);
            (Verdict::Fails { lines: 0, text }, case)
        } else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let name = named(case);
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        verdicts.push(match *times {
            1 => (name, verdict),
            nth => (format!("{name} ({nth})"), verdict),
        });
    }
    verdicts
}

/// `file: case` of `file:line: case`: which line it is depends on the shell that counts.
fn named(case: &str) -> String {
    let mut parts = case.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(file), Some(_), Some(name)) => format!("{file}:{name}"),
        _ => case.to_owned(),
    }
}
