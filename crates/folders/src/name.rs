//! What a folder may be called.
//!
//! The name is what a person sees and, unless they ask for another place, what the folder is called inside a
//! session. It is never part of a path on the server: a folder's directory is named by its id.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in characters (Unicode scalar values, after normalisation).
pub const NAME_CHARACTERS_MAX: usize = 64;
/// The longest name, in bytes of UTF-8: a name is one component of a path in the session (`NAME_MAX`).
pub const NAME_BYTES_MAX: usize = 255;

/// Names a session keeps for itself below its home, and system directories. Backend.AI's list, taken exactly: the
/// system directories are paths in it, so a folder called `bin` (seen at `/home/work/bin`) is allowed.
const RESERVED: &[&str] = &[
    ".terminfo",
    ".jupyter",
    ".tmux.conf",
    ".ssh",
    "/home/work",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
    "/home",
];

/// A folder's name that passed every rule. Its text is in Unicode's composed form (NFC), because macOS sends the
/// decomposed one and both must mean the same folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FolderName(String);

/// Why a text is no folder name. The sentence says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing at all.
    #[error("give the folder a name of 1 to {NAME_CHARACTERS_MAX} characters")]
    Empty,
    /// More than [`NAME_CHARACTERS_MAX`].
    #[error("shorten the name to {NAME_CHARACTERS_MAX} characters; it has {characters}")]
    TooLong {
        /// How many it has.
        characters: usize,
    },
    /// More than [`NAME_BYTES_MAX`], which only names of four-byte characters reach.
    #[error("shorten the name to {NAME_BYTES_MAX} bytes of UTF-8; it takes {bytes}")]
    TooManyBytes {
        /// How many it takes.
        bytes: usize,
    },
    /// A slash, which would make it a path.
    #[error("leave out \"/\": a folder's name is not a path")]
    Slash,
    /// NUL, a line break or another control character.
    #[error("leave out the control character U+{code:04X}")]
    Control {
        /// Its code point.
        code: u32,
    },
    /// `.` or `..`.
    #[error("choose another name: \".\" and \"..\" mean a directory and its parent")]
    Dots,
    /// A name that every session keeps for its own files.
    #[error("choose another name: every session keeps {name:?} for its own files")]
    Reserved {
        /// The name.
        name: String,
    },
}

impl FolderName {
    /// Checks `text`, after bringing it into composed form.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn new(text: &str) -> Result<Self, NameError> {
        // No text this long composes to one that is short enough; it is not worth the work.
        if text.len() > 16 * NAME_BYTES_MAX {
            return Err(NameError::TooLong {
                characters: text.chars().count(),
            });
        }
        let name: String = text.nfc().collect();
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if is_reserved(&name) {
            return Err(NameError::Reserved { name });
        }
        if name == "." || name == ".." {
            return Err(NameError::Dots);
        }
        if name.contains('/') {
            return Err(NameError::Slash);
        }
        if let Some(control) = name.chars().find(|c| c.is_control()) {
            return Err(NameError::Control {
                code: u32::from(control),
            });
        }
        let characters = name.chars().count();
        if characters > NAME_CHARACTERS_MAX {
            return Err(NameError::TooLong { characters });
        }
        if name.len() > NAME_BYTES_MAX {
            return Err(NameError::TooManyBytes { bytes: name.len() });
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a folder of this name is mounted in every session of its owner, unasked.
pub fn is_automounted(name: &str) -> bool {
    name.starts_with('.')
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name) || is_start_up_file(name)
}

/// `.bashrc`, `.zshrc`, `.bash_profile` and their like: `^\.[a-z0-9]+rc$` or `^\.[a-z0-9]+_profile$`.
fn is_start_up_file(name: &str) -> bool {
    let Some(rest) = name.strip_prefix('.') else {
        return false;
    };
    ["rc", "_profile"].iter().any(|ending| {
        rest.strip_suffix(ending).is_some_and(|stem| {
            !stem.is_empty()
                && stem
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
    })
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for FolderName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_and_unusual_names_are_taken_as_they_are() {
        let family = "👩\u{200d}🔬";
        let long = "a".repeat(64);
        let hangul = "한".repeat(64);
        for name in [
            "data",
            "user1-ml-test",
            ".local",
            "한글 폴더",
            family,
            &long,
            &hangul,
            "...",
            "bin",
            "tmp",
            ".bashrc.d",
            ".rc",
            " ",
        ] {
            assert_eq!(
                FolderName::new(name).as_ref().map(FolderName::as_str),
                Ok(name)
            );
        }
    }

    #[test]
    fn each_bad_name_is_refused_with_its_own_reason() {
        let emoji = "🎉".repeat(64);
        for (name, expected) in [
            ("", NameError::Empty),
            (".", NameError::Dots),
            ("..", NameError::Dots),
            ("a/b", NameError::Slash),
            ("/", NameError::Slash),
            ("../x", NameError::Slash),
            ("a\0b", NameError::Control { code: 0 }),
            ("a\nb", NameError::Control { code: 10 }),
            ("a\u{85}b", NameError::Control { code: 0x85 }),
            (&"a".repeat(65), NameError::TooLong { characters: 65 }),
            (&emoji, NameError::TooManyBytes { bytes: 256 }),
        ] {
            assert_eq!(FolderName::new(name), Err(expected), "{name:?}");
        }
    }

    #[test]
    fn names_that_sessions_keep_for_themselves_are_refused() {
        for name in
            RESERVED
                .iter()
                .chain(&[".bashrc", ".zshrc", ".bash_profile", ".0_profile", ".vimrc"])
        {
            assert_eq!(
                FolderName::new(name),
                Err(NameError::Reserved {
                    name: (*name).to_owned()
                })
            );
        }
    }

    #[test]
    fn a_name_typed_on_a_mac_is_the_same_name() {
        let decomposed = "\u{1112}\u{1161}\u{11ab}"; // 한 in three parts, as macOS sends it
        assert_eq!(FolderName::new(decomposed), FolderName::new("한"));
        assert_eq!(
            FolderName::new(&decomposed.repeat(64)).map(|name| name.as_str().chars().count()),
            Ok(64)
        );
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        assert_eq!(
            NameError::Slash.to_string(),
            "leave out \"/\": a folder's name is not a path"
        );
        assert_eq!(
            NameError::TooLong { characters: 65 }.to_string(),
            "shorten the name to 64 characters; it has 65"
        );
        assert_eq!(
            NameError::Control { code: 10 }.to_string(),
            "leave out the control character U+000A"
        );
    }

    proptest! {
        #[test]
        fn an_accepted_name_is_one_component_of_a_path(text in any::<String>()) {
            if let Ok(name) = FolderName::new(&text) {
                let name = name.as_str();
                prop_assert!(!name.is_empty() && name != "." && name != "..");
                prop_assert!(!name.contains('/') && !name.chars().any(char::is_control));
                prop_assert!(name.chars().count() <= NAME_CHARACTERS_MAX && name.len() <= NAME_BYTES_MAX);
            }
        }

        #[test]
        fn checking_an_accepted_name_again_changes_nothing(text in "\\PC{0,70}") {
            if let Ok(name) = FolderName::new(&text) {
                prop_assert_eq!(FolderName::new(name.as_str()), Ok(name));
            }
        }

        #[test]
        fn every_start_up_file_name_is_reserved(stem in "[a-z0-9]{1,20}", ending in "(rc|_profile)") {
            let name = format!(".{stem}{ending}");
            prop_assert_eq!(FolderName::new(&name), Err(NameError::Reserved { name }));
        }
    }
}
