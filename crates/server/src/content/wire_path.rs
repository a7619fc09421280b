//! Paths of files on the wire. A file's name is bytes: in a URL they are percent-encoded, and in JSON they are text, or,
//! where they are no UTF-8, `{"encoded": "caf%E9"}`.

use std::borrow::Cow;

use axum::http::Uri;
use berth_folders::{FilePath, PathError};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::{Problem, Result};
use crate::routes::API;

/// All but RFC 3986's unreserved characters.
const NOT_UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A path in a request's JSON.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum WirePath {
    /// As text.
    Text(String),
    /// Percent-encoded, for names that are no UTF-8.
    Encoded {
        /// The path; every byte may be written as `%XX`.
        encoded: String,
    },
}

impl WirePath {
    /// The path; `field` is what it is called in the request.
    ///
    /// # Errors
    /// 422 that names the field.
    pub fn parse(&self, field: &str) -> Result<FilePath> {
        let bytes = match self {
            Self::Text(text) => Cow::Borrowed(text.as_bytes()),
            Self::Encoded { encoded } => percent_decode_str(encoded).into(),
        };
        FilePath::new(&bytes).map_err(|error| Problem::invalid(field, error))
    }
}

/// What is addressed by a URL of the form `/api/v1/folders/{owner}/content/{path}`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The folder or session, as it is named there.
    pub owner: String,
    /// The file.
    pub path: FilePath,
    /// Whether it ends in a slash, as that of a directory may.
    pub ends_in_slash: bool,
}

impl Address {
    /// Reads `uri`. Not axum's extractor, which knows no names but UTF-8.
    ///
    /// # Errors
    /// 400 for a path that can be none.
    pub fn of(uri: &Uri) -> Result<Self> {
        let path = uri.path();
        let mut parts = path
            .strip_prefix(API)
            .unwrap_or(path)
            .splitn(5, '/')
            .skip(2);
        let owner = parts.next().unwrap_or_default();
        let file = parts.nth(1).unwrap_or_default();
        Ok(Self {
            // What is no UTF-8 is nobody's name.
            owner: percent_decode_str(owner).decode_utf8_lossy().into_owned(),
            path: from_encoded(file).map_err(Problem::bad_request)?,
            ends_in_slash: file.ends_with('/'),
        })
    }

    /// The same file's URL, its folder or session (`collection`) named by `id`.
    pub fn location(&self, collection: &str, id: &str) -> String {
        let names: Vec<String> = self.path.names().map(encoded).collect();
        format!("{API}/{collection}/{id}/content/{}", names.join("/"))
    }
}

/// The path that `?path=` of a URL names; the top when there is none.
///
/// # Errors
/// 400 for a path that can be none.
pub(crate) fn in_query(uri: &Uri) -> Result<FilePath> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let value = pairs
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == "path");
    let Some((_, value)) = value else {
        return Ok(FilePath::root());
    };
    // In a query a plus is a space.
    from_encoded(&value.replace('+', " "))
        .map_err(|error| Problem::bad_request(error).field("path", error))
}

/// A name or path with everything in `%XX` but letters, digits and `-._~`.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    percent_encode(bytes, NOT_UNRESERVED).to_string()
}

fn from_encoded(text: &str) -> Result<FilePath, PathError> {
    FilePath::new(&Cow::from(percent_decode_str(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(uri: &str) -> Result<Address> {
        Address::of(&uri.parse().unwrap())
    }

    fn path(bytes: &[u8]) -> FilePath {
        FilePath::new(bytes).unwrap()
    }

    #[test]
    fn an_address_holds_folder_and_path() {
        for (uri, owner, file, slash) in [
            (
                "/api/v1/folders/data/content/a/b",
                "data",
                &b"a/b"[..],
                false,
            ),
            (
                "/folders/content/content/content/x",
                "content",
                b"content/x",
                false,
            ),
            (
                "/api/v1/folders/%ED%95%9C/content/%ED%95%9C%20a",
                "한",
                "한 a".as_bytes(),
                false,
            ),
            (
                "/api/v1/folders/data/content/caf%E9%2Fx",
                "data",
                b"caf\xe9/x",
                false,
            ),
            ("/api/v1/sessions/s/content/a+b/", "s", b"a+b", true),
            ("/api/v1/folders/data/content/", "data", b"", false),
            ("/api/v1/folders/data/content", "data", b"", false),
            ("/api/v1/folders/data/content//a//b", "data", b"a/b", false),
        ] {
            let expected = Address {
                owner: owner.to_owned(),
                path: path(file),
                ends_in_slash: slash,
            };
            assert_eq!(address(uri).unwrap(), expected, "{uri}");
        }
    }

    #[test]
    fn a_path_that_can_be_none_is_refused() {
        for file in ["a/../b", "%2e%2e", "a%00b", &"x".repeat(256)] {
            let problem = address(&format!("/api/v1/folders/data/content/{file}")).unwrap_err();
            assert_eq!(problem.status(), 400, "{file}");
        }
    }

    #[test]
    fn a_query_may_name_any_path() {
        let parse = |uri: &str| in_query(&uri.parse().unwrap());
        assert_eq!(parse("/files").unwrap(), FilePath::root());
        assert_eq!(
            parse("/files?limit=1&path=/a+b%2Fc%E9").unwrap(),
            path(b"a b/c\xe9")
        );
        assert_eq!(parse("/files?path=..").unwrap_err().status(), 400);
    }

    #[test]
    fn json_names_a_path_as_text_or_encoded() {
        let parse = |json: &str| {
            serde_json::from_str::<WirePath>(json)
                .unwrap()
                .parse("from")
        };
        assert_eq!(parse("\"a%20b\"").unwrap(), path(b"a%20b"));
        assert_eq!(
            parse("{\"encoded\": \"a%20b%E9\"}").unwrap(),
            path(b"a b\xe9")
        );
        assert_eq!(parse("\"../x\"").unwrap_err().status(), 422);
    }

    proptest! {
        #[test]
        fn every_path_survives_being_an_address(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(path) = FilePath::new(&bytes) {
                let uri = format!("/api/v1/folders/data/content/{}", encoded(path.as_bytes()));
                prop_assert_eq!(address(&uri).unwrap().path, path);
            }
        }

        #[test]
        fn any_address_is_read_or_refused(file in "[!-~&&[^?#\"<>\\\\^`{|}]]{0,60}") {
            if let Ok(uri) = format!("/api/v1/folders/data/content/{file}").parse() {
                let _ = Address::of(&uri);
            }
        }
    }
}
