//! Somebody who asks the server things, over HTTP, with an API token.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use crate::server::{PASSWORD, log_since};
use crate::{Answer, Server, Session};

/// How long one request may take. Commands run in sessions for minutes at most.
const REQUEST_PATIENCE: Duration = Duration::from_secs(180);

/// What need not be encoded in a path (RFC 3986, `unreserved`), and the slash.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A path, or the value of a query, as it stands in a URL; bytes need not be UTF-8.
pub fn encode(path: impl AsRef<[u8]>) -> String {
    percent_encode(path.as_ref(), PATH).to_string()
}

/// Somebody the server knows.
#[derive(Debug)]
pub struct Person {
    agent: Agent,
    url: String,
    /// The address they log in with.
    pub email: String,
    token: String,
    token_id: String,
    log: PathBuf,
    /// Where the log ended when the test met them.
    log_begin: u64,
}

impl Person {
    pub(crate) fn log_in(server: &Server, email: &str, password: &str) -> Self {
        let log = server.log_path();
        let log_begin = std::fs::metadata(&log).map_or(0, |file| file.len());
        let mut person = Self {
            agent: agent(),
            url: server.url().to_owned(),
            email: email.to_owned(),
            token: String::new(),
            token_id: String::new(),
            log,
            log_begin,
        };
        let cookie = person.cookie(password);
        let body = json!({"name": "tests"}).to_string();
        let headers = [
            ("cookie", cookie.as_str()),
            ("content-type", "application/json"),
        ];
        let made = person.ask("POST", "/api/v1/tokens", &headers, Some(body.as_bytes()));
        let made = made.must(201).json();
        person.token = made["token"].as_str().unwrap().to_owned();
        person.token_id = made["id"].as_str().unwrap().to_owned();
        person
    }

    /// Logs in as a browser does: what to send as `Cookie`.
    fn cookie(&self, password: &str) -> String {
        let body = json!({"email": self.email, "password": password}).to_string();
        let headers = [("content-type", "application/json")];
        let answer = self.ask("POST", "/api/v1/login", &headers, Some(body.as_bytes()));
        let answer = answer.must(200);
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        cookie.to_owned()
    }

    /// Logs in with a browser too: what it sends as `Cookie`.
    pub fn browser(&self) -> String {
        self.cookie(PASSWORD)
    }

    /// Such as `http://127.0.0.1:4711`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What they send as `Authorization`.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// Gives their token back; whatever asks by it from now on is nobody.
    pub fn revoke_own_token(&self) {
        self.delete(&format!("/api/v1/tokens/{}", self.token_id))
            .must(204);
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let question = format!("{method} {path}");
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let response = sent.unwrap_or_else(|error| panic!("{question}: {error}"));
        let (parts, body) = response.into_parts();
        let body = body
            .into_with_config()
            .limit(u64::MAX)
            .read_to_vec()
            .unwrap_or_else(|error| panic!("{question}: the answer broke off: {error}"));
        Answer {
            question,
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    /// Sends a request; `path` is encoded already.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let authorization = self.authorization();
        let mut all = vec![("authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        self.ask(method, path, &all, body)
    }

    /// Sends a request as somebody the server does not know.
    pub fn send_unknown(&self, method: &str, path: &str) -> Answer {
        self.ask(method, path, &[], None)
    }

    /// Sends a request with these headers and no others, as a browser does.
    pub fn send_plainly(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(method, path, headers, None)
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// Sends JSON.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send(method, path, &headers, Some(body.to_string().as_bytes()))
    }

    /// `POST` with JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.json("POST", path, body)
    }

    /// All items of a list, page by page.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.get(&format!("{path}{after}")).must(200).json();
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("{separator}after={}", encode(next)),
                None => return items,
            }
        }
    }

    /// Makes a folder, and returns its id.
    #[track_caller]
    pub fn folder(&self, name: &str) -> String {
        self.folder_with(&json!({"name": name}))
    }

    /// Makes a folder of this description, and returns its id.
    #[track_caller]
    pub fn folder_with(&self, description: &Value) -> String {
        let made = self.post("/api/v1/folders", description).must(201).json();
        made["id"].as_str().expect("an id").to_owned()
    }

    /// The URL of a file in a folder.
    pub fn content(folder: &str, path: impl AsRef<[u8]>) -> String {
        format!(
            "/api/v1/folders/{}/content/{}",
            encode(folder),
            encode(path)
        )
    }

    /// Writes a file.
    #[track_caller]
    pub fn put(&self, folder: &str, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Answer {
        let url = Self::content(folder, path);
        self.send("PUT", &url, &[], Some(content.as_ref()))
    }

    /// Asks for a file.
    #[track_caller]
    pub fn download(&self, folder: &str, path: impl AsRef<[u8]>) -> Answer {
        self.get(&Self::content(folder, path))
    }

    /// What a directory in a folder holds: the items of the list.
    #[track_caller]
    pub fn files(&self, folder: &str, path: impl AsRef<[u8]>) -> Vec<Value> {
        let folder = encode(folder);
        let path = encode(path);
        self.list(&format!("/api/v1/folders/{folder}/files?path={path}"))
    }

    /// The names in a directory of a folder, sorted.
    #[track_caller]
    pub fn names(&self, folder: &str, path: impl AsRef<[u8]>) -> Vec<String> {
        let items = self.files(folder, path);
        let name = |item: &Value| item["name"].as_str().expect("a name").to_owned();
        let mut names: Vec<String> = items.iter().map(name).collect();
        names.sort();
        names
    }

    /// Asks for a session.
    pub fn ask_session(&self, description: &Value) -> Answer {
        self.post("/api/v1/sessions", description)
    }

    /// Starts a session; it ends when it is dropped.
    #[track_caller]
    pub fn session_with(&self, description: &Value) -> Session<'_> {
        let about = self.ask_session(description).must(201).json();
        assert_eq!(about["status"], "RUNNING", "{about}");
        Session::new(self, about)
    }

    /// Starts a session with these folders at their default places.
    #[track_caller]
    pub fn session(&self, folders: &[&str]) -> Session<'_> {
        let mounts: Vec<Value> = folders
            .iter()
            .map(|folder| json!({"folder": folder}))
            .collect();
        self.session_with(&json!({"mounts": mounts}))
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = log_since(&self.log, self.log_begin);
            eprintln!("--- the server's log meanwhile ---\n{log}---");
        }
    }
}

/// A client that takes every answer as it is. Each person has their own, so that no test waits for another's
/// connection.
fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(REQUEST_PATIENCE))
        .build();
    config.into()
}
