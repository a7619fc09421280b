//! `config`, `shellenv`, `commands`, `help`, `version`, and the places.

use super::COMMANDS;
use crate::command::{self, Arguments};
use crate::failure::{Failure, Result};
use crate::installed;
use crate::output::{self, say, step};
use crate::places::Places;
use crate::taps::Taps;

/// `brew --version`
pub fn version(_places: &Places, _arguments: &Arguments) -> Result<i32> {
    say(format!("Homebrew (Berth) {}", env!("CARGO_PKG_VERSION")));
    Ok(0)
}

/// `brew --prefix`
pub fn prefix(places: &Places, arguments: &Arguments) -> Result<i32> {
    if arguments.names.is_empty() {
        say(places.prefix.display().to_string());
        return Ok(0);
    }
    let taps = Taps::open(places)?;
    for name in &arguments.names {
        let name = match installed::must_find(places, name) {
            Ok(there) => there.name,
            Err(_) => taps.must_find(name)?.formula.name.clone(),
        };
        say(places.opt(&name).display().to_string());
    }
    Ok(0)
}

/// `brew --cellar`
pub fn cellar(places: &Places, arguments: &Arguments) -> Result<i32> {
    if arguments.names.is_empty() {
        say(places.cellar().display().to_string());
        return Ok(0);
    }
    for name in &arguments.names {
        say(places.rack(&name.parse()?).display().to_string());
    }
    Ok(0)
}

/// `brew --cache`
pub fn cache(places: &Places, _arguments: &Arguments) -> Result<i32> {
    say(places.cache.display().to_string());
    Ok(0)
}

/// `brew --repository`
pub fn repository(places: &Places, _arguments: &Arguments) -> Result<i32> {
    say(places.prefix.display().to_string());
    Ok(0)
}

/// `brew shellenv`
pub fn shellenv(places: &Places, _arguments: &Arguments) -> Result<i32> {
    let prefix = places.prefix.display();
    say(format!("export HOMEBREW_PREFIX=\"{prefix}\";"));
    say(format!("export HOMEBREW_CELLAR=\"{prefix}/Cellar\";"));
    say(format!("export HOMEBREW_REPOSITORY=\"{prefix}\";"));
    // A session has the directory in its PATH from the start; said again it does not grow.
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = places.bin();
    if !path
        .split(':')
        .any(|directory| std::path::Path::new(directory) == bin)
    {
        say(format!(
            "export PATH=\"{prefix}/bin:{prefix}/sbin${{PATH+:$PATH}}\";"
        ));
    }
    say(format!(
        "[ -z \"${{MANPATH-}}\" ] || export MANPATH=\":${{MANPATH#:}}\";\nexport INFOPATH=\"{prefix}/share/info:${{INFOPATH:-}}\";"
    ));
    Ok(0)
}

/// `brew commands`
pub fn commands(_places: &Places, arguments: &Arguments) -> Result<i32> {
    if !arguments.has(&["--quiet", "-q"]) {
        step("Built-in commands");
    }
    let names: Vec<String> = COMMANDS
        .iter()
        .map(|command| command.name.to_owned())
        .collect();
    output::names(&names);
    Ok(0)
}

/// `brew help`
pub fn help(_places: &Places, arguments: &Arguments) -> Result<i32> {
    let Some(name) = arguments.names.first() else {
        say(command::usage());
        return Ok(0);
    };
    let unknown = || Failure(format!("Unknown command: brew {name}"));
    let command = COMMANDS
        .iter()
        .find(|command| command.name == name)
        .ok_or_else(unknown)?;
    say(command.help());
    Ok(0)
}

/// `brew config`
pub fn config(places: &Places, _arguments: &Arguments) -> Result<i32> {
    let taps = Taps::open(places)?;
    say(format!(
        "HOMEBREW_VERSION: {} (Berth)",
        env!("CARGO_PKG_VERSION")
    ));
    say(format!("HOMEBREW_PREFIX: {}", places.prefix.display()));
    say(format!("HOMEBREW_CELLAR: {}", places.cellar().display()));
    say(format!("HOMEBREW_CACHE: {}", places.cache.display()));
    let kept = if places.is_scratch() {
        "goes with the session"
    } else {
        "folder .linuxbrew"
    };
    say(format!("Kept: {kept}"));
    for tap in &taps.0 {
        let signed = if tap.key.is_some() {
            "signed"
        } else {
            "not signed"
        };
        let address = tap.source.address("");
        say(format!(
            "Tap: {} {} ({}, {signed})",
            tap.name,
            address.trim_end_matches('/'),
            output::counted(tap.index.formulae.len(), "formula")
        ));
    }
    say("Platform: wasm32 WASI");
    Ok(0)
}
