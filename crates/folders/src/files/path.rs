//! Paths of files in a folder, as callers give them.

use std::borrow::Cow;
use std::fmt;

use berth_kernel::limits::{NAME_MAX_BYTES, PATH_MAX_BYTES};
use berth_kernel::vfs::{GuestPath, GuestPathError};

/// A path in a folder: names separated by `/`, the folder itself being the empty list of names.
///
/// Names are bytes, as the disk keeps them; they need not be UTF-8. There is no `..` in it: what a path means never
/// depends on what a link points to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FilePath(GuestPath);

/// Why bytes are no [`FilePath`]. The sentence says what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It has a `..`.
    #[error("leave out \"..\" and give the path from the top of the folder")]
    Parent,
    /// It has a NUL byte.
    #[error("leave out the NUL character")]
    Nul,
    /// A name in it is too long.
    #[error("shorten the names in the path to {NAME_MAX_BYTES} bytes each")]
    NameTooLong,
    /// It is too long as a whole.
    #[error("shorten the path to {PATH_MAX_BYTES} bytes")]
    TooLong,
}

impl FilePath {
    /// The folder itself.
    pub fn root() -> Self {
        Self(GuestPath::root())
    }

    /// Checks `path`. Slashes at its begin and end, doubled ones and `.` mean nothing.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn new(path: &[u8]) -> Result<Self, PathError> {
        let names = path
            .split(|&byte| byte == b'/')
            .filter(|name| !matches!(*name, b"" | b"."));
        GuestPath::from_parts(names)
            .map(Self)
            .map_err(|error| match error {
                GuestPathError::DotComponent => PathError::Parent,
                GuestPathError::Nul => PathError::Nul,
                GuestPathError::NameTooLong => PathError::NameTooLong,
                // No name is empty or begins with a slash here.
                GuestPathError::PathTooLong
                | GuestPathError::Relative
                | GuestPathError::EmptyComponent => PathError::TooLong,
            })
    }

    /// Whether it is the folder itself.
    pub fn is_root(&self) -> bool {
        self.name().is_none()
    }

    /// The last name; none for the folder itself.
    pub fn name(&self) -> Option<&[u8]> {
        self.0.parts().last()
    }

    /// The names, outermost first.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.0.parts()
    }

    /// The directory it lies in; none for the folder itself.
    pub fn parent(&self) -> Option<Self> {
        let names: Vec<&[u8]> = self.names().collect();
        let (_, above) = names.split_last()?;
        GuestPath::from_parts(above.iter().copied()).ok().map(Self)
    }

    /// What is called `name` in this directory.
    ///
    /// # Errors
    /// [`PathError::TooLong`]; the name's own faults.
    pub fn join(&self, name: &[u8]) -> Result<Self, PathError> {
        Self::new(&[self.as_bytes(), name].join(&b'/'))
    }

    /// Whether it is `other` or lies in it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The path from the top, beginning with `/`.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The path without its leading slash, for a person to read: what is not UTF-8 in it is replaced.
    pub fn display(&self) -> Cow<'_, str> {
        let bytes = self.as_bytes();
        String::from_utf8_lossy(bytes.strip_prefix(b"/").unwrap_or(bytes))
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> FilePath {
        FilePath::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn slashes_and_dots_that_mean_nothing_are_dropped() {
        for spelling in ["a/b", "/a/b", "a//b/", "./a/./b/."] {
            assert_eq!(path(spelling), path("a/b"), "{spelling}");
        }
        for spelling in ["", "/", ".", "//./"] {
            assert!(path(spelling).is_root(), "{spelling}");
        }
    }

    #[test]
    fn names_may_be_anything_a_disk_can_keep() {
        for name in [
            "한글",
            "👩\u{200d}🔬",
            "a\nb",
            "...",
            "-rf",
            " ",
            &"x".repeat(255),
        ] {
            assert_eq!(path(name).name(), Some(name.as_bytes()));
        }
        assert_eq!(
            FilePath::new(b"caf\xe9").unwrap().name(),
            Some(&b"caf\xe9"[..])
        );
        assert_eq!(
            FilePath::new(b"caf\xe9").unwrap().to_string(),
            "caf\u{fffd}"
        );
    }

    #[test]
    fn each_bad_path_is_refused_with_its_own_reason() {
        assert_eq!(FilePath::new(b"a/../b"), Err(PathError::Parent));
        assert_eq!(FilePath::new(b"a\0b"), Err(PathError::Nul));
        assert_eq!(FilePath::new(&[b'x'; 256]), Err(PathError::NameTooLong));
        assert_eq!(
            FilePath::new(&b"abc/".repeat(2000)),
            Err(PathError::TooLong)
        );
    }

    #[test]
    fn a_path_knows_its_parent_and_what_lies_in_it() {
        assert_eq!(path("a/b").parent(), Some(path("a")));
        assert_eq!(path("a").parent(), Some(FilePath::root()));
        assert_eq!(FilePath::root().parent(), None);
        assert_eq!(path("a").join(b"b"), Ok(path("a/b")));
        assert!(path("a/b").is_within(&path("a")) && path("a").is_within(&path("a")));
        assert!(!path("ab").is_within(&path("a")));
    }

    proptest! {
        #[test]
        fn a_path_never_leaves_its_folder(bytes in prop::collection::vec(prop_oneof![Just(b'/'), Just(b'.'), any::<u8>()], 0..600)) {
            if let Ok(path) = FilePath::new(&bytes) {
                prop_assert!(path.names().all(|name| !name.is_empty() && name != b"." && name != b".." && !name.contains(&0)));
                prop_assert_eq!(FilePath::new(path.as_bytes()), Ok(path.clone()));
            }
        }
    }
}
