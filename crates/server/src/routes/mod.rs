//! The resources, one module each.

pub mod environments;
pub mod files;
pub mod folders;
pub mod health;
pub mod login;
pub mod me;
pub mod openapi;
pub mod ports;
pub mod session_files;
pub mod sessions;
pub mod taps;
pub mod terminal;
pub mod tokens;
pub mod user_config;
pub mod web;

use utoipa_axum::router::OpenApiRouter;

use crate::server::App;

/// Where the API is.
pub const API: &str = "/api/v1";

/// Every resource of the API; each brings its own documentation. To add one, name it here.
pub fn api() -> OpenApiRouter<App> {
    let resources = OpenApiRouter::new()
        .merge(login::routes())
        .merge(me::routes())
        .merge(tokens::routes())
        .merge(user_config::routes())
        .merge(environments::routes())
        .merge(folders::routes())
        .merge(files::routes())
        .merge(sessions::routes())
        .merge(session_files::routes())
        .merge(terminal::routes())
        .merge(ports::routes());
    OpenApiRouter::with_openapi(openapi::base()).nest(API, resources)
}
