//! One person's folder, over HTTP.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::{Answer, Fixture, start};

/// A server, ann's token, and a folder of hers called `data`.
pub struct Place {
    pub berth: Fixture,
    pub token: String,
    pub id: String,
}

impl Place {
    pub async fn new() -> Self {
        let berth = start().await;
        let (_, token) = berth.token().await;
        let mut place = Self {
            berth,
            token,
            id: String::new(),
        };
        let made = place.post("/folders", json!({"name": "data"})).await;
        assert_eq!(made.status, 201);
        place.id = made.json()["id"].as_str().unwrap().to_owned();
        place
    }

    /// A request of ann's; `path` begins behind `/api/v1`.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let headers = [headers, &[(AUTHORIZATION.as_str(), self.token.as_str())]].concat();
        self.berth
            .send(method, &format!("/api/v1{path}"), &headers, body)
            .await
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, Body::empty()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, &[], Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(
            "POST",
            path,
            &[("content-type", "application/json")],
            body.to_string(),
        )
        .await
    }

    /// Puts a file into the folder `data`.
    pub async fn put(&self, file: &str, contents: impl Into<Body>) -> Answer {
        self.ask("PUT", &content(file), &[], contents).await
    }

    /// The folder's directory on the server.
    pub fn disk(&self) -> PathBuf {
        self.berth
            .app
            .data
            .path()
            .join("volumes/default")
            .join(&self.id)
    }

    /// The names in a directory of the folder, as the list tells them.
    pub async fn names(&self, directory: &str) -> Vec<String> {
        let listed = self
            .get(&format!("/folders/data/files?path={directory}"), &[])
            .await;
        assert_eq!(listed.status, 200);
        let listed = listed.json();
        let items = listed["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Where a file of the folder `data` is; `file` is percent-encoded already.
pub fn content(file: &str) -> String {
    format!("/folders/data/content/{file}")
}
