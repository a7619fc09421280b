//! Sending files.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, LAST_MODIFIED, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use berth_folders::{Archive, ArchiveFormat, FileError, FileInfo, FilePath, Files, OpenFile};
use serde::Deserialize;
use utoipa::ToSchema;

use super::conditions::{Reading, entity_tag, last_modified, on_reading, range_holds};
use super::range::{Wanted, wanted};
use super::{disposition, media_type};
use crate::problem::{Problem, Result};

/// Kept by the one browser, which asks each time whether it still holds.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// How several files are put into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Zip, names in UTF-8.
    Zip,
    /// Tar, names as they are.
    Tar,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
        }
    }

    fn media_type(self) -> HeaderValue {
        match self {
            Self::Zip => HeaderValue::from_static("application/zip"),
            Self::Tar => HeaderValue::from_static("application/x-tar"),
        }
    }

    fn domain(self) -> ArchiveFormat {
        match self {
            Self::Zip => ArchiveFormat::Zip,
            Self::Tar => ArchiveFormat::Tar,
        }
    }
}

/// The file at `path`, or the part of it that is asked for.
///
/// # Errors
/// 404, 412, 416; 400 for a directory.
pub(crate) async fn file(
    files: &Files,
    path: &FilePath,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response<Body>> {
    let file = match files.open(path).await {
        Err(FileError::IsDirectory(name)) => {
            let name = if path.is_root() { "this" } else { &name };
            return Err(Problem::bad_request(format!(
                "{name} is a directory: ask for it with ?archive=zip or ?archive=tar, or list it"
            )));
        }
        // Something on the way is no directory, or leads nowhere: either way there is no such file.
        Err(error @ (FileError::NotDirectory(_) | FileError::DeadLink(_))) => {
            return Err(Problem::not_found(error));
        }
        opened => opened?,
    };
    let info = *file.info();
    match on_reading(headers, &info) {
        Reading::Refused => return Err(FileError::PreconditionFailed.into()),
        Reading::Unchanged => return Ok(about(StatusCode::NOT_MODIFIED, &info, Body::empty())),
        Reading::Send => {}
    }
    let mut response = send(file, method, headers)?;
    let name = path.name().unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type::of(name));
    headers.insert(CONTENT_DISPOSITION, disposition::attachment(name));
    Ok(response)
}

fn send(file: OpenFile, method: &Method, headers: &HeaderMap) -> Result<Response<Body>> {
    let info = *file.info();
    let length = info.size_bytes;
    // A range means something to GET alone (RFC 9110, 14.2).
    let asked = headers
        .get(RANGE)
        .filter(|_| method == Method::GET && range_holds(headers, &info))
        .and_then(|range| range.to_str().ok())
        .map_or(Wanted::Whole, |range| wanted(range, length));
    let (status, part) = match asked {
        Wanted::Whole => (StatusCode::OK, 0..length),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Nothing => {
            return Err(Problem::new(StatusCode::RANGE_NOT_SATISFIABLE)
                .detail(format!("the file has {length} bytes"))
                .header(CONTENT_RANGE, header(format!("bytes */{length}"))));
        }
    };
    let (start, end) = (part.start, part.end);
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::from_stream(file.chunks(part))
    };
    let mut response = about(status, &info, body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, (end - start).into());
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if status == StatusCode::PARTIAL_CONTENT {
        headers.insert(
            CONTENT_RANGE,
            header(format!("bytes {start}-{}/{length}", end - 1)),
        );
    }
    Ok(response)
}

/// An answer that tells which state of the file it is about.
fn about(status: StatusCode, info: &FileInfo, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(ETAG, header(entity_tag(&info.version)));
    headers.insert(LAST_MODIFIED, header(last_modified(info)));
    headers.insert(CACHE_CONTROL, REVALIDATE);
    response
}

/// What the directory at `path` holds; `title` names the archive when that is the top.
///
/// # Errors
/// 404; 409 when it is no directory.
pub(crate) async fn directory(
    files: &Files,
    path: &FilePath,
    format: Format,
    title: &str,
    method: &Method,
) -> Result<Response<Body>> {
    let title = path.name().unwrap_or(title.as_bytes());
    if method == Method::HEAD {
        files.list(path, 1, None).await?;
        return Ok(archive(None, format, title));
    }
    let made = files.archive_directory(path, format.domain()).await?;
    Ok(archive(Some(made), format, title))
}

/// What is at `paths`, as one archive called `title`.
///
/// # Errors
/// 404; 422 for too many paths.
pub(crate) async fn several(
    files: &Files,
    paths: Vec<FilePath>,
    format: Format,
    title: &str,
) -> Result<Response<Body>> {
    let made = files.archive(paths, format.domain()).await?;
    Ok(archive(Some(made), format, title.as_bytes()))
}

fn archive(made: Option<Archive>, format: Format, title: &[u8]) -> Response<Body> {
    let name = [title, b".", format.ending().as_bytes()].concat();
    let mut response = Response::new(made.map_or_else(Body::empty, Body::from_stream));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, format.media_type());
    headers.insert(CONTENT_DISPOSITION, disposition::attachment(&name));
    headers.insert(CACHE_CONTROL, NO_STORE);
    response
}

/// A header made of numbers and plain words.
fn header(value: String) -> HeaderValue {
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static(""))
}
