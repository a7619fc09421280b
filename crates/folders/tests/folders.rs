//! Folders as wholes, with the person who asks.

mod common;

use std::time::Duration;

use berth_folders::{
    Changes, Creation, DOT_FOLDERS_MAX, Error, FolderId, FolderName, FolderRef, FolderStatus,
    Permission, UsageMode,
};
use berth_store::folders as rows;
use common::{Place, creation, get, named, put};

#[tokio::test]
async fn a_new_folder_is_found_by_its_id_and_by_its_name() {
    let place = Place::new().await;
    let made = place.folder("data").await;
    assert_eq!(
        (made.name.as_str(), made.status),
        ("data", FolderStatus::Ready)
    );
    assert_eq!(made.volume, "local:default");
    assert_eq!(
        place.folders.get(place.ann, &made.id.into()).await.unwrap(),
        made
    );
    assert_eq!(
        place.folders.get(place.ann, &named("data")).await.unwrap(),
        made
    );
    let plain = made.id.to_string().replace('-', "");
    assert_eq!(
        place.folders.get(place.ann, &named(&plain)).await.unwrap(),
        made
    );
}

#[tokio::test]
async fn a_name_typed_on_a_mac_finds_the_folder_made_elsewhere() {
    let place = Place::new().await;
    let made = place.folder("한글").await;
    let decomposed = "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}";
    assert_eq!(
        place
            .folders
            .get(place.ann, &named(decomposed))
            .await
            .unwrap(),
        made
    );
    let again = place.folders.create(place.ann, creation(decomposed)).await;
    assert!(matches!(again, Err(Error::NameTaken { .. })), "{again:?}");
}

#[tokio::test]
async fn what_is_not_yours_is_not_there() {
    let place = Place::new().await;
    let folder = place.folder("data").await;
    let (folders, bob) = (&place.folders, place.bob);
    for reference in [FolderRef::from(folder.id), named("data")] {
        assert!(matches!(
            folders.get(bob, &reference).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            folders.files(bob, &reference).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            folders.open_for_mount(bob, &reference, "s").await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            folders.trash(bob, &reference).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            folders.purge(bob, &reference).await,
            Err(Error::NotFound)
        ));
        assert!(matches!(
            folders.restore(bob, &reference).await,
            Err(Error::NotFound)
        ));
        let changed = folders.update(bob, &reference, Changes::default()).await;
        assert!(matches!(changed, Err(Error::NotFound)));
    }
    assert!(folders.list(bob, 10, None).await.unwrap().is_empty());
    assert!(folders.list_trash(bob, 10, None).await.unwrap().is_empty());
    folders.create(bob, creation("data")).await.unwrap();
}

#[tokio::test]
async fn the_list_comes_in_parts() {
    let place = Place::new().await;
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(place.folder(&format!("f{number}")).await);
    }
    let first = place.folders.list(place.ann, 2, None).await.unwrap();
    assert_eq!(first, made[..2]);
    let second = place
        .folders
        .list(place.ann, 10, Some(made[1].id))
        .await
        .unwrap();
    assert_eq!(second, made[2..]);
}

#[tokio::test]
async fn the_trash_hides_a_folder_and_keeps_its_files() {
    let place = Place::new().await;
    let folder = place.folder("data").await;
    let (_, files) = place
        .folders
        .files(place.ann, &named("data"))
        .await
        .unwrap();
    put(&files, "a", b"kept").await.unwrap();

    place
        .folders
        .trash(place.ann, &named("data"))
        .await
        .unwrap();
    let by_id = FolderRef::from(folder.id);
    assert!(matches!(
        place.folders.get(place.ann, &named("data")).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        place.folders.files(place.ann, &by_id).await,
        Err(Error::NotFound)
    ));
    let mount = place.folders.open_for_mount(place.ann, &by_id, "s").await;
    assert!(matches!(mount, Err(Error::NotFound)));
    let trashed = place.folders.get(place.ann, &by_id).await.unwrap();
    assert_eq!(trashed.status, FolderStatus::DeletePending);
    assert_eq!(
        place.folders.list_trash(place.ann, 10, None).await.unwrap(),
        [trashed]
    );

    let other = place.folder("data").await;
    let taken = place.folders.restore(place.ann, &by_id).await;
    assert!(
        matches!(&taken, Err(Error::NameTaken { name }) if name == "data"),
        "{taken:?}"
    );
    place
        .folders
        .purge(place.ann, &other.id.into())
        .await
        .unwrap();
    assert_eq!(
        place.folders.restore(place.ann, &by_id).await.unwrap(),
        folder
    );
    let (_, files) = place
        .folders
        .files(place.ann, &named("data"))
        .await
        .unwrap();
    assert_eq!(get(&files, "a").await.unwrap(), b"kept");
    let twice = place.folders.restore(place.ann, &by_id).await;
    assert!(matches!(twice, Err(Error::NotInTrash)), "{twice:?}");
}

#[tokio::test]
async fn a_folder_that_a_session_has_mounted_cannot_be_deleted() {
    let place = Place::new().await;
    place.folder("data").await;
    let open = place
        .folders
        .open_for_mount(place.ann, &named("data"), "mysess")
        .await
        .unwrap();
    let also = open.clone();
    for refused in [
        place.folders.trash(place.ann, &named("data")).await,
        place.folders.purge(place.ann, &named("data")).await,
    ] {
        let told = refused.unwrap_err().to_string();
        assert_eq!(
            told,
            "the folder is mounted in the session mysess; end the session first"
        );
    }
    drop(open);
    assert!(
        place
            .folders
            .trash(place.ann, &named("data"))
            .await
            .is_err()
    );
    drop(also);
    place
        .folders
        .trash(place.ann, &named("data"))
        .await
        .unwrap();
}

async fn gone_from_disk(place: &Place, id: FolderId) {
    let directory = place
        .directory
        .path()
        .join("volumes/default")
        .join(id.to_string());
    for _ in 0..500 {
        if !directory.exists() && rows::get(&place.store, id).await.unwrap().is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the folder's files are still there");
}

#[tokio::test]
async fn a_purge_removes_files_and_row_and_nothing_else() {
    let place = Place::new().await;
    let folder = place.folder("data").await;
    let disk = place.disk(&folder);
    let outside = place.directory.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("keep"), "x").unwrap();
    std::fs::create_dir_all(disk.join("a/b")).unwrap();
    std::os::unix::fs::symlink(&outside, disk.join("a/out")).unwrap();
    let other = place.folder("other").await;

    place
        .folders
        .purge(place.ann, &named("data"))
        .await
        .unwrap();
    assert!(matches!(
        place.folders.get(place.ann, &folder.id.into()).await,
        Err(Error::NotFound)
    ));
    gone_from_disk(&place, folder.id).await;
    assert!(outside.join("keep").exists());
    assert!(place.disk(&other).exists());
}

#[tokio::test]
async fn a_folder_deeper_than_any_path_is_purged() {
    let place = Place::new().await;
    let folder = place.folder("data").await;
    common::dig(&place.disk(&folder));
    for number in 0..3000 {
        std::fs::write(place.disk(&folder).join(number.to_string()), "").unwrap();
    }
    place
        .folders
        .purge(place.ann, &named("data"))
        .await
        .unwrap();
    gone_from_disk(&place, folder.id).await;
}

#[tokio::test]
async fn a_purge_broken_off_by_a_crash_is_finished_at_the_next_start() {
    let mut place = Place::new().await;
    let folder = place.folder("data").await;
    std::fs::write(place.disk(&folder).join("a"), "x").unwrap();
    rows::set_status(&place.store, folder.id, FolderStatus::DeleteOngoing)
        .await
        .unwrap();
    place.restart().await;
    assert!(
        place
            .folders
            .list(place.ann, 10, None)
            .await
            .unwrap()
            .is_empty()
    );
    gone_from_disk(&place, folder.id).await;
}

#[tokio::test]
async fn a_folder_half_made_is_there_or_not_after_a_crash() {
    let mut place = Place::new().await;
    let new = place.directory.path().join("volumes/default/.new");
    // Killed before the row was written.
    let without_row = FolderId::new();
    std::fs::create_dir(new.join(without_row.to_string())).unwrap();
    // Killed after.
    let folder = place.folder("data").await;
    let disk = place.disk(&folder);
    std::fs::rename(&disk, new.join(folder.id.to_string())).unwrap();

    place.restart().await;
    assert_eq!(std::fs::read_dir(&new).unwrap().count(), 0);
    let (_, files) = place
        .folders
        .files(place.ann, &named("data"))
        .await
        .unwrap();
    put(&files, "a", b"x").await.unwrap();
    assert!(disk.join("a").exists());
}

#[tokio::test]
async fn a_refused_folder_leaves_no_directory() {
    let place = Place::new().await;
    place.folder("data").await;
    assert!(
        place
            .folders
            .create(place.ann, creation("data"))
            .await
            .is_err()
    );
    let volume = place.directory.path().join("volumes/default");
    let folders = std::fs::read_dir(&volume).unwrap().filter(|entry| {
        !entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with('.')
    });
    assert_eq!(folders.count(), 1);
    assert_eq!(std::fs::read_dir(volume.join(".new")).unwrap().count(), 0);
}

#[tokio::test]
async fn nobody_else_on_the_server_can_look_into_a_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new().await;
    let volume = place.directory.path().join("volumes/default");
    assert_eq!(
        std::fs::metadata(volume).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[tokio::test]
async fn name_permission_and_usage_mode_can_be_changed() {
    let place = Place::new().await;
    let folder = place.folder("data").await;
    place.folder("taken").await;
    let name = |name| Some(FolderName::new(name).unwrap());
    let changes = Changes {
        name: name("데이터"),
        usage_mode: Some(UsageMode::Model),
        permission: Some(Permission::ReadOnly),
    };
    let changed = place
        .folders
        .update(place.ann, &named("data"), changes)
        .await
        .unwrap();
    assert_eq!(changed.id, folder.id);
    assert_eq!(
        (
            changed.name.as_str(),
            changed.usage_mode,
            changed.permission
        ),
        ("데이터", UsageMode::Model, Permission::ReadOnly)
    );
    let taken = Changes {
        name: name("taken"),
        ..Changes::default()
    };
    let refused = place
        .folders
        .update(place.ann, &named("데이터"), taken)
        .await;
    assert!(
        matches!(refused, Err(Error::NameTaken { .. })),
        "{refused:?}"
    );
    let same = Changes {
        name: name("데이터"),
        ..Changes::default()
    };
    assert_eq!(
        place
            .folders
            .update(place.ann, &named("데이터"), same)
            .await
            .unwrap(),
        changed
    );
}

#[tokio::test]
async fn folders_that_are_mounted_unasked_are_few() {
    let place = Place::new().await;
    place.folder("data").await;
    for number in 0..DOT_FOLDERS_MAX {
        place.folder(&format!(".f{number}")).await;
    }
    assert_eq!(
        place.folders.dot_folders(place.ann).await.unwrap().len(),
        DOT_FOLDERS_MAX as usize
    );
    assert!(
        place
            .folders
            .dot_folders(place.bob)
            .await
            .unwrap()
            .is_empty()
    );
    let refused = place.folders.create(place.ann, creation(".more")).await;
    assert!(
        matches!(refused, Err(Error::TooManyDotFolders { .. })),
        "{refused:?}"
    );
    let to = |name| Changes {
        name: Some(FolderName::new(name).unwrap()),
        ..Changes::default()
    };
    let refused = place
        .folders
        .update(place.ann, &named("data"), to(".data"))
        .await;
    assert!(
        matches!(refused, Err(Error::TooManyDotFolders { .. })),
        "{refused:?}"
    );
    place
        .folders
        .update(place.ann, &named(".f0"), to(".renamed"))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_unknown_volume_is_refused() {
    let place = Place::new().await;
    let asked = |volume: &str| Creation {
        volume: Some(volume.to_owned()),
        ..creation("data")
    };
    let refused = place.folders.create(place.ann, asked("local:fast")).await;
    assert!(
        matches!(refused, Err(Error::UnknownVolume { .. })),
        "{refused:?}"
    );
    place
        .folders
        .create(place.ann, asked("local:default"))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_a_session_gets_is_the_folder_itself() {
    let place = Place::new().await;
    let folder = place.folder("data").await;
    std::fs::write(place.disk(&folder).join("a"), "x").unwrap();
    let open = place
        .folders
        .open_for_mount(place.ann, &named("data"), "s")
        .await
        .unwrap();
    assert_eq!((open.id, open.name.as_str()), (folder.id, "data"));
    assert_eq!(open.permission, Permission::ReadWrite);
    let read = rustix::fs::openat(
        &*open.root,
        "a",
        rustix::fs::OFlags::RDONLY,
        rustix::fs::Mode::empty(),
    );
    assert!(read.is_ok());
    assert!(open.quota.is_none());
}

#[tokio::test]
async fn what_a_folder_takes_is_told_with_a_limit_and_without_and_in_the_trash() {
    let place = Place::new().await;
    let limited = Creation {
        quota_bytes: Some(1 << 20),
        ..creation("limited")
    };
    place.folders.create(place.ann, limited).await.unwrap();
    place.folder("free").await;
    for name in ["limited", "free"] {
        let told = async |folder: &FolderRef| {
            let usage = place.folders.usage(place.ann, folder).await.unwrap();
            (usage.bytes, usage.names)
        };
        assert_eq!(told(&named(name)).await, (0, 0), "{name}");
        let (folder, files) = place.folders.files(place.ann, &named(name)).await.unwrap();
        put(&files, "a/b", b"12345").await.unwrap();
        put(&files, "c", b"678").await.unwrap();
        assert_eq!(told(&named(name)).await, (8, 3), "{name}");
        put(&files, "c", b"").await.unwrap();
        drop(files);
        place.folders.trash(place.ann, &named(name)).await.unwrap();
        assert_eq!(told(&folder.id.into()).await, (5, 3), "{name}");
        let stranger = place.folders.usage(place.bob, &folder.id.into()).await;
        assert!(matches!(stranger, Err(Error::NotFound)), "{stranger:?}");
    }
}
