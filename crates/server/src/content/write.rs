//! Receiving and removing files.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use berth_folders::{FilePath, Files, Upload, Written};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::conditions::{entity_tag, on_writing};
use crate::problem::{Problem, Result};

/// An upload from which nothing comes for this long is broken off.
const STALLED_AFTER: Duration = Duration::from_secs(60);
/// The rest of a refused upload is read for this long, so that its sender gets to see the answer.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(30);

/// Puts `body` in the place of the file at `path`: 201 when it is new, 204 when there was one.
///
/// # Errors
/// 409, 412, 507; 400 and 408 when not all of it came. Then nothing has changed.
pub(crate) async fn file(
    files: &Files,
    path: &FilePath,
    location: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response> {
    let mut body = body.into_data_stream();
    match receive(files, path, headers, &mut body).await {
        Ok(written) => Ok(written_response(&written, location)),
        Err(problem) => {
            tokio::spawn(timeout(DISCARD_TIMEOUT, discard(body)));
            Err(problem)
        }
    }
}

async fn receive(
    files: &Files,
    path: &FilePath,
    headers: &HeaderMap,
    body: &mut BodyDataStream,
) -> Result<Written> {
    require_whole(headers)?;
    let mut upload = files.write(path, on_writing(headers)?).await?;
    let received = pour(body, &mut upload).await?;
    // The connection knows already when a body is too short; whoever stands in between may not.
    if let Some(announced) = headers.get(CONTENT_LENGTH)
        && *announced != HeaderValue::from(received)
    {
        return Err(Problem::bad_request(format!(
            "{received} bytes came, which is not what Content-Length says: nothing was changed"
        )));
    }
    Ok(upload.finish().await?)
}

/// Moves everything that comes into `upload`, and tells how much it was.
async fn pour(body: &mut BodyDataStream, upload: &mut Upload) -> Result<u64> {
    let mut received = 0;
    loop {
        let next = timeout(STALLED_AFTER, body.next()).await.map_err(|_| {
            Problem::new(StatusCode::REQUEST_TIMEOUT)
                .detail("the upload stands still: nothing was changed")
        })?;
        match next {
            None => return Ok(received),
            Some(Ok(bytes)) => {
                received += bytes.len() as u64;
                upload.write(&bytes).await?;
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "an upload was cut off");
                return Err(Problem::bad_request(
                    "the upload was cut off: nothing was changed",
                ));
            }
        }
    }
}

/// Refuses what is not the whole file as it is to be.
fn require_whole(headers: &HeaderMap) -> Result<()> {
    if headers.contains_key(CONTENT_RANGE) {
        return Err(Problem::bad_request(
            "PUT replaces the whole file: leave out Content-Range",
        ));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => {
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .detail("send the file as it is to be kept, without Content-Encoding"))
        }
        _ => Ok(()),
    }
}

/// Reads a body to its end. A browser that is still sending when the connection closes would show no answer at all.
async fn discard(mut body: BodyDataStream) {
    while let Some(Ok(_)) = body.next().await {}
}

fn written_response(written: &Written, location: &str) -> Response {
    let status = if written.created {
        StatusCode::CREATED
    } else {
        StatusCode::NO_CONTENT
    };
    let mut response = status.into_response();
    let tag = HeaderValue::from_str(&entity_tag(&written.info.version));
    response
        .headers_mut()
        .extend(tag.ok().map(|tag| (ETAG, tag)));
    if written.created {
        let location = HeaderValue::from_str(location);
        response
            .headers_mut()
            .extend(location.ok().map(|location| (LOCATION, location)));
    }
    response
}

/// Removes what is at `path`: 204.
///
/// # Errors
/// 404, 409, 412.
pub(crate) async fn remove(
    files: &Files,
    path: &FilePath,
    recursive: bool,
    headers: &HeaderMap,
) -> Result<StatusCode> {
    files.remove(path, recursive, on_writing(headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
