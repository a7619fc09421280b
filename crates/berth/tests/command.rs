//! The command as a person at a terminal, or a script, meets it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

fn berth(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    command
        .env_clear()
        .env("BERTH_DATA", data)
        .current_dir(data.parent().unwrap());
    command
}

/// A server on a free port.
struct Server {
    process: Child,
    /// What it printed until it was ready.
    printed: Vec<String>,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let command = command.args(["serve", "--listen", "127.0.0.1:0"]);
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = Vec::new();
        for line in BufReader::new(process.stdout.take().unwrap()).lines() {
            printed.push(line.unwrap());
            if printed.last().unwrap().starts_with("Berth listens on ") {
                break;
            }
        }
        Self { process, printed }
    }

    fn address(&self) -> &str {
        let line = self.printed.last().expect("it says where it listens");
        line.strip_prefix("Berth listens on http://")
            .unwrap_or_else(|| panic!("{line}"))
    }

    fn ask(&self, request: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let length = body.len();
        let head = "Host: x\r\nConnection: close\r\nContent-Type: application/json";
        write!(
            stream,
            "{request} HTTP/1.1\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn can_log_in(&self, email: &str, password: &str) -> bool {
        let body = format!(r#"{{"email": "{email}", "password": "{password}"}}"#);
        self.ask("POST /api/v1/login", &body)
            .starts_with("HTTP/1.1 200 ")
    }

    fn stop(mut self, signal: Signal) -> i32 {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
        self.process
            .wait()
            .unwrap()
            .code()
            .expect("it ends by itself")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(command: &mut Command, input: &str) -> Output {
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    process
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    process.wait_with_output().unwrap()
}

#[test]
fn the_first_start_prints_a_password_once_and_sigterm_ends_it_well() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let server = Server::start(&mut berth(&data));
    let password = server.printed[0]
        .strip_prefix("Log in as admin@berth.local with the password ")
        .unwrap()
        .to_owned();
    assert!(
        server
            .ask("GET /healthz", "")
            .starts_with("HTTP/1.1 200 OK")
    );
    assert!(server.can_log_in("admin@berth.local", &password));
    assert_eq!(server.stop(Signal::TERM), 0);

    let server = Server::start(&mut berth(&data));
    assert_eq!(server.printed.len(), 1, "{:?}", server.printed);
    assert!(server.can_log_in("admin@berth.local", &password));
    assert_eq!(server.stop(Signal::INT), 0);
}

#[test]
fn the_administrators_password_can_be_given() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let server = Server::start(berth(&data).env("BERTH_ADMIN_PASSWORD", "correct horse"));
    assert_eq!(
        server.printed.len(),
        1,
        "a given password is not printed: {:?}",
        server.printed
    );
    assert!(server.can_log_in("admin@berth.local", "correct horse"));
}

#[test]
fn a_password_that_is_too_short_is_told_and_nothing_starts() {
    let parent = tempfile::tempdir().unwrap();
    let mut command = berth(&parent.path().join("data"));
    let output = command
        .env("BERTH_ADMIN_PASSWORD", "short")
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output();
    let output = output.unwrap();
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("at least 8 characters"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn two_servers_cannot_share_a_data_directory_or_a_port() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let server = Server::start(&mut berth(&data));
    let second = berth(&data)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let expected = format!(
        "another berth server (process {}) uses the data directory",
        server.process.id()
    );
    assert!(
        text(&second.stderr).contains(&expected),
        "{}",
        text(&second.stderr)
    );

    let other = parent.path().join("other");
    let second = berth(&other)
        .args(["serve", "--listen", server.address()])
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = text(&second.stderr);
    assert!(
        said.contains(&format!("cannot listen on {}", server.address())),
        "{said}"
    );
    assert!(
        server
            .ask("GET /healthz", "")
            .starts_with("HTTP/1.1 200 OK"),
        "the first is not disturbed"
    );
}

#[test]
fn after_kill_9_the_server_starts_again_and_knows_everybody() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let mut server = Server::start(berth(&data).env("BERTH_ADMIN_PASSWORD", "correct horse"));
    server.process.kill().unwrap();
    server.process.wait().unwrap();
    let server = Server::start(&mut berth(&data));
    assert!(server.can_log_in("admin@berth.local", "correct horse"));
}

#[test]
fn people_are_registered_while_the_server_runs() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let early = run(berth(&data).args(["user", "create", "ann@example.org"]), "");
    assert!(
        text(&early.stderr).contains("there is no database"),
        "{}",
        text(&early.stderr)
    );

    let server = Server::start(&mut berth(&data));
    let create = ["user", "create", "ann@example.org", "--password-stdin"];
    let made = run(berth(&data).args(create), "correct horse\n");
    assert_eq!(
        text(&made.stdout),
        "Registered ann@example.org\n",
        "{}",
        text(&made.stderr)
    );
    assert!(server.can_log_in("ann@example.org", "correct horse"));

    let made = text(
        &run(
            berth(&data).args(["user", "create", "bob@example.org", "--admin"]),
            "",
        )
        .stdout,
    );
    let password = made
        .trim_end()
        .strip_prefix("Registered bob@example.org with the password ")
        .unwrap();
    assert!(server.can_log_in("bob@example.org", password));

    for (input, complaint) in [
        ("correct horse\n", "there is an account"),
        ("short\n", "at least 8"),
        ("", "at least 8"),
    ] {
        let refused = run(berth(&data).args(create), input);
        assert_eq!(refused.status.code(), Some(1));
        assert!(
            text(&refused.stderr).contains(complaint),
            "{}",
            text(&refused.stderr)
        );
    }
}

#[test]
fn the_version_and_the_api_are_printed() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let version = berth(&data).arg("version").output().unwrap();
    assert_eq!(
        text(&version.stdout),
        format!("berth {}\n", env!("CARGO_PKG_VERSION"))
    );
    let api = berth(&data).arg("openapi").output().unwrap();
    assert!(text(&api.stdout).contains("\"/api/v1/login\""));
    assert!(!data.exists(), "neither needs a data directory");
}
