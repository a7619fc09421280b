//! Folders as wholes: made, listed, renamed, thrown away, brought back, removed for good.
//!
//! Every operation takes the person who asks; what is not theirs is not there. The database says what is true: a
//! folder's directory is made before its row can be seen, and removed after its row stopped being seen.

use std::path::Path;
use std::sync::Arc;

use berth_store::folders::{self as rows, Folder, FolderStatus, NewFolder, Permission, UsageMode};
use berth_store::{FolderId, Store, UserId};
use tokio::sync::{Notify, Semaphore};

use crate::blocking::blocking;
use crate::error::{Error, Result};
use crate::name::{FolderName, is_automounted};
use crate::reference::FolderRef;
use crate::shared::{Registry, Shared};
use crate::volume::{DEFAULT_VOLUME, Volume};

/// Live folders of one person.
pub const FOLDERS_MAX: u64 = 10_000;
/// Live folders of one person that every session of theirs mounts unasked; sessions start with all of them.
pub const DOT_FOLDERS_MAX: u32 = 64;
/// Folders in one part of a list.
pub const PAGE_FOLDERS_MAX: u32 = 10_000;
/// Folders whose files are counted at the same time because somebody asks how much they take.
pub const MEASURED_AT_ONCE_MAX: usize = 2;

/// The folders of everybody. Cheap to clone; all clones are the same folders.
#[derive(Debug, Clone)]
pub struct Folders {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub store: Store,
    pub volume: Arc<Volume>,
    pub registry: Registry,
    /// Wakes the worker that removes folders for good.
    pub removals: Arc<Notify>,
    /// Turns to walk through a folder: many who ask for sizes must not keep the disk from everybody else.
    pub measuring: Semaphore,
}

/// What a new folder is to be.
#[derive(Debug, Clone)]
pub struct Creation {
    /// Its name.
    pub name: FolderName,
    /// What it is for.
    pub usage_mode: UsageMode,
    /// The most that sessions may do with it.
    pub permission: Permission,
    /// The volume it is to live on; [`DEFAULT_VOLUME`] when `None`.
    pub volume: Option<String>,
    /// The most its files may take; no limit of its own when `None`.
    pub quota_bytes: Option<u64>,
}

/// What is to change about a folder; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Its new name.
    pub name: Option<FolderName>,
    /// What it is for from now on.
    pub usage_mode: Option<UsageMode>,
    /// The most that sessions started from now on may do with it.
    pub permission: Option<Permission>,
}

impl Folders {
    /// The folders whose rows are in `store` and whose files are below the directory `volumes`. Call
    /// [`Folders::recover`] before anybody asks for anything.
    ///
    /// # Errors
    /// [`Error::Volume`] when the directory cannot be used.
    pub fn new(store: Store, volumes: &Path) -> Result<Self> {
        let volume = Arc::new(Volume::open(volumes)?);
        let inner = Inner {
            store,
            volume,
            registry: Registry::default(),
            removals: Arc::default(),
            measuring: Semaphore::new(MEASURED_AT_ONCE_MAX),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`Error::NameTaken`], [`Error::TooManyFolders`], [`Error::TooManyDotFolders`], [`Error::UnknownVolume`].
    pub async fn create(&self, user: UserId, wanted: Creation) -> Result<Folder> {
        if let Some(volume) = wanted.volume.filter(|volume| volume != DEFAULT_VOLUME) {
            return Err(Error::UnknownVolume { volume });
        }
        if rows::count_live(self.store(), user).await? >= FOLDERS_MAX {
            return Err(Error::TooManyFolders { max: FOLDERS_MAX });
        }
        self.room_for(user, &wanted.name).await?;

        let id = FolderId::new();
        self.on_volume(move |volume| volume.prepare(id)).await?;
        let new = NewFolder {
            id,
            owner: user,
            name: wanted.name.as_str(),
            usage_mode: wanted.usage_mode,
            permission: wanted.permission,
            volume: DEFAULT_VOLUME,
            quota_bytes: wanted.quota_bytes,
        };
        match rows::insert(self.store(), new).await {
            Ok(folder) => {
                self.on_volume(move |volume| volume.publish(id)).await?;
                Ok(folder)
            }
            Err(error) => {
                self.on_volume(move |volume| volume.abandon(id)).await?;
                Err(name_taken(error, &wanted.name))
            }
        }
    }

    /// The caller's live folders, oldest first: at most `limit` (and [`PAGE_FOLDERS_MAX`]) of those after `after`.
    ///
    /// # Errors
    /// Only the database's own.
    pub async fn list(
        &self,
        user: UserId,
        limit: u32,
        after: Option<FolderId>,
    ) -> Result<Vec<Folder>> {
        Ok(rows::list_live(self.store(), user, limit.min(PAGE_FOLDERS_MAX), after).await?)
    }

    /// The caller's folders in the trash, in the same manner.
    ///
    /// # Errors
    /// Only the database's own.
    pub async fn list_trash(
        &self,
        user: UserId,
        limit: u32,
        after: Option<FolderId>,
    ) -> Result<Vec<Folder>> {
        Ok(rows::list_trashed(self.store(), user, limit.min(PAGE_FOLDERS_MAX), after).await?)
    }

    /// One of the caller's folders, the trash included when it is asked for by its id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, user: UserId, reference: &FolderRef) -> Result<Folder> {
        if let Some(id) = reference.id
            && let Some(folder) = rows::get(self.store(), id).await?
            && folder.owner == user
            && folder.status != FolderStatus::DeleteOngoing
        {
            return Ok(folder);
        }
        let Some(name) = &reference.name else {
            return Err(Error::NotFound);
        };
        rows::get_live(self.store(), user, name.as_str())
            .await?
            .ok_or(Error::NotFound)
    }

    /// Changes a folder. Sessions that have it mounted keep it as it was.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a folder in the trash; [`Error::NameTaken`], [`Error::TooManyDotFolders`].
    pub async fn update(
        &self,
        user: UserId,
        reference: &FolderRef,
        changes: Changes,
    ) -> Result<Folder> {
        let mut folder = self.get_live(user, reference).await?;
        if let Some(name) = changes.name.filter(|name| name.as_str() != folder.name) {
            if !is_automounted(&folder.name) {
                self.room_for(user, &name).await?;
            }
            folder = rows::rename(self.store(), folder.id, name.as_str())
                .await
                .map_err(|error| name_taken(error, &name))?;
        }
        if let Some(usage_mode) = changes.usage_mode {
            folder = rows::set_usage_mode(self.store(), folder.id, usage_mode)
                .await
                .map_err(row_gone)?;
        }
        if let Some(permission) = changes.permission {
            folder = rows::set_permission(self.store(), folder.id, permission)
                .await
                .map_err(row_gone)?;
        }
        Ok(folder)
    }

    /// Moves a folder to the trash, which frees its name and keeps its files. One that is there stays there.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InUse`].
    pub async fn trash(&self, user: UserId, reference: &FolderRef) -> Result<()> {
        self.change_status(user, reference, FolderStatus::DeletePending)
            .await
            .map(drop)
    }

    /// Takes a folder out of the trash.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotInTrash`]; [`Error::NameTaken`] when its name was given away meanwhile.
    pub async fn restore(&self, user: UserId, reference: &FolderRef) -> Result<Folder> {
        self.change_status(user, reference, FolderStatus::Ready)
            .await
    }

    /// Removes a folder for good, from the trash or directly. It is gone for its owner when this answers; its files
    /// follow in the background, after a restart too.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InUse`].
    pub async fn purge(&self, user: UserId, reference: &FolderRef) -> Result<()> {
        self.change_status(user, reference, FolderStatus::DeleteOngoing)
            .await?;
        self.inner.removals.notify_one();
        Ok(())
    }

    /// The caller's folders that every session of theirs mounts unasked, oldest first.
    ///
    /// # Errors
    /// Only the database's own.
    pub async fn dot_folders(&self, user: UserId) -> Result<Vec<Folder>> {
        Ok(rows::list_live_with_prefix(self.store(), user, ".", DOT_FOLDERS_MAX).await?)
    }

    /// One of the caller's folders that is not in the trash.
    pub(crate) async fn get_live(&self, user: UserId, reference: &FolderRef) -> Result<Folder> {
        let folder = self.get(user, reference).await?;
        if folder.status == FolderStatus::Ready {
            Ok(folder)
        } else {
            Err(Error::NotFound)
        }
    }

    /// The shared state of a folder.
    pub(crate) fn shared(&self, id: FolderId) -> Arc<Shared> {
        self.inner.registry.get(id)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Runs `work` where it may block.
    pub(crate) async fn on_volume<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Volume) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let volume = Arc::clone(&self.inner.volume);
        Ok(blocking(move || work(&volume)).await?)
    }

    /// Moves a folder to `status`, and nobody mounts it or moves it elsewhere meanwhile.
    async fn change_status(
        &self,
        user: UserId,
        reference: &FolderRef,
        status: FolderStatus,
    ) -> Result<Folder> {
        let id = self.get(user, reference).await?.id;
        let shared = self.shared(id);
        let _gate = shared.gate.lock().await;
        let folder = self.get(user, &id.into()).await?;
        if status == FolderStatus::Ready {
            if folder.status != FolderStatus::DeletePending {
                return Err(Error::NotInTrash);
            }
        } else {
            let holders = shared.holders();
            if !holders.is_empty() {
                return Err(Error::InUse { holders });
            }
        }
        rows::set_status(self.store(), id, status)
            .await
            .map_err(|error| match error {
                berth_store::Error::Duplicate => Error::NameTaken { name: folder.name },
                error => row_gone(error),
            })
    }

    /// Whether one more folder called `name` is within the limit of those that are mounted unasked.
    async fn room_for(&self, user: UserId, name: &FolderName) -> Result<()> {
        if is_automounted(name.as_str())
            && self.dot_folders(user).await?.len() >= DOT_FOLDERS_MAX as usize
        {
            return Err(Error::TooManyDotFolders {
                max: DOT_FOLDERS_MAX,
            });
        }
        Ok(())
    }
}

fn name_taken(error: berth_store::Error, name: &FolderName) -> Error {
    match error {
        berth_store::Error::Duplicate => Error::NameTaken {
            name: name.to_string(),
        },
        error => row_gone(error),
    }
}

/// The row went between two steps.
fn row_gone(error: berth_store::Error) -> Error {
    match error {
        berth_store::Error::NotFound => Error::NotFound,
        error => Error::Store(error),
    }
}
