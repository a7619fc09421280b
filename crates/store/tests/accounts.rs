//! Rows of people, their log-ins and tokens.

mod common;

use berth_store::users::{self, NewUser, Role};
use berth_store::{Error, TokenId, UserId, login_sessions, now, tokens};
use common::{person, stores};

#[tokio::test]
async fn a_person_is_found_by_address_in_any_case_and_only_once() {
    for (kind, store) in &stores().await.each {
        person(store, "user@example.org").await;
        assert!(!users::any_admin(store).await.unwrap());
        let new = NewUser {
            email: " Ann@Example.ORG",
            name: "Änn 안녕",
            role: Role::Admin,
            password_hash: "hash",
        };
        let ann = users::insert(store, new.clone()).await.unwrap();
        assert_eq!(ann.email, "ann@example.org");
        assert_eq!(ann.role, Role::Admin);
        assert!(!ann.disabled);
        assert!(users::any_admin(store).await.unwrap());
        assert_eq!(
            users::get(store, ann.id).await.unwrap().as_ref(),
            Some(&ann),
            "{kind}"
        );
        assert_eq!(
            users::get_by_email(store, "ANN@example.org").await.unwrap(),
            Some(ann)
        );
        assert!(
            matches!(users::insert(store, new).await, Err(Error::Duplicate)),
            "{kind}"
        );
        assert_eq!(
            users::get_by_email(store, "bob@example.org").await.unwrap(),
            None
        );
    }
}

#[tokio::test]
async fn passwords_and_closing_change_one_person() {
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let bob = person(store, "bob@example.org").await;
        users::set_password_hash(store, ann, "new").await.unwrap();
        users::set_disabled(store, ann, true).await.unwrap();
        let (ann, bob) = (
            users::get(store, ann).await.unwrap().unwrap(),
            users::get(store, bob).await.unwrap().unwrap(),
        );
        assert_eq!((ann.password_hash.as_str(), ann.disabled), ("new", true));
        assert_eq!(
            (bob.password_hash.as_str(), bob.disabled),
            ("$argon2id$", false)
        );
        let nobody = UserId::new();
        assert!(matches!(
            users::set_disabled(store, nobody, true).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            users::set_password_hash(store, nobody, "x").await,
            Err(Error::NotFound)
        ));
    }
}

#[tokio::test]
async fn a_log_in_is_found_by_its_hash_until_it_is_deleted_or_expired() {
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let soon = now() + std::time::Duration::from_secs(60);
        let one = login_sessions::insert(store, ann, "hash one", soon)
            .await
            .unwrap();
        let old = login_sessions::insert(store, ann, "hash two", now())
            .await
            .unwrap();
        let holder = login_sessions::holder(store, "hash one").await.unwrap();
        let holder = holder.unwrap();
        assert_eq!((holder.login_id, holder.expires_at), (one.id, soon));
        assert_eq!((holder.user.id, one.user_id), (ann, ann));
        assert!(login_sessions::is_held(store, one.id).await.unwrap());
        assert_eq!(one.expires_at, soon);
        assert_eq!(
            login_sessions::delete_expired(store, now()).await.unwrap(),
            1
        );
        assert_eq!(
            login_sessions::holder(store, "hash two").await.unwrap(),
            None
        );
        assert!(login_sessions::delete(store, one.id).await.unwrap());
        assert!(!login_sessions::delete(store, old.id).await.unwrap());
        assert_eq!(
            login_sessions::holder(store, "hash one").await.unwrap(),
            None
        );
        assert!(!login_sessions::is_held(store, one.id).await.unwrap());
    }
}

#[tokio::test]
async fn tokens_are_listed_in_pages_and_deleted_by_their_owner_only() {
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let bob = person(store, "bob@example.org").await;
        let mut made = Vec::new();
        for number in 0..5 {
            let expires = (number == 0).then(now);
            made.push(
                tokens::insert(store, ann, "ci", &format!("hash {number}"), expires)
                    .await
                    .unwrap(),
            );
        }
        tokens::insert(store, bob, "bob's", "hash of bob", None)
            .await
            .unwrap();
        let first = tokens::list(store, ann, 3, None).await.unwrap();
        let rest = tokens::list(store, ann, 3, Some(first[2].id))
            .await
            .unwrap();
        assert_eq!([first, rest].concat(), made);
        assert_eq!(tokens::count(store, ann).await.unwrap(), 5);

        let holder = tokens::holder(store, "hash 3").await.unwrap().unwrap();
        assert_eq!((holder.token_id, holder.user.id), (made[3].id, ann));
        assert_eq!((holder.expires_at, holder.last_used), (None, None));
        let expired = tokens::holder(store, "hash 0").await.unwrap().unwrap();
        assert_eq!(expired.expires_at, made[0].expires_at);
        tokens::set_last_used(store, made[3].id, now())
            .await
            .unwrap();
        assert!(
            tokens::holder(store, "hash 3")
                .await
                .unwrap()
                .unwrap()
                .last_used
                .is_some()
        );

        users::set_disabled(store, ann, true).await.unwrap();
        assert!(!tokens::is_held(store, made[3].id).await.unwrap());
        users::set_disabled(store, ann, false).await.unwrap();
        assert!(tokens::is_held(store, made[3].id).await.unwrap());

        assert!(!tokens::delete(store, bob, made[3].id).await.unwrap());
        assert!(tokens::delete(store, ann, made[3].id).await.unwrap());
        assert!(!tokens::delete(store, ann, TokenId::new()).await.unwrap());
        assert_eq!(tokens::holder(store, "hash 3").await.unwrap(), None);
        assert!(!tokens::is_held(store, made[3].id).await.unwrap());
    }
}
