//! Programs: API tokens, and lists in pages.

mod common;

use std::time::Duration;

use common::start;
use serde_json::json;

#[tokio::test]
async fn a_token_is_shown_once_used_listed_and_revoked() {
    let berth = start().await;
    let cookie = berth.log_in().await;
    let browser = [("cookie", cookie.as_str())];
    let new = json!({"name": "ci", "expires_at": "2999-01-01T00:00:00+01:00"});
    let made = berth.post("/api/v1/tokens", &browser, new).await;
    assert_eq!(made.status, 201);
    let location = made.header("location").to_owned();
    let made = made.json();
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("berth_"));
    assert_eq!(made["expires_at"], "2998-12-31T23:00:00Z");
    assert_eq!(
        location,
        format!("/api/v1/tokens/{}", made["id"].as_str().unwrap())
    );

    let bearer = format!("bearer {token}");
    let program = [("authorization", bearer.as_str())];
    assert_eq!(
        berth.get("/api/v1/me", &program).await.json()["email"],
        "ann@example.org"
    );
    let list = berth.get("/api/v1/tokens", &program).await;
    assert!(
        !String::from_utf8_lossy(&list.body).contains(token),
        "it cannot be seen again"
    );
    let list = list.json();
    assert_eq!(list["next"], json!(null));
    assert_eq!(list["items"][0]["id"], made["id"]);
    assert!(list["items"][0]["last_used"].is_string());

    assert_eq!(
        berth.send("DELETE", &location, &browser, "").await.status,
        204
    );
    berth.get("/api/v1/me", &program).await.problem(401);
    berth
        .send("DELETE", &location, &browser, "")
        .await
        .problem(404);
}

#[tokio::test]
async fn a_bad_token_is_not_made_good_by_a_cookie() {
    let berth = start().await;
    let cookie = berth.log_in().await;
    let headers = [
        ("cookie", cookie.as_str()),
        ("authorization", "Bearer berth_nonsense"),
    ];
    berth.get("/api/v1/me", &headers).await.problem(401);
}

#[tokio::test]
async fn who_is_inside_by_a_token_is_out_within_a_second_of_its_revocation() {
    let berth = start().await;
    let (id, token) = berth.token().await;
    let secret = token.strip_prefix("Bearer ").unwrap();
    let known = berth
        .app
        .accounts
        .authenticate_token(secret)
        .await
        .unwrap()
        .unwrap();
    let inside = tokio::spawn(berth.app.accounts.until_revoked(known.credential));
    let path = format!("/api/v1/tokens/{id}");
    assert_eq!(
        berth
            .send("DELETE", &path, &[("authorization", &token)], "")
            .await
            .status,
        204
    );
    tokio::time::timeout(Duration::from_secs(1), inside)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn tokens_of_others_are_not_there() {
    let berth = start().await;
    let (id, _) = berth.token().await;
    let admin = json!({"email": "admin@berth.local", "password": common::PASSWORD});
    let login = berth.post("/api/v1/login", &[], admin).await;
    let cookie = login
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let admin = [("cookie", cookie.as_str())];
    assert_eq!(
        berth.get("/api/v1/tokens", &admin).await.json()["items"],
        json!([])
    );
    for id in [
        id.as_str(),
        "nonsense",
        "01a20a9e-3e21-7281-bd5b-4cf414d6ac64",
        "%00",
    ] {
        berth
            .send("DELETE", &format!("/api/v1/tokens/{id}"), &admin, "")
            .await
            .problem(404);
    }
}

#[tokio::test]
async fn a_token_that_makes_no_sense_names_the_field() {
    let berth = start().await;
    let cookie = berth.log_in().await;
    let browser = [("cookie", cookie.as_str())];
    for (body, field) in [
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(65)}), "name"),
        (json!({"name": "a\u{0}b"}), "name"),
        (json!({"name": 7}), "name"),
        (
            json!({"name": "ci", "expires_at": "2001-01-01T00:00:00Z"}),
            "expires_at",
        ),
        (
            json!({"name": "ci", "expires_at": "tomorrow"}),
            "expires_at",
        ),
    ] {
        let problem = berth
            .post("/api/v1/tokens", &browser, body.clone())
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body} {problem}");
    }
    for body in [json!({}), json!([]), json!({"name": "ci", "nmae": "x"})] {
        let problem = berth
            .post("/api/v1/tokens", &browser, body)
            .await
            .problem(422);
        assert!(problem["detail"].is_string());
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let berth = start().await;
    let (_, token) = berth.token().await;
    let program = [("authorization", token.as_str())];
    for number in 2..=5 {
        berth
            .post(
                "/api/v1/tokens",
                &program,
                json!({"name": format!("{number}")}),
            )
            .await;
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/tokens?limit=2".to_owned();
    let mut pages = 0;
    loop {
        let page = berth.get(&path, &program).await.json();
        pages += 1;
        names.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["name"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/api/v1/tokens?limit=2&after={next}");
    }
    assert_eq!((names.join(" ").as_str(), pages), ("ci 2 3 4 5", 3));
    for query in ["limit=0", "limit=1001", "limit=-1", "limit=x", "after=x"] {
        berth
            .get(&format!("/api/v1/tokens?{query}"), &program)
            .await
            .problem(400);
    }
}
