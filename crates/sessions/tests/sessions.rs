//! Sessions from their request to their end.

mod common;

use std::time::{Duration, Instant};

use berth_folders::{FolderRef, Kind, Permission, Precondition};
use berth_sessions::{
    Error, MountRequest, SessionRequest, SessionStatus, SessionType, Sessions, UserId, WindowSize,
};
use common::{PATIENCE, Place, mount, mount_at, path, shell, until, with_folders};

/// Waits until a session is over.
async fn over(sessions: &Sessions, owner: UserId, id: &str) -> berth_sessions::Session {
    let start = Instant::now();
    loop {
        let session = sessions.get(owner, id).await.unwrap();
        if !session.status.is_live() {
            return session;
        }
        assert!(start.elapsed() < PATIENCE, "the session does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn put(
    files: &berth_folders::Files,
    at: &str,
    contents: &[u8],
) -> Result<(), berth_folders::FileError> {
    let mut upload = files.write(&path(at), Precondition::default()).await?;
    upload.write(contents).await?;
    upload.finish().await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_sees_its_folders_and_leaves_nothing_else_behind() {
    let place = Place::new().await;
    for name in ["data", ".local", "한글 폴더"] {
        place.folder(name).await;
    }
    let mut request = with_folders(&["data", "한글 폴더"]);
    request.mounts[1].path = Some("/workspace".into());
    request.name = Some("mysess".into());
    let session = place.start(request).await;
    assert_eq!(session.status, SessionStatus::Running);
    assert!(session.started_at.is_some());
    let mounts: Vec<_> = Sessions::mounts(&session)
        .into_iter()
        .map(|m| (m.folder, m.path, m.automount))
        .collect();
    assert_eq!(
        mounts,
        [
            ("data".to_owned(), "/home/work/data".to_owned(), false),
            ("한글 폴더".to_owned(), "/workspace".to_owned(), false),
            (".local".to_owned(), "/home/work/.local".to_owned(), true),
        ]
    );

    let computer = place.sessions.computer(place.ann, "mysess").await.unwrap();
    let files = computer.files();
    for directory in ["/home/work/data", "/workspace", "/home/work/.local", "/tmp"] {
        assert_eq!(
            files.stat(&path(directory)).await.unwrap().kind,
            Kind::Directory,
            "{directory}"
        );
    }
    assert_eq!(
        files.stat(&path("/home/work/.bashrc")).await.unwrap().kind,
        Kind::File,
        "the skeleton"
    );
    put(&files, "/home/work/data/kept", b"kept").await.unwrap();
    put(&files, "/home/work/gone", b"gone").await.unwrap();
    assert!(
        put(&files, "/etc/x", b"").await.is_err(),
        "the system is read-only"
    );
    assert_eq!(place.scratch(), 1);

    let ended = place.sessions.terminate(place.ann, "mysess").await.unwrap();
    assert_eq!(ended.status, SessionStatus::Terminated);
    assert_eq!(ended.status_info.as_deref(), Some("ended by its owner"));
    assert_eq!(place.scratch(), 0, "scratch is gone when it answers");
    assert!(matches!(
        place
            .sessions
            .computer(place.ann, &session.id.to_string())
            .await,
        Err(Error::NotRunning {
            status: SessionStatus::Terminated
        })
    ));
    let (_, files) = place
        .folders
        .files(place.ann, &FolderRef::from("data"))
        .await
        .unwrap();
    assert_eq!(files.stat(&path("kept")).await.unwrap().size_bytes, 4);
    let (_, next) = place.computer(&[]).await;
    assert!(next.files().stat(&path("/home/work/gone")).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mount_allows_what_it_was_asked_for() {
    let place = Place::new().await;
    place.folder("data").await;
    place
        .folder_of(place.ann, "closed", Permission::ReadOnly)
        .await;
    let (_, files) = place
        .folders
        .files(place.ann, &FolderRef::from("data"))
        .await
        .unwrap();
    files
        .make_directory(&path("part/deep"), true)
        .await
        .unwrap();

    let read_only = MountRequest {
        permission: Some(Permission::ReadOnly),
        ..mount_at("data", "/ro")
    };
    let closed = mount("closed");
    let session = place
        .start(SessionRequest {
            mounts: vec![read_only, closed],
            ..SessionRequest::default()
        })
        .await;
    let computer = place
        .sessions
        .computer(place.ann, &session.name)
        .await
        .unwrap();
    for file in ["/ro/x", "/home/work/closed/x"] {
        assert!(put(&computer.files(), file, b"").await.is_err(), "{file}");
    }
    let part = MountRequest {
        subpath: Some("part".into()),
        ..mount_at("data", "/part")
    };
    let session = place
        .start(SessionRequest {
            mounts: vec![part],
            ..SessionRequest::default()
        })
        .await;
    let computer = place
        .sessions
        .computer(place.ann, &session.name)
        .await
        .unwrap();
    assert!(computer.files().stat(&path("/part/deep")).await.is_ok());
    put(&computer.files(), "/part/file", b"x").await.unwrap();
    assert!(files.stat(&path("part/file")).await.is_ok());

    let missing = MountRequest {
        subpath: Some("nowhere".into()),
        ..mount("data")
    };
    let error = place
        .refused(SessionRequest {
            mounts: vec![missing],
            ..SessionRequest::default()
        })
        .await;
    assert_eq!(
        error.to_string(),
        "mounts[0].subpath: choose a directory that is in the folder; there is no directory \"nowhere\""
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_yours_is_not_there() {
    let place = Place::new().await;
    let secret = place
        .folder_of(place.bob, "secret", Permission::WriteDelete)
        .await;
    let trashed = place.folder("trashed").await;
    place
        .folders
        .trash(place.ann, &trashed.id.into())
        .await
        .unwrap();
    for folder in [
        "secret",
        &secret.id.to_string(),
        "nowhere",
        &trashed.id.to_string(),
        "../x",
    ] {
        let error = place.refused(with_folders(&[folder])).await;
        assert!(
            matches!(&error, Error::FolderNotFound { field, folder: named } if field == "mounts[0].folder" && named == folder),
            "{folder}: {error}"
        );
    }
    let session = place.start(SessionRequest::default()).await;
    for result in [
        place
            .sessions
            .get(place.bob, &session.id.to_string())
            .await
            .err(),
        place
            .sessions
            .terminate(place.bob, &session.name)
            .await
            .err(),
        place
            .sessions
            .computer(place.bob, &session.id.to_string())
            .await
            .err(),
        place
            .sessions
            .rename(place.bob, &session.id.to_string(), "taken")
            .await
            .err(),
    ] {
        assert!(matches!(result, Some(Error::NotFound)), "{result:?}");
    }
    assert_eq!(
        place
            .sessions
            .list(place.bob, 10, None)
            .await
            .unwrap()
            .items,
        []
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_request_starts_nothing() {
    let place = Place::new().await;
    place.folder("data").await;
    let at = |wanted: &str| SessionRequest {
        mounts: vec![mount_at("data", wanted)],
        ..SessionRequest::default()
    };
    let named = |name: &str| SessionRequest {
        name: Some(name.to_owned()),
        ..SessionRequest::default()
    };
    let environment = SessionRequest {
        environment: Some("windows".into()),
        ..SessionRequest::default()
    };
    for (request, field) in [
        (at("/etc"), "mounts[0].path"),
        (at("/etc/x"), "mounts[0].path"),
        (at("/home/work"), "mounts[0].path"),
        (at("../x"), "mounts[0].path"),
        (named("x"), "name"),
        (environment, "environment"),
        (with_folders(&["data"; 65]), "mounts"),
    ] {
        match place.refused(request).await {
            Error::Invalid(invalid) => assert_eq!(invalid.fields().collect::<Vec<_>>(), [field]),
            other => panic!("{field}: {other}"),
        }
    }
    place.start(named("taken")).await;
    assert!(
        matches!(place.refused(named("taken")).await, Error::NameTaken { name } if name == "taken")
    );
    assert_eq!(
        place
            .sessions
            .list(place.ann, 10, None)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    assert_eq!(place.scratch(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_made_up_and_changed_and_free_again() {
    let place = Place::new().await;
    let (one, other) = (
        place.start(SessionRequest::default()).await,
        place.start(SessionRequest::default()).await,
    );
    assert_ne!(one.name, other.name);
    let renamed = place
        .sessions
        .rename(place.ann, &one.name, "renamed")
        .await
        .unwrap();
    assert_eq!(renamed.id, one.id);
    assert!(matches!(
        place
            .sessions
            .rename(place.ann, &other.name, "renamed")
            .await,
        Err(Error::NameTaken { .. })
    ));
    assert!(matches!(
        place.sessions.rename(place.ann, &other.name, "a/b").await,
        Err(Error::Invalid(_))
    ));
    place
        .sessions
        .terminate(place.ann, "renamed")
        .await
        .unwrap();
    place
        .sessions
        .rename(place.ann, &other.name, "renamed")
        .await
        .unwrap();
    let page = place.sessions.list(place.ann, 1, None).await.unwrap();
    assert_eq!(page.items[0].id, other.id, "newest first");
    let rest = place.sessions.list(place.ann, 10, page.next).await.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mounted_folder_cannot_be_thrown_away() {
    let place = Place::new().await;
    let folder = place.folder("data").await;
    let session = place.start(with_folders(&["data"])).await;
    let refused = place
        .folders
        .trash(place.ann, &folder.id.into())
        .await
        .unwrap_err();
    assert!(refused.to_string().contains(&session.name), "{refused}");
    place
        .sessions
        .terminate(place.ann, &session.name)
        .await
        .unwrap();
    place
        .folders
        .trash(place.ann, &folder.id.into())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_crash_no_session_claims_to_run() {
    let place = Place::new().await;
    let session = place.start(SessionRequest::default()).await;
    let before = place.start(SessionRequest::default()).await;
    place
        .sessions
        .terminate(place.ann, &before.name)
        .await
        .unwrap();
    let (sessions, lost) = place.after_a_crash().await;
    assert_eq!(lost, 1);
    let session = sessions
        .get(place.ann, &session.id.to_string())
        .await
        .unwrap();
    assert_eq!(session.status, SessionStatus::Terminated);
    assert_eq!(
        session.status_info.as_deref(),
        Some("the server stopped while the session was running")
    );
    let before = sessions
        .get(place.ann, &before.id.to_string())
        .await
        .unwrap();
    assert_eq!(before.status_info.as_deref(), Some("ended by its owner"));
    assert_eq!(place.scratch(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutting_down_ends_all_and_starts_none() {
    let place = Place::new().await;
    let busy = place
        .start(SessionRequest {
            startup_command: Some("loop".into()),
            ..SessionRequest::default()
        })
        .await;
    let idle = place.start(SessionRequest::default()).await;
    place.sessions.shut_down().await;
    for session in [busy, idle] {
        let session = place
            .sessions
            .get(place.ann, &session.id.to_string())
            .await
            .unwrap();
        assert_eq!(session.status, SessionStatus::Terminated);
    }
    assert_eq!(place.scratch(), 0);
    assert!(matches!(
        place.refused(SessionRequest::default()).await,
        Error::ShuttingDown
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_session_ends_with_its_command() {
    let place = Place::new().await;
    let batch = |command: &str| SessionRequest {
        session_type: SessionType::Batch,
        startup_command: Some(command.to_owned()),
        ..SessionRequest::default()
    };
    let session = place.start(batch("error: no such thing")).await;
    let id = session.id.to_string();
    let session = over(&place.sessions, place.ann, &id).await;
    assert_eq!(session.status, SessionStatus::Terminated);
    assert_eq!(
        session.status_info.as_deref(),
        Some("the startup command ended with exit code 7")
    );
    assert_eq!(
        place.sessions.log(place.ann, &id).await.unwrap(),
        b"error: no such thing"
    );
    assert_eq!(place.scratch(), 0);
    let session = place.start(batch("loop")).await;
    place
        .sessions
        .terminate(place.ann, &session.name)
        .await
        .unwrap();
    let session = place
        .sessions
        .get(place.ann, &session.id.to_string())
        .await
        .unwrap();
    assert_eq!(session.status_info.as_deref(), Some("ended by its owner"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_startup_command_of_an_interactive_session_is_only_the_start() {
    let place = Place::new().await;
    let request = SessionRequest {
        startup_command: Some("hello".into()),
        ..SessionRequest::default()
    };
    let session = place.start(request).await;
    let start = Instant::now();
    while place.sessions.log(place.ann, &session.name).await.unwrap() != b"hello" {
        assert!(start.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let computer = place
        .sessions
        .computer(place.ann, &session.name)
        .await
        .unwrap();
    assert_eq!(shell(&computer, "still here").await.stdout, b"still here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_ends_sessions_that_are_not_used_and_those_that_are_old() {
    let place = Place::new().await;
    let idle = SessionRequest {
        idle_timeout_seconds: Some(1),
        ..SessionRequest::default()
    };
    let old = SessionRequest {
        lifetime_seconds: Some(2),
        ..SessionRequest::default()
    };
    let computing = SessionRequest {
        startup_command: Some("loop".into()),
        idle_timeout_seconds: Some(1),
        ..SessionRequest::default()
    };
    let (idle, old, computing) = (
        place.start(idle).await,
        place.start(old).await,
        place.start(computing).await,
    );
    let idle = over(&place.sessions, place.ann, &idle.id.to_string()).await;
    assert_eq!(
        idle.status_info.as_deref(),
        Some("it was not used for as long as its idle time-out")
    );
    let old = over(&place.sessions, place.ann, &old.id.to_string()).await;
    assert_eq!(old.status_info.as_deref(), Some("its lifetime was over"));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let computing = place
        .sessions
        .get(place.ann, &computing.name)
        .await
        .unwrap();
    assert_eq!(
        computing.status,
        SessionStatus::Running,
        "a program that computes is use"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ending_waits_for_starting_and_for_who_ends_first() {
    let place = Place::new().await;
    for _ in 0..20 {
        let session = place
            .sessions
            .create(place.ann, SessionRequest::default(), false)
            .await
            .unwrap();
        let id = session.id.to_string();
        let (one, other) = tokio::join!(
            place.sessions.terminate(place.ann, &id),
            place.sessions.terminate(place.ann, &id)
        );
        assert_eq!(one.unwrap().status, SessionStatus::Terminated);
        assert_eq!(other.unwrap().status, SessionStatus::Terminated);
        assert_eq!(place.scratch(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scratch_is_limited() {
    let place = Place::new().await;
    let mut request = SessionRequest::default();
    request.resources.scratch_bytes = Some(1 << 20);
    let session = place.start(request).await;
    let files = place
        .sessions
        .computer(place.ann, &session.name)
        .await
        .unwrap()
        .files();
    put(&files, "/tmp/some", &vec![0; 600 << 10]).await.unwrap();
    assert!(
        put(&files, "/home/work/more", &vec![0; 600 << 10])
            .await
            .is_err(),
        "home and /tmp share one limit"
    );
    files
        .remove(&path("/tmp/some"), false, Precondition::default())
        .await
        .unwrap();
    put(&files, "/home/work/more", &vec![0; 600 << 10])
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_session_tells_what_it_uses_and_one_that_is_over_nothing() {
    let place = Place::new().await;
    let (session, computer) = place.computer(&[]).await;
    let in_use = async || place.sessions.in_use(&session).await;
    let before = in_use().await.unwrap();
    assert_eq!((before.memory_bytes, before.processes), (0, 0));
    assert!(before.terminals.is_empty());

    put(&computer.files(), "/tmp/five", b"12345").await.unwrap();
    let size = WindowSize {
        rows: 24,
        columns: 80,
    };
    let shell = computer.attach("main", size).await.unwrap();
    until(&shell.viewer, "$ ").await;
    let now = in_use().await.unwrap();
    assert_eq!(now.processes, 1);
    assert!(now.memory_bytes >= 3 << 16, "{now:?}");
    assert_eq!(now.scratch_bytes, before.scratch_bytes + 5);
    assert_eq!(now.terminals, ["main"]);

    let id = session.id.to_string();
    place.sessions.terminate(place.ann, &id).await.unwrap();
    assert_eq!(in_use().await, None);
}
