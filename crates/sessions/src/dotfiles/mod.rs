//! Dotfiles: what a person wants in the home of every session of theirs, and a script that runs once at its start.
//!
//! They are kept in the database and written into a new home before anything runs there. A mounted folder is never
//! written to: what would lie at, in or above one is left out ([`place`]).

mod path;
pub(crate) mod place;

use std::sync::Arc;

use berth_store::dotfiles as rows;
use berth_store::{Store, UserId};

pub use berth_store::dotfiles::Dotfile;
pub use path::{DotfilePath, DotfilePathFault};

use crate::error::{Error, Fault, Invalid, Result};
use crate::limits::{
    BOOTSTRAP_SCRIPT_BYTES_MAX, DOTFILE_BYTES_MAX, DOTFILES_BYTES_MAX, DOTFILES_MAX,
};

/// The permission bits of a dotfile unless its owner says otherwise.
pub const DOTFILE_MODE_DEFAULT: u32 = 0o644;
/// The permission bits a dotfile can have.
const MODE_BITS: u32 = 0o777;

/// The dotfiles and bootstrap scripts of everybody. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Dotfiles {
    store: Store,
    /// Held over counting and writing, so that the limits hold for two who write at once.
    writing: Arc<tokio::sync::Mutex<()>>,
}

/// What a new session of somebody starts with.
#[derive(Debug, Default)]
pub(crate) struct StartUp {
    pub dotfiles: Vec<Dotfile>,
    pub bootstrap_script: Option<String>,
}

impl Dotfiles {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            writing: Arc::default(),
        }
    }

    /// The person's dotfiles, by path; at most [`DOTFILES_MAX`].
    ///
    /// # Errors
    /// Only the database's own.
    pub async fn list(&self, owner: UserId) -> Result<Vec<Dotfile>> {
        Ok(rows::list(&self.store, owner).await?)
    }

    /// One of the person's dotfiles.
    ///
    /// # Errors
    /// [`Error::DotfileNotFound`].
    pub async fn get(&self, owner: UserId, path: &str) -> Result<Dotfile> {
        let all = self.list(owner).await?;
        all.into_iter()
            .find(|one| one.path == path)
            .ok_or(Error::DotfileNotFound)
    }

    /// Writes a dotfile, in place of the one that is there, and tells whether none was.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::TooManyDotfiles`], [`Error::DotfilesTooLarge`], [`Error::DotfileInTheWay`].
    pub async fn put(
        &self,
        owner: UserId,
        path: &str,
        data: &str,
        mode: Option<u32>,
    ) -> Result<(Dotfile, bool)> {
        let mode = mode.unwrap_or(DOTFILE_MODE_DEFAULT);
        let mut invalid = Invalid::default();
        let path = invalid.take("path", DotfilePath::new(path));
        if data.len() > DOTFILE_BYTES_MAX {
            invalid.add("data", Fault::DotfileTooLong);
        } else if data.contains('\0') {
            invalid.add("data", Fault::Nul);
        }
        if mode & !MODE_BITS != 0 {
            invalid.add("mode", Fault::Mode);
        }
        let Some(path) = path else {
            return Err(invalid.into());
        };
        invalid.or(())?;

        let _writing = self.writing.lock().await;
        let mut others = self.list(owner).await?;
        let before = others.len();
        others.retain(|one| one.path != path.as_str());
        let new = others.len() == before;
        if let Some(other) = others.iter().find(|other| path.excludes(&other.path)) {
            return Err(Error::DotfileInTheWay {
                path: other.path.clone(),
            });
        }
        if others.len() >= DOTFILES_MAX {
            return Err(Error::TooManyDotfiles);
        }
        let bytes: usize = others.iter().map(|other| other.data.len()).sum();
        if bytes + data.len() > DOTFILES_BYTES_MAX {
            return Err(Error::DotfilesTooLarge);
        }
        let written = rows::put(&self.store, owner, path.as_str(), data, mode).await?;
        Ok((written, new))
    }

    /// Deletes a dotfile. Sessions that have it keep it.
    ///
    /// # Errors
    /// [`Error::DotfileNotFound`].
    pub async fn delete(&self, owner: UserId, path: &str) -> Result<()> {
        if rows::delete(&self.store, owner, path).await? {
            Ok(())
        } else {
            Err(Error::DotfileNotFound)
        }
    }

    /// The person's bootstrap script; empty when they have none.
    ///
    /// # Errors
    /// Only the database's own.
    pub async fn bootstrap_script(&self, owner: UserId) -> Result<String> {
        Ok(rows::bootstrap_script(&self.store, owner)
            .await?
            .unwrap_or_default())
    }

    /// Writes the person's bootstrap script. A blank one is none.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub async fn set_bootstrap_script(&self, owner: UserId, script: &str) -> Result<()> {
        if script.len() > BOOTSTRAP_SCRIPT_BYTES_MAX {
            return Err(Error::invalid("script", Fault::BootstrapScriptTooLong));
        }
        if script.contains('\0') {
            return Err(Error::invalid("script", Fault::Nul));
        }
        let script = Some(script).filter(|script| !script.trim().is_empty());
        Ok(rows::set_bootstrap_script(&self.store, owner, script).await?)
    }

    /// What a new session of this person starts with.
    pub(crate) async fn start_up(&self, owner: UserId) -> Result<StartUp> {
        let (dotfiles, bootstrap_script) = tokio::try_join!(
            rows::list(&self.store, owner),
            rows::bootstrap_script(&self.store, owner),
        )?;
        Ok(StartUp {
            dotfiles,
            bootstrap_script,
        })
    }
}
