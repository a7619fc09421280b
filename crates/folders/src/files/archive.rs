//! Several files as one stream: zip or tar, made while it is read.
//!
//! Links are stored as links, never followed; what is neither file, directory nor link is left out. A file that grows
//! meanwhile is stored as long as it was; one that shrinks, or anything else that goes wrong, breaks the stream off,
//! so that nobody takes a part for the whole.

mod pipe;
mod tar;
mod walk;
mod zip;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use berth_kernel::file::FileKind;
use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::{Semaphore, mpsc};

use self::pipe::Pipe;
use self::walk::Source;
use super::{FileError, FilePath, FileResult, Files, Inner};

/// Paths that one archive may be asked for.
pub const ARCHIVE_PATHS_MAX: usize = 1000;
/// Entries of one zip file, whose table of contents is kept until its end. A tar has no limit.
pub const ZIP_ENTRIES_MAX: usize = 100_000;
/// Archives made at the same time, over all folders; each takes a thread. More wait their turn.
const ARCHIVES_AT_ONCE_MAX: usize = 16;
/// Chunks that wait for a reader.
const CHUNKS_WAITING_MAX: usize = 4;

static ARCHIVES: Semaphore = Semaphore::const_new(ARCHIVES_AT_ONCE_MAX);

/// How an archive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveFormat {
    /// Zip with UTF-8 names; bytes of a name that are no UTF-8 are written as `%XX`. Times are UTC.
    Zip,
    /// Tar in GNU's form, names as the disk has them.
    Tar,
}

/// An archive's bytes.
#[derive(Debug)]
pub struct Archive {
    chunks: mpsc::Receiver<FileResult<Bytes>>,
}

impl Files {
    /// What the directory at `path` (links followed) holds, named from there.
    ///
    /// # Errors
    /// [`FileError::NotFound`], [`FileError::NotDirectory`], [`FileError::TooManyEntries`] and their like.
    pub async fn archive_directory(
        &self,
        path: &FilePath,
        format: ArchiveFormat,
    ) -> FileResult<Archive> {
        let path = path.clone();
        let source = self
            .run(move |inner| {
                inner.directory(&path)?;
                Ok(Source {
                    prefix_names: path.names().count(),
                    roots: vec![path],
                })
            })
            .await?;
        self.start(source, format).await
    }

    /// What is at `paths`, and all in it, named from the nearest directory that all of them lie in.
    ///
    /// # Errors
    /// [`FileError::TooManyPaths`], [`FileError::TooManyEntries`], [`FileError::NotFound`] and their like.
    pub async fn archive(
        &self,
        paths: Vec<FilePath>,
        format: ArchiveFormat,
    ) -> FileResult<Archive> {
        if paths.is_empty() || paths.len() > ARCHIVE_PATHS_MAX {
            return Err(FileError::TooManyPaths {
                max: ARCHIVE_PATHS_MAX,
            });
        }
        let source = self
            .run(move |inner| {
                for path in &paths {
                    if !matches!(
                        inner.stat(path, false)?.kind,
                        FileKind::Regular | FileKind::Directory | FileKind::SymbolicLink
                    ) {
                        return Err(FileError::NotRegular(path.to_string()));
                    }
                }
                Ok(Source::of(paths))
            })
            .await?;
        self.start(source, format).await
    }

    async fn start(&self, source: Source, format: ArchiveFormat) -> FileResult<Archive> {
        let source = match format {
            ArchiveFormat::Zip => {
                self.run(move |inner| few_enough(inner, source, ZIP_ENTRIES_MAX))
                    .await?
            }
            ArchiveFormat::Tar => source,
        };
        let inner = Arc::clone(&self.inner);
        // Never closed.
        let turn = ARCHIVES.acquire().await;
        let (sender, chunks) = mpsc::channel(CHUNKS_WAITING_MAX);
        let pipe = Pipe::new(sender.clone());
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            if let Err(error) = write(&inner, &source, format, pipe) {
                tracing::info!(%error, "an archive was broken off");
                // Nobody may be left to hear it.
                let _ = sender.try_send(Err(FileError::ChangedWhileRead));
            }
        });
        Ok(Archive { chunks })
    }
}

/// Refuses what a zip file cannot hold while it can still be said.
fn few_enough(inner: &Inner, source: Source, max: usize) -> FileResult<Source> {
    match walk::count(inner, &source, max + 1) {
        Ok(entries) if entries > max => Err(FileError::TooManyEntries { max }),
        // What goes wrong goes wrong again when it is written.
        _ => Ok(source),
    }
}

/// What an archive is written with.
trait Writer {
    fn directory(&mut self, name: &[u8], entry: &super::FileInfo) -> io::Result<()>;
    fn link(&mut self, name: &[u8], entry: &super::FileInfo, target: &[u8]) -> io::Result<()>;
    /// `contents` is exactly as long as `entry` says.
    fn file(
        &mut self,
        name: &[u8],
        entry: &super::FileInfo,
        contents: &mut dyn io::Read,
    ) -> io::Result<()>;
    fn finish(self: Box<Self>) -> io::Result<()>;
}

fn write(inner: &Inner, source: &Source, format: ArchiveFormat, pipe: Pipe) -> io::Result<()> {
    let mut writer: Box<dyn Writer> = match format {
        ArchiveFormat::Zip => Box::new(zip::Zip::new(pipe)),
        ArchiveFormat::Tar => Box::new(tar::Tar::new(pipe)),
    };
    walk::write(inner, source, &mut *writer)?;
    writer.finish()
}

impl Stream for Archive {
    type Item = FileResult<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::open::namespace;

    #[test]
    fn a_zip_file_with_more_entries_than_it_may_have_is_refused_before_it_begins() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c/d", "c/e"] {
            std::fs::create_dir_all(directory.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink("..", directory.path().join("c/up")).unwrap();
        let root = std::fs::File::open(directory.path()).unwrap().into();
        let files = Files::of(namespace(Arc::new(root), None).unwrap(), true);
        let everything = || Source::of(vec![FilePath::root()]);
        let few = |most| few_enough(&files.inner, everything(), most).map(drop);
        // a, b, c, c/d, c/e, c/up, and the top itself.
        assert_eq!(few(7), Ok(()));
        assert_eq!(few(6), Err(FileError::TooManyEntries { max: 6 }));
    }
}
