//! What the server answered to one request.

use serde_json::Value;
use ureq::http::HeaderMap;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// What was asked, for messages.
    pub question: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text; what is not UTF-8 in it is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self}"))
    }

    /// A header's text; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .map(|value| value.to_str().expect("a header is ASCII"))
            .unwrap_or_default()
    }

    /// The same answer, which must have this status.
    #[track_caller]
    pub fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// The same answer, which must be a success.
    #[track_caller]
    pub fn fine(self) -> Self {
        assert!((200..300).contains(&self.status), "{self}");
        self
    }

    /// The problem document (RFC 9457), which must be one of one of these statuses and say something.
    #[track_caller]
    pub fn refused(&self, statuses: &[u16]) -> Value {
        assert!(
            statuses.contains(&self.status),
            "expected one of {statuses:?}: {self}"
        );
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{self}");
        for field in ["type", "title"] {
            assert!(problem[field].is_string(), "without {field}: {self}");
        }
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty()),
            "says nothing: {self}"
        );
        problem
    }

    /// The request was understood and a field of it is at fault, whose name begins with `field`.
    #[track_caller]
    pub fn refused_field(&self, field: &str) -> Value {
        let problem = self.refused(&[400, 422]);
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let names_field = |error: &Value| {
            error["field"]
                .as_str()
                .is_some_and(|name| name.starts_with(field))
        };
        assert!(
            errors.iter().any(names_field),
            "does not name {field}: {self}"
        );
        problem
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN_CHARACTERS: usize = 600;
        let text: String = self.text().chars().take(SHOWN_CHARACTERS).collect();
        write!(f, "{} → {}: {text}", self.question, self.status)
    }
}
