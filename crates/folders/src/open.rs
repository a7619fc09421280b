//! Opening a folder: its directory, who counts its bytes, and its files for the person who asks.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use berth_kernel::Errno;
use berth_kernel::vfs::{
    Access, GuestPath, Mount, Namespace, NamespaceOptions, Quota, QuotaKind, Usage,
};
use berth_store::UserId;
use berth_store::folders::Folder;

use crate::error::{Error, Result};
use crate::files::{Files, UploadNotes};
use crate::folders::Folders;
use crate::reference::FolderRef;
use crate::shared::Shared;

/// Names of files, directories and links in a folder that has a quota.
pub const FOLDER_NAMES_MAX: u64 = 10_000_000;

impl Folders {
    /// The files of one of the caller's folders. Its owner may change them whatever the folder's permission says: that is
    /// about what sessions may do.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a folder in the trash.
    pub async fn files(&self, user: UserId, reference: &FolderRef) -> Result<(Folder, Files)> {
        let folder = self.get_live(user, reference).await?;
        let shared = self.shared(folder.id);
        let id = folder.id;
        let root = Arc::new(self.on_volume(move |volume| volume.folder(id)).await?);
        let quota = self.quota(&folder, &shared, &root).await?;
        let namespace = namespace(root, quota).map_err(Error::Kernel)?;
        let notes = UploadNotes::of_folder(&self.inner.volume, id);
        Ok((folder, Files::with(namespace, true, shared, Some(notes))))
    }

    /// What the files of one of the caller's folders take, also of one in the trash. Nobody counts those of a folder
    /// without a limit as they change: then a walk through all of them tells, and few such walks go on at once.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn usage(&self, user: UserId, reference: &FolderRef) -> Result<Usage> {
        let folder = self.get(user, reference).await?;
        let shared = self.shared(folder.id);
        let id = folder.id;
        let root = Arc::new(self.on_volume(move |volume| volume.folder(id)).await?);
        if let Some(quota) = self.quota(&folder, &shared, &root).await? {
            return Ok(quota.usage());
        }
        // Fails only when it is closed, which nobody does.
        let _turn = self.inner.measuring.acquire().await;
        self.on_volume(move |_| Ok(Quota::measure(&*root)))
            .await?
            .map_err(Error::Kernel)
    }

    /// Who counts the folder's bytes; `None` when it has no limit. The first to ask waits until they are counted.
    pub(crate) async fn quota(
        &self,
        folder: &Folder,
        shared: &Arc<Shared>,
        root: &Arc<OwnedFd>,
    ) -> Result<Option<Arc<Quota>>> {
        let Some(bytes) = folder.quota_bytes else {
            return Ok(None);
        };
        let quota = shared.quota.get_or_try_init(|| async {
            let root = Arc::clone(root);
            let used = self
                .on_volume(move |_| Ok(Quota::measure(&*root)))
                .await?
                .map_err(Error::Kernel)?;
            self.inner.registry.keep(folder.id, shared);
            Ok::<_, Error>(Quota::new(
                QuotaKind::Folder,
                Usage {
                    bytes,
                    names: FOLDER_NAMES_MAX,
                },
                used,
            ))
        });
        Ok(Some(Arc::clone(quota.await?)))
    }
}

/// A namespace that is one folder and nothing else.
pub(crate) fn namespace(
    root: Arc<OwnedFd>,
    quota: Option<Arc<Quota>>,
) -> std::result::Result<Arc<Namespace>, Errno> {
    let mount = Mount {
        path: GuestPath::root(),
        root,
        access: Access::ReadWrite,
        source: "folder".to_owned(),
        quota,
        fifos: false,
    };
    Namespace::new(
        vec![mount],
        NamespaceOptions {
            devices: false,
            proc: false,
        },
    )
}
