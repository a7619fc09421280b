//! The browser part: built by the web's own tools into `web/dist`, embedded here.

use std::borrow::Cow;

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
#[folder = "../../web/dist"]
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
    assets_of::<Dist>()
}

/// Every path that is nobody else's: a file of the web part, or its one page, which knows the path's meaning.
pub(crate) async fn page(request: Request) -> Result<Response> {
    page_of::<Dist>(&request)
}

fn assets_of<Files: RustEmbed + 'static>() -> Router<App> {
    let path = format!("/{ASSETS}/{{*file}}");
    Router::new()
        .route(&path, get(asset::<Files>))
        .layer(CompressionLayer::new())
}

async fn asset<Files: RustEmbed>(Path(file): Path<String>) -> Result<Response> {
    let file = format!("{ASSETS}/{file}");
    let found = Files::get(&file).ok_or_else(|| Problem::not_found("there is no such file"))?;
    let about = [
        // A worker's script brings the policy of the worker.
        (
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(WEB_POLICY),
        ),
        (
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
        (CONTENT_TYPE, content_type(&file)),
    ];
    Ok((about, bytes(found.data)).into_response())
}

fn page_of<Files: RustEmbed>(request: &Request) -> Result<Response> {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Err(Problem::not_found("the API has no such address"));
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED)
            .header(ALLOW, HeaderValue::from_static("GET, HEAD")));
    }
    let file = path.trim_start_matches('/');
    match (Files::get(file), Files::get(INDEX)) {
        (Some(found), _) => revalidated(file, found, request.headers()),
        (None, Some(index)) => revalidated(INDEX, index, request.headers()),
        (None, None) => {
            let kind = (CONTENT_TYPE, "text/html; charset=utf-8");
            Ok(([kind, (CONTENT_SECURITY_POLICY, WEB_POLICY)], NO_WEB_PART).into_response())
        }
    }
}

/// A file that browsers keep, but ask about each time.
fn revalidated(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Result<Response> {
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
    let about = [
        (
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(WEB_POLICY),
        ),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (
            ETAG,
            HeaderValue::from_str(&etag).map_err(Problem::internal)?,
        ),
    ];
    Ok(match known {
        true => (StatusCode::NOT_MODIFIED, about).into_response(),
        false => (
            about,
            [(CONTENT_TYPE, content_type(name))],
            bytes(file.data),
        )
            .into_response(),
    })
}

/// Embedded bytes leave as they are, without a copy.
fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => data.into(),
    }
}

fn content_type(name: &str) -> HeaderValue {
    let guess = mime_guess::from_path(name).first_or_octet_stream();
    let text = match (guess.type_().as_str(), guess.subtype().as_str()) {
        ("text", _) => format!("{guess}; charset=utf-8"),
        _ => guess.to_string(),
    };
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};

    /// A web part as its tools leave it.
    #[derive(RustEmbed)]
    #[folder = "tests/web"]
    struct Built;

    /// What a program built without its web part has.
    #[derive(RustEmbed)]
    #[folder = "tests/no-such-directory"]
    #[allow_missing = true]
    struct NotBuilt;

    fn ask(path: &str, known: Option<&HeaderValue>) -> Request {
        let mut request = Request::builder().uri(path);
        if let Some(etag) = known {
            request = request.header(IF_NONE_MATCH, etag);
        }
        request.body(Body::empty()).unwrap()
    }

    async fn text(response: Response) -> String {
        String::from_utf8(
            to_bytes(response.into_body(), 10_000)
                .await
                .unwrap()
                .to_vec(),
        )
        .unwrap()
    }

    #[tokio::test]
    async fn the_page_is_asked_about_each_time_and_sent_once() {
        let first = page_of::<Built>(&ask("/sessions/main", None)).unwrap();
        assert_eq!(first.headers()[CACHE_CONTROL], "no-cache");
        assert_eq!(first.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        let etag = first.headers()[ETAG].clone();
        assert!(text(first).await.contains("Berth (test)"));
        let again = page_of::<Built>(&ask("/", Some(&etag))).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[ETAG], etag);
        assert_eq!(text(again).await, "");
        let changed =
            page_of::<Built>(&ask("/", Some(&HeaderValue::from_static("\"old\"")))).unwrap();
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn files_beside_the_page_are_themselves() {
        let icon = page_of::<Built>(&ask("/berth.svg", None)).unwrap();
        assert_eq!(icon.headers()[CONTENT_TYPE], "image/svg+xml");
        assert!(text(icon).await.starts_with("<svg"));
    }

    #[tokio::test]
    async fn assets_are_kept_for_good() {
        let script = asset::<Built>(Path("app-1a2b3c4d.js".to_owned()))
            .await
            .unwrap();
        assert_eq!(
            script.headers()[CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(
            script.headers()[CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        for missing in ["app-00000000.js", "../index.html", "../../Cargo.toml", ""] {
            assert_eq!(
                asset::<Built>(Path(missing.to_owned()))
                    .await
                    .unwrap_err()
                    .status(),
                404,
                "{missing}"
            );
        }
    }

    #[tokio::test]
    async fn without_a_web_part_the_page_says_how_to_build_it() {
        let page = page_of::<NotBuilt>(&ask("/", None)).unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        assert!(text(page).await.contains("cargo xtask web"));
    }
}
