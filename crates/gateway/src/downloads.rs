//! What sessions have downloaded, kept on the disk for all of them, by content.
//!
//! A session offers a file, and the digest is taken here; a session that knows a digest, because an index named it,
//! gets the bytes that have it. So nobody can put anything in another's way: what is found is what was asked for,
//! whoever offered it. Nothing tells what is kept, so what came from somewhere that needs a password is found only by
//! those who know its digest from there. No host and no name is looked at.
//!
//! A file is written beside its place and renamed into it, and checked again each time before it is handed out: what a
//! crash or the disk has spoiled is let go. The disk is lent: room is made by what was not used for the longest time, and
//! nothing is kept that would leave little to folders.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File as HostFile};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use berth_kernel::Errno;
use berth_kernel::file::{File, FileKind};
use berth_kernel::net::Digest;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use self::kept::Kept;
use crate::connector::errno;
use crate::limits::{DOWNLOAD_PIECE_BYTES, DOWNLOADS_AT_ONCE, DOWNLOADS_MAX, DOWNLOADS_SHARE};

mod kept;

/// The directory holds what came from everywhere.
const DIRECTORY_MODE: u32 = 0o700;
/// What is still being written is called so, and has no meaning after a restart.
const UNFINISHED: &str = "new-";

/// The downloads that are kept.
pub struct Downloads {
    shelf: Arc<Shelf>,
    /// Places for reading and writing whole files.
    places: Semaphore,
}

/// The directory and what is known of it.
struct Shelf {
    directory: PathBuf,
    max_bytes: u64,
    /// Bytes of the disk that are left to others.
    reserve_bytes: u64,
    contents: Mutex<Contents>,
}

#[derive(Default)]
struct Contents {
    entries: HashMap<Digest, Entry>,
    bytes: u64,
    /// Counts uses, and names what is being written.
    clock: u64,
}

#[derive(Clone, Copy)]
struct Entry {
    bytes: u64,
    used: u64,
}

impl Contents {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn put(&mut self, digest: Digest, bytes: u64) {
        let used = self.tick();
        let entry = Entry { bytes, used };
        let old = self.entries.insert(digest, entry);
        self.bytes = self.bytes + bytes - old.map_or(0, |old| old.bytes);
    }

    fn take(&mut self, digest: &Digest) {
        if let Some(entry) = self.entries.remove(digest) {
            self.bytes -= entry.bytes;
        }
    }

    fn least_recent(&self) -> Option<Digest> {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
        oldest.map(|(digest, _)| *digest)
    }
}

impl Downloads {
    /// Opens the directory, and makes it when it is absent. At most `max_bytes` are kept, and only while the disk has
    /// `reserve_bytes` to spare.
    ///
    /// # Errors
    /// What the host says.
    pub fn open(directory: &Path, max_bytes: u64, reserve_bytes: u64) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(DIRECTORY_MODE)
            .create(directory)?;
        let shelf = Shelf {
            directory: directory.to_owned(),
            max_bytes,
            reserve_bytes,
            contents: Mutex::default(),
        };
        shelf.look()?;
        shelf.make_room(0);
        Ok(Self {
            shelf: Arc::new(shelf),
            places: Semaphore::new(DOWNLOADS_AT_ONCE),
        })
    }

    /// Bytes that one download may have, and all that one session offers.
    pub fn share_bytes(&self) -> u64 {
        self.shelf.max_bytes / DOWNLOADS_SHARE
    }

    /// What has this digest, to read.
    ///
    /// # Errors
    /// `ENOENT`: it is not kept.
    pub async fn find(&self, digest: Digest) -> Result<Arc<dyn File>, Errno> {
        let shelf = Arc::clone(&self.shelf);
        if !shelf.contents().entries.contains_key(&digest) {
            return Err(Errno::NoEntry);
        }
        let kept = self.work(move || shelf.find(digest)).await?;
        Ok(Arc::new(kept))
    }

    /// Keeps the contents of a file.
    ///
    /// # Errors
    /// `EFBIG`, `ENOSPC`: there is no room for it; `EINVAL`: it is no regular file, or changed meanwhile; or what the
    /// host says.
    pub async fn keep(&self, file: Arc<dyn File>) -> Result<(), Errno> {
        let bytes = file.stat()?.size;
        if file.kind() != FileKind::Regular || !file.readable() || bytes == 0 {
            return Err(Errno::Invalid);
        }
        if bytes > self.share_bytes() {
            return Err(Errno::FileTooBig);
        }
        let shelf = Arc::clone(&self.shelf);
        self.work(move || shelf.keep(&*file, bytes)).await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Errno> + Send + 'static,
    ) -> Result<T, Errno> {
        let _place = self.places.acquire().await.map_err(|_| Errno::Io)?;
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or(Err(Errno::Io))
    }
}

impl Shelf {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.directory.join(name)
    }

    /// Reads the directory: what is there, the least recently used first.
    fn look(&self) -> io::Result<()> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().unwrap_or_default();
            if name.starts_with(UNFINISHED) {
                fs::remove_file(entry.path())?;
            } else if let Some(digest) = parse(name) {
                let metadata = entry.metadata()?;
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                found.push((used, digest, metadata.len()));
            }
        }
        found.sort();
        let mut contents = self.contents();
        for (_, digest, bytes) in found {
            contents.put(digest, bytes);
        }
        Ok(())
    }

    fn find(&self, digest: Digest) -> Result<Kept, Errno> {
        let path = self.path(&digest);
        let check = || {
            let mut file = HostFile::open(&path).map_err(|error| errno(&error))?;
            let mut hasher = Sha256::new();
            let bytes = pieces(
                |buffer, _| file.read(buffer).map_err(|error| errno(&error)),
                |piece| {
                    hasher.update(piece);
                    Ok(())
                },
            )?;
            Ok((file, bytes, hasher.finalize()))
        };
        let checked: Result<_, Errno> = check();
        match checked {
            Ok((file, bytes, found)) if found[..] == digest => {
                // The time is for the order after a restart.
                let _ = file.set_modified(SystemTime::now());
                let mut contents = self.contents();
                let used = contents.tick();
                if let Some(entry) = contents.entries.get_mut(&digest) {
                    entry.used = used;
                }
                Ok(Kept::new(file, bytes))
            }
            spoiled => {
                tracing::warn!(path = %path.display(), error = ?spoiled.err(), "a download was spoiled; let go");
                self.let_go(&digest);
                Err(Errno::NoEntry)
            }
        }
    }

    fn keep(&self, file: &dyn File, bytes: u64) -> Result<(), Errno> {
        let disk = rustix::fs::statvfs(&self.directory).map_err(Errno::from)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free.saturating_sub(bytes) < self.reserve_bytes {
            return Err(Errno::NoSpace);
        }
        self.make_room(bytes);
        let number = self.contents().tick();
        let unfinished = self.directory.join(format!("{UNFINISHED}{number}"));
        let kept = self.write(file, bytes, &unfinished);
        if kept.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        kept
    }

    fn write(&self, file: &dyn File, bytes: u64, unfinished: &Path) -> Result<(), Errno> {
        let mut hasher = Sha256::new();
        let mut out = HostFile::create_new(unfinished).map_err(|error| errno(&error))?;
        let read = |buffer: &mut [u8], offset| {
            // What is added meanwhile was not offered.
            let rest = usize::try_from(bytes - offset).unwrap_or(usize::MAX);
            let length = buffer.len().min(rest);
            file.read_at(&mut buffer[..length], offset)
        };
        let written = pieces(read, |piece| {
            hasher.update(piece);
            out.write_all(piece).map_err(|error| errno(&error))
        })?;
        if written != bytes {
            return Err(Errno::Invalid);
        }
        let digest = hasher.finalize().into();
        let renamed = fs::rename(unfinished, self.path(&digest));
        renamed.map_err(|error| errno(&error))?;
        self.contents().put(digest, bytes);
        // Others may have come in between.
        self.make_room(0);
        Ok(())
    }

    /// Lets go of what was not used for longest until there is room for so many bytes and one more file.
    fn make_room(&self, bytes: u64) {
        loop {
            let oldest = {
                let contents = self.contents();
                let fits = contents.bytes.saturating_add(bytes) <= self.max_bytes
                    && contents.entries.len() < DOWNLOADS_MAX;
                if fits { None } else { contents.least_recent() }
            };
            let Some(oldest) = oldest else { return };
            self.let_go(&oldest);
        }
    }

    fn let_go(&self, digest: &Digest) {
        // Whoever has it open keeps it.
        let _ = fs::remove_file(self.path(digest));
        self.contents().take(digest);
    }
}

/// Hands everything that `read` answers, by offset, to `take`, and tells how much it was.
fn pieces(
    mut read: impl FnMut(&mut [u8], u64) -> Result<usize, Errno>,
    mut take: impl FnMut(&[u8]) -> Result<(), Errno>,
) -> Result<u64, Errno> {
    let mut buffer = vec![0; DOWNLOAD_PIECE_BYTES];
    let mut offset = 0;
    loop {
        let count = read(&mut buffer, offset)?;
        if count == 0 {
            return Ok(offset);
        }
        take(&buffer[..count])?;
        offset += count as u64;
    }
}

fn parse(name: &str) -> Option<Digest> {
    let mut digest = [0; 32];
    if name.len() != 2 * digest.len() || !name.is_ascii() {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&name[at..at + 2], 16).ok()?;
    }
    Some(digest)
}
