//! Files in folders over HTTP: read, written, moved, removed, downloaded as an archive.

use std::io::{Cursor, Read as _, Write as _};
use std::net::TcpStream;

use berth_tests::{Answer, Person, encode, someone, wait_until};
use serde_json::{Value, json};
use zip::ZipArchive;

/// Somebody with a folder called `data`.
fn with_data() -> Person {
    let ann = someone();
    ann.folder("data");
    ann
}

fn put_if(ann: &Person, path: &str, header: (&str, &str), content: &str) -> Answer {
    let url = Person::content("data", path);
    ann.send("PUT", &url, &[header], Some(content.as_bytes()))
}

fn get_with(ann: &Person, path: &str, headers: &[(&str, &str)]) -> Answer {
    ann.send("GET", &Person::content("data", path), headers, None)
}

/// Bytes that look like no others, so that a part at the wrong place is noticed.
fn pattern(length: usize) -> Vec<u8> {
    let word = |at: usize| {
        (at as u64)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .to_le_bytes()
    };
    (0..length.div_ceil(8))
        .flat_map(word)
        .take(length)
        .collect()
}

#[test]
fn what_is_written_is_read_again_byte_by_byte() {
    let ann = with_data();
    for length in [0, 1, 4095, 65_536, 3_000_001] {
        let content = pattern(length);
        ann.put("data", "file", &content).fine();
        let answer = ann.download("data", "file").must(200);
        assert_eq!(answer.header("content-length"), length.to_string());
        assert!(answer.body == content, "{length} bytes came back changed");
    }
    let created = ann.put("data", "new/in/a/deep/place", "x").fine();
    assert_eq!(created.status, 201);
    assert_eq!(ann.download("data", "new/in/a/deep/place").text(), "x");
}

#[test]
fn a_list_tells_names_kinds_and_sizes() {
    let ann = with_data();
    ann.put("data", "b.txt", "12345").fine();
    ann.put("data", "sub/inner", "").fine();
    let session = ann.session(&["data"]);
    session.say("ln -s b.txt data/link");
    let mut items = ann.files("data", "");
    items.sort_by_key(|item| item["name"].as_str().unwrap().to_owned());
    let shown: Vec<_> = items
        .iter()
        .map(|item| (&item["name"], &item["kind"]))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!("b.txt"), &json!("file")),
            (&json!("link"), &json!("link")),
            (&json!("sub"), &json!("directory")),
        ]
    );
    assert_eq!(items[0]["size"], 5);
    let modified = items[0]["modified"].as_str().unwrap();
    assert!(
        modified.contains('T') && modified.ends_with('Z'),
        "{modified}"
    );
    assert!(items[0]["mode"].is_u64());
    assert_eq!(ann.names("data", "/sub"), ["inner"]);
    assert_eq!(ann.names("data", "sub"), ["inner"]);
    ann.get("/api/v1/folders/data/files?path=/nowhere")
        .refused(&[404]);
    ann.get("/api/v1/folders/data/files?path=/b.txt")
        .refused(&[400, 404, 409, 422]);
}

#[test]
fn head_says_what_get_would() {
    let ann = with_data();
    ann.put("data", "file.txt", "hello").fine();
    let url = Person::content("data", "file.txt");
    let head = ann.send("HEAD", &url, &[], None).must(200);
    let get = ann.get(&url).must(200);
    assert!(head.body.is_empty());
    for name in [
        "content-length",
        "content-type",
        "etag",
        "accept-ranges",
        "content-disposition",
    ] {
        assert_eq!(head.header(name), get.header(name), "{name}");
        assert!(!get.header(name).is_empty(), "{name} is missing");
    }
    assert_eq!(get.header("content-length"), "5");
    let missing = ann.send("HEAD", &Person::content("data", "nothing"), &[], None);
    missing.must(404);
}

#[test]
fn a_part_of_a_file_can_be_asked_for() {
    let ann = with_data();
    ann.put("data", "file", "0123456789").fine();
    for (range, part, content_range) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=4-", "456789", "bytes 4-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
        ("bytes=9-9", "9", "bytes 9-9/10"),
    ] {
        let answer = get_with(&ann, "file", &[("range", range)]).must(206);
        assert_eq!(answer.text(), part, "{range}");
        assert_eq!(answer.header("content-range"), content_range, "{range}");
        assert_eq!(
            answer.header("content-length"),
            part.len().to_string(),
            "{range}"
        );
    }
    // What is no range of bytes is as if it were not there (RFC 9110, 14.2).
    for range in ["bytes=x-y", "lines=1-2", "bytes=5-2", "bytes"] {
        let answer = get_with(&ann, "file", &[("range", range)]);
        assert!(
            answer.status == 200 && answer.text() == "0123456789" || answer.status == 416,
            "{range}: {answer}"
        );
    }
}

#[test]
fn a_range_past_the_end_is_told_so() {
    let ann = with_data();
    ann.put("data", "file", "0123456789").fine();
    ann.put("data", "empty", "").fine();
    for (path, range, length) in [
        ("file", "bytes=10-", 10),
        ("file", "bytes=10-20", 10),
        ("file", "bytes=18446744073709551615-", 10),
        ("file", "bytes=-0", 10),
        ("empty", "bytes=0-", 0),
    ] {
        let answer = get_with(&ann, path, &[("range", range)]);
        answer.refused(&[416]);
        assert_eq!(
            answer.header("content-range"),
            format!("bytes */{length}"),
            "{range}"
        );
    }
}

#[test]
fn nothing_is_sent_twice_to_who_has_it() {
    let ann = with_data();
    ann.put("data", "file", "first").fine();
    let etag = ann.download("data", "file").header("etag").to_owned();
    assert!(
        etag.starts_with('"') && etag.ends_with('"'),
        "the ETag is {etag}"
    );
    let same = get_with(&ann, "file", &[("if-none-match", &etag)]).must(304);
    assert!(same.body.is_empty());
    get_with(&ann, "file", &[("if-none-match", "\"another\"")]).must(200);
    let part = get_with(&ann, "file", &[("range", "bytes=1-2"), ("if-range", &etag)]);
    assert_eq!(part.must(206).text(), "ir");

    ann.put("data", "file", "second").fine();
    let changed = get_with(&ann, "file", &[("if-none-match", &etag)]).must(200);
    assert_ne!(
        changed.header("etag"),
        etag,
        "another content with the same ETag"
    );
    let whole = get_with(&ann, "file", &[("range", "bytes=1-2"), ("if-range", &etag)]);
    assert_eq!(whole.must(200).text(), "second", "a part of another file");
}

#[test]
fn a_session_that_changes_a_file_changes_its_etag() {
    let ann = with_data();
    ann.put("data", "file", "first").fine();
    let etag = ann.download("data", "file").header("etag").to_owned();
    let session = ann.session(&["data"]);
    session.say("echo more >> data/file");
    let answer = get_with(&ann, "file", &[("if-none-match", &etag)]).must(200);
    assert_eq!(answer.text(), "firstmore\n");
}

#[test]
fn nobody_overwrites_what_they_have_not_seen() {
    let ann = with_data();
    put_if(&ann, "file", ("if-match", "*"), "x").refused(&[412]);
    assert!(ann.names("data", "").is_empty());
    put_if(&ann, "file", ("if-none-match", "*"), "first").fine();
    put_if(&ann, "file", ("if-none-match", "*"), "second").refused(&[412]);
    let etag = ann.download("data", "file").header("etag").to_owned();
    put_if(&ann, "file", ("if-match", &etag), "second").fine();
    put_if(&ann, "file", ("if-match", &etag), "third").refused(&[412]);
    put_if(&ann, "file", ("if-match", "\"another\""), "third").refused(&[412]);
    assert_eq!(ann.download("data", "file").text(), "second");
    let url = Person::content("data", "file");
    ann.send("DELETE", &url, &[("if-match", &etag)], None)
        .refused(&[412]);
    assert_eq!(ann.names("data", ""), ["file"]);
}

#[test]
fn readers_see_the_old_file_or_the_new_one_and_nothing_between() {
    const LENGTH: usize = 1 << 20;
    const ROUNDS: usize = 20;
    let ann = with_data();
    let write = |letter: u8| ann.put("data", "file", vec![letter; LENGTH]).fine();
    write(b'a');
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for round in 0..ROUNDS {
                write(if round % 2 == 0 { b'b' } else { b'a' });
            }
        });
        while !writer.is_finished() {
            let seen = ann.download("data", "file").must(200).body;
            assert_eq!(seen.len(), LENGTH, "half a file");
            assert!(
                seen.iter().all(|letter| *letter == seen[0]),
                "two files in one"
            );
        }
    });
    assert_eq!(ann.names("data", ""), ["file"], "something is left over");
}

/// Begins to upload a file that says to be longer than what comes, and hangs up.
fn cut_upload(ann: &Person, path: &str, said: usize, sent: usize) {
    let address = ann.url().strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: {address}\r\nauthorization: {}\r\ncontent-length: {said}\r\n\r\n",
        Person::content("data", path),
        ann.authorization(),
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&pattern(sent)).unwrap();
}

#[test]
fn an_upload_that_is_cut_off_leaves_everything_as_it_was() {
    let ann = with_data();
    ann.put("data", "old", "as it was").fine();
    cut_upload(&ann, "old", 8 << 20, 3 << 20);
    cut_upload(&ann, "new", 8 << 20, 3 << 20);
    cut_upload(&ann, "deep/new", 100, 0);
    // The server notices each at its own time.
    let folder = ann.get("/api/v1/folders/data").json();
    let directory = berth_tests::Server::shared().folder_directory(folder["id"].as_str().unwrap());
    wait_until("the parts of cut uploads to go", || {
        let count = std::fs::read_dir(&directory).unwrap().count();
        (count == 1).then_some(())
    });
    assert_eq!(ann.names("data", ""), ["old"]);
    assert_eq!(ann.download("data", "old").text(), "as it was");
    ann.put("data", "old", "and can be written").fine();
}

#[test]
fn an_upload_under_way_is_seen_by_nobody() {
    let ann = with_data();
    let address = ann.url().strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: {address}\r\nauthorization: {}\r\ncontent-length: 2000000\r\nconnection: close\r\n\r\n",
        Person::content("data", "file"),
        ann.authorization(),
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&pattern(1_500_000)).unwrap();
    let session = ann.session(&["data"]);
    ann.download("data", "file").refused(&[404]);
    assert!(
        ann.names("data", "").is_empty(),
        "the part shows in the list"
    );
    assert_eq!(session.say("ls data"), "");
    let archive = ann
        .get("/api/v1/folders/data/content/?archive=zip")
        .must(200);
    assert_eq!(ZipArchive::new(Cursor::new(archive.body)).unwrap().len(), 0);
    socket.write_all(&pattern(2_000_000)[1_500_000..]).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(ann.download("data", "file").body == pattern(2_000_000));
    assert_eq!(session.say("wc -c < data/file").trim(), "2000000");
}

#[test]
fn files_and_directories_are_removed() {
    let ann = with_data();
    ann.put("data", "file", "x").fine();
    ann.put("data", "full/inner/file", "x").fine();
    ann.post(
        "/api/v1/folders/data/directories",
        &json!({"path": "empty"}),
    )
    .fine();
    let remove = |path: &str| ann.delete(&Person::content("data", path));
    remove("file").must(204);
    remove("file").refused(&[404]);
    remove("empty").must(204);
    remove("full").refused(&[400, 409]);
    assert_eq!(ann.names("data", ""), ["full"]);
    ann.delete(&format!(
        "{}?recursive=true",
        Person::content("data", "full")
    ))
    .must(204);
    assert!(ann.names("data", "").is_empty());
    ann.delete(&format!("{}?recursive=true", Person::content("data", "")))
        .refused(&[400, 404, 405, 409, 422]);
    ann.get("/api/v1/folders/data").must(200);
}

#[test]
fn directories_are_made() {
    let ann = with_data();
    let make = |body: Value| ann.post("/api/v1/folders/data/directories", &body);
    make(json!({"path": "a"})).fine();
    make(json!({"path": "a"})).refused(&[409]);
    make(json!({"path": "b/c"})).refused(&[404, 409]);
    make(json!({"path": "b/c", "parents": true})).fine();
    ann.put("data", "file", "x").fine();
    make(json!({"path": "file/x"})).refused(&[400, 404, 409]);
    make(json!({"path": "file"})).refused(&[409]);
    make(json!({"path": "../x"})).refused(&[400, 404, 422]);
    make(json!({})).refused(&[400, 422]);
    assert_eq!(ann.names("data", ""), ["a", "b", "file"]);
    assert_eq!(ann.names("data", "b"), ["c"]);
}

#[test]
fn files_and_directories_are_moved() {
    let ann = with_data();
    let shift = |from: &str, to: &str| {
        ann.post(
            "/api/v1/folders/data/move",
            &json!({"from": from, "to": to}),
        )
    };
    ann.put("data", "one", "1").fine();
    ann.put("data", "two", "2").fine();
    ann.put("data", "dir/file", "inside").fine();
    shift("one", "renamed").fine();
    shift("renamed", "dir/moved").fine();
    shift("dir", "other").fine();
    assert_eq!(ann.names("data", ""), ["other", "two"]);
    assert_eq!(ann.names("data", "other"), ["file", "moved"]);
    assert_eq!(ann.download("data", "other/moved").text(), "1");

    shift("nothing", "x").refused(&[404]);
    shift("two", "other/file").refused(&[409]);
    shift("other", "other/inside").refused(&[400, 409, 422]);
    shift("two", "../two").refused(&[400, 404, 422]);
    assert_eq!(ann.download("data", "other/file").text(), "inside");
    assert_eq!(ann.download("data", "two").text(), "2");
}

#[test]
fn a_directory_comes_as_a_zip() {
    let ann = with_data();
    let large = pattern(700_001);
    ann.put("data", "한글 👩‍🔬.txt", "hello").fine();
    ann.put("data", "sub/large.bin", &large).fine();
    ann.post(
        "/api/v1/folders/data/directories",
        &json!({"path": "empty"}),
    )
    .fine();
    let answer = ann
        .get("/api/v1/folders/data/content/?archive=zip")
        .must(200);
    assert_eq!(answer.header("content-type"), "application/zip");
    assert!(
        answer.header("content-disposition").contains("data.zip"),
        "{answer}"
    );
    let mut archive = ZipArchive::new(Cursor::new(answer.body)).unwrap();
    let mut names: Vec<String> = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect();
    names.sort();
    let relative = |suffix: &str| names.iter().find(|name| name.ends_with(suffix)).cloned();
    assert!(relative("empty/").is_some(), "{names:?}");
    let mut content = Vec::new();
    let name = relative("한글 👩‍🔬.txt").unwrap_or_else(|| panic!("{names:?}"));
    archive
        .by_name(&name)
        .unwrap()
        .read_to_end(&mut content)
        .unwrap();
    assert_eq!(content, b"hello");
    content.clear();
    let name = relative("sub/large.bin").unwrap_or_else(|| panic!("{names:?}"));
    archive
        .by_name(&name)
        .unwrap()
        .read_to_end(&mut content)
        .unwrap();
    assert!(content == large);

    let part = ann
        .get("/api/v1/folders/data/content/sub?archive=zip")
        .must(200);
    assert_eq!(ZipArchive::new(Cursor::new(part.body)).unwrap().len(), 1);
    ann.get("/api/v1/folders/data/content/?archive=rar")
        .refused(&[400, 422]);
    ann.get("/api/v1/folders/data/content/nothing?archive=zip")
        .refused(&[404]);
}

#[test]
fn a_directory_is_no_file() {
    let ann = with_data();
    ann.put("data", "sub/file", "x").fine();
    ann.download("data", "sub").refused(&[400, 409]);
    ann.put("data", "sub", "x").refused(&[400, 409]);
    ann.put("data", "sub/file/below", "x")
        .refused(&[400, 404, 409]);
    ann.put("data", "", "x").refused(&[400, 404, 405, 409, 422]);
    ann.download("data", "sub/file/below")
        .refused(&[400, 404, 409]);
    assert_eq!(ann.download("data", "sub/file").text(), "x");
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let ann = with_data();
    let other = ann.folder("other");
    ann.put("other", "secret", "of another folder").fine();
    for path in [
        "..".to_owned(),
        "../other/secret".to_owned(),
        "a/../../other/secret".to_owned(),
        format!("../{other}/secret"),
        "%2e%2e/%2e%2e/berth.db".to_owned(),
        "..%2f..%2fberth.db".to_owned(),
        "%2fetc%2fpasswd".to_owned(),
        "/etc/passwd".to_owned(),
        "a%00b".to_owned(),
        "%00".to_owned(),
    ] {
        let url = format!("/api/v1/folders/data/content/{path}");
        for answer in [
            ann.get(&url),
            ann.delete(&url),
            ann.get(&format!("/api/v1/folders/data/files?path={path}")),
        ] {
            answer.refused(&[400, 404, 422]);
        }
    }
    for path in ["../new", "a/../../new", "%2e%2e/new", "a%00b"] {
        let url = format!("/api/v1/folders/data/content/{path}");
        ann.send("PUT", &url, &[], Some(b"x"))
            .refused(&[400, 404, 422]);
    }
    assert!(ann.names("data", "").is_empty());
    assert_eq!(ann.names("other", ""), ["secret"]);
    let data = berth_tests::Server::shared().data();
    assert!(!data.join("volumes/default/new").exists() && !data.join("volumes/new").exists());
}

#[test]
fn a_download_never_runs_as_a_page_of_ours() {
    let ann = with_data();
    ann.put("data", "page.html", "<script>alert(1)</script>")
        .fine();
    ann.put(
        "data",
        "image.svg",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
    )
    .fine();
    for path in ["page.html", "image.svg"] {
        let answer = ann.download("data", path).must(200);
        assert!(
            answer
                .header("content-disposition")
                .starts_with("attachment"),
            "{path} would be shown: {:?}",
            answer.headers
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[test]
fn a_list_of_many_files_is_whole() {
    const FILES: usize = 2500;
    let ann = with_data();
    let session = ann.session(&["data"]);
    session.say(&format!(
        "for n in $(seq 1 {FILES}); do echo $n > data/file-$n; done"
    ));
    let names = ann.names("data", "");
    assert_eq!(names.len(), FILES);
    let url = format!("/api/v1/folders/data/files?path={}&limit=10", encode("/"));
    assert_eq!(
        ann.get(&url).must(200).json()["items"]
            .as_array()
            .map(Vec::len),
        Some(10)
    );
    assert_eq!(session.say("ls data | wc -l").trim(), FILES.to_string());
}
