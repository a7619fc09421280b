//! Time as it is stored: whole milliseconds since 1970, UTC.

use crate::{Error, Result};

/// A point in time, UTC. Its text form, and its form in JSON, is RFC 3339.
pub use jiff::Timestamp;

/// The present, cut to the milliseconds that the database keeps, so that a row reads back as it was written.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The stored form of a time.
pub(crate) fn to_stored(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A stored time.
pub(crate) fn from_stored(column: &'static str, milliseconds: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(milliseconds).map_err(|_| Error::Corrupt {
        column,
        value: milliseconds.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        let time = now();
        assert_eq!(from_stored("t", to_stored(time)).unwrap(), time);
        assert!(time.to_string().ends_with('Z'));
    }

    #[test]
    fn a_time_out_of_range_is_reported_not_wrapped() {
        assert!(matches!(
            from_stored("t", i64::MAX),
            Err(Error::Corrupt { column: "t", .. })
        ));
    }
}
