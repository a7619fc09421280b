//! Rows of sessions.

mod common;

use berth_store::sessions::{self, NewSession, Session, SessionStatus, SessionType};
use berth_store::{Error, Result, SessionId, Store, UserId};
use common::{person, stores};
use serde_json::json;

async fn session(store: &Store, owner: UserId, name: &str) -> Result<Session> {
    let new = NewSession {
        id: SessionId::new(),
        owner,
        name,
        environment: "base",
        session_type: SessionType::Interactive,
        status: SessionStatus::Pending,
        mounts: &json!([{"folder": "user1-ml-test", "path": "/home/work/user1-ml-test"}]),
        resources: &json!({"memory_bytes": 536_870_912}),
        environ: &json!({"EPOCHS": "3", "NAUGHTY": "a\u{0}b'"}),
        startup_command: None,
        idle_timeout_seconds: Some(3600),
        lifetime_seconds: None,
    };
    sessions::insert(store, new).await
}

#[tokio::test]
async fn a_session_reads_back_as_it_was_asked_for() {
    for (kind, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let made = session(store, ann, "main").await.unwrap();
        assert_eq!(made.status, SessionStatus::Pending);
        assert_eq!(made.environ["NAUGHTY"], "a\u{0}b'");
        assert_eq!(
            (made.idle_timeout_seconds, made.lifetime_seconds),
            (Some(3600), None)
        );
        assert_eq!(
            sessions::get(store, made.id).await.unwrap(),
            Some(made.clone()),
            "{kind}"
        );
        assert_eq!(
            sessions::get_live(store, ann, "main").await.unwrap(),
            Some(made)
        );
    }
}

#[tokio::test]
async fn a_session_goes_through_its_life_and_the_times_are_kept() {
    use SessionStatus::{Pending, Preparing, Running, Terminated, Terminating};
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let id = session(store, ann, "main").await.unwrap().id;
        sessions::transition(store, id, &[Pending], Preparing, None)
            .await
            .unwrap();
        let running = sessions::transition(store, id, &[Pending, Preparing], Running, None)
            .await
            .unwrap();
        assert!(running.started_at.is_some() && running.terminated_at.is_none());
        let leaving = sessions::transition(store, id, &[Running], Terminating, Some("asked to"))
            .await
            .unwrap();
        assert_eq!(
            (leaving.started_at, leaving.status_info.as_deref()),
            (running.started_at, Some("asked to"))
        );
        let over = sessions::transition(store, id, &[Terminating], Terminated, None)
            .await
            .unwrap();
        assert!(over.terminated_at.is_some());
        assert_eq!(over.started_at, running.started_at);
    }
}

#[tokio::test]
async fn only_one_of_many_who_end_a_session_wins() {
    for (kind, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let id = session(store, ann, "main").await.unwrap().id;
        let end = || async {
            sessions::transition(
                store,
                id,
                &[SessionStatus::Pending],
                SessionStatus::Terminating,
                None,
            )
            .await
        };
        let ends = tokio::join!(end(), end(), end(), end());
        let ends = [ends.0, ends.1, ends.2, ends.3];
        assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{kind}");
        for lost in ends.into_iter().filter_map(Result::err) {
            assert!(
                matches!(&lost, Error::WrongState { current } if current == "TERMINATING"),
                "{kind}: {lost:?}"
            );
        }
        let nobody = sessions::transition(
            store,
            SessionId::new(),
            &SessionStatus::ALL,
            SessionStatus::Error,
            None,
        )
        .await;
        assert!(matches!(nobody, Err(Error::NotFound)));
        let never = sessions::transition(store, id, &[], SessionStatus::Error, None).await;
        assert!(matches!(never, Err(Error::WrongState { .. })));
    }
}

#[tokio::test]
async fn a_session_that_is_over_frees_its_name() {
    for (kind, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let first = session(store, ann, "main").await.unwrap();
        assert!(
            matches!(session(store, ann, "main").await, Err(Error::Duplicate)),
            "{kind}"
        );
        sessions::transition(
            store,
            first.id,
            &[SessionStatus::Pending],
            SessionStatus::Error,
            Some("no memory"),
        )
        .await
        .unwrap();
        let second = session(store, ann, "main").await.unwrap();
        assert_eq!(
            sessions::get_live(store, ann, "main")
                .await
                .unwrap()
                .map(|live| live.id),
            Some(second.id)
        );
        let other = session(store, ann, "other").await.unwrap();
        assert!(matches!(
            sessions::rename(store, other.id, "main").await,
            Err(Error::Duplicate)
        ));
        assert_eq!(
            sessions::rename(store, other.id, "third")
                .await
                .unwrap()
                .name,
            "third"
        );
        assert!(matches!(
            sessions::rename(store, SessionId::new(), "x").await,
            Err(Error::NotFound)
        ));
    }
}

#[tokio::test]
async fn after_a_restart_no_session_claims_to_run() {
    use SessionStatus::{Pending, Running, Terminated};
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let ids = [
            session(store, ann, "a").await.unwrap().id,
            session(store, ann, "b").await.unwrap().id,
        ];
        let over = session(store, ann, "c").await.unwrap().id;
        sessions::transition(store, ids[0], &[Pending], Running, None)
            .await
            .unwrap();
        let over = sessions::transition(
            store,
            over,
            &[Pending],
            SessionStatus::Error,
            Some("broken"),
        )
        .await
        .unwrap();
        let mut ended = sessions::terminate_all_live(store, "server stopped")
            .await
            .unwrap();
        ended.sort();
        assert_eq!(ended, ids);
        for id in ids {
            let row = sessions::get(store, id).await.unwrap().unwrap();
            assert_eq!(
                (row.status, row.status_info.as_deref()),
                (Terminated, Some("server stopped"))
            );
            assert!(row.terminated_at.is_some());
        }
        assert_eq!(sessions::get(store, over.id).await.unwrap(), Some(over));
    }
}

#[tokio::test]
async fn sessions_are_listed_newest_first_in_pages() {
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let bob = person(store, "bob@example.org").await;
        let mut made = Vec::new();
        for number in 0..5 {
            made.insert(0, session(store, ann, &format!("s{number}")).await.unwrap());
            session(store, bob, &format!("s{number}")).await.unwrap();
        }
        let first = sessions::list(store, ann, 2, None).await.unwrap();
        let rest = sessions::list(store, ann, 9, Some(first[1].id))
            .await
            .unwrap();
        assert_eq!([first, rest].concat(), made);
    }
}
