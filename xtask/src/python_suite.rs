//! CPython's own tests, which the environments' Python is tried with: fetched, never kept with us.
//!
//! Debian has them in packages of their own. Those of the pinned release leave Debian some day; then the tests say so and
//! try nothing, and somebody pins the next one and looks at what it expects of a newer CPython.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use berth_tap::Digest;

use crate::apt::Apt;
use crate::step::{self, announce, cargo};
use crate::workspace::Workspace;

/// The release whose tests these are: the nearest to the environments' that can be had.
const RELEASE: &str = "3.14.10-1";
/// Debian's packages with parts of the directory `test`, and what their files must be.
const PACKAGES: [(&str, &str); 3] = [
    (
        "libpython3.14-testsuite",
        "137b55a9b0794801a0226a8220c7c224e9e5e3a9d1261bd62573a87a6ad8bf31",
    ),
    (
        "libpython3.14-stdlib",
        "0af595928d7a49c12fe33d5667da95dc2fa9868e1a9a00625428074d3b3d458a",
    ),
    (
        "libpython3.14-minimal",
        "a59bb22e16dde6f441b892cdfd058dd93d8149cf437a31d8985dcca3cf407367",
    ),
];
/// Where the tests are in them.
const INSIDE: &str = "usr/lib/python3.14";

/// The tests in an archive, fetched unless they are here; none, with a word about it, when they cannot be had.
pub fn archive(workspace: &Workspace) -> Option<PathBuf> {
    match fetched(workspace) {
        Ok(archive) => Some(archive),
        Err(error) => {
            announce(&format!(
                "CPython's own tests {RELEASE} cannot be had, and are not tried: {error:#}"
            ));
            None
        }
    }
}

/// Fetches the tests and runs all that are expected to do something.
///
/// # Errors
/// When they cannot be had, or do not do as expected.
pub fn whole(workspace: &Workspace) -> Result<()> {
    let archive = fetched(workspace)?;
    step::run(
        "CPython's own tests",
        cargo(workspace)
            .args(["test", "--release", "--workspace", "--test", "python_suite"])
            .args(["--", "--include-ignored", "--nocapture"])
            .env("BERTH_BIN", workspace.berth())
            .env("BERTH_PYTHON_SUITE", archive),
    )
}

fn fetched(workspace: &Workspace) -> Result<PathBuf> {
    let place = workspace.guests_target().join("python-suite");
    let archive = place.join(format!("suite-{RELEASE}.tar.gz"));
    if archive.is_file() {
        return Ok(archive);
    }
    let (packages, tree) = (place.join("packages"), place.join("tree"));
    for directory in [&packages, &tree] {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
    }
    let apt = Apt::open(
        &place.join("apt"),
        "python: Debian's list of packages",
        newest,
    )?;
    for (package, digest) in PACKAGES {
        let mut download = apt.get();
        download
            .current_dir(&packages)
            .args(["download", &format!("{package}={RELEASE}")]);
        step::output(&mut download)?;
        let file = file_of(&packages, package)?;
        let found = Digest::of(&fs::read(&file)?);
        ensure!(
            found.as_str() == digest,
            "{} is not {digest}",
            file.display()
        );
        step::output(Command::new("dpkg-deb").arg("-x").arg(&file).arg(&tree))?;
    }
    let half = archive.with_extension("part");
    step::output(
        Command::new("tar")
            .arg("-czf")
            .arg(&half)
            .arg("-C")
            .arg(tree.join(INSIDE))
            .arg("test"),
    )?;
    fs::rename(&half, &archive).context("cannot put the tests in place")?;
    Ok(archive)
}

/// The list of Debian's newest packages, at the place the machine gets its own from. Whose they are is told by their
/// digests: the machine need not know the keys of a later Debian.
fn newest(machine: &str) -> Result<String> {
    let place = machine
        .lines()
        .find(|line| line.starts_with("URIs:"))
        .context("debian.sources names no place")?;
    Ok(format!(
        "Types: deb\n{place}\nSuites: sid\nComponents: main\nTrusted: yes\n"
    ))
}

fn file_of(directory: &Path, package: &str) -> Result<PathBuf> {
    let mut files = fs::read_dir(directory)?.flatten().map(|entry| entry.path());
    files
        .find(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.and_then(|name| name.strip_prefix(package))
                .is_some_and(|rest| rest.starts_with('_'))
        })
        .with_context(|| format!("apt-get left no {package}"))
}
