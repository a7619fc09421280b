//! The files of a folder, over HTTP.

mod common;

use std::os::unix::fs::symlink;

use axum::body::{Body, Bytes};
use common::files::{Place, content};
use serde_json::json;

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_file_goes_up_and_comes_down_as_it_was() {
    let place = Place::new().await;
    let put = place.put("sub/dir/file.txt", "hello").await;
    assert_eq!(put.status, 201);
    assert_eq!(
        put.header("location"),
        format!("/api/v1/folders/{}/content/sub/dir/file.txt", place.id)
    );
    let got = place.get(&content("sub/dir/file.txt"), &[]).await;
    assert_eq!(
        (got.status.as_u16(), got.body.as_slice()),
        (200, &b"hello"[..])
    );
    assert_eq!(got.header("etag"), put.header("etag"));
    assert_eq!(got.header("content-length"), "5");
    assert_eq!(got.header("accept-ranges"), "bytes");
    assert_eq!(got.header("content-type"), "text/plain");
    assert_eq!(
        got.header("content-disposition"),
        "attachment; filename=\"file.txt\""
    );
    assert_eq!(got.header("cache-control"), "private, no-cache");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert!(got.header("content-security-policy").contains("sandbox"));
    assert!(got.header("last-modified").ends_with(" GMT"));

    let head = place
        .ask(
            "HEAD",
            &content("sub/dir/file.txt"),
            &[("range", "bytes=1-2")],
            "",
        )
        .await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    for name in [
        "content-length",
        "etag",
        "last-modified",
        "content-type",
        "accept-ranges",
        "content-disposition",
    ] {
        assert_eq!(head.header(name), got.header(name), "{name}");
    }

    let replaced = place.put("sub/dir/file.txt", "longer than before").await;
    assert_eq!((replaced.status.as_u16(), replaced.body.len()), (204, 0));
    assert_ne!(replaced.header("etag"), put.header("etag"));
    assert_eq!(
        place.get(&content("sub/dir/file.txt"), &[]).await.body,
        b"longer than before"
    );
}

#[tokio::test]
async fn a_page_made_of_a_file_is_never_shown() {
    let place = Place::new().await;
    for name in ["a.html", "a.svg", "a.js"] {
        place.put(name, "<script>alert(1)</script>").await;
        let got = place.get(&content(name), &[]).await;
        assert_eq!(got.header("content-type"), "application/octet-stream");
        assert!(got.header("content-disposition").starts_with("attachment"));
    }
}

#[tokio::test]
async fn every_name_goes_through() {
    let place = Place::new().await;
    let long = "x".repeat(255);
    for (encoded, name) in [
        ("%ED%95%9C%EA%B8%80", "한글"),
        ("%F0%9F%9A%80%20a", "🚀 a"),
        ("a%0Ab", "a\nb"),
        ("a%25b", "a%b"),
        ("a+b", "a+b"),
        ("%3F%23", "?#"),
        (&long, &long),
    ] {
        assert_eq!(
            place.put(encoded, name.to_owned()).await.status,
            201,
            "{name}"
        );
        assert_eq!(
            std::fs::read_to_string(place.disk().join(name)).unwrap(),
            name
        );
        assert_eq!(
            place.get(&content(encoded), &[]).await.body,
            name.as_bytes()
        );
        assert!(place.names("").await.contains(&name.to_owned()));
    }
    let korean = place.get(&content("%ED%95%9C%EA%B8%80"), &[]).await;
    assert_eq!(
        korean.header("content-disposition"),
        "attachment; filename=\"__\"; filename*=UTF-8''%ED%95%9C%EA%B8%80"
    );
}

#[tokio::test]
async fn a_name_that_is_no_utf8_is_listed_and_reached_by_its_bytes() {
    let place = Place::new().await;
    assert_eq!(place.put("old/caf%E9", "x").await.status, 201);
    let listed = place.get("/folders/data/files?path=old", &[]).await.json();
    let entry = &listed["items"][0];
    assert_eq!(
        (&entry["name"], &entry["name_encoded"]),
        (&json!("caf\u{fffd}"), &json!("caf%E9"))
    );
    assert_eq!(place.get(&content("old/caf%E9"), &[]).await.body, b"x");
    let moved = place
        .post(
            "/folders/data/move",
            json!({"from": {"encoded": "old/caf%E9"}, "to": "old/café"}),
        )
        .await;
    assert_eq!(moved.status, 204);
    assert_eq!(place.names("old").await, ["café"]);
}

#[tokio::test]
async fn bad_paths_are_refused() {
    let place = Place::new().await;
    let long = "x".repeat(256);
    for path in ["a/../b", "%2e%2e/x", "a%00b", &long] {
        place.get(&content(path), &[]).await.problem(400);
        place.put(path, "x").await.problem(400);
        place.delete(&content(path)).await.problem(400);
        place
            .get(&format!("/folders/data/files?path={path}"), &[])
            .await
            .problem(400);
    }
    for path in ["..", "a/../../b", "\0", &long] {
        place
            .post("/folders/data/directories", json!({"path": path}))
            .await
            .problem(422);
        let problem = place
            .post("/folders/data/move", json!({"from": "a", "to": path}))
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["field"], "to");
        let asked = json!({"paths": ["a", path], "format": "zip"});
        let problem = place
            .post("/folders/data/archive", asked)
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["field"], "paths[1]");
    }
    place.put("dir/", "x").await.problem(400);
    place.put("", "x").await.problem(409);
    assert!(place.names("").await.is_empty());
}

#[tokio::test]
async fn a_directory_is_listed_in_pages() {
    let place = Place::new().await;
    place.put("b.txt", "12345").await;
    place.put("dir/x", "").await;
    symlink("b.txt", place.disk().join("link")).unwrap();
    let listed = place.get("/folders/data/files", &[]).await.json();
    let shown: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (&item["name"], &item["kind"], &item["size"]))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!("b.txt"), &json!("file"), &json!(5)),
            (&json!("dir"), &json!("directory"), &json!(0)),
            (&json!("link"), &json!("link"), &json!(5)),
        ]
    );
    assert_eq!(listed["items"][0]["mode"], 0o644);
    assert!(
        listed["items"][0]["modified"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    assert_eq!(listed["next"], json!(null));

    place.put("a%26%2B%20%E9", "").await;
    let first = place.get("/folders/data/files?limit=1", &[]).await.json();
    let next = first["next"].as_str().unwrap();
    let second = place
        .get(
            &format!(
                "/folders/data/files?limit=2&after={}",
                next.replace('%', "%25")
            ),
            &[],
        )
        .await
        .json();
    assert_eq!(second["items"][0]["name"], "b.txt");
    assert_eq!(place.names("/dir").await, ["x"]);
    assert_eq!(place.names("%64ir").await, ["x"]);
    place
        .get("/folders/data/files?path=nothing", &[])
        .await
        .problem(404);
    place
        .get("/folders/data/files?path=b.txt", &[])
        .await
        .problem(409);
    place
        .get("/folders/data/files?limit=5000", &[])
        .await
        .problem(400);
}

#[tokio::test]
async fn a_part_of_a_file_is_served_as_asked() {
    let place = Place::new().await;
    let tag = place
        .put("file", "0123456789")
        .await
        .header("etag")
        .to_owned();
    let modified = place
        .get(&content("file"), &[])
        .await
        .header("last-modified")
        .to_owned();
    for (range, part, told) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-5", "2345", "bytes 2-5/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=7-100", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-100", "0123456789", "bytes 0-9/10"),
    ] {
        let got = place.get(&content("file"), &[("range", range)]).await;
        assert_eq!(
            (got.status.as_u16(), got.body.as_slice()),
            (206, part.as_bytes()),
            "{range}"
        );
        assert_eq!(got.header("content-range"), told);
        assert_eq!(got.header("content-length"), part.len().to_string());
        assert_eq!(got.header("etag"), tag);
    }
    for range in ["bytes=0-1,4-5", "bytes=x", "lines=1-2", "bytes=5-2"] {
        let got = place.get(&content("file"), &[("range", range)]).await;
        assert_eq!((got.status.as_u16(), got.body.len()), (200, 10), "{range}");
    }
    for range in ["bytes=10-", "bytes=1000-2000", "bytes=-0"] {
        let past = place.get(&content("file"), &[("range", range)]).await;
        past.problem(416);
        assert_eq!(past.header("content-range"), "bytes */10", "{range}");
    }
    for (if_range, status) in [
        (tag.as_str(), 206),
        (modified.as_str(), 206),
        ("\"other\"", 200),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 200),
    ] {
        let got = place
            .get(
                &content("file"),
                &[("range", "bytes=0-0"), ("if-range", if_range)],
            )
            .await;
        assert_eq!(got.status, status, "{if_range}");
    }
    place.put("empty", "").await;
    assert_eq!(place.get(&content("empty"), &[]).await.status, 200);
    place
        .get(&content("empty"), &[("range", "bytes=0-")])
        .await
        .problem(416);
}

#[tokio::test]
async fn what_the_caller_has_already_is_not_sent_again() {
    let place = Place::new().await;
    let tag = place.put("file", "x").await.header("etag").to_owned();
    let modified = place
        .get(&content("file"), &[])
        .await
        .header("last-modified")
        .to_owned();
    let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
    let weak = format!("W/{tag}");
    for (headers, status) in [
        (&[("if-none-match", tag.as_str())][..], 304),
        (&[("if-none-match", &weak)], 304),
        (&[("if-none-match", "\"a\", \"b\"")], 200),
        (&[("if-none-match", "*")], 304),
        (
            &[("if-none-match", "\"a\""), ("if-modified-since", &modified)],
            200,
        ),
        (&[("if-modified-since", &modified)], 304),
        (&[("if-modified-since", long_ago)], 200),
        (&[("if-match", &tag)], 200),
        (&[("if-match", &weak)], 412),
        (&[("if-match", "\"a\"")], 412),
        (&[("if-unmodified-since", long_ago)], 412),
        (&[("if-unmodified-since", &modified)], 200),
        (
            &[("if-none-match", tag.as_str()), ("range", "bytes=100-")],
            304,
        ),
    ] {
        let got = place.get(&content("file"), headers).await;
        assert_eq!(got.status, status, "{headers:?}");
        if status == 304 {
            assert_eq!((got.header("etag"), got.body.len()), (tag.as_str(), 0));
        }
    }
}

#[tokio::test]
async fn a_file_is_replaced_only_under_the_callers_conditions() {
    let place = Place::new().await;
    let put = async |headers: &[(&str, &str)], body: &'static str| {
        place.ask("PUT", &content("file"), headers, body).await
    };
    put(&[("if-match", "*")], "no").await.problem(412);
    let first = put(&[("if-none-match", "*")], "one").await;
    assert_eq!(first.status, 201);
    let tag = first.header("etag");
    put(&[("if-none-match", "*")], "no").await.problem(412);
    put(&[("if-match", "\"other\"")], "no").await.problem(412);
    put(&[("if-match", &format!("W/{tag}"))], "no")
        .await
        .problem(412);
    put(&[("if-match", "unquoted")], "no").await.problem(400);
    put(
        &[("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT")],
        "no",
    )
    .await
    .problem(412);
    assert_eq!(put(&[("if-match", tag)], "second").await.status, 204);
    put(&[("if-match", tag)], "no").await.problem(412);
    place
        .ask("DELETE", &content("file"), &[("if-match", tag)], "")
        .await
        .problem(412);
    assert_eq!(place.get(&content("file"), &[]).await.body, b"second");
    assert_eq!(place.names("").await, ["file"]);
}

#[tokio::test]
async fn an_upload_that_is_cut_off_or_not_whole_changes_nothing() {
    let place = Place::new().await;
    place.put("file", "before").await;
    let cut = || {
        let pieces = [
            Ok(Bytes::from(vec![7; 3 << 20])),
            Err(std::io::Error::other("cut")),
        ];
        Body::from_stream(futures_util::stream::iter(pieces))
    };
    place.put("file", cut()).await.problem(400);
    place.put("new/dir/file", cut()).await.problem(400);
    let short = [("content-length", "100")];
    place
        .ask("PUT", &content("file"), &short, "short")
        .await
        .problem(400);
    let part = [("content-range", "bytes 0-4/10")];
    place
        .ask("PUT", &content("file"), &part, "01234")
        .await
        .problem(400);
    place
        .ask(
            "PUT",
            &content("file"),
            &[("content-encoding", "gzip")],
            "x",
        )
        .await
        .problem(415);

    assert_eq!(place.get(&content("file"), &[]).await.body, b"before");
    assert_eq!(place.names("").await, ["file"]);
    for _ in 0..500 {
        if std::fs::read_dir(place.disk()).unwrap().count() == 1 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("an upload left something behind");
}

#[tokio::test]
async fn directories_are_made_and_files_moved_and_removed() {
    let place = Place::new().await;
    let make = async |body| place.post("/folders/data/directories", body).await;
    assert_eq!(make(json!({"path": "a"})).await.status, 201);
    make(json!({"path": "a"})).await.problem(409);
    assert_eq!(
        make(json!({"path": "a", "parents": true})).await.status,
        204
    );
    make(json!({"path": "x/y"})).await.problem(404);
    assert_eq!(
        make(json!({"path": "x/y", "parents": true})).await.status,
        201
    );
    make(json!({"path": "x/y", "recursive": true}))
        .await
        .problem(422);

    place.put("one", "1").await;
    place.put("two", "2").await;
    let rename = async |from: &str, to: &str| {
        place
            .post("/folders/data/move", json!({"from": from, "to": to}))
            .await
    };
    rename("one", "two").await.problem(409);
    rename("one", "a").await.problem(409);
    rename("nothing", "b").await.problem(404);
    rename("x", "x/y/z").await.problem(409);
    assert_eq!(rename("one", "a/moved").await.status, 204);
    assert_eq!(rename("x", "a/x").await.status, 204);
    assert_eq!(place.names("a").await, ["moved", "x"]);

    place.put("a", "x").await.problem(409);
    place.put("two/x", "x").await.problem(409);
    place.get(&content("a"), &[]).await.problem(400);
    place.get(&content("two/x"), &[]).await.problem(404);
    place.get(&content("nothing"), &[]).await.problem(404);

    place.delete(&content("a")).await.problem(409);
    assert_eq!(place.delete(&content("two")).await.status, 204);
    place.delete(&content("two")).await.problem(404);
    assert_eq!(
        place
            .delete(&format!("{}?recursive=true", content("a")))
            .await
            .status,
        204
    );
    place
        .delete(&format!("{}?recursive=true", content("")))
        .await
        .problem(409);
    place
        .delete(&format!("{}?recursive=perhaps", content("a")))
        .await
        .problem(400);
    assert!(place.names("").await.is_empty());
}

#[tokio::test]
async fn links_out_of_the_folder_and_pipes_in_it_give_nothing_away_and_never_hang() {
    let place = Place::new().await;
    let secret = place.berth.app.data.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let disk = place.disk();
    symlink(&secret, disk.join("absolute")).unwrap();
    symlink("../../../secret", disk.join("relative")).unwrap();
    symlink("/etc/passwd", disk.join("passwd")).unwrap();
    symlink("loop", disk.join("loop")).unwrap();
    symlink("../..", disk.join("up")).unwrap();
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mknodat(
        rustix::fs::CWD,
        disk.join("fifo"),
        rustix::fs::FileType::Fifo,
        mode,
        0,
    )
    .unwrap();

    for name in [
        "absolute",
        "relative",
        "passwd",
        "loop",
        "up/secret",
        "up/../secret",
    ] {
        let got = place.get(&content(name), &[]).await;
        assert!(
            matches!(got.status.as_u16(), 400 | 404),
            "{name}: {}",
            got.status
        );
    }
    for name in ["absolute", "relative", "passwd", "loop"] {
        place.put(name, "overwritten").await.problem(409);
    }
    place.get(&content("fifo"), &[]).await.problem(409);
    place.put("fifo", "x").await.problem(409);
    assert_eq!(std::fs::read(&secret).unwrap(), b"secret");

    let listed = place.get("/folders/data/files", &[]).await.json();
    let kinds: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["link", "other", "link", "link", "link", "link"]);
    let archive = place
        .get(&format!("{}?archive=tar", content("")), &[])
        .await;
    assert!(
        !archive.body.windows(6).any(|bytes| bytes == b"root:x"),
        "a link was followed"
    );
    for name in ["absolute", "loop", "fifo"] {
        assert_eq!(place.delete(&content(name)).await.status, 204);
    }
    assert!(secret.exists());
}

#[tokio::test]
async fn a_directory_comes_down_as_one_file() {
    let place = Place::new().await;
    place.put("sub/a.txt", "a").await;
    place.put("sub/b/c.txt", "c").await;
    let zip = place
        .get(&format!("{}?archive=zip", content("sub")), &[])
        .await;
    assert_eq!(
        (zip.status.as_u16(), zip.header("content-type")),
        (200, "application/zip")
    );
    assert_eq!(
        zip.header("content-disposition"),
        "attachment; filename=\"sub.zip\""
    );
    assert!(zip.body.starts_with(b"PK\x03\x04"));
    let tar = place.get("/folders/data/content?archive=tar", &[]).await;
    assert_eq!(
        tar.header("content-disposition"),
        "attachment; filename=\"data.tar\""
    );
    assert_eq!(tar.body.len() % 512, 0);
    let head = place
        .ask("HEAD", &format!("{}?archive=zip", content("sub")), &[], "")
        .await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), "application/zip");

    let several = place
        .post(
            "/folders/data/archive",
            json!({"paths": ["sub/a.txt", "sub/b"], "format": "zip"}),
        )
        .await;
    assert_eq!(
        several.header("content-disposition"),
        "attachment; filename=\"data.zip\""
    );
    assert!(several.body.starts_with(b"PK\x03\x04"));

    place
        .get(&format!("{}?archive=rar", content("sub")), &[])
        .await
        .problem(400);
    place
        .get(&format!("{}?archive=zip", content("sub/a.txt")), &[])
        .await
        .problem(409);
    place
        .get(&format!("{}?archive=zip", content("nothing")), &[])
        .await
        .problem(404);
    place
        .post(
            "/folders/data/archive",
            json!({"paths": [], "format": "zip"}),
        )
        .await
        .problem(422);
    place
        .post(
            "/folders/data/archive",
            json!({"paths": ["nothing"], "format": "tar"}),
        )
        .await
        .problem(404);
    place
        .ask("POST", "/folders/data/archive", &[JSON], "[")
        .await
        .problem(400);
}

#[tokio::test]
async fn a_full_folder_refuses_and_keeps_what_it_has() {
    let place = Place::new().await;
    place
        .post("/folders", json!({"name": "small", "quota_bytes": 10}))
        .await;
    let put = async |body: &'static str| {
        place
            .ask("PUT", "/folders/small/content/file", &[], body)
            .await
    };
    assert_eq!(put("0123456789").await.status, 201);
    put("another one").await.problem(507);
    assert_eq!(
        place.get("/folders/small/content/file", &[]).await.body,
        b"0123456789"
    );
}
