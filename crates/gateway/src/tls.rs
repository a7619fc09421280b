//! TLS without a socket: bytes in, bytes out.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};

use crate::limits::{TLS_OUTPUT_MAX_BYTES, TLS_PLAINTEXT_MAX_BYTES, TLS_ROOTS_MAX_BYTES};

/// How a connection is to be made.
#[derive(Clone, Copy, Debug, Default)]
pub struct TlsOptions<'a> {
    /// Take any certificate.
    pub any_certificate: bool,
    /// Take a certificate for any name.
    pub any_name: bool,
    /// Certificates (PEM) that are trusted beside the host's.
    pub roots: &'a [u8],
    /// Protocols to offer (ALPN).
    pub protocols: &'a [Vec<u8>],
}

/// Why there is no connection. The numbers are OpenSSL's, which programs know.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate is not accepted.
    #[error("certificate verify failed: {reason}")]
    Certificate {
        /// `X509_V_ERR_…`.
        code: u32,
        /// In words.
        reason: String,
    },
    /// Anything else.
    #[error("{0}")]
    Protocol(String),
}

impl From<Error> for TlsError {
    fn from(error: Error) -> Self {
        let certificate = |code, reason: &str| Self::Certificate {
            code,
            reason: reason.to_owned(),
        };
        match error {
            Error::InvalidCertificate(fault) => match fault {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    certificate(10, "certificate has expired")
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    certificate(9, "certificate is not yet valid")
                }
                CertificateError::UnknownIssuer => {
                    certificate(20, "unable to get local issuer certificate")
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => certificate(
                    62,
                    "Hostname mismatch, certificate is not valid for this name",
                ),
                CertificateError::Revoked => certificate(23, "certificate revoked"),
                other => certificate(1, &other.to_string()),
            },
            other => Self::Protocol(other.to_string()),
        }
    }
}

/// The host's store of certificates, read once, and what connections are made with.
#[derive(Default)]
pub struct Tls {
    host: OnceLock<RootCertStore>,
}

impl Tls {
    fn host(&self) -> &RootCertStore {
        self.host.get_or_init(host_roots)
    }

    /// A connection to the host `name`, at its beginning.
    ///
    /// # Errors
    /// When `name` is none, or the added certificates are too many or not readable.
    pub fn connect(&self, name: &str, options: &TlsOptions<'_>) -> Result<TlsConnection, TlsError> {
        let fault = |text: &str| TlsError::Protocol(text.to_owned());
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(literal.to_owned())
            .map_err(|_| fault("not the name of a host"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = self.host().clone();
        if options.roots.len() > TLS_ROOTS_MAX_BYTES {
            return Err(fault("too many certificates"));
        }
        for certificate in CertificateDer::pem_slice_iter(options.roots) {
            let certificate = certificate.map_err(|_| fault("certificates that are no PEM"))?;
            // Stores carry some that are too old to be understood.
            let _ = roots.add(certificate);
        }
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let mut config = if options.any_certificate || options.any_name || roots.is_empty() {
            let strict = if options.any_certificate || roots.is_empty() {
                None
            } else {
                let verifier = WebPkiServerVerifier::builder_with_provider(
                    Arc::new(roots),
                    Arc::clone(&provider),
                );
                Some(
                    verifier
                        .build()
                        .map_err(|error| fault(&error.to_string()))?,
                )
            };
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Lenient {
                    provider,
                    strict,
                    any: options.any_certificate,
                }))
                .with_no_client_auth()
        } else {
            builder.with_root_certificates(roots).with_no_client_auth()
        };
        config.alpn_protocols = options.protocols.to_vec();
        // A ticket would tell a server that two sessions are on one host.
        config.resumption = rustls::client::Resumption::disabled();
        let mut inner = ClientConnection::new(Arc::new(config), name)?;
        inner.set_buffer_limit(Some(TLS_OUTPUT_MAX_BYTES));
        Ok(TlsConnection {
            inner,
            plaintext: Vec::new(),
            start: 0,
            ended: false,
        })
    }
}

/// Reads the host's store: `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set, else the system's.
pub(crate) fn host_roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a part of the store of certificates cannot be read");
    }
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!("this machine has no certificates: no TLS connection will be verified");
    }
    store
}

/// What a read finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// So many bytes.
    Bytes(usize),
    /// Nothing before more ciphertext comes.
    Nothing,
    /// The end, as the other side said.
    End,
}

/// A TLS connection: what it is asked to send waits to be taken, what it received waits to be read.
pub struct TlsConnection {
    inner: ClientConnection,
    /// What was received; read up to `start`.
    plaintext: Vec<u8>,
    start: usize,
    /// The other side said that nothing more comes.
    ended: bool,
}

impl TlsConnection {
    /// Takes ciphertext from the other side. An error leaves an alert to be sent.
    ///
    /// # Errors
    /// What ends the connection; also that nobody reads what came before.
    pub fn receive(&mut self, mut ciphertext: &[u8]) -> Result<(), TlsError> {
        while !ciphertext.is_empty() {
            if self.plaintext.len() - self.start > TLS_PLAINTEXT_MAX_BYTES {
                return Err(TlsError::Protocol(
                    "what was received is not read".to_owned(),
                ));
            }
            let taken = self
                .inner
                .read_tls(&mut ciphertext)
                .map_err(|error| TlsError::Protocol(error.to_string()))?;
            let state = self.inner.process_new_packets()?;
            let pending = state.plaintext_bytes_to_read();
            self.ended |= state.peer_has_closed();
            if pending > 0 {
                if self.start == self.plaintext.len() {
                    self.plaintext.clear();
                    self.start = 0;
                }
                let before = self.plaintext.len();
                self.plaintext.resize(before + pending, 0);
                self.inner
                    .reader()
                    .read_exact(&mut self.plaintext[before..])
                    .map_err(|error| TlsError::Protocol(error.to_string()))?;
            }
            if taken == 0 {
                // After the end nothing more is looked at.
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes ciphertext for the other side: as much as fits.
    pub fn send(&mut self, buffer: &mut [u8]) -> usize {
        let mut out = &mut buffer[..];
        let room = out.len();
        while self.inner.wants_write() && !out.is_empty() {
            if self.inner.write_tls(&mut out).unwrap_or(0) == 0 {
                break;
            }
        }
        room - out.len()
    }

    /// Whether there is ciphertext for the other side.
    pub fn wants_send(&self) -> bool {
        self.inner.wants_write()
    }

    /// Reads what was received.
    pub fn read(&mut self, buffer: &mut [u8]) -> Found {
        let ready = &self.plaintext[self.start..];
        if ready.is_empty() {
            return if self.ended {
                Found::End
            } else {
                Found::Nothing
            };
        }
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.start += count;
        if self.start == self.plaintext.len() {
            self.plaintext = Vec::new();
            self.start = 0;
        }
        Found::Bytes(count)
    }

    /// Bytes that could be read at once.
    pub fn pending(&self) -> usize {
        self.plaintext.len() - self.start
    }

    /// Writes plaintext: as much as there is room for. 0 before anything was sent of what waits.
    pub fn write(&mut self, plaintext: &[u8]) -> usize {
        self.inner.writer().write(plaintext).unwrap_or(0)
    }

    /// Whether the handshake is still under way.
    pub fn is_handshaking(&self) -> bool {
        self.inner.is_handshaking()
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self) {
        self.inner.send_close_notify();
    }

    /// The protocol's version, such as `TLSv1.3`.
    pub fn version(&self) -> &'static str {
        match self.inner.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
            _ => "",
        }
    }

    /// The cipher suite, as OpenSSL calls it.
    pub fn cipher(&self) -> String {
        let suite = self.inner.negotiated_cipher_suite();
        let name = suite.and_then(|suite| suite.suite().as_str().map(str::to_owned));
        name.unwrap_or_default().replace("TLS13_", "TLS_")
    }

    /// The protocol that was agreed on (ALPN).
    pub fn protocol(&self) -> &[u8] {
        self.inner.alpn_protocol().unwrap_or_default()
    }

    /// The other side's certificates (DER), its own first.
    pub fn certificates(&self) -> Vec<Vec<u8>> {
        let chain = self.inner.peer_certificates().unwrap_or_default();
        chain.iter().map(|der| der.to_vec()).collect()
    }
}

/// A verifier for those who asked not to be protected.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    /// Checks all but the name.
    strict: Option<Arc<WebPkiServerVerifier>>,
    any: bool,
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.any {
            return Ok(ServerCertVerified::assertion());
        }
        let Some(strict) = &self.strict else {
            return Err(CertificateError::UnknownIssuer.into());
        };
        match strict.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            // The chain is looked at before the name is.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
