//! Packages from their registries, through the registries' own clients, checked by sha256 and unpacked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use berth_tap::{Digest, Registry};

use super::recipe::Recipe;
use crate::apt::Apt;
use crate::guests::TARGET;
use crate::step::{self, guest_cargo, npm};
use crate::workspace::Workspace;

/// The module that our own workspace builds for a formula of ours.
pub fn guest_module(workspace: &Workspace, recipe: &Recipe) -> Option<PathBuf> {
    let is_ours = recipe.formula.origin.registry == Registry::Berth;
    let program = recipe.formula.programs.first()?;
    let directory = workspace.guests_target().join(TARGET).join("release");
    is_ours.then(|| directory.join(format!("{program}.wasm")))
}

/// The sources of a package, unpacked: the directory that its files are in.
pub fn sources(workspace: &Workspace, recipe: &Recipe) -> Result<PathBuf> {
    let name = recipe.formula.name.as_str();
    let place = workspace.bottles_build().join("sources").join(name);
    let package = package(workspace, recipe)?;
    fresh(&place)?;
    unpack(&package, &place)?;
    let mut root = only_directory(&place)?;
    if let Some(inner) = &recipe.build.archive {
        let below = place.join("inner");
        fs::create_dir_all(&below)?;
        unpack(&root.join(inner), &below)?;
        root = only_directory(&below)?;
    }
    for (path, text) in &recipe.build.write {
        let path = root.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    replace(&root, &recipe.build.replace)?;
    Ok(root)
}

/// Replaces text in sources. Text that is not there is an error: the recipe is for others then.
pub fn replace(root: &Path, replacements: &[[String; 3]]) -> Result<()> {
    for [path, from, to] in replacements {
        let path = root.join(path);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if !text.contains(from.as_str()) {
            bail!("{} has no {from:?}", path.display());
        }
        fs::write(&path, text.replace(from.as_str(), to))?;
    }
    Ok(())
}

/// The package file of an origin, fetched unless it is here, and checked.
fn package(workspace: &Workspace, recipe: &Recipe) -> Result<PathBuf> {
    let origin = &recipe.formula.origin;
    let expected = origin.sha256.as_ref().context("the origin has no sha256")?;
    let kept = workspace
        .bottles_build()
        .join("packages")
        .join(expected.as_str());
    if !kept.is_dir() || find_by_digest(&kept, expected)?.is_none() {
        fresh(&kept)?;
        match origin.registry {
            Registry::Npm => from_npm(workspace, &kept, &origin.package, &origin.version)?,
            Registry::Pypi => from_pypi(workspace, &kept, &origin.package, &origin.version)?,
            Registry::Debian => from_debian(workspace, &kept, &origin.package, &origin.version)?,
            Registry::Cargo => from_cargo(workspace, &kept, &origin.package, &origin.version)?,
            Registry::Berth => bail!("our own sources are not fetched"),
        }
    }
    find_by_digest(&kept, expected)?.with_context(|| {
        format!(
            "what the registry sent for {} {} is not {expected}",
            origin.package, origin.version
        )
    })
}

/// The file of that content in a directory.
fn find_by_digest(directory: &Path, expected: &Digest) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_file() && Digest::of(&fs::read(&path)?) == *expected {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn from_npm(workspace: &Workspace, to: &Path, package: &str, version: &str) -> Result<()> {
    let mut pack = npm(workspace, &["pack", "--silent", "--pack-destination"]);
    pack.arg(to).arg(format!("{package}@{version}"));
    step::output(&mut pack).map(drop)
}

fn from_pypi(workspace: &Workspace, to: &Path, package: &str, version: &str) -> Result<()> {
    let python = super::compile::python(workspace)?;
    let mut download = Command::new(python);
    download
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "--dest",
        ])
        .arg(to)
        .arg(format!("{package}=={version}"));
    step::output(&mut download).map(drop)
}

/// A crate's file: cargo fetches it for a project that needs it, into its own cache.
fn from_cargo(workspace: &Workspace, to: &Path, package: &str, version: &str) -> Result<()> {
    let project = workspace.bottles_build().join("crate");
    fresh(&project)?;
    fs::create_dir_all(project.join("src"))?;
    fs::write(project.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"needs\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{package} = \"={version}\"\n"
    );
    fs::write(project.join("Cargo.toml"), manifest)?;
    let mut fetch = guest_cargo(workspace);
    step::output(fetch.current_dir(&project).args(["fetch", "--quiet"]))?;
    let name = format!("{package}-{version}.crate");
    let file = in_cargo_home("cache", &name).with_context(|| format!("cargo kept no {name}"))?;
    fs::copy(&file, to.join(&name)).with_context(|| format!("cannot copy {}", file.display()))?;
    Ok(())
}

/// A file or directory that cargo keeps of a package.
pub fn in_cargo_home(kind: &str, name: &str) -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")))?;
    let registries = fs::read_dir(home.join("registry").join(kind)).ok()?;
    let mut candidates = registries
        .flatten()
        .map(|registry| registry.path().join(name));
    candidates.find(|candidate| candidate.exists())
}

/// Only the original sources: what Debian changes about them is about Debian.
fn from_debian(workspace: &Workspace, to: &Path, package: &str, version: &str) -> Result<()> {
    let apt = Apt::open(
        &workspace.bottles_build().join("apt"),
        "bottles: Debian's list of sources",
        |machine| Ok(machine.replace("Types: deb\n", "Types: deb-src\n")),
    )?;
    let mut source = apt.get();
    source
        .current_dir(to)
        .args(["source", "--download-only", "--tar-only"]);
    step::output(source.arg(format!("{package}={version}"))).map(drop)
}

/// Unpacks an archive by what its first bytes say it is.
fn unpack(archive: &Path, to: &Path) -> Result<()> {
    let is_zip = fs::read(archive)
        .with_context(|| format!("cannot read {}", archive.display()))?
        .starts_with(b"PK");
    let mut command = match is_zip {
        true => {
            let mut python = Command::new("python3");
            python.args(["-m", "zipfile", "-e"]).arg(archive).arg(to);
            python
        }
        false => {
            let mut tar = Command::new("tar");
            tar.args(["--no-same-owner", "-xf"])
                .arg(archive)
                .arg("-C")
                .arg(to);
            tar
        }
    };
    step::output(&mut command).map(drop)
}

/// The one directory in a directory, or itself when there are more things in it.
fn only_directory(place: &Path) -> Result<PathBuf> {
    let entries: Vec<PathBuf> = fs::read_dir(place)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    Ok(match entries.as_slice() {
        [only] if only.is_dir() => only.clone(),
        _ => place.to_owned(),
    })
}

fn fresh(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)
            .with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))
}
