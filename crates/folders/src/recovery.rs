//! Taking up what a crash broke off, and removing folders for good.
//!
//! The queue of removals is in the database: the folders in status `delete-ongoing`. One worker empties it.

use std::sync::{Arc, Weak};

use berth_store::FolderId;
use berth_store::folders as rows;

use crate::error::Result;
use crate::folders::{Folders, Inner};

/// Folders in removal that are read from the database at a time.
const REMOVALS_AT_A_TIME: u32 = 100;

impl Folders {
    /// Takes up what the last run of the server did not finish: folders half made, uploads half done, removals. Call it
    /// once, before anybody asks for anything; removals go on in the background, as do all that come later.
    ///
    /// # Errors
    /// The database's or the volume's.
    pub async fn recover(&self) -> Result<()> {
        for id in self.on_volume(|volume| volume.unfinished()).await? {
            if rows::get(self.store(), id).await?.is_some() {
                self.on_volume(move |volume| volume.publish(id)).await?;
            } else {
                self.on_volume(move |volume| volume.abandon(id)).await?;
            }
        }
        self.sweep_uploads().await?;
        let removals = Arc::clone(&self.inner.removals);
        removals.notify_one();
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            loop {
                removals.notified().await;
                let Some(folders) = upgrade(&inner) else {
                    return;
                };
                if let Err(error) = folders.remove_all().await {
                    tracing::error!(%error, "folders in removal cannot be listed; the next removal tries again");
                }
            }
        });
        Ok(())
    }

    /// Removes every folder in removal, one at a time so that it disturbs nobody. One that cannot be removed is tried
    /// again the next time.
    async fn remove_all(&self) -> Result<()> {
        let mut after = None;
        loop {
            let page = rows::list_being_removed(self.store(), REMOVALS_AT_A_TIME, after).await?;
            for folder in &page {
                if let Err(error) = self.finish_removal(folder.id).await {
                    tracing::error!(folder = %folder.id, %error, "a folder cannot be removed; the next removal tries again");
                }
            }
            after = page.last().map(|last| last.id);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Files first: a crash in between leaves the row that says what is still to do.
    async fn finish_removal(&self, id: FolderId) -> Result<()> {
        self.on_volume(move |volume| volume.remove(id)).await?;
        rows::delete(self.store(), id).await?;
        self.inner.registry.forget(id);
        Ok(())
    }
}

/// The worker keeps nothing alive while it waits.
fn upgrade(inner: &Weak<Inner>) -> Option<Folders> {
    inner.upgrade().map(|inner| Folders { inner })
}
