//! Files whose contents were made when they were opened: those of `/proc`.

use std::sync::{Arc, Mutex, PoisonError};

use crate::file::{File, FileKind, Flags, SetTime, Stat, Whence};
use crate::process::{Image, Process};
use crate::{Errno, Result};

/// What a file of `/proc` says. Arguments and environment are not copied: they may be long, and a
/// guest may open them often.
pub(super) enum Contents {
    Text(String),
    Arguments(Arc<Image>),
    Environment(Arc<Image>),
}

impl Contents {
    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Arguments(image) => image.argv.iter().map(|string| string.len() + 1).sum(),
            Self::Environment(image) => image.environ.iter().map(|string| string.len() + 1).sum(),
        }
    }

    fn copy(&self, buffer: &mut [u8], offset: usize) -> usize {
        match self {
            Self::Text(text) => copy_strings([text.as_bytes()].into_iter(), buffer, offset),
            Self::Arguments(image) => copy_strings(terminated(&image.argv), buffer, offset),
            Self::Environment(image) => copy_strings(terminated(&image.environ), buffer, offset),
        }
    }
}

/// The strings, a NUL after each.
fn terminated(strings: &[Vec<u8>]) -> impl Iterator<Item = &[u8]> {
    strings.iter().flat_map(|string| [string.as_slice(), b"\0"])
}

/// Copies what follows `offset` in the pieces, put together, as far as there is room.
fn copy_strings<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    buffer: &mut [u8],
    offset: usize,
) -> usize {
    let mut skip = offset;
    let mut copied = 0;
    for piece in pieces {
        if copied == buffer.len() {
            break;
        }
        let rest = piece.get(skip..).unwrap_or_default();
        skip = skip.saturating_sub(piece.len());
        let length = rest.len().min(buffer.len() - copied);
        buffer[copied..copied + length].copy_from_slice(&rest[..length]);
        copied += length;
    }
    copied
}

/// A read-only file in memory.
pub(super) struct Snapshot {
    pub path: String,
    pub stat: Stat,
    pub flags: Flags,
    contents: Contents,
    offset: Mutex<u64>,
}

impl Snapshot {
    pub fn new(path: String, stat: Stat, flags: Flags, contents: Contents) -> Self {
        Self {
            path,
            stat,
            flags,
            contents,
            offset: Mutex::new(0),
        }
    }
}

impl File for Snapshot {
    fn stat(&self) -> Result<Stat> {
        Ok(self.stat)
    }

    fn kind(&self) -> FileKind {
        FileKind::Regular
    }

    fn readable(&self) -> bool {
        true
    }

    fn writable(&self) -> bool {
        false
    }

    fn flags(&self) -> Flags {
        self.flags
    }

    fn try_read(&self, _process: Option<&Process>, buffer: &mut [u8]) -> Result<usize> {
        let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.read_at(buffer, *offset)?;
        *offset += read as u64;
        Ok(read)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize> {
        Ok(self
            .contents
            .copy(buffer, usize::try_from(offset).unwrap_or(usize::MAX)))
    }

    fn write_at(&self, _bytes: &[u8], _offset: u64) -> Result<usize> {
        Err(Errno::BadDescriptor)
    }

    fn seek(&self, offset: i64, whence: Whence) -> Result<u64> {
        let mut current = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        let from = match whence {
            Whence::Set => 0,
            Whence::Current => *current,
            Whence::End => self.contents.length() as u64,
        };
        *current = seek_to(from, offset)?;
        Ok(*current)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn set_times(&self, _accessed: SetTime, _modified: SetTime) -> Result<()> {
        Err(Errno::NotPermitted)
    }

    fn describe(&self) -> String {
        self.path.clone()
    }
}

/// The offset `by` away from `from`. `EINVAL` before the start or beyond what an offset can be.
pub(super) fn seek_to(from: u64, by: i64) -> Result<u64> {
    from.checked_add_signed(by)
        .filter(|&to| i64::try_from(to).is_ok())
        .ok_or(Errno::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_read_in_pieces_are_the_arguments() {
        let argv = vec![b"ls".to_vec(), b"".to_vec(), b"-l".to_vec()];
        let image = Arc::new(Image {
            path: b"/usr/bin/ls".to_vec(),
            argv,
            environ: Vec::new(),
        });
        let contents = Contents::Arguments(image);
        assert_eq!(contents.length(), 7);
        for piece in 1..8 {
            let mut whole = Vec::new();
            let mut buffer = vec![0; piece];
            loop {
                let read = contents.copy(&mut buffer, whole.len());
                if read == 0 {
                    break;
                }
                whole.extend_from_slice(&buffer[..read]);
            }
            assert_eq!(whole, b"ls\0\0-l\0", "in pieces of {piece}");
        }
    }

    #[test]
    fn an_offset_stays_within_what_an_offset_can_be() {
        assert_eq!(seek_to(5, -5), Ok(0));
        assert_eq!(seek_to(5, -6), Err(Errno::Invalid));
        assert_eq!(seek_to(i64::MAX as u64, 1), Err(Errno::Invalid));
        assert_eq!(seek_to(0, i64::MIN), Err(Errno::Invalid));
    }
}
