//! One request and the head of its answer.

use std::io::{self, BufRead, BufReader, Read, Write};

use crate::body::Body;
use crate::error::{Error, Result, receive};
use crate::transport::{Options, Transport};
use crate::url::Url;

/// Longest line of a head.
const LINE_MAX_BYTES: usize = 64 << 10;
/// Most lines of a head.
const LINES_MAX: usize = 512;
/// Bytes of a body that are sent in one go.
const PIECE_BYTES: usize = 64 << 10;

/// Header fields, in their order.
#[derive(Clone, Debug, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first field of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// What is sent along.
pub enum Upload<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// What can be read, of a length that is known or not.
    Stream(&'a mut dyn Read, Option<u64>),
}

/// A request.
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// To where.
    pub url: &'a Url,
    /// Fields beside `Host` and those of the body; they come before the defaults.
    pub headers: &'a [(String, String)],
    /// What is sent along.
    pub upload: Option<Upload<'a>>,
}

/// An answer, its body not read yet.
#[derive(Debug)]
pub struct Response {
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// The code.
    pub status: u16,
    /// The words behind it.
    pub reason: String,
    /// The fields.
    pub headers: Headers,
    /// The rest.
    pub body: Body,
}

impl Response {
    /// The head, as it came.
    pub fn head(&self) -> String {
        let mut text = format!("{} {} {}\r\n", self.version, self.status, self.reason);
        for (name, value) in &self.headers.0 {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text + "\r\n"
    }
}

/// The head of a request. A field without a value was taken out by whoever asks.
fn head(request: &Request<'_>, proxied: bool) -> String {
    let given = |name: &str| {
        let mut names = request.headers.iter().map(|(name, _)| name);
        names.any(|known| known.eq_ignore_ascii_case(name))
    };
    let target = if proxied && !request.url.tls {
        request.url.to_string()
    } else {
        request.url.path.clone()
    };
    let mut text = format!("{} {target} HTTP/1.1\r\n", request.method);
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    };
    if !given("Host") {
        field("Host", &request.url.authority());
    }
    for (name, value) in request.headers {
        field(name, value);
    }
    if !given("Accept") {
        field("Accept", "*/*");
    }
    if !given("Connection") {
        field("Connection", "close");
    }
    match &request.upload {
        Some(Upload::Bytes(bytes)) if !given("Content-Length") => {
            field("Content-Length", &bytes.len().to_string());
        }
        Some(Upload::Stream(_, Some(length))) if !given("Content-Length") => {
            field("Content-Length", &length.to_string());
        }
        Some(Upload::Stream(_, None)) => field("Transfer-Encoding", "chunked"),
        _ => {}
    }
    text + "\r\n"
}

/// Sends a request and reads the head of the answer. `told` sees both heads, as lines: `>` and `<`.
///
/// # Errors
/// What goes wrong on the way.
pub fn send(
    mut transport: Transport,
    request: Request<'_>,
    options: &Options,
    told: &mut dyn FnMut(char, &str),
) -> Result<Response> {
    let text = head(&request, options.proxy.is_some());
    for line in text.lines() {
        told('>', line);
    }
    let no_body = request.method == "HEAD";
    let sent = put(&mut transport, text.as_bytes(), request.upload);
    let mut reader = BufReader::with_capacity(PIECE_BYTES, transport);
    loop {
        let first = match line(&mut reader) {
            // A server that answers before it has read everything, and hangs up, has answered all the same.
            Err(_) | Ok(None) if sent.is_err() => {
                sent.map_err(Error::Send)?;
                return Err(Error::Empty);
            }
            Ok(None) => return Err(Error::Empty),
            read => read?.unwrap_or_default(),
        };
        told('<', &first);
        let (version, status, reason) = status_line(&first)?;
        let mut headers = Headers::default();
        loop {
            let text = line(&mut reader)?.ok_or(Error::Partial)?;
            told('<', &text);
            if text.is_empty() {
                break;
            }
            if headers.0.len() >= LINES_MAX {
                return Err(Error::Answer("Too many response headers".to_owned()));
            }
            if let Some((name, value)) = text.split_once(':') {
                headers
                    .0
                    .push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        // `100 Continue` and its like come before the answer.
        if (100..200).contains(&status) && status != 101 {
            continue;
        }
        let body = Body::new(reader, status, &headers, no_body)?;
        return Ok(Response {
            version,
            status,
            reason,
            headers,
            body,
        });
    }
}

fn put(out: &mut dyn Write, head: &[u8], upload: Option<Upload<'_>>) -> io::Result<()> {
    out.write_all(head)?;
    match upload {
        None => {}
        Some(Upload::Bytes(bytes)) => out.write_all(bytes)?,
        Some(Upload::Stream(from, length)) => {
            let mut buffer = vec![0; PIECE_BYTES];
            loop {
                let count = from.read(&mut buffer)?;
                if length.is_none() {
                    write!(out, "{count:x}\r\n")?;
                }
                out.write_all(&buffer[..count])?;
                if length.is_none() {
                    out.write_all(b"\r\n")?;
                }
                if count == 0 {
                    break;
                }
            }
        }
    }
    out.flush()
}

fn status_line(line: &str) -> Result<(String, u16, String)> {
    let mut parts = line.splitn(3, ' ');
    let version = parts.next().unwrap_or_default();
    let status = parts.next().and_then(|text| text.parse().ok());
    match status {
        Some(status) if version.starts_with("HTTP/1.") => {
            let reason = parts.next().unwrap_or_default();
            Ok((version.to_owned(), status, reason.to_owned()))
        }
        _ => Err(Error::Answer(
            "Received HTTP/0.9 when not allowed".to_owned(),
        )),
    }
}

/// A line without its end; `None` at the end of everything.
pub(crate) fn line(reader: &mut BufReader<Transport>) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    let limit = LINE_MAX_BYTES as u64;
    reader
        .take(limit)
        .read_until(b'\n', &mut bytes)
        .map_err(receive)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.pop() != Some(b'\n') {
        return Err(Error::Answer(
            "a line of the answer does not end".to_owned(),
        ));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// For `Authorization`.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for index in 0..4 {
            if index <= chunk.len() {
                let letter = bits >> (18 - 6 * index) & 63;
                out.push(LETTERS[letter as usize].into());
            } else {
                out.push('=');
            }
        }
    }
    out
}

impl Headers {
    /// The field that `user:password` makes.
    pub fn basic(credentials: &str) -> (String, String) {
        let value = format!("Basic {}", base64(credentials.as_bytes()));
        ("Authorization".to_owned(), value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }

    #[test]
    fn what_was_given_comes_instead_of_the_defaults() {
        let url = Url::parse("http://h:81/p?q").unwrap();
        let headers = [
            ("accept".to_owned(), "a".to_owned()),
            ("Connection".to_owned(), String::new()),
        ];
        let request = Request {
            method: "POST",
            url: &url,
            headers: &headers,
            upload: Some(Upload::Bytes(b"xy")),
        };
        let expected = "POST /p?q HTTP/1.1\r\nHost: h:81\r\naccept: a\r\nContent-Length: 2\r\n\r\n";
        assert_eq!(head(&request, false), expected);
        assert!(head(&request, true).starts_with("POST http://h:81/p?q HTTP/1.1\r\n"));
    }

    #[test]
    fn a_status_line_has_a_number() {
        assert_eq!(status_line("HTTP/1.1 200").unwrap().1, 200);
        assert_eq!(
            status_line("HTTP/1.0 404 Not Found").unwrap().2,
            "Not Found"
        );
        assert!(status_line("hello").is_err());
    }
}
