//! URLs, as far as a client needs them.

use crate::error::{Error, Result};

/// `http` or `https`, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Through TLS.
    pub tls: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// `user:password`, decoded, if the URL has them.
    pub credentials: Option<String>,
    /// What stood behind `#`.
    pub fragment: Option<String>,
}

impl Url {
    /// Reads a URL; without a scheme it is `http`'s, as curl has it.
    ///
    /// # Errors
    /// [`Error::Url`].
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), text),
        };
        let tls = match scheme.as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(Error::Url(format!("Protocol \"{scheme}\" not supported"))),
        };
        let malformed = || Error::Url("URL using bad/illegal format or missing URL".to_owned());
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, Some(fragment.to_owned())),
            None => (rest, None),
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (credentials, place) = match authority.rsplit_once('@') {
            Some((credentials, place)) => (Some(decoded(credentials)), place),
            None => (None, authority),
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(literal) => {
                let (host, port) = literal.split_once(']').ok_or_else(malformed)?;
                (host, port.strip_prefix(':'))
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let good = |c: char| !c.is_whitespace() && !c.is_control() && !"/\\<>\"".contains(c);
        if host.is_empty() || !host.chars().all(good) {
            return Err(malformed());
        }
        let port = match port {
            None | Some("") => Self::default_port(tls),
            Some(port) => port.parse().map_err(|_| malformed())?,
        };
        let path = match path.chars().next() {
            None => "/".to_owned(),
            Some('?') => format!("/{path}"),
            Some(_) => path.to_owned(),
        };
        Ok(Self {
            tls,
            host: host.to_ascii_lowercase(),
            port,
            path: encoded(&path),
            credentials,
            fragment,
        })
    }

    fn default_port(tls: bool) -> u16 {
        if tls { 443 } else { 80 }
    }

    /// Host and port, as the `Host` header has them: the usual port is left out.
    pub fn authority(&self) -> String {
        if self.port == Self::default_port(self.tls) {
            self.bracketed()
        } else {
            format!("{}:{}", self.bracketed(), self.port)
        }
    }

    /// The host, in brackets if it is an IPv6 address.
    pub fn bracketed(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        }
    }

    /// What a `Location` means that this URL answered with.
    ///
    /// # Errors
    /// [`Error::Url`].
    pub fn join(&self, location: &str) -> Result<Self> {
        let location = location.trim();
        let has_scheme = location.split_once(':').is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        });
        if has_scheme && location.contains("://") {
            return Self::parse(location);
        }
        let scheme = if self.tls { "https" } else { "http" };
        if let Some(rest) = location.strip_prefix("//") {
            return Self::parse(&format!("{scheme}://{rest}"));
        }
        let (location, fragment) = match location.split_once('#') {
            Some((location, fragment)) => (location, Some(fragment.to_owned())),
            None => (location, None),
        };
        let path = self.path.split('?').next().unwrap_or("/");
        let path = if location.is_empty() {
            self.path.clone()
        } else if location.starts_with('/') {
            location.to_owned()
        } else if location.starts_with('?') {
            format!("{path}{location}")
        } else {
            let base = path.rfind('/').map_or("/", |slash| &path[..=slash]);
            format!("{base}{location}")
        };
        Ok(Self {
            path: encoded(&without_dots(&path)),
            fragment,
            ..self.clone()
        })
    }

    /// The last part of the path, as a file's name.
    pub fn file_name(&self) -> Option<&str> {
        let path = self.path.split('?').next().unwrap_or_default();
        path.rsplit('/').next().filter(|name| !name.is_empty())
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

/// Takes `.` and `..` out of a path (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut kept: Vec<&str> = Vec::new();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        match *part {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    let mut joined = format!("/{}", kept.join("/"));
    if let Some(query) = query {
        joined.push('?');
        joined.push_str(query);
    }
    joined
}

/// What cannot stand in a request line, as `%XX`.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && byte != b'"' && byte != b'<' && byte != b'>' {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let value = text
            .get(at + 1..at + 3)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match value {
            Some(value) if bytes[at] == b'%' => {
                out.push(value);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let url = Url::parse("https://me:a%20b@Example.org:8443/a b?q=1#top").unwrap();
        assert!(url.tls);
        assert_eq!((url.host.as_str(), url.port), ("example.org", 8443));
        assert_eq!(url.path, "/a%20b?q=1");
        assert_eq!(url.credentials.as_deref(), Some("me:a b"));
        assert_eq!(url.to_string(), "https://example.org:8443/a%20b?q=1");
        let url = Url::parse("example.org?x").unwrap();
        assert_eq!((url.tls, url.port, url.path.as_str()), (false, 80, "/?x"));
        let url = Url::parse("http://[::1]:80/").unwrap();
        assert_eq!(
            (url.host.as_str(), url.authority().as_str()),
            ("::1", "[::1]")
        );
        for text in [
            "",
            "ftp://x/",
            "http://",
            "http://a b/",
            "http://x:99999/",
            "http://[::1/",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_location_is_found_from_where_it_was_said() {
        let base = Url::parse("http://h/a/b/c?q").unwrap();
        for (location, path) in [
            ("d", "/a/b/d"),
            ("../d/./e", "/a/d/e"),
            ("/x/../y", "/y"),
            ("?z", "/a/b/c?z"),
            ("../../../..", "/"),
            (".", "/a/b/"),
            ("d?next=/../x", "/a/b/d?next=/../x"),
        ] {
            assert_eq!(base.join(location).unwrap().path, path, "{location}");
        }
        assert_eq!(base.join("//o/p").unwrap().to_string(), "http://o/p");
        assert_eq!(base.join("https://o/").unwrap().to_string(), "https://o/");
    }
}
