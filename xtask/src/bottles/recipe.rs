//! Recipes: formulae with a table `build`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use berth_tap::Formula;
use serde::Deserialize;

use crate::workspace::Workspace;

/// A formula and how it is built.
#[derive(Debug)]
pub struct Recipe {
    /// The formula, without a bottle.
    pub formula: Formula,
    /// How it is built.
    pub build: Build,
    /// The file's text.
    pub text: String,
}

/// How the parts become a bottle. What is not said is what is usual for the registry.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Build {
    /// It takes seconds: built for every test run.
    pub quick: bool,
    /// An archive inside the package in which the sources are.
    pub archive: Option<String>,
    /// cargo: features, and whether the default ones are left out.
    pub features: Vec<String>,
    /// cargo: without the default features.
    pub no_default_features: bool,
    /// cargo: what the build calls a program, where that is not its name.
    pub binaries: BTreeMap<String, String>,
    /// cargo: the program starts others, through the process door.
    pub process: bool,
    /// cargo: packages it needs have parts in C.
    pub c: bool,
    /// cargo: packages it needs that are not taken as they are published.
    pub patch: Vec<Patch>,
    /// Files written into the sources first.
    pub write: BTreeMap<String, String>,
    /// Text that is replaced in the sources: each a file, a text, and another.
    pub replace: Vec<[String; 3]>,
    /// C: flags of all programs.
    pub flags: Vec<String>,
    /// C: the sources use setjmp and longjmp.
    pub setjmp: bool,
    /// C: the programs.
    pub compile: Vec<Compile>,
    /// WebAssembly: programs that a module of the package becomes with one of ours.
    pub join: Vec<Join>,
    /// Files of the keg, each from one of the sources; a directory is copied whole.
    pub files: BTreeMap<String, String>,
    /// Files of the keg with their text; what is in `bin` is a script.
    pub scripts: BTreeMap<String, String>,
}

/// A program in C.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compile {
    /// Its name.
    pub program: String,
    /// Its sources; a name may hold one `*`.
    pub sources: Vec<String>,
    /// Its own flags.
    #[serde(default)]
    pub flags: Vec<String>,
}

/// A package that a crate needs, and what becomes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// Its name.
    pub package: String,
    /// One of ours in its place, in `taps/support`.
    pub with: Option<String>,
    /// It starts programs, and gets the process door.
    #[serde(default)]
    pub process: bool,
    /// Text that is replaced in it, as in `Build::replace`.
    #[serde(default)]
    pub replace: Vec<[String; 3]>,
}

/// A program made of two modules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Its name.
    pub program: String,
    /// The module in the package. It has a name section.
    pub module: String,
    /// Ours, in `taps/support`: it has `_start`, and imports what it calls by the names those functions have.
    pub with: String,
}

/// All recipes, by name.
pub fn all(workspace: &Workspace) -> Result<Vec<Recipe>> {
    let directory = workspace.root().join("taps/core");
    let mut recipes = Vec::new();
    for entry in
        fs::read_dir(&directory).with_context(|| format!("cannot list {}", directory.display()))?
    {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let recipe = parse(text).with_context(|| format!("{} is no recipe", path.display()))?;
        if path
            .file_stem()
            .is_none_or(|stem| stem != recipe.formula.name.as_str())
        {
            bail!("{} is named {}", path.display(), recipe.formula.name);
        }
        recipes.push(recipe);
    }
    recipes.sort_by(|a, b| a.formula.name.cmp(&b.formula.name));
    Ok(recipes)
}

fn parse(text: String) -> Result<Recipe> {
    let mut table: toml::Table = toml::from_str(&text)?;
    let build = match table.remove("build") {
        Some(build) => build.try_into()?,
        None => Build::default(),
    };
    let formula: Formula = toml::Value::Table(table).try_into()?;
    if formula.bottle.is_some() {
        bail!("a recipe has no bottle");
    }
    Ok(Recipe {
        formula,
        build,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_can_be_read_and_is_whole() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../taps/core");
        let mut count = 0;
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let recipe = parse(fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
            let formula = recipe.formula;
            assert!(
                !formula.test.trim().is_empty(),
                "{} has no test",
                formula.name
            );
            assert!(
                formula.description.len() <= 80,
                "{} has a long description",
                formula.name
            );
            assert!(
                !formula.programs.is_empty(),
                "{} has no program",
                formula.name
            );
            let is_ours = formula.origin.registry == berth_tap::Registry::Berth;
            assert!(
                is_ours || formula.origin.sha256.is_some(),
                "{} is not pinned",
                formula.name
            );
            count += 1;
        }
        assert!(count >= 5, "there are only {count} recipes");
    }

    #[test]
    fn a_word_that_means_nothing_is_refused() {
        let text = "name = \"a\"\nversion = \"1\"\ndescription = \"d\"\nhomepage = \"h\"\nlicence = \"MIT\"\nprograms = [\"a\"]\n\
                    test = \"true\"\n[origin]\nregistry = \"berth\"\npackage = \"a\"\nversion = \"1\"\n[build]\n";
        assert!(parse(text.to_owned()).is_ok());
        assert!(parse(format!("{text}quik = true\n")).is_err());
    }
}
