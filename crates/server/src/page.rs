//! Lists in pages: `?limit=&after=` and `{items, next}`.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::extract::Query;
use crate::problem::{Problem, Result};

/// The length of a page when nothing is said.
pub const PAGE_DEFAULT: u32 = 100;
/// The longest page.
pub const PAGE_MAX: u32 = 1000;

/// Which page is asked for. An extractor.
#[derive(Debug)]
pub struct Page {
    limit: u32,
    after: Option<String>,
}

/// The query of a list, for the OpenAPI document: `params(PageQuery)`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The longest page that is wanted.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The things, in order.
    pub items: Vec<T>,
    /// What `after` must be for the page behind this one; null when this is the last.
    pub next: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(PageQuery { limit, after }) = Query::from_request_parts(parts, state).await?;
        let limit = limit.unwrap_or(PAGE_DEFAULT);
        if limit == 0 || limit > PAGE_MAX {
            let message = format!("a page has 1 to {PAGE_MAX} items");
            return Err(Problem::bad_request(&message).field("limit", message));
        }
        Ok(Self { limit, after })
    }
}

impl Page {
    /// How many rows to ask the domain for: one more than the page holds, to see whether there is another page.
    pub fn rows(&self) -> u32 {
        self.limit + 1
    }

    /// The id after which the page begins.
    ///
    /// # Errors
    /// 400 when `after` is no id.
    pub fn after<Id: FromStr>(&self) -> Result<Option<Id>> {
        let id = self.after.as_deref().map(Id::from_str).transpose();
        id.map_err(|_| {
            Problem::bad_request("after is not from a list").field("after", "take it from next")
        })
    }

    /// The answer, of the rows that were asked for by [`Page::rows`].
    pub fn list<Row, Id: ToString, Item>(
        &self,
        mut rows: Vec<Row>,
        id: impl Fn(&Row) -> Id,
        item: impl FnMut(Row) -> Item,
    ) -> List<Item> {
        let limit = self.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|last| id(last).to_string());
        List {
            items: rows.into_iter().map(item).collect(),
            next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: u32) -> Page {
        Page { limit, after: None }
    }

    #[test]
    fn a_page_points_to_the_next_only_when_there_is_one() {
        let rows = |count: u32| (1..=count).collect::<Vec<_>>();
        let list = page(3).list(rows(4), |row| *row, |row| row);
        assert_eq!((list.items, list.next.as_deref()), (rows(3), Some("3")));
        let list = page(3).list(rows(3), |row| *row, |row| row);
        assert_eq!((list.items, list.next), (rows(3), None));
        let list = page(3).list(rows(0), |row| *row, |row| row);
        assert_eq!((list.items, list.next), (rows(0), None));
    }
}
