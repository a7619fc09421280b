//! Writing files: whole or not at all.

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use berth_folders::{Creation, FileError, Files, MountedFolder, Precondition, Tags};
use common::{Place, creation, get, named, names, path, put, put_if};

/// Everything below `directory`, the hidden included.
fn everything(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        }
        found.push(path);
    }
    found
}

/// Waits until `directory` holds `count` names at any depth: what is dropped is removed in the background.
async fn left(directory: &Path, count: usize) {
    for _ in 0..500 {
        if everything(directory).len() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("left behind: {:?}", everything(directory));
}

fn unless_there() -> Precondition {
    Precondition {
        matches_not: Some(Tags::Any),
        ..Precondition::default()
    }
}

fn only(tag: &str) -> Precondition {
    Precondition {
        matches: Some(Tags::These(vec![tag.to_owned()])),
        ..Precondition::default()
    }
}

#[tokio::test]
async fn a_new_file_is_created_and_an_old_one_replaced() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    let first = put(&files, "a/b/c.txt", b"one").await.unwrap();
    assert!(first.created);
    assert_eq!(first.info, files.stat(&path("a/b/c.txt")).await.unwrap());
    let second = put(&files, "a/b/c.txt", b"three").await.unwrap();
    assert!(!second.created);
    assert_ne!(first.info.version, second.info.version);
    assert_eq!(std::fs::read(disk.join("a/b/c.txt")).unwrap(), b"three");
    assert_eq!(everything(&disk).len(), 3);
    left(&place.directory.path().join("volumes/default/.uploads"), 0).await;
}

#[tokio::test]
async fn an_empty_file_and_a_large_one_arrive_as_they_were_sent() {
    let place = Place::new().await;
    let (files, _) = place.files("data").await;
    put(&files, "empty", b"").await.unwrap();
    assert_eq!(get(&files, "empty").await.unwrap(), b"");

    let large: Vec<u8> = (0..5_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let mut upload = files
        .write(&path("large"), Precondition::default())
        .await
        .unwrap();
    for piece in large.chunks(70_001) {
        upload.write(piece).await.unwrap();
    }
    upload.finish().await.unwrap();
    assert!(get(&files, "large").await.unwrap() == large);
}

#[tokio::test]
async fn an_upload_cut_off_leaves_everything_as_it_was() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    put(&files, "a", b"before").await.unwrap();

    let mut over = files
        .write(&path("a"), Precondition::default())
        .await
        .unwrap();
    let mut new = files
        .write(&path("new/dir/b"), Precondition::default())
        .await
        .unwrap();
    for upload in [&mut over, &mut new] {
        upload.write(&vec![7; 3 << 20]).await.unwrap();
    }
    assert_eq!(
        names(&files, "").await,
        ["a"],
        "what is being uploaded is not listed"
    );
    assert_eq!(get(&files, "a").await.unwrap(), b"before");
    drop((over, new));
    left(&disk, 1).await;
    assert_eq!(get(&files, "a").await.unwrap(), b"before");
    left(&place.directory.path().join("volumes/default/.uploads"), 0).await;
}

#[tokio::test]
async fn what_an_upload_left_when_the_server_was_killed_is_swept_at_the_next_start() {
    let mut place = Place::new().await;
    let (files, disk) = place.files("data").await;
    put(&files, "dir\n한/a", b"before").await.unwrap();
    let mut upload = files
        .write(&path("dir\n한/a"), Precondition::default())
        .await
        .unwrap();
    upload.write(b"part").await.unwrap();
    assert_eq!(everything(&disk).len(), 3);
    // Never dropped, as after `kill -9`.
    std::mem::forget(upload);

    place.restart().await;
    assert_eq!(everything(&disk).len(), 2);
    assert_eq!(std::fs::read(disk.join("dir\n한/a")).unwrap(), b"before");
    left(&place.directory.path().join("volumes/default/.uploads"), 0).await;
}

#[tokio::test]
async fn an_upload_through_a_session_is_swept_too() {
    use berth_kernel::vfs::{Access, GuestPath, Mount, Namespace, NamespaceOptions};
    let mut place = Place::new().await;
    let (files, disk) = place.files("data").await;
    files.make_directory(&path("sub/dir"), true).await.unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let open = place
        .folders
        .open_for_mount(place.ann, &named("data"), "s")
        .await
        .unwrap();
    let mount = |at: &str, directory: &Path| Mount {
        path: at.parse().unwrap(),
        root: Arc::new(std::fs::File::open(directory).unwrap().into()),
        access: Access::ReadWrite,
        source: String::new(),
        quota: None,
        fifos: false,
    };
    let mounts = vec![
        mount("/", scratch.path()),
        mount("/home/work/data", &disk.join("sub")),
    ];
    let namespace = Namespace::new(
        mounts,
        NamespaceOptions {
            devices: false,
            proc: false,
        },
    )
    .unwrap();
    let at: GuestPath = "/home/work/data".parse().unwrap();
    let mounted = MountedFolder {
        path: at,
        folder: &open,
        subpath: path("sub"),
    };
    let session = Files::of_session(namespace, &[mounted]);
    put(&session, "home/work/data/dir/whole", b"x")
        .await
        .unwrap();
    for at in ["home/work/data/dir/part", "home/work/data/part", "part"] {
        let mut upload = session
            .write(&path(at), Precondition::default())
            .await
            .unwrap();
        upload.write(b"part").await.unwrap();
        std::mem::forget(upload);
    }
    assert_eq!(everything(&disk).len(), 5);
    place.restart().await;
    assert_eq!(everything(&disk).len(), 3);
    assert!(disk.join("sub/dir/whole").exists());
    left(&place.directory.path().join("volumes/default/.uploads"), 0).await;
}

#[tokio::test]
async fn notes_that_tell_nothing_are_swept_too() {
    let mut place = Place::new().await;
    let (_, disk) = place.files("data").await;
    let notes = place.directory.path().join("volumes/default/.uploads");
    let outside = place.directory.path().join(".berth-upload-key");
    std::fs::write(&outside, "x").unwrap();
    let id = disk.file_name().unwrap().to_str().unwrap();
    for (key, target) in [
        ("key", format!("{id}/../../..")),
        ("a", "nonsense".to_owned()),
        ("b", format!("{}/dir", berth_folders::FolderId::new())),
        ("c", format!("{id}/gone")),
    ] {
        std::os::unix::fs::symlink(target, notes.join(key)).unwrap();
    }
    std::fs::write(notes.join("file"), "").unwrap();
    place.restart().await;
    assert_eq!(std::fs::read_dir(&notes).unwrap().count(), 0);
    assert!(outside.exists());
}

#[tokio::test]
async fn a_file_is_not_put_where_it_cannot_be() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    put(&files, "file", b"x").await.unwrap();
    files.make_directory(&path("dir"), false).await.unwrap();
    assert_eq!(
        put(&files, "dir", b"").await,
        Err(FileError::IsDirectory("dir".into()))
    );
    assert_eq!(put(&files, "", b"").await, Err(FileError::IsFolder));
    assert_eq!(
        put(&files, "file/x/y", b"").await,
        Err(FileError::NotDirectory("file/x/y".into()))
    );
    assert_eq!(everything(&disk).len(), 2);
}

#[tokio::test]
async fn a_precondition_holds_when_the_file_takes_its_place() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    let begun = files.write(&path("a"), unless_there()).await.unwrap();
    let first = put_if(&files, "a", b"first", unless_there()).await.unwrap();
    assert_eq!(begun.finish().await, Err(FileError::PreconditionFailed));
    let again = put_if(&files, "a", b"again", unless_there()).await;
    assert_eq!(again, Err(FileError::PreconditionFailed));

    let tag = first.info.version.to_string();
    let mut begun = files.write(&path("a"), only(&tag)).await.unwrap();
    begun.write(b"mine").await.unwrap();
    // A program in a session writes meanwhile.
    std::fs::write(disk.join("a"), "theirs, longer").unwrap();
    assert_eq!(begun.finish().await, Err(FileError::PreconditionFailed));
    assert_eq!(get(&files, "a").await.unwrap(), b"theirs, longer");

    let any = Precondition {
        matches: Some(Tags::Any),
        ..Precondition::default()
    };
    assert_eq!(
        put_if(&files, "new", b"", any.clone()).await,
        Err(FileError::PreconditionFailed)
    );
    put_if(&files, "a", b"now", any).await.unwrap();
    left(&disk, 1).await;
}

#[tokio::test]
async fn directories_made_for_a_file_that_does_not_come_go_again() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    let upload = files.write(&path("x/y/z"), only("nothing")).await;
    assert!(matches!(upload, Err(FileError::PreconditionFailed)));
    let upload = files
        .write(&path("x/y/z"), Precondition::default())
        .await
        .unwrap();
    // Meanwhile a directory takes the file's place.
    std::fs::create_dir_all(disk.join("x/y/z")).unwrap();
    assert_eq!(
        upload.finish().await,
        Err(FileError::IsDirectory("x/y/z".into()))
    );
    left(&disk, 3).await;
}

#[tokio::test]
async fn many_uploads_at_once_each_arrive_or_say_so() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    let mut uploads = tokio::task::JoinSet::new();
    for number in 0..40_u8 {
        let files = files.clone();
        uploads.spawn(async move {
            put(&files, &format!("dir/{number}"), &[number; 10])
                .await
                .unwrap();
            put_if(&files, "same/one", &[number; 10], unless_there())
                .await
                .is_ok()
        });
    }
    let winners = uploads
        .join_all()
        .await
        .into_iter()
        .filter(|won| *won)
        .count();
    assert_eq!(winners, 1);
    assert_eq!(names(&files, "dir").await.len(), 40);
    left(&disk, 43).await;
}

#[tokio::test]
async fn a_replaced_file_keeps_its_permission_bits() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    put(&files, "run.sh", b"#!/bin/sh").await.unwrap();
    std::fs::set_permissions(disk.join("run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    put(&files, "run.sh", b"#!/bin/bash").await.unwrap();
    assert_eq!(files.stat(&path("run.sh")).await.unwrap().mode, 0o755);
}

#[tokio::test]
async fn a_folder_takes_no_more_than_its_quota() {
    let place = Place::new().await;
    let limited = Creation {
        quota_bytes: Some(1 << 20),
        ..creation("small")
    };
    let folder = place.folders.create(place.ann, limited).await.unwrap();
    std::fs::write(place.disk(&folder).join("before"), vec![0; 600 << 10]).unwrap();
    let (_, files) = place
        .folders
        .files(place.ann, &named("small"))
        .await
        .unwrap();
    let open = place
        .folders
        .open_for_mount(place.ann, &named("small"), "s")
        .await
        .unwrap();
    let quota = open.quota.clone().unwrap();
    assert_eq!(quota.used(), 600 << 10);

    assert_eq!(
        put(&files, "big", &vec![1; 500 << 10]).await,
        Err(FileError::QuotaExceeded)
    );
    put(&files, "fits", &vec![1; 400 << 10]).await.unwrap();
    assert_eq!(quota.used(), 1000 << 10, "sessions and HTTP see one count");
    files
        .remove(&path("before"), false, Precondition::default())
        .await
        .unwrap();
    drop((files, open));
    let (_, files) = place
        .folders
        .files(place.ann, &named("small"))
        .await
        .unwrap();
    put(&files, "big", &vec![1; 500 << 10]).await.unwrap();
    assert_eq!(quota.used(), 900 << 10);
    left(&place.disk(&folder), 2).await;
}
