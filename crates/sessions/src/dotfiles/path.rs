//! Where a dotfile goes.

use berth_kernel::limits::NAME_MAX_BYTES;

use crate::limits::{DOTFILE_PATH_BYTES_MAX, DOTFILE_PATH_NAMES_MAX};

/// Why a dotfile may not lie at a path. The sentence says what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DotfilePathFault {
    /// From the root.
    #[error("give the path below the home, without a \"/\" at its beginning")]
    Absolute,
    /// The first name has no dot: no dotfile, and where folders are mounted.
    #[error("begin the path with a dot, as in .bashrc or .config/pip/pip.conf")]
    NoDot,
    /// An empty name, `.` or `..`.
    #[error("leave out \"//\", \".\", \"..\" and a \"/\" at the end, and give the path itself")]
    NoName,
    /// A NUL or another control character.
    #[error("leave out the control character U+{code:04X}")]
    Control {
        /// Its code point.
        code: u32,
    },
    /// Too long as a whole, or in one of its names.
    #[error(
        "shorten the path to {DOTFILE_PATH_BYTES_MAX} bytes, and each name in it to {NAME_MAX_BYTES}"
    )]
    Long,
    /// Too many directories.
    #[error("put the file into at most {} directories", DOTFILE_PATH_NAMES_MAX - 1)]
    Deep,
}

/// A path below the home that is as it stands: no `..`, nothing to be normalised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DotfilePath(String);

impl DotfilePath {
    /// Checks a path.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn new(path: &str) -> Result<Self, DotfilePathFault> {
        if path.len() > DOTFILE_PATH_BYTES_MAX {
            return Err(DotfilePathFault::Long);
        }
        if let Some(control) = path.chars().find(|character| character.is_control()) {
            return Err(DotfilePathFault::Control {
                code: control.into(),
            });
        }
        if path.starts_with('/') {
            return Err(DotfilePathFault::Absolute);
        }
        if !path.starts_with('.') {
            return Err(DotfilePathFault::NoDot);
        }
        let names = || path.split('/');
        if names().any(|name| matches!(name, "" | "." | "..")) {
            return Err(DotfilePathFault::NoName);
        }
        if names().any(|name| name.len() > NAME_MAX_BYTES) {
            return Err(DotfilePathFault::Long);
        }
        if names().count() > DOTFILE_PATH_NAMES_MAX {
            return Err(DotfilePathFault::Deep);
        }
        Ok(Self(path.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no file can be here while one is at `other`: one of the two would have to be a directory.
    pub fn excludes(&self, other: &str) -> bool {
        is_above(&self.0, other) || is_above(other, &self.0)
    }
}

/// Whether `path` lies in the directory `directory`.
pub(super) fn is_above(directory: &str, path: &str) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dotfile_lies_below_the_home_and_nowhere_else() {
        for good in [
            ".bashrc",
            ".config/pip/pip.conf",
            ".한글",
            ".a b",
            ".ssh/config",
            "...",
        ] {
            assert_eq!(DotfilePath::new(good).unwrap().as_str(), good);
        }
        let long = format!(".{}", "x".repeat(NAME_MAX_BYTES));
        let deep = [".d"; DOTFILE_PATH_NAMES_MAX + 1].join("/");
        for (bad, fault) in [
            ("", DotfilePathFault::NoDot),
            ("bashrc", DotfilePathFault::NoDot),
            ("/etc/passwd", DotfilePathFault::Absolute),
            ("..", DotfilePathFault::NoName),
            (".", DotfilePathFault::NoName),
            ("../.bashrc", DotfilePathFault::NoName),
            (".config/../../.bashrc", DotfilePathFault::NoName),
            (".config//pip", DotfilePathFault::NoName),
            ("./.bashrc", DotfilePathFault::NoName),
            (".config/", DotfilePathFault::NoName),
            (".a\0b", DotfilePathFault::Control { code: 0 }),
            (".a\nb", DotfilePathFault::Control { code: 10 }),
            (&long, DotfilePathFault::Long),
            (&deep, DotfilePathFault::Deep),
        ] {
            assert_eq!(DotfilePath::new(bad), Err(fault), "{bad:?}");
        }
    }

    #[test]
    fn a_file_is_no_directory_of_another() {
        let path = DotfilePath::new(".config/pip").unwrap();
        assert!(path.excludes(".config") && path.excludes(".config/pip/pip.conf"));
        assert!(!path.excludes(".config/pipx") && !path.excludes(".conf"));
    }
}
