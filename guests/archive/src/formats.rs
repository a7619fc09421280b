//! Ways to compress, and how each is recognised.

use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::Compression;
use lzma_rust2::{CheckType, LzmaOptions, LzmaReader, LzmaWriter, XzOptions, XzReader, XzWriter};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// Bytes that one frame of a zstd file holds here: an interrupted one is lost, and no more.
const ZSTD_FRAME_BYTES: usize = 4 << 20;
/// Bytes of the header of an `.lzma` file: properties, the dictionary's size, the content's size.
const LZMA_HEADER_BYTES: usize = 13;
/// Its properties are less than this.
const LZMA_PROPERTIES_MAX: u8 = 9 * 5 * 5;
/// A size that is not known.
const LZMA_SIZE_UNKNOWN: u64 = u64::MAX;
/// More than this is no size that anybody has; so do the XZ Utils tell `.lzma` files from others.
const LZMA_SIZE_MAX: u64 = 1 << 38;
/// Bytes read or written at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A way to compress.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Bzip2,
    Gzip,
    Xz,
    /// What was there before xz, without checks: never what a name or a `tar` asks for.
    Lzma,
    Zstd,
}

/// How the compressed is checked; only xz has a choice.
pub type Check = CheckType;

impl Format {
    /// Which one a file begins as.
    pub fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x1f\x8b") {
            Some(Self::Gzip)
        } else if head.starts_with(b"BZh") {
            Some(Self::Bzip2)
        } else if head.starts_with(b"\xfd7zXZ\0") {
            Some(Self::Xz)
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    /// Whether this may be the beginning of an `.lzma` file, which has no magic number.
    pub fn is_lzma(head: &[u8]) -> bool {
        let Some(header) = head.first_chunk::<LZMA_HEADER_BYTES>() else {
            return false;
        };
        let [properties, d0, d1, d2, d3, size @ ..] = *header;
        let dictionary = u32::from_le_bytes([d0, d1, d2, d3]);
        let power = dictionary.checked_ilog2().map_or(0, |bits| 1 << bits);
        let size = u64::from_le_bytes(size);
        properties < LZMA_PROPERTIES_MAX
            && (dictionary == u32::MAX || [power, power | power >> 1].contains(&dictionary))
            && (size == LZMA_SIZE_UNKNOWN || size < LZMA_SIZE_MAX)
    }

    /// Which one a name ends as.
    pub fn of_name(name: &[u8]) -> Option<Self> {
        let ends = |endings: &[&[u8]]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[b".gz", b".tgz", b".taz"]) {
            Some(Self::Gzip)
        } else if ends(&[b".bz2", b".tbz", b".tbz2", b".tz2"]) {
            Some(Self::Bzip2)
        } else if ends(&[b".xz", b".txz"]) {
            Some(Self::Xz)
        } else if ends(&[b".zst", b".tzst", b".tzstd"]) {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    /// What its files' names end in.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Bzip2 => ".bz2",
            Self::Gzip => ".gz",
            Self::Xz => ".xz",
            Self::Lzma => ".lzma",
            Self::Zstd => ".zst",
        }
    }

    /// The content of a compressed file, all its parts one after the other.
    ///
    /// # Errors
    /// What reading the header gives.
    pub fn decoder<'a>(self, from: Box<dyn BufRead + 'a>) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(from)),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(from)),
            Self::Xz => Box::new(XzReader::new(from, true)),
            Self::Lzma => Box::new(LzmaReader::new_mem_limit(from, u32::MAX, None)?),
            Self::Zstd => Box::new(ZstdReader {
                state: ZstdState::Between(from),
            }),
        })
    }

    /// What compresses everything written to it; [`Encoder::finish`] ends the file.
    ///
    /// # Errors
    /// What the first write gives.
    pub fn encoder<'a>(
        self,
        to: Box<dyn Write + 'a>,
        level: u32,
        check: Check,
    ) -> io::Result<Encoder<'a>> {
        Ok(match self {
            Self::Bzip2 => Encoder::Bzip2(Box::new(bzip2::write::BzEncoder::new(
                to,
                bzip2::Compression::new(level.clamp(1, 9)),
            ))),
            Self::Gzip => Encoder::Gzip(Box::new(flate2::write::GzEncoder::new(
                to,
                Compression::new(level.min(9)),
            ))),
            Self::Xz => {
                let mut options = XzOptions::with_preset(level.min(9));
                options.set_check_sum_type(check);
                Encoder::Xz(Box::new(XzWriter::new(to, options)?))
            }
            Self::Lzma => {
                let options = LzmaOptions::with_preset(level.min(9));
                Encoder::Lzma(Box::new(LzmaWriter::new_use_header(to, &options, None)?))
            }
            Self::Zstd => Encoder::Zstd(to, Vec::new()),
        })
    }
}

/// Compresses what is written.
pub enum Encoder<'a> {
    Plain(Box<dyn Write + 'a>),
    Bzip2(Box<bzip2::write::BzEncoder<Box<dyn Write + 'a>>>),
    Gzip(Box<flate2::write::GzEncoder<Box<dyn Write + 'a>>>),
    Xz(Box<XzWriter<Box<dyn Write + 'a>>>),
    Lzma(Box<LzmaWriter<Box<dyn Write + 'a>>>),
    Zstd(Box<dyn Write + 'a>, Vec<u8>),
}

impl Encoder<'_> {
    /// Writes what is left.
    ///
    /// # Errors
    /// What writing gives.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut to) => to.flush(),
            Self::Bzip2(encoder) => encoder.finish()?.flush(),
            Self::Gzip(encoder) => encoder.finish()?.flush(),
            Self::Xz(encoder) => encoder.finish()?.flush(),
            Self::Lzma(encoder) => encoder.finish()?.flush(),
            Self::Zstd(mut to, rest) => {
                to.write_all(&compress_to_vec(&rest[..], CompressionLevel::Fastest))?;
                to.flush()
            }
        }
    }
}

impl Write for Encoder<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(bytes),
            Self::Bzip2(encoder) => encoder.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Xz(encoder) => encoder.write(bytes),
            Self::Lzma(encoder) => encoder.write(bytes),
            Self::Zstd(to, pending) => {
                let room = ZSTD_FRAME_BYTES - pending.len();
                let taken = room.min(bytes.len());
                pending.extend_from_slice(&bytes[..taken]);
                if pending.len() == ZSTD_FRAME_BYTES {
                    to.write_all(&compress_to_vec(&pending[..], CompressionLevel::Fastest))?;
                    pending.clear();
                }
                Ok(taken)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All frames of a zstd file.
struct ZstdReader<'a> {
    state: ZstdState<'a>,
}

enum ZstdState<'a> {
    Between(Box<dyn BufRead + 'a>),
    Inside(Box<StreamingDecoder<Box<dyn BufRead + 'a>, ruzstd::decoding::FrameDecoder>>),
    Over,
}

impl Read for ZstdReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, ZstdState::Over) {
                ZstdState::Over => return Ok(0),
                ZstdState::Between(mut from) => {
                    if from.fill_buf()?.is_empty() {
                        return Ok(0);
                    }
                    let decoder =
                        StreamingDecoder::new(from).map_err(|error| wrong(&error.to_string()))?;
                    self.state = ZstdState::Inside(Box::new(decoder));
                }
                ZstdState::Inside(mut decoder) => {
                    let read = decoder.read(buffer)?;
                    if read > 0 || buffer.is_empty() {
                        self.state = ZstdState::Inside(decoder);
                        return Ok(read);
                    }
                    self.state = ZstdState::Between(decoder.into_inner());
                }
            }
        }
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// A reader in large pieces.
pub fn buffered<'a>(from: impl Read + 'a) -> Box<dyn BufRead + 'a> {
    Box::new(BufReader::with_capacity(PIECE_BYTES, from))
}
