//! Ids: UUIDs of version 7, so that the order of ids is the order in which the rows were made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is no UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct ParseIdError;

/// Where a list begins that goes from old to new: the id it starts after, or what is less than every id.
pub(crate) fn ascending_from(after: Option<impl fmt::Display>) -> String {
    after.map_or_else(|| Uuid::nil().to_string(), |id| id.to_string())
}

/// Where a list begins that goes from new to old: the id it starts below, or what is greater than every id.
pub(crate) fn descending_from(after: Option<impl fmt::Display>) -> String {
    after.map_or_else(|| Uuid::max().to_string(), |id| id.to_string())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, later in order than every id this process made before.
            #[allow(clippy::new_without_default, reason = "a default that differs at every call would mislead")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id as a UUID.
            pub fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| ParseIdError)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
    };
}

id!(
    /// A person who may log in.
    UserId
);
id!(
    /// One log-in of a person's browser.
    LoginSessionId
);
id!(
    /// An API token.
    TokenId
);
id!(
    /// A folder; also the name of its directory on the volume.
    FolderId
);
id!(
    /// A session.
    SessionId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_sort_later_also_as_text() {
        let ids: Vec<FolderId> = (0..1000).map(|_| FolderId::new()).collect();
        let texts: Vec<String> = ids.iter().map(FolderId::to_string).collect();
        assert!(ids.is_sorted());
        assert!(texts.is_sorted());
        assert!(ascending_from(None::<FolderId>) < texts[0]);
        assert!(texts[999] < descending_from(None::<FolderId>));
    }

    #[test]
    fn an_id_survives_being_written_and_read() {
        let id = SessionId::new();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("main".parse::<SessionId>(), Err(ParseIdError));
    }
}
