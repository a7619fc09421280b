//! `list`, `info`, `search`, `desc`, `home`, `cat`, `formulae`.

use berth_multicall::time::Moment;
use berth_tap::Formula;

use crate::command::Arguments;
use crate::failure::{Failure, Result, at};
use crate::files;
use crate::installed;
use crate::output::{self, bold, is_terminal, say, step};
use crate::places::Places;
use crate::taps::{Offer, Taps};

/// `brew list`
pub fn list(places: &Places, arguments: &Arguments) -> Result<i32> {
    let with_versions = arguments.has(&["--versions"]);
    if arguments.names.is_empty() {
        let mut all = installed::all(places)?;
        if arguments.has(&["--pinned"]) {
            all.retain(|there| there.pinned);
        }
        if with_versions {
            all.iter()
                .for_each(|there| say(format!("{} {}", there.name, there.version)));
            return Ok(0);
        }
        let names: Vec<String> = all.iter().map(|there| there.name.to_string()).collect();
        if arguments.has(&["-1", "-l"]) {
            names.iter().for_each(say);
        } else {
            output::names(&names);
        }
        return Ok(0);
    }
    if with_versions {
        let found: Vec<_> = arguments
            .names
            .iter()
            .filter_map(|name| installed::must_find(places, name).ok())
            .collect();
        found
            .iter()
            .for_each(|there| say(format!("{} {}", there.name, there.version)));
        return Ok(i32::from(found.len() < arguments.names.len()));
    }
    for name in &arguments.names {
        let there = installed::must_find(places, name)?;
        for path in files::tree(&there.keg).map_err(at(&there.keg))? {
            say(there.keg.join(path).display().to_string());
        }
    }
    Ok(0)
}

/// `brew info`
pub fn info(places: &Places, arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    if arguments.names.is_empty() {
        let all = installed::all(places)?;
        let mut total = (0, 0);
        for there in &all {
            let (count, bytes) = files::measure(&there.keg).map_err(at(&there.keg))?;
            total = (total.0 + count, total.1 + bytes);
        }
        say(format!(
            "{}, {}, {}",
            output::counted(all.len(), "keg"),
            output::counted(total.0, "file"),
            output::size(total.1)
        ));
        return Ok(0);
    }
    for (at, name) in arguments.names.iter().enumerate() {
        if at > 0 {
            say("");
        }
        about(places, &taps.must_find(name)?)?;
    }
    Ok(0)
}

fn about(places: &Places, offer: &Offer<'_>) -> Result<()> {
    let formula = offer.formula;
    let there = installed::find(places, &formula.name);
    let bottled = if formula.bottle.is_some() {
        " (bottled)"
    } else {
        ""
    };
    let pinned = match &there {
        Some(there) if there.pinned => format!(" [pinned at {}]", there.version),
        _ => String::new(),
    };
    step(format!(
        "{}: stable {}{bottled}{pinned}",
        formula.name, formula.version
    ));
    say(&formula.description);
    say(&formula.homepage);
    if !formula.aliases.is_empty() {
        say(format!("Aliases: {}", joined(&formula.aliases)));
    }
    match &there {
        None => say("Not installed"),
        Some(there) => {
            let (count, bytes) = files::measure(&there.keg).map_err(at(&there.keg))?;
            let mark = if there.linked { " *" } else { "" };
            say(bold("Installed"));
            say(format!(
                "{} ({}, {}){mark}",
                there.keg.display(),
                output::counted(count, "file"),
                output::size(bytes)
            ));
            let when = Moment::at(there.receipt.time as i64).format("%Y-%m-%d at %H:%M:%S");
            say(format!("  Poured from bottle on {when}"));
        }
    }
    let origin = &formula.origin;
    say(format!(
        "From: {} ({} {} {})",
        offer.tap.name,
        origin.registry.title(),
        origin.package,
        origin.version
    ));
    say(format!("License: {}", formula.licence));
    if let Some(bottle) = &formula.bottle {
        say(format!(
            "Bottle: {}, installed {}",
            output::size(bottle.size),
            output::size(bottle.installed_size)
        ));
    }
    say(format!("Programs: {}", joined(&formula.programs)));
    if !formula.dependencies.is_empty() {
        step("Dependencies");
        let needs = formula.dependencies.iter().map(|need| {
            let mark = if installed::find(places, need).is_some() {
                "✔"
            } else {
                "✘"
            };
            format!("{need} {mark}")
        });
        say(format!(
            "Required: {}",
            needs.collect::<Vec<_>>().join(", ")
        ));
    }
    if let Some(caveats) = &formula.caveats {
        step("Caveats");
        say(caveats.trim_end());
    }
    Ok(())
}

fn joined(names: &[impl ToString]) -> String {
    names
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// `brew search`
pub fn search(places: &Places, arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    let text = arguments.names.join(" ").to_lowercase();
    let by_name = |formula: &Formula| {
        formula.name.as_str().contains(&text)
            || formula
                .aliases
                .iter()
                .any(|alias| alias.as_str().contains(&text))
            || formula
                .programs
                .iter()
                .any(|program| program.as_str().to_lowercase().contains(&text))
    };
    let by_description = |formula: &Formula| formula.description.to_lowercase().contains(&text);
    let found: Vec<Offer> = taps
        .offers()
        .filter(|offer| match arguments.has(&["--desc"]) {
            true => by_name(offer.formula) || by_description(offer.formula),
            false => by_name(offer.formula),
        })
        .collect();
    if found.is_empty() {
        return Err(Failure(format!(
            "No formulae found for \"{}\".",
            arguments.names.join(" ")
        )));
    }
    if arguments.has(&["--desc"]) {
        found.iter().for_each(|offer| {
            say(format!(
                "{}: {}",
                offer.formula.name, offer.formula.description
            ))
        });
        return Ok(0);
    }
    if is_terminal() {
        step("Formulae");
    }
    let names: Vec<String> = found
        .iter()
        .map(|offer| match installed::find(places, &offer.formula.name) {
            Some(_) if is_terminal() => format!("{} ✔", offer.formula.name),
            _ => offer.formula.name.to_string(),
        })
        .collect();
    output::names(&names);
    Ok(0)
}

/// `brew formulae`
pub fn formulae(places: &Places, _arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    let names: Vec<String> = taps
        .offers()
        .map(|offer| offer.formula.name.to_string())
        .collect();
    output::names(&names);
    Ok(0)
}

/// `brew desc`
pub fn desc(places: &Places, arguments: &Arguments) -> Result<i32> {
    each(places, arguments, |offer| {
        say(format!(
            "{}: {}",
            bold(offer.formula.name.as_str()),
            offer.formula.description
        ));
        Ok(())
    })
}

/// `brew home`: a session has no browser; the terminal makes a link of what is printed.
pub fn home(places: &Places, arguments: &Arguments) -> Result<i32> {
    each(places, arguments, |offer| {
        say(&offer.formula.homepage);
        Ok(())
    })
}

/// `brew cat`
pub fn cat(places: &Places, arguments: &Arguments) -> Result<i32> {
    each(places, arguments, |offer| {
        say(toml::to_string_pretty(offer.formula)
            .map_err(Failure::new)?
            .trim_end());
        Ok(())
    })
}

fn each(
    places: &Places,
    arguments: &Arguments,
    show: impl Fn(&Offer<'_>) -> Result<()>,
) -> Result<i32> {
    let taps = Taps::open(places)?;
    for name in arguments.some_names()? {
        show(&taps.must_find(name)?)?;
    }
    Ok(0)
}
