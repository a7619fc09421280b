//! The process door as a guest sees it: processes, pipes, terminals and signals with a safe face.
//!
//! preview1 knows files and clocks but no processes. Berth's kernel adds the imports of the module
//! `berth`; this crate is their safe Rust face. It has two backends with the same functions:
//!
//! * `wasi`: the imports themselves, in a session;
//! * `unix`: the host's own calls through `libc`, so that a guest can be run and tested on the machine
//!   it is developed on.
//!
//! Every function returns [`std::io::Result`]; the error carries the errno of the platform.

mod descriptors;
#[cfg(target_os = "wasi")]
mod imports;
mod network;
mod signals;
mod status;
mod terminal;
mod types;

#[cfg(unix)]
#[path = "unix.rs"]
mod backend;

#[cfg(target_os = "wasi")]
#[path = "wasi.rs"]
mod backend;

pub use backend::{
    chdir, dup, dup_to, exec, fd_mode, fork, getcwd, getpgid, getpid, getppid, ignored_signals,
    init, kill, limit, lock_file, make_fifo, mode, pipe, set_fd_mode, set_limit, set_mode,
    set_signal_action, set_tty_attributes, set_tty_foreground, set_tty_window_size, setpgid, space,
    spawn, take_signals, tty_attributes, tty_foreground, tty_window_size, umask, wait,
};
pub use descriptors::{
    adopt_inherited, duplicate, is_open, read, rewind_by, wait_either_readable, wait_readable,
    write,
};
pub use network::{Connection, TlsConnection, TlsError, TlsOptions};
pub use signals::{Signal, SignalAction, SignalSet};
pub use status::{BLOCK_BYTES, FileType, Status, Time, fd_status, set_times, status, symlink};
pub use terminal::{
    ApplyWhen, TerminalAttributes, WindowSize, control_character, input, local, output,
};
pub use types::{
    Group, Limit, Lock, Pid, Resource, Space, SpawnRequest, UNLIMITED, WaitOptions, WaitStatus,
};
