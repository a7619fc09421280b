//! The proxy the server itself is told to use, by the variables every program knows.

use std::io;
use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::limits::PROXY_ANSWER_MAX_BYTES;
use crate::outer::Connection;

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

/// A proxy that makes tunnels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proxy {
    /// `host:port`.
    pub authority: String,
    kind: Kind,
    /// `name:password`, if there are any.
    credentials: Option<String>,
}

/// How a proxy is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// `CONNECT` of HTTP.
    Http,
    /// The same, within TLS.
    Https,
    /// RFC 1928.
    Socks5,
}

impl Proxy {
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (kind, usual_port, rest) = match url.split_once("://") {
            Some(("http", rest)) => (Kind::Http, 80, rest),
            Some(("https", rest)) => (Kind::Https, 443, rest),
            // With `h` names are the proxy's to resolve; it gets none from us.
            Some(("socks5" | "socks5h", rest)) => (Kind::Socks5, 1080, rest),
            // One of another kind.
            Some(_) => return None,
            None => (Kind::Http, 80, url),
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
                format!("{host}:{usual_port}")
            },
            kind,
            credentials: credentials.map(str::to_owned),
        })
    }

    /// Whether it is spoken to through TLS.
    pub fn wants_tls(&self) -> bool {
        self.kind == Kind::Https
    }

    /// Its name or address, without the port: what its certificate is for.
    pub fn host(&self) -> &str {
        let host = self.authority.rsplit_once(':').map_or("", |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
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
                tracing::warn!(
                    variable = names[0],
                    "neither an http://, an https:// nor a socks5:// proxy; left out"
                );
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
pub async fn tunnel(stream: &mut dyn Connection, proxy: &Proxy, to: SocketAddr) -> io::Result<()> {
    match proxy.kind {
        Kind::Http | Kind::Https => http_tunnel(stream, proxy, to).await,
        Kind::Socks5 => socks_tunnel(stream, proxy, to).await,
    }
}

fn refused(why: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionRefused, format!("the proxy {why}"))
}

async fn socks_tunnel(
    stream: &mut dyn Connection,
    proxy: &Proxy,
    to: SocketAddr,
) -> io::Result<()> {
    const VERSION: u8 = 5;
    const NO_CREDENTIALS: u8 = 0;
    const PASSWORD: u8 = 2;
    let method = if proxy.credentials.is_some() {
        PASSWORD
    } else {
        NO_CREDENTIALS
    };
    stream.write_all(&[VERSION, 1, method]).await?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer).await?;
    if answer != [VERSION, method] {
        return Err(refused("takes no such credentials"));
    }
    if let Some(credentials) = &proxy.credentials {
        let (name, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        let mut request = vec![1];
        for text in [name, password] {
            let length = u8::try_from(text.len()).map_err(|_| refused("takes shorter words"))?;
            request.push(length);
            request.extend_from_slice(text.as_bytes());
        }
        stream.write_all(&request).await?;
        stream.read_exact(&mut answer).await?;
        if answer[1] != 0 {
            return Err(refused("refuses the credentials"));
        }
    }
    let mut request = vec![VERSION, 1, 0];
    match to.ip() {
        IpAddr::V4(address) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        IpAddr::V6(address) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
    }
    request.extend_from_slice(&to.port().to_be_bytes());
    stream.write_all(&request).await?;
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    if head[1] != 0 {
        return Err(refused(format_args!("answered {}", head[1])));
    }
    // The address that it dials from, and its port.
    let length = match head[3] {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await?),
        _ => return Err(refused("answered nonsense")),
    };
    stream.read_exact(&mut vec![0; length + 2]).await?;
    Ok(())
}

async fn http_tunnel(stream: &mut dyn Connection, proxy: &Proxy, to: SocketAddr) -> io::Result<()> {
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    if let Some(credentials) = &proxy.credentials {
        let credentials = STANDARD.encode(credentials);
        request.push_str(&format!("Proxy-Authorization: Basic {credentials}\r\n"));
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the empty line is the tunnel's.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= PROXY_ANSWER_MAX_BYTES {
            return Err(io::Error::other("the proxy's answer is too long"));
        }
        answer.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') {
        Ok(())
    } else {
        Err(refused(format_args!("answered {status}")))
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

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
        assert_eq!(proxy.credentials.as_deref(), Some("me:secret"));
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
    fn a_proxy_has_a_port_and_speaks_http_or_socks() {
        assert_eq!(Proxy::parse("proxy").unwrap().authority, "proxy:80");
        assert_eq!(Proxy::parse("http://p:1").unwrap().authority, "p:1");
        let socks = Proxy::parse("socks5h://p").unwrap();
        assert_eq!((&*socks.authority, socks.kind), ("p:1080", Kind::Socks5));
        assert_eq!(Proxy::parse("socks5://p:1").unwrap().authority, "p:1");
        let secure = Proxy::parse("https://me:pw@[2001:db8::1]:8443").unwrap();
        assert!(secure.wants_tls());
        assert_eq!(secure.host(), "2001:db8::1");
        let usual = Proxy::parse("https://proxy.example.org").unwrap();
        assert_eq!(
            (&*usual.authority, usual.host()),
            ("proxy.example.org:443", "proxy.example.org")
        );
        for other in ["socks4://p:1", "ftp://p"] {
            assert_eq!(Proxy::parse(other), None);
        }
        let none = proxies(&[("http_proxy", "p:1"), ("no_proxy", "*")]);
        assert!(none.http.is_none());
    }

    /// A proxy that answers as told after each of the requests that it expects; and what the asking side gets.
    async fn ask(proxy: &str, to: &str, script: &[(&[u8], &[u8])]) -> io::Result<()> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let mut stream = TcpStream::connect(listener.local_addr()?).await?;
        let (mut other, _) = listener.accept().await?;
        let proxy = Proxy::parse(proxy).unwrap();
        let answering = async {
            for (expected, answer) in script {
                let mut got = vec![0; expected.len()];
                other.read_exact(&mut got).await.unwrap();
                assert_eq!(&got, expected);
                other.write_all(answer).await.unwrap();
            }
            // What follows is the tunnel's.
            other.write_all(b"hello").await.unwrap();
        };
        let asking = async {
            tunnel(&mut stream, &proxy, to.parse().unwrap()).await?;
            let mut hello = [0; 5];
            stream.read_exact(&mut hello).await?;
            assert_eq!(&hello, b"hello");
            Ok(())
        };
        tokio::join!(answering, asking).1
    }

    #[tokio::test]
    async fn a_socks_proxy_is_asked_for_the_address() {
        let v4: &[u8] = &[5, 1, 0, 1, 192, 0, 2, 1, 1, 187];
        let bound: &[u8] = &[5, 0, 0, 1, 10, 0, 0, 1, 0, 9];
        let script = [(&[5, 1, 0][..], &[5, 0][..]), (v4, bound)];
        ask("socks5://p", "192.0.2.1:443", &script).await.unwrap();
        let v6 = [&[5, 1, 0, 4, 0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1, 0, 80]].concat();
        let named: &[u8] = b"\x05\0\0\x03\x04name\0\x09";
        let script = [
            (&[5, 1, 2][..], &[5, 2][..]),
            (b"\x01\x02me\x02pw", &[1, 0]),
            (&v6, named),
        ];
        ask("socks5h://me:pw@p", "[2001:db8::1]:80", &script)
            .await
            .unwrap();
        for (credentials, script) in [
            ("", vec![(&[5, 1, 0][..], &[5, 0xff][..])]),
            (
                "me:pw@",
                vec![(&[5, 1, 2], &[5, 2]), (b"\x01\x02me\x02pw", &[1, 1])],
            ),
            ("", vec![(&[5, 1, 0], &[5, 0]), (v4, &[5, 2, 0, 1])]),
        ] {
            let proxy = format!("socks5://{credentials}p");
            let error = ask(&proxy, "192.0.2.1:443", &script).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused, "{error}");
        }
    }
}
