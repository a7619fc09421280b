//! Programs of Cargo's registry: as their authors published them, or changed where WASI asks for it.
//!
//! A changed one is built in place, with the lock file it came with. Other packages it needs may be changed too, or
//! replaced by one of ours (`build.patch`); and one that starts programs does so through the process door, by our
//! `berth-process` in place of `std::process` (`build.process`).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use berth_tap::Digest;

use super::compile::{SUPPORT, copy_tree, python};
use super::fetch::{self, replace};
use super::recipe::{Patch, Recipe};
use crate::guests::{self, TARGET};
use crate::step::{self, guest_cargo};
use crate::workspace::Workspace;

/// Our own packages of the guests' workspace that a program gets which starts others.
const PROCESS: [&str; 3] = ["process", "multicall", "abi"];

/// Permission bits of a script.
const EXECUTABLE: u32 = 0o755;
/// How sources that start programs come to do it by ours, in this order.
const BY_OURS: [(&str, &str); 3] = [
    (
        "use std::process::{self,",
        "use berth_process::{self as process,",
    ),
    ("use std::process;", "use berth_process as process;"),
    ("std::process", "berth_process"),
];

/// Builds a crate's programs; tells the directory they are in, and that of the sources.
pub fn programs(workspace: &Workspace, recipe: &Recipe) -> Result<(PathBuf, PathBuf)> {
    guests::ensure_target()?;
    if is_changed(recipe) {
        return changed(workspace, recipe);
    }
    let origin = &recipe.formula.origin;
    let root = workspace.target().join("guests-foreign");
    let mut install = guests::install(workspace, &root);
    features(recipe, &mut install);
    install.arg(format!("{}@{}", origin.package, origin.version));
    step::run(
        &format!("bottles: compile {}", origin.package),
        &mut install,
    )?;
    let name = format!("{}-{}", origin.package, origin.version);
    let file = fetch::in_cargo_home("cache", &format!("{name}.crate"))
        .with_context(|| format!("cargo kept no {name}.crate"))?;
    let digest = Digest::of(&fs::read(&file)?);
    if origin.sha256.as_ref() != Some(&digest) {
        bail!("{name}.crate is {digest}, and not what the recipe says");
    }
    let sources =
        fetch::in_cargo_home("src", &name).with_context(|| format!("cargo kept no {name}"))?;
    Ok((root.join("bin"), sources))
}

/// What else than its recipe a changed program depends on.
pub fn fingerprint(workspace: &Workspace, recipe: &Recipe) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let patches = &recipe.build.patch;
    if recipe.build.process || patches.iter().any(|patch| patch.process) {
        for package in PROCESS {
            contents(&workspace.guests().join(package), &mut all)?;
        }
    }
    for with in patches.iter().filter_map(|patch| patch.with.as_ref()) {
        contents(&workspace.root().join(SUPPORT).join(with), &mut all)?;
    }
    Ok(all)
}

/// All that is in a directory, in the order of the names.
fn contents(directory: &Path, all: &mut Vec<u8>) -> Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            contents(&path, all)?;
        } else {
            all.extend(path.as_os_str().as_encoded_bytes());
            all.extend(fs::read(&path)?);
        }
    }
    Ok(())
}

fn is_changed(recipe: &Recipe) -> bool {
    let build = &recipe.build;
    build.process
        || build.c
        || !build.patch.is_empty()
        || !build.replace.is_empty()
        || !build.write.is_empty()
}

fn features(recipe: &Recipe, cargo: &mut Command) {
    if recipe.build.no_default_features {
        cargo.arg("--no-default-features");
    }
    if !recipe.build.features.is_empty() {
        cargo.arg("--features").arg(recipe.build.features.join(","));
    }
}

fn changed(workspace: &Workspace, recipe: &Recipe) -> Result<(PathBuf, PathBuf)> {
    let root = fetch::sources(workspace, recipe)?;
    let manifest = root.join("Cargo.toml");
    let mut text = fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    // What is built inside a checkout of ours is no part of it.
    text.push_str("\n[workspace]\n");
    fs::write(&manifest, &text)?;
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("the crate has no lock file")?;
    if recipe.build.process {
        text.push_str(&through_the_door(workspace, &root)?);
    }
    if !recipe.build.patch.is_empty() {
        let mut fetch = guest_cargo(workspace);
        fetch.args(["fetch", "--quiet", "--locked", "--target", TARGET]);
        step::output(fetch.arg("--manifest-path").arg(&manifest))?;
        text.push_str("\n[patch.crates-io]\n");
        for patch in &recipe.build.patch {
            let path = patched(workspace, &root, patch, &lock)?;
            text.push_str(&format!("{} = {{ path = {path:?} }}\n", patch.package));
        }
    }
    fs::write(&manifest, text)?;
    let mut build = guest_cargo(workspace);
    guests::as_foreign(&mut build).args(["build", "--quiet", "--release", "--bins"]);
    build
        .args(["--target", TARGET, "--manifest-path"])
        .arg(&manifest);
    features(recipe, &mut build);
    if recipe.build.c {
        with_c(workspace, &mut build)?;
    }
    // What the compiler has to say about other people's code is said when it fails.
    step::output(&mut build)?;
    let built = workspace.guests_target().join(TARGET).join("release");
    Ok((built, root))
}

/// Has the parts in C compiled as our programs in C are. The crate `cc`, which does it, takes programs and no words
/// of a command; the target that it adds is one that zig calls otherwise.
fn with_c(workspace: &Workspace, build: &mut Command) -> Result<()> {
    let python = python(workspace)?;
    let directory = workspace.bottles_build().join("c-for-cargo");
    fs::create_dir_all(&directory)?;
    for (variable, tool, words) in [("CC", "cc", " -target wasm32-wasi"), ("AR", "ar", "")] {
        let path = directory.join(tool);
        let script = format!(
            "#!/bin/bash\nfor word; do shift; case \"$word\" in --target=*) ;; *) set -- \"$@\" \"$word\" ;; esac; done\n\
             exec {python:?} -m ziglang {tool}{words} \"$@\"\n"
        );
        fs::write(&path, script)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(EXECUTABLE))?;
        let target = TARGET.replace('-', "_");
        build.env(format!("{variable}_{target}"), &path);
    }
    let cache = workspace.bottles_build().join("zig-cache");
    build
        .env("ZIG_GLOBAL_CACHE_DIR", &cache)
        .env("ZIG_LOCAL_CACHE_DIR", &cache);
    Ok(())
}

/// A package that the crate needs, changed or one of ours: its directory.
fn patched(workspace: &Workspace, root: &Path, patch: &Patch, lock: &str) -> Result<PathBuf> {
    if let Some(with) = &patch.with {
        return Ok(workspace.root().join(SUPPORT).join(with));
    }
    let version = locked(lock, &patch.package)?;
    let name = format!("{}-{version}", patch.package);
    let published =
        fetch::in_cargo_home("src", &name).with_context(|| format!("cargo kept no {name}"))?;
    let copy = root.join("patched").join(&name);
    copy_tree(&published, &copy)?;
    replace(&copy, &patch.replace)?;
    if patch.process {
        let manifest = copy.join("Cargo.toml");
        let further = through_the_door(workspace, &copy)?;
        fs::write(&manifest, fs::read_to_string(&manifest)? + &further)?;
    }
    Ok(copy)
}

/// The version of a package that a lock file says. cargo has compared what it fetched with the digest there.
fn locked(lock: &str, package: &str) -> Result<String> {
    let lock: Lock = toml::from_str(lock).context("the crate's lock file cannot be read")?;
    let found = lock.package.into_iter().find(|entry| entry.name == package);
    Ok(found
        .with_context(|| format!("the crate does not need {package}"))?
        .version)
}

#[derive(serde::Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(serde::Deserialize)]
struct Locked {
    name: String,
    version: String,
}

/// Has a crate start programs by ours: what its manifest needs for that.
fn through_the_door(workspace: &Workspace, root: &Path) -> Result<String> {
    let mut directories = vec![root.join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path)?;
                let text = BY_OURS
                    .iter()
                    .fold(text, |text, (from, to)| text.replace(from, to));
                fs::write(&path, text)?;
            }
        }
    }
    let ours = workspace.guests().join(PROCESS[0]);
    Ok(format!("\n[dependencies.berth-process]\npath = {ours:?}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_says_which_version_is_changed() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\nchecksum = \"00\"\n";
        assert_eq!(locked(lock, "b").unwrap(), "2.0.0");
        assert!(locked(lock, "c").unwrap_err().to_string().contains("c"));
    }
}
