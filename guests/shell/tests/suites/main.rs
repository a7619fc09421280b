//! The shell on the tests of other shells: bash's own, and the POSIX ones of yash.
//!
//! They are fetched when this runs (`fetch`) and never copied into our repository. What is known to fail is listed, with
//! the reason, in `bash-differs.txt` and `yash-differs.txt`; what fails without being listed fails the test, and so does
//! what is listed and passes: the lists can only shrink. Where nothing can be fetched the tests say so and are
//! skipped, unless `CI` is set.

#[path = "../conformance/fetch.rs"]
mod fetch;

mod bash;
mod expectations;
mod run;
mod yash;

use expectations::Expectations;

/// Whether a suite that cannot be had fails the test.
fn must_run() -> bool {
    std::env::var_os("CI").is_some()
}

fn skip(suite: &str) {
    assert!(!must_run(), "{suite} cannot be fetched");
    eprintln!("\n*** SKIPPED: {suite} cannot be fetched ***\n");
}

#[test]
fn bash_scripts_print_what_they_print_in_bash() {
    let Some(source) = fetch::bash_source() else {
        return skip("the source of bash");
    };
    let expectations = Expectations::parse(include_str!("bash-differs.txt"));
    expectations.check("bash's own tests", &bash::run(&source, &expectations));
}

#[test]
fn yash_cases_find_what_posix_says() {
    let Some(source) = fetch::yash_cli() else {
        return skip("the source of yash");
    };
    let expectations = Expectations::parse(include_str!("yash-differs.txt"));
    expectations.check("yash's POSIX cases", &yash::run(&source, &expectations));
}
