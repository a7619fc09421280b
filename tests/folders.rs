//! Folders: made, listed, renamed, thrown away, brought back; and who may see them.

use berth_tests::{Person, encode, someone};
use serde_json::{Value, json};

fn names(person: &Person) -> Vec<String> {
    let folders = person.list("/api/v1/folders");
    let name = |folder: &Value| folder["name"].as_str().unwrap().to_owned();
    folders.iter().map(name).collect()
}

#[test]
fn a_folder_is_made_and_told_about() {
    let ann = someone();
    let made = ann
        .post("/api/v1/folders", &json!({"name": "data"}))
        .must(201);
    let folder = made.json();
    let id = folder["id"].as_str().unwrap();
    assert_eq!(folder["name"], "data");
    assert_eq!(folder["permission"], "rw");
    assert_eq!(folder["usage_mode"], "general");
    assert_eq!(folder["status"], "ready");
    for way in [id, "data"] {
        let seen = ann.get(&format!("/api/v1/folders/{way}")).must(200).json();
        assert_eq!(seen["id"], folder["id"], "asked for as {way}");
        assert_eq!(seen["name"], "data");
    }
    assert_eq!(names(&ann), ["data"]);
    assert!(ann.files("data", "").is_empty());
}

#[test]
fn every_wish_for_a_folder_is_kept() {
    let ann = someone();
    let wish = json!({
        "name": "model", "usage_mode": "model", "permission": "ro", "volume": "local:default",
    });
    let folder = ann.post("/api/v1/folders", &wish).must(201).json();
    for field in ["name", "usage_mode", "permission", "volume"] {
        assert_eq!(folder[field], wish[field], "{field}");
    }
    let session = ann.session(&["model"]);
    assert_eq!(session.about["mounts"][0]["permission"], "ro");
    assert_ne!(session.run("touch model/x").exit_code, 0);
}

#[test]
fn bad_names_are_refused_and_make_nothing() {
    let ann = someone();
    let long = "x".repeat(65);
    for name in [
        "",
        "/",
        "a/b",
        "/a",
        "a/",
        "a\0b",
        "\0",
        ".",
        "..",
        "a\nb",
        "a\u{7f}",
        &long,
        ".ssh",
        ".terminfo",
        ".jupyter",
        ".tmux.conf",
        ".bashrc",
        ".zshrc",
        ".bash_profile",
        "/etc",
        "/home/work",
        "../x",
    ] {
        let answer = ann.post("/api/v1/folders", &json!({"name": name}));
        answer.refused_field("name");
    }
    assert!(ann.list("/api/v1/folders").is_empty());
}

#[test]
fn names_up_to_64_characters_of_any_script_are_fine() {
    let ann = someone();
    let mut expected = vec![
        "x".repeat(64),
        "한".repeat(64),
        "자료 폴더".to_owned(),
        "👩‍🔬 lab".to_owned(),
        "...".to_owned(),
        "-rf".to_owned(),
        "a b".to_owned(),
        "100%".to_owned(),
        "a\\b".to_owned(),
        "q?&#=+".to_owned(),
        ".config".to_owned(),
        "bin".to_owned(),
        ".sshx".to_owned(),
    ];
    for name in &expected {
        ann.folder(name);
        let seen = ann.get(&format!("/api/v1/folders/{}", encode(name)));
        assert_eq!(seen.must(200).json()["name"], **name);
    }
    let mut seen = names(&ann);
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn a_name_is_taken_once_in_whatever_form_it_is_typed() {
    let ann = someone();
    ann.folder("한글");
    let decomposed = "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}";
    for name in ["한글", decomposed] {
        let answer = ann.post("/api/v1/folders", &json!({"name": name}));
        answer.refused(&[409]);
    }
    assert_eq!(names(&ann), ["한글"]);
    let bob = someone();
    bob.folder("한글");
}

#[test]
fn bodies_that_make_no_sense_are_refused() {
    let ann = someone();
    let send = |content_type: &str, body: &str| {
        let headers = [("content-type", content_type)];
        ann.send("POST", "/api/v1/folders", &headers, Some(body.as_bytes()))
    };
    for body in [
        "",
        "{",
        "hello",
        "{\"name\": \"a\"} x",
        "\u{0}",
        "{\"name\": \"a\",}",
    ] {
        send("application/json", body).refused(&[400]);
    }
    for body in ["[]", "{}", "7", "null", "{\"name\": 7}", "{\"name\": null}"] {
        send("application/json", body).refused(&[400, 422]);
    }
    send("application/json", r#"{"name": "a", "nmae": "b"}"#).refused(&[400, 422]);
    send("application/json", r#"{"name": "a", "permission": "rwx"}"#).refused_field("permission");
    send("application/json", r#"{"name": "a", "usage_mode": "x"}"#).refused_field("usage_mode");
    send("application/json", r#"{"name": "a", "volume": "nowhere"}"#).refused_field("volume");
    send("text/plain", r#"{"name": "a"}"#).refused(&[415]);
    send("application/json", &"[".repeat(100_000)).refused(&[400, 422]);
    let huge = format!("{{\"name\": \"{}\"}}", "x".repeat(5 << 20));
    send("application/json", &huge).refused(&[400, 413, 422]);
    assert!(names(&ann).is_empty());
}

#[test]
fn a_deleted_folder_is_in_the_trash_and_can_come_back() {
    let ann = someone();
    let id = ann.folder("data");
    ann.put("data", "file", "kept").fine();
    ann.delete("/api/v1/folders/data").fine();
    assert!(names(&ann).is_empty());
    ann.get("/api/v1/folders/data").refused(&[404]);
    ann.download("data", "file").refused(&[404]);
    ann.ask_session(&json!({"mounts": [{"folder": "data"}]}))
        .refused(&[404]);
    ann.ask_session(&json!({"mounts": [{"folder": id}]}))
        .refused(&[404]);

    ann.post(&format!("/api/v1/folders/{id}/restore"), &json!({}))
        .fine();
    assert_eq!(names(&ann), ["data"]);
    assert_eq!(ann.download("data", "file").must(200).text(), "kept");
}

#[test]
fn a_name_is_free_again_once_its_folder_is_in_the_trash() {
    let ann = someone();
    let old = ann.folder("data");
    ann.delete(&format!("/api/v1/folders/{old}")).fine();
    let new = ann.folder("data");
    assert_ne!(old, new);
    ann.post(&format!("/api/v1/folders/{old}/restore"), &json!({}))
        .refused(&[409]);
    ann.delete(&format!("/api/v1/folders/{old}?purge=true"))
        .fine();
    ann.get(&format!("/api/v1/folders/{old}")).refused(&[404]);
    assert_eq!(names(&ann), ["data"]);
}

#[test]
fn a_folder_that_a_session_has_mounted_stays() {
    let ann = someone();
    ann.folder("data");
    let session = ann.session(&["data"]);
    ann.delete("/api/v1/folders/data").refused(&[400, 409]);
    assert_eq!(
        session.say("echo still > data/file && cat data/file"),
        "still\n"
    );
    session.end();
    ann.delete("/api/v1/folders/data").fine();
}

#[test]
fn a_renamed_folder_keeps_its_files() {
    let ann = someone();
    let id = ann.folder("old");
    ann.folder("other");
    ann.put("old", "file", "kept").fine();
    let renamed = ann.json("PATCH", "/api/v1/folders/old", &json!({"name": "new"}));
    assert_eq!(renamed.must(200).json()["name"], "new");
    assert_eq!(ann.download("new", "file").must(200).text(), "kept");
    ann.get("/api/v1/folders/old").refused(&[404]);
    let url = format!("/api/v1/folders/{id}");
    ann.json("PATCH", &url, &json!({"name": "other"}))
        .refused(&[409]);
    ann.json("PATCH", &url, &json!({"name": ".."}))
        .refused_field("name");
    assert_eq!(names(&ann), ["new", "other"]);
}

#[test]
fn long_lists_come_in_pages() {
    let ann = someone();
    let expected: Vec<String> = (0..7).map(|number| format!("folder-{number}")).collect();
    for name in &expected {
        ann.folder(name);
    }
    let page = ann.get("/api/v1/folders?limit=3").must(200).json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(3));
    assert!(page["next"].is_string());
    let all = ann.list("/api/v1/folders?limit=3");
    assert_eq!(all.len(), 7);
    let mut seen: Vec<&str> = all
        .iter()
        .map(|folder| folder["name"].as_str().unwrap())
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, expected);
    ann.get("/api/v1/folders?limit=0").refused(&[400, 422]);
    ann.get("/api/v1/folders?limit=x").refused(&[400, 422]);
    ann.get("/api/v1/folders?after=nonsense")
        .refused(&[400, 422]);
}

#[test]
fn nobody_sees_the_folders_of_others() {
    let (ann, bob) = (someone(), someone());
    let id = ann.folder("secret");
    ann.put("secret", "file", "for ann only").fine();
    assert!(names(&bob).is_empty());
    for folder in ["secret", &id] {
        let url = format!("/api/v1/folders/{folder}");
        bob.get(&url).refused(&[404]);
        bob.json("PATCH", &url, &json!({"name": "mine"}))
            .refused(&[404]);
        bob.delete(&url).refused(&[404]);
        bob.delete(&format!("{url}?purge=true")).refused(&[404]);
        bob.post(&format!("{url}/restore"), &json!({}))
            .refused(&[404]);
        bob.get(&format!("{url}/files?path=/")).refused(&[404]);
        bob.get(&format!("{url}/content/file")).refused(&[404]);
        bob.send("PUT", &format!("{url}/content/file"), &[], Some(b"bob's"))
            .refused(&[404]);
        bob.delete(&format!("{url}/content/file")).refused(&[404]);
        bob.post(&format!("{url}/directories"), &json!({"path": "d"}))
            .refused(&[404]);
        bob.post(
            &format!("{url}/move"),
            &json!({"from": "file", "to": "gone"}),
        )
        .refused(&[404]);
        bob.get(&format!("{url}/content/?archive=zip"))
            .refused(&[404]);
    }
    assert_eq!(
        ann.download("secret", "file").must(200).text(),
        "for ann only"
    );
    assert_eq!(ann.names("secret", ""), ["file"]);
}

#[test]
fn nobody_unknown_gets_anything() {
    let ann = someone();
    ann.folder("data");
    for (method, path) in [
        ("GET", "/api/v1/folders"),
        ("POST", "/api/v1/folders"),
        ("GET", "/api/v1/folders/data"),
        ("GET", "/api/v1/folders/data/files?path=/"),
        ("GET", "/api/v1/folders/data/content/file"),
        ("PUT", "/api/v1/folders/data/content/file"),
        ("GET", "/api/v1/sessions"),
        ("POST", "/api/v1/sessions"),
        ("GET", "/api/v1/environments"),
        ("GET", "/api/v1/me"),
    ] {
        ann.send_unknown(method, path).refused(&[401]);
    }
}
