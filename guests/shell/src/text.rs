//! The shell's strings: text that can carry any byte.
//!
//! File names, the environment and the output of programs are bytes; nearly all of them are UTF-8. Inside,
//! the shell uses `String`, so that `${#x}`, patterns and case conversion work on characters. A byte that is
//! not part of valid UTF-8 becomes one character of a range nobody uses ([`ESCAPE_BASE`] + byte) and becomes
//! that byte again on its way out. Input that contains characters of that range is treated as invalid bytes,
//! so [`decode`] and [`encode`] are exact inverses for every input.

use std::borrow::Cow;

/// Character for byte 0; only 0x80 to 0xFF occur, so the range is U+10FF80 to U+10FFFF.
const ESCAPE_BASE: u32 = 0x10_FF00;

/// Bytes from outside as the shell's text.
pub fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        // 0xF4 is the first byte of every character above U+FFFFF, the escapes among them.
        Ok(text) if !bytes.contains(&0xF4) => text.to_owned(),
        _ => decode_slowly(bytes),
    }
}

/// As [`decode`], without a copy when the bytes are plain.
pub fn decode_owned(bytes: Vec<u8>) -> String {
    if bytes.contains(&0xF4) {
        return decode_slowly(&bytes);
    }
    String::from_utf8(bytes).unwrap_or_else(|error| decode_slowly(error.as_bytes()))
}

fn decode_slowly(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_escape(character) {
                let mut buffer = [0; 4];
                character
                    .encode_utf8(&mut buffer)
                    .bytes()
                    .for_each(|byte| push_byte(&mut text, byte));
            } else {
                text.push(character);
            }
        }
        chunk
            .invalid()
            .iter()
            .for_each(|byte| push_byte(&mut text, *byte));
    }
    text
}

/// Appends one byte that is not ASCII and not part of a character.
pub fn push_byte(text: &mut String, byte: u8) {
    if byte < 0x80 {
        text.push(char::from(byte));
    } else if let Some(character) = char::from_u32(ESCAPE_BASE + u32::from(byte)) {
        text.push(character);
    }
}

fn is_escape(character: char) -> bool {
    u32::from(character) >= ESCAPE_BASE + 0x80
}

/// The shell's text as bytes for outside.
pub fn encode(text: &str) -> Cow<'_, [u8]> {
    if !text.as_bytes().contains(&0xF4) || !text.chars().any(is_escape) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut buffer = [0; 4];
    for character in text.chars() {
        if is_escape(character) {
            bytes.push((u32::from(character) & 0xFF) as u8);
        } else {
            bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
    }
    Cow::Owned(bytes)
}

/// The shell's text as something the file system functions take.
pub fn os(text: &str) -> std::ffi::OsString {
    #[cfg(unix)]
    use std::os::unix::ffi::OsStringExt;
    #[cfg(target_os = "wasi")]
    use std::os::wasi::ffi::OsStringExt;
    std::ffi::OsString::from_vec(encode(text).into_owned())
}

/// What the file system functions give as the shell's text.
pub fn from_os(name: &std::ffi::OsStr) -> String {
    #[cfg(unix)]
    use std::os::unix::ffi::OsStrExt;
    #[cfg(target_os = "wasi")]
    use std::os::wasi::ffi::OsStrExt;
    decode(name.as_bytes())
}

/// The upper case of one character, if that is one character: `ß` stays, as in C.
pub fn upper(character: char) -> char {
    let mut all = character.to_uppercase();
    all.next().filter(|_| all.len() == 0).unwrap_or(character)
}

/// The lower case of one character, if that is one character.
pub fn lower(character: char) -> char {
    let mut all = character.to_lowercase();
    all.next().filter(|_| all.len() == 0).unwrap_or(character)
}

/// What a variable can hold of some bytes: nothing from the first NUL on.
pub fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    bytes
}

/// Whether this may name a variable.
pub fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| is_name_start(*byte))
        && bytes.iter().all(|byte| is_name_byte(*byte))
}

/// Whether a name may begin with this byte.
pub fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Whether a name may contain this byte.
pub fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_string_survives_the_way_in_and_out() {
        let escape_itself = "\u{10FFEE}".as_bytes().to_vec();
        let samples: [&[u8]; 6] = [
            b"plain",
            b"\xff\xfe",
            "h\u{e9}\u{1F600}".as_bytes(),
            b"a\x80b\xc3",
            &escape_itself,
            b"",
        ];
        for sample in samples {
            assert_eq!(encode(&decode(sample)).as_ref(), sample);
            assert_eq!(decode(sample), decode_owned(sample.to_vec()));
        }
    }

    #[test]
    fn an_invalid_byte_counts_as_one_character() {
        assert_eq!(decode(b"a\xffb").chars().count(), 3);
    }
}
