//! Writes an image into the data directory: whole or not at all.
//!
//! `<data>/environments/<name>-<content hash>/` is complete whenever it exists: it is written under another
//! name, synced, and renamed. A server that uses one holds a shared lock on it, and starting servers take turns
//! behind `.lock`; so what nobody has locked is left over from an older binary and can go.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::error::{Result, while_doing};
use crate::guests::Archive;
use crate::image::{Image, Node};

/// What the names of unfinished directories end in; those of finished ones end in a hash.
const UNFINISHED: &str = ".unfinished";
/// Mode of directories and programs.
const EXECUTABLE_MODE: u32 = 0o755;
/// Mode of everything else.
const FILE_MODE: u32 = 0o644;
/// Mode of the store itself: nobody but the server has business there.
const STORE_MODE: u32 = 0o700;

/// The directory of all materialised environments, with the turn to change it.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    /// Held exclusively while this value lives.
    _turn: File,
}

/// A materialised environment that stays as long as this value lives.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Where it is on the host.
    pub path: PathBuf,
    /// Holds the shared lock that says "in use".
    _in_use: File,
}

impl Store {
    /// Opens `<data>/environments`, made when missing, and waits for its turn.
    pub fn open(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join("environments");
        fs::DirBuilder::new()
            .recursive(true)
            .mode(STORE_MODE)
            .create(&path)
            .map_err(while_doing("create", &path))?;
        let lock = path.join(".lock");
        let turn = File::create(&lock).map_err(while_doing("create", &lock))?;
        turn.lock().map_err(while_doing("lock", &lock))?;
        Ok(Self { path, _turn: turn })
    }

    /// The tree of this image, written now unless it is there already.
    pub fn materialise(&self, name: &str, image: &Image) -> Result<Tree> {
        let path = self.path.join(format!("{name}-{}", image.content_name()));
        if !path.is_dir() {
            let unfinished = path.with_added_extension(&UNFINISHED[1..]);
            remove_tree(&unfinished).map_err(while_doing("remove", &unfinished))?;
            write_image(image, &unfinished)?;
            fs::rename(&unfinished, &path).map_err(while_doing("rename", &unfinished))?;
            sync_directory(&self.path)?;
        }
        let in_use = File::open(&path).map_err(while_doing("open", &path))?;
        in_use.lock_shared().map_err(while_doing("lock", &path))?;
        Ok(Tree {
            path,
            _in_use: in_use,
        })
    }

    /// Removes the trees that no server uses: those of older binaries, and what a crash left unfinished.
    ///
    /// A tree that cannot be removed costs disk space and nothing else, so it is a warning.
    pub fn remove_unused(&self) -> Result<()> {
        for entry in fs::read_dir(&self.path).map_err(while_doing("list", &self.path))? {
            let path = entry.map_err(while_doing("list", &self.path))?.path();
            if path.is_dir()
                && let Err(error) = remove_if_unused(&path)
            {
                tracing::warn!(path = %path.display(), %error, "cannot remove an unused environment");
            }
        }
        Ok(())
    }
}

/// Removes a tree unless somebody has it locked.
fn remove_if_unused(path: &Path) -> io::Result<()> {
    match File::open(path)?.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(error),
        Ok(()) => {}
    }
    // Renamed first: half a tree must never stand under a whole one's name.
    let unfinished = if path
        .as_os_str()
        .as_encoded_bytes()
        .ends_with(UNFINISHED.as_bytes())
    {
        path.to_path_buf()
    } else {
        let unfinished = path.with_added_extension(&UNFINISHED[1..]);
        fs::rename(path, &unfinished)?;
        unfinished
    };
    remove_tree(&unfinished)
}

/// Removes a tree that may not be there.
fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes every node below `root`, and returns when all of it is on the disk.
fn write_image(image: &Image, root: &Path) -> Result<()> {
    make_directory(root)?;
    for (path, node) in image.nodes() {
        let path = root.join(path);
        match node {
            Node::Directory => make_directory(&path)?,
            Node::File(text) => write_file(&path, text.as_bytes(), FILE_MODE)?,
            Node::Data(bytes) => write_file(&path, bytes, FILE_MODE)?,
            Node::Script(text) => write_file(&path, text.as_bytes(), EXECUTABLE_MODE)?,
            Node::Archive(archive) => unpack(archive, &path)?,
            Node::Program(guest) => write_file(&path, guest.wasm, EXECUTABLE_MODE)?,
            Node::Link(target) => symlink(target, &path).map_err(while_doing("link", &path))?,
        }
    }
    for (path, node) in image.nodes().rev() {
        if matches!(node, Node::Directory) {
            sync_directory(&root.join(path))?;
        }
    }
    sync_directory(root)
}

/// Writes what an archive holds below `root`. Only what our own build packed: its paths are plain.
fn unpack(archive: &Archive, root: &Path) -> Result<()> {
    make_directory(root)?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive.bytes));
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(false);
    archive
        .unpack(root)
        .map_err(while_doing("unpack the library to", root))?;
    // Thousands of files: one wait for the disk instead of one for each.
    let synced = File::open(root).and_then(|directory| Ok(rustix::fs::syncfs(directory)?));
    synced.map_err(while_doing("sync", root))
}

fn make_directory(path: &Path) -> Result<()> {
    fs::create_dir(path).map_err(while_doing("create", path))?;
    set_mode(path, EXECUTABLE_MODE)
}

fn write_file(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let write = || {
        let mut file = File::options()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        io::Write::write_all(&mut file, content)?;
        file.sync_all()
    };
    write().map_err(while_doing("write", path))?;
    set_mode(path, mode)
}

/// Sets the mode whatever the server's umask is.
fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(while_doing("set the mode of", path))
}

fn sync_directory(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(while_doing("sync", path))
}
