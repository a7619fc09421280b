//! Files over a real connection: what only shows there.

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use berth_server::serve;
use common::files::{Place, content};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Nothing here takes this long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lets the server answer on a port of its own.
async fn listen(place: &Place) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(
        place.berth.app.clone(),
        listener,
        std::future::pending(),
    ));
    address
}

/// A connection on which the head of a request was sent.
async fn request(
    place: &Place,
    to: SocketAddr,
    method: &str,
    file: &str,
    headers: &str,
) -> TcpStream {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let token = &place.token;
    let path = content(file);
    let head = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nHost: berth\r\nAuthorization: {token}\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The head of the answer, and what came of the body with it.
async fn answer(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let mut received = Vec::new();
    let mut piece = [0; 4096];
    loop {
        if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = received.split_off(end + 4);
            return (String::from_utf8(received).unwrap(), body);
        }
        let count = timeout(PATIENCE, stream.read(&mut piece))
            .await
            .unwrap()
            .unwrap();
        assert!(
            count > 0,
            "no answer but {:?}",
            String::from_utf8_lossy(&received)
        );
        received.extend_from_slice(&piece[..count]);
    }
}

fn count(directory: &Path) -> usize {
    std::fs::read_dir(directory).unwrap().count()
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while !holds() {
        assert!(tokio::time::Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_in_an_upload_changes_nothing() {
    let place = Place::new().await;
    place.put("file", "before").await;
    let address = listen(&place).await;
    let mut stream = request(
        &place,
        address,
        "PUT",
        "file",
        "Content-Length: 10000000\r\n",
    )
    .await;
    stream.write_all(&vec![7; 5_000_000]).await.unwrap();
    let disk = place.disk();
    until("the upload never began", || count(&disk) == 2).await;
    drop(stream);
    until("the upload left something behind", || count(&disk) == 1).await;
    assert_eq!(std::fs::read(disk.join("file")).unwrap(), b"before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_upload_is_told_so_even_by_senders_that_do_not_listen() {
    let place = Place::new().await;
    place.put("file", "before").await;
    let address = listen(&place).await;
    let headers = "Content-Length: 30000000\r\nIf-None-Match: *\r\n";
    let mut stream = request(&place, address, "PUT", "file", headers).await;
    // As browsers do: everything first, the answer afterwards.
    timeout(PATIENCE, stream.write_all(&vec![7; 30_000_000]))
        .await
        .unwrap()
        .unwrap();
    assert!(answer(&mut stream).await.0.starts_with("HTTP/1.1 412 "));
    // The connection is good for the next request.
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: berth\r\n\r\n")
        .await
        .unwrap();
    until_ok(&mut stream).await;
}

/// Reads on until an answer 200 begins.
async fn until_ok(stream: &mut TcpStream) {
    let mut received = Vec::new();
    let mut piece = [0; 4096];
    while !received.windows(12).any(|bytes| bytes == b"HTTP/1.1 200") {
        let count = timeout(PATIENCE, stream.read(&mut piece))
            .await
            .unwrap()
            .unwrap();
        assert!(count > 0, "no second answer");
        received.extend_from_slice(&piece[..count]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_asks_first_sends_nothing_in_vain() {
    let place = Place::new().await;
    place.put("file", "before").await;
    let address = listen(&place).await;
    let ask = "Content-Length: 5\r\nExpect: 100-continue\r\n";
    let mut stream = request(
        &place,
        address,
        "PUT",
        "file",
        &format!("{ask}If-None-Match: *\r\n"),
    )
    .await;
    assert!(answer(&mut stream).await.0.starts_with("HTTP/1.1 412 "));
    let mut stream = request(&place, address, "PUT", "file", ask).await;
    assert!(answer(&mut stream).await.0.starts_with("HTTP/1.1 100 "));
    stream.write_all(b"after").await.unwrap();
    assert!(answer(&mut stream).await.0.starts_with("HTTP/1.1 204 "));
    assert_eq!(std::fs::read(place.disk().join("file")).unwrap(), b"after");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_comes_down_whole_and_its_head_without_a_body() {
    let place = Place::new().await;
    let large: Vec<u8> = (0..20_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    std::fs::write(place.disk().join("large"), &large).unwrap();
    let address = listen(&place).await;

    let mut stream = request(&place, address, "HEAD", "large", "").await;
    let (head, body) = answer(&mut stream).await;
    assert!(
        head.contains("content-length: 20000000\r\n") && body.is_empty(),
        "{head}"
    );

    let mut stream = request(
        &place,
        address,
        "GET",
        "large",
        "Range: bytes=1000-\r\nConnection: close\r\n",
    )
    .await;
    let (head, mut body) = answer(&mut stream).await;
    assert!(
        head.starts_with("HTTP/1.1 206 ") && !head.contains("chunked"),
        "{head}"
    );
    timeout(PATIENCE, stream.read_to_end(&mut body))
        .await
        .unwrap()
        .unwrap();
    assert!(body == large[1000..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_shrinks_while_it_is_sent_is_never_taken_for_whole() {
    let place = Place::new().await;
    let path = place.disk().join("large");
    std::fs::write(&path, vec![7; 50_000_000]).unwrap();
    let address = listen(&place).await;
    let mut stream = request(&place, address, "GET", "large", "").await;
    let (head, mut body) = answer(&mut stream).await;
    assert!(head.contains("content-length: 50000000\r\n"), "{head}");
    std::fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(1000)
        .unwrap();
    // The connection ends before the length that was told, which is how HTTP says it.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut body))
        .await
        .unwrap();
    assert!(body.len() < 50_000_000);
}
