//! The proxy the server itself is told to use, by the variables every program knows.

use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::limits::PROXY_ANSWER_MAX_BYTES;

/// Proxies by the variables of the server's environment.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// For port 80.
    http: Option<Proxy>,
    /// For every other port.
    other: Option<Proxy>,
    /// Hosts that are dialled directly.
    direct: Vec<String>,
}

/// An HTTP proxy that makes tunnels (`CONNECT`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxy {
    /// `host:port`.
    pub authority: String,
    /// `Proxy-Authorization`, if there is one.
    authorization: Option<String>,
}

impl Proxy {
    fn parse(url: &str) -> Option<Self> {
        let rest = match url.split_once("://") {
            Some(("http", rest)) => rest,
            // A proxy that is spoken to through TLS, or one of another kind.
            Some(_) => return None,
            None => url,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        if host.is_empty() {
            return None;
        }
        let has_port = host
            .rsplit_once(':')
            .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        Some(Self {
            authority: if has_port {
                host.to_owned()
            } else {
                format!("{host}:80")
            },
            authorization: credentials.map(|text| format!("Basic {}", STANDARD.encode(text))),
        })
    }
}

impl Proxies {
    /// What the environment says.
    pub fn from_environment() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| variable(name));
            values.find(|value| !value.trim().is_empty())
        };
        let proxy = |names: &[&str]| {
            let url = either(names)?;
            let proxy = Proxy::parse(url.trim());
            if proxy.is_none() {
                tracing::warn!(variable = names[0], "not an http:// proxy; left out");
            }
            proxy
        };
        let direct = either(&["no_proxy", "NO_PROXY"]).unwrap_or_default();
        if direct.split(',').any(|host| host.trim() == "*") {
            return Self::default();
        }
        Self {
            // Upper case is not looked at: a CGI program's `Proxy` header would be it.
            http: proxy(&["http_proxy", "all_proxy", "ALL_PROXY"]),
            other: proxy(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            direct: direct
                .split(',')
                .map(|host| {
                    host.trim()
                        .trim_start_matches("*")
                        .trim_start_matches('.')
                        .to_ascii_lowercase()
                })
                .filter(|host| !host.is_empty())
                .collect(),
        }
    }

    /// The proxy for a connection; `name` is what the address was resolved from.
    pub fn of(&self, to: SocketAddr, name: Option<&str>) -> Option<&Proxy> {
        let proxy = if to.port() == 80 {
            &self.http
        } else {
            &self.other
        };
        proxy.as_ref().filter(|_| !self.is_direct(to.ip(), name))
    }

    fn is_direct(&self, address: IpAddr, name: Option<&str>) -> bool {
        self.direct.iter().any(|direct| {
            let network = direct.parse::<ipnet::IpNet>();
            let below = |name: &str| {
                name.strip_suffix(direct.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            direct.parse() == Ok(address)
                || network.is_ok_and(|network| network.contains(&address))
                || name.is_some_and(below)
        })
    }
}

/// Asks the proxy at the other end of `stream` for a tunnel to `to`. The address is asked for and not a name: the
/// proxy's resolver could answer otherwise than the one that was checked.
pub async fn tunnel(stream: &mut TcpStream, proxy: &Proxy, to: SocketAddr) -> std::io::Result<()> {
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    if let Some(authorization) = &proxy.authorization {
        request.push_str(&format!("Proxy-Authorization: {authorization}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the empty line is the tunnel's.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= PROXY_ANSWER_MAX_BYTES {
            return Err(std::io::Error::other("the proxy's answer is too long"));
        }
        answer.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') {
        Ok(())
    } else {
        Err(std::io::Error::new(
            std::io::ErrorKind::ConnectionRefused,
            format!("the proxy answered {status}"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn variables_name_proxies_and_exceptions() {
        let proxies = proxies(&[
            ("https_proxy", "http://me:secret@proxy.example.org:3128/"),
            (
                "no_proxy",
                "internal.example.org, .local,10.0.0.0/8,192.0.2.7",
            ),
        ]);
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        let proxy = proxies
            .of(at("198.51.100.1:443"), Some("example.org"))
            .unwrap();
        assert_eq!(proxy.authority, "proxy.example.org:3128");
        assert_eq!(proxy.authorization.as_deref(), Some("Basic bWU6c2VjcmV0"));
        assert!(proxies.of(at("198.51.100.1:80"), None).is_none());
        for (address, name) in [
            ("10.1.2.3:443", None),
            ("192.0.2.7:443", None),
            ("198.51.100.1:443", Some("internal.example.org")),
            ("198.51.100.1:443", Some("a.local")),
        ] {
            assert!(
                proxies.of(at(address), name).is_none(),
                "{address} {name:?}"
            );
        }
        assert!(
            proxies
                .of(at("198.51.100.1:443"), Some("notlocal"))
                .is_some()
        );
    }

    #[test]
    fn a_proxy_has_a_port_and_speaks_http() {
        assert_eq!(Proxy::parse("proxy").unwrap().authority, "proxy:80");
        assert_eq!(Proxy::parse("http://p:1").unwrap().authority, "p:1");
        assert_eq!(Proxy::parse("socks5://p:1"), None);
        let none = proxies(&[("http_proxy", "p:1"), ("no_proxy", "*")]);
        assert!(none.http.is_none());
    }
}
