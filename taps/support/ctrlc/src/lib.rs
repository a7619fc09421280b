//! In place of the crate `ctrlc` for programs of a session: ^C ends them, and nothing of theirs runs first.
#![forbid(unsafe_code)]

/// Why a handler cannot be set; there is no such reason here.
#[derive(Debug)]
pub enum Error {}

impl std::fmt::Display for Error {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Error {}

/// Takes a handler, which is never called.
pub fn set_handler<F: FnMut() + 'static + Send>(_: F) -> Result<(), Error> {
    Ok(())
}
