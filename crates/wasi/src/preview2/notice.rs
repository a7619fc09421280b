//! `berth:process/notice`: telling a guest that computes of a signal.
//!
//! A component cannot be called into while it runs, and the host has no name for its memory. But an
//! interpreter looks at a word of its own between two of its instructions (CPython: `eval_breaker`).
//! It lends us that word: we set bits in it, from the epoch callback and after every interrupted
//! wait, when a caught signal waits to be taken. Computing costs nothing extra for it.

use std::sync::atomic::{AtomicU32, Ordering};

use berth_kernel::process::Process;
use wasmtime::StoreContextMut;
use wasmtime::component::__internal::{CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext};
use wasmtime::component::{ComponentType, Lift, Linker};

use crate::guest::Guest;

/// Bytes that `peek` answers at most.
const PEEK_MAX_BYTES: u32 = 1 << 20;

/// Words that are watched at most.
const WATCHED_MAX: usize = 4;

/// What a process has lent.
#[derive(Default)]
pub struct Notice {
    memory: Option<Lent>,
    watched: [Option<Watched>; WATCHED_MAX],
}

/// The guest's linear memory: `length` bytes from the host's address `base` on.
///
/// Received in the place of a list of bytes: whatever the list is, lifting it shows the memory that
/// it lies in. The bindings that come with wasmtime show the list alone.
#[derive(Clone, Copy)]
struct Lent {
    base: usize,
    length: usize,
}

impl Lent {
    fn of(context: &LiftContext<'_>) -> Self {
        let memory = context.memory();
        Self {
            base: memory.as_ptr().expose_provenance(),
            length: memory.len(),
        }
    }
}

// SAFETY: the trait asks that the type is received as the ABI it names says: all of it is that of
// `[u8]`, which is wasmtime's own.
#[allow(unsafe_code)]
unsafe impl ComponentType for Lent {
    type Lower = <[u8] as ComponentType>::Lower;

    const ABI: CanonicalAbiInfo = <[u8] as ComponentType>::ABI;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> wasmtime::Result<()> {
        <[u8] as ComponentType>::typecheck(ty, types)
    }
}

// SAFETY: the trait asks that nothing is made of a guest's words that was not checked: none of them
// is looked at, only the memory that wasmtime shows.
#[allow(unsafe_code)]
unsafe impl Lift for Lent {
    fn linear_lift_from_flat(
        context: &mut LiftContext<'_>,
        _ty: InterfaceType,
        _source: &Self::Lower,
    ) -> wasmtime::Result<Self> {
        Ok(Self::of(context))
    }

    fn linear_lift_from_memory(
        context: &mut LiftContext<'_>,
        _ty: InterfaceType,
        _bytes: &[u8],
    ) -> wasmtime::Result<Self> {
        Ok(Self::of(context))
    }
}

#[derive(Clone, Copy)]
struct Watched {
    address: u32,
    bits: u32,
}

impl Lent {
    /// The host's address of `length` bytes at a guest's address, if all of them were lent.
    fn host(self, address: u32, length: usize) -> Option<usize> {
        let end = (address as usize).checked_add(length)?;
        (end <= self.length).then(|| self.base + address as usize)
    }
}

impl Notice {
    /// Sets the bits if a caught signal is pending. Only called while the guest does not run: from
    /// its epoch callback and from host functions that it called.
    pub fn tell(&self, process: &Process) {
        let Some(lent) = self.memory.filter(|_| process.has_pending()) else {
            return;
        };
        for Watched { address, bits } in self.watched.into_iter().flatten() {
            let Some(word) = lent.host(address, size_of::<u32>()) else {
                continue;
            };
            let word = std::ptr::with_exposed_provenance_mut::<u32>(word);
            // SAFETY: the word is within the linear memory of this store's instance: `lend` took place
            // and length from wasmtime, `watch` asked for alignment, and `host` that the word lies
            // below that length. A linear memory never shrinks and, in the instance pool, never moves;
            // it lives as long as the store, whose data we are part of. Nobody reads or writes it
            // meanwhile, since the guest's one thread is in our call.
            #[allow(unsafe_code)]
            unsafe { AtomicU32::from_ptr(word) }.fetch_or(bits, Ordering::Relaxed);
        }
    }
}

/// Puts the interface into `linker`. By hand, since the bindings copy lists and the point of this
/// one is where it lies.
pub fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut notice = linker.instance("berth:process/notice@0.1.0")?;
    notice.func_wrap(
        "lend",
        |mut store: StoreContextMut<'_, Guest>, (lent,): (Lent,)| {
            store.data().process.end_by_second_interrupt();
            let notice = &mut store.data_mut().notice;
            notice.memory = Some(lent);
            notice.watched = [None; WATCHED_MAX];
            Ok(())
        },
    )?;
    notice.func_wrap(
        "peek",
        |store: StoreContextMut<'_, Guest>, (address, length): (u32, u32)| {
            let length = length.min(PEEK_MAX_BYTES) as usize;
            let lent = store.data().notice.memory;
            let Some(from) = lent.and_then(|lent| lent.host(address, length)) else {
                return Ok((Vec::new(),));
            };
            let from = std::ptr::with_exposed_provenance::<u8>(from);
            // SAFETY: as in `tell`: all of it is linear memory of this store, and the guest waits
            // for this call.
            #[allow(unsafe_code)]
            let bytes = unsafe { std::slice::from_raw_parts(from, length) };
            Ok((bytes.to_vec(),))
        },
    )?;
    notice.func_wrap(
        "watch",
        |mut store: StoreContextMut<'_, Guest>, (address, bits): (u32, u32)| {
            let notice = &mut store.data_mut().notice;
            let fits = |lent: Lent| lent.host(address, size_of::<u32>()).is_some();
            let good = address.is_multiple_of(4) && notice.memory.is_some_and(fits);
            let free = notice.watched.iter_mut().find(|place| place.is_none());
            let Some(place) = free.filter(|_| good) else {
                return Ok((false,));
            };
            *place = Some(Watched { address, bits });
            Ok((true,))
        },
    )?;
    Ok(())
}
