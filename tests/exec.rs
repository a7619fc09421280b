//! Commands run in a session from outside.

use berth_tests::someone;
use serde_json::json;

#[test]
fn shell_text_is_run_by_the_shell() {
    let ann = someone();
    let session = ann.session(&[]);
    let output = session.run("echo out; echo err >&2; exit 3");
    assert_eq!(
        (output.exit_code, output.out(), output.err()),
        (3, "out\n".into(), "err\n".into())
    );
    assert!(!output.truncated);
    assert_eq!(session.run("true").exit_code, 0);
    assert_eq!(session.run("false").exit_code, 1);
    assert_eq!(session.run("exit 255").exit_code, 255);
    assert_eq!(
        session
            .run("seq 3 | cat -n | tail -1")
            .out()
            .split_whitespace()
            .collect::<Vec<_>>(),
        ["3", "3"]
    );
    assert_eq!(session.run("no-such-program").exit_code, 127);
    let wrong = session.run("echo 'never closed");
    assert!(wrong.exit_code != 0 && !wrong.stderr.is_empty(), "{wrong}");
}

#[test]
fn arguments_reach_the_program_as_they_are() {
    let ann = someone();
    let session = ann.session(&[]);
    let arguments = [
        "a b",
        "$HOME",
        "*",
        "",
        "'\"\\",
        "한글 👩‍🔬",
        "line\nbreak",
        "--",
    ];
    let argv: Vec<&str> = ["printf", "<%s>"].into_iter().chain(arguments).collect();
    let output = session.exec(&json!({"argv": argv}));
    let expected: String = arguments
        .iter()
        .map(|argument| format!("<{argument}>"))
        .collect();
    assert_eq!((output.exit_code, output.out()), (0, expected));
    assert_eq!(
        session.exec(&json!({"argv": ["/usr/bin/pwd"]})).out(),
        "/home/work\n"
    );
    let missing = session.exec(&json!({"argv": ["no-such-program"]}));
    assert_eq!(missing.exit_code, 127, "{missing}");
    let directory = session.exec(&json!({"argv": ["/tmp"]}));
    assert_eq!(directory.exit_code, 126, "{directory}");
}

#[test]
fn input_is_read_to_its_end() {
    let ann = someone();
    let session = ann.session(&[]);
    let output = session.exec(&json!({"argv": ["cat"], "stdin": "one\ntwo 한글"}));
    assert_eq!(output.out(), "one\ntwo 한글");
    assert_eq!(session.exec(&json!({"argv": ["cat"]})).out(), "");
    let long = "0123456789abcdef".repeat(20_000);
    let output = session.exec(&json!({"argv": ["cat"], "stdin": long}));
    assert!(
        output.out() == long && output.exit_code == 0,
        "a long input came back changed"
    );
    // A program that does not read it all is no fault.
    let output = session.exec(&json!({"argv": ["head", "-c", "3"], "stdin": long}));
    assert_eq!(output.out(), "012");
    let output =
        session.exec(&json!({"command": "read line; echo got $line; cat", "stdin": "first\nrest"}));
    assert_eq!(output.out(), "got first\nrest");
}

#[test]
fn a_command_runs_where_it_is_told() {
    let ann = someone();
    ann.folder("data");
    let session = ann.session(&["data"]);
    session.say("mkdir -p 'data/a b'");
    for (cwd, seen) in [
        ("/home/work/data/a b", "/home/work/data/a b\n"),
        ("data", "/home/work/data\n"),
        ("/", "/\n"),
        ("/tmp/../usr/bin", "/usr/bin\n"),
    ] {
        assert_eq!(
            session.exec(&json!({"command": "pwd", "cwd": cwd})).out(),
            seen
        );
    }
    for cwd in ["/nowhere", "/etc/passwd", "a\0b"] {
        session
            .ask_exec(&json!({"command": "pwd", "cwd": cwd}))
            .refused(&[400, 404, 409, 422]);
    }
}

#[test]
fn a_command_has_variables_of_its_own() {
    let ann = someone();
    let session = ann.session_with(&json!({"environ": {"A": "session's", "B": "session's"}}));
    let output =
        session.exec(&json!({"command": "echo $A $B $C", "environ": {"B": "own", "C": "own too"}}));
    assert_eq!(output.out(), "session's own own too\n");
    assert_eq!(session.say("echo $A $B $C"), "session's session's\n");
    session
        .ask_exec(&json!({"command": "env", "environ": {"A=B": "x"}}))
        .refused_field("environ");
}

#[test]
fn one_command_leaves_nothing_in_the_next_but_files() {
    let ann = someone();
    let session = ann.session(&[]);
    session.say("cd /tmp; X=1; export Y=2; f() { echo f; }; echo kept > ~/file");
    assert_eq!(
        session.say("pwd; echo \"<$X$Y>\"; cat file"),
        "/home/work\n<>\nkept\n"
    );
    assert_eq!(session.run("f").exit_code, 127);
}

#[test]
fn a_command_that_takes_too_long_is_ended() {
    let ann = someone();
    let session = ann.session(&[]);
    for command in [
        "while :; do :; done",
        "sleep 10000",
        "cat /dev/zero | cat > /dev/null",
    ] {
        let answer = session.ask_exec(
            &json!({"command": format!("echo begun; {command}; echo over"), "timeout_seconds": 1}),
        );
        assert_eq!(answer.status, 200, "{answer}");
        let answer = answer.json();
        assert_eq!(answer["exit_code"], 124, "{command}: {answer}");
        assert_eq!(answer["timed_out"], true, "{command}: {answer}");
        assert_eq!(answer["stdout"], "begun\n", "{command}: {answer}");
    }
    // Nothing of them is left.
    let processes = session.say("ls /proc");
    let count = processes
        .lines()
        .filter(|name| name.parse::<u32>().is_ok())
        .count();
    assert!(count <= 3, "{processes}");
    session
        .ask_exec(&json!({"command": "true", "timeout_seconds": 0}))
        .refused_field("timeout_seconds");
    session
        .ask_exec(&json!({"command": "true", "timeout_seconds": -1}))
        .refused_field("timeout_seconds");
}

#[test]
fn bytes_that_are_no_text_come_in_base64() {
    let ann = someone();
    let session = ann.session(&[]);
    let answer =
        session.ask_exec(&json!({"command": "printf '\\377\\000\\001'; printf '\\300' >&2"}));
    let answer = answer.must(200).json();
    assert_eq!(answer["stdout"], json!({"base64": "/wAB"}));
    assert_eq!(answer["stderr"], json!({"base64": "wA=="}));
    let output = session.run("head -c 100000 /dev/urandom | tee file; sum file >&2");
    assert_eq!(output.stdout.len(), 100_000);
}

#[test]
fn endless_output_is_cut_and_said_to_be() {
    let ann = someone();
    let session = ann.session(&[]);
    let output = session.exec(&json!({"command": "yes 0123456789abcde | head -c 50000000"}));
    assert!(output.truncated);
    assert_eq!(
        output.exit_code, 0,
        "the program could not write to its end"
    );
    assert!(
        output.stdout.len() > 100_000 && output.stdout.len() < 50_000_000,
        "{}",
        output.stdout.len()
    );
    assert!(
        output
            .out()
            .starts_with("0123456789abcde\n0123456789abcde\n")
    );
    let endless = session.exec(&json!({"command": "yes", "timeout_seconds": 2}));
    assert!(endless.truncated && endless.exit_code != 0);
}

#[test]
fn requests_that_make_no_sense_run_nothing() {
    let ann = someone();
    ann.folder("data");
    let session = ann.session(&["data"]);
    for body in [
        json!({}),
        json!({"command": "touch data/x", "argv": ["touch", "data/x"]}),
        json!({"argv": []}),
        json!({"argv": "touch data/x"}),
        json!({"argv": [""]}),
        json!({"argv": ["touch", 7]}),
        json!({"command": ["touch data/x"]}),
        json!({"command": "touch data/x\0"}),
        json!({"argv": ["touch", "data/x\0"]}),
        json!({"command": "touch data/x", "stdin": 7}),
        json!({"command": "touch data/x", "comand": ""}),
        json!({"command": "touch data/x", "timeout_seconds": "soon"}),
        json!({"command": "touch data/x", "timeout_seconds": 1e12}),
    ] {
        session.ask_exec(&body).refused(&[400, 422]);
    }
    let headers = [("content-type", "application/json")];
    let url = format!("{}/exec", session.url());
    ann.send("POST", &url, &headers, Some(b"not JSON"))
        .refused(&[400]);
    assert!(ann.names("data", "").is_empty());
}

#[test]
fn commands_of_one_session_run_side_by_side() {
    let ann = someone();
    let session = ann.session(&[]);
    std::thread::scope(|scope| {
        // Each waits for what the other does.
        let wait = |mine: &str, other: &str| {
            session.say(&format!(
                "echo x > {mine}; while [ ! -e {other} ]; do sleep 0.05; done; echo met"
            ))
        };
        let one = scope.spawn(move || wait("one", "two"));
        let two = scope.spawn(move || wait("two", "one"));
        assert_eq!(one.join().unwrap(), "met\n");
        assert_eq!(two.join().unwrap(), "met\n");
    });
}

#[test]
fn a_program_in_a_folder_is_run() {
    let ann = someone();
    ann.folder("data");
    ann.put(
        "data",
        "script.sh",
        "#!/bin/bash\necho \"${0##*/}: $# arguments, first <$1>\"\nexit 5\n",
    )
    .fine();
    let session = ann.session(&["data"]);
    // What comes through the browser has no execute bit, as on any other computer.
    let refused = session.exec(&json!({"argv": ["data/script.sh"]}));
    assert_eq!(refused.exit_code, 126, "{refused}");
    session.say("chmod +x data/script.sh");
    let output = session.exec(&json!({"argv": ["data/script.sh", "a b", "c"]}));
    assert_eq!(
        (output.exit_code, output.out()),
        (5, "script.sh: 2 arguments, first <a b>\n".into())
    );
}
