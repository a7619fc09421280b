//! Somebody at a terminal: a WebSocket in ttyd's framing, and the screen they see.

use std::io::{ErrorKind, Write as _};
use std::net::TcpStream;
use std::num::NonZero;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::{PATIENCE, Person};

/// The size of a terminal's window unless a test says otherwise.
const ROWS: u16 = 50;
const COLUMNS: u16 = 120;
const SCROLLBACK_ROWS: usize = 5000;
/// How long one look at the socket takes.
const GLANCE: Duration = Duration::from_millis(100);

/// A viewer of a terminal.
pub struct Terminal {
    socket: WebSocket<TcpStream>,
    screen: vt100::Parser,
    /// Everything the terminal printed, escape sequences and all.
    pub output: Vec<u8>,
    /// Titles the server told.
    pub titles: Vec<String>,
    closed: Option<Option<CloseFrame>>,
}

impl Terminal {
    /// Opens the terminal at `url` (without the host) in a window of the usual size.
    #[track_caller]
    pub fn open(person: &Person, url: &str) -> Self {
        Self::open_sized(person, url, COLUMNS, ROWS)
    }

    /// Opens the terminal in a window of this size.
    #[track_caller]
    pub fn open_sized(person: &Person, url: &str, columns: u16, rows: u16) -> Self {
        let mut terminal = Self::connect(person, url, columns, rows);
        let hello = json!({"AuthToken": "", "columns": columns, "rows": rows});
        terminal.send(Message::binary(hello.to_string()));
        terminal
    }

    /// Connects and says nothing yet.
    #[track_caller]
    pub fn connect(person: &Person, url: &str, columns: u16, rows: u16) -> Self {
        let headers = [
            ("authorization", person.authorization()),
            ("sec-websocket-protocol", "tty".to_owned()),
        ];
        let (socket, response) = dial(person, url, &headers)
            .unwrap_or_else(|response| panic!("{url}: the server answers {response:?}"));
        let protocol = response.headers().get("sec-websocket-protocol");
        assert_eq!(protocol.map(|value| value.as_bytes()), Some(&b"tty"[..]));
        Self {
            socket,
            screen: vt100::Parser::new(lines(rows), lines(columns), SCROLLBACK_ROWS),
            output: Vec::new(),
            titles: Vec::new(),
            closed: None,
        }
    }

    /// The status with which the server refuses a WebSocket.
    #[track_caller]
    pub fn refusal(person: &Person, url: &str, headers: &[(&str, String)]) -> u16 {
        match dial(person, url, headers) {
            Ok(_) => panic!("{url}: the server lets somebody in with {headers:?}"),
            Err(response) => response.status().as_u16(),
        }
    }

    /// Sends a message, if the server still listens.
    pub fn send(&mut self, message: Message) {
        match self.socket.send(message) {
            Ok(()) | Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_)) => {}
            Err(error) => panic!("cannot send: {error}"),
        }
    }

    /// Sends raw bytes past the WebSocket.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.socket.get_mut().write_all(bytes).unwrap();
    }

    /// Types.
    pub fn type_text(&mut self, text: &str) {
        self.type_bytes(text.as_bytes());
    }

    /// Types a line and the Enter key.
    pub fn enter(&mut self, line: &str) {
        self.type_text(&format!("{line}\r"));
    }

    /// Types bytes that need not be text.
    pub fn type_bytes(&mut self, bytes: &[u8]) {
        self.send(Message::binary([b"0", bytes].concat()));
    }

    /// Makes the window larger or smaller.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let size = json!({"columns": columns, "rows": rows});
        self.send(Message::binary(format!("1{size}")));
        self.screen
            .screen_mut()
            .set_size(lines(rows), lines(columns));
    }

    /// Asks the server to hold output back.
    pub fn pause(&mut self) {
        self.send(Message::binary("2"));
    }

    /// Asks the server to go on.
    pub fn resume(&mut self) {
        self.send(Message::binary("3"));
    }

    /// Takes in what has come, for at most a glance. Whether there was anything.
    fn look(&mut self) -> bool {
        if self.closed.is_some() {
            std::thread::sleep(GLANCE);
            return false;
        }
        match self.socket.read() {
            Ok(message) => self.take(message),
            Err(Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                return false;
            }
            Err(_) => {
                self.closed.get_or_insert(None);
            }
        }
        true
    }

    fn take(&mut self, message: Message) {
        let frame = match message {
            Message::Binary(frame) => frame,
            Message::Text(text) => text.into(),
            Message::Close(reason) => {
                self.closed = Some(reason);
                return;
            }
            _ => return,
        };
        match frame.split_first() {
            Some((b'0', output)) => {
                self.output.extend_from_slice(output);
                self.screen.process(output);
            }
            Some((b'1', title)) => self
                .titles
                .push(String::from_utf8_lossy(title).into_owned()),
            Some((b'2', _)) => {}
            other => panic!("a frame of no known type: {other:?}"),
        }
    }

    /// The screen's text, without blanks at the ends of lines, and without empty lines at its end.
    pub fn screen(&self) -> String {
        let (_, columns) = self.screen.screen().size();
        let rows = self.screen.screen().rows(0, columns.get());
        let rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    /// The line the cursor is in.
    pub fn cursor_line(&self) -> String {
        let (row, _) = self.screen.screen().cursor_position();
        self.screen()
            .lines()
            .nth(row.into())
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub fn wait_screen(&mut self, what: &str, mut ready: impl FnMut(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !ready(&self.screen()) {
            let came = self.look();
            assert!(
                came || Instant::now() < deadline && self.closed.is_none(),
                "the terminal never showed {what} (closed: {:?}); it shows:\n{}",
                self.closed,
                self.screen()
            );
        }
    }

    /// Waits until the screen shows `text` anywhere.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        self.wait_screen(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// Waits until the screen shows `line` as a line of its own.
    #[track_caller]
    pub fn wait_for_line(&mut self, line: &str) {
        self.wait_screen(&format!("the line {line:?}"), |screen| {
            screen.lines().any(|shown| shown == line)
        });
    }

    /// Waits until the cursor is in this line.
    #[track_caller]
    pub fn wait_for_cursor_line(&mut self, line: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.cursor_line() != line {
            let came = self.look();
            assert!(
                came || Instant::now() < deadline && self.closed.is_none(),
                "the cursor never was in the line {line:?} (closed: {:?}); the screen shows:\n{}",
                self.closed,
                self.screen()
            );
        }
    }

    /// Waits for the shell to be ready for a line: its prompt ends in `$`.
    #[track_caller]
    pub fn wait_for_prompt(&mut self) {
        self.wait_screen("a prompt", |screen| {
            screen
                .lines()
                .next_back()
                .is_some_and(|line| line.ends_with('$'))
        });
    }

    /// Waits until this many bytes of output have come.
    #[track_caller]
    pub fn wait_for_output(&mut self, bytes: usize) {
        let deadline = Instant::now() + PATIENCE;
        while self.output.len() < bytes {
            let came = self.look();
            assert!(
                came || Instant::now() < deadline,
                "only {} of {bytes} bytes came",
                self.output.len()
            );
        }
    }

    /// Takes in output until nothing has come for a while, and at most `bytes`. How much has come in all.
    pub fn drain(&mut self, bytes: usize) -> usize {
        let mut quiet = 0;
        while quiet < 10 && self.output.len() < bytes && self.closed.is_none() {
            quiet = if self.look() { 0 } else { quiet + 1 };
        }
        self.output.len()
    }

    /// Runs a command at the prompt and returns what it printed, as the screen shows it.
    #[track_caller]
    pub fn run(&mut self, command: &str) -> String {
        self.wait_for_prompt();
        // One that no other viewer has used on the same screen.
        static COMMANDS: AtomicU32 = AtomicU32::new(1);
        let number = COMMANDS.fetch_add(1, Ordering::Relaxed);
        let (begin, end) = (format!("begin {number}"), format!("end {number}"));
        // What is typed never looks like what is printed.
        self.enter(&format!(
            "echo \"be\"\"gin {number}\"; {command}; echo \"e\"\"nd {number}\""
        ));
        self.wait_for_line(&end);
        self.wait_for_prompt();
        let screen = self.screen();
        let shown = screen.lines().skip_while(|line| *line != begin).skip(1);
        let shown: Vec<&str> = shown.take_while(|line| *line != end).collect();
        shown.join("\n")
    }

    /// Waits for the server to close the connection: the reason it gives.
    #[track_caller]
    pub fn wait_for_close(&mut self) -> Option<CloseFrame> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(reason) = &self.closed {
                return reason.clone();
            }
            let came = self.look();
            assert!(
                came || Instant::now() < deadline,
                "the server keeps the connection; the terminal shows:\n{}",
                self.screen()
            );
        }
    }

    /// Whether the server has closed the connection, as far as is known.
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Leaves as a browser does.
    pub fn close(mut self) {
        let _ = self.socket.close(None);
        let _ = self.socket.flush();
        while self.closed.is_none() {
            self.look();
        }
    }

    /// Keeps only little of what comes in this side's buffers, so that a viewer that does not read is soon noticed.
    pub fn shrink_receive_buffer(&self) {
        const BYTES: usize = 16 << 10;
        let socket = self.socket.get_ref();
        rustix::net::sockopt::set_socket_recv_buffer_size(socket, BYTES).unwrap();
    }
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.screen())
    }
}

fn lines(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a window has lines and columns")
}

/// Opens a WebSocket; what the server answered when it refuses.
fn dial(
    person: &Person,
    url: &str,
    headers: &[(&str, String)],
) -> Result<(WebSocket<TcpStream>, Response), Box<Response>> {
    let address = person.url().strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut request = format!("ws://{address}{url}")
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        let name: tungstenite::http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    match tungstenite::client(request, stream) {
        Ok((socket, response)) => {
            socket.get_ref().set_read_timeout(Some(GLANCE)).unwrap();
            Ok((socket, response.map(|_| None)))
        }
        Err(HandshakeError::Failure(Error::Http(response))) => {
            Err(Box::new((*response).map(|_| None)))
        }
        Err(error) => panic!("{url}: {error}"),
    }
}

/// What a WebSocket at `url` (without the host) answers to each message.
#[track_caller]
pub fn web_socket_echo(person: &Person, url: &str, messages: &[&str]) -> Vec<String> {
    let headers = [("authorization", person.authorization())];
    let (mut socket, _) = dial(person, url, &headers)
        .unwrap_or_else(|response| panic!("{url}: the server answers {response:?}"));
    let stream = socket.get_ref();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut ask = |message: &&str| {
        socket.send(Message::text(*message)).unwrap();
        socket.read().unwrap().into_text().unwrap().to_string()
    };
    messages.iter().map(&mut ask).collect()
}
