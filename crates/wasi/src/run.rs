//! Running a guest from its first instruction to the report of its end.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use berth_kernel::descriptor::Descriptors;
use berth_kernel::machine::Machine;
use berth_kernel::process::{ExitStatus, Image, Process, Verdict};
use berth_kernel::signal::Signal;
use tokio::sync::OwnedSemaphorePermit;
use wasmtime::{Extern, Instance, Store, Trap, UpdateDeadline};

use crate::connections::Connections;
use crate::guest::{Ended, Guest, TurnSlot};
use crate::limits;
use crate::preview2::notice::Notice;
use crate::program::{Program, Start};
use crate::runtime::Shared;
use crate::stack::Stack;

/// A registered process that is not running yet. Dropping it reports the end, whatever happened:
/// a task that is cancelled before its first poll, a panic in a host function, a failed start.
pub struct Born {
    process: Arc<Process>,
    machine: Arc<Machine>,
    status: ExitStatus,
    /// Never ran: nothing is reported.
    abandoned: bool,
    /// The slot of the instance pool; released after the exit is reported, when the store is gone.
    _slot: OwnedSemaphorePermit,
}

impl Born {
    /// Takes charge of a process that the machine has just registered.
    pub fn new(process: Arc<Process>, machine: Arc<Machine>, slot: OwnedSemaphorePermit) -> Self {
        Self {
            process,
            machine,
            status: ExitStatus::Signal(Signal::KILL),
            abandoned: false,
            _slot: slot,
        }
    }

    /// Takes the process back as if it had never been started.
    pub fn abandon(mut self) {
        self.abandoned = true;
        self.machine.abandon(&self.process);
    }

    /// The process.
    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }
}

impl Drop for Born {
    fn drop(&mut self) {
        if !self.abandoned {
            self.machine.exit(&self.process, self.status);
        }
    }
}

/// What a process becomes: everything is found and loaded, so that it can only fail for want of memory.
pub struct Successor {
    /// What runs.
    pub program: Arc<Program>,
    /// Its path, arguments and environment.
    pub image: Arc<Image>,
    /// Its descriptors.
    pub descriptors: Descriptors,
}

/// The guest gave its place to another program (`execve(2)`); travels as an error through wasm frames.
#[derive(thiserror::Error)]
#[error("the guest became another program")]
pub struct Replaced(pub Box<Successor>);

impl fmt::Debug for Replaced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Replaced").finish_non_exhaustive()
    }
}

/// Makes the store for a process.
pub fn store(shared: &Arc<Shared>, program: &Arc<Program>, born: &Born) -> Store<Guest> {
    let burst = Arc::new(AtomicU32::new(0));
    let turn = TurnSlot::default();
    let mut store = Store::new(
        &shared.engine,
        Guest {
            process: Arc::clone(&born.process),
            machine: Arc::clone(&born.machine),
            shared: Arc::clone(shared),
            program: Arc::clone(program),
            memory: None,
            burst: Arc::clone(&burst),
            turn: Arc::clone(&turn),
            preview2: None,
            tls: Connections::default(),
            stack: Stack::default(),
            notice: Notice::default(),
        },
    );
    store.limiter(|guest| guest);
    store.set_hostcall_fuel(limits::HOSTCALL_BYTES_MAX);
    store.set_max_component_handles(limits::HANDLES_MAX);
    begin(&mut store);
    store.epoch_deadline_callback(|mut context| {
        match context.data_mut().stack.deeper() {
            // The first look, at once after the start: a tick has not passed.
            None => return Ok(UpdateDeadline::Continue(1)),
            Some(0) => {}
            Some(more) => {
                let guest = context.data();
                if !guest.machine.charge_memory(&guest.process, more) {
                    complain(&guest.process, "out of memory: its stack");
                    let _ = guest.machine.signal(guest.process.pid(), Signal::KILL);
                }
            }
        }
        let guest = context.data();
        match guest.process.verdict() {
            Verdict::Die(_) => return Ok(UpdateDeadline::Interrupt),
            Verdict::Stop => {
                guest.rests();
                let process = Arc::clone(&guest.process);
                return Ok(UpdateDeadline::YieldCustom(
                    1,
                    Box::pin(async move { process.resumed().await }),
                ));
            }
            Verdict::Run => {
                guest.process.count_tick(limits::TICK);
                guest.tell_of_signals();
            }
        }
        let burst = guest.burst.fetch_add(1, Ordering::Relaxed) + 1;
        if burst < limits::INTERACTIVE_TICKS {
            return Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            ));
        }
        let held = lock(&guest.turn).is_some();
        if held && !guest.shared.scheduler.contended() {
            return Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            ));
        }
        let (scheduler, slot) = (Arc::clone(&guest.shared.scheduler), Arc::clone(&guest.turn));
        let process = Arc::clone(&guest.process);
        let session = Arc::as_ptr(&guest.machine) as usize;
        Ok(UpdateDeadline::YieldCustom(
            1,
            Box::pin(async move {
                // The old turn goes to the next in the queue before this guest stands in it again.
                drop(lock(&slot).take());
                tokio::task::yield_now().await;
                // A signal ends the wait for a turn as it ends any other.
                if let Ok(turn) = process.interruptible(scheduler.turn(session)).await {
                    *lock(&slot) = Some(turn);
                }
            }),
        ))
    });
    store
}

/// Before wasm is entered: the first function looks where its stack begins, and ticks count from then on.
fn begin(store: &mut Store<Guest>) {
    store.data_mut().stack.begin();
    store.set_epoch_deadline(0);
}

fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs the program in a task of the guests' threads.
pub fn start(shared: &Arc<Shared>, program: Arc<Program>, born: Born) {
    let own = Arc::clone(shared);
    shared.threads.spawn(async move {
        let result = live(&own, &program, &born).await;
        finish(&own, born, result).await;
    });
}

/// One program from its first instruction to its last. Everything the instance held is closed when this comes back, so
/// that whoever waits for the exit, reported later, finds the pipes at their end; and its memory is free.
async fn live(shared: &Arc<Shared>, program: &Arc<Program>, born: &Born) -> wasmtime::Result<()> {
    let mut store = store(shared, program, born);
    run(&mut store, program).await
}

/// After the first program of a process: those that it became, one after the other, and the report of its end.
async fn finish(shared: &Arc<Shared>, mut born: Born, mut result: wasmtime::Result<()>) {
    let error = loop {
        let Err(error) = result else {
            born.status = ExitStatus::Code(0);
            return;
        };
        match error.downcast::<Replaced>() {
            Ok(Replaced(successor)) => result = succeed(shared, &born, *successor).await,
            Err(error) => break error,
        }
    };
    born.status = status(&born.process, error);
}

/// Runs the next program of a process. What came meanwhile is seen to first: a kill lets nothing begin, a stop holds it.
async fn succeed(shared: &Arc<Shared>, born: &Born, successor: Successor) -> wasmtime::Result<()> {
    let Successor {
        program,
        image,
        descriptors,
    } = successor;
    born.machine.exec(&born.process, image, descriptors);
    born.process.resumed().await;
    if let Verdict::Die(signal) = born.process.verdict() {
        return Err(wasmtime::Error::new(Ended(ExitStatus::Signal(signal))));
    }
    live(shared, &program, born).await
}

async fn run(store: &mut Store<Guest>, program: &Program) -> wasmtime::Result<()> {
    match &program.start {
        Start::Module(module) => {
            let instance = module.instantiate_async(&mut *store).await?;
            adopt(store, &instance);
            let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
            begin(store);
            start.call_async(store, ()).await
        }
        Start::Component(component) => {
            let command = component.instantiate_async(&mut *store).await?;
            begin(store);
            match command.wasi_cli_run().call_run(store).await? {
                Ok(()) => Ok(()),
                Err(()) => Err(wasmtime::Error::new(Ended(ExitStatus::Code(1)))),
            }
        }
    }
}

/// Looks the module's memory up once, for all host calls to come.
pub fn adopt(store: &mut Store<Guest>, instance: &Instance) {
    if let Some(Extern::Memory(memory)) = instance.get_export(&mut *store, "memory") {
        store.data_mut().memory = Some(memory);
    }
}

/// Continues a forked child in a task of its own.
pub fn continue_fork(
    shared: &Arc<Shared>,
    mut store: Store<Guest>,
    entry: wasmtime::TypedFunc<(u32, u32), ()>,
    arguments: (u32, u32),
    born: Born,
) {
    let own = Arc::clone(shared);
    shared.threads.spawn(async move {
        begin(&mut store);
        let result = entry.call_async(&mut store, arguments).await;
        drop(store);
        finish(&own, born, result).await;
    });
}

/// How an error that ended a run reads as an exit status.
fn status(process: &Process, error: wasmtime::Error) -> ExitStatus {
    if process.was_overruled() {
        complain(
            process,
            "ended by a second interrupt, since the first was not seen to",
        );
    }
    if let Some(Ended(status)) = error.downcast_ref::<Ended>() {
        return *status;
    }
    if let Verdict::Die(signal) = process.verdict() {
        return ExitStatus::Signal(signal);
    }
    let (signal, said) = match error.downcast_ref::<Trap>() {
        // What abort() and a panic compile to; they have spoken for themselves.
        Some(Trap::UnreachableCodeReached) => (Signal::ABRT, None),
        Some(Trap::StackOverflow) => (Signal::SEGV, Some("stack overflow".to_owned())),
        Some(trap @ Trap::MemoryOutOfBounds) => (Signal::SEGV, Some(trap.to_string())),
        Some(
            trap @ (Trap::IntegerDivisionByZero
            | Trap::IntegerOverflow
            | Trap::BadConversionToInteger),
        ) => (Signal::FPE, Some(trap.to_string())),
        Some(trap) => (Signal::ILL, Some(trap.to_string())),
        None => {
            complain(process, &format!("cannot start: {error:#}"));
            return ExitStatus::Code(126);
        }
    };
    if let Some(said) = said {
        complain(process, &said);
    }
    ExitStatus::Signal(signal)
}

/// Says something on the process' standard error, as far as that takes it without waiting.
pub fn complain(process: &Process, text: &str) {
    if let Ok(file) = process.file(2) {
        let image = process.image();
        let name = image.argv.first().map_or(&b""[..], Vec::as_slice);
        let line = format!("{}: {text}\n", String::from_utf8_lossy(name));
        let _ = file.try_write(None, line.as_bytes());
    }
}
