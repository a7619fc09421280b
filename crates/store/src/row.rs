//! Columns into typed values.

use std::str::FromStr;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::time::from_stored;
use crate::{Error, Result, Timestamp};

/// A text column that holds a word of an enumeration, or an id.
pub(crate) fn parsed<T: FromStr>(row: &AnyRow, column: &'static str) -> Result<T> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| Error::Corrupt {
        column,
        value: text,
    })
}

/// A text column.
pub(crate) fn text(row: &AnyRow, column: &'static str) -> Result<String> {
    Ok(row.try_get(column)?)
}

/// A text column that may be NULL.
pub(crate) fn optional_text(row: &AnyRow, column: &'static str) -> Result<Option<String>> {
    Ok(row.try_get(column)?)
}

/// A text column that holds JSON.
pub(crate) fn json(row: &AnyRow, column: &'static str) -> Result<serde_json::Value> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|_| Error::Corrupt {
        column,
        value: text,
    })
}

/// A column that holds a time.
pub(crate) fn time(row: &AnyRow, column: &'static str) -> Result<Timestamp> {
    from_stored(column, row.try_get(column)?)
}

/// A column that holds a time, or NULL.
pub(crate) fn optional_time(row: &AnyRow, column: &'static str) -> Result<Option<Timestamp>> {
    let milliseconds: Option<i64> = row.try_get(column)?;
    milliseconds
        .map(|milliseconds| from_stored(column, milliseconds))
        .transpose()
}

/// A column that holds a whole number that is never negative, or NULL.
pub(crate) fn optional_count(row: &AnyRow, column: &'static str) -> Result<Option<u64>> {
    let number: Option<i64> = row.try_get(column)?;
    number
        .map(|number| {
            u64::try_from(number).map_err(|_| Error::Corrupt {
                column,
                value: number.to_string(),
            })
        })
        .transpose()
}

/// The stored form of a count: what is beyond the column's range (8 EiB, 292 billion years) becomes its end.
pub(crate) fn stored_count(count: Option<u64>) -> Option<i64> {
    count.map(|count| i64::try_from(count).unwrap_or(i64::MAX))
}

/// A column that holds 0 or 1.
pub(crate) fn flag(row: &AnyRow, column: &'static str) -> Result<bool> {
    let number: i64 = row.try_get(column)?;
    Ok(number != 0)
}
