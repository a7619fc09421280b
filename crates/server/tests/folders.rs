//! Folders as wholes, over HTTP.

mod common;

use axum::body::Body;
use berth_accounts::Role;
use common::files::Place;
use common::start;
use serde_json::json;

#[tokio::test]
async fn a_folder_is_made_shown_renamed_and_listed() {
    let place = Place::new().await;
    let made = place
        .post("/folders", json!({"name": "한글 폴더", "usage_mode": "model", "permission": "ro", "quota_bytes": 1000}))
        .await;
    assert_eq!(made.status, 201);
    let folder = made.json();
    let id = folder["id"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/api/v1/folders/{id}"));
    assert_eq!(folder["name"], "한글 폴더");
    assert_eq!(folder["status"], "ready");
    assert_eq!(folder["volume"], "local:default");
    let me = place.get("/me", &[]).await.json();
    for field in ["id", "email", "name"] {
        assert_eq!(folder["owner"][field], me[field], "{field}");
    }
    assert_eq!(
        (&folder["usage_mode"], &folder["permission"]),
        (&json!("model"), &json!("ro"))
    );
    assert_eq!(folder["quota_bytes"], 1000);
    assert!(folder["created_at"].as_str().unwrap().ends_with('Z'));

    assert_eq!(
        place.get(&format!("/folders/{id}"), &[]).await.json(),
        folder
    );
    let name = "/folders/%ED%95%9C%EA%B8%80%20%ED%8F%B4%EB%8D%94";
    assert_eq!(place.get(name, &[]).await.json(), folder);

    let json_body = &[("content-type", "application/json")];
    let changed = place
        .ask(
            "PATCH",
            name,
            json_body,
            r#"{"name": "models", "permission": "rw"}"#,
        )
        .await;
    assert_eq!(changed.status, 200);
    assert_eq!(
        (&changed.json()["name"], &changed.json()["permission"]),
        (&json!("models"), &json!("rw"))
    );
    place.get(name, &[]).await.problem(404);

    let listed = place.get("/folders", &[]).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(listed["next"], json!(null));
    let first = place.get("/folders?limit=1", &[]).await.json();
    assert_eq!(first["items"][0]["name"], "data");
    let second = place
        .get(
            &format!("/folders?limit=1&after={}", first["next"].as_str().unwrap()),
            &[],
        )
        .await
        .json();
    assert_eq!(
        (&second["items"][0]["name"], &second["next"]),
        (&json!("models"), &json!(null))
    );
}

#[tokio::test]
async fn a_bad_folder_name_is_refused_and_says_what_to_do() {
    let place = Place::new().await;
    let long = "x".repeat(65);
    for name in [
        "",
        "/",
        "a/b",
        "\0",
        "a\nb",
        ".",
        "..",
        ".ssh",
        ".bashrc",
        ".bash_profile",
        "/etc",
        &long,
    ] {
        let problem = place
            .post("/folders", json!({"name": name}))
            .await
            .problem(422);
        assert_eq!(problem["errors"][0]["field"], "name", "{name:?}");
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        let json_body = &[("content-type", "application/json")];
        let renamed = place
            .ask(
                "PATCH",
                "/folders/data",
                json_body,
                json!({"name": name}).to_string(),
            )
            .await;
        renamed.problem(422);
    }
    let taken = place
        .post("/folders", json!({"name": "data"}))
        .await
        .problem(409);
    assert_eq!(taken["errors"][0]["field"], "name");
}

#[tokio::test]
async fn a_body_that_is_not_what_was_asked_for_is_refused() {
    let place = Place::new().await;
    place
        .ask(
            "POST",
            "/folders",
            &[("content-type", "application/json")],
            "{",
        )
        .await
        .problem(400);
    place.ask("POST", "/folders", &[], "{}").await.problem(415);
    for (body, field) in [
        (json!({}), ""),
        (json!({"name": 7}), "name"),
        (json!({"name": "a", "usage_mode": "other"}), "usage_mode"),
        (json!({"name": "a", "permission": "rwx"}), "permission"),
        (json!({"name": "a", "quota_bytes": -1}), "quota_bytes"),
        (json!({"name": "a", "volume": "local:fast"}), "volume"),
        (json!({"name": "a", "project": "p"}), "project"),
        (json!({"name": "a", "nmae": "b"}), "nmae"),
    ] {
        let problem = place.post("/folders", body.clone()).await.problem(422);
        assert!(problem.to_string().contains(field), "{body}: {problem}");
    }
    place.get("/folders?status=gone", &[]).await.problem(400);
    place.get("/folders?limit=0", &[]).await.problem(400);
    place.get("/folders?after=x", &[]).await.problem(400);
}

#[tokio::test]
async fn a_deleted_folder_is_in_the_trash_until_it_is_restored_or_purged() {
    let place = Place::new().await;
    place.put("a", "kept").await;
    assert_eq!(place.delete("/folders/data").await.status, 204);
    place.get("/folders/data", &[]).await.problem(404);
    place.get("/folders/data/content/a", &[]).await.problem(404);
    assert_eq!(place.get("/folders", &[]).await.json()["items"], json!([]));
    let trash = place
        .get("/folders?status=delete-pending", &[])
        .await
        .json();
    assert_eq!(trash["items"][0]["id"], place.id.as_str());
    assert!(trash["items"][0]["trashed_at"].is_string());

    let by_id = format!("/folders/{}", place.id);
    let restored = place.post(&format!("{by_id}/restore"), json!({})).await;
    assert_eq!(
        (restored.status.as_u16(), &restored.json()["status"]),
        (200, &json!("ready"))
    );
    assert_eq!(
        place.get("/folders/data/content/a", &[]).await.body,
        b"kept"
    );
    place
        .post(&format!("{by_id}/restore"), json!({}))
        .await
        .problem(409);

    place.delete("/folders/data").await;
    assert_eq!(
        place.delete(&format!("{by_id}?purge=true")).await.status,
        204
    );
    place.get(&by_id, &[]).await.problem(404);
    assert_eq!(
        place
            .get("/folders?status=delete-pending", &[])
            .await
            .json()["items"],
        json!([])
    );
    place.delete(&by_id).await.problem(404);
}

#[tokio::test]
async fn another_persons_folder_is_not_there() {
    let place = Place::new().await;
    place.put("a", "secret").await;
    place
        .berth
        .app
        .accounts
        .create_user("bob@example.org", "battery staple", Role::User)
        .await
        .unwrap();
    let login = json!({"email": "bob@example.org", "password": "battery staple"});
    let logged_in = place.berth.post("/api/v1/login", &[], login).await;
    let cookie = logged_in
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let bob = [
        ("cookie", cookie.as_str()),
        ("content-type", "application/json"),
    ];
    for folder in ["data", place.id.as_str()] {
        let at = |rest: &str| format!("/api/v1/folders/{folder}{rest}");
        for (method, path, body) in [
            ("GET", at(""), ""),
            ("PATCH", at(""), "{}"),
            ("DELETE", at(""), ""),
            ("DELETE", at("?purge=true"), ""),
            ("POST", at("/restore"), ""),
            ("GET", at("/files"), ""),
            ("GET", at("/content/a"), ""),
            ("HEAD", at("/content/a"), ""),
            ("PUT", at("/content/a"), "x"),
            ("DELETE", at("/content/a"), ""),
            ("GET", at("/content/?archive=zip"), ""),
            ("POST", at("/directories"), r#"{"path": "d"}"#),
            ("POST", at("/move"), r#"{"from": "a", "to": "b"}"#),
            (
                "POST",
                at("/archive"),
                r#"{"paths": ["a"], "format": "zip"}"#,
            ),
        ] {
            let answer = place.berth.send(method, &path, &bob, body).await;
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
    assert_eq!(
        place.get("/folders/data/content/a", &[]).await.body,
        b"secret"
    );
}

#[tokio::test]
async fn nobody_unknown_gets_in() {
    let berth = start().await;
    for (method, path) in [
        ("GET", "/folders"),
        ("POST", "/folders"),
        ("GET", "/folders/data"),
        ("GET", "/folders/data/files"),
        ("GET", "/folders/data/content/a"),
        ("PUT", "/folders/data/content/a"),
        ("DELETE", "/folders/data/content/a"),
        ("POST", "/folders/data/archive"),
    ] {
        berth
            .send(method, &format!("/api/v1{path}"), &[], Body::empty())
            .await
            .problem(401);
    }
}

#[tokio::test]
async fn a_folder_that_a_session_has_mounted_is_not_deleted() {
    let place = Place::new().await;
    let user = place
        .berth
        .app
        .accounts
        .authenticate_token(place.token.trim_start_matches("Bearer "))
        .await;
    let user = user.unwrap().unwrap().caller.user_id;
    let folders = &place.berth.app.folders;
    let open = folders
        .open_for_mount(user, &"data".into(), "mysess")
        .await
        .unwrap();
    let problem = place.delete("/folders/data").await.problem(409);
    assert!(
        problem["detail"].as_str().unwrap().contains("mysess"),
        "{problem}"
    );
    drop(open);
    assert_eq!(place.delete("/folders/data").await.status, 204);
}

#[tokio::test]
async fn the_description_of_the_api_knows_every_operation() {
    let document: serde_json::Value =
        serde_json::from_str(&berth_server::routes::openapi::document().unwrap()).unwrap();
    for (path, methods) in [
        ("/api/v1/folders", &["get", "post"][..]),
        ("/api/v1/folders/{folder}", &["get", "patch", "delete"]),
        ("/api/v1/folders/{folder}/restore", &["post"]),
        ("/api/v1/folders/{folder}/files", &["get"]),
        (
            "/api/v1/folders/{folder}/content/{path}",
            &["get", "head", "put", "delete"],
        ),
        ("/api/v1/folders/{folder}/directories", &["post"]),
        ("/api/v1/folders/{folder}/move", &["post"]),
        ("/api/v1/folders/{folder}/archive", &["post"]),
    ] {
        for method in methods {
            let operation = &document["paths"][path][method];
            assert!(operation["operationId"].is_string(), "{method} {path}");
            let mut names: Vec<_> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|parameter| parameter["name"].to_string())
                .collect();
            let told = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), told, "{method} {path} tells a parameter twice");
        }
    }
    let text = document.to_string();
    assert!(!text.contains("{*"), "the router's own wildcard shows");
    for schema in ["Folder", "NewFolder", "FileEntry", "NewDirectory"] {
        assert!(
            document["components"]["schemas"][schema].is_object(),
            "{schema}"
        );
    }
}

#[tokio::test]
async fn what_a_folder_takes_is_told() {
    let place = Place::new().await;
    place.put("a/b", "12345").await;
    let usage = place.get("/folders/data/usage", &[]).await;
    assert_eq!(usage.status, 200);
    assert_eq!(usage.json(), json!({"bytes": 5, "names": 2}));
    place.get("/folders/nothing/usage", &[]).await.problem(404);
}
