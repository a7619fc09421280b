//! The preview2 door: components (WASI 0.2) over the kernel's own tables.
//!
//! `wasi:filesystem`, `wasi:cli` and `wasi:io` are ours, over the same descriptor table, terminals and
//! pipes as preview1's; `wasi:sockets` is ours over the session's own network; clocks and random numbers are
//! wasmtime-wasi's. A `descriptor` resource *is* a
//! number of the process' table: its handle's representation is that number. Every wait ends when a
//! signal comes.
//!
//! Preview2 has no `EINTR` for `poll`: an interrupted poll answers that everything is ready, and the
//! operation that follows fails with `interrupted` while the signal has not been taken.

mod cli;
mod descriptor;
mod directory;
mod downloads;
mod error;
mod filesystem;
mod io;
pub mod notice;
mod path;
mod process;
mod sockets;
mod stream;
mod terminal;
mod tls;

use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use berth_kernel::Result;
use berth_kernel::process::Process;
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p2::bindings;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_io::bindings::wasi::io as wasi_io;

use crate::guest::{Guest, Resting};
use crate::limits;

/// The process door's bindings.
pub mod berth {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "imports",
        imports: {
            "berth:process/process.spawn": async | trappable,
            "berth:process/process.wait": async | trappable,
            "berth:process/process.kill": async | trappable,
            "berth:process/downloads.find": async | trappable,
            "berth:process/downloads.keep": async | trappable,
            "berth:process/terminal.set-attributes": async | trappable,
            "berth:process/terminal.set-foreground": async | trappable,
            default: trappable,
        },
    });
}

/// What the door keeps for one process.
pub struct State {
    /// Streams, pollables, listings and sockets; descriptors are in the process' own table.
    table: ResourceTable,
    /// wasmtime-wasi's part: clocks, random numbers.
    wasi: WasiCtx,
    /// The guest asked for its working directory: from then on its paths are what they say.
    knows_cwd: bool,
    /// The preopened root was handed out under its own number.
    root_given: bool,
    /// The descriptor of the last `advise`, for the process door.
    advised: Option<u32>,
}

impl State {
    /// The state of a process that begins.
    pub fn new() -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits::RESOURCES_MAX);
        let wasi = WasiCtx::builder()
            .max_random_size(limits::RANDOM_BYTES_MAX)
            .build();
        Self {
            table,
            wasi,
            knows_cwd: false,
            root_given: false,
            advised: None,
        }
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let state = self.preview2();
        WasiCtxView {
            ctx: &mut state.wasi,
            table: &mut state.table,
        }
    }
}

/// Puts the door into `linker`.
pub fn link(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    type Own = HasSelf<Guest>;
    wasi_io::error::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    wasi_io::poll::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    wasi_io::streams::add_to_linker::<Guest, Own>(linker, |guest| guest)?;

    use bindings::{cli, clocks, filesystem, random, sockets};
    filesystem::types::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    filesystem::preopens::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::environment::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::exit::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::stdin::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::stdout::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::stderr::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::terminal_input::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::terminal_output::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::terminal_stdin::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::terminal_stdout::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    cli::terminal_stderr::add_to_linker::<Guest, Own>(linker, |guest| guest)?;

    clocks::wall_clock::add_to_linker::<Guest, WasiClocks>(linker, Guest::clocks)?;
    clocks::monotonic_clock::add_to_linker::<Guest, WasiClocks>(linker, Guest::clocks)?;
    random::random::add_to_linker::<Guest, WasiRandom>(linker, Guest::random)?;
    random::insecure::add_to_linker::<Guest, WasiRandom>(linker, Guest::random)?;
    random::insecure_seed::add_to_linker::<Guest, WasiRandom>(linker, Guest::random)?;
    let network = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<Guest, Own>(linker, &network, |guest| guest)?;
    sockets::instance_network::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    sockets::ip_name_lookup::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    sockets::tcp::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    sockets::tcp_create_socket::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    sockets::udp_create_socket::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    // There is no UDP socket to call this with: none is made.
    sockets::udp::add_to_linker::<Guest, WasiSockets>(linker, Guest::sockets)?;

    berth::berth::process::process::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    berth::berth::process::descriptor::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    berth::berth::process::terminal::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    berth::berth::process::tls::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    berth::berth::process::downloads::add_to_linker::<Guest, Own>(linker, |guest| guest)?;
    notice::link(linker)
}

/// Waits for `future` as a guest does: what is ready at once costs nothing, a wait gives the turn away
/// and ends with `EINTR` when a signal comes.
async fn wait<T>(
    process: &Process,
    resting: &Resting,
    future: impl Future<Output = T>,
) -> Result<T> {
    let mut future = std::pin::pin!(future);
    let first = poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    })
    .await;
    match first {
        Some(value) => Ok(value),
        None => {
            resting.rests();
            process.interruptible(future).await
        }
    }
}

impl Guest {
    /// The door's state, made when a component first asks for something.
    pub fn preview2(&mut self) -> &mut State {
        self.preview2
            .get_or_insert_with(|| Box::new(Mutex::new(State::new())))
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn table(&mut self) -> &mut ResourceTable {
        &mut self.preview2().table
    }

    fn waiter(&self) -> (Arc<Process>, Resting) {
        (Arc::clone(&self.process), self.resting())
    }
}
