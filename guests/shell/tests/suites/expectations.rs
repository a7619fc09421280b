//! Which cases fail, and why.

use std::collections::{BTreeMap, BTreeSet};

/// How a case came out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Passes,
    /// What differs, in so many lines.
    Fails {
        lines: usize,
        text: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expectation {
    /// In at most so many lines.
    Fails(usize),
    /// It is not looked at.
    NotRun,
    /// It comes out one way or the other.
    Unstable,
}

/// A list: sections `# reason`, `# unstable: reason` or `# not run: reason`, then a case a line; behind a tab how many
/// lines may differ.
pub struct Expectations(BTreeMap<&'static str, Expectation>);

impl Expectations {
    pub fn parse(table: &'static str) -> Self {
        let mut listed = BTreeMap::new();
        let mut section = None;
        for line in table.lines().filter(|line| !line.is_empty()) {
            if let Some(reason) = line.strip_prefix("# ") {
                section = Some(reason);
                continue;
            }
            let reason = section.unwrap_or_else(|| panic!("{line}: no reason above it"));
            let (name, lines) = match line.split_once('\t') {
                Some((name, lines)) => (name, lines.parse().unwrap()),
                None => (line, usize::MAX),
            };
            let expectation = if reason.starts_with("not run: ") {
                Expectation::NotRun
            } else if reason.starts_with("unstable: ") {
                Expectation::Unstable
            } else {
                Expectation::Fails(lines)
            };
            let before = listed.insert(name, expectation);
            assert!(before.is_none(), "{name}: listed twice");
        }
        Self(listed)
    }

    pub fn runs(&self, name: &str) -> bool {
        self.0.get(name) != Some(&Expectation::NotRun)
    }

    /// Fails when something came out otherwise than the list says.
    pub fn check(&self, suite: &str, verdicts: &BTreeMap<String, Verdict>) {
        let mut surprises = Vec::new();
        let mut right = 0;
        for (name, verdict) in verdicts {
            right += usize::from(*verdict == Verdict::Passes);
            match (self.0.get(name.as_str()), verdict) {
                (Some(Expectation::Unstable | Expectation::NotRun), _)
                | (None, Verdict::Passes) => {}
                (Some(Expectation::Fails(_)), Verdict::Passes) => {
                    surprises.push(format!("{name}: passes; take it off the list"));
                }
                (Some(Expectation::Fails(most)), Verdict::Fails { lines, text }) => {
                    if lines > most {
                        surprises.push(format!("{name}: {lines} lines, not {most}\n{text}"));
                    }
                }
                (None, Verdict::Fails { text, .. }) => {
                    surprises.push(format!("{name}: fails\n{text}"));
                }
            }
        }
        let skipped = self.0.values().filter(|e| **e == Expectation::NotRun);
        println!(
            "{suite}: {right} of {} right, {} not run",
            verdicts.len(),
            skipped.count()
        );
        let known: BTreeSet<&str> = verdicts.keys().map(String::as_str).collect();
        for (name, expectation) in &self.0 {
            if *expectation != Expectation::NotRun && !known.contains(name) {
                surprises.push(format!("{name}: listed, but there is no such case"));
            }
        }
        if std::env::var_os("SUITES_LIST").is_some() {
            for (name, verdict) in verdicts {
                if let Verdict::Fails { lines, .. } = verdict {
                    println!("LIST {name}\t{lines}");
                }
            }
        }
        assert!(
            surprises.is_empty(),
            "{suite}: {} surprises\n{}",
            surprises.len(),
            surprises.join("\n")
        );
    }
}
