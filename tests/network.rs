//! The network of a session: the way out, and its own loopback.

use std::io::Write as _;

use berth_tests::{Person, SITE, SITE_NETWORK, Server, Session, Site, someone};
use serde_json::json;

/// A server whose sessions reach the site, which it trusts or does not.
fn outside(site: &Site, trusting: bool) -> Server {
    let directory = tempfile::tempdir().unwrap().keep();
    let authority = directory.join("authority.pem");
    std::fs::write(&authority, &site.authority).unwrap();
    let mut environ = site.proxy_environ();
    if trusting {
        environ.push(("SSL_CERT_FILE", authority.to_str().unwrap()));
    }
    Server::start_with(&["--egress-allow", SITE_NETWORK], &environ)
}

/// A session in `base`: it starts quickest.
fn base(person: &Person) -> Session<'_> {
    person.session_with(&json!({"environment": "base"}))
}

#[test]
fn curl_gets_and_posts_through_tls_that_the_server_makes() {
    let site = Site::start();
    site.put("/hello", 200, "", "hello\n");
    site.put("/here", 302, "Location: there/../hello\r\n", "");
    let server = outside(&site, true);
    let ann = server.person();
    let session = base(&ann);
    assert_eq!(
        session.say(&format!("curl -fsS https://{SITE}/hello")),
        "hello\n"
    );
    assert_eq!(
        session.say(&format!("curl -fsSL http://{SITE}/here")),
        "hello\n"
    );
    let told = session.say(&format!(
        "curl -s -o out -w '%{{http_code}} %{{size_download}} %{{redirect_url}}' http://{SITE}/here"
    ));
    assert_eq!(told, format!("302 0 http://{SITE}/hello"));
    let sent = session.say(&format!(
        "head -c 300000 /dev/urandom > sent; curl -fsS --data-binary @sent -o back https://{SITE}/echo && cmp sent back && echo same"
    ));
    assert_eq!(sent, "same\n");
    assert_eq!(
        session.say(&format!("curl -fsS -d a=1 -d b=2 https://{SITE}/echo")),
        "a=1&b=2"
    );
    assert_eq!(
        session
            .run(&format!("curl -fsS https://{SITE}/nothing"))
            .exit_code,
        22
    );
    let meter = session.run(&format!("curl -O https://{SITE}/hello && cat hello"));
    assert_eq!(meter.out(), "hello\n");
    assert!(meter.err().contains("% Total    % Received"), "{meter}");
    assert_eq!(
        session.say(&format!("wget -q https://{SITE}/hello -O - ")),
        "hello\n"
    );
    // The server's variables named the proxy, and it was asked for the address that was checked.
    assert!(
        site.tunnels().iter().all(|to| to.starts_with(SITE)),
        "{:?}",
        site.tunnels()
    );
}

#[test]
fn an_authority_that_the_server_does_not_know_is_refused() {
    let site = Site::start();
    site.put("/hello", 200, "", "hello\n");
    let server = outside(&site, false);
    let ann = server.person();
    let session = ann.session(&[]);
    let refused = session.run(&format!("curl https://{SITE}/hello"));
    assert_eq!(refused.exit_code, 60, "{refused}");
    assert!(
        refused.err().contains("SSL certificate problem"),
        "{refused}"
    );
    assert_eq!(
        session.say(&format!("curl -sk https://{SITE}/hello")),
        "hello\n"
    );
    let python = session.run(&format!(
        "python3 -c 'import urllib.request; urllib.request.urlopen(\"https://{SITE}/hello\")'"
    ));
    assert!(
        python.err().contains("CERTIFICATE_VERIFY_FAILED"),
        "{python}"
    );
}

#[test]
fn what_is_not_public_is_refused_by_literal_by_name_and_after_a_redirect() {
    let site = Site::start();
    for (path, to) in [
        ("/metadata", "169.254.169.254"),
        ("/private", "10.0.0.1"),
        ("/mapped", "[::ffff:10.0.0.1]"),
    ] {
        site.put(path, 302, &format!("Location: http://{to}/\r\n"), "");
    }
    let server = outside(&site, true);
    let ann = server.person();
    let session = ann.session(&[]);
    for url in [
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://[fd00::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://192.168.1.1/",
    ] {
        let refused = session.run(&format!("curl -sS '{url}'"));
        assert_eq!(refused.exit_code, 7, "{url}: {refused}");
        assert!(refused.err().contains("egress policy"), "{url}: {refused}");
    }
    for path in ["/metadata", "/private", "/mapped"] {
        let refused = session.run(&format!("curl -sSL 'https://{SITE}{path}'"));
        assert_eq!(refused.exit_code, 7, "{path}: {refused}");
        let python = session.run(&format!(
            "python3 -c 'import urllib.request; urllib.request.urlopen(\"https://{SITE}{path}\")'"
        ));
        assert_ne!(python.exit_code, 0, "{path}: {python}");
    }
    // The host's own loopback is not the session's.
    let port = site.proxy.rsplit(':').next().unwrap();
    assert_eq!(
        session
            .run(&format!("curl -sS http://127.0.0.1:{port}/"))
            .exit_code,
        7
    );
    assert_eq!(
        session
            .run(&format!("curl -sS http://localhost:{port}/"))
            .exit_code,
        7
    );
    assert!(
        site.tunnels().iter().all(|to| to.starts_with(SITE)),
        "{:?}",
        site.tunnels()
    );
}

#[test]
fn a_session_reaches_less_if_it_asks_for_less_and_never_more() {
    let site = Site::start();
    site.put("/hello", 200, "", "hello\n");
    let server = outside(&site, true);
    let ann = server.person();
    let off = ann.session_with(&json!({"environment": "base", "resources": {"egress": "off"}}));
    assert_eq!(off.now()["resources"]["egress"], "off");
    assert_eq!(
        off.run(&format!("curl -sS http://{SITE}/hello")).exit_code,
        7
    );
    assert_eq!(off.run("curl -sS http://example.org/").exit_code, 7);
    assert!(site.tunnels().is_empty(), "{:?}", site.tunnels());

    let closed = Server::start_with(&["--egress", "off"], &[]);
    let ann = closed.person();
    let asked = ann.ask_session(&json!({"environment": "base", "resources": {"egress": "public"}}));
    let problem = asked.refused(&[400, 422]);
    assert_eq!(
        problem["errors"][0]["field"], "resources.egress",
        "{problem}"
    );
}

#[test]
fn python_speaks_https() {
    let site = Site::start();
    site.put("/hello", 200, "", "hello\n");
    let server = outside(&site, true);
    let ann = server.person();
    for environment in ["python-3.14", "python-3.12"] {
        let session = ann.session_with(&json!({"environment": environment}));
        let script = format!(
            "import http.client, ssl, urllib.request\n\
             print(urllib.request.urlopen('https://{SITE}/hello').read())\n\
             c = http.client.HTTPSConnection('{SITE}')\n\
             body = bytes(range(256)) * 2000\n\
             c.request('POST', '/echo', body)\n\
             print(c.getresponse().read() == body)\n\
             print(c.sock.version()[:4], dict(c.sock.getpeercert())['subjectAltName'])\n"
        );
        let output = session.exec(&json!({"argv": ["python3", "-"], "stdin": script}));
        let expected = format!("b'hello\\n'\nTrue\nTLSv (('IP Address', '{SITE}'),)\n");
        assert_eq!(output.out(), expected, "{environment}: {output}");
    }
}

/// A wheel of nothing but a version.
fn wheel(name: &str, version: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let info = format!("{name}-{version}.dist-info");
    for (path, text) in [
        (format!("{name}.py"), format!("__version__ = '{version}'\n")),
        (
            format!("{info}/METADATA"),
            format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"),
        ),
        (
            format!("{info}/WHEEL"),
            "Wheel-Version: 1.0\nGenerator: berth\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                .to_owned(),
        ),
        (format!("{info}/RECORD"), String::new()),
    ] {
        zip.start_file(path, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn pip_installs_from_an_index_through_https_and_it_stays_in_the_folder() {
    let site = Site::start();
    let html = "Content-Type: text/html\r\n";
    site.put(
        "/simple/harbour/",
        200,
        html,
        "<a href=\"/files/harbour-1.5-py3-none-any.whl\">harbour-1.5-py3-none-any.whl</a>",
    );
    site.put(
        "/files/harbour-1.5-py3-none-any.whl",
        200,
        "",
        wheel("harbour", "1.5"),
    );
    let server = outside(&site, true);
    let ann = server.person();
    ann.folder(".local");
    let first = ann.session(&[]);
    let installed = first.run(&format!(
        "pip install --index-url https://{SITE}/simple/ harbour"
    ));
    assert_eq!(installed.exit_code, 0, "{installed}");
    assert!(
        installed
            .out()
            .contains("Successfully installed harbour-1.5"),
        "{installed}"
    );
    first.end();
    let second = ann.session(&[]);
    assert_eq!(
        second.say("python3 -c 'import harbour; print(harbour.__version__)'"),
        "1.5\n"
    );
}

#[test]
fn pip_installs_from_its_own_index() {
    // Whether this machine reaches one at all is asked of its own pip.
    let directory = tempfile::tempdir().unwrap();
    let reached = std::process::Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-cache-dir",
            "--retries",
            "0",
            "--timeout",
            "20",
            "-d",
        ])
        .arg(directory.path())
        .arg("tqdm")
        .env_remove("PIP_FIND_LINKS")
        .output();
    if !reached.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this machine's own pip does not reach an index");
        return;
    }
    // A closed network serves it from any address.
    let server = Server::start_with(
        &["--egress-allow", "0.0.0.0/0", "--egress-allow", "::/0"],
        &[],
    );
    let ann = server.person();
    ann.folder(".local");
    let first = ann.session(&[]);
    let mut terminal = first.terminal();
    terminal.wait_for_prompt();
    terminal.enter("pip install tqdm");
    terminal.wait_for("Successfully installed tqdm");
    terminal.close();
    first.end();
    let second = ann.session(&[]);
    assert!(
        second
            .say("python3 -c 'import tqdm; print(tqdm.__version__)'")
            .starts_with('4')
    );
}

#[test]
fn processes_of_a_session_reach_each_other_and_nobody_elses() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("mkdir site && echo from the session > site/index.html");
    session.say("cd site && (python3 -m http.server 8000 > ../log 2>&1 &) ; for n in $(seq 300); do curl -s -o /dev/null http://localhost:8000/ && exit 0; sleep 0.1; done; cat ../log; exit 1");
    assert_eq!(
        session.say("curl -fsS http://127.0.0.1:8000/"),
        "from the session\n"
    );
    let other = base(&ann);
    assert_eq!(other.run("curl -sS http://127.0.0.1:8000/").exit_code, 7);

    // Its owner reaches it through the server, and nobody else does.
    let url = format!("{}/ports/8000", session.url());
    let page = ann.get(&format!("{url}/")).must(200);
    assert_eq!(page.text(), "from the session\n");
    assert!(
        page.header("content-security-policy")
            .starts_with("sandbox"),
        "{page}"
    );
    assert_eq!(ann.get(&format!("{url}/nothing")).status, 404);
    let bob = someone();
    bob.get(&format!("{url}/")).refused(&[404]);
    ann.get(&format!("{}/ports/8001/", session.url()))
        .refused(&[502]);
}

#[test]
fn a_wait_for_the_network_ends_with_a_key() {
    let ann = someone();
    let session = ann.session(&[]);
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    for script in [
        // A connection that nobody ever writes to.
        "import socket; l = socket.create_server((\"127.0.0.1\", 0)); c = socket.create_connection(l.getsockname()); print(\"wait\" \"ing\", flush=True); c.recv(1)",
        "import socket; l = socket.create_server((\"127.0.0.1\", 0)); print(\"wait\" \"ing\", flush=True); l.accept()",
        "import socket; l = socket.create_server((\"127.0.0.1\", 0)); c = socket.create_connection(l.getsockname(), timeout=600); print(\"wait\" \"ing\", flush=True); c.recv(1)",
    ] {
        terminal.enter("clear");
        terminal.wait_for_prompt();
        terminal.enter(&format!("python3 -c '{script}'"));
        terminal.wait_for("waiting");
        terminal.type_bytes(b"\x03");
        terminal.wait_for("KeyboardInterrupt");
        terminal.wait_for_prompt();
    }
}

/// A WebSocket server that sends back what it gets.
const ECHO: &str = r#"
import socket, hashlib, base64
l = socket.create_server(("127.0.0.1", 8000))
print("ready", flush=True)
while True:
    c, _ = l.accept()
    f = c.makefile("rb")
    key = ""
    while line := f.readline().strip().decode():
        name, _, value = line.partition(":")
        if name.lower() == "sec-websocket-key":
            key = value.strip()
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    head = "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    c.sendall((head + base64.b64encode(digest).decode() + "\r\n\r\n").encode())
    while (start := f.read(2)) and start[0] & 15 != 8:
        mask, data = f.read(4), f.read(start[1] & 127)
        c.sendall(bytes([start[0], len(data)]) + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
    c.close()
"#;

#[test]
fn a_web_socket_reaches_a_port_of_its_owners_session() {
    let ann = someone();
    let session = ann.session(&[]);
    let started = "cat > echo.py; (python3 echo.py > log 2>&1 &); \
                   for n in $(seq 300); do grep -q ready log && exit 0; sleep 0.1; done; cat log; exit 1";
    let output = session.exec(&json!({"command": started, "stdin": ECHO}));
    assert_eq!(output.exit_code, 0, "{output}");
    let url = format!("{}/ports/8000/echo", session.url());
    let answers = berth_tests::web_socket_echo(&ann, &url, &["hello", "again"]);
    assert_eq!(answers, ["hello", "again"]);
    let bob = someone();
    let headers = [("authorization", bob.authorization())];
    assert_eq!(berth_tests::Terminal::refusal(&bob, &url, &headers), 404);
}
