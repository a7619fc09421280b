//! API tokens: how programs are let in.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse;
use berth_accounts::{Caller, Token, TokenId};
use berth_store::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::extract::{Json, Path};
use crate::page::{List, Page, PageQuery};
use crate::problem::Result;
use crate::routes::API;
use crate::server::App;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(revoke))
}

/// What a token shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What the token is for, for its owner to recognise it.
    #[schema(min_length = 1, max_length = 64)]
    name: String,
    /// From when on it shall be worth nothing; never when absent.
    #[schema(format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
struct CreatedToken {
    /// The token, for `Authorization: Bearer`. It cannot be seen again.
    token: String,
    #[serde(flatten)]
    about: TokenInfo,
}

/// What is known of a token.
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenInfo {
    id: Uuid,
    name: String,
    created_at: Timestamp,
    /// From when on it is worth nothing; null: never.
    expires_at: Option<Timestamp>,
    /// When it was used last, to the minute; null: not yet.
    last_used: Option<Timestamp>,
}

impl From<Token> for TokenInfo {
    fn from(token: Token) -> Self {
        Self {
            id: token.id.as_uuid(),
            name: token.name,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used: token.last_used,
        }
    }
}

/// Make an API token
#[utoipa::path(
    post, path = "/tokens", operation_id = "createToken", tag = "account",
    request_body = NewToken,
    responses((status = CREATED, body = CreatedToken)),
)]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewToken>,
) -> Result<impl IntoResponse> {
    let made = app
        .accounts
        .create_token(&caller, &new.name, new.expires_at)
        .await?;
    let location = format!("{API}/tokens/{}", made.token.id);
    let body = CreatedToken {
        token: made.secret,
        about: made.token.into(),
    };
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(body)))
}

/// My API tokens, oldest first
#[utoipa::path(
    get, path = "/tokens", operation_id = "listTokens", tag = "account", params(PageQuery),
    responses((status = OK, body = List<TokenInfo>)),
)]
async fn list(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<List<TokenInfo>>> {
    let tokens = app
        .accounts
        .list_tokens(&caller, page.rows(), page.after()?)
        .await?;
    Ok(Json(page.list(tokens, |token| token.id, TokenInfo::from)))
}

/// Revoke an API token
///
/// Whatever is open by it, WebSockets included, ends within a second.
#[utoipa::path(
    delete, path = "/tokens/{id}", operation_id = "revokeToken", tag = "account",
    params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT)),
)]
async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<TokenId>,
) -> Result<StatusCode> {
    app.accounts.revoke_token(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
