//! Bytes to characters.

use encoding_rs::DecoderResult;

use super::charset::Charset;
use super::encode::Writer;
use super::{CHARACTER_MAX_BYTES, Failure, PIECE_BYTES};

/// Bytes of an encoding to characters.
pub struct Decoder {
    source: Charset,
    /// Of a standard encoding; it keeps what shifts mean.
    standard: Option<encoding_rs::Decoder>,
    begun: bool,
}

impl Decoder {
    /// Begins a text.
    pub fn new(source: Charset) -> Self {
        let standard = match source {
            Charset::Standard(encoding) => Some(encoding.new_decoder_without_bom_handling()),
            _ => None,
        };
        Self {
            source,
            standard,
            begun: false,
        }
    }

    /// Converts as much as is whole; how many bytes that was. `offset` is where they begin in the input.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        last: bool,
        offset: usize,
        writer: &mut Writer,
    ) -> Result<usize, Failure> {
        match self.source {
            Charset::Standard(_) => self.standard(bytes, last, offset, writer),
            Charset::Ascii => {
                for (at, byte) in bytes.iter().enumerate() {
                    if byte.is_ascii() {
                        writer.push(char::from(*byte), offset + at)?;
                    } else {
                        writer.illegal(offset + at)?;
                    }
                }
                Ok(bytes.len())
            }
            Charset::Latin1 => {
                for (at, byte) in bytes.iter().enumerate() {
                    writer.push(char::from(*byte), offset + at)?;
                }
                Ok(bytes.len())
            }
            Charset::Utf16 { .. } => self.utf16(bytes, offset, writer),
            Charset::Utf32 { .. } => self.utf32(bytes, offset, writer),
        }
    }

    fn standard(
        &mut self,
        bytes: &[u8],
        last: bool,
        offset: usize,
        writer: &mut Writer,
    ) -> Result<usize, Failure> {
        let Some(decoder) = &mut self.standard else {
            return Ok(bytes.len());
        };
        let mut taken = 0;
        loop {
            let rest = &bytes[taken..];
            let room = decoder
                .max_utf8_buffer_length_without_replacement(rest.len())
                .unwrap_or(PIECE_BYTES);
            let mut text = String::with_capacity(room.max(CHARACTER_MAX_BYTES));
            let (result, read) =
                decoder.decode_to_string_without_replacement(rest, &mut text, last);
            for letter in text.chars() {
                writer.push(letter, offset + taken)?;
            }
            taken += read;
            match result {
                DecoderResult::InputEmpty => return Ok(taken),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, behind) => {
                    if last && taken == bytes.len() && behind == 0 && !writer.leaves_out() {
                        return Err(Failure::Incomplete);
                    }
                    let back = usize::from(length) + usize::from(behind);
                    writer.illegal((offset + taken).saturating_sub(back))?;
                }
            }
        }
    }

    /// The order of bytes: that of the mark at the beginning, if there is one.
    fn order(&mut self, bytes: &[u8], size: usize) -> (bool, usize) {
        let (Charset::Utf16 { big, marked } | Charset::Utf32 { big, marked }) = self.source else {
            return (false, 0);
        };
        if self.begun || !marked || bytes.len() < size {
            return (big, 0);
        }
        let unit = |big: bool| unit(&bytes[..size], big);
        let (big, skip) = match (unit(false), unit(true)) {
            (0xfeff, _) => (false, size),
            (_, 0xfeff) => (true, size),
            _ => (big, 0),
        };
        self.begun = true;
        self.source = match self.source {
            Charset::Utf16 { marked, .. } => Charset::Utf16 { big, marked },
            _ => Charset::Utf32 { big, marked },
        };
        (big, skip)
    }

    fn utf16(
        &mut self,
        bytes: &[u8],
        offset: usize,
        writer: &mut Writer,
    ) -> Result<usize, Failure> {
        let (big, mut at) = self.order(bytes, 2);
        while at + 2 <= bytes.len() {
            let first = unit(&bytes[at..at + 2], big);
            let (value, length) = match first {
                0xd800..0xdc00 => {
                    let Some(second) = bytes.get(at + 2..at + 4) else {
                        break;
                    };
                    let second = unit(second, big);
                    let pair = 0x10000 + ((first - 0xd800) << 10) + second.wrapping_sub(0xdc00);
                    if (0xdc00..0xe000).contains(&second) {
                        (pair, 4)
                    } else {
                        (first, 2)
                    }
                }
                _ => (first, 2),
            };
            writer.push_value(value, offset + at)?;
            at += length;
        }
        Ok(at)
    }

    fn utf32(
        &mut self,
        bytes: &[u8],
        offset: usize,
        writer: &mut Writer,
    ) -> Result<usize, Failure> {
        let (big, mut at) = self.order(bytes, 4);
        while at + 4 <= bytes.len() {
            writer.push_value(unit(&bytes[at..at + 4], big), offset + at)?;
            at += 4;
        }
        Ok(at)
    }
}

fn unit(bytes: &[u8], big: bool) -> u32 {
    let add = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
    if big {
        bytes.iter().fold(0, add)
    } else {
        bytes.iter().rev().fold(0, add)
    }
}
