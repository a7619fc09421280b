//! Tar, in GNU's form: names and sizes of any length.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use ::tar::{Builder, EntryType, Header};

use super::Writer;
use super::pipe::Pipe;
use crate::files::FileInfo;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

pub struct Tar {
    builder: Builder<Pipe>,
}

impl Tar {
    pub fn new(pipe: Pipe) -> Self {
        Self {
            builder: Builder::new(pipe),
        }
    }
}

fn header(kind: EntryType, info: &FileInfo, size_bytes: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(info.mode);
    header.set_mtime(info.modified_ns / NANOS_PER_SECOND);
    header.set_size(size_bytes);
    header
}

fn path(name: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(name))
}

impl Writer for Tar {
    fn directory(&mut self, name: &[u8], info: &FileInfo) -> io::Result<()> {
        let name = [name, b"/"].concat();
        self.builder.append_data(
            &mut header(EntryType::Directory, info, 0),
            path(&name),
            io::empty(),
        )
    }

    fn link(&mut self, name: &[u8], info: &FileInfo, target: &[u8]) -> io::Result<()> {
        self.builder.append_link(
            &mut header(EntryType::Symlink, info, 0),
            path(name),
            path(target),
        )
    }

    fn file(
        &mut self,
        name: &[u8],
        info: &FileInfo,
        contents: &mut dyn io::Read,
    ) -> io::Result<()> {
        self.builder.append_data(
            &mut header(EntryType::Regular, info, info.size_bytes),
            path(name),
            contents,
        )
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.builder.into_inner()?.finish()
    }
}
