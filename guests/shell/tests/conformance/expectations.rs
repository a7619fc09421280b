//! Which cases differ from bash, and why.

use std::collections::HashMap;

use super::cases::Case;

const TABLE: &str = include_str!("expected-failures.txt");

#[derive(Clone, Copy)]
pub enum Expectation {
    Passes,
    Fails,
    /// bash itself does not give the same twice.
    Unstable,
}

pub struct Expectations(HashMap<&'static str, Expectation>);

impl Expectations {
    /// Sections `# reason` or `# unstable: reason`, then one case a line.
    pub fn read() -> Self {
        let mut listed = HashMap::new();
        let mut section = None;
        for line in TABLE.lines().filter(|line| !line.is_empty()) {
            if let Some(reason) = line.strip_prefix("# ") {
                section = Some(if reason.starts_with("unstable: ") {
                    Expectation::Unstable
                } else {
                    Expectation::Fails
                });
                continue;
            }
            let expectation = section.unwrap_or_else(|| panic!("{line}: no reason above it"));
            let before = listed.insert(line, expectation);
            assert!(before.is_none(), "{line}: listed twice");
        }
        Self(listed)
    }

    pub fn of(&self, id: &str) -> Expectation {
        self.0.get(id).copied().unwrap_or(Expectation::Passes)
    }

    pub fn without_case(&self, cases: &[Case]) -> Vec<&'static str> {
        self.0
            .keys()
            .copied()
            .filter(|id| cases.iter().all(|case| case.id != **id))
            .collect()
    }
}
