//! Packages of PyPI in a session: installed by its pip and used.
//!
//! Out of CI, for it asks the index: `cargo test --release --workspace --test python_packages -- --ignored --nocapture`.
//! What is tried is in `python-packages.txt`; the machine's own pip gets the wheels, the session's installs them from a
//! folder. `BERTH_PACKAGES` narrows it to names, separated by commas; `BERTH_ENVIRONMENT` names another environment.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use berth_tests::{Person, someone};
use serde_json::json;

const LIST: &str = include_str!("python-packages.txt");
/// Where the wheels are in the session.
const WHEELS: &str = "wheels";
/// Installing and using one package takes at most this long, in seconds.
const PACKAGE_SECONDS: u64 = 600;
/// Source distributions that build without a compiler, and what they are built with.
const BUILT: [&str; 2] = ["markupsafe", "pyyaml"];
const BUILD_TOOLS: [&str; 3] = ["setuptools", "wheel", "cython"];

struct Package<'a> {
    requirement: &'a str,
    /// What is run with it.
    what: &'a str,
}

fn packages() -> Vec<Package<'static>> {
    let chosen = std::env::var("BERTH_PACKAGES").unwrap_or_default();
    let chosen: Vec<_> = chosen.split(',').filter(|name| !name.is_empty()).collect();
    let lines = LIST.lines().filter(|line| !line.starts_with('#'));
    let packages = lines.map(|line| {
        let (requirement, what) = line.split_once(": ").unwrap();
        Package { requirement, what }
    });
    packages
        .filter(|package| chosen.is_empty() || chosen.contains(&package.requirement))
        .collect()
}

/// Gets what the packages need into `place`, with the machine's pip.
fn download(packages: &[Package<'_>], version: &str, place: &Path) {
    let pip = |arguments: &[&str]| {
        Command::new("python3")
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--dest",
            ])
            .arg(place)
            .args(arguments)
            .output()
            .expect("there is no python3 on this machine")
    };
    let pure = [
        "--only-binary=:all:",
        "--platform=any",
        "--implementation=py",
        "--python-version",
        version,
        "--find-links",
        place.to_str().unwrap(),
    ];
    for name in BUILD_TOOLS {
        pip(&[&pure[..], &[name]].concat());
    }
    for name in BUILT {
        let source = pip(&["--no-deps", "--no-binary", name, name]);
        if !source.status.success() {
            eprintln!("{name}: {}", String::from_utf8_lossy(&source.stderr));
        }
    }
    for package in packages {
        let whole = pip(&[&pure[..], &[package.requirement]].concat());
        if !whole.status.success() {
            // One of its dependencies has no wheel without native code: it comes without them, and pip in the session
            // decides with what is there.
            for name in [
                package.requirement,
                "jinja2",
                "werkzeug",
                "blinker",
                "click",
                "itsdangerous",
            ] {
                pip(&[&pure[..], &["--no-deps", name]].concat());
            }
        }
    }
}

fn upload(person: &Person, place: &Path) {
    let folder = person.folder(WHEELS);
    for entry in fs::read_dir(place).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let answer = person.put(&folder, name, fs::read(&path).unwrap());
        assert!(matches!(answer.status, 200 | 201 | 204), "{name}");
    }
}

#[test]
#[ignore = "asks the package index"]
fn popular_packages_install_and_work() {
    let environment =
        std::env::var("BERTH_ENVIRONMENT").unwrap_or_else(|_| "python-3.14".to_owned());
    let version = environment.strip_prefix("python-").unwrap().to_owned();
    let packages = packages();
    let place = tempfile::tempdir().unwrap();
    download(&packages, &version, place.path());
    let ann = someone();
    upload(&ann, place.path());
    let (mut table, mut failed) = (String::new(), Vec::new());
    for package in &packages {
        let name = package.requirement;
        let session = ann.session_with(&json!({
            "environment": environment, "mounts": [{"folder": WHEELS, "permission": "ro"}],
        }));
        let install = session.exec(&json!({
            "command": format!("pip install --no-index --find-links {WHEELS} {name} 2>&1"),
            "timeout_seconds": PACKAGE_SECONDS,
        }));
        let used = session.exec(&json!({
            "argv": ["python3", "-c", package.what], "timeout_seconds": PACKAGE_SECONDS,
        }));
        let frozen = session.run("pip freeze --all --user 2>/dev/null").out();
        let same = |line: &&str| {
            let (found, _) = line.split_once("==").unwrap_or((line, ""));
            found
                .replace('_', "-")
                .eq_ignore_ascii_case(&name.replace('_', "-"))
        };
        let found = frozen.lines().find(same).unwrap_or_default();
        let version = found.split_once("==").map_or("", |(_, version)| version);
        let good = install.exit_code == 0 && used.exit_code == 0;
        writeln!(
            table,
            "| {name} | {version} | {} |",
            if good { "works" } else { "**fails**" }
        )
        .unwrap();
        println!("{name} {version}: {}", if good { "works" } else { "fails" });
        if !good {
            let tail = |text: String| text.lines().rev().take(4).collect::<Vec<_>>().join(" / ");
            failed.push(format!(
                "{name}: {} / {}",
                tail(install.out()),
                tail(used.err())
            ));
        }
    }
    println!("| package | version | in {environment} |\n|---|---|---|\n{table}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
