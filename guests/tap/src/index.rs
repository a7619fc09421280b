//! All formulae of a tap in one file, which is what is signed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::limits::{BOTTLE_MAX_BYTES, FORMULAE_MAX, INDEX_MAX_BYTES, KEG_MAX_BYTES};
use crate::name::TapName;

/// The format that this program reads and writes.
const FORMAT: u32 = 1;

/// A tap's index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The format it is written in.
    format: u32,
    /// The tap.
    pub tap: TapName,
    /// Its formulae, by name.
    #[serde(default, rename = "formula")]
    pub formulae: Vec<Formula>,
}

impl Index {
    /// An index of these formulae.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn new(tap: TapName, mut formulae: Vec<Formula>) -> Result<Self> {
        formulae.sort_by(|a, b| a.name.cmp(&b.name));
        let index = Self {
            format: FORMAT,
            tap,
            formulae,
        };
        index.check()?;
        Ok(index)
    }

    /// Reads an index.
    ///
    /// # Errors
    /// [`Error::Index`], and what is wrong with a name or a version in it.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() as u64 > INDEX_MAX_BYTES {
            return Err(Error::Index(format!(
                "it is larger than {INDEX_MAX_BYTES} bytes"
            )));
        }
        let index: Self =
            toml::from_str(text).map_err(|error| Error::Index(error.message().to_owned()))?;
        index.check()?;
        Ok(index)
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`Error::Index`], which is never.
    pub fn to_text(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Error::Index(error.to_string()))
    }

    /// The formula of that name, or with that alias.
    pub fn formula(&self, name: &str) -> Option<&Formula> {
        let exact = self
            .formulae
            .iter()
            .find(|formula| formula.name.as_str() == name);
        exact.or_else(|| {
            self.formulae
                .iter()
                .find(|formula| formula.answers_to(name))
        })
    }

    fn check(&self) -> Result<()> {
        if self.format != FORMAT {
            return Err(Error::Index(format!(
                "its format is {}, and this brew reads {FORMAT}",
                self.format
            )));
        }
        if self.formulae.len() > FORMULAE_MAX {
            return Err(Error::Index(format!(
                "it has more than {FORMULAE_MAX} formulae"
            )));
        }
        let mut programs = BTreeMap::new();
        for pair in self.formulae.windows(2) {
            if pair[0].name >= pair[1].name {
                return Err(Error::Index(format!(
                    "{} is not in its place",
                    pair[1].name
                )));
            }
        }
        for formula in &self.formulae {
            if let Some(bottle) = &formula.bottle
                && (bottle.size > BOTTLE_MAX_BYTES || bottle.installed_size > KEG_MAX_BYTES)
            {
                return Err(Error::Index(format!(
                    "the bottle of {} is too large",
                    formula.name
                )));
            }
            for program in &formula.programs {
                if let Some(other) = programs.insert(program, &formula.name) {
                    return Err(Error::Index(format!(
                        "{other} and {} both have a program {program}",
                        formula.name
                    )));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn formula(name: &str, needs: &[&str]) -> Formula {
        let text = format!(
            "name = {name:?}\nversion = \"1.0\"\ndescription = \"d\"\nhomepage = \"h\"\nlicence = \"MIT\"\n\
             dependencies = {needs:?}\nprograms = [{name:?}]\ntest = \"true\"\n\
             [origin]\nregistry = \"berth\"\npackage = \"p\"\nversion = \"1.0\"\n"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn an_index_comes_back_as_it_was_written() {
        let index = Index::new(
            TapName::core(),
            vec![formula("b", &[]), formula("a", &["b"])],
        )
        .unwrap();
        let text = index.to_text().unwrap();
        assert_eq!(Index::parse(&text).unwrap(), index);
        assert_eq!(index.formula("b").unwrap().name.as_str(), "b");
        assert!(index.formula("c").is_none());
    }

    #[test]
    fn an_index_with_a_name_that_leaves_its_place_is_refused() {
        let text = Index::new(TapName::core(), vec![formula("a", &[])])
            .unwrap()
            .to_text()
            .unwrap();
        for (from, to) in [
            ("name = \"a\"", "name = \"../a\""),
            (
                "version = \"1.0\"\ndescription",
                "version = \"../1\"\ndescription",
            ),
            ("programs = [\"a\"]", "programs = [\"../a\"]"),
            ("berth/core", "../core"),
            ("format = 1", "format = 2"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from} is not in {text}");
            assert!(Index::parse(&changed).is_err(), "{changed}");
        }
    }

    #[test]
    fn two_formulae_with_one_program_are_refused() {
        let mut other = formula("b", &[]);
        other.programs = vec!["a".parse().unwrap()];
        let error = Index::new(TapName::core(), vec![formula("a", &[]), other]).unwrap_err();
        assert!(
            error.to_string().contains("a and b both have a program a"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn reading_arbitrary_text_never_panics(text in "\\PC{0,200}") {
            let _ = Index::parse(&text);
        }
    }
}
