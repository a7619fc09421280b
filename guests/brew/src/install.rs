//! Installing and removing, so that whatever is cut off leaves the old state or the new one.
//!
//! An install
//!
//! 1. has the bottle and checks its sha256 (`fetch`),
//! 2. unpacks it into a directory of the cellar that nobody looks at, its receipt last,
//! 3. renames that into its rack, and makes the links in `bin`, which lead through `opt/<name>` and so nowhere yet,
//! 4. swings `opt/<name>` by one rename: this is the install; before it the old version is in use, or none,
//! 5. removes what the old version leaves.
//!
//! What a brew that was cut off left behind, the next one that changes something clears away ([`recover`]).
//!
//! Reinstalling the version in use is the exception: one directory cannot take another's place in one step, so there
//! are two renames, and what a cut between them leaves is put back by the next brew.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use berth_multicall::path_bytes;
use berth_tap::{Bottle, Digest, FormulaName, Hashing, bottle_path, unpack};

use crate::failure::{Failure, Result, at};
use crate::files::{self, KegSink};
use crate::installed::{self, Installed, opt_target};
use crate::links;
use crate::lock::Lock;
use crate::output::{self, Progress, say, step, warn};
use crate::places::Places;
use crate::receipt::{Dependency, Receipt};
use crate::taps::Offer;

/// What begins the names of directories that are being unpacked.
const INCOMING: &str = ".incoming-";
/// Where a keg waits while another takes its place.
const OUTGOING: &str = ".outgoing";
/// Bytes read at a time.
const READ_BYTES: usize = 256 << 10;

/// The bottle of an offer, or what to say when it has none.
pub fn bottle_of<'a>(offer: &Offer<'a>) -> Result<&'a Bottle> {
    offer
        .formula
        .bottle
        .as_ref()
        .ok_or_else(|| Failure(format!("{}: no bottle available!", offer.formula.name)))
}

/// Has the bottle as a file, and checks it.
///
/// # Errors
/// A wrong checksum; nothing is unpacked then.
pub fn fetch(places: &Places, offer: &Offer<'_>, again: bool) -> Result<PathBuf> {
    let bottle = bottle_of(offer)?;
    let path = bottle_path(&bottle.sha256);
    let address = offer.tap.source.address(&path);
    if let Some(directory) = offer.tap.source.directory() {
        let file = directory.join(&path);
        check(&file, bottle)?;
        return Ok(file);
    }
    let directory = places.cache.join("downloads");
    let formula = offer.formula;
    let name = format!(
        "{}--{}-{}.tar.gz",
        bottle.sha256, formula.name, formula.version
    );
    let kept = directory.join(name);
    if kept.exists() && !again && check(&kept, bottle).is_ok() {
        say(format!("Already downloaded: {}", kept.display()));
        return Ok(kept);
    }
    step(format!("Downloading {address}"));
    fs::create_dir_all(&directory).map_err(at(&directory))?;
    let new = files::beside(&kept);
    let fetched = download(offer, &path, bottle, &new)
        .and_then(|()| fs::rename(&new, &kept).map_err(at(&kept)));
    if fetched.is_err() {
        // The reason is told; what is left of it is of no use.
        let _ = files::remove(&new);
    }
    fetched.map(|()| kept)
}

fn download(offer: &Offer<'_>, path: &str, bottle: &Bottle, to: &Path) -> Result<()> {
    let mut from = offer.tap.source.open(path).map_err(|error| {
        Failure(format!(
            "Failed to download resource \"{}\": {error}",
            offer.formula.name
        ))
    })?;
    let mut file = File::create(to).map_err(at(to))?;
    copy(&mut from, &mut file, bottle)
}

/// Checks a file against what the index says of it.
fn check(file: &Path, bottle: &Bottle) -> Result<()> {
    let mut content = File::open(file).map_err(at(file))?;
    copy(&mut content, &mut io::sink(), bottle)
}

fn copy(from: &mut dyn Read, to: &mut dyn Write, bottle: &Bottle) -> Result<()> {
    let mut reader = Hashing::new(from.take(bottle.size + 1));
    let mut buffer = vec![0; READ_BYTES];
    let mut progress = Progress::new(bottle.size);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                to.write_all(&buffer[..count])?;
                progress.add(count as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    progress.end();
    must_be(&bottle.sha256, reader.finish().0)
}

fn must_be(expected: &Digest, actual: Digest) -> Result<()> {
    if *expected == actual {
        return Ok(());
    }
    let expected = expected.clone();
    Err(berth_tap::Error::Checksum { expected, actual }.into())
}

/// How a formula comes to be installed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish {
    /// Somebody asked for it, and not only another formula.
    pub on_request: bool,
    /// Whether its links replace what is in their way.
    pub overwrite: bool,
}

/// Installs a formula from its bottle, in place of whatever version is there.
///
/// # Errors
/// Nothing is changed then; a conflict of links is no error but `false`, and the formula is installed without them.
pub fn pour(
    places: &Places,
    lock: &mut Lock,
    offer: &Offer<'_>,
    wish: Wish,
    file: &Path,
) -> Result<bool> {
    let formula = offer.formula;
    let bottle = bottle_of(offer)?;
    let (name, version) = (&formula.name, &formula.version);
    has_room(places, name, bottle)?;
    step(format!(
        "Pouring {name}--{version}.{}.bottle.tar.gz",
        berth_tap::PLATFORM
    ));
    let cellar = places.cellar();
    fs::create_dir_all(&cellar).map_err(at(&cellar))?;
    let incoming = cellar.join(format!("{INCOMING}{}", files::token()));
    fs::create_dir(&incoming).map_err(at(&incoming))?;
    let before = installed::find(places, name);
    let made = unpack_into(&incoming, lock, offer, bottle, file)
        .and_then(|()| receipt(places, offer, bottle, wish, before.as_ref()).write(&incoming))
        .and_then(|()| commit(places, lock, offer, &incoming, before.as_ref(), wish));
    if made.is_err() {
        // The reason is told; the next brew looks after what cannot be removed now.
        let _ = files::remove(&incoming);
        files::remove_empty(&places.rack(name));
    }
    let linked = made?;
    let keg = places.keg(name, version);
    let (count, bytes) = files::measure(&keg).map_err(at(&keg))?;
    let beer = if output::is_terminal() { "🍺  " } else { "" };
    say(format!(
        "{beer}{}: {}, {}",
        keg.display(),
        output::counted(count, "file"),
        output::size(bytes)
    ));
    Ok(linked)
}

/// Says it before anything is written when there is no room.
fn has_room(places: &Places, name: &FormulaName, bottle: &Bottle) -> Result<()> {
    let Ok(space) = berth_guest::space(path_bytes(&places.prefix)) else {
        return Ok(()); // the writing will tell
    };
    let free = space.bytes_limit.saturating_sub(space.bytes_used);
    if space.bytes_limit > 0 && free < bottle.installed_size {
        return Err(Failure(format!(
            "no room for {name}: it takes {}, and {} are left at {}",
            output::size(bottle.installed_size),
            output::size(free),
            places.prefix.display()
        )));
    }
    Ok(())
}

fn unpack_into(
    keg: &Path,
    lock: &mut Lock,
    offer: &Offer<'_>,
    bottle: &Bottle,
    file: &Path,
) -> Result<()> {
    let formula = offer.formula;
    // Hashed again while it is unpacked: what was checked and what is unpacked are the same bytes.
    let content = File::open(file).map_err(at(file))?;
    let mut reader = Hashing::new(BufReader::with_capacity(
        READ_BYTES,
        content.take(bottle.size + 1),
    ));
    let mut alive = || lock.beat();
    let mut sink = KegSink {
        root: keg,
        alive: &mut alive,
    };
    unpack(
        &mut reader,
        &formula.name,
        &formula.version,
        bottle.installed_size,
        &mut sink,
    )?;
    io::copy(&mut reader, &mut io::sink())?;
    must_be(&bottle.sha256, reader.finish().0)?;
    for program in &formula.programs {
        if !keg.join("bin").join(program.as_str()).is_file() {
            return Err(Failure(format!(
                "the bottle of {} has no program {program}",
                formula.name
            )));
        }
    }
    Ok(())
}

fn receipt(
    places: &Places,
    offer: &Offer<'_>,
    bottle: &Bottle,
    wish: Wish,
    before: Option<&Installed>,
) -> Receipt {
    let on_request = wish.on_request || before.is_some_and(|old| old.receipt.installed_on_request);
    let needs = offer
        .formula
        .dependencies
        .iter()
        .filter_map(|need| installed::find(places, need));
    let dependencies = needs
        .map(|need| Dependency {
            full_name: need.name.to_string(),
            version: need.version.to_string(),
        })
        .collect();
    let address = offer.tap.source.address(&bottle_path(&bottle.sha256));
    Receipt::new(
        offer.formula,
        &offer.tap.name,
        &bottle.sha256,
        address,
        on_request,
        dependencies,
    )
}

/// Puts a whole keg in use.
fn commit(
    places: &Places,
    lock: &mut Lock,
    offer: &Offer<'_>,
    incoming: &Path,
    before: Option<&Installed>,
    wish: Wish,
) -> Result<bool> {
    let (name, version) = (&offer.formula.name, &offer.formula.version);
    lock.beat()?;
    let (rack, keg) = (places.rack(name), places.keg(name, version));
    fs::create_dir_all(&rack).map_err(at(&rack))?;
    let replaced = match before {
        Some(old) if old.keg == keg => Some(set_aside(places, old)?),
        _ => {
            files::remove(&keg).map_err(at(&keg))?;
            None
        }
    };
    if let Err(error) = fs::rename(incoming, &keg) {
        if let Some(aside) = replaced {
            fs::rename(&aside, &keg).map_err(at(&keg))?;
        }
        return Err(at(&keg)(error));
    }
    let linked = match put_in_use(places, offer, &keg, before, wish) {
        Ok(linked) => linked,
        Err(error) => {
            // Nothing was in use of it yet.
            if replaced.is_none() {
                let kept = before.map(|old| old.keg.as_path());
                let _ =
                    links::remove(places, name, &keg, kept).and_then(|_| Ok(files::remove(&keg)?));
            }
            return Err(error);
        }
    };
    // From here on the new version is in use, whatever happens to the rest.
    if let Some(old) = before {
        let old_keg = replaced.as_deref().unwrap_or(&old.keg);
        if let Err(error) = links::remove(places, name, old_keg, Some(&keg))
            .and_then(|_| files::remove(old_keg).map_err(at(old_keg)))
        {
            warn(format!(
                "something of {name} {} is left: {error}",
                old.version
            ));
        }
        if let Some(aside) = replaced.as_deref().and_then(Path::parent) {
            files::remove_empty(aside);
            files::remove_empty(&places.cellar().join(OUTGOING));
        }
    }
    Ok(linked)
}

/// Makes a keg's links and swings `opt` to it; whether its programs are in `bin`, or were not wanted there.
fn put_in_use(
    places: &Places,
    offer: &Offer<'_>,
    keg: &Path,
    before: Option<&Installed>,
    wish: Wish,
) -> Result<bool> {
    let (name, version) = (&offer.formula.name, &offer.formula.version);
    let wants_links = before.is_none_or(|old| old.linked);
    let conflict = match wants_links && !wish.overwrite {
        true => links::check(places, name, keg)?,
        false => None,
    };
    if let Some(conflict) = &conflict {
        output::error(format!(
            "The `brew link` step did not complete successfully\n\
             The formula was poured, but is not symlinked into {}\n{conflict}\n\n\
             Possible conflicting files can be replaced with:\n  brew link --overwrite {name}",
            places.prefix.display()
        ));
    } else if wants_links {
        links::make(places, name, keg)?;
        record(places, "linked", name, version)?;
    }
    let opt = places.prefix.join("opt");
    fs::create_dir_all(&opt).map_err(at(&opt))?;
    files::swing(&opt_target(name, version), &places.opt(name)).map_err(at(&opt))?;
    Ok(conflict.is_none())
}

/// Moves a keg to where it waits while another takes its place.
fn set_aside(places: &Places, old: &Installed) -> Result<PathBuf> {
    let rack = places.cellar().join(OUTGOING).join(old.name.as_str());
    fs::create_dir_all(&rack).map_err(at(&rack))?;
    let aside = rack.join(old.version.as_str());
    files::remove(&aside).map_err(at(&aside))?;
    fs::rename(&old.keg, &aside).map_err(at(&old.keg))?;
    Ok(aside)
}

/// Writes a record of brew's own: a link to the keg, as Homebrew has it.
pub fn record(
    places: &Places,
    what: &str,
    name: &FormulaName,
    version: &berth_tap::Version,
) -> Result<()> {
    let directory = places.records(what);
    fs::create_dir_all(&directory).map_err(at(&directory))?;
    let path = directory.join(name.as_str());
    files::swing(&format!("../../../Cellar/{name}/{version}"), &path).map_err(at(&path))
}

/// Removes such a record; whether there was one.
pub fn forget(places: &Places, what: &str, name: &FormulaName) -> Result<bool> {
    let path = places.records(what).join(name.as_str());
    let was_there = fs::symlink_metadata(&path).is_ok();
    files::remove(&path).map_err(at(&path))?;
    Ok(was_there)
}

/// Removes a formula: first its link in `opt`, which is what installed means, then the rest.
pub fn uninstall(places: &Places, lock: &mut Lock, old: &Installed) -> Result<()> {
    lock.beat()?;
    let opt = places.opt(&old.name);
    files::remove(&opt).map_err(at(&opt))?;
    clear(places, &old.name)
}

/// Removes everything of a formula that is not installed.
fn clear(places: &Places, name: &FormulaName) -> Result<()> {
    for version in installed::versions(places, name)? {
        links::remove(places, name, &places.keg(name, &version), None)?;
    }
    for what in ["linked", "pinned"] {
        forget(places, what, name)?;
    }
    let (opt, rack) = (places.opt(name), places.rack(name));
    files::remove(&opt).map_err(at(&opt))?;
    files::remove(&rack).map_err(at(&rack))
}

/// Clears away what a brew that was cut off left behind.
pub fn recover(places: &Places, _lock: &Lock) -> Result<()> {
    let cellar = places.cellar();
    put_back(places)?;
    for name in files::names_in(&cellar).map_err(at(&cellar))? {
        let path = cellar.join(&name);
        if name.starts_with('.') {
            files::remove(&path).map_err(at(&path))?;
        } else if let Ok(name) = name.parse()
            && installed::find(places, &name).is_none()
        {
            clear(places, &name)?;
        }
    }
    for path in links::broken(places)? {
        let link = places.prefix.join(path);
        files::remove(&link).map_err(at(&link))?;
    }
    Ok(())
}

/// Puts kegs back that waited for others to take their place.
fn put_back(places: &Places) -> Result<()> {
    let outgoing = places.cellar().join(OUTGOING);
    for name in files::names_in(&outgoing).map_err(at(&outgoing))? {
        let Ok(name) = name.parse::<FormulaName>() else {
            continue;
        };
        let rack = outgoing.join(name.as_str());
        for version in files::names_in(&rack).map_err(at(&rack))? {
            let Ok(version) = version.parse() else {
                continue;
            };
            let keg = places.keg(&name, &version);
            let aside = rack.join(version.as_str());
            if !keg.exists() && Receipt::read(&aside).is_some() {
                let parent = places.rack(&name);
                fs::create_dir_all(&parent).map_err(at(&parent))?;
                fs::rename(&aside, &keg).map_err(at(&keg))?;
            }
        }
    }
    Ok(())
}
