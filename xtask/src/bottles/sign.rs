//! The index with its signature.
//!
//! The key is made at the first build and kept beside what is built, not in the tap; `BERTH_TAP_KEY` names another,
//! such as the one a release is signed with.

use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};

use super::write_whole;
use crate::step::announce;
use crate::workspace::Workspace;

/// Where the secret key is, without `BERTH_TAP_KEY`.
const SECRET: &str = "tap.key";
/// What the signature says; who wants to know when finds it in the file's time.
const TRUSTED_COMMENT: &str = "index of a Berth tap";

/// Writes the index, its signature and the public key into the tap.
pub fn write(workspace: &Workspace, tap: &Path, text: &str) -> Result<()> {
    let secret = secret_key(workspace)?;
    let public = PublicKey::from_secret_key(&secret).context("the tap's key is broken")?;
    let signature = minisign::sign(
        Some(&public),
        &secret,
        Cursor::new(text),
        Some(TRUSTED_COMMENT),
        None,
    )
    .context("cannot sign the index")?;
    // The index last: a reader in between finds an old index with a new signature, and tries again.
    write_whole(
        &tap.join(berth_tap::KEY),
        public.to_box()?.to_string().as_bytes(),
    )?;
    write_whole(
        &tap.join(berth_tap::SIGNATURE),
        signature.into_string().as_bytes(),
    )?;
    write_whole(&tap.join(berth_tap::INDEX), text.as_bytes())
}

fn secret_key(workspace: &Workspace) -> Result<SecretKey> {
    let path = match std::env::var_os("BERTH_TAP_KEY") {
        Some(path) => PathBuf::from(path),
        None => workspace.bottles_build().join(SECRET),
    };
    if !path.exists() {
        let pair = KeyPair::generate_unencrypted_keypair().context("cannot make a key")?;
        let text = pair
            .sk
            .to_box(Some("secret key of a Berth tap"))?
            .to_string();
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let file = fs::File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))?;
        announce(&format!(
            "bottles: a new key signs this tap: {}",
            path.display()
        ));
    }
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let secret =
        SecretKeyBox::from_string(&text).and_then(SecretKeyBox::into_unencrypted_secret_key);
    secret.with_context(|| {
        format!(
            "{} holds no minisign key without a password",
            path.display()
        )
    })
}
