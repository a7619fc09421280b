//! The browser part: built by the web's own tools into `web/dist`, embedded here.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

use crate::extract::Path;
use crate::headers::WEB_POLICY;
use crate::problem::{Problem, Result};
use crate::server::App;

/// The files of `web/dist`; none when the web part was not built.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[exclude = ".vite/*"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";
/// What the web part's tools name after its content, so that it never changes.
const ASSETS: &str = "assets";

/// Shown when this program was built without its web part.
const NO_WEB_PART: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Berth</title>\
    <h1>Berth runs, but was built without its pages</h1>\
    <p>Build them with <code>cargo xtask web</code>, then this program again, or use <a href=\"/api/docs/\">the \
    API</a>.</p></html>";

/// The assets: kept by browsers for good, and compressed on their way.
pub(crate) fn assets() -> Router<App> {
    Router::new()
        .route(&format!("/{ASSETS}/{{*file}}"), get(asset))
        .layer(CompressionLayer::new())
}

async fn asset(Path(file): Path<String>) -> Result<Response> {
    let file = format!("{ASSETS}/{file}");
    let found = Dist::get(&file).ok_or_else(|| Problem::not_found("there is no such file"))?;
    let cache = HeaderValue::from_static("public, max-age=31536000, immutable");
    Ok((
        [(CACHE_CONTROL, cache), (CONTENT_TYPE, content_type(&file))],
        Bytes::from(found.data.into_owned()),
    )
        .into_response())
}

/// Every path that is nobody else's: a file of the web part, or its one page, which knows the path's meaning.
pub(crate) async fn page(request: Request) -> Result<Response> {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Err(Problem::not_found("the API has no such address"));
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED)
            .header(ALLOW, HeaderValue::from_static("GET, HEAD")));
    }
    let file = path.trim_start_matches('/');
    let headers = request.headers();
    match (Dist::get(file), Dist::get(INDEX)) {
        (Some(found), _) => Ok(revalidated(file, found, headers)),
        (None, Some(index)) => Ok(revalidated(INDEX, index, headers)),
        (None, None) => {
            let kind = (CONTENT_TYPE, "text/html; charset=utf-8");
            Ok(([kind, (CONTENT_SECURITY_POLICY, WEB_POLICY)], NO_WEB_PART).into_response())
        }
    }
}

/// A file that browsers keep, but ask about each time.
fn revalidated(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file
        .metadata
        .sha256_hash()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let etag = format!("\"{hash}\"");
    let asked = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let known = asked.flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    });
    let policy = (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(WEB_POLICY),
    );
    let cache = (CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let Ok(etag) = HeaderValue::from_str(&etag).map(|value| (ETAG, value)) else {
        return Problem::internal("a hash is no header").into_response();
    };
    if known {
        return (StatusCode::NOT_MODIFIED, [policy, cache, etag]).into_response();
    }
    let kind = (CONTENT_TYPE, content_type(name));
    (
        [policy, cache, etag, kind],
        Bytes::from(file.data.into_owned()),
    )
        .into_response()
}

fn content_type(name: &str) -> HeaderValue {
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    let text = match (guess.type_().as_str(), guess.subtype().as_str()) {
        ("text", _) => format!("{guess}; charset=utf-8"),
        _ => guess.to_string(),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}
