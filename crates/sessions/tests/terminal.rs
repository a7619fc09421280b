//! Terminals: one shell, many who watch.

mod common;

use std::time::Duration;

use berth_sessions::limits::{TERMINALS_MAX, VIEWER_QUEUE_BYTES, VIEWERS_MAX};
use berth_sessions::{Error, WindowSize};
use common::{PATIENCE, Place, shell, to_the_end, until};

const SIZE: WindowSize = WindowSize {
    rows: 24,
    columns: 80,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_is_shown_and_answered() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let first = computer.attach("main", SIZE).await.unwrap();
    assert!(first.snapshot.is_empty(), "nothing was shown yet");
    until(&first.viewer, "$ ").await;
    first.terminal.input(b"world\r").await;
    assert_eq!(until(&first.viewer, "$ ").await, "world\r\nworld\r\n$ ");
    first.terminal.input("한\x7f글\r".as_bytes()).await;
    assert_eq!(
        until(&first.viewer, "$ ").await,
        "한\u{8} \u{8}\u{8} \u{8}글\r\n글\r\n$ "
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_watch_see_the_same_and_who_comes_late_sees_the_screen() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let first = computer.attach("main", SIZE).await.unwrap();
    until(&first.viewer, "$ ").await;
    first.terminal.input(b"one\r").await;
    until(&first.viewer, "$ ").await;
    let second = computer
        .attach(
            "main",
            WindowSize {
                rows: 30,
                columns: 100,
            },
        )
        .await
        .unwrap();
    let screen = String::from_utf8(second.snapshot.to_vec()).unwrap();
    assert!(screen.contains("one"), "{screen:?}");
    second.terminal.input(b"two\r").await;
    let seen = until(&first.viewer, "$ ").await;
    assert_eq!(seen, until(&second.viewer, "$ ").await);
    assert!(seen.contains("two"));

    // Detaching leaves the shell running.
    drop((first, second));
    let again = computer.attach("main", SIZE).await.unwrap();
    assert!(String::from_utf8_lossy(&again.snapshot).contains("two"));
    again.terminal.input(b"three\r").await;
    until(&again.viewer, "three\r\n$ ").await;

    let other = computer.attach("other", SIZE).await.unwrap();
    assert!(
        other.snapshot.is_empty(),
        "another terminal is another shell"
    );
    assert_eq!(computer.terminals().await, ["main", "other"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_shell_ends_so_does_the_output_and_the_next_gets_a_new_one() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let first = computer.attach("main", SIZE).await.unwrap();
    let second = computer.attach("main", SIZE).await.unwrap();
    until(&first.viewer, "$ ").await;
    first.terminal.input(b"last words\rquit\r").await;
    for viewer in [&first.viewer, &second.viewer] {
        let seen = String::from_utf8(to_the_end(viewer).await).unwrap();
        assert!(
            seen.ends_with("$ quit\r\n") || seen.ends_with("last words\r\n$ "),
            "{seen:?}"
        );
    }
    assert!(first.terminal.has_ended());
    let again = computer.attach("main", SIZE).await.unwrap();
    until(&again.viewer, "$ ").await;
    assert!(!again.terminal.has_ended());
    first.terminal.input(b"nobody hears this\r").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_who_does_not_read_stalls_their_program_and_nobody_else() {
    let place = Place::new().await;
    let (session, computer) = place.computer(&[]).await;
    let stalled = computer.attach("main", SIZE).await.unwrap();
    // The last that it reads. Who attaches before the prompt has it in the stream, who does so later on the screen.
    until(&stalled.viewer, "$ ").await;
    let reader = computer.attach("main", SIZE).await.unwrap();
    stalled.terminal.input(b"yes\r").await;
    // The other viewer of the same terminal gets as much as the stalled one has room for, and no more.
    let mut got = 0;
    while let Ok(Some(piece)) =
        tokio::time::timeout(Duration::from_secs(2), reader.viewer.next()).await
    {
        got += piece.len();
    }
    assert!(got >= VIEWER_QUEUE_BYTES / 2, "{got}");
    assert!(got <= VIEWER_QUEUE_BYTES + (128 << 10), "{got}");
    // Another terminal and commands go on.
    let other = computer.attach("other", SIZE).await.unwrap();
    until(&other.viewer, "$ ").await;
    other.terminal.input(b"there\r").await;
    until(&other.viewer, "there\r\n$ ").await;
    assert_eq!(shell(&computer, "here").await.stdout, b"here");
    // Going away sets it going again.
    drop(stalled);
    let mut more = 0;
    while more < 4 * VIEWER_QUEUE_BYTES {
        more += tokio::time::timeout(PATIENCE, reader.viewer.next())
            .await
            .unwrap()
            .unwrap()
            .len();
    }
    // And the session ends at once, whoever does not read.
    place
        .sessions
        .terminate(place.ann, &session.name)
        .await
        .unwrap();
    to_the_end(&reader.viewer).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pause_stops_the_output_and_resume_loses_nothing() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let attached = computer.attach("main", SIZE).await.unwrap();
    until(&attached.viewer, "$ ").await;
    attached.viewer.pause();
    attached.terminal.input(b"world\r").await;
    let quiet = tokio::time::timeout(Duration::from_millis(300), attached.viewer.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    attached.viewer.resume();
    assert_eq!(until(&attached.viewer, "$ ").await, "world\r\nworld\r\n$ ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupt_reaches_a_program_that_reads_nothing() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let attached = computer.attach("main", SIZE).await.unwrap();
    until(&attached.viewer, "$ ").await;
    attached.terminal.input(b"hang\r").await;
    attached
        .terminal
        .input(&b"typed ahead\r".repeat(2000))
        .await;
    attached.terminal.input(b"\x03").await;
    let seen = String::from_utf8(to_the_end(&attached.viewer).await).unwrap();
    assert!(
        seen.contains("^C"),
        "{:?}",
        &seen[seen.len().saturating_sub(200)..]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_paste_arrives_whole() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let attached = computer.attach("main", SIZE).await.unwrap();
    until(&attached.viewer, "$ ").await;
    let lines: String = (0..20_000).map(|n| format!("{n}\r")).collect();
    let typing = {
        let terminal = std::sync::Arc::clone(&attached.terminal);
        tokio::spawn(async move { terminal.input(lines.as_bytes()).await })
    };
    until(&attached.viewer, "$ 19999\r\n$ ").await;
    typing.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn terminals_and_viewers_are_limited() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let mut attached = Vec::new();
    for _ in 0..VIEWERS_MAX {
        attached.push(computer.attach("main", SIZE).await.unwrap());
    }
    assert!(matches!(
        computer.attach("main", SIZE).await,
        Err(Error::TooManyViewers)
    ));
    attached.pop();
    attached.push(computer.attach("main", SIZE).await.unwrap());
    for n in 1..TERMINALS_MAX {
        attached.push(computer.attach(&format!("t{n}"), SIZE).await.unwrap());
    }
    assert!(matches!(
        computer.attach("more", SIZE).await,
        Err(Error::TooManyTerminals)
    ));
    for name in ["", "a b", "a/b", "한", &"x".repeat(33)] {
        assert!(
            matches!(computer.attach(name, SIZE).await, Err(Error::Invalid(_))),
            "{name:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sizes_that_are_none_do_no_harm() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let attached = computer
        .attach(
            "main",
            WindowSize {
                rows: 0,
                columns: 0,
            },
        )
        .await
        .unwrap();
    for (rows, columns) in [(u16::MAX, u16::MAX), (1, 1), (0, 500), (24, 80)] {
        attached.terminal.resize(WindowSize { rows, columns });
        attached.terminal.input("한글 😀\r".as_bytes()).await;
    }
    until(&attached.viewer, "$ ").await;
    assert!(computer.attach("main", SIZE).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_a_terminal_ends_its_shell_and_no_other() {
    let place = Place::new().await;
    let (_, computer) = place.computer(&[]).await;
    let first = computer.attach("main", SIZE).await.unwrap();
    let second = computer.attach("second", SIZE).await.unwrap();
    until(&first.viewer, "$ ").await;
    until(&second.viewer, "$ ").await;
    first.terminal.input(b"hang\r").await;
    assert!(computer.close_terminal("main").await);
    to_the_end(&first.viewer).await;
    assert_eq!(computer.terminals().await, ["second"]);
    assert!(!computer.close_terminal("main").await);
    second.terminal.input(b"still here\r").await;
    until(&second.viewer, "still here\r\n$ ").await;
    // Its process goes, too, although it computes.
    let gone = async {
        while computer.in_use().await.processes > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
}
