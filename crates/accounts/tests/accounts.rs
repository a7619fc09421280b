//! What people and their programs can count on.

use std::time::{Duration, Instant};

use berth_accounts::{Accounts, Credential, Error, Role, TokenId};
use berth_store::{Store, now, users};

const PASSWORD: &str = "correct horse";

async fn accounts() -> (Accounts, Store) {
    let store = Store::open("sqlite::memory:").await.unwrap();
    (Accounts::new(store.clone()), store)
}

async fn ends_soon(future: impl Future<Output = ()>) -> bool {
    tokio::time::timeout(Duration::from_secs(1), future)
        .await
        .is_ok()
}

async fn goes_on(future: impl Future<Output = ()>) -> bool {
    tokio::time::timeout(Duration::from_millis(50), future)
        .await
        .is_err()
}

#[tokio::test]
async fn the_first_start_makes_one_administrator_and_later_starts_none() {
    let (accounts, _) = accounts().await;
    let password = accounts
        .ensure_first_admin("admin@berth.local", None)
        .await
        .unwrap()
        .unwrap();
    assert!(password.len() >= 16);
    assert_eq!(
        accounts
            .login("admin@berth.local", &password)
            .await
            .unwrap()
            .caller
            .role,
        Role::Admin
    );
    assert_eq!(
        accounts
            .ensure_first_admin("admin@berth.local", None)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        accounts
            .ensure_first_admin("other@berth.local", Some(PASSWORD))
            .await
            .unwrap(),
        None
    );
    assert!(accounts.login("other@berth.local", PASSWORD).await.is_err());
}

#[tokio::test]
async fn the_first_administrator_may_have_a_given_password_that_is_long_enough() {
    let (accounts, _) = accounts().await;
    let short = accounts
        .ensure_first_admin("admin@berth.local", Some(""))
        .await;
    assert!(matches!(short, Err(Error::InvalidPassword)));
    assert_eq!(
        accounts
            .ensure_first_admin("admin@berth.local", Some(PASSWORD))
            .await
            .unwrap(),
        None
    );
    accounts.login("admin@berth.local", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_person_logs_in_is_known_and_logs_out() {
    let (accounts, _) = accounts().await;
    let ann = accounts
        .create_user("Ann@Example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    assert_eq!(
        (ann.email.as_str(), ann.name.as_str()),
        ("ann@example.org", "Ann")
    );
    let login = accounts.login(" ANN@example.ORG ", PASSWORD).await.unwrap();
    assert_eq!(login.caller, ann);
    let known = accounts
        .authenticate_session(&login.secret)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (known.caller, known.credential.expires_at),
        (ann, Some(login.expires_at))
    );
    accounts.logout(&login.secret).await.unwrap();
    assert_eq!(
        accounts.authenticate_session(&login.secret).await.unwrap(),
        None
    );
    accounts.logout(&login.secret).await.unwrap();
}

#[tokio::test]
async fn wrong_passwords_unknown_and_closed_accounts_get_the_same_answer() {
    let (accounts, store) = accounts().await;
    let ann = accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    for (email, password) in [
        ("ann@example.org", "wrong horse"),
        ("ann@example.org", ""),
        ("bob@example.org", PASSWORD),
        ("a\0b", PASSWORD),
        ("", ""),
        (&"x".repeat(300), PASSWORD),
        ("ann@example.org", &"x".repeat(2000)),
    ] {
        assert!(
            matches!(
                accounts.login(email, password).await,
                Err(Error::WrongCredentials)
            ),
            "{email:?}"
        );
    }
    let login = accounts.login("ann@example.org", PASSWORD).await.unwrap();
    users::set_disabled(&store, ann.user_id, true)
        .await
        .unwrap();
    assert!(matches!(
        accounts.login("ann@example.org", PASSWORD).await,
        Err(Error::WrongCredentials)
    ));
    assert_eq!(
        accounts.authenticate_session(&login.secret).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn an_address_that_nobody_has_takes_as_long_as_a_wrong_password() {
    let (accounts, _) = accounts().await;
    accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    let time = async |email: &str| {
        let mut best = Duration::MAX;
        for _ in 0..3 {
            let start = Instant::now();
            assert!(accounts.login(email, "wrong horse").await.is_err());
            best = best.min(start.elapsed());
        }
        best
    };
    let (known, unknown) = (time("ann@example.org").await, time("bob@example.org").await);
    assert!(
        unknown * 3 > known && known * 3 > unknown,
        "known {known:?}, unknown {unknown:?}"
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_for_one_address_only() {
    let (accounts, _) = accounts().await;
    accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    for _ in 0..10 {
        assert!(matches!(
            accounts.login("bob@example.org", "guess").await,
            Err(Error::WrongCredentials)
        ));
    }
    let refused = accounts.login("BOB@example.org", "guess").await;
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })));
    accounts.login("ann@example.org", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn an_address_is_registered_once() {
    let (accounts, _) = accounts().await;
    accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    let again = accounts
        .create_user("ANN@example.org", PASSWORD, Role::Admin)
        .await;
    assert!(matches!(again, Err(Error::EmailTaken)));
    assert!(matches!(
        accounts.create_user("ann", PASSWORD, Role::User).await,
        Err(Error::InvalidEmail)
    ));
}

#[tokio::test]
async fn a_token_lets_its_owner_in_until_it_is_revoked() {
    let (accounts, _) = accounts().await;
    let ann = accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    let bob = accounts
        .create_user("bob@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    let made = accounts.create_token(&ann, " CI ", None).await.unwrap();
    assert!(made.secret.starts_with("berth_"));
    assert_eq!(made.token.name, "CI");
    assert_eq!(
        accounts
            .authenticate_token(&made.secret)
            .await
            .unwrap()
            .unwrap()
            .caller,
        ann
    );
    assert!(
        accounts.list_tokens(&ann, 10, None).await.unwrap()[0]
            .last_used
            .is_some()
    );
    assert_eq!(accounts.list_tokens(&bob, 10, None).await.unwrap(), []);
    assert_eq!(
        accounts.authenticate_session(&made.secret).await.unwrap(),
        None,
        "a token is no cookie"
    );

    assert!(matches!(
        accounts.revoke_token(&bob, made.token.id).await,
        Err(Error::NotFound)
    ));
    accounts.revoke_token(&ann, made.token.id).await.unwrap();
    assert!(matches!(
        accounts.revoke_token(&ann, made.token.id).await,
        Err(Error::NotFound)
    ));
    for secret in [
        made.secret.as_str(),
        "",
        "berth_",
        "berth_nonsense",
        &"berth_".repeat(100),
    ] {
        assert_eq!(accounts.authenticate_token(secret).await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_expired_token_is_worth_nothing() {
    let (accounts, _) = accounts().await;
    let ann = accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    assert!(matches!(
        accounts.create_token(&ann, "ci", Some(now())).await,
        Err(Error::ExpiryInThePast)
    ));
    let soon = now() + Duration::from_millis(200);
    let made = accounts.create_token(&ann, "ci", Some(soon)).await.unwrap();
    let known = accounts
        .authenticate_token(&made.secret)
        .await
        .unwrap()
        .unwrap();
    assert!(
        ends_soon(accounts.until_revoked(known.credential)).await,
        "who is inside is told"
    );
    assert_eq!(
        accounts.authenticate_token(&made.secret).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_person_has_a_bounded_number_of_tokens() {
    let (accounts, _) = accounts().await;
    let ann = accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    for _ in 0..100 {
        accounts.create_token(&ann, "ci", None).await.unwrap();
    }
    let refused = accounts.create_token(&ann, "ci", None).await;
    assert!(matches!(refused, Err(Error::TooManyTokens { limit: 100 })));
}

#[tokio::test]
async fn who_is_inside_is_told_of_a_revocation_and_nobody_else_is() {
    let (accounts, _) = accounts().await;
    let ann = accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    let credential = async |secret: &str| -> Credential {
        accounts
            .authenticate_token(secret)
            .await
            .unwrap()
            .unwrap()
            .credential
    };
    let revoked = accounts.create_token(&ann, "one", None).await.unwrap();
    let kept = accounts.create_token(&ann, "two", None).await.unwrap();
    let (of_revoked, of_kept) = (
        credential(&revoked.secret).await,
        credential(&kept.secret).await,
    );
    let mut inside = Box::pin(accounts.until_revoked(of_revoked));
    let mut other = Box::pin(accounts.until_revoked(of_kept));
    assert!(goes_on(&mut inside).await);
    accounts.revoke_token(&ann, revoked.token.id).await.unwrap();
    assert!(ends_soon(inside).await);
    assert!(goes_on(&mut other).await);
    assert!(
        ends_soon(accounts.until_revoked(of_revoked)).await,
        "a revocation before listening counts"
    );

    let login = accounts.login("ann@example.org", PASSWORD).await.unwrap();
    let known = accounts
        .authenticate_session(&login.secret)
        .await
        .unwrap()
        .unwrap();
    let inside = accounts.until_revoked(known.credential);
    accounts.logout(&login.secret).await.unwrap();
    assert!(
        ends_soon(inside).await,
        "a log-out ends what the log-in opened"
    );
}

#[tokio::test]
async fn a_listener_that_missed_announcements_still_learns_of_its_revocation() {
    let (accounts, store) = accounts().await;
    let ann = accounts
        .create_user("ann@example.org", PASSWORD, Role::User)
        .await
        .unwrap();
    let made = accounts.create_token(&ann, "slow", None).await.unwrap();
    let known = accounts
        .authenticate_token(&made.secret)
        .await
        .unwrap()
        .unwrap();
    let mut inside = Box::pin(accounts.until_revoked(known.credential));
    assert!(goes_on(&mut inside).await);
    accounts.revoke_token(&ann, made.token.id).await.unwrap();
    for _ in 0..300 {
        let other: TokenId = accounts
            .create_token(&ann, "other", None)
            .await
            .unwrap()
            .token
            .id;
        accounts.revoke_token(&ann, other).await.unwrap();
    }
    assert!(ends_soon(inside).await);
    store.ping().await.unwrap();
}
