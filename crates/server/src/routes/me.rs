//! The caller, as they are known here.

use berth_accounts::Caller;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::extract::Json;
use crate::server::App;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(me))
}

/// A person, as they see themselves.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    id: Uuid,
    email: String,
    name: String,
    #[schema(pattern = "^(admin|user)$")]
    role: &'static str,
    /// The projects the person is in.
    projects: Vec<String>,
}

impl From<Caller> for Me {
    fn from(caller: Caller) -> Self {
        Self {
            id: caller.user_id.as_uuid(),
            email: caller.email,
            name: caller.name,
            role: caller.role.as_str(),
            // Nobody is in a project before there are projects.
            projects: Vec::new(),
        }
    }
}

/// Who I am
#[utoipa::path(get, path = "/me", operation_id = "me", tag = "account", responses((status = OK, body = Me)))]
async fn me(caller: Caller) -> Json<Me> {
    Json(caller.into())
}
