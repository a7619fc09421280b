//! Random secrets and their stored form.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// What every API token begins with, so that people and scanners recognise one that lies around.
pub const TOKEN_PREFIX: &str = "berth_";
/// 256 bits: not to be guessed, so that a plain SHA-256 protects it in the database.
const SECRET_BYTES: usize = 32;
/// Longer than any secret made here: what is longer is not looked at.
const SECRET_TEXT_MAX_BYTES: usize = 128;
/// 80 bits of a readable alphabet, for a password that a person copies once.
const PASSWORD_CHARACTERS: usize = 16;
/// 32 characters that are not taken for each other.
const PASSWORD_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// A new secret, in letters that need no quoting in a cookie, a header or a path.
///
/// # Errors
/// When the host has no randomness.
pub fn new_secret() -> Result<String> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<SECRET_BYTES>()?))
}

/// A new password for a person to copy.
pub(crate) fn new_password() -> Result<String> {
    let random = random::<PASSWORD_CHARACTERS>()?;
    Ok(random
        .iter()
        .map(|byte| char::from(PASSWORD_ALPHABET[usize::from(byte % 32)]))
        .collect())
}

/// The stored form of a secret; `None` when the text cannot be one.
pub(crate) fn stored_hash(secret: &str) -> Option<String> {
    if secret.is_empty() || secret.len() > SECRET_TEXT_MAX_BYTES {
        return None;
    }
    let hash = Sha256::digest(secret.as_bytes());
    Some(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn random<const BYTES: usize>() -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::Internal(format!("no randomness: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_long_differ_and_need_no_quoting() {
        let (one, other) = (new_secret().unwrap(), new_secret().unwrap());
        assert_eq!(one.len(), 43);
        assert_ne!(one, other);
        assert!(
            one.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        );
        assert_ne!(new_password().unwrap(), new_password().unwrap());
    }

    #[test]
    fn the_stored_form_is_sha_256() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(stored_hash("abc").as_deref(), Some(expected));
        assert_eq!(stored_hash(""), None);
        assert_eq!(stored_hash(&"a".repeat(129)), None);
    }
}
