//! Commands in a session.

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use berth_sessions::limits::{EXEC_OUTPUT_BYTES_MAX, EXECS_MAX};
use berth_sessions::{Command, Error, ExecRequest, TIMED_OUT_CODE};
use common::{PATIENCE, Place, shell};

fn text(text: &str) -> ExecRequest {
    ExecRequest::new(Command::Shell(text.to_owned()))
}

fn argv(arguments: &[&str]) -> ExecRequest {
    ExecRequest::new(Command::Arguments(
        arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect(),
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_errors_and_exit_codes_come_back() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let hello = shell(&computer, "hello").await;
    assert_eq!(
        (hello.exit_code, &hello.stdout[..], &hello.stderr[..]),
        (0, &b"hello"[..], &b""[..])
    );
    let error = shell(&computer, "error!").await;
    assert_eq!(
        (error.exit_code, &error.stdout[..], &error.stderr[..]),
        (7, &b""[..], &b"error!"[..])
    );
    assert!(!error.truncated && !error.timed_out);
    let trap = shell(&computer, "trap").await;
    assert!(trap.exit_code > 128, "ended by a signal: {trap:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn input_of_any_size_goes_in() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let input: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let result = computer
        .exec(ExecRequest {
            stdin: input.clone(),
            ..text("cat")
        })
        .await
        .unwrap();
    assert!(
        result.stdout == input,
        "{} bytes came back",
        result.stdout.len()
    );
    let ignored = computer
        .exec(ExecRequest {
            stdin: input,
            ..text("no thanks")
        })
        .await
        .unwrap();
    assert_eq!(ignored.stdout, b"no thanks");
    assert_eq!(
        shell(&computer, "cat").await.stdout,
        b"",
        "no input is the end of it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_output_than_is_kept_is_cut_and_stops_nobody() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let big = shell(&computer, "big").await;
    assert_eq!(
        (big.exit_code, big.truncated, big.stdout.len()),
        (0, true, EXEC_OUTPUT_BYTES_MAX)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_is_killed() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    for command in ["loop", "yes"] {
        let start = Instant::now();
        let timeout = Some(Duration::from_millis(300));
        let late = computer
            .exec(ExecRequest {
                timeout,
                ..text(command)
            })
            .await
            .unwrap();
        assert_eq!((late.exit_code, late.timed_out), (TIMED_OUT_CODE, true));
        assert!(start.elapsed() < PATIENCE);
    }
    // Who goes away takes the command along: the session's processes are all free again.
    for _ in 0..100 {
        let _ = tokio::time::timeout(Duration::from_millis(5), computer.exec(text("loop"))).await;
    }
    assert_eq!(shell(&computer, "free").await.stdout, b"free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_are_found_as_a_shell_finds_them() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let run = async |request: ExecRequest| {
        let result = computer.exec(request).await.unwrap();
        (result.exit_code, String::from_utf8(result.stderr).unwrap())
    };
    assert_eq!(run(argv(&["coreutils"])).await, (0, String::new()));
    assert_eq!(
        run(argv(&["/usr/bin/coreutils", "a"])).await,
        (0, String::new())
    );
    assert_eq!(
        run(argv(&["nothing"])).await,
        (127, "nothing: command not found\n".to_owned())
    );
    assert_eq!(
        run(argv(&["./nothing"])).await,
        (127, "./nothing: command not found\n".to_owned())
    );
    assert_eq!(
        run(argv(&["/etc/passwd"])).await,
        (126, "/etc/passwd: permission denied\n".to_owned())
    );
    let elsewhere = BTreeMap::from([("PATH".to_owned(), "/tmp".to_owned())]);
    assert_eq!(
        run(ExecRequest {
            environ: elsewhere,
            ..argv(&["coreutils"])
        })
        .await
        .0,
        127
    );
    let there = ExecRequest {
        cwd: Some("/usr".into()),
        ..argv(&["bin/coreutils"])
    };
    assert_eq!(run(there).await.0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_command_runs_nothing() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let environ = BTreeMap::from([("A=B".to_owned(), String::new())]);
    for (request, field) in [
        (text("a\0b"), "command"),
        (argv(&[]), "argv"),
        (argv(&[""]), "argv"),
        (argv(&["a", "\0"]), "argv"),
        (
            ExecRequest {
                cwd: Some("/nowhere".into()),
                ..text("x")
            },
            "cwd",
        ),
        (
            ExecRequest {
                cwd: Some("/etc/passwd".into()),
                ..text("x")
            },
            "cwd",
        ),
        (
            ExecRequest {
                environ,
                ..text("x")
            },
            "environ",
        ),
        (
            ExecRequest {
                timeout: Some(Duration::ZERO),
                ..text("x")
            },
            "timeout_seconds",
        ),
        (
            ExecRequest {
                stdin: vec![0; 17 << 20],
                ..text("x")
            },
            "stdin",
        ),
    ] {
        match computer.exec(request).await {
            Err(Error::Invalid(invalid)) => {
                assert_eq!(invalid.fields().collect::<Vec<_>>(), [field])
            }
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_at_the_same_time_are_limited() {
    let place = Place::new().await;
    let (session, computer) = place.computer(&[]).await;
    let running: Vec<_> = (0..EXECS_MAX)
        .map(|_| {
            let computer = Arc::clone(&computer);
            tokio::spawn(async move {
                loop {
                    match computer.exec(text("loop")).await {
                        Err(Error::TooManyCommands) => {
                            tokio::time::sleep(Duration::from_millis(1)).await
                        }
                        ended => return ended,
                    }
                }
            })
        })
        .collect();
    let start = Instant::now();
    while !matches!(
        computer.exec(text("one more")).await,
        Err(Error::TooManyCommands)
    ) {
        assert!(start.elapsed() < PATIENCE);
    }
    place
        .sessions
        .terminate(place.ann, &session.name)
        .await
        .unwrap();
    for command in running {
        match command.await.unwrap() {
            Ok(ended) => assert_eq!(ended.exit_code, 128 + 9),
            // It had lost its place to the one more, and came back when the session was ending.
            Err(Error::NotRunning { .. }) => {}
            Err(error) => panic!("a command ends with {error}"),
        }
    }
    assert!(matches!(
        computer.exec(text("too late")).await,
        Err(Error::NotRunning { .. })
    ));
}
