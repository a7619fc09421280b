//! CPython's own tests in a session: which are tried, and which of them fail, is in `python-suite/expected.txt`.
//!
//! The list can only shrink: what fails and is not in it fails here, and so does what is in it and passes. The tests are
//! fetched by `cargo xtask`, which says in `BERTH_PYTHON_SUITE` where they are; without it nothing is tried. In CI that is
//! the modules marked `quick`; `cargo xtask python-suite` tries them all. `BERTH_PYTHON_MODULES` narrows to names.

use std::collections::BTreeMap;
use std::fs;

use berth_tests::{Person, Session, someone};
use serde_json::json;

const EXPECTED: &str = include_str!("python-suite/expected.txt");
const DRIVER: &str = include_str!("python-suite/driver.py");
/// The folder with the tests.
const FOLDER: &str = "suite";
/// What one module may take, in seconds. None takes a quarter of it on an idle machine.
const MODULE_SECONDS: u64 = 170;

/// A module of the suite, and what is known of its tests.
struct Module {
    name: &'static str,
    quick: bool,
    /// Tests that fail.
    fail: Vec<&'static str>,
    /// Tests that are not run: they end the interpreter, or never end.
    left_out: Vec<&'static str>,
}

/// Lines with a name begin a module; those that are indented are its tests, with a reason behind the colon.
fn modules() -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    for line in EXPECTED.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(test) = line.strip_prefix("  ") else {
            let (name, mark) = line.split_once(' ').unwrap_or((line, ""));
            assert!(matches!(mark, "" | "quick"), "{line}");
            modules.push(Module {
                name,
                quick: mark == "quick",
                fail: Vec::new(),
                left_out: Vec::new(),
            });
            continue;
        };
        let module = modules.last_mut().expect("a test without its module");
        let (test, reason) = test.split_once(": ").expect("a reason");
        assert!(!reason.is_empty(), "{line}");
        let (kind, id) = test.split_once(' ').expect("a kind and a test");
        match kind {
            "fail" => module.fail.push(id),
            "leave" => module.left_out.push(id),
            _ => panic!("{line}"),
        }
    }
    modules
}

/// Puts the tests into a folder; false if there are none.
fn prepare(person: &Person) -> bool {
    let Some(archive) = std::env::var_os("BERTH_PYTHON_SUITE") else {
        println!("skipped: BERTH_PYTHON_SUITE does not say where CPython's own tests are");
        return false;
    };
    let folder = person.folder(FOLDER);
    person
        .put(&folder, "suite.tar.gz", fs::read(archive).unwrap())
        .must(201);
    person.put(&folder, "driver.py", DRIVER).must(201);
    let session = person.session_with(&json!({"mounts": [{"folder": FOLDER}]}));
    session.say(&format!("tar -xzf {FOLDER}/suite.tar.gz -C {FOLDER}"));
    true
}

/// What is wrong with a module: nothing, if its tests do as expected.
fn differences(session: &Session<'_>, module: &Module) -> Vec<String> {
    // Some tests run scripts that import the suite; those know the user's packages.
    let path = "$(python3 -m site --user-site)";
    session.say(&format!(
        "mkdir -p {path} t && echo ~/{FOLDER} > {path}/suite.pth"
    ));
    let output = session.exec(&json!({
        "command": format!(
            "cd t && python3 ~/{FOLDER}/driver.py ~/results {} {} > ~/output 2>&1; tail -c 4000 ~/output >&2; cat ~/results",
            module.name, module.left_out.join(" ")
        ),
        "timeout_seconds": MODULE_SECONDS,
    }));
    let text = output.out();
    // A test that is run twice, with subtests or in two classes of one name, fails if it fails once.
    let mut verdicts: BTreeMap<&str, &str> = BTreeMap::new();
    let (mut begun, mut ended) = ("", false);
    for line in text.lines() {
        let (verdict, test) = line.split_once(' ').expect("a verdict and a test");
        match verdict {
            "begin" => begun = test,
            "end" => ended = true,
            "fail" => {
                verdicts.insert(test, verdict);
            }
            _ => {
                verdicts.entry(test).or_insert(verdict);
            }
        }
    }
    if !ended {
        return vec![format!("{begun} took it down: {output}")];
    }
    let mut wrong = Vec::new();
    for (test, verdict) in &verdicts {
        if (*verdict == "fail") != module.fail.contains(test) {
            wrong.push(format!("{test}: {verdict}, which is not expected"));
        }
    }
    for test in &module.fail {
        if !verdicts.contains_key(test) {
            wrong.push(format!("{test} is expected to fail, and does not exist"));
        }
    }
    let count = |wanted: &str| {
        verdicts
            .values()
            .filter(|verdict| **verdict == wanted)
            .count()
    };
    println!(
        "{}: {} pass, {} skip, {} fail, {} left out{}",
        module.name,
        count("ok"),
        count("skip"),
        count("fail"),
        module.left_out.len(),
        if wrong.is_empty() {
            ""
        } else {
            ", NOT AS EXPECTED"
        }
    );
    if !wrong.is_empty() {
        wrong.push(output.err());
    }
    wrong
}

fn run(wanted: impl Fn(&Module) -> bool) {
    let ann = someone();
    if !prepare(&ann) {
        return;
    }
    let chosen = std::env::var("BERTH_PYTHON_MODULES").unwrap_or_default();
    let chosen: Vec<_> = chosen.split(',').filter(|name| !name.is_empty()).collect();
    let mut wrong = Vec::new();
    for module in modules() {
        if !wanted(&module) || !(chosen.is_empty() || chosen.contains(&module.name)) {
            continue;
        }
        let session =
            ann.session_with(&json!({"mounts": [{"folder": FOLDER, "permission": "ro"}]}));
        wrong.extend(differences(&session, &module));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn some_of_pythons_own_tests_do_as_expected() {
    run(|module| module.quick);
}

#[test]
#[ignore = "takes minutes"]
fn all_of_pythons_own_tests_do_as_expected() {
    run(|module| !module.quick);
}
