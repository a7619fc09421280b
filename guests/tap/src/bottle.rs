//! Bottles: a keg as a tar file, compressed by gzip.
//!
//! Everything in it lies below `<name>/<version>/`. It holds regular files, directories, and relative links to what
//! is in the same keg; anything else, and anything whose way leaves the keg, makes the whole bottle refused.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, EntryType, Header};

use crate::error::{Error, Result};
use crate::limits::{
    ARCHIVE_ENTRY_OVERHEAD_BYTES, KEG_ENTRIES_MAX, KEG_MAX_BYTES, KEG_PATH_DEPTH_MAX,
    KEG_PATH_MAX_BYTES,
};
use crate::name::FormulaName;
use crate::version::Version;

/// Permission bits of a program in the archive.
const PROGRAM_MODE: u32 = 0o755;
/// Of any other file.
const FILE_MODE: u32 = 0o644;
/// The bit that tells the two apart.
const EXECUTE: u32 = 0o100;

/// What was unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keg {
    /// Regular files and links.
    pub files: usize,
    /// Bytes in the files.
    pub bytes: u64,
}

/// Where the parts of a keg go. Paths are relative to the keg, with `/` between plain components, and a directory
/// comes before what is in it.
pub trait Sink {
    /// Makes a directory.
    ///
    /// # Errors
    /// The operating system's.
    fn directory(&mut self, path: &str) -> io::Result<()>;

    /// Writes a file.
    ///
    /// # Errors
    /// The operating system's, and what reading the content says.
    fn file(&mut self, path: &str, executable: bool, content: &mut dyn Read) -> io::Result<()>;

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// The operating system's.
    fn link(&mut self, path: &str, target: &str) -> io::Result<()>;
}

/// Unpacks a bottle of this formula. `installed_size` is what the index says of its size; more is refused.
///
/// # Errors
/// [`Error::Bottle`] for what no bottle may hold, [`Error::Io`] from the sink. Either leaves what came before.
pub fn unpack(
    compressed: impl Read,
    name: &FormulaName,
    version: &Version,
    installed_size: u64,
    sink: &mut dyn Sink,
) -> Result<Keg> {
    let largest = installed_size.min(KEG_MAX_BYTES);
    let all = largest + KEG_ENTRIES_MAX as u64 * ARCHIVE_ENTRY_OVERHEAD_BYTES;
    let mut archive = Archive::new(GzDecoder::new(compressed).take(all));
    let mut unpacking = Unpacking {
        prefix: [name.as_str().to_owned(), version.as_str().to_owned()],
        seen: BTreeMap::new(),
        keg: Keg::default(),
        largest,
        sink,
    };
    for entry in archive.entries().map_err(broken)? {
        unpacking.entry(&mut entry.map_err(broken)?)?;
    }
    let keg = unpacking.keg;
    // To the end, where gzip's own checksum is.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(broken)?;
    Ok(keg)
}

/// What the archive's reader says is about the archive.
fn broken(error: io::Error) -> Error {
    Error::Bottle(error.to_string())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    File,
    Link,
}

struct Unpacking<'a> {
    prefix: [String; 2],
    seen: BTreeMap<String, Kind>,
    keg: Keg,
    largest: u64,
    sink: &'a mut dyn Sink,
}

impl Unpacking<'_> {
    fn entry(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<()> {
        let raw = entry.path_bytes().into_owned();
        let shown = String::from_utf8_lossy(&raw).into_owned();
        let refuse = |why: &str| Error::Bottle(format!("{shown:?} {why}"));
        let path = String::from_utf8(raw).map_err(|_| refuse("is not UTF-8"))?;
        let components = components(&path).ok_or_else(|| refuse("leaves the keg"))?;
        let kind = match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => Kind::File,
            EntryType::Directory => Kind::Directory,
            EntryType::Symlink => Kind::Link,
            _ => return Err(refuse("is no file, directory or symbolic link")),
        };
        let common = components
            .iter()
            .zip(&self.prefix)
            .filter(|(a, b)| a == b)
            .count();
        if common < components.len().min(self.prefix.len()) {
            return Err(refuse("is not in the keg"));
        }
        let Some(inside) = components
            .get(self.prefix.len()..)
            .filter(|rest| !rest.is_empty())
        else {
            // The keg itself, and the directory it is in.
            return if kind == Kind::Directory {
                Ok(())
            } else {
                Err(refuse("is no directory"))
            };
        };
        self.parents(inside, &refuse)?;
        let path = inside.join("/");
        match self.seen.insert(path.clone(), kind) {
            None => {}
            Some(Kind::Directory) if kind == Kind::Directory => return Ok(()),
            Some(_) => return Err(refuse("is there twice")),
        }
        if self.seen.len() > KEG_ENTRIES_MAX {
            return Err(refuse("is one file too many"));
        }
        match kind {
            Kind::Directory => self.sink.directory(&path)?,
            Kind::Link => {
                let target = entry
                    .link_name_bytes()
                    .ok_or_else(|| refuse("leads nowhere"))?;
                let target = String::from_utf8(target.into_owned())
                    .map_err(|_| refuse("leads to what is not UTF-8"))?;
                if !stays_inside(inside, &target) {
                    return Err(refuse("is a link that leaves the keg"));
                }
                self.keg.files += 1;
                self.sink.link(&path, &target)?;
            }
            Kind::File => {
                let size = entry.size();
                self.keg.bytes = self.keg.bytes.saturating_add(size);
                if self.keg.bytes > self.largest {
                    return Err(refuse("makes the keg larger than the index says"));
                }
                self.keg.files += 1;
                let executable = entry.header().mode().is_ok_and(|mode| mode & EXECUTE != 0);
                let mut counted = Counted {
                    inner: entry,
                    bytes: 0,
                };
                self.sink.file(&path, executable, &mut counted)?;
                if counted.bytes != size {
                    return Err(refuse("is cut off"));
                }
            }
        }
        Ok(())
    }

    /// Has the directories that an entry is in; what is there already must be a directory, not a link to one.
    fn parents(&mut self, inside: &[String], refuse: &dyn Fn(&str) -> Error) -> Result<()> {
        for depth in 1..inside.len() {
            let parent = inside[..depth].join("/");
            match self.seen.get(&parent) {
                Some(Kind::Directory) => {}
                Some(_) => return Err(refuse("is below what is no directory")),
                None => {
                    self.sink.directory(&parent)?;
                    self.seen.insert(parent, Kind::Directory);
                }
            }
        }
        Ok(())
    }
}

/// A reader that counts.
struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

/// The plain components of a relative path; `None` when it is absolute, goes up, or is longer than it may be.
fn components(path: &str) -> Option<Vec<String>> {
    if path.starts_with('/') || path.len() > KEG_PATH_MAX_BYTES || path.contains('\0') {
        return None;
    }
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .map(str::to_owned)
        .collect();
    let is_plain = !parts.is_empty()
        && parts.len() <= KEG_PATH_DEPTH_MAX
        && parts.iter().all(|part| part != "..");
    is_plain.then_some(parts)
}

/// Whether a link at `link` with this target stays in the keg.
fn stays_inside(link: &[String], target: &str) -> bool {
    if target.starts_with('/') || target.is_empty() || target.contains('\0') {
        return false;
    }
    let mut depth = link.len() - 1;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            // Only at its beginning: `a/..` may be elsewhere when `a` is a link.
            ".." if depth == 0 => return false,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    // After the first name no `..` any more.
    let mut names = target
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .skip_while(|part| *part == "..");
    names.all(|part| part != "..")
}

/// A file that goes into a bottle.
#[derive(Clone, Debug)]
pub struct PackedFile {
    /// Its path in the keg.
    pub path: String,
    /// What is in it.
    pub content: Vec<u8>,
    /// Whether it is a program.
    pub executable: bool,
}

/// Packs a bottle: the same files always give the same bytes.
///
/// # Errors
/// A path that does not belong into a keg, and what `out` says.
pub fn pack<W: Write>(
    name: &FormulaName,
    version: &Version,
    files: &[PackedFile],
    out: W,
) -> Result<W> {
    let mut archive = tar::Builder::new(GzEncoder::new(out, Compression::best()));
    let mut sorted: Vec<&PackedFile> = files.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut directories = BTreeSet::new();
    for file in sorted {
        let parts = components(&file.path)
            .ok_or_else(|| Error::Bottle(format!("{:?} leaves the keg", file.path)))?;
        let path = |depth: usize| format!("{name}/{version}/{}", parts[..depth].join("/"));
        for depth in 0..parts.len() {
            let directory = path(depth);
            if directories.insert(directory.clone()) {
                let mut header = header(EntryType::Directory, 0, PROGRAM_MODE);
                archive.append_data(&mut header, directory.trim_end_matches('/'), io::empty())?;
            }
        }
        let mode = if file.executable {
            PROGRAM_MODE
        } else {
            FILE_MODE
        };
        let mut header = header(EntryType::Regular, file.content.len() as u64, mode);
        archive.append_data(&mut header, path(parts.len()), file.content.as_slice())?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// A header that says nothing about the machine it was made on.
fn header(kind: EntryType, size: u64, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

#[cfg(test)]
mod tests;
