//! A case that talks to the shell through a terminal: lines to type, `#expect:text`, `#expect-prompt`, `#send:key`.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::cases::Spec;
use super::shells::{Outcome, wait};

const PROMPT: &str = "test$ ";

pub fn run(mut command: Command, spec: &Spec, limit: Duration) -> Outcome {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let terminal = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let mut child = command
        .env("TERM", "dumb")
        .stdin(terminal.try_clone().unwrap())
        .stdout(terminal.try_clone().unwrap())
        .stderr(terminal)
        .spawn()
        .unwrap();
    // The command holds the terminal open, so that its end would never be seen.
    drop(command);
    let deadline = Instant::now() + limit;
    let mut screen = Screen::of(File::from(controller), deadline);
    let talk = screen.talk(spec.stdin.as_deref().unwrap_or_default());
    let output = match talk {
        Ok(()) => screen.rest(),
        Err(missing) => format!("{}\nnever came: {missing:?}", screen.rest()),
    };
    Outcome::of_terminal(output, wait(&mut child, deadline))
}

struct Screen {
    keyboard: File,
    pieces: mpsc::Receiver<Vec<u8>>,
    shown: String,
    /// What has been waited for already, in bytes of `shown`.
    seen: usize,
    deadline: Instant,
}

impl Screen {
    fn of(controller: File, deadline: Instant) -> Self {
        let mut reader = controller.try_clone().unwrap();
        let (sender, pieces) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            keyboard: controller,
            pieces,
            shown: String::new(),
            seen: 0,
            deadline,
        }
    }

    fn talk(&mut self, script: &str) -> Result<(), String> {
        for line in script.lines() {
            if let Some(text) = line.strip_prefix("#expect:") {
                self.expect(text)?;
            } else if line.trim() == "#expect-prompt" {
                self.expect(PROMPT)?;
            } else if let Some(key) = line.strip_prefix("#send:") {
                self.keyboard.write_all(key_bytes(key)).unwrap();
            } else {
                self.keyboard.write_all(line.as_bytes()).unwrap();
            }
        }
        Ok(())
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return Ok(());
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            match self.pieces.recv_timeout(left) {
                Ok(piece) => self.shown.push_str(&String::from_utf8_lossy(&piece)),
                Err(_) => return Err(text.to_owned()),
            }
        }
    }

    fn rest(&mut self) -> String {
        // The text cannot come: this reads until the shell is gone.
        let _ = self.expect("\0");
        self.shown.clone()
    }
}

fn key_bytes(name: &str) -> &'static [u8] {
    match name.trim().to_ascii_lowercase().as_str() {
        "ctrl+d" => b"\x04",
        "tab" => b"\t",
        "enter" => b"\n",
        other => panic!("unknown key {other}"),
    }
}
