//! Where folders appear in a session, and where they may not.

use std::collections::BTreeSet;

use berth_tests::{Answer, Person, someone};
use serde_json::{Value, json};

fn ask(person: &Person, mounts: Value) -> Answer {
    person.ask_session(&json!({"mounts": mounts}))
}

#[test]
fn every_path_of_the_table_is_taken_or_refused() {
    let cases: Value = serde_json::from_str(include_str!("mount-cases.json")).unwrap();
    let ann = someone();
    let mut made = BTreeSet::new();
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if made.insert(name.to_owned()) {
            ann.folder(name);
            ann.put(name, "who", name).fine();
        }
        let mut mount = json!({"folder": name});
        if case["path"] != "" {
            mount["path"] = case["path"].clone();
        }
        let answer = ask(&ann, json!([mount]));
        let Some(place) = case["result"].as_str() else {
            answer.refused_field("mounts[0].path");
            continue;
        };
        assert_eq!(answer.status, 201, "{case}: {answer}");
        let about = answer.json();
        let mounts = about["mounts"].as_array().unwrap();
        let mount = mounts.iter().find(|mount| mount["folder"] == name).unwrap();
        assert_eq!(mount["path"], place, "{case}");
        let url = format!("/api/v1/sessions/{}", about["id"].as_str().unwrap());
        let inside = json!({"argv": ["cat", format!("{place}/who")]});
        let seen = ann.post(&format!("{url}/exec"), &inside).must(200).json();
        assert_eq!(seen["stdout"], name, "{case}: {seen}");
        ann.delete(&url).must(204);
    }
    assert!(
        ann.list("/api/v1/sessions")
            .iter()
            .all(|session| session["status"] != "RUNNING"),
        "a refused session runs"
    );
}

#[test]
fn two_folders_never_share_a_place() {
    let ann = someone();
    for name in ["a", "b", ".config"] {
        ann.folder(name);
    }
    for (mounts, field) in [
        (
            json!([{"folder": "a", "path": "/w"}, {"folder": "b", "path": "/w"}]),
            "mounts[1]",
        ),
        (
            json!([{"folder": "a", "path": "/w"}, {"folder": "b", "path": "//w/."}]),
            "mounts[1]",
        ),
        (
            json!([{"folder": "a", "path": "/w"}, {"folder": "b", "path": "/w/x"}]),
            "mounts[1]",
        ),
        (
            json!([{"folder": "a", "path": "/w/x/y"}, {"folder": "b", "path": "/w"}]),
            "mounts[1]",
        ),
        (
            json!([{"folder": "a"}, {"folder": "b", "path": "a/sub"}]),
            "mounts[1]",
        ),
        (json!([{"folder": "a"}, {"folder": "a"}]), "mounts[1]"),
        (
            json!([{"folder": "a"}, {"folder": "a", "path": "/w"}]),
            "mounts[1]",
        ),
        (json!([{"folder": "a", "path": ".config"}]), "mounts[0]"),
        (json!([{"folder": "a", "path": ".config/x"}]), "mounts[0]"),
        (
            json!([{"folder": "a", "path": "b"}, {"folder": "b", "path": "/w"}]),
            "mounts[0]",
        ),
    ] {
        ask(&ann, mounts).refused_field(field);
    }
    let session = ann.session_with(&json!({"mounts": [
        {"folder": "a", "path": "/w"}, {"folder": "b", "path": "/ww"},
    ]}));
    assert_eq!(session.mount_path("a"), "/w");
    assert_eq!(session.mount_path("b"), "/ww");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let ann = someone();
    ann.folder("a");
    ann.folder("b");
    let answer = ask(
        &ann,
        json!([{"folder": "a", "path": "/etc/x"}, {"folder": "b", "path": "../x"}]),
    );
    answer.refused_field("mounts[0].path");
    answer.refused_field("mounts[1].path");
}

#[test]
fn a_mount_that_makes_no_sense_is_refused() {
    let ann = someone();
    ann.folder("data");
    for mounts in [
        json!("data"),
        json!(["data"]),
        json!([{}]),
        json!([{"folder": 7}]),
        json!([{"folder": "data", "permission": "x"}]),
        json!([{"folder": "data", "paht": "/w"}]),
        json!([{"folder": "data", "path": ["/w"]}]),
    ] {
        ask(&ann, mounts).refused(&[400, 422]);
    }
    let many: Vec<Value> = (0..2000)
        .map(|n| json!({"folder": format!("f{n}")}))
        .collect();
    ask(&ann, json!(many)).refused(&[400, 404, 422]);
    ask(&ann, json!([{"folder": ""}])).refused(&[400, 404, 422]);
    ask(&ann, json!([{"folder": "a/b"}])).refused(&[400, 404, 422]);
    ask(
        &ann,
        json!([{"folder": "data", "path": "/w/".repeat(3000)}]),
    )
    .refused_field("mounts[0].path");
    assert!(ann.list("/api/v1/sessions").is_empty());
}

#[test]
fn a_part_of_a_folder_is_all_the_session_sees() {
    let ann = someone();
    ann.folder("data");
    ann.put("data", "train/one", "1").fine();
    ann.put("data", "test/two", "2").fine();
    ann.put("data", "secret", "not for the session").fine();
    let session = ann.session_with(&json!({"mounts": [
        {"folder": "data", "path": "/train", "subpath": "train"},
        {"folder": "data", "path": "/test", "subpath": "./test/", "permission": "ro"},
    ]}));
    assert_eq!(session.say("cat /train/one; ls /test /train/.."), {
        let root = session.say("ls /");
        format!("1/test:\ntwo\n\n/train/..:\n{root}")
    });
    assert_ne!(session.run("cat /train/../secret").exit_code, 0);
    assert_ne!(session.run("touch /test/x").exit_code, 0);
    session.say("echo new > /train/new");
    assert_eq!(ann.names("data", "train"), ["new", "one"]);

    let with = |subpath: &str| json!([{"folder": "data", "path": "/w", "subpath": subpath}]);
    for subpath in ["..", "../other", "train/../..", "/train", "a\0b"] {
        ask(&ann, with(subpath)).refused_field("mounts[0].subpath");
    }
    for subpath in ["nowhere", "secret"] {
        ask(&ann, with(subpath)).refused(&[400, 404, 409, 422]);
    }
    ask(
        &ann,
        json!([{"folder": "data", "path": "/a", "subpath": "train"}, {"folder": "data", "path": "/b"}]),
    )
    .refused_field("mounts[1]");
}

#[test]
fn a_subpath_that_is_a_link_out_of_the_folder_is_refused() {
    let ann = someone();
    let id = ann.folder("data");
    ann.folder("other");
    let server = berth_tests::Server::shared();
    let directory = server.folder_directory(&id);
    std::os::unix::fs::symlink("/etc", directory.join("etc")).unwrap();
    std::os::unix::fs::symlink(server.outside(), directory.join("out")).unwrap();
    std::os::unix::fs::symlink("..", directory.join("up")).unwrap();
    for subpath in ["etc", "out", "up", "up/up"] {
        ask(
            &ann,
            json!([{"folder": "data", "path": "/w", "subpath": subpath}]),
        )
        .refused(&[400, 404, 409, 422]);
    }
}

#[test]
fn nobody_gets_more_than_the_folder_allows() {
    let ann = someone();
    ann.folder_with(&json!({"name": "closed", "permission": "ro"}));
    ask(&ann, json!([{"folder": "closed", "permission": "rw"}]))
        .refused_field("mounts[0].permission");
    let session = ann.session(&["closed"]);
    assert_eq!(session.about["mounts"][0]["permission"], "ro");
    assert_ne!(session.run("touch closed/x").exit_code, 0);
    // The owner's hands are free where no session is involved.
    ann.put("closed", "file", "x").fine();
    assert_eq!(session.say("cat closed/file"), "x");
}

#[test]
fn mounted_folders_are_part_of_one_tree() {
    let ann = someone();
    ann.folder("data");
    ann.folder("other");
    let session = ann.session_with(&json!({"mounts": [
        {"folder": "data"}, {"folder": "other", "path": "/workspace/deep/other"},
    ]}));
    assert_eq!(session.say("cd data && cd .. && pwd"), "/home/work\n");
    assert_eq!(
        session.say("cd /workspace/deep/other && ls .. && ls ../.."),
        "other\ndeep\n"
    );
    assert_eq!(session.say("cd data; ls -d ../data"), "../data\n");
    for (command, complaint) in [
        ("rmdir data", "busy"),
        ("rm -r data", "busy"),
        ("mv data elsewhere", "busy"),
        ("rmdir /workspace/deep", ""),
        ("touch /workspace/x", ""),
    ] {
        let output = session.run(command);
        assert_ne!(output.exit_code, 0, "{command} worked");
        assert!(
            output.err().to_lowercase().contains(complaint),
            "{command} says {output}"
        );
    }
    session.say("echo moved > data/a && mv data/a /workspace/deep/other/b");
    assert_eq!(ann.download("other", "b").text(), "moved\n");
    assert!(ann.names("data", "").is_empty());
    let mounts = session.say("cat /proc/mounts");
    assert!(
        mounts.contains(" /home/work/data ") && mounts.contains(" /workspace/deep/other "),
        "{mounts}"
    );
}

#[test]
fn two_sessions_see_one_folder_at_the_same_time() {
    let ann = someone();
    ann.folder("data");
    let one = ann.session(&["data"]);
    let two = ann.session_with(&json!({"mounts": [{"folder": "data", "path": "/w"}]}));
    one.say("echo from-one > data/file");
    assert_eq!(two.say("cat /w/file"), "from-one\n");
    two.say("echo from-two >> /w/file");
    assert_eq!(one.say("cat data/file"), "from-one\nfrom-two\n");
    assert_eq!(ann.download("data", "file").text(), "from-one\nfrom-two\n");
    ann.put("data", "file", "from outside\n").fine();
    assert_eq!(one.say("cat data/file"), "from outside\n");
}

#[test]
fn a_folder_is_mounted_by_its_id_too() {
    let ann = someone();
    let id = ann.folder("data");
    let session = ann.session(&[&id]);
    assert_eq!(session.mount_path("data"), "/home/work/data");
    assert_eq!(session.about["mounts"][0]["folder_id"], *id);
}

#[test]
fn a_dot_folder_is_always_whole_and_at_its_place() {
    let ann = someone();
    ann.folder(".config");
    ask(&ann, json!([{"folder": ".config", "path": "/w"}])).refused_field("mounts[0].path");
    ask(&ann, json!([{"folder": ".config", "subpath": "x"}])).refused_field("mounts[0].subpath");
    let session = ann.session(&[]);
    assert_eq!(session.mount_path(".config"), "/home/work/.config");
}
