//! `/dev`: the character devices every program expects.

use std::sync::Arc;

use crate::file::{File, FileKind, Flags, SetTime, Stat, Whence};
use crate::limits::DEVICE_TRANSFER_MAX_BYTES;
use crate::process::Process;
use crate::{Errno, Result};

/// A character device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Device {
    Null,
    Zero,
    Full,
    Random,
    Urandom,
    /// The controlling terminal of whoever opens it.
    Tty,
}

impl Device {
    pub const ALL: [Self; 6] = [
        Self::Full,
        Self::Null,
        Self::Random,
        Self::Tty,
        Self::Urandom,
        Self::Zero,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Zero => "zero",
            Self::Full => "full",
            Self::Random => "random",
            Self::Urandom => "urandom",
            Self::Tty => "tty",
        }
    }

    pub fn named(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|device| device.name().as_bytes() == name)
    }

    /// Opens it. `ENXIO` for `/dev/tty` without a controlling terminal.
    pub fn open(
        self,
        process: Option<&Process>,
        stat: Stat,
        read: bool,
        write: bool,
        flags: Flags,
    ) -> Result<Arc<dyn File>> {
        match self {
            Self::Tty => {
                let tty = process
                    .and_then(Process::controlling_tty)
                    .ok_or(Errno::NoDeviceOrAddress)?;
                let file = tty.file();
                file.set_flags(flags)?;
                Ok(file)
            }
            _ => Ok(Arc::new(DeviceFile {
                device: self,
                stat,
                read,
                write,
                flags,
            })),
        }
    }
}

/// An open device other than a terminal. It can seek, though that means nothing: what cannot seek is
/// a terminal to `isatty(3)` of wasi-libc.
struct DeviceFile {
    device: Device,
    stat: Stat,
    read: bool,
    write: bool,
    flags: Flags,
}

impl File for DeviceFile {
    fn stat(&self) -> Result<Stat> {
        Ok(self.stat)
    }

    fn kind(&self) -> FileKind {
        FileKind::CharacterDevice
    }

    fn readable(&self) -> bool {
        self.read
    }

    fn writable(&self) -> bool {
        self.write
    }

    fn flags(&self) -> Flags {
        self.flags
    }

    fn try_read(&self, _process: Option<&Process>, buffer: &mut [u8]) -> Result<usize> {
        self.read_at(buffer, 0)
    }

    fn try_write(&self, _process: Option<&Process>, bytes: &[u8]) -> Result<usize> {
        self.write_at(bytes, 0)
    }

    fn read_at(&self, buffer: &mut [u8], _offset: u64) -> Result<usize> {
        if !self.read {
            return Err(Errno::BadDescriptor);
        }
        let length = buffer.len().min(DEVICE_TRANSFER_MAX_BYTES);
        let buffer = &mut buffer[..length];
        match self.device {
            Device::Null => return Ok(0),
            Device::Zero | Device::Full | Device::Tty => buffer.fill(0),
            Device::Random | Device::Urandom => {
                let mut done = 0;
                while done < length {
                    done += rustix::rand::getrandom(
                        &mut buffer[done..],
                        rustix::rand::GetRandomFlags::empty(),
                    )?;
                }
            }
        }
        Ok(length)
    }

    fn write_at(&self, bytes: &[u8], _offset: u64) -> Result<usize> {
        if !self.write {
            return Err(Errno::BadDescriptor);
        }
        if self.device == Device::Full && !bytes.is_empty() {
            return Err(Errno::NoSpace);
        }
        Ok(bytes.len())
    }

    fn seek(&self, _offset: i64, _whence: Whence) -> Result<u64> {
        Ok(0)
    }

    fn seekable(&self) -> bool {
        true
    }

    fn set_times(&self, _accessed: SetTime, _modified: SetTime) -> Result<()> {
        Err(Errno::NotPermitted)
    }

    fn describe(&self) -> String {
        format!("/dev/{}", self.device.name())
    }
}
