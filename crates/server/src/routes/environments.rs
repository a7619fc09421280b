//! What sessions can start from.

use axum::extract::State;
use berth_accounts::Caller;
use berth_environments::Environment;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::Json;
use crate::page::List;
use crate::server::App;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What a session can start from.
#[derive(Serialize, ToSchema)]
#[schema(as = Environment)]
struct EnvironmentInfo {
    /// The name requests use.
    name: &'static str,
    /// The name people read.
    title: &'static str,
    /// The names in `/usr/bin`.
    programs: Vec<String>,
    /// Whether it is taken when a request names none.
    default: bool,
}

impl From<&Environment> for EnvironmentInfo {
    fn from(environment: &Environment) -> Self {
        Self {
            name: environment.name,
            title: environment.title,
            programs: environment.programs.clone(),
            default: environment.default,
        }
    }
}

/// The environments
///
/// A handful, always on one page.
#[utoipa::path(
    get, path = "/environments", operation_id = "listEnvironments", tag = "sessions",
    responses((status = OK, body = List<EnvironmentInfo>)),
)]
async fn list(State(app): State<App>, _: Caller) -> Json<List<EnvironmentInfo>> {
    let items = app
        .environments
        .iter()
        .map(|environment| EnvironmentInfo::from(&**environment))
        .collect();
    Json(List { items, next: None })
}
