//! The body of an answer.

use std::io::{BufReader, Read};

use crate::error::{Error, Result, receive};
use crate::exchange::{Headers, line};
use crate::transport::Transport;

/// What is left of an answer.
#[derive(Debug)]
pub struct Body {
    reader: BufReader<Transport>,
    left: Left,
    /// Its length, if that was said.
    pub length: Option<u64>,
}

#[derive(Debug)]
enum Left {
    /// So many bytes.
    Bytes(u64),
    /// So many bytes of this chunk, and further ones.
    Chunk(u64),
    /// Whatever comes before the end.
    Rest,
}

impl Body {
    /// The body that follows a head; `none`: there is none, whatever that says.
    pub(crate) fn new(
        reader: BufReader<Transport>,
        status: u16,
        headers: &Headers,
        none: bool,
    ) -> Result<Self> {
        let empty = none || matches!(status, 101 | 204 | 304);
        let chunked = headers
            .get("Transfer-Encoding")
            .is_some_and(|value| value.to_ascii_lowercase().ends_with("chunked"));
        let length = match headers.get("Content-Length") {
            Some(text) if !chunked => {
                let length = text.parse::<u64>();
                Some(
                    length
                        .map_err(|_| Error::Answer("Invalid Content-Length: value".to_owned()))?,
                )
            }
            _ => None,
        };
        let left = if empty {
            Left::Bytes(0)
        } else if chunked {
            Left::Chunk(0)
        } else {
            length.map_or(Left::Rest, Left::Bytes)
        };
        let mut body = Self {
            reader,
            left,
            length: length.filter(|_| !empty),
        };
        if let Left::Chunk(_) = body.left {
            body.next_chunk()?;
        }
        Ok(body)
    }

    /// Reads the size of the next chunk; the last one ends the body.
    fn next_chunk(&mut self) -> Result<()> {
        let text = line(&mut self.reader)?.ok_or(Error::Partial)?;
        let digits = text.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(digits, 16)
            .map_err(|_| Error::Answer("Illegal or missing hexadecimal sequence".to_owned()))?;
        if size > 0 {
            self.left = Left::Chunk(size);
            return Ok(());
        }
        // Fields behind the last chunk.
        while line(&mut self.reader)?.is_some_and(|text| !text.is_empty()) {}
        self.left = Left::Bytes(0);
        Ok(())
    }

    /// Reads some bytes; 0 at the end.
    ///
    /// # Errors
    /// When the connection fails or ends too early.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let most = match self.left {
            Left::Bytes(0) => return Ok(0),
            Left::Bytes(left) | Left::Chunk(left) => left.min(buffer.len() as u64) as usize,
            Left::Rest => buffer.len(),
        };
        let count = match (self.reader.read(&mut buffer[..most]), &self.left) {
            // Without a length the end of the connection is the end, however it is said.
            (Err(error), Left::Rest) if error.kind() == std::io::ErrorKind::UnexpectedEof => 0,
            (got, _) => got.map_err(receive)?,
        };
        match &mut self.left {
            Left::Rest => {}
            _ if count == 0 => return Err(Error::Partial),
            Left::Bytes(left) => *left -= count as u64,
            Left::Chunk(left) => {
                *left -= count as u64;
                if *left == 0 {
                    // The line's end behind the chunk.
                    line(&mut self.reader)?;
                    self.next_chunk()?;
                }
            }
        }
        Ok(count)
    }
}
