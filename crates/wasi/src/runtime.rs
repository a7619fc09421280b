//! The runtime all guests share: engine, threads, clock, programs.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use berth_gateway::tls::Tls;
use berth_kernel::Result;
use berth_kernel::machine::Machine;
use berth_kernel::process::Process;
use wasmtime::component::Linker as ComponentLinker;
use wasmtime::{Engine, Linker};

use crate::guest::Guest;
use crate::programs::{Linkers, Programs};
use crate::scheduler::Scheduler;
use crate::spawn::{self, Spawn};
use crate::{engine, limits, preview1, preview2, process_abi};

/// How to start a [`Runtime`].
#[derive(Clone, Debug)]
pub struct RuntimeOptions {
    /// Directory for compiled programs; only this server may write there.
    pub programs: PathBuf,
    /// Cores that guests may burn at one time; 0 for as many as there are.
    pub cores: usize,
}

/// What every guest holds a reference to.
pub struct Shared {
    pub(crate) engine: Engine,
    pub(crate) programs: Arc<Programs>,
    pub(crate) scheduler: Arc<Scheduler>,
    /// What TLS connections are made with.
    pub(crate) tls: Tls,
    /// The threads on which guests run.
    pub(crate) threads: tokio::runtime::Handle,
    /// `/proc/self/pagemap`, by which a fork finds the pages a guest has written. `None` where the
    /// host does not show it: then pages are compared.
    pub(crate) pagemap: Option<File>,
    /// Slots of the instance pool, so that a start without one is refused and not half done.
    pub(crate) slots: Arc<tokio::sync::Semaphore>,
}

/// Runs guests. Dropping it ends all of them.
pub struct Runtime {
    shared: Arc<Shared>,
    /// `None` only while dropping.
    threads: Option<tokio::runtime::Runtime>,
    ticking: Arc<AtomicBool>,
}

impl Runtime {
    /// Starts the guests' threads and the clock that preempts them.
    pub fn start(options: RuntimeOptions) -> io::Result<Self> {
        let wasm = |error: wasmtime::Error| io::Error::other(format!("{error:#}"));
        let engine = engine::engine().map_err(wasm)?;
        let mut linker: Linker<Guest> = Linker::new(&engine);
        preview1::link(&mut linker).map_err(wasm)?;
        process_abi::link(&mut linker).map_err(wasm)?;
        let mut components = ComponentLinker::new(&engine);
        preview2::link(&mut components).map_err(wasm)?;
        let linkers = Linkers {
            modules: linker,
            components,
        };
        let programs = Arc::new(Programs::new(&engine, linkers, options.programs)?);

        let cores = match options.cores {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            cores => cores,
        };
        let threads = tokio::runtime::Builder::new_multi_thread()
            .thread_name("guest")
            // One more than may burn: the scheduler's promise of a free thread.
            .worker_threads(cores + 1)
            .enable_time()
            .build()?;
        let ticking = Arc::new(AtomicBool::new(true));
        let (clock, on) = (engine.clone(), Arc::clone(&ticking));
        std::thread::Builder::new()
            .name("guest-clock".to_owned())
            .spawn(move || {
                while on.load(Ordering::Relaxed) {
                    std::thread::sleep(limits::TICK);
                    clock.increment_epoch();
                }
            })?;
        Ok(Self {
            shared: Arc::new(Shared {
                engine,
                programs,
                scheduler: Scheduler::new(cores),
                tls: Tls::default(),
                threads: threads.handle().clone(),
                pagemap: File::open("/proc/self/pagemap").ok(),
                slots: Arc::new(tokio::sync::Semaphore::new(
                    limits::PROCESSES_TOTAL as usize,
                )),
            }),
            threads: Some(threads),
            ticking,
        })
    }

    /// Compiles a program that comes with the server, or finds it compiled already. Blocks.
    pub fn preload(&self, path: &Path) -> std::result::Result<(), crate::ProgramError> {
        self.shared.programs.preload(path).map(drop)
    }

    /// Starts a program of which the host is the parent: a terminal's shell, an `exec`.
    pub async fn spawn(&self, machine: &Arc<Machine>, spawn: Spawn) -> Result<Arc<Process>> {
        let (shared, machine) = (Arc::clone(&self.shared), Arc::clone(machine));
        // On the guests' threads: compiling and instantiating are no work for those who serve people.
        self.shared
            .threads
            .spawn(async move { spawn::spawn(&shared, &machine, None, spawn).await })
            .await
            .unwrap_or(Err(berth_kernel::Errno::Io))
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.ticking.store(false, Ordering::Relaxed);
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}
