//! The files of a folder: looking, making, moving, removing, and what was put there from outside.

mod common;

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use berth_folders::{FileError, FilePath, Files, Kind, PathError, Precondition};
use common::{Place, get, list, names, path, put};

fn fifo(at: &Path) {
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mknodat(rustix::fs::CWD, at, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

async fn remove(files: &Files, at: &str, recursive: bool) -> Result<(), FileError> {
    files
        .remove(&path(at), recursive, Precondition::default())
        .await
}

#[tokio::test]
async fn a_directory_lists_its_names_in_order_with_what_they_are() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    put(&files, "b.txt", b"12345").await.unwrap();
    files.make_directory(&path("a"), false).await.unwrap();
    symlink("b.txt", disk.join("c")).unwrap();
    fifo(&disk.join("d"));

    let listed = list(&files, "").await.unwrap();
    let shown: Vec<(&str, Kind, u64)> = listed
        .iter()
        .map(|(name, info)| (name.as_str(), info.kind, info.size_bytes))
        .collect();
    assert_eq!(
        shown,
        [
            ("a", Kind::Directory, 0),
            ("b.txt", Kind::File, 5),
            ("c", Kind::Link, 5),
            ("d", Kind::Other, 0)
        ]
    );
    assert_eq!(listed[1].1.mode, 0o644);
    assert!(list(&files, "a").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_long_directory_comes_in_parts_that_miss_nothing() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    for number in 0..250 {
        std::fs::write(disk.join(format!("{number:03}")), "").unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let part = files
            .list(&FilePath::root(), 100, after.take())
            .await
            .unwrap();
        let Some(last) = part.last() else { break };
        after = Some(last.name.clone());
        seen.extend(
            part.into_iter()
                .map(|item| String::from_utf8(item.name).unwrap()),
        );
        // Names come and go behind and before the place that was reached.
        std::fs::write(disk.join("0000"), "").unwrap();
    }
    let expected: Vec<String> = (0..250).map(|number| format!("{number:03}")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn every_name_a_disk_can_keep_goes_through() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    let long = "x".repeat(255);
    let raw = b"caf\xe9\xff";
    let texts = [
        "한글 파일",
        "👩\u{200d}🔬",
        "a\nb",
        "-rf",
        " ",
        "...",
        "a%2Fb",
        "\u{202e}txt",
        &long,
    ];
    for name in texts.iter().map(|name| name.as_bytes()).chain([&raw[..]]) {
        let at = FilePath::new(name).unwrap();
        let mut upload = files.write(&at, Precondition::default()).await.unwrap();
        upload.write(name).await.unwrap();
        upload.finish().await.unwrap();
        assert_eq!(
            std::fs::read(disk.join(std::ffi::OsStr::from_bytes(name))).unwrap(),
            name
        );
        assert_eq!(files.stat(&at).await.unwrap().size_bytes, name.len() as u64);
    }
    let items = files.list(&FilePath::root(), 100, None).await.unwrap();
    assert_eq!(items.len(), texts.len() + 1);
    assert!(items.iter().any(|item| item.name == raw));
    assert_eq!(FilePath::new(&[b'x'; 256]), Err(PathError::NameTooLong));
}

#[tokio::test]
async fn links_out_of_the_folder_lead_nowhere() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    let (_, other) = place.files("other").await;
    let secret = place.directory.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    std::fs::write(other.join("theirs"), "theirs").unwrap();
    symlink(&secret, disk.join("absolute")).unwrap();
    symlink("../../../secret", disk.join("relative")).unwrap();
    symlink(other.join("theirs"), disk.join("neighbour")).unwrap();
    symlink("/etc/passwd", disk.join("passwd")).unwrap();
    symlink("loop", disk.join("loop")).unwrap();
    symlink("/", disk.join("top")).unwrap();
    symlink(place.directory.path(), disk.join("outside")).unwrap();
    symlink("../..", disk.join("above")).unwrap();

    for name in ["absolute", "relative", "neighbour", "passwd"] {
        assert!(
            matches!(get(&files, name).await, Err(FileError::NotFound(_))),
            "{name}"
        );
        assert!(
            matches!(put(&files, name, b"x").await, Err(FileError::DeadLink(_))),
            "{name}"
        );
    }
    for name in ["loop", "loop/x"] {
        assert!(
            matches!(get(&files, name).await, Err(FileError::DeadLink(_))),
            "{name}"
        );
        assert!(
            matches!(put(&files, name, b"x").await, Err(FileError::DeadLink(_))),
            "{name}"
        );
    }
    assert!(matches!(
        get(&files, "outside/secret").await,
        Err(FileError::NotFound(_))
    ));
    assert!(matches!(
        put(&files, "outside/x", b"x").await,
        Err(FileError::Exists(_) | FileError::NotFound(_))
    ));
    // What leads up leads to the top of the folder, as it would in a session.
    put(&files, "above/inside", b"x").await.unwrap();
    put(&files, "top/also", b"y").await.unwrap();
    assert_eq!(get(&files, "inside").await.unwrap(), b"x");
    assert_eq!(get(&files, "also").await.unwrap(), b"y");

    assert_eq!(std::fs::read(&secret).unwrap(), b"secret");
    assert_eq!(std::fs::read(other.join("theirs")).unwrap(), b"theirs");
    for name in ["absolute", "loop", "outside", "top"] {
        remove(&files, name, true).await.unwrap();
    }
    assert_eq!(
        get(&files, "inside").await.unwrap(),
        b"x",
        "a link was followed when it was removed"
    );
    assert!(secret.exists());
}

#[tokio::test]
async fn a_link_inside_of_the_folder_is_followed() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    put(&files, "real/file", b"one").await.unwrap();
    symlink("real/file", disk.join("link")).unwrap();
    assert_eq!(get(&files, "link").await.unwrap(), b"one");
    assert_eq!(
        files.stat(&path("link")).await.unwrap(),
        files.stat(&path("real/file")).await.unwrap()
    );
    assert!(!put(&files, "link", b"two").await.unwrap().created);
    assert_eq!(get(&files, "real/file").await.unwrap(), b"two");
    assert!(disk.join("link").is_symlink());
}

#[tokio::test]
async fn a_fifo_is_seen_and_removed_and_never_opened() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    fifo(&disk.join("pipe"));
    assert!(matches!(
        get(&files, "pipe").await,
        Err(FileError::NotRegular(_))
    ));
    assert!(matches!(
        put(&files, "pipe", b"x").await,
        Err(FileError::NotRegular(_))
    ));
    assert!(matches!(
        list(&files, "pipe").await,
        Err(FileError::NotDirectory(_))
    ));
    remove(&files, "pipe", false).await.unwrap();
    assert!(!disk.join("pipe").exists());
}

#[tokio::test]
async fn directories_are_made_with_or_without_those_above() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    let make = |at: &str, parents| {
        let (files, at) = (files.clone(), path(at));
        async move { files.make_directory(&at, parents).await }
    };
    assert_eq!(make("a", false).await, Ok(true));
    assert_eq!(make("a", false).await, Err(FileError::Exists("a".into())));
    assert_eq!(make("a", true).await, Ok(false));
    assert!(matches!(
        make("b/c", false).await,
        Err(FileError::NotFound(_))
    ));
    assert_eq!(make("b/c/d", true).await, Ok(true));
    assert_eq!(make("", true).await, Ok(false));
    assert!(make("", false).await.is_err());
    put(&files, "file", b"").await.unwrap();
    assert!(matches!(
        make("file", true).await,
        Err(FileError::Exists(_))
    ));
    assert!(matches!(
        make("file/x", true).await,
        Err(FileError::NotDirectory(_))
    ));
    assert!(disk.join("b/c/d").is_dir());
}

#[tokio::test]
async fn moving_never_replaces_anything() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    put(&files, "a", b"a").await.unwrap();
    put(&files, "b", b"b").await.unwrap();
    put(&files, "dir/inside", b"c").await.unwrap();
    let rename = |from: &str, to: &str| {
        let (files, from, to) = (files.clone(), path(from), path(to));
        async move { files.rename(&from, &to).await }
    };
    for to in ["b", "dir", "a", "dir/inside"] {
        assert_eq!(rename("a", to).await, Err(FileError::Exists(to.into())));
    }
    assert_eq!(rename("dir", "b").await, Err(FileError::Exists("b".into())));
    assert_eq!(
        rename("dir", "dir/sub").await,
        Err(FileError::IntoItself("dir".into()))
    );
    symlink("dir", disk.join("link")).unwrap();
    assert_eq!(
        rename("dir", "link/sub").await,
        Err(FileError::IntoItself("dir".into()))
    );
    assert!(matches!(
        rename("nothing", "x").await,
        Err(FileError::NotFound(_))
    ));
    assert!(matches!(
        rename("a", "no/where").await,
        Err(FileError::NotFound(_))
    ));
    assert_eq!(rename("", "x").await, Err(FileError::IsFolder));
    assert_eq!(rename("a", "").await, Err(FileError::IsFolder));

    rename("a", "dir/한글").await.unwrap();
    rename("dir", "moved").await.unwrap();
    rename("link", "still a link").await.unwrap();
    assert_eq!(get(&files, "moved/한글").await.unwrap(), b"a");
    assert_eq!(names(&files, "").await, ["b", "moved", "still a link"]);
    assert!(disk.join("still a link").is_symlink());
}

#[tokio::test]
async fn a_directory_that_holds_something_goes_only_when_asked_for() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    put(&files, "dir/a/b/file", b"x").await.unwrap();
    fifo(&disk.join("dir/pipe"));
    symlink("/", disk.join("dir/top")).unwrap();
    put(&files, "other", b"x").await.unwrap();
    assert!(matches!(
        remove(&files, "dir", false).await,
        Err(FileError::NotEmpty(_))
    ));
    remove(&files, "dir", true).await.unwrap();
    assert_eq!(names(&files, "").await, ["other"]);
    assert!(matches!(
        remove(&files, "dir", true).await,
        Err(FileError::NotFound(_))
    ));
    assert_eq!(remove(&files, "", true).await, Err(FileError::IsFolder));
    files.make_directory(&path("empty"), false).await.unwrap();
    remove(&files, "empty", false).await.unwrap();
}

#[tokio::test]
async fn a_tree_deeper_than_any_path_is_removed() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    std::fs::create_dir(disk.join("deep")).unwrap();
    common::dig(&disk.join("deep"));
    remove(&files, "deep", true).await.unwrap();
    assert!(names(&files, "").await.is_empty());
}

#[tokio::test]
async fn only_the_version_that_was_seen_is_removed() {
    let place = Place::new().await;
    let (files, _disk) = place.files("data").await;
    let seen = put(&files, "a", b"1")
        .await
        .unwrap()
        .info
        .version
        .to_string();
    put(&files, "a", b"22").await.unwrap();
    let only = |tag: &str| Precondition {
        matches: Some(berth_folders::Tags::These(vec![tag.to_owned()])),
        ..Precondition::default()
    };
    assert_eq!(
        files.remove(&path("a"), false, only(&seen)).await,
        Err(FileError::PreconditionFailed)
    );
    let now = files.stat(&path("a")).await.unwrap().version.to_string();
    files.remove(&path("a"), false, only(&now)).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_may_only_be_read_is_not_changed() {
    use berth_kernel::vfs::{Access, GuestPath, Mount, Namespace, NamespaceOptions};
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a"), "x").unwrap();
    let root = std::sync::Arc::new(std::fs::File::open(directory.path()).unwrap().into());
    let namespace = |access| {
        let mount = Mount {
            path: GuestPath::root(),
            root: std::sync::Arc::clone(&root),
            access,
            source: String::new(),
            quota: None,
            fifos: false,
        };
        Namespace::new(
            vec![mount],
            NamespaceOptions {
                devices: false,
                proc: false,
            },
        )
        .unwrap()
    };
    for files in [
        Files::of(namespace(Access::ReadWrite), false),
        Files::of(namespace(Access::ReadOnly), true),
    ] {
        assert_eq!(put(&files, "b", b"x").await, Err(FileError::ReadOnly));
        assert_eq!(put(&files, "a", b"x").await, Err(FileError::ReadOnly));
        assert_eq!(remove(&files, "a", false).await, Err(FileError::ReadOnly));
        assert_eq!(
            files.make_directory(&path("d"), false).await,
            Err(FileError::ReadOnly)
        );
        assert_eq!(
            files.rename(&path("a"), &path("b")).await,
            Err(FileError::ReadOnly)
        );
        assert_eq!(get(&files, "a").await.unwrap(), b"x");
        assert_eq!(names(&files, "").await, ["a"]);
    }
}
