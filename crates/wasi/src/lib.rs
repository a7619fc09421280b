//! The doors through which WebAssembly guests come in, and the engine that runs them.
//!
//! [`Runtime`] owns wasmtime's engine, the tokio runtime on which guests run (never the one that
//! serves people), the clock that preempts them and the cache of compiled programs. A guest calls
//! down into `berth-kernel` through three doors: `preview1` (what C, Rust, Zig and Go compile to),
//! `preview2` (components, such as Python) and `process_abi` (spawn, fork, wait, signals, terminals; for
//! guests that know it; components find the same in the interface `berth:process`).

mod connections;
mod cwd;
mod engine;
mod guest;
pub mod limits;
mod memory;
mod preview1;
mod preview2;
mod process_abi;
mod program;
mod programs;
mod run;
mod runtime;
mod scheduler;
mod spawn;
mod stack;

pub use program::ProgramError;
pub use runtime::{Runtime, RuntimeOptions};
pub use spawn::Spawn;
