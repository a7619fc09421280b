//! Walking through directories for an archive.
//!
//! A directory is read in pieces and left for each directory found in it, so that memory grows with the depth of the
//! tree and not with its size. A place in a directory's listing stays valid when it is opened again, so that no handle
//! is held.

use std::collections::VecDeque;
use std::io::{self, Read};

use berth_kernel::file::FileKind;
use berth_kernel::vfs::{Base, Entry};

use super::Writer;
use crate::files::read::OpenFile;
use crate::files::{FileError, FileInfo, FilePath, Inner, Kind};

/// Names of a directory that are read at a time.
const NAMES_AT_A_TIME: usize = 512;
/// The same, for directories below the first [`DEEP`] levels.
const DEEP_NAMES_AT_A_TIME: usize = 16;
const DEEP: usize = 32;

/// What is to be archived.
pub struct Source {
    /// Where to begin; none lies in another.
    pub roots: Vec<FilePath>,
    /// How many names of each path to leave out.
    pub prefix_names: usize,
}

/// A directory that is not done yet.
struct Frame {
    path: FilePath,
    /// Names that were read and not archived yet.
    names: VecDeque<(Vec<u8>, FileKind)>,
    /// Where to read on; `None` at the end.
    cookie: Option<u64>,
}

impl Source {
    /// `paths`, named from the nearest directory that all of them lie in.
    pub fn of(mut paths: Vec<FilePath>) -> Self {
        paths.sort_by(|a, b| a.names().cmp(b.names()));
        // In this order, what lies in a path follows it directly.
        paths.dedup_by(|path, before| path.is_within(before));
        let prefix_names = match (paths.first(), paths.last()) {
            (Some(first), Some(last)) => {
                let common = first
                    .names()
                    .zip(last.names())
                    .take_while(|(a, b)| a == b)
                    .count();
                // The last name of a path is never left out.
                common.min(first.names().count().saturating_sub(1))
            }
            _ => 0,
        };
        Self {
            roots: paths,
            prefix_names,
        }
    }

    fn name(&self, path: &FilePath) -> Vec<u8> {
        path.names()
            .skip(self.prefix_names)
            .collect::<Vec<_>>()
            .join(&b'/')
    }
}

/// How many entries an archive of `source` has, but no more than `most`.
pub fn count(inner: &Inner, source: &Source, most: usize) -> io::Result<usize> {
    let mut entries = 0;
    walk(inner, source, &mut |path, kind| {
        entries += 1;
        if entries >= most {
            return Ok(Next::Stop);
        }
        match kind {
            Some(FileKind::Directory) => Ok(Next::Enter),
            Some(_) => Ok(Next::Pass),
            None => Ok(match inner.stat(path, false) {
                Ok(stat) if stat.kind != FileKind::Directory => Next::Pass,
                _ => Next::Enter,
            }),
        }
    })?;
    Ok(entries)
}

/// Hands everything in `source` on to `writer`.
pub fn write(inner: &Inner, source: &Source, writer: &mut dyn Writer) -> io::Result<()> {
    walk(inner, source, &mut |path, _| {
        add(inner, source, path, writer)
    })
}

/// What to do after a path was looked at.
enum Next {
    /// Go into it: it is a directory.
    Enter,
    /// Go on.
    Pass,
    /// Go no further.
    Stop,
}

/// Looks at everything in `source`: each path, and what it is if its directory tells.
fn walk(
    inner: &Inner,
    source: &Source,
    look: &mut dyn FnMut(&FilePath, Option<FileKind>) -> io::Result<Next>,
) -> io::Result<()> {
    for root in &source.roots {
        let mut frames = Vec::new();
        let mut next = Some((root.clone(), None));
        while let Some((path, kind)) = next {
            match look(&path, kind)? {
                Next::Enter => frames.push(Frame {
                    path,
                    names: VecDeque::new(),
                    cookie: Some(0),
                }),
                Next::Pass => {}
                Next::Stop => return Ok(()),
            }
            next = next_path(inner, &mut frames)?;
        }
    }
    Ok(())
}

/// Archives what is at `path`.
fn add(
    inner: &Inner,
    source: &Source,
    path: &FilePath,
    writer: &mut dyn Writer,
) -> io::Result<Next> {
    let name = source.name(path);
    if name.is_empty() {
        // The directory whose contents are wanted; itself perhaps behind a link.
        return Ok(Next::Enter);
    }
    let info = match inner.stat(path, false) {
        Ok(stat) => FileInfo::from(stat),
        // Gone since its name was read.
        Err(FileError::NotFound(_)) => return Ok(Next::Pass),
        Err(error) => return Err(io::Error::other(error)),
    };
    match info.kind {
        Kind::Directory => {
            writer.directory(&name, &info)?;
            return Ok(Next::Enter);
        }
        Kind::Link => {
            let target = inner
                .namespace
                .read_link(None, Base::Root, path.as_bytes())
                .map_err(io::Error::other)?;
            writer.link(&name, &info, &target)?;
        }
        Kind::File => {
            let file = inner.open(path).map_err(io::Error::other)?;
            let size_bytes = file.info().size_bytes;
            let mut contents = Contents {
                file: &file,
                offset: 0,
                size_bytes,
            };
            writer.file(&name, file.info(), &mut contents)?;
        }
        Kind::Other => {}
    }
    Ok(Next::Pass)
}

/// The next path in the innermost directory that is not done, and what it is.
fn next_path(
    inner: &Inner,
    frames: &mut Vec<Frame>,
) -> io::Result<Option<(FilePath, Option<FileKind>)>> {
    loop {
        let depth = frames.len();
        let Some(frame) = frames.last_mut() else {
            return Ok(None);
        };
        if let Some((name, kind)) = frame.names.pop_front() {
            let path = frame.path.join(&name).map_err(io::Error::other)?;
            return Ok(Some((path, Some(kind))));
        }
        match frame.cookie {
            Some(cookie) => read_names(inner, frame, cookie, depth)?,
            None => drop(frames.pop()),
        }
    }
}

fn read_names(inner: &Inner, frame: &mut Frame, cookie: u64, depth: usize) -> io::Result<()> {
    let directory = match inner.directory(&frame.path) {
        Err(FileError::NotFound(_)) => {
            frame.cookie = None;
            return Ok(());
        }
        opened => opened.map_err(io::Error::other)?,
    };
    let most = if depth > DEEP {
        DEEP_NAMES_AT_A_TIME
    } else {
        NAMES_AT_A_TIME
    };
    let (names, mut next) = (&mut frame.names, None);
    let mut read = |entry: Entry<'_>| {
        if names.len() == most {
            return false;
        }
        next = Some(entry.next_cookie);
        let wanted = matches!(
            entry.kind,
            FileKind::Regular | FileKind::Directory | FileKind::SymbolicLink
        );
        if wanted && !matches!(entry.name, b"." | b"..") && !inner.is_being_uploaded(entry.name) {
            names.push_back((entry.name.to_vec(), entry.kind));
        }
        true
    };
    let Some(directory) = directory.as_directory() else {
        return Err(io::ErrorKind::NotADirectory.into());
    };
    directory
        .read(cookie, &mut read)
        .map_err(io::Error::other)?;
    frame.cookie = next;
    Ok(())
}

/// A file's contents, as long as the file was when it was opened.
struct Contents<'a> {
    file: &'a OpenFile,
    offset: u64,
    size_bytes: u64,
}

impl Read for Contents<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size_bytes - self.offset).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..wanted], self.offset)?;
        if read == 0 && wanted > 0 {
            return Err(io::Error::other(FileError::ChangedWhileRead));
        }
        self.offset += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(paths: &[&str]) -> (Vec<String>, Vec<String>) {
        let paths = paths
            .iter()
            .map(|path| FilePath::new(path.as_bytes()).unwrap())
            .collect();
        let source = Source::of(paths);
        let names = source
            .roots
            .iter()
            .map(|path| String::from_utf8(source.name(path)).unwrap())
            .collect();
        (
            source.roots.iter().map(ToString::to_string).collect(),
            names,
        )
    }

    #[test]
    fn names_begin_at_the_nearest_common_directory() {
        assert_eq!(source(&["a/b/c", "a/b/d"]).1, ["c", "d"]);
        assert_eq!(source(&["a/b/c"]).1, ["c"]);
        assert_eq!(source(&["a/b", "c"]).1, ["a/b", "c"]);
        assert_eq!(source(&["/"]).1, [""]);
    }

    #[test]
    fn what_lies_in_another_path_comes_once() {
        assert_eq!(source(&["a/b", "a", "a!", "a/c/d", "a"]).0, ["a", "a!"]);
        assert_eq!(source(&["x", "/"]).0, [""]);
    }
}
