//! What a person wants in every session of theirs: dotfiles, and a script that runs at its start.

use std::time::Duration;

use berth_tests::{Person, encode, someone, wait_until};
use serde_json::json;

fn put_dotfile(person: &Person, path: &str, data: &str) {
    let url = format!("/api/v1/user-config/dotfiles/{}", encode(path));
    person
        .json("PUT", &url, &json!({"data": data, "mode": "600"}))
        .must(201);
}

fn set_bootstrap_script(person: &Person, script: &str) {
    let url = "/api/v1/user-config/bootstrap-script";
    person
        .json("PUT", url, &json!({"script": script}))
        .must(200);
}

#[test]
fn dotfiles_are_in_every_new_session_and_only_in_mine() {
    let (ann, bob) = (someone(), someone());
    let before = ann.session(&[]);
    put_dotfile(&ann, ".bashrc", "greet() { echo greetings; }\n");
    put_dotfile(&ann, ".config/pip/pip.conf", "[global]\nquiet = 0\n");
    let session = ann.session(&[]);
    assert_eq!(
        session.say("cat .config/pip/pip.conf; stat -c %a .bashrc"),
        "[global]\nquiet = 0\n600\n"
    );
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("greet");
    terminal.wait_for_line("greetings");
    // The home is the session's own: what is changed there is gone with it.
    session.say("echo changed > .bashrc");
    assert!(ann.session(&[]).say("cat .bashrc").starts_with("greet()"));
    assert_eq!(before.run("test -e .config").exit_code, 1);
    assert_eq!(bob.session(&[]).run("test -e .config").exit_code, 1);
    ann.delete("/api/v1/user-config/dotfiles/.bashrc").must(204);
    let skeleton = ann.session(&[]).say("cat .bashrc");
    assert!(skeleton.starts_with("# Start of an interactive shell"));
}

#[test]
fn a_mounted_folder_is_not_written_over_by_a_dotfile() {
    let ann = someone();
    let local = ann.folder(".config");
    ann.put(&local, "x/mine", "the folder's\n").must(201);
    put_dotfile(&ann, ".config/x/mine", "the dotfile's\n");
    put_dotfile(&ann, ".configure", "beside it\n");
    let session = ann.session(&[]);
    assert_eq!(session.say("cat .config/x/mine"), "the folder's\n");
    assert_eq!(session.say("cat .configure"), "beside it\n");
    let log = ann.get(&format!("{}/logs", session.url())).must(200);
    assert_eq!(
        String::from_utf8_lossy(&log.body),
        "berth: .config/x/mine is left out, for a folder is mounted there\n"
    );
}

#[test]
fn the_bootstrap_script_has_run_when_a_session_is_running() {
    let ann = someone();
    put_dotfile(&ann, ".greeting", "greetings\n");
    set_bootstrap_script(
        &ann,
        "cat .greeting; pwd > witness; echo $EPOCHS >> witness; exit 3",
    );
    let session = ann.session_with(&json!({"environ": {"EPOCHS": "7"}}));
    assert_eq!(session.say("cat witness"), "/home/work\n7\n");
    let log = ann.get(&format!("{}/logs", session.url())).must(200);
    assert_eq!(
        String::from_utf8_lossy(&log.body),
        "greetings\nberth: the bootstrap script ended with exit code 3\n"
    );
    set_bootstrap_script(&ann, "");
    assert_eq!(ann.session(&[]).run("test -e witness").exit_code, 1);
}

#[test]
fn a_session_whose_bootstrap_script_hangs_can_be_ended() {
    let ann = someone();
    set_bootstrap_script(&ann, "while :; do sleep 1; done");
    let made = ann
        .post("/api/v1/sessions?wait=false", &json!({"name": "stuck"}))
        .must(201);
    let url = format!("/api/v1/sessions/{}", made.json()["id"].as_str().unwrap());
    let status = || ann.get(&url).must(200).json()["status"].clone();
    wait_until("PREPARING", || (status() == "PREPARING").then_some(()));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(status(), "PREPARING");
    ann.delete(&url).must(204);
    assert_eq!(status(), "TERMINATED");
}

/// The manual's case: one folder `.local` for two releases of Python, told apart in `.bashrc`.
#[test]
fn one_local_folder_serves_two_pythons_that_bashrc_tells_apart() {
    let ann = someone();
    ann.folder(".local");
    put_dotfile(
        &ann,
        ".bashrc",
        "version=$(python3 -c 'import sys; print(\"%d.%d\" % sys.version_info[:2])')\n\
         export PYTHONPATH=$HOME/.local/lib/python$version/site-packages\n",
    );
    let environments = ["python-3.14", "python-3.12"];
    for environment in environments {
        let version = environment.strip_prefix("python-").unwrap();
        let session = ann.session_with(&json!({"environment": environment}));
        let mut terminal = session.terminal();
        terminal.wait_for_prompt();
        terminal.enter("echo $PYTHONPATH");
        terminal.wait_for_line(&format!(
            "/home/work/.local/lib/python{version}/site-packages"
        ));
        terminal.enter(&format!(
            "mkdir -p $PYTHONPATH && echo \"made_by = '{version}'\" > $PYTHONPATH/told.py && echo written-$((40+2))"
        ));
        terminal.wait_for_line("written-42");
    }
    // Later sessions: each finds its own.
    for environment in environments {
        let version = environment.strip_prefix("python-").unwrap();
        let session = ann.session_with(&json!({"environment": environment}));
        let mut terminal = session.terminal();
        terminal.wait_for_prompt();
        terminal.enter("python3 -c 'import told; print(told.made_by, told.__file__)'");
        terminal.wait_for_line(&format!(
            "{version} /home/work/.local/lib/python{version}/site-packages/told.py"
        ));
    }
}
