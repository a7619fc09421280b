//! `deps`, `uses`, `leaves`, `missing`, `outdated`.

use berth_tap::users_of;

use super::add;
use crate::command::Arguments;
use crate::failure::{Failure, Result};
use crate::installed;
use crate::output::{is_terminal, say};
use crate::places::Places;
use crate::taps::{Offer, Taps};

/// `brew deps`
pub fn deps(places: &Places, arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    let mut names = arguments.names.clone();
    if names.is_empty() {
        if !arguments.has(&["--installed"]) {
            return Err(Failure(
                "This command requires a formula argument.".to_owned(),
            ));
        }
        names = installed::all(places)?
            .into_iter()
            .map(|there| there.name.to_string())
            .collect();
    }
    if arguments.has(&["--tree"]) {
        for name in &names {
            // The order is asked for only to find a loop before the tree has no end.
            add::ordered(&taps, name)?;
            let offer = taps.must_find(name)?;
            say(offer.formula.name.as_str());
            branch(&taps, &offer, "")?;
            say("");
        }
        return Ok(0);
    }
    let mut all: Vec<String> = Vec::new();
    for name in &names {
        let order = add::ordered(&taps, name)?;
        let needs = order.iter().take(order.len().saturating_sub(1));
        all.extend(needs.map(|offer| offer.formula.name.to_string()));
    }
    if !arguments.has(&["-n"]) {
        all.sort();
    }
    all.dedup();
    all.iter().for_each(say);
    Ok(0)
}

fn branch(taps: &Taps, offer: &Offer<'_>, indent: &str) -> Result<()> {
    let needs = &offer.formula.dependencies;
    for (at, need) in needs.iter().enumerate() {
        let is_last = at + 1 == needs.len();
        say(format!(
            "{indent}{} {need}",
            if is_last { "└──" } else { "├──" }
        ));
        let below = format!("{indent}{}", if is_last { "    " } else { "│   " });
        branch(taps, &taps.must_find(need.as_str())?, &below)?;
    }
    Ok(())
}

/// `brew uses`
pub fn uses(places: &Places, arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    for name in arguments.some_names()? {
        let offer = taps.must_find(name)?;
        let formulae = taps.offers().map(|offer| offer.formula);
        for user in users_of(offer.formula.name.as_str(), formulae) {
            if !arguments.has(&["--installed"]) || installed::find(places, &user.name).is_some() {
                say(user.name.as_str());
            }
        }
    }
    Ok(0)
}

/// `brew leaves`
pub fn leaves(places: &Places, _arguments: &Arguments) -> Result<i32> {
    let all = installed::all(places)?;
    for there in &all {
        let is_needed = all.iter().any(|user| {
            let mut needs = user.receipt.runtime_dependencies.iter();
            needs.any(|need| need.full_name == there.name.as_str())
        });
        if !is_needed {
            say(there.name.as_str());
        }
    }
    Ok(0)
}

/// What installed formulae need and is not installed: the formula, and what needs it.
pub fn all_missing(places: &Places) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for user in installed::all(places)? {
        for need in &user.receipt.runtime_dependencies {
            let name = need.full_name.parse()?;
            if installed::find(places, &name).is_none() {
                found.push((need.full_name.clone(), user.name.to_string()));
            }
        }
    }
    Ok(found)
}

/// `brew missing`
pub fn missing(places: &Places, _arguments: &Arguments) -> Result<i32> {
    let found = all_missing(places)?;
    found
        .iter()
        .for_each(|(name, user)| say(format!("{user}: {name}")));
    Ok(i32::from(!found.is_empty()))
}

/// `brew outdated`
pub fn outdated(places: &Places, _arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    let found = add::outdated(places, &taps)?;
    for (old, offer) in &found {
        let pinned = if old.pinned {
            format!(" [pinned at {}]", old.version)
        } else {
            String::new()
        };
        if is_terminal() {
            say(format!(
                "{} ({}) < {}{pinned}",
                old.name, old.version, offer.formula.version
            ));
        } else {
            say(old.name.as_str());
        }
    }
    Ok(0)
}
