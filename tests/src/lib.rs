//! What the tests of the product stand on: a real server, people who ask it things, their sessions and terminals.
//!
//! A test begins with [`someone()`] (a new person on the server that the tests of its file share) or, when it does things
//! to the server itself, with [`Server::start`]. Everything a person does goes over HTTP and WebSocket to the binary
//! that `$BERTH_BIN` names (default: `release/berth` in cargo's target directory). When a test fails, what the server
//! logged meanwhile is printed.
//!
//! Nothing here depends on how fast the machine is: what must happen is waited for, up to [`PATIENCE`].

#![forbid(unsafe_code)]

mod answer;
mod person;
pub mod programs;
mod server;
mod session;
mod site;
pub mod taps;
mod terminal;

use std::time::{Duration, Instant};

pub use answer::Answer;
pub use person::{Person, encode};
pub use server::{Server, built_taps};
pub use session::{Output, Session};
pub use site::{SITE, SITE_NETWORK, Site};
pub use terminal::{Terminal, web_socket_echo};

/// How long a test waits for what must happen. A machine that needs longer is taken for one where it never does.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long a test sleeps between two looks.
const GLANCE: Duration = Duration::from_millis(50);

/// A new person, with nothing of their own yet, on the server that all tests of this file share.
pub fn someone() -> Person {
    Server::shared().person()
}

/// Looks again and again until `look` finds something.
///
/// # Panics
/// When it does not within [`PATIENCE`]; `what` says what was waited for.
#[track_caller]
pub fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "waited {} s for {what}",
            PATIENCE.as_secs()
        );
        std::thread::sleep(GLANCE);
    }
}
