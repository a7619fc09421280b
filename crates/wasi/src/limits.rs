//! Limits of the doors, with their units in their names. Those of the kernel are in
//! [`berth_kernel::limits`].

use std::time::Duration;

/// Length of one epoch tick: how long a busy guest runs before it is looked at.
pub const TICK: Duration = Duration::from_millis(2);
/// Ticks in one go after which a guest counts as burning, and waits for its turn with the others.
pub const INTERACTIVE_TICKS: u32 = 3;
/// Processes of all sessions together: slots of the instance pool.
pub const PROCESSES_TOTAL: u32 = 4096;
/// Linear memory of one process at most (the whole of a 32-bit address space).
pub const MEMORY_PER_PROCESS_BYTES: usize = 4 << 30;
/// Linear memory a pool slot keeps after its process ended, so that the next one faults less.
pub const MEMORY_KEPT_BYTES: usize = 1 << 20;
/// Pool slots that stay warm for the next processes.
pub const WARM_SLOTS: u32 = 64;
/// Elements of all tables of one process.
pub const TABLE_ELEMENTS_MAX: usize = 200_000;
/// Host structures of one instance.
pub const INSTANCE_BYTES_MAX: usize = 16 << 20;
/// Wasm stack of a process; a deeper recursion traps. As much as `ulimit -s` gives on Linux: a recursive shell
/// function of a thousand levels needs more than 1 MiB. Only what is touched takes memory.
pub const STACK_WASM_BYTES: usize = 8 << 20;
/// Stack of a process' fiber: wasm's and the host calls' on top of it.
pub const STACK_FIBER_BYTES: usize = STACK_WASM_BYTES + (1 << 20);
/// Largest program file that is loaded.
pub const PROGRAM_MAX_BYTES: u64 = 128 << 20;
/// Programs kept in memory, ready to start.
pub const PROGRAMS_LOADED: usize = 256;
/// Compiled programs kept on disk, in bytes; the least recently made go first.
pub const PROGRAMS_STORED_BYTES: u64 = 4 << 30;
/// Programs compiled at one time: compiling uses every core by itself.
pub const COMPILATIONS_AT_ONCE: usize = 1;
/// `iovec`s in one call (`IOV_MAX`, `limits.h`).
pub const IOVECS_MAX: u32 = 1024;
/// Bytes moved before a long transfer lets others run.
pub const TRANSFER_BYTES: usize = 1 << 20;
/// Subscriptions in one `poll_oneoff`.
pub const SUBSCRIPTIONS_MAX: u32 = 4096;
/// Descriptors named in one spawn.
pub const SPAWN_DESCRIPTORS_MAX: u32 = 256;
/// Bytes of one `fd_readdir` answer.
pub const READDIR_BYTES_MAX: u32 = 1 << 20;
