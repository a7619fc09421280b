//! `install`, `reinstall`, `upgrade`, `uninstall`, `autoremove`, `fetch`.

use berth_tap::{Formula, in_order};

use crate::command::Arguments;
use crate::failure::{Failure, Result, at};
use crate::install::{self, Wish};
use crate::installed::{self, Installed};
use crate::lock::Lock;
use crate::output::{self, say, step, warn};
use crate::places::Places;
use crate::taps::{Offer, Taps};

/// What is said where nothing outlives the session.
const SCRATCH: &str = "there is no folder `.linuxbrew`: what is installed now goes with this session. \
                       Make a folder of that name, and what you install in your next session stays.";

/// Has the prefix, and tells when it is gone with the session.
fn prepare(places: &Places) -> Result<Lock> {
    if places.is_scratch() {
        warn(SCRATCH);
    }
    let lock = Lock::take(places)?;
    install::recover(places, &lock)?;
    Ok(lock)
}

/// The formula of that name and what it needs, each after what it needs itself.
pub fn ordered<'a>(taps: &'a Taps, name: &str) -> Result<Vec<Offer<'a>>> {
    let first = taps.must_find(name)?;
    // What a formula of a tap needs is looked for in that tap first.
    let find = |wanted: &str| -> Option<&'a Formula> {
        if wanted == name {
            return Some(first.formula);
        }
        let own = first.tap.index.formula(wanted);
        own.or_else(|| taps.find(wanted).map(|offer| offer.formula))
    };
    let order = in_order(name, &find)?;
    let offer_of = |formula: &'a Formula| {
        let same = |offer: &Offer<'a>| std::ptr::eq(offer.formula, formula);
        taps.offers()
            .find(same)
            .ok_or_else(|| taps.unknown(formula.name.as_str()))
    };
    order.into_iter().map(offer_of).collect()
}

/// `brew install`
pub fn install(places: &Places, arguments: &Arguments) -> Result<i32> {
    let names = arguments.some_names()?;
    let taps = Taps::open(places)?;
    // Everything is known to exist before anything is changed.
    let orders: Vec<Vec<Offer>> = names
        .iter()
        .map(|name| ordered(&taps, name))
        .collect::<Result<_>>()?;
    if arguments.has(&["-n", "--dry-run"]) {
        for order in &orders {
            let missing: Vec<String> = order
                .iter()
                .filter(|offer| installed::find(places, &offer.formula.name).is_none())
                .map(|offer| offer.formula.name.to_string())
                .collect();
            if !missing.is_empty() {
                step(format!(
                    "Would install {}:",
                    output::counted(missing.len(), "formula")
                ));
                output::names(&missing);
            }
        }
        return Ok(0);
    }
    let mut lock = prepare(places)?;
    let mut code = 0;
    for order in orders {
        let Some((wanted, needed)) = order.split_last() else {
            continue;
        };
        let formula = wanted.formula;
        if let Some(there) = installed::find(places, &formula.name)
            && !arguments.has(&["--force", "-f"])
        {
            already(&taps, &there, formula)?;
            continue;
        }
        let missing: Vec<&Offer> = needed
            .iter()
            .filter(|offer| installed::find(places, &offer.formula.name).is_none())
            .collect();
        if !missing.is_empty() {
            let names: Vec<_> = missing
                .iter()
                .map(|offer| offer.formula.name.as_str())
                .collect();
            step(format!(
                "Installing dependencies for {}: {}",
                formula.name,
                names.join(", ")
            ));
        }
        for offer in missing {
            step(format!(
                "Installing {} dependency: {}",
                formula.name, offer.formula.name
            ));
            code |= one(places, &mut lock, offer, false, arguments)?;
        }
        code |= one(places, &mut lock, wanted, true, arguments)?;
    }
    Ok(code)
}

/// It is there already.
fn already(taps: &Taps, there: &Installed, formula: &Formula) -> Result<()> {
    let Installed { name, version, .. } = there;
    if !there.receipt.installed_on_request {
        // Now somebody asked for it: it is not removed with what needed it.
        let mut receipt = there.receipt.clone();
        receipt.installed_on_request = true;
        receipt.write(&there.keg)?;
    }
    if formula.version > *version && taps.find(name.as_str()).is_some() {
        warn(format!(
            "{name} {version} is installed, and {} is there.\nTo upgrade to {}, run:\n  brew upgrade {name}",
            formula.version, formula.version
        ));
    } else if !there.linked {
        warn(format!(
            "{name} {version} is already installed, it's just not linked.\nTo link this version, run:\n  brew link {name}"
        ));
    } else {
        warn(format!(
            "{name} {version} is already installed and up-to-date.\nTo reinstall {version}, run:\n  brew reinstall {name}"
        ));
    }
    Ok(())
}

/// Fetches and pours one formula; returns the exit code.
fn one(
    places: &Places,
    lock: &mut Lock,
    offer: &Offer<'_>,
    on_request: bool,
    arguments: &Arguments,
) -> Result<i32> {
    let formula = offer.formula;
    step(format!("Fetching {}", formula.name));
    let wish = Wish {
        on_request,
        overwrite: arguments.has(&["--overwrite"]),
    };
    let named = |failure: Failure| Failure(format!("{}: {failure}", formula.name));
    let file = install::fetch(places, offer, false).map_err(named)?;
    let linked = install::pour(places, lock, offer, wish, &file).map_err(named)?;
    if let Some(caveats) = &formula.caveats {
        step("Caveats");
        say(caveats.trim_end());
    }
    Ok(i32::from(!linked))
}

/// `brew reinstall`
pub fn reinstall(places: &Places, arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    let mut offers = Vec::new();
    for name in arguments.some_names()? {
        let there = installed::must_find(places, name)?;
        offers.push((there.receipt.installed_on_request, taps.must_find(name)?));
    }
    let mut lock = prepare(places)?;
    let mut code = 0;
    for (on_request, offer) in offers {
        step(format!("Reinstalling {}", offer.formula.name));
        code |= one(places, &mut lock, &offer, on_request, arguments)?;
    }
    Ok(code)
}

/// Installed formulae of which there is a newer version, with what is offered.
pub fn outdated<'a>(places: &Places, taps: &'a Taps) -> Result<Vec<(Installed, Offer<'a>)>> {
    let mut found = Vec::new();
    for there in installed::all(places)? {
        let full = format!("{}/{}", there.receipt.source.tap, there.name);
        if let Some(offer) = taps.find(&full)
            && offer.formula.version > there.version
        {
            found.push((there, offer));
        }
    }
    Ok(found)
}

/// `brew upgrade`
pub fn upgrade(places: &Places, arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    let mut wanted = Vec::new();
    for name in &arguments.names {
        wanted.push(installed::must_find(places, name)?);
    }
    let mut todo = outdated(places, &taps)?;
    if !wanted.is_empty() {
        for there in &wanted {
            if todo.iter().all(|(old, _)| old.name != there.name) {
                warn(format!(
                    "{} {} already installed",
                    there.name, there.version
                ));
            }
        }
        todo.retain(|(old, _)| wanted.iter().any(|there| there.name == old.name));
    }
    let (pinned, todo): (Vec<_>, Vec<_>) = todo.into_iter().partition(|(old, _)| old.pinned);
    for (old, _) in &pinned {
        warn(format!(
            "Not upgrading {}, it is pinned. To upgrade it, run:\n  brew unpin {}",
            old.name, old.name
        ));
    }
    if todo.is_empty() {
        return Ok(0);
    }
    let dry = arguments.has(&["-n", "--dry-run"]);
    let would = if dry { "Would upgrade" } else { "Upgrading" };
    step(format!(
        "{would} {}:",
        output::counted(todo.len(), "outdated package")
    ));
    for (old, offer) in &todo {
        say(format!(
            "{} {} -> {}",
            old.name, old.version, offer.formula.version
        ));
    }
    if dry {
        return Ok(0);
    }
    let mut lock = prepare(places)?;
    let mut code = 0;
    for (old, _) in todo {
        let full = format!("{}/{}", old.receipt.source.tap, old.name);
        for offer in ordered(&taps, &full)? {
            let is_it = offer.formula.name == old.name;
            if is_it || installed::find(places, &offer.formula.name).is_none() {
                step(format!("Upgrading {}", offer.formula.name));
                code |= one(
                    places,
                    &mut lock,
                    &offer,
                    is_it && old.receipt.installed_on_request,
                    arguments,
                )?;
            }
        }
    }
    Ok(code)
}

/// `brew uninstall`
pub fn uninstall(places: &Places, arguments: &Arguments) -> Result<i32> {
    let mut going = Vec::new();
    for name in arguments.some_names()? {
        going.push(installed::must_find(places, name)?);
    }
    if !arguments.has(&["--ignore-dependencies", "--force", "-f"]) {
        must_not_be_needed(places, &going)?;
    }
    let mut lock = Lock::take(places)?;
    for old in going {
        let (count, bytes) = crate::files::measure(&old.keg).map_err(at(&old.keg))?;
        say(format!(
            "Uninstalling {}... ({}, {})",
            old.keg.display(),
            output::counted(count, "file"),
            output::size(bytes)
        ));
        install::uninstall(places, &mut lock, &old)?;
    }
    install::recover(places, &lock)?;
    Ok(0)
}

fn must_not_be_needed(places: &Places, going: &[Installed]) -> Result<()> {
    for old in going {
        let users: Vec<String> = installed::all(places)?
            .into_iter()
            .filter(|other| going.iter().all(|going| going.name != other.name))
            .filter(|other| {
                other
                    .receipt
                    .runtime_dependencies
                    .iter()
                    .any(|need| need.full_name == old.name.as_str())
            })
            .map(|other| other.name.to_string())
            .collect();
        if !users.is_empty() {
            return Err(Failure(format!(
                "Refusing to uninstall {}\nbecause it is required by {}, which {} currently installed.\n\
                 You can override this and force removal with:\n  brew uninstall --ignore-dependencies {}",
                old.keg.display(),
                users.join(", "),
                if users.len() == 1 { "is" } else { "are" },
                old.name
            )));
        }
    }
    Ok(())
}

/// `brew autoremove`
pub fn autoremove(places: &Places, arguments: &Arguments) -> Result<i32> {
    let mut left = installed::all(places)?;
    let mut going: Vec<Installed> = Vec::new();
    // Again and again: what only one that goes needed goes, too.
    loop {
        let is_needed = |name: &str, left: &[Installed]| {
            left.iter().any(|user| {
                user.receipt
                    .runtime_dependencies
                    .iter()
                    .any(|need| need.full_name == name)
            })
        };
        let next = left.iter().position(|old| {
            !old.receipt.installed_on_request && !is_needed(old.name.as_str(), &left)
        });
        match next {
            Some(at) => going.push(left.remove(at)),
            None => break,
        }
    }
    if going.is_empty() {
        return Ok(0);
    }
    let dry = arguments.has(&["-n", "--dry-run"]);
    let word = if dry {
        "Would autoremove"
    } else {
        "Autoremoving"
    };
    step(format!(
        "{word} {}:",
        output::counted(going.len(), "unneeded formula")
    ));
    going.iter().for_each(|old| say(old.name.as_str()));
    if !dry {
        let mut lock = Lock::take(places)?;
        for old in &going {
            install::uninstall(places, &mut lock, old)?;
        }
    }
    Ok(0)
}

/// `brew fetch`
pub fn fetch(places: &Places, arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    for name in arguments.some_names()? {
        let offer = taps.must_find(name)?;
        let bottle = install::bottle_of(&offer)?;
        step(format!("Fetching {}", offer.formula.name));
        let file = install::fetch(places, &offer, arguments.has(&["--force", "-f"]))?;
        say(format!("Downloaded to: {}", file.display()));
        say(format!("SHA-256: {}", bottle.sha256));
    }
    Ok(0)
}
