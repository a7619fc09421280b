//! Characters to bytes.

use std::io::{self, Write};

use encoding_rs::{EncoderResult, UTF_8};

use super::charset::Charset;
use super::{CHARACTER_MAX_BYTES, Failure};

/// What is done with what cannot be converted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unknown {
    Fails,
    LeftOut,
    QuestionMark,
}

/// Characters to bytes of an encoding.
pub struct Writer {
    pub out: Box<dyn Write>,
    target: Charset,
    standard: Option<encoding_rs::Encoder>,
    unknown: Unknown,
    begun: bool,
    /// Something could not be converted.
    pub left_out: bool,
}

impl Writer {
    /// Begins a text.
    pub fn new(out: Box<dyn Write>, target: Charset, unknown: Unknown) -> Self {
        let standard = match target {
            Charset::Standard(encoding) if encoding != UTF_8 => Some(encoding.new_encoder()),
            _ => None,
        };
        Self {
            out,
            target,
            standard,
            unknown,
            begun: false,
            left_out: false,
        }
    }

    /// Goes back to the state in which the encoding begins.
    pub fn finish(&mut self) -> io::Result<()> {
        if let Some(encoder) = &mut self.standard {
            let mut bytes = [0; CHARACTER_MAX_BYTES];
            let (_, _, written) =
                encoder.encode_from_utf8_without_replacement("", &mut bytes, true);
            self.out.write_all(&bytes[..written])?;
        }
        self.out.flush()
    }

    /// Whether what cannot be converted is left out.
    pub fn leaves_out(&self) -> bool {
        self.unknown == Unknown::LeftOut
    }

    /// The input has no character at `offset`.
    pub fn illegal(&mut self, offset: usize) -> Result<(), Failure> {
        if self.leaves_out() {
            self.left_out = true;
            Ok(())
        } else {
            Err(Failure::Illegal(offset))
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).map_err(Failure::Output)
    }

    /// Writes the character of a number, if it is one's.
    pub fn push_value(&mut self, value: u32, offset: usize) -> Result<(), Failure> {
        match char::from_u32(value) {
            Some(letter) => self.push(letter, offset),
            None => self.illegal(offset),
        }
    }

    /// Writes a character, which is at `offset` in the input.
    pub fn push(&mut self, letter: char, offset: usize) -> Result<(), Failure> {
        if !std::mem::replace(&mut self.begun, true) {
            match self.target {
                Charset::Utf16 { marked: true, .. } => self.write(&[0xff, 0xfe])?,
                Charset::Utf32 { marked: true, .. } => self.write(&[0xff, 0xfe, 0, 0])?,
                _ => {}
            }
        }
        let value = u32::from(letter);
        match self.target {
            Charset::Ascii if value < 0x80 => self.write(&[value as u8]),
            Charset::Latin1 if value < 0x100 => self.write(&[value as u8]),
            Charset::Ascii | Charset::Latin1 => self.lacking(offset),
            Charset::Utf16 { big, .. } => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    let bytes = if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    };
                    self.write(&bytes)?;
                }
                Ok(())
            }
            Charset::Utf32 { big, .. } => {
                let bytes = if big {
                    value.to_be_bytes()
                } else {
                    value.to_le_bytes()
                };
                self.write(&bytes)
            }
            Charset::Standard(_) => self.push_standard(letter, offset),
        }
    }

    fn push_standard(&mut self, letter: char, offset: usize) -> Result<(), Failure> {
        let mut utf8 = [0; 4];
        let text = letter.encode_utf8(&mut utf8);
        let Some(encoder) = &mut self.standard else {
            return self.write(text.as_bytes());
        };
        let mut bytes = [0; CHARACTER_MAX_BYTES];
        let (result, _, written) =
            encoder.encode_from_utf8_without_replacement(text, &mut bytes, false);
        match result {
            EncoderResult::Unmappable(_) => self.lacking(offset),
            _ => self.write(&bytes[..written]),
        }
    }

    /// The encoding lacks the character at `offset`.
    fn lacking(&mut self, offset: usize) -> Result<(), Failure> {
        match self.unknown {
            Unknown::Fails => Err(Failure::Illegal(offset)),
            Unknown::LeftOut => {
                self.left_out = true;
                Ok(())
            }
            Unknown::QuestionMark => {
                let mut bytes = [0; CHARACTER_MAX_BYTES];
                let question = match &mut self.standard {
                    Some(encoder) => {
                        let (_, _, written, _) = encoder.encode_from_utf8("?", &mut bytes, false);
                        written
                    }
                    None => {
                        bytes[0] = b'?';
                        1
                    }
                };
                self.write(&bytes[..question])
            }
        }
    }
}
