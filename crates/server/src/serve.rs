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
use tokio::io::{AsyncRead, AsyncWrite};
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
    answer_stream(stream, router, stopping).await;
}

/// The same, over whatever carries bytes.
pub(crate) async fn answer_stream<Stream>(
    stream: Stream,
    router: Router,
    stopping: CancellationToken,
) where
    Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::WebSocketUpgrade;
    use axum::extract::ws::{Message, WebSocket};
    use axum::routing::{any, get};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// A connection to a router, as a client has it.
    async fn connect(router: Router, stopping: CancellationToken) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(answer(stream, router, stopping));
        client
    }

    async fn read_until(client: &mut TcpStream, end: &str) -> String {
        let mut text = Vec::new();
        while !text.ends_with(end.as_bytes()) {
            text.push(client.read_u8().await.unwrap());
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    #[tokio::test]
    async fn a_connection_becomes_a_web_socket() {
        async fn echo(mut socket: WebSocket) {
            while let Some(Ok(Message::Text(text))) = socket.recv().await {
                let _ = socket.send(Message::Text(text)).await;
            }
        }
        let route =
            any(|upgrade: WebSocketUpgrade| async { upgrade.protocols(["tty"]).on_upgrade(echo) });
        let mut client = connect(Router::new().route("/", route), CancellationToken::new()).await;
        let head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                    Sec-WebSocket-Protocol: tty\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        let answer = read_until(&mut client, "\r\n\r\n").await.to_lowercase();
        assert!(
            answer.starts_with("http/1.1 101 ") && answer.contains("sec-websocket-protocol: tty"),
            "{answer}"
        );
        // A text frame "hi", masked with zeros, and its echo.
        client
            .write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i'])
            .await
            .unwrap();
        let mut frame = [0; 4];
        client.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame, [0x81, 2, b'h', b'i']);
    }

    #[tokio::test]
    async fn a_server_that_stops_answers_what_is_under_way_and_closes() {
        let route = get(|| async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            "late"
        });
        let stopping = CancellationToken::new();
        let mut client = connect(Router::new().route("/", route), stopping.clone()).await;
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
        stopping.cancel();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("late"),
            "{answer}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_does_not_arrive_does_not_keep_a_connection() {
        let (client, stream) = tokio::io::duplex(1000);
        let served = tokio::spawn(answer_stream(
            stream,
            Router::new(),
            CancellationToken::new(),
        ));
        let (_read, mut write) = tokio::io::split(client);
        write.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
        tokio::time::timeout(HEAD_TIMEOUT * 2, served)
            .await
            .unwrap()
            .unwrap();
    }
}
