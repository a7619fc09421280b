//! Where dependencies come from and under which licences: the rules of `deny.toml`.
//!
//! `cargo deny` applies them where it is installed. It takes four minutes of processor time to compile, so elsewhere
//! the two rules that need no data from the net are applied here: every package comes from the registry or from this
//! repository, and every licence expression can be met with the licences allowed.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step::{self, announce, cargo, guest_cargo};
use crate::workspace::Workspace;

/// Between a package and its licence in what `cargo tree` prints.
const SEPARATOR: char = '\t';

/// Applies the rules to both workspaces.
///
/// # Errors
/// With every package that breaks one.
pub fn check(workspace: &Workspace) -> Result<()> {
    let rules = workspace.root().join("deny.toml");
    let deny_is_installed = Command::new("cargo-deny")
        .arg("--version")
        .output()
        .is_ok_and(|run| run.status.success());
    if deny_is_installed {
        for (what, mut cargo) in [
            ("licences", cargo(workspace)),
            ("licences of the guests", guest_cargo(workspace)),
        ] {
            cargo.args(["deny", "--offline", "--config"]).arg(&rules);
            cargo.args(["check", "licenses", "bans", "sources"]);
            step::run(&format!("check: {what}"), &mut cargo)?;
        }
        return Ok(());
    }
    let text =
        fs::read_to_string(&rules).with_context(|| format!("cannot read {}", rules.display()))?;
    let allowed = allowed_licences(&text);
    let mut problems = BTreeSet::new();
    for mut cargo in [cargo(workspace), guest_cargo(workspace)] {
        let format = format!("{{p}}{SEPARATOR}{{l}}");
        cargo.args([
            "tree",
            "--workspace",
            "--target",
            "all",
            "--prefix",
            "none",
            "--format",
            &format,
        ]);
        let packages = step::output(&mut cargo)?;
        problems.extend(packages.lines().filter_map(|line| problem(line, &allowed)));
    }
    if !problems.is_empty() {
        bail!(
            "dependencies against the rules of deny.toml:\n  {}",
            Vec::from_iter(problems).join("\n  ")
        );
    }
    announce("check: licences and sources of all dependencies are allowed");
    Ok(())
}

/// The list `allow` of our own `deny.toml`: quoted names between its brackets.
fn allowed_licences(rules: &str) -> BTreeSet<&str> {
    let list = rules
        .split_once("\nallow = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(list, _)| list);
    list.split('"').skip(1).step_by(2).collect()
}

/// What is wrong with one line of `cargo tree`.
fn problem(line: &str, allowed: &BTreeSet<&str>) -> Option<String> {
    let (package, licence) = line.split_once(SEPARATOR)?;
    let licence = licence.trim_end_matches(" (*)");
    if package.contains("://") {
        return Some(format!("{package} comes from elsewhere than the registry"));
    }
    let tokens = tokens(licence);
    let mut rest = tokens.as_slice();
    let is_met = alternatives(&mut rest, allowed);
    (is_met != Some(true) || !rest.is_empty()).then(|| format!("{package} is under {licence:?}"))
}

/// The words and brackets of an SPDX licence expression. Old manifests write `/` for OR.
fn tokens(expression: &str) -> Vec<String> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// `A OR B`: whether one can be met; `None` when it cannot be read.
fn alternatives(rest: &mut &[String], allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut is_met = conditions(rest, allowed)?;
    while take(rest, "OR") {
        is_met |= conditions(rest, allowed)?;
    }
    Some(is_met)
}

/// `A AND B`, which binds closer: whether all can be met.
fn conditions(rest: &mut &[String], allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut is_met = licence(rest, allowed)?;
    while take(rest, "AND") {
        is_met &= licence(rest, allowed)?;
    }
    Some(is_met)
}

/// A name, a name `WITH` an exception, or brackets.
fn licence(rest: &mut &[String], allowed: &BTreeSet<&str>) -> Option<bool> {
    if take(rest, "(") {
        let is_met = alternatives(rest, allowed);
        return if take(rest, ")") { is_met } else { None };
    }
    let (name, after) = rest.split_first()?;
    *rest = after;
    if !take(rest, "WITH") {
        return Some(allowed.contains(name.as_str()));
    }
    let (exception, after) = rest.split_first()?;
    *rest = after;
    Some(allowed.contains(format!("{name} WITH {exception}").as_str()))
}

/// Takes the next word when it is this one.
fn take(rest: &mut &[String], word: &str) -> bool {
    match rest.split_first() {
        Some((first, after)) if first == word => {
            *rest = after;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(licence: &str) -> bool {
        let allowed = BTreeSet::from(["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]);
        problem(&format!("x v1.0.0\t{licence}"), &allowed).is_none()
    }

    #[test]
    fn one_allowed_alternative_is_enough_and_every_condition_counts() {
        for licence in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/BSL-1.0",
            "Apache-2.0 WITH LLVM-exception",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "GPL-3.0 AND GPL-2.0 OR MIT",
        ] {
            assert!(is_allowed(licence), "{licence}");
        }
        for licence in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(GPL-3.0 OR GPL-2.0) AND MIT",
            "",
            "MIT OR",
            "(MIT",
            "MIT )",
        ] {
            assert!(!is_allowed(licence), "{licence}");
        }
    }

    #[test]
    fn a_package_from_elsewhere_is_refused() {
        let allowed = BTreeSet::from(["MIT"]);
        assert!(problem("x v1.0.0 (https://example.org/x.git#1234)\tMIT", &allowed).is_some());
        assert!(problem("x v1.0.0 (/home/me/berth/crates/x)\tMIT (*)", &allowed).is_none());
    }

    #[test]
    fn the_rules_are_those_of_deny_toml() {
        let allowed = allowed_licences(include_str!("../../deny.toml"));
        assert!(
            allowed.contains("MIT") && allowed.contains("Apache-2.0"),
            "{allowed:?}"
        );
        assert!(!allowed.contains("GPL-3.0-only"));
    }
}
