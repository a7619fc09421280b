//! bash's own tests: `run-*` scripts, each of which shows how the output of a script differs from the right one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::expectations::{Expectations, Verdict};
use super::run;

const SCRIPT_MAX: Duration = Duration::from_secs(60);
/// Not scripts of one subject each.
const COLLECTIONS: [&str; 3] = ["run-all", "run-minimal", "run-gprof"];
/// Small programs the scripts use, by the names of their sources.
const HELPERS: [&str; 4] = ["recho", "zecho", "printenv", "xcase"];
const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
/// What stands for bash's own headers when the helpers are compiled.
const HEADER: &str =
    "#include <string.h>\n#include <stdlib.h>\n#include <stdio.h>\n#include <unistd.h>\n";

pub fn run(source: &Path, expectations: &Expectations) -> BTreeMap<String, Verdict> {
    let tests = source.join("tests");
    let mut names: Vec<String> = fs::read_dir(&tests)
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name.starts_with("run-") && !COLLECTIONS.contains(&name.as_str()))
        .filter(|name| expectations.runs(name))
        .collect();
    names.sort();
    let helpers = tempfile::tempdir().unwrap();
    compile_helpers(source, helpers.path());
    // Called by a short name, since scripts show it.
    fs::copy(env!("CARGO_BIN_EXE_bash"), helpers.path().join("bash")).unwrap();
    run::all(&names, |name| {
        vec![(name.to_owned(), run_script(&tests, name, helpers.path()))]
    })
}

fn compile_helpers(source: &Path, to: &Path) {
    fs::write(to.join("config.h"), "#define PROTOTYPES 1\n").unwrap();
    fs::write(to.join("bashansi.h"), HEADER).unwrap();
    for name in HELPERS {
        let compiled = Command::new("cc")
            .args(["-w", "-I"])
            .arg(to)
            .arg("-o")
            .arg(to.join(name))
            .arg(source.join(format!("support/{name}.c")))
            .status()
            .unwrap();
        assert!(compiled.success(), "{name} does not compile");
    }
}

fn run_script(tests: &Path, name: &str, helpers: &Path) -> Verdict {
    let scratch = tempfile::tempdir().unwrap();
    let work = scratch.path().join("tests");
    run::copy(tests, &work);
    let temporary = scratch.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let output: PathBuf = scratch.path().join("difference");
    let mut child = run::apart("sh")
        .arg(format!("./{name}"))
        .current_dir(&work)
        .env_clear()
        .env("HOME", scratch.path())
        .env("LANG", "C")
        .env("PATH", format!("{}:.:{PATH}", helpers.display()))
        .env("TMPDIR", &temporary)
        .env("BUILD_DIR", scratch.path())
        .env("BASH_TSTOUT", temporary.join("output"))
        .env("THIS_SH", helpers.join("bash"))
        .stdout(File::create(&output).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let in_time = run::ends_in_time(&mut child, SCRIPT_MAX);
    let text = String::from_utf8_lossy(&fs::read(&output).unwrap_or_default()).into_owned();
    let lines = text
        .lines()
        .filter(|line| line.starts_with(['<', '>']))
        .count();
    if !in_time {
        return Verdict::Fails {
            lines: usize::MAX,
            text: format!("{text}\ntimed out"),
        };
    }
    if text.is_empty() {
        Verdict::Passes
    } else {
        Verdict::Fails { lines, text }
    }
}
