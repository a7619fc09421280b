//! A guest's linear memory, seen through checked pointers.
//!
//! Every pointer and length that a guest hands over is checked here; one that points outside is
//! `EFAULT`, never a panic.

use berth_kernel::{Errno, Result};
use wasmtime::{Caller, Extern};

use crate::guest::Guest;

/// What a host function is called with.
pub type GuestCaller<'a> = Caller<'a, Guest>;

/// A guest's memory for the length of one access.
pub struct Memory<'a>(&'a mut [u8]);

/// The memory and the guest's own data, at the same time. `EFAULT` for a module that exports no
/// memory.
pub fn view<'a>(caller: &'a mut GuestCaller<'_>) -> Result<(Memory<'a>, &'a mut Guest)> {
    let memory = match caller.data().memory {
        Some(memory) => memory,
        // Only during the module's own start function, before the run loop has looked it up.
        None => match caller.get_export("memory") {
            Some(Extern::Memory(memory)) => memory,
            _ => return Err(Errno::Fault),
        },
    };
    let (bytes, guest) = memory.data_and_store_mut(caller);
    Ok((Memory(bytes), guest))
}

impl<'a> Memory<'a> {
    /// Bytes that were copied out of a guest's memory, to be taken apart in the same way.
    pub fn of(bytes: &'a mut [u8]) -> Self {
        Self(bytes)
    }

    /// `length` bytes at `pointer`.
    pub fn bytes(&self, pointer: u32, length: u32) -> Result<&[u8]> {
        let start = pointer as usize;
        self.0
            .get(start..start + length as usize)
            .ok_or(Errno::Fault)
    }

    /// `length` bytes at `pointer`, to be written.
    pub fn bytes_mut(&mut self, pointer: u32, length: u32) -> Result<&mut [u8]> {
        let start = pointer as usize;
        self.0
            .get_mut(start..start + length as usize)
            .ok_or(Errno::Fault)
    }

    /// `N` bytes at `pointer`.
    fn array<const N: usize>(&self, pointer: u32) -> Result<[u8; N]> {
        let bytes = self.bytes(pointer, N as u32)?;
        bytes.try_into().map_err(|_| Errno::Fault)
    }

    /// A little-endian `u16`.
    pub fn u16(&self, pointer: u32) -> Result<u16> {
        self.array(pointer).map(u16::from_le_bytes)
    }

    /// A little-endian `u32`.
    pub fn u32(&self, pointer: u32) -> Result<u32> {
        self.array(pointer).map(u32::from_le_bytes)
    }

    /// A little-endian `u64`.
    pub fn u64(&self, pointer: u32) -> Result<u64> {
        self.array(pointer).map(u64::from_le_bytes)
    }

    /// Writes `bytes` at `pointer`.
    pub fn write(&mut self, pointer: u32, bytes: &[u8]) -> Result<()> {
        let length = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        self.bytes_mut(pointer, length)?.copy_from_slice(bytes);
        Ok(())
    }

    /// Writes a little-endian `u32`.
    pub fn write_u32(&mut self, pointer: u32, value: u32) -> Result<()> {
        self.write(pointer, &value.to_le_bytes())
    }

    /// Writes a little-endian `u64`.
    pub fn write_u64(&mut self, pointer: u32, value: u64) -> Result<()> {
        self.write(pointer, &value.to_le_bytes())
    }

    /// The `index`th `(pointer, length)` of an array of `iovec`s or `ciovec`s.
    pub fn iovec(&self, array: u32, index: u32) -> Result<(u32, u32)> {
        let at = index
            .checked_mul(8)
            .and_then(|offset| array.checked_add(offset))
            .ok_or(Errno::Fault)?;
        Ok((
            self.u32(at)?,
            self.u32(at.checked_add(4).ok_or(Errno::Fault)?)?,
        ))
    }

    /// Strings that follow each other, each ended by a NUL.
    pub fn strings(&self, pointer: u32, length: u32) -> Result<Vec<Vec<u8>>> {
        let bytes = self.bytes(pointer, length)?;
        match bytes.split_last() {
            None => Ok(Vec::new()),
            Some((0, strings)) => Ok(strings
                .split(|&byte| byte == 0)
                .map(<[u8]>::to_vec)
                .collect()),
            Some(_) => Err(Errno::Invalid),
        }
    }
}
