//! What a person wants in every session of theirs: dotfiles, and a bootstrap script.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use berth_accounts::Caller;
use berth_sessions::Dotfile;
use berth_store::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::{Json, Path};
use crate::page::List;
use crate::problem::{Problem, Result};
use crate::server::App;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(bootstrap_script, set_bootstrap_script));
    // To the router a path is all that follows; to OpenAPI it is a variable as any other.
    let (schemas, paths, dotfile) = routes!(get, put, delete);
    router = router.route("/user-config/dotfiles/{*path}", dotfile);
    let document = router.get_openapi_mut();
    document.paths.paths.extend(paths.paths);
    document
        .components
        .get_or_insert_default()
        .schemas
        .extend(schemas);
    router
}

/// A dotfile, without what is in it.
#[derive(Serialize, ToSchema)]
#[schema(as = Dotfile)]
struct DotfileInfo {
    /// Where it goes, below the home.
    path: String,
    /// How long it is, in bytes.
    size: usize,
    /// Its permission bits, in octal.
    mode: String,
    /// When it was written last.
    modified: Timestamp,
}

/// A dotfile.
#[derive(Serialize, ToSchema)]
struct DotfileWithData {
    #[serde(flatten)]
    about: DotfileInfo,
    /// What is in it.
    data: String,
}

/// What a dotfile shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDotfile {
    /// What shall be in it, up to 64 KiB.
    data: String,
    /// Its permission bits, in octal; `644` when absent.
    #[schema(pattern = "^[0-7]{3}$")]
    mode: Option<String>,
}

/// A bootstrap script.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BootstrapScript {
    /// Shell text, up to 64 KiB; empty: none.
    script: String,
}

impl From<Dotfile> for DotfileInfo {
    fn from(dotfile: Dotfile) -> Self {
        Self {
            size: dotfile.data.len(),
            mode: format!("{:03o}", dotfile.mode),
            path: dotfile.path,
            modified: dotfile.modified_at,
        }
    }
}

impl From<Dotfile> for DotfileWithData {
    fn from(mut dotfile: Dotfile) -> Self {
        let data = std::mem::take(&mut dotfile.data);
        let mut about = DotfileInfo::from(dotfile);
        about.size = data.len();
        Self { about, data }
    }
}

/// My dotfiles, by path
///
/// Every new session of mine has them in its home. What lies where a folder is mounted is left out there.
#[utoipa::path(
    get, path = "/user-config/dotfiles", operation_id = "listDotfiles", tag = "account",
    responses((status = OK, body = List<DotfileInfo>)),
)]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<List<DotfileInfo>>> {
    let all = app.sessions.dotfiles().list(caller.user_id).await?;
    // There are never more than fit into a page.
    Ok(Json(List {
        items: all.into_iter().map(DotfileInfo::from).collect(),
        next: None,
    }))
}

/// Read a dotfile
#[utoipa::path(
    get, path = "/user-config/dotfiles/{path}", operation_id = "getDotfile", tag = "account",
    params(("path" = String, Path, description = "Below the home, such as .config/pip/pip.conf")),
    responses((status = OK, body = DotfileWithData)),
)]
async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
) -> Result<Json<DotfileWithData>> {
    let dotfile = app.sessions.dotfiles().get(caller.user_id, &path).await?;
    Ok(Json(dotfile.into()))
}

/// Write a dotfile
///
/// In place of the one that is there. Sessions that run already do not see it.
#[utoipa::path(
    put, path = "/user-config/dotfiles/{path}", operation_id = "putDotfile", tag = "account",
    params(("path" = String, Path, description = "Below the home, such as .config/pip/pip.conf")),
    request_body = NewDotfile,
    responses(
        (status = CREATED, description = "It is new", body = DotfileInfo),
        (status = OK, description = "It was there before", body = DotfileInfo),
    ),
)]
async fn put(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
    Json(wanted): Json<NewDotfile>,
) -> Result<impl IntoResponse> {
    let mode = wanted.mode.as_deref().map(octal).transpose()?;
    let dotfiles = app.sessions.dotfiles();
    let (written, new) = dotfiles
        .put(caller.user_id, &path, &wanted.data, mode)
        .await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(DotfileInfo::from(written))))
}

fn octal(mode: &str) -> Result<u32> {
    let digits = mode.len() == 3 && mode.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    u32::from_str_radix(mode, 8)
        .ok()
        .filter(|_| digits)
        .ok_or_else(|| Problem::invalid("mode", berth_sessions::Fault::Mode))
}

/// Delete a dotfile
///
/// Sessions that have it keep it.
#[utoipa::path(
    delete, path = "/user-config/dotfiles/{path}", operation_id = "deleteDotfile", tag = "account",
    params(("path" = String, Path, description = "Below the home, such as .config/pip/pip.conf")),
    responses((status = NO_CONTENT)),
)]
async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
) -> Result<StatusCode> {
    app.sessions
        .dotfiles()
        .delete(caller.user_id, &path)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// My bootstrap script
#[utoipa::path(
    get, path = "/user-config/bootstrap-script", operation_id = "getBootstrapScript", tag = "account",
    responses((status = OK, body = BootstrapScript)),
)]
async fn bootstrap_script(State(app): State<App>, caller: Caller) -> Result<Json<BootstrapScript>> {
    let script = app
        .sessions
        .dotfiles()
        .bootstrap_script(caller.user_id)
        .await?;
    Ok(Json(BootstrapScript { script }))
}

/// Write my bootstrap script
///
/// It is run once by `bash` in every new session of mine, before the session is RUNNING; what it prints is in the
/// session's log.
#[utoipa::path(
    put, path = "/user-config/bootstrap-script", operation_id = "putBootstrapScript", tag = "account",
    request_body = BootstrapScript,
    responses((status = OK, body = BootstrapScript)),
)]
async fn set_bootstrap_script(
    State(app): State<App>,
    caller: Caller,
    Json(wanted): Json<BootstrapScript>,
) -> Result<Json<BootstrapScript>> {
    let dotfiles = app.sessions.dotfiles();
    dotfiles
        .set_bootstrap_script(caller.user_id, &wanted.script)
        .await?;
    let script = dotfiles.bootstrap_script(caller.user_id).await?;
    Ok(Json(BootstrapScript { script }))
}
