//! The table of formulae in the documentation.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use berth_tap::Formula;

use super::recipe::Recipe;
use crate::workspace::Workspace;

/// Writes `docs/core-tap.md`. What is not built has no size.
pub fn write(workspace: &Workspace, recipes: &[Recipe], built: &[Formula]) -> Result<()> {
    let mut text = String::from(
        "# The core tap\n\n\
         Written by `cargo xtask bottles --table`; the formulae are in `taps/core`. *Bottle* is what is read or fetched,\n\
         *installed* what lies in the folder `.linuxbrew`.\n\n\
         | formula | version | what it is | from | licence | bottle | installed |\n|---|---|---|---|---|---|---|\n",
    );
    for recipe in recipes {
        let formula = &recipe.formula;
        let origin = &formula.origin;
        let bottle = built
            .iter()
            .find(|known| known.name == formula.name)
            .and_then(|known| known.bottle.as_ref());
        let (size, installed) = match bottle {
            Some(bottle) => (kilobytes(bottle.size), kilobytes(bottle.installed_size)),
            None => ("not built".to_owned(), String::new()),
        };
        writeln!(
            text,
            "| [{}]({}) | {} | {} | {} `{}` {} | {} | {size} | {installed} |",
            formula.name,
            formula.homepage,
            formula.version,
            formula.description,
            origin.registry.title(),
            origin.package,
            origin.version,
            formula.licence,
        )?;
    }
    let path = workspace.root().join("docs/core-tap.md");
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn kilobytes(bytes: u64) -> String {
    format!("{} KB", bytes.div_ceil(1000))
}
