//! What people and programs are told when something is wrong.

mod common;

use axum::body::Body;
use common::start;

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn an_address_that_the_api_does_not_have_is_404() {
    let berth = start().await;
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v2/me",
        "/api/v1/me/",
        "/api/v1/tokens/a/b",
    ] {
        let problem = berth.get(path, &[]).await.problem(404);
        assert!(problem["detail"].is_string(), "{path}");
    }
    berth
        .send("POST", "/api/v1/nothing", &[], "")
        .await
        .problem(404);
}

#[tokio::test]
async fn a_method_that_an_address_does_not_have_is_405_and_says_which_it_has() {
    let berth = start().await;
    let answer = berth.send("DELETE", "/api/v1/login", &[], "").await;
    answer.problem(405);
    assert_eq!(answer.header("allow"), "POST");
    let answer = berth.send("POST", "/folders", &[], "").await;
    answer.problem(405);
    assert_eq!(answer.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn a_body_that_is_no_json_is_400() {
    let berth = start().await;
    for body in ["", "hello", "{", "{\"email\": \"a\",}", "\u{0}", "{} {}"] {
        let answer = berth.send("POST", "/api/v1/login", &[JSON], body).await;
        let status = if body == "{} {}" { 422 } else { 400 };
        answer.problem(status);
    }
    let bytes = berth
        .send("POST", "/api/v1/login", &[JSON], vec![0xff, 0xfe])
        .await;
    bytes.problem(400);
}

#[tokio::test]
async fn a_body_that_is_not_called_json_is_415() {
    let berth = start().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "",
    ] {
        berth
            .send("POST", "/api/v1/login", &[("content-type", kind)], "{}")
            .await
            .problem(415);
    }
    berth
        .send("POST", "/api/v1/login", &[], "{}")
        .await
        .problem(415);
    let charset = ("content-type", "Application/JSON; charset=utf-8");
    berth
        .send("POST", "/api/v1/login", &[charset], "{}")
        .await
        .problem(422);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_413() {
    let berth = start().await;
    let body = format!("{{\"email\": \"{}\"}}", "x".repeat(2 << 20));
    berth
        .send("POST", "/api/v1/login", &[JSON], body)
        .await
        .problem(413);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let berth = start().await;
    let pieces = [Ok("{\"email\":"), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    berth
        .send("POST", "/api/v1/login", &[JSON], body)
        .await
        .problem(400);
}

#[tokio::test]
async fn every_answer_has_an_id_that_the_log_knows() {
    let berth = start().await;
    let one = berth.get("/api/v1/me", &[]).await;
    assert_eq!(one.header("x-request-id").len(), 36);
    let given = berth
        .get("/api/v1/me", &[("x-request-id", "from-the-proxy")])
        .await;
    assert_eq!(given.header("x-request-id"), "from-the-proxy");
}

#[tokio::test]
async fn a_database_that_is_gone_is_503_without_its_words() {
    let berth = start().await;
    let cookie = berth.log_in().await;
    berth.app.store.close().await;
    for path in ["/api/v1/me", "/readyz"] {
        let answer = berth.get(path, &[("cookie", &cookie)]).await;
        let problem = answer.problem(503).to_string();
        assert!(
            !problem.contains("pool") && !problem.contains("sqlx"),
            "{problem}"
        );
    }
    assert_eq!(
        berth.get("/healthz", &[]).await.status,
        200,
        "it is alive nevertheless"
    );
}
