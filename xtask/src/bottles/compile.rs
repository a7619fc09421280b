//! What a formula's sources become: the files of its keg.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use berth_tap::{PackedFile, Registry};

use super::recipe::{Compile, Recipe};
use super::{crates, fetch, join};
use crate::guests::{self, TARGET};
use crate::step::{self, guest_cargo};
use crate::workspace::Workspace;

/// The release of zig that compiles C. It brings clang, a linker and a C library for WASI.
const ZIG: &str = "0.17.1";
/// What every C program is compiled with: small, without warnings about other people's code, and with those parts of
/// the C library that WASI has no calls for.
const FLAGS: [&str; 14] = [
    "-target",
    "wasm32-wasi",
    "-O2",
    "-s",
    "-w",
    "-D_WASI_EMULATED_SIGNAL",
    "-D_WASI_EMULATED_PROCESS_CLOCKS",
    "-D_WASI_EMULATED_GETPID",
    "-D_WASI_EMULATED_MMAN",
    "-lwasi-emulated-signal",
    "-lwasi-emulated-process-clocks",
    "-lwasi-emulated-getpid",
    "-lwasi-emulated-mman",
    "-Wl,-z,stack-size=1048576",
];
/// What `setjmp` takes: exceptions as the standard has them now.
const SETJMP_FLAGS: [&str; 5] = [
    "-mllvm",
    "-wasm-enable-sjlj",
    "-mllvm",
    "-wasm-use-legacy-eh=false",
    "-mexception-handling",
];
/// What programs for POSIX expect and the C library does not have: ours, before every source.
pub const SUPPORT: &str = "taps/support";
const SUPPORT_HEADER: &str = "compat.h";
const SUPPORT_SOURCE: &str = "compat.c";
/// Our own runtime for it.
const SETJMP_SOURCE: &str = "setjmp.c";
/// Its header, in place of the C library's.
const SETJMP_HEADER: &str = "setjmp.h";
/// Names of files that say under which terms something may be passed on.
const LICENCES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "UNLICENSE"];

/// What else than its recipe a bottle depends on.
pub fn fingerprint(workspace: &Workspace) -> Result<Vec<u8>> {
    let mut all = format!("{ZIG} {FLAGS:?} {SETJMP_FLAGS:?}").into_bytes();
    for name in [SUPPORT_HEADER, SUPPORT_SOURCE, SETJMP_SOURCE, SETJMP_HEADER] {
        let path = workspace.root().join(SUPPORT).join(name);
        all.extend(fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    Ok(all)
}

/// The files of a formula's keg.
pub fn files(workspace: &Workspace, recipe: &Recipe) -> Result<Vec<PackedFile>> {
    let mut files = Vec::new();
    let origin = &recipe.formula.origin;
    let root = match origin.registry {
        Registry::Berth => {
            let module = guest(workspace, recipe)?;
            files.push(program(recipe.formula.programs[0].as_str(), &module)?);
            workspace.root().to_owned()
        }
        Registry::Cargo if recipe.build.compile.is_empty() => {
            let (built, sources) = crates::programs(workspace, recipe)?;
            for name in &recipe.formula.programs {
                let binary = recipe
                    .build
                    .binaries
                    .get(name.as_str())
                    .map_or(name.as_str(), String::as_str);
                files.push(program(
                    name.as_str(),
                    &built.join(format!("{binary}.wasm")),
                )?);
            }
            sources
        }
        _ => {
            let root = fetch::sources(workspace, recipe)?;
            for compile in &recipe.build.compile {
                let module = c_program(workspace, recipe, &root, compile)?;
                files.push(program(&compile.program, &module)?);
            }
            for join in &recipe.build.join {
                let module = join::program(workspace, recipe, &root, join)?;
                files.push(program(&join.program, &module)?);
            }
            root
        }
    };
    for (path, from) in &recipe.build.files {
        copy(&root.join(from), path, &mut files)?;
    }
    for (path, text) in &recipe.build.scripts {
        files.push(PackedFile {
            path: path.clone(),
            content: text.clone().into_bytes(),
            executable: path.starts_with("bin/"),
        });
    }
    licences(&root, &mut files)?;
    Ok(files)
}

fn program(name: &str, module: &Path) -> Result<PackedFile> {
    let content =
        fs::read(module).with_context(|| format!("the build left no {}", module.display()))?;
    Ok(PackedFile {
        path: format!("bin/{name}"),
        content,
        executable: true,
    })
}

/// A file, or a directory with all that is in it.
fn copy(from: &Path, path: &str, files: &mut Vec<PackedFile>) -> Result<()> {
    if from.is_dir() {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let name = entry.file_name();
            copy(
                &entry.path(),
                &format!("{path}/{}", name.to_string_lossy()),
                files,
            )?;
        }
        return Ok(());
    }
    let content =
        fs::read(from).with_context(|| format!("the sources have no {}", from.display()))?;
    files.push(PackedFile {
        path: path.to_owned(),
        content,
        executable: path.starts_with("bin/"),
    });
    Ok(())
}

/// A directory with all that is in it, to another place.
pub(super) fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    let mut files = Vec::new();
    copy(from, "", &mut files)?;
    for file in files {
        let path = to.join(file.path.trim_start_matches('/'));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, file.content)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The terms stay with the program.
fn licences(root: &Path, files: &mut Vec<PackedFile>) -> Result<()> {
    for entry in fs::read_dir(root).with_context(|| format!("cannot list {}", root.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_licence = LICENCES
            .iter()
            .any(|word| name.to_uppercase().starts_with(word));
        if is_licence && entry.path().is_file() && !files.iter().any(|file| file.path == name) {
            copy(&entry.path(), &name, files)?;
        }
    }
    Ok(())
}

/// A program of our own workspace.
fn guest(workspace: &Workspace, recipe: &Recipe) -> Result<PathBuf> {
    guests::ensure_target()?;
    let mut build = guest_cargo(workspace);
    build.args([
        "build",
        "--quiet",
        "--release",
        "--target",
        TARGET,
        "-p",
        &recipe.formula.origin.package,
    ]);
    step::output(&mut build)?;
    fetch::guest_module(workspace, recipe).context("the formula has no program")
}

/// The directory for what is made of a recipe.
pub(super) fn output(workspace: &Workspace, recipe: &Recipe) -> Result<PathBuf> {
    let compiled = workspace.bottles_build().join("compiled");
    let out = compiled.join(recipe.formula.name.as_str());
    fs::create_dir_all(&out)?;
    Ok(out)
}

/// Compiles one C program.
fn c_program(
    workspace: &Workspace,
    recipe: &Recipe,
    root: &Path,
    compile: &Compile,
) -> Result<PathBuf> {
    let out = output(workspace, recipe)?;
    let module = out.join(format!("{}.wasm", compile.program));
    let mut sources = Vec::new();
    for pattern in &compile.sources {
        sources.extend(matching(root, pattern)?);
    }
    let cache = workspace.bottles_build().join("zig-cache");
    let mut zig = Command::new(python(workspace)?);
    zig.current_dir(root)
        .env("ZIG_GLOBAL_CACHE_DIR", &cache)
        .env("ZIG_LOCAL_CACHE_DIR", &cache)
        .args(["-m", "ziglang", "cc"])
        .args(FLAGS);
    let support = workspace.root().join(SUPPORT);
    zig.arg("-include")
        .arg(support.join(SUPPORT_HEADER))
        .arg(support.join(SUPPORT_SOURCE));
    if recipe.build.setjmp {
        zig.args(SETJMP_FLAGS)
            .arg("-I")
            .arg(&support)
            .arg(support.join(SETJMP_SOURCE));
    }
    zig.args(&recipe.build.flags)
        .args(&compile.flags)
        .args(&sources)
        .arg("-o")
        .arg(&module);
    step::output(&mut zig)?;
    Ok(module)
}

/// The sources that a pattern means, sorted: a path whose last part may hold one `*`.
fn matching(root: &Path, pattern: &str) -> Result<Vec<String>> {
    let (directory, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    let Some((before, after)) = name.split_once('*') else {
        return Ok(vec![pattern.to_owned()]);
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(directory))
        .with_context(|| format!("the sources have no {directory}"))?
    {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(before) && name.ends_with(after) {
            found.push(if directory.is_empty() {
                name
            } else {
                format!("{directory}/{name}")
            });
        }
    }
    found.sort();
    Ok(found)
}

/// A Python with pip and zig, kept apart from this machine's.
pub fn python(workspace: &Workspace) -> Result<PathBuf> {
    let directory = workspace.bottles_build().join(format!("zig-{ZIG}"));
    let python = directory.join("bin/python3");
    if directory.join("ready").is_file() {
        return Ok(python);
    }
    step::run(
        "bottles: an environment for the tools",
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&directory),
    )
    .context("Python 3 with venv is needed to build bottles (Debian: apt install python3-venv)")?;
    step::run(
        &format!("bottles: install zig {ZIG}"),
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .arg(format!("ziglang=={ZIG}")),
    )?;
    fs::write(directory.join("ready"), "")?;
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_the_files_of_one_directory() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = matching(root, "src/bottles/*.rs").unwrap();
        assert!(
            found.contains(&"src/bottles/compile.rs".to_owned()),
            "{found:?}"
        );
        assert_eq!(matching(root, "a/b.c").unwrap(), ["a/b.c"]);
    }
}
