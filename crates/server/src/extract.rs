//! What a request says, as types: as axum's extractors, but refusing in problem documents.

use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::BODY_MAX_BYTES;
use crate::problem::Problem;

/// A body in JSON arrives within this time or not at all.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How much of a body that is too long is read and dropped before that is said.
const DISCARDED_MAX_BYTES: usize = 16 << 20; // 16 MiB

/// JSON in a request (at most the router's body limit, and 30 s long) or in an answer.
///
/// Types of requests should carry `#[serde(deny_unknown_fields)]`: a misspelled field is a mistake to be told.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .detail("expected a body with Content-Type: application/json"));
        }
        let body = tokio::time::timeout(BODY_TIMEOUT, whole(request.into_body()))
            .await
            .map_err(|_| {
                Problem::new(StatusCode::REQUEST_TIMEOUT).detail("the body did not arrive in time")
            })??;
        from_json(&body).map(Self)
    }
}

/// A body of at most [`BODY_MAX_BYTES`].
///
/// What is too long is read a good way further: a connection that is closed while its client still writes breaks
/// the client's pipe before it has seen the answer.
async fn whole(body: Body) -> Result<Vec<u8>, Problem> {
    let mut pieces = body.into_data_stream();
    let (mut bytes, mut discarded_bytes) = (Vec::new(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Problem::bad_request("the body broke off"))?;
        if discarded_bytes == 0 && bytes.len() + piece.len() <= BODY_MAX_BYTES {
            bytes.extend_from_slice(&piece);
            continue;
        }
        discarded_bytes += piece.len();
        if discarded_bytes > DISCARDED_MAX_BYTES {
            break;
        }
    }
    if discarded_bytes > 0 {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE)
            .detail(format!("the body is longer than {BODY_MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Reads JSON: 400 when it is none, 422 with the field at fault when it is not what was asked for.
///
/// # Errors
/// The problem to answer with.
pub fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                // The position in the text that serde_json adds is noise beside the field.
                let message = inner.to_string();
                let message = message.split(" at line ").next().unwrap_or(&message);
                Problem::invalid(field, message)
            }
            _ => Problem::bad_request(format!("the body is not JSON: {inner}")),
        }
    })?;
    reader
        .end()
        .map_err(|error| Problem::bad_request(format!("the body is not JSON: {error}")))?;
    Ok(value)
}

/// The query of the URL.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        query
            .map(|query| Self(query.0))
            .map_err(|rejection| Problem::bad_request(rejection.body_text()))
    }
}

/// The variable parts of the URL's path. What cannot be one of ours is 404, as everything that is not there.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(path) => Ok(Self(path.0)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => {
                Err(Problem::not_found("there is no such thing"))
            }
            Err(other) => Err(Problem::internal(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wish {
        #[allow(dead_code, reason = "only its reading is tested")]
        mounts: Vec<Mount>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Mount {
        #[allow(dead_code, reason = "only its reading is tested")]
        path: String,
    }

    fn refusal(text: &str) -> (u16, String) {
        let problem = from_json::<Wish>(text.as_bytes()).unwrap_err();
        (problem.status().as_u16(), format!("{problem:?}"))
    }

    #[test]
    fn what_is_no_json_is_400() {
        for text in [
            "",
            "{",
            "hello",
            "{\"mounts\":[]} x",
            "\u{0}",
            "{\"mounts\":[],}",
        ] {
            assert_eq!(refusal(text).0, 400, "{text:?}");
        }
    }

    #[test]
    fn json_of_another_shape_is_422_and_names_the_field() {
        let (status, text) = refusal(r#"{"mounts": [{"path": "a"}, {"path": 7}]}"#);
        assert_eq!(status, 422);
        assert!(
            text.contains("mounts[1].path") && text.contains("expected a string"),
            "{text}"
        );
        assert!(!text.contains("at line"), "{text}");
        let (status, text) = refusal(r#"{"mounts": [{"path": "a", "paht": "b"}]}"#);
        assert_eq!(status, 422);
        assert!(text.contains("unknown field `paht`"), "{text}");
        assert_eq!(refusal("{}").0, 422);
        assert_eq!(refusal("[]").0, 422);
    }

    #[test]
    fn deeply_nested_json_is_refused_not_followed() {
        let problem = from_json::<serde_json::Value>("[".repeat(100_000).as_bytes()).unwrap_err();
        assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_arrive_is_not_waited_for() {
        let never = Body::from_stream(futures_util::stream::pending::<
            std::io::Result<axum::body::Bytes>,
        >());
        let request = Request::builder()
            .header(CONTENT_TYPE, "application/json")
            .body(never)
            .unwrap();
        let problem = Json::<Wish>::from_request(request, &()).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::REQUEST_TIMEOUT);
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_read_to_its_end_before_that_is_said() {
        let read = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counter = std::sync::Arc::clone(&read);
        let piece = vec![b' '; 64 << 10];
        let pieces =
            std::iter::repeat_n(piece, 2 * BODY_MAX_BYTES / (64 << 10)).map(move |piece| {
                counter.fetch_add(piece.len(), std::sync::atomic::Ordering::Relaxed);
                std::io::Result::Ok(piece)
            });
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let problem = whole(body).await.unwrap_err();
        assert_eq!(problem.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(
            read.load(std::sync::atomic::Ordering::Relaxed),
            2 * BODY_MAX_BYTES
        );
    }
}
