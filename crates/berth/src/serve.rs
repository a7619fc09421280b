//! `berth serve`.

use anyhow::Context as _;
use berth_server::server::FIRST_ADMIN_EMAIL;
use berth_server::{Server, ServerConfig};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Serve;
use crate::{print_line, runtime, start_log};

/// Runs the server until it is told to stop.
///
/// # Errors
/// When it cannot start, in words for the person at the terminal.
pub fn run(options: Serve) -> anyhow::Result<()> {
    start_log();
    runtime()?.block_on(run_on(options))
}

async fn run_on(options: Serve) -> anyhow::Result<()> {
    // From here on a signal stops the server properly, also while it starts.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };

    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;
    let started = Server::open(ServerConfig {
        data: options.place.data,
        database_url: options.place.database_url,
        taps: options.taps,
        admin_password: options.admin_password,
        public_origin: options.public_origin,
        egress: options.egress.into(),
    })
    .await?;

    // The first start compiles the guests, which takes some seconds; later ones find them compiled.
    let app = started.app.clone();
    tokio::task::spawn_blocking(move || {
        app.preload(|module| tracing::info!(module = %module.display(), "loading"));
    })
    .await?;

    if let Some(password) = &started.generated_password {
        print_line(&format!(
            "Log in as {FIRST_ADMIN_EMAIL} with the password {password}"
        ))?;
    }
    print_line(&format!("Berth listens on http://{address}"))?;
    berth_server::serve(started.app, listener, shutdown).await;
    Ok(())
}
