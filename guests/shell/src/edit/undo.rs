//! Steps back.

use std::collections::VecDeque;

use super::buffer::Buffer;

/// Steps that are kept.
const STEPS_MAX: usize = 200;
/// Text kept in all steps together, in bytes.
const STEPS_MAX_BYTES: usize = 2 << 20;

/// What the line was before its last changes.
#[derive(Debug, Default)]
pub struct Undo {
    steps: VecDeque<Buffer>,
    bytes: usize,
}

impl Undo {
    /// Keeps what the line was before a change.
    pub fn push(&mut self, before: Buffer) {
        self.bytes += before.text().len();
        self.steps.push_back(before);
        while self.steps.len() > STEPS_MAX || self.bytes > STEPS_MAX_BYTES {
            let Some(oldest) = self.steps.pop_front() else {
                break;
            };
            self.bytes -= oldest.text().len();
        }
    }

    /// The line before the last change.
    pub fn pop(&mut self) -> Option<Buffer> {
        let last = self.steps.pop_back()?;
        self.bytes -= last.text().len();
        Some(last)
    }

    /// Forgets everything: this is another line.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
