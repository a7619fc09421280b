//! The shell beside bash on cases that others wrote: the compatibility cases inside the crate `brush-shell`.
//!
//! They are fetched when the test runs (`fetch`), read (`cases`), and run by both shells in directories of the same
//! name (`shells`), so that output can be compared byte for byte. What is known to differ is listed, with the reason,
//! in `expected-failures.txt`; a case that fails without being listed fails the test, and so does one that is listed
//! and passes: the list can only shrink.
//!
//! `CONFORMANCE=part-of-a-name` runs only these cases and shows both outcomes.

mod cases;
mod expectations;
mod fetch;
mod pseudoterminal;
mod shells;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cases::Case;
use expectations::{Expectation, Expectations};
use shells::{Shells, Verdict};

/// How many cases run at once: many of them wait for something.
const WORKERS_MAX: usize = 4;
const SIGHUP: berth_guest::Signal = 1;
const SIGINT: berth_guest::Signal = 2;
const SIGQUIT: berth_guest::Signal = 3;
const SIGTERM: berth_guest::Signal = 15;
/// A case under load may lose a race that it wins alone, so a failure is looked at this often before it counts.
const ATTEMPTS_MAX: usize = 3;

#[test]
fn brush_compatibility_cases_give_what_bash_gives() {
    let Some(directory) = fetch::brush_shell() else {
        return;
    };
    let only = std::env::var("CONFORMANCE").ok();
    let cases: Vec<Case> = cases::read_all(&directory.join("tests/cases/compat"))
        .into_iter()
        .filter(|case| only.as_ref().is_none_or(|only| case.id.contains(only)))
        .collect();
    let expectations = Expectations::read();
    // Whoever started this run may ignore some (nohup does): the shells would inherit that, and bash tells of it.
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        berth_guest::set_signal_action(signal, berth_guest::SignalAction::Default).unwrap();
    }
    let failed = run_all(&cases);

    let mut problems = Vec::new();
    let (mut right, mut wrong, mut unstable) = (0, 0, 0);
    for (case, verdict) in cases.iter().zip(&failed) {
        match (expectations.of(&case.id), verdict) {
            (Expectation::Unstable, _) => unstable += 1,
            (Expectation::Passes, None) => right += 1,
            (Expectation::Fails, Some(_)) => wrong += 1,
            (Expectation::Passes, Some(difference)) => {
                wrong += 1;
                problems.push(format!("{}\n{difference}", case.id));
            }
            (Expectation::Fails, None) => {
                right += 1;
                problems.push(format!(
                    "{}\n  passes: take it off the list of expected failures\n",
                    case.id
                ));
            }
        }
        if only.is_some()
            && let Some(difference) = verdict
        {
            println!("{}\n{}{difference}", case.id, case.text());
        }
    }
    println!(
        "bash compatibility: {right} of {} right, {wrong} wrong, {unstable} unstable",
        cases.len()
    );
    if only.is_none() {
        let stale = expectations.without_case(&cases);
        assert!(stale.is_empty(), "listed, but no such case: {stale:#?}");
    }
    assert!(
        problems.is_empty(),
        "{} surprises:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// What differs in each case, if anything does.
fn run_all(cases: &[Case]) -> Vec<Option<String>> {
    let differences: Vec<Mutex<Option<String>>> = cases.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(WORKERS_MAX);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let shells = Shells::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else {
                        break;
                    };
                    *differences[index].lock().unwrap() = difference(&shells, case);
                }
            });
        }
    });
    differences
        .into_iter()
        .map(|difference| difference.into_inner().unwrap())
        .collect()
}

/// What still differs after some attempts.
fn difference(shells: &Shells, case: &Case) -> Option<String> {
    let mut last = None;
    for _ in 0..ATTEMPTS_MAX {
        match shells.compare(case) {
            Verdict::Same => return None,
            Verdict::Differs(difference) => last = Some(difference),
        }
    }
    last
}
