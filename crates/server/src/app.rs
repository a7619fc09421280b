//! The router, and what surrounds every request.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

use crate::headers::protect;
use crate::observe::{REQUEST_ID, count, explain, panicked, span};
use crate::routes;
use crate::server::App;

/// The longest body that is read as a whole. Handlers that stream theirs take `axum::body::Body`, which has no limit
/// but their own.
pub const BODY_MAX_BYTES: usize = 1 << 20; // 1 MiB

/// Everything that answers over HTTP.
pub fn router(app: App) -> Router {
    let (api, document) = routes::api().split_for_parts();
    // Outside in: the first layer sees a request first and its answer last.
    let around = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(from_fn_with_state(app.clone(), protect))
        .layer(from_fn_with_state(app.clone(), count))
        .layer(from_fn(explain))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES));
    api.merge(routes::openapi::routes(document))
        .merge(routes::health::routes())
        .merge(routes::taps::routes(app.taps.clone()))
        .merge(routes::web::assets())
        .fallback(routes::web::page)
        .layer(around)
        .with_state(app)
}
