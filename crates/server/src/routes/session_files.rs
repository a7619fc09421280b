//! The files of a session, as its programs see them: mounts, scratch, and what the mounts forbid.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use berth_accounts::Caller;
use berth_folders::Files;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::content::entry::{self, FileEntry};
use crate::content::read::{self, Format};
use crate::content::wire_path::{self, Address};
use crate::content::write;
use crate::extract::{Json, Path, Query};
use crate::page::{List, Page, PageQuery};
use crate::problem::{Problem, Result};
use crate::server::App;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::new().routes(routes!(list));
    // As for folders: to the router a path is all that follows.
    let (schemas, paths, content) = routes!(get_content, put_content, delete_content);
    for path in [
        "/sessions/{session}/content",
        "/sessions/{session}/content/",
        "/sessions/{session}/content/{*path}",
    ] {
        router = router.route(path, content.clone());
    }
    let document = router.get_openapi_mut();
    document.paths.paths.extend(paths.paths);
    document
        .components
        .get_or_insert_default()
        .schemas
        .extend(schemas);
    router
}

async fn open(app: &App, caller: &Caller, session: &str) -> Result<Files> {
    Ok(app
        .sessions
        .computer(caller.user_id, session)
        .await?
        .files())
}

/// Which directory is listed.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "for the description; its bytes need not be UTF-8, so it is read by hand"
)]
struct ListQuery {
    /// The directory, such as `/home/work`; the root when absent.
    path: Option<String>,
}

/// A directory of a session
#[utoipa::path(
    get, path = "/sessions/{session}/files", operation_id = "listSessionFiles", tag = "sessions",
    params(("session" = String, Path, description = "Id or name"), ListQuery, PageQuery),
    responses((status = OK, body = List<FileEntry>)),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
    uri: Uri,
    page: Page,
) -> Result<Json<List<FileEntry>>> {
    let path = wire_path::in_query(&uri)?;
    let files = open(&app, &caller, &session).await?;
    Ok(Json(entry::list(&files, &path, &page).await?))
}

/// How a file is read.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ReadQuery {
    /// For a directory, and needed there: how its files are put into one.
    archive: Option<Format>,
}

/// Read a file of a session
#[utoipa::path(
    method(get, head), path = "/sessions/{session}/content/{path}", operation_id = "readSessionFile", tag = "sessions",
    params(
        ("session" = String, Path, description = "Id or name"),
        ("path" = String, Path, description = "The path from the session's root, such as home/work/a.txt"),
        ReadQuery,
    ),
    responses(
        (status = OK, description = "The file, or the archive", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = PARTIAL_CONTENT, description = "The part that was asked for", body = Vec<u8>,
         content_type = "application/octet-stream"),
        (status = NOT_MODIFIED, description = "The caller has it already"),
    ),
)]
async fn get_content(
    State(app): State<App>,
    caller: Caller,
    method: Method,
    uri: Uri,
    Query(query): Query<ReadQuery>,
    headers: HeaderMap,
) -> Result<Response<Body>> {
    let address = Address::of(&uri)?;
    let files = open(&app, &caller, &address.owner).await?;
    match query.archive {
        Some(format) => {
            read::directory(&files, &address.path, format, &address.owner, &method).await
        }
        None => read::file(&files, &address.path, &method, &headers).await,
    }
}

/// Write a file of a session, whole or not at all
#[utoipa::path(
    put, path = "/sessions/{session}/content/{path}", operation_id = "writeSessionFile", tag = "sessions",
    params(
        ("session" = String, Path, description = "Id or name"),
        ("path" = String, Path, description = "The path from the session's root, such as home/work/a.txt"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = CREATED, description = "There was no such file before"),
        (status = NO_CONTENT, description = "The file was replaced"),
    ),
)]
async fn put_content(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>> {
    let address = Address::of(&uri)?;
    if address.ends_in_slash {
        return Err(Problem::bad_request(
            "a file's path does not end in a slash",
        ));
    }
    let files = open(&app, &caller, &address.owner).await?;
    let location = address.location("sessions", &address.owner);
    write::file(&files, &address.path, &location, &headers, body).await
}

/// How a file is removed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct RemoveQuery {
    /// Also a directory that holds something, and all it holds.
    #[serde(default)]
    recursive: bool,
}

/// Remove a file or a directory of a session
#[utoipa::path(
    delete, path = "/sessions/{session}/content/{path}", operation_id = "removeSessionFile", tag = "sessions",
    params(
        ("session" = String, Path, description = "Id or name"),
        ("path" = String, Path, description = "The path from the session's root, such as home/work/a.txt"),
        RemoveQuery,
    ),
    responses((status = NO_CONTENT)),
)]
async fn delete_content(
    State(app): State<App>,
    caller: Caller,
    uri: Uri,
    Query(query): Query<RemoveQuery>,
    headers: HeaderMap,
) -> Result<StatusCode> {
    let address = Address::of(&uri)?;
    let files = open(&app, &caller, &address.owner).await?;
    write::remove(&files, &address.path, query.recursive, &headers).await
}
