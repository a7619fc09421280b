//! When a session was last used.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Use of one session. Typing, attaching and file access are moments; a command lasts.
#[derive(Debug)]
pub(crate) struct Activity {
    start: Instant,
    /// Milliseconds after `start`.
    last_ms: AtomicU64,
    lasting: AtomicUsize,
}

/// Something that lasts: the session is in use while it lives.
pub(crate) struct Lasting {
    activity: Arc<Activity>,
}

impl Activity {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            last_ms: AtomicU64::new(0),
            lasting: AtomicUsize::new(0),
        })
    }

    /// It is used now.
    pub fn touch(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(now, Ordering::Relaxed);
    }

    /// It is used until what this returns is dropped.
    pub fn last(self: &Arc<Self>) -> Lasting {
        self.lasting.fetch_add(1, Ordering::Relaxed);
        Lasting {
            activity: Arc::clone(self),
        }
    }

    /// How long it has not been used.
    pub fn idle(&self) -> Duration {
        if self.lasting.load(Ordering::Relaxed) > 0 {
            return Duration::ZERO;
        }
        let last = Duration::from_millis(self.last_ms.load(Ordering::Relaxed));
        self.start.elapsed().saturating_sub(last)
    }

    /// How long there has been something to use.
    pub fn age(&self) -> Duration {
        self.start.elapsed()
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        self.activity.touch();
        self.activity.lasting.fetch_sub(1, Ordering::Relaxed);
    }
}
