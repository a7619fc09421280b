//! Connections: taking them, bounding them, and stopping without breaking what is under way.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::app::router;
use crate::server::App;

/// The most connections at once; further ones wait in the operating system's queue.
const CONNECTIONS_MAX: usize = 8192;
/// The head of a request arrives within this time, and a connection without requests is kept for as long.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// When the server stops, requests under way have this long.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// When a connection cannot be taken (no descriptors left), the next is tried after this time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Answers on `listener` until `shutdown`, then lets requests under way end (10 s at most) and closes the server.
pub async fn serve(app: App, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let router = router(app.clone());
    let places = std::sync::Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let connections = TaskTracker::new();
    let abort = CancellationToken::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = async {
            // Never closed, so that a place always comes.
            let place = places.clone().acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                tracing::trace!(%peer, "connected");
                let connection = answer(stream, router.clone(), app.stopping.clone());
                let abort = abort.clone();
                connections.spawn(async move {
                    let _place = place;
                    let _ = abort.run_until_cancelled(connection).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot take a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    app.stopping.cancel();
    connections.close();
    if tokio::time::timeout(STOP_TIMEOUT, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            connections = connections.len(),
            "breaking off what is still under way"
        );
        abort.cancel();
        connections.wait().await;
    }
    app.close().await;
}

/// Answers the requests of one connection, one after the other.
async fn answer(stream: TcpStream, router: Router, stopping: CancellationToken) {
    // Keystrokes are small and must not wait for company.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            Ok::<_, Infallible>(
                router
                    .oneshot(request.map(Body::new))
                    .await
                    .unwrap_or_else(|e| match e {}),
            )
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
