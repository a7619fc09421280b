//! Which taps there are, and what they offer.
//!
//! The server brings taps, read-only, below `/usr/share/berth/taps`; people add theirs with `brew tap`, which are kept
//! in the prefix. A tap's directory either is the tap, or holds `tap.toml`, which says where it is.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use berth_tap::{Directory, Formula, INDEX, Index, Key, Source, TapName};
use serde::{Deserialize, Serialize};

use crate::elsewhere::Elsewhere;
use crate::failure::{Failure, Result, at};
use crate::files;
use crate::output::warn;
use crate::places::Places;

/// What says where a tap is.
const POINTER: &str = "tap.toml";

/// Where a tap is, as `tap.toml` says it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pointer {
    /// A directory, or an address that begins with `http://` or `https://`.
    pub address: String,
    /// The key that must have signed the index; without one the index is believed as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
}

/// A tap.
pub struct Tap {
    /// Its name.
    pub name: TapName,
    /// Where its files come from.
    pub source: Box<dyn Source>,
    /// The key that must have signed it.
    pub key: Option<Key>,
    /// Somebody added it; the others are the server's.
    pub added: bool,
    /// What it offers.
    pub index: Index,
    /// What it was known to offer before it was asked just now.
    pub before: Option<Index>,
}

/// A formula and the tap that offers it.
#[derive(Clone, Copy)]
pub struct Offer<'a> {
    /// The tap.
    pub tap: &'a Tap,
    /// The formula.
    pub formula: &'a Formula,
}

/// All taps, the core tap first.
#[derive(Default)]
pub struct Taps(pub Vec<Tap>);

impl Taps {
    /// Opens all taps, those elsewhere as they are known here. One that cannot be read is told on standard error, and
    /// is as if it were not there.
    pub fn open(places: &Places) -> Result<Self> {
        Self::ask(places, Ask::Kept)
    }

    /// The same, but asks taps elsewhere what they have now.
    pub fn refresh(places: &Places) -> Result<Self> {
        Self::ask(places, Ask::Anew)
    }

    fn ask(places: &Places, ask: Ask) -> Result<Self> {
        let mut taps = Vec::new();
        for (root, added) in [(places.system_taps.clone(), false), (places.taps(), true)] {
            for (name, directory) in directories(&root)? {
                if taps.iter().any(|tap: &Tap| tap.name == name) {
                    continue;
                }
                // What the server brings cannot be written to.
                let kept = if added {
                    directory.clone()
                } else {
                    places.cache.join("taps").join(name.as_str())
                };
                match open(&name, &directory, added, &kept, ask) {
                    Ok(tap) => taps.push(tap),
                    Err(error) => warn(format!("the tap {name} is left out: {error}")),
                }
            }
        }
        taps.sort_by_key(|tap| tap.name != TapName::core());
        Ok(Self(taps))
    }

    /// Every offer, the core tap's first.
    pub fn offers(&self) -> impl Iterator<Item = Offer<'_>> {
        self.0.iter().flat_map(|tap| {
            let offer = move |formula| Offer { tap, formula };
            tap.index.formulae.iter().map(offer)
        })
    }

    /// The offer of this name: `name`, or `user/repository/name`.
    pub fn find(&self, name: &str) -> Option<Offer<'_>> {
        if let Some((tap, name)) = name.rsplit_once('/') {
            let tap = self.0.iter().find(|known| known.name.as_str() == tap)?;
            return Some(Offer {
                tap,
                formula: tap.index.formula(name)?,
            });
        }
        self.0.iter().find_map(|tap| {
            Some(Offer {
                tap,
                formula: tap.index.formula(name)?,
            })
        })
    }

    /// The same, or what to say when there is none.
    pub fn must_find(&self, name: &str) -> Result<Offer<'_>> {
        self.find(name).ok_or_else(|| self.unknown(name))
    }

    /// What is said of a name that nothing has.
    pub fn unknown(&self, name: &str) -> Failure {
        if self.0.is_empty() {
            return Failure(format!(
                "No available formula with the name \"{name}\": this server offers no taps (its administrator adds them with `berth serve --taps`)"
            ));
        }
        let mut near: Vec<(usize, &str)> = self
            .offers()
            .map(|offer| offer.formula.name.as_str())
            .filter_map(|known| Some((nearness(name, known)?, known)))
            .collect();
        near.sort();
        // What has a slash is a path or a tap's formula, and no program's name.
        let is_word = !name.is_empty() && !name.contains('/');
        let within = |offer: &Offer<'_>| is_word && offer.formula.name.as_str().contains(name);
        let near = match near.first() {
            Some((_, known)) => Some(*known),
            None => self
                .offers()
                .find(within)
                .map(|offer| offer.formula.name.as_str()),
        };
        let program = is_word
            .then(|| berth_multicall::find_program(name.as_bytes()))
            .flatten();
        let hint = match (program, near) {
            (Some(path), _) => {
                let path = String::from_utf8_lossy(&path);
                format!(" The session has that program without brew: {path}")
            }
            (None, Some(known)) => format!(" Did you mean {known}?"),
            (None, None) => String::new(),
        };
        Failure(format!(
            "No available formula with the name \"{name}\".{hint}"
        ))
    }
}

/// How few changes make one word of the other; `None` when they are too many to have been meant.
fn nearness(a: &str, b: &str) -> Option<usize> {
    if a.len() > 32 || b.len() > 32 {
        return None;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    let changes = row[b.len()];
    (changes <= 1 + a.len().min(b.len()) / 4 && changes < b.len()).then_some(changes)
}

/// The taps below a directory: `user/repository`.
fn directories(root: &Path) -> Result<Vec<(TapName, PathBuf)>> {
    let mut found = Vec::new();
    for user in files::names_in(root).map_err(at(root))? {
        let below = root.join(&user);
        if !below.is_dir() {
            continue;
        }
        for repository in files::names_in(&below).map_err(at(&below))? {
            if let Ok(name) = format!("{user}/{repository}").parse() {
                found.push((name, below.join(repository)));
            }
        }
    }
    Ok(found)
}

/// Whether a tap elsewhere is asked what it has now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ask {
    /// Only if nothing is kept of it.
    Kept,
    /// In any case.
    Anew,
}

/// Opens the tap in this directory, or the one that it points to.
fn open(name: &TapName, directory: &Path, added: bool, kept: &Path, ask: Ask) -> Result<Tap> {
    let pointer = directory.join(POINTER);
    let (reached, key) = if directory.join(INDEX).is_file() && !added {
        let source = Directory(directory.to_owned());
        let key = source.key()?;
        let index = source.index(key.as_ref())?;
        (Reached::here(source, index), key)
    } else {
        let text = fs::read_to_string(&pointer).map_err(at(&pointer))?;
        let pointer: Pointer = toml::from_str(&text)
            .map_err(|error| Failure(format!("{}: {}", pointer.display(), error.message())))?;
        let reached = reach(&pointer.address, pointer.key.as_ref(), Some(kept), ask)?;
        (reached, pointer.key)
    };
    if reached.index.tap != *name {
        return Err(Failure(format!(
            "its index is that of {}",
            reached.index.tap
        )));
    }
    Ok(reached.tap(name, key, added))
}

/// What was found where a tap is.
struct Reached {
    source: Box<dyn Source>,
    index: Index,
    before: Option<Index>,
}

impl Reached {
    /// A directory's; nobody keeps what it was.
    fn here(source: Directory, index: Index) -> Self {
        Self {
            source: Box::new(source),
            index,
            before: None,
        }
    }

    fn tap(self, name: &TapName, key: Option<Key>, added: bool) -> Tap {
        Tap {
            name: name.clone(),
            source: self.source,
            key,
            added,
            index: self.index,
            before: self.before,
        }
    }
}

/// What an address leads to, and the index there. `kept`: where the index of a tap elsewhere is kept.
fn reach(address: &str, key: Option<&Key>, kept: Option<&Path>, ask: Ask) -> Result<Reached> {
    if !Elsewhere::is_meant(address) {
        let source = directory_of(address);
        let index = source.index(key).map_err(|error| match error {
            berth_tap::Error::Io(error) if error.kind() == ErrorKind::NotFound => {
                Failure(format!("{address} is no tap: it has no {INDEX}"))
            }
            other => other.into(),
        })?;
        return Ok(Reached::here(source, index));
    }
    let source = Elsewhere::new(address, kept);
    let before = source.kept_index(key);
    let index = match (ask, &before) {
        (Ask::Kept, Some(before)) => before.clone(),
        (Ask::Kept, None) => source.refresh(key)?,
        (Ask::Anew, _) => match (source.refresh(key), &before) {
            (Ok(index), _) => index,
            (Err(error), Some(before)) => {
                warn(format!("{address} is as it was known before: {error}"));
                before.clone()
            }
            (Err(error), None) => return Err(error),
        },
    };
    Ok(Reached {
        source: Box::new(source),
        index,
        before,
    })
}

fn directory_of(address: &str) -> Directory {
    Directory(address.strip_prefix("file://").unwrap_or(address).into())
}

/// Adds a tap. Whoever gives no key takes the one that the tap says now, and no other from then on.
pub fn add(places: &Places, name: &TapName, address: &str, key: Option<Key>) -> Result<Tap> {
    let is_url = address.contains("://");
    let address = if is_url {
        address.to_owned()
    } else {
        files::absolute(Path::new(address))?.display().to_string()
    };
    let key = match key {
        Some(key) => Some(key),
        None if Elsewhere::is_meant(&address) => Elsewhere::new(&address, None).key()?,
        None => directory_of(&address).key()?,
    };
    let reached = reach(&address, key.as_ref(), None, Ask::Kept)?;
    if reached.index.tap != *name {
        return Err(Failure(format!(
            "{address} is the tap {}",
            reached.index.tap
        )));
    }
    let directory = places.taps().join(name.as_str());
    fs::create_dir_all(&directory).map_err(at(&directory))?;
    let pointer = Pointer {
        address,
        key: key.clone(),
    };
    let text = toml::to_string(&pointer).map_err(Failure::new)?;
    let path = directory.join(POINTER);
    files::write(&path, text.as_bytes()).map_err(at(&path))?;
    Ok(reached.tap(name, key, true))
}

/// Removes a tap that somebody added.
pub fn remove(places: &Places, name: &TapName) -> Result<()> {
    let directory = places.taps().join(name.as_str());
    files::remove(&directory).map_err(at(&directory))?;
    if let Some(user) = directory.parent() {
        files::remove_empty(user);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearness("helo", "hello"), Some(1));
        assert_eq!(nearness("ripgerp", "ripgrep"), Some(2));
        assert_eq!(nearness("ruby", "lua"), None);
        assert_eq!(nearness("x", "y"), None);
    }
}
