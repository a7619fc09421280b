//! What all users of one folder share while any of them is there: who has it mounted, who counts its bytes, and
//! whose turn it is to put a file in its place.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use berth_kernel::vfs::Quota;
use berth_store::FolderId;
use tokio::sync::OnceCell;

/// The folders somebody is using.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    folders: Mutex<HashMap<FolderId, Weak<Shared>>>,
    /// Kept while nobody uses them, because counting their bytes anew takes a walk through all their files.
    counted: Mutex<HashMap<FolderId, Arc<Shared>>>,
}

/// One folder's shared state.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Orders changes of the folder's status against mounting it.
    pub gate: tokio::sync::Mutex<()>,
    /// Orders what looks at a file and then replaces it (`If-Match`): one at a time in a folder.
    pub replacing: Mutex<()>,
    /// Who counts the folder's bytes, once somebody had to know.
    pub quota: OnceCell<Arc<Quota>>,
    /// Names of temporary files of uploads under way.
    pub uploading: Mutex<HashSet<Vec<u8>>>,
    holders: Mutex<Holders>,
}

#[derive(Debug, Default)]
struct Holders {
    next: u64,
    names: HashMap<u64, String>,
}

/// That a session has the folder mounted. While it lives the folder cannot be deleted.
#[derive(Debug)]
pub struct Hold {
    shared: Arc<Shared>,
    number: u64,
}

impl Registry {
    /// The shared state of folder `id`.
    pub fn get(&self, id: FolderId) -> Arc<Shared> {
        let mut folders = lock(&self.folders);
        if let Some(shared) = folders.get(&id).and_then(Weak::upgrade) {
            return shared;
        }
        // Doubling pays for the sweep: the table is never more than twice what is in use.
        if folders.len() == folders.capacity() {
            folders.retain(|_, shared| shared.strong_count() > 0);
        }
        let shared = Arc::new(Shared::default());
        folders.insert(id, Arc::downgrade(&shared));
        shared
    }

    /// Keeps the state of folder `id`, whose bytes are counted, until it is removed.
    pub fn keep(&self, id: FolderId, shared: &Arc<Shared>) {
        lock(&self.counted).insert(id, Arc::clone(shared));
    }

    /// Forgets a folder that was removed.
    pub fn forget(&self, id: FolderId) {
        lock(&self.counted).remove(&id);
    }
}

impl Shared {
    /// Notes that `holder` has the folder mounted. The caller holds the gate.
    pub fn hold(self: &Arc<Self>, holder: &str) -> Hold {
        let mut holders = lock(&self.holders);
        let number = holders.next;
        holders.next += 1;
        holders.names.insert(number, holder.to_owned());
        Hold {
            shared: Arc::clone(self),
            number,
        }
    }

    /// Who has it mounted, in alphabetical order, each once.
    pub fn holders(&self) -> Vec<String> {
        let mut names: Vec<String> = lock(&self.holders).names.values().cloned().collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.shared.holders).names.remove(&self.number);
    }
}

/// Nothing that is guarded here is left half changed by a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_until_the_last_holder_lets_go() {
        let registry = Registry::default();
        let id = FolderId::new();
        let first = registry.get(id).hold("b");
        let second = registry.get(id).hold("a");
        let again = registry.get(id).hold("a");
        assert_eq!(registry.get(id).holders(), ["a", "b"]);
        drop((first, again));
        assert_eq!(registry.get(id).holders(), ["a"]);
        drop(second);
        assert!(registry.get(id).holders().is_empty());
    }

    #[test]
    fn folders_nobody_uses_are_forgotten() {
        let registry = Registry::default();
        let kept = FolderId::new();
        let hold = registry.get(kept).hold("a");
        for _ in 0..10_000 {
            registry.get(FolderId::new());
        }
        assert!(lock(&registry.folders).len() < 100);
        assert_eq!(registry.get(kept).holders(), ["a"]);
        drop(hold);
    }
}
