//! In place of the crate `minus` for programs of a session, which take another pager or none.
#![forbid(unsafe_code)]

use std::fmt;

/// A pager that shows nothing.
#[derive(Clone, Debug, Default)]
pub struct Pager;

impl Pager {
    /// Makes one.
    pub fn new() -> Self {
        Self
    }
}

impl fmt::Write for Pager {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Err(fmt::Error)
    }
}

/// Why nothing is shown.
#[derive(Debug)]
pub struct MinusError;

impl fmt::Display for MinusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no built-in pager here")
    }
}

impl std::error::Error for MinusError {}

/// Always fails.
pub fn dynamic_paging(_: Pager) -> Result<(), MinusError> {
    Err(MinusError)
}
