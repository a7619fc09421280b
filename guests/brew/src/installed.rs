//! What is installed.

use std::fs;
use std::path::PathBuf;

use berth_tap::{FormulaName, Version};

use crate::failure::{Failure, Result, at};
use crate::files;
use crate::places::Places;
use crate::receipt::Receipt;

/// A formula that is installed: its link in `opt` leads to a whole keg.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Its name.
    pub name: FormulaName,
    /// The version in use.
    pub version: Version,
    /// Where it is.
    pub keg: PathBuf,
    /// How it came there.
    pub receipt: Receipt,
    /// It is not upgraded.
    pub pinned: bool,
    /// Its programs are in `bin`.
    pub linked: bool,
}

/// Where `opt` leads, as it is written in the link.
pub fn opt_target(name: &FormulaName, version: &Version) -> String {
    format!("../Cellar/{name}/{version}")
}

/// All that is installed, by name.
pub fn all(places: &Places) -> Result<Vec<Installed>> {
    let opt = places.prefix.join("opt");
    let names = files::names_in(&opt).map_err(at(&opt))?;
    let valid = names.iter().filter_map(|name| name.parse().ok());
    Ok(valid.filter_map(|name| find(places, &name)).collect())
}

/// The formula of that name, when it is installed.
pub fn find(places: &Places, name: &FormulaName) -> Option<Installed> {
    let target = fs::read_link(places.opt(name)).ok()?;
    let version: Version = target.file_name()?.to_str()?.parse().ok()?;
    if target.to_str()? != opt_target(name, &version) {
        return None;
    }
    let keg = places.keg(name, &version);
    let receipt = Receipt::read(&keg)?;
    let is_there =
        |record: &str| fs::symlink_metadata(places.records(record).join(name.as_str())).is_ok();
    Some(Installed {
        pinned: is_there("pinned"),
        linked: is_there("linked"),
        name: name.clone(),
        version,
        keg,
        receipt,
    })
}

/// The formula of that name, or what to say when it is not installed.
pub fn must_find(places: &Places, name: &str) -> Result<Installed> {
    let short = name.rsplit('/').next().unwrap_or(name);
    let missing = || {
        Failure(format!(
            "No such keg: {}/{short}",
            places.cellar().display()
        ))
    };
    let name: FormulaName = short.parse()?;
    find(places, &name).ok_or_else(missing)
}

/// All versions in a formula's rack, oldest first.
pub fn versions(places: &Places, name: &FormulaName) -> Result<Vec<Version>> {
    let rack = places.rack(name);
    let names = files::names_in(&rack).map_err(at(&rack))?;
    let mut versions: Vec<Version> = names.iter().filter_map(|name| name.parse().ok()).collect();
    versions.sort();
    Ok(versions)
}
