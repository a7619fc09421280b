//! The host's side of a connection: a socket, to the far side itself or to a proxy, which may want TLS.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::proxy::Proxy;
use crate::tls::host_roots;

/// What bytes are carried over.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Whichever it is.
pub type Outer = Box<dyn Connection>;

/// TLS with proxies, made ready for the first that wants it: it reads the host's store of certificates.
#[derive(Default)]
pub struct ProxyTls {
    connector: OnceLock<TlsConnector>,
}

impl ProxyTls {
    /// A connection to `proxy` over `stream`, which leads to it.
    ///
    /// # Errors
    /// When the proxy has no certificate for its name that the host trusts, or speaks no TLS.
    pub async fn reach(&self, proxy: &Proxy, stream: TcpStream) -> io::Result<Outer> {
        if !proxy.wants_tls() {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(proxy.host().to_owned()).map_err(io::Error::other)?;
        let connector = match self.connector.get() {
            Some(connector) => connector,
            None => {
                let made = connector(host_roots())?;
                self.connector.get_or_init(|| made)
            }
        };
        Ok(Box::new(connector.connect(name, stream).await?))
    }
}

fn connector(roots: RootCertStore) -> io::Result<TlsConnector> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use rustls::ServerConfig;
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::proxy;

    const REQUEST: &[u8] = b"CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1:443\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n";

    /// A proxy behind TLS that makes one tunnel and says hello in it; its URL, and who trusts it.
    async fn proxy_behind_tls() -> (String, ProxyTls) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://me:pw@{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
            let mut request = vec![0; REQUEST.len()];
            stream.read_exact(&mut request).await?;
            assert_eq!(request, REQUEST);
            stream.write_all(b"HTTP/1.1 200 Yes\r\n\r\nhello").await?;
            stream.shutdown().await
        });
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        let trusting = ProxyTls {
            connector: OnceLock::from(connector(roots).unwrap()),
        };
        (url, trusting)
    }

    async fn hello_through(url: &str, tls: &ProxyTls) -> io::Result<String> {
        let proxy = Proxy::parse(url).unwrap();
        let stream = TcpStream::connect(&proxy.authority).await?;
        let mut outer = tls.reach(&proxy, stream).await?;
        proxy::tunnel(&mut outer, &proxy, "192.0.2.1:443".parse().unwrap()).await?;
        let mut told = String::new();
        outer.read_to_string(&mut told).await?;
        Ok(told)
    }

    #[tokio::test]
    async fn a_proxy_behind_tls_makes_tunnels() {
        let (url, trusting) = proxy_behind_tls().await;
        assert_eq!(hello_through(&url, &trusting).await.unwrap(), "hello");
    }

    #[tokio::test]
    async fn a_proxy_that_the_host_does_not_trust_is_not_asked() {
        let (url, _) = proxy_behind_tls().await;
        let error = hello_through(&url, &ProxyTls::default()).await.unwrap_err();
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}
