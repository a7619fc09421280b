//! For tests: the same command with our programs and with the machine's own.
//!
//! A file of cases has one command a line; a line that ends in a backslash goes on. `~` before a command: what is said
//! on standard error may differ in words. Empty lines and `#` are passed over.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Longest that one command may take, as `timeout(1)` reads it.
const CASE_SECONDS: &str = "20";

/// Runs every case of `cases` in a fresh copy of the files that `fixture` makes, with the programs of `binary` in
/// front of the machine's and without them, and panics with all differences.
pub fn compare(binary: &Path, cases: &str, fixture: &str) {
    let root = std::env::temp_dir().join(format!(
        "berth-oracle-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    let _ = fs::remove_dir_all(&root);
    let programs = root.join("bin");
    fs::create_dir_all(&programs).expect("a directory for the test");
    let list = Command::new(binary).arg("--list").output().expect("a list");
    for name in String::from_utf8_lossy(&list.stdout).lines() {
        symlink(binary, programs.join(name)).expect("a link");
    }
    let mut differences = Vec::new();
    let mut count = 0;
    for (number, case) in parsed(cases) {
        count += 1;
        let (loose, command) = match case.strip_prefix('~') {
            Some(rest) => (true, rest),
            None => (false, case.as_str()),
        };
        let theirs = run(&root.join("work"), None, fixture, command);
        let ours = run(&root.join("work"), Some(&programs), fixture, command);
        let same = theirs.0 == ours.0
            && theirs.2 == ours.2
            && (loose && theirs.1.is_empty() == ours.1.is_empty() || theirs.1 == ours.1);
        if !same {
            differences.push(format!(
                "line {number}: {command}\n--- machine ({})\n{}{}--- ours ({})\n{}{}",
                theirs.2, theirs.0, theirs.1, ours.2, ours.0, ours.1
            ));
        }
    }
    let _ = fs::remove_dir_all(&root);
    assert!(
        differences.is_empty(),
        "{} of {count} cases differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

fn parsed(cases: &str) -> Vec<(usize, String)> {
    let mut all = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in cases.lines().enumerate() {
        let (number, mut text) = match open.take() {
            Some((number, text)) => (number, text + "\n" + line),
            None if line.is_empty() || line.starts_with('#') => continue,
            None => (index + 1, line.to_owned()),
        };
        if text.ends_with('\\') {
            text.pop();
            open = Some((number, text));
        } else {
            all.push((number, text));
        }
    }
    all
}

/// Standard output, standard error and exit code of a command.
fn run(
    work: &Path,
    programs: Option<&PathBuf>,
    fixture: &str,
    command: &str,
) -> (String, String, i32) {
    let _ = fs::remove_dir_all(work);
    fs::create_dir_all(work).expect("a directory for the case");
    let path = std::env::var("PATH").unwrap_or_default();
    let path = match programs {
        Some(programs) => format!("{}:{path}", programs.display()),
        None => path,
    };
    let script = format!("{fixture}\nPATH='{path}'; hash -r\n{command}");
    let output = Command::new("timeout")
        .args([CASE_SECONDS, "bash", "-c", &script])
        .current_dir(work)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env_remove("POSIXLY_CORRECT")
        .stdin(Stdio::null())
        .output()
        .expect("bash");
    // A program is named by its path where a shell's script says so.
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        match programs {
            Some(programs) => text.replace(&format!("{}/", programs.display()), "/usr/bin/"),
            None => text,
        }
    };
    (
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap_or(-1),
    )
}
