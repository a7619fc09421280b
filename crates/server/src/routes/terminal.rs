//! A session's terminal over a WebSocket, in ttyd's framing (subprotocol `tty`).
//!
//! The client first sends JSON `{"AuthToken"?, "columns", "rows"}`, as text or binary; then binary frames whose first
//! byte says what they are: `0` input, `1` new size as JSON, `2` pause, `3` resume. The server sends `0` output, `1`
//! title, `2` preferences. Source: ttyd's `src/server.h` and `protocol.c`. What the close codes mean stands at
//! [`Ending`].
//!
//! Reading and writing are two halves that run at the same time: a client that does not read can still type `^C`.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use berth_accounts::{Authenticated, Caller};
use berth_sessions::{Attachment, Terminal, UserId, Viewer, WindowSize};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::{Path, Query};
use crate::problem::{Problem, Result};
use crate::server::App;

/// The subprotocol ttyd and its clients speak.
const PROTOCOL: &str = "tty";
/// Longest message of a client, in bytes: a large paste, and no more.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// The first message comes within this time.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a silent client is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// After this long without a sign of life the connection is given up; the shell stays.
const SILENCE_MAX: Duration = Duration::from_secs(100);
/// A close frame is sent within this time or not at all.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(terminal))
        .routes(routes!(close))
}

/// Which terminal.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct TerminalQuery {
    /// The terminal's name; a session may have several.
    #[serde(default = "main_terminal")]
    #[param(default = "main")]
    name: String,
}

fn main_terminal() -> String {
    "main".to_owned()
}

/// The first message of a client.
#[derive(Deserialize)]
struct Hello {
    #[serde(flatten)]
    size: Size,
}

/// A window's size, as ttyd writes it.
#[derive(Deserialize)]
struct Size {
    columns: u16,
    rows: u16,
}

impl From<Size> for WindowSize {
    fn from(size: Size) -> Self {
        Self {
            rows: size.rows,
            columns: size.columns,
        }
    }
}

/// Why a terminal's connection ends; the client shows it or comes back.
enum Ending {
    /// 1000: the shell has ended.
    ShellEnded,
    /// 4404: the session has ended.
    SessionEnded,
    /// 4401: the log-in or token by which it was opened is worth nothing any more.
    Revoked,
    /// 1012: the server stops; come back later.
    ServerStops,
    /// 1009: a message was too long.
    TooLong,
    /// 1003: a message was none of the protocol's; the reason says which.
    Unknown(String),
    /// 1013: it cannot be attached now.
    Refused(String),
    /// The client is gone.
    Gone,
}

impl Ending {
    fn frame(self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::ShellEnded => (close_code::NORMAL, "the shell has ended".to_owned()),
            Self::SessionEnded => (4404, "the session has ended".to_owned()),
            Self::Revoked => (4401, "log in again".to_owned()),
            Self::ServerStops => (1012, "the server stops".to_owned()),
            Self::TooLong => (
                close_code::SIZE,
                format!("a message is longer than {MESSAGE_BYTES_MAX} bytes"),
            ),
            Self::Unknown(reason) => (close_code::UNSUPPORTED, reason),
            Self::Refused(reason) => (close_code::AGAIN, reason),
            Self::Gone => return None,
        };
        // A close frame's reason has at most 123 bytes (RFC 6455, 5.5).
        let mut end = reason.len().min(123);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Some(CloseFrame {
            code,
            reason: reason[..end].into(),
        })
    }
}

/// A session's terminal
///
/// A WebSocket in ttyd's framing. Attaching again shows the recent screen; the shell goes on without viewers.
#[utoipa::path(
    get, path = "/sessions/{session}/terminal", operation_id = "openTerminal", tag = "sessions",
    params(("session" = String, Path, description = "Its id, or its name among your live sessions"), TerminalQuery),
    responses((status = SWITCHING_PROTOCOLS, description = "subprotocol `tty`")),
)]
async fn terminal(
    State(app): State<App>,
    who: Authenticated,
    Path(session): Path<String>,
    Query(TerminalQuery { name }): Query<TerminalQuery>,
    upgrade: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|rejection| {
        Problem::new(rejection.status())
            .detail(format!("this is a WebSocket: {}", rejection.body_text()))
    })?;
    let user = who.caller.user_id;
    // Refused as HTTP while that is still possible.
    app.sessions.computer(user, &session).await?;
    let revoked = app.accounts.until_revoked(who.credential);
    Ok(upgrade
        .protocols([PROTOCOL])
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| async move {
            let (mut sink, stream) = socket.split();
            let stopping = app.stopping.clone();
            let ending = tokio::select! {
                ending = converse(&app, user, &session, &name, &mut sink, stream) => ending,
                () = revoked => Ending::Revoked,
                () = stopping.cancelled() => Ending::ServerStops,
            };
            if let Some(frame) = ending.frame() {
                let close = sink.send(Message::Close(Some(frame)));
                let _ = tokio::time::timeout(CLOSE_TIMEOUT, close).await;
            }
        }))
}

/// Close a terminal of a session
///
/// As one closes a window: its shell is hung up. The session goes on.
#[utoipa::path(
    delete, path = "/sessions/{session}/terminals/{name}", operation_id = "closeTerminal", tag = "sessions",
    params(
        ("session" = String, Path, description = "Its id, or its name among your live sessions"),
        ("name" = String, Path, description = "The terminal's name"),
    ),
    responses((status = NO_CONTENT)),
)]
async fn close(
    State(app): State<App>,
    caller: Caller,
    Path((session, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    let computer = app.sessions.computer(caller.user_id, &session).await?;
    if computer.close_terminal(&name).await {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("the session has no such terminal"))
    }
}

/// From the first message to the end.
async fn converse(
    app: &App,
    user: UserId,
    session: &str,
    name: &str,
    sink: &mut SplitSink<WebSocket, Message>,
    mut stream: SplitStream<WebSocket>,
) -> Ending {
    let size = match tokio::time::timeout(HELLO_TIMEOUT, hello(&mut stream)).await {
        Ok(Ok(size)) => size,
        Ok(Err(ending)) => return ending,
        Err(_) => return Ending::Unknown("the first message did not come".to_owned()),
    };
    let attached = match app.sessions.computer(user, session).await {
        Ok(computer) => computer.attach(name, size).await,
        Err(_) => return Ending::SessionEnded,
    };
    let Attachment {
        terminal,
        snapshot,
        viewer,
    } = match attached {
        Ok(attachment) => attachment,
        Err(error) => return Ending::Refused(error.to_string()),
    };
    let ending = {
        let show = show(sink, &viewer, name, &snapshot);
        let listen = listen(stream, &terminal, &viewer);
        tokio::select! {
            ending = show => ending,
            ending = listen => ending,
        }
    };
    match ending {
        Ending::ShellEnded if app.sessions.computer(user, session).await.is_err() => {
            Ending::SessionEnded
        }
        ending => ending,
    }
}

/// The window's size out of the first message.
async fn hello(stream: &mut SplitStream<WebSocket>) -> std::result::Result<WindowSize, Ending> {
    loop {
        let message = stream
            .next()
            .await
            .ok_or(Ending::Gone)?
            .map_err(|error| broken(&error))?;
        let hello: Hello = match &message {
            Message::Text(text) => serde_json::from_str(text),
            Message::Binary(bytes) => serde_json::from_slice(bytes),
            Message::Close(_) => return Err(Ending::Gone),
            Message::Ping(_) | Message::Pong(_) => continue,
        }
        .map_err(|_| {
            Ending::Unknown("the first message is not {\"columns\": ..., \"rows\": ...}".to_owned())
        })?;
        return Ok(hello.size.into());
    }
}

/// What a failed read means.
fn broken(error: &axum::Error) -> Ending {
    let text = error.to_string();
    // axum hides the type of its WebSocket's errors; the text of this one is part of its documentation.
    if text.contains("too long") {
        Ending::TooLong
    } else {
        Ending::Gone
    }
}

/// Sends output until the shell has ended or nobody takes it.
async fn show(
    sink: &mut SplitSink<WebSocket, Message>,
    viewer: &Viewer,
    name: &str,
    snapshot: &[u8],
) -> Ending {
    let mut pings = tokio::time::interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
    let beginning = [framed(b'1', name.as_bytes()), framed(b'2', b"{}")];
    let picture = (!snapshot.is_empty()).then(|| framed(b'0', snapshot));
    for message in beginning.into_iter().chain(picture) {
        if sink.send(message).await.is_err() {
            return Ending::Gone;
        }
    }
    loop {
        let message = tokio::select! {
            piece = viewer.next() => match piece {
                Some(piece) => framed(b'0', &piece),
                None => return Ending::ShellEnded,
            },
            _ = pings.tick() => Message::Ping(Default::default()),
        };
        if sink.send(message).await.is_err() {
            return Ending::Gone;
        }
    }
}

fn framed(kind: u8, payload: &[u8]) -> Message {
    let mut frame = Vec::with_capacity(payload.len() + 1);
    frame.push(kind);
    frame.extend_from_slice(payload);
    Message::Binary(frame.into())
}

/// Takes what the client sends until it is gone or makes no sense.
async fn listen(
    mut stream: SplitStream<WebSocket>,
    terminal: &std::sync::Arc<Terminal>,
    viewer: &Viewer,
) -> Ending {
    loop {
        let message = match tokio::time::timeout(SILENCE_MAX, stream.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(error))) => return broken(&error),
            Ok(None) | Err(_) => return Ending::Gone,
        };
        let bytes = match &message {
            Message::Binary(bytes) => &bytes[..],
            Message::Text(text) => text.as_bytes(),
            Message::Close(_) => return Ending::Gone,
            Message::Ping(_) | Message::Pong(_) => continue,
        };
        match bytes.split_first() {
            Some((b'0', input)) => terminal.input(input).await,
            Some((b'1', size)) => match serde_json::from_slice::<Size>(size) {
                Ok(size) => terminal.resize(size.into()),
                Err(_) => {
                    return Ending::Unknown(
                        "a size is {\"columns\": ..., \"rows\": ...}".to_owned(),
                    );
                }
            },
            Some((b'2', _)) => viewer.pause(),
            Some((b'3', _)) => viewer.resume(),
            // A client that says hello again, as some do after a reconnect of their own, only tells its size.
            Some((b'{', _)) => match serde_json::from_slice::<Hello>(bytes) {
                Ok(hello) => terminal.resize(hello.size.into()),
                Err(_) => return Ending::Unknown("a message begins with 0, 1, 2 or 3".to_owned()),
            },
            _ => return Ending::Unknown("a message begins with 0, 1, 2 or 3".to_owned()),
        }
    }
}
