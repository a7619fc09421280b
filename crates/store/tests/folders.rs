//! Rows of folders.

mod common;

use berth_store::folders::{self, Folder, FolderStatus, NewFolder, Permission, UsageMode};
use berth_store::{Error, FolderId, Result, Store, UserId};
use common::{person, stores};

async fn folder(store: &Store, owner: UserId, name: &str) -> Result<Folder> {
    let new = NewFolder {
        id: FolderId::new(),
        owner,
        name,
        usage_mode: UsageMode::General,
        permission: Permission::ReadWrite,
        volume: "local:default",
        quota_bytes: None,
    };
    folders::insert(store, new).await
}

#[tokio::test]
async fn a_folder_reads_back_as_it_was_made() {
    for (kind, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let id = FolderId::new();
        let made = folders::insert(
            store,
            NewFolder {
                id,
                owner: ann,
                name: "모델 🚀\n'; --",
                usage_mode: UsageMode::Model,
                permission: Permission::ReadOnly,
                volume: "local:default",
                quota_bytes: Some(u64::MAX),
            },
        )
        .await
        .unwrap();
        assert_eq!(made.id, id);
        assert_eq!(made.name, "모델 🚀\n'; --");
        assert_eq!(
            made.quota_bytes,
            Some(i64::MAX.unsigned_abs()),
            "a quota beyond 8 EiB is 8 EiB"
        );
        assert_eq!((made.status, made.trashed_at), (FolderStatus::Ready, None));
        assert_eq!(
            folders::get(store, id).await.unwrap(),
            Some(made.clone()),
            "{kind}"
        );
        assert_eq!(
            folders::get_live(store, ann, &made.name).await.unwrap(),
            Some(made)
        );
    }
}

#[tokio::test]
async fn a_name_is_taken_once_by_each_owner_and_case_counts() {
    for (kind, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let bob = person(store, "bob@example.org").await;
        folder(store, ann, "data").await.unwrap();
        folder(store, bob, "data").await.unwrap();
        folder(store, ann, "Data").await.unwrap();
        assert!(
            matches!(folder(store, ann, "data").await, Err(Error::Duplicate)),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn the_trash_frees_the_name_and_restoring_needs_it_back() {
    for (kind, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let old = folder(store, ann, "data").await.unwrap();
        let trashed = folders::set_status(store, old.id, FolderStatus::DeletePending)
            .await
            .unwrap();
        assert_eq!(
            (trashed.name.as_str(), trashed.status),
            ("data", FolderStatus::DeletePending)
        );
        assert!(trashed.trashed_at.is_some());
        assert_eq!(folders::get_live(store, ann, "data").await.unwrap(), None);
        assert_eq!(folders::list_live(store, ann, 10, None).await.unwrap(), []);
        assert_eq!(
            folders::list_trashed(store, ann, 10, None).await.unwrap(),
            std::slice::from_ref(&trashed)
        );
        assert_eq!(
            folders::set_status(store, old.id, FolderStatus::DeletePending)
                .await
                .unwrap(),
            trashed
        );

        let new = folder(store, ann, "data").await.unwrap();
        let restored = folders::set_status(store, old.id, FolderStatus::Ready).await;
        assert!(
            matches!(restored, Err(Error::Duplicate)),
            "{kind}: {restored:?}"
        );
        folders::rename(store, new.id, "newer").await.unwrap();
        let restored = folders::set_status(store, old.id, FolderStatus::Ready)
            .await
            .unwrap();
        assert_eq!(restored, old);
    }
}

#[tokio::test]
async fn a_folder_being_removed_for_good_is_in_no_list_of_its_owner() {
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let old = folder(store, ann, "data").await.unwrap();
        let trashed = folders::set_status(store, old.id, FolderStatus::DeletePending)
            .await
            .unwrap();
        let removed = folders::set_status(store, old.id, FolderStatus::DeleteOngoing)
            .await
            .unwrap();
        assert_eq!(removed.trashed_at, trashed.trashed_at);
        assert_eq!(folders::list_live(store, ann, 10, None).await.unwrap(), []);
        assert_eq!(
            folders::list_trashed(store, ann, 10, None).await.unwrap(),
            []
        );
        assert_eq!(
            folders::list_being_removed(store, 10, None).await.unwrap(),
            [removed]
        );
    }
}

#[tokio::test]
async fn folders_are_listed_in_pages_of_one_owner() {
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let bob = person(store, "bob@example.org").await;
        let mut made = Vec::new();
        for number in 0..7 {
            made.push(
                folder(store, ann, &format!("f{}", 9 - number))
                    .await
                    .unwrap(),
            );
            folder(store, bob, &format!("f{number}")).await.unwrap();
        }
        let mut listed = Vec::new();
        while let page =
            folders::list_live(store, ann, 3, listed.last().map(|last: &Folder| last.id))
                .await
                .unwrap()
            && !page.is_empty()
        {
            listed.extend(page);
        }
        assert_eq!(listed, made);
        assert_eq!(folders::count_live(store, ann).await.unwrap(), 7);
    }
}

#[tokio::test]
async fn dot_folders_are_found_by_their_prefix_taken_literally() {
    for (kind, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        for name in [".local", "data", ".linuxbrew", "%x", "_y", "a.b", ".old"] {
            folder(store, ann, name).await.unwrap();
        }
        let old = folders::get_live(store, ann, ".old")
            .await
            .unwrap()
            .unwrap();
        folders::set_status(store, old.id, FolderStatus::DeletePending)
            .await
            .unwrap();
        let names = |folders: Vec<Folder>| {
            folders
                .into_iter()
                .map(|folder| folder.name)
                .collect::<Vec<_>>()
        };
        let with = async |prefix| {
            names(
                folders::list_live_with_prefix(store, ann, prefix, 10)
                    .await
                    .unwrap(),
            )
        };
        assert_eq!(with(".").await, [".local", ".linuxbrew"], "{kind}");
        assert_eq!(with("%").await, ["%x"], "{kind}");
        assert_eq!(with("D").await, [""; 0], "{kind}");
    }
}

#[tokio::test]
async fn changes_to_a_folder_that_is_not_there_say_so() {
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let gone = folder(store, ann, "data").await.unwrap().id;
        assert!(folders::delete(store, gone).await.unwrap());
        assert!(!folders::delete(store, gone).await.unwrap());
        assert!(matches!(
            folders::rename(store, gone, "x").await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            folders::set_status(store, gone, FolderStatus::Ready).await,
            Err(Error::NotFound)
        ));
        let permission = folders::set_permission(store, gone, Permission::ReadOnly).await;
        assert!(matches!(permission, Err(Error::NotFound)));
        assert!(matches!(
            folders::set_usage_mode(store, gone, UsageMode::Data).await,
            Err(Error::NotFound)
        ));
    }
}

#[tokio::test]
async fn name_permission_and_usage_mode_can_be_changed() {
    for (_, store) in &stores().await.each {
        let ann = person(store, "ann@example.org").await;
        let id = folder(store, ann, "data").await.unwrap().id;
        folder(store, ann, "taken").await.unwrap();
        assert!(matches!(
            folders::rename(store, id, "taken").await,
            Err(Error::Duplicate)
        ));
        folders::rename(store, id, "renamed").await.unwrap();
        folders::set_permission(store, id, Permission::WriteDelete)
            .await
            .unwrap();
        let changed = folders::set_usage_mode(store, id, UsageMode::Data)
            .await
            .unwrap();
        assert_eq!(
            (
                changed.name.as_str(),
                changed.permission,
                changed.usage_mode
            ),
            ("renamed", Permission::WriteDelete, UsageMode::Data)
        );
    }
}
