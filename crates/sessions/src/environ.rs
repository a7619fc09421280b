//! Environment variables: what every session has, and what may be added.

use std::collections::BTreeMap;

use crate::limits::{ENVIRON_BYTES_MAX, ENVIRON_VARIABLES_MAX};
use crate::mounts::HOME;

/// The shell of every session.
pub(crate) const SHELL: &str = "/usr/bin/bash";

/// What every process of a session starts with.
const ALWAYS: [(&str, &str); 8] = [
    ("HOME", HOME),
    ("LANG", "C.UTF-8"),
    ("LOGNAME", "work"),
    (
        "PATH",
        "/home/work/.local/bin:/home/linuxbrew/.linuxbrew/bin:/usr/local/bin:/usr/bin:/bin",
    ),
    ("SHELL", SHELL),
    ("TERM", "xterm-256color"),
    ("TMPDIR", "/tmp"),
    ("USER", "work"),
];

/// Why variables are refused. The sentence says what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EnvironFault {
    /// Too many.
    #[error("give at most {ENVIRON_VARIABLES_MAX} variables")]
    TooMany,
    /// Too long together.
    #[error("shorten the names and values to {ENVIRON_BYTES_MAX} bytes together")]
    TooLong,
    /// A name no shell knows.
    #[error(
        "begin the name {name:?} with a letter or \"_\", and use only letters, digits and \"_\" in it"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A NUL in a value.
    #[error("leave out the NUL character in the value of {name}")]
    Nul {
        /// Whose value.
        name: String,
    },
}

/// Checks the variables that somebody wants to add.
pub(crate) fn check(wanted: &BTreeMap<String, String>) -> Result<(), EnvironFault> {
    if wanted.len() > ENVIRON_VARIABLES_MAX {
        return Err(EnvironFault::TooMany);
    }
    if wanted
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum::<usize>()
        > ENVIRON_BYTES_MAX
    {
        return Err(EnvironFault::TooLong);
    }
    for (name, value) in wanted {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !name.bytes().all(word) || name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
            return Err(EnvironFault::Name { name: name.clone() });
        }
        if value.contains('\0') {
            return Err(EnvironFault::Nul { name: name.clone() });
        }
    }
    Ok(())
}

/// Variables of a session or a command; later ones win.
#[derive(Clone, Debug)]
pub(crate) struct Environ(BTreeMap<String, String>);

impl Environ {
    /// What a session called `name` has, with `wanted` on top.
    pub fn of_session(name: &str, wanted: &BTreeMap<String, String>) -> Self {
        let always = ALWAYS
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let own = [("BERTH_SESSION".to_owned(), name.to_owned())];
        Self(always.chain(own).collect()).with(wanted)
    }

    /// These with `wanted` on top.
    pub fn with(&self, wanted: &BTreeMap<String, String>) -> Self {
        let mut all = self.0.clone();
        all.extend(
            wanted
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        Self(all)
    }

    /// One value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// `NAME=value` each, as a process gets them.
    pub fn strings(&self) -> Vec<Vec<u8>> {
        self.0
            .iter()
            .map(|(name, value)| format!("{name}={value}").into_bytes())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn variables_have_names_a_shell_knows() {
        for name in ["EPOCHS", "_x", "a1"] {
            assert_eq!(check(&one(name, "1 = 2\n한")), Ok(()));
        }
        for name in ["", "1a", "A=B", "A-B", "é", "A\0"] {
            assert_eq!(
                check(&one(name, "")),
                Err(EnvironFault::Name {
                    name: name.to_owned()
                })
            );
        }
        assert_eq!(
            check(&one("A", "\0")),
            Err(EnvironFault::Nul {
                name: "A".to_owned()
            })
        );
        assert_eq!(
            check(&one("A", &"x".repeat(ENVIRON_BYTES_MAX))),
            Err(EnvironFault::TooLong)
        );
        let many = (0..=ENVIRON_VARIABLES_MAX)
            .map(|n| (format!("A{n}"), String::new()))
            .collect();
        assert_eq!(check(&many), Err(EnvironFault::TooMany));
    }

    #[test]
    fn what_a_person_asks_for_wins() {
        let environ =
            Environ::of_session("mysess", &one("LANG", "ko_KR.UTF-8")).with(&one("EPOCHS", "3"));
        assert_eq!(environ.get("HOME"), Some("/home/work"));
        assert_eq!(environ.get("LANG"), Some("ko_KR.UTF-8"));
        assert!(environ.strings().contains(&b"EPOCHS=3".to_vec()));
    }
}
