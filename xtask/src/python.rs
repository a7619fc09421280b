//! The interpreters: CPython as componentize-py carries it, with our command line in front of it.
//!
//! The tool runs a module while it makes a component and keeps the interpreter's state in it. So there are two
//! runs: one takes the standard library out of the tool, compiled; the other makes the program, whose libraries are then made
//! one module. Both are left in `<guests>/python-<version>/`, where `crates/environments/build.rs` looks for them.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result};

use crate::guests::copy_if_changed;
use crate::step::{self, cargo};
use crate::wasm::binaryen::{self, Binaryen};
use crate::wasm::join::{self, Part};
use crate::wasm::module::Module;
use crate::workspace::Workspace;

/// CPython's versions and the release of componentize-py that carries each.
const VERSIONS: [(&str, &str); 2] = [("3.14", "0.25.1"), ("3.12", "0.17.2")];
/// The pip in every environment.
const PIP: &str = "26.3";
/// The time zones in every environment, for `zoneinfo`: the package that it looks for where a system has none.
const TZDATA: &str = "2026.6";
/// The world in `guests/python/wit`.
const WORLD: &str = "python";
/// What the modules that the tool links use beside what binaryen is told of all: sums of constants, vectors, and variables that
/// begin with another one's value once the two are in one module.
const LINKED_FEATURES: [&str; 3] = ["--enable-extended-const", "--enable-simd", "--enable-gc"];
/// What binaryen does with the one module.
const PASSES: [&str; 3] = [
    "--simplify-globals-optimizing",
    "--remove-unused-module-elements",
    "-O3",
];
/// What the interface definitions have that the older tool does not know, and nobody here needs.
const LEFT_OUT: [&str; 2] = ["import wasi:clocks/timezone@", "exit-with-code:"];

/// Makes what has changed.
///
/// # Errors
/// When there is no Python on this machine, a package cannot be had, or the tool fails.
pub fn build(workspace: &Workspace) -> Result<()> {
    let sources = workspace.guests().join("python");
    let interfaces = interfaces(workspace)?;
    let digest = digest(&[&sources, &interfaces])?;
    let binaryen = Binaryen::install(workspace)?;
    // Side by side: what takes longest of it uses one core.
    thread::scope(|scope| {
        let runs = VERSIONS.map(|(version, tool)| {
            let maker = Maker {
                workspace,
                binaryen: &binaryen,
                version,
                tool,
                work: workspace.guests_target().join(format!("python-{version}")),
                sources: &sources,
                interfaces: &interfaces,
            };
            scope.spawn(move || maker.make(digest))
        });
        let ends = runs.map(|run| run.join().expect("making a Python does not panic"));
        ends.into_iter().collect()
    })
}

/// One run of the whole.
struct Maker<'w> {
    workspace: &'w Workspace,
    binaryen: &'w Binaryen,
    version: &'static str,
    /// The release of componentize-py.
    tool: &'static str,
    /// Where it is made; only this writes there.
    work: PathBuf,
    /// `guests/python`.
    sources: &'w Path,
    /// WASI's and our own.
    interfaces: &'w Path,
}

impl Maker<'_> {
    /// Makes it, if what is there was made of something else; `digest` stands for sources and interfaces.
    fn make(&self, digest: u64) -> Result<()> {
        let finished = self
            .workspace
            .finished_guests()
            .join(format!("python-{}", self.version));
        let stamp = format!(
            "{} {PIP} {TZDATA} {} {PASSES:?} {digest:016x}",
            self.tool,
            binaryen::RELEASE,
        );
        let stamped = self.work.join("stamp");
        let whole = finished.join("python.wasm").is_file() && finished.join("lib.tar.gz").is_file();
        if whole && fs::read_to_string(&stamped).is_ok_and(|old| old == stamp) {
            return Ok(());
        }
        let _ = fs::remove_file(&stamped);
        let tools = tools(self.workspace, self.tool)?;
        fresh_directory(&self.work)?;
        self.definitions()?;
        self.library(&tools)?;
        self.program(&tools)?;
        fs::create_dir_all(&finished)
            .with_context(|| format!("cannot create {}", finished.display()))?;
        for file in ["python.wasm", "lib.tar.gz"] {
            copy_if_changed(&self.work.join(file), &finished.join(file))?;
        }
        fs::write(&stamped, stamp).context("cannot write the stamp")
    }

    /// Lays the interface definitions out as the tool wants them.
    fn definitions(&self) -> Result<()> {
        let (wit, dependencies) = (self.work.join("wit"), self.work.join("wit/deps"));
        fs::create_dir_all(&dependencies).context("cannot create the directory of interfaces")?;
        let own = self.sources.join("wit/world.wit");
        fs::copy(&own, wit.join("world.wit"))
            .with_context(|| format!("cannot copy {}", own.display()))?;
        for file in files_of(self.interfaces)? {
            let text = fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let name = file.file_name().context("a file without a name")?;
            fs::write(dependencies.join(name), known_to_all(&text))
                .context("cannot write an interface")?;
        }
        Ok(())
    }

    /// The standard library and pip, compiled and packed.
    fn library(&self, tools: &Path) -> Result<()> {
        let export = self.work.join("export");
        fs::create_dir_all(export.join("packages")).context("cannot create the packages")?;
        let module = "export_stdlib";
        fs::copy(
            self.sources.join("export_stdlib.py"),
            export.join("export_stdlib.py"),
        )
        .context("cannot copy the export")?;
        copy_tree(&self.sources.join("modules"), &export.join("modules"))?;
        self.copy_stand_ins(&export.join("modules"))?;
        let python = tools.join("bin/python3");
        step::run(
            &format!("python {}: pip {PIP}, tzdata {TZDATA}", self.version),
            Command::new(&python)
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--no-deps",
                    "--no-compile",
                ])
                .args(["--disable-pip-version-check", "--target"])
                .arg(export.join("packages"))
                .args([format!("pip=={PIP}"), format!("tzdata=={TZDATA}")]),
        )?;
        self.componentize(
            tools,
            module,
            &export,
            "unused.wasm",
            "the standard library",
        )?;
        step::run(
            &format!("python {}: pack", self.version),
            Command::new(&python)
                .arg(self.sources.join("pack.py"))
                .arg(export.join("out").join(format!("python{}", self.version)))
                .arg(self.work.join("lib.tar.gz")),
        )
    }

    /// The interpreter.
    fn program(&self, tools: &Path) -> Result<()> {
        let application = self.work.join("app");
        copy_tree(&self.sources.join("app"), &application)?;
        // Imported with everything else when the state is made: modules look once whether they are there.
        copy_tree(&self.sources.join("modules"), &application)?;
        self.copy_stand_ins(&application)?;
        let linked = "linked.wasm";
        self.componentize(
            tools,
            "berth_entry",
            &application,
            linked,
            "the interpreter",
        )?;
        step::announce(&format!("python {}: one module of many", self.version));
        let linked = fs::read(self.work.join(linked)).context("the tool left no component")?;
        let joined = join::join(&linked, |parts, exports| self.merge(parts, exports))?;
        fs::write(self.work.join("python.wasm"), joined).context("cannot write the interpreter")
    }

    /// Makes one module of those that the tool links, and lets binaryen use what can be said of one.
    fn merge(&self, parts: &[Part], exports: &[&str]) -> Result<Vec<u8>> {
        let directory = self.work.join("parts");
        fresh_directory(&directory)?;
        let mut merge = self.binaryen.program("wasm-merge");
        for Part { name, bytes } in parts {
            let path = directory.join(name).with_extension("wasm");
            fs::write(&path, bytes).context("cannot write a part")?;
            merge.arg(path).arg(name);
        }
        let [merged, joined] = ["merged.wasm", "joined.wasm"].map(|name| directory.join(name));
        step::output(merge.args(LINKED_FEATURES).arg("-o").arg(&merged))?;
        let bytes = fs::read(&merged).context("binaryen left no module")?;
        fs::write(&merged, Module::parse(&bytes)?.with_exports_only(exports))?;
        let mut optimise = self.binaryen.program("wasm-opt");
        optimise.args(LINKED_FEATURES).args(PASSES);
        step::output(optimise.arg(&merged).arg("-o").arg(&joined))?;
        fs::read(joined).context("binaryen left no module")
    }

    /// Modules in Python for those that this release's CPython was built without.
    fn copy_stand_ins(&self, to: &Path) -> Result<()> {
        let stand_ins = self.sources.join(format!("modules-{}", self.version));
        if stand_ins.is_dir() {
            copy_tree(&stand_ins, to)?;
        }
        Ok(())
    }

    fn componentize(
        &self,
        tools: &Path,
        module: &str,
        path: &Path,
        out: &str,
        what: &str,
    ) -> Result<()> {
        // Without this, the tool puts the packages of whatever Python it finds into the component.
        let nothing = self.work.join("no-packages");
        fs::create_dir_all(nothing.join("lib/python3/site-packages"))
            .context("cannot create an empty environment")?;
        step::run(
            &format!("python {}: {what}", self.version),
            Command::new(tools.join("bin/componentize-py"))
                .current_dir(&self.work)
                .env("VIRTUAL_ENV", &nothing)
                .args(["--quiet", "-d", "wit", "-w", WORLD, "componentize", module])
                .arg("-p")
                .arg(path)
                .args(["-o", out]),
        )
    }
}

/// An interface definition without what an older tool cannot read.
fn known_to_all(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if LEFT_OUT.iter().any(|part| line.contains(part)) {
            // Its attributes and its documentation go with it.
            while lines.last().is_some_and(|line| {
                let line = line.trim_start();
                line.starts_with('@') || line.starts_with("///")
            }) {
                lines.pop();
            }
        } else {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

/// The interfaces beside the world: WASI's, from the very crate that serves them, and our own.
fn interfaces(workspace: &Workspace) -> Result<PathBuf> {
    let metadata = step::output(cargo(workspace).args(["metadata", "--format-version", "1"]))?;
    let manifest = metadata
        .split("\"manifest_path\":\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|path| {
            let package = path.rsplit('/').nth(1).unwrap_or_default();
            // `wasmtime-wasi-48.0.8`, and none of the crates whose names go on.
            let version = package.strip_prefix("wasmtime-wasi-").unwrap_or_default();
            version.starts_with(|first: char| first.is_ascii_digit())
        })
        .context("cargo metadata does not name wasmtime-wasi")?;
    let wasi = Path::new(manifest).with_file_name("src/p2/wit/deps");
    let gathered = workspace.guests_target().join("wit");
    fresh_directory(&gathered)?;
    let own = workspace.root().join("crates/wasi/wit");
    for directory in [wasi, own] {
        for file in files_of(&directory)? {
            let name = file.file_name().context("a file without a name")?;
            fs::copy(&file, gathered.join(name))
                .with_context(|| format!("cannot copy {}", file.display()))?;
        }
    }
    Ok(gathered)
}

/// A Python environment with componentize-py of that release, kept apart so that nothing of this machine's
/// Python gets into ours.
fn tools(workspace: &Workspace, release: &str) -> Result<PathBuf> {
    let directory = workspace
        .guests_target()
        .join(format!("componentize-py-{release}"));
    if directory.join("bin/componentize-py").is_file() {
        return Ok(directory);
    }
    step::run("python: an environment for the tools", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory))
        .context("Python 3 with venv is needed on this machine to build the sessions' Python (Debian: apt install python3-venv)")?;
    step::run(
        &format!("python: install componentize-py {release}"),
        Command::new(directory.join("bin/python3"))
            .args(["-m", "pip", "install", "--quiet", "--no-deps"])
            .arg("--disable-pip-version-check")
            .arg(format!("componentize-py=={release}")),
    )?;
    Ok(directory)
}

fn fresh_directory(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory)
            .with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))
}

/// The files directly in a directory, sorted.
fn files_of(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<_> = tree_of(directory)?;
    files.retain(|file| file.parent() == Some(directory));
    Ok(files)
}

/// All files below a directory, sorted, without what Python leaves there.
fn tree_of(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("__pycache__") {
            files.extend(tree_of(&path)?);
        } else if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for file in tree_of(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)
                .with_context(|| format!("cannot create {}", parent.display()))?;
        }
        fs::copy(&file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}

/// A number for names and contents of all files below directories.
fn digest(directories: &[&Path]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for directory in directories {
        for file in tree_of(directory)? {
            file.strip_prefix(directory)?.hash(&mut hasher);
            fs::read(&file)
                .with_context(|| format!("cannot read {}", file.display()))?
                .hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_tool_cannot_read_goes_with_its_attributes() {
        let text = "interface exit {\n  @since(version = 0.2.0)\n  exit: func(status: result);\n\n  /// Any code.\n  @since(version = 0.2.12)\n  exit-with-code: func(status-code: u8);\n}\n";
        assert_eq!(
            known_to_all(text),
            "interface exit {\n  @since(version = 0.2.0)\n  exit: func(status: result);\n\n}\n"
        );
    }
}
