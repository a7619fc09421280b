//! Who asks: the browser's cookie, or a program's token, into a [`Caller`].
//!
//! A cookie comes along by itself, also with requests that another site makes a browser send. So whatever changes
//! something, and whatever opens a WebSocket, must come from our own origin when a cookie is its right. A token does
//! not come by itself and needs no such check.

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, UPGRADE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use berth_accounts::{Authenticated, Caller};
use berth_store::{Timestamp, now};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::problem::{Problem, Result};
use crate::server::App;

/// The name of the cookie that keeps a browser logged in.
pub const COOKIE_NAME: &str = "berth_session";

/// `caller: Caller` among a handler's arguments lets only people in who are known; everybody else gets 401.
impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Ok(Authenticated::from_request_parts(parts, app).await?.caller)
    }
}

/// As `Caller`, and by what right they ask: for whatever outlives its request, which must end with
/// [`until_revoked`](berth_accounts::Accounts::until_revoked).
impl FromRequestParts<App> for Authenticated {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        if let Some(authorization) = parts.headers.get(AUTHORIZATION) {
            // Whoever sends a token means it: a bad one is not made good by a cookie.
            let token = bearer(authorization).ok_or_else(Problem::unauthorized)?;
            let known = app.accounts.authenticate_token(token).await?;
            return known.ok_or_else(Problem::unauthorized);
        }
        let secret = session_secret(&parts.headers).ok_or_else(Problem::unauthorized)?;
        let known = app
            .accounts
            .authenticate_session(&secret)
            .await?
            .ok_or_else(Problem::unauthorized)?;
        if !parts.method.is_safe() || parts.headers.contains_key(UPGRADE) {
            require_own_origin(&parts.headers, app)?;
        }
        Ok(known)
    }
}

fn bearer(authorization: &HeaderValue) -> Option<&str> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The secret in the browser's cookie.
pub(crate) fn session_secret(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(std::result::Result::ok)
        .find(|cookie| cookie.name() == COOKIE_NAME)
        .map(|cookie| cookie.value().to_owned())
}

/// Refuses what a browser sends on behalf of another site. A request without `Origin` is no browser's, or a browser's
/// that has no reason to doubt.
///
/// # Errors
/// 403 when the origin is another.
pub(crate) fn require_own_origin(headers: &HeaderMap, app: &App) -> Result<()> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or_default();
    let own = match &app.config.public_origin {
        Some(public) => origin.eq_ignore_ascii_case(public.as_str()),
        None => {
            let host = headers.get(HOST).and_then(|host| host.to_str().ok());
            let (_, authority) = origin.split_once("://").unwrap_or_default();
            host.is_some_and(|host| !authority.is_empty() && host.eq_ignore_ascii_case(authority))
        }
    };
    if own {
        Ok(())
    } else {
        Err(Problem::forbidden("the request comes from another site"))
    }
}

/// The cookie that keeps a browser logged in until `expires_at`.
pub(crate) fn login_cookie(
    secret: &str,
    expires_at: Timestamp,
    headers: &HeaderMap,
    app: &App,
) -> HeaderValue {
    let left = Duration::seconds(expires_at.duration_since(now()).as_secs().max(0));
    header(
        Cookie::build((COOKIE_NAME, secret.to_owned())).max_age(left),
        headers,
        app,
    )
}

/// The cookie that makes a browser forget the other one.
pub(crate) fn logout_cookie(headers: &HeaderMap, app: &App) -> HeaderValue {
    header(
        Cookie::build((COOKIE_NAME, "")).max_age(Duration::ZERO),
        headers,
        app,
    )
}

fn header(cookie: cookie::CookieBuilder<'static>, headers: &HeaderMap, app: &App) -> HeaderValue {
    let cookie = cookie
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_https(headers, app));
    // Our secrets are letters and digits, so that the cookie always is a header.
    HeaderValue::from_str(&cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// Whether the browser reaches us through TLS, as far as it is known.
pub(crate) fn is_https(headers: &HeaderMap, app: &App) -> bool {
    match &app.config.public_origin {
        Some(public) => public.is_https(),
        None => headers
            .get(ORIGIN)
            .is_some_and(|origin| origin.as_bytes().starts_with(b"https://")),
    }
}
