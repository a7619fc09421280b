//! Getting a file, redirects included.

use std::io::{self, Read, Write};

use crate::body::Body;
use crate::error::{Error, Result};
use crate::exchange::{Headers, Request, Response, send};
use crate::transport::{Options, Transport};
use crate::url::Url;

/// Redirects that are followed.
const REDIRECTS_MAX: usize = 10;
/// Bytes handed on in one go.
const PIECE_BYTES: usize = 64 << 10;

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes so far.
    pub received_bytes: u64,
    /// Bytes in all, if the server says so.
    pub total_bytes: Option<u64>,
}

/// Whether a status sends one elsewhere.
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Where an answer sends one.
///
/// # Errors
/// When what it says is no URL.
pub fn redirected(from: &Url, response: &Response) -> Result<Option<Url>> {
    match response.headers.get("Location") {
        Some(location) if is_redirect(response.status) => from.join(location).map(Some),
        _ => Ok(None),
    }
}

/// A file that is being got.
#[derive(Debug)]
pub struct Download {
    /// Where it was found, after all redirects.
    pub url: Url,
    body: Body,
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.body.read(buffer).map_err(|error| match error {
            Error::Receive(error) => error,
            other => io::Error::other(other.to_string()),
        })
    }
}

/// Begins to get a file. Redirects are followed, from `https` to `http` they are not.
///
/// # Errors
/// [`Error::Status`] for an answer other than 2xx, and what goes wrong on the way.
pub fn open(url: &str, options: &Options) -> Result<Download> {
    let mut url = Url::parse(url)?;
    for _ in 0..=REDIRECTS_MAX {
        let mut headers = vec![("User-Agent".to_owned(), "berth".to_owned())];
        if let Some(credentials) = &url.credentials {
            headers.push(Headers::basic(credentials));
        }
        let request = Request {
            method: "GET",
            url: &url,
            headers: &headers,
            upload: None,
        };
        let transport = Transport::open(&url, options)?;
        let response = send(transport, request, options, &mut |_, _| {})?;
        if let Some(next) = redirected(&url, &response)? {
            if url.tls && !next.tls {
                return Err(Error::Url(
                    "a redirect from https to http is not followed".to_owned(),
                ));
            }
            url = next;
            continue;
        }
        if !(200..300).contains(&response.status) {
            return Err(Error::Status(response.status));
        }
        return Ok(Download {
            url,
            body: response.body,
        });
    }
    Err(Error::TooManyRedirects)
}

/// Gets a file as [`open`] does, writes it to `out` and tells `progress` after each piece. Answers the URL that it was
/// found at.
///
/// # Errors
/// Those of [`open`], and what goes wrong on the way.
pub fn get(
    url: &str,
    out: &mut dyn Write,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Url> {
    let mut download = open(url, options)?;
    let total_bytes = download.body.length;
    let mut received_bytes = 0;
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let count = download.body.read(&mut buffer)?;
        if count == 0 {
            return Ok(download.url);
        }
        out.write_all(&buffer[..count]).map_err(Error::Write)?;
        received_bytes += count as u64;
        progress(Progress {
            received_bytes,
            total_bytes,
        });
    }
}
