//! The descriptors a person sees, and how they are read and written.
//!
//! A number in a script is a key of this table, never the process's own descriptor: of those, 3 belongs to
//! the C library, and any may be taken. A redirection changes the table for as long as it holds; nothing is
//! moved in the process. A program that is started gets the table's contents under their numbers.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::rc::Rc;

/// An open file; several numbers may stand for it.
pub type Descriptor = Rc<OwnedFd>;

/// First number `{name}>file` hands out, as in bash.
pub const AUTOMATIC_MIN: i32 = 10;

/// Number to open file.
#[derive(Clone, Debug, Default)]
pub struct Descriptors {
    open: BTreeMap<i32, Descriptor>,
}

impl Descriptors {
    /// What the program was started with.
    pub fn inherited() -> Self {
        let open = berth_guest::adopt_inherited()
            .into_iter()
            .map(|(fd, owned)| (fd, Rc::new(owned)));
        Self {
            open: open.collect(),
        }
    }

    /// The open file of a number.
    pub fn get(&self, number: i32) -> Option<Descriptor> {
        self.open.get(&number).map(Rc::clone)
    }

    /// Gives a number to an open file.
    pub fn set(&mut self, number: i32, file: Descriptor) {
        self.open.insert(number, file);
    }

    /// Takes a number away.
    pub fn close(&mut self, number: i32) {
        self.open.remove(&number);
    }

    /// A number not in use, for `{name}>file`.
    pub fn unused(&self) -> i32 {
        (AUTOMATIC_MIN..)
            .find(|number| !self.open.contains_key(number))
            .unwrap_or(AUTOMATIC_MIN)
    }

    /// What a program that is started gets: its number, ours.
    pub fn for_child(&self) -> Vec<(RawFd, RawFd)> {
        self.open
            .iter()
            .filter(|(number, _)| !is_reserved(**number))
            .map(|(number, file)| (*number, file.as_raw_fd()))
            .collect()
    }

    /// Whether a number is a terminal.
    pub fn is_terminal(&self, number: i32) -> bool {
        self.get(number)
            .is_some_and(|file| berth_guest::tty_attributes(file.as_fd()).is_ok())
    }
}

/// Whether a program cannot be given this number: it is the preopened `/`.
fn is_reserved(number: i32) -> bool {
    cfg!(target_os = "wasi") && number == 3
}

/// Writes everything; interruptions by signals do not shorten it.
///
/// # Errors
/// `EPIPE` and what the file gives.
pub fn write_all(file: &OwnedFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match berth_guest::write(file.as_fd(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Size of one read of a whole file.
const READ_CHUNK_BYTES: usize = 16 * 1024;

/// Reads to the end; interruptions by signals do not shorten it.
///
/// # Errors
/// What the file gives.
pub fn read_to_end(file: &OwnedFd) -> io::Result<Vec<u8>> {
    read_to_end_unless(file, || false)
}

/// The same, but a signal after which `on_interrupt` holds ends it.
///
/// # Errors
/// `EINTR` then; what the file gives.
pub fn read_to_end_unless(
    file: &OwnedFd,
    mut on_interrupt: impl FnMut() -> bool,
) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut filled = 0;
    loop {
        if bytes.len() < filled + 512 {
            bytes.resize(
                if filled == 0 {
                    512
                } else {
                    filled + READ_CHUNK_BYTES
                },
                0,
            );
        }
        match berth_guest::read(file.as_fd(), &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted && !on_interrupt() => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// What went wrong, in the C library's words and without the number.
pub fn error_text(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text.get(..at).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// Bytes read ahead from a file that can be moved back.
const RECORD_CHUNK_BYTES: usize = 4096;

/// What reading one record gave.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Record {
    /// The bytes without the delimiter.
    pub bytes: Vec<u8>,
    /// The delimiter was there; else the input ended.
    pub complete: bool,
}

/// Reads up to a delimiter and not one byte further, so that others who read the same file see the rest.
///
/// # Errors
/// `EINTR` when a caught signal arrived and `on_interrupt` says that it ends the reading; what the file gives.
pub fn read_record(
    file: &OwnedFd,
    delimiter: u8,
    mut on_interrupt: impl FnMut() -> bool,
) -> io::Result<Record> {
    let seekable = berth_guest::rewind_by(file.as_fd(), 0).is_ok();
    let mut chunk = vec![0; if seekable { RECORD_CHUNK_BYTES } else { 1 }];
    let mut record = Record::default();
    loop {
        match berth_guest::read(file.as_fd(), &mut chunk) {
            Ok(0) => return Ok(record),
            Ok(count) => {
                let got = chunk.get(..count).unwrap_or_default();
                if let Some(at) = got.iter().position(|byte| *byte == delimiter) {
                    record
                        .bytes
                        .extend_from_slice(got.get(..at).unwrap_or_default());
                    record.complete = true;
                    let beyond = count - at - 1;
                    if beyond > 0 {
                        berth_guest::rewind_by(file.as_fd(), beyond)?;
                    }
                    return Ok(record);
                }
                record.bytes.extend_from_slice(got);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted && !on_interrupt() => {}
            Err(error) => return Err(error),
        }
    }
}
