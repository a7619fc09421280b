//! The walk of the user manual: folders, a session, a terminal, and the files are still there afterwards.

use berth_tests::{Answer, someone};
use serde_json::json;

/// The text of the manual.
const TEXT: &str = "file inside user2-vfolder";

#[test]
fn the_manual_from_its_first_line_to_its_last() {
    let ann = someone();
    ann.folder("user1-ml-test");
    ann.folder("user2-vfolder");

    let session = ann.session(&["user1-ml-test", "user2-vfolder"]);
    assert_eq!(
        session.mount_path("user1-ml-test"),
        "/home/work/user1-ml-test"
    );
    assert_eq!(
        session.mount_path("user2-vfolder"),
        "/home/work/user2-vfolder"
    );

    let mut terminal = session.terminal();
    let seen = terminal.run("ls");
    assert!(
        seen.contains("user1-ml-test") && seen.contains("user2-vfolder"),
        "ls shows {seen:?}"
    );
    assert_eq!(terminal.run("pwd"), "/home/work");
    terminal.run(&format!("echo \"{TEXT}\" > user2-vfolder/test_file"));
    assert_eq!(terminal.run("cat user2-vfolder/test_file"), TEXT);
    terminal.run("echo lost > direct_file");
    assert_eq!(terminal.run("cat direct_file"), "lost");
    terminal.close();
    session.end();

    let file = ann.download("user2-vfolder", "test_file").must(200);
    assert_eq!(file.text(), format!("{TEXT}\n"));
    assert!(ann.names("user1-ml-test", "").is_empty());

    let next = ann.session(&["user2-vfolder"]);
    let mut terminal = next.terminal();
    let seen = terminal.run("ls");
    assert!(
        seen.contains("user2-vfolder") && !seen.contains("direct_file"),
        "ls shows {seen:?}"
    );
    assert_eq!(terminal.run("cat user2-vfolder/test_file"), TEXT);
}

#[test]
fn a_folder_at_an_absolute_path_and_one_at_a_relative_path() {
    let ann = someone();
    ann.folder("test");
    ann.put("test", "hello.txt", "from test\n").fine();
    for (path, place) in [
        ("/workspace", "/workspace"),
        ("sub/dir", "/home/work/sub/dir"),
    ] {
        let session = ann.session_with(&json!({"mounts": [{"folder": "test", "path": path}]}));
        assert_eq!(session.mount_path("test"), place);
        assert_eq!(
            session.say(&format!("cat {place}/hello.txt")),
            "from test\n"
        );
        assert_eq!(
            session.run("ls -d /home/work/test").exit_code,
            2,
            "the folder is at its default place, too"
        );
        session.say(&format!("cd {place} && echo new > made-at-{}", path.len()));
    }
    assert_eq!(
        ann.names("test", ""),
        ["hello.txt", "made-at-10", "made-at-7"]
    );
}

#[test]
fn a_read_only_mount_refuses_every_write() {
    let ann = someone();
    ann.folder("data");
    ann.put("data", "file", "as it was").fine();
    let session = ann.session_with(&json!({"mounts": [{"folder": "data", "permission": "ro"}]}));
    assert_eq!(session.about["mounts"][0]["permission"], "ro");
    assert_eq!(session.say("cat data/file"), "as it was");
    for command in [
        "echo x > data/new",
        "echo x > data/file",
        "echo x >> data/file",
        "touch data/new",
        "mkdir data/new",
        "rm data/file",
        "mv data/file data/other",
        "mv data/file elsewhere",
        "ln -s file data/link",
        "cp data/file data/copy",
    ] {
        let output = session.run(command);
        assert_ne!(output.exit_code, 0, "{command} worked");
        assert!(
            output.err().contains("Read-only file system"),
            "{command} says {output}"
        );
    }
    assert_eq!(ann.names("data", ""), ["file"]);
    assert_eq!(ann.download("data", "file").text(), "as it was");
}

#[test]
fn a_dot_folder_appears_unasked_in_every_new_session() {
    let ann = someone();
    let before = ann.session(&[]);
    ann.folder(".local");
    let session = ann.session(&[]);
    assert_eq!(session.mount_path(".local"), "/home/work/.local");
    assert_eq!(session.about["mounts"][0]["automount"], true);
    session.say("mkdir -p .local/share && echo kept > .local/share/note");
    let next = ann.session(&[]);
    assert_eq!(next.say("cat ~/.local/share/note"), "kept\n");
    let asked = ann.session(&[".local"]);
    assert_eq!(
        asked.about["mounts"].as_array().map(Vec::len),
        Some(1),
        "asked for, it is there once: {}",
        asked.about
    );
    let old = before.run("cat .local/share/note");
    assert_ne!(old.exit_code, 0, "it came into a session that ran already");
}

#[test]
fn homebrew_has_a_place_of_its_own() {
    let ann = someone();
    ann.folder(".linuxbrew");
    let session = ann.session(&[]);
    let place = "/home/linuxbrew/.linuxbrew";
    assert_eq!(session.mount_path(".linuxbrew"), place);
    session.say(&format!("echo brewed > {place}/note"));
    assert_eq!(ann.download(".linuxbrew", "note").text(), "brewed\n");
    assert_ne!(session.run("ls -d /home/work/.linuxbrew").exit_code, 0);
}

#[test]
fn another_persons_folder_cannot_be_mounted() {
    let (ann, bob) = (someone(), someone());
    let id = bob.folder("bobs");
    bob.folder(".bobs-dots");
    ann.folder("mine");
    let mount = |folder: &str| -> Answer {
        ann.ask_session(&json!({"mounts": [{"folder": "mine"}, {"folder": folder}]}))
    };
    for folder in ["bobs", &id, ".bobs-dots", "nobodys"] {
        mount(folder).refused(&[404]);
    }
    let nobody = mount("0192e1a0-0000-7000-8000-000000000000");
    assert_eq!(
        nobody.json()["detail"].as_str().map(str::len),
        mount(&id).json()["detail"].as_str().map(str::len),
        "the answers tell a folder of somebody else's from none"
    );
    assert!(ann.list("/api/v1/sessions").is_empty());
    let session = ann.session(&[]);
    assert_eq!(session.about["mounts"], json!([]));
}
