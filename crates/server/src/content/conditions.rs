//! Under which conditions a request is to be carried out: RFC 9110 section 13.

use axum::http::header::{
    AsHeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
};
use axum::http::{HeaderMap, HeaderName};
use berth_folders::{FileInfo, Precondition, Tags, Version};

use crate::problem::{Problem, Result};

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// What a condition on reading comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Send it.
    Send,
    /// The caller has it already: 304.
    Unchanged,
    /// It is not what the caller expects: 412.
    Refused,
}

/// An entity tag that somebody sends.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EntityTag {
    /// What is between the quotes.
    tag: String,
    weak: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum EntityTags {
    Any,
    These(Vec<EntityTag>),
}

impl EntityTags {
    /// Those that count where a weak tag is no match.
    fn strong(self) -> Tags {
        match self {
            Self::Any => Tags::Any,
            Self::These(tags) => Tags::These(
                tags.into_iter()
                    .filter(|tag| !tag.weak)
                    .map(|tag| tag.tag)
                    .collect(),
            ),
        }
    }

    /// Those that count where a weak tag is as good as a strong one.
    fn all(self) -> Tags {
        match self {
            Self::Any => Tags::Any,
            Self::These(tags) => Tags::These(tags.into_iter().map(|tag| tag.tag).collect()),
        }
    }
}

/// The entity tag of a file, as a header's value.
pub(crate) fn entity_tag(version: &Version) -> String {
    format!("\"{version}\"")
}

/// When the file last changed, as a header's value: to the second, as HTTP has it.
pub(crate) fn last_modified(info: &FileInfo) -> String {
    let since_1970 = std::time::Duration::from_nanos(info.modified_ns);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + since_1970)
}

/// The conditions on replacing or removing a file.
///
/// # Errors
/// 400 for a condition that cannot be read: to carry on as if there were none could destroy something.
pub(crate) fn on_writing(headers: &HeaderMap) -> Result<Precondition> {
    let matches = tags_or_refuse(headers, IF_MATCH)?.map(EntityTags::strong);
    let unchanged_since_s = match matches {
        Some(_) => None,
        None => seconds(headers, IF_UNMODIFIED_SINCE),
    };
    let matches_not = tags_or_refuse(headers, IF_NONE_MATCH)?.map(EntityTags::all);
    Ok(Precondition {
        matches,
        matches_not,
        unchanged_since_s,
    })
}

/// What the conditions on reading come to for a file as it is. One that cannot be read does not count.
pub(crate) fn on_reading(headers: &HeaderMap, info: &FileInfo) -> Reading {
    let expected = Precondition {
        matches: tags(headers, IF_MATCH)
            .ok()
            .flatten()
            .map(EntityTags::strong),
        unchanged_since_s: match headers.contains_key(IF_MATCH) {
            true => None,
            false => seconds(headers, IF_UNMODIFIED_SINCE),
        },
        matches_not: None,
    };
    if !expected.allows(Some(&info.version)) {
        return Reading::Refused;
    }
    let known = match tags(headers, IF_NONE_MATCH).ok().flatten() {
        Some(tags) => {
            let other = Precondition {
                matches_not: Some(tags.all()),
                ..Precondition::default()
            };
            !other.allows(Some(&info.version))
        }
        None => seconds(headers, IF_MODIFIED_SINCE)
            .is_some_and(|since| info.modified_ns / NANOS_PER_SECOND <= since),
    };
    if known {
        Reading::Unchanged
    } else {
        Reading::Send
    }
}

/// Whether a range may be served: without `If-Range`, or when that names the file as it is.
pub(crate) fn range_holds(headers: &HeaderMap, info: &FileInfo) -> bool {
    let Some(value) = headers.get(IF_RANGE) else {
        return true;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    value == entity_tag(&info.version) || value == last_modified(info)
}

fn tags_or_refuse(headers: &HeaderMap, name: HeaderName) -> Result<Option<EntityTags>> {
    tags(headers, &name).map_err(|()| {
        Problem::bad_request(format!(
            "{name} must be * or entity tags in quotes, such as \"a\", \"b\""
        ))
    })
}

/// All entity tags under one name; `None` when there is no such header.
fn tags(headers: &HeaderMap, name: impl AsHeaderName) -> Result<Option<EntityTags>, ()> {
    let mut found = None;
    for value in headers.get_all(name) {
        let value = value.to_str().map_err(|_| ())?.trim();
        let more = found.get_or_insert(Vec::new());
        if value == "*" {
            return Ok(Some(EntityTags::Any));
        }
        parse_tags(value, more)?;
    }
    Ok(found.map(EntityTags::These))
}

/// Reads `"a", W/"b"`. A tag may hold commas.
fn parse_tags(mut text: &str, tags: &mut Vec<EntityTag>) -> Result<(), ()> {
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        if text.is_empty() {
            return Ok(());
        }
        let (weak, quoted) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (tag, rest) = quoted
            .strip_prefix('"')
            .and_then(|rest| rest.split_once('"'))
            .ok_or(())?;
        if !rest.is_empty() && !rest.starts_with([' ', '\t', ',']) {
            return Err(());
        }
        tags.push(EntityTag {
            tag: tag.to_owned(),
            weak,
        });
        text = rest;
    }
}

/// A date as seconds since 1970; `None` when there is none or it is none.
fn seconds(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    let time = httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()?;
    Some(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn these(tags: &[&str]) -> Option<Tags> {
        Some(Tags::These(
            tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ))
    }

    #[test]
    fn tags_are_read_one_by_one_and_over_several_lines() {
        let headers = headers(&[(IF_MATCH, "\"a,b\" , W/\"c\""), (IF_MATCH, ",\"\"")]);
        assert_eq!(on_writing(&headers).unwrap().matches, these(&["a,b", ""]));
    }

    #[test]
    fn a_weak_tag_never_allows_a_change_and_may_forbid_one() {
        let read = |name| on_writing(&headers(&[(name, "W/\"a\"")])).unwrap();
        assert_eq!(read(IF_MATCH).matches, these(&[]));
        assert_eq!(read(IF_NONE_MATCH).matches_not, these(&["a"]));
    }

    #[test]
    fn a_condition_that_cannot_be_read_lets_nothing_be_changed() {
        for value in ["a", "\"a", "\"a\"b", "W/", "* x", "\"a\" \"b\" c"] {
            assert!(
                on_writing(&headers(&[(IF_MATCH, value)])).is_err(),
                "{value}"
            );
        }
    }

    proptest! {
        #[test]
        fn anything_at_all_is_read_or_refused(value in "[ -~]{0,40}") {
            let _ = on_writing(&headers(&[(IF_NONE_MATCH, &value), (IF_MATCH, &value), (IF_UNMODIFIED_SINCE, &value)]));
        }
    }
}
