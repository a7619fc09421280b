//! The engine's settings. One function for the server and for whoever compiles ahead of time:
//! a compiled program only loads into an engine with the same settings.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits;

/// Makes the engine all guests run in.
pub fn engine() -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    // A count and no reservation: what a core instance is made of lies on the heap.
    pool.total_core_instances(limits::PROCESSES_TOTAL * limits::INSTANCES_PER_PROCESS_MAX)
        .total_component_instances(limits::PROCESSES_TOTAL)
        .total_memories(limits::PROCESSES_TOTAL)
        .total_tables(limits::PROCESSES_TOTAL * 2)
        .total_stacks(limits::PROCESSES_TOTAL)
        .max_memories_per_module(1)
        .max_core_instances_per_component(limits::INSTANCES_PER_PROCESS_MAX)
        .max_memories_per_component(limits::MEMORIES_PER_PROCESS_MAX)
        .max_tables_per_component(limits::TABLES_PER_PROCESS_MAX)
        .max_component_instance_size(limits::INSTANCE_BYTES_MAX)
        .max_tables_per_module(8)
        .max_core_instance_size(limits::INSTANCE_BYTES_MAX)
        .table_elements(limits::TABLE_ELEMENTS_MAX)
        .max_memory_size(limits::MEMORY_PER_PROCESS_BYTES)
        .max_unused_warm_slots(limits::WARM_SLOTS)
        .linear_memory_keep_resident(limits::MEMORY_KEPT_BYTES)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        // 4 GiB of address space a memory, so that no access needs a bounds check.
        .memory_reservation(4 << 30)
        .memory_init_cow(true)
        .max_wasm_stack(limits::STACK_WASM_BYTES)
        .async_stack_size(limits::STACK_FIBER_BYTES)
        // Nobody reads a guest's wasm frames, and collecting them is most of what an exit costs.
        .wasm_backtrace_max_frames(None)
        .parallel_compilation(true)
        .wasm_component_model(true)
        .wasm_memory64(false);
    Engine::new(&config)
}
