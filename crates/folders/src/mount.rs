//! Handing a folder to a session.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use berth_kernel::vfs::Quota;
use berth_store::folders::{Permission, UsageMode};
use berth_store::{FolderId, UserId};

use crate::error::Result;
use crate::folders::Folders;
use crate::reference::FolderRef;
use crate::shared::Hold;
use crate::volume::Volume;

/// A folder opened for a session. While it (or a clone) lives, the folder cannot be deleted.
#[derive(Debug, Clone)]
pub struct OpenFolder {
    /// The folder.
    pub id: FolderId,
    /// Its name when it was opened.
    pub name: String,
    /// The most that a session may do with it.
    pub permission: Permission,
    /// What it is for.
    pub usage_mode: UsageMode,
    /// Its directory, opened once.
    pub root: Arc<OwnedFd>,
    /// Who counts its bytes, shared by all who use the folder; `None` when it has no limit.
    pub quota: Option<Arc<Quota>>,
    /// Where it lives.
    volume: Arc<Volume>,
    /// That somebody has it mounted.
    _hold: Arc<Hold>,
}

impl OpenFolder {
    pub(crate) fn volume(&self) -> &Arc<Volume> {
        &self.volume
    }
}

impl Folders {
    /// Opens one of the caller's folders for the session that people know as `session`, whose name is told to whoever
    /// tries to delete the folder.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`], also for a folder in the trash.
    pub async fn open_for_mount(
        &self,
        user: UserId,
        reference: &FolderRef,
        session: &str,
    ) -> Result<OpenFolder> {
        let id = self.get(user, reference).await?.id;
        let shared = self.shared(id);
        // Between looking at the row and holding the folder nobody moves it to the trash.
        let _gate = shared.gate.lock().await;
        let folder = self.get_live(user, &id.into()).await?;
        let root = Arc::new(self.on_volume(move |volume| volume.folder(id)).await?);
        let quota = self.quota(&folder, &shared, &root).await?;
        Ok(OpenFolder {
            id,
            name: folder.name,
            permission: folder.permission,
            usage_mode: folder.usage_mode,
            root,
            quota,
            volume: Arc::clone(&self.inner.volume),
            _hold: Arc::new(shared.hold(session)),
        })
    }
}
