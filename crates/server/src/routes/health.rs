//! For whoever watches the server: is it alive, can it serve, what does it count.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::metrics::CONTENT_TYPE as METRICS_TYPE;
use crate::problem::{Problem, Result};
use crate::server::App;

/// A database that has not answered by then cannot be worked with.
const READY_TIMEOUT: Duration = Duration::from_secs(2);

/// The routes of this module. Open to everybody: they tell nothing about anybody.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

async fn ready(State(app): State<App>) -> Result<&'static str> {
    if app.stopping.is_cancelled() {
        return Err(Problem::unavailable("the server is stopping"));
    }
    match tokio::time::timeout(READY_TIMEOUT, app.store.ping()).await {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => Err(Problem::unavailable(error)),
        Err(_) => Err(Problem::unavailable("the database does not answer")),
    }
}

async fn metrics(State(app): State<App>) -> Result<impl IntoResponse> {
    let text = app.metrics.text().map_err(Problem::internal)?;
    Ok(([(CONTENT_TYPE, METRICS_TYPE)], text))
}
