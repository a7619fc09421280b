//! Sessions: starting, looking, renaming, ending, and running commands in them.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use berth_accounts::Caller;
use berth_sessions::{
    Command, ExecRequest, MountRequest, MountedFolder, Policy, ResourcesInUse, ResourcesRequest,
    Session, SessionRequest, SessionType, Sessions, limits,
};
use berth_store::Timestamp;
use berth_store::folders::Permission;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::extract::{Json, Path, Query};
use crate::page::{List, Page, PageQuery};
use crate::problem::{Problem, Result};
use crate::routes::API;
use crate::server::App;

/// Longest body of an `exec`: the largest input in base64, and the rest of the request.
const EXEC_BODY_BYTES_MAX: usize = limits::EXEC_STDIN_BYTES_MAX / 3 * 4 + (4 << 20);

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    let exec = OpenApiRouter::new()
        .routes(routes!(exec))
        .layer(DefaultBodyLimit::max(EXEC_BODY_BYTES_MAX));
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(get, rename, terminate))
        .routes(routes!(logs))
        .merge(exec)
}

/// A session that shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSession {
    /// 4 to 64 letters, digits, `.`, `-` and `_`; made up when absent.
    name: Option<String>,
    /// The server's default when absent.
    environment: Option<String>,
    /// `interactive` (the default), or `batch`, which ends with its startup command.
    #[serde(rename = "type")]
    #[schema(value_type = Option<String>)]
    session_type: Option<SessionType>,
    /// The folders it sees; your dot-folders come on top.
    mounts: Option<Vec<NewMount>>,
    /// Environment variables.
    environ: Option<BTreeMap<String, String>>,
    /// Its limits.
    resources: Option<NewResources>,
    /// Shell text that runs when it starts.
    startup_command: Option<String>,
    /// It ends after this long without use.
    idle_timeout_seconds: Option<u64>,
    /// It ends after this long in any case.
    lifetime_seconds: Option<u64>,
}

/// A folder to be mounted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMount {
    /// Its id or name.
    folder: String,
    /// `/home/work/<name>` when absent, below `/home/work` when relative.
    path: Option<String>,
    /// `ro` or `rw`; what the folder allows when absent.
    #[schema(value_type = Option<String>)]
    permission: Option<Permission>,
    /// The directory inside of it that appears; all of it when absent.
    subpath: Option<String>,
}

/// Limits; what is absent gets its default.
#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewResources {
    memory_bytes: Option<u64>,
    cpu_share: Option<f64>,
    processes_max: Option<u64>,
    scratch_bytes: Option<u64>,
    /// How far it reaches into the network: `off`, `list` (the server's list of hosts) or `public`; the server's
    /// setting when absent, and never further than that.
    #[schema(value_type = Option<String>)]
    egress: Option<Policy>,
}

impl From<NewSession> for SessionRequest {
    fn from(new: NewSession) -> Self {
        let mounts = new
            .mounts
            .unwrap_or_default()
            .into_iter()
            .map(|mount| MountRequest {
                folder: mount.folder,
                path: mount.path,
                permission: mount.permission,
                subpath: mount.subpath,
            });
        let NewResources {
            memory_bytes,
            cpu_share,
            processes_max,
            scratch_bytes,
            egress,
        } = new.resources.unwrap_or_default();
        Self {
            name: new.name,
            environment: new.environment,
            session_type: new.session_type.unwrap_or(SessionType::Interactive),
            mounts: mounts.collect(),
            environ: new.environ.unwrap_or_default(),
            resources: ResourcesRequest {
                memory_bytes,
                cpu_share,
                processes_max,
                scratch_bytes,
                egress,
            },
            startup_command: new.startup_command,
            idle_timeout_seconds: new.idle_timeout_seconds,
            lifetime_seconds: new.lifetime_seconds,
        }
    }
}

/// A session.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionInfo {
    id: Uuid,
    name: String,
    /// `PENDING`, `PREPARING`, `RUNNING`, `TERMINATING`, `TERMINATED` or `ERROR`.
    #[schema(value_type = String)]
    status: berth_sessions::SessionStatus,
    /// Why it is there.
    status_info: Option<String>,
    environment: String,
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    session_type: SessionType,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    terminated_at: Option<Timestamp>,
    mounts: Vec<MountInfo>,
    /// Its limits.
    #[schema(value_type = NewResources)]
    resources: Value,
    startup_command: Option<String>,
    idle_timeout_seconds: Option<u64>,
    lifetime_seconds: Option<u64>,
    /// What it uses at the moment; null unless it is RUNNING.
    in_use: Option<InUseInfo>,
}

/// What a running session uses at the moment.
#[derive(Serialize, ToSchema)]
#[schema(as = ResourcesInUse)]
struct InUseInfo {
    /// Linear memory of its programs.
    memory_bytes: u64,
    processes: u64,
    /// Its own files; what lies in folders is not among them.
    scratch_bytes: u64,
    /// Names of the terminals in which a shell runs.
    terminals: Vec<String>,
}

impl From<ResourcesInUse> for InUseInfo {
    fn from(in_use: ResourcesInUse) -> Self {
        Self {
            memory_bytes: in_use.memory_bytes,
            processes: in_use.processes,
            scratch_bytes: in_use.scratch_bytes,
            terminals: in_use.terminals,
        }
    }
}

/// A folder that is mounted.
#[derive(Serialize, ToSchema)]
#[schema(as = Mount)]
struct MountInfo {
    /// Its name when the session started.
    folder: String,
    folder_id: Uuid,
    path: String,
    #[schema(value_type = String)]
    permission: Permission,
    /// The directory inside of it that appears; absent for all of it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    subpath: String,
    /// It is there because its name begins with a dot.
    automount: bool,
}

impl From<MountedFolder> for MountInfo {
    fn from(mount: MountedFolder) -> Self {
        Self {
            folder: mount.folder,
            folder_id: mount.folder_id.as_uuid(),
            path: mount.path,
            permission: mount.permission,
            subpath: mount.subpath,
            automount: mount.automount,
        }
    }
}

impl SessionInfo {
    /// As it is at the moment.
    async fn of(app: &App, session: Session) -> Self {
        Self {
            in_use: app.sessions.in_use(&session).await.map(InUseInfo::from),
            id: session.id.as_uuid(),
            mounts: Sessions::mounts(&session)
                .into_iter()
                .map(MountInfo::from)
                .collect(),
            name: session.name,
            status: session.status,
            status_info: session.status_info,
            environment: session.environment,
            session_type: session.session_type,
            created_at: session.created_at,
            started_at: session.started_at,
            terminated_at: session.terminated_at,
            resources: session.resources,
            startup_command: session.startup_command,
            idle_timeout_seconds: session.idle_timeout_seconds,
            lifetime_seconds: session.lifetime_seconds,
        }
    }
}

/// How a session is started.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct CreateQuery {
    /// Answer when it is RUNNING; `false`: at once.
    #[serde(default = "yes")]
    #[param(default = true)]
    wait: bool,
}

fn yes() -> bool {
    true
}

/// Start a session
#[utoipa::path(
    post, path = "/sessions", operation_id = "createSession", tag = "sessions",
    params(CreateQuery), request_body = NewSession,
    responses((status = CREATED, body = SessionInfo)),
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Query(CreateQuery { wait }): Query<CreateQuery>,
    Json(new): Json<NewSession>,
) -> Result<impl IntoResponse> {
    let session = app
        .sessions
        .create(caller.user_id, new.into(), wait)
        .await?;
    let location = format!("{API}/sessions/{}", session.id);
    Ok((
        StatusCode::CREATED,
        [(LOCATION, location)],
        Json(SessionInfo::of(&app, session).await),
    ))
}

/// My sessions, newest first
#[utoipa::path(
    get, path = "/sessions", operation_id = "listSessions", tag = "sessions", params(PageQuery),
    responses((status = OK, body = List<SessionInfo>)),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    page: Page,
) -> Result<Json<List<SessionInfo>>> {
    let rows = app
        .sessions
        .list(caller.user_id, page.rows() as usize, page.after()?)
        .await?;
    let mut items = Vec::with_capacity(rows.items.len());
    for session in rows.items {
        items.push(SessionInfo::of(&app, session).await);
    }
    Ok(Json(page.list(
        items,
        |session| session.id,
        |session| session,
    )))
}

/// A session
#[utoipa::path(
    get, path = "/sessions/{session}", operation_id = "getSession", tag = "sessions",
    params(("session" = String, Path, description = "Its id, or its name among your live sessions")),
    responses((status = OK, body = SessionInfo)),
)]
async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
) -> Result<Json<SessionInfo>> {
    let session = app.sessions.get(caller.user_id, &session).await?;
    Ok(Json(SessionInfo::of(&app, session).await))
}

/// What of a session can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SessionChanges {
    name: String,
}

/// Rename a session
#[utoipa::path(
    patch, path = "/sessions/{session}", operation_id = "updateSession", tag = "sessions",
    params(("session" = String, Path, description = "Its id, or its name among your live sessions")),
    request_body = SessionChanges,
    responses((status = OK, body = SessionInfo)),
)]
async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
    Json(SessionChanges { name }): Json<SessionChanges>,
) -> Result<Json<SessionInfo>> {
    let session = app.sessions.rename(caller.user_id, &session, &name).await?;
    Ok(Json(SessionInfo::of(&app, session).await))
}

/// End a session
///
/// Its programs are killed and its scratch is deleted before this answers.
#[utoipa::path(
    delete, path = "/sessions/{session}", operation_id = "deleteSession", tag = "sessions",
    params(("session" = String, Path, description = "Its id, or its name among your live sessions")),
    responses((status = NO_CONTENT)),
)]
async fn terminate(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
) -> Result<StatusCode> {
    app.sessions.terminate(caller.user_id, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the startup command printed
///
/// Text, the last of it; kept for a while after the session has ended.
#[utoipa::path(
    get, path = "/sessions/{session}/logs", operation_id = "getSessionLogs", tag = "sessions",
    params(("session" = String, Path, description = "Its id, or its name among your live sessions")),
    responses((status = OK, body = String, content_type = "text/plain")),
)]
async fn logs(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
) -> Result<impl IntoResponse> {
    let log = app.sessions.log(caller.user_id, &session).await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], log))
}

/// Bytes in JSON: text when they are UTF-8, otherwise `{base64}`.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
enum Data {
    /// UTF-8.
    Text(String),
    /// Anything.
    Bytes {
        /// The bytes in base64 (RFC 4648, section 4).
        base64: String,
    },
}

impl From<Vec<u8>> for Data {
    fn from(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Bytes {
                base64: BASE64.encode(error.as_bytes()),
            },
        }
    }
}

impl Data {
    fn into_bytes(self) -> Result<Vec<u8>> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Bytes { base64 } => BASE64
                .decode(base64)
                .map_err(|error| Problem::invalid("stdin.base64", format!("not base64: {error}"))),
        }
    }
}

/// A command to be run: `command` or `argv`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCommand {
    /// Shell text.
    command: Option<String>,
    /// A program, looked up in `PATH`, and its arguments.
    argv: Option<Vec<String>>,
    /// Its standard input; empty when absent.
    stdin: Option<Data>,
    /// Its working directory; `/home/work` when absent, below it when relative.
    cwd: Option<String>,
    /// Environment variables on top of the session's.
    #[serde(default)]
    environ: BTreeMap<String, String>,
    /// It is killed after this long, and its exit code is 124; 600 when absent.
    timeout_seconds: Option<u64>,
}

/// How a command ended.
#[derive(Serialize, ToSchema)]
struct CommandResult {
    /// Its exit code; 128 + the signal that ended it; 124 when it took too long.
    exit_code: u8,
    stdout: Data,
    stderr: Data,
    /// It printed more than is kept.
    truncated: bool,
    /// It took too long and was killed.
    timed_out: bool,
    duration_ms: u64,
}

/// Run a command in a session
///
/// Answers when it has ended. When the connection is cut, the command is killed.
#[utoipa::path(
    post, path = "/sessions/{session}/exec", operation_id = "exec", tag = "sessions",
    params(("session" = String, Path, description = "Its id, or its name among your live sessions")),
    request_body = NewCommand,
    responses((status = OK, body = CommandResult)),
)]
async fn exec(
    State(app): State<App>,
    caller: Caller,
    Path(session): Path<String>,
    Json(new): Json<NewCommand>,
) -> Result<Json<CommandResult>> {
    let command = match (new.command, new.argv) {
        (Some(text), None) => Command::Shell(text),
        (None, Some(arguments)) => Command::Arguments(arguments),
        _ => return Err(Problem::invalid("command", "give either command or argv")),
    };
    let request = ExecRequest {
        command,
        stdin: new.stdin.map_or(Ok(Vec::new()), Data::into_bytes)?,
        cwd: new.cwd,
        environ: new.environ,
        timeout: new.timeout_seconds.map(Duration::from_secs),
    };
    let done = app
        .sessions
        .computer(caller.user_id, &session)
        .await?
        .exec(request)
        .await?;
    Ok(Json(CommandResult {
        exit_code: done.exit_code,
        stdout: done.stdout.into(),
        stderr: done.stderr.into(),
        truncated: done.truncated,
        timed_out: done.timed_out,
        duration_ms: u64::try_from(done.duration.as_millis()).unwrap_or(u64::MAX),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_travel_as_base64() {
        let json = |bytes: &[u8]| serde_json::to_string(&Data::from(bytes.to_vec())).unwrap();
        assert_eq!(json("안녕\n".as_bytes()), "\"안녕\\n\"");
        assert_eq!(json(b"\xff\0"), r#"{"base64":"/wA="}"#);
        let back = |text: &str| {
            serde_json::from_str::<Data>(text)
                .unwrap()
                .into_bytes()
                .map_err(|p| p.status())
        };
        assert_eq!(back(r#"{"base64":"/wA="}"#), Ok(b"\xff\0".to_vec()));
        assert_eq!(
            back(r#"{"base64":"?"}"#),
            Err(StatusCode::UNPROCESSABLE_ENTITY)
        );
    }
}
