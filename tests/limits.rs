//! Guests that want everything: each is stopped at its own limit, and nobody else notices.

use std::time::Duration;

use berth_tests::{Person, Server, Session, programs, someone, wait_until};
use serde_json::{Value, json};

const MEBIBYTE: u64 = 1 << 20;

/// Somebody with a folder `tools`.
fn with_tools() -> Person {
    let ann = someone();
    ann.folder("tools");
    ann
}

fn session_with<'a>(ann: &'a Person, resources: &Value) -> Session<'a> {
    ann.session_with(&json!({"mounts": [{"folder": "tools"}], "resources": resources}))
}

/// The server answers, another session works, and its terminal too.
#[track_caller]
fn others_work(ann: &Person) {
    assert_eq!(ann.get("/healthz").status, 200);
    ann.get("/api/v1/me").must(200);
    let other = ann.session(&[]);
    assert_eq!(other.say("seq 10 | tail -1"), "10\n");
    assert_eq!(other.terminal().run("echo typed"), "typed");
}

#[test]
fn guests_that_loop_for_ever_delay_nobody() {
    const LOOPS: usize = 8;
    let ann = with_tools();
    ann.put("tools", "spin.wasm", programs::spin()).fine();
    let session = session_with(&ann, &json!({}));
    let mut terminals: Vec<_> = (0..LOOPS)
        .map(|n| session.terminal_named(&format!("t{n}")))
        .collect();
    for (n, terminal) in terminals.iter_mut().enumerate() {
        terminal.wait_for_prompt();
        let command = if n % 2 == 0 {
            "tools/spin.wasm"
        } else {
            "while :; do :; done"
        };
        terminal.enter(&format!("echo be\"\"gun; {command}"));
        terminal.wait_for_line("begun");
    }
    for _ in 0..3 {
        others_work(&ann);
        assert_eq!(session.say("echo the same session"), "the same session\n");
    }
    for terminal in &mut terminals {
        terminal.type_bytes(&[0x03]);
        assert_eq!(terminal.run("echo alive"), "alive");
    }
    let output = session.exec(&json!({"argv": ["tools/spin.wasm"], "timeout_seconds": 1}));
    assert_ne!(output.exit_code, 0);
}

#[test]
fn a_guest_that_allocates_for_ever_gets_what_its_session_may_have() {
    let ann = with_tools();
    ann.put("tools", "allocate.wasm", programs::allocate())
        .fine();
    let session = session_with(&ann, &json!({"memory_bytes": 64 * MEBIBYTE}));
    let output = session.run("tools/allocate.wasm");
    assert_eq!(
        (output.exit_code, output.out()),
        (7, "full\n".into()),
        "{output}"
    );
    // What it had is given back.
    for _ in 0..5 {
        assert_eq!(session.run("tools/allocate.wasm").exit_code, 7);
    }
    assert_eq!(session.say("echo alive | cat"), "alive\n");
    others_work(&ann);
}

#[test]
fn a_stack_is_memory_of_its_session() {
    let ann = with_tools();
    ann.put("tools", "deep.wasm", programs::deep()).fine();
    let session = session_with(&ann, &json!({"memory_bytes": 1216 * MEBIBYTE}));
    for _ in 0..4 {
        let output = session.run("tools/deep.wasm");
        assert_eq!(output.exit_code, 5, "{output}");
    }
    let session = session_with(&ann, &json!({"memory_bytes": 16 * MEBIBYTE}));
    // Beside a shell: alone it fits.
    let output = session.run("tools/deep.wasm; exit $?");
    assert_eq!(output.exit_code, 137, "{output}");
    assert!(
        output.err().contains("out of memory: its stack"),
        "{output}"
    );
    assert_eq!(session.say("echo alive | cat"), "alive\n");
}

#[test]
fn many_guests_allocating_share_one_limit() {
    let ann = with_tools();
    ann.put("tools", "allocate.wasm", programs::allocate())
        .fine();
    let session = session_with(&ann, &json!({"memory_bytes": 128 * MEBIBYTE}));
    let before = Server::shared().resident_bytes();
    let output = session.run(
        "tools/allocate.wasm | tools/allocate.wasm | tools/allocate.wasm | tools/allocate.wasm; echo done",
    );
    assert!(output.out().contains("done"), "{output}");
    let grown = Server::shared().resident_bytes().saturating_sub(before);
    assert!(
        grown < 1024 * MEBIBYTE,
        "the server grew by {} MiB",
        grown / MEBIBYTE
    );
    assert_eq!(session.say("echo alive"), "alive\n");
}

#[test]
fn a_shell_that_grows_for_ever_is_ended_and_not_the_server() {
    let ann = with_tools();
    let session = session_with(&ann, &json!({"memory_bytes": 64 * MEBIBYTE}));
    let output = session.exec(
        &json!({"command": "x=0123456789abcdef; while :; do x=$x$x; done", "timeout_seconds": 120}),
    );
    assert_ne!(output.exit_code, 0, "{output}");
    let output = session.exec(&json!({"command": "f() { f; }; f", "timeout_seconds": 120}));
    assert_ne!(output.exit_code, 0, "{output}");
    let output = session.exec(
        &json!({"command": "head -c 1000000000 /dev/zero | sort | wc -c", "timeout_seconds": 120}),
    );
    assert!(
        output.exit_code != 0 || !output.stderr.is_empty(),
        "{output}"
    );
    assert_eq!(session.say("echo alive"), "alive\n");
    others_work(&ann);
}

#[test]
fn a_guest_that_opens_descriptors_for_ever_is_told_to_stop() {
    let ann = with_tools();
    ann.put("tools", "open.wasm", programs::open_for_ever())
        .fine();
    let session = session_with(&ann, &json!({}));
    // 33: too many open files.
    assert_eq!(session.run("tools/open.wasm").exit_code, 33);
    let open_in_server = || {
        std::fs::read_dir(format!("/proc/{}/fd", Server::shared().pid()))
            .unwrap()
            .count()
    };
    let before = open_in_server();
    for _ in 0..5 {
        assert_eq!(
            session
                .run("tools/open.wasm | cat; tools/open.wasm")
                .exit_code,
            33
        );
    }
    wait_until("the descriptors to be given back", || {
        (open_in_server() < before + 100).then_some(())
    });
    assert_eq!(
        session.say("cat /etc/os-release > /dev/null && echo alive"),
        "alive\n"
    );
    others_work(&ann);
}

#[test]
fn a_guest_that_prints_for_ever_to_a_viewer_that_does_not_read_waits() {
    const TOTAL: u64 = 60 * MEBIBYTE;
    // A server of its own: others would be seen in its memory.
    let server = Server::start();
    let ann = server.person();
    ann.folder("tools");
    let session = session_with(&ann, &json!({}));
    let mut viewer = session.terminal();
    viewer.shrink_receive_buffer();
    viewer.wait_for_prompt();
    viewer.enter(&format!(
        "clear; yes 0123456789abcdef | head -c {TOTAL} | tee tools/progress; echo; echo e\"\"nd"
    ));
    let progress = || -> u64 {
        let text = session.say("cat tools/progress 2>/dev/null | wc -c");
        text.trim().parse().unwrap()
    };
    let memory = server.resident_bytes();
    // Printed: at most what the socket, the queue and the pipes hold. Then it stands still.
    let (mut last, mut still) = (0, 0);
    wait_until("the program to stand still", || {
        std::thread::sleep(Duration::from_millis(300));
        let now = progress();
        still = if now == last && now > 0 { still + 1 } else { 0 };
        last = now;
        (still >= 5).then_some(())
    });
    assert!(
        last < TOTAL / 2,
        "{last} bytes were printed to a viewer that does not read"
    );
    let grown = server.resident_bytes().saturating_sub(memory);
    assert!(
        grown < 64 * MEBIBYTE,
        "the server grew by {} MiB",
        grown / MEBIBYTE
    );

    // Nobody else waits: not another terminal of the session, not another session.
    assert_eq!(
        session.terminal_named("other").run("seq 1000 | tail -1"),
        "1000"
    );
    others_work(&ann);
    assert_eq!(progress(), last);

    // When the viewer reads again, it all comes.
    viewer.wait_for_line("end");
    assert_eq!(progress(), TOTAL);
    assert!(viewer.output.len() as u64 > TOTAL);
}

#[test]
fn a_program_goes_on_when_the_viewer_it_waits_for_leaves() {
    let ann = with_tools();
    let session = session_with(&ann, &json!({}));
    let mut viewer = session.terminal();
    viewer.wait_for_prompt();
    viewer.enter("yes 0123456789abcdef | head -c 40000000; echo x > tools/over");
    viewer.wait_for_output(100_000);
    drop(viewer);
    wait_until("the program to end", || {
        (ann.download("tools", "over").status == 200).then_some(())
    });
    let mut again = session.terminal();
    assert_eq!(again.run("echo alive"), "alive");
}

#[test]
fn a_viewer_that_does_not_read_does_not_keep_a_program_from_being_ended() {
    let ann = with_tools();
    let session = session_with(&ann, &json!({}));
    let mut viewer = session.terminal();
    viewer.shrink_receive_buffer();
    viewer.wait_for_prompt();
    viewer.enter("yes");
    viewer.wait_for_output(100_000);
    // What waits is told apart by what stands still, as seen from outside; ending it must work all the same.
    std::thread::sleep(Duration::from_secs(1));
    viewer.type_bytes(&[0x03]);
    assert_eq!(viewer.run("echo alive"), "alive");
    viewer.enter("yes");
    viewer.wait_for_output(1_000_000);
    session.end();
    ann.delete("/api/v1/folders/tools").fine();
}

#[test]
fn a_fork_bomb_stays_in_its_session() {
    let ann = with_tools();
    for (bomb, waits) in [
        ("b() { b | b; }; b", true),
        (
            "printf '#!/bin/bash\\n$0 | $0\\n' > b; chmod +x b; ./b",
            true,
        ),
        ("b() { b & b & }; b; wait", false),
    ] {
        let session = session_with(&ann, &json!({"processes_max": 40}));
        session.exec(&json!({"command": bomb, "timeout_seconds": 5}));
        others_work(&ann);
        if waits {
            // The command was waited for, so that with it everything it started is gone.
            wait_until(&format!("the end of {bomb}"), || {
                let answer = session.ask_exec(&json!({"command": "ls /proc | cat"}));
                let count = count_processes(answer.json()["stdout"].as_str().unwrap_or_default());
                (answer.status == 200 && count <= 4).then_some(())
            });
        }
        session.end();
        others_work(&ann);
    }
}

#[test]
fn a_fork_bomb_in_a_terminal_is_ended_by_its_session() {
    let ann = with_tools();
    let session = session_with(&ann, &json!({"processes_max": 40}));
    let mut terminal = session.terminal();
    terminal.wait_for_prompt();
    terminal.enter("b() { b | b; }; b");
    others_work(&ann);
    session.end();
    terminal.wait_for_close();
    others_work(&ann);
}

/// Process numbers in a list of `/proc`.
fn count_processes(listed: &str) -> usize {
    let is_process = |name: &&str| name.parse::<u32>().is_ok();
    listed.lines().filter(is_process).count()
}

#[test]
fn scratch_has_a_limit() {
    let ann = with_tools();
    let session = session_with(&ann, &json!({"scratch_bytes": 8 * MEBIBYTE}));
    for place in ["/home/work/big", "/tmp/big"] {
        let output = session.run(&format!("head -c 20000000 /dev/zero > {place}"));
        assert_ne!(output.exit_code, 0, "{place}: 20 MB in 8 MiB");
        assert!(
            ["No space left", "quota"]
                .iter()
                .any(|words| output.err().contains(words)),
            "{place}: {output}"
        );
        let size: u64 = session
            .say(&format!("wc -c < {place}"))
            .trim()
            .parse()
            .unwrap();
        assert!(size <= 8 * MEBIBYTE, "{size}");
        session.say(&format!("rm {place}; echo fits > {place}; cat {place}"));
    }
    assert_ne!(
        session
            .run("head -c 6000000 /dev/zero > a && head -c 6000000 /dev/zero > /tmp/b")
            .exit_code,
        0
    );
    // A folder is not scratch.
    session.say("rm -f a /tmp/b; head -c 20000000 /dev/zero > tools/big && wc -c < tools/big");
}

#[test]
fn arguments_have_a_limit() {
    let ann = with_tools();
    let session = session_with(&ann, &json!({}));
    let output =
        session.run("x=$(head -c 700000 /dev/zero | tr '\\0' x); /usr/bin/echo $x $x | wc -c");
    assert!(
        output.err().contains("too long") || output.err().contains("Argument list"),
        "{output}"
    );
    let output =
        session.run("x=$(head -c 700000 /dev/zero | tr '\\0' x); /usr/bin/echo $x | wc -c");
    assert_eq!(output.out().trim(), "700001", "{output}");
}

#[test]
fn deep_directories_do_no_harm() {
    let ann = with_tools();
    let session = session_with(&ann, &json!({}));
    session
        .say("cd tools; for n in $(seq 500); do mkdir d && cd d || exit 1; done; echo deep > file");
    assert_eq!(session.say("cd tools; ls -R | tail -1"), "file\n");
    let archive = ann.get("/api/v1/folders/tools/content/?archive=zip");
    assert!(archive.status < 500, "{archive}");
    ann.delete(&format!("{}?recursive=true", Person::content("tools", "d")))
        .fine();
    assert!(ann.names("tools", "").is_empty());
}

#[test]
fn many_commands_at_once_are_refused_clearly_or_run() {
    let ann = with_tools();
    let session = session_with(&ann, &json!({}));
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..24)
            .map(|n| {
                let session = &session;
                scope.spawn(move || {
                    session.ask_exec(&json!({"command": format!("sleep 0.5; echo {n}")}))
                })
            })
            .collect();
        for (n, answer) in asked.into_iter().enumerate() {
            let answer = answer.join().unwrap();
            if answer.status == 200 {
                assert_eq!(answer.json()["stdout"], format!("{n}\n"));
            } else {
                answer.refused(&[409, 429, 503]);
            }
        }
    });
    assert_eq!(session.say("echo alive"), "alive\n");
}
