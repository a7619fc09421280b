//! Terminals that people look at: a shell, its tty, the picture of its screen, and who watches.
//!
//! A [`Terminal`] is one life of one shell. It starts when somebody attaches under a name where none
//! runs, goes on without viewers, and ends with the shell; the next to attach starts a new one.
//! Output goes tty → [`pump`](Terminal::pump) → screen model and one bounded queue per viewer. The
//! pump takes no more from the tty while any viewer's queue is full, so the tty fills, and the
//! program that writes waits: nothing grows, and nobody but this terminal stands still.
//!
//! A terminal has one size however many watch it: the last one asked for.

mod screen;
mod viewer;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_kernel::file::File;
use berth_kernel::process::Process;
use berth_kernel::tty::Tty;
use bytes::Bytes;
use tokio::sync::Notify;

use self::screen::Screen;
pub use self::screen::WindowSize;
use self::viewer::Queue;
pub use self::viewer::Viewer;
use crate::activity::Activity;
use crate::error::{Error, Result};
use crate::limits::{
    OUTPUT_PIECE_BYTES, TERMINAL_NAME_CHARACTERS_MAX, TYPED_HELD_BYTES, VIEWERS_MAX,
};

/// One shell and its terminal.
pub struct Terminal {
    tty: Arc<Tty>,
    shell: Arc<Process>,
    /// Typing is use of the session.
    activity: Arc<Activity>,
    state: Mutex<State>,
    /// Told when a viewer may have become ready for more, and when the terminal is closed.
    pump_again: Notify,
    /// Told when typed bytes that were held back found their program.
    held_less: Notify,
}

struct State {
    screen: Screen,
    viewers: Vec<Arc<Queue>>,
    /// Typed, but no program had room yet. A task feeds it to the tty while it is not empty.
    held: VecDeque<u8>,
    /// The shell has ended: nobody attaches any more.
    ended: bool,
    /// The session ends: viewers are not waited for.
    closed: bool,
}

/// What somebody gets who attaches.
pub struct Attachment {
    /// The terminal, to type and to resize.
    pub terminal: Arc<Terminal>,
    /// What redraws the recent screen, to be shown before anything else; empty at the very start.
    pub snapshot: Bytes,
    /// The output from there on.
    pub viewer: Viewer,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment")
            .field("snapshot_bytes", &self.snapshot.len())
            .finish_non_exhaustive()
    }
}

/// Whether a terminal may be called `name`.
pub(crate) fn is_terminal_name(name: &str) -> bool {
    (1..=TERMINAL_NAME_CHARACTERS_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

impl Terminal {
    /// The terminal of `shell`, which was started with `tty`, and its first viewer.
    pub(crate) fn start(
        tty: Arc<Tty>,
        shell: Arc<Process>,
        size: WindowSize,
        activity: Arc<Activity>,
    ) -> Attachment {
        let terminal = Arc::new(Self {
            tty,
            shell,
            activity,
            state: Mutex::new(State {
                screen: Screen::new(size),
                viewers: Vec::new(),
                held: VecDeque::new(),
                ended: false,
                closed: false,
            }),
            pump_again: Notify::new(),
            held_less: Notify::new(),
        });
        // Before the pump starts: even of a shell that ends at once everything is seen.
        let attachment = terminal.add_viewer(&mut terminal.state());
        tokio::spawn(Arc::clone(&terminal).pump());
        attachment
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Attaches a viewer with a window of `size`. `None`: the shell has ended.
    pub(crate) fn attach(self: &Arc<Self>, size: WindowSize) -> Result<Option<Attachment>> {
        self.activity.touch();
        let mut state = self.state();
        if state.ended {
            return Ok(None);
        }
        if state.viewers.len() >= VIEWERS_MAX {
            return Err(Error::TooManyViewers);
        }
        let size = size.clamped();
        state.screen.resize(size);
        let attachment = self.add_viewer(&mut state);
        drop(state);
        self.tty.resize(size.winsize());
        Ok(Some(attachment))
    }

    /// Under the lock, so that no output gets between the picture and the stream.
    fn add_viewer(self: &Arc<Self>, state: &mut State) -> Attachment {
        let queue = Queue::new();
        state.viewers.push(Arc::clone(&queue));
        Attachment {
            terminal: Arc::clone(self),
            snapshot: state.screen.snapshot().into(),
            viewer: Viewer::new(Arc::clone(self), queue),
        }
    }

    /// Whether the shell has ended.
    pub fn has_ended(&self) -> bool {
        self.state().ended
    }

    /// The session ends: the terminal is hung up, and viewers who are behind are not waited for.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.tty.hang_up();
        self.pump_again.notify_one();
        self.held_less.notify_waiters();
    }

    // Viewers.

    fn viewer_has_room(&self) {
        self.pump_again.notify_one();
    }

    fn leave(&self, queue: &Arc<Queue>) {
        self.activity.touch();
        self.state()
            .viewers
            .retain(|viewer| !Arc::ptr_eq(viewer, queue));
        self.pump_again.notify_one();
    }

    /// The window of a viewer has another size, and so has the terminal then.
    pub fn resize(&self, size: WindowSize) {
        let size = size.clamped();
        self.state().screen.resize(size);
        self.tty.resize(size.winsize());
    }

    // Output.

    /// Moves output from the tty to all who watch, until the shell has ended.
    async fn pump(self: Arc<Self>) {
        let mut buffer = Vec::new();
        let mut ended = false;
        while self.viewers_ready().await {
            buffer.resize(OUTPUT_PIECE_BYTES, 0);
            let count = self.tty.read_output(&mut buffer);
            if count > 0 {
                self.show(&buffer[..count]);
                // A program that prints for ever must not keep this thread from everybody else.
                tokio::task::yield_now().await;
                continue;
            }
            if ended {
                break;
            }
            // An idle terminal holds no buffer.
            buffer = Vec::new();
            tokio::select! {
                () = self.tty.output_ready() => {}
                _ = self.shell.exited() => {
                    self.shell_ended();
                    ended = true;
                }
            }
        }
        self.shell_ended();
        for viewer in std::mem::take(&mut self.state().viewers) {
            viewer.end();
        }
    }

    fn shell_ended(&self) {
        self.state().ended = true;
        // What is in the tty is delivered; what a job in the background would still write is not.
        self.tty.hang_up();
        self.held_less.notify_waiters();
    }

    /// Waits until no viewer is behind. `false`: the session ends, nobody is waited for.
    async fn viewers_ready(&self) -> bool {
        loop {
            {
                let state = self.state();
                if state.closed {
                    return false;
                }
                if state.viewers.iter().all(|viewer| viewer.has_room()) {
                    return true;
                }
            }
            // One pump, and a permit that is kept: nothing is slept through.
            self.pump_again.notified().await;
        }
    }

    fn show(&self, output: &[u8]) {
        let mut state = self.state();
        state.screen.show(output);
        if state.viewers.is_empty() {
            return;
        }
        let piece = Bytes::copy_from_slice(output);
        for viewer in &state.viewers {
            viewer.push(piece.clone());
        }
    }

    // Typing.

    /// Types `bytes`. What no program has room for is held back, in order; when that is much, this
    /// waits, and with it whoever types. `^C` overtakes what is held back.
    pub async fn input(self: &Arc<Self>, bytes: &[u8]) {
        self.activity.touch();
        for piece in bytes.chunks(TYPED_HELD_BYTES) {
            self.type_piece(piece);
            loop {
                let mut less = std::pin::pin!(self.held_less.notified());
                less.as_mut().enable();
                {
                    let state = self.state();
                    if state.held.len() < TYPED_HELD_BYTES || state.ended || state.closed {
                        break;
                    }
                }
                less.await;
            }
        }
    }

    fn type_piece(self: &Arc<Self>, piece: &[u8]) {
        let mut state = self.state();
        if state.ended || state.closed {
            return;
        }
        if state.held.is_empty() {
            let used = self.tty.input(piece);
            if used < piece.len() {
                state.held.extend(&piece[used..]);
                tokio::spawn(Arc::clone(self).feed());
            }
            return;
        }
        state.held.extend(piece);
        let done = self.tty.overtake(state.held.make_contiguous());
        state.held.drain(..done);
    }

    /// Types what was held back as programs make room, until nothing is.
    async fn feed(self: Arc<Self>) {
        loop {
            self.tty.input_ready().await;
            let done = self.feed_once();
            self.held_less.notify_waiters();
            if done {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// `true`: nothing is held back any more.
    fn feed_once(&self) -> bool {
        let mut state = self.state();
        if state.ended || state.closed {
            state.held.clear();
        }
        let used = self.tty.input(state.held.make_contiguous());
        state.held.drain(..used);
        if state.held.is_empty() {
            state.held = VecDeque::new();
        }
        state.held.is_empty()
    }
}

/// A terminal's descriptors for its shell: standard input, output and error are one description.
pub(crate) fn descriptors(tty: &Arc<Tty>) -> Vec<(u32, Arc<dyn File>)> {
    let file = tty.file();
    (0..3).map(|fd| (fd, Arc::clone(&file))).collect()
}
