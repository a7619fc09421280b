//! Zip, written without going back: sizes and sums follow each file's data.

use std::fmt::Write as _;
use std::io;

use ::zip::write::{SimpleFileOptions, StreamWriter};
use ::zip::{CompressionMethod, DateTime, ZipWriter};

use super::pipe::Pipe;
use super::{Writer, ZIP_ENTRIES_MAX};
use crate::files::{CHUNK_BYTES, FileError, FileInfo};

/// The fastest: a download waits for the network or for this one core.
const COMPRESSION_LEVEL: i64 = 1;
/// From this size on a file's sizes are written in 64 bits; below what 32 bits hold, since data may grow by compression.
const LARGE_BYTES: u64 = 4_000_000_000;

pub struct Zip {
    writer: ZipWriter<StreamWriter<Pipe>>,
    buffer: Vec<u8>,
    /// Entries begun so far.
    entries: usize,
}

impl Zip {
    pub fn new(pipe: Pipe) -> Self {
        Self {
            writer: ZipWriter::new_stream(pipe),
            buffer: vec![0; CHUNK_BYTES],
            entries: 0,
        }
    }
}

impl Zip {
    /// Counts one more entry: what is added while the archive is written counts too.
    fn count(&mut self) -> io::Result<()> {
        self.entries += 1;
        if self.entries > ZIP_ENTRIES_MAX {
            return Err(io::Error::other(FileError::TooManyEntries {
                max: ZIP_ENTRIES_MAX,
            }));
        }
        Ok(())
    }
}

fn options(info: &FileInfo) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(COMPRESSION_LEVEL))
        .unix_permissions(info.mode & 0o777)
        .last_modified_time(time(info.modified_ns))
        .large_file(info.size_bytes >= LARGE_BYTES)
}

/// UTC; the format knows no zone, and only the years 1980 to 2107.
fn time(modified_ns: u64) -> DateTime {
    jiff::Timestamp::from_nanosecond(i128::from(modified_ns))
        .ok()
        .and_then(|time| DateTime::try_from(time.to_zoned(jiff::tz::TimeZone::UTC).datetime()).ok())
        .unwrap_or_default()
}

/// The name in UTF-8; other bytes as `%XX`.
fn utf8(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // A string takes everything.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

impl Writer for Zip {
    fn directory(&mut self, name: &[u8], info: &FileInfo) -> io::Result<()> {
        self.count()?;
        Ok(self.writer.add_directory(utf8(name), options(info))?)
    }

    fn link(&mut self, name: &[u8], info: &FileInfo, target: &[u8]) -> io::Result<()> {
        self.count()?;
        Ok(self
            .writer
            .add_symlink(utf8(name), utf8(target), options(info))?)
    }

    fn file(
        &mut self,
        name: &[u8],
        info: &FileInfo,
        contents: &mut dyn io::Read,
    ) -> io::Result<()> {
        self.count()?;
        self.writer.start_file(utf8(name), options(info))?;
        loop {
            match contents.read(&mut self.buffer)? {
                0 => return Ok(()),
                length => io::Write::write_all(&mut self.writer, &self.buffer[..length])?,
            }
        }
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.writer.finish()?.into_inner().finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_utf8_stay_readable() {
        assert_eq!(utf8("한글 🚀".as_bytes()), "한글 🚀");
        assert_eq!(utf8(b"caf\xe9.txt"), "caf%E9.txt");
    }

    #[test]
    fn a_time_before_1980_is_the_first_there_is() {
        assert_eq!(time(0), DateTime::default());
        let time = time(1_700_000_000_000_000_000);
        assert_eq!(
            (time.year(), time.month(), time.day(), time.hour()),
            (2023, 11, 14, 22)
        );
    }
}
