//! What has to be installed before what.

use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::limits::DEPENDENCIES_MAX;

/// The formula and everything it needs, each after what it needs itself. `find` knows the formulae.
///
/// # Errors
/// [`Error::Unknown`], [`Error::Loop`] with the way round, [`Error::TooManyDependencies`].
pub fn in_order<'a>(
    name: &str,
    find: &dyn Fn(&str) -> Option<&'a Formula>,
) -> Result<Vec<&'a Formula>> {
    let mut done: Vec<&Formula> = Vec::new();
    // The way from `name` to the formula that is looked at, each with the next of its dependencies.
    let first = find(name).ok_or_else(|| Error::Unknown(name.to_owned()))?;
    let mut way: Vec<(&Formula, usize)> = vec![(first, 0)];
    while let Some((formula, next)) = way.last_mut() {
        let formula: &Formula = formula;
        let Some(dependency) = formula.dependencies.get(*next) else {
            done.push(formula);
            way.pop();
            continue;
        };
        *next += 1;
        let dependency =
            find(dependency.as_str()).ok_or_else(|| Error::Unknown(dependency.to_string()))?;
        if done.iter().any(|known| known.name == dependency.name) {
            continue;
        }
        if let Some(at) = way
            .iter()
            .position(|(known, _)| known.name == dependency.name)
        {
            let round = way[at..].iter().map(|(known, _)| known.name.to_string());
            return Err(Error::Loop(
                round.chain([dependency.name.to_string()]).collect(),
            ));
        }
        if done.len() + way.len() >= DEPENDENCIES_MAX {
            return Err(Error::TooManyDependencies(name.to_owned()));
        }
        way.push((dependency, 0));
    }
    Ok(done)
}

/// The formulae among `all` that need `name`, directly.
pub fn users_of<'a>(name: &str, all: impl IntoIterator<Item = &'a Formula>) -> Vec<&'a Formula> {
    let needs = |formula: &&Formula| {
        formula
            .dependencies
            .iter()
            .any(|need| need.as_str() == name)
    };
    all.into_iter().filter(needs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::tests::formula;
    use proptest::prelude::*;

    fn order(name: &str, formulae: &[Formula]) -> std::result::Result<String, String> {
        let find = |name: &str| {
            formulae
                .iter()
                .find(|formula| formula.name.as_str() == name)
        };
        in_order(name, &find)
            .map(|order| {
                let names: Vec<_> = order.iter().map(|formula| formula.name.as_str()).collect();
                names.join(" ")
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_needed_comes_first_and_once() {
        let formulae = [
            formula("a", &["b", "c"]),
            formula("b", &["d"]),
            formula("c", &["d"]),
            formula("d", &[]),
        ];
        assert_eq!(order("a", &formulae), Ok("d b c a".to_owned()));
        assert_eq!(order("d", &formulae), Ok("d".to_owned()));
        let users = users_of("d", &formulae);
        assert_eq!(users.len(), 2);
    }

    #[test]
    fn a_loop_is_named() {
        let formulae = [
            formula("a", &["b"]),
            formula("b", &["c"]),
            formula("c", &["b"]),
        ];
        let error = order("a", &formulae).unwrap_err();
        assert!(error.ends_with("b -> c -> b"), "{error}");
        let own = [formula("a", &["a"])];
        assert!(order("a", &own).unwrap_err().ends_with("a -> a"));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = order("a", &[formula("a", &["gone"])]).unwrap_err();
        assert_eq!(error, "No available formula with the name \"gone\".");
    }

    #[test]
    fn a_long_chain_has_an_end() {
        let names: Vec<String> = (0..=DEPENDENCIES_MAX)
            .map(|number| format!("f{number}"))
            .collect();
        let chain: Vec<Formula> = names
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let next: Vec<&str> = names.get(at + 1).map(String::as_str).into_iter().collect();
                formula(name, &next)
            })
            .collect();
        assert!(order("f0", &chain).unwrap_err().contains("too many"));
    }

    proptest! {
        /// Whatever needs whatever: either everything comes after what it needs, or there is a loop.
        #[test]
        fn any_graph_has_an_order_or_a_loop(edges in proptest::collection::vec((0usize..8, 0usize..8), 0..20)) {
            let names: Vec<String> = (0..8).map(|number| format!("f{number}")).collect();
            let formulae: Vec<Formula> = (0..8)
                .map(|from| {
                    let needs: Vec<&str> = edges.iter().filter(|edge| edge.0 == from).map(|edge| names[edge.1].as_str()).collect();
                    formula(&names[from], &needs)
                })
                .collect();
            let find = |name: &str| formulae.iter().find(|formula| formula.name.as_str() == name);
            match in_order("f0", &find) {
                Ok(order) => for (at, formula) in order.iter().enumerate() {
                    for need in &formula.dependencies {
                        prop_assert!(order[..at].iter().any(|known| known.name == *need));
                    }
                },
                Err(Error::Loop(round)) => prop_assert_eq!(round.first(), round.last()),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}
