//! Guest paths: checked ones for mount points, and the rules every path of a guest must keep.

use std::fmt;

use thiserror::Error;

use crate::limits::{NAME_MAX_BYTES, PATH_MAX_BYTES};
use crate::{Errno, Result};

/// An absolute, normalised path in a session: begins with `/`, no empty component, no `.`, no `..`,
/// no NUL, no `/` at the end. The root is `/`.
///
/// Names are bytes, as in POSIX; they need not be UTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GuestPath(Vec<u8>);

/// Why bytes are no [`GuestPath`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum GuestPathError {
    /// It does not begin with `/`.
    #[error("the path does not begin with a slash")]
    Relative,
    /// An empty component: `//`, or a `/` at the end.
    #[error("the path has an empty component")]
    EmptyComponent,
    /// A component is `.` or `..`.
    #[error("the path has a . or .. component")]
    DotComponent,
    /// A NUL byte.
    #[error("the path holds a NUL byte")]
    Nul,
    /// A component is longer than [`NAME_MAX_BYTES`].
    #[error("a component of the path is longer than {NAME_MAX_BYTES} bytes")]
    NameTooLong,
    /// The path is longer than [`PATH_MAX_BYTES`].
    #[error("the path is longer than {PATH_MAX_BYTES} bytes")]
    PathTooLong,
}

impl GuestPath {
    /// `/`.
    pub fn root() -> Self {
        Self(b"/".to_vec())
    }

    /// Checks `path`.
    pub fn new(path: &[u8]) -> std::result::Result<Self, GuestPathError> {
        let Some(rest) = path.strip_prefix(b"/") else {
            return Err(GuestPathError::Relative);
        };
        if rest.is_empty() {
            return Ok(Self::root());
        }
        Self::from_parts(rest.split(|&byte| byte == b'/'))
    }

    /// Joins `parts`, each one name; no part at all is the root.
    pub fn from_parts<'a>(
        parts: impl IntoIterator<Item = &'a [u8]>,
    ) -> std::result::Result<Self, GuestPathError> {
        let mut path = Self::root();
        for part in parts {
            path.push(part)?;
        }
        Ok(path)
    }

    /// This path with one more name.
    pub fn join(&self, name: &[u8]) -> std::result::Result<Self, GuestPathError> {
        let mut path = self.clone();
        path.push(name)?;
        Ok(path)
    }

    fn push(&mut self, name: &[u8]) -> std::result::Result<(), GuestPathError> {
        match name {
            b"" => return Err(GuestPathError::EmptyComponent),
            b"." | b".." => return Err(GuestPathError::DotComponent),
            _ if name.contains(&b'/') => return Err(GuestPathError::EmptyComponent),
            _ if name.contains(&0) => return Err(GuestPathError::Nul),
            _ if name.len() > NAME_MAX_BYTES => return Err(GuestPathError::NameTooLong),
            _ => {}
        }
        push_name(&mut self.0, name);
        if self.0.len() > PATH_MAX_BYTES {
            Err(GuestPathError::PathTooLong)
        } else {
            Ok(())
        }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The names, outermost first; none for the root.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        names(&self.0)
    }

    /// Whether this is `other` or lies below it.
    pub fn starts_with(&self, other: &Self) -> bool {
        let mut mine = self.parts();
        other.parts().all(|part| mine.next() == Some(part))
    }
}

impl fmt::Display for GuestPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl std::str::FromStr for GuestPath {
    type Err = GuestPathError;

    fn from_str(path: &str) -> std::result::Result<Self, GuestPathError> {
        Self::new(path.as_bytes())
    }
}

/// Appends `/name`, without doubling the slash of the root.
pub(super) fn push_name(path: &mut Vec<u8>, name: &[u8]) {
    if path.last() != Some(&b'/') && !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
}

/// The components of `path` that mean something: empty ones and `.` are left out, `..` stays.
pub(super) fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
}

/// Checks what every path handed in by a guest must keep (`path_resolution(7)`): not empty
/// (`ENOENT`), no NUL (`EINVAL`), not longer than [`PATH_MAX_BYTES`] (`ENAMETOOLONG`).
pub(super) fn check(path: &[u8]) -> Result<()> {
    if path.is_empty() {
        Err(Errno::NoEntry)
    } else if path.len() > PATH_MAX_BYTES {
        Err(Errno::NameTooLong)
    } else if path.contains(&0) {
        Err(Errno::Invalid)
    } else {
        Ok(())
    }
}

/// How the text of a path ends, which POSIX gives a meaning of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// A name.
    Name,
    /// A name and at least one `/`: it must be a directory.
    Slash,
    /// `.`, with or without slashes.
    Dot,
    /// `..`, with or without slashes.
    DotDot,
    /// Slashes only: the root.
    Root,
}

impl Ending {
    /// Looks at the end of `path`, which is not empty.
    pub fn of(path: &[u8]) -> Self {
        let end = path
            .iter()
            .rposition(|&byte| byte != b'/')
            .map_or(0, |last| last + 1);
        if end == 0 {
            return Self::Root;
        }
        let start = path[..end]
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |slash| slash + 1);
        match &path[start..end] {
            b"." => Self::Dot,
            b".." => Self::DotDot,
            _ if end < path.len() => Self::Slash,
            _ => Self::Name,
        }
    }

    /// Whether the path can only mean a directory.
    pub fn wants_directory(self) -> bool {
        self != Self::Name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_point_is_absolute_and_normalised() {
        assert_eq!(
            GuestPath::new(b"/home/work/x").unwrap().to_string(),
            "/home/work/x"
        );
        assert_eq!(GuestPath::new(b"/").unwrap(), GuestPath::root());
        for (bad, why) in [
            (&b"home"[..], GuestPathError::Relative),
            (b"", GuestPathError::Relative),
            (b"/a//b", GuestPathError::EmptyComponent),
            (b"/a/", GuestPathError::EmptyComponent),
            (b"//", GuestPathError::EmptyComponent),
            (b"/a/./b", GuestPathError::DotComponent),
            (b"/..", GuestPathError::DotComponent),
            (b"/a\0b", GuestPathError::Nul),
        ] {
            assert_eq!(GuestPath::new(bad), Err(why), "{bad:?}");
        }
        let long = [b"/".as_slice(), &[b'x'; 256]].concat();
        assert_eq!(GuestPath::new(&long), Err(GuestPathError::NameTooLong));
        let deep = b"/abcdefg".repeat(513);
        assert_eq!(GuestPath::new(&deep), Err(GuestPathError::PathTooLong));
        assert_eq!(
            GuestPath::root().join(b"a/b"),
            Err(GuestPathError::EmptyComponent)
        );
    }

    #[test]
    fn below_is_by_whole_names() {
        let path = |text: &str| text.parse::<GuestPath>().unwrap();
        assert!(path("/home/work/x").starts_with(&path("/home/work")));
        assert!(path("/home").starts_with(&path("/")));
        assert!(!path("/homework").starts_with(&path("/home")));
        assert!(!path("/home").starts_with(&path("/home/work")));
    }

    #[test]
    fn the_end_of_a_path_tells_what_it_must_be() {
        for (path, ending) in [
            ("a", Ending::Name),
            ("a/b", Ending::Name),
            ("a/", Ending::Slash),
            ("a//", Ending::Slash),
            (".", Ending::Dot),
            ("a/.", Ending::Dot),
            ("a/./", Ending::Dot),
            ("..", Ending::DotDot),
            ("/a/../", Ending::DotDot),
            ("/", Ending::Root),
            ("///", Ending::Root),
            ("a/...", Ending::Name),
        ] {
            assert_eq!(Ending::of(path.as_bytes()), ending, "{path}");
        }
    }
}
