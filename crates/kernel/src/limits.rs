//! Every limit of the kernel, with its unit in its name.
//!
//! A guest that reaches one gets an error number, never a host that grows.

use std::time::Duration;

/// Bytes a pipe holds before its writer waits (Linux: `pipe(7)`).
pub const PIPE_CAPACITY_BYTES: usize = 64 << 10;
/// A write of at most this many bytes to a pipe is never torn (`PIPE_BUF`, `pipe(7)`).
pub const PIPE_ATOMIC_BYTES: usize = 4096;
/// Longest path a guest may name (`PATH_MAX`).
pub const PATH_MAX_BYTES: usize = 4096;
/// Longest name in a directory (`NAME_MAX`).
pub const NAME_MAX_BYTES: usize = 255;
/// Symbolic links expanded in one resolution before `ELOOP` (`path_resolution(7)`).
pub const SYMLINKS_MAX: usize = 40;
/// Open descriptors of one process unless the session says otherwise (`RLIMIT_NOFILE`).
pub const DESCRIPTORS_MAX: usize = 1024;
/// Processes of one session unless the session says otherwise.
pub const PROCESSES_MAX: usize = 64;
/// Bytes of `argv` and `environ` together in one spawn (`E2BIG` beyond).
pub const ARGUMENTS_MAX_BYTES: usize = 1 << 20;
/// Mounts of one session.
pub const MOUNTS_MAX: usize = 256;
/// Bytes of one cooked line (`N_TTY_BUF_SIZE`, `termios(3)`), and of raw input not yet read.
pub const TTY_INPUT_BYTES: usize = 4096;
/// Bytes of output a terminal holds before its writer waits.
pub const TTY_OUTPUT_BYTES: usize = 64 << 10;
/// `#!` lines followed in one spawn before `ELOOP` (`execve(2)`).
pub const INTERPRETER_DEPTH_MAX: usize = 4;
/// Bytes of a `#!` line that are looked at (`execve(2)`).
pub const INTERPRETER_LINE_BYTES: usize = 256;
/// Linear memory of all processes of a session together, unless the session says otherwise.
pub const MEMORY_MAX_BYTES: u64 = 1 << 30;
/// Names looked up in one path resolution, those of expanded links included, before `ELOOP`.
pub const RESOLUTION_NAMES_MAX: usize = 4096;
/// Bytes of a host directory's listing that are kept between two calls of a guest.
pub const LISTING_BUFFER_BYTES: usize = 8 << 10;
/// Bytes moved by one read or write of a regular file; longer ones are short.
pub const FILE_TRANSFER_MAX_BYTES: usize = 64 << 20;
/// Bytes moved by one read of `/dev/zero`, `/dev/full` or `/dev/urandom`.
pub const DEVICE_TRANSFER_MAX_BYTES: usize = 1 << 20;
/// Names in a directory tree that a quota is measured over.
pub const MEASURED_NAMES_MAX: u64 = 10_000_000;
/// Directory handles held while a tree deeper than a path can tell is measured.
pub const MEASURED_HANDLES_MAX: usize = 64;
/// Longest name of a host (RFC 1035).
pub const HOST_NAME_MAX_BYTES: usize = 253;
/// Connections that wait to be accepted, unless the listener says otherwise.
pub const BACKLOG_DEFAULT: usize = 16;
/// The most that may wait (`net.core.somaxconn`, as it was for long).
pub const BACKLOG_MAX: usize = 128;
/// Ports of one session's loopback that are taken at one time.
pub const LOOPBACK_PORTS_MAX: usize = 1024;
/// Connections of one session's loopback at one time; each holds at most two pipes' bytes.
pub const LOOPBACK_CONNECTIONS_MAX: usize = 256;
/// How long after a first `SIGINT` a second one ends a process that asked for that and took neither.
pub const SECOND_INTERRUPT_PATIENCE: Duration = Duration::from_secs(2);
/// Epoch ticks that such a process must have computed for in between: it had its chance to look.
pub const SECOND_INTERRUPT_MIN_TICKS: u64 = 10;
