//! What listens on a port of a session's loopback, for its owner: HTTP and WebSocket.
//!
//! The page that answers is not ours: it is whatever runs in the session. So our own rights do not reach it (neither
//! cookie nor token is handed on), and a browser is told to treat it as a site of its own (`sandbox`), although it
//! comes from our origin. What such a page asks for then comes without our cookie: a browser that opens a port is led
//! to an address that is a right by itself ([`tickets`](crate::tickets)).

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONNECTION, CONTENT_SECURITY_POLICY, COOKIE,
    HOST, LOCATION, ORIGIN, REFERRER_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, VARY, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::any;
use berth_accounts::{Authenticated, Credential};
use berth_sessions::Computer;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;

use super::API;
use crate::auth::COOKIE_NAME;
use crate::extract::Path;
use crate::observe::Foreign;
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
/// What a page of a session cannot say about our whole origin.
const ABOUT_THE_ORIGIN: [HeaderName; 4] = [
    STRICT_TRANSPORT_SECURITY,
    HeaderName::from_static("alt-svc"),
    HeaderName::from_static("clear-site-data"),
    HeaderName::from_static("service-worker-allowed"),
];
/// What browsers say of the purpose of a request, and scripts cannot.
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// The origin of a page in a sandbox.
const NO_ORIGIN: &str = "null";
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// The routes of this module. They are for whatever a session serves, which no description can know.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/sessions/{session}/ports/{port}", any(forward))
        .route("/sessions/{session}/ports/{port}/", any(forward))
        .route("/sessions/{session}/ports/{port}/{*path}", any(forward))
        .route("/ports/{ticket}/", any(forward_ticket))
        .route("/ports/{ticket}/{*path}", any(forward_ticket))
}

/// Where to.
#[derive(Deserialize)]
struct Place {
    session: String,
    port: u16,
}

/// Where to, and by what right.
#[derive(Deserialize)]
struct ByTicket {
    ticket: String,
}

async fn forward(
    State(app): State<App>,
    who: Authenticated,
    Path(Place { session, port }): Path<Place>,
    request: Request,
) -> Result<Response> {
    let computer = app.sessions.computer(who.caller.user_id, &session).await?;
    let prefix = format!("{API}/sessions/{session}/ports/{port}");
    let Some(path) = below(request.uri(), &format!("/ports/{port}/")) else {
        // Relative links need the slash.
        return redirect(StatusCode::PERMANENT_REDIRECT, &format!("{prefix}/"));
    };
    if is_opened(request.method(), request.headers()) {
        let ticket = app.tickets.make(&app.accounts, &who, &session, port)?;
        let to = format!("{API}/ports/{ticket}{path}");
        return redirect(StatusCode::TEMPORARY_REDIRECT, &to);
    }
    pass(
        &app,
        &computer,
        who.credential,
        port,
        &prefix,
        path,
        request,
    )
    .await
}

async fn forward_ticket(
    State(app): State<App>,
    Path(ByTicket { ticket }): Path<ByTicket>,
    request: Request,
) -> Result<Response> {
    let over = || Problem::not_found("this address is not good any more: open the port again");
    let opens = app.tickets.opens(&ticket).ok_or_else(over)?;
    let path = below(request.uri(), &format!("/ports/{ticket}/")).ok_or_else(over)?;
    let computer = app.sessions.computer(opens.user_id, &opens.session).await?;
    let asking = request.headers().get(ORIGIN).cloned();
    let from_page = asking.is_some_and(|origin| origin == NO_ORIGIN);
    let mut response = match preflight(request.method(), request.headers()) {
        Some(answer) if from_page => answer?,
        _ => {
            let prefix = format!("{API}/ports/{ticket}");
            pass(
                &app,
                &computer,
                opens.credential,
                opens.port,
                &prefix,
                path,
                request,
            )
            .await?
        }
    };
    open_to_page(response.headers_mut(), from_page);
    Ok(response)
}

/// Whether a browser opens a page, by its own right and not by a token.
fn is_opened(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::GET
        && !headers.contains_key(AUTHORIZATION)
        && !headers.contains_key(UPGRADE)
        && headers
            .get(FETCH_MODE)
            .is_some_and(|mode| mode == "navigate")
}

/// Hands a request to what listens on a port, and its answer back.
async fn pass(
    app: &App,
    computer: &Computer,
    credential: Credential,
    port: u16,
    prefix: &str,
    path: Uri,
    mut request: Request,
) -> Result<Response> {
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
    prepare(request.headers_mut(), port, prefix, upgrading);
    let mut response = sender.send_request(request).await.map_err(|_| silent())?;
    if let Some(client) = client
        && response.status() == StatusCode::SWITCHING_PROTOCOLS
    {
        let server = hyper::upgrade::on(&mut response);
        let revoked = app.accounts.until_revoked(credential);
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
    tidy(response.headers_mut(), prefix);
    response.extensions_mut().insert(Foreign);
    Ok(response.map(Body::new))
}

/// Path and query below `marker`, which ends with a slash; `None` without it.
fn below(uri: &Uri, marker: &str) -> Option<Uri> {
    let whole = uri.path_and_query()?.as_str();
    let at = whole.find(marker)? + marker.len() - 1;
    whole[at..].parse().ok()
}

fn redirect(status: StatusCode, to: &str) -> Result<Response> {
    Response::builder()
        .status(status)
        .header(LOCATION, to)
        .body(Body::empty())
        .map_err(Problem::internal)
}

/// The answer to a browser that asks whether a page may send something. It may: it is sent to where the page is from.
fn preflight(method: &Method, headers: &HeaderMap) -> Option<Result<Response>> {
    let asked = headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    if method != Method::OPTIONS {
        return None;
    }
    let mut answer = Response::builder()
        .status(StatusCode::NO_CONTENT)
        .header(ACCESS_CONTROL_ALLOW_METHODS, asked);
    if let Some(fields) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer = answer.header(ACCESS_CONTROL_ALLOW_HEADERS, fields);
    }
    Some(answer.body(Body::empty()).map_err(Problem::internal))
}

/// Lets the page of a session use what comes from where it is from itself: a browser takes it for another site's.
fn open_to_page(headers: &mut HeaderMap, from_page: bool) {
    if from_page {
        let yes = HeaderValue::from_static("true");
        headers.insert(
            ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static(NO_ORIGIN),
        );
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        let names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        if let Ok(names) = HeaderValue::from_str(&names.join(", ")) {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, names);
        }
    }
    headers.append(VARY, HeaderValue::from_static("origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    // The address is a secret.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
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
        if cookie.to_str().is_ok_and(ours) {
            continue;
        }
        if let Some(cookie) = confined(&cookie, prefix) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    for name in &ABOUT_THE_ORIGIN {
        headers.remove(name);
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

/// A cookie that browsers send to this port only.
fn confined(cookie: &HeaderValue, prefix: &str) -> Option<HeaderValue> {
    let elsewhere = |attribute: &&str| {
        let name = attribute.split('=').next().unwrap_or_default().trim();
        !name.eq_ignore_ascii_case("path") && !name.eq_ignore_ascii_case("domain")
    };
    let kept: Vec<&str> = cookie.to_str().ok()?.split(';').filter(elsewhere).collect();
    HeaderValue::from_str(&format!("{}; Path={prefix}/", kept.join(";"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_behind_the_port() {
        let below = |uri: &'static str| {
            let found = below(&Uri::from_static(uri), "/ports/8000/");
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
        let wide = HeaderValue::from_static("a=1; Path=/; Secure; domain=example.org");
        headers.append(SET_COOKIE, wide);
        headers.insert("clear-site-data", HeaderValue::from_static("\"cookies\""));
        headers.insert(LOCATION, HeaderValue::from_static("/there"));
        tidy(&mut headers, "/p");
        assert_eq!(headers.get(SET_COOKIE).unwrap(), "a=1; Secure; Path=/p/");
        assert_eq!(headers.get_all(SET_COOKIE).iter().count(), 1);
        assert!(!headers.contains_key("clear-site-data"));
        assert_eq!(headers.get(LOCATION).unwrap(), "/p/there");
        assert_eq!(headers.get(CONTENT_SECURITY_POLICY).unwrap(), SANDBOX);
    }
}
