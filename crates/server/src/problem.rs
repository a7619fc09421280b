//! Errors as people and programs see them: problem documents, RFC 9457.
//!
//! A problem has an outside (status, title, detail, the fields at fault) that may be shown to anybody who may ask, and
//! no inside: what went wrong in here is written to the log, where the request's id connects the two.

use std::fmt::Display;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// `Result` of a handler.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// What went wrong, as the caller may see it.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    document: Document,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The document that leaves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What went wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The fields of the request that are at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
}

/// A field of the request that is at fault.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Its name, as in `mounts[0].path`.
    field: String,
    /// What is wrong with it.
    message: String,
}

impl Problem {
    /// A problem of this status, without words of its own.
    pub fn new(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let document = Document {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
        };
        Self {
            status,
            document,
            headers: Vec::new(),
        }
    }

    /// Says what went wrong.
    #[must_use]
    pub fn detail(mut self, detail: impl Display) -> Self {
        self.document.detail = Some(detail.to_string());
        self
    }

    /// Names a field that is at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>, message: impl Display) -> Self {
        self.document.errors.push(FieldError {
            field: field.into(),
            message: message.to_string(),
        });
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// 400: the request cannot be read.
    pub fn bad_request(detail: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST).detail(detail)
    }

    /// 401: nobody known asks.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED)
            .detail("log in, or send an API token")
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: the caller is known and may see it, but not do this.
    pub fn forbidden(detail: impl Display) -> Self {
        Self::new(StatusCode::FORBIDDEN).detail(detail)
    }

    /// 404: there is no such thing, or it is not the caller's to see.
    pub fn not_found(detail: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND).detail(detail)
    }

    /// 409: it does not fit what is there.
    pub fn conflict(detail: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT).detail(detail)
    }

    /// 422: the request can be read, but a field is at fault.
    pub fn invalid(field: impl Into<String>, message: impl Display) -> Self {
        let message = message.to_string();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY)
            .detail(&message)
            .field(field, message)
    }

    /// 429: later.
    pub fn too_many(detail: impl Display, retry_after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS)
            .detail(detail)
            .header(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)))
    }

    /// 503: the server cannot do it now; `error` is for the log.
    pub fn unavailable(error: impl Display) -> Self {
        tracing::warn!(%error, "answering 503");
        Self::new(StatusCode::SERVICE_UNAVAILABLE)
            .detail("the server cannot do this now: try again")
            .header(RETRY_AFTER, HeaderValue::from(1))
    }

    /// 500: a fault of the server; `error` is for the log.
    pub fn internal(error: impl Display) -> Self {
        tracing::error!(%error, "answering 500");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR)
            .detail("a fault of the server, which its log tells more about")
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let content_type = (CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        // The document is made of strings and numbers only, which can always be written.
        let body = serde_json::to_vec(&self.document).unwrap_or_default();
        let mut response = (self.status, [content_type], body).into_response();
        response.headers_mut().extend(
            self.headers
                .into_iter()
                .map(|(name, value)| (Some(name), value))
                .collect::<Vec<_>>(),
        );
        response
    }
}

impl From<berth_store::Error> for Problem {
    fn from(error: berth_store::Error) -> Self {
        match error {
            berth_store::Error::Unavailable(_) => Self::unavailable(error),
            // Whoever expects a missing or doubled row says so itself, in words that name the thing.
            error => Self::internal(error),
        }
    }
}

impl From<berth_accounts::Error> for Problem {
    fn from(error: berth_accounts::Error) -> Self {
        use berth_accounts::Error;
        match error {
            Error::WrongCredentials => Self::new(StatusCode::UNAUTHORIZED).detail(error),
            Error::TooManyAttempts { retry_after } => Self::too_many(&error, retry_after),
            Error::Busy => Self::unavailable(error),
            Error::InvalidEmail => Self::invalid("email", error),
            Error::InvalidPassword => Self::invalid("password", error),
            Error::InvalidTokenName => Self::invalid("name", error),
            Error::ExpiryInThePast => Self::invalid("expires_at", error),
            Error::EmailTaken | Error::TooManyTokens { .. } => Self::conflict(error),
            Error::NotFound => Self::not_found(error),
            Error::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

impl From<berth_sessions::Error> for Problem {
    fn from(error: berth_sessions::Error) -> Self {
        use berth_sessions::Error;
        match error {
            Error::NotFound | Error::DotfileNotFound => Self::not_found(error),
            Error::Invalid(invalid) => {
                let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY).detail(&invalid);
                invalid
                    .faults
                    .iter()
                    .fold(problem, |problem, (field, fault)| {
                        problem.field(field, fault)
                    })
            }
            Error::FolderNotFound { ref field, .. } => {
                let field = field.clone();
                Self::not_found(&error).field(field, &error)
            }
            Error::NameTaken { .. } => Self::conflict(&error).field("name", &error),
            Error::TooManySessions
            | Error::NotRunning { .. }
            | Error::TooManyTerminals
            | Error::TooManyViewers
            | Error::TooManyCommands
            | Error::TooManyDotfiles
            | Error::DotfilesTooLarge
            | Error::DotfileInTheWay { .. }
            | Error::ProcessLimit => Self::conflict(error),
            Error::ShuttingDown => Self::unavailable(error),
            Error::Store(error) => error.into(),
            Error::Folders(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn body(problem: Problem) -> serde_json::Value {
        let body = axum::body::to_bytes(problem.into_response().into_body(), 10_000)
            .await
            .unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn a_problem_says_what_and_which_field() {
        let problem = Problem::invalid("mounts[0].path", "reserved");
        assert_eq!(
            body(problem).await,
            serde_json::json!({
                "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "detail": "reserved",
                "errors": [{"field": "mounts[0].path", "message": "reserved"}],
            })
        );
        assert_eq!(
            body(Problem::new(StatusCode::NOT_FOUND)).await,
            serde_json::json!({"type": "about:blank", "title": "Not Found", "status": 404})
        );
    }

    #[tokio::test]
    async fn what_the_database_says_stays_inside() {
        let inside = berth_store::Error::Corrupt {
            column: "secret_hash",
            value: "SECRET".to_owned(),
        };
        let text = body(Problem::from(berth_accounts::Error::Store(inside)))
            .await
            .to_string();
        assert!(
            !text.contains("SECRET") && !text.contains("secret_hash"),
            "{text}"
        );
    }
}
