//! The index with its signature, in minisign's format.
//!
//! The key is made at the first build and kept beside what is built, not in the tap; `BERTH_TAP_KEY` names another,
//! such as the one a release is signed with: a file with the 32 bytes of an Ed25519 seed in hexadecimal digits.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_compact::{KeyPair, Seed};

use super::write_whole;
use crate::step::announce;
use crate::workspace::Workspace;

/// Where the seed is, without `BERTH_TAP_KEY`.
const SEED: &str = "tap.key";
const SEED_BYTES: usize = 32;
/// What the signature says; who wants to know when finds it in the file's time.
const TRUSTED_COMMENT: &str = "index of a Berth tap";
/// What minisign calls a key, and a signature of a content's BLAKE2b digest.
const KEY_KIND: &[u8] = b"Ed";
const SIGNATURE_KIND: &[u8] = b"ED";
/// Bytes of a key's number, which says which key it is.
const NUMBER_BYTES: usize = 8;

/// A key with its number.
struct Signer {
    pair: KeyPair,
    number: [u8; NUMBER_BYTES],
}

impl Signer {
    fn new(seed: [u8; SEED_BYTES]) -> Self {
        let pair = KeyPair::from_seed(Seed::new(seed));
        let digest = blake2b_simd::blake2b(pair.pk.as_ref());
        let mut number = [0; NUMBER_BYTES];
        number.copy_from_slice(&digest.as_bytes()[..NUMBER_BYTES]);
        Self { pair, number }
    }

    fn line(&self, kind: &[u8], rest: &[u8]) -> String {
        STANDARD.encode([kind, &self.number, rest].concat())
    }

    /// The file with the public key.
    fn public(&self) -> String {
        let key = self.line(KEY_KIND, self.pair.pk.as_ref());
        format!("untrusted comment: minisign public key of a Berth tap\n{key}\n")
    }

    /// The file with the signature of a content.
    fn sign(&self, content: &[u8]) -> String {
        let digest = blake2b_simd::blake2b(content);
        // No noise: the same content has the same signature.
        let signature = self.pair.sk.sign(digest.as_bytes(), None);
        let with_comment = [signature.as_ref(), TRUSTED_COMMENT.as_bytes()].concat();
        let global = STANDARD.encode(self.pair.sk.sign(with_comment, None).as_ref());
        let signature = self.line(SIGNATURE_KIND, signature.as_ref());
        format!(
            "untrusted comment: signature of a Berth tap's index\n{signature}\ntrusted comment: {TRUSTED_COMMENT}\n{global}\n"
        )
    }
}

/// Writes the index, its signature and the public key into the tap.
pub fn write(workspace: &Workspace, tap: &Path, text: &str) -> Result<()> {
    let signer = Signer::new(seed(workspace)?);
    // The index last: a reader in between finds an old index with a new signature, and tries again.
    write_whole(&tap.join(berth_tap::KEY), signer.public().as_bytes())?;
    write_whole(
        &tap.join(berth_tap::SIGNATURE),
        signer.sign(text.as_bytes()).as_bytes(),
    )?;
    write_whole(&tap.join(berth_tap::INDEX), text.as_bytes())
}

fn seed(workspace: &Workspace) -> Result<[u8; SEED_BYTES]> {
    let path = match std::env::var_os("BERTH_TAP_KEY") {
        Some(path) => PathBuf::from(path),
        None => workspace.bottles_build().join(SEED),
    };
    if !path.exists() {
        make(&path)?;
    }
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| {
        format!(
            "{} does not hold 32 bytes in hexadecimal digits",
            path.display()
        )
    })
}

fn parse(text: &str) -> Option<[u8; SEED_BYTES]> {
    let text = text.trim();
    let mut seed = [0; SEED_BYTES];
    if text.len() != 2 * SEED_BYTES || !text.is_ascii() {
        return None;
    }
    for (at, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(seed)
}

/// Makes a new key.
fn make(path: &Path) -> Result<()> {
    let mut seed = [0; SEED_BYTES];
    fs::File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut seed))
        .context("cannot read random bytes")?;
    if seed == [0; SEED_BYTES] {
        bail!("there is no randomness");
    }
    let text: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let file = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    file.and_then(|mut file| writeln!(file, "{text}"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    announce(&format!(
        "bottles: a new key signs this tap: {}",
        path.display()
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_here_is_believed_by_brew() {
        let signer = Signer::new([7; SEED_BYTES]);
        let key = signer.public().parse().unwrap();
        let signature = signer.sign(b"an index");
        berth_tap::verify(&key, b"an index", &signature).unwrap();
        assert!(berth_tap::verify(&key, b"another", &signature).is_err());
        let commented = signature.replace(TRUSTED_COMMENT, "index of somebody else");
        assert!(berth_tap::verify(&key, b"an index", &commented).is_err());
    }

    #[test]
    fn a_seed_is_hexadecimal() {
        assert_eq!(parse(&format!("{}\n", "0f".repeat(32))), Some([15; 32]));
        for text in ["", "0f", &"zz".repeat(32), &"é".repeat(32)] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
