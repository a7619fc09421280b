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
/// Core instances of one process: a component has one for each module and library in it.
pub const INSTANCES_PER_PROCESS_MAX: u32 = 64;
/// Linear memories of one process.
pub const MEMORIES_PER_PROCESS_MAX: u32 = 4;
/// Tables of one process.
pub const TABLES_PER_PROCESS_MAX: u32 = 16;
/// Host structures of one instance.
pub const INSTANCE_BYTES_MAX: usize = 16 << 20;
/// Wasm stack of a process; a deeper recursion traps. Programs measure their depth by the C library's stack, which holds
/// a small part of a frame: where CPython 3.14 has used up the 1 MiB it allows itself there, at 16 bytes a level, it has
/// used up to 60 MiB here (a chain of 70,000 closures that is freed, `json.loads('{"a":' * 70000)`). What takes nothing
/// there never ends in its own error, and still traps: a traceback of 300,000 frames that is freed. Only what is touched
/// takes memory.
pub const STACK_WASM_BYTES: usize = 64 << 20;
/// Stack of a process' fiber: wasm's and the host calls' on top of it.
pub const STACK_FIBER_BYTES: usize = STACK_WASM_BYTES + (1 << 20);
/// Stack of a process that counts as its own overhead, in bytes; what it uses beyond is charged as memory.
pub const STACK_FREE_BYTES: u64 = 1 << 20;
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
/// Streams, pollables, listings and sockets of one component.
pub const RESOURCES_MAX: usize = 8192;
/// TLS connections of one process.
pub const TLS_CONNECTIONS_MAX: usize = 256;
/// Handles of one component, its descriptors among them.
pub const HANDLES_MAX: usize = 16_384;
/// Bytes that one call of a component hands to the host: a write is at most
/// [`STREAM_WRITE_BYTES`], arguments and environment of a spawn at most
/// [`berth_kernel::limits::ARGUMENTS_MAX_BYTES`].
pub const HOSTCALL_BYTES_MAX: usize = 8 << 20;
/// Random bytes that one call answers.
pub const RANDOM_BYTES_MAX: u64 = 1 << 20;
/// Bytes that one read of a stream answers.
pub const STREAM_READ_BYTES: usize = 256 << 10;
/// Bytes that one write to a regular file's stream takes.
pub const STREAM_WRITE_BYTES: usize = 1 << 20;
/// How long a program may take to load before its terminal is told that it is being compiled.
pub const COMPILATION_SILENCE: Duration = Duration::from_secs(1);
