//! What a server is told when it starts.

use std::path::PathBuf;
use std::str::FromStr;

use berth_gateway::GatewayOptions;

/// What a server is told when it starts.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Where everything is kept. Made when absent.
    pub data: PathBuf,
    /// The database, when it is not the SQLite file in the data directory.
    pub database_url: Option<String>,
    /// The first administrator's password; generated when `None`. Only the first start looks at it.
    pub admin_password: Option<String>,
    /// The directory of taps; `<data>/taps` when `None`, if that is there.
    pub taps: Option<PathBuf>,
    /// How browsers reach the server, when a proxy stands before it.
    pub public_origin: Option<PublicOrigin>,
    /// How far sessions reach into the network.
    pub egress: GatewayOptions,
}

/// `http://host[:port]` or `https://host[:port]`, as browsers spell it in `Origin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicOrigin(String);

impl PublicOrigin {
    /// The origin, as a browser spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether browsers reach the server through TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

/// The text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected http://host[:port] or https://host[:port], without a path")]
pub struct ParseOriginError;

impl FromStr for PublicOrigin {
    type Err = ParseOriginError;

    fn from_str(text: &str) -> Result<Self, ParseOriginError> {
        let origin = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
        let (scheme, authority) = origin.split_once("://").ok_or(ParseOriginError)?;
        let default_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(ParseOriginError),
        };
        let authority = authority.strip_suffix(default_port).unwrap_or(authority);
        let parsed: axum::http::uri::Authority = authority.parse().map_err(|_| ParseOriginError)?;
        if parsed.host().is_empty() || authority.contains('@') {
            return Err(ParseOriginError);
        }
        Ok(Self(format!("{scheme}://{authority}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_spelled_as_browsers_do() {
        for (text, origin) in [
            ("https://Berth.example.org/", "https://berth.example.org"),
            ("https://berth.example.org:443", "https://berth.example.org"),
            ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<PublicOrigin>().unwrap().as_str(), origin);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "berth.example.org",
            "ftp://x",
            "https://",
            "https://x/berth",
            "https://me@x",
            "https://a b",
        ] {
            assert_eq!(
                text.parse::<PublicOrigin>(),
                Err(ParseOriginError),
                "{text:?}"
            );
        }
    }
}
