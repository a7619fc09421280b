//! What people want in every session of theirs: dotfiles, and a bootstrap script.

mod common;

use common::{Answer, Fixture, start};
use serde_json::{Value, json};

const DOTFILES: &str = "/api/v1/user-config/dotfiles";
const BOOTSTRAP_SCRIPT: &str = "/api/v1/user-config/bootstrap-script";

struct Ann {
    berth: Fixture,
    authorization: String,
}

impl Ann {
    async fn new() -> Self {
        let berth = start().await;
        let (_, authorization) = berth.token().await;
        Self {
            berth,
            authorization,
        }
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [
            ("authorization", self.authorization.as_str()),
            ("content-type", "application/json"),
        ];
        self.berth
            .send(method, path, &headers, body.to_owned())
            .await
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask("PUT", &format!("{DOTFILES}/{path}"), &body.to_string())
            .await
    }
}

#[tokio::test]
async fn a_dotfile_is_written_listed_read_and_deleted() {
    let ann = Ann::new().await;
    let made = ann
        .put(".config/pip/pip.conf", json!({"data": "[global]\n"}))
        .await;
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(
        (&made["path"], &made["size"], &made["mode"]),
        (&json!(".config/pip/pip.conf"), &json!(9), &json!("644"))
    );
    assert!(made["modified"].is_string() && made.get("data").is_none());
    // As the page sends it: the slashes encoded.
    let changed = ann
        .put(
            ".config%2Fpip%2Fpip.conf",
            json!({"data": "한글", "mode": "600"}),
        )
        .await;
    assert_eq!(changed.status, 200);
    ann.put(".bashrc", json!({"data": ""})).await;
    let list = ann.ask("GET", DOTFILES, "").await.json();
    let paths: Vec<_> = list["items"].as_array().unwrap().iter().collect();
    assert_eq!(paths[0]["path"], ".bashrc");
    assert_eq!(paths[1]["path"], ".config/pip/pip.conf");
    assert_eq!((paths.len(), &list["next"]), (2, &json!(null)));
    let url = format!("{DOTFILES}/.config/pip/pip.conf");
    let read = ann.ask("GET", &url, "").await.json();
    assert_eq!(
        (&read["data"], &read["mode"], &read["size"]),
        (&json!("한글"), &json!("600"), &json!(6))
    );
    assert_eq!(ann.ask("DELETE", &url, "").await.status, 204);
    ann.ask("DELETE", &url, "").await.problem(404);
    ann.ask("GET", &url, "").await.problem(404);
    ann.berth.get(DOTFILES, &[]).await.problem(401);
}

#[tokio::test]
async fn bad_paths_modes_and_sizes_are_refused_with_their_field() {
    let ann = Ann::new().await;
    for path in [
        "bashrc",
        "..%2F.bashrc",
        ".config/../x",
        "%2Fetc/passwd",
        ".a%0Ab",
        ".b/",
    ] {
        let problem = ann.put(path, json!({"data": ""})).await.problem(422);
        assert_eq!(problem["errors"][0]["field"], "path", "{path}");
    }
    for mode in ["64", "0644", "688", "+64", "rw-"] {
        let problem = ann
            .put(".x", json!({"data": "", "mode": mode}))
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["field"], "mode", "{mode}");
    }
    let long = "x".repeat((64 << 10) + 1);
    let problem = ann.put(".x", json!({"data": long})).await.problem(422);
    assert_eq!(problem["errors"][0]["field"], "data");
    let problem = ann.put(".x", json!({"data": "a\0b"})).await.problem(422);
    assert_eq!(problem["errors"][0]["field"], "data");
    let list = ann.ask("GET", DOTFILES, "").await.json();
    assert_eq!(list["items"], json!([]), "nothing was kept");
}

#[tokio::test]
async fn dotfiles_have_limits_and_leave_each_other_room() {
    let ann = Ann::new().await;
    assert_eq!(ann.put(".config/x", json!({"data": ""})).await.status, 201);
    for path in [".config", ".config/x/y"] {
        let problem = ann.put(path, json!({"data": ""})).await.problem(409);
        assert!(problem["detail"].as_str().unwrap().contains(".config/x"));
    }
    let whole = "x".repeat(64 << 10);
    for number in 0..8 {
        let answer = ann
            .put(&format!(".big{number}"), json!({"data": whole}))
            .await;
        assert_eq!(answer.status, 201);
    }
    ann.put(".big8", json!({"data": "x"})).await.problem(409);
    // What replaces does not count twice.
    assert_eq!(ann.put(".big0", json!({"data": whole})).await.status, 200);
    for number in 0..55 {
        let answer = ann
            .put(&format!(".small{number}"), json!({"data": ""}))
            .await;
        assert_eq!(answer.status, 201);
    }
    ann.put(".one-too-many", json!({"data": ""}))
        .await
        .problem(409);
}

#[tokio::test]
async fn a_bootstrap_script_is_kept_and_taken_away() {
    let ann = Ann::new().await;
    let script = async || ann.ask("GET", BOOTSTRAP_SCRIPT, "").await.json()["script"].clone();
    assert_eq!(script().await, "");
    for text in ["echo 1\n", "echo 한글\n", "  \n"] {
        let body = json!({"script": text}).to_string();
        let answer = ann.ask("PUT", BOOTSTRAP_SCRIPT, &body).await;
        assert_eq!(answer.status, 200);
        let kept = if text.trim().is_empty() { "" } else { text };
        assert_eq!(answer.json()["script"], kept);
        assert_eq!(script().await, kept);
    }
    for text in ["a\0b".to_owned(), "x".repeat((64 << 10) + 1)] {
        let body = json!({"script": text}).to_string();
        let problem = ann.ask("PUT", BOOTSTRAP_SCRIPT, &body).await.problem(422);
        assert_eq!(problem["errors"][0]["field"], "script");
    }
}
