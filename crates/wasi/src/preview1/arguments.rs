//! Arguments and environment.

use std::sync::Arc;

use berth_kernel::process::Image;
use berth_kernel::{Errno, Result};

use crate::memory::{GuestCaller, view};

fn image(caller: &GuestCaller<'_>) -> Arc<Image> {
    caller.data().process.image()
}

pub fn args_sizes_get(caller: &mut GuestCaller<'_>, count: u32, size: u32) -> Result<()> {
    let image = image(caller);
    sizes(caller, &image.argv, count, size)
}

pub fn environ_sizes_get(caller: &mut GuestCaller<'_>, count: u32, size: u32) -> Result<()> {
    let image = image(caller);
    sizes(caller, &image.environ, count, size)
}

pub fn args_get(caller: &mut GuestCaller<'_>, argv: u32, buffer: u32) -> Result<()> {
    let image = image(caller);
    strings(caller, &image.argv, argv, buffer)
}

pub fn environ_get(caller: &mut GuestCaller<'_>, environ: u32, buffer: u32) -> Result<()> {
    let image = image(caller);
    strings(caller, &image.environ, environ, buffer)
}

fn sizes(caller: &mut GuestCaller<'_>, strings: &[Vec<u8>], count: u32, size: u32) -> Result<()> {
    let (mut memory, _) = view(caller)?;
    // Both fit: a spawn refuses more than ARGUMENTS_MAX_BYTES.
    memory.write_u32(count, strings.len() as u32)?;
    memory.write_u32(
        size,
        strings.iter().map(|string| string.len() as u32 + 1).sum(),
    )
}

fn strings(
    caller: &mut GuestCaller<'_>,
    strings: &[Vec<u8>],
    mut pointers: u32,
    mut buffer: u32,
) -> Result<()> {
    let (mut memory, _) = view(caller)?;
    for string in strings {
        memory.write_u32(pointers, buffer)?;
        memory.write(buffer, string)?;
        let end = buffer
            .checked_add(string.len() as u32)
            .ok_or(Errno::Fault)?;
        memory.write(end, &[0])?;
        buffer = end.checked_add(1).ok_or(Errno::Fault)?;
        pointers = pointers.checked_add(4).ok_or(Errno::Fault)?;
    }
    Ok(())
}
