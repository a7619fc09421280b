//! `wasi:filesystem`: all of it over the kernel's files.

use std::sync::Arc;

use berth_kernel::descriptor::PREOPEN;
use berth_kernel::file::{File, FileKind, Flags, SetTime, Stat};
use berth_kernel::vfs::OpenHow;
use berth_kernel::{Errno, Result as KernelResult};
use types::{
    Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry,
    DirectoryEntryStream, ErrorCode, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p2::{FsError, FsResult};
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

use super::directory::Listing;
use super::error::{code, refusal};
use super::path::Place;
use super::stream::{FileInput, FileOutput, Position};
use crate::guest::Guest;
use crate::limits;

type Fd = Resource<Descriptor>;

/// The interface's word for a kind of file. The kernel has no number for FIFOs.
pub fn descriptor_type(kind: FileKind) -> DescriptorType {
    match kind {
        FileKind::Unknown => DescriptorType::Fifo,
        FileKind::BlockDevice => DescriptorType::BlockDevice,
        FileKind::CharacterDevice => DescriptorType::CharacterDevice,
        FileKind::Directory => DescriptorType::Directory,
        FileKind::Regular => DescriptorType::RegularFile,
        FileKind::SocketDatagram | FileKind::SocketStream => DescriptorType::Socket,
        FileKind::SymbolicLink => DescriptorType::SymbolicLink,
    }
}

const NANOSECONDS: u64 = 1_000_000_000;

fn datetime(ns: u64) -> Option<Datetime> {
    Some(Datetime {
        seconds: ns / NANOSECONDS,
        nanoseconds: (ns % NANOSECONDS) as u32,
    })
}

fn set_time(time: NewTimestamp) -> KernelResult<SetTime> {
    Ok(match time {
        NewTimestamp::NoChange => SetTime::Keep,
        NewTimestamp::Now => SetTime::Now,
        NewTimestamp::Timestamp(time) => SetTime::To(
            time.seconds
                .checked_mul(NANOSECONDS)
                .and_then(|ns| ns.checked_add(time.nanoseconds.into()))
                .ok_or(Errno::Overflow)?,
        ),
    })
}

fn descriptor_stat(stat: &Stat) -> DescriptorStat {
    DescriptorStat {
        type_: descriptor_type(stat.kind),
        link_count: stat.links,
        size: stat.size,
        data_access_timestamp: datetime(stat.accessed_ns),
        data_modification_timestamp: datetime(stat.modified_ns),
        status_change_timestamp: datetime(stat.changed_ns),
    }
}

/// What a C library makes its `st_dev` and `st_ino` of. Some take `lower` alone for the number, so
/// the device is mixed into it: files of two mounts must not look like one.
fn identity(stat: &Stat) -> MetadataHashValue {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    MetadataHashValue {
        lower: stat.inode ^ stat.device.wrapping_mul(SPREAD),
        upper: stat.device,
    }
}

fn follow(flags: PathFlags) -> bool {
    flags.contains(PathFlags::SYMLINK_FOLLOW)
}

impl Guest {
    fn refuse(&self) -> impl FnOnce(Errno) -> FsError + use<> {
        let process = Arc::clone(&self.process);
        move |errno| refusal(&process, errno)
    }

    fn opened(&self, fd: &Fd) -> FsResult<Arc<dyn File>> {
        self.process.file(fd.rep()).map_err(self.refuse())
    }

    fn place(&mut self, fd: &Fd, path: String, creates: bool) -> FsResult<Place> {
        let refuse = self.refuse();
        Place::new(self, fd.rep(), path, creates).map_err(refuse)
    }
}

impl preopens::Host for Guest {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Fd, String)>> {
        let given = std::mem::replace(&mut self.preview2().root_given, true);
        let number = if given {
            let root = self.machine.root().map_err(wasmtime::Error::new)?;
            let inserted = self.process.descriptors().insert(root);
            inserted.map_err(wasmtime::Error::new)?
        } else {
            PREOPEN
        };
        Ok(vec![(Resource::new_own(number), "/".to_owned())])
    }
}

impl types::Host for Guest {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        let error = self.table().get(&error)?;
        Ok(error.downcast_ref::<Errno>().map(|errno| code(*errno)))
    }
}

impl types::HostDescriptor for Guest {
    fn read_via_stream(&mut self, fd: Fd, offset: u64) -> FsResult<Resource<DynInputStream>> {
        let file = self.opened(&fd)?;
        if !file.readable() {
            return Err(ErrorCode::BadDescriptor.into());
        }
        if file.kind() == FileKind::Directory {
            return Err(ErrorCode::IsDirectory.into());
        }
        let stream: DynInputStream = Box::new(FileInput::new(self, file, Position::At(offset)));
        Ok(self.table().push(stream)?)
    }

    fn write_via_stream(&mut self, fd: Fd, offset: u64) -> FsResult<Resource<DynOutputStream>> {
        let file = self.opened(&fd)?;
        if !file.writable() {
            return Err(ErrorCode::BadDescriptor.into());
        }
        let stream: DynOutputStream = Box::new(FileOutput::new(self, file, Position::At(offset)));
        Ok(self.table().push(stream)?)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        let file = self.opened(&fd)?;
        if !file.writable() {
            return Err(ErrorCode::BadDescriptor.into());
        }
        let flags = Flags(file.flags().0 | Flags::APPEND.0);
        file.set_flags(flags).map_err(self.refuse())?;
        let stream: DynOutputStream = Box::new(FileOutput::new(self, file, Position::Shared));
        Ok(self.table().push(stream)?)
    }

    async fn advise(&mut self, fd: Fd, _from: u64, _length: u64, _what: Advice) -> FsResult<()> {
        self.opened(&fd)?;
        // Advice is taken note of; the host's own read-ahead does well without it. The process door
        // learns by it which descriptor a C library's number stands for.
        self.preview2().advised = Some(fd.rep());
        Ok(())
    }

    async fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        self.opened(&fd)?.sync(true).map_err(self.refuse())
    }

    async fn sync(&mut self, fd: Fd) -> FsResult<()> {
        self.opened(&fd)?.sync(false).map_err(self.refuse())
    }

    async fn get_flags(&mut self, fd: Fd) -> FsResult<DescriptorFlags> {
        let file = self.opened(&fd)?;
        let set = file.flags();
        let directory = file.kind() == FileKind::Directory;
        let all = [
            (DescriptorFlags::READ, file.readable()),
            (DescriptorFlags::WRITE, file.writable()),
            (DescriptorFlags::MUTATE_DIRECTORY, directory),
            (DescriptorFlags::FILE_INTEGRITY_SYNC, set.has(Flags::SYNC)),
            (DescriptorFlags::DATA_INTEGRITY_SYNC, set.has(Flags::DSYNC)),
            (DescriptorFlags::REQUESTED_WRITE_SYNC, set.has(Flags::RSYNC)),
        ];
        let has = all.into_iter().filter(|(_, has)| *has);
        Ok(has.fold(DescriptorFlags::empty(), |flags, (flag, _)| flags | flag))
    }

    async fn get_type(&mut self, fd: Fd) -> FsResult<DescriptorType> {
        Ok(descriptor_type(self.opened(&fd)?.kind()))
    }

    async fn set_size(&mut self, fd: Fd, size: u64) -> FsResult<()> {
        self.opened(&fd)?.set_size(size).map_err(self.refuse())
    }

    async fn set_times(
        &mut self,
        fd: Fd,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        let file = self.opened(&fd)?;
        let set = || file.set_times(set_time(accessed)?, set_time(modified)?);
        set().map_err(self.refuse())
    }

    async fn read(&mut self, fd: Fd, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        let file = self.opened(&fd)?;
        if !file.readable() {
            return Err(ErrorCode::BadDescriptor.into());
        }
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        let mut buffer = vec![0; size.min(limits::STREAM_READ_BYTES)];
        let got = file.read_at(&mut buffer, offset).map_err(self.refuse())?;
        buffer.truncate(got);
        Ok((buffer, got == 0 && length > 0))
    }

    async fn write(&mut self, fd: Fd, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        let file = self.opened(&fd)?;
        if !file.writable() {
            return Err(ErrorCode::BadDescriptor.into());
        }
        let put = file.write_at(&bytes, offset).map_err(self.refuse())?;
        Ok(put as u64)
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<DirectoryEntryStream>> {
        let file = self.opened(&fd)?;
        if file.as_directory().is_none() {
            return Err(ErrorCode::NotDirectory.into());
        }
        let listing = self.table().push(Listing::new(file))?;
        Ok(Resource::new_own(listing.rep()))
    }

    async fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let place = self.place(&fd, path, true)?;
        let mode = 0o777 & !place.process.umask();
        place
            .namespace
            .create_directory(place.asking(), place.base(), &place.path, mode)
            .map_err(self.refuse())
    }

    async fn stat(&mut self, fd: Fd) -> FsResult<DescriptorStat> {
        let stat = self.opened(&fd)?.stat().map_err(self.refuse())?;
        Ok(descriptor_stat(&stat))
    }

    async fn stat_at(
        &mut self,
        fd: Fd,
        flags: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        let place = self.place(&fd, path, false)?;
        let stat = place
            .namespace
            .stat(place.asking(), place.base(), &place.path, follow(flags))
            .map_err(self.refuse())?;
        Ok(descriptor_stat(&stat))
    }

    async fn set_times_at(
        &mut self,
        fd: Fd,
        flags: PathFlags,
        path: String,
        accessed: NewTimestamp,
        modified: NewTimestamp,
    ) -> FsResult<()> {
        let place = self.place(&fd, path, false)?;
        let set = || {
            place.namespace.set_times(
                place.asking(),
                place.base(),
                &place.path,
                follow(flags),
                set_time(accessed)?,
                set_time(modified)?,
            )
        };
        set().map_err(self.refuse())
    }

    async fn link_at(
        &mut self,
        fd: Fd,
        flags: PathFlags,
        path: String,
        to: Fd,
        to_path: String,
    ) -> FsResult<()> {
        let from = self.place(&fd, path, false)?;
        let to = self.place(&to, to_path, true)?;
        from.namespace
            .link(
                from.asking(),
                from.base(),
                &from.path,
                follow(flags),
                to.base(),
                &to.path,
            )
            .map_err(self.refuse())
    }

    async fn open_at(
        &mut self,
        fd: Fd,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        wanted: DescriptorFlags,
    ) -> FsResult<Fd> {
        let create = open.contains(OpenFlags::CREATE);
        let directory = open.contains(OpenFlags::DIRECTORY);
        let place = self.place(&fd, path, create)?;
        let mut flags = Flags::default();
        for (asked, flag) in [
            (DescriptorFlags::FILE_INTEGRITY_SYNC, Flags::SYNC),
            (DescriptorFlags::DATA_INTEGRITY_SYNC, Flags::DSYNC),
            (DescriptorFlags::REQUESTED_WRITE_SYNC, Flags::RSYNC),
        ] {
            if wanted.contains(asked) {
                flags.0 |= flag.0;
            }
        }
        let how = OpenHow {
            read: wanted.contains(DescriptorFlags::READ),
            // A directory is never written to, only what is in it.
            write: !directory && wanted.contains(DescriptorFlags::WRITE),
            create,
            exclusive: open.contains(OpenFlags::EXCLUSIVE),
            truncate: open.contains(OpenFlags::TRUNCATE),
            directory,
            flags,
            follow: follow(path_flags),
            mode: 0o666 & !place.process.umask(),
        };
        let opened = place
            .namespace
            .open(place.asking(), place.base(), &place.path, &how)
            .map_err(self.refuse())?;
        if let Some(opening) = opened.opening() {
            let (process, resting) = self.waiter();
            let waited = super::wait(&process, &resting, opening).await;
            waited.map_err(self.refuse())?;
        }
        let inserted = place.process.descriptors().insert(opened);
        Ok(Resource::new_own(inserted.map_err(self.refuse())?))
    }

    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        let place = self.place(&fd, path, false)?;
        let target = place
            .namespace
            .read_link(place.asking(), place.base(), &place.path)
            .map_err(self.refuse())?;
        String::from_utf8(target).map_err(|_| ErrorCode::IllegalByteSequence.into())
    }

    async fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let place = self.place(&fd, path, false)?;
        place
            .namespace
            .remove_directory(place.asking(), place.base(), &place.path)
            .map_err(self.refuse())
    }

    async fn rename_at(&mut self, fd: Fd, path: String, to: Fd, to_path: String) -> FsResult<()> {
        let from = self.place(&fd, path, false)?;
        let to = self.place(&to, to_path, true)?;
        from.namespace
            .rename(from.asking(), from.base(), &from.path, to.base(), &to.path)
            .map_err(self.refuse())
    }

    async fn symlink_at(&mut self, fd: Fd, target: String, path: String) -> FsResult<()> {
        let place = self.place(&fd, path, true)?;
        place
            .namespace
            .symlink(place.asking(), target.as_bytes(), place.base(), &place.path)
            .map_err(self.refuse())
    }

    async fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        let place = self.place(&fd, path, false)?;
        place
            .namespace
            .unlink(place.asking(), place.base(), &place.path)
            .map_err(self.refuse())
    }

    async fn is_same_object(&mut self, fd: Fd, other: Fd) -> wasmtime::Result<bool> {
        let stat = |fd: &Fd| self.process.file(fd.rep()).and_then(|file| file.stat());
        Ok(match (stat(&fd), stat(&other)) {
            (Ok(one), Ok(two)) => (one.device, one.inode) == (two.device, two.inode),
            _ => false,
        })
    }

    async fn metadata_hash(&mut self, fd: Fd) -> FsResult<MetadataHashValue> {
        let stat = self.opened(&fd)?.stat().map_err(self.refuse())?;
        Ok(identity(&stat))
    }

    async fn metadata_hash_at(
        &mut self,
        fd: Fd,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        let place = self.place(&fd, path, false)?;
        let stat = place
            .namespace
            .stat(place.asking(), place.base(), &place.path, follow(flags))
            .map_err(self.refuse())?;
        Ok(identity(&stat))
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        // Closed already by the process door, perhaps.
        let removed = self.process.descriptors().remove(fd.rep());
        drop(removed);
        Ok(())
    }
}

impl types::HostDirectoryEntryStream for Guest {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        let refuse = self.refuse();
        let listing = Resource::<Listing>::new_borrow(stream.rep());
        self.table().get_mut(&listing)?.next().map_err(refuse)
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        let listing = Resource::<Listing>::new_own(stream.rep());
        drop(self.table().delete(listing)?);
        Ok(())
    }
}
