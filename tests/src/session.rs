//! A session somebody started, and commands run in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::{Answer, Person, Terminal, encode};

/// A running session. It ends when it is dropped.
#[derive(Debug)]
pub struct Session<'a> {
    owner: &'a Person,
    /// What the server said when it started.
    pub about: Value,
}

/// What a command left behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub exit_code: i64,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: Vec<u8>,
    /// Whether there was more output than is kept.
    pub truncated: bool,
}

impl<'a> Session<'a> {
    pub(crate) fn new(owner: &'a Person, about: Value) -> Self {
        Self { owner, about }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.about["id"].as_str().expect("an id")
    }

    /// Its URL, without the host.
    pub fn url(&self) -> String {
        format!("/api/v1/sessions/{}", self.id())
    }

    /// Where the folder of this name is mounted.
    #[track_caller]
    pub fn mount_path(&self, folder: &str) -> String {
        let mounts = self.about["mounts"].as_array().expect("mounts");
        let mount = mounts.iter().find(|mount| mount["folder"] == folder);
        let mount = mount.unwrap_or_else(|| panic!("{folder} is not in {}", self.about));
        mount["path"].as_str().expect("a path").to_owned()
    }

    /// Asks to run a command.
    pub fn ask_exec(&self, description: &Value) -> Answer {
        self.owner
            .post(&format!("{}/exec", self.url()), description)
    }

    /// Runs a command.
    #[track_caller]
    pub fn exec(&self, description: &Value) -> Output {
        Output::of(&self.ask_exec(description).must(200).json())
    }

    /// Runs shell text.
    #[track_caller]
    pub fn run(&self, command: &str) -> Output {
        self.exec(&json!({"command": command}))
    }

    /// Runs shell text that must end with 0, and returns what it printed.
    #[track_caller]
    pub fn say(&self, command: &str) -> String {
        let output = self.run(command);
        assert_eq!(output.exit_code, 0, "{command}: {output}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// Opens the main terminal.
    #[track_caller]
    pub fn terminal(&self) -> Terminal {
        self.terminal_named("main")
    }

    /// Opens a terminal by its name.
    #[track_caller]
    pub fn terminal_named(&self, name: &str) -> Terminal {
        Terminal::open(self.owner, &self.terminal_url(name))
    }

    /// The URL of a terminal, without the host.
    pub fn terminal_url(&self, name: &str) -> String {
        format!("{}/terminal?name={}", self.url(), encode(name))
    }

    /// What the server knows about it now.
    #[track_caller]
    pub fn now(&self) -> Value {
        self.owner.get(&self.url()).must(200).json()
    }

    /// Ends it. When this returns its scratch is gone.
    #[track_caller]
    pub fn end(self) {
        self.owner.delete(&self.url()).must(204);
        std::mem::forget(self);
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // Asking panics when the server is gone, and two panics at a time end the whole run.
        if !std::thread::panicking() {
            self.owner.delete(&self.url());
        }
    }
}

impl Output {
    #[track_caller]
    fn of(answer: &Value) -> Self {
        assert!(answer["duration_ms"].is_u64(), "{answer}");
        Self {
            exit_code: answer["exit_code"].as_i64().expect("an exit code"),
            stdout: bytes(&answer["stdout"]),
            stderr: bytes(&answer["stderr"]),
            truncated: answer["truncated"].as_bool().expect("truncated"),
        }
    }

    /// The standard output as text; what is not UTF-8 in it is replaced.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The standard error as text; what is not UTF-8 in it is replaced.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// Text, or bytes in Base64.
#[track_caller]
fn bytes(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.clone().into_bytes(),
        Value::Object(object) => {
            let text = object["base64"].as_str().expect("base64");
            STANDARD.decode(text).expect("base64")
        }
        other => panic!("neither text nor base64: {other}"),
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { exit_code, .. } = self;
        write!(
            f,
            "exit code {exit_code}, stdout {:?}, stderr {:?}",
            self.out(),
            self.err()
        )
    }
}
