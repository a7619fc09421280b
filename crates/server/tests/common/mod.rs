//! A server in this process, and a browser and programs that ask it.

#![allow(dead_code, reason = "not every test file needs everything")]

pub mod files;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use berth_accounts::Role;
use berth_server::app::router;
use berth_server::{App, Server, ServerConfig};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub const EMAIL: &str = "ann@example.org";
pub const PASSWORD: &str = "correct horse";
pub const OWN_HOST: &str = "berth.test:8080";

pub struct Fixture {
    pub app: App,
    pub router: Router,
    _data: tempfile::TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{:?}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: impl axum::http::header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The problem document, which must be one of this status.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        let problem = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{problem}");
        assert_eq!(
            self.header(CONTENT_TYPE),
            "application/problem+json",
            "{problem}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["type"].is_string());
        problem
    }
}

pub async fn start() -> Fixture {
    start_with(None).await
}

/// A server with one person, ann.
pub async fn start_with(public_origin: Option<&str>) -> Fixture {
    let data = tempfile::tempdir().unwrap();
    let config = ServerConfig {
        data: data.path().join("data"),
        database_url: None,
        admin_password: Some(PASSWORD.to_owned()),
        taps: None,
        public_origin: public_origin.map(|origin| origin.parse().unwrap()),
        egress: Default::default(),
    };
    let app = Server::open(config).await.unwrap().app;
    app.accounts
        .create_user(EMAIL, PASSWORD, Role::User)
        .await
        .unwrap();
    Fixture {
        router: router(app.clone()),
        app,
        _data: data,
    }
}

impl Fixture {
    /// Sends a request; `headers` are pairs of name and value.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, OWN_HOST);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self
            .router
            .clone()
            .oneshot(request.body(body.into()).unwrap())
            .await
            .unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, Body::empty()).await
    }

    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let headers = [headers, &[(CONTENT_TYPE.as_str(), "application/json")]].concat();
        self.send("POST", path, &headers, body.to_string()).await
    }

    /// Logs a browser in: its `Cookie` header.
    pub async fn log_in(&self) -> String {
        let answer = self
            .post(
                "/api/v1/login",
                &[],
                json!({"email": EMAIL, "password": PASSWORD}),
            )
            .await;
        assert_eq!(answer.status, 200);
        answer
            .header(SET_COOKIE)
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }

    /// Makes an API token: its id and its `Authorization` header.
    pub async fn token(&self) -> (String, String) {
        let cookie = self.log_in().await;
        let answer = self
            .post(
                "/api/v1/tokens",
                &[(COOKIE.as_str(), &cookie)],
                json!({"name": "ci"}),
            )
            .await;
        assert_eq!(answer.status, 201);
        let made = answer.json();
        (
            made["id"].as_str().unwrap().to_owned(),
            format!("Bearer {}", made["token"].as_str().unwrap()),
        )
    }
}
