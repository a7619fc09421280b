//! One who watches a terminal, and the queue of what they have not got yet.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

use super::Terminal;
use crate::limits::{OUTPUT_PIECE_BYTES, VIEWER_QUEUE_BYTES};

/// What a viewer has not got yet.
pub(super) struct Queue {
    state: Mutex<QueueState>,
    /// Told when there is something to get.
    filled: Notify,
}

#[derive(Default)]
struct QueueState {
    pieces: VecDeque<Bytes>,
    bytes: usize,
    paused: bool,
    ended: bool,
}

impl Queue {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            filled: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it takes more.
    pub fn has_room(&self) -> bool {
        let state = self.state();
        !state.paused && state.bytes < VIEWER_QUEUE_BYTES
    }

    pub fn push(&self, piece: Bytes) {
        let mut state = self.state();
        state.bytes += piece.len();
        state.pieces.push_back(piece);
        drop(state);
        self.filled.notify_one();
    }

    pub fn end(&self) {
        self.state().ended = true;
        self.filled.notify_one();
    }

    /// What there is, at most a message's worth. `Err` at the end.
    fn pop(&self) -> Result<Option<Bytes>, ()> {
        let mut state = self.state();
        let Some(first) = state.pieces.pop_front() else {
            return if state.ended { Err(()) } else { Ok(None) };
        };
        let mut message = first;
        let mut joined: Option<BytesMut> = None;
        // Many small pieces in one message: a viewer that is behind catches up in fewer steps.
        while let Some(next) = state.pieces.front() {
            let length = joined.as_ref().map_or(message.len(), BytesMut::len);
            if length + next.len() > OUTPUT_PIECE_BYTES {
                break;
            }
            let into = joined.get_or_insert_with(|| BytesMut::from(&message[..]));
            into.extend_from_slice(next);
            state.pieces.pop_front();
        }
        if let Some(joined) = joined {
            message = joined.freeze();
        }
        state.bytes -= message.len();
        Ok(Some(message))
    }
}

/// One who watches a terminal. Dropping it is going away; the shell stays.
pub struct Viewer {
    terminal: Arc<Terminal>,
    queue: Arc<Queue>,
}

impl Viewer {
    pub(super) fn new(terminal: Arc<Terminal>, queue: Arc<Queue>) -> Self {
        Self { terminal, queue }
    }

    /// The next piece of output, at most [`OUTPUT_PIECE_BYTES`]; `None` once the shell has ended and
    /// everything was given. Nothing is lost when the future is dropped.
    pub async fn next(&self) -> Option<Bytes> {
        loop {
            match self.queue.pop() {
                Ok(Some(piece)) => {
                    self.terminal.viewer_has_room();
                    return Some(piece);
                }
                // A permit that was left by an earlier piece makes this one more turn, no more.
                Ok(None) => self.queue.filled.notified().await,
                Err(()) => return None,
            }
        }
    }

    /// Stops the terminal's output, and with it the programs that write it, until [`Self::resume`].
    pub fn pause(&self) {
        self.queue.state().paused = true;
    }

    /// Ends [`Self::pause`].
    pub fn resume(&self) {
        self.queue.state().paused = false;
        self.terminal.viewer_has_room();
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.terminal.leave(&self.queue);
    }
}
