//! The server's taps over HTTP, for other servers and their sessions, and the script that sets brew up.
//!
//! Open to everybody: what is in a tap is meant to be passed on, and its index is signed. Only the files that make up
//! a tap are sent, whatever else lies in its directory.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use axum::response::IntoResponse;
use axum::routing::get;
use futures_util::stream::unfold;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, Take};

use crate::extract::Path;
use crate::problem::{Problem, Result};

/// The script.
const INSTALL: &str = include_str!("install.sh");
/// Files of a tap that change when the tap does.
const CHANGING: [&str; 3] = ["index.toml", "index.toml.minisig", "tap.pub"];
/// The directory of a tap's bottles, and how their names end.
const BOTTLES: (&str, &str) = ("bottles/", ".tar.gz");
/// Hexadecimal digits of a bottle's name.
const DIGEST_DIGITS: usize = 64;
/// Longest name of a tap's user or repository, in bytes.
const NAME_MAX_BYTES: usize = 64;
/// Bytes sent at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// The directory of taps, when there is one. It is all that the routes here know of the server: they are answered inside
/// of sessions as well.
type Taps = Option<Arc<PathBuf>>;

/// The routes of this module, for the taps in this directory.
pub fn routes<S>(taps: Option<PathBuf>) -> Router<S> {
    Router::new()
        .route("/install.sh", get(install))
        .route("/taps/{user}/{repository}/{*file}", get(file))
        .with_state::<S>(taps.map(Arc::new))
}

async fn install() -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/x-shellscript; charset=utf-8")],
        INSTALL,
    )
}

/// How a file of a tap may be kept by those who fetch it; `None`: it is none.
fn kept(file: &str) -> Option<&'static str> {
    if CHANGING.contains(&file) {
        return Some("no-cache");
    }
    let digest = file.strip_prefix(BOTTLES.0)?.strip_suffix(BOTTLES.1)?;
    let is_digest = digest.len() == DIGEST_DIGITS
        && digest
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    // Named after its content, so that it never changes.
    is_digest.then_some("public, max-age=31536000, immutable")
}

/// Whether this can be the name of a tap's directory, and of no other.
fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty()
        && text.len() <= NAME_MAX_BYTES
        && !text.starts_with('.')
        && text.bytes().all(is_allowed)
}

async fn file(
    State(taps): State<Taps>,
    Path((user, repository, file)): Path<(String, String, String)>,
) -> Result<Response<Body>> {
    let missing = || Problem::not_found("no tap of this server has such a file");
    let taps = taps.ok_or_else(missing)?;
    let kept = kept(&file).ok_or_else(missing)?;
    if !is_name(&user) || !is_name(&repository) {
        return Err(missing());
    }
    let path = taps.join(user).join(repository).join(&file);
    let opened = match File::open(&path).await {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing()),
        Err(error) => return Err(Problem::internal(error)),
    };
    let metadata = opened.metadata().await.map_err(Problem::internal)?;
    if !metadata.is_file() {
        return Err(missing());
    }
    // What it grows by meanwhile is not announced, and not sent.
    let content = opened.take(metadata.len());
    let kind = if file.ends_with(BOTTLES.1) {
        "application/gzip"
    } else {
        "text/plain; charset=utf-8"
    };
    Response::builder()
        .header(CONTENT_TYPE, kind)
        .header(CONTENT_LENGTH, metadata.len())
        .header(CACHE_CONTROL, HeaderValue::from_static(kept))
        .body(Body::from_stream(unfold(content, next)))
        .map_err(Problem::internal)
}

/// The next piece of a file, and the rest.
async fn next(mut content: Take<File>) -> Option<(io::Result<Bytes>, Take<File>)> {
    let mut chunk = vec![0; CHUNK_BYTES];
    match content.read(&mut chunk).await {
        Ok(0) => None,
        Ok(count) => {
            chunk.truncate(count);
            Some((Ok(chunk.into()), content))
        }
        Err(error) => Some((Err(error), content)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_makes_up_a_tap_is_sent() {
        let bottle = format!("bottles/{}.tar.gz", "a".repeat(DIGEST_DIGITS));
        for file in ["index.toml", "index.toml.minisig", "tap.pub", &bottle] {
            assert!(kept(file).is_some(), "{file}");
        }
        for file in [
            "",
            "tap.toml",
            "../index.toml",
            "bottles/../index.toml",
            "bottles/x.tar.gz",
            "signing.key",
        ] {
            assert!(kept(file).is_none(), "{file}");
        }
    }

    #[test]
    fn a_tap_is_one_directory() {
        assert!(is_name("berth") && is_name("my-tap.2"));
        for name in ["", ".", "..", "a/b", ".hidden", "a\0"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
