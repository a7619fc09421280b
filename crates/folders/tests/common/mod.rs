//! A place with people and folders, for tests.

#![allow(dead_code, reason = "each test program uses its part")]

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use berth_folders::{
    Creation, FileInfo, FilePath, FileResult, Files, Folder, FolderName, FolderRef, Folders,
    Permission, Precondition, UsageMode, UserId, Written,
};
use berth_store::Store;
use berth_store::users::{self, NewUser, Role};
use futures_util::StreamExt as _;
use rustix::fs::{Mode, OFlags, mkdirat, openat};

/// A data directory with an open database and volume.
pub struct Place {
    pub directory: tempfile::TempDir,
    pub store: Store,
    pub folders: Folders,
    pub ann: UserId,
    pub bob: UserId,
}

impl Place {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open_file(&directory.path().join("berth.sqlite"))
            .await
            .unwrap();
        let ann = person(&store, "ann@example.org").await;
        let bob = person(&store, "bob@example.org").await;
        let folders = Folders::new(store.clone(), &directory.path().join("volumes")).unwrap();
        folders.recover().await.unwrap();
        Self {
            directory,
            store,
            folders,
            ann,
            bob,
        }
    }

    /// What the server finds after it was killed.
    pub async fn restart(&mut self) {
        self.folders =
            Folders::new(self.store.clone(), &self.directory.path().join("volumes")).unwrap();
        self.folders.recover().await.unwrap();
    }

    /// A new folder of Ann's.
    pub async fn folder(&self, name: &str) -> Folder {
        self.folders.create(self.ann, creation(name)).await.unwrap()
    }

    /// A new folder of Ann's, as its files and as its directory on the server.
    pub async fn files(&self, name: &str) -> (Files, PathBuf) {
        let folder = self.folder(name).await;
        let (_, files) = self
            .folders
            .files(self.ann, &folder.id.into())
            .await
            .unwrap();
        (files, self.disk(&folder))
    }

    /// Where a folder's files are on the server.
    pub fn disk(&self, folder: &Folder) -> PathBuf {
        self.directory
            .path()
            .join("volumes/default")
            .join(folder.id.to_string())
    }
}

pub async fn person(store: &Store, email: &str) -> UserId {
    let new = NewUser {
        email,
        name: email,
        role: Role::User,
        password_hash: "x",
    };
    users::insert(store, new).await.unwrap().id
}

pub fn creation(name: &str) -> Creation {
    Creation {
        name: FolderName::new(name).unwrap(),
        usage_mode: UsageMode::General,
        permission: Permission::ReadWrite,
        volume: None,
        quota_bytes: None,
    }
}

pub fn named(name: &str) -> FolderRef {
    FolderRef::from(name)
}

pub fn path(path: &str) -> FilePath {
    FilePath::new(path.as_bytes()).unwrap()
}

pub async fn put(files: &Files, at: &str, contents: &[u8]) -> FileResult<Written> {
    put_if(files, at, contents, Precondition::default()).await
}

pub async fn put_if(
    files: &Files,
    at: &str,
    contents: &[u8],
    precondition: Precondition,
) -> FileResult<Written> {
    let mut upload = files.write(&path(at), precondition).await?;
    upload.write(contents).await?;
    upload.finish().await
}

pub async fn get(files: &Files, at: &str) -> FileResult<Vec<u8>> {
    let file = files.open(&path(at)).await?;
    let length = file.info().size_bytes;
    let mut chunks = file.chunks(0..length);
    let mut contents = Vec::new();
    while let Some(chunk) = chunks.next().await {
        contents.extend_from_slice(&chunk?);
    }
    Ok(contents)
}

/// All names of a directory with what they are, in order.
pub async fn list(files: &Files, at: &str) -> FileResult<Vec<(String, FileInfo)>> {
    let items = files.list(&path(at), 10_000, None).await?;
    let name = |name: Vec<u8>| String::from_utf8_lossy(&name).into_owned();
    Ok(items
        .into_iter()
        .map(|item| (name(item.name), item.info))
        .collect())
}

/// All names of a directory, in order.
pub async fn names(files: &Files, at: &str) -> Vec<String> {
    list(files, at)
        .await
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

/// Makes directories in `directory` deeper than any path can tell.
pub fn dig(directory: &Path) {
    let name = "deep".repeat(20);
    let mut directory: OwnedFd = std::fs::File::open(directory).unwrap().into();
    for _ in 0..100 {
        mkdirat(&directory, &name, Mode::RWXU).unwrap();
        directory = openat(&directory, &name, OFlags::RDONLY, Mode::empty()).unwrap();
    }
}
