//! `kill -9`: what was acknowledged is there, what does not run does not claim to.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use berth_tests::{Person, Server, wait_until};
use serde_json::{Value, json};

fn running(person: &Person) -> Vec<Value> {
    let sessions = person.list("/api/v1/sessions");
    let over = |session: &Value| {
        ["TERMINATED", "ERROR"]
            .iter()
            .any(|status| session["status"] == *status)
    };
    sessions
        .into_iter()
        .filter(|session| !over(session))
        .collect()
}

/// Everything below `directory`, with its time of change.
fn tree(directory: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                waiting.push(entry.path());
            }
            found.insert(entry.path(), metadata.modified().unwrap());
        }
    }
    found
}

#[test]
fn no_session_claims_to_run_after_the_server_died() {
    let mut server = Server::start();
    let ann = server.person();
    ann.folder("data");
    let ids: Vec<String> = ["first", "second"]
        .iter()
        .map(|name| {
            let session = ann.session_with(&json!({"name": name, "mounts": [{"folder": "data"}]}));
            session.say("echo x > direct; echo x > /tmp/temporary; mkdir -p deep/er; ln -s / root");
            session.say(&format!("echo kept > data/{name}"));
            let id = session.id().to_owned();
            std::mem::forget(session);
            id
        })
        .collect();
    assert_eq!(running(&ann).len(), 2);
    server.restart();

    assert!(running(&ann).is_empty(), "{:?}", running(&ann));
    for id in &ids {
        let url = format!("/api/v1/sessions/{id}");
        let answer = ann.get(&url);
        assert!(
            answer.status == 404 || answer.json()["status"] != "RUNNING",
            "{answer}"
        );
        ann.post(&format!("{url}/exec"), &json!({"command": "true"}))
            .refused(&[404, 409]);
        let left: Vec<_> = tree(&server.data())
            .into_keys()
            .filter(|path| path.to_string_lossy().contains(id.as_str()))
            .collect();
        assert!(left.is_empty(), "scratch is left: {left:?}");
    }
    assert_eq!(ann.names("data", ""), ["first", "second"]);
    assert_eq!(ann.download("data", "first").text(), "kept\n");
    // The name and the folder are free again.
    let session = ann.session_with(&json!({"name": "first", "mounts": [{"folder": "data"}]}));
    assert_eq!(session.say("cat data/second; ls"), "kept\ndata\n");
    session.end();
    ann.delete("/api/v1/folders/data").fine();
}

#[test]
fn acknowledged_files_are_there_and_half_ones_are_not() {
    let mut server = Server::start();
    let ann = server.person();
    ann.folder("data");
    ann.put("data", "old", "as it was").fine();
    let content: Vec<u8> = (0..2_000_000_u32).flat_map(u32::to_le_bytes).collect();
    ann.put("data", "deep/er/large", &content).fine();
    ann.post(
        "/api/v1/folders/data/move",
        &json!({"from": "deep", "to": "moved"}),
    )
    .fine();
    // Two uploads are under way when the server dies.
    let _cut: Vec<TcpStream> = ["old", "new"]
        .iter()
        .map(|path| half_an_upload(&ann, path))
        .collect();
    let id = ann.get("/api/v1/folders/data").json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let directory = server.folder_directory(&id);
    wait_until("the uploads to be under way", || {
        (std::fs::read_dir(&directory).unwrap().count() >= 4).then_some(())
    });
    server.restart();

    assert_eq!(ann.names("data", ""), ["moved", "old"]);
    assert_eq!(ann.download("data", "old").text(), "as it was");
    assert!(ann.download("data", "moved/er/large").body == content);
    wait_until("the halves to go", || {
        (std::fs::read_dir(&directory).unwrap().count() == 2).then_some(())
    });
    ann.put("data", "new", "whole").fine();
}

/// Begins to upload a file.
fn half_an_upload(ann: &Person, path: &str) -> TcpStream {
    let address = ann.url().strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: {address}\r\nauthorization: {}\r\ncontent-length: 9000000\r\n\r\n",
        Person::content("data", path),
        ann.authorization(),
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&vec![b'x'; 4_000_000]).unwrap();
    socket
}

#[test]
fn what_a_program_wrote_is_there_after_the_server_died() {
    let mut server = Server::start();
    let ann = server.person();
    ann.folder("data");
    let session = ann.session(&["data"]);
    session.say("for n in $(seq 50); do echo $n > data/$n; done; mv data/1 data/one; rm data/2");
    std::mem::forget(session);
    server.restart();
    assert_eq!(ann.names("data", "").len(), 49);
    assert_eq!(ann.download("data", "one").text(), "1\n");
    assert_eq!(ann.download("data", "50").text(), "50\n");
}

#[test]
fn people_tokens_and_log_ins_outlive_the_server() {
    let mut server = Server::start();
    let ann = server.person();
    let browser = ann.browser();
    server.restart();
    let me = ann.get("/api/v1/me").must(200).json();
    assert_eq!(me["email"], *ann.email);
    let headers = [("cookie", browser.as_str())];
    // The agent's own token is not sent with this.
    let request = ureq_get(&format!("{}/api/v1/me", ann.url()), &headers);
    assert_eq!(request, 200);
    assert_eq!(server.admin().get("/api/v1/me").json()["role"], "admin");
    ann.revoke_own_token();
    server.restart();
    ann.get("/api/v1/me").refused(&[401]);
}

fn ureq_get(url: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = ureq::get(url)
        .config()
        .http_status_as_error(false)
        .proxy(None)
        .build();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.call().unwrap().status().as_u16()
}

#[test]
fn a_second_start_compiles_and_writes_nothing_again() {
    let mut server = Server::start_bare();
    let ann = server.person();
    assert_eq!(ann.session(&[]).say("echo one | cat"), "one\n");
    let kept = |server: &Server| -> BTreeMap<PathBuf, SystemTime> {
        let belongs = |path: &Path| {
            let text = path.to_string_lossy();
            text.ends_with(".cwasm") || text.contains("/environments/base-")
        };
        tree(&server.data())
            .into_iter()
            .filter(|(path, _)| belongs(path))
            .collect()
    };
    let before = kept(&server);
    assert!(
        before
            .keys()
            .any(|path| path.extension().is_some_and(|end| end == "cwasm")),
        "{before:?}"
    );
    server.restart();
    assert_eq!(ann.session(&[]).say("echo two | cat"), "two\n");
    assert_eq!(kept(&server), before);
}

#[test]
fn a_compiled_program_that_was_damaged_is_compiled_again() {
    let mut server = Server::start_bare();
    let ann = server.person();
    assert_eq!(ann.session(&[]).say("echo one"), "one\n");
    server.kill();
    let mut damaged = 0;
    for path in tree(&server.data()).into_keys() {
        if path.extension().is_some_and(|end| end == "cwasm") {
            std::fs::write(&path, b"\x7fELF and then nonsense").unwrap();
            damaged += 1;
        }
    }
    assert!(damaged > 0);
    server.restart();
    assert_eq!(ann.session(&[]).say("echo two | cat"), "two\n");
}

#[test]
fn a_server_that_is_asked_to_stop_ends_its_sessions() {
    let mut server = Server::start();
    let ann = server.person();
    ann.folder("data");
    let session = ann.session(&["data"]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("echo begun > data/begun; while :; do :; done");
    wait_until("the loop to begin", || {
        let begun = ann.download("data", "begun");
        (begun.status == 200 && begun.text() == "begun\n").then_some(())
    });
    let id = session.id().to_owned();
    std::mem::forget(session);
    server.stop();
    terminal.wait_for_close();
    let left: Vec<_> = tree(&server.data())
        .into_keys()
        .filter(|path| path.to_string_lossy().contains(&id))
        .collect();
    assert!(left.is_empty(), "scratch is left: {left:?}");
    server.restart();
    assert!(running(&ann).is_empty());
    assert_eq!(ann.download("data", "begun").text(), "begun\n");
}

#[test]
fn killed_again_and_again_it_comes_back_every_time() {
    let mut server = Server::start();
    let ann = server.person();
    for round in 0..5 {
        let folder = format!("folder-{round}");
        ann.folder(&folder);
        ann.put(&folder, "file", round.to_string()).fine();
        std::mem::forget(ann.session(&[&folder]));
        server.restart();
    }
    assert_eq!(ann.list("/api/v1/folders").len(), 5);
    assert!(running(&ann).is_empty());
    for round in 0..5 {
        assert_eq!(
            ann.download(&format!("folder-{round}"), "file").text(),
            round.to_string()
        );
    }
}

#[test]
fn two_servers_never_share_a_data_directory() {
    let server = Server::start();
    let second = std::process::Command::new(Server::binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(server.data())
        .output()
        .unwrap();
    assert!(!second.status.success());
    let error = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(error.contains("another berth server"), "{error}");
    assert_eq!(server.person().get("/api/v1/me").status, 200);
}
