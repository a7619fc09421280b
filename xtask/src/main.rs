//! Build, run and test everything: `cargo xtask help`.
//!
//! One file a concern: [`guests`], [`python`] and [`web`] make what the binary embeds, [`product`] the binary, [`tests`] and
//! [`checks`] find out whether it is right. [`step`] runs a command so that one sees what takes how long.

#![forbid(unsafe_code)]

mod apt;
mod bottles;
mod checks;
mod chromium;
mod guests;
mod licences;
mod postgres;
mod product;
mod python;
mod python_suite;
mod step;
mod tests;
mod wasm;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  run [ARG...]    build, then start `berth serve` on 127.0.0.1:8080 with ./data; ARGs are passed on
  build           everything into target/release/berth
  test            build, then every test: guests, web, workspace, and the walk in a real browser
  ci              format, lints, licences, then test
  bench [ARG...]  build, then the benchmarks; ARGs are passed on
  bottles [NAME...]
                  the core tap, into target/bottles: all formulae, those named, with --quick
                  those that take seconds, or with --some two more every day
  python-suite    build, then all of CPython's own tests that are expected to do something
  guests          only the WebAssembly programs, into target/guests
  web             only the browser part, into web/dist

CARGO_TARGET_DIR moves `target`. BERTH_CHROMIUM names the browser for the walk.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    match run(command.as_deref(), &arguments.collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the command says.
fn run(command: Option<&str>, arguments: &[String]) -> Result<()> {
    let workspace = Workspace::find()?;
    let takes_arguments = matches!(command, Some("run" | "bench" | "bottles"));
    if !takes_arguments && let Some(argument) = arguments.first() {
        bail!("unexpected argument '{argument}'; see cargo xtask help");
    }
    match command {
        Some("run") => product::run(&workspace, arguments),
        Some("build") => product::build(&workspace).map(drop),
        Some("test") => tests::all(&workspace),
        Some("ci") => checks::all(&workspace).and_then(|()| tests::all(&workspace)),
        Some("bench") => product::bench(&workspace, arguments),
        Some("bottles") => bottles::build(&workspace, arguments),
        Some("python-suite") => {
            product::build(&workspace).and_then(|_| python_suite::whole(&workspace))
        }
        Some("guests") => guests::build(&workspace),
        Some("web") => web::build(&workspace),
        None | Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some(unknown) => bail!("no command is called '{unknown}'; see cargo xtask help"),
    }
}
