//! Logging in and out with a browser.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::{login_cookie, logout_cookie, require_own_origin, session_secret};
use crate::extract::Json;
use crate::problem::Result;
use crate::routes::me::Me;
use crate::server::App;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(log_in))
        .routes(routes!(log_out))
}

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Login {
    email: String,
    #[schema(format = Password)]
    password: String,
}

/// Log in
///
/// Sets the cookie `berth_session`, which is good until the log-out or for 14 days.
#[utoipa::path(
    post, path = "/login", operation_id = "login", tag = "account", security(()),
    request_body = Login,
    responses((status = OK, body = Me)),
)]
async fn log_in(
    State(app): State<App>,
    headers: HeaderMap,
    Json(login): Json<Login>,
) -> Result<Response> {
    // Otherwise another site could log its visitors in here as somebody else.
    require_own_origin(&headers, &app)?;
    let done = app.accounts.login(&login.email, &login.password).await?;
    let cookie = login_cookie(&done.secret, done.expires_at, &headers, &app);
    Ok(([(SET_COOKIE, cookie)], Json(Me::from(done.caller))).into_response())
}

/// Log out
///
/// Ends the browser's log-in and everything that is open by it. Fine when nobody is logged in.
#[utoipa::path(
    post, path = "/logout", operation_id = "logout", tag = "account", security(()),
    responses((status = NO_CONTENT)),
)]
async fn log_out(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    require_own_origin(&headers, &app)?;
    if let Some(secret) = session_secret(&headers) {
        app.accounts.logout(&secret).await?;
    }
    Ok((
        StatusCode::NO_CONTENT,
        [(SET_COOKIE, logout_cookie(&headers, &app))],
    )
        .into_response())
}
