//! Folders as wholes.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use berth_accounts::Caller;
use berth_folders::{Changes, Creation, Folder, FolderName, FolderRef};
use berth_store::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::extract::{Json, Path, Query};
use crate::page::{List, Page, PageQuery};
use crate::problem::{Problem, Result};
use crate::routes::API;
use crate::server::App;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, update, delete))
        .routes(routes!(restore))
        .routes(routes!(usage))
}

/// What a folder is for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum UsageMode {
    General,
    Model,
    Data,
}

/// The most that sessions may do with a folder: read; read and write; also delete.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Permission {
    Ro,
    Rw,
    Wd,
}

/// Where a folder is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum FolderStatus {
    /// It can be used.
    Ready,
    /// It is in the trash.
    DeletePending,
}

/// What a folder shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFolder {
    /// A name of its own among the caller's folders. One that begins with a dot is mounted in every session.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// `general` when absent.
    usage_mode: Option<UsageMode>,
    /// `rw` when absent.
    permission: Option<Permission>,
    /// The project it shall belong to. There are no projects yet: leave it out.
    project: Option<String>,
    /// The volume it shall live on; `local:default` when absent.
    volume: Option<String>,
    /// The most its files may take together, in bytes; no limit when absent.
    quota_bytes: Option<u64>,
}

/// What shall change about a folder; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FolderChanges {
    #[schema(min_length = 1, max_length = 64)]
    name: Option<String>,
    usage_mode: Option<UsageMode>,
    /// For sessions started from now on.
    permission: Option<Permission>,
}

/// Whose a folder is.
#[derive(Serialize, ToSchema)]
#[schema(as = Owner)]
struct OwnerInfo {
    id: Uuid,
    email: String,
    name: String,
}

impl From<&Caller> for OwnerInfo {
    fn from(caller: &Caller) -> Self {
        Self {
            id: caller.user_id.as_uuid(),
            email: caller.email.clone(),
            name: caller.name.clone(),
        }
    }
}

/// A folder.
#[derive(Serialize, ToSchema)]
#[schema(as = Folder)]
struct FolderInfo {
    id: Uuid,
    name: String,
    owner: OwnerInfo,
    usage_mode: UsageMode,
    permission: Permission,
    status: FolderStatus,
    volume: String,
    /// The most its files may take together, in bytes; null: no limit.
    quota_bytes: Option<u64>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was moved to the trash; null: it was not.
    #[schema(value_type = Option<String>, format = DateTime)]
    trashed_at: Option<Timestamp>,
}

impl From<UsageMode> for berth_folders::UsageMode {
    fn from(mode: UsageMode) -> Self {
        match mode {
            UsageMode::General => Self::General,
            UsageMode::Model => Self::Model,
            UsageMode::Data => Self::Data,
        }
    }
}

impl From<Permission> for berth_folders::Permission {
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::Ro => Self::ReadOnly,
            Permission::Rw => Self::ReadWrite,
            Permission::Wd => Self::WriteDelete,
        }
    }
}

impl FolderInfo {
    /// As `caller` sees it. Folders are seen by their owners only, so far.
    fn of(caller: &Caller, folder: Folder) -> Self {
        Self {
            id: folder.id.as_uuid(),
            name: folder.name,
            owner: caller.into(),
            usage_mode: match folder.usage_mode {
                berth_folders::UsageMode::General => UsageMode::General,
                berth_folders::UsageMode::Model => UsageMode::Model,
                berth_folders::UsageMode::Data => UsageMode::Data,
            },
            permission: match folder.permission {
                berth_folders::Permission::ReadOnly => Permission::Ro,
                berth_folders::Permission::ReadWrite => Permission::Rw,
                berth_folders::Permission::WriteDelete => Permission::Wd,
            },
            status: match folder.status {
                berth_folders::FolderStatus::Ready => FolderStatus::Ready,
                // One in removal for good is shown to nobody.
                berth_folders::FolderStatus::DeletePending
                | berth_folders::FolderStatus::DeleteOngoing => FolderStatus::DeletePending,
            },
            volume: folder.volume,
            quota_bytes: folder.quota_bytes,
            created_at: folder.created_at,
            trashed_at: folder.trashed_at,
        }
    }
}

/// Make a folder
#[utoipa::path(
    post, path = "/folders", operation_id = "createFolder", tag = "folders",
    request_body = NewFolder,
    responses((status = CREATED, body = FolderInfo)),
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewFolder>,
) -> Result<impl IntoResponse> {
    if new.project.is_some() {
        return Err(Problem::invalid(
            "project",
            "there are no projects: leave it out",
        ));
    }
    let wanted = Creation {
        name: FolderName::new(&new.name).map_err(berth_folders::Error::from)?,
        usage_mode: new.usage_mode.unwrap_or(UsageMode::General).into(),
        permission: new.permission.unwrap_or(Permission::Rw).into(),
        volume: new.volume,
        quota_bytes: new.quota_bytes,
    };
    let made = app.folders.create(caller.user_id, wanted).await?;
    let location = format!("{API}/folders/{}", made.id);
    Ok((
        StatusCode::CREATED,
        [(LOCATION, location)],
        Json(FolderInfo::of(&caller, made)),
    ))
}

/// Which folders are listed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Those in this status; `ready` when absent.
    status: Option<FolderStatus>,
}

/// My folders, oldest first
#[utoipa::path(
    get, path = "/folders", operation_id = "listFolders", tag = "folders", params(ListQuery, PageQuery),
    responses((status = OK, body = List<FolderInfo>)),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    page: Page,
) -> Result<Json<List<FolderInfo>>> {
    let (user, rows, after) = (caller.user_id, page.rows(), page.after()?);
    let folders = match query.status.unwrap_or(FolderStatus::Ready) {
        FolderStatus::Ready => app.folders.list(user, rows, after).await?,
        FolderStatus::DeletePending => app.folders.list_trash(user, rows, after).await?,
    };
    Ok(Json(page.list(
        folders,
        |folder| folder.id,
        |folder| FolderInfo::of(&caller, folder),
    )))
}

/// A folder
///
/// By its id, or by its name. One in the trash is found by its id only.
#[utoipa::path(
    get, path = "/folders/{folder}", operation_id = "getFolder", tag = "folders",
    params(("folder" = String, Path, description = "Id or name")),
    responses((status = OK, body = FolderInfo)),
)]
async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
) -> Result<Json<FolderInfo>> {
    let found = app
        .folders
        .get(caller.user_id, &FolderRef::from(folder.as_str()))
        .await?;
    Ok(Json(FolderInfo::of(&caller, found)))
}

/// Rename a folder, or change what it is for
///
/// Sessions that run keep it as it was when they began.
#[utoipa::path(
    patch, path = "/folders/{folder}", operation_id = "updateFolder", tag = "folders",
    params(("folder" = String, Path, description = "Id or name")),
    request_body = FolderChanges,
    responses((status = OK, body = FolderInfo)),
)]
async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
    Json(wanted): Json<FolderChanges>,
) -> Result<Json<FolderInfo>> {
    let name = wanted.name.as_deref().map(FolderName::new).transpose();
    let changes = Changes {
        name: name.map_err(berth_folders::Error::from)?,
        usage_mode: wanted.usage_mode.map(Into::into),
        permission: wanted.permission.map(Into::into),
    };
    let folder = FolderRef::from(folder.as_str());
    let changed = app.folders.update(caller.user_id, &folder, changes).await?;
    Ok(Json(FolderInfo::of(&caller, changed)))
}

/// How a folder is deleted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DeleteQuery {
    /// For good, from the trash or directly, instead of into the trash.
    #[serde(default)]
    purge: bool,
}

/// Move a folder to the trash, or remove it for good
///
/// A folder that a session has mounted stays: 409.
#[utoipa::path(
    delete, path = "/folders/{folder}", operation_id = "deleteFolder", tag = "folders",
    params(("folder" = String, Path, description = "Id or name"), DeleteQuery),
    responses((status = NO_CONTENT)),
)]
async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
    Query(query): Query<DeleteQuery>,
) -> Result<StatusCode> {
    let folder = FolderRef::from(folder.as_str());
    if query.purge {
        app.folders.purge(caller.user_id, &folder).await?;
    } else {
        app.folders.trash(caller.user_id, &folder).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Take a folder out of the trash
#[utoipa::path(
    post, path = "/folders/{folder}/restore", operation_id = "restoreFolder", tag = "folders",
    params(("folder" = String, Path, description = "Id")),
    responses((status = OK, body = FolderInfo)),
)]
async fn restore(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
) -> Result<Json<FolderInfo>> {
    let folder = FolderRef::from(folder.as_str());
    let restored = app.folders.restore(caller.user_id, &folder).await?;
    Ok(Json(FolderInfo::of(&caller, restored)))
}

/// What the files of a folder take.
#[derive(Serialize, ToSchema)]
#[schema(as = FolderUsage)]
struct UsageInfo {
    /// Lengths of its files, those with several names once, in bytes.
    bytes: u64,
    /// Names of files, directories and links in it.
    names: u64,
}

/// What the files of a folder take
///
/// A folder without a limit is counted when this is asked, which takes a while for very many files.
#[utoipa::path(
    get, path = "/folders/{folder}/usage", operation_id = "getFolderUsage", tag = "folders",
    params(("folder" = String, Path, description = "Id or name")),
    responses((status = OK, body = UsageInfo)),
)]
async fn usage(
    State(app): State<App>,
    caller: Caller,
    Path(folder): Path<String>,
) -> Result<Json<UsageInfo>> {
    let used = app
        .folders
        .usage(caller.user_id, &FolderRef::from(folder.as_str()))
        .await?;
    Ok(Json(UsageInfo {
        bytes: used.bytes,
        names: used.names,
    }))
}
