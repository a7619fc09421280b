//! The files of a folder.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use axum::response::IntoResponse as _;
use berth_accounts::Caller;
use berth_folders::{Files, Folder, FolderRef};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::content::entry::{self, FileEntry};
use crate::content::read::{self, Format};
use crate::content::wire_path::{self, Address, WirePath};
use crate::content::write;
use crate::extract::{Json, Path, Query};
use crate::page::{List, Page, PageQuery};
use crate::problem::{Problem, Result};
use crate::server::App;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(make_directory))
        .routes(routes!(rename))
        .routes(routes!(archive));
    // To the router a path is all that follows, and may be empty; to OpenAPI it is a variable as any other.
    let (schemas, paths, content) = routes!(get_content, put_content, delete_content);
    for path in [
        "/folders/{folder}/content",
        "/folders/{folder}/content/",
        "/folders/{folder}/content/{*path}",
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

/// The folder and its files, as the caller may see them.
async fn open(app: &App, caller: &Caller, folder: &str) -> Result<(Folder, Files)> {
    Ok(app
        .folders
        .files(caller.user_id, &FolderRef::from(folder))
        .await?)
}

/// Which directory is listed.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "for the description; its bytes need not be UTF-8, so it is read by hand"
)]
struct ListQuery {
    /// The directory; the top of the folder when absent.
    path: Option<String>,
}

/// A directory, sorted by the bytes of its names
#[utoipa::path(
    get, path = "/folders/{folder}/files", operation_id = "listFiles", tag = "files",
    params(("folder" = String, Path, description = "Id or name"), ListQuery, PageQuery),
    responses((status = OK, body = List<FileEntry>)),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
    uri: Uri,
    page: Page,
) -> Result<Json<List<FileEntry>>> {
    let path = wire_path::in_query(&uri)?;
    let (_, files) = open(&app, &caller, &folder).await?;
    Ok(Json(entry::list(&files, &path, &page).await?))
}

/// How a file is read.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ReadQuery {
    /// For a directory, and needed there: how its files are put into one.
    archive: Option<Format>,
}

/// Read a file
///
/// With ranges (one; several are answered by the whole), entity tags and the conditions of RFC 9110. Browsers save it,
/// and never show it.
#[utoipa::path(
    method(get, head), path = "/folders/{folder}/content/{path}", operation_id = "readFile", tag = "files",
    params(
        ("folder" = String, Path, description = "Id or name"),
        ("path" = String, Path, description = "The path, slashes and all; percent-encoded bytes need not be UTF-8"),
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
    let (folder, files) = open(&app, &caller, &address.owner).await?;
    match query.archive {
        Some(format) => read::directory(&files, &address.path, format, &folder.name, &method).await,
        None => read::file(&files, &address.path, &method, &headers).await,
    }
}

/// Write a file, whole or not at all
///
/// Missing directories on the way are made. `If-None-Match: *` keeps a file that is there, `If-Match` replaces only the
/// version that was seen.
#[utoipa::path(
    put, path = "/folders/{folder}/content/{path}", operation_id = "writeFile", tag = "files",
    params(
        ("folder" = String, Path, description = "Id or name"),
        ("path" = String, Path, description = "The path, slashes and all; percent-encoded bytes need not be UTF-8"),
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
    let (folder, files) = open(&app, &caller, &address.owner).await?;
    let location = address.location("folders", &folder.id.to_string());
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

/// Remove a file or a directory
#[utoipa::path(
    delete, path = "/folders/{folder}/content/{path}", operation_id = "removeFile", tag = "files",
    params(
        ("folder" = String, Path, description = "Id or name"),
        ("path" = String, Path, description = "The path, slashes and all; percent-encoded bytes need not be UTF-8"),
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
    let (_, files) = open(&app, &caller, &address.owner).await?;
    write::remove(&files, &address.path, query.recursive, &headers).await
}

/// A directory to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDirectory {
    path: WirePath,
    /// Also make those above it, and do not mind when it is there.
    #[serde(default)]
    parents: bool,
}

/// Make a directory
#[utoipa::path(
    post, path = "/folders/{folder}/directories", operation_id = "createDirectory", tag = "files",
    params(("folder" = String, Path, description = "Id or name")),
    request_body = NewDirectory,
    responses((status = CREATED), (status = NO_CONTENT, description = "It was there already")),
)]
async fn make_directory(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
    Json(new): Json<NewDirectory>,
) -> Result<StatusCode> {
    let path = new.path.parse("path")?;
    let (_, files) = open(&app, &caller, &folder).await?;
    let made = files.make_directory(&path, new.parents).await?;
    Ok(if made {
        StatusCode::CREATED
    } else {
        StatusCode::NO_CONTENT
    })
}

/// From where to where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Move {
    from: WirePath,
    /// Where nothing may be yet, not even a directory: the new path, name included.
    to: WirePath,
}

/// Move or rename a file or a directory
///
/// Nothing is ever replaced: 409 when there is something at `to`.
#[utoipa::path(
    post, path = "/folders/{folder}/move", operation_id = "moveFile", tag = "files",
    params(("folder" = String, Path, description = "Id or name")),
    request_body = Move,
    responses((status = NO_CONTENT)),
)]
async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
    Json(wanted): Json<Move>,
) -> Result<StatusCode> {
    let (from, to) = (wanted.from.parse("from")?, wanted.to.parse("to")?);
    let (_, files) = open(&app, &caller, &folder).await?;
    files.rename(&from, &to).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is to be put into one file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ArchiveWanted {
    /// Files and directories; names in the archive begin at the nearest directory that all of them lie in.
    #[schema(min_items = 1, max_items = 1000)]
    paths: Vec<WirePath>,
    format: Format,
}

/// Several files as one
#[utoipa::path(
    post, path = "/folders/{folder}/archive", operation_id = "archiveFiles", tag = "files",
    params(("folder" = String, Path, description = "Id or name")),
    request_body = ArchiveWanted,
    responses((status = OK, description = "The archive",
        content((Vec<u8> = "application/zip"), (Vec<u8> = "application/x-tar")))),
)]
async fn archive(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
    Json(wanted): Json<ArchiveWanted>,
) -> Result<Response<Body>> {
    let paths = wanted.paths.iter().enumerate();
    let paths = paths.map(|(index, path)| path.parse(&format!("paths[{index}]")));
    let paths = paths.collect::<Result<Vec<_>>>()?;
    let (folder, files) = open(&app, &caller, &folder).await?;
    Ok(read::several(&files, paths, wanted.format, &folder.name)
        .await?
        .into_response())
}
