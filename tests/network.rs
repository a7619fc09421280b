//! The network of a session: the way out, and its own loopback.

use std::io::Write as _;

use berth_tests::{Person, SITE, SITE_NETWORK, Server, Session, Site, someone};
use serde_json::json;
use sha2::{Digest as _, Sha256};

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

/// An index of one package: its wheel, and the page that names the wheel's digest, which is answered.
fn index(site: &Site, name: &str, wheel: Vec<u8>) -> String {
    let digest = Sha256::digest(&wheel);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = format!("{name}-1.5-py3-none-any.whl");
    let page = format!("<a href=\"/files/{file}#sha256={digest}\">{file}</a>");
    let html = "Content-Type: text/html\r\n";
    site.put(&format!("/simple/{name}/"), 200, html, page);
    site.put(&format!("/files/{file}"), 200, "", wheel);
    digest
}

#[test]
fn what_one_session_downloaded_every_session_has_and_digests_are_checked() {
    let site = Site::start();
    let digest = index(&site, "harbour", wheel("harbour", "1.5"));
    let server = outside(&site, true);
    let install = format!("pip install --index-url https://{SITE}/simple/ harbour 2>&1");
    let ann = server.person();
    for environment in ["python-3.14", "python-3.12"] {
        let session = ann.session_with(&json!({"environment": environment}));
        let installed = session.say(&install);
        let cached = environment == "python-3.12";
        assert_eq!(installed.contains("Using cached"), cached, "{installed}");
    }
    // The file itself is gone; another person's session gets it all the same.
    site.put("/files/harbour-1.5-py3-none-any.whl", 404, "", "");
    let bob = server.person();
    let session = bob.session(&[]);
    let installed = session.say(&install);
    assert!(installed.contains("Using cached harbour"), "{installed}");
    assert_eq!(
        session.say("python3 -c 'import harbour; print(harbour.__version__)'"),
        "1.5\n"
    );
    // Whoever may not go out has no news of the outside.
    let closed = bob.session_with(&json!({"resources": {"egress": "off"}}));
    let script = "import sys; from _berth import door; \
                  print(door.downloads.find(bytes.fromhex(sys.argv[1]))[0])";
    let ask = json!({"argv": ["python3", "-c", script, digest]});
    assert_eq!(session.exec(&ask).out(), "0\n");
    let refused = closed.exec(&ask);
    assert_eq!(refused.out(), "58\n", "{refused}");
    // Spoiled on the disk, it is not handed out any more.
    std::fs::write(server.data().join("downloads").join(&digest), "spoiled").unwrap();
    let spoiled = session.run(&install.replace(" 2>&1", " --force-reinstall 2>&1"));
    assert_ne!(spoiled.exit_code, 0, "{spoiled}");
    assert!(spoiled.out().contains("404"), "{spoiled}");
}

#[test]
fn what_does_not_have_the_digest_that_the_index_names_is_not_installed() {
    let site = Site::start();
    index(&site, "harbour", wheel("harbour", "1.5"));
    let other = wheel("harbour", "1.6");
    site.put("/files/harbour-1.5-py3-none-any.whl", 200, "", other);
    let server = outside(&site, true);
    let ann = server.person();
    for _ in 0..2 {
        let session = ann.session(&[]);
        let refused = session.run(&format!(
            "pip install --index-url https://{SITE}/simple/ harbour 2>&1"
        ));
        assert_ne!(refused.exit_code, 0, "{refused}");
        assert!(
            refused.out().contains("DO NOT MATCH THE HASHES"),
            "{refused}"
        );
    }
}

#[test]
fn sessions_that_install_into_one_folder_at_once_do_not_break_it() {
    let site = Site::start();
    index(&site, "harbour", wheel("harbour", "1.5"));
    index(&site, "quay", wheel("quay", "1.5"));
    let server = outside(&site, true);
    let ann = server.person();
    ann.folder(".local");
    let sessions: Vec<_> = (0..3).map(|_| ann.session(&[])).collect();
    std::thread::scope(|scope| {
        for session in &sessions {
            scope.spawn(move || {
                let installed = session.run(&format!(
                    "pip install --index-url https://{SITE}/simple/ harbour quay 2>&1"
                ));
                assert_eq!(installed.exit_code, 0, "{installed}");
            });
        }
    });
    let session = ann.session(&[]);
    let versions = "import harbour, quay; print(harbour.__version__, quay.__version__)";
    let said = session.exec(&json!({"argv": ["python3", "-c", versions]}));
    assert_eq!(said.out(), "1.5 1.5\n", "{said}");
    assert_eq!(
        session.say("pip freeze --user"),
        "harbour==1.5\nquay==1.5\n"
    );
    assert_eq!(session.say("pip check"), "No broken requirements found.\n");
    let removed = session.say("pip uninstall -y harbour quay 2>&1");
    assert!(removed.contains("Successfully uninstalled"), "{removed}");
    assert_eq!(
        session.say(
            "pip freeze --user; find .local -name '*harbour*' -o -name '*quay*' -o -name '.pip*'"
        ),
        ""
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
    // What is longer than half a megabyte is downloaded with a bar.
    terminal.enter("pip install tqdm mpmath");
    terminal.wait_for("Successfully installed mpmath");
    let screen = terminal.screen();
    assert!(screen.contains("━━━"), "{screen}");
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

#[test]
fn a_browser_that_opens_a_port_gets_an_address_that_is_a_right_by_itself() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("mkdir site && echo hello > site/index.html && echo 'x = 1' > site/a.js");
    session.say("cd site && (python3 -m http.server 8000 > ../log 2>&1 &) ; for n in $(seq 300); do curl -s -o /dev/null http://localhost:8000/ && exit 0; sleep 0.1; done; cat ../log; exit 1");
    let port = format!("{}/ports/8000/", session.url());
    let ask = |url: &str, headers: &[(&str, &str)]| ann.send_plainly("GET", url, headers);
    let (cookie, token) = (ann.browser(), ann.authorization());
    let opened = ask(
        &port,
        &[("cookie", &*cookie), ("sec-fetch-mode", "navigate")],
    )
    .must(307);
    let page = opened.header("location").to_owned();
    let answer = ask(&page, &[("origin", "null")]).must(200);
    assert_eq!(answer.text(), "hello\n");
    for (name, value) in [
        ("access-control-allow-origin", "null"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox ") && !policy.contains("same-origin"),
        "{policy}"
    );
    // What its server says is told as it is, and other sites get no leave to read it.
    let missing = ask(&format!("{page}none"), &[("origin", "https://example.org")]).must(404);
    assert_eq!(missing.header("access-control-allow-origin"), "");
    assert!(missing.text().contains("File not found"), "{missing}");
    // A browser asks before a page sends something that is not plain.
    let asks = [
        ("origin", "null"),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "x-own"),
    ];
    let leave = ann.send_plainly("OPTIONS", &page, &asks).must(204);
    assert_eq!(leave.header("access-control-allow-methods"), "PUT");
    assert_eq!(leave.header("access-control-allow-headers"), "x-own");
    // A program with a token, and a browser that opens no page, are answered at once.
    ask(
        &port,
        &[("authorization", &*token), ("sec-fetch-mode", "navigate")],
    )
    .must(200);
    ask(&port, &[("cookie", &*cookie), ("sec-fetch-mode", "cors")]).must(200);
    // It opens nothing else, is not to be guessed, and ends with the log-in that it was made for.
    ask(&page.replace("/ports/", "/ports/x"), &[]).refused(&[404]);
    ask(&port.replace("8000", "8001"), &[]).refused(&[401]);
    let logout = [("cookie", cookie.as_str())];
    ann.send_plainly("POST", "/api/v1/logout", &logout)
        .must(204);
    berth_tests::wait_until("the address to end", || {
        (ask(&page, &[]).status == 404).then_some(())
    });
}
