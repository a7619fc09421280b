//! The core tap: formulae in `taps/core`, built from the package registries into bottles.
//!
//! A recipe is a formula with a table `build` that says how its parts become programs ([`recipe`]). Sources come
//! through the registries' own clients and are checked by sha256 ([`fetch`]); C is compiled by zig's clang
//! ([`compile`]), and a module that has no `_start` gets one ([`join`]). What was built is kept by what it was built from, so that a second run builds what changed.
//! Nothing binary is in the repository.

mod compile;
mod crates;
mod fetch;
mod join;
mod recipe;
mod sign;
mod table;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use berth_tap::{Bottle, Digest, Formula, Index, PackedFile, TapName, bottle_path, pack};

use crate::step::announce;
use crate::workspace::Workspace;
use recipe::Recipe;

/// Builds the formulae that take seconds.
const QUICK: &str = "--quick";
/// Builds the formulae that take seconds, and a few of those that take longer and are not there yet: others every day,
/// so that a machine that tests often has tried them all before long.
pub const SOME: &str = "--some";
/// How many of those that take longer.
const SOME_MORE: usize = 2;
/// Writes the table of formulae from what is built.
const TABLE: &str = "--table";

/// Builds bottles and the index of all that are built.
///
/// # Errors
/// When a formula that was named does not build; of the others it is told.
pub fn build(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let recipes = recipe::all(workspace)?;
    let named: Vec<&String> = arguments
        .iter()
        .filter(|name| !name.starts_with("--"))
        .collect();
    for name in &named {
        if !recipes
            .iter()
            .any(|recipe| recipe.formula.name.as_str() == **name)
        {
            bail!("taps/core has no formula {name}");
        }
    }
    for option in arguments.iter().filter(|word| word.starts_with("--")) {
        if ![QUICK, SOME, TABLE].contains(&option.as_str()) {
            bail!("unexpected option {option}; see cargo xtask help");
        }
    }
    let _lock = lock(workspace)?;
    let some = arguments.iter().any(|word| word == SOME);
    let quick = some || arguments.iter().any(|word| word == QUICK);
    let tap = workspace.bottles().join(TapName::core().as_str());
    fs::create_dir_all(tap.join(berth_tap::BOTTLES))
        .with_context(|| format!("cannot create {}", tap.display()))?;
    let mut built = Vec::new();
    let mut missing = Vec::new();
    for recipe in &recipes {
        match kept(workspace, &tap, recipe)? {
            Some(formula) => built.push(formula),
            None => missing.push(recipe),
        }
    }
    let slow: Vec<&str> = missing
        .iter()
        .filter(|recipe| !recipe.build.quick)
        .map(|recipe| recipe.formula.name.as_str())
        .collect();
    let more = if some {
        turn_of(&slow, today())
    } else {
        Vec::new()
    };
    let mut failed = Vec::new();
    for recipe in missing {
        let name = &recipe.formula.name;
        let is_wanted = match (quick, named.is_empty()) {
            (true, _) => recipe.build.quick || more.contains(&name.as_str()),
            (false, true) => true,
            (false, false) => named.iter().any(|wanted| *wanted == name.as_str()),
        };
        if !is_wanted {
            continue;
        }
        announce(&format!("bottles: {name} {}", recipe.formula.version));
        match bottle(workspace, &tap, recipe) {
            Ok(formula) => built.push(formula),
            Err(error) => {
                announce(&format!("bottles: {name} does not build: {error:#}"));
                failed.push(name.to_string());
            }
        }
    }
    built.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
    finish(workspace, &tap, &built)?;
    if arguments.iter().any(|word| word == TABLE) {
        table::write(workspace, &recipes, &built)?;
    }
    announce(&format!(
        "bottles: {} of {} formulae in {}",
        built.len(),
        recipes.len(),
        tap.display()
    ));
    // Of what nobody named, the rest is offered: a registry that has lost one package breaks no build.
    if !failed.is_empty() && !named.is_empty() {
        bail!("these formulae do not build: {}", failed.join(", "));
    }
    Ok(())
}

/// Days since 1970.
fn today() -> u64 {
    const DAY_SECONDS: u64 = 24 * 60 * 60;
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs() / DAY_SECONDS
}

/// The names of those whose turn it is on a day. One that does not build is not tried every day.
fn turn_of<'a>(slow: &[&'a str], day: u64) -> Vec<&'a str> {
    let first = usize::try_from(day).unwrap_or(0).wrapping_mul(SOME_MORE);
    let turns = slow.iter().cycle().skip(first % slow.len().max(1));
    turns.take(SOME_MORE.min(slow.len())).copied().collect()
}

/// One run at a time: they share the sources, the index and the list of bottles that are in use. Given back when dropped,
/// and when the run ends in whatever way.
fn lock(workspace: &Workspace) -> Result<File> {
    let directory = workspace.bottles_build();
    fs::create_dir_all(&directory)?;
    let path = directory.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => announce("bottles: waiting for another run to end"),
        Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the bottles"),
    }
    file.lock().context("cannot lock the bottles")?;
    Ok(file)
}

/// What `run` adds to the server's arguments: the taps, when they are built; else it says how to build them.
pub fn serve_arguments(workspace: &Workspace, given: &[String]) -> Vec<String> {
    let taps = workspace.bottles();
    let index = taps.join(TapName::core().as_str()).join(berth_tap::INDEX);
    if given
        .iter()
        .any(|word| word == "--taps" || word.starts_with("--taps="))
    {
        return Vec::new();
    }
    if !index.is_file() {
        announce(
            "brew offers nothing yet: `cargo xtask bottles --quick` builds some programs in a minute, `cargo xtask bottles` all",
        );
        return Vec::new();
    }
    vec!["--taps".to_owned(), taps.display().to_string()]
}

/// Where it is written what a recipe became.
fn stamp(workspace: &Workspace, recipe: &Recipe) -> PathBuf {
    workspace
        .bottles_build()
        .join("built")
        .join(format!("{}.toml", recipe.formula.name))
}

/// What a bottle depends on: the recipe, what it is built from here, and how.
fn inputs(workspace: &Workspace, recipe: &Recipe) -> Result<Digest> {
    let mut all = recipe.text.clone().into_bytes();
    if !recipe.build.compile.is_empty() {
        all.extend(compile::fingerprint(workspace)?);
    }
    all.extend(crates::fingerprint(workspace, recipe)?);
    for join in &recipe.build.join {
        all.extend(join::fingerprint(workspace, join)?);
    }
    if let Some(guest) = fetch::guest_module(workspace, recipe) {
        all.extend(fs::read(&guest).unwrap_or_default());
    }
    Ok(Digest::of(&all))
}

/// The formula with its bottle, when that was built from the same recipe and is still there.
fn kept(workspace: &Workspace, tap: &Path, recipe: &Recipe) -> Result<Option<Formula>> {
    let Ok(text) = fs::read_to_string(stamp(workspace, recipe)) else {
        return Ok(None);
    };
    let Ok(stamp) = toml::from_str::<Stamp>(&text) else {
        return Ok(None);
    };
    let is_current = stamp.inputs == inputs(workspace, recipe)?
        && tap.join(bottle_path(&stamp.bottle.sha256)).is_file();
    Ok(is_current.then(|| Formula {
        bottle: Some(stamp.bottle),
        ..recipe.formula.clone()
    }))
}

/// What a recipe became, and from what.
#[derive(serde::Serialize, serde::Deserialize)]
struct Stamp {
    inputs: Digest,
    bottle: Bottle,
}

/// Builds one bottle.
fn bottle(workspace: &Workspace, tap: &Path, recipe: &Recipe) -> Result<Formula> {
    let files = compile::files(workspace, recipe)?;
    let installed_size = files.iter().map(|file| file.content.len() as u64).sum();
    let formula = &recipe.formula;
    for program in &formula.programs {
        must_be_a_program(&files, program.as_str())?;
    }
    let packed = pack(&formula.name, &formula.version, &files, Vec::new())
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let bottle = Bottle {
        sha256: Digest::of(&packed),
        size: packed.len() as u64,
        installed_size,
    };
    let path = tap.join(bottle_path(&bottle.sha256));
    write_whole(&path, &packed)?;
    let stamp_path = stamp(workspace, recipe);
    let stamp = Stamp {
        inputs: inputs(workspace, recipe)?,
        bottle: bottle.clone(),
    };
    if let Some(parent) = stamp_path.parent() {
        fs::create_dir_all(parent)?;
    }
    write_whole(&stamp_path, toml::to_string(&stamp)?.as_bytes())?;
    Ok(Formula {
        bottle: Some(bottle),
        ..formula.clone()
    })
}

/// A program is a WebAssembly module or a script.
fn must_be_a_program(files: &[PackedFile], program: &str) -> Result<()> {
    let path = format!("bin/{program}");
    let file = files.iter().find(|file| file.path == path);
    let Some(file) = file else {
        bail!("the build left no {path}")
    };
    if !file.executable || !(file.content.starts_with(b"\0asm") || file.content.starts_with(b"#!"))
    {
        bail!("{path} is neither a WebAssembly module nor a script");
    }
    Ok(())
}

/// Writes the index, its signature and the key, and removes bottles that no formula has.
fn finish(workspace: &Workspace, tap: &Path, built: &[Formula]) -> Result<()> {
    // A formula without what it needs would be offered in vain.
    let is_there =
        |need: &berth_tap::FormulaName| built.iter().any(|formula| formula.name == *need);
    let offered = built
        .iter()
        .filter(|formula| formula.dependencies.iter().all(is_there))
        .cloned()
        .collect();
    let index = Index::new(TapName::core(), offered).map_err(|error| anyhow::anyhow!("{error}"))?;
    let text = index
        .to_text()
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    sign::write(workspace, tap, &text)?;
    let bottles = tap.join(berth_tap::BOTTLES);
    for entry in fs::read_dir(&bottles)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let is_used = |formula: &Formula| {
            let bottle = formula.bottle.as_ref();
            bottle.is_some_and(|bottle| name.starts_with(bottle.sha256.as_str()))
        };
        if !built.iter().any(is_used) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Writes a file whole or not at all: a server may be reading it.
fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    let new = path.with_added_extension("new");
    fs::write(&new, content)
        .and_then(|()| fs::rename(&new, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::turn_of;

    #[test]
    fn every_formula_has_its_turn() {
        let slow = ["a", "b", "c", "d", "e"];
        let mut seen: Vec<&str> = (0..3).flat_map(|day| turn_of(&slow, day)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, slow);
        assert_eq!(turn_of(&["a"], 20_000), ["a"]);
        assert!(turn_of(&[], 20_000).is_empty());
    }
}
