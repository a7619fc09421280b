//! How a caller names a folder: by its id, or by its name among their own.

use berth_store::FolderId;

use crate::name::FolderName;

/// A folder's id or name, as a caller gave it. A text that can be neither refers to nothing, and finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderRef {
    /// Tried first.
    pub(crate) id: Option<FolderId>,
    /// Tried when there is no such id; reaches live folders only.
    pub(crate) name: Option<FolderName>,
}

impl From<&str> for FolderRef {
    fn from(text: &str) -> Self {
        Self {
            id: text.parse().ok(),
            name: FolderName::new(text).ok(),
        }
    }
}

impl From<FolderId> for FolderRef {
    fn from(id: FolderId) -> Self {
        Self {
            id: Some(id),
            name: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_be_written_with_and_without_dashes() {
        let id = FolderId::new();
        let dashed = id.to_string();
        assert_eq!(FolderRef::from(dashed.as_str()).id, Some(id));
        assert_eq!(
            FolderRef::from(dashed.replace('-', "").as_str()).id,
            Some(id)
        );
    }

    #[test]
    fn what_can_be_no_name_refers_to_nothing() {
        assert_eq!(
            FolderRef::from("../x"),
            FolderRef {
                id: None,
                name: None
            }
        );
    }
}
