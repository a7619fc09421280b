//! Names of every script and shape, through HTTP, sessions and archives, unchanged.

use std::io::Cursor;
use std::io::Read as _;

use berth_tests::{Person, encode, someone};
use serde_json::json;
use zip::ZipArchive;

/// Names a person may have.
fn names() -> Vec<String> {
    let names = [
        "plain",
        "한글 이름.txt",
        "\u{1112}\u{1161}\u{11ab}.txt", // "한" as macOS writes it
        "👩‍🔬🧪",
        "a\nb",
        "\n",
        "tab\there",
        "\u{1b}[31mred",
        " ",
        " leading and trailing ",
        "-rf",
        "--help",
        "...",
        ".hidden",
        "..hidden",
        "a'b\"c",
        "a\\b",
        "100%",
        "%2e%2e",
        "%2f",
        "a?b#c&d=e+f;g",
        "*",
        "~",
        "$HOME",
        "`id`",
        "|<>!",
        "NUL.txt:stream",
        "\u{202e}gnp.exe",
        "\u{feff}bom",
    ];
    let mut names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    names.push("x".repeat(255));
    names.push("한".repeat(85)); // 255 bytes
    names
}

/// Somebody with a folder called `data`.
fn with_data() -> Person {
    let ann = someone();
    ann.folder("data");
    ann
}

#[test]
fn a_file_is_found_under_the_name_it_was_given() {
    let ann = with_data();
    let session = ann.session(&["data"]);
    for name in names() {
        ann.put("data", &name, format!("content of {name}")).fine();
        assert_eq!(ann.names("data", ""), [&*name]);
        let seen = ann.download("data", &name).must(200);
        assert_eq!(seen.text(), format!("content of {name}"), "{name:?}");
        let path = format!("data/{name}");
        let output = session.exec(&json!({"argv": ["cat", path]}));
        assert_eq!(
            output.out(),
            format!("content of {name}"),
            "{name:?}: {output}"
        );
        let output = session.exec(&json!({"argv": ["mv", "--", path, "data/renamed"]}));
        assert_eq!(output.exit_code, 0, "{name:?}: {output}");
        let shift = json!({"from": "renamed", "to": name});
        ann.post("/api/v1/folders/data/move", &shift).fine();
        ann.delete(&Person::content("data", &name)).must(204);
        assert!(ann.names("data", "").is_empty(), "{name:?} is still there");
    }
}

#[test]
fn a_file_made_in_a_session_is_downloaded_by_its_name() {
    let ann = with_data();
    let session = ann.session(&["data"]);
    let mut expected = names();
    for name in &expected {
        let path = format!("data/{name}");
        let output =
            session.exec(&json!({"argv": ["bash", "-c", "printf %s \"$1\" > \"$1\"", "x", path]}));
        assert_eq!(output.exit_code, 0, "{name:?}: {output}");
    }
    let mut seen = ann.names("data", "");
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
    for name in &expected {
        let answer = ann.download("data", name).must(200);
        assert_eq!(answer.text(), format!("data/{name}"));
    }
    let count =
        session.say("n=; for f in data/* data/.*; do [ -f \"$f\" ] && n=x$n; done; echo ${#n}");
    assert_eq!(
        count.trim(),
        expected.len().to_string(),
        "a glob loses names"
    );
    assert_eq!(
        session.say("rm -r data/* data/.[!.]* data/..?*; ls -A data"),
        ""
    );
}

#[test]
fn a_download_carries_the_name_into_the_browser() {
    let ann = with_data();
    for name in names() {
        ann.put("data", &name, "x").fine();
        let answer = ann.download("data", &name).must(200);
        let disposition = answer.header("content-disposition").to_owned();
        assert!(
            disposition.is_ascii() && !disposition.contains('\n'),
            "{disposition:?}"
        );
        // RFC 8187: filename*=UTF-8''…, or plain ASCII between quotes.
        let extended = disposition.split("filename*=UTF-8''").nth(1).map(|rest| {
            let encoded = rest.split(';').next().unwrap();
            percent_decode(encoded)
        });
        let plain = disposition
            .split("filename=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let told = extended
            .as_deref()
            .or(plain)
            .unwrap_or_else(|| panic!("{disposition}"));
        assert_eq!(told, name, "{disposition}");
        ann.delete(&Person::content("data", &name)).fine();
    }
}

fn percent_decode(text: &str) -> String {
    let bytes = text.split('%').enumerate().flat_map(|(index, part)| {
        let (code, rest) = if index == 0 {
            ("", part)
        } else {
            part.split_at(2)
        };
        let byte = u8::from_str_radix(code, 16).ok();
        byte.into_iter().chain(rest.bytes()).collect::<Vec<u8>>()
    });
    String::from_utf8(bytes.collect()).unwrap()
}

#[test]
fn an_archive_keeps_every_name() {
    let ann = with_data();
    for name in names() {
        ann.put("data", format!("sub/{name}"), &name).fine();
    }
    let answer = ann
        .get("/api/v1/folders/data/content/sub?archive=zip")
        .must(200);
    let mut archive = ZipArchive::new(Cursor::new(answer.body)).unwrap();
    assert_eq!(archive.len(), names().len());
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        assert!(name.ends_with(&content), "{name:?} holds {content:?}");
    }
}

#[test]
fn directories_and_mounts_have_such_names_too() {
    let ann = someone();
    for name in ["한글 폴더", "👩‍🔬", "it's \"quoted\"", "-n", "100%", "a\\b"] {
        let id = ann.folder(name);
        ann.put(name, format!("{name}/file"), name).fine();
        let session = ann.session(&[name]);
        let path = format!("/home/work/{name}");
        assert_eq!(session.mount_path(name), path);
        let output = session.exec(&json!({"argv": ["cat", format!("{path}/{name}/file")]}));
        assert_eq!(output.out(), name);
        let output = session.exec(&json!({"command": "pwd; ls", "cwd": format!("{path}/{name}")}));
        assert_eq!(output.out(), format!("{path}/{name}\nfile\n"));
        assert!(
            session.say("ls").contains(name),
            "{name:?} does not show in ls"
        );
        session.end();
        ann.delete(&format!("/api/v1/folders/{id}")).fine();
    }
}

#[test]
fn names_that_are_no_utf_8_are_files_too() {
    let ann = with_data();
    let session = ann.session(&["data"]);
    session.say("printf content > data/$'caf\\351'");
    let names = ann.names("data", "");
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(ann.download("data", b"caf\xe9").must(200).text(), "content");
    assert_eq!(session.say("cat data/caf*"), "content");
    ann.delete(&format!(
        "/api/v1/folders/data/content/{}",
        encode(b"caf\xe9")
    ))
    .must(204);
    ann.put("data", b"\xff\xfe", "x").fine();
    assert_eq!(
        session
            .run("cd data; for f in *; do printf %s \"$f\"; done")
            .stdout,
        b"\xff\xfe"
    );
}

#[test]
fn names_longer_than_255_bytes_are_refused() {
    let ann = with_data();
    let session = ann.session(&["data"]);
    for name in [
        "x".repeat(256),
        format!("{}한", "x".repeat(253)),
        "x".repeat(5000),
    ] {
        ann.put("data", &name, "x").refused(&[400, 414, 422]);
        ann.post("/api/v1/folders/data/directories", &json!({"path": name}))
            .refused(&[400, 422]);
        let output = session.exec(&json!({"argv": ["touch", format!("data/{name}")]}));
        assert!(
            output.exit_code != 0 && output.err().contains("name too long"),
            "{output}"
        );
    }
    let deep = "d/".repeat(3000);
    ann.put("data", format!("{deep}x"), "x")
        .refused(&[400, 414, 422]);
    assert!(ann.names("data", "").is_empty());
    let output = session.run("touch data/a/; touch ''; mkdir ''");
    assert_ne!(output.exit_code, 0);
}

#[test]
fn names_that_differ_in_case_or_form_are_different() {
    let ann = with_data();
    for (index, name) in ["a", "A", "한", "\u{1112}\u{1161}\u{11ab}", "é", "e\u{301}"]
        .iter()
        .enumerate()
    {
        ann.put("data", name, index.to_string()).fine();
    }
    assert_eq!(ann.names("data", "").len(), 6);
    for (index, name) in ["a", "A", "한", "\u{1112}\u{1161}\u{11ab}", "é", "e\u{301}"]
        .iter()
        .enumerate()
    {
        assert_eq!(ann.download("data", name).text(), index.to_string());
    }
}
