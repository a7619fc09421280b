//! What a wasm store carries: the process it runs, and what the process may use.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use berth_kernel::machine::Machine;
use berth_kernel::process::{ExitStatus, Process};
use wasmtime::ResourceLimiter;

use crate::connections::Connections;
use crate::limits;
use crate::preview2::{self, notice::Notice};
use crate::program::Program;
use crate::runtime::Shared;
use crate::scheduler::Turn;
use crate::stack::Stack;

/// Data of one store: one process running one program.
pub struct Guest {
    /// The process, shared with the kernel's table.
    pub process: Arc<Process>,
    /// The session it belongs to. Strong: a running guest keeps its machine alive.
    pub machine: Arc<Machine>,
    /// The engine and everything else all guests share.
    pub shared: Arc<Shared>,
    /// The program, needed to fork and to know which habits its C library has.
    pub program: Arc<Program>,
    /// The module's memory, looked up once after instantiation.
    pub memory: Option<wasmtime::Memory>,
    /// Ticks burnt since the guest last waited for anything. Shared with the epoch callback's
    /// future, which cannot borrow the store.
    pub burst: Arc<AtomicU32>,
    /// The turn a burning guest holds, given back when it waits.
    pub turn: TurnSlot,
    /// What the preview2 door keeps; only components have it.
    /// The lock is never taken, only seen through: with it, the store's data can be shared by futures.
    pub preview2: Option<Box<Mutex<preview2::State>>>,
    /// Its TLS connections.
    pub tls: Connections,
    /// How much stack it has used.
    pub stack: Stack,
    /// Where a signal is noted in the guest's memory, if it lent a word for that.
    pub notice: Notice,
}

/// Where a guest's turn lies between ticks.
pub type TurnSlot = Arc<Mutex<Option<Turn>>>;

impl Guest {
    /// Says that the guest waits: it is interactive again, and its turn goes to somebody else.
    pub fn rests(&self) {
        rest(&self.burst, &self.turn);
    }

    /// The same for a future that cannot borrow the store.
    pub fn resting(&self) -> Resting {
        Resting {
            burst: Arc::clone(&self.burst),
            turn: Arc::clone(&self.turn),
        }
    }

    /// Notes a caught signal in the guest's memory, if it lent a word for that.
    pub fn tell_of_signals(&self) {
        self.notice.tell(&self.process);
    }
}

/// See [`Guest::resting`].
pub struct Resting {
    burst: Arc<AtomicU32>,
    turn: TurnSlot,
}

impl Resting {
    /// As [`Guest::rests`].
    pub fn rests(&self) {
        rest(&self.burst, &self.turn);
    }
}

fn rest(burst: &AtomicU32, turn: &TurnSlot) {
    if burst.swap(0, Ordering::Relaxed) != 0 {
        drop(turn.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl ResourceLimiter for Guest {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        Ok(self
            .machine
            .charge_memory(&self.process, desired.saturating_sub(current) as u64))
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired
            <= maximum
                .unwrap_or(usize::MAX)
                .min(limits::TABLE_ELEMENTS_MAX))
    }

    fn instances(&self) -> usize {
        limits::INSTANCES_PER_PROCESS_MAX as usize
    }

    fn memories(&self) -> usize {
        limits::MEMORIES_PER_PROCESS_MAX as usize
    }

    fn tables(&self) -> usize {
        limits::TABLES_PER_PROCESS_MAX as usize
    }
}

/// The guest ended on purpose or by a signal; travels as an error through wasm frames.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the guest ended: {0:?}")]
pub struct Ended(pub ExitStatus);
