//! The `berth` command.

#![forbid(unsafe_code)]

mod cli;
mod serve;
mod user;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, Command, User};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

/// What is logged unless `$RUST_LOG` says otherwise.
const LOG_DEFAULT: &str = "info";

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(options) => serve::run(options),
        Command::User(User::Create(options)) => user::create(options),
        Command::Openapi => openapi(),
        Command::Version => print_line(&format!("berth {}", env!("CARGO_PKG_VERSION"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("berth: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn openapi() -> anyhow::Result<()> {
    print_line(&berth_server::routes::openapi::document()?)
}

/// The runtime for people: HTTP, WebSockets, keystrokes. Guests have one of their own and cannot slow this one down.
fn runtime() -> std::io::Result<Runtime> {
    Builder::new_multi_thread()
        .thread_name("berth-http")
        .enable_all()
        .build()
}

/// The log goes to the standard error, so that what is printed for scripts stands alone.
fn start_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG_DEFAULT));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

/// Prints a line at once, also into a pipe.
fn print_line(line: &str) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}
