//! The API's own description, and a page that shows it.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa::PartialSchema as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr,
    ResponseBuilder, SecurityRequirement,
};
use utoipa_swagger_ui::Config;

use crate::auth::COOKIE_NAME;
use crate::extract::Path;
use crate::headers::WEB_POLICY;
use crate::problem::{Document, FieldError, PROBLEM_JSON, Problem, Result};
use crate::routes::api;
use crate::server::App;

const DOCUMENT: &str = "/api/v1/openapi.json";

/// What holds for the whole API, before its resources are added.
pub(crate) fn base() -> OpenApi {
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE_NAME)));
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = ComponentsBuilder::new()
        .schema("Problem", Document::schema())
        .schema("FieldError", FieldError::schema())
        .security_scheme("cookie", cookie)
        .security_scheme("token", token)
        .build();
    let none: [&str; 0] = [];
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Berth").version("1").build())
        .components(Some(components))
        .security(Some([
            SecurityRequirement::new("cookie", none),
            SecurityRequirement::new("token", none),
        ]))
        .build()
}

/// The whole description of the API, as JSON.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn document() -> std::result::Result<String, serde_json::Error> {
    finish(api().split_for_parts().1).to_pretty_json()
}

/// Says of every operation that it may fail, and how that looks; gives every answer the words it must have, and every
/// operation an id of its own.
fn finish(mut document: OpenApi) -> OpenApi {
    for item in document.paths.paths.values_mut() {
        // One handler answers both, and is described once.
        if let (Some(get), Some(head)) = (&item.get, &mut item.head)
            && head.operation_id == get.operation_id
        {
            head.operation_id = head.operation_id.take().map(|id| id + "Head");
        }
    }
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .build();
    let problem = ResponseBuilder::new()
        .description("What went wrong")
        .content(PROBLEM_JSON, content)
        .build();
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let responses = &mut operation.responses.responses;
        for response in responses.values_mut() {
            if let RefOr::T(response) = response
                && response.description.is_empty()
            {
                response.description.push_str("Done");
            }
        }
        responses
            .entry("default".to_owned())
            .or_insert_with(|| problem.clone().into());
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        options,
        head,
        patch,
        trace,
        ..
    } = item;
    [get, put, post, delete, options, head, patch, trace]
        .into_iter()
        .flatten()
}

/// The routes of this module: the description of the API whose resources made `document`, and its page.
pub(crate) fn routes(document: OpenApi) -> Router<App> {
    let document = finish(document)
        .to_pretty_json()
        .map(Arc::<str>::from)
        .map_err(|error| error.to_string());
    let json = move || async move {
        match document {
            Ok(document) => Ok(([(CONTENT_TYPE, "application/json")], document.to_string())),
            Err(error) => Err(Problem::internal(error)),
        }
    };
    Router::new()
        .route(DOCUMENT, get(json))
        .route(
            "/api/docs",
            get(|| async { Redirect::permanent("/api/docs/") }),
        )
        .route("/api/docs/", get(|| async { viewer("") }))
        .route(
            "/api/docs/{*file}",
            get(|Path(file): Path<String>, State(_): State<App>| async move { viewer(&file) }),
        )
}

/// A file of the viewer, which is embedded and asks nobody but us.
fn viewer(file: &str) -> Result<Response> {
    let config = Arc::new(Config::from(DOCUMENT));
    let file = utoipa_swagger_ui::serve(file, config).map_err(Problem::internal)?;
    let file = file.ok_or_else(|| Problem::not_found("there is no such page"))?;
    let policy = (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(WEB_POLICY),
    );
    let kind = HeaderValue::from_str(&file.content_type).map_err(Problem::internal)?;
    Ok(([policy, (CONTENT_TYPE, kind)], file.bytes.into_owned()).into_response())
}
