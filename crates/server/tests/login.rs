//! Browsers: logging in, the cookie, and other sites that would like to use it.

mod common;

use common::{EMAIL, OWN_HOST, PASSWORD, start, start_with};
use serde_json::json;

#[tokio::test]
async fn a_browser_logs_in_is_known_and_logs_out() {
    let berth = start().await;
    let answer = berth
        .post(
            "/api/v1/login",
            &[],
            json!({"email": "ANN@Example.org", "password": PASSWORD}),
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["email"], EMAIL);
    let cookie = answer.header("set-cookie").to_owned();
    for part in [
        "berth_session=",
        "; HttpOnly",
        "; SameSite=Strict",
        "; Path=/",
        "; Max-Age=",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");

    let cookie = cookie.split(';').next().unwrap();
    let me = berth
        .get(
            "/api/v1/me",
            &[("cookie", &format!("theme=dark; {cookie}; x=y"))],
        )
        .await;
    assert_eq!(me.status, 200);
    let me = me.json();
    assert_eq!(
        (&me["name"], &me["role"], &me["projects"]),
        (&json!("ann"), &json!("user"), &json!([]))
    );
    assert_eq!(me["id"].as_str().unwrap().len(), 36);

    let out = berth
        .send("POST", "/api/v1/logout", &[("cookie", cookie)], "")
        .await;
    assert_eq!(out.status, 204);
    assert!(
        out.header("set-cookie").contains("berth_session=; ")
            && out.header("set-cookie").contains("Max-Age=0")
    );
    berth
        .get("/api/v1/me", &[("cookie", cookie)])
        .await
        .problem(401);
    assert_eq!(
        berth.send("POST", "/api/v1/logout", &[], "").await.status,
        204
    );
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_person_get_the_same_answer() {
    let berth = start().await;
    let wrong = berth
        .post(
            "/api/v1/login",
            &[],
            json!({"email": EMAIL, "password": "wrong horse"}),
        )
        .await;
    let unknown = berth
        .post(
            "/api/v1/login",
            &[],
            json!({"email": "eve@example.org", "password": PASSWORD}),
        )
        .await;
    assert_eq!(wrong.problem(401), unknown.problem(401));
    assert_eq!(wrong.header("set-cookie"), "");
}

#[tokio::test]
async fn guessing_ends_in_429_with_a_time_to_wait() {
    let berth = start().await;
    for _ in 0..10 {
        berth
            .post(
                "/api/v1/login",
                &[],
                json!({"email": "eve@example.org", "password": "guess"}),
            )
            .await
            .problem(401);
    }
    let refused = berth
        .post(
            "/api/v1/login",
            &[],
            json!({"email": "eve@example.org", "password": "guess"}),
        )
        .await;
    refused.problem(429);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn nobody_is_let_in_by_nothing_or_nonsense() {
    let berth = start().await;
    let long = format!("berth_session={}", "x".repeat(4000));
    for headers in [
        &[][..],
        &[("cookie", "berth_session=")],
        &[("cookie", "berth_session=nonsense")],
        &[("cookie", &long)],
        &[("cookie", "=;;;=")],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", "Bearer berth_nonsense")],
        &[("authorization", "Basic YW5uOmNvcnJlY3QgaG9yc2U=")],
    ] {
        let answer = berth.get("/api/v1/me", headers).await;
        answer.problem(401);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn another_site_cannot_use_a_browsers_cookie() {
    let berth = start().await;
    let cookie = berth.log_in().await;
    let own = format!("http://{OWN_HOST}");
    for (origin, status) in [
        (own.as_str(), 201),
        ("https://berth.test:8080", 201),
        ("http://berth.test", 403),
        ("http://berth.test:8081", 403),
        ("http://evil.test:8080", 403),
        ("http://berth.test:8080.evil.test", 403),
        ("null", 403),
        ("", 403),
    ] {
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        let answer = berth
            .post("/api/v1/tokens", &headers, json!({"name": "ci"}))
            .await;
        assert_eq!(answer.status, status, "{origin:?}");
    }
    let evil = ("origin", "http://evil.test");
    berth
        .post(
            "/api/v1/login",
            &[evil],
            json!({"email": EMAIL, "password": PASSWORD}),
        )
        .await
        .problem(403);
    berth
        .send("POST", "/api/v1/logout", &[("cookie", &cookie), evil], "")
        .await
        .problem(403);
    // Reading is harmless: the other site does not see the answer.
    assert_eq!(
        berth
            .get("/api/v1/me", &[("cookie", &cookie), evil])
            .await
            .status,
        200
    );
    let upgrade = [
        ("cookie", cookie.as_str()),
        evil,
        ("upgrade", "websocket"),
        ("connection", "upgrade"),
    ];
    berth.get("/api/v1/me", &upgrade).await.problem(403);
}

#[tokio::test]
async fn a_token_may_be_used_from_anywhere() {
    let berth = start().await;
    let (_, token) = berth.token().await;
    let headers = [
        ("authorization", token.as_str()),
        ("origin", "http://elsewhere.test"),
    ];
    assert_eq!(
        berth
            .post("/api/v1/tokens", &headers, json!({"name": "more"}))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn behind_a_proxy_the_public_origin_counts_and_the_cookie_is_secure() {
    let berth = start_with(Some("https://berth.example.org")).await;
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let public = ("origin", "https://berth.example.org");
    let answer = berth.post("/api/v1/login", &[public], login.clone()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("set-cookie").contains("; Secure"));
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age=")
    );
    let inner = format!("http://{OWN_HOST}");
    berth
        .post("/api/v1/login", &[("origin", &inner)], login)
        .await
        .problem(403);
}

#[tokio::test]
async fn the_cookie_is_secure_when_the_browser_says_https() {
    let berth = start().await;
    let origin = format!("https://{OWN_HOST}");
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let answer = berth
        .post("/api/v1/login", &[("origin", &origin)], login)
        .await;
    assert!(answer.header("set-cookie").contains("; Secure"));
}
