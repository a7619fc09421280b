//! Who made an index: minisign's signatures.

use std::fmt;
use std::str::FromStr;

use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A minisign public key, as one line of Base64.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(String);

impl FromStr for Key {
    type Err = Error;

    /// Reads the key alone, or the file that minisign writes: a comment, then the key.
    fn from_str(text: &str) -> Result<Self> {
        let line = text
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with("untrusted comment:"))
            .ok_or(Error::Key)?;
        PublicKey::from_base64(line).map_err(|_| Error::Key)?;
        Ok(Self(line.to_owned()))
    }
}

impl TryFrom<String> for Key {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks that `content` was signed by `key`.
///
/// # Errors
/// [`Error::Signature`].
pub fn verify(key: &Key, content: &[u8], signature: &str) -> Result<()> {
    let wrong = |error: minisign_verify::Error| Error::Signature(error.to_string());
    let key = PublicKey::from_base64(&key.0).map_err(wrong)?;
    let signature = Signature::decode(signature).map_err(wrong)?;
    // Old signatures cover the content itself, new ones its hash; `false`: only the new ones.
    key.verify(content, &signature, false).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by minisign 0.11 for the text "test".
    const KEY: &str = "untrusted comment: minisign public key\nRWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\n";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==
";

    #[test]
    fn a_signed_text_is_believed_and_another_is_not() {
        let key: Key = KEY.parse().unwrap();
        verify(&key, b"test", SIGNATURE).unwrap();
        assert!(verify(&key, b"tEst", SIGNATURE).is_err());
        assert!(verify(&key, b"test", "").is_err());
        assert!(verify(&key, b"test", &SIGNATURE.replace("559r", "559s")).is_err());
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "key", "untrusted comment: x\n", "RWQf6LRCGA9i"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }
}
