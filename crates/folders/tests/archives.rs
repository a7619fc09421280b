//! Several files as one stream.

mod common;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use berth_folders::{Archive, ArchiveFormat, FileError, FilePath, FileResult, Files, Precondition};
use common::{Place, path, put};
use futures_util::StreamExt as _;

async fn bytes(archive: Archive) -> FileResult<Vec<u8>> {
    let chunks: Vec<FileResult<_>> = archive.collect().await;
    Ok(chunks.into_iter().collect::<FileResult<Vec<_>>>()?.concat())
}

/// What a zip file holds: contents by name, a directory's name ending in `/`.
fn unzip(bytes: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut found = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut contents = Vec::new();
        file.read_to_end(&mut contents).unwrap();
        if file.is_symlink() {
            contents.splice(0..0, *b"-> ");
        }
        assert!(
            found
                .insert(file.name().unwrap().into_owned(), contents)
                .is_none()
        );
    }
    found
}

fn untar(bytes: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut archive = tar::Archive::new(bytes);
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut contents = Vec::new();
        if let Some(target) = entry.link_name().unwrap() {
            contents = [b"-> ", target.as_os_str().as_bytes()].concat();
        }
        entry.read_to_end(&mut contents).unwrap();
        assert!(
            found
                .insert(entry.path_bytes().into_owned(), contents)
                .is_none()
        );
    }
    found
}

/// A folder with something of everything.
async fn full(place: &Place) -> Files {
    let (files, disk) = place.files("data").await;
    put(&files, "한글/파일 🚀", b"inside").await.unwrap();
    put(&files, "한글/deep/er/file", &[7; 300_000])
        .await
        .unwrap();
    put(&files, "top", b"").await.unwrap();
    files.make_directory(&path("empty"), false).await.unwrap();
    symlink("/etc/passwd", disk.join("한글/link")).unwrap();
    symlink(".", disk.join("loop")).unwrap();
    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mknodat(
        rustix::fs::CWD,
        disk.join("fifo"),
        rustix::fs::FileType::Fifo,
        mode,
        0,
    )
    .unwrap();
    files
}

#[tokio::test]
async fn a_zip_holds_what_the_directory_holds_and_no_link_is_followed() {
    let place = Place::new().await;
    let files = full(&place).await;
    let _unfinished = files
        .write(&path("upload"), Precondition::default())
        .await
        .unwrap();
    let archive = files
        .archive_directory(&path(""), ArchiveFormat::Zip)
        .await
        .unwrap();
    let found = unzip(bytes(archive).await.unwrap());
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "empty/",
            "loop",
            "top",
            "한글/",
            "한글/deep/",
            "한글/deep/er/",
            "한글/deep/er/file",
            "한글/link",
            "한글/파일 🚀"
        ]
    );
    assert_eq!(found["한글/파일 🚀"], b"inside");
    assert_eq!(found["한글/deep/er/file"], vec![7; 300_000]);
    assert_eq!(found["한글/link"], b"-> /etc/passwd");
    assert_eq!(found["top"], b"");
}

#[tokio::test]
async fn a_tar_holds_the_same_with_names_as_the_disk_has_them() {
    let place = Place::new().await;
    let files = full(&place).await;
    let raw = FilePath::new(b"caf\xe9").unwrap();
    let mut upload = files.write(&raw, Precondition::default()).await.unwrap();
    upload.write(b"coffee").await.unwrap();
    upload.finish().await.unwrap();
    let long = format!("한글/{}/{}", "d".repeat(200), "f".repeat(200));
    put(&files, &long, b"long").await.unwrap();

    let archive = files
        .archive_directory(&path(""), ArchiveFormat::Tar)
        .await
        .unwrap();
    let found = untar(&bytes(archive).await.unwrap());
    assert_eq!(found.len(), 12);
    assert_eq!(found[&b"caf\xe9"[..]], b"coffee");
    assert_eq!(found[long.as_bytes()], b"long");
    assert_eq!(found["한글/link".as_bytes()], b"-> /etc/passwd");
    assert_eq!(found["한글/deep/er/file".as_bytes()].len(), 300_000);
    assert!(found.contains_key(&b"empty/"[..]));

    let archive = files
        .archive_directory(&path(""), ArchiveFormat::Zip)
        .await
        .unwrap();
    assert_eq!(unzip(bytes(archive).await.unwrap())["caf%E9"], b"coffee");
}

#[tokio::test]
async fn names_in_an_archive_begin_at_what_was_asked_for() {
    let place = Place::new().await;
    let files = full(&place).await;
    let archive = files
        .archive_directory(&path("한글/deep"), ArchiveFormat::Zip)
        .await
        .unwrap();
    let found = unzip(bytes(archive).await.unwrap());
    assert_eq!(found.keys().collect::<Vec<_>>(), ["er/", "er/file"]);

    let several = vec![
        path("한글/파일 🚀"),
        path("한글/deep/er"),
        path("한글/deep/er/file"),
    ];
    let archive = files.archive(several, ArchiveFormat::Zip).await.unwrap();
    let found = unzip(bytes(archive).await.unwrap());
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        ["deep/er/", "deep/er/file", "파일 🚀"]
    );
}

#[tokio::test]
async fn what_cannot_be_archived_is_said_before_anything_is_sent() {
    let place = Place::new().await;
    let files = full(&place).await;
    let zip = ArchiveFormat::Zip;
    let missing = files.archive(vec![path("top"), path("nothing")], zip).await;
    assert_eq!(missing.unwrap_err(), FileError::NotFound("nothing".into()));
    let file = files.archive_directory(&path("top"), zip).await;
    assert_eq!(file.unwrap_err(), FileError::NotDirectory("top".into()));
    assert_eq!(
        files.archive(vec![path("fifo")], zip).await.unwrap_err(),
        FileError::NotRegular("fifo".into())
    );
    assert!(files.archive(Vec::new(), zip).await.is_err());
    assert!(files.archive(vec![path("top"); 1001], zip).await.is_err());
}

#[tokio::test]
async fn a_large_directory_is_archived_whole_while_its_reader_is_slow() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    for number in 0..3000 {
        std::fs::write(disk.join(number.to_string()), number.to_string()).unwrap();
    }
    std::fs::write(disk.join("big"), vec![1; 4 << 20]).unwrap();
    let mut archive = files
        .archive_directory(&path(""), ArchiveFormat::Tar)
        .await
        .unwrap();
    let mut received = Vec::new();
    while let Some(chunk) = archive.next().await {
        received.extend_from_slice(&chunk.unwrap());
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    let found = untar(&received);
    assert_eq!(found.len(), 3001);
    assert_eq!(found[&b"2999"[..]], b"2999");
}

#[tokio::test]
async fn a_reader_that_goes_away_ends_the_work() {
    let place = Place::new().await;
    let (files, disk) = place.files("data").await;
    std::fs::write(disk.join("big"), vec![1; 16 << 20]).unwrap();
    // More than may be made at a time: each must end for the last to begin.
    for _ in 0..20 {
        let mut archive = files
            .archive_directory(&path(""), ArchiveFormat::Tar)
            .await
            .unwrap();
        archive.next().await.unwrap().unwrap();
    }
}
