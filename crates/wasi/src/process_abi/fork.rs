//! Fork: a second instance of the caller's module that starts where a closure begins.
//!
//! The child gets a copy of the linear memory and of the mutable globals, which together are all the
//! state of a module that qualifies ([`crate::program::ForkExports`]), and a copy of the descriptor table; then the kernel
//! calls `berth_fork_entry(entry, argument)` in it. The caller is suspended in the import meanwhile,
//! so nobody writes to the memory that is read.
//!
//! Only pages that the parent has written are copied. A pool slot is a private mapping of the
//! module's image, and a fresh instance of the same module starts as that same image, so a page
//! that is still backed by the file is equal in both: `/proc/self/pagemap` tells (`proc(5)`; bit 63
//! present, 62 swapped, 61 file-backed). Where it cannot be read, pages are compared.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use berth_kernel::machine::NewProcess;
use berth_kernel::{Errno, Result};
use wasmtime::{Extern, Memory, Store, TypedFunc};

use super::process::{foreground, group};
use crate::guest::Guest;
use crate::limits;
use crate::memory::{GuestCaller, view};
use crate::program::{ForkExports, Program, Start};
use crate::run::{self, Born};

/// Makes the child and writes its pid at `out`. `ENOTSUP` for a module that does not qualify,
/// `EAGAIN` at the limit of processes, `ENOMEM` at that of memory.
pub async fn fork(
    caller: &mut GuestCaller<'_>,
    entry: u32,
    argument: u32,
    group_raw: i32,
    flags: u32,
    out: u32,
) -> Result<()> {
    let (foreground, group) = (foreground(flags)?, group(group_raw)?);
    view(caller)?.0.bytes(out, 4)?;
    let guest = caller.data();
    let (shared, machine, parent, program) = (
        Arc::clone(&guest.shared),
        Arc::clone(&guest.machine),
        Arc::clone(&guest.process),
        Arc::clone(&guest.program),
    );
    let exports = program.fork.as_ref().ok_or(Errno::NotSupported)?;
    let slot = Arc::clone(&shared.slots)
        .try_acquire_owned()
        .map_err(|_| Errno::Again)?;
    let descriptors = parent.descriptors().clone();
    let process = machine.start(
        Some(&parent),
        NewProcess {
            image: parent.image(),
            cwd: parent.cwd(),
            descriptors,
            group,
            lead_tty: None,
            foreground,
            keep_caught: true,
        },
    )?;
    let born = Born::new(process, machine, slot);
    let mut store = run::store(&shared, &program, &born);
    match prepare(caller, &mut store, &program, exports).await {
        Ok(function) => {
            let pid = born.process().pid();
            run::continue_fork(&shared, store, function, (entry, argument), born);
            view(caller)?.0.write_u32(out, pid)
        }
        Err(errno) => {
            drop(store);
            born.abandon();
            Err(errno)
        }
    }
}

/// Makes the child's instance equal to the parent's.
async fn prepare(
    caller: &mut GuestCaller<'_>,
    store: &mut Store<Guest>,
    program: &Program,
    exports: &ForkExports,
) -> Result<TypedFunc<(u32, u32), ()>> {
    let Start::Module(module) = &program.start else {
        return Err(Errno::NotSupported);
    };
    let instance = module
        .instantiate_async(&mut *store)
        .await
        .map_err(|error| {
            tracing::debug!(%error, "a fork was refused");
            Errno::NoMemory
        })?;
    run::adopt(store, &instance);
    let (Some(from), Some(to)) = (caller.data().memory, store.data().memory) else {
        return Err(Errno::NotSupported);
    };
    let missing = from.size(&mut *caller).saturating_sub(to.size(&mut *store));
    if missing > 0 {
        to.grow(&mut *store, missing).map_err(|_| Errno::NoMemory)?;
    }
    let pagemap = caller.data().shared.clone();
    copy(caller, from, store, to, pagemap.pagemap.as_ref()).await?;
    for export in &exports.globals {
        let (Some(Extern::Global(from)), Some(Extern::Global(to))) = (
            caller.get_module_export(export),
            instance.get_module_export(&mut *store, export),
        ) else {
            return Err(Errno::NotSupported);
        };
        let value = from.get(&mut *caller);
        to.set(&mut *store, value)
            .map_err(|_| Errno::NotSupported)?;
    }
    match instance.get_module_export(&mut *store, &exports.entry) {
        Some(Extern::Func(entry)) => entry.typed(&mut *store).map_err(|_| Errno::NotSupported),
        _ => Err(Errno::NotSupported),
    }
}

/// Copies what the parent has written, in pieces between which others run.
async fn copy(
    caller: &mut GuestCaller<'_>,
    from: Memory,
    store: &mut Store<Guest>,
    to: Memory,
    pagemap: Option<&File>,
) -> Result<()> {
    let page = rustix::param::page_size();
    let size = from.data_size(&mut *caller);
    let first_page = from.data_ptr(&mut *caller) as usize / page;
    let pages_at_once = limits::TRANSFER_BYTES / page;
    let mut entries = vec![0; pages_at_once * ENTRY_BYTES];
    let mut start = 0;
    while start < size {
        let end = size.min(start + limits::TRANSFER_BYTES);
        let known = pagemap.is_some_and(|pagemap| {
            let at = (first_page + start / page) * ENTRY_BYTES;
            pagemap
                .read_exact_at(
                    &mut entries[..(end - start) / page * ENTRY_BYTES],
                    at as u64,
                )
                .is_ok()
        });
        let (source, target) = (
            &from.data(&*caller)[start..end],
            &mut to.data_mut(&mut *store)[start..end],
        );
        if known {
            copy_runs(source, target, page, |index| written(&entries, index));
        } else {
            let differs = |index: usize| {
                let range = index * page..(index + 1) * page;
                source[range.clone()] != target[range]
            };
            let pages: Vec<bool> = (0..source.len() / page).map(differs).collect();
            copy_runs(source, target, page, |index| pages[index]);
        }
        start = end;
        if start < size {
            let process = Arc::clone(&caller.data().process);
            process.interruptible(tokio::task::yield_now()).await?;
        }
    }
    Ok(())
}

/// Bytes of an entry of the page map.
const ENTRY_BYTES: usize = 8;

/// Whether the page map says that a page was written since the instance began. It may say so of a
/// page that was not; it never misses one.
fn written(entries: &[u8], index: usize) -> bool {
    const PRESENT: u64 = 1 << 63;
    const SWAPPED: u64 = 1 << 62;
    const FILE: u64 = 1 << 61;
    let at = index * ENTRY_BYTES;
    let entry = entries[at..at + ENTRY_BYTES]
        .try_into()
        .map_or(PRESENT, u64::from_le_bytes);
    entry & (PRESENT | SWAPPED) != 0 && entry & FILE == 0
}

/// Copies the pages that `chosen` picks, neighbours in one go.
fn copy_runs(source: &[u8], target: &mut [u8], page: usize, chosen: impl Fn(usize) -> bool) {
    let pages = source.len() / page;
    let mut index = 0;
    while index < pages {
        if !chosen(index) {
            index += 1;
            continue;
        }
        let begin = index;
        while index < pages && chosen(index) {
            index += 1;
        }
        let range = begin * page..index * page;
        target[range.clone()].copy_from_slice(&source[range]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_chosen_pages_are_copied() {
        let source: Vec<u8> = (0..16).collect();
        let mut target = vec![99; 16];
        copy_runs(&source, &mut target, 4, |index| index == 1 || index == 2);
        assert_eq!(
            target,
            [99, 99, 99, 99, 4, 5, 6, 7, 8, 9, 10, 11, 99, 99, 99, 99]
        );
    }

    #[test]
    fn a_page_backed_by_the_image_is_not_written_and_a_swapped_one_is() {
        let entries: Vec<u8> = [0u64, 1 << 63 | 1 << 61, 1 << 63, 1 << 62]
            .iter()
            .flat_map(|e| e.to_le_bytes())
            .collect();
        let seen: Vec<bool> = (0..4).map(|index| written(&entries, index)).collect();
        assert_eq!(seen, [false, false, true, true]);
    }
}
