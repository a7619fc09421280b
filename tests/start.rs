//! The first start: one command, no configuration, a password printed once.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use berth_tests::{Server, someone};
use serde_json::{Value, json};

const ADMIN: &str = "admin@berth.local";

/// A server somebody started by hand, with what it printed until it listened.
struct Started {
    process: Child,
    url: String,
    printed: Vec<String>,
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn start(data: &Path, password: Option<&str>) -> Started {
    let mut command = Command::new(Server::binary());
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env_remove("BERTH_ADMIN_PASSWORD")
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(password) = password {
        command.env("BERTH_ADMIN_PASSWORD", password);
    }
    let mut process = command.spawn().unwrap();
    let mut printed = Vec::new();
    let mut url = None;
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        url = line.find("http://").map(|begin| line[begin..].to_owned());
        printed.push(line);
        if url.is_some() {
            break;
        }
    }
    let url = url.unwrap_or_else(|| panic!("no address in {printed:?}"));
    Started {
        process,
        url,
        printed,
    }
}

fn log_in(server: &Started, password: &str) -> u16 {
    let body = json!({"email": ADMIN, "password": password}).to_string();
    let request = ureq::post(format!("{}/api/v1/login", server.url))
        .config()
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .header("content-type", "application/json");
    request.send(body).unwrap().status().as_u16()
}

#[test]
fn the_first_start_makes_an_administrator_and_prints_the_password_once() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("not/there/yet");
    let first = start(&data, None);
    let line = first.printed.iter().find(|line| line.contains(ADMIN));
    let line = line.unwrap_or_else(|| panic!("no password in {:?}", first.printed));
    let password = line.split_whitespace().next_back().unwrap().to_owned();
    assert!(password.len() >= 12, "{password:?} is easily guessed");
    assert_eq!(log_in(&first, &password), 200);
    assert_eq!(log_in(&first, "something else"), 401);
    drop(first);
    let second = start(&data, None);
    assert!(
        !second
            .printed
            .iter()
            .any(|line| line.contains(&password) || line.contains(ADMIN)),
        "{:?}",
        second.printed
    );
    assert_eq!(log_in(&second, &password), 200);
}

#[test]
fn the_administrators_password_may_be_given() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path(), Some("given by its owner"));
    assert!(
        !server
            .printed
            .iter()
            .any(|line| line.contains("given by its owner")),
        "the password is printed: {:?}",
        server.printed
    );
    assert_eq!(log_in(&server, "given by its owner"), 200);
    drop(server);
    // It is the password of the first start, not of every one.
    let server = start(directory.path(), Some("another one"));
    assert_eq!(log_in(&server, "given by its owner"), 200);
    assert_eq!(log_in(&server, "another one"), 401);
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let refuse = |arguments: &[&str]| {
        let output = Command::new(Server::binary())
            .arg("serve")
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.status.success(), "{arguments:?} started");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let in_the_way = file.to_str().unwrap();
    let error = refuse(&["--listen", "127.0.0.1:0", "--data", in_the_way]);
    assert!(error.contains(in_the_way), "{error}");
    let taken = Server::shared()
        .url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let data = directory.path().join("data");
    let error = refuse(&["--listen", &taken, "--data", data.to_str().unwrap()]);
    assert!(error.contains(&taken), "{error}");
    assert!(
        !data.exists(),
        "a server that cannot listen made a data directory"
    );
}

#[test]
fn whoever_watches_the_server_is_answered() {
    let ann = someone();
    assert_eq!(
        ann.send_unknown("GET", "/healthz").must(200).text().trim(),
        "ok"
    );
    assert_eq!(
        ann.send_unknown("GET", "/readyz").must(200).text().trim(),
        "ready"
    );
    let metrics = ann.send_unknown("GET", "/metrics").must(200);
    assert!(metrics.text().contains("# TYPE"), "{metrics}");
}

#[test]
fn the_interface_is_described() {
    let ann = someone();
    let document = ann
        .send_unknown("GET", "/api/v1/openapi.json")
        .must(200)
        .json();
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/login",
        "/me",
        "/tokens",
        "/environments",
        "/folders",
        "/folders/{folder}",
        "/folders/{folder}/files",
        "/folders/{folder}/content/{path}",
        "/folders/{folder}/directories",
        "/folders/{folder}/move",
        "/sessions",
        "/sessions/{session}",
        "/sessions/{session}/exec",
        "/sessions/{session}/terminal",
    ] {
        let known = |known: &String| known.strip_prefix("/api/v1").unwrap_or(known) == path;
        assert!(paths.keys().any(known), "{path} is not described");
    }
}

#[test]
fn the_page_is_served() {
    let ann = someone();
    for path in ["/", "/login", "/sessions"] {
        let page = ann.send_unknown("GET", path).must(200);
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{page}"
        );
        assert!(
            page.header("content-security-policy")
                .contains("default-src"),
            "{page}"
        );
    }
    let nothing = ann.send_unknown("GET", "/api/v1/nothing").must(404);
    assert_eq!(nothing.header("content-type"), "application/problem+json");
    let me: Value = ann.get("/api/v1/me").must(200).json();
    assert_eq!(me["email"], *ann.email);
}
