//! Opening a database, and what is promised of the file.

mod common;

use std::os::unix::fs::PermissionsExt as _;

use berth_store::{Error, Store};
use common::{person, stores};

#[tokio::test]
async fn the_database_answers_and_opens_again_with_what_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("berth.db");
    let store = Store::open_file(&path).await.unwrap();
    store.ping().await.unwrap();
    let ann = person(&store, "ann@example.org").await;
    store.close().await;

    let store = Store::open_file(&path).await.unwrap();
    assert_eq!(
        berth_store::users::get(&store, ann)
            .await
            .unwrap()
            .unwrap()
            .email,
        "ann@example.org"
    );
}

#[tokio::test]
async fn nobody_else_on_the_machine_can_read_the_database_files() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open_file(&directory.path().join("berth.db"))
        .await
        .unwrap();
    person(&store, "ann@example.org").await;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        names.push(entry.file_name().into_string().unwrap());
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{:?}",
            entry.file_name()
        );
    }
    names.sort();
    assert_eq!(
        names,
        ["berth.db", "berth.db-shm", "berth.db-wal"],
        "it journals ahead"
    );
}

#[tokio::test]
async fn a_database_in_memory_holds_for_as_long_as_the_store() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let ann = person(&store, "ann@example.org").await;
    assert!(
        berth_store::users::get(&store, ann)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_place_that_is_no_database_is_refused_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    std::fs::write(
        &text,
        "this is a letter, not a database, and it is long enough to be looked at",
    )
    .unwrap();
    assert!(Store::open_file(&text).await.is_err());
    assert_eq!(
        std::fs::read(&text).unwrap().len(),
        71,
        "and it is left as it was"
    );
    for url in [
        "",
        "berth.db",
        "mysql://x/y",
        "sqlite://relative.db",
        "sqlite:///x.db?mode=ro",
    ] {
        assert!(
            matches!(Store::open(url).await, Err(Error::Open(_))),
            "{url:?}"
        );
    }
    assert!(matches!(
        Store::open_file(&directory.path().join("no/such/berth.db")).await,
        Err(Error::Open(_))
    ));
}

#[tokio::test]
async fn two_programs_may_work_on_one_database() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("berth.db");
    let server = Store::open_file(&path).await.unwrap();
    let command = Store::open_file(&path).await.unwrap();
    let writing = |store: Store, who: &'static str| async move {
        for number in 0..50 {
            person(&store, &format!("{who}{number}@example.org")).await;
        }
    };
    tokio::join!(
        writing(server.clone(), "a"),
        writing(command, "b"),
        writing(server, "c")
    );
}

#[tokio::test]
async fn a_row_of_nobody_is_refused() {
    for (kind, store) in &stores().await.each {
        let made =
            berth_store::tokens::insert(store, berth_store::UserId::new(), "ci", "hash", None)
                .await;
        assert!(matches!(made, Err(Error::Database(_))), "{kind}: {made:?}");
    }
}
