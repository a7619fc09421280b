//! Text that was cut, to be put back with `^Y`.

use std::collections::VecDeque;

/// Cuts that are kept.
const CUTS_MAX: usize = 10;

/// On which side of the cut before it a cut continues it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// It was cut before the cursor.
    Before,
    /// It was cut behind the cursor.
    Behind,
}

/// The last cuts, the newest first.
#[derive(Debug, Default)]
pub struct KillRing {
    cuts: VecDeque<String>,
}

impl KillRing {
    /// Keeps a cut. When it `continues` the one before it, the two are one.
    pub fn push(&mut self, text: &str, side: Side, continues: bool) {
        if text.is_empty() {
            return;
        }
        if continues && let Some(last) = self.cuts.front_mut() {
            match side {
                Side::Before => last.insert_str(0, text),
                Side::Behind => last.push_str(text),
            }
            return;
        }
        self.cuts.push_front(text.to_owned());
        self.cuts.truncate(CUTS_MAX);
    }

    /// The newest cut.
    pub fn newest(&self) -> Option<&str> {
        self.cuts.front().map(String::as_str)
    }

    /// Moves the newest to the end, and gives the one that is the newest then.
    pub fn rotate(&mut self) -> Option<&str> {
        if !self.cuts.is_empty() {
            self.cuts.rotate_left(1);
        }
        self.newest()
    }
}
