//! What is noted of every request: an id, a span in the log, a count, and a problem document where something failed
//! without one.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderName;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::problem::{PROBLEM_JSON, Problem};
use crate::server::App;

/// The header in which a request's id travels.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Where the tickets of ports are in paths.
const TICKETS: &str = "/api/v1/ports/";
/// Where requests are counted that match no route.
const NO_ROUTE: &str = "none";

/// The span of a request in the log. The query is left out: it may hold what is nobody's business.
pub(crate) fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    let path = shown(request.uri().path());
    tracing::info_span!("request", id, method = %request.method(), path)
}

/// A path without what is a right by itself.
fn shown(path: &str) -> &str {
    if path.starts_with(TICKETS) {
        TICKETS
    } else {
        path
    }
}

/// Says of an answer that it is what somebody's program said, in words of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Foreign;

/// Counts the request when its answer begins.
pub(crate) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = known_method(request.method().as_str());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    app.metrics
        .answered(method, route, response.status().as_u16(), start.elapsed());
    response
}

/// A bounded set of labels, whatever is sent.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// Gives a problem document to answers of the API that failed in the framework's own words, or in none.
pub(crate) async fn explain(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let explained = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == PROBLEM_JSON);
    let foreign = response.extensions().get::<Foreign>().is_some();
    if !is_api || !failed || explained || foreign {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let (problem, body) = Problem::new(status).into_response().into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    if let Some(kind) = problem.headers.get(CONTENT_TYPE) {
        parts.headers.insert(CONTENT_TYPE, kind.clone());
    }
    Response::from_parts(parts, body)
}

/// The answer of a handler that panicked.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned());
    let words = words
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Problem::internal(format!("a handler panicked: {words}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_shows_no_ticket() {
        assert_eq!(shown("/api/v1/ports/secret/index.html"), "/api/v1/ports/");
        assert_eq!(
            shown("/api/v1/sessions/s/ports/80/"),
            "/api/v1/sessions/s/ports/80/"
        );
    }
}
