//! Sessions: started, seen, ended; what they are made of and what becomes of it.

use std::path::Path;

use berth_tests::{Person, Server, someone, wait_until};
use serde_json::{Value, json};

fn statuses(person: &Person) -> Vec<(String, String)> {
    let text = |session: &Value, field: &str| session[field].as_str().unwrap().to_owned();
    let sessions = person.list("/api/v1/sessions");
    sessions
        .iter()
        .map(|session| (text(session, "name"), text(session, "status")))
        .collect()
}

/// Everything below `directory` that is called `name`.
fn find(directory: &Path, name: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        // Others' sessions come and go meanwhile.
        for entry in std::fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            if entry.file_name().to_string_lossy().contains(name) {
                found.push(entry.path());
            } else if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(entry.path());
            }
        }
    }
    found
}

#[test]
fn a_session_says_what_it_is() {
    let ann = someone();
    let id = ann.folder("data");
    let session = ann.session_with(&json!({"name": "mysess", "mounts": [{"folder": "data"}]}));
    let about = session.now();
    assert_eq!(about["name"], "mysess");
    assert_eq!(about["status"], "RUNNING");
    assert_eq!(about["environment"], "python-3.14");
    assert_eq!(about["type"], "interactive");
    assert!(
        about["created_at"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z')),
        "{about}"
    );
    let mount = &about["mounts"][0];
    assert_eq!(mount["folder"], "data");
    assert_eq!(mount["folder_id"], *id);
    assert_eq!(mount["path"], "/home/work/data");
    assert_eq!(mount["permission"], "rw");
    assert_eq!(mount["automount"], false);
    assert_eq!(about["mounts"].as_array().map(Vec::len), Some(1));
    assert_eq!(about["mounts"], session.about["mounts"]);
    let by_name = ann.get("/api/v1/sessions/mysess").must(200).json();
    assert_eq!(by_name["id"], about["id"]);
    assert_eq!(
        statuses(&ann),
        [("mysess".to_owned(), "RUNNING".to_owned())]
    );
}

#[test]
fn a_session_without_a_name_gets_one() {
    let ann = someone();
    let (one, two) = (ann.session(&[]), ann.session(&[]));
    let name = |about: &Value| about["name"].as_str().unwrap().to_owned();
    assert!(!name(&one.about).is_empty());
    assert_ne!(name(&one.about), name(&two.about));
}

#[test]
fn two_live_sessions_have_two_names() {
    let ann = someone();
    let session = ann.session_with(&json!({"name": "work"}));
    ann.ask_session(&json!({"name": "work"})).refused(&[409]);
    let bob = someone();
    bob.session_with(&json!({"name": "work"}));
    session.end();
    ann.session_with(&json!({"name": "work"}));
}

#[test]
fn a_session_is_renamed() {
    let ann = someone();
    let session = ann.session_with(&json!({"name": "before"}));
    ann.json("PATCH", &session.url(), &json!({"name": "after"}))
        .must(200);
    assert_eq!(session.now()["name"], "after");
    ann.json("PATCH", &session.url(), &json!({"name": "a/b"}))
        .refused_field("name");
    assert_eq!(session.say("echo alive"), "alive\n");
}

#[test]
fn requests_that_make_no_sense_start_nothing() {
    let ann = someone();
    let raw = |body: &str| {
        let headers = [("content-type", "application/json")];
        ann.send("POST", "/api/v1/sessions", &headers, Some(body.as_bytes()))
    };
    for body in ["", "{", "hello", "{} {}", "\u{0}", "{\"mounts\": [}"] {
        raw(body).refused(&[400]);
    }
    for body in [
        "[]",
        "7",
        r#"{"name": 7}"#,
        r#"{"nmae": "x"}"#,
        r#"{"mounts": 7}"#,
    ] {
        raw(body).refused(&[400, 422]);
    }
    let answer = ann.ask_session(&json!({"environment": "windows-95"}));
    let problem = answer.refused(&[400, 404, 422]);
    assert!(problem.to_string().contains("environment"), "{answer}");
    for (field, wish) in [
        ("name", json!({"name": ""})),
        ("name", json!({"name": "a/bcd"})),
        ("name", json!({"name": "ab\ncd"})),
        ("name", json!({"name": "x".repeat(300)})),
        ("type", json!({"type": "inference"})),
        ("environ", json!({"environ": {"A=B": "x"}})),
        ("environ", json!({"environ": {"": "x"}})),
        ("environ", json!({"environ": {"A": "x\0y"}})),
        ("environ", json!({"environ": {"A": "x".repeat(500_000)}})),
        ("resources", json!({"resources": {"memory_bytes": 1}})),
        ("resources", json!({"resources": {"memory_bytes": -1}})),
        ("resources", json!({"resources": {"processes_max": 0}})),
        (
            "resources",
            json!({"resources": {"scratch_bytes": "1 GiB"}}),
        ),
        ("resources", json!({"resources": {"scratch_bytes": 1e300}})),
        ("lifetime_seconds", json!({"lifetime_seconds": 0})),
        ("idle_timeout_seconds", json!({"idle_timeout_seconds": -5})),
    ] {
        ann.ask_session(&wish).refused_field(field);
    }
    assert!(statuses(&ann).is_empty());
}

#[test]
fn there_are_environments_to_choose_from() {
    let ann = someone();
    let environments = ann.list("/api/v1/environments");
    let base = environments
        .iter()
        .find(|environment| environment["name"] == "base")
        .unwrap();
    let default: Vec<_> = environments
        .iter()
        .filter(|environment| environment["default"] == true)
        .map(|environment| environment["name"].as_str().unwrap())
        .collect();
    assert_eq!(default, ["python-3.14"]);
    let programs = base["programs"].as_array().unwrap();
    for program in ["bash", "sh", "ls", "cat", "env", "mkdir", "seq", "["] {
        assert!(programs.contains(&json!(program)), "{program} is missing");
    }
    let session = ann.session_with(&json!({"environment": "base"}));
    assert_eq!(session.about["environment"], "base");
}

#[test]
fn a_session_begins_at_home() {
    let ann = someone();
    let session = ann.session(&[]);
    assert_eq!(
        session.say("pwd; echo $HOME $PWD; cd /; cd; pwd; echo ~"),
        { "/home/work\n/home/work /home/work\n/home/work\n/home/work\n" }
    );
    assert_eq!(session.say("echo $USER $TERM $LANG; id -u; whoami"), {
        "work xterm-256color C.UTF-8\n1000\nwork\n"
    });
    assert_eq!(session.say("ls ~ | wc -l").trim(), "0");
    let path = session.say("echo $PATH");
    assert!(path.contains("/usr/bin"), "{path}");
    session.say("echo x > /tmp/x && cat /tmp/x && rm /tmp/x");
}

#[test]
fn the_system_of_a_session_is_read_only() {
    let ann = someone();
    let session = ann.session(&[]);
    for command in [
        "touch /x",
        "mkdir /x",
        "touch /etc/x",
        "echo x >> /etc/passwd",
        "rm /usr/bin/ls",
        "touch /usr/bin/x",
        "mv /etc/passwd /tmp/",
        "touch /home/x",
    ] {
        assert_ne!(session.run(command).exit_code, 0, "{command} worked");
    }
    assert_eq!(session.say("ls /usr/bin/ls"), "/usr/bin/ls\n");
}

#[test]
fn devices_are_there() {
    let ann = someone();
    let session = ann.session(&[]);
    assert_eq!(
        session
            .say("echo gone > /dev/null; cat /dev/null; head -c 3 /dev/zero | wc -c")
            .trim(),
        "3"
    );
    assert_eq!(session.say("head -c 8 /dev/urandom | wc -c").trim(), "8");
    assert_ne!(
        session.say("head -c 16 /dev/urandom | od"),
        session.say("head -c 16 /dev/random | od")
    );
    let full = session.run("echo x > /dev/full");
    assert!(
        full.exit_code != 0 && full.err().contains("No space left"),
        "{full}"
    );
    assert_eq!(
        session.say("echo out > /dev/stdout; echo in | cat /dev/stdin"),
        "out\nin\n"
    );
    assert_eq!(session.run("echo bad > /dev/stderr").err(), "bad\n");
    assert_ne!(session.run("rm /dev/null").exit_code, 0);
}

#[test]
fn proc_tells_of_the_sessions_own_processes_only() {
    let ann = someone();
    let session = ann.session_with(&json!({"environ": {"MARK": "seen"}}));
    assert!(session.say("cat /proc/self/status").contains("Pid:"));
    assert!(
        session
            .say("cat /proc/self/cmdline")
            .starts_with("cat\0/proc/self/cmdline")
    );
    assert!(session.say("cat /proc/self/environ").contains("MARK=seen"));
    assert!(session.say("ls /proc/self/fd").contains('0'));
    let processes = session.say("ls /proc");
    assert!(
        processes
            .lines()
            .filter(|name| name.parse::<u32>().is_ok())
            .count()
            < 10,
        "{processes}"
    );
    let server = Server::shared().pid().to_string();
    assert!(
        !processes.lines().any(|name| name == server),
        "the host's processes show"
    );
}

#[test]
fn environment_variables_are_handed_over() {
    let ann = someone();
    let session = ann.session_with(&json!({"environ": {"EPOCHS": "3", "TEXT": "a b\n한글 'x'"}}));
    assert_eq!(
        session.say("echo $EPOCHS; echo \"$TEXT\"; printenv EPOCHS"),
        "3\na b\n한글 'x'\n3\n"
    );
    let mut terminal = session.terminal();
    assert_eq!(terminal.run("echo $EPOCHS"), "3");
}

#[test]
fn the_files_of_a_session_are_reached_from_outside() {
    let ann = someone();
    ann.folder("data");
    ann.folder("seen");
    let session = ann.session_with(&json!({"mounts": [
        {"folder": "data"}, {"folder": "seen", "path": "/w", "permission": "ro"},
    ]}));
    let content = |path: &str| format!("{}/content{path}", session.url());
    let put = |path: &str| ann.send("PUT", &content(path), &[], Some(b"from outside"));
    session.say("echo direct > direct; echo kept > data/file; echo x > /tmp/x");
    assert_eq!(
        ann.get(&content("/home/work/direct")).must(200).text(),
        "direct\n"
    );
    assert_eq!(
        ann.get(&content("/home/work/data/file")).must(200).text(),
        "kept\n"
    );
    put("/home/work/data/new").fine();
    put("/home/work/new").fine();
    assert_eq!(session.say("cat data/new new"), "from outsidefrom outside");
    assert_eq!(ann.download("data", "new").text(), "from outside");
    put("/w/new").refused(&[403, 409]);
    put("/etc/new").refused(&[403, 409]);
    put("/new").refused(&[403, 409]);
    ann.delete(&content("/home/work/data/file")).must(204);
    assert_ne!(session.run("cat data/file").exit_code, 0);
    ann.delete(&format!("{}?recursive=true", content("/home/work/data")))
        .refused(&[403, 409]);
    let list = ann.list(&format!("{}/files?path=/home/work", session.url()));
    let names: Vec<_> = list
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    for name in ["data", "direct", "new"] {
        assert!(names.contains(&name), "{names:?}");
    }
    ann.get(&content("/proc/self/environ"))
        .refused(&[400, 403, 404, 409]);
    someone().get(&content("/home/work/direct")).refused(&[404]);
}

#[test]
fn nothing_of_the_host_can_be_seen() {
    let ann = someone();
    let server = Server::shared();
    let secret = server.outside().join("secret");
    std::fs::write(&secret, "the host's secret").unwrap();
    let session = ann.session(&[]);
    for path in [
        secret.to_str().unwrap().to_owned(),
        format!("../../..{}", secret.display()),
        format!("/../../../..{}", secret.display()),
        server.data().join("berth.db").display().to_string(),
        format!("/proc/{}/cmdline", server.pid()),
        "/proc/1/root/etc/os-release".to_owned(),
        "/etc/shadow".to_owned(),
    ] {
        let output = session.exec(&json!({"argv": ["cat", path]}));
        assert_ne!(output.exit_code, 0, "{path}: {output}");
    }
    let environ = session.say("env");
    assert!(
        !environ.contains("BERTH_ADMIN_PASSWORD") && !environ.contains("harbour"),
        "{environ}"
    );
}

#[test]
fn what_is_made_outside_of_folders_is_gone_with_the_session() {
    let ann = someone();
    ann.folder("data");
    let session = ann.session(&["data"]);
    let id = session.id().to_owned();
    session
        .say("echo x > direct; mkdir -p deep/er; echo x > deep/er/file; echo x > /tmp/temporary");
    session.say("ln -s / root-link; ln -s /home/work/data data-link; echo kept > data/file");
    let data = Server::shared().data();
    session.end();
    assert_eq!(
        find(&data, &id),
        Vec::<std::path::PathBuf>::new(),
        "scratch is left on the host"
    );
    assert_eq!(
        ann.names("data", ""),
        ["file"],
        "a folder was deleted with the scratch"
    );
    let next = ann.session(&["data"]);
    assert_eq!(next.say("ls; ls /tmp"), "data\n");
}

#[test]
fn an_ended_session_runs_nothing_and_says_so() {
    let ann = someone();
    let session = ann.session_with(&json!({"name": "over"}));
    let url = session.url();
    session.end();
    let answer = ann.get(&url);
    if answer.status != 404 {
        assert_eq!(answer.must(200).json()["status"], "TERMINATED");
    }
    ann.post(&format!("{url}/exec"), &json!({"command": "echo x"}))
        .refused(&[404, 409]);
    let again = ann.delete(&url);
    assert!([204, 404, 409].contains(&again.status), "{again}");
    assert!(statuses(&ann).iter().all(|(_, status)| status != "RUNNING"));
}

#[test]
fn ending_a_session_ends_its_programs_and_terminals() {
    let ann = someone();
    ann.folder("data");
    let session = ann.session(&["data"]);
    let url = session.url();
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("while :; do echo tick >> data/ticks; done");
    wait_until("the loop to begin", || {
        ann.names("data", "")
            .contains(&"ticks".to_owned())
            .then_some(())
    });
    let command = json!({"command": "while :; do :; done"});
    std::thread::scope(|scope| {
        let running = scope.spawn(|| ann.post(&format!("{url}/exec"), &command));
        session.end();
        let answer = running.join().unwrap();
        assert!(
            answer.status != 200 || answer.json()["exit_code"] != 0,
            "a command of an ended session succeeded: {answer}"
        );
    });
    terminal.wait_for_close();
    let ticks = || ann.download("data", "ticks").must(200).body.len();
    let then = ticks();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(ticks(), then, "a program outlived its session");
    ann.delete("/api/v1/folders/data").fine();
}

#[test]
fn a_session_can_be_awaited_or_not() {
    let ann = someone();
    let answer = ann.post("/api/v1/sessions?wait=false", &json!({"name": "soon"}));
    assert!([201, 202].contains(&answer.status), "{answer}");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let url = format!("/api/v1/sessions/{id}");
    wait_until("the session to run", || {
        let about = ann.get(&url).must(200).json();
        let status = about["status"].as_str().unwrap().to_owned();
        assert!(
            ["PENDING", "PREPARING", "RUNNING"].contains(&&*status),
            "{about}"
        );
        (status == "RUNNING").then_some(())
    });
    ann.delete(&url).must(204);
}

#[test]
fn a_session_ends_when_its_time_is_over() {
    let ann = someone();
    for wish in [
        json!({"lifetime_seconds": 1}),
        json!({"idle_timeout_seconds": 1}),
    ] {
        let id = ann.ask_session(&wish).must(201).json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        wait_until("the session to end by itself", || {
            let answer = ann.get(&format!("/api/v1/sessions/{id}"));
            (answer.status == 404 || answer.json()["status"] == "TERMINATED").then_some(())
        });
        assert!(
            find(&Server::shared().data(), &id).is_empty(),
            "{wish}: scratch is left"
        );
    }
}

#[test]
fn nobody_sees_or_touches_the_sessions_of_others() {
    let (ann, bob) = (someone(), someone());
    let session = ann.session_with(&json!({"name": "private"}));
    assert!(bob.list("/api/v1/sessions").is_empty());
    for way in [session.id(), "private"] {
        let url = format!("/api/v1/sessions/{way}");
        bob.get(&url).refused(&[404]);
        bob.json("PATCH", &url, &json!({"name": "mine"}))
            .refused(&[404]);
        bob.delete(&url).refused(&[404]);
        bob.post(&format!("{url}/exec"), &json!({"command": "id"}))
            .refused(&[404]);
    }
    bob.get("/api/v1/sessions/0192e1a0-0000-7000-8000-000000000000")
        .refused(&[404]);
    bob.get("/api/v1/sessions/%00").refused(&[400, 404]);
    assert_eq!(session.say("echo alive"), "alive\n");
}

#[test]
fn sessions_are_apart_from_each_other() {
    let ann = someone();
    let (one, two) = (ann.session(&[]), ann.session(&[]));
    one.say("echo x > file; echo x > /tmp/file");
    assert_ne!(two.run("ls file /tmp/file").exit_code, 0);
    one.say("echo $$ > pid");
    two.run("kill -9 -1");
    two.run("for pid in 1 2 3 4 5 6 7 8 9; do kill -9 $pid; done");
    assert_eq!(one.say("cat file"), "x\n");
}

#[test]
fn many_sessions_run_at_once() {
    const SESSIONS: usize = 30;
    let ann = someone();
    ann.folder("data");
    let sessions: Vec<_> = (0..SESSIONS).map(|_| ann.session(&["data"])).collect();
    for (number, session) in sessions.iter().enumerate() {
        session.say(&format!("echo {number} > data/{number}"));
    }
    assert_eq!(ann.names("data", "").len(), SESSIONS);
    assert_eq!(statuses(&ann).len(), SESSIONS);
}
