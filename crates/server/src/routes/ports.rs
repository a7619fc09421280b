//! What listens on a port of a session's loopback, for its owner: HTTP and WebSocket.
//!
//! The page that answers is not ours: it is whatever runs in the session. So our own rights do not reach it (neither
//! cookie nor token is handed on), and a browser is told to treat it as a site of its own (`sandbox`), although it
//! comes from our origin.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_SECURITY_POLICY, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use axum::routing::any;
use berth_accounts::Authenticated;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::API;
use crate::auth::COOKIE_NAME;
use crate::extract::Path;
use crate::problem::{Problem, Result};
use crate::server::App;

/// How browsers are to treat what comes from a session: scripts and forms, and no part of our origin.
const SANDBOX: &str = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads";
/// Fields that are about one connection and not about the message.
const HOP_BY_HOP: [HeaderName; 6] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-authorization"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
];
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// The routes of this module. They are for whatever a session serves, which no description can know.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/sessions/{session}/ports/{port}", any(forward))
        .route("/sessions/{session}/ports/{port}/", any(forward))
        .route("/sessions/{session}/ports/{port}/{*path}", any(forward))
}

/// Where to.
#[derive(Deserialize)]
struct Place {
    session: String,
    port: u16,
}

async fn forward(
    State(app): State<App>,
    who: Authenticated,
    Path(Place { session, port }): Path<Place>,
    mut request: Request,
) -> Result<Response> {
    let computer = app.sessions.computer(who.caller.user_id, &session).await?;
    let prefix = format!("{API}/sessions/{session}/ports/{port}");
    let Some(path) = below(request.uri(), port) else {
        // Relative links need the slash.
        return redirect(&format!("{prefix}/"));
    };
    let silent = || {
        Problem::new(StatusCode::BAD_GATEWAY)
            .detail(format!("nothing answers on port {port} of this session"))
    };
    let stream = computer.connect(port).ok_or_else(silent)?;
    let upgrading = request.headers().contains_key(UPGRADE);
    let client = upgrading.then(|| hyper::upgrade::on(&mut request));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|_| silent())?;
    tokio::spawn(connection.with_upgrades());
    *request.uri_mut() = path;
    prepare(request.headers_mut(), port, &prefix, upgrading);
    let mut response = sender.send_request(request).await.map_err(|_| silent())?;
    if let Some(client) = client
        && response.status() == StatusCode::SWITCHING_PROTOCOLS
    {
        let server = hyper::upgrade::on(&mut response);
        let revoked = app.accounts.until_revoked(who.credential);
        let stopping = app.stopping.clone();
        tokio::spawn(async move {
            let joined = async {
                let (Ok(client), Ok(server)) = (client.await, server.await) else {
                    return;
                };
                let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            };
            tokio::select! {
                () = joined => {}
                () = revoked => {}
                () = stopping.cancelled() => {}
            }
        });
        return Ok(response.map(|_| Body::empty()));
    }
    tidy(response.headers_mut(), &prefix);
    Ok(response.map(Body::new))
}

/// Path and query below the port; `None` without the slash behind it.
fn below(uri: &Uri, port: u16) -> Option<Uri> {
    let whole = uri.path_and_query()?.as_str();
    let marker = format!("/ports/{port}/");
    let at = whole.find(&marker)? + marker.len() - 1;
    whole[at..].parse().ok()
}

fn redirect(to: &str) -> Result<Response> {
    Response::builder()
        .status(StatusCode::PERMANENT_REDIRECT)
        .header(LOCATION, to)
        .body(Body::empty())
        .map_err(Problem::internal)
}

/// Makes the fields of a request those of a request to the session.
fn prepare(headers: &mut HeaderMap, port: u16, prefix: &str, upgrading: bool) {
    let connection = headers.get(CONNECTION).cloned();
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    if upgrading && let Some(connection) = connection {
        headers.insert(CONNECTION, connection);
    }
    headers.remove(AUTHORIZATION);
    let cookies = foreign_cookies(headers);
    headers.remove(COOKIE);
    if let Some(cookies) = cookies {
        headers.insert(COOKIE, cookies);
    }
    if let Some(host) = headers.remove(HOST) {
        headers.insert(FORWARDED_HOST, host);
    }
    if let Ok(prefix) = HeaderValue::from_str(prefix) {
        headers.insert(FORWARDED_PREFIX, prefix);
    }
    let local = format!("localhost:{port}");
    if let Ok(host) = HeaderValue::from_str(&local) {
        headers.insert(HOST, host);
    }
    // What is checked against the host must not differ from it.
    if headers.contains_key(ORIGIN)
        && let Ok(origin) = HeaderValue::from_str(&format!("http://{local}"))
    {
        headers.insert(ORIGIN, origin);
    }
}

/// All cookies but ours.
fn foreign_cookies(headers: &HeaderMap) -> Option<HeaderValue> {
    let kept: Vec<&str> = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|cookie| cookie.split('=').next() != Some(COOKIE_NAME))
        .collect();
    HeaderValue::from_str(&kept.join("; "))
        .ok()
        .filter(|value| !value.is_empty())
}

/// Makes the fields of an answer harmless, and its redirects lead back here.
fn tidy(headers: &mut HeaderMap, prefix: &str) {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    let cookies: Vec<HeaderValue> = headers.get_all(SET_COOKIE).iter().cloned().collect();
    headers.remove(SET_COOKIE);
    for cookie in cookies {
        let ours = |text: &str| text.split('=').next().map(str::trim) == Some(COOKIE_NAME);
        if !cookie.to_str().is_ok_and(ours) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let rooted = location.filter(|text| text.starts_with('/') && !text.starts_with("//"));
    if let Some(Ok(location)) = rooted.map(|path| HeaderValue::from_str(&format!("{prefix}{path}")))
    {
        headers.insert(LOCATION, location);
    }
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_behind_the_port() {
        let below = |uri: &'static str| {
            let found = below(&Uri::from_static(uri), 8000);
            found.map(|uri| uri.to_string())
        };
        assert_eq!(
            below("/api/v1/sessions/s/ports/8000/a%20b/ports/8000/?q=/x").as_deref(),
            Some("/a%20b/ports/8000/?q=/x")
        );
        assert_eq!(
            below("/api/v1/sessions/s/ports/8000/").as_deref(),
            Some("/")
        );
        assert_eq!(below("/api/v1/sessions/s/ports/8000"), None);
    }

    #[test]
    fn our_own_rights_are_not_handed_on_and_cannot_be_overwritten() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        headers.insert(HOST, HeaderValue::from_static("berth.example.org"));
        headers.insert(
            COOKIE,
            HeaderValue::from_static("a=1; berth_session=secret; b=2"),
        );
        prepare(&mut headers, 8000, "/p", false);
        assert_eq!(headers.get(COOKIE).unwrap(), "a=1; b=2");
        assert!(!headers.contains_key(AUTHORIZATION));
        assert_eq!(headers.get(HOST).unwrap(), "localhost:8000");
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_static("berth_session=mine"));
        headers.append(SET_COOKIE, HeaderValue::from_static("a=1; Path=/"));
        headers.insert(LOCATION, HeaderValue::from_static("/there"));
        tidy(&mut headers, "/p");
        assert_eq!(headers.get(SET_COOKIE).unwrap(), "a=1; Path=/");
        assert_eq!(headers.get_all(SET_COOKIE).iter().count(), 1);
        assert_eq!(headers.get(LOCATION).unwrap(), "/p/there");
        assert_eq!(headers.get(CONTENT_SECURITY_POLICY).unwrap(), SANDBOX);
    }
}
