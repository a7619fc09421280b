//! What is around the API: health, metrics, its description, the pages.

mod common;

use common::start;
use serde_json::Value;

#[tokio::test]
async fn health_is_open_to_everybody() {
    let berth = start().await;
    assert_eq!(berth.get("/healthz", &[]).await.status, 200);
    assert_eq!(berth.get("/readyz", &[]).await.status, 200);
    berth.app.stopping.cancel();
    assert_eq!(
        berth.get("/readyz", &[]).await.status,
        503,
        "no new work for a server that stops"
    );
}

#[tokio::test]
async fn requests_are_counted_by_pattern_and_not_by_what_was_typed() {
    let berth = start().await;
    berth.get("/api/v1/me", &[]).await;
    berth.send("DELETE", "/api/v1/tokens/SECRET", &[], "").await;
    berth.send("BREW", "/api/v1/me", &[], "").await;
    berth.get("/api/v1/SECRET", &[]).await;
    let text = berth.get("/metrics", &[]).await;
    assert!(
        text.header("content-type")
            .starts_with("application/openmetrics-text")
    );
    let text = String::from_utf8(text.body).unwrap();
    for line in [
        "berth_http_requests_total{method=\"GET\",route=\"/api/v1/me\",status=\"401\"} 1",
        "berth_http_requests_total{method=\"DELETE\",route=\"/api/v1/tokens/{id}\",status=\"401\"} 1",
        "berth_http_requests_total{method=\"other\",route=\"/api/v1/me\",status=\"405\"} 1",
        "berth_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "berth_build_info{version=",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("SECRET"));
}

#[tokio::test]
async fn the_api_describes_itself_completely() {
    let berth = start().await;
    let answer = berth.get("/api/v1/openapi.json", &[]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/json")
    );
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut names = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(
                operation["summary"].is_string() && operation["tags"].is_array(),
                "{method} {path}"
            );
            let failure = &operation["responses"]["default"]["content"]["application/problem+json"]
                ["schema"]["$ref"];
            assert_eq!(failure, "#/components/schemas/Problem", "{method} {path}");
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!(
                    response["description"].is_string(),
                    "{method} {path} {status}"
                );
            }
            names.push(name);
        }
    }
    for name in [
        "login",
        "logout",
        "me",
        "createToken",
        "listTokens",
        "revokeToken",
        "listEnvironments",
    ] {
        assert!(
            names.iter().any(|known| known == name),
            "{name} is missing of {names:?}"
        );
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "an operation's id is its own");
    references_lead_somewhere(&document, &document);
}

fn references_lead_somewhere(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
            fields
                .values()
                .for_each(|value| references_lead_somewhere(document, value));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| references_lead_somewhere(document, value)),
        _ => {}
    }
}

#[tokio::test]
async fn the_api_is_shown_by_a_page_that_loads_nothing_from_elsewhere() {
    let berth = start().await;
    let redirect = berth.get("/api/docs", &[]).await;
    assert_eq!(
        (redirect.status.as_u16(), redirect.header("location")),
        (308, "/api/docs/")
    );
    let page = berth.get("/api/docs/", &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        page.header("content-security-policy")
            .contains("script-src 'self';")
    );
    let html = String::from_utf8(page.body).unwrap();
    assert!(
        !html.contains("https://") && !html.contains("//cdn"),
        "{html}"
    );
    for part in html
        .split(['"', '\''])
        .filter(|part| part.ends_with(".js") || part.ends_with(".css"))
    {
        let file = berth
            .get(&format!("/api/docs/{}", part.trim_start_matches("./")), &[])
            .await;
        assert_eq!(file.status, 200, "{part}");
        assert!(!file.body.is_empty());
    }
    let start = berth.get("/api/docs/swagger-initializer.js", &[]).await;
    assert!(
        String::from_utf8(start.body)
            .unwrap()
            .contains("/api/v1/openapi.json")
    );
    berth.get("/api/docs/nothing.js", &[]).await.problem(404);
}

#[tokio::test]
async fn every_address_that_is_not_the_apis_shows_the_page() {
    let berth = start().await;
    for path in [
        "/",
        "/folders",
        "/sessions/main/terminal",
        "/한글",
        "/../etc/passwd",
    ] {
        let page = berth.get(path, &[]).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && policy.contains("script-src 'self';"),
            "{policy}"
        );
        assert!(String::from_utf8_lossy(&page.body).contains("<title>Berth"));
    }
    let missing = berth.get("/assets/nothing-12345678.js", &[]).await;
    assert_eq!(
        missing.status, 404,
        "a script that is not there must not be a page"
    );
}

#[tokio::test]
async fn no_answer_may_be_framed_guessed_at_or_run_as_a_page_of_ours() {
    let berth = start().await;
    for path in [
        "/",
        "/api/v1/me",
        "/api/v1/nothing",
        "/healthz",
        "/assets/x",
    ] {
        let answer = berth.get(path, &[]).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
    }
    let api = berth.get("/api/v1/me", &[]).await;
    assert_eq!(api.header("cache-control"), "no-store");
    assert!(api.header("content-security-policy").contains("sandbox"));
}

#[tokio::test]
async fn environments_are_for_people_who_are_known() {
    let berth = start().await;
    berth.get("/api/v1/environments", &[]).await.problem(401);
    let (_, token) = berth.token().await;
    let list = berth
        .get("/api/v1/environments", &[("authorization", &token)])
        .await;
    assert_eq!(list.status, 200);
    let known = berth.app.environments.iter().count();
    assert_eq!(list.json()["items"].as_array().unwrap().len(), known);
}
