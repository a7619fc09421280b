//! The links in `bin` and its like.
//!
//! They lead through `opt/<name>`, not into the keg: an upgrade changes all of them by swinging that one link.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use berth_tap::FormulaName;

use crate::failure::{Result, at};
use crate::files;
use crate::places::Places;

/// The directories of a keg whose files are linked into the prefix.
const LINKED: [&str; 6] = ["bin", "etc", "include", "lib", "sbin", "share"];

/// The paths in a keg that are linked.
fn paths(keg: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for directory in LINKED {
        let root = keg.join(directory);
        for path in files::tree(&root).map_err(at(&root))? {
            found.push(format!("{directory}/{path}"));
        }
    }
    Ok(found)
}

/// What the link at `path` in the prefix says.
fn target(name: &FormulaName, path: &str) -> String {
    let up = "../".repeat(path.matches('/').count());
    format!("{up}opt/{name}/{path}")
}

/// Whose link is there: the target, when there is a link.
fn linked_to(path: &Path) -> Option<String> {
    Some(fs::read_link(path).ok()?.to_str()?.to_owned())
}

/// What is in the place of a link of this keg, in words; `None` when nothing is.
pub fn check(places: &Places, name: &FormulaName, keg: &Path) -> Result<Option<String>> {
    for path in paths(keg)? {
        if let Some(conflict) = conflict(places, name, &path)? {
            return Ok(Some(conflict));
        }
    }
    Ok(None)
}

/// Makes the links of a keg, in place of whatever file or link is there.
pub fn make(places: &Places, name: &FormulaName, keg: &Path) -> Result<usize> {
    let paths = paths(keg)?;
    for path in &paths {
        let link = places.prefix.join(path);
        if linked_to(&link).is_some_and(|old| old == target(name, path)) {
            continue;
        }
        if let Some(parent) = link.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        files::swing(&target(name, path), &link).map_err(at(&link))?;
    }
    Ok(paths.len())
}

/// Whether something else is in the place of a link.
fn conflict(places: &Places, name: &FormulaName, path: &str) -> Result<Option<String>> {
    let link = places.prefix.join(path);
    match fs::symlink_metadata(&link) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(&link)(error)),
        Ok(_) => {}
    }
    let old = linked_to(&link);
    // A link of a formula that is no more leads nowhere, and is in nobody's way.
    if old.as_deref() == Some(&target(name, path)) || (old.is_some() && !link.exists()) {
        return Ok(None);
    }
    let owner = old.and_then(|old| Some(old.split("opt/").nth(1)?.split('/').next()?.to_owned()));
    let advice = match owner {
        Some(owner) => {
            format!(" is a symlink belonging to {owner}. You can unlink it:\n  brew unlink {owner}")
        }
        None => format!(
            " already exists. You may want to remove it:\n  rm '{}'",
            link.display()
        ),
    };
    Ok(Some(format!(
        "Could not symlink {path}\nTarget {}{advice}",
        link.display()
    )))
}

/// Removes the links that lead through `opt/<name>` and are of this keg; those that `kept` has too stay.
pub fn remove(
    places: &Places,
    name: &FormulaName,
    keg: &Path,
    kept: Option<&Path>,
) -> Result<usize> {
    let stay = match kept {
        Some(kept) => paths(kept)?,
        None => Vec::new(),
    };
    let mut count = 0;
    for path in paths(keg)? {
        let link = places.prefix.join(&path);
        if stay.contains(&path) || linked_to(&link).is_none_or(|old| old != target(name, &path)) {
            continue;
        }
        files::remove(&link).map_err(at(&link))?;
        count += 1;
        // Directories that held only these links go, too; `bin` and its like stay.
        for parent in link.ancestors().skip(1) {
            if parent.parent().is_none_or(|above| above == places.prefix) {
                break;
            }
            files::remove_empty(parent);
        }
    }
    Ok(count)
}

/// Links that lead through `opt` to what is no more.
pub fn broken(places: &Places) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in paths(&places.prefix)? {
        let link = places.prefix.join(&path);
        if linked_to(&link).is_some_and(|to| to.contains("../opt/")) && !link.exists() {
            found.push(path);
        }
    }
    Ok(found)
}
