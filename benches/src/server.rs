//! The real server, as a client sees it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(120);
const PASSWORD: &str = "a password for benchmarks";

/// A running server with a client that is logged in.
pub struct Server {
    child: Child,
    /// Its data, removed with it.
    _data: tempfile::TempDir,
    address: String,
    http: reqwest::Client,
    token: String,
}

impl Server {
    /// Starts the server and waits until it answers.
    pub async fn start() -> Result<Self> {
        let binary = std::env::var("BERTH_BIN")
            .context("BERTH_BIN names the server; cargo xtask bench sets it")?;
        let data = tempfile::tempdir()?;
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .env("BERTH_ADMIN_PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().context("no output")?);
        let mut lines = output.lines();
        let address = loop {
            let line = lines.next().context("the server ended")??;
            if let Some(at) = line.find("http://127.0.0.1:") {
                break line[at..]
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches('/')
                    .to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let login = http
            .post(format!("{address}/api/v1/login"))
            .json(&json!({"email": "admin@berth.local", "password": PASSWORD}))
            .send()
            .await?
            .error_for_status()?;
        let cookie = login
            .headers()
            .get("set-cookie")
            .context("no cookie")?
            .to_str()?
            .to_owned();
        let token: Value = http
            .post(format!("{address}/api/v1/tokens"))
            .header("cookie", cookie.split(';').next().unwrap_or_default())
            .json(&json!({"name": "bench"}))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let token = token["token"].as_str().context("no token")?.to_owned();
        Ok(Self {
            child,
            _data: data,
            address,
            http,
            token,
        })
    }

    /// The server's process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    async fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1{path}", self.address))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{path}: {status}: {text}");
        }
        Ok(if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        })
    }

    /// Creates a folder.
    pub async fn folder(&self, name: &str) -> Result<()> {
        self.call(
            reqwest::Method::POST,
            "/folders",
            Some(&json!({"name": name})),
        )
        .await
        .map(drop)
    }

    /// Writes a file of a folder.
    pub async fn put(&self, folder: &str, path: &str, bytes: Vec<u8>) -> Result<()> {
        self.http
            .put(format!(
                "{}/api/v1/folders/{folder}/content/{path}",
                self.address
            ))
            .bearer_auth(&self.token)
            .body(bytes)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Starts a session and tells its id.
    pub async fn session(&self, folders: &[&str], scratch_bytes: u64) -> Result<String> {
        let mounts: Vec<Value> = folders
            .iter()
            .map(|folder| json!({"folder": folder}))
            .collect();
        let body = json!({"mounts": mounts, "resources": {"scratch_bytes": scratch_bytes}});
        let session = self
            .call(reqwest::Method::POST, "/sessions", Some(&body))
            .await?;
        Ok(session["id"].as_str().context("no id")?.to_owned())
    }

    /// Ends a session.
    pub async fn end(&self, session: &str) -> Result<()> {
        self.call(
            reqwest::Method::DELETE,
            &format!("/sessions/{session}"),
            None,
        )
        .await
        .map(drop)
    }

    /// Runs shell text in a session and tells its output; anything but success is an error.
    pub async fn exec(&self, session: &str, command: &str) -> Result<String> {
        let body = json!({"command": command, "timeout_seconds": PATIENCE.as_secs()});
        let done = self
            .call(
                reqwest::Method::POST,
                &format!("/sessions/{session}/exec"),
                Some(&body),
            )
            .await?;
        if done["exit_code"] != 0 {
            bail!("{command}: {done}");
        }
        Ok(done["stdout"].as_str().unwrap_or_default().to_owned())
    }

    /// Opens a terminal.
    pub async fn terminal(&self, session: &str) -> Result<Terminal> {
        let address = self.address.replacen("http", "ws", 1);
        let mut request =
            format!("{address}/api/v1/sessions/{session}/terminal").into_client_request()?;
        request
            .headers_mut()
            .insert("sec-websocket-protocol", HeaderValue::from_static("tty"));
        request.headers_mut().insert(
            "authorization",
            HeaderValue::from_str(&format!("Bearer {}", self.token))?,
        );
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
        socket
            .send(Message::text(
                json!({"AuthToken": "", "columns": 80, "rows": 24}).to_string(),
            ))
            .await?;
        Ok(Terminal {
            socket,
            seen: Vec::new(),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A terminal's WebSocket.
pub struct Terminal {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Output not yet waited for.
    seen: Vec<u8>,
}

impl Terminal {
    /// Types.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let frame: Vec<u8> = std::iter::once(b'0').chain(bytes.iter().copied()).collect();
        Ok(self
            .socket
            .send(Message::Binary(Bytes::from(frame)))
            .await?)
    }

    /// Waits until `bytes` have come, and forgets everything up to them.
    pub async fn wait_for(&mut self, bytes: &[u8]) -> Result<()> {
        loop {
            if let Some(at) = self
                .seen
                .windows(bytes.len())
                .position(|window| window == bytes)
            {
                self.seen.drain(..at + bytes.len());
                return Ok(());
            }
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await?;
            match message.context("the terminal closed")?? {
                Message::Binary(frame) if frame.first() == Some(&b'0') => {
                    self.seen.extend_from_slice(&frame[1..])
                }
                _ => {}
            }
        }
    }
}
