//! Programs out of modules that are libraries: a module of the package, and a small one of ours that has `_start`.
//!
//! Ours is text. It imports from `program` what it needs of the other one: what that exports, functions by the names the
//! compiler gave them, and `table`. binaryen makes one module of the two. Whatever the package's module imports from
//! others than WASI (a page's JavaScript, say) becomes a trap: nobody is there to answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::compile::SUPPORT;
use super::recipe::{Join, Recipe};
use crate::step;
use crate::wasm::binaryen::{self, Binaryen};
use crate::wasm::module::{ImportedFunction, Kind, Module};
use crate::workspace::Workspace;

/// What the package's module is called in ours.
const PROGRAM: &str = "program";
/// What the table of functions is called there.
const TABLE: &str = "table";
/// What sessions give a program.
const WASI: &str = "wasi_snapshot_preview1";
/// What an engine needs of a program.
const COMMAND_EXPORTS: [&str; 2] = ["_start", "memory"];

/// What else than its recipe such a program depends on.
pub fn fingerprint(workspace: &Workspace, join: &Join) -> Result<Vec<u8>> {
    let mut all = format!("{} {:?}", binaryen::RELEASE, binaryen::FEATURES).into_bytes();
    all.extend(ours(workspace, join)?.into_bytes());
    Ok(all)
}

fn ours(workspace: &Workspace, join: &Join) -> Result<String> {
    let path = workspace.root().join(SUPPORT).join(&join.with);
    fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Joins the modules of one program.
pub fn program(
    workspace: &Workspace,
    recipe: &Recipe,
    root: &Path,
    join: &Join,
) -> Result<PathBuf> {
    let out = super::compile::output(workspace, recipe)?;
    let theirs = root.join(&join.module);
    let bytes = fs::read(&theirs).with_context(|| format!("cannot read {}", theirs.display()))?;
    let module = Module::parse(&bytes)?;
    let text = ours(workspace, join)?;

    let opened = out.join("program.wasm");
    fs::write(&opened, opened_for(&module, &text)?)?;
    let command = out.join("command.wat");
    fs::write(&command, &text)?;
    let mut merge = Binaryen::install(workspace)?.program("wasm-merge");
    merge.arg(&command).arg("command").arg(&opened).arg(PROGRAM);
    for (name, text) in traps(&module.imported_functions()?)? {
        let path = out.join(format!("{name}.wat"));
        fs::write(&path, text)?;
        merge.arg(path).arg(name);
    }
    let joined = out.join("joined.wasm");
    merge.args(["--skip-export-conflicts", "-o"]).arg(&joined);
    step::output(&mut merge)?;

    let bytes = fs::read(&joined).context("binaryen left no module")?;
    let finished = out.join(format!("{}.wasm", join.program));
    fs::write(
        &finished,
        Module::parse(&bytes)?.with_exports_only(&COMMAND_EXPORTS),
    )?;
    Ok(finished)
}

/// The package's module with exports of all that ours imports from it.
fn opened_for(module: &Module, text: &str) -> Result<Vec<u8>> {
    let (exports, names) = (module.exports(), module.function_names());
    let mut further = Vec::new();
    for name in imported_from(PROGRAM, text) {
        if exports.contains(&name) {
            continue;
        }
        further.push(if name == TABLE {
            (name, Kind::Table, 0)
        } else {
            let index = names
                .get(name)
                .with_context(|| format!("the package's module has no function {name}"))?;
            (name, Kind::Function, *index)
        });
    }
    Ok(module.with_exports(&further))
}

/// The names that a module in the text format imports from another.
fn imported_from<'a>(module: &str, text: &'a str) -> Vec<&'a str> {
    let prefix = format!("(import \"{module}\" \"");
    let imports = text.lines().map(str::trim_start);
    imports
        .filter_map(|line| Some(line.strip_prefix(&prefix)?.split_once('"')?.0))
        .collect()
}

/// Modules that trap, in place of those that nobody has, by name.
fn traps(imports: &[ImportedFunction]) -> Result<BTreeMap<&str, String>> {
    let mut modules = BTreeMap::new();
    for import in imports.iter().filter(|import| import.module != WASI) {
        let text: &mut String = modules.entry(import.module.as_str()).or_default();
        let list = |word: &str, types: &[&str]| format!("({word} {})", types.join(" "));
        writeln!(
            text,
            "(func (export {:?}) {} {} unreachable)",
            import.name,
            list("param", &import.parameters),
            list("result", &import.results),
        )?;
    }
    for text in modules.values_mut() {
        *text = format!("(module\n{text})\n");
    }
    Ok(modules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ours_imports_is_found_in_its_text() {
        let text = "(module\n  (import \"program\" \"malloc\" (func (param i32)))\n  (import \"wasi\" \"x\" (func))\n  ;; (import \"program\" \"no\")\n)";
        assert_eq!(imported_from(PROGRAM, text), ["malloc"]);
    }

    #[test]
    fn what_nobody_has_becomes_a_trap_and_wasi_stays() {
        let import = |module: &str, name: &str| ImportedFunction {
            module: module.to_owned(),
            name: name.to_owned(),
            parameters: vec!["i32", "f64"],
            results: Vec::new(),
        };
        let imports = [import("page", "eval: \"x\""), import(WASI, "fd_write")];
        let traps = traps(&imports).unwrap();
        assert_eq!(traps.len(), 1);
        assert_eq!(
            traps["page"],
            "(module\n(func (export \"eval: \\\"x\\\"\") (param i32 f64) (result ) unreachable)\n)\n"
        );
    }
}
