//! TLS against a server with an authority of its own.

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use berth_gateway::tls::{Found, Tls, TlsConnection, TlsError, TlsOptions};
use common::TlsServer;

/// What the test that is run again under another environment asks for.
const SERVER_VARIABLE: &str = "BERTH_TEST_SERVER";

/// Shakes hands and asks for an echo.
fn echo(server: &TlsServer, name: &str, options: &TlsOptions<'_>) -> Result<String, TlsError> {
    converse(&server.address, name, options)
}

fn converse(address: &str, name: &str, options: &TlsOptions<'_>) -> Result<String, TlsError> {
    let mut tls = Tls::default().connect(name, options)?;
    let mut socket = TcpStream::connect(address).unwrap();
    let mut buffer = vec![0; 16 << 10];
    let mut exchange = |tls: &mut TlsConnection, wait: bool| -> Result<(), TlsError> {
        loop {
            let count = tls.send(&mut buffer);
            if count == 0 {
                break;
            }
            socket.write_all(&buffer[..count]).unwrap();
        }
        if wait {
            let count = socket.read(&mut buffer).unwrap();
            assert_ne!(count, 0, "the server hung up");
            tls.receive(&buffer[..count])?;
        }
        Ok(())
    };
    while tls.is_handshaking() {
        exchange(&mut tls, true)?;
    }
    assert_eq!(tls.write(b"hello"), 5);
    exchange(&mut tls, false)?;
    let mut answer = vec![0; 64];
    loop {
        match tls.read(&mut answer) {
            Found::Bytes(count) => {
                assert!(!tls.version().is_empty() && !tls.certificates().is_empty());
                return Ok(String::from_utf8_lossy(&answer[..count]).into_owned());
            }
            Found::Nothing => exchange(&mut tls, true)?,
            Found::End => return Ok(String::new()),
        }
    }
}

fn code(result: Result<String, TlsError>) -> u32 {
    match result {
        Err(TlsError::Certificate { code, .. }) => code,
        other => panic!("not a refused certificate: {other:?}"),
    }
}

#[test]
fn an_unknown_authority_is_refused_and_an_added_one_is_not() {
    let server = TlsServer::start("localhost");
    let roots = server.authority.as_bytes();
    assert_eq!(code(echo(&server, "localhost", &TlsOptions::default())), 20);
    let added = TlsOptions {
        roots,
        ..TlsOptions::default()
    };
    assert_eq!(echo(&server, "localhost", &added).unwrap(), "hello");
}

#[test]
fn a_certificate_for_another_name_is_refused_unless_any_name_will_do() {
    let server = TlsServer::start("localhost");
    let added = TlsOptions {
        roots: server.authority.as_bytes(),
        ..TlsOptions::default()
    };
    assert_eq!(code(echo(&server, "other.example.org", &added)), 62);
    let any_name = TlsOptions {
        any_name: true,
        ..added
    };
    assert_eq!(
        echo(&server, "other.example.org", &any_name).unwrap(),
        "hello"
    );
    // Any name, but not any authority.
    let unknown = TlsOptions {
        any_name: true,
        ..TlsOptions::default()
    };
    assert_eq!(code(echo(&server, "localhost", &unknown)), 20);
    let any = TlsOptions {
        any_certificate: true,
        ..TlsOptions::default()
    };
    assert_eq!(echo(&server, "localhost", &any).unwrap(), "hello");
}

#[test]
fn the_hosts_store_is_what_ssl_cert_file_says() {
    if let Ok(address) = std::env::var(SERVER_VARIABLE) {
        // The second run, with the variable set before it began.
        let answer = converse(&address, "localhost", &TlsOptions::default());
        assert_eq!(answer.unwrap(), "hello");
        return;
    }
    let server = TlsServer::start("localhost");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("authority.pem");
    std::fs::write(&file, &server.authority).unwrap();
    let again = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_hosts_store_is_what_ssl_cert_file_says"])
        .env(SERVER_VARIABLE, &server.address)
        .env("SSL_CERT_FILE", &file)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stdout)
    );
}
