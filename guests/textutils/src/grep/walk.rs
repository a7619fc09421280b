//! Directories that are searched with everything in them.

use std::fs;

use berth_multicall::{bytes, joined, os_string, reason};
use berth_pattern::{GlobOptions, glob_matches};

use super::Run;
use super::printer::Printer;

/// Directories within directories; deeper trees are not searched.
const DEPTH_MAX: usize = 256;

impl Run<'_> {
    /// Searches everything below a file named on the command line; false when the run is over.
    pub(super) fn tree(&mut self, root: &[u8], printer: &mut Printer<'_>) -> bool {
        match fs::metadata(os_string(root)) {
            Ok(found) if found.is_dir() => {
                if root != b"." && self.directory_excluded(root) {
                    return true;
                }
                let shown = if self.request.unnamed { b"" } else { root };
                self.directory(root, shown, 0, printer)
            }
            Ok(_) if self.file_excluded(root) => true,
            _ => self.file(root, true, printer),
        }
    }

    fn directory(
        &mut self,
        path: &[u8],
        shown: &[u8],
        depth: usize,
        printer: &mut Printer<'_>,
    ) -> bool {
        if depth > DEPTH_MAX {
            self.trouble(path, "Too many levels of directories");
            return true;
        }
        let entries = match fs::read_dir(os_string(path)) {
            Ok(entries) => entries,
            Err(error) => {
                self.trouble(path, &reason(&error));
                return true;
            }
        };
        let mut names: Vec<_> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((bytes(&entry.file_name()).to_vec(), entry.file_type().ok()?))
            })
            .collect();
        names.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        for (name, mut kind) in names {
            let child = if shown.is_empty() {
                name.clone()
            } else {
                joined(shown, &name)
            };
            if kind.is_symlink() {
                if !self.request.follow {
                    continue;
                }
                match fs::metadata(os_string(child.clone())) {
                    Ok(found) => kind = found.file_type(),
                    Err(error) => {
                        self.trouble(&child, &reason(&error));
                        continue;
                    }
                }
            }
            let goes_on = if kind.is_dir() {
                self.directory_excluded(&name) || self.directory(&child, &child, depth + 1, printer)
            } else {
                self.file_excluded(&name) || self.file(&child, false, printer)
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    fn directory_excluded(&self, name: &[u8]) -> bool {
        any_matches(&self.request.exclude_directories, name)
    }

    fn file_excluded(&self, name: &[u8]) -> bool {
        any_matches(&self.request.exclude, name)
            || (!self.request.include.is_empty() && !any_matches(&self.request.include, name))
    }
}

/// Whether a pattern matches a name, or the last part of it.
fn any_matches(globs: &[Vec<u8>], name: &[u8]) -> bool {
    let name = name.strip_suffix(b"/").unwrap_or(name);
    let base = name.rsplit(|byte| *byte == b'/').next().unwrap_or(name);
    globs.iter().any(|glob| {
        glob_matches(glob, base, GlobOptions::default())
            || glob_matches(glob, name, GlobOptions::default())
    })
}
