//! `link`, `unlink`, `pin`, `unpin`, `cleanup`, `doctor`, `update`, `tap`, `untap`.

use std::collections::BTreeMap;
use std::fs;

use berth_tap::{Index, TapName};

use super::{add, graph};
use crate::command::Arguments;
use crate::failure::{Failure, Result, at};
use crate::files;
use crate::install;
use crate::installed;
use crate::links;
use crate::lock::Lock;
use crate::output::{self, say, step, warn};
use crate::places::Places;
use crate::taps::{self, Taps};

/// `brew link`
pub fn link(places: &Places, arguments: &Arguments) -> Result<i32> {
    let names = arguments.some_names()?;
    let mut lock = Lock::take(places)?;
    for name in names {
        let there = installed::must_find(places, name)?;
        if there.linked && !arguments.has(&["--overwrite"]) {
            warn(format!(
                "Already linked: {}\nTo relink, run:\n  brew unlink {} && brew link {}",
                there.keg.display(),
                there.name,
                there.name
            ));
            continue;
        }
        if let Some(conflict) = links::check(places, &there.name, &there.keg)?
            && !arguments.has(&["--overwrite"])
        {
            return Err(Failure(format!(
                "{conflict}\n\nTo force the link and overwrite all conflicting files:\n  brew link --overwrite {}",
                there.name
            )));
        }
        if arguments.has(&["-n", "--dry-run"]) {
            say(format!("Would link {}", there.keg.display()));
            continue;
        }
        lock.beat()?;
        let count = links::make(places, &there.name, &there.keg)?;
        install::record(places, "linked", &there.name, &there.version)?;
        say(format!(
            "Linking {}... {} created.",
            there.keg.display(),
            output::counted(count, "symlink")
        ));
    }
    Ok(0)
}

/// `brew unlink`
pub fn unlink(places: &Places, arguments: &Arguments) -> Result<i32> {
    let names = arguments.some_names()?;
    let mut lock = Lock::take(places)?;
    for name in names {
        let there = installed::must_find(places, name)?;
        if arguments.has(&["-n", "--dry-run"]) {
            say(format!("Would unlink {}", there.keg.display()));
            continue;
        }
        lock.beat()?;
        install::forget(places, "linked", &there.name)?;
        let count = links::remove(places, &there.name, &there.keg, None)?;
        say(format!(
            "Unlinking {}... {} removed.",
            there.keg.display(),
            output::counted(count, "symlink")
        ));
    }
    Ok(0)
}

/// `brew pin`
pub fn pin(places: &Places, arguments: &Arguments) -> Result<i32> {
    for name in arguments.some_names()? {
        let there = installed::must_find(places, name)?;
        if there.pinned {
            warn(format!("{} already pinned", there.name));
        }
        install::record(places, "pinned", &there.name, &there.version)?;
    }
    Ok(0)
}

/// `brew unpin`
pub fn unpin(places: &Places, arguments: &Arguments) -> Result<i32> {
    for name in arguments.some_names()? {
        let there = installed::must_find(places, name)?;
        if !install::forget(places, "pinned", &there.name)? {
            warn(format!("{} not pinned", there.name));
        }
    }
    Ok(0)
}

/// `brew cleanup`
pub fn cleanup(places: &Places, arguments: &Arguments) -> Result<i32> {
    let dry = arguments.has(&["-n", "--dry-run"]);
    let mut freed = 0;
    let lock = Lock::take(places)?;
    if !dry {
        install::recover(places, &lock)?;
    }
    let mut going = Vec::new();
    for there in installed::all(places)? {
        for version in installed::versions(places, &there.name)? {
            if version.as_str() != there.version.as_str() {
                going.push(places.keg(&there.name, &version));
            }
        }
    }
    let downloads = places.cache.join("downloads");
    for name in files::names_in(&downloads).map_err(at(&downloads))? {
        going.push(downloads.join(name));
    }
    for path in going {
        let metadata = fs::symlink_metadata(&path).map_err(at(&path))?;
        let (count, bytes) = match metadata.is_dir() {
            true => files::measure(&path).map_err(at(&path))?,
            false => (1, metadata.len()),
        };
        freed += bytes;
        let word = if dry { "Would remove" } else { "Removing" };
        say(format!(
            "{word}: {}... ({}, {})",
            path.display(),
            output::counted(count, "file"),
            output::size(bytes)
        ));
        if !dry {
            files::remove(&path).map_err(at(&path))?;
        }
    }
    if freed > 0 {
        let word = if dry { "would free" } else { "has freed" };
        step(format!(
            "This operation {word} approximately {} of disk space.",
            output::size(freed)
        ));
    }
    Ok(0)
}

/// `brew doctor`
pub fn doctor(places: &Places, _arguments: &Arguments) -> Result<i32> {
    let problems = problems(places)?;
    if problems.is_empty() {
        say("Your system is ready to brew.");
        return Ok(0);
    }
    problems.iter().for_each(warn);
    Ok(1)
}

/// What is wrong, each with what to do about it.
fn problems(places: &Places) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if places.is_scratch() {
        found.push("There is no folder `.linuxbrew`: what you install goes with the session.\nMake a folder of that name.".to_owned());
    }
    let probe = places.prefix.join(format!(".doctor-{}", files::token()));
    match fs::write(&probe, "") {
        Ok(()) => files::remove(&probe).map_err(at(&probe))?,
        Err(error) => found.push(format!(
            "{} is not writable: {}",
            places.prefix.display(),
            berth_multicall::reason(&error)
        )),
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = places.bin();
    if !path
        .split(':')
        .any(|directory| std::path::Path::new(directory) == bin)
    {
        found.push(format!(
            "{} is not in your PATH.\nTo add it:\n  eval \"$(brew shellenv)\"",
            bin.display()
        ));
    }
    let broken = links::broken(places)?;
    if !broken.is_empty() {
        found.push(format!(
            "Broken symlinks were found. Remove them with `brew cleanup`:\n  {}",
            broken.join("\n  ")
        ));
    }
    let cellar = places.cellar();
    for name in files::names_in(&cellar).map_err(at(&cellar))? {
        if name.starts_with('.') {
            found.push(format!(
                "{} is left of an install that was cut off.\nRemove it with `brew cleanup`.",
                cellar.join(name).display()
            ));
        } else if let Ok(name) = name.parse()
            && installed::find(places, &name).is_none()
        {
            found.push(format!(
                "{} is not whole.\nRemove it with `brew cleanup`.",
                places.rack(&name).display()
            ));
        }
    }
    let unlinked: Vec<String> = installed::all(places)?
        .into_iter()
        .filter(|there| !there.linked)
        .map(|there| there.name.to_string())
        .collect();
    if !unlinked.is_empty() {
        found.push(format!(
            "You have unlinked kegs in your Cellar. Run `brew link` on these:\n  {}",
            unlinked.join("\n  ")
        ));
    }
    for (name, user) in graph::all_missing(places)? {
        found.push(format!(
            "{user} needs {name}, which is not installed.\nInstall it with `brew install {name}`."
        ));
    }
    let taps = Taps::open(places)?;
    for tap in taps.0.iter().filter(|tap| tap.key.is_none()) {
        found.push(format!(
            "The tap {} is not signed: whoever can change it can change what you install.",
            tap.name
        ));
    }
    Ok(found)
}

/// `brew update`: asks the taps, and says what is new since the last time it was asked.
pub fn update(places: &Places, _arguments: &Arguments) -> Result<i32> {
    let taps = Taps::refresh(places)?;
    let directory = places.records("taps");
    fs::create_dir_all(&directory).map_err(at(&directory))?;
    let mut changed = Vec::new();
    let mut new = Vec::new();
    for tap in &taps.0 {
        let path = directory.join(tap.name.as_str().replace('/', "--"));
        let now = summary(&tap.index);
        let recorded = fs::read_to_string(&path).ok();
        if recorded.as_deref() == Some(&now) {
            continue;
        }
        // The first time, what is known here is what was.
        let before = recorded.or_else(|| tap.before.as_ref().map(summary));
        if let Some(before) = before.filter(|before| *before != now) {
            changed.push(tap.name.to_string());
            let known = names(&before);
            let is_new = |name: &&str| !known.contains_key(*name);
            new.extend(
                names(&now)
                    .keys()
                    .copied()
                    .filter(is_new)
                    .map(str::to_owned),
            );
        }
        files::write(&path, now.as_bytes()).map_err(at(&path))?;
    }
    let outdated = add::outdated(places, &taps)?;
    if changed.is_empty() {
        say("Already up-to-date.");
    } else {
        say(format!(
            "Updated {} ({}).",
            output::counted(changed.len(), "tap"),
            changed.join(", ")
        ));
        if !new.is_empty() {
            step("New Formulae");
            output::names(&new);
        }
    }
    if !outdated.is_empty() {
        step("Outdated Formulae");
        let names: Vec<String> = outdated
            .iter()
            .map(|(old, _)| old.name.to_string())
            .collect();
        output::names(&names);
        say(format!(
            "\nYou have {} installed.\nYou can upgrade with: brew upgrade",
            output::counted(names.len(), "outdated formula")
        ));
    }
    Ok(0)
}

/// An index as `brew update` remembers it: names and versions.
fn summary(index: &Index) -> String {
    let lines = index
        .formulae
        .iter()
        .map(|formula| format!("{} {}\n", formula.name, formula.version));
    lines.collect()
}

fn names(summary: &str) -> BTreeMap<&str, &str> {
    summary
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect()
}

/// `brew tap`
pub fn tap(places: &Places, arguments: &Arguments) -> Result<i32> {
    match arguments.names.as_slice() {
        [] => {
            let taps = Taps::open(places)?;
            taps.0.iter().for_each(|tap| say(tap.name.as_str()));
            Ok(0)
        }
        [name] => {
            let name: TapName = name.parse()?;
            if Taps::open(places)?.0.iter().any(|tap| tap.name == name) {
                return Ok(0);
            }
            Err(Failure(format!(
                "Where is {name}? Say its directory or its address:\n  brew tap {name} ADDRESS"
            )))
        }
        [name, address] => {
            let name: TapName = name.parse()?;
            if Taps::open(places)?
                .0
                .iter()
                .any(|tap| tap.name == name && !tap.added)
            {
                return Err(Failure(format!("{name} is the server's own tap")));
            }
            let key = arguments.value("--key").map(str::parse).transpose()?;
            step(format!("Tapping {name}"));
            let tap = taps::add(places, &name, address, key)?;
            match &tap.key {
                Some(key) => say(format!("Its index must be signed by {key} from now on.")),
                None => warn(format!(
                    "{name} is not signed: whoever can change it can change what you install."
                )),
            }
            say(format!(
                "Tapped {}.",
                output::counted(tap.index.formulae.len(), "formula")
            ));
            Ok(0)
        }
        _ => Err(Failure(
            "Say one tap: brew tap USER/REPOSITORY ADDRESS".to_owned(),
        )),
    }
}

/// `brew untap`
pub fn untap(places: &Places, arguments: &Arguments) -> Result<i32> {
    for name in arguments.some_names()? {
        let name: TapName = name.parse()?;
        if !places.taps().join(name.as_str()).is_dir() {
            let system = places.system_taps.join(name.as_str()).is_dir();
            let what = if system {
                "is the server's own tap"
            } else {
                "is not tapped"
            };
            return Err(Failure(format!("{name} {what}")));
        }
        let from: Vec<String> = installed::all(places)?
            .into_iter()
            .filter(|there| there.receipt.source.tap == name.as_str())
            .map(|there| there.name.to_string())
            .collect();
        if !from.is_empty() && !arguments.has(&["--force", "-f"]) {
            return Err(Failure(format!(
                "Refusing to untap {name} because it contains the following installed formulae:\n  {}",
                from.join("\n  ")
            )));
        }
        say(format!("Untapping {name}..."));
        taps::remove(places, &name)?;
    }
    Ok(0)
}
