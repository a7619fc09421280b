//! A site "outside" for sessions to reach, on a machine without an outside: a proxy that leads every tunnel to
//! itself. The server is told of it by the variables that name a proxy.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The site's address: of a network for documentation, which no session reaches unless it is allowed to.
pub const SITE: &str = "192.0.2.10";
/// The network that the site is in.
pub const SITE_NETWORK: &str = "192.0.2.0/24";

/// What a path answers: status, further header lines, body.
type Page = (u16, String, Vec<u8>);

/// A site at [`SITE`], ports 80 and 443.
pub struct Site {
    /// `http://127.0.0.1:port`, for the variables.
    pub proxy: String,
    /// The authority's certificate (PEM).
    pub authority: String,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    /// What tunnels were asked for.
    tunnels: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// Starts it.
    pub fn start() -> Self {
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().unwrap();
        let authority = ca.self_signed(&ca_key).unwrap().pem();
        let issuer = Issuer::new(ca, ca_key);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec![SITE.to_owned()]).unwrap();
        let certificate = own.signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let pages: Arc<Mutex<HashMap<String, Page>>> = Arc::default();
        let tunnels: Arc<Mutex<Vec<String>>> = Arc::default();
        let (shown, told) = (Arc::clone(&pages), Arc::clone(&tunnels));
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let (pages, tunnels) = (Arc::clone(&shown), Arc::clone(&told));
                let config = Arc::clone(&config);
                std::thread::spawn(move || {
                    let _ = serve(socket.unwrap(), &config, &pages, &tunnels);
                });
            }
        });
        Self {
            proxy,
            authority,
            pages,
            tunnels,
        }
    }

    /// The variables of a server whose sessions reach it.
    pub fn proxy_environ(&self) -> Vec<(&str, &str)> {
        vec![
            ("http_proxy", self.proxy.as_str()),
            ("https_proxy", self.proxy.as_str()),
            ("no_proxy", ""),
            ("NO_PROXY", ""),
        ]
    }

    /// Puts a page there.
    pub fn put(&self, path: &str, status: u16, headers: &str, body: impl Into<Vec<u8>>) {
        let page = (status, headers.to_owned(), body.into());
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// The addresses and ports that tunnels were asked for.
    pub fn tunnels(&self) -> Vec<String> {
        self.tunnels.lock().unwrap().clone()
    }
}

fn serve(
    mut socket: TcpStream,
    config: &Arc<ServerConfig>,
    pages: &Mutex<HashMap<String, Page>>,
    tunnels: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let to = head.split(' ').nth(1).unwrap_or_default().to_owned();
    tunnels.lock().unwrap().push(to.clone());
    socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    if to.ends_with(":443") {
        let connection =
            ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
        answer(StreamOwned::new(connection, socket), pages)
    } else {
        answer(socket, pages)
    }
}

/// Answers requests until the client has had enough.
fn answer(stream: impl Read + Write, pages: &Mutex<HashMap<String, Page>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if stream.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let (mut length, mut close) = (0, false);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(text) = line.strip_prefix("content-length:") {
                length = text.trim().parse().unwrap_or(0);
            }
            close |= line == "connection: close";
        }
        let mut sent = vec![0; length];
        stream.read_exact(&mut sent)?;
        let mut words = first.split(' ');
        let method = words.next().unwrap_or_default();
        let path = words.next().unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let found = pages.lock().unwrap().get(path).cloned();
        let (status, headers, body) = match found {
            // What is sent comes back.
            None if path == "/echo" => (200, String::new(), sent),
            None => (404, String::new(), b"nothing here\n".to_vec()),
            Some(page) => page,
        };
        let out = stream.get_mut();
        write!(
            out,
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        )?;
        if method != "HEAD" {
            out.write_all(&body)?;
        }
        out.flush()?;
        if close {
            return Ok(());
        }
    }
}
